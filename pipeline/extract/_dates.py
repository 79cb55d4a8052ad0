"""The day that a page prints, where its head gives a moment in universal time."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

_UTC = re.compile(r"(?:Z|[+-]00:?00)$")
# Lines of a page that are looked at, and the length up to which a line may be one of its header.
_LINES, _LONG = 250, 200


def as_printed(stamp: str, lines: Sequence[str]) -> str:
    """`stamp` (ISO 8601), or the day before or after it where the page prints that day and not the one of the stamp:
    systems write the time of an article in UTC, readers see the local day."""
    if "T" not in stamp or not _UTC.search(stamp):
        return stamp
    try:
        moment = datetime.datetime.fromisoformat(stamp[:16])
    except ValueError:
        return stamp
    # A clock is at most 14 hours ahead of UTC and 12 behind.
    days = [moment.date() + datetime.timedelta(days=by) for by in ((1,) if moment.hour >= 12 else (-1,))]
    if moment.hour in (10, 11):
        days.append(moment.date() + datetime.timedelta(days=1))
    head = "\n".join(line for line in lines[:_LINES] if len(line) <= _LONG)
    if _pattern(moment.date()).search(head):
        return stamp
    return next((day.isoformat() for day in days if _pattern(day).search(head)), stamp)


def _pattern(day: datetime.date) -> re.Pattern[str]:
    """The ways to write a day: 4.3.2024, 4 March 2024, March 4, 2024, 2024-03-04, 2024年3月4日 (any word is a month)."""
    d, m, y = f"0?{day.day}", f"0?{day.month}", str(day.year)
    word = r"[^\W\d_]{3,12}\.?"
    return re.compile(
        rf"(?<!\d){d}(?:st|nd|rd|th|er|º|ª)?[\s.,/-]{{1,3}}(?:(?:de|of)\s)?(?:{m}|{word})[\s.,/-]{{1,3}}(?:de\s)?{y}(?!\d)"
        rf"|{word}\s{d}(?:st|nd|rd|th)?,?\s{y}(?!\d)|(?<!\d){m}/{d}/{y}(?!\d)"
        rf"|(?<!\d){y}\s?[-/.年]\s?{m}\s?[-/.月]\s?{d}(?!\d)",
        re.IGNORECASE,
    )
