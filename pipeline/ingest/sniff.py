"""Tells what a file is by its content; its name only settles what the content leaves open."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from pipeline.config import Columns
from pipeline.ingest.model import Format
from pipeline.ingest.rows import parse_json

HEAD = 64 * 1024
"""Bytes of the decompressed stream that are looked at."""

# Sure signs. What could also be the beginning of a text stands in _HINTS and only explains why a file is no text.
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\x03\x04", "a zip archive (or an office file, an e-book)"),
    (b"PK\x05\x06", "a zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"ARROW1\x00\x00", "an Arrow file (write it as Parquet)"),
    (b"Obj\x01", "an Avro file (write it as Parquet)"),
    (b"\x04\x22\x4d\x18", "lz4 data (compress with zstd or gzip)"),
    (b"\x1f\x8b\x08", "compressed twice"),
    (b"\x28\xb5\x2f\xfd", "compressed twice"),
    (b"\xfd7zXZ\x00", "compressed twice"),
)
_HINTS = (
    (b"MZ", "a program"),
    (b"ID3", "audio"),
    (b"OggS", "audio or video"),
    (b"RIFF", "audio, video or an image"),
    (b"ORC", "an ORC file (write it as Parquet)"),
    (b"BM", "an image"),
    (b"PAR1", "a damaged Parquet file"),
)

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

# Control characters that no text has: not tab, line ends, form feed, ESC (ISO-2022 encodings) and Ctrl-Z (DOS).
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x0c\x1b\x1a") + b"\x7f"
_CONTROL_SHARE = 0.05  # random bytes have 0.10; a text with stray NULs stays far below

_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta)\b", re.I)
_ANY_TAG = re.compile(
    r"</?(?:a|article|body|br|center|div|font|h[1-6]|head|html|img|li|main|meta|p|script|section|span|style|table|td|title|ul)\b",
    re.I,
)
_JSON_KEY = re.compile(r'\{\s*"(?:[^"\\]|\\.){0,200}"\s*:')
_JSON_LINE = re.compile(rf"^{_JSON_KEY.pattern}", re.M)
_HTML_NAMES = (".html", ".htm", ".xhtml", ".shtml", ".mhtml", ".php", ".asp", ".aspx", ".jsp")
_COMPRESSED = (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz")


def ending(name: str) -> str:
    """The extension of a file name, that of the compression aside."""
    path = PurePosixPath(name.lower())
    if path.suffix in _COMPRESSED:
        path = path.with_suffix("")
    return path.suffix


def bom_of(head: bytes) -> str | None:
    """The wide encoding that a byte order mark declares."""
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)


def recognise(name: str, head: bytes, whole: bool, columns: Columns) -> tuple[Format | None, str]:
    """The format of a file, or None and the reason why it cannot be read.

    `head` is the beginning of the decompressed stream, `whole` says that it is all there is.
    """
    if head.startswith(b"PAR1"):
        return "parquet", ""
    if head.startswith(b"WARC/"):
        return "warc", ""
    for magic, what in _MAGIC:
        if head.startswith(magic):
            return None, f"not text: {what}"
    if head[257:262] == b"ustar":
        return None, "not text: a tar archive (unpack it)"
    text = _as_text(head)
    if text is None:
        what = next((what for magic, what in _HINTS if head.startswith(magic)), "binary data")
        return None, f"not text: {what}"
    text = text.lstrip("\ufeff").lstrip()
    suffix = ending(name)

    json = _json(text, whole, suffix)
    if json:
        return json, ""
    if text.startswith("<"):
        if _DOCUMENT.search(text):
            return "html", ""
        if text.startswith("<?xml"):
            return None, "XML that is no XHTML"
    if suffix in _HTML_NAMES and _ANY_TAG.search(text):
        return "html", ""
    if suffix in (".csv", ".tsv", ".tab"):
        separator = delimiter(text, columns, tabs_first=suffix != ".csv")
        if separator:
            return ("tsv" if separator == "\t" else "csv"), ""
    return "text", ""


def _as_text(head: bytes) -> str | None:
    """The head as characters, good enough to look for ASCII signs; None if it is no text."""
    bom = bom_of(head)
    if bom:
        return head.decode(bom, "ignore")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls <= _CONTROL_SHARE * len(head):
        return head.decode("utf-8", "replace")
    # UTF-16 without a mark: nearly all of it is characters that exist and can be printed, spaces among them.
    for encoding in _WIDE:
        text = head[:4096].decode(encoding, "ignore")
        shown = sum(c.isprintable() or c in "\r\n\t" for c in text)
        if text and shown >= 0.98 * len(text) and any(c in text for c in " \n\u3000、。，") and "\0" not in text:
            return head.decode(encoding, "ignore")
    return None


def _json(text: str, whole: bool, suffix: str) -> Format | None:
    named = suffix in (".jsonl", ".ndjson", ".json")
    if text.startswith("[") and named:
        return "json"
    if not text.startswith("{"):
        # A JSON lines file whose first line is broken.
        is_lines = named and suffix != ".json" and not text.startswith("<") and _JSON_LINE.search(text)
        return "jsonl" if is_lines else None
    lines = text.split("\n")
    if not whole:
        lines.pop()  # cut somewhere
    filled = [line for line in lines[:20] if line.strip()]
    if not filled:  # one line, longer than the head
        return "jsonl" if _JSON_KEY.match(text) else "json" if named else None
    good = [_is_object(line) for line in filled]
    # Without a name that says so, the first line and most of the others must be objects.
    if (good[0] and sum(good) * 2 > len(good)) or (named and any(good)):
        return "jsonl"
    if not named:
        return None
    return "json" if suffix == ".json" or (whole and _is_object(text)) else "jsonl"


def _is_object(text: str) -> bool:
    return isinstance(parse_json(text.encode("utf-8", "surrogatepass")), dict)


def delimiter(text: str, columns: Columns, tabs_first: bool) -> str | None:
    """The delimiter of a table, from its beginning: the one under which the header names a configured column, else
    the one that cuts the first lines into equally many fields. None: this is no table."""
    known = {name.lower() for names in (columns.id, columns.text, columns.html, columns.url) for name in names}
    lines = [line.rstrip("\r") for line in text.lstrip("\ufeff").split("\n", 4)[:4]]
    best, most = None, (0, 0)
    for mark in "\t,;|" if tabs_first else ",;\t|":
        rows = _split(lines, mark)
        if not rows:
            continue
        named = sum(field.strip().lower() in known for field in rows[0])
        width = len(rows[0])
        even = width > 1 and len(rows) > 1 and all(len(row) == width for row in rows[:3])
        if (named or even) and (named, width) > most:
            best, most = mark, (named, width)
    return best


def _split(lines: Iterable[str], mark: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=mark) if row]
    except csv.Error:
        return []
