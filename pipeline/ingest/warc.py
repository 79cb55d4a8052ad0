"""WARC and WET: pages out of web archives.

A record's offset is the byte of the file at which it begins, as an index of the archive has it, if the file is plain
or gz with a member per record. In other compressed files it is the byte of the decompressed stream.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecord

from pipeline.ingest.model import RAW_KEPT, Broken, Item, NotPage, Record
from pipeline.ingest.rows import too_large
from pipeline.ingest.streams import Stream, read_up_to

_HTML = ("text/html", "application/xhtml+xml")
_PAGES = (*_HTML, "text/plain")
_NO_PAGES = ("warcinfo", "request", "metadata", "revisit", "continuation")
# What a response says of its page, and those of them that speak of rights.
_RIGHTS = ("x-robots-tag", "tdm-reservation", "tdm-policy", "link")
_HEADERS = ("content-type", "last-modified", "content-language", *_RIGHTS)
_SHOWN = 4000  # characters of a header; longer ones are lists of links to preload
_NEXT = re.compile(rb"\nWARC/\d\.\d\r?\n")
_KEEP = 1 << 18  # more than the header and the buffer that fastwarc reads ahead (32 + 64 kB)


class _Window:
    """A stream for fastwarc that remembers what it gave last, so that the next record can be found after damage."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._given: deque[bytes] = deque()
        self._kept = 0
        self._again = b""

    def read(self, n: int = -1) -> bytes:
        if self._again:
            n = len(self._again) if n < 0 else n
            piece, self._again = self._again[:n], self._again[n:]
        else:
            piece = self._stream.read(n)
        self._given.append(piece)
        self._kept += len(piece)
        while self._kept - len(self._given[0]) >= _KEEP:
            self._kept -= len(self._given.popleft())
        return piece

    def tell(self) -> int:
        return self._stream.tell() - len(self._again)

    def resume(self, after: int) -> bool:
        """Go to the first record that begins after this offset, as far back as is remembered. False: there is none."""
        at = max(after - (self.tell() - self._kept), 0)
        data, self._again = b"".join(self._given) + self._again, b""
        self._given.clear()
        self._kept = 0
        while not (found := _NEXT.search(data, at)):
            data, at = data[max(at, len(data) - 16) :], 0  # the line may go on in what has not been read yet
            more = self._stream.read(1 << 16)
            if not more:
                return False
            data += more
        self._again = data[found.start() + 1 :]
        return True


class Raw(NamedTuple):
    """A record of the archive, or what stands between two records and is none."""

    at: int
    number: int
    record: WarcRecord | None
    error: str = ""


def archive_records(stream: Stream, number: int) -> Iterator[Raw]:
    """The records from where the stream stands, in the order of the file."""
    window = _Window(stream)
    end = stream.tell()
    while True:
        archive = ArchiveIterator(cast(Any, window), parse_http=False, auto_decode="none", stream_detect=False)
        try:
            for record in archive:
                yield Raw(record.stream_pos, number, record)
                number += 1
                end = record.stream_pos + record.content_length
            return
        except OSError as error:
            if error.errno is not None:
                raise  # of the file, not of what is in it
            at, found = end, window.resume(end)
            if not found and stream.damage:
                return  # it is the damage that fastwarc stumbled over
            yield Raw(at, number, None, f"no WARC record here ({error})")
            number += 1
            if not found:
                return
            end = window.tell()


def read_archive(source: str, stream: Stream, stop: int | None, row: int, limit: int) -> Iterator[Item]:
    """Pages of an archive, from where the stream stands up to the byte `stop`; what is no page is counted."""
    counts: Counter[str] = Counter()
    last, told = stream.tell(), False
    for raw in archive_records(stream, row):
        if stop is not None and raw.at >= stop:
            break
        last = raw.at
        packed, begin = stream.member(raw.at)
        offset = packed if begin == raw.at else raw.at
        if raw.record is None:
            yield Broken(source, f"row:{raw.number}", offset, raw.error)
            continue
        item = _item(source, raw.record, raw.number, offset, stream, limit)
        if isinstance(item, str):
            counts[item] += 1
            continue
        yield item
        told = isinstance(item, Broken) and bool(stream.damage) and item.error.endswith(stream.damage or "")
    for reason, n in sorted(counts.items()):
        yield NotPage(source, reason, n)
    if stop is None and stream.damage and not told:
        yield Broken(source, None, last, stream.damage)


