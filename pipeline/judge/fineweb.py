"""The signals that FineWeb added to those of Gopher and C4 (Penedo et al. 2024, "The FineWeb Datasets", section 3.6), computed as
datatrove's FineWebQualityFilter computes them. Lines are those with more than white space in them."""

from __future__ import annotations

from pipeline.judge._counts import Values, counts_of, only, share
from pipeline.step import Case, Params, Texts, step

DOCS = {
    "fineweb_line_punct_ratio": "share of the lines that end in a mark that ends sentences (of any script), 0 to 1; not applied to Thai and Lao "
    "script, which have no such marks",
    "fineweb_short_line_ratio": "share of the lines of at most 30 characters, 0 to 1; a character of a script without spaces counts as two",
    "fineweb_char_dup_ratio": "characters of lines that stand above already per character of the text, line feeds aside, 0 to 1",
    "fineweb_list_ratio": "line feeds per token; in scripts without spaces two characters weigh as a token",
}


@step("judge.fineweb", version=1, batch=True, columns=DOCS)
def fineweb(texts: Texts, _: Params) -> dict[str, Values]:
    """FineWeb's own quality signals (Penedo et al. 2024)."""
    c = counts_of(texts)
    return {
        "fineweb_line_punct_ratio": only(share(c.ended_rows, c.filled_rows), c.stopped),
        "fineweb_short_line_ratio": share(c.short_rows, c.filled_rows),
        "fineweb_char_dup_ratio": share(c.twin_filled_chars, c.chars - c.feeds),
        "fineweb_list_ratio": share(c.feeds, c.all_tokens),
    }


CASES = [
    Case(
        "Oats\nFlour\n\nOats\nMix everything and leave it to stand overnight.",
        {
            "fineweb_line_punct_ratio": (0.25, 0.25),
            "fineweb_short_line_ratio": (0.75, 0.75),
            "fineweb_char_dup_ratio": (4 / 60, 4 / 60),
            "fineweb_list_ratio": (4 / 12, 4 / 12),
        },
    ),
    Case(
        "今天的潮水来得很晚，也没有什么人在意。\n好。",
        {"fineweb_short_line_ratio": (0.5, 0.5), "fineweb_line_punct_ratio": (1, 1)},
    ),
    Case("วันนี้น้ำขึ้นช้า", {"fineweb_line_punct_ratio": None}),
]
