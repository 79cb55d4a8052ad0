"""Bytes to text: marks and declarations first, then UTF-8, then the detector."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Literal, NamedTuple

from pipeline import config
from pipeline.decode.detect import detect
from pipeline.decode.labels import CODECS, declared_in, name_of


class Decoded(NamedTuple):
    """A text, and the name of the encoding that its bytes were in.

    Bytes that are no character of that encoding stand in the text as lone surrogates U+DC80..U+DCFF.
    """

    text: str
    encoding: str


class Undecodable(Exception):  # noqa: N818
    """The bytes are not text, or not in any encoding we can tell. The message is the reason, in one line."""


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_WIDE = ("utf-32le", "utf-32be", "utf-16le", "utf-16be")

_HIGH = bytes(range(0x80, 0x100))
# Control bytes that no plain text has.
_CONTROL = bytes(b for b in range(0x20) if b not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"
_NO_CONTROL = bytes(b for b in range(0x100) if b not in _CONTROL)
# What stands for bytes that are no character: U+F8F0..F8F3 are Python's for the open ones of Shift JIS.
_BAD = re.compile("[\udc80-\udcff\ufffd\uf8f0-\uf8f3]")
_TEXT_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

# Beyond this share of control characters, bytes are a program's, not a person's.
_MAX_CONTROLS = 0.3
# Bytes with this share of control bytes may be UTF-16 or UTF-32 without a mark: text in them has the high byte of its
# alphabet in every other place. Bytes that could be UTF-8 need far more of them to be taken for it.
_WIDE_CONTROLS, _WIDE_CONTROLS_IF_VALID = 0.005, 0.1
# Share of the characters that lie in the three commonest blocks: 0.95 and more in real text, below 0.6 in misread one.
_COHERENT = 0.8
# Shorter bytes are UTF-16 or UTF-32 only if nothing is left over at their end.
_MIN_CUT = 64
# A text is UTF-8 with damage when it has this many times more bytes in good sequences than bad ones. In legacy text
# sequences that are good by chance are far fewer than the others (a quarter of them in Chinese, none in Latin).
_GOOD_PER_BAD = 3
# ASCII that ends in a cut character. A last byte of E0 or more is left out: there it can be the accent of "citt\xe0".
_CUT = re.compile(rb"\A[\x00-\x7f]*[ a-z](?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf])\Z")


def decode(raw: bytes, *, kind: Literal["text", "html"], declared: str | None, settings: config.Decode) -> Decoded:
    """The text that `raw` holds. `declared` is the charset that the transport named (HTTP header), if any.

    In this order: byte order mark; the escapes of ISO 2022 and HZ; UTF-16/32 by its control bytes; UTF-8; the declared
    charset, or for HTML the one in its head, unless the bytes contradict it; UTF-8 with some bad bytes; the detector
    (`settings.fallback`). Raises Undecodable where more than `settings.bad_share` of what was read with a declared or
    guessed charset is no character, and for bytes that are no text.
    """
    if not raw:
        return Decoded("", "utf-8")
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _readable(_read(raw[len(mark) :], name), name)

    ascii_ = raw.isascii()
    if ascii_ and b"\0" not in raw and b"\x1b" not in raw and b"~{" not in raw:
        return _readable(raw.decode("ascii"), "utf-8")
    try:
        utf8: str | None = raw.decode()
    except UnicodeDecodeError:
        utf8 = None

    said = name_of(declared) or (declared_in(raw) if kind == "html" else None)
    escaped = _read_escapes(raw, said) if ascii_ else None
    if escaped:
        return escaped
    controls = len(raw[:_HEAD].translate(None, _NO_CONTROL)) / len(raw[:_HEAD])
    wide = _read_wide(raw) if controls >= (_WIDE_CONTROLS if utf8 is None else _WIDE_CONTROLS_IF_VALID) else None
    if wide:
        return wide
    if utf8 is not None:
        return _readable(utf8, "utf-8")

    # A charset of single bytes can read everything, so it is believed only if the text is not nearly UTF-8.
    if said and said not in _SINGLE_BYTE and said != "utf-8":
        found = _read_as(raw, said, settings.bad_share)
        if found:
            return found
    damaged = _read_damaged_utf8(raw, said)
    if damaged:
        return damaged
    if said in _SINGLE_BYTE:
        found = _read_as(raw, said, settings.bad_share)
        if found:
            return found
    if not settings.fallback:
        raise Undecodable("not UTF-8, no charset declared that fits, and decode.fallback is off")
    guess = detect(raw)
    if guess is None:
        raise Undecodable("no known encoding fits the bytes")
    found = _read_as(raw, guess, settings.bad_share)
    if found is None:
        raise Undecodable(f"the likeliest encoding, {guess}, leaves too many bytes undecoded (decode.bad_share)")
    return found


_HEAD = 65_536
_SINGLE_BYTE = frozenset(
    name for name in CODECS if name.startswith(("windows-", "iso-8859-", "koi8-", "ibm", "mac", "x-mac", "kz", "pt"))
)


def _read(raw: bytes, name: str) -> str:
    codec = CODECS[name]
    try:
        return raw.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        # Stateful and wide codecs cannot give back single bytes.
        return raw.decode(codec, "replace")


def _readable(text: str, name: str) -> Decoded:
    """The text as a result, unless it is a program's data."""
    head = text[:_HEAD]
    controls = 0 if head.isprintable() else len(_TEXT_CONTROL.findall(head))
    if controls > _MAX_CONTROLS * len(head):
        raise Undecodable(f"not text: {controls / len(head):.0%} control characters")
    return Decoded(text, name)


