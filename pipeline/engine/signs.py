"""Which characters occur in which texts: one compiled pass over a batch that spares most texts most gates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.step import Signs
from pipeline.utf8 import code_at

# The bits of a mask: so many sets of characters can be looked for at once.
BITS = 64


def find_signs(column: pa.Array, wanted: Sequence[Signs | None]) -> np.ndarray:
    """Of each text of a column of large strings, which of the wanted signs it has: a bit each, in their order (uint64).
    The bit of None is always set."""
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(column) + 1, 8 * column.offset)
    text = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    table, groups = _table(tuple(wanted))
    found = np.zeros(len(column), np.uint64)
    for run, masks in zip((1, 2, 4), _look(text, bounds, table).T, strict=True):
        for bit, mask in groups[run]:
            found |= np.where(masks & mask, bit, np.uint64(0))
    return found | sum((np.uint64(1 << k) for k, signs in enumerate(wanted) if signs is None), np.uint64(0))


@lru_cache(4)
def _table(wanted: tuple[Signs | None, ...]) -> tuple[np.ndarray, dict[int, list[tuple[np.uint64, np.uint64]]]]:
    """The sets to which each code point belongs, a bit each; and per length of run, which set says what."""
    table = np.zeros(0x110000, np.uint64)
    groups: dict[int, list[tuple[np.uint64, np.uint64]]] = {1: [], 2: [], 4: []}
    n = 0
    for k, signs in enumerate(wanted):
        for run, characters in signs or ():
            mask = np.uint64(1 << n)
            n += 1
            for first, last, single in re.findall("(.)-(.)|(.)", characters, re.DOTALL):
                table[ord(first or single) : ord(last or single) + 1] |= mask
            groups[run].append((np.uint64(1 << k), mask))
    if n > BITS:
        raise ValueError(f"{n} sets of signs, but a mask has {BITS} bits")
    return table, groups


@njit(cache=True)
def _look(text, bounds, table):  # type: ignore[no-untyped-def]
    """The sets that each text has a character of, two in a row of, four in a row of."""
    found = np.zeros((len(bounds) - 1, 3), np.uint64)
    none = np.uint64(0)
    for k in range(len(bounds) - 1):
        at, stop = bounds[k], bounds[k + 1]
        one = two = four = none
        last = last_two = before_two = none
        while at < stop:
            code, size = code_at(text, at)
            at += size
            here = table[code]
            one |= here
            pair = here & last
            two |= pair
            four |= pair & before_two
            before_two, last_two, last = last_two, pair, here
        found[k, 0], found[k, 1], found[k, 2] = one, two, four
    return found
