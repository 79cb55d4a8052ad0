"""Rows to records: which columns count, and the readers of JSON lines, JSON and CSV."""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from pipeline.config import Columns
from pipeline.ingest.model import RAW_KEPT, Broken, Record
from pipeline.ingest.streams import Stream, lines

csv.field_size_limit(2**31 - 1)  # size is bounded by the feed below, in bytes and per row

# What else a row may say of its page. The names are those that web datasets and crawlers use.
_NAMES = """
    title headline author authors byline creator published publisher published_at published_date publish_date
    date_published datepublished publication_date pubdate pub_date date created created_at modified modified_at
    date_modified datemodified updated updated_at last_modified language lang languages site_name sitename
    description license licence license_url rights canonical_url section
"""
# What it may say of the use of the page, under the names of headers and meta tags; handed on as one field, `row`.
_RIGHTS = frozenset(["robots", "x-robots-tag", "tdm-reservation", "tdm-policy"])
METADATA = frozenset([*_NAMES.split(), *_RIGHTS, *(name.replace("-", "_") for name in _RIGHTS)])
_SHORT = 2000  # characters of a metadata field; what is longer is no title and no name


class Layout(NamedTuple):
    """The columns of a row that are used, best first."""

    id: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]
    url: tuple[str, ...]
    meta: tuple[tuple[str, str], ...]
    """(lower-cased name, name in the row)"""


def layout_of(names: Iterable[str], columns: Columns) -> Layout:
    """Match the names of a row's columns with the configured ones; case does not matter."""
    names = list(names)
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.strip().lower(), name)

    def pick(wanted: list[str]) -> tuple[str, ...]:
        found = (name if name in names else folded.get(name.lower()) for name in wanted)
        return tuple(dict.fromkeys(name for name in found if name is not None))

    layout = Layout(pick(columns.id), pick(columns.text), pick(columns.html), pick(columns.url), ())
    used = {*layout.id, *layout.text, *layout.html, *layout.url}
    return layout._replace(
        meta=tuple((low, name) for low, name in folded.items() if low in METADATA and name not in used)
    )


def no_text(names: Iterable[str]) -> str:
    """What to say of a table without a column of text."""
    names = list(names)
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"no text column: has {shown or 'no columns'}; name yours in ingest.columns.text"


def record_of(source: str, number: int, row: Mapping[str, Any], layout: Layout, limit: int) -> Record | Broken:
    """One row as a record.

    Text wins over HTML where a row has both: it is what the owner of the data stands by. (`ingest.columns.text=[]`
    makes the HTML be read.) Columns that are null are an empty text.
    """
    name = _first(row, layout.id, (str, int, float))
    record = f"row:{number}" if name is None or name == "" else _clean(str(name))
    kind: Any = "text"
    raw = _first(row, layout.text, (str, bytes))
    if (not raw or raw.isspace()) and layout.html:
        html = _first(row, layout.html, (str, bytes))
        if html or raw is None:
            kind, raw = ("html", html) if html is not None else ("text", None)
    if raw is None:
        given = [column for column in (*layout.text, *layout.html) if row[column] is not None]
        if given:
            error = f"column {given[0]} is no text but {type(row[given[0]]).__name__}"
            return Broken(source, record, number, error)
        if not layout.text and not layout.html:
            return Broken(source, record, number, no_text(row))
        raw = ""
    if len(raw) > limit:
        head = raw[:RAW_KEPT] if isinstance(raw, bytes) else raw[:RAW_KEPT].encode("utf-8", "surrogatepass")[:RAW_KEPT]
        return Broken(source, record, number, too_large(len(raw), limit), head)
    url = _first(row, layout.url, (str,))
    meta: dict[str, Any] = {}
    for low, column in layout.meta:
        value = _small(row[column])
        if value is not None:
            header = low.replace("_", "-")
            if header in _RIGHTS:
                meta.setdefault("row", {}).setdefault(header, value)
            else:
                meta[low] = value
    return Record(source, record, number, kind, raw, _clean(url.strip()) if url and url.strip() else None, row=meta)


