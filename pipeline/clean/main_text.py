"""The learned judge of lines: what the rules do not know, and what a model takes for no part of the main text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.models import lines
from pipeline.models._line_kernels import choose
from pipeline.step import Case, Edit, Page, Params, step


class MainText(Params):
    """Parameters of `clean.main_text`."""

    lowest: float = Field(0.08, ge=0, le=1, description="On a small page only lines less likely to be main text go.")
    floor: float = Field(0.15, ge=0, le=1, description="On a large page lines less likely to be main text always go.")
    highest: float = Field(0.5, ge=0, le=1, description="A line that is likelier than this to be main text stays.")
    small: int = Field(
        30, description="On a page of so few lines only those below `lowest` go: there is little to take out."
    )
    large: int = Field(60, description="From so many lines on a page counts as large; in between, the limit rises.")
    lines: int = Field(8, description="A page of fewer lines is left alone: the model has too little to go by.")


@step("clean.main_text", version=1, params=MainText, batch=True)
def main_text(pages: Sequence[Page], p: MainText) -> Iterator[list[Edit]]:
    """Take out lines that a learned model takes for no part of the main text.

    The model gives each line a probability (pipeline/models/lines.py); the ledger has it as the score, with the features
    that spoke against the line most. Lines that a rule has taken out are evidence for those around them. A page keeps
    its likeliest line, whatever the model says.
    """
    for scores in lines.score_pages(pages, p.lines):
        stay = chosen(scores.probability, scores.kinds, scores.words, scores.bounds, p)
        out = np.flatnonzero(~stay & (scores.kinds == 0))
        owner = np.searchsorted(scores.bounds, out, "right") - 1
        run = np.cumsum((np.diff(out, prepend=-2) > 1) | (np.diff(owner, prepend=-1) > 0)) - 1
        evidence = _evidence(scores, stay, out, owner, run)
        chances = np.round(1 - scores.probability[out], 3)
        told = list(zip((out - scores.bounds[owner]).tolist(), run.tolist(), chances.tolist(), strict=True))
        for page, (a, b) in zip(scores.pages, pairwise(np.searchsorted(out, scores.bounds).tolist()), strict=True):
            yield [page.drop(page.filled[n], "other_boilerplate", evidence[k], chance) for n, k, chance in told[a:b]]


def _evidence(
    scores: lines.Scores,
    stay: NDArray[np.bool_],
    out: NDArray[np.int64],
    owner: NDArray[np.int64],
    run: NDArray[np.int64],
) -> list[str]:
    """Why each run of lines goes: where it stands on its page, and the reasons of its longest line. A run of teasers has
    one cause, not twenty."""
    order = np.lexsort((-scores.words[out], run))
    first = order[np.diff(run[order], prepend=-1) > 0]
    longest, page = out[first], owner[first]
    stays = np.flatnonzero(stay)
    above = longest < stays[np.searchsorted(stays, scores.bounds[page])]
    below = longest > stays[np.searchsorted(stays, scores.bounds[page + 1]) - 1]
    return [
        f"{'above' if up else 'below' if down else 'within'} the main text: {reason}"
        for up, down, reason in zip(above.tolist(), below.tolist(), scores.reasons(longest), strict=True)
    ]


def chosen(
    probability: NDArray[np.float64],
    kinds: NDArray[np.int64],
    words: NDArray[np.float32],
    pages: NDArray[np.int64],
    p: MainText,
) -> NDArray[np.bool_]:
    """Which lines of some pages stay; page `k` has the lines `pages[k]` to `pages[k + 1]`.

    The limit is half of the F1 that can be expected (see `best_f1`), so a page that the model is unsure of keeps more. On
    small pages, where every line is a large part, only lines that are surely none of the text go.
    """
    caps = np.interp(np.diff(pages), [p.small, p.large], [p.lowest, p.highest])
    stay = np.zeros(len(probability), np.bool_)
    choose(probability, kinds, words, pages, p.floor, caps, stay)
    return stay


_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(_BODY, _BODY, note="a short page is left alone"),
    Case("", ""),
    Case("一\n二\n三", "一\n二\n三"),
]  # fmt: skip
