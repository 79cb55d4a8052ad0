"""Which pages go because they are there more than once, and which page stays in their place.

Records with the id of another of their file go first. Of pages with the same text (case, white space and punctuation
aside) one stays, then one of each cluster of near duplicates; `pipeline/dedup/pages.py` says which. Pages of earlier
releases always stay: a new page that is like one of them goes, unless it is that very record.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.config import Dedup
from pipeline.dedup.keys import Part
from pipeline.dedup.near import join_near
from pipeline.dedup.pages import BATCH, Pages, id_numbers, id_texts
from pipeline.dedup.shuffle import Shuffle, repeated
from pipeline.engine.files import Sheet

# Bytes that a partition takes while it is sorted; from some 13 million pages on partitions grow with the pages instead,
# for there are 192 of them at most: to twice as much with 25 million pages.
MEMORY = 64 * 2**20

DECISIONS = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("action", pa.string(), metadata={"description": "same_id, exact or near; null: no duplicate"}),
        pa.field("keeper", pa.string(), metadata={"description": "id of the page that stays in its place"}),
        pa.field("similarity", pa.float32(), metadata={"description": "Jaccard similarity with the keeper"}),
        pa.field("cluster", pa.string(), metadata={"description": "where it stays: its id, it stands for its cluster"}),
        pa.field("cluster_size", pa.int32(), metadata={"description": "where it stays: pages in its cluster"}),
    ]
)
"""A row per page, row by row with its keys."""


def sheet_of(folder: Path, part: int) -> Path:
    """Where the decisions about the pages of a part stand."""
    return folder / f"{part:05}.arrow"


def decide(
    parts: Sequence[Part], settings: Dedup, earlier: Sequence[Path], folder: Path, *, memory: int = MEMORY
) -> Counter[str]:
    """Decide over the pages of all parts, and of earlier releases (Parquet files of KEYS), which of them go.

    Writes an Arrow file of DECISIONS into `folder` for each part. What is decided depends on the pages alone, not on
    the order of the parts or on `memory`, the bytes that are sorted at a time. Gives how many pages go, by action.
    """
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=folder) as scratch:
        files = [*(Part(path) for path in earlier), *parts]
        pages = Pages(files, len(earlier), Path(scratch), memory)
        out = pages.mapped("out", np.uint8, (max(pages.rows, 1),))
        again, twins = _same_ids(pages)
        out[again] = 1
        pages.number_all(out)
        fates = _Fates(pages)
        if settings.enabled:
            _join_exact(pages, fates)
            if settings.near.enabled:
                join_near(pages, settings.near, fates.keeper, fates.similarity)
        _settle(pages, fates, twins)
        return _write(pages, fates, np.sort(again), folder)


class _Fates:
    """What becomes of the pages, by number."""

    def __init__(self, pages: Pages) -> None:
        n = (len(pages.ids),)
        self.keeper: NDArray[np.int32] = pages.mapped("keeper", np.int32, n)
        """The first page with its text; of this one, the first page of its cluster."""
        self.keeper[:] = np.arange(*n, dtype=np.int32)
        self.same: NDArray[np.uint8] = pages.mapped("same", np.uint8, n)
        """1 where another page with its text stands before it."""
        self.similarity: NDArray[np.float32] = pages.mapped("similarity", np.float32, n)
        """With its keeper, where that is a near duplicate."""
        self.stays: NDArray[np.uint8] = pages.mapped("stays", np.uint8, n)
        """1 where it stays although its keeper is another: the same record of an earlier release."""
        self.others: NDArray[np.int32] = pages.mapped("others", np.int32, n)
        """How many pages of this run go for it."""

    def kept(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """The pages that stay in the place of these."""
        found: NDArray[np.int32] = self.keeper[self.keeper[numbers]]
        return found


def _same_ids(pages: Pages) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The rows of records with the id of one that stands before them in their file; and pairs of rows, one of this run
    and an earlier one with the same id."""
    dtype = np.dtype([("high", np.uint64), ("low", np.uint64), ("offset", np.int64), ("row", np.int32)])
    shuffle = Shuffle(pages.scratch, "same", dtype, pages.partitions(pages.rows, dtype.itemsize))
    for row, batch in pages.batches("id", "offset"):
        records = np.empty(batch.num_rows, dtype)
        records["high"], records["low"] = id_numbers(batch.column("id"))
        records["offset"] = batch.column("offset").fill_null(0).to_numpy()
        records["row"] = np.arange(row, row + batch.num_rows)
        shuffle.add(records["high"], records)
    again, twins = [np.empty(0, np.int32)], [np.empty((0, 2), np.int32)]
    for records in shuffle:
        records = records[repeated(records["high"].copy())]
        new = records["row"] >= pages.earlier
        records = records[np.lexsort((records["offset"], new, records["low"], records["high"]))]
        new = records["row"] >= pages.earlier
        follows = np.zeros(len(records), bool)
        follows[1:] = (records["high"][1:] == records["high"][:-1]) & (records["low"][1:] == records["low"][:-1])
        goes = follows & new
        goes[1:] &= new[:-1]
        again.append(records["row"][goes])
        group = np.cumsum(~follows)
        mine = np.flatnonzero(new & ~goes)
        before = np.flatnonzero(~new)
        # For each earlier record the one of this run with its id, if there is one.
        at = np.searchsorted(group[mine], group[before])
        found = at < len(mine)
        found[found] = group[mine][at[found]] == group[before][found]
        twins.append(np.column_stack((records["row"][mine[at[found]]], records["row"][before[found]])))
    return np.concatenate(again), np.concatenate(twins)


