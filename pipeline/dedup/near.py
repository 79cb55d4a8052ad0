"""Near duplicates: pages that share a band are compared, and those that are alike enough hang together.

Candidates come from the bands by a shuffle over their hashes, in partitions of bounded size. Pages that any chain of
candidates joins are brought together once more, this time with their sets of n-grams; there each pair of candidates
is compared by the sets themselves, and what the pairs that are alike join is a cluster (connected components).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numba import njit
from numpy.typing import NDArray

from pipeline.config import Near
from pipeline.dedup.pages import Pages
from pipeline.dedup.shuffle import MOST, Shuffle, repeated
from pipeline.dedup.tokens import P1

# A page is compared with so many of its bucket that stand first in the order of keeping, and so many that stand right
# before it, pages of about its length: in a bucket of 17 each with each, in one of 10,000 a page with 16.
LEADERS = 8
# Pairs whose sets are in memory at once: with 4,096 n-grams a page, 64 MB at most.
_PAIRS = 2_048


def join_near(pages: Pages, settings: Near, keeper: NDArray[np.int32], similarity: NDArray[np.float32]) -> None:
    """Find near duplicates among the pages (by number) that keep themselves: `keeper` becomes the first page of the
    cluster, `similarity` the Jaccard similarity with it."""
    chain = pages.mapped("chain", np.int32, keeper.shape)
    chain[:] = np.arange(len(keeper), dtype=np.int32)
    pairs = _candidates(pages, settings, keeper, chain)
    if pairs.stat().st_size:
        _flatten(chain)
        _compare(pages, settings, pairs, chain, keeper, similarity)


def _candidates(pages: Pages, settings: Near, keeper: NDArray[np.int32], chain: NDArray[np.int32]) -> Path:
    """Pairs of pages that share a band, in a file: two numbers in 64 bits, the smaller in front. `chain` joins them."""
    dtype = np.dtype([("hash", np.uint64), ("number", np.int32)])
    shuffle = Shuffle(pages.scratch, "bands", dtype, pages.partitions(len(keeper) * settings.bands, dtype.itemsize))
    for row, batch in pages.batches("bands"):
        column = batch.column("bands")
        numbers = pages.number[row : row + batch.num_rows]
        chosen = numbers >= 0
        chosen[chosen] = keeper[numbers[chosen]] == numbers[chosen]
        owners = np.repeat(np.where(chosen, numbers, -1), column.value_lengths().to_numpy())
        hashes = column.flatten().to_numpy()[owners >= 0]
        records = np.empty(len(hashes), dtype)
        records["hash"], records["number"] = hashes, owners[owners >= 0]
        shuffle.add(hashes, records)
    pairs = Shuffle(pages.scratch, "pairs", np.uint64, 1)
    for records in shuffle:
        records = records[repeated(records["hash"].copy())]
        order = np.lexsort((records["number"], records["hash"]))
        hashes, numbers = records["hash"][order], records["number"][order]
        # Pairs take eight bytes, and as much again while they are sorted.
        step = max(1, pages.memory // (64 * LEADERS))
        for at in range(0, len(hashes), step):
            first = int(np.searchsorted(hashes, hashes[at]))
            found = _once(_pairs(hashes, numbers, first, at, at + step, pages.earlier, LEADERS))
            _chain(found, chain)
            pairs.append(0, found)
        pages.release()
    return pairs.close()[0]


def _compare(
    pages: Pages,
    settings: Near,
    candidates: Path,
    chain: NDArray[np.int32],
    keeper: NDArray[np.int32],
    similarity: NDArray[np.float32],
) -> None:
    """Compare the pairs, partition by partition of the pages that they chain together."""
    members = pages.mapped("members", np.uint8, chain.shape)
    for pairs in _chunks(candidates, pages.memory):
        members[pairs >> np.uint64(32)] = 1
        members[pairs & np.uint64(0xFFFFFFFF)] = 1
    # A set takes four bytes for each n-gram. Three files of each partition are open at once.
    partitions = min(pages.partitions(int(np.count_nonzero(members)), settings.shingles), MOST // 3)
    dtype = np.dtype([("number", np.int32), ("size", np.int32)])
    index = Shuffle(pages.scratch, "index", dtype, partitions)
    sets = Shuffle(pages.scratch, "sets", np.uint32, partitions)
    parted = Shuffle(pages.scratch, "parted", np.uint64, partitions)
    for pairs in _chunks(candidates, pages.memory):
        parted.add(_spread(chain[pairs >> np.uint64(32)]), pairs)
    candidates.unlink()
    _collect(pages, chain, members, index, sets)
    for known, values, joined in zip(index, sets.close(), parted.close(), strict=True):
        if len(known):
            _link(known, values, joined, pages.memory, settings, keeper, similarity)
        values.unlink()
        joined.unlink()
        pages.release()


def _collect(pages: Pages, chain: NDArray[np.int32], members: NDArray[np.uint8], index: Shuffle, sets: Shuffle) -> None:
    """Bring the sets of n-grams of the members to the partitions of their chains."""
    for part, start in zip(pages.parts, pages.starts, strict=False):
        with pq.ParquetFile(part.keys) as file:
            row = start
            for k in range(file.num_row_groups):
                n = file.metadata.row_group(k).num_rows
                numbers = pages.number[row : row + n]
                row += n
                chosen = numbers >= 0
                chosen[chosen] = members[numbers[chosen]] == 1
                rows = np.flatnonzero(chosen)
                if not len(rows):
                    continue
                where = index.places(_spread(chain[numbers[rows]]))
                order = np.argsort(where, kind="stable")
                rows, where = rows[order], where[order]
                column = file.read_row_group(k, ["shingles"], use_threads=False)["shingles"].combine_chunks().take(rows)
                records = np.empty(len(rows), index.dtype)
                records["number"], records["size"] = numbers[rows], column.value_lengths().to_numpy()
                values, ends = column.flatten().to_numpy(), np.concatenate(([0], np.cumsum(records["size"])))
                cuts = np.searchsorted(where, np.arange(index.partitions + 1))
                for p in np.flatnonzero(np.diff(cuts)).tolist():
                    index.append(p, records[cuts[p] : cuts[p + 1]])
                    sets.append(p, values[ends[cuts[p]] : ends[cuts[p + 1]]])
                pages.release()


def _link(
    known: NDArray[np.void],
    values: Path,
    pairs: Path,
    memory: int,
    settings: Near,
    keeper: NDArray[np.int32],
    similarity: NDArray[np.float32],
) -> None:
    """Join the pairs of a partition that are alike, and measure every page against the first of its cluster."""
    starts = np.cumsum(known["size"], dtype=np.int64) - known["size"]
    order = np.argsort(known["number"])
    numbers, starts, sizes = known["number"][order], starts[order], known["size"][order]
    roots = np.arange(len(numbers), dtype=np.int32)
    with values.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    flat = np.frombuffer(mapped, np.uint32)
    for chunk in _chunks(pairs, memory):
        chunk = _once(chunk)
        left = np.searchsorted(numbers, chunk >> np.uint64(32)).astype(np.int32)
        right = np.searchsorted(numbers, chunk & np.uint64(0xFFFFFFFF)).astype(np.int32)
        for a in range(0, len(chunk), _PAIRS):
            b = a + _PAIRS
            _join(left[a:b], right[a:b], flat, starts, sizes, settings.shingles, settings.threshold, roots)
            mapped.madvise(mmap.MADV_DONTNEED)
    _flatten(roots)
    gone = np.flatnonzero(roots != np.arange(len(roots))).astype(np.int32)
    gone = gone[np.argsort(roots[gone], kind="stable")]
    keeper[numbers[gone]] = numbers[roots[gone]]
    for a in range(0, len(gone), _PAIRS):
        part = gone[a : a + _PAIRS]
        similarity[numbers[part]] = _measure(roots[part], part, flat, starts, sizes, settings.shingles)
        mapped.madvise(mmap.MADV_DONTNEED)


def _spread(numbers: NDArray[np.int32]) -> NDArray[np.uint64]:
    return numbers.astype(np.uint64) * P1


def _once(pairs: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted, each pair once."""
    pairs = np.sort(pairs)
    first = np.ones(len(pairs), bool)
    first[1:] = pairs[1:] != pairs[:-1]
    return pairs[first]


