"""Which line is the title: a linear model over a few facts of each candidate.

A candidate is a short line near the body, a byline or a date, or one that stands again in the first line of the page
(the `<title>` of a flattened page) or in the URL; and that first line itself, whole or without the name of the site.
The weights are those of a conditional logit. Fitted on some 1,560 flattened web pages and 59 raw pages with a known
title, and each time measured on what was held back: 93 % of the raw pages (held back by site template), 80 % and 74 % of
the two kinds of flattened ones; the title is among the candidates on 93 % of them.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence, Set
from operator import mul
from typing import NamedTuple
from urllib.parse import unquote

from pipeline.describe import _names
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._frame import LONGEST_TITLE, SEPARATOR, Frame, key_of, split_url, words_of


class Candidate(NamedTuple):
    """A text that may be the title."""

    at: int
    """Position of its line among the filled lines."""
    text: str
    is_line: bool
    """Whether it is a whole line, or a piece of the first one."""
    facts: Sequence[float]
    """One number per name in `FEATURES`; those that are left out at the end are 0."""

    def fact(self, name: str) -> float:
        """One fact by its name."""
        k = _PLACE[name]
        return self.facts[k] if k < len(self.facts) else 0.0

    @property
    def score(self) -> float:
        """How much speaks for it; 0 is a page without a title."""
        if self.is_line:
            return float(sum(map(mul, self.facts, _WEIGHTS)))
        return float(sum(map(mul, self.facts[_LINE_FACTS:], _PIECE_WEIGHTS)))


# Facts of whole lines, then those of pieces of the first line.
WEIGHTS = {
    "line": -1.47, "head_line": 0.63, "echo": 3.61, "overlap": 1.17, "slug": 1.75, "anchor_next": 1.11,
    "anchor_after": 0.59, "anchor_before": -0.16, "prose_soon": 0.82, "after_crumb": 2.23, "in_crumb": 0.91,
    "stop": -1.31, "one_word": -0.33, "two_words": -0.46, "long": -0.46, "separators": -1.34,
    "anchor_itself": -0.71, "listed": 0.46, "echo_prose": 0.45, "isolated": 2.3, "late": -2.25,
    "overlap_anchor": 1.52, "words": 0.85, "next_long": 0.76, "next_short": -0.28, "before_short": 1.01,
    "under_title": -0.29, "starts_echo": 1.22, "slug_new": 0.48, "anchor_new": 0.9, "overlap_new": 1.09,
    "shown_head": -0.58, "head_words": 0.7, "segment": 2.64, "whole_head": 0.2, "cut_last": 2.42,
    "cut_first": 0.03, "cut_site": 0.53, "cut_words": 0.13, "head_echoed": 0.64, "one_left": -0.96,
    "two_left": 0.04, "cuts": -0.66, "head_anchor": -0.26,
}  # fmt: skip
FEATURES = (
    "line", "head_line", "echo", "overlap", "slug", "anchor_next", "anchor_after", "anchor_before", "prose_soon",
    "after_crumb", "in_crumb", "stop", "one_word", "two_words", "long", "separators", "anchor_itself",
    "listed", "echo_prose", "isolated", "late", "overlap_anchor", "words", "next_long", "next_short", "before_short",
    "under_title", "starts_echo", "slug_new", "anchor_new", "overlap_new", "shown_head", "head_words",
    "segment", "whole_head", "cut_last", "cut_first", "cut_site", "cut_words", "head_echoed", "one_left", "two_left", "cuts", "head_anchor",
)  # fmt: skip
_WEIGHTS = tuple(WEIGHTS.get(name, 0.0) for name in FEATURES)
_PLACE = {name: k for k, name in enumerate(FEATURES)}
_SLUG, _NEXT, _OVERLAP, _WORDS = map(FEATURES.index, ("slug", "anchor_next", "overlap", "words"))
_LINE_FACTS = FEATURES.index("segment")
_PIECE_WEIGHTS = _WEIGHTS[_LINE_FACTS:]
_NO_LINE = (0.0,) * _LINE_FACTS

_WORD = re.compile(r"\w+")
_SEPARATORS = re.compile(r"[|｜>›»/→·•]|\s{2,}|\u3000")
_CRUMB = re.compile(r"[>›＞→]\s*\S|\s»\s*\S|\s/\s")
_HOME = compile_caseless(
    r"\W*(?:home|startseite|accueil|inicio|início|главная|beranda|trang chủ|首页|首頁|홈)\b(?=\s\S)"
)
_HOMES = frozenset(["home", "star", "accu", "inic", "bera"])
# The most candidates that are weighed, and how far down the lines around them are looked at.
_MOST, _REACH = 40, 1500


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


def candidates(frame: Frame) -> list[Candidate]:
    """All that may be the title of a page, in reading order."""
    page, filled, texts = frame.page, frame.filled, frame.texts
    lines, words = page.lines, page.words
    anchors, prose, first = frame.anchors, frame.prose, frame.head
    count = len(filled)
    head_text = texts[first]
    head = head_text if len(head_text) <= LONGEST_TITLE and (not prose or prose[0] != first) else ""
    head_key = f" {key_of(head)} "
    core = max(map(key_of, filter(None, SEPARATOR.split(head))), key=len, default="")
    core_words = set(head_key.split())
    spaced = " " in core or core.isascii()
    slug = _slug(page.url)
    known = slug | core_words
    body = frame.body(first + 1)
    is_anchor, is_prose = set(anchors), set(prose)
    # Three more at the end, so that the three after a line are there for every line.
    short = [words[i] < 4 for i in filled[:_REACH]] + [False] * (3 + max(0, count - _REACH))
    lone = short.copy()
    for n in anchors:
        lone[n] = False
    crumb_at: dict[int, bool] = {}
    near = set(range(max(first, body - 8), body))
    if prose:
        near.update(range(max(first, prose[0] - 8), prose[0]))
    for n in anchors[:10]:
        near.update(range(max(first, n - 4), min(count, n + 3)))
    shortest, longest = max(2, 0.2 * len(core)), min(LONGEST_TITLE, len(head_key) * 1.8 + 20)
    crumbs: list[str] = []
    found: list[tuple[int, list[float]]] = []
    most_echoed = 0.0
    for n in range(first, count):
        i = filled[n]
        line = lines[i]
        size = len(line)
        close = n in near
        if not (2 <= size <= LONGEST_TITLE if close else shortest <= size <= longest) or (
            n in is_prose and (size > 200 or page.sentence[i])
        ):
            continue
        mine = words_of(line)
        if not mine:
            continue
        key = " ".join(mine)
        if n < body or ">" in line or "/" in line:
            crumb_at[n] = is_crumb(line)
            if crumb_at[n]:
                crumbs.append(key)
        echo = overlap = in_slug = 0.0
        if known.isdisjoint(mine) and not (core and (core in key if spaced else key in head_key)):
            if not close:
                continue
        else:
            if n > first and core:
                if (f" {key} " in head_key) if spaced else key in head_key:
                    echo = min(1.0, len(key) / len(core))
                elif spaced and core in key:
                    overlap = len(core) / len(key)
                elif spaced and len(core_words) > 2:
                    overlap = _dice(set(mine), core_words)
            if slug:
                in_slug = _dice(set(mine), slug)
        if not (close or echo > 0.3 or overlap > 0.45 or in_slug > 0.45):
            continue
        after = bisect_left(anchors, n + 1)
        to_anchor = anchors[after] - n - 1 if after < len(anchors) else 99
        itself = n in is_anchor
        before = after - 2 if itself else after - 1
        k = bisect_left(prose, n + 1)
        to_prose = prose[k] - n - 1 if k < len(prose) else 99
        size_in_words = words[i]
        if overlap <= 0.35:
            overlap = 0.0
        if in_slug <= 0.3:
            in_slug = 0.0
        if echo > most_echoed:
            most_echoed = echo
        above = after_crumb = 0
        if n:
            above = words[filled[n - 1]]
            after_crumb = crumb_at[n - 1] if n - 1 in crumb_at else is_crumb(texts[n - 1])
        found.append((n, [
            1.0,
            n == first,
            echo,
            overlap,
            in_slug,
            to_anchor == 0,
            0 < to_anchor < 4,
            before >= 0 and anchors[before] >= n - 3,
            1 - to_prose / 6 if to_prose < 6 else 0.0,
            after_crumb,
            len(key) > 8 and len(crumbs) > 0 and any(c.endswith(key) and c != key for c in crumbs),
            texts[n][-1] in ".。।:：,",
            size_in_words <= 1,
            size_in_words == 2,
            (size_in_words - 16) / 10 if size_in_words > 16 else 0.0,
            _count_separators(texts[n]),
            itself,
            to_anchor > 5 and to_prose > 5,
            echo if to_prose < 6 else 0.0,
            (i == 0 or not lines[i - 1].strip()) and i + 1 < len(lines) and not lines[i + 1].strip(),
            n > body,
            overlap if to_anchor < 3 else 0.0,
            _LOG[size_in_words] if size_in_words < 16 else _LOG[16],
            n + 1 < count and words[filled[n + 1]] > 7,
            (lone[n + 1] + lone[n + 2] + lone[n + 3]) / 3,
            (short[n - 1] + short[n - 2] + short[n - 3] if n > 2 else sum(short[:n])) / 3,
            4 <= above <= 16 and n - 1 in near and n - 1 not in is_anchor and not _count_separators(texts[n - 1]),
            echo > 0 and head_key.startswith(" " + key),
        ]))  # fmt: skip
        if len(found) >= _MOST:
            break
    out = []
    new = most_echoed < 0.5
    for n, facts in found:
        facts += (facts[_SLUG], facts[_NEXT], facts[_OVERLAP]) if new else (0.0, 0.0, 0.0)
        facts += (most_echoed, facts[_WORDS]) if n == first else (0.0, 0.0)
        out.append(Candidate(n, texts[n], True, facts))
    return out + _pieces(frame, head, most_echoed)


# Logarithms of numbers of words.
_LOG = [math.log1p(n) for n in range(17)]


def _dice(a: Set[str], b: Set[str]) -> float:
    """How much of two sets of words is common to both (Dice coefficient)."""
    return 2 * len(a & b) / (len(a) + len(b))


def _pieces(frame: Frame, head: str, echoed: float) -> list[Candidate]:
    """The first line as a `<title>`: whole, and without its first or last pieces."""
    cuts = [(m.start(), m.end()) for m in SEPARATOR.finditer(head)]
    if not cuts:
        return []
    size = len(head)
    spans = [(0, size), (0, cuts[-1][0]), (cuts[0][1], size)]
    if len(cuts) > 1:
        spans += [(0, cuts[0][0]), (cuts[-1][1], size)]
    out = []
    for a, b in spans:
        text = head[a:b].strip()
        left = (head[:a] + " " + head[b:]).strip(" |-–—·•:»«›_")
        if not text:
            continue
        length = len(text.split())
        facts = (
            1, not left, a == 0 and b < size, a > 0, bool(left) and _is_host(left, frame.host), math.log1p(len(left.split())),
            echoed, length == 1 and text.isascii(), length == 2, min(4, len(cuts)), frame.head in frame.anchors[:1],
        )  # fmt: skip
        out.append(Candidate(frame.head, text, False, (*_NO_LINE, *facts)))
    return out


def _is_host(text: str, host: str) -> bool:
    """Whether a piece of the first line is the site's name, as far as the host tells."""
    name = _names.fold(text)
    return bool(host) and len(name) > 2 and (name in host or host.removeprefix("www")[: max(4, len(name) // 2)] in name)


def _slug(url: str | None) -> frozenset[str]:
    """Words of the part of a URL's path that has most of them, if they are enough to say something."""
    path = split_url(url)[1]
    if "%" in path:
        path = unquote(path)
    best: set[str] = set()
    for part in path.split("/"):
        if len(part) < 5:
            continue  # no three words
        words = {w for w in _WORD.findall(part.casefold().replace("_", " ")) if not w.isdigit()}
        if len(words) >= max(3, len(best)):
            best = words
    return frozenset(best - {"html", "htm", "php", "aspx", "shtml", "ghtml", "cms"})
