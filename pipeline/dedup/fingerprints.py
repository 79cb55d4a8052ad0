"""Fingerprints of texts: what exact and near duplicates are found by, in one compiled pass over an Arrow column.

Two texts are the same when they are equal but for case, white space and punctuation: `content` and `content2` are 128
bits of what is left. How alike two texts are is the Jaccard similarity of their sets of n-grams (Broder, "On the
resemblance and containment of documents", 1997). `shingles` holds the set, as hashes of 32 bits; of a set larger than
`settings.shingles` it holds the smallest hashes, from which `similarity` estimates without bias (Broder's sketch of the
s smallest). `bands` are hashes of groups of minima (MinHash and banding: Broder; Indyk and Motwani, 1998), so that
texts that are alike share a band more likely than not. The minima are those of fast similarity sketching (Dahlgaard,
Knudsen and Thorup, FOCS 2017): the hashes are thrown into as many bins as there are permutations, again and again until
no bin is empty. That costs a small constant per n-gram, not a multiplication per n-gram and permutation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import DTypeLike, NDArray

from pipeline.config import Near
from pipeline.dedup.tokens import P1, P2, P3, characters, mix, token


def fingerprints(texts: pa.Array, settings: Near) -> pa.Table:
    """A row per text of a column of large strings without nulls: content and content2 (uint64), bands (list of uint64:
    `settings.bands` of them, none for a text without a token) and shingles (list of uint32, ascending)."""
    _, offsets, data = texts.buffers()
    bounds = _view(offsets, np.int64, len(texts) + 1, texts.offset) if len(texts) else _view(bytes(8), np.int64)
    text = _view(data or b"", np.uint8)
    content, content2, shingles, ends = _shingles(
        text, bounds, characters(), settings.ngram, settings.shingles if settings.enabled else 0
    )
    bands, band_ends = bands_of(shingles, ends, settings.permutations, settings.bands)
    return pa.table(
        {
            "content": content,
            "content2": content2,
            "bands": pa.ListArray.from_arrays(pa.array(band_ends), bands, type=BANDS),
            "shingles": pa.ListArray.from_arrays(pa.array(ends), shingles, type=SHINGLES),
        }
    )


def _view(buffer: Any, dtype: DTypeLike, count: int = -1, first: int = 0) -> NDArray[Any]:
    """`count` numbers of a buffer from the number `first` on. None can be written to, whatever the buffer allows: the
    loops would be compiled once for each kind."""
    view = np.frombuffer(buffer, dtype, count, first * np.dtype(dtype).itemsize)
    view.flags.writeable = False
    return view


BANDS = pa.list_(pa.field("item", pa.uint64(), nullable=False))
SHINGLES = pa.list_(pa.field("item", pa.uint32(), nullable=False))


@njit(cache=True, nogil=True)
def _shingles(text, bounds, chars, ngram, most):  # type: ignore[no-untyped-def]
    n = len(bounds) - 1
    content = np.empty(n, np.uint64)
    content2 = np.empty(n, np.uint64)
    ends = np.zeros(n + 1, np.int32)
    # As much as there could be; what is not written to takes no memory.
    room = 0
    for k in range(n):
        room += min(most, (bounds[k + 1] - bounds[k]) // 2 + 1)
    shingles = np.empty(room, np.uint32)
    found = np.empty(4 * most + 1, np.uint32)
    spare = np.empty(4 * most + 1, np.uint32)
    last = np.zeros(ngram, np.uint64)
    gone = np.uint64(1)
    for _ in range(ngram):
        gone *= P1
    at = 0
    for k in range(n):
        i, stop = bounds[k], bounds[k + 1]
        one, two = P1, P2
        rolled = np.uint64(0)
        last[:] = 0
        tokens, slot, size = 0, 0, 0
        limit = np.uint32(0xFFFFFFFF)
        while True:
            h, _, i, one, two = token(text, i, stop, chars, one, two)
            if h == 0:
                break
            rolled = rolled * P1 + h - last[slot] * gone
            last[slot] = h
            slot = slot + 1 if slot + 1 < ngram else 0
            tokens += 1
            if tokens >= ngram and most:
                shingle = np.uint32(mix(rolled) >> np.uint64(32))
                if shingle < limit:
                    found[size] = shingle
                    size += 1
                    if size == 4 * most:
                        size = min(_sort(found, size, spare), most)
                        if size == most:
                            limit = found[size - 1]
        if 0 < tokens < ngram and most:
            found[0] = np.uint32(mix(rolled) >> np.uint64(32))
            size = 1
        if tokens == 0:
            # Nothing but separators: the text as it stands.
            for j in range(bounds[k], stop):
                one = (one ^ np.uint64(text[j])) * P3
                two = (two << np.uint64(29) | two >> np.uint64(35)) * P3 + np.uint64(text[j])
        content[k] = mix(one)
        content2[k] = mix(two)
        size = min(_sort(found, size, spare), most)
        shingles[at : at + size] = found[:size]
        at += size
        ends[k + 1] = at
    return content, content2, shingles[:at], ends


@njit(cache=True, nogil=True)
def _sort(values, size, spare):  # type: ignore[no-untyped-def]
    """Sort values[:size] in place, each once; gives how many are left. A radix sort, byte by byte."""
    if size < 2:
        return size
    counts = np.zeros((4, 256), np.int32)
    for i in range(size):
        v = values[i]
        counts[0, v & np.uint32(255)] += 1
        counts[1, v >> np.uint32(8) & np.uint32(255)] += 1
        counts[2, v >> np.uint32(16) & np.uint32(255)] += 1
        counts[3, v >> np.uint32(24)] += 1
    for digit in range(4):
        at = 0
        for b in range(256):
            count = counts[digit, b]
            counts[digit, b] = at
            at += count
        shift = np.uint32(8 * digit)
        source, target = (values, spare) if digit % 2 == 0 else (spare, values)
        for i in range(size):
            v = source[i]
            b = v >> shift & np.uint32(255)
            target[counts[digit, b]] = v
            counts[digit, b] += 1
    left = 1
    for i in range(1, size):
        if values[i] != values[left - 1]:
            values[left] = values[i]
            left += 1
    return left


@njit(cache=True, nogil=True)
def bands_of(shingles, ends, permutations, bands):  # type: ignore[no-untyped-def]
    """(the bands of all sets, one after the other, as uint64, and where each set's begin, as int32) of sets of n-grams
    (uint32), which begin at `ends`, one more than there are sets. An empty set has no bands."""
    n = len(ends) - 1
    rows = permutations // bands
    filled = 0
    for k in range(n):
        filled += ends[k + 1] > ends[k]
    out = np.empty(filled * bands, np.uint64)
    out_ends = np.zeros(n + 1, np.int32)
    minima = np.empty(permutations, np.uint64)
    none = np.uint64(0xFFFFFFFFFFFFFFFF)
    at = 0
    for k in range(n):
        if ends[k + 1] > ends[k]:
            minima[:] = none
            empty = permutations
            turn = 0
            while empty:
                for i in range(ends[k], ends[k + 1]):
                    h = mix(np.uint64(shingles[i]) << np.uint64(32) | np.uint64(turn))
                    bin_ = (h >> np.uint64(32)) * np.uint64(permutations) >> np.uint64(32)
                    # A bin of its own for each late turn, so that it comes to an end.
                    if turn >= permutations:
                        bin_ = np.uint64(turn - permutations)
                    # In the first turn the smallest hash wins, so that the smallest of a large set tell what all would.
                    value = np.uint64(shingles[i])
                    if turn:
                        value = np.uint64(turn) << np.uint64(32) | h & np.uint64(0xFFFFFFFF)
                    if value < minima[bin_]:
                        empty -= minima[bin_] == none
                        minima[bin_] = value
                turn += 1
            for band in range(bands):
                h = np.uint64(band)
                for row in range(band * rows, (band + 1) * rows):
                    h = mix(h * P1 + minima[row])
                out[at] = h
                at += 1
        out_ends[k + 1] = at
    return out, out_ends
