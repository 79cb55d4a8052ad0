"""What can be said of many lines at once, in Arrow columns: each distinct line of a batch is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from pipeline.utf8 import code_at

# Scripts written without spaces: two of their characters count as a word (Chinese words have about two characters).
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
# A separator that stands alone is no word: up to three of these.
_MARKS, _MOST_MARKS = "|/>«»›·•*=+&~#_–—:-", 3
# What may end a sentence, in the scripts of the world's larger languages, and what may stand behind it.
_ENDS, _CLOSERS = ".!?…。！？．｡।॥؟۔።၊။៕", "'\"”’»›）」』】》)]*"
# No letter of these scripts is beyond this code point.
_LAST = 0x34000
_SPACE, _BREAK, _MARK, _END, _CLOSER, _LETTER = 1, 2, 4, 8, 16, 32


def measure_lines(lines: Sequence[str]) -> tuple[list[int], list[bool]]:
    """Words and sentence end of each line; see `Page.words` and `Page.sentence`."""
    column = pa.array(lines, pa.large_string())
    words, sentence = measure_column(column)
    return words.tolist(), sentence.tolist()


def count_words(texts: Sequence[str]) -> list[int]:
    """Words of each text; see `Page.words`."""
    if not texts:
        return []
    counts: list[int] = measure_column(pa.array(texts, pa.large_string()))[0].tolist()
    return counts


def measure_column(lines: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The same for an Arrow column of large strings, as numpy arrays (int32, bool)."""
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(lines) + 1, 8 * lines.offset) if len(lines) else np.zeros(1, np.int64)
    text = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    words, sentence = np.empty(len(lines), np.int32), np.empty(len(lines), np.bool_)
    _measure(text, bounds, _kinds(), words, sentence)
    return words, sentence


@cache
def _kinds() -> np.ndarray:
    """What each code point below _LAST is, in bits."""
    kinds = np.zeros(_LAST, np.uint8)
    codes = np.delete(np.arange(_LAST, dtype=np.uint32), slice(0xD800, 0xE000))
    chars = codes.tobytes().decode("utf-32-le")
    ends = np.append(0, np.cumsum(1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)))
    column = pa.LargeStringArray.from_buffers(len(codes), pa.py_buffer(ends), pa.py_buffer(chars.encode()))
    kinds[codes[matches(column, _UNSPACED)]] = _LETTER
    for bit, some in (
        (_SPACE, filter(str.isspace, chars[:0x3001])), (_BREAK, "\t\n\f\r "), (_MARK, _MARKS), (_END, _ENDS), (_CLOSER, _CLOSERS)
    ):  # fmt: skip
        kinds[[ord(char) for char in some]] |= bit
    return kinds


@njit(cache=True, nogil=True)
def _measure(text, bounds, kinds, words, sentence):  # type: ignore[no-untyped-def]
    for n in range(len(bounds) - 1):
        start, stop = bounds[n], bounds[n + 1]
        pieces = letters = lone = 0
        space = True
        # Of the piece between two breaks: its characters, and those that are marks.
        size = marks = 0
        p = start
        while p < stop:
            code, width = code_at(text, p)
            p += width
            kind = kinds[code] if code < len(kinds) else np.uint8(0)
            pieces += space and not kind & _SPACE
            space = (kind & _SPACE) != 0
            if kind & _BREAK:
                lone += size == marks and 0 < size <= _MOST_MARKS
                size = marks = 0
            else:
                size += 1
                marks += (kind & _MARK) != 0
                letters += (kind & _LETTER) != 0
        lone += size == marks and 0 < size <= _MOST_MARKS
        # A run of letters without spaces is one piece already.
        words[n] = max(0, pieces - lone + (max(0, (letters + 1) // 2 - 1)))
        sentence[n] = False
        skip = _BREAK
        p = stop
        while p > start:
            p -= 1
            while text[p] & 0xC0 == 0x80:
                p -= 1
            code, _ = code_at(text, p)
            kind = kinds[code] if code < len(kinds) else np.uint8(0)
            if kind & skip:
                continue
            if skip == _BREAK and kind & _CLOSER:
                skip = _CLOSER
                continue
            sentence[n] = (kind & _END) != 0
            break


def matches(column: pa.Array, gate: str) -> np.ndarray:
    """Which values of a string column an RE2 pattern matches, case folded (bool array)."""
    return np.asarray(
        pc.match_substring_regex(column, gate, ignore_case=True).to_numpy(zero_copy_only=False), dtype=bool
    )
