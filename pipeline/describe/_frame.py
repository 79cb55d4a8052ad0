"""The lines of a page as the header sees them: paragraphs, lines with dates, lines that may name an author."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.describe import _dates, _names
from pipeline.describe._dates import Found
from pipeline.describe._lines import LONGEST_LINE, LONGEST_TITLE, NO_SIGNS, Line, mark, words_of
from pipeline.step import Page

# How many lines are looked at from either end of a page.
HEAD, TAIL = 3000, 300

# What stands between a title and the name of the site. It starts with a character, not with optional spaces: that
# makes the search several times faster.
SEPARATOR = re.compile(
    r"[ \u00a0]+(?:[|–—»«·•:›‹~>]|::|-|\|\|)[ \u00a0]+|[|｜›]|[ \u00a0]»|_(?=[^\x00-\x7f])|[-_–—](?<=[^\x00-\x7f].)(?=[^\x00-\x7f])"
)
_ENGLISH = re.compile(r"\b(?:the|and|of|for)\b")
_DAY_FIRST_HOST = re.compile(r"\.(?:uk|au|nz|ie|in|za|sg|my|pk|ng|ke|gh|lk|bd|hk|mt|zm|zw|eu)$")
_DAY_FIRST_PATH = re.compile(r"/en[-_](?:gb|uk|au|nz|ie|in|za)(?![a-z])", re.IGNORECASE)
_NUMERIC = re.compile(r"(?<![\d./-])([0-3]?\d)[/.-]([0-3]?\d)[/.-](?:19|20)\d\d(?!\d)")
# Single characters are found much faster than words.
_RIGHTS_SIGNS = ("©", "(c)", "(C)", "opyright", "COPYRIGHT", "belongs to", "版", "저")
RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright(?: by)?|belongs to|版权所有|版權所有|저작권자)\s*(?:©|\(c\)|by|de|von|für)?[\s:：|]*(?:copyright|©)?\s*"
    r"(?:(?:19|20)\d\d\s*(?:[-–—]\s*(?:(?:19|20)\d\d)?)?)?[\s.,|]*((?:[^\W\d_]|[&’'\-])[^.|©,;:\n]{1,60}?)"
    r"(?=\s*(?:[.,;|:©(]|$|\s[-–]\s|all rights|tous droits|alle rechte|todos los|todos os|tutti i|все права|все|tüm hak|무단|"
    r"všechna práva|wszelkie|inc\b|ltd\b|gmbh\b|information (?:co|ltd)|media group|group ltd|registered))",
    re.IGNORECASE,
)


@dataclass
class Frame:
    """What is known of a page's lines before anything is decided. Positions count the filled lines."""

    page: Page
    filled: list[int]
    lines: list[Line]
    """The filled lines."""
    every: list[Line]
    """All different lines of the batch that the page belongs to, by their numbers."""
    head: int
    """The first line that is neither spam nor junk."""
    dates: dict[int, Sequence[Found]]
    """Dates of short lines, by position."""
    openers: set[int]
    """Lines that may start with a word that introduces an author."""
    anchors: list[int]
    """Lines with a date or such a word: a header is near."""
    prose: list[int]
    """Paragraphs."""
    host: str
    site_names: tuple[str, ...]
    holders: list[str]
    """Who holds the rights, as the last lines of the page say it."""
    texts: list[str]
    """The filled lines, without the spaces around them."""
    bylines: dict[int, _names.Byline] = field(default_factory=dict)

    def label(self, n: int) -> str:
        """The label that a step of the clean stage gave the line."""
        labels = self.page._labels
        return labels[self.filled[n]] if labels is not None else ""

    def byline(self, n: int) -> _names.Byline:
        """The line taken apart as a byline."""
        if n not in self.bylines:
            line, found = self.lines[n].raw, self.dates.get(n, ())
            indent = len(line) - len(line.lstrip())
            if indent:
                found = tuple(f._replace(start=f.start - indent, end=f.end - indent) for f in found)
            self.bylines[n] = (
                _names.read(self.texts[n], found, self.site_names) if len(line) <= LONGEST_LINE else _names.NOTHING
            )
        return self.bylines[n]

    def next_prose(self, n: int) -> int:
        """The first paragraph at or after a position, or the end of the page."""
        k = bisect_left(self.prose, n)
        return self.prose[k] if k < len(self.prose) else len(self.filled)

    def body(self, start: int) -> int:
        """The first paragraph that others follow closely: one alone may be a cookie notice or a teaser."""
        prose = self.prose
        k = bisect_left(prose, start)
        for j in range(k, len(prose) - 2):
            if prose[j + 2] - prose[j] <= 8:
                return prose[j]
        return prose[k] if k < len(prose) else min(len(self.filled), start + 12)


