"""Phrases of the vocabularies, looked for in all lines of a batch at once.

The rules act on few lines, and nearly all that they act on have a phrase of a vocabulary in them. So each rule names
its phrases here (`opens`, `whole`, `contains`), and one compiled pass over the distinct lines of a batch says which
lines have phrases of which rule. What comes out is a gate: it may let through more lines than the rule takes, never
fewer. Phrases and lines are compared in a form that is coarser than that of `fold` and of `_notes.key`: lower case, one
space for each run of spaces and punctuation, "0" for each number, with neither space nor punctuation around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, reduce
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.clean._vocabulary import EDGE
from pipeline.engine.columns import matches
from pipeline.step import Lines
from pipeline.utf8 import code_at

Gate = Callable[[Lines], np.ndarray]
"""Which lines of a batch a rule has to look at (bool array)."""

# Longer lines are running text, into which hardly a rule looks: phrases are looked for at their beginning only, and who
# asks what they contain is let through.
INSIDE_WORDS, INSIDE_BYTES = 90, 6000
# So much of a phrase is compared; a line that begins like a longer one is let through.
_PHRASE = 48
# Ways in which a phrase can stand in a line.
_OPENS, _OPENS_WORD, _OPENS_PIECE, _WHOLE, _CONTAINS = range(5)


class _Set(NamedTuple):
    """Phrases that one bit stands for."""

    phrases: frozenset[str]
    way: int


_SETS: list[_Set] = []


def opens(phrases: Iterable[str]) -> Gate:
    """Lines that begin with one of these phrases, be it within a word; quotes, bullets and the like aside."""
    return _gate(_Set(frozenset(phrases), _OPENS))


def opens_word(phrases: Iterable[str]) -> Gate:
    """Lines that begin with one of these phrases, and a space, punctuation or a number behind it."""
    return _gate(_Set(frozenset(phrases), _OPENS_WORD))


def opens_piece(phrases: Iterable[str]) -> Gate:
    """Lines that begin with one of these phrases, and punctuation, a wide space or a number behind it."""
    return _gate(_Set(frozenset(phrases), _OPENS_PIECE))


def whole(phrases: Iterable[str]) -> Gate:
    """Lines that are one of these phrases, and nothing else."""
    return _gate(_Set(frozenset(phrases), _WHOLE))


def contains(phrases: Iterable[str], longest: int) -> Gate:
    """Lines of up to so many characters with one of these phrases in them, from the beginning of a word on where words
    are spaced; a phrase of up to five characters must end with a word."""
    return both(_gate(_Set(frozenset(phrases), _CONTAINS)), lambda lines: lines.sizes <= longest)


def shape(longest: int, pattern: str) -> Gate:
    """Lines of up to so many characters in which an RE2 pattern is found, case folded."""

    def look(lines: Lines) -> np.ndarray:
        chosen = np.flatnonzero(lines.sizes <= longest)
        found = np.zeros(len(lines.column), bool)
        found[chosen] = matches(lines.column.take(pa.array(chosen)), pattern)
        return found

    return look


def either(*gates: Gate) -> Gate:
    """Lines that one of these gates lets through."""
    return lambda lines: reduce(np.logical_or, (gate(lines) for gate in gates))


def both(*gates: Gate) -> Gate:
    """Lines that all of these gates let through."""
    return lambda lines: reduce(np.logical_and, (gate(lines) for gate in gates))


def opens_like(phrases: Iterable[str]) -> Gate:
    """Lines that begin like one of these phrases: with its first word or letters, as far as the first number."""
    heads = set(map(_head, phrases))
    short_ = {head for head in heads if len(head) <= 3 and head.isascii() and head.isalpha()}
    return either(opens_word(short_), opens(heads - short_))


def _head(phrase: str) -> str:
    if phrase.startswith("0"):
        return "0"
    phrase = _NO_HEAD.split(phrase)[0]
    size = 7 if phrase.isascii() else 3 if "\u3040" <= phrase[0] <= "\ud7ff" else 5
    word = phrase.partition(" ")[0]
    return (word if len(word) >= 4 else phrase)[:size].strip()


# The part of a key that a line may print with brackets or numbers in another place begins here.
_NO_HEAD = re.compile("[0?]")


def _gate(wanted: _Set) -> Gate:
    bit = len(_SETS)
    _SETS.append(wanted)
    mask = np.uint64(1) << np.uint64(bit)
    return lambda lines: np.asarray(_masks(lines) & mask != 0)


def marks_only(lines: Lines) -> np.ndarray:
    """Lines that hold nothing but spaces and punctuation, and all lines that `fold` makes empty."""
    return np.asarray(_masks(lines) & _MARKS_ONLY != 0)


def wordless(lines: Lines) -> np.ndarray:
    """Lines without a letter or digit of the basic plane, and long ones."""
    return np.asarray(_masks(lines) & _WORDLESS != 0)


_MARKS_ONLY, _WORDLESS = np.uint64(1 << 62), np.uint64(1 << 63)


def _masks(lines: Lines) -> np.ndarray:
    """A bit for each set of phrases, per line, and the two above (uint64)."""
    known = lines.memo.get("phrases")
    if known is None or known[0] != len(_SETS):
        column = lines.column
        _, offsets, data = column.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(column) + 1, 8 * column.offset)
        text = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
        inside = lines.words <= INSIDE_WORDS
        longer = sum((np.uint64(1 << k) for k, (_, way) in enumerate(_SETS) if way == _CONTAINS), _WORDLESS)
        known = lines.memo["phrases"] = (
            len(_SETS),
            _scan(text, bounds, inside, longer, *_characters(), *_tries(len(_SETS))),
        )
    return cast(np.ndarray, known[1])


# ------------------------------------------------------------------------------------------ the tables
_LETTER, _SPACE, _DIGIT = 0, 1, 2
_SYMBOLS = "+‧∙‐‣"
_DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯０１２３４５６７８９"


@cache
def _characters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each character of the basic plane: what it counts as, its small letter, whether it belongs to a word."""
    every = [chr(code) if not 0xD800 <= code < 0xE000 else " " for code in range(0x10000)]
    kinds = np.zeros(0x10000, np.uint8)
    kinds[[code for code, char in enumerate(every) if char.isspace()]] = _SPACE
    kinds[[ord(char) for char in EDGE + _SYMBOLS]] = _SPACE
    kinds[[ord(char) for char in _DIGITS]] = _DIGIT
    # One small letter for the dotted and the plain I, and for both forms of the sigma.
    lower = "".join(every).replace("İ", "i").lower().replace("ς", "σ")
    small = np.frombuffer(lower.encode("utf-32-le"), np.uint32).astype(np.uint16)
    words = np.array([char.isalnum() for char in every])
    return kinds, small, words


