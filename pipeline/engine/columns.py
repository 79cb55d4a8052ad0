"""What can be said of many lines at once, in Arrow columns: each distinct line of a batch is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Scripts written without spaces: two of their characters count as a word (Chinese words have about two characters).
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_SPACED_WORD = rf"[^\s\pP\pS{UNSPACED}][^\s{UNSPACED}]*"
_UNSPACED_CHAR = rf"[{UNSPACED}]"
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
    spaced = pc.count_substring_regex(lines, _SPACED_WORD).to_numpy(zero_copy_only=False)
    unspaced = pc.count_substring_regex(lines, _UNSPACED_CHAR).to_numpy(zero_copy_only=False)
    sentence = pc.match_substring_regex(lines, _SENTENCE_END).to_numpy(zero_copy_only=False)
    return (spaced + (unspaced + 1) // 2).astype(np.int32), sentence


def matches(column: pa.Array, gate: str) -> np.ndarray:
    """Which values of a string column an RE2 pattern matches, case folded (bool array)."""
    return np.asarray(
        pc.match_substring_regex(column, gate, ignore_case=True).to_numpy(zero_copy_only=False), dtype=bool
    )