def key_of(text: str) -> str:
    """Words of a text, caseless, with single spaces."""
    return " ".join(words_of(text))


def frame_of(page: Page) -> Frame | None:
    """The frame of a page; None if the page is blank."""
    return frames_of([page])[0]


def frames_of(pages: Sequence[Page]) -> list[Frame | None]:
    """The frames of the pages of a batch: what is found out about a line holds for all of them."""
    known: dict[str, Line] = {}
    numbers = [_ends(page.filled) for page in pages]
    lines = []
    for page, filled in zip(pages, numbers, strict=True):
        raw, words, sentence = page.lines, page.words, page.sentence
        mine = [raw[i] for i in filled]
        for text, i in zip(mine, filled, strict=True):
            if text not in known:
                known[text] = Line(len(known), text, words[i], sentence[i])
        lines.append(list(map(known.__getitem__, mine)))
    every = list(known.values())
    mark(every)
    return [
        _frame(page, filled, mine, every) if filled else None
        for page, filled, mine in zip(pages, numbers, lines, strict=True)
    ]


def _ends(filled: list[int]) -> list[int]:
    """The lines of either end of a page."""
    return filled if len(filled) <= HEAD + TAIL else filled[:HEAD] + filled[-TAIL:]


def _frame(page: Page, filled: list[int], lines: list[Line], every: list[Line]) -> Frame:
    labels = page._labels
    head = 0
    while head < min(len(filled) - 1, 20) and (
        (labels is not None and labels[filled[head]] == "spam") or lines[head].is_junk
    ):
        head += 1
    year_first = _dates.year_first(page.text)
    dates: dict[int, Sequence[Found]] = {}
    openers: set[int] = set()
    prose = [n for n, line in enumerate(lines) if line.is_prose]
    every_sign = [line.signs_year_first for line in lines] if year_first else [line.signs for line in lines]
    anchors = [n for n, signs in enumerate(every_sign) if signs is not NO_SIGNS]
    for n in anchors:
        if every_sign[n].opens:
            openers.add(n)
        if every_sign[n].dates:
            dates[n] = every_sign[n].dates
    host = host_of(page.url)
    if any(f.other for found in dates.values() for f in found) and _month_first(page, host, [lines[n] for n in dates]):
        for n, days in dates.items():
            dates[n] = [f._replace(day=f.other, other=f.day) if f.other else f for f in days]
    holders = rights_holders(lines)
    site_names = _site_names(page, lines[head], host, holders)
    texts = [line.text for line in lines]
    return Frame(
        page, filled, lines, every, head, dates, openers, anchors, prose, _names.fold(host), site_names, holders, texts
    )


def host_of(url: str | None) -> str:
    """The host of a URL, "" if there is none."""
    return split_url(url)[0]


def split_url(url: str | None) -> tuple[str, str]:
    """Host and path of a URL, "" for what it has not."""
    if not url:
        return "", ""
    if usual := _URL.fullmatch(url):
        return usual[1].lower(), usual[2]
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.path
    except ValueError:
        return "", ""


