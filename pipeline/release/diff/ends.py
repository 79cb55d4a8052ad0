"""Where the records of pages ended in two releases, side by side, a part of the pages at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.dedup.pages import id_numbers
from pipeline.engine.files import Sheet, read_sheet
from pipeline.release.diff.difference import Difference, Hashes, find
from pipeline.release.layout import RECORDS, Release

SIZE = 50_000
"""Pages whose records are in memory at a time."""
_SCHEMA = schema.arrow(schema.RECORDS)
_PLACED = pa.schema([("place", pa.int64()), *_SCHEMA])
# Of records with the same id, the one that went furthest is the page.
_RANK = pa.array(["kept", "rejected", "quarantined"])


class EndsOf(NamedTuple):
    """Tables of the same length, a row per page, all null where there is no such record."""

    before: pa.Table
    after: pa.Table
    keeper_before: pa.Table
    """The record of the page that it was a duplicate of, in whichever of the two it was one."""
    keeper_after: pa.Table

    def slice(self, start: int, n: int) -> EndsOf:
        return EndsOf(*(table.slice(start, n) for table in self))


class Ends:
    """The records of the pages that differ, out of the records of two releases; `folder` takes what does not fit in memory."""

    def __init__(self, before: Release | None, after: Release, found: Difference, folder: Path) -> None:
        self._n = len(found)
        self._folder = folder
        releases = (before, after)
        wanted = [np.empty((0, 2), np.uint64)]
        for side, release in enumerate(releases):
            wanted += self._spread(release, found, side)
        self._keepers = np.unique(np.concatenate(wanted), axis=0)
        self._of_keepers = [self._records_of_keepers(release) for release in releases]

    def parts(self) -> Iterator[tuple[int, EndsOf]]:
        """The pages in order, with the place of the first of each part."""
        for first in range(0, self._n, SIZE):
            n = min(SIZE, self._n - first)
            before, after = (self._read(side, first, n) for side in (0, 1))
            keeper = pc.coalesce(before["duplicate_of"], after["duplicate_of"])
            yield first, EndsOf(before, after, *(self._look_up(side, keeper) for side in (0, 1)))

    def _path(self, side: int, part: int) -> Path:
        return self._folder / f"{side}-{part:05}.arrow"

    def _spread(self, release: Release | None, found: Difference, side: int) -> list[Hashes]:
        """Put the records of the pages that differ into a file per part. Gives the ids of what they are duplicates of."""
        wanted: list[Hashes] = []
        if not self._n:
            return wanted
        with ExitStack() as stack:
            sheets = [
                stack.enter_context(Sheet(self._path(side, part), _PLACED)) for part in range(-(-self._n // SIZE))
            ]
            for batch in _batches(release):
                place = found.find(batch["id"].combine_chunks())
                hits = np.flatnonzero(place >= 0)
                some = batch.take(hits).add_column(0, "place", pa.array(place[hits]))
                parts = place[hits] // SIZE
                for part in np.unique(parts).tolist():
                    sheets[part].write(some.filter(pa.array(parts == part)))
                keepers = some["duplicate_of"].drop_null().unique()
                wanted.append(np.column_stack(id_numbers(keepers)))
        return wanted

    def _records_of_keepers(self, release: Release | None) -> pa.Table:
        found = [_PLACED.empty_table()]
        if len(self._keepers):
            for batch in _batches(release):
                place = find(self._keepers, batch["id"].combine_chunks())
                hits = np.flatnonzero(place >= 0)
                found.append(batch.take(hits).add_column(0, "place", pa.array(place[hits])))
        return _aligned(pa.concat_tables(found), len(self._keepers))

    def _read(self, side: int, first: int, n: int) -> pa.Table:
        table = read_sheet(self._path(side, first // SIZE))
        place = pc.subtract(table["place"], first)
        return _aligned(table.set_column(0, "place", place), n)

    def _look_up(self, side: int, keeper: pa.ChunkedArray) -> pa.Table:
        keeper = keeper.combine_chunks()
        place = np.full(len(keeper), -1)
        known = pc.is_valid(keeper).to_numpy(zero_copy_only=False)
        place[known] = find(self._keepers, keeper.drop_null())
        return self._of_keepers[side].take(pa.array(place, mask=place < 0))


def _batches(release: Release | None) -> Iterator[pa.Table]:
    if release is None:
        return
    with pq.ParquetFile(release.folder / RECORDS) as file:
        for batch in file.iter_batches(use_threads=False):
            yield pa.Table.from_batches([batch]).select(_SCHEMA.names).cast(_SCHEMA)


def _aligned(table: pa.Table, n: int) -> pa.Table:
    """The records in their places, one for each of `n`: null where there is none."""
    rank = pc.index_in(table["end"], _RANK).to_numpy()
    place = table["place"].to_numpy()
    # The best comes last, and stays.
    order = np.lexsort((rank, place))[::-1]
    at = np.full(n, -1)
    at[place[order]] = order
    return table.drop_columns(["place"]).take(pa.array(at, mask=at < 0))
