"""Which lines of a batch hold terms of spam: one compiled pass over the distinct lines, disguises undone."""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from pipeline.clean._layout import shared
from pipeline.clean._spam_fold import CODE, FREE, WORD, characters, fold_line
from pipeline.clean._spam_terms import SIEVE, STRONG, SURE, automaton, find_terms, match_term, read, sieve_bit
from pipeline.step import Page

LATIN, OTHERS = 1, 2
"""A strong or sure term begins with a Latin letter, or with one of another script."""
ENOUGH = 4
"""The terms may be enough for a rule to act on the line (one is sure, or their weights come to 4): this times LATIN for
lines that are LATIN, this times OTHERS for lines that are OTHERS."""
MAX_LINE = 20_000
"""A longer line is no inserted one: a page without line feeds, which is left to the judge. So much of it is scanned."""
_UNREAD = 255


class Suspects(NamedTuple):
    """What stands in the lines of a page."""

    lines: NDArray[np.uint8]
    """For each line LATIN, OTHERS and ENOUGH as bits; 0 for lines without a strong or sure term."""
    seen: int
    """The bits of all lines together."""


def suspects(page: Page) -> Suspects:
    """The lines of a page that hold terms of spam. Lines that pages of a batch share are looked at once."""
    known = page.memo.get("spam suspects")
    if known is None:
        numbers = page.memo.get("line_numbers")
        if numbers is None:
            lines = scan(page.lines)
        else:
            batch = shared(page, "spam suspects")
            if "lines" not in batch:
                batch["lines"] = scan_column(page.memo["batch"]["column"])
            lines = batch["lines"][numbers]
        known = page.memo["spam suspects"] = Suspects(lines, int(np.bitwise_or.reduce(lines)))
    return cast(Suspects, known)


def scan(lines: Sequence[str]) -> NDArray[np.uint8]:
    """The bits of each of these lines, none of which holds a line feed."""
    data = np.frombuffer("\n".join(lines).encode("utf-8", "surrogatepass"), np.uint8)
    feeds = np.flatnonzero(data == 0x0A)
    return _scan_lines(data, np.append(0, feeds + 1), np.append(feeds, len(data)))


def scan_column(lines: pa.Array) -> NDArray[np.uint8]:
    """The same for an Arrow column of large strings."""
    if not len(lines):
        return np.empty(0, np.uint8)
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(lines) + 1, 8 * lines.offset)
    return _scan_lines(np.frombuffer(data or b"", np.uint8), bounds[:-1], bounds[1:])


def _scan_lines(data: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.uint8]:
    flags = np.zeros(len(starts), np.uint8)
    tables = automaton()[0]
    _scan(data, starts, stops, *characters(), *tables[:-1], np.empty(MAX_LINE, np.uint32), flags)
    for k in np.flatnonzero(flags == _UNREAD).tolist():
        flags[k] = _flag_apart(data[starts[k] : stops[k]].tobytes().decode("utf-8", "surrogatepass")[:MAX_LINE])
    return flags


def _flag_apart(line: str) -> int:
    """The bits of a line with letters set apart."""
    folded, hits, _ = read(line)
    flags = 0
    for hit in hits:
        if hit.term.weight >= STRONG:
            flags |= (1 + ENOUGH) * (LATIN if folded.text[hit.start] < "\u0250" else OTHERS)
    return flags


@njit(cache=True, nogil=True)
def _passes(text, i, n, sieve):
    """Whether a strong term may begin at character `i`."""
    h = np.uint64(0)
    for k in range(i, min(i + SIEVE, n)):
        h = sieve_bit(h, text[k] & CODE)
        bits = sieve[h >> np.uint64(47)] >> (((h >> np.uint64(45)) & np.uint64(3)) << np.uint64(1))
        if bits & 1:
            return True
        if not bits & 2:
            return False
    return False


@njit(cache=True, nogil=True)
def _scan(
    data,
    starts,
    stops,
    forms,
    latin,
    other,
    keys,
    heads,
    bounds,
    chars,
    then,
    defaults,
    others,
    accepts,
    sieve,
    weights,
    text,
    flags,
):
    """Write the bits of each line to `flags`; `text` is where a line is folded to."""
    at = np.empty(len(text), np.int32)
    found = np.empty((len(text), 4), np.int32)
    for k in range(len(starts)):
        n = fold_line(data, starts[k], stops[k], False, forms, latin, other, text, at)
        if n < 0:
            flags[k] = _UNREAD
            continue
        bits = 0
        word = False
        for i in range(n):
            begins = text[i] & FREE or (text[i] & WORD and not word)
            word = text[i] & WORD != 0
            if begins and _passes(text, i, n, sieve):
                kind, _ = match_term(text, i, n, keys, heads, bounds, chars, then, defaults, others, accepts)
                if kind >= 0 and weights[kind] >= STRONG:
                    bits |= LATIN if text[i] & CODE < 0x250 else OTHERS
        if not bits:
            continue
        count = find_terms(text, n, keys, heads, bounds, chars, then, defaults, others, accepts, found)
        score = weak = 0
        for h in range(count):
            weight = weights[found[h, 2]]
            if weight >= STRONG:
                score += 4 if weight == SURE else 2
            elif weight:
                weak += 1
        flags[k] = bits * (1 + ENOUGH) if score + min(weak, 3) >= 4 else bits
