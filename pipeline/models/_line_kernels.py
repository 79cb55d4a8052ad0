"""Compiled loops of the line model: what is measured of lines, and of lines among the lines of their page.

Everything is integer arithmetic or float64 sums in a fixed order, so that a page gets the same numbers on every machine
and in every batch.
"""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from pipeline.models.characters import Class

_SPACE, _LOWER, _UPPER, _UNCASED, _DIGIT, _UNSPACED, _END, _COMMA, _QUOTE, _BAR, _MARK, _COLON, _SYMBOL = (
    int(c) for c in list(Class)[1:]
)

# Of a longer line only so many words are looked at one by one.
MAX_WORDS = 400

LINE_FEATURES = (
    "characters", "words", "letters share", "upper-case share", "digits share", "sentence marks", "commas", "quotes",
    "bars", "colons", "symbols", "capitalised words", "longest word", "letters a word", "first character",
    "last character", "last but one character", "ellipsis", "years", "clock times", "at sign", "addresses", "copyright sign",
    "tabs", "words in capitals", "unspaced share", "braces", "money", "digits", "sentence marks a word", "commas a word",
    "bars a word",
)  # fmt: skip

PAGE_FEATURES = (
    "place", "lines above", "lines below", "words above share", "lines of the page", "words of the page", "words above",
    "words of the first line", "share of the first line", "how common its words are", "words nowhere else", "copies in the page",
    "kind", "kind above", "kind below",
    *(f"lines since {kind}" for kind in ("menu", "header", "widget", "note", "caption", "related", "comments or legal")),
    "labelled share",
    *(f"lines until {kind}" for kind in ("menu", "header", "widget", "note", "caption", "related", "comments or legal")),
)  # fmt: skip
KINDS = 8

CONTEXT_FEATURES = (
    "first guess",
    *(f"{what} {way}" for way in ("3 above", "2 above", "1 above", "1 below", "2 below", "3 below") for what in ("guess", "words")),
    *(f"{what} within {d}" for d in (2, 5, 12, 30) for what in ("guess above", "guess below", "guess")),
    "lines since text", "text above share", "text of the page", "paragraphs of the page",
    "lines after the start of the body", "lines before the end of the body", "weight of the body", "body share of the page",
    "words shared with the body", "how often the body has its words", "guess of the heading above", "lines since the heading",
    "text below", "text above", "lines until text",
)  # fmt: skip


