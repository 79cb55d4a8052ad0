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

from collections.abc import Iterator, Sequence
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


def kinds_of(labels: Sequence[str]) -> NDArray[np.int64]:
    """The kind of each label that the rules gave."""
    return np.array([_KINDS.get(label, 3) for label in labels], np.int64)


def features(
    measured: Measured, ids: NDArray[np.int64], kinds: NDArray[np.int64], gaps: NDArray[np.bool_], model: Words
) -> NDArray[np.float32]:
    """(lines, FEATURES) of the filled lines of one page.

    `ids` are their numbers among the measured lines, `kinds` what the rules took them for, `gaps` whether a blank line
    stands above.
    """
    n = len(ids)
    out = np.empty((n, len(FEATURES)), np.float32)
    if not n:
        return out
    out[:, :_PAGE] = measured.rows[ids]
    kernels.place(ids, kinds, measured.rows, measured.words, measured.bounds, out[:, _PAGE:_OTHER])
    guess, above, higher = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
    kernels.guess(
        ids,
        measured.rows,
        measured.words,
        measured.bounds,
        model.weights,
        model.bias / model.scale,
        above,
        higher,
        guess,
    )
    guess *= model.scale
    out[:, _OTHER] = measured.sentence[ids]
    out[:, _OTHER + 1] = gaps
    out[:, _OTHER + 2] = guess
    kernels.context(ids, probability(guess), measured.rows, measured.words, measured.bounds, out[:, _CONTEXT:])
    return out


def score(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """How likely each line of `features` is main text, 0 to 1."""
    return probability(forest().score(rows))


@dataclass(frozen=True)
class Scores:
    """What the model says of the filled lines of one page."""

    probability: NDArray[np.float64]
    """How likely each is main text; 0 for those that a rule has taken out."""
    kinds: NDArray[np.int64]
    """What the rules took them for; 0: nothing."""
    words: NDArray[np.float32]
    features: NDArray[np.float32]

    def reasons(self, which: Sequence[int]) -> list[str]:
        """The features that speak most against each of these lines, in words."""
        rows = self.features[which]
        columns, moved = forest().reasons(rows, 4)
        values = np.take_along_axis(rows, columns, 1)
        told = zip(columns.tolist(), values.tolist(), moved.tolist(), strict=True)
        return [
            ", ".join([f"{FEATURES[c]} {value:.4g}" for c, value, by in zip(*line, strict=True) if by < 0])
            for line in told
        ]


# So many lines are judged at once: 10 MB of features.
_AT_ONCE = 20_000


def score_pages(pages: Sequence[Page], least: int) -> Iterator[Scores | None]:
    """Scores of each page; None for a page with fewer than `least` filled lines."""
    measured, numbers = _measure_pages(pages)
    model = words()
    waiting: list[tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]] | None] = []
    size = 0
    for page, number in zip(pages, numbers, strict=True):
        filled = np.array(page.filled, np.int64)
        if len(filled) < least:
            waiting.append(None)
            continue
        ids = number[filled]
        labels = page.labels
        kinds = kinds_of([labels[i] for i in page.filled])
        waiting.append((features(measured, ids, kinds, np.diff(filled, prepend=-1) > 1, model), kinds, ids))
        size += len(filled)
        if size > _AT_ONCE:
            yield from _judge(measured, waiting)
            waiting, size = [], 0
    yield from _judge(measured, waiting)


def _judge(
    measured: Measured, waiting: Sequence[tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]] | None]
) -> Iterator[Scores | None]:
    free = [rows[kinds == 0] for entry in waiting if entry is not None for rows, kinds, _ in [entry]]
    found = score(np.concatenate(free)) if free else np.empty(0)
    at = 0
    for entry in waiting:
        if entry is None:
            yield None
            continue
        rows, kinds, ids = entry
        p = np.zeros(len(ids))
        n = int((kinds == 0).sum())
        p[kinds == 0] = found[at : at + n]
        at += n
        yield Scores(p, kinds, measured.rows[ids, 1], rows)


def _measure_pages(pages: Sequence[Page]) -> tuple[Measured, list[NDArray[np.int64]]]:
    """The distinct lines of a batch, measured, and for each page the numbers of its lines among them."""
    batch = pages[0].memo.get("batch", {}) if pages else {}
    if "column" in batch:
        return measure(batch["column"], batch["sentence"]), [page.memo["line_numbers"] for page in pages]
    known: dict[str, int] = {}
    numbers = [np.array([known.setdefault(line, len(known)) for line in page.lines], np.int64) for page in pages]
    column = pa.array(list(known), pa.large_string())
    return measure(column, measure_column(column)[1]), numbers
