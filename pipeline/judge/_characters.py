"""What the signals know of characters: one number for each code point of the Basic Multilingual Plane.

The table is stored, so that a page has the same signals whatever Unicode version the interpreter knows:
`python -m pipeline.judge._characters` writes it anew.
"""

from __future__ import annotations

import string
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STORED = Path(__file__).with_name("_characters.npz")

# The low bits of an entry.
SPACE = 1 << 0
LETTER = 1 << 1
NUMBER = 1 << 2  # digits, and what else has a value without being a letter
MARK = 1 << 3  # combining marks and invisible format characters: part of the word they stand in
UPPER = 1 << 4
LOWER = 1 << 5  # title case is no upper case
END = 1 << 6  # ends a sentence
CLOSER = 1 << 7  # a quotation mark that may follow the end of a sentence
UNSPACED = 1 << 8  # of a script that writes no spaces between words
STOPLESS = 1 << 9  # of a script that does not mark the ends of sentences
ASCII_MARK = 1 << 10  # string.punctuation
ICON = 1 << 11  # emoji, arrows, dingbats and other pictures
BULLET = 1 << 12
WATCHED = 1 << 13  # the rarest letter of a phrase that is looked for
# Above them: the number of code points of the lower case in NFD, less one (two bits), and the lower case.
LENGTH, LOWERED = 14, 16
# What counts for code points beyond the plane: old and rare alphabets, Han, pictures.
ALPHABETS, HAN, PICTURES = LETTER | LOWER, LETTER | UNSPACED, ICON

# Unicode's Sentence_Terminal, without the scripts of inscriptions; the full stop of Tibetan ends phrases too.
_ENDS = (
    "!.?\u0589\u061d\u061e\u061f\u06d4\u0700\u0701\u0702\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u0f0d\u0f0e\u104a\u104b"
    "\u1362\u1367\u1368\u166e\u1735\u1736\u17d4\u17d5\u1803\u1809\u1944\u1945\u1aa8\u1aa9\u1aaa\u1aab\u1b5a\u1b5b\u1b5e"
    "\u1b5f\u1c3b\u1c3c\u1c7e\u1c7f\u203c\u203d\u2047\u2048\u2049\u2e2e\u2e3c\u3002\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua876"
    "\ua877\ua8ce\ua8cf\ua92f\ua9c8\ua9c9\uaa5d\uaa5e\uaa5f\uaaf0\uaaf1\uabeb\ufe52\ufe56\ufe57\uff01\uff0e\uff1f\uff61"
)
_CLOSERS = "\"'”’“»«›」』】》〉"
_BULLETS = "\u2022\u2023\u25b6\u25c0\u25e6\u25a0\u25a1\u25aa\u25ab\u2013"
_WATCHED = "kmvKMV"
# Blocks (Unicode 16) of Thai, Lao, Myanmar, Khmer, and of Han, Hiragana and Katakana.
_STOPLESS = [(0x0E01, 0x0EFF)]
_UNSPACED = [*_STOPLESS, (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FE), (0xAA60, 0xAA7F), (0x2E80, 0x2FDF),
             (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
             (0xF900, 0xFAFF), (0xFF66, 0xFF9F)]  # fmt: skip


def build() -> NDArray[np.uint32]:
    """The table, by the Unicode version of this interpreter."""
    table = np.zeros(0x10000, np.uint32)
    unspaced = {code for first, last in _UNSPACED for code in range(first, last + 1)}
    stopless = {code for first, last in _STOPLESS for code in range(first, last + 1)}
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        entry = 0
        if char.isspace():
            entry |= SPACE
        elif char.isalpha():
            entry |= LETTER
        elif char.isalnum():
            entry |= NUMBER
        elif category[0] == "M" or category == "Cf":
            entry |= MARK
        elif category == "So":
            entry |= ICON
        if char.isupper():
            entry |= UPPER
        elif char.islower() or char.istitle():
            entry |= LOWER
        if code in unspaced and entry & (LETTER | MARK):
            entry |= UNSPACED | (STOPLESS if code in stopless else 0)
        for chars, bit in (
            (_ENDS, END), (_CLOSERS, CLOSER), (_BULLETS, BULLET), (_WATCHED, WATCHED), (string.punctuation, ASCII_MARK)
        ):  # fmt: skip
            if char in chars:
                entry |= bit
        lowered = char.lower()
        length = min(len(unicodedata.normalize("NFD", lowered)), 4)
        table[code] = entry | (length - 1) << LENGTH | ord(lowered[0]) << LOWERED
    return table


@cache
def table() -> NDArray[np.uint32]:
    """The stored table."""
    with np.load(STORED, allow_pickle=False) as file:
        lowered = file["steps"] + np.arange(0x10000, dtype=np.uint16)
        return np.asarray(file["bits"] | lowered.astype(np.uint32) << LOWERED, np.uint32)


def store() -> None:
    """Write the table beside this module; of the lower case only how far it is away."""
    built = build()
    steps = (built >> LOWERED).astype(np.uint16) - np.arange(0x10000, dtype=np.uint16)
    np.savez_compressed(STORED, bits=built.astype(np.uint16), steps=steps)


if __name__ == "__main__":
    store()
