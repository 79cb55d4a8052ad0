"""Small controls and widgets: back to top, print, page numbers, cookie banners, tags, players, typo reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pipeline.clean._notes import (
    LONGEST,
    REMEMBERED,
    Openings,
    Within,
    is_quoted,
    key,
    keys,
    pieces_of,
    prose_after,
    prose_before,
)
from pipeline.clean._scan import either, opens, opens_piece, shape
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "other_boilerplate"
_LINE = keys("widgets", "line")
_TAGS = keys("widgets", "tags")
_COOKIE = keys("widgets", "cookie")
_CONSENT = Within("widgets", "consent")
_TYPO = keys("widgets", "typo")
_CONTACT = keys("widgets", "contact")
_OPENINGS = {"cookie": Openings(_COOKIE), "typo": Openings(_TYPO), "contact": Openings(_CONTACT)}
_TAG_LINE = re.compile(r"^\W{0,3}([^:：]{2,40}?)\s?[:：]\s*(\S.*)$")
# Page numbers, player times, placeholders of images and addresses, percentages of a load: no letters of a text.
_BARE = re.compile(
    r"^\s*(?:(?:\d{1,4}\s+){2,}\d{1,4}(?:\s*(?:\.{2,3}|…)\s*\d{1,5})?"
    r"|(?:[<«‹]{1,2}\|?\s*)?(?:\d{1,4}\s+)*(?:next|prev|previous|weiter|siguiente|suivant|下一页|下一頁|次へ|다음)?\s*[>»›]{1,2}\s*\|?"
    r"|\d{1,2}:\d{2}(?::\d{2})?\s*/\s*\d{1,2}:\d{2}(?::\d{2})?"
    r"|(?:#[^\s#]{2,40}[\s,]*){2,20}"
    r"|\[{1,2}\d{4,12}\]{1,2}|\[email\s?protected\]|like\s+loading\.{0,3}|[?？×✕✖…]|[#|•·‍]"
    r"|-?\d{1,2}\s?°\s?[cf]?(?:\s+[^\W\d]+){0,3}|(?:eur|usd|gbp)(?:/[a-z]{3})?\s\d+[.,]\d{2,4})\s*$",
    re.IGNORECASE,
)
_BARE_GATE = (
    r"^\s*(?:[^\pL\s][^\pL]*$|[^\pL]*(?:next|prev|previous|weiter|siguiente|suivant|下一页|下一頁|次へ|다음)?\s*[>»›]"
    r"|#|\[email|like\s+loading|[^\pL]*°|(?:eur|usd|gbp)[/\s])"
)
_SCHOLARLY = re.compile(r"[;；].*[;；]")
_KEYWORDS = re.compile(
    r"\W*key ?words?|\W*(?:关键|關鍵)|\W*キーワード|\W*palabras|\W*palavras|\W*mots|\W*ключевые", re.I
)
_LONGEST_COOKIE = 2000


@step(
    "clean.widgets",
    version=1,
    gate=either(opens_piece(_LINE | _TAGS), opens(_COOKIE | _TYPO | _CONTACT), shape(80, _BARE_GATE)),
)
def widgets(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out small controls: back to top, print, close, page numbers, cookie banners, tags, players."""
    for i in page.hits:
        line = page.lines[i]
        if (
            page.labels[i]
            or len(line) > _LONGEST_COOKIE
            or is_quoted(line)
            or ("<" in line and not line.lstrip().startswith("<<"))
        ):
            continue  # code holds such words as tags
        if len(line) < 80 and _BARE.match(line):
            yield page.drop(i, LABEL, "control")
        elif (parts := pieces_of(page, i)) and all(part in _LINE for part in parts):
            yield page.drop(i, LABEL, parts[0])
        elif found := _notice(page, i, line):
            yield page.drop(i, LABEL, found)


@lru_cache(REMEMBERED)
def _openings(line: str) -> tuple[str, ...]:
    """As which kinds of notices the line opens."""
    whole = key(line)
    return tuple(kind for kind, openings in _OPENINGS.items() if openings.of(whole))


def _notice(page: Page, i: int, line: str) -> str:
    openings = _openings(line[:LONGEST])
    if "typo" in openings and page.words[i] <= 40:
        return "typo report"
    if "contact" in openings and page.words[i] <= 25 and prose_before(page, i):
        return "contact"
    if "cookie" in openings and any(at > 3 for at, _ in _CONSENT.find(line)):
        return "cookie notice"
    found = _TAG_LINE.match(line) if len(line) <= 2 * LONGEST and (":" in line or "：" in line) else None
    if found and key(found[1]) in _TAGS and not page.sentence[i] and page.words[i] <= 50:
        # Key words of a paper, parted by semicolons or inside the text, belong to its abstract.
        inside = _KEYWORDS.match(found[1]) and prose_before(page, i) and prose_after(page, i) > 1
        return "" if inside or _SCHOLARLY.search(found[2]) else "tags"
    return ""


CASES = [
    Case("The lamp burns.\nTop\nBACK TO THE TOP", "The lamp burns."),
    Case("灯亮着。\n【打印】【收藏】【关闭】", "灯亮着。"),
    Case("The lamp burns.\n1 2 Next   >>|", "The lamp burns."),
    Case(
        "We and our 187 partners store and access information on your device. Accept | More options\nThe lamp burns.",
        "The lamp burns.",
    ),
    Case("Lamba yanıyor.\nEtiketler: Kültür, sergi, iskele", "Lamba yanıyor."),
    Case("Лампа горит.\nНашли опечатку? Выделите текст и нажмите Ctrl+Enter", "Лампа горит."),
    Case("灯りがともる。\n記事の印刷", "灯りがともる。"),
    Case(
        "Accept all. Reject all. I have photographed such banners for years.",
        "Accept all. Reject all. I have photographed such banners for years.",
    ),
    Case("Top of the column stands a date.", "Top of the column stands a date."),
]
