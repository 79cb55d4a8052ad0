"""The terms of spam in a folded line, found by an automaton that `_spam_vocabulary` makes from `spam.txt`."""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.clean._spam_fold import (
    CODE,
    DIGIT,
    FREE,
    SPACE,
    WORD,
    Folded,
    characters,
    fold,
    fold_line,
    folded_of,
)

STORED = Path(__file__).with_name("_spam_terms.npz")
SURE, STRONG, WEAK = 3, 2, 1  # and 0 for the words of those who report on the trade
HEAD = 3
"""So many first characters of a term choose where in the automaton to begin; fewer where a term leaves them open."""
SIEVE = 6
"""So many first characters of a strong term tell most words from it."""
KINDS = "dwso"
"""The kinds of characters that patterns tell apart: digits, other characters of words, white space, the rest."""


class Term(NamedTuple):
    """A kind of term; `languages` is empty for words of no language in particular."""

    weight: int
    family: str
    languages: frozenset[str]


class Hit(NamedTuple):
    """Where a term stands in a folded line."""

    start: int
    end: int
    term: Term
    letters: int


class Automaton(NamedTuple):
    """The automaton as arrays. State 0 is where nothing can be found any more."""

    keys: NDArray[np.uint64]
    """A hash table of the first characters, 21 bits each; 0 where a slot is free."""
    heads: NDArray[np.int32]
    """For each slot: the state behind them, the term that ended within them or -1, its length."""
    bounds: NDArray[np.int32]
    """Where the edges of each state begin."""
    chars: NDArray[np.uint32]
    """The character of each edge, in order within a state."""
    then: NDArray[np.int32]
    """The state that each edge leads to."""
    defaults: NDArray[np.int32]
    """Rows of the states that a character without an edge leads to, by its kind."""
    others: NDArray[np.int32]
    """The row of `defaults` for each state."""
    accepts: NDArray[np.int16]
    """The term that ends at each state, or -1: where the word ends, too, and where it goes on."""
    sieve: NDArray[np.uint8]
    """Bits that say with which characters no strong term begins."""
    weights: NDArray[np.uint8]
    """The weight of each kind of term."""
    kinds: NDArray[np.str_]
    """Weight, family and languages of each kind of term."""


def load(path: Path) -> Automaton:
    """An automaton as it was stored."""
    with np.load(path) as stored:
        return Automaton(*(stored[name] for name in Automaton._fields))


@cache
def automaton() -> tuple[Automaton, tuple[Term, ...]]:
    """The automaton of the vocabulary, and the kinds of terms that it finds."""
    found = load(STORED)
    kinds = (kind.split(" ") for kind in found.kinds.tolist())
    return found, tuple(
        Term(int(w), family, frozenset(filter(None, tongues.split("+")))) for w, family, tongues in kinds
    )


def find(line: str) -> list[Hit]:
    """The terms in a folded line, from left to right; of those that begin together, the weightiest."""
    codes = np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32)
    forms = characters().forms
    kinds = forms[np.minimum(codes, len(forms) - 1)] & ~np.uint32(CODE)
    return _hits(codes | np.where(codes < len(forms), kinds, np.uint32(WORD)))


def read(text: str) -> tuple[Folded, list[Hit], int]:
    """The folded copy of a text, the terms in it, and how many letters it has."""
    tables, terms = automaton()
    size = len(text)
    forms, at, found = np.empty(size, np.uint32), np.empty(size, np.int32), np.empty((size, 4), np.int32)
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    n, count, letters = _read(data, *characters(), *tables[:8], forms, at, found)
    if n < 0:
        folded = fold(text)
        letters = int(np.count_nonzero((folded.forms & np.uint32(WORD | DIGIT)) == WORD))
        return folded, _hits(folded.forms), letters
    hits = [Hit(start, end, terms[kind], size) for start, end, kind, size in found[:count].tolist()] if count else []
    return folded_of(forms[:n], at[:n]), hits, letters


def _hits(forms: NDArray[np.uint32]) -> list[Hit]:
    tables, terms = automaton()
    found = np.empty((len(forms), 4), np.int32)
    n = find_terms(forms, len(forms), *tables[:8], found)
    return [Hit(start, end, terms[kind], size) for start, end, kind, size in found[:n].tolist()]


