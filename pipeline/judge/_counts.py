"""What the quality signals of a batch rest on: one compiled pass over the texts, shared by all steps that need it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.step import Texts

Values = NDArray[np.float64]


class Counts:
    """The counts of `_scan.COUNTS` as attributes, each a float64 array with a number per page, and what follows from them.

    `halves` is the words that unspaced characters count for; `all_tokens` and `all_words` are with them."""

    def __init__(self, texts: Texts) -> None:
        # Imported here: what brings numba along is not wanted where only the names of the signals are.
        from pipeline.judge import _characters, _scan
        from pipeline.judge._function_words import lookup

        rows, keys, ranks = lookup()
        codes = list(texts.languages) or [None] * len(texts)
        out = np.zeros((len(texts), len(_scan.COUNTS)))
        languages = [rows.get(language or "", len(rows)) for language in codes]
        if len(texts):
            _, offsets, data = texts.column.buffers()
            bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.column.offset)
            content = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
            _scan.count(content, bounds, _characters.table(), np.array(languages, np.int64), keys, ranks, out)
        self._columns: Mapping[str, Values] = dict(zip(_scan.COUNTS, out.T, strict=True))
        self.listed = np.array([row < len(rows) for row in languages], bool)
        """Whether there is a list of function words for the page's language."""
        self.english = np.array([language == "en" for language in codes], bool)
        self.halves = np.ceil(self.unspaced / 2)
        self.all_tokens = self.tokens + self.halves
        self.all_words = self.words + self.halves
        self.spaced = 2 * self.unspaced < np.maximum(self.letters, 1)
        """Whether the page writes spaces between its words."""
        self.stopped = 2 * self.stopless < np.maximum(self.letters, 1)
        """Whether its script marks the ends of sentences: Thai and Lao do not."""
        self.bicameral = 2 * self.cased >= self.letters
        """Whether its letters have upper and lower case."""

    def __getattr__(self, name: str) -> Values:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(name) from None


def counts_of(texts: Texts) -> Counts:
    """The counts of a batch, taken once."""
    if "counts" not in texts.memo:
        texts.memo["counts"] = Counts(texts)
    counts: Counts = texts.memo["counts"]
    return counts


def share(part: Values, whole: Values) -> Values:
    """part / whole, NaN where the whole is nothing."""
    empty = np.full(len(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=empty, where=whole > 0), np.float64)


def only(values: Values, where: NDArray[np.bool_]) -> Values:
    """The values where they are applied, NaN elsewhere."""
    return np.where(where, values, np.nan)
