"""Legal lines: copyright, licences, registration, terms of reprinting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic import Field

from pipeline.clean._notes import (
    LONGEST,
    REMEMBERED,
    Openings,
    Within,
    is_quoted,
    key,
    keys,
    prose_after,
    prose_before,
)
from pipeline.clean._scan import contains, either, shape
from pipeline.clean._vocabulary import phrases
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "legal"
_START = Openings(keys("legal", "start"))
_STRONG = Within("legal", "strong")
# The mark with a year, a name or nothing more; "(c)" counts only before a year.
_MARK = re.compile(r"(?<![^\W\d_])[©ⓒ]|\(c\)\s?(?:19|20)\d\d|\bcopyright\b|℗", re.IGNORECASE)

# "Copyright 2024": a year behind the word, at the beginning of the line.
_DATED = re.compile(r"\W*copyright\s?(?:©|\(c\))?\s?(?:19|20)\d\d", re.IGNORECASE)

# Longer lines are running text.
_LONGEST = 1500


class Legal(Params):
    """Parameters of `clean.legal`."""

    words: int = Field(90, description="Words of the longest legal line.")
    prose: int = Field(2, description="Lines of running text that may still follow a legal line at the foot.")


@step(
    "clean.legal",
    version=1,
    params=Legal,
    gate=either(contains(phrases("legal", "strong"), _LONGEST), shape(_LONGEST, r"©|ⓒ|\(c\)|℗|copyright")),
)
def legal(page: Page, params: Legal) -> Iterator[Edit]:
    """Takes out copyright lines, licence and registration numbers, and notes on what may be reprinted.

    Only before the running text or after it: a text about such lines quotes them between its paragraphs.
    """
    for i in page.hits:
        line, words = page.lines[i], page.words[i]
        if page.labels[i] or words > params.words or len(line) > _LONGEST or is_quoted(line):
            continue
        if prose_after(page, i) > params.prose and prose_before(page, i):
            continue
        if found := _notice(line, words, page.sentence[i]):
            yield page.drop(i, LABEL, found)


@lru_cache(REMEMBERED)
def _notice(line: str, words: int, sentence: bool) -> str:
    """What makes the line a legal one, or ""."""
    mark = _MARK.search(line)
    strong = [phrase for _, phrase in _STRONG.find(line)]
    if mark and (strong or (_DATED.match(line) and words <= 60)):
        return mark[0]
    sure = mark and (mark[0] in "©ⓒ℗" or (words <= 15 and re.search(r"\d{4}", line)))
    if mark and sure and ((words <= 30 and not sentence) or (words <= 20 and mark.start() < 4)):
        return mark[0]
    if len(set(strong)) >= 2 or (strong and words <= 25 and not _is_report(line, sentence)):
        return strong[0]
    if strong and _START.of(key(line[:LONGEST])):
        return strong[0]
    return ""


def _is_report(line: str, sentence: bool) -> bool:
    """Whether a line with one such phrase may be a sentence of a report: it reads as one and has no number."""
    return sentence and not re.search(r"\d{3,}|®|@", line) and len(line) > 60 and line.isascii()


CASES = [
    Case("The lamp burns.\n© 2024 Lamp House Ltd. All rights reserved.", "The lamp burns."),
    Case(
        "La lampe brûle.\n© La Lampe. Tous droits réservés.",
        "La lampe brûle.",
    ),
    Case(
        "灯亮着。\n灯塔报社 版权所有　许可证编号：00120000000　灯ICP备00000000号",
        "灯亮着。",
    ),
    Case("灯りがともる。\n当サイトに掲載の記事・写真の無断転載を禁じます。", "灯りがともる。"),
    Case("등불이 켜졌다.\n저작권자 © 등대신문 무단전재 및 재배포 금지", "등불이 켜졌다."),
    Case(
        "Лампа горит.\n© 2010–2025 Сетевое издание «Лампа». Перепечатка только с согласия редакции.",
        "Лампа горит.",
    ),
    Case(
        "“© 2012 Lamp Ltd. All rights reserved.” The sign has meant little since the country joined the treaty, a "
        "lawyer said.\nThe court will rule in May on whether a year in the notice matters to the owner at all.",
        "“© 2012 Lamp Ltd. All rights reserved.” The sign has meant little since the country joined the treaty, a "
        "lawyer said.\nThe court will rule in May on whether a year in the notice matters to the owner at all.",
    ),
    Case(
        "Copyright lasts for seventy years after the death of the author.",
        "Copyright lasts for seventy years after the death of the author.",
    ),
]
