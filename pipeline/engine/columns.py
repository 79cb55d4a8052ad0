"""What can be said of many lines at once, in Arrow columns: each distinct line of a batch is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Scripts written without spaces: two of their characters count as a word (Chinese words have about two characters).
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
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
    """The same for an Arrow string column, as numpy arrays (int32, bool)."""
    # str.split is an order of magnitude faster than any pattern for a word.
    pieces = np.fromiter((len(line.split()) for line in lines.to_pylist()), np.int32, len(lines))
    unspaced = pc.count_substring_regex(lines, _UNSPACED).to_numpy(zero_copy_only=False)
    marks = pc.count_substring_regex(lines, _LONE_MARK).to_numpy(zero_copy_only=False)
    sentence = pc.match_substring_regex(lines, _SENTENCE_END).to_numpy(zero_copy_only=False)
    # A run of unspaced characters is one piece already.
    words = pieces - marks + np.where(unspaced > 0, (unspaced + 1) // 2 - 1, 0)
    return np.maximum(words, 0).astype(np.int32), sentence


def matches(column: pa.Array, gate: str) -> np.ndarray:
    """Which values of a string column an RE2 pattern matches, case folded (bool array)."""
    return np.asarray(
        pc.match_substring_regex(column, gate, ignore_case=True).to_numpy(zero_copy_only=False), dtype=bool
    )
