"""Records that go to files by a number of theirs, so that what belongs together can be looked at together in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numba import njit
from numpy.typing import DTypeLike, NDArray

from pipeline.dedup.tokens import P1

# So many files are open at once at most: some systems allow 256.
MOST = 192


class Shuffle:
    """Partitions of records (numpy, structured or not), a file each."""

    def __init__(self, folder: Path, name: str, dtype: DTypeLike, partitions: int) -> None:
        self.partitions = partitions
        self.dtype = np.dtype(dtype)
        self._paths = [folder / f"{name}-{k}" for k in range(self.partitions)]
        self._files: list[BinaryIO] = [path.open("wb") for path in self._paths]

    def add(self, keys: NDArray[np.uint64], records: NDArray[Any]) -> None:
        """Records, each with a number of 64 evenly spread bits that says where it goes."""
        self.put(self.places(keys), records)

    def places(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The partitions of records with these numbers."""
        return (keys >> np.uint64(32)) * np.uint64(self.partitions) >> np.uint64(32)

    def put(self, where: NDArray[Any], records: NDArray[Any]) -> None:
        """Records, each with the number of its partition."""
        if self.partitions == 1:
            self.append(0, records)
            return
        order = np.argsort(where, kind="stable")
        cuts = np.searchsorted(where[order], np.arange(self.partitions + 1))
        records = records[order]
        for k in np.flatnonzero(np.diff(cuts)).tolist():
            self.append(k, records[cuts[k] : cuts[k + 1]])

    def append(self, k: int, records: NDArray[Any]) -> None:
        """Records of partition `k`."""
        if len(records):
            self._files[k].write(np.ascontiguousarray(records).view(np.uint8).data)

    def close(self) -> list[Path]:
        """The files, whole."""
        for file in self._files:
            file.close()
        return self._paths

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """The partitions, one after the other; each file is gone when the next is read."""
        for path in self.close():
            yield np.fromfile(path, self.dtype)
            path.unlink()


@njit(cache=True, nogil=True)
def repeated(values):  # type: ignore[no-untyped-def]
    """Which of these numbers of 64 bits are there more than once, and by chance a fifth of the others: what is left is
    to be sorted. Two passes over a table of a byte for each of four times as many slots, where sorting all takes ten
    times as long."""
    bits = 8
    while (1 << bits) < 4 * len(values):
        bits += 1
    shift = np.uint64(64 - bits)
    seen = np.zeros(1 << bits, np.uint8)
    for value in values:
        slot = value * P1 >> shift
        seen[slot] = min(seen[slot] + 1, 2)
    found = np.empty(len(values), np.bool_)
    for i in range(len(values)):
        found[i] = seen[values[i] * P1 >> shift] == 2
    return found