_Trie = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@cache
def _tries(n: int) -> tuple[_Trie, _Trie]:
    """The phrases of the first `n` sets that stand at the beginning of lines, and those that stand anywhere."""
    ways: tuple[dict[tuple[str, int], int], ...] = {}, {}
    for bit, (phrases, way) in enumerate(_SETS[:n]):
        for phrase in phrases:
            item = (phrase, way if way != _CONTAINS else int(_is_word(phrase)))
            listed = ways[way == _CONTAINS]
            listed[item] = listed.get(item, 0) | 1 << bit
    return _trie(ways[0]), _trie(ways[1])


def _trie(listed: dict[tuple[str, int], int]) -> _Trie:
    """A trie as the slots of a hash table, the bits that each node gives in each way, of each character whether a phrase
    can begin with it, and a sieve of the beginnings of phrases."""
    encoded = [phrase.encode() for phrase, _ in listed]
    bounds = np.cumsum([0, *map(len, encoded)])
    text = np.frombuffer(b"".join(encoded), np.uint8)
    ways = np.array([way for _, way in listed], np.int64)
    return cast(_Trie, _build(text, bounds, ways, np.array(list(listed.values()), np.uint64), *_characters()))


def _is_word(phrase: str) -> bool:
    """Whether a phrase inside a line must end with a word: short ones in scripts with spaces."""
    return len(phrase) <= 5 and max(phrase) < "\u0e00"


