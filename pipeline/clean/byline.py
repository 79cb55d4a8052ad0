"""Step clean.byline."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean.title import _BODY_EN, _BODY_ES, _BODY_ZH
from pipeline.describe._header import find
from pipeline.step import Case, Edit, Page, Params, step

# Who drives, funds or praises something wrote nothing: "Powered by AI", "Trusted by leading brands".
_NO_AUTHOR = re.compile(
    r"\b(?:powered|trusted|loved|used|followed|driven|approved|supported|certified|recommended|backed|funded|sponsored|"
    r"inspired|hosted|organi[sz]ed|presented|accompanied|surrounded|owned|built)\s+by\b",
    re.IGNORECASE,
)


@step("clean.byline", version=1)
def byline(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out lines that name author, desk or source, with or without a date, around the title and after the body.

    A sentence that begins like a byline ("By Anna's account ...") is content: a byline is names, labels and dates, and
    next to nothing else.
    """
    found = find(page)
    for i in found.byline_lines:
        if _NO_AUTHOR.search(page.lines[i][:200]):
            continue
        yield page.drop(i, "byline", "; ".join(found.authors)[:80])


CASES = [
    Case(
        f"Fog keeps the ferry in harbour\n\nBy MARA ELLISON | Sound Herald | Updated: 2024-03-04 08:14\n\n{_BODY_EN}",
        f"Fog keeps the ferry in harbour\n\n{_BODY_EN}",
    ),
    Case(
        f"Inicio > Comarca\n\nLa niebla retiene el transbordador\n\nPor Redacción\n\n{_BODY_ES}",
        f"Inicio > Comarca\n\nLa niebla retiene el transbordador\n\n{_BODY_ES}",
        note="a desk is no author, but its line is a byline",
    ),
    Case(
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n来源：海湾晚报　作者：林清和　发布时间：2024-03-04 10:30\n{_BODY_ZH}",
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n{_BODY_ZH}",
    ),
    Case(
        f"홈 > 사회\n\n안개에 묶인 여객선\n\n한바다 기자\n입력 2024.03.04 10:30\n\n{_BODY_EN}\n\n한바다 기자 bada@example.com",
        f"홈 > 사회\n\n안개에 묶인 여객선\n\n입력 2024.03.04 10:30\n\n{_BODY_EN}",
        note="the reporter signs at the end as well",
    ),
    Case(
        "Letters from the quay\n\nBy Anna’s account the first letter came in March, by Peter’s it was already April when "
        f"the postman knocked, and neither of them has ever given way on the point.\n\n{_BODY_EN}",
        "Letters from the quay\n\nBy Anna’s account the first letter came in March, by Peter’s it was already April when "
        f"the postman knocked, and neither of them has ever given way on the point.\n\n{_BODY_EN}",
        note="prose",
    ),
    Case(
        f"Fog keeps the ferry in harbour\n\nTrusted by island families\n\n{_BODY_EN}",
        f"Fog keeps the ferry in harbour\n\nTrusted by island families\n\n{_BODY_EN}",
    ),
    Case(_BODY_ES, _BODY_ES),
    Case(_BODY_ZH, _BODY_ZH),
]
