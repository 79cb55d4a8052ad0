"""Who publishes the site."""

from __future__ import annotations

import re

from pipeline.describe import _names
from pipeline.describe._frame import (
    LONGEST_TITLE,
    Frame,
    Header,
)

_FORMS = frozenset(
    ("co", "company", "ltd", "limited", "inc", "llc", "plc", "gmbh", "ag", "sa", "sl", "srl", "ltda", "bv", "corp",
     "corporation", "group")
)  # fmt: skip
_COMPANY = re.compile(
    r"[\s,]+(?:(?:information|media|publishing|news)\s+)?(?:co(?:mpany)?|ltd|limited|inc|llc|plc|gmbh|ag|s\.?a\.?|s\.?l\.?|s\.?r\.?l\.?|ltda|b\.?v\.?|corp(?:oration)?|group)\.?$",
    re.IGNORECASE,
)


def find_publisher(frame: Frame, header: Header) -> str:
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
