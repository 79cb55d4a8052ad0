"""The header of a page: which line is the title, who is named as author, which dates the page gives of itself.

`find(page)` is the one answer that the clean steps (what is cut) and the describe steps (what is told) share. Bylines
and dates are read in the zone around the title, and after the body where they say so themselves.
"""

from __future__ import annotations

import datetime
import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.describe import _dates, _names
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._dates import Found
from pipeline.describe._frame import LONGEST_TITLE, Frame, frame_of, key_of, words_of
from pipeline.describe._title import Candidate, candidates, is_crumb
from pipeline.step import Page


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


def find(page: Page) -> Header:
    """The header of a page; computed once and kept in `page.memo`. A page without one gives an empty header."""
    if "header" not in page.memo:
        page.memo["header"] = _find(page)
    header: Header = page.memo["header"]
    return header


# How many filled lines before and after the title belong to the header, at most.
BEFORE, AFTER = 5, 16
# Labels of lines that another step has taken and that cannot hold the page's own byline or date.
_OTHERS = frozenset(("spam", "comment", "legal", "related"))


def _find(page: Page) -> Header:
    frame = frame_of(page)
    if frame is None:
        return Header()
    header = Header()
    at = _title(frame, header)
    zone = _zone(frame, header, at)
    _dates_of(frame, header, zone, at)
    _authors_of(frame, header, zone, at)
    header.publisher = _publisher(frame, header)
    header.byline_lines = sorted(set(header.byline_lines) - set(header.title_lines))
    header.date_lines = sorted(set(header.date_lines) - set(header.byline_lines) - set(header.title_lines))
    return header


def _title(frame: Frame, header: Header) -> int | None:
    """Choose the title; set it and its lines in `header`; return the position of its line."""
    every = candidates(frame)
    scores = [c.score for c in every]
    for k in sorted(range(len(every)), key=scores.__getitem__, reverse=True)[:4]:
        title, best = every[k], scores[k]
        if best <= 0:
            return None
        if not (title.is_line and _is_byline(frame, title.at)):
            break
    else:
        return None
    above = [c for c in every if c.at == title.at - 1 and c.is_line]
    if (
        title.is_line
        and above
        and not title.fact("echo")
        and above[0].score > best - _DECK
        and not _is_byline(frame, above[0].at)
    ):
        title = above[0]
    at, filled = title.at, frame.filled
    header.title = _GENRE.sub("", title.text) or title.text
    header.title_line = filled[at]
    sure = 1 / (math.exp(-best) + sum([math.exp(s - best) for s in scores])) > 0.5
    head = frame.texts[frame.head]
    if title.is_line:
        if sure and _is_confirmed(frame, title):
            header.title_lines.append(filled[at])
            words = words_of(title.text)
            for n in range(max(frame.head, at - AFTER), min(frame.next_prose(at + 1), at + 1 + AFTER)):
                line = frame.texts[n]
                if n == at or len(line) > 2 * LONGEST_TITLE or words[0] not in line.casefold():
                    continue
                if words_of(line) == words:
                    header.title_lines.append(filled[n])
        repeats = title.fact("echo") > 0.4 or title.fact("overlap") > 0.6
        if (
            at > frame.head
            and sure
            and repeats
            and frame.page.words[filled[frame.head]] > 3
            and len(head) <= LONGEST_TITLE
            and not is_crumb(head)
        ):
            header.title_lines.append(filled[frame.head])
    elif sure and title.fact("cut_site") and not is_crumb(head):
        header.title_lines.append(filled[at])
    header.title_lines = sorted(set(header.title_lines))
    return at


