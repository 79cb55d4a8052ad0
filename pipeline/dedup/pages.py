"""The pages among which duplicates are looked for, numbered in the order in which they are kept.

Of two pages that are alike the one with the smaller number stays: pages of earlier releases come first, then pages of
preferred domains, then longer pages, then those published earlier (no date counts as latest), then smaller ids. All
that decides works on these numbers, so that it depends neither on the order of the shards nor on how they are packed.

What is known of every page, some 40 bytes, lies in files of the scratch folder that are mapped into memory and let go
of again and again, so that a run keeps little of them in memory however many pages there are. What is sorted goes
through partitions of bounded size.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import DTypeLike, NDArray

from pipeline.dedup.keys import Part
from pipeline.dedup.shuffle import MOST, Shuffle
from pipeline.engine.files import read_sheet

BATCH = 16_384
_NO_DATE = 2**31 - 1


@dataclass
class Pages:
    """All pages, earlier ones first: row by row of their files, and by number."""

    parts: Sequence[Part]
    first: int
    """How many of the parts, at their head, are earlier releases."""
    scratch: Path
    memory: int
    starts: list[int] = field(default_factory=list)
    """Row at which each part begins, and the number of rows."""
    number: NDArray[np.int32] = field(init=False)
    """By row: its number, -1 where it is out."""
    ids: NDArray[np.uint64] = field(init=False)
    """By number: the 128 bits of its id, in two columns. There is a number 0 even where there is no page."""

    def __post_init__(self) -> None:
        self._maps: list[mmap.mmap] = []
        self.starts = [0]
        for part in self.parts:
            self.starts.append(self.starts[-1] + pq.read_metadata(part.keys).num_rows)
        if self.rows >= 2**31:
            raise OverflowError(f"{self.rows} pages are more than duplicates can be looked for among")

    @property
    def rows(self) -> int:
        return self.starts[-1]

    @property
    def earlier(self) -> int:
        """How many pages belong to earlier releases: as rows and as numbers they are the first."""
        return self.starts[self.first]

    def mapped(self, name: str, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
        """An array of zeros in a file of the scratch folder."""
        dtype = np.dtype(dtype)
        with (self.scratch / name).open("w+b") as file:
            file.truncate(int(np.prod(shape)) * dtype.itemsize)
            self._maps.append(mmap.mmap(file.fileno(), 0))
        return np.frombuffer(self._maps[-1], dtype).reshape(shape)

    def release(self) -> None:
        """Let go of the memory in which the arrays are mapped. What they hold stays with the files."""
        for mapped in self._maps:
            mapped.madvise(mmap.MADV_DONTNEED)

    def partitions(self, records: int, size: int) -> int:
        """How many partitions so many records of so many bytes need. Sorting takes some four times their bytes."""
        return min(max(-(-4 * records * size // self.memory), 1), MOST)

    def batches(self, *columns: str) -> Iterator[tuple[int, pa.RecordBatch]]:
        """These columns of all pages, with the row at which each batch begins."""
        for part, row in zip(self.parts, self.starts, strict=False):
            with pq.ParquetFile(part.keys) as file:
                for batch in file.iter_batches(BATCH, columns=list(columns), use_threads=False):
                    yield row, batch
                    row += batch.num_rows
                    self.release()

    def number_all(self, out: NDArray[np.uint8]) -> None:
        """Give every page its number; `out` marks rows that are out of it."""
        self._out_of_judge(out)
        living = self.rows - int(np.count_nonzero(out))
        self.number = self.mapped("number", np.int32, (max(self.rows, 1),))
        self.number[:] = -1
        self.ids = self.mapped("ids", np.uint64, (max(living, 1), 2))
        dtype = np.dtype([("rank", np.uint64), ("high", np.uint64), ("low", np.uint64), ("row", np.int32)])
        partitions = self.partitions(living, dtype.itemsize)
        cuts = self._cuts(partitions) if partitions > 1 else []
        shuffle = Shuffle(self.scratch, "order", dtype, partitions)
        for row, ranks, high, low in self._ranks():
            rows = row + np.flatnonzero(out[row : row + len(ranks)] == 0)
            records = np.empty(len(rows), dtype)
            for name, column in (("rank", ranks), ("high", high), ("low", low)):
                records[name] = column[rows - row]
            records["row"] = rows
            shuffle.put(_behind(cuts, records["rank"], records["high"]), records)
        at = 0
        for records in shuffle:
            order = np.lexsort((records["low"], records["high"], records["rank"]))
            self.number[records["row"][order]] = np.arange(at, at + len(order), dtype=np.int32)
            self.ids[at : at + len(order), 0] = records["high"][order]
            self.ids[at : at + len(order), 1] = records["low"][order]
            at += len(order)
            self.release()

    def _out_of_judge(self, out: NDArray[np.uint8]) -> None:
        for part, row in zip(self.parts, self.starts, strict=False):
            if part.verdicts is not None:
                kept = read_sheet(part.verdicts, ["kept"])["kept"].to_numpy()
                out[row : row + len(kept)] |= ~kept

    def _ranks(self) -> Iterator[tuple[int, NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]]:
        """(row at which a batch begins, what orders its pages before their ids, the two halves of the ids)."""
        for row, batch in self.batches("id", "n_chars", "published", "preferred"):
            chars = batch.column("n_chars").to_numpy().astype(np.uint64)
            days = batch.column("published").cast(pa.int32()).fill_null(_NO_DATE).to_numpy()
            days = (np.minimum(days.astype(np.int64), _NO_DATE - 2**30) + 2**30).astype(np.uint64)
            preferred = batch.column("preferred").fill_null(False).to_numpy(zero_copy_only=False)
            ranks = (~preferred).astype(np.uint64) << np.uint64(62)
            ranks |= (np.uint64(2**31 - 1) - chars) << np.uint64(31) | days
            if row >= self.earlier:
                ranks |= np.uint64(1 << 63)
            yield row, ranks, *id_numbers(batch.column("id"))

    def _cuts(self, partitions: int) -> list[tuple[np.uint64, np.uint64]]:
        """What divides pages into partitions of about equal size, by a sample of them."""
        seen = [(ranks[::64], high[::64]) for _, ranks, high, _ in self._ranks()]
        ranks, high = (np.concatenate(column) for column in zip(*seen, strict=True))
        order = np.lexsort((high, ranks))
        at = order[np.arange(1, partitions) * len(order) // partitions]
        return list(zip(ranks[at], high[at], strict=True))


def _behind(
    cuts: Sequence[tuple[np.uint64, np.uint64]], ranks: NDArray[np.uint64], high: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """How many of the cuts each page is behind of."""
    where = np.zeros(len(ranks), np.int64)
    for rank, half in cuts:
        where += (ranks > rank) | ((ranks == rank) & (high >= half))
    return where


_DIGITS = np.full(256, 255, np.uint8)
_DIGITS[[*b"0123456789abcdef"]] = np.arange(16)
_HEX = np.frombuffer(b"".join(f"{byte:02x}".encode() for byte in range(256)), np.uint16)


def id_numbers(ids: pa.Array) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The two halves of ids of 32 hexadecimal digits. Raises ValueError for others."""
    n = len(ids)
    _, offsets, data = ids.cast(pa.string()).buffers()
    bounds = np.frombuffer(offsets, np.int32, n + 1, 4 * ids.offset)
    digits = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]] if data else np.empty(0, np.uint8)
    values = _DIGITS[digits]
    if ids.null_count or (np.diff(bounds) != 32).any() or (values == 255).any():
        raise ValueError("an id of a page is not 32 hexadecimal digits")
    values = values.reshape(n, 32)
    halves = (values[:, ::2] << 4 | values[:, 1::2]).view(">u8").astype(np.uint64)
    return halves[:, 0].copy(), halves[:, 1].copy()


def id_texts(halves: NDArray[np.uint64]) -> pa.Array:
    """The ids (strings) of which these are the halves, in two columns."""
    n = len(halves)
    digits = _HEX[np.ascontiguousarray(halves).astype(">u8").view(np.uint8)]
    offsets = np.arange(0, 32 * (n + 1), 32, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(digits)))
