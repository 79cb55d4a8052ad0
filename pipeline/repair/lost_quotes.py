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
# We went ? and came back; the storm of ?87. On a page that lost its quotes.
_DASH = re.compile(r"(?<=[\w,”’]) (\?) (?=[a-zI])")
_YEAR = re.compile(r"(?<=[\s(])\?(?=\d\ds?\b)")
# Words that lose their last vowel in French and Italian; nothing else puts a mark between them and the next.
_ELISION = re.compile(
    r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|aujourd|un|all|dell|nell|sull|dall|quell|quest|com)(\?)(?=[aeiouyhàâéèêëîïôœ])",
    re.IGNORECASE,
)
_ELIDING = re.compile(r"\b(?:le|la|les|des|est|une|dans|pour|que|il|di|che|per|non|con|della|una)\b", re.IGNORECASE)
_MIN_ELISIONS = 3
_ENGLISH = re.compile(r"\b(?:the|and|of|to|is|in|was|that|with|for|you|it|he|she|we|they|not|my|I)\b", re.IGNORECASE)
_URL = re.compile(r"\S*[/=&]\S*")
_ADDRESS = re.compile(r"\w/\S*\?|://|\?\w+=")


class LostQuotes(Params):
    """When quotes are mended too."""

    min_apostrophes: int = Field(1, description="lost apostrophes that the page must have before any quote is mended")


@step(
    "repair.lost_quotes",
    version=2,
    params=LostQuotes,
    gate=r"\?(?:(?:s|t|re|ve|ll|d|m)\b|[aeiouyhàâéèêëîïôœ])",
    signs=((1, "?"),),
)
def lost_quotes(page: Page, params: LostQuotes) -> Iterator[Edit]:
    """Restores English apostrophes and quotation marks that became question marks: We?re, ?Yes,? she said.

    The apostrophes are certain, and they prove that the page lost its quotes. A question mark before a word then opens
    a quotation; the next one that cannot end a question closes it. Others stay: they may be questions. In French and
    Italian, the apostrophes of elided words: l?été, dell?acqua, if the page lost several.
    """
    elisions = [
        (i, mark.start(1))
        for i, line in enumerate(page.lines)
        if "?" in line and not _ADDRESS.search(line)
        for mark in _ELISION.finditer(line)
    ]
    if len(elisions) >= _MIN_ELISIONS and _ELIDING.search(page.text):
        for i, at in elisions:
            yield page.cut(i, at, at + 1, "’", "apostrophe")
        return
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
        for pattern, mark_ in ((_DASH, "—"), (_YEAR, "’")):
            for mark in pattern.finditer(line):
                start = mark.end() - (mark[0].endswith(" ")) - 1
                quotes.append(page.cut(i, start, start + 1, mark_, "quote"))
    if found >= params.min_apostrophes:
        yield from quotes


CASES = [
    Case("We?re sure it isn?t the baker?s dog.", "We’re sure it isn’t the baker’s dog."),
    Case("?It won?t rain,? she said, ?not before noon.?", "“It won’t rain,” she said, “not before noon.”"),
    Case("Didn?t you ask ?why?? I did. Are you sure?", "Didn’t you ask “why?” I did. Are you sure?"),
    Case(
        "We?d gone home ? it was late ? before the storm of ?87.",
        "We’d gone home — it was late — before the storm of ’87.",
    ),
    Case(
        "L?été, la halle est à l?ombre. C?est l?heure où l?on vend.\nQu?attend-on?",
        "L’été, la halle est à l’ombre. C’est l’heure où l’on vend.\nQu’attend-on?",
    ),
    Case("Why not? So what? Really?", "Why not? So what? Really?"),
    Case(
        "See https://shop.example/item?s=4 or /list?t for more.",
        "See https://shop.example/item?s=4 or /list?t for more.",
    ),
    Case("18.Nf3? d5 19.e4?! Kf8??", "18.Nf3? d5 19.e4?! Kf8??"),
    Case("Tu viens? On y va? C’est l?heure?", "Tu viens? On y va? C’est l?heure?"),
]