def _is_confirmed(frame: Frame, title: Candidate) -> bool:
    """Whether more than its looks says that a line is the title, so that it can be cut.

    The same question must have the answer no for whatever line takes its place when it is gone. So a line counts that
    is repeated elsewhere, or stands between breadcrumb and byline, or is made of the words of the body and stands above
    a byline, or alone above the first paragraph.
    """
    if title.fact("separators") > 2 or (is_crumb(title.text) and not title.fact("in_crumb")):
        return False
    words = frame.page.words[frame.filled[title.at]]
    if title.fact("in_crumb") or (words > 1 and (title.fact("echo") > 0.5 or title.fact("slug") > 0.6)):
        return True
    anchored = title.fact("anchor_next") or title.fact("anchor_after")
    if anchored and title.fact("after_crumb"):
        return True
    if words > 14 or title.fact("late") or not _is_topical(frame, title.at):
        return False
    alone = title.fact("isolated") or title.at == frame.head
    first = not any(n < title.at for n in frame.anchors) and words <= 12
    return bool(anchored or (alone and first and frame.next_prose(title.at) - title.at <= 3))


def _is_topical(frame: Frame, n: int) -> bool:
    """Whether the words of a line are those of the first paragraphs below it; menus and widgets have other words."""
    key = key_of(frame.texts[n])
    # Stems for the inflected languages, pairs of characters for those that write no spaces.
    stems = [w[:6] if len(w) > 6 else w for w in key.split() if len(w) > 3 and w.isalnum()]
    enough = max(1.0, 0.4 * len(stems))
    if not key.isascii() and len(stems) < 3 and any(c >= "\u2e80" for c in key):
        solid = key.replace(" ", "")
        stems = [solid[j : j + 2] for j in range(len(solid) - 1)]
        enough = max(2.0, 0.3 * len(stems))
    missing = stems
    k = bisect_left(frame.prose, n)
    for m in frame.prose[k : k + 4]:
        body = frame.page.lines[frame.filled[m]][:2000].casefold()
        missing = [stem for stem in missing if stem not in body]
        if len(stems) - len(missing) >= enough:
            return True
    return False


# A deck looks like a title and stands below it: of two such lines the upper one, if it is nearly as good.
_DECK = 0.6


def _is_byline(frame: Frame, n: int) -> bool:
    """Whether a line is names, dates and labels and nothing else."""
    if n not in frame.openers and n not in frame.dates:
        if len(frame.texts[n]) > 40 or not (n + 1 in frame.anchors or n - 1 in frame.anchors):
            return False
        byline = frame.byline(n)
        return bool(byline.bare) and byline.rest == 0
    byline = frame.byline(n)
    return byline.rest <= 12 and bool(byline.authors or byline.credit or n in frame.dates)


# Korean papers print the genre before the title ("[인터뷰] ..."); it is no part of it.
_GENRE = re.compile(r"^\[[가-힣·\s]{1,8}\]\s*")


def _zone(frame: Frame, header: Header, at: int | None) -> list[int]:
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
    return [n for n in range(start, stop) if n != at and frame.label(n) not in _OTHERS]


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


# ---- dates ---------------------------------------------------------------------------------------------------------

# How many code points of a line that is cut may be neither name, date nor label ("in Field notes").
REST = 40
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


def _dates_of(frame: Frame, header: Header, zone: Sequence[int], at: int | None) -> None:
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
        if n not in frame.dates or len(frame.texts[n]) > 120 or frame.label(n) in _OTHERS:
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


# ---- authors -------------------------------------------------------------------------------------------------------


