"""Bytes out of files: local or fsspec, plain or compressed, block by block, with damage as a value."""

from __future__ import annotations

import bz2
import codecs
import hashlib
import io
import lzma
import stat
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fastwarc.stream_io import ZstdReader

from pipeline.ingest.model import RAW_KEPT, Compression

BLOCK = 1 << 20
# What one call to a decompressor may give. It is also what can be lost before a damaged spot, so it is small.
_PIECE = 1 << 16
_ZSTD_PIECE = 1 << 13

_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b\x08", "gz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"\xfd7zXZ\x00", "xz"),
)


def compression_of(head: bytes) -> Compression | None:
    """What the first bytes of a file say of its compression."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    # The second magic is that of the first block, or of the end of an empty stream: text may begin with "BZh".
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bz2"
    # A skippable frame, which seekable zstd files and WARC dictionaries put first.
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zst"
    return None


def is_url(path: str) -> bool:
    return "://" in path


def open_raw(path: str) -> BinaryIO:
    """Open a local path or an fsspec URL for reading bytes. Raises OSError; never opens pipes or devices."""
    if is_url(path):
        fs, inner = fsspec.core.url_to_fs(path)
        return cast(BinaryIO, fs.open(inner, "rb"))
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise OSError("not a regular file")
    return cast(BinaryIO, Path(path).open("rb", buffering=0))


def is_passing(path: str, error: OSError) -> bool:
    """Whether an error is one of the network, worth another try, and not the state of the file."""
    return is_url(path) and not isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError))


def size_of(raw: BinaryIO) -> int:
    """Size of an open file."""
    here = raw.tell()
    size = raw.seek(0, io.SEEK_END)
    raw.seek(here)
    return size


def read_up_to(read: Callable[[int], bytes], n: int) -> bytes:
    """Exactly `n` bytes, or all there are."""
    pieces = []
    while n > 0 and (piece := read(n)):
        pieces.append(piece)
        n -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Hashing:
    """A file that hashes what is read from it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()

    def read(self, n: int = -1) -> bytes:
        data = self._raw.read(n)
        self._hash.update(data)
        return data

    def tell(self) -> int:
        return self._raw.tell()

    def digest(self) -> str:
        """Digest of the whole file: what has not been read yet is read now."""
        while self.read(BLOCK):
            pass
        return self._hash.hexdigest()


class _Gz:
    """zlib with the interface of the decompressors of bz2 and lzma."""

    def __init__(self) -> None:
        self._z = zlib.decompressobj(31)

    def decompress(self, data: bytes, n: int) -> bytes:
        return self._z.decompress(self._z.unconsumed_tail + data, n)

    @property
    def eof(self) -> bool:
        return self._z.eof

    @property
    def needs_input(self) -> bool:
        return not self._z.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._z.unused_data


_DECODERS: dict[Compression, Callable[[], Any]] = {
    "gz": _Gz,
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=1 << 29),
}


