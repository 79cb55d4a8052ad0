"""The table `records`: where each record of the input ended, and a digest of what each rule changed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from pipeline import schema
from pipeline.dedup.tokens import P1, P2, mix
from pipeline.engine.identity import page_id

RECORDS = schema.arrow(schema.RECORDS)
_CHANGES = RECORDS.field("changes").type
_NAMES = [column.name for column in schema.IDENTITY]


def records_of(rows: pa.Table, told: Mapping[str, Any], changes: Changes) -> pa.Table:
    """A row of RECORDS for each of some cleaned pages; `told` says of each its end, stage, rule, evidence and duplicate_of."""
    columns: dict[str, Any] = {name: rows[name] for name in RECORDS.names if name in rows.column_names}
    columns |= {name: column for name, column in told.items() if name in RECORDS.names}
    columns["changes"] = changes.of(rows["page"].to_numpy())
    return pa.table([columns[name] for name in RECORDS.names], schema=RECORDS)


def records_aside(quarantine: pa.Table, pages: pa.Table | None) -> pa.Table:
    """A row of RECORDS for each row of the quarantine. The last of them were cleaned pages, whose rows are `pages`."""
    n, known = quarantine.num_rows, pages.num_rows if pages is not None else 0
    names = zip(quarantine["source"].to_pylist(), quarantine["record"].to_pylist(), strict=True)
    columns: dict[str, Any] = {
        "id": pa.array([page_id(source or "", record) for source, record in names], pa.string()),
        "end": pa.array(["quarantined"] * n, pa.string()),
        "evidence": quarantine["error"],
        **{name: quarantine[name] for name in ("source", "record", "offset", "stage")},
    }
    for field in RECORDS:
        if field.name not in columns:
            given = pages is not None and field.name in pages.column_names
            own = pages[field.name].combine_chunks() if pages is not None and given else pa.nulls(known, field.type)
            columns[field.name] = pa.chunked_array([pa.nulls(n - known, field.type), own], field.type)
    return pa.table([columns[name] for name in RECORDS.names], schema=RECORDS)


class Changes:
    """The rules that changed each page of a shard, each with a digest of what it changed."""

    def __init__(self, ledger: pa.Table) -> None:
        """`ledger` is the merged ledger of a shard, ordered by its column `page`."""
        ledger = ledger.combine_chunks()
        names = pc.binary_join_element_wise(ledger["stage"], ledger["rule"], ".").combine_chunks().dictionary_encode()
        rules = names.dictionary
        rank = np.empty(len(rules), np.int64)
        rank[pc.sort_indices(rules).to_numpy()] = np.arange(len(rules))
        rule = rank[names.indices.to_numpy()] if len(names) else np.empty(0, np.int64)
        self._rules = rules.take(pc.sort_indices(rules))
        page = ledger["page"].to_numpy()
        # Within a page by rule; what one rule did stays in its order.
        order = np.argsort(page * (len(rules) + 1) + rule, kind="stable")
        first = np.ones(len(page), np.bool_)
        first[1:] = (page[order][1:] != page[order][:-1]) | (rule[order][1:] != rule[order][:-1])
        self._page, self._rule = page[order][first], rule[order][first]
        hashes = np.zeros(len(page), np.uint64)
        for name in ("action", "before", "after"):
            _add_texts(*_buffers(ledger[name]), hashes)
        for name in ("start", "end"):
            _add_numbers(ledger[name].to_numpy().astype(np.uint64), hashes)
        self._digest = _fold(hashes[order], np.cumsum(first) - 1, len(self._page))

    def of(self, pages: NDArray[np.int64]) -> pa.Array:
        """The changes of the pages with these numbers, ascending; see `schema.RECORDS`."""
        start, stop = np.searchsorted(self._page, pages), np.searchsorted(self._page, pages, "right")
        counts = stop - start
        ends = np.concatenate(([0], np.cumsum(counts)))
        at = np.arange(ends[-1]) + np.repeat(start - ends[:-1], counts)
        rule = self._rules.take(pa.array(self._rule[at]))
        values = pa.StructArray.from_arrays([rule.cast(pa.string()), pa.array(self._digest[at])], ["rule", "digest"])
        return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values).cast(_CHANGES)


def _buffers(column: pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of a column of strings, and where each begins; null is as if empty."""
    array = column.cast(pa.large_string()).combine_chunks()
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(array) + 1, 8 * array.offset) if len(array) else np.zeros(1, np.int64)
    return np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), bounds


@njit(cache=True, nogil=True)
def _add_texts(text, bounds, hashes):  # type: ignore[no-untyped-def]
    """Go on with the hash of each row over a column of bytes, eight at a time."""
    for k in range(len(hashes)):
        i, stop = bounds[k], bounds[k + 1]
        h = (hashes[k] ^ np.uint64(stop - i)) * P1
        while i < stop:
            word, shift = np.uint64(0), np.uint64(0)
            for j in range(i, min(i + 8, stop)):
                word |= np.uint64(text[j]) << shift
                shift += np.uint64(8)
            h = (h ^ word) * P1
            h ^= h >> np.uint64(32)
            i += 8
        hashes[k] = mix(h)


@njit(cache=True, nogil=True)
def _add_numbers(values, hashes):  # type: ignore[no-untyped-def]
    for k in range(len(hashes)):
        hashes[k] = mix((hashes[k] ^ values[k]) * P2)


@njit(cache=True, nogil=True)
def _fold(hashes, group, n):  # type: ignore[no-untyped-def]
    """One number per group of rows, which depends on their order."""
    out = np.zeros(n, np.uint64)
    for k in range(len(hashes)):
        out[group[k]] = mix((out[group[k]] ^ hashes[k]) * P1)
    return out
