"""Question marks that were apostrophes and quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from pipeline.step import Case, Edit, Page, Params, step

# English endings behind an apostrophe; nothing else puts a question mark between these letters.
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])(?<!\b[Cc]af)(?<!clich)(?<!fianc)\?(?=(?:s|t|re|ve|ll|d|m)(?![\w=&?]))")
_OPENING = re.compile(r"(?:(?<=[\s(\[—–])|^)\?(?=[A-Za-zÀ-ÿ0-9])")
_CLOSING = re.compile(r"(?<=[.,!?…])\?(?=[\s)\].,;:—–]|$)|(?<=[A-Za-zÀ-ÿ0-9])\?(?=[\s)][a-z(—–]|[,.;:)])")
_ENGLISH = re.compile(r"\b(?:the|and|of|to|is|in|was|that|with|for|you|it|he|she|we|they|not|my|I)\b", re.IGNORECASE)
_URL = re.compile(r"\S*[/=&]\S*")


class LostQuotes(Params):
    """When quotes are mended too."""

    min_apostrophes: int = Field(1, description="lost apostrophes that the page must have before any quote is mended")


@step("repair.lost_quotes", version=1, params=LostQuotes, gate=r"[a-z]\?(?:s|t|re|ve|ll|d|m)\b")
def lost_quotes(page: Page, params: LostQuotes) -> Iterator[Edit]:
    """Restores English apostrophes and quotation marks that became question marks: We?re, ?Yes,? she said.

    The apostrophes are certain, and they prove that the page lost its quotes. A question mark before a word then opens
    a quotation; the next one that cannot end a question closes it. Others stay: they may be questions.
    """
    found = 0
    quotes: list[Edit] = []
    for i, line in enumerate(page.lines):
        if "?" not in line or not _ENGLISH.search(line):
            continue
        urls = [(m.start(), m.end()) for m in _URL.finditer(line)]
        for mark in _APOSTROPHE.finditer(line):
            if not any(a <= mark.start() < b for a, b in urls):
                found += 1
                yield page.cut(i, mark.start(), mark.end(), "’", "apostrophe")
        at = 0
        while opening := _OPENING.search(line, at):
            closing = _CLOSING.search(line, opening.end())
            if closing is None:
                break
            quotes += [
                page.cut(i, opening.start(), opening.end(), "“", "quote"),
                page.cut(i, closing.start(), closing.end(), "”", "quote"),
            ]
            at = closing.end()
    if found >= params.min_apostrophes:
        yield from quotes


CASES = [
    Case("We?re sure it isn?t the baker?s dog.", "We’re sure it isn’t the baker’s dog."),
    Case("?It won?t rain,? she said, ?not before noon.?", "“It won’t rain,” she said, “not before noon.”"),
    Case("Didn?t you ask ?why?? I did. Are you sure?", "Didn’t you ask “why?” I did. Are you sure?"),
    Case("Why not? So what? Really?", "Why not? So what? Really?"),
    Case(
        "See https://shop.example/item?s=4 or /list?t for more.",
        "See https://shop.example/item?s=4 or /list?t for more.",
    ),
    Case("18.Nf3? d5 19.e4?! Kf8??", "18.Nf3? d5 19.e4?! Kf8??"),
    Case("Tu viens? On y va? C’est l?heure?", "Tu viens? On y va? C’est l?heure?"),
]
