"""The blocks of the main text, chosen by two passes of gradient boosted trees over the page's blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.extract._blocks import Blocks
from pipeline.extract._features import measure, page_kind, second, voice
from pipeline.models import forest

# What is expected of the first pass (see `select`) from which on the page is not shown to the second engine. Set on
# cross-validated pages by their sites: see tests/bench/train/html.py.
SURE = 0.85
# Blocks less likely than this never stand in the text, however little else does.
_LEAST = 0.08


def choose(
    blocks: Blocks, tree: HtmlElement, url: str | None, first_engine: str, second_engine: Callable[[], str]
) -> NDArray[np.bool_]:
    """Which blocks are main text. `first_engine` is the main text as a quick engine sees it; `second_engine` gives that
    of a slow one and is asked only where the first pass is not sure."""
    quick, table = forest.load("html_quick"), words()
    measured = measure(blocks, table, page_title(tree), page_kind(tree, url), voice(blocks, first_engine))
    p = forest.probability(quick.score(measured.rows))
    weight = measured.rows[:, 1].astype(np.float64)
    keep, expected = select(p, weight)
    if expected < SURE:
        rows, _ = second(p, measured, blocks, voice(blocks, second_engine()))
        keep, _ = select((p + forest.probability(forest.load("html").score(rows))) / 2, weight)
    return complete(blocks, keep)


# The fewest paragraphs of the main text that must stand beside a list for it to be theirs, and the most items it has.
_BESIDE, _ITEMS = 2, 12


def complete(blocks: Blocks, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`keep`, and with it the lists without a single link and the tables of data that follow a block of the main text
    and stand in the same element as its paragraphs: they are few, and to lose what an article lists is worse than to
    keep a line too many."""
    out = keep.copy()
    beside: dict[int, int] = {}
    for k in np.flatnonzero(keep).tolist():
        if blocks.tags[blocks.element[k]] == "p":
            around = blocks.parent[blocks.element[k]]
            beside[around] = beside.get(around, 0) + 1
    k, n = 1, len(keep)
    while k < n:
        holder = blocks.parent[blocks.element[k]] if not out[k] and out[k - 1] else -1
        if holder >= 0 and blocks.tags[holder] in ("tbody", "thead"):
            holder = blocks.parent[holder]
        end = k + 1
        if holder >= 0 and beside.get(blocks.parent[holder], 0) >= _BESIDE and _is_list(blocks, holder, k):
            while end < n and holder in blocks.chain(end)[:4]:
                end += 1
            if 2 <= end - k <= _ITEMS and not any(blocks.links[k:end]):
                out[k:end] = True
        k = end
    return out


def _is_list(blocks: Blocks, holder: int, k: int) -> bool:
    tag = blocks.tags[holder]
    return (tag in ("ul", "ol") and blocks.tags[blocks.element[k]] == "li") or (
        tag == "table" and blocks.data_cell[blocks.element[k]]
    )


def select(p: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """The blocks that make the expected F1 of the page largest (see `best_f1`), and that F1."""
    if not len(p):
        return np.zeros(0, np.bool_), 0.0
    best = forest.best_f1(p, np.maximum(weight, 1.0))
    return p > max(_LEAST, best / 2), best


def page_title(tree: HtmlElement) -> str:
    """What stands in <title>."""
    element = tree.find(".//head/title")
    return " ".join(element.text_content().split()) if element is not None else ""


@lru_cache(maxsize=1)
def words() -> dict[str, float]:
    """Log odds of main text for words of class names, ids and short blocks."""
    with np.load(forest.FOLDER / "html_words.npz", allow_pickle=False) as file:
        return dict(zip(str(file["words"]).split("\n"), file["odds"].astype(float).tolist(), strict=True))