class Stream:
    """The decompressed bytes of a file from `start` on. Where the compressed data are damaged the stream ends, and
    `damage` says what is wrong and where; OSError is raised only if the file itself cannot be read."""

    def __init__(
        self,
        raw: BinaryIO | Hashing,
        compression: Compression | None = None,
        start: int = 0,
        entry: tuple[int, int] = (0, 0),
        recode: str | None = None,
    ) -> None:
        self.damage: str | None = None
        self._raw = raw
        self._compression = compression
        self._members: deque[tuple[int, int]] = deque()
        self._rest = memoryview(b"")
        self._at = start
        if compression is None:
            entry = (start, start)
        if entry[0]:
            cast(BinaryIO, raw).seek(entry[0])
        blocks = self._from(start, entry)
        self._blocks = blocks if recode is None else _recode(blocks, recode)

    def read(self, n: int = -1) -> bytes:
        """Some bytes, at most `n` and seldom more than a block; b"" at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._blocks, b""))
        piece = bytes(self._rest if n < 0 else self._rest[:n])
        self._rest = self._rest[len(piece) :]
        self._at += len(piece)
        return piece

    def tell(self) -> int:
        """Offset in the decompressed stream."""
        return self._at

    def member(self, offset: int) -> tuple[int, int]:
        """The last compressed member that begins at or before this offset of the decompressed stream: the byte of
        the file, and the offset. To be asked with offsets that grow."""
        while len(self._members) > 1 and self._members[1][1] <= offset:
            self._members.popleft()
        return self._members[0] if self._members else (0, 0)

    def _from(self, start: int, entry: tuple[int, int]) -> Iterator[bytes]:
        at = entry[1]
        for block in self._unpacked(entry):
            if at >= start:
                yield block
            elif at + len(block) > start:
                yield block[start - at :]
            at += len(block)

    def _unpacked(self, entry: tuple[int, int]) -> Iterator[bytes]:
        if self._compression is None:
            while block := self._raw.read(BLOCK):
                yield block
        elif self._compression == "zst":
            yield from self._zstd()
        else:
            yield from self._in_members(*entry)

    def _zstd(self) -> Iterator[bytes]:
        reader = ZstdReader(cast(BinaryIO, self._raw))
        try:
            while True:
                piece = reader.read(_ZSTD_PIECE)
                if not piece:
                    return
                yield piece
        except OSError as error:
            if error.errno is not None:
                raise  # of the file, not of what is in it
            what = "truncated" if "incomplete" in str(error) else f"damaged ({error})"
            self.damage = f"the zst data are {what} at about byte {self._raw.tell()} of the file"

    def _in_members(self, packed_at: int, at: int) -> Iterator[bytes]:
        """gz, bz2 and xz: a file may be many compressed members, one after the other."""
        name = self._compression
        assert name is not None
        data, first = b"", True
        while data := data or self._raw.read(_PIECE):
            if not first:
                if padding := len(data) - len(data.lstrip(b"\0")):
                    data, packed_at = data[padding:], packed_at + padding
                    continue
                while len(data) < 10 and (more := self._raw.read(_PIECE)):
                    data += more
                if len(data) >= 10 and compression_of(data) != name:
                    self.damage = f"bytes that are no {name} data follow at byte {packed_at} of the file"
                    return
            self._members.append((packed_at, at))
            decoder, first = _DECODERS[name](), False
            while not decoder.eof:
                try:
                    piece = decoder.decompress(data, _PIECE)
                except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
                    self.damage = f"the {name} data are damaged at about byte {packed_at} of the file ({error})"
                    return
                packed_at += len(data)
                data = b""
                if piece:
                    at += len(piece)
                    yield piece
                elif not decoder.eof and decoder.needs_input:
                    data = self._raw.read(_PIECE)
                    if not data:
                        self.damage = f"the {name} data are truncated at byte {packed_at} of the file"
                        return
            data = decoder.unused_data
            packed_at -= len(data)


def _recode(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for block in blocks:
        if text := decoder.decode(block):
            yield text.encode("utf-8", "surrogatepass")


def lines(stream: Stream, limit: int) -> Iterator[tuple[bytes, int, bool]]:
    """Lines without their line feed; their size in bytes, line feed included; and whether they are whole. A line of
    more than `limit` bytes is never held in memory: only its head is given."""
    pieces: list[bytes] = []
    size = 0
    while block := stream.read():
        head, *rest = block.split(b"\n")
        if size:
            if size <= limit:
                pieces.append(head)
        else:
            pieces = [head]
        size += len(head)
        if not rest:
            continue
        if len(pieces) > 1:
            head = b"".join(pieces)
        yield (head, size + 1, True) if size <= limit else (head[:RAW_KEPT], size + 1, False)
        last = rest.pop()
        for line in rest:
            n = len(line)
            yield (line, n + 1, True) if n <= limit else (line[:RAW_KEPT], n + 1, False)
        pieces, size = [last], len(last)
    if size:
        line = b"".join(pieces)
        yield (line, size, True) if size <= limit else (line[:RAW_KEPT], size, False)
