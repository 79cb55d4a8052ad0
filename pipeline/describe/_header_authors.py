"""Who is named as author."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipeline.describe import _dates, _names
from pipeline.describe._author_candidates import BARE, EXPLICIT, FOLLOWS, LOOSE, OWN_LINE, Candidate, candidates, facts
from pipeline.describe._frame import OTHERS, REST, Frame, Header
from pipeline.models.forest import load, probability


def find_authors(pages: Sequence[tuple[Frame, Header, Sequence[int], int | None]]) -> None:
    """Authors as a learned model picks them from all names that a page prints where authors are named. A page is its
    frame and header, the lines around its title and the position of the title.

    Rules go first: what they find is told to the model, and stands where the script has no capital letters and the
    model, which has seen few such pages, is not sure.
    """
    every, rows = [], []
    for frame, header, zone, at in pages:
        apply_rules(frame, header, zone, at)
        found, some = weigh(frame, header, at)
        every.append(found)
        rows += some
    scores = probability(load("authors").score(np.array(rows, np.float32))).tolist() if rows else []
    first = 0
    for (frame, header, zone, _), found in zip(pages, every, strict=True):
        if found:
            _choose(frame, header, zone, found, scores[first : first + len(found)])
        first += len(found)


def _choose(
    frame: Frame, header: Header, zone: Sequence[int], found: Sequence[Candidate], scores: Sequence[float]
) -> None:
    best = max(range(len(found)), key=lambda k: (scores[k], -k))
    if scores[best] < (LEAST_SITE if found[best].kind == LOOSE and found[best].is_site else LEAST):
        if header.authors and not any(name[0].lower() != name[0].upper() for name in header.authors):
            return
        header.authors = []
        return
    chosen = _together(found, scores, best)
    keys = {_names.fold(name) for name in header.authors}
    if {_names.fold(name) for name in found[best].names} <= keys:
        return  # the rules know a list of authors over several lines
    header.authors = list(dict.fromkeys(name for k in chosen for name in found[k].names))[:MOST]
    places = set(zone)
    for k in chosen:
        n, kind = found[k].at, found[k].kind
        line = frame.texts[n]
        if n in places and scores[k] >= SURE and found[k].rest <= REST // 2 and not _is_sentence(line):
            if kind in (EXPLICIT, FOLLOWS, BARE, OWN_LINE):
                header.byline_lines.append(frame.filled[n])
            if kind == FOLLOWS:
                header.byline_lines.append(frame.filled[n - 1])


# A name is told as that of an author above the first probability, its line is cut as a byline above the second.
LEAST, SURE = 0.2, 0.6
# The name of the site on a line of its own is mostly its publisher.
LEAST_SITE = 0.4
# The most authors of a page that are told.
MOST = 30


def weigh(frame: Frame, header: Header, at: int | None) -> tuple[list[Candidate], list[list[float]]]:
    """All that may be the authors, with one row of facts for each; `header` holds what the rules found."""
    found = candidates(frame, header, at)
    return found, facts(frame, header, at, found, header.authors) if found else []


def _together(found: Sequence[Candidate], scores: Sequence[float], best: int) -> list[int]:
    """The best candidate and those of its kind on the lines beside it: a list of authors, one to a line."""
    chosen = [best]
    keys = [_names.fold(name) for name in found[best].names]
    least = max(LEAST, scores[best] / 2)
    for step in (-1, 1):
        last, k = found[best].at, best + step
        while 0 <= k < len(found) and abs(found[k].at - last) <= 2:
            mine = [_names.fold(name) for name in found[k].names]
            new = not any(a in b or b in a for a in mine for b in keys)
            if found[k].kind == found[best].kind and scores[k] >= least and new:
                chosen.append(k)
                keys += mine
                last = found[k].at
            k += step
    return sorted(chosen)


def apply_rules(frame: Frame, header: Header, zone: Sequence[int], at: int | None) -> None:
    """Authors named in so many words in the header or after the body, or beside the date; and their lines."""
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


def _has_any(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


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
        if (name is None and n not in frame.openers) or frame.label(n) in OTHERS:
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
