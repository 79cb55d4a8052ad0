"""Reads a slice: records one after the other, in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from pipeline.config import Ingest
from pipeline.ingest.model import RAW_KEPT, Broken, Item, Record, Slice, Source
from pipeline.ingest.parquet import read_parquet
from pipeline.ingest.rows import read_json, read_json_lines, read_table, too_large
from pipeline.ingest.sniff import HEAD, bom_of, delimiter
from pipeline.ingest.streams import Stream, is_passing, open_raw, read_up_to, size_of
from pipeline.ingest.warc import read_archive

_ROWS = ("json", "jsonl", "csv", "tsv")


def read(part: Slice, settings: Ingest) -> Iterator[Item]:
    """The records of a slice, in the order of the file; what is broken and what is no page among them.

    Bad input raises nothing. Only a remote file that is there and fails to be read raises what its file system raises
    (mostly OSError): that is a failure of the network, worth another try, and no reason to lose pages.
    """
    source = part.source
    try:
        yield from _read(part, settings)
    except OSError as error:
        if is_passing(source.path, error):
            raise
        yield Broken(source.source, None, 0, f"cannot be read: {error.strerror or error}")


def limit_of(settings: Ingest) -> int:
    """The bytes that a record may have."""
    return int(settings.record_mb * 1_000_000)


def _read(part: Slice, settings: Ingest) -> Iterator[Item]:
    source, limit = part.source, limit_of(settings)
    with open_raw(source.path) as raw:
        size = size_of(raw)
        if size != source.size:
            error = f"the file changed while it was being read: {source.size} bytes when it was listed, now {size}"
            yield Broken(source.source, None, 0, error)
            return
        if source.format == "parquet":
            yield from read_parquet(source, part.start, part.stop, part.row, settings.columns, limit)
            return
        head = b""
        if source.format in _ROWS:
            head = read_up_to(Stream(raw, source.compression).read, HEAD)
            raw.seek(0)
        stream = Stream(raw, source.compression, part.start, part.entry, bom_of(head))
        if source.format == "jsonl":
            yield from read_json_lines(source.source, stream, part.stop, part.row, settings.columns, limit)
        elif source.format == "json":
            yield from read_json(source.source, stream, settings.columns, limit)
        elif source.format in ("csv", "tsv"):
            yield from _read_table(part, stream, head, settings, limit)
        elif source.format == "warc":
            yield from read_archive(source.source, stream, part.stop, part.row, limit)
        else:
            yield _read_page(source, stream, limit)


def _read_page(source: Source, stream: Stream, limit: int) -> Record | Broken:
    data = read_up_to(stream.read, limit + 1)
    if len(data) > limit:
        return Broken(source.source, None, 0, too_large(max(source.size, len(data)), limit), data[:RAW_KEPT])
    if stream.damage:
        return Broken(source.source, None, 0, stream.damage, data[:RAW_KEPT])
    return Record(source.source, None, 0, "html" if source.format == "html" else "text", data)


def table_shape(source: Source, head: bytes, settings: Ingest) -> tuple[str, list[str]]:
    """Delimiter and header of a table, from its first bytes."""
    text = head.decode(bom_of(head) or "utf-8-sig", "surrogateescape" if not bom_of(head) else "ignore")
    mark = delimiter(text, settings.columns, tabs_first=source.format == "tsv")
    mark = mark or ("\t" if source.format == "tsv" else ",")
    try:
        header = next(row for row in csv.reader(iter(text.split("\n")), delimiter=mark) if row)
    except (csv.Error, StopIteration):
        header = []
    return mark, [name.strip("\r\n") for name in header]


def _read_table(part: Slice, stream: Stream, head: bytes, settings: Ingest, limit: int) -> Iterator[Record | Broken]:
    mark, header = table_shape(part.source, head, settings)
    row = part.row if part.start else -1  # the stream begins with the header
    yield from read_table(part.source.source, stream, part.stop, row, header, mark, settings.columns, limit)
