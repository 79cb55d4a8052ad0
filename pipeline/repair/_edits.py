"""Helpers of the repair steps: small edits, and pages that only talk about broken text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Edit

# What people call encodings and broken text when they write about them.
_ENCODING_NAMES = (
    "utf-8", "utf8", "utf-16", "utf-7", "unicode", "ascii", "windows-125", "cp125", "cp-125", "iso-8859", "iso8859", "latin-1",
    "latin1", "koi8", "koi-8", "shift_jis", "shift-jis", "shift jis", "gbk", "gb2312", "gb18030", "big5", "euc-jp", "euc-kr",
    "mojibake", "charset", "character set", "code page", "encoding", "encodage", "codificación", "codificação", "codifica",
    "zeichensatz", "zeichensätz", "zeichenkodierung", "zeichensalat", "kodowani", "kódován", "kódolás", "karakter kod",
    "teckenkodning", "tekenset", "кодировк", "кракозябр", "кодування", "文字化け", "文字コード", "乱码", "亂碼", "编码", "編碼",
    "인코딩", "ترميز", "קידוד", "κωδικοποίησ", "एन्कोडिंग",
)  # fmt: skip
# What people call markup and its escapes: terms of the trade, and words that have a plain meaning too.
_MARKUP_TERMS = re.compile(
    r"(?<![./])\b(?:x?html|sgml|htmlspecialchars|unescape\w*|markup|ampersands?|regex|code points?)\b|转义|轉義|エンティティ|이스케이프",
    re.IGNORECASE,
)
_MARKUP_HINTS = (
    "html", "sgml", "unescape", "markup", "ampersand", "regex", "code point", "转义", "轉義", "エンティティ", "이스케이프",
)  # fmt: skip
_MARKUP_WORDS = re.compile(
    r"\b(?:entit(?:y|ies|à|és?)|entidad(?:es)?|entität(?:en)?|escap(?:e|es|ed|ing)|xml)\b|сущност|экранир|エスケープ|实体|實體|엔티티",
    re.IGNORECASE,
)
_WORD_HINTS = ("entit", "entid", "escap", "xml", "сущност", "экранир", "エスケープ", "实体", "實體", "엔티티")


def trimmed(
    start: int, before: str, after: str, label: str = "", evidence: str = "", score: float = 1.0
) -> Iterator[Edit]:
    """The edit that makes `after` of the text `before` at `start`, without what both have in common at their ends."""
    if before == after:
        return
    a = _shared(before, after)
    b = _shared(before[a:][::-1], after[a:][::-1])
    yield Edit(start + a, start + len(before) - b, after[a : len(after) - b], label, score, evidence)


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their start, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def names_encodings(text: str) -> int:
    """How many different names of encodings or of broken text are in the text."""
    lower = text.lower()
    return sum(name in lower for name in _ENCODING_NAMES)


def names_markup(text: str) -> int:
    """How many different terms of markup and its escapes are in the text; all plain words together count as one."""
    lower = text.lower()
    # A search for plain strings is ten times faster than the expressions, and most pages have none of them.
    has_terms, has_words = (any(hint in lower for hint in hints) for hints in (_MARKUP_HINTS, _WORD_HINTS))
    terms = {found.lower() for found in _MARKUP_TERMS.findall(text)} if has_terms else set()
    return len(terms) + (has_words and _MARKUP_WORDS.search(text) is not None)
