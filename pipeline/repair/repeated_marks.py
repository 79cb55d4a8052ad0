"""Marks that were printed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from pipeline.step import Case, Edit, Page, Params, step

# Two full stops or commas behind a word and before a blank, no more and no fewer.
_LATIN = re.compile(r"([.,])\1(?=[ \n]|\Z)(?<=[^\W\d_]{3}[.,][.,])")
_DOUBLED = re.compile(r"(?<![.,])([.,])\1(?![.,])")
_CJK = re.compile("([。，、；：])\\1(?<![。，、；：！？…]..)(?![。，、；：！？…])")


class RepeatedMarks(Params):
    """When a doubled mark is a habit."""

    max_count: int = Field(2, description="more doubled marks than this on a page are somebody's style and stay")


@step(
    "repair.repeated_marks",
    version=1,
    params=RepeatedMarks,
    gate=r"[\pL\pN](?:\.\.|,,)(?:[ \n]|$)|。。|，，|、、|；；|：：",
    signs=((2, ".,。，、；："),),
)
def repeated_marks(page: Page, params: RepeatedMarks) -> Iterator[Edit]:
    """Makes a doubled full stop or comma single: at home.. The next, 结束了。。

    Three dots are an ellipsis, two behind every other sentence are how someone writes; both stay.
    """
    found = [*_LATIN.finditer(page.text), *_CJK.finditer(page.text)]
    if found and len(_DOUBLED.findall(page.text)) <= params.max_count and len(found) <= params.max_count:
        for mark in found:
            yield Edit(mark.start() + 1, mark.end(), "", "doubled", 1.0, mark[0])


CASES = [
    Case("The lamp was repaired.. Nobody noticed.", "The lamp was repaired. Nobody noticed."),
    Case("Der Zug kam pünktlich,, wie immer.", "Der Zug kam pünktlich, wie immer."),
    Case("会议结束了。。大家回家。", "会议结束了。大家回家。"),
    Case("Well... who knows. Wait....", "Well... who knows. Wait...."),
    Case("so.. i was tired.. and then.. nothing", "so.. i was tired.. and then.. nothing"),
    Case("cd ../lib; seq 1..5; 等等。。。", "cd ../lib; seq 1..5; 等等。。。"),
]
