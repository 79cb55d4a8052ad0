"""The files of a run: Parquet filled by rows or by tables, JSON lines, each under a temporary name until whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import schema

# What prepare leaves for clean.
PAGES = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "source", "record")),
        ("offset", pa.int64()),
        *((name, pa.string()) for name in ("url", "site", "kind", "text", "encoding")),
        ("repairs", pa.list_(pa.string())),
        ("raw_sha256", pa.string()),
        ("status", pa.int32()),
        ("meta", pa.string()),
    ]
)
LEDGER = pa.schema([("page", pa.int64()), *schema.arrow(schema.LEDGER)])
QUARANTINE = schema.arrow(schema.QUARANTINE)

# What dedup needs to know of a page.
KEYS = pa.schema(
    [
        ("id", pa.string()), ("source", pa.string()), ("offset", pa.int64()), ("content", pa.uint64()), ("content2", pa.uint64()),
        ("n_chars", pa.int32()), ("published", pa.date32()), ("kept", pa.bool_()),
    ]
)  # fmt: skip


def verdict_schema(signals: Sequence[str]) -> pa.Schema:
    """The columns of a cleaned page: those of `documents`, and what the judge said."""
    fields = list(schema.arrow(schema.DOCUMENTS, signals=list(signals)))
    return pa.schema(
        [
            *fields,
            ("page", pa.int64()),
            ("stage", pa.string()),
            ("rule", pa.string()),
            ("evidence", pa.string()),
        ]
    )


class RowWriter:
    """A Parquet file of the work folder, filled by rows; a flush is a row group."""

    def __init__(self, path: Path, schema_: pa.Schema) -> None:
        self._schema = schema_
        self._file = pq.ParquetWriter(path, schema_, compression="zstd", compression_level=1)
        self._rows: list[tuple[Any, ...]] = []

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows += rows

    def flush(self, at_least: int = 1) -> None:
        if len(self._rows) >= at_least:
            self._file.write_table(table_of(self._rows, self._schema))
            self._rows = []

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._file.close()


class Part:
    """A Parquet file for readers, under a temporary name until it is whole."""

    def __init__(self, path: Path, schema_: pa.Schema, compression: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._fresh = path.with_name(f".{path.name}")
        self._schema = schema_
        self._file = pq.ParquetWriter(self._fresh, schema_, compression=compression)

    def write(self, table: pa.Table) -> None:
        if table.num_rows:
            self._file.write_table(table if table.schema.equals(self._schema) else table.cast(self._schema))

    def close(self, *, whole: bool) -> None:
        self._file.close()
        _settle(self._fresh, self.path, whole)


class JsonLines:
    """JSON lines in zstd, under a temporary name until whole."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._fresh = path.with_name(f".{path.name}")
        self._file = pa.CompressedOutputStream(pa.OSFile(str(self._fresh), "wb"), "zstd")

    def write(self, table: pa.Table) -> None:
        self._file.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in table.to_pylist()))

    def close(self, *, whole: bool) -> None:
        self._file.close()
        _settle(self._fresh, self.path, whole)


def _settle(fresh: Path, path: Path, whole: bool) -> None:
    if whole:
        fresh.rename(path)
    else:
        fresh.unlink(missing_ok=True)


def table_of(rows: Sequence[tuple[Any, ...]], schema_: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema_)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema_, strict=True)], schema=schema_)


def write_rows(path: Path, rows: Sequence[tuple[Any, ...]], schema_: pa.Schema) -> None:
    pq.write_table(table_of(rows, schema_), path, compression="zstd")


def tables(path: Path) -> Iterator[pa.Table]:
    file = pq.ParquetFile(path)
    for k in range(file.metadata.num_row_groups):
        yield file.read_row_group(k)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    for table in tables(path):
        yield from table.to_pylist()