def too_large(size: int, limit: int) -> str:
    return f"larger than ingest.record_mb: {size / 1e6:.1f} MB, allowed are {limit / 1e6:g}"


def _first(row: Mapping[str, Any], names: tuple[str, ...], types: tuple[type, ...]) -> Any:
    for name in names:
        value = row[name]
        if isinstance(value, types) and not isinstance(value, bool):
            return value
    return None


def _clean(text: str) -> str:
    """Without lone surrogates, which no table can hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _small(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value) if 0 < len(value) <= _SHORT else None
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, list) and 0 < len(value) <= 50 and all(isinstance(v, str) and len(v) <= 200 for v in value):
        return [_clean(v) for v in value]
    return None


def parse_json(line: bytes) -> Any:
    """The value of a JSON text, or the error (ValueError, RecursionError) that parsing it gave.

    orjson is strict and fast. What it refuses gets a second chance with json: lone surrogates, control characters
    and bytes that are no UTF-8 within strings, NaN.
    """
    try:
        return orjson.loads(line)
    except ValueError:
        pass
    try:
        return json.loads(line.decode("utf-8", "surrogateescape").lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        return error


def json_lines(stream: Stream, row: int, limit: int) -> Iterator[tuple[int, int, bytes, int]]:
    """(offset, number, line, size) of each line; size 0 for a line that is whole."""
    at = stream.tell()
    for line, size, whole in lines(stream, limit):
        yield at, row, line, 0 if whole else size
        at += size
        row += 1


def read_json_lines(
    source: str, stream: Stream, stop: int | None, row: int, columns: Columns, limit: int
) -> Iterator[Record | Broken]:
    """Records of a JSON lines stream, from where it stands up to the byte `stop`."""
    layouts: dict[tuple[str, ...], Layout] = {}
    for at, number, line, size in json_lines(stream, row, limit):
        if stop is not None and at >= stop:
            return
        row = number + 1
        if stream.damage:  # known only when all is read, so this is the last line, cut somewhere
            yield Broken(source, f"row:{number}", number, f"cut off: {stream.damage}", line[:RAW_KEPT])
            return
        if size:
            yield Broken(source, f"row:{number}", number, too_large(size, limit), line[:RAW_KEPT])
        elif line and not line.isspace():
            yield _json_record(source, number, line, layouts, columns, limit)
    if stream.damage:
        yield Broken(source, None, row, stream.damage)


def _json_record(
    source: str,
    number: int,
    line: bytes,
    layouts: dict[tuple[str, ...], Layout],
    columns: Columns,
    limit: int,
) -> Record | Broken:
    value = parse_json(line)
    if isinstance(value, dict):
        names = tuple(value)
        layout = layouts.get(names)
        if layout is None:
            if len(layouts) > 1000:
                layouts.clear()
            layout = layouts[names] = layout_of(names, columns)
        found = record_of(source, number, value, layout, limit)
        return found if isinstance(found, Record) else found._replace(raw=line[:RAW_KEPT])
    error = f"not valid JSON: {value}" if isinstance(value, Exception) else f"not a JSON object: {type(value).__name__}"
    return Broken(source, f"row:{number}", number, " ".join(error.split()), line[:RAW_KEPT])


def read_json(source: str, stream: Stream, columns: Columns, limit: int) -> Iterator[Record | Broken]:
    """Records of a file that is one JSON object, or an array of objects. It is held in memory as a whole."""
    pieces, size = [], 0
    while size <= limit and (block := stream.read()):
        pieces.append(block)
        size += len(block)
    data = b"".join(pieces)
    if stream.damage:
        yield Broken(source, None, 0, stream.damage, data[:RAW_KEPT])
        return
    if size > limit:
        error = "one JSON value, larger than ingest.record_mb; write it as JSON lines, one object a line"
        yield Broken(source, None, 0, error, data[:RAW_KEPT])
        return
    value = parse_json(data)
    if isinstance(value, Exception):
        yield Broken(source, None, 0, " ".join(f"not valid JSON: {value}".split()), data[:RAW_KEPT])
        return
    for number, row in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(row, dict):
            yield record_of(source, number, row, layout_of(row, columns), limit)
        else:
            yield Broken(source, f"row:{number}", number, f"not a JSON object: {type(row).__name__}")


class _TooLargeError(Exception):
    pass


class _Feed:
    """Lines for the CSV reader. Knows where the row in progress began, and stops a row that grows too large."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self.at = self.row_at = stream.tell()
        self.ended = False
        self._row: list[bytes] = []
        self._lines = lines(stream, limit)
        self._limit = limit

    def begin(self) -> None:
        """A row is done, the next one begins."""
        self.row_at = self.at
        self._row.clear()

    def head(self) -> bytes:
        """The first bytes of the row in progress."""
        return b"\n".join(self._row)[:RAW_KEPT]

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        try:
            line, size, whole = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        if not self.at:
            line = line.removeprefix(b"\xef\xbb\xbf")
        self.at += size
        self._row.append(line)
        if not whole or self.at - self.row_at > self._limit:
            raise _TooLargeError
        return line.decode("utf-8", "surrogateescape") + "\n"


