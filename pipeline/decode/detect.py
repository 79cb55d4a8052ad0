"""Which legacy encoding are these bytes? chardet's opinion, put right where it prefers what the web does not use."""

from __future__ import annotations

import re

import chardet

from pipeline.decode.labels import CODECS, name_of

# Enough to tell one encoding from another; more only costs time (3 to 8 ms per 10 kB).
_SAMPLE = 65_536

# Bytes that are typographic quotes, dashes and spaces in every Windows encoding. Where a text has no other high bytes,
# statistics of letters have nothing to go by and prefer sets in which they are letters.
_WINDOWS_MARKS = re.compile(rb"[\x85\x91-\x97\xa0\xab\xbb]")
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_CONTROLS = re.compile(rb"[\x80-\x9f]")

# Encodings nearly unknown to the web win only by a clear lead: with texts in the letters that they share with the
# common ones, chardet's scores differ in the third digit.
_RARE = {
    *("iso-8859-3", "iso-8859-4", "iso-8859-10", "iso-8859-14", "iso-8859-16"),
    *(name for name in CODECS if name.startswith("ibm") and name != "ibm866"),
}
_LEAD = 1.04


def detect(raw: bytes) -> str | None:
    """The most likely encoding of bytes that are not UTF-8, by its name; None if nothing fits.

    Based on chardet 7 (bigram statistics per language and encoding).
    """
    sample = raw[:_SAMPLE]
    if not _HIGH.search(_WINDOWS_MARKS.sub(b"", sample)):
        return "windows-1252"
    has_controls = _HIGH_CONTROLS.search(sample) is not None
    first: str | None = None
    first_score = 0.0
    for guess in chardet.detect_all(sample, ignore_threshold=True, compat_names=False):
        name, score = name_of(guess["encoding"]), guess["confidence"] or 0.0
        # In ISO 8859 the bytes 80..9F are control characters, which no page has: then it is a Windows set.
        if name in (None, "utf-8") or (has_controls and name.startswith("iso-8859")):
            continue
        if first is None:
            first, first_score = name, score
        if name not in _RARE:
            return name if score * _LEAD >= first_score else first
    return first
