"""Lines as numbers: the same number for the same line, straight from the bytes of an Arrow column.

The number is a hash of 60 bits of the line without its digits, three bits for the digits, and a last bit that says
whether the line is long (running text, as a rule). It is not made against malice: whoever makes two lines collide does
so on a site of their own.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import xxhash
from numba import njit

# Bytes of UTF-8 (folded) from which on a line counts as long: some 14 words of English, 27 Chinese characters.
LONG = 80
# Lines from this many bytes on are compared as they stand: the number in them is the text's, not the template's.
AS_IT_STANDS = 200
# The bits of a key that tell lines apart which differ in their digits only; 0 in a line without digits.
DIGITS = np.uint64(0b1110)


def site_key(site: str) -> int:
    """The number under which a site stands in the tables; never 0."""
    return int(xxhash.xxh64_intdigest(site.encode("utf-8", "surrogatepass"))) or 1


def line_keys(lines: pa.Array) -> np.ndarray:
    """A number per line (uint64) of a column of large strings, none of which holds a line feed.

    Equal for lines that differ in their digits and white space only: the day or the number in a footer does not make
    it another line. 0 for a line without letters: such lines (rules, figures, page numbers) say nothing of a site.
    """
    return text_keys(lines)[0] & ~DIGITS


def text_keys(texts: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of a column of large strings: the keys of all their lines with the bits for digits, one text after the other; how
    many lines each text has; a number per text that is equal where the long lines are, if they make up half of it; and one that is equal
    where all lines are."""
    if not len(texts):
        return np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint64)
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset)
    text = np.frombuffer(data, np.uint8)[: bounds[-1]] if data else np.empty(0, np.uint8)
    feeds = np.flatnonzero(text[bounds[0] :] == 0x0A) + bounds[0]
    keys, counts, bodies, wholes = _keys(text, bounds, feeds)
    return keys, counts, bodies, wholes


# The primes of xxHash, and the last step of its 64-bit hash.
_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)


@njit(cache=True, nogil=True)
def _end(h):  # type: ignore[no-untyped-def]
    h ^= h >> np.uint64(33)
    h *= _P2
    h ^= h >> np.uint64(29)
    h *= _P3
    return h ^ (h >> np.uint64(32))


@njit(cache=True, nogil=True)
def _space(text, i, stop):  # type: ignore[no-untyped-def]
    """Bytes of the white space or invisible character that begins at `i`, 0 if another one does."""
    b = text[i]
    if b <= 0x20:
        return 1
    if b == 0xC2 and i + 1 < stop and text[i + 1] == 0xA0:
        return 2
    if b == 0xE2 and i + 2 < stop and text[i + 1] == 0x80 and text[i + 2] <= 0x8F:
        return 3
    if b == 0xE3 and i + 2 < stop and text[i + 1] == 0x80 and text[i + 2] == 0x80:
        return 3
    return 0


@njit(cache=True, nogil=True)
def _digit(text, i, stop):  # type: ignore[no-untyped-def]
    """Bytes of the decimal digit that begins at `i` (the scripts that print their dates in digits of their own), else 0."""
    b = text[i]
    if b < 0x80:
        return 1 if 0x30 <= b <= 0x39 else 0
    if i + 1 < stop and ((b == 0xD9 and 0xA0 <= text[i + 1] <= 0xA9) or (b == 0xDB and 0xB0 <= text[i + 1] <= 0xB9)):
        return 2  # Arabic, Persian
    if i + 2 < stop:
        c, d = text[i + 1], text[i + 2]
        if b == 0xE0 and (c == 0xA5 or c == 0xA7) and 0xA6 <= d <= 0xAF:
            return 3  # Devanagari, Bengali
        if (b == 0xE0 and c == 0xB9 and 0x90 <= d <= 0x99) or (b == 0xEF and c == 0xBC and 0x90 <= d <= 0x99):
            return 3  # Thai, full width
    return 0


