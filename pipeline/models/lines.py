"""The line model: how likely each line of a page is part of its main text.

Two models, one on top of the other. A linear model over hashed words makes a first guess from the words of a line, those
beside it, and the short lines above it that may be its heading: it learns that what follows "Leave a comment" is none.
Gradient boosted trees then judge each line by its shape, its place, what the rules found on the page, and by the first
guesses for the lines around it. This is the idea of Kohlschütter et al., "Boilerplate detection using shallow text
features" (WSDM 2010), and of Vogels et al., "Web2Text" (ECIR 2018), for text without its HTML.

Trained by tests/bench/train/lines.py, which says on what. No feature is a word list, but most of the pages it learned
from are in English, so it is surest there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.engine.columns import measure_column
from pipeline.models import _line_kernels as kernels
from pipeline.models.characters import tables
from pipeline.models.forest import FOLDER, Forest, load, probability
from pipeline.step import Page

FEATURES = (*kernels.LINE_FEATURES, *kernels.PAGE_FEATURES, "ends as a sentence", "blank line above",
            "words alone", *kernels.CONTEXT_FEATURES)  # fmt: skip
_PAGE = len(kernels.LINE_FEATURES)
_OTHER = _PAGE + len(kernels.PAGE_FEATURES)
_CONTEXT = _OTHER + 3

# What the rules call a line, in kinds that mean the same for the lines around it.
_KINDS = {
    "": 0, "nav": 1, "breadcrumb": 1, "template": 1, "title": 2, "byline": 2, "date": 2, "share": 3, "stats": 3, "promo": 3,
    "other_boilerplate": 3, "author_note": 4, "editor_note": 4, "signoff": 4, "caption": 5, "related": 6, "comment": 7, "legal": 7,
    "spam": 7,
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The linear model: a weight per hashed feature, as int8 times `scale`."""

    weights: NDArray[np.int8]
    scale: float
    bias: float

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, weights=self.weights, scale=self.scale, bias=self.bias)


@lru_cache(maxsize=1)
def words() -> Words:
    """The linear model of this package."""
    with np.load(FOLDER / "lines_words.npz", allow_pickle=False) as file:
        return Words(file["weights"], float(file["scale"]), float(file["bias"]))


@lru_cache(maxsize=1)
def forest() -> Forest:
    """The trees of this package."""
    return load("lines")


@dataclass(frozen=True)
class Measured:
    """What is known of distinct lines by themselves."""

    rows: NDArray[np.float32]
    words: NDArray[np.uint32]
    bounds: NDArray[np.int64]
    sentence: NDArray[np.bool_]


def measure(lines: pa.Array, sentence: NDArray[np.bool_]) -> Measured:
    """Measure a column of large strings; `sentence` says which of them end as a sentence does."""
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(lines) + 1, 8 * lines.offset)
    raw = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    rows = np.empty((len(lines), len(kernels.LINE_FEATURES)), np.float32)
    hashes = np.empty(int(bounds[-1] - bounds[0]) + 1, np.uint32)
    starts = np.empty(len(lines) + 1, np.int64)
    n = kernels.measure(raw, bounds, *tables(), rows, hashes, starts)
    return Measured(rows, hashes[:n].copy(), starts, sentence)


def kinds_of(labels: Iterable[str]) -> NDArray[np.int64]:
    """The kind of each label that the rules gave; those of kind 0 are nothing that they know."""
    return np.array([_KINDS.get(label, 3) for label in labels], np.int64)


def features(
    measured: Measured,
    ids: NDArray[np.int64],
    pages: NDArray[np.int64],
    kinds: NDArray[np.int64],
    gaps: NDArray[np.bool_],
    model: Words,
) -> NDArray[np.float32]:
    """(lines of kind 0, FEATURES) of the filled lines of some pages; page `k` has the lines `pages[k]` to `pages[k + 1]`.

    `ids` are the numbers of the lines among those measured, `kinds` what the rules took them for, `gaps` whether a blank
    line stands above.
    """
    free = kinds == 0
    out = np.empty((int(free.sum()), len(FEATURES)), np.float32)
    guess = np.empty(len(ids))
    known = measured.rows, measured.words, measured.bounds
    kernels.measure_in_page(ids, pages, kinds, *known, model.weights, model.bias / model.scale, out, guess)
    guess *= model.scale
    out[:, _OTHER] = measured.sentence[ids[free]]
    out[:, _OTHER + 1] = gaps[free]
    out[:, _OTHER + 2] = guess[free]
    kernels.measure_around(ids, pages, kinds, probability(guess), *known, out[:, _CONTEXT:])
    return out


