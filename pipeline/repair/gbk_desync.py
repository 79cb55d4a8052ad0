"""Chinese text in which one lost byte shifted the pairing of the bytes behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.repair._edits import trimmed
from pipeline.repair._letters import LOG_PROBABILITY, UNSEEN
from pipeline.step import Case, Edit, Page, Params, step

# The first byte of a mark (A1, or A3 for the full-width ones) became "?", so each following character is made of the
# second byte of one and the first of the next, up to a byte that pairs with nothing and became "?" too.
_SHIFTED = re.compile(r"(?<=[\u3400-\u9fff\u3001-\u3011\uff01-\uff5e”’])\?([^\x00-\x7f]{1,40})(\?|\Z|(?=[\x00-\x3e]))")
_LEADS = (b"\xa1", b"\xa3")
_OPENING = frozenset("“‘《（「『【〈")
_AFTER_MARK = re.compile(r"[。，、；：？！”’…）》」』][“‘《（「『【〈]")
_CLOSING = {"“": "”", "‘": "’", "《": "》", "（": "）"}
_MARK, _FOREIGN = -4.5, -11.0
# A mark, an opening quote and at least one character behind it: likelier by this much, or by half of it where the
# line also has the closing quote that lost its partner.
_MIN_GAIN = 8.0


@step(
    "repair.gbk_desync",
    version=1,
    gate=r"[\x{3400}-\x{9fff}\x{3001}-\x{3011}\x{ff01}-\x{ff5e}”’]\?[^\x00-\x7f]",
    signs=((2, "?\u3400-\u9fff\u3001-\u3011\uff01-\uff5e”’"),),
)
def gbk_desync(page: Page, params: Params) -> Iterator[Edit]:
    """Puts shifted GBK bytes in step again: ?！耙粠б宦贰 is 。“一帶一路.

    The run is encoded in GBK, the lost byte put back, and read anew. That is believed if it gives a mark followed by an
    opening quote or bracket, and likelier characters than there were. The last character of the run lost its second
    byte and stays a question mark.
    """
    for i, line in enumerate(page.lines):
        if "?" not in line or line.isascii():
            continue
        for found in _SHIFTED.finditer(line):
            mended = _resync(found[1], line, found.end())
            if mended is not None:
                tail = "?" if found[2] or mended.endswith("?") else ""
                after = mended.removesuffix("?") + tail
                yield from trimmed(page.starts[i] + found.start(), found[0], after, "", "A1 or A3 restored")


def _resync(run: str, line: str, end: int) -> str | None:
    try:
        raw = run.encode("gbk")
    except UnicodeEncodeError:
        return None
    best, best_score = None, 0.0
    for lead in _LEADS:
        # The last byte is half a character.
        try:
            text = (lead + raw[:-1]).decode("gbk")
        except UnicodeDecodeError:
            continue
        if not _AFTER_MARK.match(text):
            continue
        quote = text[1]
        closing = _CLOSING.get(quote)
        unpaired = (
            closing is not None and line.find(closing, end) >= 0 and quote not in line[end : line.find(closing, end)]
        )
        gain = _likelihood(text) - _likelihood(run) - _MARK
        if gain >= (_MIN_GAIN / 2 if unpaired else _MIN_GAIN) and (best is None or gain > best_score):
            best, best_score = text + "?", gain
    return best


def _likelihood(text: str) -> float:
    hans, hant = LOG_PROBABILITY["zh-Hans"], LOG_PROBABILITY["zh-Hant"]
    total = 0.0
    for char in text:
        known = max(hans.get(char, UNSEEN), hant.get(char, UNSEEN))
        if known == UNSEEN and not "\u4e00" <= char <= "\u9fff":
            known = (
                _MARK if "\u3000" <= char <= "\u3020" or "\uff00" <= char <= "\uff5f" or char in "“”‘’…—" else _FOREIGN
            )
        total += known
    return total


CASES = [
    Case("老师说?！按?家先坐好，我们马上开始。”", "老师说。“?家先坐好，我们马上开始。”"),
    Case("通知写道?骸啊缎?园守则》已经修改。”", "通知写道：“《?园守则》已经修改。”"),
    Case("真的?！八点了，我们走吧。", "真的?！八点了，我们走吧。"),
    Case("你去哪里?我去学校，晚上回来。", "你去哪里?我去学校，晚上回来。"),
    Case("这是什么?？没有人知道?", "这是什么?？没有人知道?"),
    Case("25.Qh5? g6 26.Qxg6", "25.Qh5? g6 26.Qxg6"),
]