# ------------------------------------------------------------------------------------------ compiled
# A gap of the coarse form: a single space, or anything more.
_PLAIN, _WIDE = 0x20, 0x2C


@njit(cache=True)
def _read(text, at, stop, out, room, kinds, small, words):  # type: ignore[no-untyped-def]
    """Write the coarse form of `text[at:stop]` into `out`, up to `room` characters; gives how long it is, and where in
    the text it ends."""
    n = 0
    last = np.uint32(0)
    gap = np.uint32(0)
    while at < stop and n < room:
        code, size = code_at(text, at)
        at += size
        # Beyond the basic plane all characters are one, which is in no phrase.
        code = np.uint32(min(code, 0xFFFF))
        kind = kinds[code]
        if kind == 0:
            code = np.uint32(small[code])
            if last == 0x30:
                # 12k, 3M: thousands and millions.
                if (code == 0x6B or code == 0x6D) and not (at < stop and (text[at] >= 0x80 or words[text[at]])):
                    continue
                gap = np.uint32(0)
            if code == 0x307 and last == 0x69:
                continue
        elif kind == 1:
            gap = np.uint32(_PLAIN) if gap == 0 and code == 0x20 else np.uint32(_WIDE)
            continue
        else:
            gap = np.uint32(0)
            if last == 0x30:
                continue
            code = np.uint32(0x30)
        if gap:
            if n:
                out[n] = gap
                n += 1
            gap = np.uint32(0)
        out[n] = code
        last = code
        n += 1
    if gap and n and last != 0x30:
        out[n] = _WIDE
        n += 1
    return n, at


# A slot of the hash table holds the node that a step starts from and its character, whether the node to which it leads
# gives bits, and that node.
_GIVES, _NODE = 1 << 20, (1 << 20) - 1
# Of a character: a phrase can begin with it; one can begin with it within a word.
_BEGINS, _BEGINS_WITHIN = 1, 2
# The sieve tells of the first so many characters of a phrase, hashed, whether one ends or goes on there: two bits in one
# of 2^18 places. It fits into the cache, which the trie does not, and few words of a text pass it.
_SIEVE, _ENDS, _GOES_ON = 6, 1, 2


@njit(cache=True)
def _step(slots, node, code):  # type: ignore[no-untyped-def]
    """Where the step from a node by a character stands in the hash table, or would; and its key. A gap is a gap."""
    key = np.uint64(node) << np.uint64(16) | np.uint64(code if code != _WIDE else _PLAIN)
    mask = np.uint64(len(slots) - 1)
    at = key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40) & mask
    while slots[at] != 0 and slots[at] >> np.uint64(21) != key:
        at = at + np.uint64(1) & mask
    return at, key


@njit(cache=True)
def _place(h, code):  # type: ignore[no-untyped-def]
    """The hash of a beginning from that of the one before it, its byte in the sieve, and its bit there. A gap is a gap."""
    h = (h ^ np.uint64(code if code != _WIDE else _PLAIN)) * np.uint64(0x9E3779B97F4A7C15)
    return h, h >> np.uint64(48), h >> np.uint64(45) & np.uint64(6)


@njit(cache=True)
def _passes(out, i, n, sieve):  # type: ignore[no-untyped-def]
    """Whether a phrase may begin at character `i`."""
    h = np.uint64(0)
    for j in range(i, min(i + _SIEVE, n)):
        h, byte, bit = _place(h, out[j])
        told = np.uint64(sieve[byte]) >> bit
        if told & np.uint64(_ENDS):
            return True
        if not told & np.uint64(_GOES_ON):
            return False
    return n - i > _SIEVE


