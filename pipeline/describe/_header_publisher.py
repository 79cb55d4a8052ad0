"""Who publishes the site."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from pipeline.describe import _names
from pipeline.describe._frame import Frame, Header
from pipeline.describe._lines import LONGEST_TITLE, Line

_FORMS = frozenset(
    ("co", "company", "ltd", "limited", "inc", "llc", "plc", "gmbh", "ag", "sa", "sl", "srl", "ltda", "bv", "corp",
     "corporation", "group", "llp")
)  # fmt: skip
_COMPANY = re.compile(
    r"[\s,]+(?:(?:information|media|publishing|news)\s+)?(?:co(?:mpany)?|ltd|limited|inc|llc|plc|llp|gmbh|ag|s\.?a\.?|s\.?l\.?|s\.?r\.?l\.?|ltda|b\.?v\.?|corp(?:oration)?|group)\.?$",
    re.IGNORECASE,
)


def find_publisher(frame: Frame, header: Header) -> str:
    """The name of the site, if two things speak for it: the line of rights, the host, a source, a second print."""
    votes: dict[str, int] = {}
    shown: dict[str, str] = {}

    def vote(name: str, weight: int) -> None:
        name, key = _bare(name)
        if key:
            shown.setdefault(key, name)
            votes[key] = votes.get(key, 0) + weight

    holders = [name for line in frame.lines[-14:] if line.names_holder for name in line.ask(_holders)]
    for holder in holders:
        vote(holder, 2)
    for holder in frame.holders:
        vote(holder, 1)
    lines = [
        line.ask(_parts)
        for i, line in zip(
            frame.filled[frame.head : frame.head + 5], frame.lines[frame.head : frame.head + 5], strict=True
        )
        if i not in header.byline_lines
    ]
    bylines = [piece for i in header.byline_lines[:4] for piece in _items(frame.page.lines[i])]
    sources = [_SOURCE.match(piece) for piece in bylines]
    for first, _ in lines:
        if first:
            # A menu that begins with the name of the site, which its owner may share.
            shared = any(len(w) > 3 and w in holder for holder in holders for w in first.split())
            vote(first, 3 if shared else 1)
    # Without a source only the host can speak for a piece of a line.
    sourced = any(sources)
    for _, pieces in lines:
        for piece in pieces:
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
    return _capitalised(frame.page.text, best)


# Words that stand for the front page in a menu.
_HOME = frozenset(
    ("home", "start", "startseite", "accueil", "inicio", "início", "главная", "головна", "beranda", "anasayfa",
     "ホーム", "首页", "首頁", "홈", "الرئيسية", "होम", "หน้าแรก", "trang chủ", "ana sayfa")
)  # fmt: skip
_RIGHTS_LINE = re.compile(
    r"(?:©|ⓒ|\(c\)|copyright|版权所有|版權所有|著作権|저작권자?|สงวนลิขสิทธิ์|कॉपीराइट|جميع الحقوق محفوظة|تمامی حقوق|کلیه حقوق)"
    r"(?:\s*(?:©|ⓒ|\(c\)|copyright|by|لـ?(?=\w)|برای|[:：|]))*\s*(?:(?:19|20|25)\d\d\s*(?:[-–—]\s*(?:\d{4})?)?年?[\s,.]*)?"
    r"([^.|;:।。\n\u3000©ⓒ()，,]{2,60})",
    re.IGNORECASE,
)
_AFTER_HOLDER = re.compile(
    r"\s*(?:\b(?:19|20|25)\d\d\b|\s[-–—]\s|\ball rights\b|\balle rechte\b|\btous droits\b|\btodos (?:los|os)\b|\btutti i\b|\bвсе права\b|\btüm hak|محفوظ|[«»“”\"].*?$|보유|무단|모든 권리|保留|无断|無断|ICP|备|備).*$",
    re.IGNORECASE | re.DOTALL,
)
_KIND = re.compile(r"^(?:сетевое издание|газета|the website|le site)\s+|\s+(?:verlags?|verlagsgesellschaft|प्रकाशन|(?:&|and|und) co\.?(?: kg)?|kg)$", re.IGNORECASE)  # fmt: skip


def _holders(line: Line) -> tuple[str, ...]:
    """Who holds the rights, if a line at the end of a page says so; no sentence, no person's licence."""
    m = _RIGHTS_LINE.search(line.text[:400])
    if m is None:
        return ()
    name = m[1].strip()
    if (quoted := _QUOTED.search(line.text, m.start(1))) and quoted.start() < m.end(1) + 2:
        name = quoted[1]
    name = _AFTER_HOLDER.sub("", name).strip(" -–—·•,'’&")
    shorter = ""
    while shorter != name:
        shorter, name = name, _KIND.sub("", _without_form(name)).strip(" ,&")
    words = name.split()
    is_name = 0 < len(words) <= 6 and (words[0][0].isupper() or not words[0][0].isascii())
    return (name,) if is_name and not _NOBODY.search(name) else ()


def _parts(line: Line) -> tuple[str, Collection[str]]:
    """The first item of a line that lists many, if that may be the name of the site, else ""; and the items at the ends
    of the line, or the line itself."""
    if len(line.text) > LONGEST_TITLE:
        return "", ()
    pieces = [p for p in _items(line.text) if p.strip()]
    first = pieces[0].strip() if len(pieces) > 3 and "›" not in line.text else ""
    if first.casefold() in _HOME or not (" " in first or (len(first) > 3 and not first.isascii())):
        first = ""
    return first, dict.fromkeys((*pieces[:1], *pieces[-1:]))


@lru_cache(maxsize=1 << 12)
def _bare(name: str) -> tuple[str, str]:
    """A name without its legal form, and its key; the key is "" where the name is too short or too long to vote for."""
    while (shorter := _without_form(name)) != name:
        name = shorter
    name = name.strip(" -–—·•,.")
    key = _names.fold(name)
    return name, key if 1 < len(name) <= 60 and (len(key) > 3 or not key.isascii()) else ""


_NOBODY = re.compile(
    r"riservat|reserved|vorbehalten|reservad|notice|policy|copyright|protected|content|this |\u00c3|\ufffd",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[«“„\"]([^«»“”\"]{2,50})[»”“\"]")


def _capitalised(text: str, name: str) -> str:
    """The name as prose prints it, where the header prints it in small letters alone."""
    if not name.islower():
        return name
    m = re.search(rf"\b{re.escape(name)}\b", text[:200_000].replace(name, " " * len(name)), re.IGNORECASE)
    return m[0] if m and not m[0].isupper() else name


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
    r"(?:source|from|quelle|fuente|fonte|source|источник|sumber|kaynak|nguồn|المصدر|来源|來源|稿源|출처)\s*[:：]\s*(.{2,60}?)(?:(?:\s+(?:updated|published)\b|\s*[?？\u3000]?\s*(?:作者|记者|記者|编辑|發布|发布|责任编辑)).*)?$",
    re.IGNORECASE,
)
_MENU = re.compile(r"\s*[|｜»›]\s*|\s+[-–—·•]\s+|\s{2,}|\u3000")
