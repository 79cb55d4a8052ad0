"""The header of a page: which line is the title, who is named as author, which dates the page gives of itself.

`find(page)` is the one answer that the clean steps (what is cut) and the describe steps (what is told) share. Bylines
and dates are read in the zone around the title, and after the body where they say so themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.describe._frame import AFTER, BEFORE, OTHERS, Frame, Header, frames_of
from pipeline.describe._header_authors import find_authors
from pipeline.describe._header_dates import find_dates
from pipeline.describe._header_publisher import find_publisher
from pipeline.describe._header_title import find_titles
from pipeline.step import Page


def find(page: Page) -> Header:
    """The header of a page; computed once and kept in `page.memo`. A page without one gives an empty header."""
    if "header" not in page.memo:
        find_all([page])
    header: Header = page.memo["header"]
    return header


def find_all(pages: Sequence[Page]) -> None:
    """Find the headers of the pages of a batch and keep them in their `memo`.

    The same as page by page, but a line that several pages print is looked at once, and each model is asked once.
    """
    for page in pages:
        page.memo["header"] = Header()
    frames = [frame for frame in frames_of(pages) if frame is not None]
    headers: list[Header] = [frame.page.memo["header"] for frame in frames]
    titles = find_titles(frames, headers)
    places = [
        (frame, header, zone_of(frame, header, at), at)
        for frame, header, at in zip(frames, headers, titles, strict=True)
    ]
    find_dates(places)
    find_authors(places)
    for frame, header in zip(frames, headers, strict=True):
        header.publisher = find_publisher(frame, header)
        header.byline_lines = sorted(set(header.byline_lines) - set(header.title_lines))
        header.date_lines = sorted(set(header.date_lines) - set(header.byline_lines) - set(header.title_lines))


def zone_of(frame: Frame, header: Header, at: int | None) -> list[int]:
    """Positions of the lines around the title that can belong to the header, the title itself left out."""
    if at is None:
        stop = frame.body(frame.head)
        start = max(frame.head, stop - AFTER)
    elif at == frame.head and not _follows(frame, at):
        # A `<title>` that no line repeats: the header is what stands before the body.
        stop = frame.body(at + 1)
        start = max(at + 1, stop - AFTER)
    else:
        start = max(frame.head if frame.texts[frame.head] != header.title else 0, at - BEFORE)
        stop = min(frame.next_prose(at + 1), at + 1 + AFTER)
    stop = _past_deck(frame, at, stop)
    return [n for n in range(start, stop) if n != at and frame.label(n) not in OTHERS]


def _follows(frame: Frame, at: int) -> bool:
    """Whether a byline, a date or a paragraph stands right under a line."""
    return any(0 < n - at < 4 for n in frame.anchors) or frame.next_prose(at + 1) - at < 4


def _past_deck(frame: Frame, at: int | None, stop: int) -> int:
    """The end of the header, where a long deck stands between the title and the byline."""
    if at is None or stop - at > 5 or any(at < n < stop for n in frame.anchors):
        return stop
    nearest = next((n for n in frame.anchors if n > stop), None)
    second = frame.next_prose(stop + 1)
    if nearest is None or nearest - stop > 4 or nearest > second:
        return stop
    return min(second, stop + 7)