# What nearly all URLs look like; the library takes ten times as long to allow for the others.
_URL = re.compile(r"[A-Za-z]+://([A-Za-z0-9._-]+)(?::\d+)?(/[^?#\x00-\x20]*|)(?:[?#][^\x00-\x20]*)?")


def _month_first(page: Page, host: str, lines: Sequence[Line]) -> bool:
    """Whether 03/04/2024 on this page is March: another date says so, or the page is American English."""
    day_first = month_first = 0
    for line in lines:
        first, second = line.ask(_over_twelve)
        day_first += first
        month_first += second
    if day_first or month_first:
        return month_first > day_first
    if _DAY_FIRST_HOST.search(host) or (page.url and _DAY_FIRST_PATH.search(page.url)):
        return False
    sample = page.text[:4000]
    enough = 8 + len(sample) // 400
    # Substrings are found faster than words; most pages are told by these bounds.
    least = 0
    for word in (" the ", " and ", " of ", " for "):
        least += sample.count(word)
        if least > enough:
            return True
    if sum(map(sample.count, ("the", "and", "of", "for"))) <= enough:
        return False
    return len(_ENGLISH.findall(sample)) > enough


def _over_twelve(line: Line) -> tuple[int, int]:
    """How many dates in digits have a first and how many a second number that is no month."""
    found = _NUMERIC.findall(line.raw)
    return sum([int(a) > 12 for a, _ in found]), sum([int(b) > 12 for _, b in found])


def _site_names(page: Page, first: Line, host: str, holders: Sequence[str]) -> tuple[str, ...]:
    """Folded names by which the site may call itself: from its host, its first line and its line of rights."""
    names = [p for p in host.split(".") if len(p) > 3 and p not in ("example", "blog", "news")]
    publisher = page.meta.get("publisher") if page.meta else None
    if isinstance(publisher, str):
        names.append(_names.fold(publisher))
    names += [_names.fold(holder) for holder in holders]
    names += first.ask(_edge_names)
    plain = [n.replace("-", "") for n in names]
    return tuple(dict.fromkeys([n for n in plain if 3 < len(n) < 60 or (len(n) > 1 and not n.isascii())]))


def _edge_names(line: Line) -> list[str]:
    """What a first line begins and ends with, folded."""
    first = line.raw
    if len(first) > LONGEST_TITLE:
        return []
    parts = [p for p in SEPARATOR.split(first) if p]
    if len(parts) > 1:
        return [_names.fold(p) for p in (parts[0], parts[-1]) if len(p) <= 40]
    return [_names.fold(first)] if len(first) <= 40 else []


def rights_holders(lines: Sequence[Line]) -> list[str]:
    """Who holds the rights, as the last lines of a page say it."""
    return [name for line in lines[-14:] if line.names_holder for name in line.ask(_named_holders)]


def _named_holders(line: Line) -> list[str]:
    text = line.raw[:600]
    if not any(map(text.__contains__, _RIGHTS_SIGNS)):
        return []
    return [m[1].strip(" -–'’&") for m in RIGHTS.finditer(text)]


@dataclass
class Header:
    """What `find` found. Line numbers are those of `page.lines`; lists are in reading order."""

    title: str = ""
    title_line: int | None = None
    """The line that the title was read from."""
    title_lines: list[int] = field(default_factory=list)
    """Lines that are the title and nothing else, as far as that is certain."""
    authors: list[str] = field(default_factory=list)
    byline_lines: list[int] = field(default_factory=list)
    published: Found | None = None
    modified: Found | None = None
    date_lines: list[int] = field(default_factory=list)
    publisher: str = ""


# How many filled lines before and after the title belong to the header, at most.
BEFORE, AFTER = 5, 16
# Labels of lines that another step has taken and that cannot hold the page's own byline or date.
OTHERS = frozenset(("spam", "comment", "legal", "related"))
# How many code points of a line that is cut may be neither name, date nor label ("in Field notes").
REST = 40