def score(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """How likely each line of `features` is main text, 0 to 1."""
    return probability(forest().score(rows))


@dataclass(frozen=True)
class Scores:
    """What the model says of the filled lines of some pages."""

    pages: Sequence[Page]
    bounds: NDArray[np.int64]
    """Page `k` of them has the lines `bounds[k]` to `bounds[k + 1]`: none if it has too few."""
    probability: NDArray[np.float64]
    """How likely each is main text; 0 for those that a rule has taken out."""
    kinds: NDArray[np.int64]
    """What the rules took them for; 0: nothing."""
    words: NDArray[np.float32]
    features: NDArray[np.float32]
    """Of the lines of kind 0."""

    def reasons(self, which: NDArray[np.int64]) -> list[str]:
        """The features that speak most against each of these lines (all of kind 0), in words."""
        rows = self.features[(np.cumsum(self.kinds == 0) - 1)[which]]
        columns, moved = forest().reasons(rows, 4)
        values = np.take_along_axis(rows, columns, 1)
        told = zip(columns.tolist(), values.tolist(), moved.tolist(), strict=True)
        return [
            ", ".join([f"{FEATURES[c]} {value:.4g}" for c, value, by in zip(*line, strict=True) if by < 0])
            for line in told
        ]


# So many lines are judged at once: 8 MB of features.
_AT_ONCE = 20_000
# A page with more lines is a table or a log, and no page with a main text; its features would take 400 MB and more.
_MOST = 200_000


def score_pages(pages: Sequence[Page], least: int) -> Iterator[Scores]:
    """Scores of the lines of all pages, for some pages at a time; none for those with fewer than `least` filled lines, nor
    for those with more than `_MOST`."""
    measured, numbers = _measure_pages(pages)
    counts = [n if least <= (n := len(page.filled)) <= _MOST else 0 for page in pages]
    a = 0
    while a < len(pages):
        size, b = counts[a], a + 1
        while b < len(pages) and size + counts[b] <= _AT_ONCE:
            size += counts[b]
            b += 1
        yield _score_some(measured, pages[a:b], numbers[a:b], counts[a:b])
        a = b


def _score_some(
    measured: Measured, pages: Sequence[Page], numbers: Sequence[NDArray[np.int64]], counts: Sequence[int]
) -> Scores:
    bounds = np.cumsum([0, *counts])
    asked = [(page, page.filled, page.labels) for page, n in zip(pages, counts, strict=True) if n]
    filled = np.array([i for _, which, _ in asked for i in which], np.int64)
    kinds = kinds_of(labels[i] for _, which, labels in asked for i in which)
    starts = np.cumsum([0, *map(len, numbers)])[:-1]
    ids = np.concatenate(numbers)[filled + np.repeat(starts, counts)]
    gaps = np.diff(filled, prepend=-1) > 1
    heads = bounds[:-1][np.diff(bounds) > 0]
    gaps[heads] = filled[heads] > 0
    rows = features(measured, ids, bounds, kinds, gaps, words())
    p = np.zeros(len(ids))
    p[kinds == 0] = score(rows)
    return Scores(pages, bounds, p, kinds, measured.rows[ids, 1], rows)


def _measure_pages(pages: Sequence[Page]) -> tuple[Measured, list[NDArray[np.int64]]]:
    """The distinct lines of a batch, measured, and for each page the numbers of its lines among them."""
    batch = pages[0].memo.get("batch", {}) if pages else {}
    if "column" in batch:
        return measure(batch["column"], batch["sentence"]), [page.memo["line_numbers"] for page in pages]
    known: dict[str, int] = {}
    numbers = [np.array([known.setdefault(line, len(known)) for line in page.lines], np.int64) for page in pages]
    column = pa.array(list(known), pa.large_string())
    return measure(column, measure_column(column)[1]), numbers