def kind_of(char: str) -> str:
    """The kind of a folded character."""
    entry = characters().forms[ord(char)]
    return "d" if entry & DIGIT else "w" if entry & WORD else "s" if entry & SPACE else "o"


@njit(cache=True, nogil=True)
def slot_of(key, size):
    """Where in a hash table of this size (a power of two) to look first."""
    return np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & (size - 1)


@njit(cache=True, nogil=True)
def sieve_bit(h, code):
    """The hash of some characters, from that of all but the last and the last; its upper 19 bits choose the bits."""
    return (h ^ np.uint64(code)) * np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _look_up(key, keys):
    """The slot of a key, -1 if there is none."""
    at = slot_of(key, len(keys))
    while keys[at] != 0:
        if keys[at] == key:
            return at
        at = (at + 1) & (len(keys) - 1)
    return np.int64(-1)


@njit(cache=True, nogil=True)
def match_term(text, i, n, keys, heads, bounds, chars, then, defaults, others, accepts):
    """The term at character `i`, and where it ends; -1 if there is none."""
    key = np.uint64(text[i] & CODE)
    slot, size = np.int64(-1), 0
    key2 = key3 = np.uint64(0)
    if i + 1 < n:
        key2 = key | np.uint64(text[i + 1] & CODE) << np.uint64(21)
    if i + 2 < n:
        key3 = key2 | np.uint64(text[i + 2] & CODE) << np.uint64(42)
        slot, size = _look_up(key3, keys), 3
    if slot < 0 and i + 1 < n:
        slot, size = _look_up(key2, keys), 2
    if slot < 0:
        slot, size = _look_up(key, keys), 1
    if slot < 0:
        return -1, i
    state, kind = heads[slot, 0], heads[slot, 1]
    end = i + heads[slot, 2]
    p = i + size
    while True:
        goes_on = p < n and text[p] & WORD != 0
        accepted = accepts[state, 1 if goes_on else 0]
        if accepted >= 0:
            kind, end = accepted, p
        if p >= n:
            break
        code = text[p] & CODE
        low, high = bounds[state], bounds[state + 1]
        while low < high:
            middle = (low + high) >> 1
            if chars[middle] < code:
                low = middle + 1
            else:
                high = middle
        if low < bounds[state + 1] and chars[low] == code:
            state = then[low]
        else:
            row = others[state]
            state = np.int32(0)
            if row:
                entry = text[p]
                state = defaults[row, 0 if entry & DIGIT else 1 if entry & WORD else 2 if entry & SPACE else 3]
        if state == 0:
            break
        p += 1
    return kind, end


@njit(cache=True, nogil=True)
def find_terms(text, n, keys, heads, bounds, chars, then, defaults, others, accepts, found):
    """Write start, end, kind and letters of the terms in the first `n` entries of a folded line to `found`; gives how many
    they are.

    A term begins at the beginning of a word, anywhere in the scripts that `FREE` says, or inside a word where the last
    one ended: keywords are strung together without a space.
    """
    count = end = 0
    word = False
    for i in range(n):
        begins = text[i] & FREE or (text[i] & WORD and not word)
        word = text[i] & WORD != 0
        if not begins or i < end:
            continue
        kind, stop = match_term(text, i, n, keys, heads, bounds, chars, then, defaults, others, accepts)
        at = i
        while kind >= 0:
            letters = 0
            for k in range(at, stop):
                letters += text[k] & (WORD | DIGIT) == WORD
            found[count, 0], found[count, 1], found[count, 2], found[count, 3] = at, stop, kind, letters
            count += 1
            end = at = stop
            if at >= n or not text[at] & WORD:
                break
            kind, stop = match_term(text, at, n, keys, heads, bounds, chars, then, defaults, others, accepts)
    return count


@njit(cache=True, nogil=True)
def _read(data, forms, latin, other, keys, heads, bounds, chars, then, defaults, others, accepts, out, at, found):
    """Fold a text and find the terms in it. Gives the length of the copy, the number of terms, the number of letters."""
    n = fold_line(data, 0, len(data), False, forms, latin, other, out, at)
    if n < 0:
        return n, 0, 0
    letters = 0
    for k in range(n):
        letters += out[k] & (WORD | DIGIT) == WORD
    return n, find_terms(out, n, keys, heads, bounds, chars, then, defaults, others, accepts, found), letters
