"""Step describe.authors."""

from __future__ import annotations

from typing import Any

from pipeline.clean.title import _BODY_EN, _BODY_ES, _BODY_ZH
from pipeline.describe._header import find
from pipeline.describe._names import listed
from pipeline.step import Case, Page, Params, step


@step("describe.authors", version=1)
def authors(page: Page, params: Params) -> dict[str, Any]:
    """The authors, as the page names them; a name in capitals comes in title case. Desks are no authors."""
    names = listed(page.meta.get("authors")) or find(page).authors
    return {"authors": list(names)} if names else {}


CASES = [
    Case(
        f"Fog keeps the ferry in harbour\n\nBy MARA ELLISON, TOBY O'HARA | Sound Herald | Updated: 2024-03-04 08:14\n\n{_BODY_EN}",
        {"authors": ["Mara Ellison", "Toby O'Hara"]},
    ),
    Case(f"Fog keeps the ferry in harbour\n\nBy Newsroom\n4 March 2024\n\n{_BODY_EN}", {}, note="a desk"),
    Case(
        f"La niebla retiene el transbordador\n\nPor Lucía Barreto y Andrés Olmo\n4 de marzo de 2024\n\n{_BODY_ES}",
        {"authors": ["Lucía Barreto", "Andrés Olmo"]},
    ),
    Case(
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n来源：海湾晚报　作者：林清和　实习生 周敏　发布时间：2024-03-04 10:30\n{_BODY_ZH}",
        {"authors": ["林清和", "周敏"]},
    ),
    Case(
        f"Letters from the quay\n\nVon Anna kam der erste Brief im März, von Peter keiner.\n\n{_BODY_EN}",
        {},
        note="a sentence",
    ),
    Case(_BODY_EN, {}),
]
