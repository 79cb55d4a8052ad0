"""What datatrove is asked to do; run by the Python of its own environment: datatrove_jobs.py WORK INPUT OUTPUT WORKERS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def read_write(source: str, output: str, workers: int) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    steps = [ParquetReader(source, text_key="text", id_key="id"), ParquetWriter(f"{output}/data")]
    LocalPipelineExecutor(steps, tasks=workers, workers=workers, logging_dir=f"{output}/logs").run()


def clean(source: str, output: str, workers: int) -> None:
    """ftfy, the Gopher, C4 and FineWeb filters, personal data. Without language: its model would be downloaded."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )
    from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    steps = [
        ParquetReader(source, text_key="text", id_key="id"),
        FTFYFormatter(),
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(),
        FineWebQualityFilter(),
        PIIFormatter(),
        ParquetWriter(f"{output}/data"),
    ]
    LocalPipelineExecutor(steps, tasks=workers, workers=workers, logging_dir=f"{output}/logs").run()


def text_of(document: Any) -> str:
    return document.text


def exact(source: str, output: str, workers: int) -> None:
    """A hash of the whole text, in three stages: sign, find, filter."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup.exact_dedup import (
        ExactDedupConfig,
        ExactDedupFilter,
        ExactDedupSignature,
        ExactFindDedups,
    )
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    settings = ExactDedupConfig(content_getter=text_of)
    reader = ParquetReader(source, text_key="text", id_key="id")
    stages = [
        ([reader, ExactDedupSignature(f"{output}/signatures", config=settings)], workers),
        ([ExactFindDedups(f"{output}/signatures", f"{output}/duplicates", config=settings)], 1),
        ([reader, ExactDedupFilter(f"{output}/duplicates", settings), ParquetWriter(f"{output}/data")], workers),
    ]
    for n, (steps, tasks) in enumerate(stages):
        LocalPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=f"{output}/logs{n}").run()


def near(source: str, output: str, workers: int) -> None:
    """MinHash with its defaults: word 5-grams, 14 bands of 8."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    settings = MinhashConfig()
    reader = ParquetReader(source, text_key="text", id_key="id")
    stages = [
        ([reader, MinhashDedupSignature(f"{output}/signatures", config=settings)], workers),
        ([MinhashDedupBuckets(f"{output}/signatures", f"{output}/buckets", config=settings)], settings.num_buckets),
        ([MinhashDedupCluster(f"{output}/buckets", f"{output}/remove", config=settings)], 1),
        ([reader, MinhashDedupFilter(f"{output}/remove"), ParquetWriter(f"{output}/data")], workers),
    ]
    for n, (steps, tasks) in enumerate(stages):
        LocalPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=f"{output}/logs{n}").run()


if __name__ == "__main__":
    work, source_, output_, workers_ = sys.argv[1:]
    Path(output_).mkdir(parents=True, exist_ok=True)
    {"read_write": read_write, "clean": clean, "exact": exact, "near": near}[work](source_, output_, int(workers_))
