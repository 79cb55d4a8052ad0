"""Matching without regard to case, several times faster than with `re.IGNORECASE`.

With that flag `re` tries every alternative of a pattern at every position; without it, it compares first letters. So
the patterns are written small, and the text is made small before it is searched. Every offset stays as it was.
"""

from __future__ import annotations

import re


def caseless(text: str) -> str:
    """The text in small letters, code point for code point; letters that differ by case alone in some language only
    (dotted and dotless i, final sigma, long s) are one letter, as they are for `re.IGNORECASE`."""
    if text.isascii():
        return text.lower()
    return text.replace("İ", "i").lower().replace("ı", "i").replace("ς", "σ").replace("ſ", "s")


def compile_caseless(pattern: str) -> re.Pattern[str]:
    """The pattern for texts that `caseless` has made small."""
    return re.compile(_UNIT.sub(lambda m: m[0] if m[0][0] == "\\" else caseless(m[0]), pattern))


# An escape such as \S means something else as a small letter; what stands between escapes is plain.
_UNIT = re.compile(r"\\.|[^\\]+", re.DOTALL)
