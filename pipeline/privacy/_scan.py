"""Where in a batch of texts a value could stand: passes over the bytes of an Arrow column, in numpy.

Almost no byte can begin a value, so this costs little more than reading. It may find too much, never too little; what it
finds is looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

AT, NUMBER, IP6, IBAN = range(4)

# Digits that make a number long enough for a telephone (an IPv4 address may have four, between three dots), and so
# many that it is a row of a table.
MIN_DIGITS = 7
MAX_DIGITS = 64


def _table(*signs: str | bytes) -> np.ndarray:
    table = np.zeros(256, bool)
    for sign in signs:
        table[list(sign.encode() if isinstance(sign, str) else sign)] = True
    return table


_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALNUM = _table(_DIGITS, _UPPER, _UPPER.lower())
_IS_UPPER = _table(_UPPER)
_HEX = _table(_DIGITS, "abcdefABCDEF")
# The bytes of what may stand between the digits of a number: ASCII marks, no-break and thin spaces, hyphens, dashes, minus.
_MARK = _table(" ().-/", "\xa0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212")
_IN_NUMBER = _MARK | _table(_DIGITS, "\u0660\u06f0\uff10") | ((np.arange(256) >= 0x80) & (np.arange(256) < 0xC0))
# What ends a local part, any letter beyond ASCII included.
_LOCAL_END = _ALNUM | _table("_-.+%'&") | (np.arange(256) >= 0x80)
# Three marks of up to three bytes, and the bytes of one digit beyond ASCII.
_REACH = 9
# So many bytes are looked at at once, or the positions of the digits of one long page would not fit into memory.
_WINDOW = 1 << 22
# As far back from there a window may end between two numbers; longer rows of digits are none.
_SLACK = 1 << 16


def candidates(column: pa.Array) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
    """Where the texts of a column could hold a value: (number of the text, places as (start, end, sort)), in order.

    `column` holds large strings, none null. Positions are code points of the text. AT is an at sign, also one in words
    ("[at]"); NUMBER a run of digits and of the marks that telephone and card numbers are grouped with, from its first
    digit to its last; IP6 and IBAN are the first digit of what may be one. The places of a long text come in parts.
    """
    _, offsets, data = column.buffers()
    if not len(column) or not data:
        return
    bounds = np.frombuffer(offsets, np.int64, len(column) + 1, 8 * column.offset)
    raw = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    before = 0  # bytes before the window that continue a character
    origin = np.zeros(len(bounds), np.int64)  # code points before each text
    for start, stop in _windows(raw):
        # With the bytes around it, blanks where there are none, so that neighbours may be looked at without asking.
        text = np.full(stop - start + 2 * _REACH, 0x20, np.uint8)
        low, high = max(0, start - _REACH), min(len(raw), stop + _REACH)
        text[low - start + _REACH : high - start + _REACH] = raw[low:high]
        shift = start - _REACH
        inner = slice(*np.searchsorted(bounds, [start, stop]).tolist())
        found = np.concatenate([_at_signs(text), *_numbers(text, bounds[inner] - shift)])
        found = found[np.argsort(found[:, 0], kind="stable")]
        owner = np.searchsorted(bounds, found[:, 0] + shift, side="right") - 1
        # From bytes to code points: without the bytes that continue a character.
        continued = (text[_REACH:-_REACH] & 0xC0) == 0x80
        skipped = np.concatenate([[0], np.cumsum(continued, dtype=np.int32)])
        origin[inner] = bounds[inner] - before - skipped[bounds[inner] - start]
        for place in (0, 1):
            at = found[:, place] - _REACH
            found[:, place] = at + start - before - skipped[at] - origin[owner]
        before += int(skipped[-1])
        heads = np.flatnonzero(np.diff(owner, prepend=-1)).tolist()
        for a, b in zip(heads, [*heads[1:], len(found)][: len(heads)], strict=True):
            yield int(owner[a]), found[a:b].tolist()


def _windows(raw: np.ndarray) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(raw):
        stop = min(len(raw), start + _WINDOW)
        if stop < len(raw):
            tail = raw[stop - _SLACK : stop]
            apart = np.flatnonzero(~_IN_NUMBER[tail])
            stop = stop - _SLACK + int(apart[-1]) + 1 if len(apart) else stop
        yield start, stop
        start = stop


def _at_signs(text: np.ndarray) -> np.ndarray:
    inner = text[_REACH:-_REACH]
    at = np.flatnonzero(inner == 0x40) + _REACH
    at = at[_LOCAL_END[text[at - 1]] & (_ALNUM[text[at + 1]] | (text[at + 1] >= 0x80))]
    # Between two at signs there is room for a domain and a name, or the first is none of an address.
    at = at[np.diff(at, append=len(text) + _REACH) > 5]
    opened = np.flatnonzero((inner == 0x28) | (inner | 0x20 == 0x7B)) + _REACH  # ( [ {
    # "(at)", "[ ät ]": an a or ä after at most one space, and a t.
    letter = opened + 1 + (text[opened + 1] == 0x20)
    umlaut = text[letter] == 0xC3
    opened = opened[(umlaut | (text[letter] | 0x20 == 0x61)) & (text[letter + 1 + umlaut] | 0x20 == 0x74)]
    places = np.concatenate([at, opened])
    return np.stack([places, places + 1, np.full(len(places), AT)], 1)


def _numbers(text: np.ndarray, bounds: np.ndarray) -> list[np.ndarray]:
    inner = text[_REACH:-_REACH]
    first = np.flatnonzero((inner - np.uint8(0x30)) < 10) + _REACH
    width = np.ones(len(first), np.int64)
    lead = np.flatnonzero((inner == 0xD9) | (inner == 0xDB) | (inner == 0xEF)) + _REACH
    if len(lead):
        # Arabic and Persian digits have two bytes, full-width ones three.
        sign, low, next_ = text[lead], text[lead + 1], text[lead + 2]
        two = ((sign == 0xD9) & (low - np.uint8(0xA0) < 10)) | ((sign == 0xDB) & (low - np.uint8(0xB0) < 10))
        three = (sign == 0xEF) & (low == 0xBC) & (next_ - np.uint8(0x90) < 10)
        wide = two | three
        first = np.concatenate([first, lead[wide]])
        width = np.concatenate([width, 2 + three[wide]])
        order = np.argsort(first, kind="stable")
        first, width = first[order], width[order]
    if not len(first):
        return []
    end = first + width
    # Digits belong together where no more than marks stand between them.
    gap = first[1:] - end[:-1]
    joined = gap <= _REACH
    for k in range(_REACH):
        inside = np.flatnonzero(joined & (gap > k))
        joined[inside] = _MARK[text[end[inside] + k]]
    parted = np.searchsorted(first, bounds)
    joined[parted[(parted > 0) & (parted < len(first))] - 1] = False
    heads = np.flatnonzero(np.concatenate([[True], ~joined]))
    tails = np.append(heads[1:], len(first)) - 1
    digits = tails - heads + 1
    dots = np.add.reduceat((text[end] == 0x2E).astype(np.int64), heads)
    long = ((digits >= MIN_DIGITS) & (digits <= MAX_DIGITS)) | ((dots >= 3) & (digits >= 4) & (digits <= 12))

    version6 = first[(text[first] - np.uint8(0x32) < 2) & (text[first + 4] == 0x3A)]
    version6 = version6[_HEX[text[version6 + 1]] & _HEX[text[version6 + 2]] & _HEX[text[version6 + 3]]]
    check = first[_IS_UPPER[text[first - 1]] & _IS_UPPER[text[first - 2]] & (text[first + 1] - np.uint8(0x30) < 10)]
    return [
        np.stack([first[heads[long]], end[tails[long]], np.full(int(long.sum()), NUMBER)], 1),
        np.stack([version6, version6 + 1, np.full(len(version6), IP6)], 1),
        np.stack([check, check + 1, np.full(len(check), IBAN)], 1),
    ]
