"""What the models know of characters: a class and a lower case for each of the Basic Multilingual Plane."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("characters.npz")


class Class(IntEnum):
    """Classes of characters. UNSPACED are letters of scripts that write no spaces between words."""

    OTHER = 0
    SPACE = 1
    LOWER = 2
    UPPER = 3
    UNCASED = 4
    DIGIT = 5
    UNSPACED = 6
    END = 7
    COMMA = 8
    QUOTE = 9
    BAR = 10
    MARK = 11
    COLON = 12
    SYMBOL = 13


@lru_cache(maxsize=1)
def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """(class, lower case) by code point; the entry of 0x10000 stands for all beyond the Basic Multilingual Plane."""
    with np.load(FILE, allow_pickle=False) as file:
        return np.append(file["classes"], np.uint8(Class.SYMBOL)), np.append(file["lower"], np.uint16(0))
