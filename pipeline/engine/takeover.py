"""What earlier entries hold of a shard, read by rows: slices that are prepared, pages that are cleaned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.dedup.tokens import P1, P2
from pipeline.engine.files import read_sheet


class _Sheet:
    """A sheet that is read a few rows at a time, from its beginning to its end as a rule."""

    def __init__(self, path: Path) -> None:
        self._source = pa.OSFile(str(path), "rb")
        self._file = pa.ipc.open_file(self._source, options=pa.ipc.IpcReadOptions(use_threads=False))
        self._held: tuple[int, pa.Table | None] = (-1, None)

    def batch(self, k: int) -> pa.Table:
        """Batch `k`; the last one that was asked for stays in memory."""
        if self._held[0] != k:
            self._held = k, pa.Table.from_batches([self._file.get_batch(k)])
        assert self._held[1] is not None
        return self._held[1]


class _Entry:
    """The tables of an entry: pages by row, the ledger by page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _pages(self) -> _Sheet:
        return _Sheet(self.folder / "pages.arrow")

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The row at which each batch of pages begins, and the number of rows."""
        path = self.folder / "pages.arrow"
        with pa.OSFile(str(path), "rb") as source:
            names = pa.ipc.open_file(source).schema.names
            options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=[names.index("offset")])
            file = pa.ipc.open_file(source, options=options)
            sizes = [file.get_batch(k).num_rows for k in range(file.num_record_batches)]
        return np.cumsum([0, *sizes])

    def pages(self, first: int, stop: int) -> Iterator[tuple[int, int, int, pa.Table]]:
        """The rows [first, stop), batch by batch: number of the batch, rows before these in it, rows, the table."""
        k = int(np.searchsorted(self.starts, first, "right")) - 1
        while first < stop:
            here, size = first - int(self.starts[k]), min(stop, int(self.starts[k + 1])) - first
            if size:
                yield k, here, size, self._pages.batch(k).slice(here, size)
            first, k = first + size, k + 1

    @cached_property
    def _ledger(self) -> tuple[pa.Table, NDArray[np.int64]]:
        table = read_sheet(self.folder / "ledger.arrow").combine_chunks()
        return table, table["page"].to_numpy()

    def ledger(self, first: int, stop: int, page: int) -> pa.Table:
        """The changes of the pages with numbers [first, stop), as if the first of them had the number `page`."""
        table, pages = self._ledger
        a, b = np.searchsorted(pages, [first, stop])
        part = table.slice(a, b - a)
        return part.set_column(0, part.schema.field(0), pa.array(pages[a:b] + (page - first)))

    @cached_property
    def quarantine(self) -> pa.Table:
        return read_sheet(self.folder / "quarantine.arrow")


class Run(NamedTuple):
    """Consecutive slices of a shard that stand behind each other in an entry too."""

    entry: _Entry
    first: int
    """Number of the first in the shard."""
    told: pa.Table
    """Their rows of the sheet of slices."""
    page: int
    """Number of their first page in the entry."""
    aside: int
    """Row of the first that was quarantined."""


class Slices:
    """The slices of a shard that earlier prepare entries hold."""

    def __init__(self, entries: Sequence[Path], names: Sequence[str]) -> None:
        self._names = names
        self._where: dict[str, tuple[int, int]] = {}
        self._entries: list[tuple[_Entry, pa.Table, NDArray[np.int64], NDArray[np.int64]]] = []
        wanted = set(names)
        for folder in entries:
            told = read_sheet(folder / "slices.arrow").combine_chunks()
            for n, name in enumerate(told["key"].to_pylist()):
                if name in wanted:
                    self._where.setdefault(name, (len(self._entries), n))
            before = [np.cumsum([0, *told[name].to_pylist()]) for name in ("pages", "quarantined")]
            self._entries.append((_Entry(folder), told, before[0], before[1]))

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def runs(self, first: int, stop: int) -> Iterator[Run]:
        """Those among the slices with numbers [first, stop)."""
        n = first
        while n < stop:
            at = self._where.get(self._names[n])
            if at is None:
                n += 1
                continue
            size = 1
            while n + size < stop and self._where.get(self._names[n + size]) == (at[0], at[1] + size):
                size += 1
            entry, told, pages, aside = self._entries[at[0]]
            yield Run(entry, n, told.slice(at[1], size), int(pages[at[1]]), int(aside[at[1]]))
            n += size


class Piece(NamedTuple):
    """Cleaned pages behind each other, with their changes and keys."""

    rows: pa.Table
    ledger: pa.Table
    keys: pa.Table


class Pages:
    """The pages that earlier clean entries hold, found by what they were made from."""

    def __init__(self, entries: Sequence[Path]) -> None:
        self._entries = [_Entry(folder) for folder in entries]
        self._keys_held: tuple[Path | None, int, pa.Table | None] = (None, -1, None)
        made, owner, row, page = [np.empty(0, np.uint64)], [], [], []
        for n, entry in enumerate(self._entries):
            table = read_sheet(entry.folder / "pages.arrow", ["digest", "learnt", "page"])
            made.append(_made(table))
            owner.append(np.full(table.num_rows, n))
            row.append(np.arange(table.num_rows))
            page.append(table["page"].to_numpy())
        whole = np.concatenate(made)
        order = np.argsort(whole, kind="stable")
        self._made = whole[order]
        self._owner, self._row, self._page = (
            np.concatenate([np.empty(0, np.int64), *columns])[order] for columns in (owner, row, page)
        )

    def __len__(self) -> int:
        return len(self._made)

    def find(self, table: pa.Table) -> NDArray[np.int64]:
        """For each of some pages (columns `digest` and `learnt`) a number by which `piece` gives it; -1 where it is not
        there."""
        made = _made(table)
        if not len(self._made):
            return np.full(len(made), -1)
        at = np.minimum(np.searchsorted(self._made, made), len(self._made) - 1)
        return np.where(self._made[at] == made, at, -1)

    def runs(self, found: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Where among some pages there are [first, stop) ones that are not there, or that stand behind each other in an
        entry. `found` is what `find` gave."""
        here = found >= 0
        owner, row, page = (
            np.where(here, column[found] if len(column) else -1, -1) for column in (self._owner, self._row, self._page)
        )
        new = np.ones(len(found), np.bool_)
        new[1:] = (here[1:] != here[:-1]) | (owner[1:] != owner[:-1])
        new[1:] |= here[1:] & ((row[1:] != row[:-1] + 1) | (page[1:] != page[:-1] + 1))
        starts = np.flatnonzero(new)
        yield from zip(starts.tolist(), [*starts[1:].tolist(), len(found)], strict=True)

    def pieces(self, first: int, n: int, page: int) -> Iterator[Piece]:
        """`n` pages behind each other in an entry, of which `find` gave the first the number `first`, as if that had the
        number `page` in its shard."""
        entry = self._entries[self._owner[first]]
        row, was = int(self._row[first]), int(self._page[first])
        at = 0
        for k, here, size, rows in entry.pages(row, row + n):
            number = rows.schema.get_field_index("page")
            rows = rows.set_column(number, rows.schema.field(number), pa.array(np.arange(page + at, page + at + size)))
            ledger = entry.ledger(was + at, was + at + size, page + at)
            yield Piece(rows, ledger, self._keys(entry.folder, k).slice(here, size))
            at += size

    def _keys(self, folder: Path, k: int) -> pa.Table:
        """The keys of batch `k` of an entry: row group by batch."""
        if self._keys_held[:2] != (folder, k):
            with pq.ParquetFile(folder / "keys.parquet") as file:
                self._keys_held = folder, k, file.read_row_group(k, use_threads=False)
        assert self._keys_held[2] is not None
        return self._keys_held[2]


def _made(table: pa.Table) -> NDArray[np.uint64]:
    """What pages were made from, as one number each."""
    digest, learnt = (table[name].fill_null(0).to_numpy() for name in ("digest", "learnt"))
    made: NDArray[np.uint64] = (digest * P1) ^ (learnt * P2)
    return made
