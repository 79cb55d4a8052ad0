"""Which of the dates on a page is the day it was published: a small forest looks at all of them.

Every date of a short line, of the start of a paragraph and of the URL is a candidate. What is known of it is its place
(from the title, from the body, in the page, between other dates), the line around it, what its label says, and how it
agrees with the other dates and the URL. No word of any language is among the features but the labels of dates that
`_names` knows in all its languages. Trained by tests/bench/train/dates.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.describe import _dates, _names
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._dates import Found
from pipeline.describe._frame import Frame
from pipeline.describe._lines import Line
from pipeline.models import forest

MODEL = "dates"
# How much better than "none of them" the best date must be. The scores are those of a ranking, so the number has no
# meaning of its own: on pages of unseen sites it loses no right date and leaves out a tenth of the wrong ones.
LEAST = -1.0
# Forums have hundreds of dates; the first and the last ones are enough.
FIRST, LAST = 60, 12
# How many code points of a paragraph may stand before its date.
OPENING = 200
# A shorter line that ends as a sentence does may be a date line with a full stop.
SENTENCE = 60


class Candidate(NamedTuple):
    """A date that may be that of the page."""

    n: int
    """Position of its line, -1 for the URL."""
    found: Found
    kind: str
    """What its label says: see `_names.label_kind`; also "member", "answer" and "event"."""
    second: bool
    """Whether this is the other reading of 03/04/2024, or a day whose year comes from the URL."""


FEATURES = (
    "kind", "second", "from_title", "from_body", "position", "place", "in_zone", "to_prose", "since_prose",
    "prose_before", "prose_after", "length", "rest", "byline_rest", "names", "has_time", "dates_in_line", "nth_in_line",
    "order", "candidates", "days", "before_latest", "after_earliest", "newer_days", "same_day", "url_known", "url_agrees",
    "gap_before", "gap_after", "start", "tail", "line_before", "line_after", "sentence", "char_before", "char_after",
    "published_labels", "modified_labels", "nth_of_kind", "same_shape", "partner", "is_paragraph", "lines",
    "title_known", "glued", "day_of_modified", "crowd", "has_title", "from_repeat", "in_title",
)  # fmt: skip

_KINDS = {"": 0, "published": 1, "modified": 2, "foreign": 3, "member": 4, "answer": 5, "event": 6}
# Dates of people and of replies, as forums print them, and of what they reply to.
_MEMBER = compile_caseless(
    r"\b(?:joined|join date|member since|registered|registriert|registrado|registrato|inscrit|inscription|mitglied seit|"
    r"dabei seit|beigetreten|lid sinds|регистрация|зарегистрирован|kayıt|katılım|dołączył|zarejestrowany|bergabung)\b|注册|註冊|가입"
)
_ANSWER = compile_caseless(r"\b(?:answered|commented|replied|re:|antwort(?:et|en)?|reply|last post|letzter beitrag)")
_EDITED = compile_caseless(r"\b(?:edited|bearbeitet|editado|modificato|redigert|redigerad|edytowano|отредактировано)\b")
_EVENT = compile_caseless(
    r"\b(?:termine?|event|when|wann|until|through|till|bis|valid|gültig(?: seit)?|born|geboren|geb\.|né le|née le|nacido|nacida|nato il|nata il|"
    r"cuándo|quando|jusqu'au|hasta|até|fino al|tot en met|до|accessed|retrieved|abgerufen|consulté)\b[^.!?]{0,24}$"
    r"|(?:出生于|生于|出生|開催|会期|截止|至)\W*$"
)
_ENTRY = compile_caseless(
    r"\b(?:asked|start(?:ed|er)?(?: date)?|gespeichert|eingestellt|online seit|(?:beitrag|artikel|post|entry) (?:wurde|was))\b"
)
_OTHER_YEAR = re.compile(
    "[年\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0be6-\u0bef\u0e50-\u0e59\uff10-\uff19]"
)
# How many code points before and behind a date are read as its label.
BEFORE, BEHIND = 70, 60


def kind_of(before: str) -> str:
    """What the words before a date say of it."""
    if not before or before.isspace():
        return ""
    small = caseless(before)
    if _MEMBER.search(small):
        return "member"
    kind = _names.label_kind(before)
    if kind in ("", "published") and _ANSWER.search(small):
        return "answer"
    if kind in ("", "published") and _EDITED.search(small):
        return "modified"
    if not kind:
        return "published" if _ENTRY.search(small) else "event" if _EVENT.search(small) else ""
    return kind


def candidates(frame: Frame, zone: Collection[int]) -> list[Candidate]:
    """The dates of a page, in reading order, that of the URL last. `zone` are the lines around the title."""
    lines: dict[int, Sequence[Found]] = dict(frame.dates)
    in_url = _dates.in_url(frame.page.url)
    if in_url is None and (month := _dates.month_in_url(frame.page.url))[1]:
        # "Posted on 11 May": the URL knows the year.
        for n in zone:
            if n not in lines and (days := _dates.search_day(frame.texts[n][:OPENING], *month)):
                lines[n] = days
    # Sentences; what stands in them is told unless it heads them or is labelled.
    paragraphs = {n for n in lines if len(frame.texts[n]) >= SENTENCE and frame.lines[n].sentence}
    for n in frame.prose[:40]:
        if days := frame.lines[n].ask(_opening_dates):
            lines[n] = days
            paragraphs.add(n)
    order = sorted(lines)
    if len(order) > FIRST + LAST:
        order = order[:FIRST] + order[-LAST:]
    out = []
    for n in order:
        for kind, found in kinds(frame, n, lines[n]):
            if n in paragraphs and kind not in ("published", "modified") and not _heads(frame.texts[n], found):
                continue  # what happened on that day is told
            if kind == "member":
                continue  # since when somebody has been there says nothing of the page
            out.append(Candidate(n, found, kind, False))
            if found.other:
                out.append(Candidate(n, found._replace(day=found.other, other=found.day), kind, True))
    if in_url:
        out.append(Candidate(-1, Found(0, 0, in_url, None, ""), "", False))
    return out


def _opening_dates(line: Line) -> list[Found]:
    """The dates near the start of a paragraph."""
    opening = line.text[:OPENING]
    return _dates.search(opening) if _may_hold_year(opening) else []


def _heads(text: str, found: Found) -> bool:
    """Whether a date stands before a paragraph ("Oslo, 3 May 2024 – ..."), not in its first sentence."""
    behind = text[found.end : found.end + 2]
    return found.start <= 40 and (behind[:1].isalpha() or behind.lstrip()[:1] in _DASHES)


_DASHES = frozenset(":：|｜·•-–—―/)）]")


def _may_hold_year(text: str) -> bool:
    """Whether a paragraph may have a year in it; `in` is quicker than a pattern."""
    return "20" in text or "19" in text or "25" in text or (not text.isascii() and _OTHER_YEAR.search(text) is not None)


def kinds(frame: Frame, n: int, every: Sequence[Found]) -> list[tuple[str, Found]]:
    """The dates of a line with what their labels say of them; a label may be the line before or stand behind."""
    line = frame.lines[n].raw if n in frame.dates else frame.texts[n]
    before = frame.texts[n - 1] if n else ""
    lead = before + " " if before and _names.is_label(before) else ""
    out, at = [], 0
    for found in every:
        kind = kind_of(lead + line[max(at, found.start - BEFORE) : found.start])
        if not kind and len(every) == 1 and found.end < len(line):
            if _AFTER_DATE.match(line, found.end, found.end + 24):
                kind = "modified"
            elif _ENTERED.search(caseless(line[found.end : found.end + BEHIND])):
                kind = "published"
        out.append((kind, found))
        at, lead = found.end, ""
    return out


_AFTER_DATE = re.compile(
    r"\s*[(（]?(?:updated|업데이트|수정|更新|अपडेट|को अपडेट|güncellendi|tarihinde güncellendi|עודכן)", re.IGNORECASE
)
_ENTERED = compile_caseless(
    r"\b(?:veröffentlicht|publiziert|gepostet|publié|publicado|pubblicato|gepubliceerd|publicerad|yayınlandı|yayımlandı|opublikowano)\b|प्रकाशित|প্রকাশিত|發布|发布|公開|掲載|게시|등록"
)


def rows(
    frame: Frame, every: Sequence[Candidate], zone: Collection[int], at: int | None, title: str
) -> NDArray[np.float32]:
    """What is known of each candidate, a row of FEATURES for each, and last a row that stands for "none of them"."""
    lines, texts, prose = frame.lines, frame.texts, frame.prose
    size = len(lines)
    origin = frame.head if at is None else at
    body = frame.body(origin + 1)
    of_line: dict[int, list[int]] = {}
    for k, c in enumerate(every):
        if not c.second:
            of_line.setdefault(c.n, []).append(k)
    dated = sorted(of_line)
    place_of = {n: k for k, n in enumerate(dated)}
    days = [c.found.day.toordinal() for c in every]
    distinct = sorted(set(days))
    latest, earliest = distinct[-1], distinct[0]
    same = Counter(days)
    shapes = Counter((c.kind, c.found.start, len(texts[c.n]) - c.found.end) for c in every if c.n >= 0)
    modified_days = {day for day, c in zip(days, every, strict=True) if c.kind == "modified"}
    published = sum(c.kind == "published" for c in every)
    modified = sum(c.kind == "modified" for c in every)
    seen: Counter[str] = Counter()
    year, month = _dates.month_in_url(frame.page.url)
    in_url = days[-1] if every[-1].n < 0 else None
    url_known = 3 if in_url else 2 if month else 1 if year else 0
    title_days = {f.day.toordinal() for f in _dates.search(title)}
    repeats = _places(title, texts)
    places = set(zone)
    out: list[list[float]] = []
    for k, c in enumerate(every):
        n, found, kind = c.n, c.found, c.kind
        day = days[k]
        agrees = 0
        if url_known and (found.day.year == year or in_url == day):
            agrees = 1
            if found.day.month == month or in_url == day:
                agrees = 3 if in_url == day else 2
        if n < 0:
            out.append(
                [0, 0, -99, -99, -1, -1, 0, -1, -1, -1, -1, 0, 0, -1, 0, 0, 1, 0, k, len(every), len(distinct),
                 latest - day, day - earliest, _after(distinct, day), same[day], url_known, agrees, -1, -1, 0, 0, 0, 0, 0,
                 0, 0, published, modified, 0, 0, 0, 0, size, at is not None, 0, day in modified_days, 0, 0, -99, day in title_days]
            )  # fmt: skip
            continue
        text = texts[n]
        line = lines[n].raw if n in frame.dates else text
        mates = of_line[n]
        nth = sum(every[m].found.start < found.start for m in mates)
        inside = sum(every[m].found.end - every[m].found.start for m in mates)
        near = n in places or -12 <= n - origin <= 24
        byline = frame.byline(n) if near and n in frame.dates else _names.NOTHING
        partner = glued = 0
        if len(mates) > 1:
            other = every[mates[nth + 1] if nth + 1 < len(mates) else mates[nth - 1]]
            other_day = other.found.day.toordinal()
            partner = (day > other_day) - (day < other_day)
            glued = min(abs(other.found.start - found.end), abs(found.start - other.found.end)) <= 1
        p = bisect_left(prose, n)
        w = place_of[n]
        if not c.second:
            seen[kind] += 1
        out.append(
            [
                _KINDS[kind],
                c.second,
                n - origin,
                n - body,
                n,
                n / size,
                n in places,
                (prose[p] if p < len(prose) else size) - n,
                n - prose[p - 1] if p else -1,
                p,
                len(prose) - p,
                len(text),
                len(text) - inside,
                byline.rest if near else -1,
                3 if byline.authors else 2 if byline.bare else 1 if byline.credit or byline.explicit else 0,
                bool(found.time),
                len(mates),
                nth,
                w,
                len(every),
                len(distinct),
                latest - day,
                day - earliest,
                _after(distinct, day),
                same[day],
                url_known,
                agrees,
                n - dated[w - 1] if w and dated[w - 1] >= 0 else -1,
                dated[w + 1] - n if w + 1 < len(dated) else -1,
                found.start,
                len(line) - found.end,
                len(texts[n - 1]) if n else -1,
                len(texts[n + 1]) if n + 1 < size else -1,
                lines[n].sentence,
                _class(line[max(0, found.start - 2) : found.start].rstrip()[-1:]),
                _class(line[found.end : found.end + 2].lstrip()[:1]),
                published,
                modified,
                seen[kind],
                shapes[(kind, found.start, len(text) - found.end)],
                partner,
                p < len(prose) and prose[p] == n,
                size,
                at is not None,
                glued,
                day in modified_days,
                bisect_left(dated, n + 5) - bisect_left(dated, n - 4) - 1,
                bool(title) and title in text,
                n - repeats[r - 1] if (r := bisect_left(repeats, n)) else -99,
                day in title_days,
            ]
        )
    none = [-1.0] * len(FEATURES)
    for feature, value in zip(
        _OF_PAGE, (len(every), len(distinct), url_known, published, modified, size, at is not None), strict=True
    ):
        none[feature] = value
    out.append(none)
    return np.array(out, np.float32)


# Columns that say something of the page, not of the date.
_OF_PAGE = [
    FEATURES.index(name)
    for name in ("candidates", "days", "url_known", "published_labels", "modified_labels", "lines", "title_known")
]


def _places(title: str, texts: Sequence[str]) -> list[int]:
    """The positions of the lines that are the title."""
    found: list[int] = []
    for _ in range(texts.count(title) if title else 0):
        found.append(texts.index(title, found[-1] + 1 if found else 0))
    return found


def _after(distinct: Sequence[int], day: int) -> int:
    return len(distinct) - 1 - bisect_left(distinct, day)


def _class(char: str) -> int:
    """What stands beside a date: nothing, a letter, a colon, a separator, a bracket, a digit, a comma or something else."""
    if not char:
        return 0
    if char.isalpha():
        return 1
    for number, chars in ((2, ":："), (3, "|｜·•-–—/»"), (4, "()（）[]"), (5, "0123456789"), (6, ",،、，.")):
        if char in chars:
            return number
    return 7


def choose(
    pages: Sequence[tuple[Frame, Sequence[Candidate], Collection[int], int | None, str]],
) -> list[Candidate | None]:
    """For each page the candidate that is most likely the day of publication; None if most likely none is. A page is
    what `rows` takes."""
    tables = [rows(*page) for page in pages if page[1]]
    scores = forest.load(MODEL).score(np.concatenate(tables)).tolist() if tables else []
    out: list[Candidate | None] = []
    first = 0
    for _, every, *_ in pages:
        some = scores[first : first + len(every)]
        best = some.index(max(some)) if some else 0  # the first of equals
        out.append(every[best] if some and some[best] > scores[first + len(every)] + LEAST else None)
        first += len(every) + bool(every)
    return out
