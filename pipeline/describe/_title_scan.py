"""Compiled passes over the lines of a batch: what each line says by itself, which lines of a page may be its title, and
the facts of those, a row per candidate.

Texts are arrays of code points, each text followed by a line feed. Words are compared by a hash of 64 bits (FNV).
"""

# Numba compiles this from the types that it is called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.describe._lines import LONGEST_TITLE, is_crumb, menu_words


class Fact(IntEnum):
    """The columns of the table of candidates: facts of a candidate, then those of its page and of it beside others."""

    # Its place in the first line.
    piece, cuts_left, cuts_right, mark_left, mark_right, mark_inside, share, words_left, words_right = range(9)
    again_right = 9
    # Its line, and what stands around it.
    line, equal, to_body, to_prose, to_anchor, from_anchor, anchor, dated, from_head, isolated = range(10, 20)
    next_words, before_words, short_before, short_after, after_crumb, in_crumb, crumb, close = range(20, 28)
    after_menu, menus_above, menus_below, free_above, free_below = range(28, 33)
    # Its text.
    words, size, end, separators, topical, menu, capitals = range(33, 40)
    # What it shares with the first line and with the URL.
    echo, in_head, of_core, starts_echo, in_slug, of_slug = range(40, 46)
    # What it shares with other candidates, at its end and at its start.
    ends, ends_line, starts, end_of = range(46, 50)
    # Its page, and the candidate beside the others.
    cuts, head_words, core_words, slug_words, body_at, line_echoes, candidates, best_echo, best_slug = range(50, 59)
    less_slug, less_core, longer_echo, order = range(59, 63)


# How many facts a piece of the first line brings along, and how many there are.
PIECE_FACTS, _FACTS = 9, len(Fact)
# How far down lines are looked at, how many lines are weighed, and what is as far as can be.
_REACH, _LINES, _FAR = 1500, 20, 40
# The longest line that may be the title by its words alone.
_TOLD = 200
# How many lines above the body are looked at as a header.
_ABOVE = 12
# A page knows so many words at most for the lines to be told apart by them.
_MOST = 63
# The longest line of which the whole is needed; of longer ones the beginning is read for signs of a breadcrumb.
_WHOLE, _BEGINNING = 400, 200

# The first letters of the words by which a breadcrumb begins; see `is_crumb`.
_HOMES = np.array(
    [
        [ord(one), ord(two)]
        for first, second in (
            ("hH", "oO"),
            ("sSſ", "tT"),
            ("aA", "cC"),
            ("iIıİ", "nN"),
            ("гГ", "лЛ"),
            ("bB", "eE"),
            ("tT", "rR"),
            ("首홈", "\0"),
        )
        for one in first
        for two in second
    ]
)

# Pairs of characters are told apart by so many numbers.
_GRAMS = 1024

# What a character is.
_WORD, _SPACE, _UPPER, _CASED, _UNSPACED, _MARK, _ARROW = (1 << k for k in range(7))
# What a line is, and what it is on its page.
PROSE, SENTENCE = 1, 2
DATED, ANCHOR = 1, 2


class Texts(NamedTuple):
    """What texts say by themselves."""

    raw: NDArray[np.uint32]
    ends: NDArray[np.int64]
    """Where each ends in `raw`."""
    folded: NDArray[np.uint32]
    folded_ends: NDArray[np.int64]
    sizes: NDArray[np.int64]
    """Characters of each text, before it was shortened to its beginning."""
    solid: NDArray[np.uint32]
    """The characters of the words of all texts, caseless."""
    words: NDArray[np.int64]
    """Where each word begins in `solid`; it ends where the next begins."""
    hashes: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    """The first word of each text."""
    keys: NDArray[np.uint64]
    """A hash of the words of each text."""
    end: NDArray[np.float64]
    separators: NDArray[np.float64]
    menu: NDArray[np.float64]
    capitals: NDArray[np.float64]
    crumb: NDArray[np.uint8]


class Rows(NamedTuple):
    """The filled lines of all pages in one row."""

    number: NDArray[np.int64]
    """Which text a line is."""
    place: NDArray[np.int64]
    """Which line of its page it is, blank ones counted."""
    signs: NDArray[np.uint8]
    """DATED, ANCHOR."""
    words: NDArray[np.int64]
    """Words of the different lines of the batch, as `Page.words`."""
    kinds: NDArray[np.uint8]
    """PROSE, SENTENCE of the different lines."""