def _read_as(raw: bytes, name: str, bad_share: float) -> Decoded | None:
    """What a declared or guessed encoding makes of the bytes; None if too much of it is no character."""
    text = _read(raw, name)
    bad = len(_BAD.findall(text)) + len(_TEXT_CONTROL.findall(text))
    return Decoded(text, name) if bad <= bad_share * len(text) else None


def _read_damaged_utf8(raw: bytes, said: str | None) -> Decoded | None:
    """UTF-8 with a few bad bytes or a cut last character: one bad byte must not flip a page."""
    text = raw.decode("utf-8", "surrogateescape")
    bad = len(_BAD.findall(text))
    good = len(raw) - len(raw.translate(None, _HIGH)) - bad
    ends_cut = bad < 4 and good and not _BAD.search(text[:-bad])
    if good >= _GOOD_PER_BAD * bad or ends_cut or _CUT.search(raw) or (said == "utf-8" and good >= bad):
        return _readable(text, "utf-8")
    return None


def _read_wide(raw: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark: the reading whose characters come from few blocks."""
    best, best_score = None, _COHERENT
    for name in _WIDE:
        width = 4 if "32" in name else 2
        whole = len(raw) - len(raw) % width
        if whole < len(raw) < _MIN_CUT:
            continue
        try:
            head = raw[: min(whole, 8192)].decode(CODECS[name], "strict" if width == 4 else "replace")
        except UnicodeDecodeError:
            continue
        blocks = Counter(map(_block, head))
        known = sum(n for block, n in blocks.most_common(4) if block >= 0)
        score = known / len(head) if head else 0.0
        if score > best_score:
            best, best_score = name, score
    return _readable(_read(raw, best), best) if best else None


def _block(char: str) -> int:
    """The block of 256 code points of a character; one for all Han, one for all Hangul, -1 for what is no text."""
    code = ord(char)
    if 0x4E00 <= code < 0xA000:
        return 0x4E
    if 0xAC00 <= code < 0xD7A4:
        return 0xAC
    if (code < 0x20 and char not in "\t\n\r") or 0xD800 <= code < 0xF900 or char == "\ufffd":
        return -1
    # Latin text read in the wrong byte order is Han with nothing but zeros in the low byte.
    if code & 0xFF == 0:
        return -1
    return code >> 8


_HZ = re.compile(rb"~\{(?:[!-w][!-~])+?~\}|~\{(?:[!-w][!-~])+\n")
_ISO_2022 = ((re.compile(rb"\x1b\$\)C"), "iso-2022-kr"), (re.compile(rb"\x1b(?:\$[@B]|\([IJ])"), "iso-2022-jp"))
_HAN_OR_MARK = re.compile("[^ -〿一-鿿！-～\\s]")


def _read_escapes(raw: bytes, said: str | None) -> Decoded | None:
    """ASCII bytes that are ISO-2022-JP, ISO-2022-KR or HZ; None if they are just ASCII."""
    for escape, name in _ISO_2022:
        if escape.search(raw):
            text = _read(raw, name)
            if "\ufffd" not in text:
                return Decoded(text, name)
    if b"~{" in raw and (said in (None, "hz-gb-2312") or said == "gb18030"):
        runs = _HZ.findall(raw)
        try:
            inner = b"\n".join(runs).decode("hz") if runs else ""
            # Format strings of some languages have ~{ and ~} too: what they enclose is not Chinese.
            if inner and not _HAN_OR_MARK.search(inner):
                return Decoded(raw.decode("hz"), "hz-gb-2312")
        except UnicodeDecodeError:
            return None
    return None