def _item(
    source: str, record: WarcRecord, number: int, offset: int, stream: Stream, limit: int
) -> Record | Broken | str:
    """A page, what is wrong with the record, or why it is no page."""
    warc: dict[str, str] = {}
    for key, value in record.headers.to_tuples():
        warc.setdefault(key.lower(), value)
    name = warc.get("warc-record-id", "").strip() or f"row:{number}"

    def broken(error: str, raw: bytes = b"") -> Broken:
        return Broken(source, name, offset, error, raw[:RAW_KEPT])

    kind = warc.get("warc-type", "").strip().lower()
    if "content-length" not in warc:
        return broken("the WARC record has no Content-Length, or is cut off before it")
    if kind in _NO_PAGES:
        return kind
    if kind not in ("response", "resource", "conversion"):
        return f"record of type {kind or 'unknown'}"
    mime = _mime(warc.get("content-type"))
    if kind == "response" and mime and mime != "application/http":
        return f"response {mime}"  # DNS and the like
    if kind != "response" and mime and mime not in _PAGES:
        return f"{kind} {mime}"
    if record.content_length > limit:
        return broken(too_large(record.content_length, limit), record.reader.read(RAW_KEPT))

    block = read_up_to(record.reader.read, record.content_length)
    if len(block) < record.content_length:
        missing = f"{len(block)} of {record.content_length} bytes"
        return broken(
            f"the WARC record is truncated: {missing}" + (f"; {stream.damage}" if stream.damage else ""),
            block,
        )
    url, date = warc.get("warc-target-uri", "").strip().strip("<>") or None, warc.get("warc-date")
    if kind != "response":
        page = _kind(mime, block)
        if page is None:
            return f"{kind} of unknown type"
        charset = _charset(warc.get("content-type"))
        return Record(source, name, offset, page, block, url, charset, date=date)

    http = _http(block)
    if http is None:
        return broken("the block of this response is not HTTP", block)
    status, headers, body = http
    mime = _mime(headers.get("content-type"))
    if mime and mime not in _PAGES:
        return f"response {mime}"
    error, body = _decoded(headers, body, limit)
    if error and "warc-truncated" not in warc:
        return broken(error, block)
    page = _kind(mime, body)
    if page is None:
        return "response of unknown type"
    shown = {key: headers[key][:_SHOWN] for key in _HEADERS if key in headers}
    rights = {key: shown[key] for key in _RIGHTS if key in shown}
    row = {"http": rights} if rights else {}
    return Record(
        source, name, offset, page, body, url, _charset(headers.get("content-type")), status, shown, date, row
    )


def _kind(mime: str, body: bytes) -> Any:
    """html or text by the declared type; where none is declared, by the first bytes. None: neither."""
    if mime:
        return "html" if mime in _HTML else "text"
    if body[:1024].lstrip().startswith(b"<"):
        return "html"
    return None if not body or b"\0" in body[:1024] else "text"


def _mime(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _charset(content_type: str | None) -> str | None:
    found = re.search(r"charset\s*=\s*[\"']?([^\s\"';,]{1,40})", content_type or "", re.I)
    return found[1].lower() if found else None


def _http(block: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers (lower-cased) and body as sent; None if it is no HTTP. Repeated headers are joined with a comma,
    those for robots with a line feed: in each the name of a robot counts for what follows it."""
    status = re.match(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b", block)
    if not status:
        return None
    end = re.search(rb"\r?\n\r?\n", block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers: dict[str, str] = {}
    # A header goes on in the lines that begin with a blank.
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).split(b"\n")[1:]:
        key, colon, value = line.decode("latin-1").partition(":")
        if colon:
            key, value = key.strip().lower(), value.strip()
            mark = "\n" if key == "x-robots-tag" else ", "
            headers[key] = f"{headers[key]}{mark}{value}" if key in headers else value
    return int(status[1]), headers, body


def _decoded(headers: dict[str, str], body: bytes, limit: int) -> tuple[str, bytes]:
    """The body without transfer and content encoding, and what went wrong ("" for nothing).

    Many archives hold the decoded body under the old headers, so an encoding that the bytes contradict is ignored.
    """
    error = ""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        error, body = _dechunked(body)
    codings = [c.strip().lower() for c in headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        decode = _CODINGS.get(coding)
        if decode and body and not error:
            error, body = decode(body, limit)
        if len(body) > limit:
            return too_large(len(body), limit), body
    return error, body


def _dechunked(body: bytes) -> tuple[str, bytes]:
    pieces: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\n", at, at + 1024)
        size = re.match(rb"\s*([0-9a-fA-F]{1,8})\s*(?:;[^\n]*)?$", body[at:end]) if end >= 0 else None
        if size is None:
            return ("the chunked body is cut off or damaged", b"".join(pieces)) if pieces else ("", body)
        n = int(size[1], 16)
        if n == 0:
            return "", b"".join(pieces)
        pieces.append(body[end + 1 : end + 1 + n])
        at = end + 1 + n
        if at > len(body):
            return "the chunked body is cut off", b"".join(pieces)
        # The line end after a chunk.
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"


def _inflated(body: bytes, limit: int) -> tuple[str, bytes]:
    """gzip, zlib or bare deflate."""
    for bits in (47, -15):
        decoder = zlib.decompressobj(bits)
        try:
            plain = decoder.decompress(body, limit + 1)
        except zlib.error:
            continue
        if decoder.eof or decoder.unconsumed_tail:
            return "", plain
        if plain:
            return "the compressed body is cut off", plain
    if body[:3] == b"\x1f\x8b\x08":
        return "the compressed body is damaged", b""
    return "", body  # was decoded before it was archived


def _read_with(reader: Callable[[Any], Any]) -> Callable[[bytes, int], tuple[str, bytes]]:
    def decode(body: bytes, limit: int) -> tuple[str, bytes]:
        try:
            return "", read_up_to(reader(io.BytesIO(body)).read, limit + 1)
        except OSError as error:
            if b"<" in body[:1024] and b"\0" not in body[:1024]:
                return "", body  # was decoded before it was archived
            return f"the compressed body is damaged ({error})", b""

    return decode


_CODINGS: dict[str, Callable[[bytes, int], tuple[str, bytes]]] = {
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _read_with(BrotliReader),
    "zstd": _read_with(ZstdReader),
}
