"""Full-width digits and Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_ALNUM = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_RUN = re.compile(f"[{_ALNUM}]+(?:[．，][\uff10-\uff19]+)*")
_CJK = re.compile("[\u1100-\u11ff\u3005-\u3007\u3041-\u318f\u31a0-\u31ff\u3400-\u9fff\uac00-\ud7af\uff66-\uffdc]")
_WIDE = re.compile("[\uff01-\uff5e\u3000]+")
# So many words of a line in full-width letters were not set so for looks.
_MIN_WORDS = 3
_TO_ASCII = {ord(char): chr(ord(char) - 0xFEE0) for char in map(chr, range(0xFF01, 0xFF5F))} | {0x3000: " "}


@step("repair.full_width", version=2, signs=((1, _ALNUM),))
def full_width(page: Page, params: Params) -> Iterator[Edit]:
    """Writes full-width digits and Latin letters in ASCII (２０２５年 → 2025年), full-width punctuation as it is.

    In a line of such words without a Chinese, Japanese or Korean character, punctuation and blanks too.
    """
    for i, line in enumerate(page.lines):
        if line.isascii():
            continue
        runs = list(_RUN.finditer(line))
        if len(runs) >= _MIN_WORDS and not _CJK.search(line):
            runs = list(_WIDE.finditer(line))
        for run in runs:
            yield page.cut(i, run.start(), run.end(), run[0].translate(_TO_ASCII), "full_width")


CASES = [
    Case("２０２５年３月２日", "2025年3月2日"),
    Case("ＮＨＫの番組（３．５点）", "NHKの番組（3.5点）"),
    Case("約１，２００人が参加した。", "約1,200人が参加した。"),
    Case("Ｆｅｒｒｙ　ｌｅａｖｅｓ　ａｔ　９．３０，ｎｏｔ　ｂｅｆｏｒｅ！", "Ferry leaves at 9.30,not before!"),
    Case("你好，世界！（问候）", "你好，世界！（问候）"),
    Case("①と②、ｶﾀｶﾅ、100％", "①と②、ｶﾀｶﾅ、100％"),
]
