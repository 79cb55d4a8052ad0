"""Whether a page has running text at all: two signals of our own for the preset `gentle`."""

from __future__ import annotations

from pipeline.judge._counts import Values, counts_of, only, share
from pipeline.step import Case, Params, Texts, step

DOCS = {
    "prose_word_frac": "share of the words that stand in lines of running text, 0 to 1: lines of 4 words that end in a mark that ends sentences "
    "or a quotation, or have two function words in them; lines of 8 words also where a sentence ends in them, they have one function word, or those "
    "of the language are not known; not applied where words have more than 20 characters in the mean, as in scripts that set something else than spaces",
    "prose_javascript_frac": "share of the words that are javascript, 0 to 1",
}


@step("judge.prose", version=1, batch=True, columns=DOCS)
def prose(texts: Texts, _: Params) -> dict[str, Values]:
    """How much of a page is running text: menus and lists of links have none."""
    c = counts_of(texts)
    return {
        "prose_word_frac": only(share(c.prose_words, c.line_words), ~c.spaced | (c.word_chars <= 20 * c.words)),
        "prose_javascript_frac": share(c.script_chunks, c.line_words),
    }


CASES = [
    Case("Oars and rudders\nRope and chain\nLamps", {"prose_word_frac": (0, 0)}, language="en"),
    Case("the moon is on the water\nand I am on the moon", {"prose_word_frac": (1, 1)}, language="en"),
    Case("Boats\nThe boats came late.", {"prose_word_frac": (0.8, 0.8)}, language="en"),
    Case("วันนี้น้ำขึ้นช้าและไม่มีใครสนใจเลยสักคนในหมู่บ้าน\nหน้าแรก", {"prose_word_frac": (0.8, 0.9)}, language="th"),
    Case("Please enable JavaScript to go on.", {"prose_javascript_frac": (1 / 6, 1 / 6)}, language="en"),
]