@njit(cache=True, nogil=True)
def measure(data, offsets, classes, lower, rows, words, bounds):
    """Fill `rows` (lines, LINE_FEATURES) and the hashes of each line's `words`, with their `bounds`.

    `data` and `offsets` are the buffers of an Arrow column of large strings. Gives the number of words.
    """
    t = 0
    for i in range(len(offsets) - 1):
        p, stop = offsets[i], offsets[i + 1]
        bounds[i] = t
        last_word = t + MAX_WORDS
        chars = letters = upper = digits = ends = commas = quotes = bars = colons = symbols = unspaced = 0
        count = capitalised = shouted = longest = length = capitals = 0
        years = clocks = at_sign = addresses = rights = tabs = braces = money = ellipsis = 0
        first = last = before_last = run = run_value = 0
        inside = False
        word = np.uint32(2166136261)
        while p <= stop:
            # A line feed stands behind the last character, so that what is open there is closed like anywhere else.
            byte = data[p] if p < stop else np.uint8(0x0A)
            if byte < 0x80:
                code = np.uint32(byte)
                p += 1
            elif byte < 0xE0:
                code = np.uint32(((byte & 0x1F) << 6) | (data[p + 1] & 0x3F))
                p += 2
            elif byte < 0xF0:
                code = np.uint32(((byte & 0x0F) << 12) | ((data[p + 1] & 0x3F) << 6) | (data[p + 2] & 0x3F))
                p += 3
            else:
                code = np.uint32(0x10000)
                p += 4
            kind = int(classes[code]) if code < 0x10000 else _SYMBOL
            chars += p <= stop
            if kind != _SPACE:
                if first == 0:
                    first = kind
                before_last = last
                last = kind
            if kind in (_LOWER, _UPPER, _UNCASED, _DIGIT) or (kind == _MARK and inside):
                if not inside:
                    inside = True
                    length = capitals = 0
                    word = np.uint32(2166136261)
                    count += 1
                    capitalised += kind == _UPPER
                length += 1
                capitals += kind == _UPPER
                folded = np.uint32(48) if kind == _DIGIT else np.uint32(lower[code])
                word = np.uint32((word ^ folded) * np.uint32(16777619))  # FNV-1a over code points
            else:
                if inside:
                    if t < last_word:
                        words[t] = word
                        t += 1
                    longest = max(longest, length)
                    shouted += length > 2 and capitals == length
                    inside = False
                if kind == _UNSPACED:
                    unspaced += 1
                    if t < last_word:
                        words[t] = np.uint32(code * np.uint32(2654435761))
                        t += 1
            if kind in (_LOWER, _UNCASED):
                letters += 1
            elif kind == _UPPER:
                letters += 1
                upper += 1
            elif kind == _DIGIT:
                digits += 1
            elif kind == _END:
                ends += 1
                ellipsis |= code == 0x2026
            elif kind == _COMMA:
                commas += 1
            elif kind == _QUOTE:
                quotes += 1
            elif kind == _BAR:
                bars += 1
            elif kind == _COLON:
                colons += 1
            elif kind != _SPACE and kind != _UNSPACED:
                symbols += 1
            tabs += code == 0x09
            at_sign |= code == 0x40
            rights |= code == 0xA9
            braces += code == 0x7B or code == 0x7D
            money += code == 0x24 or code == 0x20AC or code == 0xA3 or code == 0xA5
            if 48 <= code <= 57:
                run += 1
                if run < 6:
                    run_value = run_value * 10 + int(code) - 48
            else:
                years += run == 4 and (run_value // 100 == 19 or run_value // 100 == 20)
                if code == 0x3A:
                    clocks += 0 < run < 3 and p < stop and 48 <= data[p] <= 57
                    addresses += p + 1 < stop and data[p] == 47 and data[p + 1] == 47
                run = run_value = 0
        if stop - offsets[i] >= 3 and data[stop - 1] == 46 and data[stop - 2] == 46 and data[stop - 3] == 46:
            ellipsis = 1
        total = count + (unspaced + 1) // 2
        per_word, per_char, per_letter = max(total, 1), max(chars, 1), max(letters, 1)
        row = rows[i]
        row[0], row[1], row[2] = chars, total, (letters + unspaced) / per_char
        row[3], row[4] = upper / per_letter, digits / per_char
        row[5], row[6], row[7], row[8], row[9], row[10] = ends, commas, quotes, bars, colons, symbols
        row[11], row[12], row[13] = capitalised / per_word, longest, letters / per_word
        row[14], row[15], row[16], row[17] = first, last, before_last, ellipsis
        row[18], row[19], row[20], row[21], row[22], row[23] = years, clocks, at_sign, addresses, rights, tabs
        row[24], row[25], row[26], row[27], row[28] = shouted / per_word, unspaced / per_char, braces, money, digits
        row[29], row[30], row[31] = ends / per_word, commas / per_word, (bars + symbols) / per_word
    bounds[len(offsets) - 1] = t
    return t


# ---- the first guess: a linear model over hashed words --------------------------------------------------------------

BITS = 18
# Features of one line at most: 60 words and pairs of them, and what stands around it.
MOST = 200


@njit(cache=True, nogil=True)
def _slot(value, role):
    x = np.uint32(value) ^ np.uint32(np.uint32(role) * np.uint32(0x9E3779B9))
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.int64((x ^ (x >> np.uint32(16))) & np.uint32((1 << BITS) - 1))


@njit(cache=True, nogil=True)
def _size(words):
    """The number of words in ten steps."""
    n = 0
    for limit in (1, 2, 3, 4, 6, 9, 13, 20, 40):
        n += words >= limit
    return n


@njit(cache=True, nogil=True)
def headings(ids, rows, above, higher):
    """For each line of a page the nearest short line above it that is no sentence, and the one above that; else -1."""
    one = two = -1
    for i in range(len(ids)):
        above[i] = one if one >= 0 and i - one < 60 else -1
        higher[i] = two if two >= 0 and i - two < 60 else -1
        row = rows[ids[i]]
        if row[1] <= 7 and row[15] != _END and row[2] > 0.4:
            two, one = one, i


@njit(cache=True, nogil=True)
def slots(i, ids, above, higher, rows, words, bounds, out):
    """The weights that line `i` of a page calls on, into `out`. Gives how many, and how many are of its own words."""
    n = 0
    a, b = bounds[ids[i]], bounds[ids[i] + 1]
    m = min(b - a, 60)
    for k in range(m):
        out[n] = _slot(words[a + k], 1)
        n += 1
        if k:
            out[n] = _slot(words[a + k] * np.uint32(31) + words[a + k - 1], 2)
            n += 1
    own = n
    if m > 0:
        out[n], out[n + 1] = _slot(words[a], 3), _slot(words[b - 1], 4)
        n += 2
        if m <= 6:
            whole = np.uint32(0)
            for k in range(m):
                whole = np.uint32(whole * np.uint32(31) + words[a + k])
            out[n] = _slot(whole, 5)
            n += 1
    for d in range(-2, 3):
        j = i + d
        if j < 0 or j >= len(ids):
            out[n] = _slot(d + 5, 7)
            n += 1
            continue
        row = rows[ids[j]]
        shape = np.uint32(_size(row[1]) * 64 + np.uint32(row[15]))
        if d == 0:
            out[n] = _slot(shape + np.uint32(1024) * np.uint32(row[14]), 6)
            n += 1
            continue
        out[n] = _slot(shape, 10 + d)
        n += 1
        if d == -1 or d == 1:
            n = _phrase(ids[j], 6, 20 + d, 22 + d, words, bounds, out, n)
    if above[i] >= 0:
        n = _phrase(ids[above[i]], 8, 30, 32, words, bounds, out, n)
    if higher[i] >= 0:
        n = _phrase(ids[higher[i]], 8, 31, 33, words, bounds, out, n)
    return n, own


@njit(cache=True, nogil=True)
def _phrase(line, most, role, whole_role, words, bounds, out, n):
    """The first words of another line, one by one and together."""
    a = bounds[line]
    whole = np.uint32(0)
    for k in range(min(bounds[line + 1] - a, most)):
        out[n] = _slot(words[a + k], role)
        n += 1
        whole = np.uint32(whole * np.uint32(31) + words[a + k])
    out[n] = _slot(whole, whole_role)
    return n + 1


@njit(cache=True, nogil=True)
def guess(ids, rows, words, bounds, weights, bias, above, higher, out):
    """The first guess for each line of a page, as log odds."""
    headings(ids, rows, above, higher)
    called = np.empty(MOST, np.int64)
    for i in range(len(ids)):
        n, own = slots(i, ids, above, higher, rows, words, bounds, called)
        of_words = of_place = 0.0
        for k in range(own):
            of_words += weights[called[k]]
        for k in range(own, n):
            of_place += weights[called[k]]
        out[i] = (of_words / np.sqrt(own) if own else 0.0) + of_place / np.sqrt(n - own + 1.0) + bias


# ---- among the lines of the page ------------------------------------------------------------------------------------

# Words of a page are counted in so many boxes.
_BOXES = 1 << 13
_FAR = 200.0


@njit(cache=True, nogil=True)
def place(ids, kinds, rows, words, bounds, out):
    """PAGE_FEATURES of each line of a page; `kinds` says what the rules took the lines for (0: nothing)."""
    n = len(ids)
    boxes = np.uint32(_BOXES - 1)
    count = np.zeros(_BOXES, np.int32)
    seen = np.full(_BOXES, -1, np.int32)
    copies = np.zeros(_BOXES, np.int32)
    whole = np.empty(n, np.uint32)
    total = 0.0
    labelled = 0
    for i in range(n):
        total += rows[ids[i], 1]
        labelled += kinds[i] > 0
        key = np.uint32(0)
        for k in range(bounds[ids[i]], bounds[ids[i] + 1]):
            box = words[k] & boxes
            if seen[box] != i:
                count[box] += 1
                seen[box] = i
            key = np.uint32(key * np.uint32(31) + words[k])
        whole[i] = key & boxes
        copies[whole[i]] += 1
    of_first = np.zeros(_BOXES, np.uint8)
    n_first = min(bounds[ids[0] + 1] - bounds[ids[0]], 40) if n else 0
    for k in range(n_first):
        of_first[words[bounds[ids[0]] + k] & boxes] = 1
    log = np.empty(n + 2)
    for k in range(n + 2):
        log[k] = np.log(max(k, 1))
    since = np.full(KINDS, _FAR)
    done = 0.0
    for i in range(n):
        row = out[i]
        row[0], row[1], row[2] = i / n, min(i, 300), min(n - 1 - i, 300)
        row[3], row[4], row[5], row[6] = done / max(total, 1.0), np.log1p(n), np.log1p(total), done
        done += rows[ids[i], 1]
        a, b = bounds[ids[i]], bounds[ids[i] + 1]
        shared = alone = 0
        common = 0.0
        for k in range(a, b):
            box = words[k] & boxes
            shared += of_first[box]
            common += log[count[box]]
            alone += count[box] == 1
        row[7], row[8] = shared / max(1, b - a), shared / max(1, n_first)
        row[9], row[10], row[11] = common / max(1, b - a), alone / max(1, b - a), min(copies[whole[i]], 20)
        row[12] = kinds[i]
        row[13] = kinds[i - 1] if i else -1
        row[14] = kinds[i + 1] if i + 1 < n else -1
        for kind in range(1, KINDS):
            row[14 + kind] = since[kind]
            since[kind] = 0 if kinds[i] == kind else min(since[kind] + 1, _FAR)
        row[22] = labelled / n
    until = np.full(KINDS, _FAR)
    for i in range(n - 1, -1, -1):
        for kind in range(1, KINDS):
            out[i, 22 + kind] = until[kind]
            until[kind] = 0 if kinds[i] == kind else min(until[kind] + 1, _FAR)


@njit(cache=True, nogil=True)
def context(ids, p, rows, words, bounds, out):
    """CONTEXT_FEATURES of each line of a page, from a first guess `p` of how likely each line is main text."""
    n = len(ids)
    text, size, sums = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    best = total = 0.0
    start = first = 0
    last = -1
    paragraphs = 0
    for i in range(n):
        w = min(rows[ids[i], 1], 100.0)
        text[i + 1], size[i + 1], sums[i + 1] = text[i] + p[i] * w, size[i] + w, sums[i] + p[i]
        paragraphs += p[i] > 0.5 and w >= 10
        # The body is the span of lines with the greatest sum of words likely to be text over those that are not.
        if total <= 0:
            total, start = 0.0, i
        total += (p[i] - 0.5) * (w + 2)
        if total > best:
            best, first, last = total, start, i
    boxes = np.uint32(_BOXES - 1)
    of_body = np.zeros(_BOXES, np.int32)
    for i in range(first, last + 1):
        if p[i] > 0.5:
            for k in range(bounds[ids[i]], bounds[ids[i] + 1]):
                of_body[words[k] & boxes] += 1
    whole = max(text[n], 1e-9)
    since = _FAR
    heading, heading_since = 0.0, 60.0
    for i in range(n):
        row = out[i]
        row[0] = p[i]
        q = 1
        for d in (-3, -2, -1, 1, 2, 3):
            j = i + d
            inside = 0 <= j < n
            row[q] = p[j] if inside else -1
            row[q + 1] = rows[ids[j], 1] if inside else -1
            q += 2
        for d in (2, 5, 12, 30):
            a, b = max(0, i - d), min(n, i + d + 1)
            row[q] = (text[i] - text[a]) / max(1.0, size[i] - size[a])
            row[q + 1] = (text[b] - text[i + 1]) / max(1.0, size[b] - size[i + 1])
            row[q + 2] = (sums[b] - sums[a]) / (b - a)
            q += 3
        w = rows[ids[i], 1]
        paragraph = p[i] > 0.5 and w >= 10
        row[q], row[q + 1], row[q + 2], row[q + 3] = since, text[i] / whole, text[n] / max(1.0, size[n]), paragraphs
        since = 0 if paragraph else min(since + 1, _FAR)
        row[q + 4] = i - first if last >= 0 else -999
        row[q + 5] = last - i if last >= 0 else -999
        row[q + 6], row[q + 7] = best, (last - first + 1) / n
        own = 1 if p[i] > 0.5 and first <= i <= last else 0
        shared = 0
        often = 0.0
        a, b = bounds[ids[i]], bounds[ids[i] + 1]
        for k in range(a, b):
            there = of_body[words[k] & boxes] - own
            shared += there > 0
            often += np.log1p(max(there, 0))
        row[q + 8], row[q + 9] = shared / max(1, b - a), often / max(1, b - a)
        row[q + 10], row[q + 11] = heading, heading_since
        if w <= 7 and rows[ids[i], 15] != _END:
            heading, heading_since = p[i], 0.0
        else:
            heading_since = min(heading_since + 1, 60.0)
        row[q + 12], row[q + 13] = text[n] - text[i + 1], text[i]
    until = _FAR
    for i in range(n - 1, -1, -1):
        out[i, q + 14] = until
        until = 0 if p[i] > 0.5 and rows[ids[i], 1] >= 10 else min(until + 1, _FAR)
