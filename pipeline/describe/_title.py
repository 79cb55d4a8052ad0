"""Which text is the title: what may be it, and the facts by which a model weighs each.

A candidate is a piece of the first line (the `<title>` of a flattened page), cut at the marks that stand between a title
and the name of the site, or a short line near the body, a byline or a date, or one made of words of the first line or of
the URL. A piece that stands again as a line of its own is one candidate. The model is a forest of boosted trees, trained
by tests/bench/train/title.py on pages with a known title; of the words of languages it knows only those of menus.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from pipeline.describe._frame import SEPARATOR, Frame, split_url
from pipeline.describe._lines import LONGEST_TITLE, Line, Text, menu_share, pairs_of, words_of
from pipeline.describe._title_scan import lines_with
from pipeline.models.forest import load

__all__ = ["FEATURES", "Candidate", "menu_share", "table", "tables", "weigh"]

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
_COLUMN = {name: k for k, name in enumerate(FEATURES)}
# The facts that are worked out one candidate at a time; those of places come from arrays of the whole batch.
_EACH = (*OWN[: OWN.index("to_body")], "after_crumb", "in_crumb", "crumb", "close", *OWN[OWN.index("words") :])
_NO_PIECE = (0.0,) * OWN.index("line")


@dataclass(slots=True)
class Candidate:
    """A text that may be the title."""

    at: int
    """Position of its line among the filled lines: the first line for a piece that no other line repeats."""
    text: str
    is_line: bool
    """Whether it is a whole line, or only a piece of the first one."""
    table: NDArray[np.float64]
    """The facts of all candidates of the batch, a column per name in `FEATURES`."""
    row: int
    score: float = 0.0
    """How much speaks for it, in log odds."""

    def fact(self, name: str) -> float:
        """One fact by its name."""
        return float(self.table[self.row, _COLUMN[name]])


_WORD = re.compile(r"\w+")
# A colon may stand between a kicker and the title, or within a title: its pieces are candidates too.
_COLON = re.compile(r":[ \u00a0]+(?=\S)|：(?=\S)")
# How far down lines are looked at, how many lines and pieces are weighed, and what is as far as can be.
_REACH, _LINES, _PIECES, _FAR = 1500, 20, 12, 40
# The longest line that may be the title by its words alone.
_TOLD = 200
# How many lines above the body are looked at as a header.
_ABOVE = 12


Span = tuple[int, int]


def weigh(frames: Sequence[Frame]) -> list[list[Candidate]]:
    """All that may be the title of each page, with their scores, the best first."""
    every, facts = tables(frames)
    scores = load("title").score(facts.astype(np.float32)).tolist()
    for found in every:
        for candidate in found:
            candidate.score = scores[candidate.row]
        found.sort(key=lambda candidate: -candidate.score)
    return every


def table(frame: Frame) -> tuple[list[Candidate], NDArray[np.float32]]:
    """All that may be the title of a page, and what the model is to see of each: a row of `FEATURES`."""
    every, facts = tables([frame])
    return every[0], facts.astype(np.float32)


def tables(frames: Sequence[Frame]) -> tuple[list[list[Candidate]], NDArray[np.float64]]:
    """All that may be the titles of the pages, and the facts of each: a row of `FEATURES`, page after page."""
    sheet = _Sheet(frames)
    heads = [_head(frame) for frame in frames]
    slugs = [_slug(frame.page.url) for frame in frames]
    told = _told(frames, [slug | head.tokens for head, slug in zip(heads, slugs, strict=True)])
    every = [_candidates(frame, p, sheet, heads[p], slugs[p], told[p]) for p, frame in enumerate(frames)]
    facts = sheet.facts()
    for found in every:
        for candidate in found:
            candidate.table = facts
    return every, facts


class _Head:
    """The first line, cut into its pieces."""

    def __init__(self, head: str) -> None:
        self.text = head
        cuts = sorted([m.span() for m in SEPARATOR.finditer(head)] + [m.span() for m in _COLON.finditer(head)])
        self.cuts = cuts = cuts[:2] + cuts[-3:] if len(cuts) > 5 else cuts
        self.words = words_of(head)
        self.key = f" {' '.join(self.words)} "
        self.tokens = frozenset(pairs_of(self.words))
        pieces = _pieces(head, cuts)
        self.core = max((key for key, (i, j) in pieces.items() if j - i == 1), key=len, default="")
        self.core_tokens = frozenset(pairs_of(self.core.split()))
        self.pieces = {key: _Piece(self, span) for key, span in pieces.items()}

    def share(self, text: Text) -> tuple[float, float, float, float]:
        """What a text shares with the first line: see `OWN`."""
        key, own, core = text.key, text.bag, self.core
        return (
            len(key) / len(core) if core and f" {key} " in self.key else 0.0,
            len(own & self.tokens) / len(own),
            len(own & self.core_tokens) / len(self.core_tokens) if core else -1.0,
            self.key.startswith(key, 1),
        )


class _Piece(Text):
    """A piece of the first line: the parts [i, j) between its cuts."""

    def __init__(self, head: _Head, span: Span) -> None:
        line, cuts, (i, j) = head.text, head.cuts, span
        self.text = text = _text(line, cuts, span)
        self.is_whole = span == (0, len(cuts) + 1)
        before = line[: cuts[i - 1][0]] if i else ""
        self.behind = behind = line[cuts[j - 1][1] :] if j <= len(cuts) else ""
        self.facts = (
            1.0,
            i,
            len(cuts) + 1 - j,
            _mark(line, cuts[i - 1]) if i else 0.0,
            _mark(line, cuts[j - 1]) if behind else 0.0,
            max([_mark(line, cut) for cut in cuts[i : j - 1]], default=0.0),
            len(text) / len(line),
            min(9, len(before.split())),
            min(9, len(behind.split())),
        )
        self.shares = head.share(self)


def _head_of(line: Line) -> _Head:
    return _Head(line.text)


def _head(frame: Frame) -> _Head:
    line = frame.lines[frame.head]
    if len(line.text) > LONGEST_TITLE or (line.sentence and frame.prose[:1] == [frame.head]):
        return _NO_HEAD
    return line.ask(_head_of)


def _told(frames: Sequence[Frame], known: Sequence[Set[str]]) -> list[list[int]]:
    """The positions of the lines with a word that the first line or the URL of their page has."""
    if not frames:
        return []
    numbers = np.fromiter([line.number for frame in frames for line in frame.lines], np.int64)
    counts = [len(frame.lines) for frame in frames]
    short = [line.text if len(line.text) <= _TOLD else "" for line in frames[0].every]
    found = np.flatnonzero(lines_with(short, numbers, counts, known))
    bounds = np.cumsum([0, *counts])
    cuts = np.searchsorted(found, bounds).tolist()
    places = (found - np.repeat(bounds[:-1], np.diff(cuts))).tolist()
    return [places[a:b] for a, b in pairwise(cuts)]


def _candidates(
    frame: Frame, p: int, sheet: _Sheet, head: _Head, slug: frozenset[str], told: Sequence[int]
) -> list[Candidate]:
    """All that may be the title of a page; adds the facts of each to the sheet."""
    first, lines, prose = frame.head, frame.lines, frame.prose
    body = frame.body(first + 1) if prose else _first_sentence(frame)
    near = _near(frame, body)
    above = range(max(first, body - _ABOVE), min(body, len(lines)))
    menus = [n for n in above if lines[n].in_menu]
    free = [n for n in above if lines[n].is_free and n not in frame.dates]
    shown = _lines(frame, head, near, told, body, slug | head.tokens, len(slug) > 2)

    # A title is made of the words of the first paragraphs, a menu is not.
    below = "\n".join([lines[n].text[:800] for n in prose[bisect_left(prose, body) :][:3]]).casefold()
    pieces = head.pieces
    keys = [*pieces, *(key for key in shown if key not in pieces)]
    solid = [key.replace(" ", "") for key in keys]
    joined = "\n".join(solid)
    within = [joined.count(text) > 1 for text in solid]
    inner = [(text, k >= len(pieces)) for k, text in enumerate(solid) if within[k]]
    texts: list[Text] = [pieces.get(key) or lines[shown[key][0]] for key in keys]
    topical = {stem: stem in below for stem in {stem for text in texts for stem in text.stems}}
    out = []
    for k, key in enumerate(keys):
        piece, (n, equal) = pieces.get(key), shown.get(key, (first, 0))
        text = texts[k]
        own, stems, looks = text.bag, text.stems, text.looks
        both = len(own & slug)
        sheet.add(
            p, n,
            (*piece.facts, min(4, frame.page.text.count(piece.behind)) if piece.behind else 0.0) if piece else _NO_PIECE,
            (
                equal > 0,
                equal,
                n > 0 and lines[n - 1].is_crumb,
                _in_crumb(frame, n, text.text),
                text.is_crumb,
                n in near,
                looks.words,
                looks.size,
                looks.end,
                looks.separators,
                sum([topical[stem] for stem in stems]) / len(stems) if stems else -1.0,
                looks.menu,
                looks.capitals,
            ),
            piece.shares if piece else head.share(text),
            (both / len(own), both / len(slug)) if slug else (-1.0, -1.0),
            _shared(solid[k], inner, [solid[j] for j, other in enumerate(keys) if other in shown] if within[k] else ()),
        )  # fmt: skip
        out.append(
            Candidate(n, text.text, equal > 0 or (piece is not None and piece.is_whole), _NO_TABLE, sheet.size - 1)
        )
    sheet.page(
        body, menus, free,
        (len(head.cuts), min(_FAR, len(head.words)), len(head.core_tokens), len(slug), min(100, body - first)),
    )  # fmt: skip
    return out


_NO_TABLE = np.empty((0, len(FEATURES)))


class _Sheet:
    """The facts of the candidates of a batch. Those that depend on places are worked out for all of them at once, on the
    lines of all pages in one row."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.size = 0
        self.owner: list[int] = []
        self.at: list[int] = []
        self.each: list[float] = []
        self.bodies: list[int] = []
        self.menus: list[Sequence[int]] = []
        self.free: list[Sequence[int]] = []
        self.pages: list[tuple[float, ...]] = []

    def add(self, p: int, n: int, *facts: Sequence[float]) -> None:
        """A candidate at position `n` of page `p`, with the facts of `_EACH`."""
        self.size += 1
        self.owner.append(p)
        self.at.append(n)
        for some in facts:
            self.each += some

    def page(self, body: int, menus: Sequence[int], free: Sequence[int], facts: tuple[float, ...]) -> None:
        """What is told of the next page, when all its candidates have been added."""
        self.bodies.append(body)
        self.menus.append(menus)
        self.free.append(free)
        self.pages.append(facts)

    def facts(self) -> NDArray[np.float64]:
        """A row of `FEATURES` for each candidate."""
        out = np.empty((self.size, len(FEATURES)))
        if not self.size:
            return out
        out[:, [_COLUMN[name] for name in _EACH]] = np.array(self.each, np.float64).reshape(self.size, len(_EACH))
        # All lines of all pages stand in one row; a page is [start, end) of it.
        counts = np.array([len(frame.lines) for frame in self.frames])
        ends = np.cumsum(counts)
        starts, page = ends - counts, np.array(self.owner)
        at = starts[page] + np.array(self.at)
        for name, values in (self._around(at, page, starts, ends) | self._beside(out, at, page, starts)).items():
            out[:, _COLUMN[name]] = values
        return out

    def _around(self, at: _Places, page: _Places, starts: _Places, ends: _Places) -> dict[str, NDArray[Any]]:
        """What stands around the candidates at the places `at` of the row."""
        frames = self.frames
        start, end = starts[page], ends[page]
        head = start + np.array([frame.head for frame in frames])[page]
        body = start + np.array(self.bodies)[page]
        words = np.fromiter([line.words for frame in frames for line in frame.lines], np.int64)
        filled = np.fromiter(chain.from_iterable([frame.filled for frame in frames]), np.int64)
        last_line = np.array([len(frame.page.lines) - 1 for frame in frames])[page]

        def places(lists: Sequence[Collection[int]]) -> _Places:
            """Positions on each page as places of the row."""
            found = np.fromiter(chain.from_iterable(lists), np.int64)
            return found + np.repeat(starts, [len(some) for some in lists])

        def distance(others: _Places, k: _Places) -> _Places:
            """How many lines stand between each candidate and the k-th of these places, on its page and at most _FAR."""
            other = np.append(others, -1)[np.where(k < len(others), k, -1)]
            return np.where((other >= start) & (other < end), np.minimum(np.abs(other - at) - 1, _FAR), _FAR)

        def between(others: _Places, low: _Places, high: _Places) -> _Places:
            """How many of these places lie in [low, high)."""
            count: _Places = np.searchsorted(others, high) - np.searchsorted(others, low)
            return np.maximum(count, 0)

        anchors, prose = places([frame.anchors for frame in frames]), places([frame.prose for frame in frames])
        dated = places([frame.dates for frame in frames])
        menus, free = places(self.menus), places(self.free)
        is_first, is_last = at == start, at == end - 1
        before, after = np.where(is_first, at, at - 1), np.where(is_last, at, at + 1)
        short = np.concatenate([[0], np.cumsum(words < 4)])
        blank_above = is_first | (filled[before] < filled[at] - 1)
        blank_below = (filled[at] < last_line) & (is_last | (filled[after] > filled[at] + 1))
        return {
            "to_body": np.clip(at - body, -_FAR, _FAR),
            "to_prose": distance(prose, np.searchsorted(prose, at, "right")),
            "to_anchor": distance(anchors, np.searchsorted(anchors, at, "right")),
            "from_anchor": distance(anchors, np.searchsorted(anchors, at) - 1),
            "anchor": np.isin(at, anchors),
            "dated": np.isin(at, dated),
            "from_head": np.minimum(at - head, 200),
            "isolated": blank_above & blank_below,
            "next_words": np.where(is_last, -1, np.minimum(words[after], _FAR)),
            "before_words": np.where(is_first, -1, np.minimum(words[before], _FAR)),
            "short_before": short[at] - short[np.maximum(at - 3, start)],
            "short_after": short[np.minimum(at + 4, end)] - short[at + 1],
            "after_menu": np.isin(at - 1, menus) & ~is_first,
            "menus_above": between(menus, head, at),
            "menus_below": between(menus, at + 1, body),
            "free_above": between(free, head, at),
            "free_below": between(free, at + 1, body),
        }

    def _beside(self, out: NDArray[np.float64], at: _Places, page: _Places, starts: _Places) -> dict[str, NDArray[Any]]:
        """What the page of each candidate says, and what a candidate is beside the others of its page."""
        first = np.flatnonzero(np.diff(page, prepend=-1))
        rank = np.cumsum(np.diff(page, prepend=-1) > 0) - 1
        line, echo, core, slug = (out[:, _COLUMN[name]] for name in ("line", "echo", "of_core", "of_slug"))
        echoing = (line > 0) & ((echo > 0) | (core > 0.5))
        places = np.sort(at[echoing])
        best_echo = np.maximum.reduceat(np.where(line > 0, echo, 0.0), first)[rank]
        best_core = np.maximum.reduceat(np.where(line > 0, core, -1.0), first)[rank]
        best_slug = np.maximum.reduceat(slug, first)[rank]
        each = np.array(self.pages)[page].T
        return dict(zip(BESIDE[: len(each)], each, strict=False)) | {
            "line_echoes": np.add.reduceat(echoing, first, dtype=np.int64)[rank],
            "candidates": np.bincount(page)[page],
            "best_echo": best_echo,
            "best_slug": best_slug,
            "less_slug": best_slug - slug,
            "less_core": best_core - core,
            "longer_echo": best_echo - echo,
            "order": np.searchsorted(places, at) - np.searchsorted(places, starts[page]),
        }


