"""Step describe.publisher."""

from __future__ import annotations

from typing import Any

from pipeline.clean.title import _BODY_EN, _BODY_ZH
from pipeline.describe._header import find
from pipeline.step import Case, Page, Params, step


@step("describe.publisher", version=1)
def publisher(page: Page, params: Params) -> dict[str, Any]:
    """The name of the site or paper, where two things on the page speak for it."""
    given = page.meta.get("publisher")
    name = " ".join(given.split()) if isinstance(given, str) else find(page).publisher
    return {"publisher": name} if name else {}


CASES = [
    Case(
        f"Sound Herald | News | Sport\n\nFog keeps the ferry in harbour\n\nBy Mara Ellison\n\n{_BODY_EN}\n\n© 2024 Sound Herald Ltd. All rights reserved.",
        {"publisher": "Sound Herald"},
    ),
    Case(
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n来源：海湾晚报　作者：林清和　发布时间：2024-03-04 10:30\n{_BODY_ZH}\n版权所有 © 海湾晚报",
        {"publisher": "海湾晚报"},
    ),
    Case(_BODY_EN, {}),
    Case("", {}),
]