@njit(cache=True, nogil=True)
def _keys(text, bounds, feeds):  # type: ignore[no-untyped-def]
    n = len(bounds) - 1
    keys = np.empty(len(feeds) + n, np.uint64)
    counts = np.empty(n, np.int64)
    bodies = np.empty(n, np.uint64)
    wholes = np.empty(n, np.uint64)
    at, feed = 0, 0
    for k in range(n):
        start, stop = bounds[k], bounds[k + 1]
        first = at
        body, whole = np.uint64(1), np.uint64(2)
        size, long_size = 0, 0
        while True:
            end = stop
            if feed < len(feeds) and feeds[feed] < stop:
                end = feeds[feed]
                feed += 1
                last = False
            else:
                last = True
            key, length = _line(text, start, end)
            keys[at] = key
            at += 1
            if key:
                size += length
                whole = _end((whole ^ key) * _P1)
                if key & np.uint64(1):
                    long_size += length
                    body = _end((body ^ key & ~DIGITS) * _P1)
            if last:
                break
            start = end + 1
        counts[k] = at - first
        wholes[k] = whole
        bodies[k] = body if 2 * long_size >= size and size else whole
    return keys[:at], counts, bodies, wholes


@njit(cache=True, nogil=True)
def _line(text, start, stop):  # type: ignore[no-untyped-def]
    """The key of one line, and the length on which its last bit rests."""
    while start < stop:
        wide = _space(text, start, stop)
        if not wide:
            break
        start += wide
    while stop > start and text[stop - 1] <= 0x20:
        stop -= 1
    length = stop - start
    h = _P3
    letters = False
    if length >= AS_IT_STANDS:
        h += np.uint64(length)
        i = start
        while i + 8 <= stop:
            w = (
                np.uint64(text[i]) | np.uint64(text[i + 1]) << np.uint64(8)
                | np.uint64(text[i + 2]) << np.uint64(16) | np.uint64(text[i + 3]) << np.uint64(24)
                | np.uint64(text[i + 4]) << np.uint64(32) | np.uint64(text[i + 5]) << np.uint64(40)
                | np.uint64(text[i + 6]) << np.uint64(48) | np.uint64(text[i + 7]) << np.uint64(56)
            )  # fmt: skip
            w *= _P2
            h ^= (w << np.uint64(31) | w >> np.uint64(33)) * _P1
            h = (h << np.uint64(27) | h >> np.uint64(37)) * _P1 + _P3
            i += 8
        while i < stop:
            h = (h ^ np.uint64(text[i])) * _P1
            i += 1
        return _end(h) & ~DIGITS | np.uint64(1), length
    length = 0
    number, gap = False, False
    value = np.uint64(0)
    i = start
    while i < stop:
        wide = _space(text, i, stop)
        if wide:
            gap = True
            i += wide
            continue
        wide = _digit(text, i, stop)
        if wide:
            i += wide
            # The last byte of a digit tells which it is, in all these scripts.
            value = (value ^ np.uint64(text[i - 1])) * _P1
            if number and not gap:
                continue
            b = np.uint8(0x30)
            number = True
        else:
            b = text[i]
            number = False
            i += 1
            # Latin-1 marks, general punctuation and symbols are no letters, nor is CJK punctuation.
            if not letters:
                letters = (0x41 <= b <= 0x5A or 0x61 <= b <= 0x7A) or (
                    b >= 0xC3 and b != 0xE2 and not (b == 0xE3 and i < stop and text[i] == 0x80)
                )
        if gap:
            h = (h ^ np.uint64(0x20)) * _P1
            length += 1
            gap = False
        h = (h ^ np.uint64(b)) * _P1
        length += 1
    if not letters:
        return np.uint64(0), 0
    h = _end(h) & ~np.uint64(0b1111) | np.uint64(0b10000)
    if value:
        h |= (np.uint64(1) + (value >> np.uint64(33)) % np.uint64(7)) << np.uint64(1)
    return h | np.uint64(length >= LONG), length