_Places = NDArray[np.int64]


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
    first, lines = frame.head, frame.lines
    stop = min(len(lines), first + 30)
    for n in range(first + 1, stop):
        if lines[n].sentence and lines[n].words > 7 and n not in frame.dates:
            return n
    return min(stop, first + 12)


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
    frame: Frame, head: _Head, near: set[int], told: Sequence[int], body: int, known: frozenset[str], spelt: bool
) -> dict[str, tuple[int, int]]:
    """Lines that may be the title by their words: the last that stands before the body, and how many are equal."""
    first, lines, pieces = frame.head, frame.lines, head.pieces
    longest = min(LONGEST_TITLE, 2 * len(head.text) + 120) if head.text else LONGEST_TITLE
    # Where the URL spells the title, a line that has nothing of it must have three words, else two.
    enough = 3 if spelt else 2
    found: dict[str, tuple[int, int]] = {}
    start, stop = first + 1 if head.text else first, min(len(lines), _REACH)
    for n in sorted(near.union(told)):
        if not start <= n < stop:
            continue
        line = lines[n]
        size = len(line.text)
        if n in near:
            if size < 2 or size > longest or (line.is_prose and (size > 200 or line.sentence)):
                continue
            if known.isdisjoint(line.tokens) and not _may_be(frame, n, enough):
                continue
        else:
            if size < 2 or size > min(_TOLD, longest):
                continue
            if line.key not in pieces:
                count = len(line.tokens)
                common = len(known.intersection(line.tokens))
                if common < count and (n > body or common < 2 or 2 * common < count):
                    continue
                if n > body and count < 2:
                    continue
        if line.tokens:
            at, equal = found.get(line.key, (n, 0))
            # A byline or a date below a line shows the title; what stands again below that may be a refrain, and so may
            # what stands again near the top of a page without a paragraph.
            kept = at < first + 8 and (not frame.prose or _heads(frame, at))
            moves = n <= body and (n - at < 2 or not kept or _heads(frame, n))
            found[line.key] = (n if moves else at, min(5, equal + 1))
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
    line = frame.lines[n]
    words, end = line.words, line.looks.end
    if words == 1 and enough == 2 and n - frame.head < 8:
        # One word near the top may be the title of a story or a poem.
        enough = 2 if line.menu else 1
    return enough <= words <= 24 and end != 2 and not (end == 1 and words > 10) and n not in frame.dates


