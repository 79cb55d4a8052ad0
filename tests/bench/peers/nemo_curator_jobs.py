"""What NeMo Curator is asked to do; run by the Python of its own environment: nemo_curator_jobs.py WORK INPUT OUTPUT WORKERS.

Its stages are called one after the other in one process, whatever the workers, without the start and the processes of
Ray, on which its executors run: that favours it.
"""

from __future__ import annotations

import sys
from pathlib import Path


def clean(source: str, output: Path) -> None:
    """ftfy and the heuristic filters for English; a page that one of them drops costs the later ones nothing.

    Without language, whose model would be downloaded, and without personal data, for which it has no modifier.
    """
    from nemo_curator.stages.text.filters import ScoreFilter
    from nemo_curator.stages.text.filters.heuristic import string
    from nemo_curator.stages.text.filters.heuristic.repetition import (
        RepeatedLinesByCharFilter,
        RepeatedLinesFilter,
        RepeatedParagraphsByCharFilter,
        RepeatedParagraphsFilter,
        RepeatingDuplicateNGramsFilter,
        RepeatingTopNGramsFilter,
    )
    from nemo_curator.stages.text.io.reader import ParquetReader
    from nemo_curator.stages.text.io.writer import ParquetWriter
    from nemo_curator.stages.text.modifiers import Modify
    from nemo_curator.stages.text.modifiers.unicode import UnicodeReformatter
    from nemo_curator.tasks import EmptyTask

    filters = [
        string.WordCountFilter(),
        string.MeanWordLengthFilter(),
        string.NonAlphaNumericFilter(),
        string.SymbolsToWordsFilter(),
        string.NumbersFilter(),
        string.UrlsFilter(),
        string.WhiteSpaceFilter(),
        string.ParenthesesFilter(),
        string.LongWordFilter(),
        string.BulletsFilter(),
        string.PunctuationFilter(),
        string.EllipsisFilter(),
        string.BoilerPlateStringFilter(),
        string.CommonEnglishWordsFilter(),
        string.WordsWithoutAlphabetsFilter(),
        RepeatedLinesFilter(),
        RepeatedLinesByCharFilter(),
        RepeatedParagraphsFilter(),
        RepeatedParagraphsByCharFilter(),
        *(RepeatingTopNGramsFilter(n=n) for n in (2, 3, 4)),
        *(RepeatingDuplicateNGramsFilter(n=n) for n in (5, 6, 7, 8, 9, 10)),
    ]
    partition, read = ParquetReader(source, files_per_partition=1).decompose()
    stages = [read, Modify(UnicodeReformatter()), ScoreFilter(filters), ParquetWriter(f"{output}/data")]
    for stage in stages:
        stage.setup()
    for task in partition.process(EmptyTask()):
        for stage in stages:
            task = stage.process(task)


if __name__ == "__main__":
    work, source_, output_, _ = sys.argv[1:]
    Path(output_).mkdir(parents=True)
    {"clean": clean}[work](source_, Path(output_))
