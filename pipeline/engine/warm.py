"""What workers have in common, loaded before they are made.

The fork server of `executor.Local` imports this module: the steps that the run will use are imported and run once over a
small page, so that the patterns, models and compiled loops that they load when first used are there in every worker, in
memory that all of them share.
"""

from __future__ import annotations

import gc
import os
import sys

from pipeline.engine.executor import WARM

_PAGE = (
    "Home > News\nShare\nTide clock stays slow\nBy Maud Ferrier\n12 May 2024\n"
    "The council voted by seven to one to keep the clock as it is, said Ida Berg on Monday.\n"
    "“Repairers wanted to fit a new motor,” she wrote.\nBuy cheap viagra online\n© 2024 The Courier. All rights reserved.\n"
)


def warm(names: list[str]) -> None:
    """Import these steps and run each once."""
    import pyarrow as pa

    from pipeline import step as steps
    from pipeline.config import Near
    from pipeline.dedup.fingerprints import fingerprints
    from pipeline.engine import clean, dedup, judge, learn, prepare, write  # noqa: F401  the jobs of the workers
    from pipeline.engine.files import LEDGER, table_of
    from pipeline.engine.pages import Costs, clean_pages, repair_pages
    from pipeline.engine.records import Changes
    from pipeline.learn.lines import TEMPLATES, hashes_of, lines_of_pages
    from pipeline.learn.templates import Templates

    by_stage: dict[str, list[steps.Step]] = {stage: [] for stage in steps.STAGES}
    for name in names:
        stage, _, rule = name.partition(".")
        by_stage[stage].append(steps.load(stage, rule))
    repair_pages(by_stage["repair"], [_PAGE], Costs())
    page = steps.Page(_PAGE, cleaned=_PAGE)
    clean_pages(by_stage["clean"], [page], Costs())
    # The second is in a language that takes more than one voice to tell.
    other = "Havnekontoret åpner klokka ni, og den første ferga går en halvtime seinere enn før."
    for step in by_stage["describe"]:
        page.columns.update(step.described([page, steps.Page(other, cleaned=other)])[0])
    column = pa.array([_PAGE], pa.large_string())
    texts = steps.Texts(column, ["en"], ["Latn"], [None])
    for step in by_stage["judge"]:
        step.run(texts if step.batch else page, step.params)
    if names:
        lines_of_pages(["a.example"], [_PAGE])
    Templates(TEMPLATES.empty_table()).digests(hashes_of(column)[0], ["a.example"])
    Changes(table_of([(0, "", 0, 0, "clean", "title", "remove", 0, 1, "a", "", "title", 1.0, "")], LEDGER))
    fingerprints(column, Near(enabled=True, ngram=5, permutations=10, bands=2, threshold=0.8, shingles=64))


# numba loads SciPy where it is there, for its BLAS: 0.2 s and 30 MB of what no loop of ours uses.
sys.modules.setdefault("scipy", None)  # type: ignore[arg-type]

failure: Exception | None = None
"""Why not everything could be loaded. No reason to stop: a worker will meet it again, and say where."""
try:
    warm(os.environ.get(WARM, "").split())
except Exception as error:
    failure = error
# What is here will stay: no collection needs to look at it, and so it is not copied into the workers.
gc.collect()
gc.freeze()
