"""The control for the size of the letters: 'Text size: A | A', '字号：大 中 小', 'A- A+'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._layout import Body, body, is_short
from pipeline.clean._scan import contains, either, shape
from pipeline.clean._vocabulary import any_of, fold, keys, phrases
from pipeline.step import Case, Edit, Page, Params, step


class FontSize(Params):
    """Parameters of `clean.font_size`."""

    longest: int = Field(14, description="Pieces of the longest line that is looked at as a control.")


_SPLIT = re.compile(r"[\s|/·•,:：;()（）\[\]【】［］、｜／＞>]+")
_LABEL = any_of(phrases("font_size", "label"))
# A control behind the source and date of an article: cut, since the rest of the line is for the byline.
_TAIL = re.compile(
    rf"[\s|·　【［\[（(]*(?<!\w){_LABEL}\s*[:：]?\s*(?:[【［\[（(]?\s*(?:超大|特大|大|中|小|a[-+]?|t|가|ع)\s*[|/·]?\s*[】］\])）]?\s*){{2,4}}[】］\])）]*\s*$",
    re.IGNORECASE,
)
# The longest line that is looked at.
_LONGEST = 200
_SIZES = r"^[\s\pP\pS]*(?:" + any_of(phrases("font_size", "item")) + r"[\s\pP\pS]*){2,4}$"


@step(
    "clean.font_size",
    version=1,
    params=FontSize,
    gate=either(contains(phrases("font_size", "label"), _LONGEST), shape(_LONGEST, _SIZES)),
)
def font_size(page: Page, p: FontSize) -> Iterator[Edit]:
    """Take out the control for the size of the letters.

    A line goes when it holds nothing but a label and sizes; sizes alone go only where the body is not.
    """
    labels, items = keys("font_size", "label"), _ITEMS
    span: Body | None = None
    for i in page.hits:
        line = page.lines[i]
        if page.labels[i] or len(line) > _LONGEST or not is_short(page, i):
            continue
        key = fold(line)
        first, last = span = span or body(page)
        if key in labels and (key not in _VAGUE or not first <= i <= last):
            yield page.drop(i, "share", "label of a font size control")
            continue
        pieces = [piece for piece in _SPLIT.split(line.strip().lower()) if piece]
        if not 2 <= len(pieces) <= p.longest:
            continue
        n = next((n for n in (4, 3, 2, 1) if fold(" ".join(pieces[:n])) in labels), 0)
        sizes = pieces[n:]
        if all(piece in items for piece in sizes):
            if n or (len(sizes) <= 4 and (i < first or i > last) and not set(sizes) <= {"a"}):
                yield page.drop(i, "share", "font size control")
            continue
        tail = _TAIL.search(line)
        if tail and tail.start() and not page.sentence[i]:
            yield page.cut(i, tail.start(), tail.end(), "", "share", "font size control at the end of a line")


_ITEMS = frozenset(phrases("font_size", "item"))
# Words that a body may have on a line of their own.
_VAGUE = frozenset({"schrift", "punto", "шрифт", "字体", "字體"})

CASES = [
    Case("By Ada Fenn\ntext size: T | T\n\nThe mill turned again.", "By Ada Fenn\n\nThe mill turned again."),
    Case("字号：大 中 小\n\n老磨坊又转了起来。", "老磨坊又转了起来。"),
    Case("حجم الخط: ع ع ع\n\nعادت الطاحونة إلى العمل.", "عادت الطاحونة إلى العمل."),
    Case("来源：磨坊报　字号：大 中 小\n\n老磨坊又转了起来。", "来源：磨坊报\n\n老磨坊又转了起来。"),
    Case("The font size on the old labels was so small that nobody could read them."
         "\nA | B | C\nT-shirts came in small, medium and large.",
         "The font size on the old labels was so small that nobody could read them."
         "\nA | B | C\nT-shirts came in small, medium and large."),
    Case("文字サイズについて考えた。\n大きい字は読みやすい。", "文字サイズについて考えた。\n大きい字は読みやすい。"),
]  # fmt: skip
