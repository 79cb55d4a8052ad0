"""Which lines of a batch could hold a term of spam: one compiled pass over the distinct lines, disguises undone.

It looks for the beginnings of the terms that carry weight, at the beginnings of words, or anywhere in scripts that
write no spaces. What it lets through is read properly; what it holds back holds no such term.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.clean._layout import shared
from pipeline.clean._spam_fold import fold_table
from pipeline.clean._spam_terms import FREE, beginnings
from pipeline.step import Page

LATIN, OTHERS = 1, 2
_LENGTHS = 14  # beginnings are at most so long; longer ones would hardly hold back more lines
_BITS = 18
_WORD, _FREE, _LATIN_LETTER, _LOOKALIKE, _DIGIT, _DOT = 1, 2, 4, 8, 16, 32


class _Tables(NamedTuple):
    folded: NDArray[np.uint32]
    """The folded form of each character; 0 for those that are left out."""
    kinds: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    """Open addressing: 0 is free."""
    prefix: NDArray[np.uint8]
    """A bit per length and low bits of the hash: whether any beginning goes on from here."""


@cache
def _tables() -> _Tables:
    folded = np.arange(0x20000, dtype=np.uint32)
    kinds = np.zeros(0x20000, np.uint8)
    for code in range(0x20000):
        char = chr(code)
        if char.isalnum():
            kinds[code] |= _WORD
        lower = char.lower()
        if len(lower) == 1:
            folded[code] = ord(lower)
    for code, char in fold_table().items():
        folded[code] = ord(char) if char else 0
    first, rest = "", FREE
    while rest:
        first, rest = rest[0], rest[1:]
        if rest[:1] == "-":
            kinds[ord(first) : ord(rest[1]) + 1] |= _FREE
            rest = rest[2:]
    for code in range(ord("a"), ord("z") + 1):
        kinds[code] |= _LATIN_LETTER
    kinds[0x3B1:0x3CA] |= _LOOKALIKE
    kinds[0x430:0x460] |= _LOOKALIKE
    for char in "01345":
        kinds[ord(char)] |= _DIGIT
    for char in "·•*.-":
        kinds[ord(char)] |= _DOT
    hashes = np.zeros(1 << _BITS, np.uint64)
    prefix = np.zeros(1 << _BITS, np.uint8)
    for beginning in beginnings(_LENGTHS):
        h = _hash_of(beginning)
        for size in range(1, len(beginning)):
            prefix[_hash_of(beginning[:size]) & ((1 << _BITS) - 1)] = 1
        slot = h & ((1 << _BITS) - 1)
        while hashes[slot] and hashes[slot] != h:
            slot = (slot + 1) & ((1 << _BITS) - 1)
        hashes[slot] = h
    return _Tables(folded, kinds, hashes, prefix)


def _hash_of(text: str) -> int:
    h = 0xCBF29CE484222325
    for char in text:
        h = ((h ^ ord(char)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        h ^= h >> 29
    return h


def suspects(page: Page) -> dict[str, int]:
    """The lines of the page's batch that could hold a term, each with the bits of what it holds (LATIN, OTHERS)."""
    known = shared(page, "spam suspects")
    if "" not in known:
        known[""] = 0
        lines = list(shared(page, "lines")) or list(dict.fromkeys(page.lines))
        known |= scan(lines)
    return known


def scan(lines: list[str]) -> dict[str, int]:
    """The lines that could hold a term, with their bits."""
    codes = np.frombuffer("\n".join(lines).encode("utf-32-le", "surrogatepass"), np.uint32)
    flags = np.zeros(len(lines) + 1, np.uint8)
    _scan(codes, flags, *_tables())
    return {lines[k]: int(flags[k]) for k in np.flatnonzero(flags[: len(lines)]).tolist()}


@njit(cache=True, nogil=True)
def _scan(codes, flags, folded, kinds, hashes, prefix):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(hashes) - 1)
    n = len(codes)
    size = len(folded)
    line = 0
    last = np.uint32(10)  # the folded character before, invisible ones left out
    letters = 0  # one-letter words in a row
    for i in range(n):
        code = codes[i]
        if code == 10:
            line += 1
            last = np.uint32(10)
            letters = 0
            continue
        if code >= size:
            last = np.uint32(32)
            continue
        char = folded[code]
        if char == 0:
            continue
        kind = kinds[char] if char < size else 0
        if kind & 1 == 0:
            last = char
            continue
        before = kinds[last]
        begins = before & 1 == 0
        # A word of two alphabets.
        if (kind & 4 and before & 8) or (kind & 8 and before & 4):
            flags[line] |= 1
        if begins:
            j = i + 1
            while j < n and codes[j] < size and folded[codes[j]] == 0:
                j += 1
            alone = j >= n or codes[j] >= size or kinds[folded[codes[j]]] & 1 == 0
            letters = letters + 1 if alone and kind & 2 == 0 else 0
            if letters == 5:
                flags[line] |= 1
        last = char
        if not begins and kind & 2 == 0 and before & 2 == 0:
            continue
        bit = np.uint8(1 if char < 0x250 else 2)
        if flags[line] & bit:
            continue
        h = np.uint64(0xCBF29CE484222325)
        length = 0
        j = i
        previous = np.uint32(0)
        while j < n and length < 14:
            c = codes[j]
            j += 1
            if c == 10:
                break
            if c >= size:
                break
            c = folded[c]
            if c == 0:
                continue
            if kinds[c] & 32 and kinds[previous] & 2 and j < n and codes[j] < size and kinds[folded[codes[j]]] & 2:
                continue  # a mark between two characters of a script without spaces
            if kinds[c] & 16 and kinds[previous] & 4:
                k = j
                while k < n and k < j + 2 and codes[k] < size and kinds[folded[codes[k]]] & 16:
                    k += 1
                if k < n and codes[k] < size and kinds[folded[codes[k]]] & 4:
                    if c == 48:
                        c = np.uint32(111)
                    elif c == 49:
                        c = np.uint32(105)
                    elif c == 51:
                        c = np.uint32(101)
                    elif c == 52:
                        c = np.uint32(97)
                    else:
                        c = np.uint32(115)
            previous = c
            length += 1
            h = (h ^ np.uint64(c)) * np.uint64(0x100000001B3)
            h ^= h >> np.uint64(29)
            slot = h & mask
            found = False
            while hashes[slot] != 0:
                if hashes[slot] == h:
                    found = True
                    break
                slot = (slot + np.uint64(1)) & mask
            if found:
                flags[line] |= bit
                break
            if prefix[h & mask] == 0:
                break
            if j >= n or codes[j] >= size or kinds[folded[codes[j]]] & 1 == 0:
                # The word ends here: is there a term that must?
                e = h * np.uint64(0x100000001B3)
                e ^= e >> np.uint64(29)
                slot = e & mask
                while hashes[slot] != 0:
                    if hashes[slot] == e:
                        found = True
                        break
                    slot = (slot + np.uint64(1)) & mask
                if found:
                    flags[line] |= bit
                    break
