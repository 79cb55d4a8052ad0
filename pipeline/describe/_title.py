"""Which text is the title: what may be it, and the facts by which a model weighs each.

A candidate is a piece of the first line (the `<title>` of a flattened page), cut at the marks that stand between a title
and the name of the site, or a short line near the body, a byline or a date, or one made of words of the first line or of
the URL. A piece that stands again as a line of its own is one candidate. The model is a forest of boosted trees, trained
by tests/bench/train/title.py on pages with a known title; of the words of languages it knows only those of menus.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from pipeline.clean._vocabulary import keys
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._frame import LONGEST_TITLE, SEPARATOR, Frame, split_url, words_of
from pipeline.models.forest import load
from pipeline.step import Page

# Facts of a candidate, then those of the page and of the candidate beside the others.
OWN = (
    # Its place in the first line.
    "piece", "cuts_left", "cuts_right", "mark_left", "mark_right", "mark_inside", "share", "words_left", "words_right",
    "again_right",
    # Its line, and what stands around it.
    "line", "equal", "to_body", "to_prose", "to_anchor", "from_anchor", "anchor", "dated", "from_head", "isolated",
    "next_words", "before_words", "short_before", "short_after", "after_crumb", "in_crumb", "crumb", "close",
    "after_menu", "menus_above", "menus_below", "free_above", "free_below",
    # Its text.
    "words", "size", "end", "separators", "topical", "menu", "capitals",
    # What it shares with the first line and with the URL.
    "echo", "in_head", "of_core", "starts_echo", "in_slug", "of_slug",
    # What it shares with other candidates, at its end and at its start.
    "ends", "ends_line", "starts", "end_of",
)  # fmt: skip
BESIDE = (
    "cuts", "head_words", "core_words", "slug_words", "body_at", "line_echoes", "candidates", "best_echo", "best_slug",
    "less_slug", "less_core", "longer_echo", "order",
)  # fmt: skip
FEATURES = OWN + BESIDE
_PLACE = {name: k for k, name in enumerate(OWN)}
_LINE, _ECHO, _CORE, _SLUG = map(OWN.index, ("line", "echo", "of_core", "of_slug"))
_NO_PIECE = (0.0,) * OWN.index("line")


@dataclass(slots=True)
class Candidate:
    """A text that may be the title."""

    at: int
    """Position of its line among the filled lines: the first line for a piece that no other line repeats."""
    text: str
    is_line: bool
    """Whether it is a whole line, or only a piece of the first one."""
    facts: tuple[float, ...]
    """One number per name in `OWN`."""
    score: float = 0.0
    """How much speaks for it, in log odds."""

    def fact(self, name: str) -> float:
        """One fact by its name."""
        return self.facts[_PLACE[name]]


_WORD = re.compile(r"\w+")
_SEPARATORS = re.compile(r"[|｜>›»/→·•]|\s{2,}|\u3000")
_CRUMB = re.compile(r"[>›＞→]\s*\S|\s»\s*\S|\s/\s")
_HOME = compile_caseless(
    r"\W*(?:home|startseite|accueil|inicio|início|главная|beranda|trang chủ|首页|首頁|홈)\b(?=\s\S)"
)
_HOMES = frozenset(["home", "star", "accu", "inic", "bera"])
# A colon may stand between a kicker and the title, or within a title: its pieces are candidates too.
_COLON = re.compile(r":[ \u00a0]+(?=\S)|：(?=\S)")
# How far down lines are looked at, how many lines and pieces are weighed, and what is as far as can be.
_REACH, _LINES, _PIECES, _FAR = 1500, 20, 12, 40
# How many lines above the body are looked at as a header.
_ABOVE = 12


_ENDS = dict.fromkeys(".。।", 1.0) | dict.fromkeys(":：,،、;", 2.0) | dict.fromkeys("?!？！؟", 3.0)

Span = tuple[int, int]


def weigh(frame: Frame) -> list[Candidate]:
    """All that may be the title of a page, with their scores, the best first."""
    found, rows = table(frame)
    if found:
        for candidate, score in zip(found, load("title").score(rows).tolist(), strict=True):
            candidate.score = score
        found.sort(key=lambda candidate: -candidate.score)
    return found


def table(frame: Frame) -> tuple[list[Candidate], NDArray[np.float32]]:
    """All that may be the title of a page, and what the model is to see of each: a row of `FEATURES`."""
    first, texts, prose = frame.head, frame.texts, frame.prose
    head = texts[first]
    if len(head) > LONGEST_TITLE or (prose and prose[0] == first and frame.page.sentence[frame.filled[first]]):
        head = ""
    cuts = sorted([m.span() for m in SEPARATOR.finditer(head)] + [m.span() for m in _COLON.finditer(head)])
    if len(cuts) > 5:
        cuts = cuts[:2] + cuts[-3:]
    pieces = _pieces(head, cuts)
    whole = (0, len(cuts) + 1)
    core = max((key for key, (i, j) in pieces.items() if j - i == 1), key=len, default="")
    slug = _slug(frame.page.url)
    head_words = words_of(head)
    head_key, head_tokens = f" {' '.join(head_words)} ", set(_tokens(head_words))
    core_tokens = set(_tokens(core.split()))
    body = frame.body(first + 1) if prose else _first_sentence(frame)
    near = _near(frame, body)
    menus, free = _header(frame, body)
    lines = _lines(frame, pieces, near, body, head, slug | head_tokens, len(slug) > 2)

    # A title is made of the words of the first paragraphs, a menu is not.
    below = "\n".join([texts[n][:800] for n in prose[bisect_left(prose, body) :][:3]]).casefold()
    every = [*pieces, *(key for key in lines if key not in pieces)]
    flat = [key.replace(" ", "") for key in every]
    joined = "\n".join(flat)
    held = [
        (text, len(text), k >= len(pieces), key in lines) for k, (key, text) in enumerate(zip(every, flat, strict=True))
    ]
    found: list[Candidate] = []
    crumbs: dict[int, bool] = {}
    for key, solid in zip(every, flat, strict=True):
        span, (n, equal) = pieces.get(key), lines.get(key, (first, 0))
        text = _text(head, cuts, span) if span else texts[n]
        words = key.split()
        own = set(words if key.isascii() else _tokens(words))
        stems = [w[:6] for w in own if len(w) > 3 or w >= "\u0e00"]
        both = len(own & slug)
        facts = (
            *(_cuts(frame.page, head, cuts, span, text) if span else _NO_PIECE),
            equal > 0,
            equal,
            *_around(frame, n, text, body, near, crumbs),
            n - 1 in menus,
            _between(menus, first, n),
            _between(menus, n + 1, body),
            _between(free, first, n),
            _between(free, n + 1, body),
            len(words) if len(words) < _FAR else _FAR,
            len(text),
            _ENDS.get(text[-1], 0.0),
            _count_separators(text),
            sum([stem in below for stem in stems]) / len(stems) if stems else -1.0,
            menu_share(text),
            _capitals(text),
            len(key) / len(core) if core and f" {key} " in head_key else 0.0,
            len(own & head_tokens) / len(own),
            len(own & core_tokens) / len(core_tokens) if core_tokens else -1.0,
            head_key.startswith(key, 1),
            both / len(own) if slug else -1.0,
            both / len(slug) if slug else -1.0,
            *_shared(solid, held, joined),
        )
        found.append(Candidate(n, text, equal > 0 or span == whole, facts))
    page = (len(cuts), min(_FAR, len(head_words)), len(core_tokens), len(slug), min(100, body - first))
    return found, _rows(found, page)


def _rows(found: Sequence[Candidate], page: tuple[float, ...]) -> NDArray[np.float32]:
    """The facts of each candidate, of the page, and of each candidate beside the others."""
    best_echo, best_core, best_slug = 0.0, -1.0, -1.0
    echoing = set()
    for candidate in found:
        facts = candidate.facts
        if facts[_LINE]:
            best_echo, best_core = max(best_echo, facts[_ECHO]), max(best_core, facts[_CORE])
            if facts[_ECHO] > 0 or facts[_CORE] > 0.5:
                echoing.add(candidate.at)
        best_slug = max(best_slug, facts[_SLUG])
    page = (*page, len(echoing), len(found), best_echo, best_slug)
    out: list[float] = []
    for candidate in found:
        facts, at = candidate.facts, candidate.at
        out += facts
        out += page
        out += (
            best_slug - facts[_SLUG],
            best_core - facts[_CORE],
            best_echo - facts[_ECHO],
            sum([other < at for other in echoing]),
        )
    return np.frombuffer(array("f", out), np.float32).reshape(len(found), len(FEATURES))


def _text(head: str, cuts: Sequence[Span], span: Span) -> str:
    """A piece of the first line: the parts [i, j) between its cuts."""
    i, j = span
    return head[cuts[i - 1][1] if i else 0 : cuts[j - 1][0] if j <= len(cuts) else len(head)].strip()


def _pieces(head: str, cuts: Sequence[Span]) -> dict[str, Span]:
    """Pieces of the first line by their words: the whole, what is left without its end or its start, the rest."""
    if not head:
        return {}
    n = len(cuts) + 1
    spans = [(0, j) for j in range(n, 0, -1)] + [(i, n) for i in range(1, n)]
    spans += [(i, i + 1) for i in range(1, n - 1)] + [(i, j) for i in range(1, n - 2) for j in range(i + 2, n)]
    out: dict[str, Span] = {}
    for span in spans:
        key = " ".join(words_of(_text(head, cuts, span)))
        if key and key not in out:
            out[key] = span
            if len(out) == _PIECES:
                break
    return out


def _first_sentence(frame: Frame) -> int:
    """Where the body of a page of short paragraphs begins: its first sentence of some length."""
    first, page = frame.head, frame.page
    stop = min(len(frame.filled), first + 30)
    for n in range(first + 1, stop):
        i = frame.filled[n]
        if page.sentence[i] and page.words[i] > 7 and n not in frame.dates:
            return n
    return min(stop, first + 12)


def _header(frame: Frame, body: int) -> tuple[list[int], list[int]]:
    """Positions above the body that hold menus or breadcrumbs, and those that hold neither these nor dates or labels:
    of the latter the first is mostly the title, and those below it are decks and bylines."""
    menus, free = [], []
    words, filled, texts, dates = frame.page.words, frame.filled, frame.texts, frame.dates
    for n in range(max(frame.head, body - _ABOVE), min(body, len(texts))):
        line = texts[n]
        if len(line) > LONGEST_TITLE:
            continue
        if menu_share(line) > 0.5 or is_crumb(line):
            menus.append(n)
        elif n not in dates and (words[filled[n]] > 2 or (len(line) > 6 and line[0] >= "\u0e00")):
            free.append(n)
    return menus, free


def _between(positions: Sequence[int], start: int, stop: int) -> int:
    """How many of the positions lie in [start, stop)."""
    return max(0, bisect_left(positions, stop) - bisect_left(positions, start))


@cache
def _menu_words() -> frozenset[str]:
    """Words of the names that sites give their sections and pages."""
    items = keys("nav", "item") | keys("breadcrumb", "root")
    # Short words of longer names are those that any sentence has.
    return frozenset(word for item in items for word in item.split() if word == item or len(word) > 4)


def menu_share(text: str) -> float:
    """The share of the words of a line that are used in menus, of any language."""
    tokens = text[:LONGEST_TITLE].lower().split()
    return sum(map(_menu_words().__contains__, tokens)) / len(tokens) if tokens else 0.0


def _capitals(text: str) -> float:
    """The share of the words after the first that begin with a capital; -1 where there is none or no small letter."""
    tokens = text.split()[1:]
    return sum([token[0].isupper() for token in tokens]) / len(tokens) if tokens and text.upper() != text else -1.0


def _near(frame: Frame, body: int) -> set[int]:
    """Positions where a title may well stand: before the body, around a date or a byline."""
    first, count = frame.head, len(frame.filled)
    near = set(range(max(first, body - 8), min(body + 1, count)))
    if frame.prose:
        near.update(range(max(first, frame.prose[0] - 8), frame.prose[0]))
    for n in frame.anchors[:10]:
        near.update(range(max(first, n - 4), min(count, n + 3)))
    return near


def _lines(
    frame: Frame, pieces: Mapping[str, Span], near: Set[int], body: int, head: str, known: frozenset[str], spelt: bool
) -> dict[str, tuple[int, int]]:
    """Lines that may be the title by their words: the last that stands before the body, and how many are equal."""
    first, texts, sentence = frame.head, frame.texts, frame.page.sentence
    prose = set(frame.prose)
    longest = min(LONGEST_TITLE, 2 * len(head) + 120) if head else LONGEST_TITLE
    # Where the URL spells the title, a line that has nothing of it must have three words, else two.
    enough = 3 if spelt else 2
    found: dict[str, tuple[int, int]] = {}
    for n in range(first + 1 if head else first, min(len(texts), _REACH)):
        line = texts[n]
        size = len(line)
        if size < 2 or size > longest:
            continue
        if n in near:
            if n in prose and (size > 200 or sentence[frame.filled[n]]):
                continue
            mine = words_of(line)
            if known.isdisjoint(mine) and not _may_be(frame, n, enough):
                continue
        else:
            if size > 200 or known.isdisjoint(line.casefold().split()):
                continue
            mine = words_of(line)
            if " ".join(mine) not in pieces:
                common = len(known.intersection(mine))
                if common < len(mine) and (n > body or common < 2 or 2 * common < len(mine)):
                    continue
                if n > body and len(mine) < 2:
                    continue
        if mine:
            key = " ".join(mine)
            at, equal = found.get(key, (n, 0))
            # A byline or a date below a line shows the title; what stands again below that may be a refrain, and so may
            # what stands again near the top of a page without a paragraph.
            kept = at < first + 8 and (not frame.prose or _heads(frame, at))
            moves = n <= body and (n - at < 2 or not kept or _heads(frame, n))
            found[key] = (n if moves else at, min(5, equal + 1))
    if len(found) <= _LINES:
        return found
    best = sorted(found, key=lambda key: (key not in pieces, abs(found[key][0] - body)))
    return {key: found[key] for key in best[:_LINES]}


def _heads(frame: Frame, n: int) -> bool:
    """Whether a byline or a date stands in the three lines below a line."""
    k = bisect_left(frame.anchors, n + 1)
    return n > frame.head and k < len(frame.anchors) and frame.anchors[k] <= n + 3


def _may_be(frame: Frame, n: int, enough: int) -> bool:
    """Whether a line that shares no word with the first line or the URL looks like a title: not like an item of a menu,
    a label, a sentence or a date."""
    words, end = frame.page.words[frame.filled[n]], _ENDS.get(frame.texts[n][-1])
    if words == 1 and enough == 2 and n - frame.head < 8:
        # One word near the top may be the title of a story or a poem.
        enough = 2 if menu_share(frame.texts[n]) else 1
    return enough <= words <= 24 and end != 2 and not (end == 1 and words > 10) and n not in frame.dates


def _cuts(page: Page, head: str, cuts: Sequence[Span], span: Span, text: str) -> tuple[float, ...]:
    """Facts of a piece of the first line."""
    i, j = span
    before = head[: cuts[i - 1][0]] if i else ""
    behind = head[cuts[j - 1][1] :] if j <= len(cuts) else ""
    return (
        1.0,
        i,
        len(cuts) + 1 - j,
        _mark(head, cuts[i - 1]) if i else 0.0,
        _mark(head, cuts[j - 1]) if behind else 0.0,
        max([_mark(head, cut) for cut in cuts[i : j - 1]], default=0.0),
        len(text) / len(head),
        min(9, len(before.split())),
        min(9, len(behind.split())),
        min(4, page.text.count(behind)) if behind else 0.0,
    )


def _mark(head: str, cut: Span) -> float:
    """How strongly a mark separates: 1 a colon, 2 a dash, 3 a bar or the like."""
    mark = head[cut[0] : cut[1]].strip()[:1]
    return 1.0 if mark in ":：" else 2.0 if mark in "-–—" else 3.0


def _around(frame: Frame, n: int, text: str, body: int, near: Set[int], crumbs: dict[int, bool]) -> tuple[float, ...]:
    """Facts of the place where a candidate stands."""
    filled, texts, anchors, prose = frame.filled, frame.texts, frame.anchors, frame.prose
    words, lines, count = frame.page.words, frame.page.lines, len(filled)
    after = bisect_left(anchors, n + 1)
    itself = after > 0 and anchors[after - 1] == n
    before = after - 2 if itself else after - 1
    k = bisect_left(prose, n + 1)
    i, last = filled[n], count - 1
    to_body = n - body
    to_prose = prose[k] - n - 1 if k < len(prose) else _FAR
    to_anchor = anchors[after] - n - 1 if after < len(anchors) else _FAR
    from_anchor = n - anchors[before] - 1 if before >= 0 else _FAR
    follows = words[filled[n + 1]] if n < last else -1
    leads = words[filled[n - 1]] if n else -1
    short_before = short_after = 0
    for m in filled[n - 3 if n > 3 else 0 : n]:
        short_before += words[m] < 4
    for m in filled[n + 1 : n + 4]:
        short_after += words[m] < 4
    return (
        to_body if -_FAR < to_body < _FAR else _FAR if to_body > 0 else -_FAR,
        to_prose if to_prose < _FAR else _FAR,
        to_anchor if to_anchor < _FAR else _FAR,
        from_anchor if from_anchor < _FAR else _FAR,
        itself,
        n in frame.dates,
        n - frame.head if n < 200 + frame.head else 200,
        (i == 0 or not lines[i - 1].strip()) and i + 1 < len(lines) and not lines[i + 1].strip(),
        follows if follows < _FAR else _FAR,
        leads if leads < _FAR else _FAR,
        short_before,
        short_after,
        _is_crumb_at(frame, n - 1, crumbs),
        _in_crumb(frame, n, text),
        _is_crumb_at(frame, n, crumbs) if text is texts[n] else is_crumb(text),
        n in near,
    )


def _is_crumb_at(frame: Frame, n: int, known: dict[int, bool]) -> bool:
    """Whether a line looks like a breadcrumb, asked once a line."""
    if n not in known:
        known[n] = n >= 0 and is_crumb(frame.texts[n])
    return known[n]


def _in_crumb(frame: Frame, n: int, text: str) -> bool:
    """Whether one of the lines above ends with a text, as a breadcrumb does."""
    if len(text) <= (8 if text.isascii() else 3):
        return False
    start = frame.page.starts[frame.filled[n]]
    at = frame.page.text.rfind(text, max(0, start - 1500), start)
    if at < 0:
        return False
    top = max(frame.head, n - 6)
    return any(len(text) < len(line) < 400 and line.endswith(text) for line in frame.texts[top:n])


def _shared(own: str, every: Sequence[tuple[str, int, bool, bool]], joined: str) -> tuple[float, float, float, float]:
    """How much of a candidate another one makes up, a piece or a line, at its end or start, and how much it makes up of
    the end of a line: a kicker, a crumb or the name of the site is glued to the title."""
    size = len(own)
    ends = ends_line = starts = end_of = 0.0
    least = 7 if own.isascii() else 3
    if size > least:
        for other, length, is_line, _ in every:
            if least < length < size:
                if own.endswith(other):
                    if is_line:
                        ends_line = max(ends_line, length / size)
                    else:
                        ends = max(ends, length / size)
                if not is_line and own.startswith(other):
                    starts = max(starts, length / size)
        if joined.count(own) > 1:
            for other, length, _, on_line in every:
                if on_line and length > size and other.endswith(own):
                    end_of = max(end_of, size / length)
    return ends, ends_line, starts, end_of


def _tokens(words: Sequence[str]) -> list[str]:
    """Words, or pairs of characters where a script writes no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese)."""
    out = []
    for word in words:
        if len(word) > 2 and _UNSPACED.match(word):
            out += [word[k : k + 2] for k in range(len(word) - 1)]
        else:
            out.append(word)
    return out


_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff]")


def _count_separators(text: str) -> int:
    """How many marks that separate the items of a line a text has, up to 4."""
    if (
        text.isprintable()
        and not ("|" in text or ">" in text or "/" in text or "  " in text)
        and (
            text.isascii()
            or not ("·" in text or "•" in text or "›" in text or "»" in text or "→" in text or "｜" in text)
        )
    ):
        return 0  # no pattern is needed for most lines
    return min(4, len(_SEPARATORS.findall(text)))


def is_crumb(line: str) -> bool:
    """Whether a line looks like a breadcrumb."""
    line = line[:200]
    if line.isascii():
        if (">" in line or "/" in line) and _CRUMB.search(line):
            return True
        if line[:1].isalnum() and line[:4].lower() not in _HOMES:
            return False
    elif "位置" in line or _CRUMB.search(line):
        return True
    return _HOME.match(caseless(line)) is not None


def _slug(url: str | None) -> frozenset[str]:
    """Words of the part of a URL's path that has most of them, if they are enough to say something."""
    path = split_url(url)[1]
    if "%" in path:
        path = unquote(path)
    best: set[str] = set()
    for part in path.split("/"):
        if len(part) < 5:
            continue
        words = {w for w in _WORD.findall(part.casefold().replace("_", " ")) if not w.isdigit()}
        if len(words) >= max(2, len(best)):
            best = words
    return frozenset(best - {"html", "htm", "php", "aspx", "shtml", "ghtml", "cms"})