@njit(cache=True)
def _build(text, bounds, ways, bits, kinds, small, words):  # type: ignore[no-untyped-def]
    size = 1024
    while size < len(text) * 3 // 2:
        size *= 2
    slots = np.zeros(size, np.uint64)
    said = np.zeros((len(text) + 1, 4), np.uint64)
    begins = np.zeros(0x10000, np.uint8)
    sieve = np.zeros(1 << 16, np.uint8)
    out = np.empty(_PHRASE + 2, np.uint16)
    count = np.uint64(0)
    for k in range(len(bounds) - 1):
        n, at = _read(text, bounds[k], bounds[k + 1], out, _PHRASE, kinds, small, words)
        way = ways[k]
        if n and out[n - 1] == _WIDE:
            n -= 1
        if not n:
            continue
        if at < bounds[k + 1] or (out[n - 1] == 0x30 and way != _WHOLE):
            # Only its beginning is known, or it ends in a number: nothing is asked of what follows.
            way = 0
        begins[out[0]] |= _BEGINS
        # What is written without spaces may begin within a word, as "ICP" does in "TrialICP备案".
        for i in range(n):
            if 0x0E00 <= out[i] < 0x1E00 or out[i] >= 0x2E80:
                begins[out[0]] |= _BEGINS_WITHIN
        h = np.uint64(0)
        for i in range(min(n, _SIEVE)):
            h, byte, bit = _place(h, out[i])
            sieve[byte] |= np.uint8(np.uint64(_GOES_ON if i < n - 1 else _ENDS) << bit)
        node = last = np.uint64(0)
        for i in range(n):
            last, key = _step(slots, node, out[i])
            if slots[last] == 0:
                count += np.uint64(1)
                if count > np.uint64(_NODE):
                    raise ValueError("more beginnings of phrases than a slot can number")
                slots[last] = key << np.uint64(21) | count
            node = slots[last] & np.uint64(_NODE)
        slots[last] |= np.uint64(_GIVES)
        said[node, way] |= bits[k]
    return slots, said[: np.int64(count) + 1].copy(), begins, sieve


@njit(cache=True)
def _scan(text, bounds, looked_into, longer, kinds, small, words, opening, inner):  # type: ignore[no-untyped-def]
    masks = np.zeros(len(bounds) - 1, np.uint64)
    out = np.empty(INSIDE_BYTES + 4, np.uint16)
    slots, said, _, _ = opening
    slots_, said_, begins, sieve = inner
    for k in range(len(masks)):
        start, stop = bounds[k], bounds[k + 1]
        inside = looked_into[k] and stop - start <= INSIDE_BYTES
        n, _ = _read(text, start, stop, out, INSIDE_BYTES if inside else _PHRASE, kinds, small, words)
        mask = np.uint64(0)
        node = np.uint64(0)
        i = 0
        while i < n:
            at, _ = _step(slots, node, out[i])
            slot = slots[at]
            if slot == 0:
                break
            node = slot & np.uint64(_NODE)
            i += 1
            if not slot & np.uint64(_GIVES):
                continue
            mask |= said[node, 0]
            # A number may stand right behind a phrase: the gap between them is not kept.
            if i == n or out[i] == _WIDE or out[i] == 0x30:
                mask |= said[node, 1] | said[node, 2]
            elif out[i] == _PLAIN:
                mask |= said[node, 1]
            if i == n or (i == n - 1 and out[i] == _WIDE):
                mask |= said[node, 3]
        if inside:
            wordless = n > 0
            before = False
            for i in range(n):
                code = out[i]
                word = words[code]
                if word:
                    wordless = False
                # Scripts without spaces have no beginnings of words, nor have those that write vowels as marks.
                begin = not before or not word or code >= 0x0590 or out[i - 1] >= 0x0590 or out[i - 1] == 0x30
                # The space before a number is not kept.
                begin |= code == 0x30 or begins[code] & _BEGINS_WITHIN != 0
                if begins[code] and begin and _passes(out, i, n, sieve):
                    node, j = np.uint64(0), i
                    while j < n:
                        at, _ = _step(slots_, node, out[j])
                        slot = slots_[at]
                        if slot == 0:
                            break
                        node = slot & np.uint64(_NODE)
                        j += 1
                        if slot & np.uint64(_GIVES):
                            mask |= said_[node, 0]
                            if j == n or not words[out[j]] or out[j] == 0x30:
                                mask |= said_[node, 1]
                before = word
            if wordless:
                mask |= _WORDLESS
        else:
            mask |= longer
        if not n:
            mask |= _MARKS_ONLY | _WORDLESS
        masks[k] = mask
    return masks
