"""The dates that a page gives of itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.describe import _date_model, _dates, _names
from pipeline.describe._date_model import Candidate
from pipeline.describe._dates import Found
from pipeline.describe._frame import OTHERS, REST, Frame, Header

# Labels by which a date is not that of the page itself.
_FOREIGN = frozenset(("foreign", "member", "answer", "event"))


def find_dates(pages: Sequence[tuple[Frame, Header, Sequence[int], int | None]]) -> None:
    """The day of publication of each page, as the model chooses it; the day of the last change, by its label; the lines
    of both. A page is its frame and header, the lines around its title and the position of the title."""
    every = [_date_model.candidates(frame, zone) for frame, _, zone, _ in pages]
    chosen = _date_model.choose(
        [(frame, some, zone, at, header.title) for (frame, header, zone, at), some in zip(pages, every, strict=True)]
    )
    for (frame, header, zone, at), some, one in zip(pages, every, chosen, strict=True):
        _tell(frame, header, zone, at, some, one)


def _tell(
    frame: Frame,
    header: Header,
    zone: Sequence[int],
    at: int | None,
    every: Sequence[Candidate],
    chosen: Candidate | None,
) -> None:
    kinds: dict[int, list[tuple[str, Found]]] = {}
    for c in every:
        if not c.second and c.n >= 0:
            kinds.setdefault(c.n, []).append((c.kind, c.found))
    modified, stated = _read_zone(frame, header, zone, at, kinds)
    last_prose = frame.prose[-1] if frame.prose else -1
    if not stated:
        modified = _labelled_elsewhere(frame, header, kinds, last_prose)
    if chosen:
        header.published = chosen.found
        if chosen.kind == "modified" and modified is None:
            modified = chosen.found
        if chosen.n > last_prose and chosen.n in frame.dates and frame.byline(chosen.n).rest <= REST:
            header.date_lines.append(frame.filled[chosen.n])
    elif modified:
        header.published = modified
    if modified and header.published and modified.day >= header.published.day:
        header.modified = modified


def _read_zone(
    frame: Frame, header: Header, zone: Sequence[int], at: int | None, kinds: dict[int, list[tuple[str, Found]]]
) -> tuple[Found | None, bool]:
    """The last change that the lines around the title tell, and whether they hold any date of the page; notes which
    of them are date lines."""
    filled = frame.filled
    origin = -1 if at is None else at
    modified: Found | None = None
    stated = bare = False
    unbroken = frame.next_prose(max(origin, frame.head) + 1)
    # What stands below the title first, from the title on.
    below = bisect_left(zone, origin)
    for n in (*zone[below:], *reversed(zone[:below])):
        if n not in frame.dates:
            if n > origin >= 0 and not bare and _dates.is_month(frame.texts[n]):
                header.date_lines.append(filled[n])
            continue
        if n not in kinds:
            continue
        labels = [kind for kind, _ in kinds[n]]
        labelled = "published" in labels or "modified" in labels
        byline = frame.byline(n)
        whole = byline.rest <= REST
        if _FOREIGN.issuperset(labels) or (not labelled and not byline.explicit and (bare or not whole)):
            continue
        bare = bare or not labelled
        stated = True
        for kind, found in kinds[n]:
            if kind == "modified":
                modified = found
        if whole and n >= origin - 2 and (labelled or byline.explicit or n < unbroken):
            of_people = byline.authors or byline.bare or byline.credit
            (header.byline_lines if of_people else header.date_lines).append(filled[n])
            if n - 1 in zone and _names.is_label(frame.texts[n - 1]):
                header.date_lines.append(filled[n - 1])
    return modified, stated


def _labelled_elsewhere(
    frame: Frame, header: Header, kinds: dict[int, list[tuple[str, Found]]], last_prose: int
) -> Found | None:
    """The first date that is labelled as a change where no line near the title has a date; notes labelled date lines
    after the body."""
    modified: Found | None = None
    for n in kinds:
        if n not in frame.dates or len(frame.texts[n]) > 120 or frame.label(n) in OTHERS:
            continue
        for kind, found in kinds[n]:
            if kind not in ("published", "modified") or frame.byline(n).rest > REST:
                continue
            if kind == "modified":
                modified = modified or found
            if n > last_prose:
                header.date_lines.append(frame.filled[n])
    return modified
