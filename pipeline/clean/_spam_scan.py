"""Which lines of a batch could hold a term of spam: one compiled pass over the distinct lines, disguises undone.

It looks for the beginnings of the terms that carry weight, at the beginnings of words, or anywhere in scripts that
write no spaces. What it lets through is read properly; what it holds back holds no such term. The beginnings are many
and slow to spell out, so `_spam_scan.npz` keeps their hashes: `python -m pipeline.clean._spam_scan` writes it anew
after a change of `spam.txt`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.clean._layout import shared
from pipeline.clean._spam_fold import fold_table
from pipeline.clean._spam_terms import FREE, beginnings
from pipeline.step import Page

LATIN, OTHERS = 1, 2
STORED = Path(__file__).with_name("_spam_scan.npz")
_LENGTH = 18  # beginnings are at most so long; longer ones would hardly hold back more lines
_BITS = 21  # of a key that choose the bit for it in a filter
_CHARS = 0x20000
_WORD, _FREE, _LATIN_LETTER, _LOOKALIKE, _DIGIT, _DOT = 1, 2, 4, 8, 16, 32


class Tables(NamedTuple):
    """What the scan looks up."""

    chars: NDArray[np.uint32]
    """The folded form of each character, and in the top byte what kind it is; 0 for those that are left out."""
    keys: NDArray[np.uint32]
    """The hashes of the beginnings, sorted."""
    whole: NDArray[np.uint8]
    """A bit for each key, by its first bits: most words are answered here."""
    part: NDArray[np.uint8]
    """The same for whatever a beginning goes on from."""


def build() -> Tables:
    """The tables for the vocabulary as it stands."""
    folded = np.arange(_CHARS, dtype=np.uint32)
    kinds = np.zeros(_CHARS, np.uint32)
    for code in range(_CHARS):
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
    kinds[ord("a") : ord("z") + 1] |= _LATIN_LETTER
    kinds[0x3B1:0x3CA] |= _LOOKALIKE
    kinds[0x430:0x460] |= _LOOKALIKE
    for char in "01345":
        kinds[ord(char)] |= _DIGIT
    for char in "·•*.-":
        kinds[ord(char)] |= _DOT
    chars = folded | np.where(folded < _CHARS, kinds[np.minimum(folded, _CHARS - 1)], 0) << 24
    chars[folded == 0] = 0
    all_of = beginnings(_LENGTH)
    parts = {beginning[:size] for beginning in all_of for size in range(1, len(beginning))}
    keys = np.unique(np.array([_key_of(beginning) for beginning in all_of], np.uint32))
    return Tables(chars.astype(np.uint32), keys, _filter(keys), _filter(np.array([*map(_key_of, parts)], np.uint32)))


def _key_of(text: str) -> int:
    h = 0xCBF29CE484222325
    for char in text:
        h = ((h ^ ord(char)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        h ^= h >> 29
    return h >> 32


def _filter(keys: NDArray[np.uint32]) -> NDArray[np.uint8]:
    bits = np.zeros(1 << _BITS, np.uint8)
    bits[keys >> (32 - _BITS)] = 1
    return np.packbits(bits, bitorder="little")


def store() -> None:
    """Writes the tables beside this module."""
    tables = build()
    np.savez_compressed(STORED, chars=tables.chars, steps=np.diff(tables.keys, prepend=np.uint32(0)), part=tables.part)


@cache
def load() -> Tables:
    """The tables as they were stored."""
    with np.load(STORED) as stored:
        keys = np.cumsum(stored["steps"], dtype=np.uint32)
        return Tables(stored["chars"], keys, _filter(keys), stored["part"])


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
    _scan(codes, flags, *load())
    return {lines[k]: int(flags[k]) for k in np.flatnonzero(flags[: len(lines)]).tolist()}


@njit(cache=True, nogil=True)
def _holds(h, keys, whole):  # type: ignore[no-untyped-def]
    """Whether a hash is that of a beginning."""
    key = np.uint32(h >> np.uint64(32))
    if not (whole[key >> np.uint32(14)] >> ((key >> np.uint32(11)) & np.uint32(7))) & 1:
        return False
    at = np.searchsorted(keys, key)
    return at < len(keys) and keys[at] == key


@njit(cache=True, nogil=True)
def _scan(codes, flags, chars, keys, whole, part):  # type: ignore[no-untyped-def]
    n = len(codes)
    size = len(chars)
    low = np.uint32(0xFFFFFF)
    line = 0
    before = np.uint32(0)  # the kind of the character before, invisible ones left out
    letters = 0  # one-letter words in a row
    for i in range(n):
        code = codes[i]
        if code == 10:
            line += 1
            before = np.uint32(0)
            letters = 0
            continue
        if code >= size:
            before = np.uint32(0)
            continue
        entry = chars[code]
        if entry == 0:
            continue
        kind = entry >> np.uint32(24)
        last, before = before, kind
        if kind & 1 == 0:
            continue
        # A word of two alphabets.
        if (kind & 4 and last & 8) or (kind & 8 and last & 4):
            flags[line] |= 1
        begins = last & 1 == 0
        if not begins and kind & 2 == 0 and last & 2 == 0:
            continue
        if begins:
            j = i + 1
            while j < n and codes[j] < size and chars[codes[j]] == 0:
                j += 1
            alone = j >= n or codes[j] >= size or (chars[codes[j]] >> 24) & 1 == 0
            letters = letters + 1 if alone and kind & 2 == 0 else 0
            if letters == 5:
                flags[line] |= 1
        bit = np.uint8(1 if entry & low < 0x250 else 2)
        if flags[line] & bit:
            continue
        h = np.uint64(0xCBF29CE484222325)
        length = 0
        j = i
        previous = np.uint32(0)
        while j < n and length < 18:
            code = codes[j]
            j += 1
            if code == 10 or code >= size:
                break
            entry = chars[code]
            if entry == 0:
                continue
            c = entry & low
            kind = entry >> np.uint32(24)
            if kind & 32 and previous & 2 and j < n and codes[j] < size and (chars[codes[j]] >> 24) & 2:
                continue  # a mark between two characters of a script without spaces
            if kind & 16 and previous & 4:
                # Digits for letters.
                k = j
                while k < n and k < j + 2 and codes[k] < size and (chars[codes[k]] >> 24) & 16:
                    k += 1
                if k < n and codes[k] < size and (chars[codes[k]] >> 24) & 4:
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
                    kind = np.uint32(5)
            previous = kind
            length += 1
            h = (h ^ np.uint64(c)) * np.uint64(0x100000001B3)
            h ^= h >> np.uint64(29)
            if _holds(h, keys, whole):
                flags[line] |= bit
                break
            key = np.uint32(h >> np.uint64(32))
            if not (part[key >> np.uint32(14)] >> ((key >> np.uint32(11)) & np.uint32(7))) & 1:
                break
            if j >= n or codes[j] >= size or (chars[codes[j]] >> 24) & 1 == 0:
                # The word ends here: is there a term that must?
                e = h * np.uint64(0x100000001B3)
                e ^= e >> np.uint64(29)
                if _holds(e, keys, whole):
                    flags[line] |= bit
                    break


if __name__ == "__main__":
    store()
