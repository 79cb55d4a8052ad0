"""What is measured of the blocks of a page, for the model that chooses the main text among them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from lxml.html import HtmlElement
from numba import njit
from numpy.typing import NDArray

from pipeline.extract._blocks import Blocks, fold

Rows = NDArray[np.float32]

_SPECIAL = [
    "article",
    "main",
    "section",
    "aside",
    "nav",
    "footer",
    "header",
    "form",
    "table",
    "ul",
    "ol",
    "li",
    "dl",
    "blockquote",
    "figure",
    "figcaption",
    "pre",
    "button",
    "dialog",
    "details",
    "noscript",
]
_BIT = {tag: 1 << k for k, tag in enumerate(_SPECIAL)}
_HIDDEN = 1 << len(_SPECIAL)
_KINDS = {tag: k for k, tag in enumerate(
    ["p", "div", "li", "td", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "article", "figcaption", "dd", "dt", "button", "footer", "header", "aside", "form", "body"], 1)}  # fmt: skip
LEVELS = 5
# Words of a block that is still short: a heading, a button, a line of a menu.
SHORT = 8
_TEXT_WORD = re.compile(r"[^\W\d_]+|0")
_DIGITS = re.compile(r"\d+")
_AROUND = (-4, -3, -2, -1, 1, 2, 3, 4)

# Classes of characters: letter, digit, space, comma-like, sentence end, upper case, other marks, unspaced script.
_LETTER, _DIGIT, _SPACE, _COMMA, _STOP, _UPPER, _WIDE = 1, 2, 4, 8, 16, 32, 64


def _classes() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, np.uint8)
    for code in range(0x10000):
        if 0xD800 <= code < 0xF900:
            continue
        kind = unicodedata.category(chr(code))
        if kind[0] in "LM":
            table[code] = _LETTER
        if kind == "Lu":
            table[code] |= _UPPER
        elif kind[0] == "N":
            table[code] = _DIGIT
        elif kind[0] == "Z":
            table[code] = _SPACE
    for a, b in ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF)):
        table[a : b + 1] |= _WIDE
    for mark in "\t\n\r":
        table[ord(mark)] = _SPACE
    for mark in ",、，،;；":
        table[ord(mark)] = _COMMA
    for mark in ".!?…。！？．।॥؟۔።၊။៕":
        table[ord(mark)] = _STOP
    return table


_CLASSES = _classes()


def word_scores(blocks: Blocks, table: Mapping[str, float]) -> NDArray[np.float64]:
    """Per distinct name of the page the lowest, the highest and the sum of what its words speak for (log odds)."""
    out = np.zeros((len(blocks.words), 3))
    get = table.get
    for k, words in enumerate(blocks.words):
        if words:
            odds = [o for word in words if (o := get(word)) is not None]
            if odds:
                out[k] = min(odds), max(odds), sum(odds)
    return out


def text_scores(blocks: Blocks, words: NDArray[np.float64], table: Mapping[str, float]) -> NDArray[np.float64]:
    """Per short block the lowest, the highest and the mean of what its words speak for; 0 for the others."""
    out = np.zeros((len(blocks.texts), 3))
    get = table.get
    for k in np.flatnonzero((words > 0) & (words <= SHORT)).tolist():
        odds = [o for word in text_words(blocks.texts[k]) if (o := get(word)) is not None]
        if odds:
            out[k] = min(odds), max(odds), sum(odds) / len(odds)
    return out


def text_words(text: str) -> list[str]:
    """The words of a short block, marked as such, digits folded into one; the whole of it counts as a word too."""
    words = _TEXT_WORD.findall(_DIGITS.sub("0", text[:200].casefold()))[:SHORT]
    return ["=" + word for word in dict.fromkeys(words)] + ["==" + " ".join(words)]


class Measured(NamedTuple):
    """A row per block, what its columns are called, and the groups that blocks belong to (one column per grouping)."""

    rows: Rows
    names: tuple[str, ...]
    groups: NDArray[np.int64]


def measure(
    blocks: Blocks, table: Mapping[str, float], title: str, page: Sequence[float], kept: NDArray[np.float64]
) -> Measured:
    """The rows of the first pass. `table` holds the log odds of words of class names and of short blocks, `title` is
    what the head calls the page, `page` what is known of the page as a whole (see `page_kind`), `kept` whether another
    engine has the block in its main text.
    """
    n = len(blocks.texts)
    joined = "\x00".join(blocks.texts) + "\x00"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    counts = _count(codes, _CLASSES, n)  # (n, 10)
    chars, letters, digits, commas, stops, upper, wide, words, ends, newlines = (counts[:, k] for k in range(10))
    element = np.array(blocks.element)
    parent = np.array(blocks.parent)
    link = np.array(blocks.link_chars, np.float64)
    links = np.array(blocks.links, np.float64)
    words = words + (wide + 1) // 2
    prose = np.where((stops > 0) & (words > 7) & (link < 0.5 * chars), chars, 0.0)

    odds = word_scores(blocks, table)
    names = np.array(blocks.names)
    tag_odds = np.array([table.get("<" + tag, 0.0) for tag in blocks.tags])
    flags = np.array([_BIT.get(tag, 0) for tag in blocks.tags]) | np.where(blocks.hidden, _HIDDEN, 0)
    m = len(parent)
    lows, highs, own = odds[names, 0], odds[names, 1], odds[names, 2]
    depth, flags_in, low_in, high_in, sum_in = _inherit(parent, flags, lows, highs, own + tag_odds)
    values = np.stack([chars, link, prose, stops, np.ones(n), commas, kept * chars, words], 1).astype(np.float64)
    below = _gather(parent, element, values, m)

    columns: list[NDArray[np.generic]] = []
    names_of: list[str] = []

    def put(name: str, column: NDArray[np.generic]) -> None:
        names_of.append(name)
        columns.append(column)

    total = np.maximum(below[0], 1.0)
    link_share = link / np.maximum(chars, 1)
    put("chars", chars)
    put("words", words)
    put("word_length", chars / np.maximum(words, 1))
    put("letters", letters / np.maximum(chars, 1))
    put("digits", digits / np.maximum(chars, 1))
    put("upper", upper / np.maximum(letters, 1))
    put("commas", commas)
    put("stops", stops)
    put("ends", ends)
    put("lines", newlines)
    put("stops_per_word", stops / np.maximum(words, 1))
    put("link_share", link_share)
    put("links", links)
    put("bold", np.array(blocks.bold_chars) / np.maximum(chars, 1))
    put("first", np.array(blocks.first))
    put("kind", np.array([_KINDS.get(blocks.tags[e], 0) for e in blocks.element]))
    put("depth", depth[element])
    put("kept", kept)
    for k, tag in enumerate((*_SPECIAL, "hidden")):
        put("in_" + tag, (flags_in[element] >> k) & 1)
    put("low_in", low_in[element])
    put("high_in", high_in[element])
    put("sum_in", sum_in[element])
    at = element
    for level in range(LEVELS):
        here = below[at]
        put(f"odds_{level}", own[at] + tag_odds[at])
        put(f"low_{level}", lows[at])
        put(f"chars_{level}", here[:, 0])
        put(f"links_{level}", here[:, 1] / np.maximum(here[:, 0], 1))
        put(f"prose_{level}", here[:, 2] / np.maximum(here[:, 0], 1))
        put(f"share_{level}", here[:, 2] / max(total[2], 1.0))
        put(f"blocks_{level}", here[:, 4])
        put(f"kept_{level}", here[:, 6] / np.maximum(here[:, 0], 1))
        at = np.maximum(parent[at], 0)
    said = text_scores(blocks, words, table)
    for k, label in enumerate(("low", "high", "mean")):
        put(f"said_{label}", said[:, k])
    for k, value in enumerate(page):
        put(f"kind_{k}", np.full(n, value))
    inline_low, inline_high = np.zeros(n), np.zeros(n)
    for block, name in blocks.inline:
        inline_low[block] = min(inline_low[block], odds[name, 0])
        inline_high[block] = max(inline_high[block], odds[name, 1])
    put("inline_low", inline_low)
    put("inline_high", inline_high)
    # How far up the tree one must go to have a share of all prose below.
    for share in (0.2, 0.5, 0.8):
        put(f"up_{share}", _climb(parent, element, below[:, 2], share * total[2]))
        put(f"up_kept_{share}", _climb(parent, element, below[:, 6], share * max(total[6], 1.0)))

    before = np.cumsum(chars) - chars
    put("place", before / total[0])
    put("place_chars", before)
    put("left_chars", total[0] - before - chars)
    put("index", np.arange(n))
    put("from_end", n - np.arange(n))
    put("page_blocks", np.full(n, n))
    put("page_chars", np.full(n, total[0]))
    put("page_prose", np.full(n, total[2]))
    put("page_links", np.full(n, below[0, 1] / total[0]))
    put("page_kept", np.full(n, below[0, 6]))
    prose_before = np.cumsum(prose) - prose
    put("prose_before", prose_before / max(total[2], 1.0))
    put("prose_before_chars", prose_before)
    heading = np.array([blocks.tags[e] == "h1" for e in blocks.element])
    put("after_h1", _since(heading))
    put("h1_count", np.full(n, heading.sum()))
    folded = _fold_each([text[:300] for text in blocks.texts])
    whole = fold(title[:300])
    in_title = np.array([bool(len(f) > 3 and f in whole) * (len(f) / max(len(whole), 1)) for f in folded])
    put("in_title", in_title)
    put("after_title", _since(in_title > 0.4))
    heads = np.array([blocks.tags[e] in ("h1", "h2", "h3", "h4", "h5", "h6") for e in blocks.element])
    put("after_heading", _since(heads))
    last_head = np.maximum.accumulate(np.where(heads, np.arange(n), -1))
    put("heading_low", np.where(last_head >= 0, low_in[element][np.maximum(last_head, 0)], 0))
    put("heading_said", np.where(last_head >= 0, said[np.maximum(last_head, 0), 2], 0))
    seen: dict[str, int] = {}
    put("seen", np.array([seen.setdefault(f, i) < i for i, f in enumerate(folded)]))

    # Blocks made alike: same tag and name of the element and of its parent.
    tag_numbers = {tag: k for k, tag in enumerate(dict.fromkeys(blocks.tags))}
    tags = np.array([tag_numbers[tag] for tag in blocks.tags])
    up = np.maximum(parent[element], 0)
    key = ((tags[element] * 100_003 + names[element]) * 1_009 + tags[up]) * 100_003 + names[up]
    groups = np.empty((n, 3), np.int64)
    groups[:, 0] = np.unique(parent[element], return_inverse=True)[1]
    groups[:, 1] = np.unique(key, return_inverse=True)[1]
    groups[:, 2] = np.unique(up * 64 + np.minimum(tags[element], 63), return_inverse=True)[1]
    for g, what in ((1, "alike"), (2, "siblings")):
        size = np.bincount(groups[:, g])[groups[:, g]]
        put(f"{what}_count", size)
        for label, column in (("chars", chars), ("links", link), ("prose", prose)):
            mean = np.bincount(groups[:, g], column)[groups[:, g]]
            put(f"{what}_{label}", mean / size)
    for shift in _AROUND:
        for label, column in (
            ("words", words),
            ("link", link_share),
            ("stops", stops),
            ("kept", kept),
            ("said", said[:, 2]),
            ("heads", heads),
            ("low", low_in[element]),
        ):
            put(f"{label}{shift:+d}", _shift(column, shift))
    return Measured(np.stack(columns, 1).astype(np.float32), tuple(names_of), groups)


def second(
    p: NDArray[np.float64], first: Measured, blocks: Blocks, kept: NDArray[np.float64]
) -> tuple[Rows, tuple[str, ...]]:
    """The rows of the second pass: those of the first, its scores around a block, in its groups and up its tree, and
    the same for what a second engine has kept."""
    n = len(p)
    chars = first.rows[:, 0].astype(np.float64)
    weight = np.maximum(chars, 20.0)
    columns: list[NDArray[np.generic]] = []
    names: list[str] = []

    def put(name: str, column: NDArray[np.generic]) -> None:
        names.append(name)
        columns.append(column)

    parent, element, index = np.array(blocks.parent), np.array(blocks.element), np.arange(n)
    every = np.concatenate([[0.0], np.cumsum(weight)])
    for label, q in (("p", p), ("other", kept)):
        put(label, q)
        for shift in _AROUND:
            put(f"{label}{shift:+d}", _shift(q, shift))
        mass = np.concatenate([[0.0], np.cumsum(q * weight)])
        total = max(mass[-1], 1.0)
        for reach in (3, 8, 20):
            a, b = np.maximum(index - reach, 0), np.minimum(index + reach + 1, n)
            put(f"{label}_within_{reach}", (mass[b] - mass[a]) / (every[b] - every[a]))
        put(f"{label}_before", mass[:-1] / total)
        put(f"{label}_after", 1 - mass[1:] / total)
        put(f"{label}_page", np.full(n, mass[-1]))
        put(f"{label}_page_share", np.full(n, mass[-1] / every[-1]))
        put(f"{label}_top", np.full(n, q.max()))
        for g in range(first.groups.shape[1]):
            of = first.groups[:, g]
            put(f"{label}_group_{g}", np.bincount(of, q * weight)[of] / np.bincount(of, weight)[of])
        below = _gather(parent, element, np.stack([q * weight, weight], 1), len(parent))
        at = element
        for level in range(LEVELS):
            put(f"{label}_in_{level}", below[at, 0] / np.maximum(below[at, 1], 1))
            put(f"{label}_share_{level}", below[at, 0] / max(below[0, 0], 1.0))
            at = np.maximum(parent[at], 0)
        for share in (0.5, 0.9):
            put(f"{label}_up_{share}", _climb(parent, element, below[:, 0], share * max(below[0, 0], 1.0)))
        sure = q > 0.5
        put(f"{label}_since", _since(sure))
        put(f"{label}_until", _since(sure[::-1])[::-1])
    rows = np.concatenate([first.rows, np.stack(columns, 1).astype(np.float32)], 1)
    return rows, (*first.names, *names)


def voice(blocks: Blocks, text: str) -> NDArray[np.float64]:
    """1 for the blocks that stand in the text of another engine, 0 for the others."""
    if len(blocks.texts) * len(text) > _MUCH:
        return np.zeros(len(blocks.texts))
    whole = fold(text)
    return np.array([float(block in whole) for block in _fold_each(blocks.texts)])


def page_kind(tree: HtmlElement, url: str | None) -> list[float]:
    """What the page says it is (OpenGraph, JSON-LD) and the shape of its address, as numbers."""
    og = next((m.get("content") or "" for m in tree.iter("meta") if m.get("property") == "og:type"), "")
    scripts = (s.text or "" for s in tree.iter("script") if "ld+json" in (s.get("type") or ""))
    types = " ".join(kind for script in scripts for kind in _TYPE.findall(script[:200_000]))
    try:
        path = urlsplit(url or "").path
    except ValueError:
        path = ""
    return [
        float(_OG.get(og.strip().lower(), 0)),
        *(float(bool(pattern.search(types))) for pattern in _SCHEMAS),
        float(len([part for part in path.split("/") if part])),
        float(len(path)),
        float(sum(c.isdigit() for c in path)),
        float(path.count("-")),
        float(bool(_FORUM.search(url or ""))),
    ]


_OG = {"article": 1, "website": 2, "product": 3}
_TYPE = re.compile(r'"@type"\s*:\s*"(\w{1,60})"')
_SCHEMAS = [
    re.compile(kind)
    for kind in (
        r"Article|BlogPosting|Report",
        r"Product\b|Offer",
        r"ItemList|Collection",
        r"Discussion|QAPage|Comment",
        r"FAQ|HowTo",
        r"WebPage",
    )
]
_FORUM = re.compile(r"forum|thread|/t/|topic", re.IGNORECASE)
# Blocks times characters of the other engine's text: more is not searched.
_MUCH = 2_000_000_000


def _fold_each(texts: Sequence[str]) -> list[str]:
    """`fold` of each text, in one go; there is no NUL in them."""
    return re.sub(r"[^\w\x00]+", "", "\x00".join(texts)).casefold().split("\x00")


def _shift(column: NDArray[np.generic], by: int) -> NDArray[np.float64]:
    out = np.full(len(column), -1.0)
    if by > 0:
        out[:-by] = column[by:]
    else:
        out[-by:] = column[:by]
    return out


def _since(mark: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Blocks since the last mark at or before; -1 before the first."""
    index = np.arange(len(mark))
    last = np.maximum.accumulate(np.where(mark, index, -1)) if len(mark) else index
    return np.where(last >= 0, index - last, -1)


