"""What ingest hands on: sources and slices in the plan, records out of a slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Format = Literal["text", "html", "json", "jsonl", "csv", "tsv", "parquet", "warc"]
Compression = Literal["gz", "zst", "bz2", "xz"]

RAW_KEPT = 64 * 1024
"""Bytes of a broken record that are kept to look at."""


class Source(NamedTuple):
    """A file of the input."""

    source: str
    """Path under the input root, with forward slashes."""
    path: str
    """Where to open it: a local path or an fsspec URL."""
    format: Format
    compression: Compression | None
    size: int
    """Bytes of the file as it lies there."""
    sha256: str
    """Digest of those bytes."""


class Slice(NamedTuple):
    """A part of a source that can be read by itself.

    `start` and `stop` are byte offsets of records in the decompressed stream; for Parquet they are row groups.
    `stop` None means to the end.
    """

    source: Source
    start: int = 0
    stop: int | None = None
    row: int = 0
    """Rows (lines, records) of the source before this slice."""
    entry: tuple[int, int] = (0, 0)
    """Where decompression may begin: a byte of the file, and the byte of the decompressed stream it stands for."""


class Shard(NamedTuple):
    """What one worker does in one go."""

    slices: tuple[Slice, ...]
    n_bytes: int
    """Estimated bytes of text."""
    key: str
    """Identity: a digest of which bytes of which files the shard is made of."""


class Skipped(NamedTuple):
    """A file that is not read, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """All there is to read. A pure function of the files and the settings."""

    root: str
    sources: tuple[Source, ...]
    shards: tuple[Shard, ...]
    skipped: tuple[Skipped, ...]


class Record(NamedTuple):
    """One page as its source holds it. Bytes still have their encoding; a str may hold lone surrogates: those of
    U+DC80 to U+DCFF stand for bytes that were no UTF-8 (Python's `surrogateescape`)."""

    source: str
    record: str | None
    """The row's id, `row:N`, the WARC-Record-ID; None for a file that is one page."""
    offset: int
    """Number of the row; for WARC the byte at which the record begins (see `warc.py`)."""
    kind: Literal["text", "html"]
    raw: bytes | str
    url: str | None = None
    charset: str | None = None
    """Declared by HTTP."""
    status: int | None = None
    """Of HTTP."""
    headers: Mapping[str, str] = {}
    """HTTP response headers of interest, lower-cased names. Not to be changed."""
    date: str | None = None
    """WARC-Date: when the page was fetched."""
    row: Mapping[str, Any] = {}
    """What else the row says of the page (title, authors, ...), lower-cased names. Not to be changed."""


class Broken(NamedTuple):
    """A record, or the rest of a file, that cannot be read."""

    source: str
    record: str | None
    offset: int
    error: str
    raw: bytes = b""


class NotPage(NamedTuple):
    """Records that are sound but are no pages, counted per reason."""

    source: str
    reason: str
    n: int


Item = Record | Broken | NotPage