class Asked(NamedTuple):
    """What is known of the pages, an entry for each; positions count its filled lines, texts are numbers, -1 for none."""

    bounds: NDArray[np.int64]
    """The first line of each page in the row, and the number of lines at the end."""
    last: NDArray[np.int64]
    """The last line, blank ones counted."""
    head: NDArray[np.int64]
    body: NDArray[np.int64]
    head_size: NDArray[np.int64]
    cuts: NDArray[np.int64]
    pieces: NDArray[np.int64]
    """The text that is the first piece of the first line."""
    piece_count: NDArray[np.int64]
    core: NDArray[np.int64]
    slug: NDArray[np.int64]
    below: NDArray[np.uint32]
    """The beginnings of the first paragraphs, caseless."""
    below_ends: NDArray[np.int64]


class Told(NamedTuple):
    """The candidates, page after page."""

    bounds: NDArray[np.int64]
    """The first candidate of each page, and their number at the end."""
    at: NDArray[np.int64]
    text: NDArray[np.int64]
    facts: NDArray[np.float64]


def joined(texts: Sequence[str]) -> str:
    """Texts one after the other, each followed by a line feed."""
    return "\n".join([*texts, ""])


def array(text: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of joined texts, and where each text ends."""
    data = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return data, np.flatnonzero(data == 0x0A)


def read(texts: Sequence[str], wanted: NDArray[np.bool_]) -> Texts:
    """What each text says by itself; its words and looks only if they are wanted. Texts must not hold a line feed."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    want = wanted.tolist()
    short = [
        text if asked or len(text) <= _WHOLE else text[:_BEGINNING] for text, asked in zip(texts, want, strict=True)
    ]
    raw, ends = array(joined(short))
    text = joined([text if asked else "" for text, asked in zip(texts, want, strict=True)])
    lower, lower_ends = array(text.lower())
    folded, folded_ends = array(text.casefold())
    characters, menus = _tables()
    some = _read(raw, ends, lower, lower_ends, folded, folded_ends, characters, menus)
    found = Texts(raw, ends, folded, folded_ends, sizes, *some)
    for k in np.flatnonzero(found.crumb == 2).tolist():
        found.crumb[k] = is_crumb(short[k])
    return found


def wanted(sizes: NDArray[np.int64], rows: Rows, bounds: NDArray[np.int64], bodies: Sequence[int]) -> NDArray[np.bool_]:
    """The different lines of which the words may be asked for: short ones, and those above the body or near a byline or
    a date that are no paragraphs."""
    row = np.arange(len(rows.number))
    body = np.repeat(bounds[:-1] + np.array(bodies), np.diff(bounds))
    near = row == body
    for anchor in np.flatnonzero(rows.signs & ANCHOR).tolist():
        near[max(0, anchor - 4) : anchor + 3] = True
    asked = (row < body) | (near & ~(rows.kinds[rows.number] & PROSE).astype(np.bool_))
    out = sizes <= _TOLD
    out[rows.number[asked]] = True
    out &= sizes <= LONGEST_TITLE
    return np.asarray(out)


def select(texts: Texts, rows: Rows, asked: Asked, pieces: NDArray[np.float64]) -> Told:
    """All that may be the titles of the pages, and their facts, but for `again_right` and the text above of `in_crumb`.

    `pieces` are the first facts of the last texts, which are pieces of first lines.
    """
    return Told(*_weigh(texts, rows, asked, pieces, _tables()[0]))


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """What the characters are up to the last that belongs to words, and hashes of the words of menus in order."""
    every = "".join(map(chr, range(0x40000)))
    kinds = np.zeros(len(every), np.uint8)
    for pattern, kind in ((r"[^\W_]+", _WORD), (r"\s+", _SPACE), (r"[|｜>›»/→·•]", _MARK), (r"[>›＞→]", _ARROW)):
        for m in re.finditer(pattern, every):
            kinds[m.start() : m.end()] |= kind
    for first, last in ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0xF900, 0xFAFF)):
        kinds[first : last + 1] |= _UNSPACED
    for code, char in enumerate(every[:0x20000]):
        if char.upper() != char:
            kinds[code] |= _CASED
        if char.isupper():
            kinds[code] |= _UPPER
    words, ends = array(joined(sorted(menu_words())))
    return kinds, np.sort(_hashes(words, ends))


