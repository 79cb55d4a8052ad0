"""The lines of a page as the header sees them: paragraphs, lines with dates, lines that may name an author."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.describe import _dates, _names
from pipeline.describe._dates import Found
from pipeline.step import Page

# The longest line that can be a title, a byline or a date line, and how many lines are looked at from either end.
LONGEST_TITLE = 300
LONGEST_LINE = 220
HEAD, TAIL = 3000, 300

# What stands between a title and the name of the site. It starts with a character, not with optional spaces: that
# makes the search several times faster.
SEPARATOR = re.compile(
    r"[ \u00a0]+(?:[|–—»«·•:›‹~>]|::|-|\|\|)[ \u00a0]+|[|｜›]|[ \u00a0]»|_(?=[^\x00-\x7f])|[-_–—](?<=[^\x00-\x7f].)(?=[^\x00-\x7f])"
)
_WORD = re.compile(r"[^\W_]+")
_JUNK = re.compile(r"<[^>]*>|\W+$", re.DOTALL)
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
            line = self.page.lines[self.filled[n]]
            found = self.dates.get(n, ())
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


def words_of(text: str) -> list[str]:
    """Words of a text, caseless."""
    return _WORD.findall(text.casefold())


def key_of(text: str) -> str:
    """Words of a text, caseless, with single spaces."""
    return " ".join(_WORD.findall(text.casefold()))


def frame_of(page: Page) -> Frame | None:
    """The frame of a page; None if the page is blank."""
    lines, filled = page.lines, page.filled
    if not filled:
        return None
    if len(filled) > HEAD + TAIL:
        filled = filled[:HEAD] + filled[-TAIL:]
    texts = [lines[i].strip() for i in filled]
    labels = page._labels
    head = 0
    while head < min(len(filled) - 1, 20) and (
        (labels is not None and labels[filled[head]] == "spam") or _JUNK.match(texts[head][:2000])
    ):
        head += 1
    words, sentence = page.words, page.sentence
    year_first = _dates.year_first(page.text)
    dates: dict[int, Sequence[Found]] = {}
    openers: set[int] = set()
    anchors, prose = [], []
    for n, i in enumerate(filled):
        line = lines[i]
        size = len(line)
        if size >= 60 and words[i] >= 18 and (sentence[i] or size >= 160):
            prose.append(n)
        elif size <= LONGEST_LINE:
            found: list[Found] = []
            month = False
            if _dates.has_digit(line):
                found = _dates.search(line, year_first=year_first)
                month = not found and _dates.is_month(line)
            opens = _names.may_open(line)
            if opens:
                openers.add(n)
            if found:
                dates[n] = found
            if found or opens or month:
                anchors.append(n)
    host = host_of(page.url)
    if any(f.other for found in dates.values() for f in found) and _month_first(
        page, host, [lines[filled[n]] for n in dates]
    ):
        for n, days in dates.items():
            dates[n] = [f._replace(day=f.other, other=f.day) if f.other else f for f in days]
    holders = rights_holders(page, filled)
    site_names = _site_names(page, filled, head, host, holders)
    return Frame(page, filled, head, dates, openers, anchors, prose, _names.fold(host), site_names, holders, texts)


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


def _month_first(page: Page, host: str, lines: Sequence[str]) -> bool:
    """Whether 03/04/2024 on this page is March: another date says so, or the page is American English."""
    day_first = month_first = 0
    for line in lines:
        for a, b in _NUMERIC.findall(line):
            day_first += int(a) > 12
            month_first += int(b) > 12
    if day_first or month_first:
        return month_first > day_first
    if _DAY_FIRST_HOST.search(host) or (page.url and _DAY_FIRST_PATH.search(page.url)):
        return False
    sample = page.text[:4000]
    enough = 8 + len(sample) // 400
    # Substrings are found faster than words; most pages are told by these bounds.
    if sum(map(sample.count, ("the", "and", "of", "for"))) <= enough:
        return False
    if sum(map(sample.count, (" the ", " and ", " of ", " for "))) > enough:
        return True
    return len(_ENGLISH.findall(sample)) > enough


def _site_names(page: Page, filled: Sequence[int], head: int, host: str, holders: Sequence[str]) -> tuple[str, ...]:
    """Folded names by which the site may call itself: from its host, its first line and its line of rights."""
    names = [p for p in host.split(".") if len(p) > 3 and p not in ("example", "blog", "news")]
    publisher = page.meta.get("publisher") if page.meta else None
    if isinstance(publisher, str):
        names.append(_names.fold(publisher))
    names += [_names.fold(holder) for holder in holders]
    first = page.lines[filled[head]]
    if len(first) <= LONGEST_TITLE:
        parts = [p for p in SEPARATOR.split(first) if p]
        if len(parts) > 1:
            names += [_names.fold(p) for p in (parts[0], parts[-1]) if len(p) <= 40]
        elif len(first) <= 40:
            names.append(_names.fold(first))
    plain = (n.replace("-", "") for n in names)
    return tuple(dict.fromkeys(n for n in plain if 3 < len(n) < 60 or (len(n) > 1 and not n.isascii())))


def rights_holders(page: Page, filled: Sequence[int]) -> list[str]:
    """Who holds the rights, as the last lines of a page say it."""
    holders = []
    text, at = page.text, page.starts[filled[-14:][0]]
    signs = [sign for sign in _RIGHTS_SIGNS if text.find(sign, at) >= 0]
    for i in filled[-14:] if signs else ():
        line = page.lines[i][:600]
        if any(sign in line for sign in signs):
            holders += [m[1].strip(" -–'’&") for m in RIGHTS.finditer(line)]
    return holders


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
