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
from pipeline.models.forest import best_f1
from pipeline.utf8 import code_at

_SPACE, _LOWER, _UPPER, _UNCASED, _DIGIT, _UNSPACED, _END, _COMMA, _QUOTE, _BAR, _MARK, _COLON, _SYMBOL = (
    int(c) for c in list(Class)[1:]
)
_CLASSES = len(Class)

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
_LINE = len(LINE_FEATURES)

CONTEXT_FEATURES = (
    "first guess",
    *(f"{what} {way}" for way in ("3 above", "2 above", "1 above", "1 below", "2 below", "3 below") for what in ("guess", "words")),
    *(f"{what} within {d}" for d in (2, 5, 12, 30) for what in ("guess above", "guess below", "guess")),
    "lines since text", "text above share", "text of the page", "paragraphs of the page",
    "lines after the start of the body", "lines before the end of the body", "weight of the body", "body share of the page",
    "words shared with the body", "how often the body has its words", "guess of the heading above", "lines since the heading",
    "text below", "text above", "lines until text",
)  # fmt: skip


# Stands for all characters beyond the Basic Multilingual Plane.
_BEYOND = 0x10000


@njit(cache=True, nogil=True)
def measure(data, offsets, classes, lower, rows, words, bounds):
    """Fill `rows` (lines, LINE_FEATURES) and the hashes of each line's `words`, with their `bounds`.

    `data` and `offsets` are the buffers of an Arrow column of large strings. Gives the number of words.
    """
    count = np.empty(_CLASSES, np.int64)
    t = 0
    for i in range(len(offsets) - 1):
        p, stop = offsets[i], offsets[i + 1]
        bounds[i] = t
        last_word = t + MAX_WORDS
        count[:] = 0
        chars = n_words = capitalised = shouted = longest = 0
        years = clocks = at_sign = addresses = rights = tabs = braces = money = ellipsis = 0
        first = last = before_last = run = run_value = 0
        while p < stop:
            code, size = code_at(data, p)
            code = min(code, _BEYOND)
            p += size
            kind = classes[code]
            if kind != _SPACE and first == 0:
                first = kind
            if _LOWER <= kind <= _DIGIT:
                n_words += 1
                capitalised += kind == _UPPER
                length = capitals = 0
                word = np.uint32(2166136261)
                while True:
                    length += 1
                    count[kind] += 1
                    capitals += kind == _UPPER
                    before_last, last = last, kind
                    folded = np.uint32(48) if kind == _DIGIT else np.uint32(lower[code])
                    word = np.uint32((word ^ folded) * np.uint32(16777619))  # FNV-1a over code points
                    if 48 <= code <= 57:
                        run += 1
                        if run < 6:
                            run_value = run_value * 10 + code - 48
                    elif run:
                        years += _is_year(run, run_value)
                        run = run_value = 0
                    if p >= stop:
                        break
                    code, size = code_at(data, p)
                    code = min(code, _BEYOND)
                    kind = classes[code]
                    if not (_LOWER <= kind <= _DIGIT or kind == _MARK):
                        break
                    p += size
                chars += length
                longest = max(longest, length)
                shouted += length > 2 and capitals == length
                if t < last_word:
                    words[t] = word
                    t += 1
                continue
            chars += 1
            count[kind] += 1
            if kind == _SPACE:
                tabs += code == 0x09
            else:
                before_last, last = last, kind
                if kind == _UNSPACED:
                    if t < last_word:
                        words[t] = np.uint32(code * 2654435761)
                        t += 1
                elif kind == _END:
                    ellipsis |= code == 0x2026
                elif code == 0x3A:
                    clocks += 0 < run < 3 and p < stop and 48 <= data[p] <= 57
                    addresses += p + 1 < stop and data[p] == 47 and data[p + 1] == 47
                else:
                    at_sign |= code == 0x40
                    rights |= code == 0xA9
                    braces += code == 0x7B or code == 0x7D
                    money += code == 0x24 or code == 0x20AC or code == 0xA3 or code == 0xA5
            if run:
                years += _is_year(run, run_value)
                run = run_value = 0
        years += _is_year(run, run_value)
        if stop - offsets[i] >= 3 and data[stop - 1] == 46 and data[stop - 2] == 46 and data[stop - 3] == 46:
            ellipsis = 1
        upper, digits, unspaced, ends, commas = (
            count[_UPPER],
            count[_DIGIT],
            count[_UNSPACED],
            count[_END],
            count[_COMMA],
        )
        bars, symbols = count[_BAR], count[0] + count[_MARK] + count[_SYMBOL]
        letters = count[_LOWER] + upper + count[_UNCASED]
        total = n_words + (unspaced + 1) // 2
        per_word, per_char, per_letter = max(total, 1), max(chars, 1), max(letters, 1)
        row = rows[i]
        row[0], row[1], row[2] = chars, total, (letters + unspaced) / per_char
        row[3], row[4] = upper / per_letter, digits / per_char
        row[5], row[6], row[7], row[8], row[9], row[10] = ends, commas, count[_QUOTE], bars, count[_COLON], symbols
        row[11], row[12], row[13] = capitalised / per_word, longest, letters / per_word
        row[14], row[15], row[16], row[17] = first, last, before_last, ellipsis
        row[18], row[19], row[20], row[21], row[22], row[23] = years, clocks, at_sign, addresses, rights, tabs
        row[24], row[25], row[26], row[27], row[28] = shouted / per_word, unspaced / per_char, braces, money, digits
        row[29], row[30], row[31] = ends / per_word, commas / per_word, (bars + symbols) / per_word
    bounds[len(offsets) - 1] = t
    return t