def _mark(head: str, cut: Span) -> float:
    """How strongly a mark separates: 1 a colon, 2 a dash, 3 a bar or the like."""
    mark = head[cut[0] : cut[1]].strip()[:1]
    return 1.0 if mark in ":：" else 2.0 if mark in "-–—" else 3.0


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


def _shared(own: str, inner: Sequence[tuple[str, bool]], lines: Sequence[str]) -> tuple[float, float, float, float]:
    """How much of a candidate another one makes up, a piece or a line, at its end or start, and how much it makes up of
    the end of a line: a kicker, a crumb or the name of the site is glued to the title. `inner` are those that stand in
    some other, `lines` those that may end with this one."""
    size = len(own)
    ends = ends_line = starts = end_of = 0.0
    least = 7 if own.isascii() else 3
    if size > least:
        for other, is_line in inner:
            length = len(other)
            if least < length < size:
                if own.endswith(other):
                    if is_line:
                        ends_line = max(ends_line, length / size)
                    else:
                        ends = max(ends, length / size)
                if not is_line and own.startswith(other):
                    starts = max(starts, length / size)
        for other in lines:
            if len(other) > size and other.endswith(own):
                end_of = max(end_of, size / len(other))
    return ends, ends_line, starts, end_of


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


# A page that begins with a paragraph has no first line to cut.
_NO_HEAD = _Head("")
