"""The dates that a page gives of itself."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.describe import _dates, _names
from pipeline.describe._dates import Found
from pipeline.describe._frame import (
    OTHERS,
    REST,
    Frame,
    Header,
)

_AFTER_DATE = re.compile(
    r"\s*[(（]?(?:updated|업데이트|수정|更新|अपडेट|को अपडेट|güncellendi|tarihinde güncellendi|עודכן)", re.IGNORECASE
)


def _kinds(frame: Frame, n: int) -> list[tuple[str, Found]]:
    """The dates of a line with what their labels say of them; a label may be the line before."""
    line = frame.page.lines[frame.filled[n]]
    every = frame.dates.get(n, ())
    before = frame.texts[n - 1] if n else ""
    lead = before + " " if _names.is_label(before) else ""
    out, at = [], 0
    for found in every:
        kind = _names.label_kind(lead + line[at : found.start])
        if not kind and len(every) == 1 and _AFTER_DATE.match(line[found.end : found.end + 24]):
            kind = "modified"
        out.append((kind, found))
        at, lead = found.end, ""
    return out


def find_dates(frame: Frame, header: Header, zone: Sequence[int], at: int | None) -> None:
    """The dates that the header gives, else those of a labelled line after it, else that of the URL."""
    filled = frame.filled
    origin = -1 if at is None else at
    published: list[tuple[bool, Found]] = []
    modified: list[Found] = []
    bare = False
    unbroken = frame.next_prose(max(origin, frame.head) + 1)
    # What stands below the title first, from the title on.
    below = bisect_left(zone, origin)
    for n in (*zone[below:], *reversed(zone[:below])):
        if n not in frame.dates:
            if n > origin >= 0 and not bare and _dates.is_month(frame.texts[n]):
                header.date_lines.append(filled[n])
            continue
        kinds = _kinds(frame, n)
        labelled = any(kind in ("published", "modified") for kind, _ in kinds)
        byline = frame.byline(n)
        whole = byline.rest <= REST
        if all(kind == "foreign" for kind, _ in kinds) or (
            not labelled and not byline.explicit and (bare or not whole)
        ):
            continue
        bare = bare or not labelled
        for kind, found in kinds:
            if kind == "modified":
                modified.append(found)
            elif kind != "foreign":
                published.append((kind != "published", found))
        if whole and n >= origin - 2 and (labelled or byline.explicit or n < unbroken):
            of_people = byline.authors or byline.bare or byline.credit
            (header.byline_lines if of_people else header.date_lines).append(filled[n])
            if n - 1 in zone and _names.is_label(frame.texts[n - 1]):
                header.date_lines.append(filled[n - 1])
    if published:
        # A label is worth more than a place; min() keeps the first of equals, the one nearest the title.
        header.published = min(published, key=lambda found: found[0])[1]
    if modified:
        header.modified = modified[-1]
    in_url = _dates.in_url(frame.page.url)
    if header.published is None and header.modified is None:
        _dates_elsewhere(frame, header, in_url, at)
    if header.published is None:
        header.published = Found(0, 0, in_url, None, "") if in_url else header.modified
    elif in_url and header.published.other == in_url:
        header.published = header.published._replace(day=in_url)
    if header.modified and header.published and header.modified.day < header.published.day:
        header.modified = None


def _dates_elsewhere(frame: Frame, header: Header, in_url: datetime.date | None, at: int | None) -> None:
    """A date that no line near the title gives: one with a label, or the first line that is a date and nothing else."""
    first: list[tuple[int, Found]] = []
    body = frame.body(frame.head)
    last_prose = frame.prose[-1] if frame.prose else -1
    for n in frame.anchors[:200]:
        if n not in frame.dates or len(frame.texts[n]) > 120 or frame.label(n) in OTHERS:
            continue
        kinds = _kinds(frame, n)
        if all(kind == "foreign" for kind, _ in kinds) or frame.byline(n).rest > REST:
            continue
        for kind, found in kinds:
            if kind == "published" and header.published is None:
                header.published = found
                if n > last_prose:
                    header.date_lines.append(frame.filled[n])
            elif kind == "modified" and header.modified is None:
                header.modified = found
                if n > last_prose:
                    header.date_lines.append(frame.filled[n])
            elif not kind and frame.byline(n).rest <= 12:
                first.append((n, found))
    # Bare dates among the paragraphs may be a timeline or a diary, and no page without a title is dated by one.
    if header.published is None and header.modified is None and in_url is None and header.title and first:
        n, found = first[0]
        inside = [m for m, _ in first if body < m < last_prose]
        if n < body or len(inside) < 3 or (at is not None and at - 10 <= n <= at + 30):
            header.published = found
