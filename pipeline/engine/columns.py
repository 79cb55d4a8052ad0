"""What can be said of many lines at once, in Arrow columns: each distinct line of a batch is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Scripts written without spaces: two of their characters count as a word (Chinese words have about two characters).
_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_UNSPACED = f"[{_SCRIPTS}]"
# White space that is no ASCII, as `str.split` knows it, and the scripts without spaces.
_RARE = (
    r"[\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
    f"{_SCRIPTS}]"
)
# A separator that stands alone is no word.
_LONE_MARK = r"(?:^|\s)[|/>«»›·•*=+&~#_–—:-]{1,3}(?:\s|$)"
# What may end a sentence, in the scripts of the world's larger languages, and what may stand behind it.
_SENTENCE_END = r"[.!?…。！？．｡।॥؟۔።၊။៕]['\"”’»›）」』】》)\]*]*\s*$"


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
    words = _pieces(lines)
    # What ASCII does not have is looked for only where there is more than ASCII.
    beyond = np.flatnonzero(~pc.string_is_ascii(lines).to_numpy(zero_copy_only=False))
    rare = beyond[matches(lines.take(pa.array(beyond)), _RARE)]
    if len(rare):
        column = lines.take(pa.array(rare))
        unspaced = _count(column, _UNSPACED)
        words[rare] = [len(line.split()) for line in column.to_pylist()]
        # A run of unspaced characters is one piece already.
        words[rare] += np.where(unspaced > 0, (unspaced + 1) // 2 - 1, 0)
    words -= _count(lines, _LONE_MARK)
    sentence = pc.match_substring_regex(lines, _SENTENCE_END).to_numpy(zero_copy_only=False)
    return np.maximum(words, 0).astype(np.int32), sentence


def _pieces(lines: pa.Array) -> np.ndarray:
    """How many pieces `str.split` makes of each line, white space beyond ASCII not counted: from the bytes at once."""
    _, offsets, data = lines.buffers()
    if not len(lines) or not data:
        return np.zeros(len(lines), np.int64)
    bounds = np.frombuffer(offsets, np.int64, len(lines) + 1, 8 * lines.offset)
    text = np.frombuffer(data, np.uint8)[: bounds[-1]]
    space = (text == 0x20) | (text - np.uint8(0x09) < 5) | (text - np.uint8(0x1C) < 4)
    begins = ~space
    begins[1:] &= space[:-1]
    heads = bounds[:-1][bounds[:-1] < bounds[1:]]
    begins[heads] = ~space[heads]
    return np.diff(np.searchsorted(np.flatnonzero(begins), bounds))


def _count(lines: pa.Array, pattern: str) -> np.ndarray:
    return np.asarray(pc.count_substring_regex(lines, pattern).to_numpy(zero_copy_only=False), dtype=np.int64)


def matches(column: pa.Array, gate: str) -> np.ndarray:
    """Which values of a string column an RE2 pattern matches, case folded (bool array)."""
    return np.asarray(
        pc.match_substring_regex(column, gate, ignore_case=True).to_numpy(zero_copy_only=False), dtype=bool
    )