class TableRow(NamedTuple):
    at: int
    number: int
    fields: list[str]
    error: str
    head: Callable[[], bytes]
    """The first bytes of the row; to be called before the next row is asked for."""


def table_rows(stream: Stream, mark: str, row: int, limit: int) -> Iterator[TableRow]:
    """The rows of a CSV stream from where it stands; blank lines are no rows.

    The header, where the stream begins with it, is a row like any other.
    """
    feed = _Feed(stream, limit)
    reader = csv.reader(feed, delimiter=mark)
    while True:
        feed.begin()
        fields: list[str] = []
        error = ""
        try:
            fields = next(reader)
            if feed.ended:
                # The reader asked for one more line to end this row, and there was none.
                error = "a quote is opened in this row and never closed"
        except StopIteration:
            return
        except _TooLargeError:
            error = too_large(feed.at - feed.row_at, limit)
        except csv.Error as wrong:
            error = f"not valid CSV: {wrong}"
        if fields or error:
            yield TableRow(feed.row_at, row, fields, error, feed.head)
            row += 1


def read_table(
    source: str,
    stream: Stream,
    stop: int | None,
    row: int,
    header: list[str],
    mark: str,
    columns: Columns,
    limit: int,
) -> Iterator[Record | Broken]:
    """Records of a CSV stream, from where it stands up to the byte `stop`. The header is row -1."""
    layout = layout_of(header, columns)
    texts = (*layout.text, *layout.html)
    absent: dict[str, str | None] = dict.fromkeys(header)
    n, error = 0, ""
    for at, number, fields, error, head in table_rows(stream, mark, row, limit):
        if stop is not None and at >= stop:
            break
        if number < 0:
            continue
        row = number + 1
        if stream.damage:  # as above: the last row
            error = f"cut off: {stream.damage}"
        elif not texts and not error:
            n += 1
            continue
        values = absent | dict(zip(header, fields, strict=False))
        if not error and (len(fields) > len(header) or all(values[name] is None for name in texts)):
            error = f"fields in this row: {len(fields)}, in the header: {len(header)}"
        if error:
            yield Broken(source, f"row:{number}", number, error, head())
            continue
        found = record_of(source, number, values, layout, limit)
        yield found if isinstance(found, Record) else found._replace(raw=head())
    if n:
        yield Broken(source, None, row - n, f"{no_text(header)} ({n} rows not read)")
    if stream.damage and stop is None and not error.startswith("cut off"):
        yield Broken(source, None, row, stream.damage)
