"""Marks at the end of a report: initials, the agency's name, （完）, a reporter's line."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from pipeline.clean._notes import REMEMBERED, key, keys, prose, prose_after
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "signoff"
_END = keys("signoff", "end")
_CONTROLS = keys("widgets", "line")
_AGENCY = keys("signoff", "agency")
# The whole line in brackets: initials of a desk ("(wam)", "(dp/humas)", "(و.ا.ن)"), a name in full-width brackets.
_INITIALS = re.compile(
    r"^[(\[][^\W\d_]{1,4}(?:[./\-–][^\W\d_]{1,8}){0,3}\.?[)\]]$"
    r"|^[(\[](?:[^\W\d_][.,]\s?){2,4}[^\W\d_]?[)\]]$"
    r"|^[（〈【［][\u3040-\u30ff\u3400-\u9fff々ー・\s]{2,12}[）〉】］]$"
)
# The letters of an agency on a line of their own.
_LETTERS = re.compile(r"^[A-Z]{2,4}$")
_STAFF = re.compile(
    r"^[（(]?(?:文|图|圖|文图|记者|記者|通讯员|本报记者|撰稿|审核|供稿|作者|编辑|摄影|攝影|特约记者|实习生)\s?[/／:：|]\s?[\u3400-\u9fffA-Za-z·、\s]{2,16}"
    r"(?:[\s\u3000,，;；](?:文|图|圖|记者|記者|通讯员|审核|校对|编辑|摄影|供稿|责编)\s?[/／:：|]\s?[\u3400-\u9fffA-Za-z·、]{2,16}){0,5}\s*[）)]?$"
)
_KOREAN = re.compile(
    r"^[가-힣]{2,4}\s?(?:[가-힣]{2,6}\s?)?(?:기자|특파원|통신원|객원기자|인턴기자|선임기자|논설위원)(?:\s?\S+@\S+|\s?\([^)]{3,40}\))?$"
)
_RULE = re.compile(
    r"^(?:#\s?#\s?#|-\s?30\s?-|[-–—=~*]{1,3}\s?(?:ends?|fin|ende|end of (?:text|release))\s?[-–—=~*]{1,3})$",
    re.IGNORECASE,
)
# The agency's letters behind the last full stop: "... worldwide. GT", "... said. (Xinhua)", "……举行。（完）".
_GLUED = re.compile(
    r"(?<=[.!?。！？…\"”»」])(?P<mark>\s+[A-Z]{2,4}|\s*[(（\[/【]\s?[^()（）\[\]【】/]{1,24}\s?[)）\]/】](?:\s?\([A-Z]{2,4}\))?)\s*$"
)
# Letters that end a sentence as a word of it after an abbreviation ("... in the St. UK") are not told apart; a title is.
_NO_MARK = frozenset(
    (
        "PM",
        "AM",
        "BC",
        "AD",
        "BCE",
        "CE",
        "II",
        "III",
        "IV",
        "VI",
        "TV",
        "OK",
        "USA",
        "UK",
        "US",
        "EU",
        "UN",
        "NO",
        "PS",
        "CEO",
    )
)
# How far behind the last line of running text a sign-off may stand, in lines that are not blank.
_REACH = 3


@step("clean.signoff", version=1)
def signoff(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out signs at the end of a report: initials, agencies in brackets, "（完）"; also glued to its last sentence."""
    filled, body = page.filled, prose(page)
    if not filled:
        return
    last = body[-1] if body else filled[0]
    at = bisect_left(filled, last)
    after = filled[at + 1] if at + 1 < len(filled) else -1
    lines, labels, words = page.lines, page.labels, page.words
    for i in filled[max(0, at - _REACH) : at + 1 + 2 * _REACH]:
        line = lines[i]
        if labels[i] or len(line) > 5000:
            continue
        if words[i] <= 16 and (found := _sign(line.strip())):
            alone = _LETTERS.match(line.strip()) is not None
            if i == after if alone else i > last or prose_after(page, i) <= 1:
                yield page.drop(i, LABEL, found)
        elif i >= last and not prose_after(page, i) and (glued := _GLUED.search(line[-60:])):
            mark = glued["mark"].strip()
            inner = key(mark)
            bare = mark.isascii() and mark.isupper() and mark.isalpha()
            if (
                (bare and mark not in _NO_MARK and page.words[i] >= 8)
                or inner in _AGENCY
                or inner in _END
                or inner.split("/")[0] in _AGENCY
            ):
                start = max(0, len(line) - 60)
                yield page.cut(i, start + glued.start("mark"), len(line), "", LABEL, mark)


@lru_cache(REMEMBERED)
def _sign(line: str) -> str:
    """What sign the whole line is, or ""."""
    if _RULE.match(line):
        return "end"
    inner = key(line)
    bracketed = line[:1] in "(（[【/-–—©" and len(line) > 2
    if (inner in _END and (bracketed or " " in inner)) or (inner in _AGENCY and bracketed):
        return inner
    if inner in _CONTROLS:
        return ""
    if _INITIALS.match(line) or (_LETTERS.match(line) and line not in _NO_MARK):
        return "initials"
    if _STAFF.match(line) or _KOREAN.match(line):
        return "staff"
    return ""


CASES = [
    Case(
        "The bridge will open in the first week of May, the town said on Monday after the last test. GT",
        "The bridge will open in the first week of May, the town said on Monday after the last test.",
    ),
    Case(
        "桥将于五月的第一周通车，镇政府周一在最后一次荷载试验之后宣布了这一消息。（完）",
        "桥将于五月的第一周通车，镇政府周一在最后一次荷载试验之后宣布了这一消息。",
    ),
    Case(
        "Die Brücke öffnet im Mai, teilte die Gemeinde am Montag nach der letzten Prüfung mit.\n(wam)",
        "Die Brücke öffnet im Mai, teilte die Gemeinde am Montag nach der letzten Prüfung mit.",
    ),
    Case(
        "Jembatan akan dibuka pada bulan Mei, kata pemerintah kota setelah pengujian terakhir selesai.\n(dp/humas)",
        "Jembatan akan dibuka pada bulan Mei, kata pemerintah kota setelah pengujian terakhir selesai.",
    ),
    Case(
        "Il ponte aprirà a maggio, ha detto il comune lunedì dopo l'ultima prova di carico eseguita.\n© RIPRODUZIONE RISERVATA",
        "Il ponte aprirà a maggio, ha detto il comune lunedì dopo l'ultima prova di carico eseguita.",
    ),
    Case(
        "The bridge was paid for by a bank that has its seat in the UK",
        "The bridge was paid for by a bank that has its seat in the UK",
    ),
    Case(
        "The bridge was inspected for cracks by engineers who used to work for NASA.",
        "The bridge was inspected for cracks by engineers who used to work for NASA.",
    ),
    Case("He had three reasons (a, b and c).", "He had three reasons (a, b and c)."),
]
