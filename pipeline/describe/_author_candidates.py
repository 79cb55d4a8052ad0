"""Who may be the author: the names that a page prints where authors are named, each with the facts that tell.

A candidate is a group of names that stand together in one line: behind a word that introduces an author, beside a date
or the title, on a line of its own, in a box about the author, in the line of rights. The facts are numbers that do not
depend on the language of the page: places, distances, forms, repetitions, and the kinds of the lines around it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.describe import _names
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._frame import OTHERS, Frame, Header, split_url
from pipeline.describe._given_names import is_given
from pipeline.describe._lines import Line

# How a group came to be a candidate.
EXPLICIT, FOLLOWS, INLINE, BARE, OWN_LINE, LEADING, LOOSE, ABOUT, RIGHTS = range(9)
# How many lines of a kind are looked at, and how many candidates are weighed at most.
_OPENERS, _DATED, _OWN, _MOST = 12, 8, 8, 30

# What the lines beside a name are about: the first letters of a word that tells, and the bit of the mask of `_cues`.
_CUE_WORDS = {
    "role": "writer editor author autor redakt rédact journa report corres contri blogge column founde ceo direct profes expert analys manage escrit jornal giorna forfat "
    "skribe toimit dzienn автор журнал коррес редакт muhabi yazar wartaw penuli संवादद كاتب consul specia geschä leiter gründe coach 记者 記者 기자 staff freela senior chief chef",
    "forum": "posts posts: joined join member mitgli regist beiträ messag reputa asked answer badges badge offlin newbie public edited starte themen poster profil karma #1 guest thread op",
    "says": "says says: sagt sagt: reply antwor respon répond dit wrote schrie ответи said commen kommen",
    "more": "all view see alle alles weiter tous tutti todos follow biogra biogra bio about über websit más mehr",
    "share": "share teilen tweet facebo print compar partag listen save copy whatsa twitte email pinter linked",
    "time": "min minute minuti mins readin lesez lesed ago read lectur leitur update publis posted public veröff aktual publié geände",
    "photo": "photo photog foto fotos image images credit getty bild captio courte video",
    "related": "next previo relate more popula recent latest weiter ähnlic tags tag categor subscr newsle leave",
}  # fmt: skip
_BIT: dict[str, int] = {}
for _k, _row in enumerate(_CUE_WORDS.values()):
    for _word in _row.split():
        _BIT[_word[:6]] = _BIT.get(_word[:6], 0) | 1 << _k
_CUES = tuple(_CUE_WORDS)

FEATURES = (
    "kind", "strength", "given", "given_any", "rest", "names", "credit", "is_site", "in_host", "in_path", "in_head", "rule",
    "from_title", "from_echo", "echoes", "lower_seen", "forum", "slug_words", "from_prose", "to_prose", "from_body", "prose_before", "prose_after", "place",
    "from_date_before", "to_date_after", "date_in_line", "dates_in_page", "length", "words", "letters", "lower", "han", "digits", "joined_case",
    "times", "lines_same", "first_place", "last_place", "order", "of_kind", "explicit_in_page", "bio", "in_menu",
    "before_length", "after_length", "before_words", "after_words",
    "before_role", "before_forum", "before_more", "before_related", "after_role", "after_forum", "after_says", "after_more", "after_time",
    "after2_role", "after2_forum", "after2_share", "after2_related",
)  # fmt: skip
_ROLE, _FORUM_CUE, _SAYS, _MORE, _SHARE, _TIME, _RELATED = (1 << _CUES.index(cue) for cue in ("role", "forum", "says", "more", "share", "time", "related"))  # fmt: skip


class Candidate(NamedTuple):
    """A group of names, where it stands, and what speaks for it."""

    at: int
    """Position of its line among the filled lines."""
    names: tuple[str, ...]
    kind: int
    rest: int
    """Code points of the line that are neither name, date, label nor widget."""
    credit: bool
    is_site: bool
    strength: int
    """How clearly a word says that an author follows: 0 not at all, 3 in so many words."""


_STRONG = compile_caseless(
    r"(?:(?:article |post |story |guest post )?(?:written|posted|published|authored) by|authors?\b|autor(?:in|es|a)?\b|auteure?s?\b|autore\b|thread starter|themenstarter|"
    r"(?:geschrieben|erstellt|eingestellt|verfasst|veröffentlicht) von|(?:escrito|publicado|postado) por|(?:écrit|publié|rédigé) par|"
    r"penulis|yazar|автор|作者|撰文|记者|記者|文|글|tác giả|ผู้เขียน|लेखक|المؤلف|بقلم|نویسنده|מאת)"
)
_BY = compile_caseless(r"(?:by|von|par|por|di|door|av|af|przez|oleh|текст|text|bởi|โดย|كتب)\b")
_ABOUT = re.compile(
    r"(?:About(?: the [Aa]uthor| [Mm]e)?|Über(?: de[nr] Autor| die Autorin)?|Zur Person|Acerca de|Sobre(?: [oae]l? autora?)?|À propos de(?: l['’]auteure?)?|Chi è|"
    r"Over|Om|O autor(?:ze|ce|e)|Об авторе|Meet)(?:\s*:|(?=\s)|\Z)\s*-?\s*"
)
_ABOUT_STARTS = (
    "About",
    "Über",
    "Zur Pe",
    "Acerca",
    "Sobre",
    "À prop",
    "Chi è",
    "Over",
    "Meet",
    "Om ",
    "O auto",
    "Об ав",
)
# A name that opens a paragraph as its subject: a note on who wrote the page.
_BIO = re.compile(
    r"(?:Dr\.? |Prof\.? )?((?:[A-ZÀ-ÞČŠŽŁŚ][\w.’'-]+)(?: (?:[A-Z]\.|v[ao]n|de[rnl]?|da|di|la|le|bin|al|[A-ZÀ-ÞČŠŽŁŚ][\w.’'-]+)){1,3}),?(?: \([^()]{1,30}\))? "
    r"(?:is|was|has|ist|arbeitet|schreibt|studierte|est|es|è|é|är|er|jest|writes|works|lives|covers|joined|holds|founded|has)\b"
)
_IM = re.compile(
    r"(?:(?:Hello|Hi|Hey|Hallo|Hola|Bonjour|Ciao)\b.{0,20}?)?\b(?:I[’']?m|I am|[Mm]y name is|[Ii]ch bin|[Mm]ein Name ist|[Jj]e suis|[Jj]e m[’']appelle|[Mm]e llamo|[Ss]oy|[Mm]i chiamo|[Ss]ono) "
    r"((?:[A-ZÀ-Þ][\w.’'-]+)(?: [A-ZÀ-Þ][\w.’'-]+){0,2})"
)
_PLAIN = re.compile(
    r"(?:Dr\. |Prof\. )?[A-ZÀ-ÞĀ-ŽА-ЯЁΑ-Ω][\w.’'-]*(?: (?:[A-Z]\.|v[ao]n|de[rnl]?|da|di|la|le|bin|al|[A-ZÀ-ÞĀ-ŽА-ЯЁΑ-Ω][\w’'-]+)){1,3},?"
)
_INLINE = re.compile(
    r"(?:(?<![^\W_])(?:[Bb]y|BY|von|par|[Pp]or|door|av|af|przez|oleh|di|Von|Par|started by|с?от)|(?<=[a-z\d])by(?=[A-Z]))(?=[ :A-Z])[: ]{0,2}"
    r"(@?[^\W\d_][\w.\-’']+(?: (?:[A-Z]\.|[^\W\d_][\w.\-’']*)){0,3})"
)
_FIRST_PIECE = re.compile(
    r"[^|•·–—(,]{3,48}?(?= [-|•·–—(]|[,|•·–—(]| [a-zà-ÿ]|\Z| (?:Founder|Editor|Senior|Staff|Lead|CEO|Chief|Writer|Contributor|Redakt))"
)
_TOKEN = re.compile(r"@?[^\W\d_][\w.\-]{2,23}")
_EDGES = ' ,;:|·•-–—/()[]"“”*'
_TIMES = re.compile(
    r"\b(?:\d{1,2}[:.]\d\d\s?(?:[ap]\.?m\.?|uhr)?|#?\d+|(?:vor|hace|il y a|há) (?:\w+ )?\w+ \w+|(?:an? |\d+ )?\w+ ago|um|on|at|am|le|el|em|by|via|GMT|IST|EST|EDT|AM|PM|Uhr)\b\.?|[+#:&]",
    re.IGNORECASE,
)


def _cues(line: Line) -> int:
    """The cues of a line as a mask; long lines are prose and give none."""
    mask = 0
    if len(line.text) <= 120:
        for word in line.text.lower().split()[:10]:
            mask |= _BIT.get(word[:6], 0)
    return mask


def candidates(frame: Frame, header: Header, at: int | None) -> list[Candidate]:
    """All groups of names that may be the authors of a page, in reading order."""
    texts, dates = frame.texts, frame.dates
    count = len(texts)
    top = at if at is not None else frame.head
    out: list[Candidate] = []
    seen: set[int] = set()

    body = frame.body(frame.head)
    near = {*range(max(frame.head, top - 3), min(count, top + 9))}
    frame.page.memo["echoes"] = echoes = _echoes(frame, header)
    for n in echoes[-3:]:
        near |= {*range(max(frame.head, n - 2), min(count, n + 7))}
    near |= {*range(max(frame.head, body - 5), min(count, body + 1))}
    opening = _nearest(sorted(frame.openers), top, _OPENERS)
    dated = _nearest(list(dates), top, _DATED)
    for n in sorted({*opening, *dated, *near}):
        if n == at or frame.label(n) in OTHERS:
            continue
        seen.add(n)
        if n in frame.openers or n in dates:
            out += _of_byline(frame, n)
        elif group := frame.lines[n].ask(_alone):
            out.append(_placed(frame, n, group))
    for n in [m + step for m in dated for step in (-2, -1, 1, 2) if frame.head <= m + step < count]:
        if n not in seen and frame.label(n) not in OTHERS:
            seen.add(n)
            if group := frame.lines[n].ask(_alone if abs(n - top) < 60 else _alone_far):
                out.append(_placed(frame, n, group))
    # A signature, a box about the author: names on lines of their own after the first paragraph.
    first = frame.prose[0] if frame.prose else 0
    got = 0
    signed = [n for n, line in enumerate(frame.lines[first + 1 :], first + 1) if line.is_signature]
    for n in signed:
        if texts[n].startswith(_ABOUT_STARTS):
            out += _of_about(frame, n)
    for n in signed:
        if n not in seen and (group := frame.lines[n].ask(_signature)):
            out.append(_placed(frame, n, group))
            got += 1
            if got == _OWN:
                break
    for n in frame.prose[-12:]:
        name, said = frame.lines[n].ask(_subject)
        if name and (not said or len(texts[n]) < 400 or n == frame.prose[-1]):
            out.append(Candidate(n, (name,), ABOUT, 0, False, False, 1))
    for holder in frame.holders[:2]:
        if (name := _person(holder)) and is_given(name.split()[0]):
            out.append(Candidate(count - 1, (name,), RIGHTS, 0, False, False, 0))
    if any(name.count(" ") > 1 for c in out for name in c.names):
        lines = frozenset(texts)
        out = [c._replace(names=tuple(_shorten(frame.page.text, name, lines) for name in c.names)) for c in out]
    out.sort(key=lambda c: c.at)
    if len(out) > _MOST:
        far = sorted(range(len(out)), key=lambda k: (out[k].kind > FOLLOWS, abs(out[k].at - top), k))
        out = [out[k] for k in sorted(far[:_MOST])]
    return out


def _nearest(places: Sequence[int], top: int, most: int) -> list[int]:
    """The places nearest to the title, those below it first."""
    if len(places) <= most:
        return list(places)
    k = bisect_left(places, top)
    below = places[k : k + most * 2 // 3]
    return list(below) + list(places[max(0, k - (most - len(below))) : k])


def _shorten(text: str, name: str, lines: frozenset[str]) -> str:
    """A name of three words or more without what a line puts behind it: a section that stands alone elsewhere, or all
    after the second word where the first two are printed more often."""
    if name.count(" ") < 2:
        return name
    words = name.split()
    while len(words) > 2 and (words[-1] in lines or _names.is_tail(words[-1])):
        words.pop()
    size = 3 if words[1].lower() in _names.PARTICLES or len(words[1].strip(".")) == 1 else 2
    short = " ".join(words[:size])
    if size < len(words) and (text.count(short) > text.count(name) or _names.is_tail(words[size])):
        return short
    return " ".join(words)


def _person(text: str) -> str:
    """The name that a text consists of, else ""."""
    names, left = _names.people(text.strip(_EDGES))
    return names[0] if len(names) == 1 and left == 0 else ""


def _of_byline(frame: Frame, n: int) -> list[Candidate]:
    """Groups in a line with a date or a word that introduces an author."""
    line = frame.texts[n]
    byline = frame.byline(n)
    small = caseless(line[:60]).lstrip(" |·•-–—[(")
    strength = 3 if _STRONG.match(small) else 2 if _BY.match(small) else 1 if n in frame.openers else 0
    out = []
    if byline.authors:
        out.append(Candidate(n, byline.authors, EXPLICIT, byline.rest, byline.credit, False, strength))
    elif byline.sites:
        out.append(Candidate(n, byline.sites, EXPLICIT, byline.rest, byline.credit, True, strength))
    elif n in frame.openers and n + 1 < len(frame.texts) and len(line) <= 40 and _names.is_opener(line):
        following = frame.texts[n + 1]
        if len(following) <= 120:
            got = _names.read("By " + following, (), ())
            names = got.authors or tuple(filter(None, [_trim(following, 1)]))
            if names:
                out.append(Candidate(n + 1, names, FOLLOWS, got.rest, got.credit, False, strength))
    if byline.bare:
        out.append(Candidate(n, byline.bare, BARE, byline.rest, byline.credit, False, 0))
    if out or len(line) > 160 or (len(line) > 40 and n not in frame.dates and frame.lines[n].sentence):
        return out
    text = line
    for found in reversed(frame.dates.get(n, ())):
        text = text[: found.start] + " | " + text[found.end :]
    for m in _INLINE.finditer(text):
        if name := _trim(m[1], 1):
            return [Candidate(n, (name,), INLINE, len(text) - len(m[0]), byline.credit, False, strength)]
    if n in frame.dates:
        text = next(filter(None, (" ".join(_TIMES.sub(" ", t).split()).strip(_EDGES) for t in text.split("|"))), "")
        if name := _loose(text, 4):
            own = _names.fold(name) in frame.site_names
            return [Candidate(n, (name,), LOOSE, 0, byline.credit, own, 0)]
        if name := _trim(text, 2):
            return [Candidate(n, (name,), LEADING, len(text) - len(name), byline.credit, False, 0)]
    return out


class _Group(NamedTuple):
    """Names that a line of its own consists of; see `Candidate`."""

    names: tuple[str, ...]
    kind: int
    rest: int
    is_loose: bool = False
    """Whether it may as well be the name of the site."""


def _alone(line: Line) -> _Group | None:
    """The group in a line near the title: also a handle, a first name, a name before a function."""
    return _group(line, 2)


def _alone_far(line: Line) -> _Group | None:
    """The same beside a date far from the title."""
    return _group(line, 1)


def _placed(frame: Frame, n: int, group: _Group) -> Candidate:
    is_site = group.is_loose and _names.fold(group.names[0]) in frame.site_names
    return Candidate(n, group.names, group.kind, group.rest, False, is_site, 0)


def _group(line: Line, loose: int) -> _Group | None:
    text = line.text
    if not 2 <= len(text) <= 100 or (line.sentence and len(text) > 50):
        return None
    names, left = _names.people(text) if _may_be_names(text) else ([], 0)
    if names:
        return _Group(tuple(names), OWN_LINE, left) if left <= 60 else None
    if not loose:
        return None
    if loose > 1 and text[0] >= "\u0530" and text[0] < "\u2e80" and text[0].lower() == text[0].upper():
        # A script without capitals: a name, and perhaps where it was written.
        name = text.replace("،", ",").partition(",")[0].strip(_EDGES)
        if 2 <= name.count(" ") + 1 <= 4 and len(name) <= 32 and not _names.is_common(name):
            return _Group((name,), LOOSE, len(text) - len(name))
        return None
    if name := _loose(text.strip(_EDGES), loose):
        return _Group((name,), LOOSE, 0, True)
    if loose > 1 and " " in text and (m := _INLINE.search(text)) and (name := _trim(m[1], 1)):
        return _Group((name,), INLINE, len(text) - len(m[0]))
    if loose > 1 and (m := _FIRST_PIECE.match(text)) and (name := _trim(m[0].strip(_EDGES), 2)):
        return _Group((name,), LEADING, len(text) - len(name))
    return None


def _signature(line: Line) -> _Group | None:
    """The group in a line anywhere: a given name and another, and nothing else."""
    text = line.text
    if 1 < line.words < 5 and len(text) <= 40 and is_given(text.partition(" ")[0]) and _PLAIN.fullmatch(text):
        return _group(line, 0)
    return None


def _subject(line: Line) -> tuple[str, bool]:
    """The name that opens a paragraph as its subject, "" if none does, and whether it speaks in the first person."""
    m = _BIO.match(line.text)
    said = m is None
    m = m or _IM.match(line.text)
    return _person(m[1]) if m else "", said


def _may_be_names(line: str) -> bool:
    """Whether a line may hold nothing but names: a quick test before it is taken apart."""
    words = line.split()
    if words[0][0].isascii() and not words[0][0].isupper() and words[0] not in _names.PARTICLES:
        return False
    if len(words) < 2:
        return line[0] >= "\u0250"
    if words[0].lower() in _names.PROSE or words[1].lower() in _names.PROSE:
        return False
    small = sum([w[0].islower() for w in words])
    return small <= 1 + line.count(",") + len(words) // 4


def _trim(text: str, least: int) -> str:
    """The name that a text begins with, of `least` to three words or so; "" if there is none."""
    words: list[str] = []
    for word in text.split()[:6]:
        plain = word.strip(_EDGES)
        small = plain.lower()
        if small in _names.PARTICLES:
            words.append(word)
        elif (
            not plain[:1].isupper()
            or small in _names.PROSE
            or _names.is_tail(small)
            or (words and _names.is_role(small))
        ):
            break
        else:
            words.append(word)
            if word[-1] in ",;:|":
                break
    else:
        words = (
            words[: 3 if len(words[1]) < 3 or words[1].lower() in _names.PARTICLES else 2] if len(words) > 3 else words
        )
    if not words and least == 1 and _TOKEN.fullmatch(text):
        words = [text]
    while words and words[-1].lower() in _names.PARTICLES:
        words.pop()
    if len(words) > 3 and words[1].lower() not in _names.PARTICLES and len(words[1]) > 2:
        words = words[:2]
    name = " ".join(words).strip(_EDGES)
    if len(words) < least or not 2 < len(name) <= 40 or _names.is_common(name):
        return ""
    return name


def _of_about(frame: Frame, n: int) -> list[Candidate]:
    """The name behind "About", or on the line after "About the author"."""
    line = frame.texts[n]
    m = _ABOUT.match(line)
    if m is None or len(line) > 300:
        return []
    rest = line[m.end() :]
    name = ""
    if not rest and n + 1 < len(frame.texts):
        following = frame.texts[n + 1]
        bio = _BIO.match(following) or _IM.match(following)
        name = _person(bio[1]) if bio else _trim(following, 1) if len(following) <= 60 else ""
    elif rest:
        bio = _BIO.match(rest) or _IM.match(rest)
        name = _person(bio[1]) if bio else _trim(rest, 1) if len(rest) <= 40 else ""
    return [Candidate(n, (name,), ABOUT, 0, False, False, 2)] if name else []


def _loose(text: str, most: int) -> str:
    """A text that may be a handle, a first name or a name of unusual form, else ""."""
    words = text.split()
    if not 0 < len(words) <= most or len(text) > 40:
        return ""
    if len(words) == 1:
        if not _TOKEN.fullmatch(text):
            return ""
    elif not (words[0][:1].isupper() and words[-1][:1].isupper() and text.replace(" ", "").replace("-", "").isalnum()):
        return ""
    return "" if _names.is_common(text) else text.lstrip("@")


def facts(
    frame: Frame, header: Header, at: int | None, found: Sequence[Candidate], ruled: Sequence[str]
) -> list[list[float]]:
    """One row of `FEATURES` per candidate. `ruled` are the names that the rules alone would give."""
    page, texts = frame.page, frame.texts
    text, count = page.text, len(texts)
    size = max(1, len(text))
    prose, dates = frame.prose, list(frame.dates)
    body = frame.body(frame.head)
    top = at if at is not None else -1
    host, path = frame.host, _names.fold(split_url(page.url)[1])
    head = texts[frame.head].casefold()
    start = page.starts[frame.filled[body]] if body < count else 0
    sample = text[start : start + 6000]
    echoes: list[int] = page.memo["echoes"]
    url = (page.url or "").casefold()
    forum = any(map(url.__contains__, _FORUM))
    slug = min(9, max(map(_hyphens, url.split("/")[3:]), default=0))
    rules = {name.casefold() for name in ruled}
    keys = [_names.fold(c.names[0]) for c in found]
    explicit = sum(c.kind <= FOLLOWS for c in found)
    seen: dict[int, int] = {}
    noted = {key for c, key in zip(found, keys, strict=True) if c.kind == ABOUT}
    lines = frame.lines

    def cue(n: int) -> int:
        return lines[n].ask(_cues) if 0 <= n < count else 0

    site_names = frame.site_names
    rows: list[list[float]] = []
    for k, (c, key) in enumerate(zip(found, keys, strict=True)):
        n, name = c.at, c.names[0]
        line = texts[n]
        parts = name.split()
        p = bisect_left(prose, n)
        q = bisect_left(dates, n)
        here = n in frame.dates
        times = text.count(name)
        first = text.find(name) if times else -1
        last = text.rfind(name) if times > 1 else first
        seen[c.kind] = seen.get(c.kind, 0) + 1
        before, after, after2 = cue(n - 1), cue(n + 1), cue(n + 2)
        before_line = texts[n - 1] if n else ""
        after_line = texts[n + 1] if n + 1 < count else ""
        letters = len(key)
        mark = name[:1]
        rows.append([
            c.kind, c.strength, is_given(parts[0]), sum(map(is_given, parts)), c.rest, len(c.names), c.credit, c.is_site or key in site_names,
            letters > 3 and key in host, letters > 3 and key in path, name.casefold() in head, name.casefold() in rules,
            n - top if top >= 0 else -99, min([abs(n - m) for m in echoes]) if echoes else 999, len(echoes),
            sum([f" {w.lower()} " in sample for w in parts]), forum, slug, n - prose[p - 1] if p else -1, prose[p] - n if p < len(prose) else -1,
            n - body, p, len(prose) - p, n / count,
            n - dates[q - 1] if q else 99, dates[q + here] - n if q + here < len(dates) else 99, here, len(dates),
            len(line), len(parts), letters, name.islower(), mark >= "\u2e80", _DIGIT.search(name) is not None, _CAMEL.search(name) is not None,
            times, keys.count(key), first / size, last / size, k, seen[c.kind], explicit, c.kind != ABOUT and key in noted, texts.index(line) < n,
            len(before_line), len(after_line), before_line.count(" "), after_line.count(" "),
            before & _ROLE, before & _FORUM_CUE, before & _MORE, before & _RELATED,
            after & _ROLE, after & _FORUM_CUE, after & _SAYS, after & _MORE, after & _TIME,
            after2 & _ROLE, after2 & _FORUM_CUE, after2 & _SHARE, after2 & _RELATED,
        ])  # fmt: skip
    return rows


_DIGIT = re.compile(r"\d")
_CAMEL = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
# What addresses of threads and questions have in them.
_FORUM = ("forum", "thread", "topic", "community", "/t/", "/questions/", "/comments/", "discuss", "board", "/r/")


def _hyphens(part: str) -> int:
    """How many joints of words a part of a URL has."""
    return part.count("-") + part.count("_")


def _echoes(frame: Frame, header: Header) -> list[int]:
    """Lines that print the title, and those that the first line of the page repeats."""
    head, title, first = frame.texts[frame.head], header.title, frame.head
    size = len(head)
    return [
        n
        for n, line in enumerate(frame.texts)
        if line == title or (12 <= len(line) <= size and n > first and line in head)
    ][:8]
