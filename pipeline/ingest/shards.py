"""Plans the work: every file looked at once, big ones cut into slices, small ones packed into shards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from pipeline.config import Ingest, digest
from pipeline.ingest.find import Found, find
from pipeline.ingest.model import Plan, Shard, Skipped, Slice, Source
from pipeline.ingest.parquet import groups_of
from pipeline.ingest.reader import limit_of, table_shape
from pipeline.ingest.rows import json_lines, table_rows
from pipeline.ingest.sniff import HEAD, bom_of, recognise
from pipeline.ingest.streams import Hashing, Stream, compression_of, is_passing, open_raw, read_up_to, size_of
from pipeline.ingest.warc import archive_records

# Text per byte of a compressed file, where it is not worth a look: typical for gz and zst of web text.
_RATIO = 4
# A compressed file this much smaller than a shard is not looked through for cuts: text seldom shrinks further.
_MOST = 8
# Each slice of a file that is one compressed stream decompresses what comes before it, half of the file on average.
# With 16 slices the file is decompressed nine times in all: at 300 MB/s that is 3 % of what cleaning it costs.
_SLICES = 16
# How readily a shard that is a quarter full is ended: on average after half a shard more.
_CUTS = 2


def plan(input: str, settings: Ingest) -> Plan:  # noqa: A002  (the name of the config key)
    """All there is to read under `input`: a folder (with all below it), a file, a glob or an fsspec URL.

    Every file is opened once, hashed, and recognised by its content. The plan depends on nothing but the files and
    the settings. Raises ConfigError if there is no such input, or no file in it; for a remote file that is there and
    fails to be read, what its file system raises.
    """
    root, found, skipped = find(input)
    sources: list[Source] = []
    parts: list[tuple[Slice, int]] = []
    for file in found:
        seen = _inspect(file, settings)
        if isinstance(seen, Skipped):
            skipped.append(seen)
        else:
            sources.append(seen[0][0].source)
            parts += seen
    target = _target(settings)
    return Plan(root, tuple(sources), tuple(_pack(parts, target)), tuple(sorted(skipped)))


def _target(settings: Ingest) -> int:
    return max(1, int(settings.shard_mb * 1_000_000))


def _inspect(file: Found, settings: Ingest) -> list[tuple[Slice, int]] | Skipped:
    """The slices of a file with their estimated bytes of text, or why it is not read."""
    try:
        with open_raw(file.path) as raw:
            return _slices(file, raw, settings)
    except OSError as error:
        if is_passing(file.path, error):
            raise
        return Skipped(file.source, f"cannot be read ({error.strerror or error})")


def _slices(file: Found, raw: BinaryIO, settings: Ingest) -> list[tuple[Slice, int]] | Skipped:
    packed = read_up_to(raw.read, HEAD)
    if not packed:
        return Skipped(file.source, "empty file")
    compression = compression_of(packed)
    head, damage = packed, None
    if compression:
        raw.seek(0)
        stream = Stream(raw, compression)
        head, damage = read_up_to(stream.read, HEAD), stream.damage
        if not head:
            return Skipped(file.source, damage or f"empty file inside {compression}")
    kind, reason = recognise(file.source, head, len(head) < HEAD, settings.columns)
    if kind is None:
        return Skipped(file.source, reason)

    target = _target(settings)
    if not compression and len(packed) < min(HEAD, target):
        size, sha256 = len(packed), hashlib.sha256(packed).hexdigest()
    else:
        size, sha256 = size_of(raw), ""
    source = Source(file.source, file.path, kind, compression, size, sha256)
    whole = size * _RATIO if compression else size
    cuts: list[_Cut] = []
    if not sha256:
        raw.seek(0)
        hashing = Hashing(raw)
        if kind in ("jsonl", "csv", "tsv", "warc") and size * (_MOST if compression else 1) > target:
            cuts, whole = _cuts(source, hashing, head, settings, target)
        source = source._replace(sha256=hashing.digest())
    if kind == "parquet" and not compression:
        return _parquet_slices(source, raw, settings, target)
    if len(cuts) < 2:
        return [(Slice(source), whole)]
    stops: list[int | None] = [*(cut.at for cut in cuts[1:]), None]
    return [
        (Slice(source, cut.at, stop, cut.row, cut.entry), (whole if stop is None else stop) - cut.at)
        for cut, stop in zip(cuts, stops, strict=True)
    ]


def _parquet_slices(source: Source, raw: BinaryIO, settings: Ingest, target: int) -> list[tuple[Slice, int]]:
    raw.seek(0)
    try:
        groups = groups_of(raw, settings.columns)
    except (pa.ArrowException, OSError, ValueError):
        return [(Slice(source), source.size)]  # the reader says what is wrong
    slices: list[tuple[Slice, int]] = []
    first = row = rows = size = 0
    for k, group in enumerate(groups):
        rows += group.rows
        size += group.n_bytes
        if size >= target and k + 1 < len(groups):
            slices.append((Slice(source, first, k + 1, row), size))
            first, row, size = k + 1, rows, 0
    return [*slices, (Slice(source, first, None, row), size)]


class _Cut(NamedTuple):
    """A place where a slice may begin: offset, rows before it, entry of decompression."""

    at: int
    row: int
    entry: tuple[int, int]


def _cuts(source: Source, raw: Hashing, head: bytes, settings: Ingest, target: int) -> tuple[list[_Cut], int]:
    """Where to cut a file of many records, and the bytes of its decompressed stream."""
    stream = Stream(raw, source.compression, recode=bom_of(head) if source.format != "warc" else None)
    cuts = [_Cut(0, 0, (0, 0))]
    for at, row in _borders(source, stream, head, settings):
        if at >= cuts[-1].at + target:
            cuts.append(_Cut(at, row, stream.member(at)))
    if bom_of(head) and source.format != "warc":
        return [], stream.tell()  # offsets are those of the UTF-8, which has to be made from the beginning
    if source.compression and any(cut.at - cut.entry[1] > target for cut in cuts):
        step = -(-len(cuts) // _SLICES)
        cuts = cuts[::step]
    return cuts, stream.tell()


def _borders(source: Source, stream: Stream, head: bytes, settings: Ingest) -> Iterator[tuple[int, int]]:
    """Offset and number of each record."""
    limit = limit_of(settings)
    if source.format == "jsonl":
        for at, row, _, _ in json_lines(stream, 0, limit):
            yield at, row
    elif source.format == "warc":
        for record in archive_records(stream, 0):
            if record.record is not None:
                yield record.at, record.number
    else:
        mark, _ = table_shape(source, head, settings)
        for found in table_rows(stream, mark, -1, limit):
            yield found.at, found.number


def _pack(parts: list[tuple[Slice, int]], target: int) -> Iterator[Shard]:
    """Shards of about `target` bytes, in the order of the paths.

    A shard ends when it is full, or when it is a quarter full and the path of its last file says so: the path, not
    the count of bytes before it, so that a new file moves the borders near it and no others.
    """
    held: list[Slice] = []
    size = 0
    for part, n_bytes in parts:
        if held and n_bytes >= target:
            yield _shard(held, size)
            held, size = [], 0
        held.append(part)
        size += n_bytes
        if size >= target or (size * 4 >= target and _says_cut(part.source.source, n_bytes, target)):
            yield _shard(held, size)
            held, size = [], 0
    if held:
        yield _shard(held, size)


def _says_cut(path: str, n_bytes: int, target: int) -> bool:
    """True for a share of the paths that is in proportion to the size of the file."""
    chance = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") / 2**64
    return chance * target < _CUTS * n_bytes


def _shard(slices: list[Slice], n_bytes: int) -> Shard:
    key = digest([(s.source.source, s.source.format, s.source.sha256, s.start, s.stop) for s in slices])
    return Shard(tuple(slices), n_bytes, key)
