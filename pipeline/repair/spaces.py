"""Blanks of all widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from pipeline.step import Case, Edit, Page, Params, step

_FIXED = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
_FIXED_SPACE = re.compile(f"[{_FIXED}]")
_CJK = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff"
_INSIDE = re.compile(f"(?<=[{_CJK}])[ {_FIXED}](?=[{_CJK}])")
_AT_MARK = re.compile(
    f"(?<=[{_CJK}])[ {_FIXED}](?=[，。；：？！、”’）」』》])|(?<=[，。；：？！、“‘（「『《])[ {_FIXED}](?=[{_CJK}])"
)
_CLAUSE = re.compile(f"[{_CJK} {_FIXED}]+")
_SENTENCE_MARK = re.compile("[，。；？！、]")
# A line of prose has at least this many characters; a list of menu items or names has no marks of a sentence.
_MIN_PROSE = 12
# Blanks strewn into prose cut off single characters, often on a page whose every eighth character has one; blanks
# that somebody writes in place of commas stand between whole phrases.
_MIN_GAPS, _MIN_SINGLE = 2, 1 / 3
_MIN_GAPS_PAGE, _MIN_SINGLE_PAGE = 5, 0.12
# Or every other line of prose, three at least, has two of them: nobody writes so who has commas.
_MIN_LINES, _MIN_SHARE = 3, 0.5


@step("repair.spaces", version=2, gate=f"[{_FIXED}]|[{_CJK}] [{_CJK}]", signs=((1, _FIXED + _CJK),))
def spaces(page: Page, params: Params) -> Iterator[Edit]:
    """Makes no-break and other fixed-width spaces plain ones, and takes out blanks strewn into Chinese and Japanese.

    The ideographic space U+3000 stays: it indents paragraphs and separates names. Blanks between Chinese characters
    go only from lines of prose in which they cut off single characters.
    """
    gaps = [_gaps(line) for line in page.lines]
    total, single = sum(n for n, _ in gaps), sum(n for _, n in gaps)
    is_strewn_page = (total >= _MIN_GAPS_PAGE and single >= total * _MIN_SINGLE_PAGE) or _is_strewn(page, gaps)
    for i, line in enumerate(page.lines):
        if line.isascii():
            continue
        is_strewn = gaps[i][0] and (
            is_strewn_page or (gaps[i][0] >= _MIN_GAPS and gaps[i][1] >= gaps[i][0] * _MIN_SINGLE)
        )
        strewn = (
            {found.start() for kind in (_INSIDE, _AT_MARK) for found in kind.finditer(line)} if is_strewn else set()
        )
        for at in sorted(strewn):
            yield page.cut(i, at, at + 1, "", "cjk_space")
        for found in _FIXED_SPACE.finditer(line):
            if found.start() not in strewn:
                yield page.cut(i, found.start(), found.end(), " ", "fixed_space", f"U+{ord(found[0]):04X}")


def _is_strewn(page: Page, gaps: list[tuple[int, int]]) -> bool:
    lines = sum(1 for n, _ in gaps if n >= _MIN_GAPS)
    return lines >= _MIN_LINES and lines >= _MIN_SHARE * sum(1 for line in page.lines if _is_prose(line))


def _is_prose(line: str) -> bool:
    return len(line) >= _MIN_PROSE and _SENTENCE_MARK.search(line) is not None


def _gaps(line: str) -> tuple[int, int]:
    """Blanks between Chinese or Japanese characters in a line of prose, and those beside a single character."""
    if not _is_prose(line) or not _INSIDE.search(line):
        return 0, 0
    gaps = single = 0
    for clause in _CLAUSE.findall(line):
        pieces = clause.split()
        gaps += max(0, len(pieces) - 1)
        single += sum(1 for a, b in pairwise(pieces) if len(a) == 1 or len(b) == 1)
    return gaps, single


CASES = [
    Case("at\u00a0last\u00a0we\u2009met\u202f!", "at last we met !"),
    Case("два\u00a0года назад", "два года назад"),
    Case("昨天 晚 上，我 们在河 边散步，月亮很圆。", "昨天晚上，我们在河边散步，月亮很圆。"),
    Case("雨 停 了 ， 孩 子 们 跑 到 河 边 。", "雨停了，孩子们跑到河边。"),
    Case("首页 新闻 体育 财经 视频 图片 论坛 关于我们", "首页 新闻 体育 财经 视频 图片 论坛 关于我们"),
    Case("作者：陈 立，编辑：林晓", "作者：陈 立，编辑：林晓"),
    Case("　　春天来了，河水涨了。", "　　春天来了，河水涨了。"),
    Case("오늘은 날씨가 아주 좋다, 그래서 걸었다.", "오늘은 날씨가 아주 좋다, 그래서 걸었다."),
]
