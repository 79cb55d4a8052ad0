"""Pinyin left behind each character by a converter to Traditional Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from pipeline.step import Case, Edit, Page, Params, step

_TONED = "āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜńňǹ"
_SYLLABLE = rf"[a-zü]{{0,4}}[{_TONED}][a-zü]{{0,3}}"
_RUBY = re.compile(rf"(?<=[\u3400-\u9fff])\(({_SYLLABLE})\)")
# How a language lesson or a dictionary gives the reading: apart, of a whole word, or with the term for it.
_LESSON = re.compile(
    rf"[\u3400-\u9fff][ \u3000]+[(（]{_SYLLABLE}|[\u3400-\u9fff]{{2}} ?[(（]{_SYLLABLE}[ ']?{_SYLLABLE}[)）]|拼音|注音|[读讀]音|发音|發音|\bpinyin\b",
    re.IGNORECASE,
)


class PinyinRuby(Params):
    """When the syllables count as residue."""

    min_count: int = Field(3, description="fewer on a page are left")
    per_characters: int = Field(
        60, description="at least one in so many Chinese characters: a rare reading is given far less often"
    )


_HAN = re.compile(r"[\u3400-\u9fff]")


@step(
    "repair.pinyin_ruby", version=1, params=PinyinRuby, gate=rf"\p{{Han}}\({_SYLLABLE}\)", signs=((1, "\u3400-\u9fff"),)
)
def pinyin_ruby(page: Page, params: PinyinRuby) -> Iterator[Edit]:
    """Takes out the pinyin that a bad Simplified-to-Traditional conversion put behind single characters: 進(jìn)行.

    Only where it stands without a blank behind one character each time and all over the page. A page with readings of
    whole words, with blanks before them, or one that speaks of pinyin is a lesson. The characters stay Traditional.
    """
    found = list(_RUBY.finditer(page.text))
    if len(found) < params.min_count or len({run[0] for run in found}) < 2 or _LESSON.search(page.text):
        return
    if len(_HAN.findall(page.text)) > params.per_characters * len(found):
        return
    for run in found:
        yield Edit(run.start(), run.end(), "", "ruby", 1.0, run[1])


CASES = [
    Case(
        "農業(yè)技術(shù)員每年兩次進(jìn)村，檢查(chá)水渠，記錄時(shí)間。",
        "農業技術員每年兩次進村，檢查水渠，記錄時間。",
    ),
    Case(
        "水 (shuǐ) water\n火 (huǒ) fire\n木 (mù) wood\n土 (tǔ) earth",
        "水 (shuǐ) water\n火 (huǒ) fire\n木 (mù) wood\n土 (tǔ) earth",
    ),
    Case("这个字读音是囧(jiǒng)，那个是槑(méi)，还有犇(bēn)。", "这个字读音是囧(jiǒng)，那个是槑(méi)，还有犇(bēn)。"),
    Case("姓氏“仉”(zhǎng)很少见。", "姓氏“仉”(zhǎng)很少见。"),
    Case("f(x) = (a) und 表(1)、图(2)、式(3)", "f(x) = (a) und 表(1)、图(2)、式(3)"),
]
