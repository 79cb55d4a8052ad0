"""Tokens of a text, straight from its UTF-8: words, and the characters of scripts that write no spaces.

What separates tokens is what two copies of a text may differ in beside case: white space and punctuation, of ASCII and
of the scripts. A character of a script without spaces is a token of its own, so n tokens in a row are a word n-gram or
a character n-gram, as the text is written.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

SEPARATOR, WORD, UNSPACED = 0, 1, 2

# The planes 0 and 1. Beyond them are ideographs, and nothing that has case or separates.
_CODES = 0x20000
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = 0x20000, 0x323AF

_SEPARATORS = (
    (0x00A0, 0x00A1), (0x00AB, 0x00AB), (0x00B7, 0x00B7), (0x00BB, 0x00BB), (0x00BF, 0x00BF),
    (0x060C, 0x060C), (0x061B, 0x061B), (0x061F, 0x061F), (0x0964, 0x0964), (0x2000, 0x206F), (0x3000, 0x3003),
    (0x3008, 0x3011), (0x3014, 0x301F), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65),
)  # fmt: skip
# Thai, Lao, Myanmar, Khmer, Han, Kana, with their extensions and marks.
_UNSPACED = (
    (0x0E01, 0x0E3A), (0x0E40, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3021, 0x3029), (0x3031, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x16FE0, 0x16FFF), (0x1AFF0, 0x1B16F),
)  # fmt: skip


@cache
def characters() -> NDArray[np.uint32]:
    """By code point below 0x20000: its lower case, and in the top byte what it is (SEPARATOR, WORD, UNSPACED)."""
    codes = np.arange(_CODES, dtype="<u4")
    codes[0xD800:0xE000] = 0
    # One character to one character, as Arrow lowers them: 2 ms where Python takes 30.
    lower = pc.utf8_lower(pa.scalar(codes.tobytes().decode("utf-32-le"))).as_py().encode("utf-32-le")
    kinds = np.full(_CODES, WORD, np.uint32)
    for low, high in _UNSPACED:
        kinds[low : high + 1] = UNSPACED
    for low, high in _SEPARATORS:
        kinds[low : high + 1] = SEPARATOR
    for code in range(128):
        if not chr(code).isalnum():
            kinds[code] = SEPARATOR
    table: NDArray[np.uint32] = np.frombuffer(lower, "<u4").astype(np.uint32) | kinds << np.uint32(24)
    return table


# The primes of xxHash and of splitmix64.
P1 = np.uint64(0x9E3779B185EBCA87)
P2 = np.uint64(0xC2B2AE3D27D4EB4F)
P3 = np.uint64(0x165667B19E3779F9)


@njit(cache=True, nogil=True)
def mix(h):  # type: ignore[no-untyped-def]
    """A number of 64 bits, all of which depend on all bits of `h` (the last step of splitmix64)."""
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(cache=True, nogil=True)
def character(text, i, stop, chars):  # type: ignore[no-untyped-def]
    """(what `characters()` says of the character of UTF-8 that begins at `i`, its bytes)."""
    b = text[i]
    if b < 0x80:
        return chars[b], 1
    if b < 0xE0 and i + 1 < stop:
        return chars[(b & 0x1F) << 6 | text[i + 1] & 0x3F], 2
    if b < 0xF0 and i + 2 < stop:
        return chars[(b & 0x0F) << 12 | (text[i + 1] & 0x3F) << 6 | text[i + 2] & 0x3F], 3
    if i + 3 < stop:
        code = np.uint32((b & 0x07) << 18 | (text[i + 1] & 0x3F) << 12 | (text[i + 2] & 0x3F) << 6 | text[i + 3] & 0x3F)
        if code < _CODES:
            return chars[code], 4
        kind = UNSPACED if _FIRST_IDEOGRAPH <= code <= _LAST_IDEOGRAPH else WORD
        return code | np.uint32(kind << 24), 4
    return chars[b], 1


@njit(cache=True, nogil=True)
def token(text, i, stop, chars, one, two):  # type: ignore[no-untyped-def]
    """The next token of text[i:stop], UTF-8, as (its hash, where it begins, where it ends, one, two); the hash is 0
    behind the last, else odd.

    `chars` is the table `characters()`. `one` and `two` go on over the letters of all tokens, wherever tokens end: two
    running hashes of the text without its separators.
    """
    entry, wide = np.uint32(0), 0
    while i < stop:
        entry, wide = character(text, i, stop, chars)
        if entry >> np.uint32(24) != SEPARATOR:
            break
        i += wide
    if i >= stop:
        return np.uint64(0), i, i, one, two
    start = i
    alone = entry >> np.uint32(24) == UNSPACED
    h = P3
    while True:
        letter = np.uint64(entry & np.uint32(0xFFFFFF))
        h = (h ^ letter) * P1
        one = (one ^ letter) * P2
        two = (two << np.uint64(29) | two >> np.uint64(35)) * P1 + letter
        i += wide
        if alone or i >= stop:
            break
        entry, wide = character(text, i, stop, chars)
        if entry >> np.uint32(24) != WORD:
            break
    return (h ^ h >> np.uint64(29)) * P2 | np.uint64(1), start, i, one, two
