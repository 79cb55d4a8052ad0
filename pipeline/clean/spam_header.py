"""The line of Chinese keywords that hijackers put above a page, whatever its words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean._spam_fold import TRADITIONAL
from pipeline.clean._spam_page import View
from pipeline.step import Case, Edit, Page, Params, step

_SPLIT = re.compile(r"[,，_|｜-]")
_HAN = re.compile("[\u3400-\u9fff]")
_TRADITIONAL = re.compile(f"[{''.join(map(chr, TRADITIONAL))}]")
_SIMPLIFIED = re.compile(f"[{''.join(sorted(set(TRADITIONAL.values())))}]")
_GATE = r"^\s*\p{Han}[^\s,.。，:：|_-]{2,16}(?:[,，_|｜-][^\s,.。，:：|_-]{2,16}){3}"
TOP = 3
"""Such a line is the first of the page; menus of the mirrored site or a counter may stand above it."""


@step(
    "clean.spam_header",
    version=1,
    params=Params,
    gate=_GATE,
)
def spam_header(page: Page, params: Params) -> Iterator[Edit]:
    """A list of Chinese phrases without spaces, at the top of a page that is in another script or in Traditional.

    Hijacked mirrors carry it in Simplified characters, while what they mirror is in another language or was converted
    to Traditional. So the shape, the place and the script tell it, and one word of the trade must stand in it.
    """
    view = View(page, ())
    held = set(page.hits)
    above = 0
    for i in page.filled:
        if i in held and not page.labels[i] and _is_header(view, i):
            yield page.drop(i, "spam", "keywords in another script above the page")
            continue
        above += 1
        if above == TOP:
            return


def _is_header(view: View, i: int) -> bool:
    line = view.page.lines[i].strip()
    pieces = [piece for piece in _SPLIT.split(line[:500]) if piece]
    han = len(_HAN.findall(line))
    if len(pieces) < 4 or han < 4 * len(pieces) or han < 0.7 * len(line) - len(pieces):
        return False
    reading = view.read(i)
    if not reading.hits or reading.reports or reading.function >= 0.2:
        return False
    return view.alien(reading) or _leans(line) < 0 < _leans(view.page.text[:6000].replace(line, ""))


def _leans(text: str) -> int:
    """Above zero for Traditional Chinese, below for Simplified, zero where too little tells."""
    traditional, simplified = len(_TRADITIONAL.findall(text)), len(_SIMPLIFIED.findall(text))
    if traditional > 3 * simplified and traditional >= 5:
        return 1
    return -1 if simplified > 2 * traditional else 0


_EN = "A ferry for the school\n\nThe boat will run twice a day from May, the island council said on Monday."
_HANT = "老街書店\n\n這間書店開業七十餘年，門口的燈籠換過許多次，從來沒有關過門。\n\n老闆說，學生們還會來買練習簿，還會問價錢。"
_ZH = "老街书店\n\n这间书店开业七十余年，门口的灯笼换过许多次。"
CASES = [
    Case(f"奇珍视频在线,云雀影院大全,青柠剧场播放,蓝莓高清影库\n{_EN}", _EN),
    Case(f"星河影视免费_月光剧场在线_山海电影大全_晨露视频播放\n\n{_HANT}", _HANT),
    Case(f"1024 visits\n{_EN}", f"1024 visits\n{_EN}"),
    Case(
        f"时政要闻,经济观察,文化视频,生活百科\n{_ZH}", f"时政要闻,经济观察,文化视频,生活百科\n{_ZH}", note="same script"
    ),
    Case(f"{_EN}\n中文,日本語,한국어,English", f"{_EN}\n中文,日本語,한국어,English", note="a choice of languages"),
    Case(f"{_HANT}\n書籍|文具|雜誌|地圖", f"{_HANT}\n書籍|文具|雜誌|地圖"),
]
