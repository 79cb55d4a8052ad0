"""Writes pipeline/models/characters.npz: what the models need to know of each character.

A file, not `unicodedata` at run time, whose answers change with the version of Python.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from pipeline.models.characters import FILE, Class

_END = ".!?…。！？．｡।॥؟۔።၊။៕"
_COMMA = ",;،؛，、；"
_BAR = "|•·»›«‹→←▶►▸■●★☆✓✔–—*+>/\\_~¦｜・◆◇○▼▲"
# Blocks of the scripts that write no spaces between words; of the Indic ones only letters and marks count.
_UNSPACED = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
_UNSPACED_LETTERS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))


def class_of(code: int) -> Class:
    """The class of a code point of the Basic Multilingual Plane."""
    char = chr(code)
    category = unicodedata.category(char)
    unspaced = any(a <= code <= b for a, b in _UNSPACED) or (
        category[0] in "LM" and any(a <= code <= b for a, b in _UNSPACED_LETTERS)
    )
    if 0xD800 <= code < 0xE000:
        return Class.OTHER
    if char.isspace():
        return Class.SPACE
    if unspaced:
        return Class.UNSPACED
    by_category = {"Lu": Class.UPPER, "Lt": Class.UPPER, "Ll": Class.LOWER}
    by_group = {"L": Class.UNCASED, "M": Class.MARK, "N": Class.DIGIT}
    if category in by_category or category[0] in by_group:
        return by_category.get(category) or by_group[category[0]]
    for members, found in ((_END, Class.END), (_COMMA, Class.COMMA), (":：", Class.COLON), ("\"'", Class.QUOTE)):
        if char in members:
            return found
    if category in ("Ps", "Pe", "Pi", "Pf") and char not in "«»›‹":
        return Class.QUOTE
    if char in _BAR:
        return Class.BAR
    return Class.SYMBOL if category[0] in "PS" else Class.OTHER


def main() -> None:
    codes = range(0x10000)
    classes = np.array([class_of(code) for code in codes], np.uint8)
    lower = np.array([ord(low) if len(low := chr(code).lower()) == 1 else code for code in codes], np.uint16)
    with FILE.open("wb") as file:
        np.savez_compressed(file, classes=classes, lower=lower)


if __name__ == "__main__":
    main()
