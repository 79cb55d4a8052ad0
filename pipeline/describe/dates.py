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

    Which of a page's dates is that of its publication is told by a small model (see _date_model.py). A page that shows
    only when it was updated has that day in both columns; one that shows a month has none.
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
    Case(
        "الضباب يوقف العبارة\n\n15 رمضان 1445 هـ - 25 مارس 2024 م\n\n"
        + "قال سكان الجزيرة إن العبارة لم تغادر الميناء منذ فجر الاثنين بسبب الضباب الكثيف الذي غطى المضيق طوال النهار.\n"
        * 4,
        {"published": _day(2024, 3, 25), "published_time": "2024-03-25"},
        note="lunar and Gregorian day",
    ),
    Case(
        "مه قایق مسافربری را در بندر نگه داشت\n\nتاریخ انتشار: ۱۴۰۲/۱۲/۱۴ - ۱۰:۲۰\n\n"
        + "ساکنان جزیره می‌گویند قایق از سپیده‌دم دوشنبه به سبب مه غلیظی که تنگه را پوشانده بود بندر را ترک نکرد.\n" * 4,
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04T10:20"},
        note="Persian year",
    ),
    Case(
        f"霧で渡し船が半日欠航\n令和6年3月4日\n{_BODY_ZH}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        note="era year",
    ),
    Case(
        f"大霧鎖港渡輪停航半日\n發布日期：113-03-04\n{_BODY_ZH}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        note="year of the Republic of China",
    ),
    Case(
        f"La niebla retiene el transbordador\n\nPublicado el 4 de marzo\n\n{_BODY_ES}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        url="https://marea.example/2024/3/articulo/la-niebla",
        note="the URL knows the year",
    ),
    Case(
        f"Sunday, 12 May 2024\nThe Harbour Post\nHome | News | Sport\n\nFog keeps the ferry in harbour\n\n"
        f"By Mara Ellison\n4 March 2024\n\n{_BODY_EN}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        note="the day in the masthead is that of the visit",
    ),
    Case(
        f"Regatta of old boats\n\nPublished 4 March 2024\n\nWhen: 12 July 2024, 10:00\n\n{_BODY_EN}",
        {"published": _day(2024, 3, 4), "published_time": "2024-03-04"},
        note="the day of an event",
    ),
    Case(
        f"The lighthouse of Skarv\n\n{_BODY_EN}\n\n"
        f"On 14 January 1975 the lamp was put out for the first time in eighty years.\n\n{_BODY_EN}",
        {},
        note="a day that is told of",
    ),
    Case(f"Fog keeps the ferry in harbour\n\nMarch 2024\n\n{_BODY_EN}", {}, note="a month is no day"),
    Case(_BODY_EN, {}),
]