@njit(cache=True, nogil=True, inline="always")
def _is_year(digits, value):
    return digits == 4 and (value // 100 == 19 or value // 100 == 20)


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
def _guess(ids, rows, words, bounds, weights, bias, out):
    """The first guess for each line of a page, as log odds."""
    above, higher = np.empty(len(ids), np.int64), np.empty(len(ids), np.int64)
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
_BOX = np.uint32(_BOXES - 1)
_FAR = 200.0


@njit(cache=True, nogil=True)
def measure_in_page(ids, pages, kinds, rows, words, bounds, weights, bias, out, guess):
    """What is measured of lines among the lines of their page; page `k` has the lines `pages[k]` to `pages[k + 1]`.

    Fills the first guess for every line, as log odds, and LINE_FEATURES and PAGE_FEATURES, one behind the other, of those
    that no rule has taken out: of kind 0.
    """
    boxes = np.empty((3, _BOXES), np.int32)
    at = 0
    for k in range(len(pages) - 1):
        a, b = pages[k], pages[k + 1]
        _guess(ids[a:b], rows, words, bounds, weights, bias, guess[a:b])
        at += _place(ids[a:b], kinds[a:b], rows, words, bounds, boxes, out[at:])


@njit(cache=True, nogil=True)
def _place(ids, kinds, rows, words, bounds, boxes, out):
    n = len(ids)
    boxes[:] = 0
    count, seen, copies = boxes
    whole = np.empty(n, np.uint32)
    total = 0.0
    labelled = 0
    for i in range(n):
        total += rows[ids[i], 1]
        labelled += kinds[i] > 0
        key = np.uint32(0)
        for k in range(bounds[ids[i]], bounds[ids[i] + 1]):
            box = words[k] & _BOX
            if seen[box] != i + 1:
                count[box] += 1
                seen[box] = i + 1
            key = np.uint32(key * np.uint32(31) + words[k])
        whole[i] = key & _BOX
        copies[whole[i]] += 1
    log = np.empty(n + 2)
    for k in range(n + 2):
        log[k] = np.log(max(k, 1))
    n_first = min(bounds[ids[0] + 1] - bounds[ids[0]], 40) if n else 0
    for k in range(n_first):
        seen[words[bounds[ids[0]] + k] & _BOX] = -1
    since = np.full(KINDS, _FAR)
    done = 0.0
    f = 0
    for i in range(n):
        if kinds[i] == 0:
            a, b = bounds[ids[i]], bounds[ids[i] + 1]
            shared = alone = 0
            common = 0.0
            for k in range(a, b):
                box = words[k] & _BOX
                shared += seen[box] < 0
                common += log[count[box]]
                alone += count[box] == 1
            out[f, :_LINE] = rows[ids[i]]
            row = out[f, _LINE:]
            row[0], row[1], row[2] = i / n, min(i, 300), min(n - 1 - i, 300)
            row[3], row[4], row[5], row[6] = done / max(total, 1.0), np.log1p(n), np.log1p(total), done
            row[7], row[8] = shared / max(1, b - a), shared / max(1, n_first)
            row[9], row[10], row[11] = common / max(1, b - a), alone / max(1, b - a), min(copies[whole[i]], 20)
            row[12] = 0
            row[13] = kinds[i - 1] if i else -1
            row[14] = kinds[i + 1] if i + 1 < n else -1
            for kind in range(1, KINDS):
                row[14 + kind] = since[kind]
            row[22] = labelled / n
            f += 1
        done += rows[ids[i], 1]
        _pass(since, kinds[i])
    since[:] = _FAR
    free = f
    for i in range(n - 1, -1, -1):
        if kinds[i] == 0:
            f -= 1
            for kind in range(1, KINDS):
                out[f, _LINE + 22 + kind] = since[kind]
        _pass(since, kinds[i])
    return free


@njit(cache=True, nogil=True, inline="always")
def _pass(since, kind):
    """Go on by a line of this kind: `since` holds the lines since the last of each."""
    for k in range(1, KINDS):
        since[k] = 0 if kind == k else min(since[k] + 1, _FAR)


@njit(cache=True, nogil=True)
def measure_around(ids, pages, kinds, p, rows, words, bounds, out):
    """CONTEXT_FEATURES of the same lines, from a first guess `p` of how likely each line is main text."""
    body = np.empty(_BOXES, np.int32)
    log = np.empty(1024)
    for k in range(len(log)):
        log[k] = np.log1p(k)
    at = 0
    for k in range(len(pages) - 1):
        a, b = pages[k], pages[k + 1]
        at += _context(ids[a:b], kinds[a:b], p[a:b], rows, words, bounds, body, log, out[at:])


@njit(cache=True, nogil=True)
def _context(ids, kinds, p, rows, words, bounds, body, log, out):
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
    body[:] = 0
    for i in range(first, last + 1):
        if p[i] > 0.5:
            for k in range(bounds[ids[i]], bounds[ids[i] + 1]):
                body[words[k] & _BOX] += 1
    whole = max(text[n], 1e-9)
    since = _FAR
    heading, heading_since = 0.0, 60.0
    f = 0
    for i in range(n):
        w = rows[ids[i], 1]
        if kinds[i] == 0:
            row = out[f]
            f += 1
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
            row[q], row[q + 1], row[q + 2], row[q + 3] = since, text[i] / whole, text[n] / max(1.0, size[n]), paragraphs
            row[q + 4] = i - first if last >= 0 else -999
            row[q + 5] = last - i if last >= 0 else -999
            row[q + 6], row[q + 7] = best, (last - first + 1) / n
            own = 1 if p[i] > 0.5 and first <= i <= last else 0
            shared = 0
            often = 0.0
            a, b = bounds[ids[i]], bounds[ids[i] + 1]
            for k in range(a, b):
                there = body[words[k] & _BOX] - own
                if there > 0:
                    shared += 1
                    often += log[there] if there < len(log) else np.log1p(there)
            row[q + 8], row[q + 9] = shared / max(1, b - a), often / max(1, b - a)
            row[q + 10], row[q + 11] = heading, heading_since
            row[q + 12], row[q + 13] = text[n] - text[i + 1], text[i]
        since = 0.0 if p[i] > 0.5 and w >= 10 else min(since + 1, _FAR)
        if w <= 7 and rows[ids[i], 15] != _END:
            heading, heading_since = p[i], 0.0
        else:
            heading_since = min(heading_since + 1, 60.0)
    until = _FAR
    free = f
    for i in range(n - 1, -1, -1):
        if kinds[i] == 0:
            f -= 1
            out[f, len(CONTEXT_FEATURES) - 1] = until
        until = 0.0 if p[i] > 0.5 and rows[ids[i], 1] >= 10 else min(until + 1, _FAR)
    return free


# ---- what stays -----------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def choose(p, kinds, words, pages, floor, caps, stay):
    """Mark the lines of each page that stay: those of kind 0 that are likelier main text than half of the F1 that can be
    expected (see `best_f1`), but for `floor` and the page's cap; the likeliest of a page does in any case."""
    for k in range(len(pages) - 1):
        a, b = pages[k], pages[k + 1]
        if a == b:
            continue
        weight = np.empty(b - a, np.float32)
        for i in range(a, b):
            weight[i - a] = (max(words[i], np.float32(1)) if kinds[i] == 0 else np.float32(0)) + np.float32(1e-6)
        limit = min(max(best_f1(p[a:b], weight) / 2, floor), caps[k])
        best, free = -1, 0
        for i in range(a, b):
            stay[i] = p[i] > limit
            if kinds[i] == 0:
                free += stay[i]
                if best < 0 or p[i] > p[best]:
                    best = i
        if best >= 0 and free == 0:
            stay[best] = True