def _chunks(path: Path, size: int) -> Iterator[NDArray[np.uint64]]:
    with path.open("rb") as file:
        while len(chunk := np.fromfile(file, np.uint64, max(1, size // 32))):
            yield chunk


@njit(cache=True, nogil=True)
def _pairs(hashes, numbers, first, start, stop, earlier, most):  # type: ignore[no-untyped-def]
    """What the records from `start` to `stop` are to be compared with. Records are in the order of their hashes and,
    within a hash, of their numbers; `first` is the first with the hash of the one at `start`."""
    stop = min(stop, len(hashes))
    out = np.empty((stop - start) * 2 * most, np.uint64)
    n = 0
    for i in range(start, stop):
        if hashes[i] != hashes[first]:
            first = i
        # Earlier pages are not compared with each other.
        if numbers[i] < earlier:
            continue
        head = min(i, first + most)
        tail = max(head, i - most)
        for k in range(head - first + i - tail):
            j = first + k if first + k < head else tail + k - (head - first)
            if numbers[j] != numbers[i]:
                out[n] = np.uint64(numbers[j]) << np.uint64(32) | np.uint64(numbers[i])
                n += 1
    return out[:n]


@njit(cache=True, nogil=True)
def _root(roots, i):  # type: ignore[no-untyped-def]
    while roots[i] != i:
        roots[i] = roots[roots[i]]
        i = roots[i]
    return i


@njit(cache=True, nogil=True)
def _unite(roots, i, j):  # type: ignore[no-untyped-def]
    """Make the smaller root that of both."""
    i, j = _root(roots, i), _root(roots, j)
    if i < j:
        roots[j] = i
    else:
        roots[i] = j


@njit(cache=True, nogil=True)
def _chain(pairs, roots):  # type: ignore[no-untyped-def]
    for pair in pairs:
        _unite(roots, np.int64(pair >> np.uint64(32)), np.int64(pair & np.uint64(0xFFFFFFFF)))


@njit(cache=True, nogil=True)
def _flatten(roots):  # type: ignore[no-untyped-def]
    # A root is smaller than all that hang on it, so what is in front is flat already.
    for i in range(len(roots)):
        roots[i] = roots[roots[i]]


@njit(cache=True, nogil=True)
def _similarity(values, a, a_size, b, b_size, most, threshold):  # type: ignore[no-untyped-def]
    """Jaccard similarity of two ascending sets of which at most the `most` smallest are known: the share of what both
    have among the `most` smallest of their union. 0 as soon as it is clear that it stays below the threshold."""
    a_stop, b_stop = a + a_size, b + b_size
    # At the threshold no more than this can stand in one set alone, be the sets whole or samples.
    allowed = min((1 - threshold) * most, (1 - threshold) / (1 + threshold) * (a_size + b_size)) + 1e-6
    both, alone = 0, 0
    while a < a_stop and b < b_stop and both + alone < most:
        x, y = values[a], values[b]
        if x == y:
            both += 1
            a += 1
            b += 1
        else:
            alone += 1
            if alone > allowed:
                return 0.0
            if x < y:
                a += 1
            else:
                b += 1
    union = min(both + alone + (a_stop - a) + (b_stop - b), most)
    return both / union if union else 0.0


@njit(cache=True, nogil=True)
def _join(left, right, values, starts, sizes, most, threshold, roots):  # type: ignore[no-untyped-def]
    """Unite the pairs that are alike; of those that are joined already nothing is to be learnt."""
    for k in range(len(left)):
        i, j = np.int64(left[k]), np.int64(right[k])
        if _root(roots, i) == _root(roots, j):
            continue
        if _similarity(values, starts[i], sizes[i], starts[j], sizes[j], most, threshold) >= threshold:
            _unite(roots, i, j)


@njit(cache=True, nogil=True)
def _measure(left, right, values, starts, sizes, most):  # type: ignore[no-untyped-def]
    out = np.empty(len(left), np.float32)
    for k in range(len(left)):
        i, j = np.int64(left[k]), np.int64(right[k])
        out[k] = _similarity(values, starts[i], sizes[i], starts[j], sizes[j], most, 0.0)
    return out