@njit(cache=True, nogil=True)
def _hash(data, a, b):
    h = np.uint64(0xCBF29CE484222325)
    for i in range(a, b):
        h = (h ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return h


@njit(cache=True, nogil=True)
def _hashes(data, ends):
    out = np.empty(len(ends), np.uint64)
    a = 0
    for t in range(len(ends)):
        out[t] = _hash(data, a, ends[t])
        a = ends[t] + 1
    return out


@njit(cache=True, nogil=True)
def _is(kinds, c, kind):
    return c < len(kinds) and (kinds[c] & kind) != 0


@njit(cache=True, nogil=True)
def _read(raw, ends, lower, lower_ends, folded, folded_ends, kinds, menus):
    """The rest of `Texts`."""
    count = len(ends)
    solid = np.empty(len(folded), np.uint32)
    words = np.empty(len(folded) // 2 + 2, np.int64)
    hashes = np.empty(len(words), np.uint64)
    bounds = np.zeros(count + 1, np.int64)
    keys = np.zeros(count, np.uint64)
    end, separators, menu = np.zeros(count), np.zeros(count), np.zeros(count)
    capitals = np.full(count, -1.0)
    crumb = np.zeros(count, np.uint8)
    used = filled = 0
    a = b = c = 0
    for t in range(count):
        # Words.
        bounds[t] = used
        key = np.uint64(0xCBF29CE484222325)
        i, stop = c, folded_ends[t]
        while i < stop:
            if not _is(kinds, folded[i], _WORD):
                i += 1
                continue
            words[used] = filled
            while i < stop and _is(kinds, folded[i], _WORD):
                solid[filled] = folded[i]
                filled += 1
                i += 1
            hashes[used] = _hash(solid, words[used], filled)
            key = (key ^ hashes[used]) * np.uint64(0x100000001B3)
            key ^= key >> np.uint64(32)
            used += 1
        keys[t] = key
        if stop > c:
            _looks(raw, a, ends[t], kinds, t, end, separators, capitals)
            menu[t] = _menu_share(lower, b, lower_ends[t], kinds, menus)
        crumb[t] = _crumb(raw, a, ends[t], kinds)
        if crumb[t] == 0 and _may_be_home(raw, a, ends[t], kinds):
            crumb[t] = 2
        a, b, c = ends[t] + 1, lower_ends[t] + 1, folded_ends[t] + 1
    bounds[count] = used
    words[used] = filled
    return solid, words[: used + 1], hashes[:used], bounds, keys, end, separators, menu, capitals, crumb


@njit(cache=True, nogil=True)
def _looks(raw, a, stop, kinds, t, end, separators, capitals):
    """How a text ends, how many marks it has that separate items (up to 4), and the share of the words after the first
    that begin with a capital, if there are such words and any small letter."""
    if a == stop:
        return
    c = raw[stop - 1]
    if c == 0x2E or c == 0x3002 or c == 0x0964:  # .。।
        end[t] = 1.0
    elif c == 0x3A or c == 0xFF1A or c == 0x2C or c == 0xFF0C or c == 0x060C or c == 0x3001 or c == 0x3B:  # :：,，،、;
        end[t] = 2.0
    elif c == 0x3F or c == 0x21 or c == 0xFF1F or c == 0xFF01 or c == 0x061F:  # ?!？！؟
        end[t] = 3.0
    marks = tokens = upper = 0
    cased = False
    i = a
    while i < stop:
        c = raw[i]
        if _is(kinds, c, _SPACE):
            j = i + 1
            while j < stop and _is(kinds, raw[j], _SPACE):
                j += 1
            marks += j - i > 1 or c == 0x3000
            if j < stop and i > a:
                tokens += 1
                upper += _is(kinds, raw[j], _UPPER)
            i = j
            continue
        marks += _is(kinds, c, _MARK)
        cased |= _is(kinds, c, _CASED)
        i += 1
    separators[t] = min(4, marks)
    if tokens and cased:
        capitals[t] = upper / tokens


@njit(cache=True, nogil=True)
def _menu_share(lower, a, stop, kinds, menus):
    """The share of the words of a line that are used in menus, of any language."""
    tokens = known = 0
    i = a
    while i < stop:
        if _is(kinds, lower[i], _SPACE):
            i += 1
            continue
        j = i
        while j < stop and not _is(kinds, lower[j], _SPACE):
            j += 1
        tokens += 1
        h = _hash(lower, i, j)
        k = np.searchsorted(menus, h)
        known += k < len(menus) and menus[k] == h
        i = j
    return known / tokens if tokens else 0.0


@njit(cache=True, nogil=True)
def _crumb(raw, a, stop, kinds):
    """Whether a text has a mark that stands between the items of a breadcrumb; see `is_crumb`."""
    stop = min(stop, a + _BEGINNING)
    for i in range(a, stop):
        c = raw[i]
        if _is(kinds, c, _ARROW) or (c == 0xBB and i > a and _is(kinds, raw[i - 1], _SPACE)):
            j = i + 1
            while j < stop and _is(kinds, raw[j], _SPACE):
                j += 1
            if j < stop:
                return 1
        if c == 0x2F and a < i < stop - 1 and _is(kinds, raw[i - 1], _SPACE) and _is(kinds, raw[i + 1], _SPACE):
            return 1
        if c == 0x4F4D and i < stop - 1 and raw[i + 1] == 0x7F6E:  # 位置
            return 1
    return 0


@njit(cache=True, nogil=True)
def _may_be_home(raw, a, stop, kinds):
    """Whether the first word of a text may be one by which a breadcrumb begins: by its first two letters."""
    while a < stop and not _is(kinds, raw[a], _WORD):
        a += 1
    if a == stop:
        return False
    for k in range(len(_HOMES)):  # noqa: SIM110
        if raw[a] == _HOMES[k, 0] and (_HOMES[k, 1] == 0 or raw[a + 1] == _HOMES[k, 1]):
            return True
    return False


@njit(cache=True, nogil=True)
def _bag(texts, t, kinds, marks, bag):
    """The different words of a text, or pairs of characters where a script writes no spaces: where each begins and ends
    in `solid`, and its hash. Gives their number."""
    used = 0
    for w in range(texts.bounds[t], texts.bounds[t + 1]):
        a, b = texts.words[w], texts.words[w + 1]
        pairs = b - a > 2 and _is(kinds, texts.solid[a], _UNSPACED)
        for k in range(b - a - 1 if pairs else 1):
            i, j = (a + k, a + k + 2) if pairs else (a, b)
            h = _hash(texts.solid, i, j) if pairs else texts.hashes[w]
            if not _has(bag, used, h):
                bag[used], marks[used, 0], marks[used, 1] = h, i, j
                used += 1
    return used


@njit(cache=True, nogil=True)
def _has(bag, used, h):
    for k in range(used):  # noqa: SIM110
        if bag[k] == h:
            return True
    return False


@njit(cache=True, nogil=True)
def _both(one, ones, other, others):
    """How many hashes two bags share."""
    count = 0
    for k in range(ones):
        count += _has(other, others, one[k])
    return count


@njit(cache=True, nogil=True)
def _is_told(texts, t, kinds, known, count):
    """Whether a line holds, between spaces, one of the words that are known of its page, and is made of such words, or
    half of such and at least two. A line that is not all ASCII need not be made of them."""
    i, stop = texts.folded_ends[t - 1] + 1 if t else 0, texts.folded_ends[t]
    tokens = hits = different = 0
    mask = np.uint64(0)
    alone, beyond = False, count > _MOST
    inside, spaced = False, True
    h = np.uint64(0xCBF29CE484222325)
    while i <= stop:
        c = texts.folded[i]
        space = _is(kinds, c, _SPACE)
        if not space and (0x61 <= c <= 0x7A or 0x30 <= c <= 0x39 or c >= 0x80):
            h = (h ^ np.uint64(c)) * np.uint64(0x100000001B3)
            inside = True
            beyond |= c >= 0x80
            i += 1
            continue
        if inside:
            tokens += 1
            for k in range(count):
                if known[k] == h:
                    hits += 1
                    alone |= spaced and space
                    bit = np.uint64(1) << np.uint64(k & 63)
                    different += (mask & bit) == 0
                    mask |= bit
            inside, h = False, np.uint64(0xCBF29CE484222325)
        spaced = space
        i += 1
    return alone and (beyond or hits == tokens or (different > 1 and 2 * different >= tokens))


@njit(cache=True, nogil=True)
def _known(texts, t, known, count):
    """How many different words of those known a text has."""
    hits = 0
    for k in range(count):
        for w in range(texts.bounds[t], texts.bounds[t + 1]):
            if texts.hashes[w] == known[k]:
                hits += 1
                break
    return hits


@njit(cache=True, nogil=True)
def _next(signs, at, end, sign):
    """The first place after `at` and before `end` with a sign, as far as facts reach; -1 for none."""
    for i in range(at + 1, min(end, at + _FAR + 1)):
        if signs[i] & sign:
            return i
    return -1


@njit(cache=True, nogil=True)
def _heads(signs, n, head, end):
    """Whether a byline or a date stands in the three lines below a line."""
    i = _next(signs, n, end, ANCHOR)
    return n > head and 0 <= i <= n + 3


@njit(cache=True, nogil=True)
def _select(texts, rows, asked, p, near, kinds, known, count, spelt, keys, at, equal):
    """Lines that may be the title by their words: the last that stands before the body, and how many are equal, the
    first found first. Gives their number."""
    start, end = asked.bounds[p], asked.bounds[p + 1]
    head, body = start + asked.head[p], start + asked.body[p]
    pieces, piece_count = asked.pieces[p], asked.piece_count[p]
    size = asked.head_size[p]
    longest = min(LONGEST_TITLE, 2 * size + 120) if size else LONGEST_TITLE
    has_prose = False
    for n in range(start, end):
        has_prose |= (rows.kinds[rows.number[n]] & PROSE) != 0
    used = 0
    for n in range(head + (size > 0), min(end, start + _REACH)):
        t = rows.number[n]
        size, words = texts.sizes[t], texts.bounds[t + 1] - texts.bounds[t]
        kind = rows.kinds[t]
        if size < 2 or size > longest:
            continue
        if near[n - start]:
            if kind & PROSE and (size > 200 or kind & SENTENCE):
                continue
            if not _known(texts, t, known, count):
                # Where the URL spells the title, a line that has nothing of it must have three words, else two; one
                # word near the top may be the title of a story or a poem. It is no item of a menu, no label, no
                # sentence and no date.
                enough = 3 if spelt else 2
                if not spelt and rows.words[t] == 1 and n - head < 8 and not texts.menu[t]:
                    enough = 1
                if not enough <= rows.words[t] <= 24 or texts.end[t] == 2 or (texts.end[t] == 1 and rows.words[t] > 10):
                    continue
                if rows.signs[n] & DATED:
                    continue
        else:
            if size > _TOLD or not count or not _is_told(texts, t, kinds, known, count):
                continue
            is_piece = False
            for k in range(pieces, pieces + piece_count):
                is_piece |= texts.keys[k] == texts.keys[t]
            if not is_piece:
                common = _known(texts, t, known, count)
                if common < words and (n > body or common < 2 or 2 * common < words):
                    continue
                if n > body and words < 2:
                    continue
        if not words:
            continue
        k = 0
        while k < used and keys[k] != texts.keys[t]:
            k += 1
        if k == used:
            keys[k], at[k], equal[k] = texts.keys[t], n, 0
            used += 1
        # A byline or a date below a line shows the title; what stands again below that may be a refrain, and so may
        # what stands again near the top of a page without a paragraph.
        kept = at[k] < head + 8 and (not has_prose or _heads(rows.signs, at[k], head, end))
        if n <= body and (n - at[k] < 2 or not kept or _heads(rows.signs, n, head, end)):
            at[k] = n
        equal[k] = min(5, equal[k] + 1)
    return used


@njit(cache=True, nogil=True)
def _weigh(texts, rows, asked, pieces, kinds):
    """The columns of `Told`."""
    pages = len(asked.last)
    most = asked.piece_count.sum() + _LINES * pages
    first_piece = len(texts.sizes) - len(pieces)
    bounds = np.zeros(pages + 1, np.int64)
    at, text, facts = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros((most, _FACTS))
    longest = asked.bounds[0]
    for p in range(pages):
        longest = max(longest, asked.bounds[p + 1] - asked.bounds[p])
    keys, places, equals = np.empty(longest, np.uint64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    # No text has more words and pairs than characters.
    room = 2
    for t in range(len(texts.sizes)):
        a = texts.words[texts.bounds[t]]
        room = max(room, texts.words[texts.bounds[t + 1]] - a)
    head_bag, core_bag, own_bag = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    known = np.empty(2 * room, np.uint64)
    marks = np.empty((room, 2), np.int64)
    near, menus, free = np.empty(longest, np.bool_), np.empty(longest, np.bool_), np.empty(longest, np.bool_)
    grams, chain = np.empty(_GRAMS, np.int64), np.empty(len(asked.below), np.int64)
    size = below = 0
    for p in range(pages):
        start, end = asked.bounds[p], asked.bounds[p + 1]
        head, body = start + asked.head[p], start + asked.body[p]
        pieced, whole, core, slug = asked.piece_count[p], asked.pieces[p], asked.core[p], asked.slug[p]
        heads = _bag(texts, whole, kinds, marks, head_bag) if pieced else 0
        cores = _bag(texts, core, kinds, marks, core_bag) if core >= 0 else 0
        # The words of a URL are all different.
        slugs = texts.bounds[slug + 1] - texts.bounds[slug] if slug >= 0 else 0
        slug_bag = texts.hashes[texts.bounds[slug] : texts.bounds[slug] + slugs]
        count = slugs
        known[:slugs] = slug_bag
        for k in range(heads):
            if not _has(slug_bag, slugs, head_bag[k]):
                known[count] = head_bag[k]
                count += 1
        _survey(texts, rows, start, end, head, body, near, menus, free)
        found = _select(texts, rows, asked, p, near, kinds, known, count, slugs > 2, keys, places, equals)

        # The candidates: the pieces, then the other lines.
        first = size
        for k in range(pieced):
            at[size], text[size] = head, whole + k
            facts[size, :PIECE_FACTS] = pieces[whole + k - first_piece]
            size += 1
        chosen = _best(texts, found, keys, places, body, whole, pieced)
        for k in chosen:
            row = first
            while row < first + pieced and texts.keys[text[row]] != keys[k]:
                row += 1
            if row == first + pieced:
                row = size
                text[row] = rows.number[places[k]]
                size += 1
            at[row] = places[k]
            facts[row, Fact.line], facts[row, Fact.equal] = 1.0, equals[k]

        _index(asked.below, below, asked.below_ends[p], grams, chain)
        for row in range(first, size):
            own = _bag(texts, text[row], kinds, marks, own_bag)
            fact = facts[row]
            _of_place(texts, rows, asked.last[p], start, end, head, body, at[row], text[row], menus, free, fact)
            fact[Fact.close] = near[at[row] - start]
            _of_text(texts, text[row], fact)
            fact[Fact.topical] = _topical(texts, marks, own, asked.below, asked.below_ends[p], grams, chain)
            _of_head(texts, text[row], whole if pieced else -1, core, fact)
            fact[Fact.in_head] = _both(own_bag, own, head_bag, heads) / own
            fact[Fact.of_core] = _both(own_bag, own, core_bag, cores) / cores if core >= 0 else -1.0
            both = _both(own_bag, own, slug_bag, slugs)
            fact[Fact.in_slug] = both / own if slugs else -1.0
            fact[Fact.of_slug] = both / slugs if slugs else -1.0
            _of_others(texts, text, facts, first, first + pieced, size, row)
            fact[Fact.cuts] = asked.cuts[p]
            fact[Fact.head_words] = min(_FAR, texts.bounds[whole + 1] - texts.bounds[whole]) if pieced else 0
            fact[Fact.core_words], fact[Fact.slug_words], fact[Fact.body_at] = cores, slugs, min(100, body - head)
        bounds[p + 1] = size
        _beside(facts[first:size], at[first:size])
        below = asked.below_ends[p] + 1
    return bounds, at[:size], text[:size], facts[:size]


@njit(cache=True, nogil=True)
def _survey(texts, rows, start, end, head, body, near, menus, free):
    """Where a title may well stand: before the body, around a date or a byline; and what is a menu, or neither menu nor
    label nor date, above the body."""
    count = end - start
    near[:count] = menus[:count] = free[:count] = False
    near[max(head, body - 8) - start : min(body + 1, end) - start] = True
    anchors, prose = 0, -1
    for n in range(start, end):
        if prose < 0 and rows.kinds[rows.number[n]] & PROSE:
            prose = n
            near[max(head, n - 8) - start : max(head, n) - start] = True
        if rows.signs[n] & ANCHOR and anchors < 10:
            anchors += 1
            if min(end, n + 3) > max(head, n - 4):
                near[max(head, n - 4) - start : min(end, n + 3) - start] = True
    for n in range(max(head, body - _ABOVE), min(body, end)):
        t = rows.number[n]
        if texts.sizes[t] <= LONGEST_TITLE:
            menus[n - start] = in_menu = texts.menu[t] > 0.5 or texts.crumb[t] > 0
            begin = texts.ends[t - 1] + 1 if t else 0
            is_free = rows.words[t] > 2 or (texts.sizes[t] > 6 and texts.raw[begin] >= 0x0E00)
            free[n - start] = is_free and not in_menu and not rows.signs[n] & DATED


@njit(cache=True, nogil=True)
def _best(texts, found, keys, places, body, whole, pieced):
    """The lines to be weighed: if there are too many, the pieces of the first line and then those nearest to the body."""
    order = np.arange(found)
    if found <= _LINES:
        return order
    far = np.empty(found, np.int64)
    for k in range(found):
        far[k] = abs(places[k] - body) + (1 << 40)
        for t in range(whole, whole + pieced):
            if texts.keys[t] == keys[k]:
                far[k] = abs(places[k] - body)
    return np.argsort(far, kind="mergesort")[:_LINES]


@njit(cache=True, nogil=True)
def _of_place(texts, rows, last, start, end, head, body, n, t, menus, free, fact):
    """Facts of a place, and of what stands around it."""
    fact[Fact.to_body] = max(-_FAR, min(_FAR, n - body))
    fact[Fact.to_prose] = fact[Fact.to_anchor] = fact[Fact.from_anchor] = _FAR
    for i in range(n + 1, min(end, n + _FAR + 1)):
        if rows.kinds[rows.number[i]] & PROSE:
            fact[Fact.to_prose] = i - n - 1
            break
    i = _next(rows.signs, n, end, ANCHOR)
    if i >= 0:
        fact[Fact.to_anchor] = i - n - 1
    for i in range(n - 1, max(start, n - _FAR) - 1, -1):
        if rows.signs[i] & ANCHOR:
            fact[Fact.from_anchor] = n - i - 1
            break
    fact[Fact.anchor] = (rows.signs[n] & ANCHOR) > 0
    fact[Fact.dated] = (rows.signs[n] & DATED) > 0
    fact[Fact.from_head] = min(n - head, 200)
    is_last = n == end - 1
    above = n == start or rows.place[n - 1] < rows.place[n] - 1
    below = rows.place[n] < last and (is_last or rows.place[n + 1] > rows.place[n] + 1)
    fact[Fact.isolated] = above and below
    fact[Fact.next_words] = -1 if is_last else min(rows.words[rows.number[n + 1]], _FAR)
    fact[Fact.before_words] = -1 if n == start else min(rows.words[rows.number[n - 1]], _FAR)
    for i in range(max(n - 3, start), n):
        fact[Fact.short_before] += rows.words[rows.number[i]] < 4
    for i in range(n + 1, min(n + 4, end)):
        fact[Fact.short_after] += rows.words[rows.number[i]] < 4
    if n > start:
        fact[Fact.after_menu] = menus[n - 1 - start]
        fact[Fact.after_crumb] = texts.crumb[rows.number[n - 1]]
    for i in range(head, min(n, end)):
        fact[Fact.menus_above] += menus[i - start]
        fact[Fact.free_above] += free[i - start]
    for i in range(n + 1, min(body, end)):
        fact[Fact.menus_below] += menus[i - start]
        fact[Fact.free_below] += free[i - start]
    # Whether one of the lines above ends with the text, as a breadcrumb does.
    a, b = texts.ends[t - 1] + 1 if t else 0, texts.ends[t]
    is_ascii = True
    for i in range(a, b):
        is_ascii &= texts.raw[i] < 0x80
    if b - a <= (8 if is_ascii else 3):
        return
    for m in range(max(head, n - 6), n):
        line = rows.number[m]
        if b - a < texts.sizes[line] < _WHOLE and _ends_with(texts.raw, texts.ends[line], a, b):
            fact[Fact.in_crumb] = 1.0


@njit(cache=True, nogil=True)
def _ends_with(data, stop, a, b):
    """Whether what ends at `stop`, and is not shorter, ends with what stands at [a, b)."""
    for i in range(1, b - a + 1):  # noqa: SIM110
        if data[stop - i] != data[b - i]:
            return False
    return True


@njit(cache=True, nogil=True)
def _of_text(texts, t, fact):
    """Facts of a text by itself."""
    fact[Fact.words] = min(_FAR, texts.bounds[t + 1] - texts.bounds[t])
    fact[Fact.size] = texts.sizes[t]
    fact[Fact.end], fact[Fact.separators] = texts.end[t], texts.separators[t]
    fact[Fact.menu], fact[Fact.capitals] = texts.menu[t], texts.capitals[t]
    fact[Fact.crumb] = texts.crumb[t]


@njit(cache=True, nogil=True)
def _index(below, a, b, grams, chain):
    """Chain the places of the first paragraphs at which the same two characters stand, by a hash of them."""
    grams[:] = -1
    for i in range(a, b - 1):
        h = (below[i] * 31 + below[i + 1]) & (_GRAMS - 1)
        chain[i], grams[h] = grams[h], i


@njit(cache=True, nogil=True)
def _topical(texts, marks, count, below, b, grams, chain):
    """The share of the stems of the longer words that stand in the first paragraphs; -1 if there are no such words. A
    title is made of the words of the first paragraphs, a menu is not."""
    stems = hits = 0
    for k in range(count):
        i, j = marks[k]
        if j - i < 4 and texts.solid[i] < 0x0E00:
            continue
        stems += 1
        size = min(6, j - i)
        if size == 1:
            hits += _stands_alone(below, b, texts.solid[i])
            continue
        at = grams[(texts.solid[i] * 31 + texts.solid[i + 1]) & (_GRAMS - 1)]
        while at >= 0:
            same = 0
            while same < size and at + same < b and below[at + same] == texts.solid[i + same]:
                same += 1
            if same == size:
                hits += 1
                break
            at = chain[at]
    return hits / stems if stems else -1.0


@njit(cache=True, nogil=True)
def _stands_alone(below, b, c):
    """Whether a character stands in the paragraphs that end at `b`."""
    i = b - 1
    while i >= 0 and below[i] != 0x0A:
        if below[i] == c:
            return True
        i -= 1
    return False


@njit(cache=True, nogil=True)
def _key_size(texts, t):
    """Characters of the words of a text, with single spaces."""
    a, b = texts.bounds[t], texts.bounds[t + 1]
    return texts.words[b] - texts.words[a] + b - a - 1


@njit(cache=True, nogil=True)
def _of_head(texts, t, head, core, fact):
    """How much of the core of the first line a text is that stands in it word by word, and whether that line begins with
    the text."""
    if head < 0:
        return
    a, b = texts.bounds[t], texts.bounds[t + 1]
    first, last = texts.bounds[head], texts.bounds[head + 1]
    for start in range(first, last - (b - a) + 1):
        w = 0
        while w < b - a and texts.hashes[start + w] == texts.hashes[a + w]:
            w += 1
        if w == b - a and core >= 0:
            fact[Fact.echo] = _key_size(texts, t) / _key_size(texts, core)
            break
    # All words are the same, but that the last may go on in the first line.
    if b - a > last - first:
        return
    for w in range(b - a):
        i, j = texts.words[a + w], texts.words[first + w]
        size, other = texts.words[a + w + 1] - i, texts.words[first + w + 1] - j
        if size > other or (size < other and w < b - a - 1):
            return
        for k in range(size):
            if texts.solid[i + k] != texts.solid[j + k]:
                return
    fact[Fact.starts_echo] = 1.0


@njit(cache=True, nogil=True)
def _of_others(texts, text, facts, first, lines, last, row):
    """How much of a candidate another one makes up, a piece or a line, at its end or start, and how much it makes up of
    the end of a line: a kicker, a crumb or the name of the site is glued to the title."""
    fact = facts[row]
    a, b = texts.words[texts.bounds[text[row]]], texts.words[texts.bounds[text[row] + 1]]
    size = b - a
    least = 7
    for i in range(a, b):
        if texts.solid[i] >= 0x80:
            least = 3
    if size <= least:
        return
    for k in range(first, last):
        c, d = texts.words[texts.bounds[text[k]]], texts.words[texts.bounds[text[k] + 1]]
        length = d - c
        if least < length < size:
            if _ends_with(texts.solid, b, c, d):
                column = Fact.ends_line if k >= lines else Fact.ends
                fact[column] = max(fact[column], length / size)
            if k < lines and _ends_with(texts.solid, a + length, c, d):
                fact[Fact.starts] = max(fact[Fact.starts], length / size)
        if length > size and facts[k, Fact.line] and _ends_with(texts.solid, d, a, b):
            fact[Fact.end_of] = max(fact[Fact.end_of], size / length)


@njit(cache=True, nogil=True)
def _beside(facts, at):
    """What the candidates of a page are beside each other."""
    best_echo, best_core, best_slug = 0.0, -1.0, -1.0
    echoes = 0
    for k in range(len(facts)):
        fact = facts[k]
        if fact[Fact.line]:
            best_echo, best_core = max(best_echo, fact[Fact.echo]), max(best_core, fact[Fact.of_core])
            echoes += fact[Fact.echo] > 0 or fact[Fact.of_core] > 0.5
        best_slug = max(best_slug, fact[Fact.of_slug])
    for k in range(len(facts)):
        fact = facts[k]
        fact[Fact.line_echoes], fact[Fact.candidates] = echoes, len(facts)
        fact[Fact.best_echo], fact[Fact.best_slug] = best_echo, best_slug
        fact[Fact.less_slug], fact[Fact.less_core] = best_slug - fact[Fact.of_slug], best_core - fact[Fact.of_core]
        fact[Fact.longer_echo] = best_echo - fact[Fact.echo]
        for j in range(len(facts)):
            if at[j] < at[k] and facts[j, Fact.line] and (facts[j, Fact.echo] > 0 or facts[j, Fact.of_core] > 0.5):
                fact[Fact.order] += 1
