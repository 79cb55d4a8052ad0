"""How a worker tells which pages it is at, so that the one that kills it can be found and set aside."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_SPAN = struct.Struct("<qq")


class Care(NamedTuple):
    """What earlier deaths taught about a job: pages to leave out, and a range to take one by one."""

    avoid: tuple[int, ...] = ()
    narrow: tuple[int, int] = (0, 0)


class Journal:
    """A 16-byte file that holds the range of pages being worked on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def note(self, first: int, stop: int) -> None:
        os.pwrite(self._handle, _SPAN.pack(first, stop), 0)

    def close(self) -> None:
        os.close(self._handle)


def last_span(path: Path) -> tuple[int, int]:
    """The range that was being worked on when the journal was last written; (0, 0) if none was."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0, 0
    return _SPAN.unpack(data) if len(data) == _SPAN.size else (0, 0)


def batches(
    items: Iterable[T], weigh: Callable[[T], int], care: Care, *, size: int, count: int
) -> Iterator[list[tuple[int, T]]]:
    """Number the items and group them into batches of about `size` in sum and at most `count` items; those in the
    narrow range come alone."""
    batch: list[tuple[int, T]] = []
    total = 0
    low, high = care.narrow
    for ordinal, item in enumerate(items):
        weight = weigh(item)
        alone = low <= ordinal < high
        if batch and (alone or total + weight > size or len(batch) >= count):
            yield batch
            batch, total = [], 0
        batch.append((ordinal, item))
        total += weight
        if alone:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch
