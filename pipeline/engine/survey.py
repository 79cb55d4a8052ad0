"""What a finished run measured of its pages, in numbers: where thresholds could lie, and what the rules of a config reject."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipeline.config import Judge
from pipeline.engine.files import batches_of
from pipeline.engine.judge import values_of
from pipeline.engine.store import last_run
from pipeline.judge._rules import verdicts

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# So many pages tell a quantile to a tenth of a percent, and their 70 signals take 60 MB.
SAMPLE = 100_000


def survey(output: str | Path, rules: Judge) -> tuple[pd.DataFrame, Counter[str], int]:
    """Survey all pages that the last run of `output` cleaned, also those that it rejected.

    Gives a row per signal with its quantiles (columns: 0.01 to 0.99) and the share of pages it was applied to (`applied`),
    how many pages each of `rules` would reject first, and the number of pages. The quantiles are of every k-th page where
    there are more than SAMPLE. Raises ConfigError if there is no finished run.
    """
    root = Path(output)
    work = last_run(root)["work"]
    paths = [root / ".work" / "clean" / key / "pages.arrow" for key in work["clean"]]
    broken: Counter[str] = Counter()
    columns = ["language", "n_chars", "n_words", "signals"]
    pages = 0
    for table in (batch for path in paths for batch in batches_of(path, columns)):
        found = verdicts(values_of(table), table["language"].to_pylist(), rules.rules)
        broken.update(verdict[0] for verdict in found if verdict)
        pages += table.num_rows
    step = max(1, pages // SAMPLE)
    parts, at = [], 0
    for table in (batch for path in paths for batch in batches_of(path, columns)):
        chosen = table.take(pa.array(range(-at % step, table.num_rows, step), pa.int64()))
        at += table.num_rows
        parts.append(pd.DataFrame(dict(values_of(chosen))))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    told = frame.quantile(list(QUANTILES)).T
    told["applied"] = frame.notna().mean()
    return told, broken, pages