@njit(cache=True)
def _count(codes, classes, n):  # type: ignore[no-untyped-def]
    out = np.zeros((n, 10), np.float64)
    block, inside = 0, False
    end = 0
    for code in codes:
        if code == 0:
            out[block, 8] = end
            block += 1
            inside = False
            end = 0
            if block == n:
                break
            continue
        kind = classes[code] if code < 65536 else (1 | 64 if 0x20000 <= code < 0x32000 else 0)
        out[block, 0] += 1
        if code == 10:
            out[block, 9] += 1
        if kind & 4:
            inside = False
            continue
        if kind & 1:
            out[block, 1] += 1
            end = 0
        elif kind & 2:
            out[block, 2] += 1
            end = 0
        elif kind & 8:
            out[block, 3] += 1
            end = 0
        elif kind & 16:
            out[block, 4] += 1
            end = 1
        elif code == 58 or code == 0xFF1A:
            end = 2
        if kind & 32:
            out[block, 5] += 1
        if kind & 64:
            out[block, 6] += 1
            inside = False
        elif not inside:
            out[block, 7] += 1
            inside = True
    return out


@njit(cache=True)
def _inherit(parent, flags, low, high, own):  # type: ignore[no-untyped-def]
    m = len(parent)
    depth = np.zeros(m, np.int64)
    flags_in = flags.copy()
    low_in, high_in, sum_in = np.minimum(low, 0.0), np.maximum(high, 0.0), own.copy()
    for i in range(1, m):
        p = parent[i]
        depth[i] = depth[p] + 1
        flags_in[i] |= flags_in[p]
        low_in[i] = min(low_in[i], low_in[p])
        high_in[i] = max(high_in[i], high_in[p])
        sum_in[i] += sum_in[p]
    return depth, flags_in, low_in, high_in, sum_in


@njit(cache=True)
def _gather(parent, element, values, m):  # type: ignore[no-untyped-def]
    """Sums of the values of all blocks below each element."""
    out = np.zeros((m, values.shape[1]), np.float64)
    for i in range(len(element)):
        out[element[i]] += values[i]
    for i in range(m - 1, 0, -1):
        out[parent[i]] += out[i]
    return out


@njit(cache=True)
def _climb(parent, element, below, wanted):  # type: ignore[no-untyped-def]
    up = np.zeros(len(parent), np.int64)
    for i in range(1, len(parent)):
        up[i] = 0 if below[i] >= wanted else up[parent[i]] + 1
    return up[element]
