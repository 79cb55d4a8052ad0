"""Parquet: only the columns that are needed, a few rows at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config import Columns
from pipeline.ingest.model import Broken, Record, Source
from pipeline.ingest.rows import Layout, layout_of, no_text, record_of
from pipeline.ingest.streams import Stream, is_passing, is_url, open_raw

_BATCH_BYTES = 8 << 20
_BUFFER = 1 << 20


class Group(NamedTuple):
    """A row group: its rows, and the bytes of its text."""

    rows: int
    n_bytes: int


def groups_of(file: Any, columns: Columns) -> list[Group]:
    """What the footer says of the row groups. Raises pa.ArrowException or OSError if it is damaged."""
    meta = pq.ParquetFile(file).metadata
    layout = layout_of((meta.schema.column(i).path for i in range(meta.num_columns)), columns)
    wanted = {*layout.text, *layout.html}
    result = []
    for k in range(meta.num_row_groups):
        group = meta.row_group(k)
        size = 0
        for i in range(group.num_columns):
            column = group.column(i)
            if not wanted or column.path_in_schema in wanted:
                size += column.total_uncompressed_size
        result.append(Group(group.num_rows, size))
    return result


def read_parquet(
    source: Source, first: int, stop: int | None, row: int, columns: Columns, limit: int
) -> Iterator[Record | Broken]:
    """Records of the row groups [first, stop). A damaged row group is one Broken; the next ones are still read."""
    name = source.source
    try:
        with tempfile.TemporaryFile() as unpacked:
            file = pq.ParquetFile(_seekable(source, unpacked), buffer_size=_BUFFER)
            yield from _read(name, file, first, stop, row, columns, limit)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None and is_passing(source.path, error):
            raise
        yield Broken(name, None, row, f"the Parquet file cannot be read: {_line(error)}")


def _seekable(source: Source, unpacked: Any) -> Any:
    """Parquet is read from its end, so a compressed one is unpacked first."""
    if source.compression is None:
        return open_raw(source.path) if is_url(source.path) else source.path
    with open_raw(source.path) as raw:
        stream = Stream(raw, source.compression)
        while block := stream.read():
            unpacked.write(block)
    if stream.damage:
        raise OSError(stream.damage)
    unpacked.seek(0)
    return unpacked


def _read(
    name: str, file: Any, first: int, stop: int | None, row: int, columns: Columns, limit: int
) -> Iterator[Record | Broken]:
    schema, meta = file.schema_arrow, file.metadata
    stop = meta.num_row_groups if stop is None else stop
    layout = layout_of(schema.names, columns)
    types = dict(zip(schema.names, schema.types, strict=True))
    texts = [c for c in (*layout.text, *layout.html) if _is_text(types[c])]
    if not texts:
        n = sum(meta.row_group(k).num_rows for k in range(first, stop))
        wrong = [f"column {c} is {types[c]}, not text" for c in (*layout.text, *layout.html)]
        yield Broken(name, None, row, f"{wrong[0] if wrong else no_text(schema.names)} ({n} rows not read)")
        return
    layout = Layout(
        layout.id,
        tuple(c for c in layout.text if c in texts),
        tuple(c for c in layout.html if c in texts),
        layout.url,
        layout.meta,
    )
    used = list(dict.fromkeys((*layout.id, *texts, *layout.url, *(c for _, c in layout.meta))))
    for k in range(first, stop):
        group = meta.row_group(k)
        per_row = max(1, group.total_byte_size // max(1, group.num_rows))
        size = max(1, min(1024, _BATCH_BYTES // per_row))
        end = row + group.num_rows
        try:
            for batch in file.iter_batches(batch_size=size, row_groups=[k], columns=used, use_threads=False):
                values = [_values(column) for column in batch.columns]
                for fields in zip(*values, strict=True):
                    yield record_of(name, row, dict(zip(batch.schema.names, fields, strict=True)), layout, limit)
                    row += 1
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the file, not of what is in it
            yield Broken(name, None, row, f"row group {k} is damaged, {end - row} rows lost: {_line(error)}")
        row = end


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_null(kind)
    )


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        # A string column need not hold UTF-8; what does not is handed on as bytes.
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        return [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
    except (ValueError, OverflowError, KeyError):
        if not pa.types.is_temporal(column.type):
            raise
        return [_time(value) for value in column]


def _time(value: pa.Scalar) -> Any:
    """A time, or None for a year or a time zone that Python does not know."""
    try:
        return value.as_py()
    except (ValueError, OverflowError, KeyError):
        return None


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