def _join_exact(pages: Pages, fates: _Fates) -> None:
    """Make the first page with a text the keeper of the others with that text, and mark these."""
    dtype = np.dtype([("content", np.uint64), ("content2", np.uint64), ("number", np.int32)])
    shuffle = Shuffle(pages.scratch, "content", dtype, pages.partitions(len(pages.ids), dtype.itemsize))
    for row, batch in pages.batches("content", "content2"):
        numbers = pages.number[row : row + batch.num_rows]
        records = np.empty(batch.num_rows, dtype)
        records["content"] = batch.column("content").to_numpy()
        records["content2"] = batch.column("content2").to_numpy()
        records["number"] = numbers
        records = records[numbers >= 0]
        shuffle.add(records["content"], records)
    for records in shuffle:
        records = records[repeated(records["content"].copy())]
        records = records[np.lexsort((records["number"], records["content2"], records["content"]))]
        begins = np.ones(len(records), bool)
        begins[1:] = (records["content"][1:] != records["content"][:-1]) | (
            records["content2"][1:] != records["content2"][:-1]
        )
        heads = records["number"][begins][np.cumsum(begins) - 1]
        fates.keeper[records["number"]] = heads
        fates.same[records["number"]] = ~begins
        pages.release()


def _settle(pages: Pages, fates: _Fates, twins: NDArray[np.int32]) -> None:
    """Say which pages stay although they are like an earlier one, and count what goes for each page."""
    mine, before = pages.number[twins[:, 0]], pages.number[twins[:, 1]]
    mine, before = mine[mine >= 0], before[mine >= 0]
    fates.stays[mine[fates.kept(mine) == fates.kept(before)]] = 1
    for row in range(pages.earlier, pages.rows, BATCH):
        numbers = pages.number[row : min(row + BATCH, pages.rows)]
        numbers = numbers[numbers >= 0]
        kept = fates.kept(numbers)
        np.add.at(fates.others, kept[(kept != numbers) & (fates.stays[numbers] == 0)], 1)
        pages.release()


def _write(pages: Pages, fates: _Fates, again: NDArray[np.int32], folder: Path) -> Counter[str]:
    """Write the decisions about the pages of this run; `again` are the rows that have the id of another, ascending.
    Gives how many pages go, by action."""
    counts: Counter[str] = Counter()
    for n, part in enumerate(pages.parts[pages.first :]):
        row = pages.starts[pages.first + n]
        with Sheet(sheet_of(folder, n), DECISIONS) as sheet, pq.ParquetFile(part.keys) as file:
            for batch in file.iter_batches(BATCH, columns=["id"], use_threads=False):
                numbers = pages.number[row : row + batch.num_rows]
                twice = np.zeros(batch.num_rows, bool)
                twice[again[slice(*np.searchsorted(again, (row, row + batch.num_rows)))] - row] = True
                table = _decisions(pages, fates, batch.column("id"), numbers, twice)
                sheet.write(table)
                for count in pc.value_counts(table["action"].drop_null()).to_pylist():
                    counts[count["values"]] += count["counts"]
                row += batch.num_rows
                pages.release()
    return counts


def _decisions(
    pages: Pages, fates: _Fates, ids: pa.Array, numbers: NDArray[np.int32], again: NDArray[np.bool_]
) -> pa.Table:
    """The decisions about pages with these ids and numbers; `again` says which have the id of another."""
    living = numbers >= 0
    page = np.where(living, numbers, 0)
    same = fates.same[page] == 1
    first, kept = fates.keeper[page], fates.kept(page)
    goes = living & (kept != page) & (fates.stays[page] == 0)
    exact = goes & same & (kept == first)
    similarity = np.where(exact | again, 1, fates.similarity[np.where(same, first, page)])
    own = living & ~goes
    # What goes for an earlier page counts for the same record where that is there again.
    own_now = np.flatnonzero(own & (kept != page))
    own_now = own_now[(pages.ids[kept[own_now]] == pages.ids[page[own_now]]).all(axis=1)]
    stands = own & (kept == page)
    stands[own_now] = True
    size = 1 + np.where(stands, fates.others[kept], 0)
    lost, kept_ids = pa.array(again | goes), pc.if_else(pa.array(again), ids, id_texts(pages.ids[kept * goes]))
    action = pa.array(np.array(["near", "exact", "same_id"], object)[np.where(again, 2, exact)], pa.string())
    none = pa.scalar(None, pa.string())
    columns = {
        "id": ids,
        "action": pc.if_else(lost, action, none),
        "keeper": pc.if_else(lost, kept_ids, none),
        "similarity": pa.array(similarity.astype(np.float32), mask=~(again | goes)),
        "cluster": pc.if_else(pa.array(own), ids, none),
        "cluster_size": pa.array(size.astype(np.int32), mask=~own),
    }
    return pa.table(columns, schema=DECISIONS)
