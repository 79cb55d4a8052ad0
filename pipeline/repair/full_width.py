"""Full-width digits and Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_ALNUM = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_RUN = re.compile(f"[{_ALNUM}]+(?:[．，][\uff10-\uff19]+)*")
_TO_ASCII = {ord(char): chr(ord(char) - 0xFEE0) for char in map(chr, range(0xFF01, 0xFF5F))}


@step("repair.full_width", version=1, gate=f"[{_ALNUM}]")
def full_width(page: Page, params: Params) -> Iterator[Edit]:
    """Writes full-width digits and Latin letters in ASCII (２０２５年 → 2025年), full-width punctuation as it is."""
    for run in _RUN.finditer(page.text):
        yield Edit(run.start(), run.end(), run[0].translate(_TO_ASCII), "full_width")


CASES = [
    Case("２０２５年３月２日", "2025年3月2日"),
    Case("ＮＨＫの番組（３．５点）", "NHKの番組（3.5点）"),
    Case("約１，２００人が参加した。", "約1,200人が参加した。"),
    Case("你好，世界！（问候）", "你好，世界！（问候）"),
    Case("①と②、ｶﾀｶﾅ、100％", "①と②、ｶﾀｶﾅ、100％"),
]