def _authors_of(frame: Frame, header: Header, zone: Sequence[int], at: int | None) -> None:
    """Authors named in the header, else after the body, else in so many words anywhere below the title."""
    filled = frame.filled
    after = [n for n in zone if at is None or n > at]
    before = [n for n in reversed(zone) if at is not None and n < at]
    places = set(zone)
    last = None
    for n in (*after, *before):
        if n not in frame.openers and n not in frame.dates:
            if len(frame.texts[n]) <= 60 and n > (at or 0) and _names.is_credit(frame.texts[n]):
                header.byline_lines.append(filled[n])
            continue
        byline = frame.byline(n)
        if byline.authors:
            if last is not None and n != last + 1:
                continue
            header.authors += [a for a in byline.authors if a not in header.authors]
            last = n
            if byline.rest <= REST and not _is_sentence(frame.texts[n]):
                header.byline_lines.append(filled[n])
        elif n + 1 in places and not header.authors and _names.is_opener(frame.texts[n]):
            following = _names.read("By " + frame.texts[n + 1], [], frame.site_names)
            if following.authors and following.rest <= REST:
                header.authors = list(following.authors)
                header.byline_lines += [filled[n], filled[n + 1]]
                last = n + 1
        elif byline.explicit and byline.credit and byline.rest <= REST // 2:
            header.byline_lines.append(filled[n])
    if not header.authors:
        _bare_author(frame, header, [*after, *before], places)
    folded = [name.casefold() for name in header.authors]
    for n in after if folded else ():
        line = frame.texts[n]
        if len(line) <= 80 and _has_any(line.casefold(), folded):
            byline = frame.byline(n)
            if byline.rest == 0 and byline.bare and set(byline.bare) <= set(header.authors):
                header.byline_lines.append(filled[n])
    _author_after(frame, header, places)
    if not header.authors:
        _author_anywhere(frame, header, (at or frame.head) + 1)
    if not header.authors:
        _first_byline(frame, header, at)


