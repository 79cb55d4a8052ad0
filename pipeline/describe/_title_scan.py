"""Which lines of a page hold a word of its first line or of its URL: one compiled pass over the lines of a batch."""

# Numba compiles this from the types that it is called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

# A page knows so many words at most for the lines to be told apart by them.
_MOST = 63


def lines_with(
    lines: Sequence[str], numbers: NDArray[np.int64], counts: Sequence[int], known: Sequence[Set[str]]
) -> NDArray[np.bool_]:
    """Whether the lines of each page hold, between spaces, one of the words that are known of that page, and are made of
    such words, or half of such and at least two. A line that is not all ASCII need not be made of them.

    `lines` are the different lines of a batch, `numbers` those of the pages, one page after the other, `counts` how
    many each page has, `known` its words: letters and digits, casefolded.
    """
    data = np.frombuffer("\n".join([*lines, ""]).casefold().encode("utf-8", "surrogatepass"), np.uint8)
    ends = np.flatnonzero(data == 0x0A)
    words = pa.array([word for some in known for word in some], pa.large_string())
    found = np.zeros(len(numbers), np.bool_)
    _, offsets, text = words.buffers()
    if text is not None:
        bounds, of_page = np.cumsum([0, *counts]), np.cumsum([0, *map(len, known)])
        letters, starts = np.frombuffer(text, np.uint8), np.frombuffer(offsets, np.int64)
        _scan(data, ends, numbers, bounds, letters, starts, of_page, found)
    return found


@njit(cache=True, nogil=True)
def _space(data, i):
    """Bytes of the white space, as `str.split` knows it, that begins at `i`; 0 if there is none."""
    b = data[i]
    if b <= 0x20:
        return 1 if b == 0x20 or 0x09 <= b <= 0x0D or b >= 0x1C else 0
    if b == 0xC2 and (data[i + 1] == 0x85 or data[i + 1] == 0xA0):
        return 2
    if b == 0xE1 and data[i + 1] == 0x9A and data[i + 2] == 0x80:
        return 3
    if b == 0xE2 and data[i + 1] == 0x80:
        c = data[i + 2]
        return 3 if c <= 0x8A or c == 0xA8 or c == 0xA9 or c == 0xAF else 0
    if b == 0xE2 and data[i + 1] == 0x81 and data[i + 2] == 0x9F:
        return 3
    if b == 0xE3 and data[i + 1] == 0x80 and data[i + 2] == 0x80:
        return 3
    return 0


@njit(cache=True, nogil=True)
def _scan(data, ends, numbers, bounds, words, offsets, of_page, found):
    """Mark the lines in `found`. Words are compared by a hash of 64 bits (FNV)."""
    seed, prime = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
    for p in range(len(bounds) - 1):
        first, count = of_page[p], of_page[p + 1] - of_page[p]
        keys = np.empty(count, np.uint64)
        for k in range(count):
            h = seed
            for i in range(offsets[first + k], offsets[first + k + 1]):
                h = (h ^ np.uint64(words[i])) * prime
            keys[k] = h
        for f in range(bounds[p], bounds[p + 1]):
            i = ends[numbers[f] - 1] + 1 if numbers[f] else 0
            stop = ends[numbers[f]]
            tokens = hits = different = 0
            mask = np.uint64(0)
            alone, beyond = False, count > _MOST
            inside, spaced = False, True
            h = seed
            while i <= stop:
                b = data[i]
                size = _space(data, i)
                if not size and (0x61 <= b <= 0x7A or 0x30 <= b <= 0x39 or b >= 0x80):
                    h = (h ^ np.uint64(b)) * prime
                    inside = True
                    beyond |= b >= 0x80
                    i += 1
                    continue
                if inside:
                    tokens += 1
                    for k in range(count):
                        if keys[k] == h:
                            hits += 1
                            alone |= spaced and size > 0
                            bit = np.uint64(1) << np.uint64(k & 63)
                            different += (mask & bit) == 0
                            mask |= bit
                    inside, h = False, seed
                spaced = size > 0
                i += max(size, 1)
            found[f] = alone and (beyond or hits == tokens or (different > 1 and 2 * different >= tokens))
