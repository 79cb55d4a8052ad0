"""The learned judge of lines: what the rules do not know, and what a model takes for no part of the main text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.models import lines
from pipeline.models.forest import best_f1
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
    for page, scores in zip(pages, lines.score_pages(pages, p.lines), strict=True):
        if scores is None:
            yield []
            continue
        stay = chosen(scores.probability, scores.kinds, scores.words, p)
        out = np.flatnonzero(~stay & (scores.kinds == 0))
        spans = np.flatnonzero(stay & (scores.kinds == 0))
        first, last = (int(spans[0]), int(spans[-1])) if len(spans) else (0, 0)
        # Lines that go together are told the reasons of the longest: a run of teasers has one cause, not twenty.
        run = np.cumsum(np.diff(out, prepend=-2) > 1)
        order = np.lexsort((-scores.words[out], run))
        longest = out[order[np.diff(run[order], prepend=0) > 0]].tolist() if len(out) else []
        reasons = scores.reasons(longest)
        chances = np.round(1 - scores.probability[out], 3).tolist()
        yield [
            page.drop(
                page.filled[n],
                "other_boilerplate",
                f"{'above' if n < first else 'below' if n > last else 'within'} the main text: {reasons[k - 1]}",
                chance,
            )
            for n, k, chance in zip(out.tolist(), run.tolist(), chances, strict=True)
        ]


def chosen(
    probability: NDArray[np.float64], kinds: NDArray[np.int64], words: NDArray[np.float32], p: MainText
) -> NDArray[np.bool_]:
    """Which lines of a page stay.

    The limit is half of the F1 that can be expected (see `best_f1`), so a page that the model is unsure of keeps more. On small pages, where every line is
    a large part, only lines that are surely none of the text go.
    """
    if not len(probability):
        return np.zeros(0, np.bool_)
    weight = np.maximum(words, 1) * (kinds == 0) + 1e-6
    cap = np.interp(len(probability), [p.small, p.large], [p.lowest, p.highest])
    stay = probability > min(max(best_f1(probability, weight) / 2, p.floor), cap)
    free = np.flatnonzero(kinds == 0)
    if len(free) and not stay[free].any():
        stay[free[np.argmax(probability[free])]] = True
    return stay


_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(_BODY, _BODY, note="a short page is left alone"),
    Case("", ""),
    Case("一\n二\n三", "一\n二\n三"),
]  # fmt: skip
