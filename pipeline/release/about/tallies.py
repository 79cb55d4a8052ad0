"""What counting a release needs beside sums: the most frequent of any number of values, and how signals are spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

SAMPLE = 100_000
"""So many pages, those with the smallest ids, tell how signals are spread: ids are hashes."""
TOP = 10


class Scale(NamedTuple):
    title: str
    kind: str
    """share: from 0 to 1; log: grows by factors; linear: by steps of one size."""


CHOSEN = {
    "n_words": Scale("words per page", "log"),
    "rps_lines_num_words": Scale("words per line", "log"),
    "gopher_mean_word_length": Scale("characters per word", "linear"),
    "language_score": Scale("how sure the language is", "share"),
    "prose_word_frac": Scale("words in running text", "share"),
    "fineweb_line_punct_ratio": Scale("lines that end a sentence", "share"),
    "gopher_alpha_word_frac": Scale("tokens with a letter", "share"),
    "rps_doc_frac_unique_words": Scale("different words per word", "share"),
    "rps_doc_unigram_entropy": Scale("entropy of the words, nats", "linear"),
    "gopher_dup_line_char_frac": Scale("text in lines said before", "share"),
    "repeated_share": Scale("text in lines of other sites", "share"),
    "spam": Scale("how sure spam is", "share"),
}
"""The signals of the card."""


class Spread(NamedTuple):
    """How a signal is spread over the pages that have it: a histogram, an edge more than bins, and quantiles."""

    name: str
    scale: Scale
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    """What lies above the last edge is counted in the last bin."""
    quantiles: tuple[float, float, float]
    """5 %, 50 % and 95 % of the pages have at most this."""


class Leaders:
    """The most frequent values of a column that may have any number of them.

    Counted are 64-bit hashes (of ten million values two share one with a chance of 1 in 400,000); the few that lead are
    named by reading the column again.
    """

    def __init__(self) -> None:
        self._counts = pd.Series(dtype=np.int64, index=pd.Index([], dtype=np.uint64))
        self._fresh: list[pd.Series[int]] = []

    def add(self, column: pa.ChunkedArray) -> None:
        """Count the values of a column of strings, nulls aside."""
        told = column.drop_null().value_counts()
        self._fresh.append(pd.Series(told.field("counts").to_numpy(), index=_hashes(told.field("values"))))
        if sum(map(len, self._fresh)) > len(self._counts):
            self._merge()

    def _merge(self) -> None:
        self._counts = pd.concat([self._counts, *self._fresh]).groupby(level=0).sum()
        self._fresh = []

    def named(self, columns: Iterable[pa.ChunkedArray]) -> tuple[int, dict[str, int]]:
        """How many values there are, and the TOP of them with their counts, the largest first; `columns` are those that
        were added."""
        self._merge()
        leaders = self._counts.nlargest(TOP)  # of equal ones those with the smallest hashes
        names: dict[str, int] = {}
        for column in columns:
            if len(names) == len(leaders):
                break
            values = pc.unique(column.drop_null())
            hashes = _hashes(values)
            for k in np.flatnonzero(np.isin(hashes, leaders.index.to_numpy())):
                names[values[int(k)].as_py()] = int(leaders[hashes[k]])
        return len(self._counts), largest_first(names)


class Sample:
    """The chosen signals of the pages with the smallest ids."""

    def __init__(self) -> None:
        self._frame = pd.DataFrame({"id": pd.Series(dtype=str)})
        self._fresh: list[pd.DataFrame] = []

    def __len__(self) -> int:
        self._merge()
        return len(self._frame)

    def add(self, table: pa.Table) -> None:
        """Offer pages: a table with ids and those of the signals that it has."""
        if len(self._frame) == SAMPLE:
            table = table.filter(pc.less(table["id"], self._frame["id"].iloc[-1]))
        self._fresh.append(table.select([name for name in ("id", *CHOSEN) if name in table.column_names]).to_pandas())
        if sum(map(len, self._fresh)) >= SAMPLE:
            self._merge()

    def _merge(self) -> None:
        if self._fresh:
            every = [frame for frame in (self._frame, *self._fresh) if len(frame)] or self._fresh
            self._frame = pd.concat(every).sort_values("id", ignore_index=True).head(SAMPLE)
            self._fresh = []

    def spreads(self) -> list[Spread]:
        """How those signals are spread that any of the pages has."""
        self._merge()
        found = []
        for name, scale in CHOSEN.items():
            values = self._frame[name].dropna().to_numpy(float) if name in self._frame else np.array([])
            if len(values):
                edges = _edges(values, scale.kind)
                counts, _ = np.histogram(values.clip(edges[0], edges[-1]), edges)
                low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], method="inverted_cdf").tolist()
                found.append(Spread(name, scale, tuple(edges), tuple(counts.tolist()), (low, middle, high)))
        return found


def largest_first(counts: Mapping[Any, int]) -> dict[Any, int]:
    """Counts, the largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))


def _hashes(values: pa.Array) -> np.ndarray[Any, np.dtype[np.uint64]]:
    return pd.util.hash_array(values.to_numpy(zero_copy_only=False), categorize=False)


def _edges(values: np.ndarray[Any, np.dtype[np.float64]], kind: str) -> list[float]:
    """The edges of a histogram: twenty steps from 0 to 1, the steps 1, 2, 5, 10, ..., or steps of a round size up to
    what 99 % of the values lie below."""
    if kind == "share":
        return [n / 20 for n in range(21)]
    steps = [base * 10.0**power for power in range(-3, 12) for base in (1, 2, 5)]
    if kind == "log":
        least, top = values.min(), values.max()
        inside = [step for step in steps if step >= 1 and least / 5 < step <= top]
        return [0.0, *inside, next(step for step in steps if step > max(top, 1))]
    least, top = values.min(), np.quantile(values, 0.99, method="inverted_cdf")
    size = next(step for step in steps if (top - least) / step < 20)
    return [round(n * size, 9) for n in range(int(least // size), int(top // size) + 2)]
