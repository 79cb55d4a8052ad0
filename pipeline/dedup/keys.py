"""The keys of pages: all that is known of a page when duplicates are looked for, without its text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.config import Dedup
from pipeline.dedup.fingerprints import BANDS, SHINGLES, fingerprints

KEYS = pa.schema(
    [
        pa.field("id", pa.string(), metadata={"description": "id of the page"}),
        pa.field("offset", pa.int64(), metadata={"description": "where it stands in its file"}),
        pa.field("content", pa.uint64(), metadata={"description": "hash of its text but for case, white space, punctuation"}),
        pa.field("content2", pa.uint64(), metadata={"description": "64 bits more of it"}),
        pa.field("n_chars", pa.int32(), metadata={"description": "code points in its text"}),
        pa.field("published", pa.date32(), metadata={"description": "day of publication"}),
        pa.field("preferred", pa.bool_(), metadata={"description": "whether its domain is one that the user prefers"}),
        pa.field("bands", BANDS, metadata={"description": "hashes of groups of minima of its n-grams"}),
        pa.field("shingles", SHINGLES, metadata={"description": "hashes of its n-grams, the smallest of a large set"}),
    ]
)  # fmt: skip
"""A row per page."""

# Hashes do not compress, but the steps between sorted ones take 25 bits, not 32.
FORMAT: dict[str, Any] = {
    "compression": "none",
    "use_dictionary": False,
    "write_statistics": False,
    "column_encoding": {"shingles.list.element": "DELTA_BINARY_PACKED"},
}
"""How a Parquet file of KEYS is written: keywords of pyarrow.parquet.ParquetWriter."""


class Part(NamedTuple):
    """The pages of a shard."""

    keys: Path
    """A Parquet file of KEYS."""
    verdicts: Path | None = None
    """An Arrow file, row by row with it, with the column `kept` (bool): what the judge rejected is no duplicate of
    anything. None where all are kept."""


def keys_of(columns: Mapping[str, Any], settings: Dedup) -> pa.Table:
    """A row of KEYS for each page of some columns: id, offset, text (large strings), n_chars, and where they are there
    published and preferred."""
    text = columns["text"]
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    near = settings.near if settings.enabled else settings.near.model_copy(update={"enabled": False})
    found = fingerprints(text, near)
    n = len(text)
    given = {name: columns[name] for name in ("id", "offset", "n_chars")}
    for name, nothing in (("published", None), ("preferred", False)):
        column = columns.get(name)
        given[name] = pa.array([nothing] * n, KEYS.field(name).type) if column is None else column
    given |= dict(zip(found.column_names, found.columns, strict=True))
    return pa.table(
        [pa.array(v) if isinstance(v, np.ndarray) else v for v in (given[f.name] for f in KEYS)], schema=KEYS
    )
