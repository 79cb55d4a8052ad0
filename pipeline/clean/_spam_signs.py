"""What spam says besides its terms: offers to the reader, and how a seller can be reached (`spam_signs.txt`)."""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.clean._spam_fold import CODE, DIGIT, LETTER, WORD, Folded
from pipeline.clean._spam_terms import Automaton, load, match_term

STORED = Path(__file__).with_name("_spam_signs.npz")
OFFER, REACH = 1, 2
"""An offer in the imperative; something that may be an address or a number to call."""


def signs_of(folded: Folded) -> int:
    """The signs in a folded text, as bits: OFFER, REACH."""
    tables, bits = _tables()
    return int(_signs(folded.forms, *tables[:8], bits))


@cache
def _tables() -> tuple[Automaton, NDArray[np.uint8]]:
    """The automaton of the signs, and for each of its kinds the bit of it; 0 for what must be a word of its own."""
    tables = load(STORED)
    bits = {"offer": OFFER, "both": OFFER | REACH, "part": REACH, "name": 0}
    return tables, np.array([bits[kind] for kind in tables.kinds.tolist()], np.uint8)


@njit(cache=True, nogil=True)
def _signs(text, keys, heads, bounds, chars, then, defaults, others, accepts, bits):
    n = len(text)
    found = digits = 0
    last = np.uint32(0)
    for i in range(n):
        entry = text[i]
        code = entry & CODE
        kind, end = match_term(text, i, n, keys, heads, bounds, chars, then, defaults, others, accepts)
        if kind >= 0:
            found |= bits[kind]
            if bits[kind] == 0 and not last & LETTER and (end >= n or not text[end] & LETTER):
                found |= REACH
        following = text[i + 1] if i + 1 < n else np.uint32(0)
        if entry & DIGIT:
            digits += 1
        elif code != 0x20:
            digits = 0
        if (
            digits >= 6
            or code == 0x40  # @
            or (code == 0x2B and following & DIGIT)  # +1
            or (code == 0x3A and following & CODE == 0x2F)  # :/
            or (code == 0x2E and last & WORD and (following & LETTER or last & CODE == 0x77))  # a.b, www.
        ):
            found |= REACH
        last = entry
    return found