def _has_any(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def _first_byline(frame: Frame, header: Header, at: int | None) -> None:
    """The first byline of the page where the header could not be placed: the title is not a line of its own."""
    if at is not None and at > frame.head:
        return
    for n in sorted(frame.openers):
        if n <= frame.head or frame.label(n) in _OTHERS or not _BY.match(frame.texts[n]):
            continue
        byline = frame.byline(n)
        if byline.authors and byline.rest <= REST and " " in byline.authors[0] and not _is_sentence(frame.texts[n]):
            header.authors = list(byline.authors)
            return


_BY = re.compile(r"(?:by|written by|posted by|von|par|por|di|door|av|af|автор|作者)\b", re.IGNORECASE)


def _is_sentence(line: str) -> bool:
    return len(line) > 60 and line.rstrip()[-1:] in ".!?。！？…”"


def _bare_author(frame: Frame, header: Header, order: Sequence[int], places: set[int]) -> None:
    """A name that nothing introduces: beside a date or a reading time, or right below the title and again elsewhere."""

    def is_anchor(n: int) -> bool:
        return n in places and (n in frame.dates or _dates.is_month(frame.texts[n]) or _is_reading_time(frame.texts[n]))

    for rank, n in enumerate(order):
        line = frame.texts[n]
        if len(line) > 120 or n in frame.openers:
            continue
        beside = any(map(is_anchor, (n, n + 1, n - 1, n + 2)))
        if not beside and rank > 2:
            continue
        byline = frame.byline(n)
        if byline.credit and not byline.bare and beside and len(line) <= 40:
            # The author of a personal site is its rights holder as well.
            own = _names.read(line, [])
            byline = own if own.bare and _named_again(frame, n, own.bare[0]) else byline
            if byline is own:
                header.authors = list(own.bare)
                header.byline_lines.append(frame.filled[n])
                return
        if not byline.bare or byline.rest > 30 or line == header.title:
            continue
        name = byline.bare[0]
        if any((" " not in b and b.isascii()) or _names.fold(b) in frame.site_names for b in byline.bare):
            continue
        if not (n in frame.dates or name[0] < "\u2e80" or " " in name or _names.has_surname(name)):
            continue
        if _in_menu(frame, n, name) or not (beside or _named_again(frame, n, name)):
            continue
        header.authors = list(byline.bare[:6])
        header.byline_lines.append(frame.filled[n])
        return


def _is_reading_time(line: str) -> bool:
    return "min" in line.casefold() and _READING.search(line) is not None


_READING = re.compile(r"\d\s?-?\s?min(?:ute)?s?\b.{0,3}\bread|\bmin read\b|Min\. Lesezeit|min de lectur", re.IGNORECASE)


def _named_again(frame: Frame, n: int, name: str) -> bool:
    """Whether a name stands again after the line as that of a person: "About ...", "by ...", "... is a writer"."""
    text, at = frame.page.text, frame.page.starts[frame.filled[n]] + len(name)
    for _ in range(8 if " " in name else 0):
        at = text.find(name, at)
        if at < 0:
            return False
        if _ABOUT.search(text, max(0, at - 16), at) or _IS.match(text, at + len(name), at + len(name) + 120):
            return True
        at += len(name)
    return False


_ABOUT = re.compile(r"(?:\bby|\bvon|\bpar|\bpor|about|über|author|autor)\W{1,3}\Z", re.IGNORECASE)
_IS = re.compile(
    r",? (?:is|was|ist|est|es|è|é) (?:[\w,&’'-]+ ){1,9}?(?:writer|editor|journalist|author|blogger|manager|director|founder|ceo|consultant|reporter|"
    r"correspondent|professor|photographer|researcher|analyst|columnist|strategist|specialist|expert|marketer|engineer|developer|teacher|coach|"
    r"Autor|Autorin|Redakteur|Redakteurin|Journalist|Journalistin|Gründer|journaliste|rédacteur|auteur|periodista|redactora?|escritora?|giornalista|jornalista)\b"
    r"|(?: sagt| says?)\s*:?\n"
)


def _in_menu(frame: Frame, n: int, name: str) -> bool:
    """Whether a would-be name is an item of the menu: a line of its own before the header."""
    return any(frame.texts[m] == name for m in range(max(0, n - 200), n - 1))


def _author_after(frame: Frame, header: Header, places: set[int]) -> None:
    """A byline after the body ("Auteur : …", "… 기자 mail@…", a Vietnamese name alone)."""
    if not frame.prose:
        return
    end = _body_end(frame)
    for n in range(end + 1, min(len(frame.filled), end + 16)):
        line = frame.texts[n]
        if not 2 <= len(line) <= 100 or n in places:
            continue
        name = _names.vietnamese(line)
        if (name is None and n not in frame.openers) or frame.label(n) in _OTHERS:
            continue
        if name:
            header.authors = header.authors or [name]
            if name in header.authors:
                header.byline_lines.append(frame.filled[n])
            return
        byline = frame.byline(n)
        if byline.authors and byline.explicit and byline.rest <= 30 and not _is_sentence(line):
            header.authors = header.authors or list(byline.authors)
            if set(byline.authors) <= set(header.authors):
                header.byline_lines.append(frame.filled[n])
            return


def _body_end(frame: Frame) -> int:
    """The last paragraph that stands with the others: a lone one far below is a comment or a notice."""
    end = frame.prose[0]
    for n in frame.prose:
        if n - end > 12 and end != frame.prose[0]:
            break
        end = n
    return end


_STRONG = compile_caseless(
    r"(?:(?:article |post |story )?(?:written|posted|published|authored) by|authors?|autor(?:in)?|auteur|autore|autora|"
    r"(?:geschrieben|erstellt|eingestellt|verfasst|veröffentlicht) von|thread starter|about the author|über den autor|"
    r"über die autorin|article by|words by|penulis|yazar|автор|作者|tác giả)\b\s*[:：]?\s*"
)


def _author_anywhere(frame: Frame, header: Header, start: int) -> None:
    """The first line below the title that names an author in so many words. It may be content, so it is not cut."""
    for n in range(start, len(frame.filled)):
        line = frame.texts[n]
        if len(line) > 120:
            continue
        m = _STRONG.match(caseless(line))
        if m is None or frame.label(n) in _OTHERS:
            continue
        rest = line[m.end() :]
        if not rest and n + 1 < len(frame.filled):
            rest = frame.texts[n + 1]
        if len(rest) > 80 or _is_sentence(line):
            continue
        byline = _names.read("By " + rest, [], frame.site_names)
        names = [a for a in byline.authors if " " in a or m[0].strip() != "author"]
        if names and byline.rest <= 30:
            header.authors = names
            return


# ---- publisher -----------------------------------------------------------------------------------------------------

_FORMS = frozenset(
    ("co", "company", "ltd", "limited", "inc", "llc", "plc", "gmbh", "ag", "sa", "sl", "srl", "ltda", "bv", "corp",
     "corporation", "group")
)  # fmt: skip
_COMPANY = re.compile(
    r"[\s,]+(?:(?:information|media|publishing|news)\s+)?(?:co(?:mpany)?|ltd|limited|inc|llc|plc|gmbh|ag|s\.?a\.?|s\.?l\.?|s\.?r\.?l\.?|ltda|b\.?v\.?|corp(?:oration)?|group)\.?$",
    re.IGNORECASE,
)


def _publisher(frame: Frame, header: Header) -> str:
    """The name of the site, if two things speak for it: the line of rights, the host, a source, a second print."""
    votes: dict[str, int] = {}
    shown: dict[str, str] = {}

    def vote(name: str, weight: int) -> None:
        while (shorter := _without_form(name)) != name:
            name = shorter
        name = name.strip(" -–—·•,.")
        key = _names.fold(name)
        if 1 < len(name) <= 60 and (len(key) > 3 or not key.isascii()):
            shown.setdefault(key, name)
            votes[key] = votes.get(key, 0) + weight

    for holder in frame.holders:
        vote(holder, 1)
    lines = []
    for n in range(frame.head, min(frame.head + 5, len(frame.filled))):
        line = frame.texts[n]
        if len(line) <= LONGEST_TITLE and frame.filled[n] not in header.byline_lines:
            lines.append(line)
    bylines = [piece for i in header.byline_lines[:4] for piece in _items(frame.page.lines[i])]
    sources = [_SOURCE.match(piece) for piece in bylines]
    # Without a source only the host can speak for a piece of a line.
    sourced = any(sources)
    for line in lines:
        pieces = [p for p in _items(line) if p.strip()]
        for piece in pieces if len(pieces) < 2 else dict.fromkeys((pieces[0], pieces[-1])):
            if sourced or _in_host(piece, frame.host):
                vote(piece, 0)
    for piece, source in zip(bylines, sources, strict=True):
        if source:
            vote(source[1], 1)
        elif sourced or _in_host(piece, frame.host):
            vote(piece, 0)
    title = _names.fold(header.title)
    authors = {_names.fold(a) for a in header.authors}
    best, most = "", 1
    for key, name in shown.items():
        if key == title or key in authors:
            continue
        count = votes[key] + 2 * (key in frame.host or (key[:3] == "the" and key[3:] in frame.host))
        # The text is searched only where a second print would decide.
        count += count >= most and frame.page.text.count(name) > 1
        if count > most:
            best, most = name, count
    return best


def _in_host(name: str, host: str) -> bool:
    """Whether a host may hold a name, by the first word of it: a quick test."""
    word = _WORD.search(name)
    return word is not None and (word[0].casefold() in host or word[0][:3].casefold() == "the")


_WORD = re.compile(r"[^\W_]+")


def _without_form(name: str) -> str:
    """The name of a company without its legal form at the end."""
    words = name.replace(",", " ").rsplit(None, 1)
    if not words or words[-1].replace(".", "").casefold() not in _FORMS:
        return name
    return _COMPANY.sub("", name)


def _items(line: str) -> list[str]:
    """The items of a line that lists several."""
    if line.isascii() and line.isprintable() and not ("|" in line or " - " in line or "  " in line):
        return [line]
    return _MENU.split(line)


_SOURCE = re.compile(
    r"(?:source|from|quelle|fuente|fonte|source|источник|sumber|kaynak|nguồn|المصدر|来源|來源|稿源|출처)\s*[:：]\s*(.{2,60}?)(?:\s+(?:updated|published)\b.*)?$",
    re.IGNORECASE,
)
_MENU = re.compile(r"\s*[|｜»›]\s*|\s+[-–—·•]\s+|\s{2,}|\u3000")
