"""Step describe.dates."""

from __future__ import annotations

import datetime
from typing import Any

from pipeline.clean.title import _BODY_EN, _BODY_ES, _BODY_ZH
from pipeline.describe._dates import from_iso, stamp
from pipeline.describe._header import find
from pipeline.step import Case, Page, Params, step


@step("describe.dates", version=1)
def dates(page: Page, params: Params) -> dict[str, Any]:
    """The days of publication and of the last change, and the time as precise as the page gives it.

    A page that shows only when it was updated has that day in both columns; one that shows a month has none.
    """
    header = find(page)
    columns: dict[str, Any] = {}
    published = from_iso(page.meta.get("published"))
    if published is None and header.published:
        published = (header.published.day, stamp(header.published))
    if published:
        columns["published"], columns["published_time"] = published
    modified = from_iso(page.meta.get("modified"))
    if modified and not (published and modified[0] < published[0]):
        columns["modified"] = modified[0]
    elif header.modified:
        columns["modified"] = header.modified.day
    return columns


def _day(year: int, month: int, day: int) -> datetime.date:
    return datetime.date(year, month, day)


CASES = [
    Case(
        f"Fog keeps the ferry in harbour\n\n4 March 2024, 4:40pm Updated 5 March 2024, 9:05am\n\n{_BODY_EN}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04T16:40", "modified": _day(2024, 3, 5)},
    ),
    Case(
        f"Fog keeps the ferry in harbour\n\nBy Mara Ellison | Updated: 2024-03-04 08:14\n\n{_BODY_EN}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04T08:14", "modified": _day(2024, 3, 4)},
        note="only the update is shown",
    ),
    Case(
        f"La niebla retiene el transbordador\n\n4 de marzo de 2024\n\n{_BODY_ES}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
    ),
    Case(
        f"หน้าแรก > ข่าว\n\nหมอกหนาเรือข้ามฟากหยุดเดิน\n\n4 มีนาคม 2567 เวลา 10:20 น.\n\n{_BODY_EN}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04T10:20"},
        note="Buddhist year",
    ),
    Case(
        f"大雾锁港渡轮停航半日\n{_BODY_ZH}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        url="https://haiwan.example/content/2024-03/04/content_1.html",
        note="the URL shows the day",
    ),
    Case(f"Fog keeps the ferry in harbour\n\nMarch 2024\n\n{_BODY_EN}", {}, note="a month is no day"),
    Case(_BODY_EN, {}),
]
