"""Step clean.dateline."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.clean.title import _BODY_EN, _BODY_ES, _BODY_ZH
from pipeline.describe._header import find
from pipeline.step import Case, Edit, Page, Params, step


@step("clean.dateline", version=1)
def dateline(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out the lines with the dates of the page itself, beside the title or after the body.

    Dates inside the body (diaries, timelines, programmes) stay.
    """
    found = find(page)
    for i in found.date_lines:
        yield page.drop(i, "date", "date of the page")


CASES = [
    Case(
        f"Fog keeps the ferry in harbour\n\n4 March 2024, 4:40pm Updated 5 March 2024, 9:05am\n\n{_BODY_EN}",
        f"Fog keeps the ferry in harbour\n\n{_BODY_EN}",
    ),
    Case(
        f"La niebla retiene el transbordador\n\n4 de marzo de 2024 | 10:30 - Actualizado: 5 de marzo de 2024 | 09:00\n\n{_BODY_ES}",
        f"La niebla retiene el transbordador\n\n{_BODY_ES}",
    ),
    Case(
        f"ＴＯＰ ＞ 地域\n霧で渡し船が半日欠航\n２０２４年３月４日 ０５:００（最終更新 ２０２４年３月５日 １０:１２）\n{_BODY_ZH}",
        f"ＴＯＰ ＞ 地域\n霧で渡し船が半日欠航\n{_BODY_ZH}",
    ),
    Case(
        f"Fog keeps the ferry in harbour\n\nMarch 2024\n\n{_BODY_EN}",
        f"Fog keeps the ferry in harbour\n\n{_BODY_EN}",
        note="a month is a date line too, though no date",
    ),
    Case(
        f"{_BODY_EN}\n\n14 January 1975\n\n{_BODY_EN}\n\n3 August 1982\n\n{_BODY_EN}",
        f"{_BODY_EN}\n\n14 January 1975\n\n{_BODY_EN}\n\n3 August 1982\n\n{_BODY_EN}",
        note="a timeline",
    ),
    Case(_BODY_ES, _BODY_ES),
    Case(_BODY_ZH, _BODY_ZH),
]
