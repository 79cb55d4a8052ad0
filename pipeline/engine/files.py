"""The files of a run. Between stages: Arrow, as fast to read as to write. For readers: Parquet and JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.learn.lines import HASHES

# What prepare leaves for clean.
PAGES = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "source", "record")),
        ("offset", pa.int64()),
        *((name, pa.string()) for name in ("url", "site", "kind")),
        ("text", pa.large_string()),
        ("encoding", pa.string()),
        ("repairs", pa.list_(pa.string())),
        ("raw_sha256", pa.string()),
        ("status", pa.int32()),
        ("meta", pa.string()),
        ("personal_data", pa.int32()),
        # A hash of all of these: a page is what it was as long as this is what it was.
        ("digest", pa.uint64()),
        # Null where nobody asks for the lines of sites.
        *HASHES,
    ]
)
SLICES = pa.schema(
    [
        ("key", pa.string()),
        *((name, pa.int64()) for name in ("pages", "in", "bytes", "chars", "lines", "quarantined")),
        ("passed_over", pa.string()),
    ]
)
"""The slices of a shard, in order, with what prepare made of each."""
LEDGER = pa.schema([("page", pa.int64()), *schema.arrow(schema.LEDGER)])
QUARANTINE = schema.arrow(schema.QUARANTINE)

VERDICTS = pa.schema([("kept", pa.bool_()), ("rule", pa.string()), ("evidence", pa.string())])


def rows_schema(signals: Mapping[str, str]) -> pa.Schema:
    """The columns of a cleaned page: those of `documents`, its number, what the measures noted of it (JSON), and what it
    was made from: digests of the mended page, and of what was known of its lines."""
    fields = [
        field.with_type(pa.large_string()) if field.name == "text" else field
        for field in schema.arrow(schema.DOCUMENTS, signals=signals)
    ]
    return pa.schema(
        [*fields, ("page", pa.int64()), ("notes", pa.string()), ("digest", pa.uint64()), ("learnt", pa.uint64())]
    )


class Sheet:
    """A table of the work folder, written batch by batch: an Arrow file, its buffers in LZ4.

    Writes at 450 MB/s and reads at 2,300, where Parquet in zstd does 310 and 290; what it takes more of the disk goes
    with the run.
    """

    def __init__(self, path: Path, schema_: pa.Schema) -> None:
        self.schema = schema_
        self._sink = pa.OSFile(str(path), "wb")
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        self._file = pa.ipc.new_file(self._sink, schema_, options=options)
        self._rows: list[tuple[Any, ...]] = []

    def write(self, table: pa.Table) -> None:
        """Append a table as one batch."""
        if table.num_rows:
            self._file.write_table(table.combine_chunks())

    def add(self, rows: Iterable[tuple[Any, ...]], at_least: int = 50_000) -> None:
        """Append rows; they are written once there are `at_least` of them."""
        self._rows += rows
        if len(self._rows) >= at_least:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self.write(table_of(self._rows, self.schema))
            self._rows = []

    def __enter__(self) -> Sheet:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._file.close()
        self._sink.close()


# A row group of pages holds so many bytes of text: few enough to be held in memory, and enough that the heads of its hundred
# columns weigh nothing.
GROUP = 4_000_000


class Groups:
    """Hands tables on in groups of rows with `size` bytes in the column `text`: cut alike, however the rows come."""

    def __init__(self, *sinks: Part | JsonLines | Sheet, size: int = GROUP) -> None:
        self._sinks, self._full = sinks, size
        self._held: list[pa.Table] = []
        self._size = 0

    def write(self, table: pa.Table) -> None:
        while table.num_rows:
            sizes = self._size + np.cumsum(pc.binary_length(table["text"]).to_numpy(), dtype=np.int64)
            stop = int(np.searchsorted(sizes, self._full)) + 1
            self._held.append(table.slice(0, stop))
            self._size = int(sizes[min(stop, len(sizes)) - 1])
            if self._size >= self._full:
                self.flush()
            table = table.slice(stop)

    def flush(self) -> None:
        if self._held:
            group = pa.concat_tables(self._held).combine_chunks()
            for sink in self._sinks:
                sink.write(group)
        self._held, self._size = [], 0


class Part:
    """A Parquet file for readers; `more` are options of pyarrow's ParquetWriter."""

    def __init__(self, path: Path, schema_: pa.Schema, compression: str, **more: Any) -> None:
        self._schema = schema_
        self._file = pq.ParquetWriter(path, schema_, compression=compression, **more)

    def write(self, table: pa.Table) -> None:
        """Append a table as one row group."""
        if table.num_rows:
            self._file.write_table(table if table.schema.equals(self._schema) else table.cast(self._schema))

    def close(self) -> None:
        self._file.close()


class JsonLines:
    """JSON lines in zstd."""

    def __init__(self, path: Path) -> None:
        self._file = pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd")

    def write(self, table: pa.Table) -> None:
        """Append the rows of a table."""
        columns = [_values(table[name].combine_chunks()) for name in table.column_names]
        names = table.column_names
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        self._file.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))

    def close(self) -> None:
        self._file.close()


def _values(column: pa.Array) -> list[Any]:
    """The values of a column, as JSON takes them."""
    type_ = column.type
    if not (pa.types.is_struct(type_) and all(pa.types.is_float64(field.type) for field in type_)) or column.null_count:
        values: list[Any] = column.to_pylist()
        return values
    # Hundreds of numbers a row: a table at once instead of one by one. What is null is NaN there, and null again in JSON.
    names = [field.name for field in type_]
    numbers = np.column_stack([child.to_numpy(zero_copy_only=False) for child in column.flatten()])
    return [dict(zip(names, row, strict=True)) for row in numbers.tolist()]


def table_of(rows: Sequence[tuple[Any, ...]], schema_: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema_)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema_, strict=True)], schema=schema_)


def write_sheet(path: Path, table: pa.Table) -> None:
    """A whole table as a file of the work folder."""
    with Sheet(path, table.schema) as sheet:
        sheet.write(table)


def batches_of(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The batches of a sheet, in order; only these columns if they are named."""
    with pa.OSFile(str(path), "rb") as source:
        options = pa.ipc.IpcReadOptions(use_threads=False)
        if columns is not None:
            names = pa.ipc.open_file(source).schema.names
            options.included_fields = [names.index(name) for name in columns]
        file = pa.ipc.open_file(source, options=options)
        for k in range(file.num_record_batches):
            yield pa.Table.from_batches([file.get_batch(k)])


def read_sheet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A whole sheet."""
    with pa.OSFile(str(path), "rb") as source:
        schema_ = pa.ipc.open_file(source).schema
    if columns is not None:
        schema_ = pa.schema([schema_.field(name) for name in columns])
    parts = [part.select(schema_.names) for part in batches_of(path, columns)]
    return pa.concat_tables([schema_.empty_table(), *parts])
