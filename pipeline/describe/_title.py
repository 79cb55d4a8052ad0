"""Which text is the title: what may be it, and the facts by which a model weighs each.

A candidate is a piece of the first line (the `<title>` of a flattened page), cut at the marks that stand between a title
and the name of the site, or a short line near the body, a byline or a date, or one made of words of the first line or of
the URL. A piece that stands again as a line of its own is one candidate. The model is a forest of boosted trees, trained
by tests/bench/train/title.py on pages with a known title; of the words of languages it knows only those of menus.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from pipeline.describe._frame import SEPARATOR, Frame, split_url
from pipeline.describe._lines import LONGEST_TITLE, Line, words_of
from pipeline.describe._title_scan import (
    ANCHOR,
    DATED,
    PIECE_FACTS,
    PROSE,
    SENTENCE,
    Asked,
    Fact,
    Rows,
    Told,
    array,
    joined,
    read,
    select,
    wanted,
)
from pipeline.models.forest import load

__all__ = ["FEATURES", "Candidate", "table", "tables", "weigh"]

FEATURES = tuple(Fact.__members__)


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
        return float(self.table[self.row, Fact[name]])


_WORD = re.compile(r"\w+")
# A colon may stand between a kicker and the title, or within a title: its pieces are candidates too.
_COLON = re.compile(r":[ \u00a0]+(?=\S)|：(?=\S)")
# How many pieces are weighed.
_PIECES = 12


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
    if not frames:
        return [], np.empty((0, len(FEATURES)))
    every = frames[0].every
    names = [line.text for line in every]
    heads, slugs = [_head(frame) for frame in frames], [_slug(frame.page.url) for frame in frames]
    slug_at = [_put(names, [" ".join(slug)]) if slug else -1 for slug in slugs]
    # Last the pieces of the first lines: a first line that several pages share is cut once.
    different = {id(head): head for head in heads}
    pieces = [piece.facts for head in different.values() for piece in head.pieces]
    piece_at = {key: _put(names, [piece.text for piece in head.pieces]) for key, head in different.items()}

    bounds = np.cumsum([0, *(len(frame.lines) for frame in frames)])
    starts = [piece_at[id(head)] for head in heads]
    rows = _rows(frames, bounds)
    bodies = [frame.body(frame.head + 1) if frame.prose else _first_sentence(frame) for frame in frames]
    below, below_ends = array(
        joined([_below(frame, body) for frame, body in zip(frames, bodies, strict=True)]).casefold()
    )
    asked_for = np.ones(len(names), np.bool_)
    sizes = np.fromiter([len(line.text) for line in every], np.int64)
    asked_for[: len(every)] = wanted(sizes, rows, bounds, bodies)
    texts = read(names, asked_for)
    asked = Asked(
        bounds,
        np.array([len(frame.page.lines) - 1 for frame in frames]),
        np.array([frame.head for frame in frames]),
        np.array(bodies),
        np.array([len(head.text) for head in heads]),
        np.array([len(head.cuts) for head in heads]),
        np.array(starts),
        np.array([len(head.pieces) for head in heads]),
        np.array([start + head.core if head.core >= 0 else -1 for start, head in zip(starts, heads, strict=True)]),
        np.array(slug_at),
        below,
        below_ends,
    )
    told = select(texts, rows, asked, np.array(pieces).reshape(-1, PIECE_FACTS))
    return _finish(frames, heads, names, told, bounds), told.facts


def _put(names: list[str], more: Sequence[str]) -> int:
    """Append texts; give the number of the first."""
    names += more
    return len(names) - len(more)


def _rows(frames: Sequence[Frame], bounds: NDArray[np.int64]) -> Rows:
    """The filled lines of all pages in one row."""
    every = frames[0].every
    number = np.fromiter([line.number for frame in frames for line in frame.lines], np.int64)
    signs = np.zeros(len(number), np.uint8)
    for kind, lists in ((DATED, [frame.dates for frame in frames]), (ANCHOR, [frame.anchors for frame in frames])):
        places = np.fromiter(chain.from_iterable(lists), np.int64)
        signs[places + np.repeat(bounds[:-1], [len(some) for some in lists])] |= kind
    return Rows(
        number,
        np.fromiter(chain.from_iterable([frame.filled for frame in frames]), np.int64),
        signs,
        np.fromiter([line.words for line in every], np.int64),
        np.fromiter([PROSE * line.is_prose + SENTENCE * line.sentence for line in every], np.uint8),
    )


def _below(frame: Frame, body: int) -> str:
    """The beginnings of the first paragraphs, with nothing between them that belongs to a word."""
    prose = frame.prose
    k = bisect_left(prose, body)
    return " ".join([frame.lines[n].text[:800] for n in prose[k : k + 3]])


def _finish(
    frames: Sequence[Frame], heads: Sequence[_Head], names: Sequence[str], told: Told, starts: NDArray[np.int64]
) -> list[list[Candidate]]:
    """The candidates of each page; adds the facts that need the text of the page."""
    facts, bounds, numbers = told.facts, told.bounds.tolist(), told.text.tolist()
    in_line = (facts[:, Fact.line] > 0).tolist()
    at = (told.at - np.repeat(starts[:-1], np.diff(told.bounds))).tolist()
    out = []
    for frame, head, (a, b) in zip(frames, heads, pairwise(bounds), strict=True):
        count = frame.page.text.count
        for row, piece in enumerate(head.pieces, a):
            if piece.behind:
                facts[row, Fact.again_right] = min(4, count(piece.behind))
        whole = [piece.is_whole for piece in head.pieces] + [False] * (b - a - len(head.pieces))
        out.append(
            [Candidate(at[row], names[numbers[row]], in_line[row] or whole[row - a], facts, row) for row in range(a, b)]
        )
    # What the compiled pass found at the end of a line above must not stand far above.
    for row in np.flatnonzero(facts[:, Fact.in_crumb]).tolist():
        frame = frames[bisect_right(bounds, row) - 1]
        start = frame.page.starts[frame.filled[at[row]]]
        facts[row, Fact.in_crumb] = frame.page.text.rfind(names[numbers[row]], max(0, start - 1500), start) >= 0
    return out


class _Head:
    """The first line, cut into its pieces."""

    def __init__(self, head: str) -> None:
        self.text = head
        cuts = sorted([m.span() for m in SEPARATOR.finditer(head)] + [m.span() for m in _COLON.finditer(head)])
        self.cuts = cuts = cuts[:2] + cuts[-3:] if len(cuts) > 5 else cuts
        pieces = _pieces(head, cuts)
        self.pieces = [_Piece(self, span) for span in pieces.values()]
        # The longest part between two cuts.
        sizes = [len(key) if j - i == 1 else 0 for key, (i, j) in pieces.items()]
        self.core = sizes.index(max(sizes)) if any(sizes) else -1


class _Piece:
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


def _head_of(line: Line) -> _Head:
    return _Head(line.text)


def _head(frame: Frame) -> _Head:
    line = frame.lines[frame.head]
    if len(line.text) > LONGEST_TITLE or (line.sentence and frame.prose[:1] == [frame.head]):
        return _NO_HEAD
    return line.ask(_head_of)


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


def _mark(head: str, cut: Span) -> float:
    """How strongly a mark separates: 1 a colon, 2 a dash, 3 a bar or the like."""
    mark = head[cut[0] : cut[1]].strip()[:1]
    return 1.0 if mark in ":：" else 2.0 if mark in "-–—" else 3.0


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
