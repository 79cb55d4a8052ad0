"""Exact duplicates: pages whose normalised text is the same, and records that carry the id of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

# 60 bytes a row and a few copies of it while it is sorted: 4 million rows a partition stay below 1 GB.
PARTITION_ROWS = 4_000_000

DECISIONS = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("offset", pa.int64()),
        ("action", pa.string()),
        ("keeper", pa.string()),
    ]
)

# What two copies of a text may differ in, beside case: white space and punctuation, of ASCII and of the scripts.
_ASCII_MARKS = bytes(code for code in range(128) if not chr(code).isalnum())
_OTHER_MARKS = re.compile(
    "[\u00a0\u00a1\u00ab\u00b7\u00bb\u00bf\u060c\u061b\u061f\u0964\u2000-\u206f\u3000-\u3003\u3008-\u3011"
    "\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)


def content_keys(texts: Sequence[str]) -> list[tuple[int, int]]:
    """128 bits per text (two 64-bit numbers), equal for texts that differ in case, punctuation and white space only.
    A text with nothing else in it is compared as it is."""
    marked = [text if text.isascii() else _OTHER_MARKS.sub("", text) for text in texts]
    lowered = pc.utf8_lower(pa.array(marked, pa.large_string())).cast(pa.large_binary()).to_pylist()
    keys = []
    for text, folded in zip(texts, lowered, strict=True):
        number = xxhash.xxh3_128_intdigest(folded.translate(None, _ASCII_MARKS) or text.encode())
        keys.append((number >> 64, number & (2**64 - 1)))
    return keys


def decide(paths: Sequence[Path], *, enabled: bool) -> pa.Table:
    """Decide, over the key tables of all shards, which pages go and for which page they go.

    Of pages with the same content the longest stays, then the earliest published (no date counts as latest), then
    the smallest id. Of records with the same id the first in its file stays, whether or not `enabled`.
    """
    rows = sum(pq.read_metadata(path).num_rows for path in paths)
    decisions = [*_same_ids(paths, rows)]
    gone = pa.concat_tables([DECISIONS.empty_table(), *decisions])
    lost = set(zip(gone["source"].to_pylist(), gone["offset"].to_pylist(), strict=True))
    if enabled:
        decisions += _same_contents(paths, rows, lost)
    return pa.concat_tables([DECISIONS.empty_table(), *decisions]).combine_chunks()


def _partitions(rows: int) -> int:
    return max(1, -(-rows // PARTITION_ROWS))


def _read(paths: Sequence[Path], columns: Sequence[str], by: str, part: int, of: int) -> pd.DataFrame:
    tables = []
    for path in paths:
        table = pq.read_table(path, columns=list(columns))
        if of > 1:
            if by == "id":
                keys = np.array([int(i[:8], 16) for i in table["id"].to_pylist()], dtype=np.uint64)
            else:
                keys = table[by].to_numpy()
            table = table.filter(pa.array(keys % np.uint64(of) == np.uint64(part)))
        tables.append(table)
    return pa.concat_tables(tables).to_pandas(date_as_object=False) if tables else pd.DataFrame(columns=list(columns))


def _same_ids(paths: Sequence[Path], rows: int) -> list[pa.Table]:
    tables = []
    for part in range(of := _partitions(rows)):
        frame = _read(paths, ("id", "source", "offset"), "id", part, of)
        frame = frame[frame["id"].duplicated(keep=False)]
        if frame.empty:
            continue
        frame = frame.sort_values(["id", "source", "offset"], kind="stable")
        again = frame[frame["id"].duplicated(keep="first")]
        tables.append(_decisions(again, "same_id", again["id"]))
    return tables


def _same_contents(paths: Sequence[Path], rows: int, lost: set[tuple[str, int]]) -> list[pa.Table]:
    tables = []
    for part in range(of := _partitions(rows)):
        columns = ("id", "source", "offset", "content", "content2", "n_chars", "published", "kept")
        frame = _read(paths, columns, "content", part, of)
        frame = frame[frame["kept"].astype(bool)]
        frame = frame[frame.duplicated(["content", "content2"], keep=False)]
        if lost and not frame.empty:
            frame = frame[[pair not in lost for pair in zip(frame["source"], frame["offset"], strict=True)]]
        if frame.empty:
            continue
        frame = frame.sort_values(
            ["content", "content2", "n_chars", "published", "id"],
            ascending=[True, True, False, True, True],
            na_position="last",
            kind="stable",
        )
        keeper = frame.groupby(["content", "content2"], sort=False)["id"].transform("first")
        again = frame["id"] != keeper
        tables.append(_decisions(frame[again], "duplicate", keeper[again]))
    return tables


def _decisions(frame: pd.DataFrame, action: str, keeper: pd.Series) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(frame["id"].tolist(), pa.string()),
            "source": pa.array(frame["source"].tolist(), pa.string()),
            "offset": pa.array(frame["offset"].tolist(), pa.int64()),
            "action": pa.array([action] * len(frame), pa.string()),
            "keeper": pa.array(keeper.tolist(), pa.string()),
        },
        schema=DECISIONS,
    )


def of_sources(decisions: pa.Table, sources: Sequence[str]) -> pa.Table:
    """The decisions about pages of these sources."""
    return decisions.filter(pc.is_in(decisions["source"], pa.array(sorted(set(sources)), pa.string())))
