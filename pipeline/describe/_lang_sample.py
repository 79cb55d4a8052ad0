"""The part of a text that the voices are asked about: some of its prose, in its main script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.describe._lang_script import CHINESE, Counted, joined

# Pieces of this many characters, spread evenly over the page.
_PIECES, _PIECE = 5, 96
# A text of up to so many is heard whole.
_WHOLE = _PIECES * _PIECE * 3 // 2
# Menus and lists of names are in no language in particular: where lines of this many characters are most of the text, they
# speak.
_LONG = 80
# Fewer letters than this name no language; a Han, kana or Hangul character counts as two.
FEW = 10

# Tokens that look like words and say nothing of the language: addresses, file names, code, numbers.
_NO_WORD = re.compile(r"[\d_@#/\\<>{}=$|]|\w[.:;(\[]\w|&\w+;|^www\.|\w{40}")
# Soft hyphens and zero-width characters part words that are none.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u02ff\u1d00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06]+")


def samples(texts: Sequence[Counted]) -> list[str]:
    """Of each text up to 480 characters, spread over it: prose of its main script only. "" where there is too little."""
    odd = _Odd()
    out = []
    for text, piece in zip(texts, _pieces(texts), strict=True):
        sample = _prose(piece, text.script, len(text.letters) > 1, odd)
        out.append(sample if heard(sample) >= (FEW // 2 if text.script in CHINESE else FEW) else "")
    return out


def heard(sample: str) -> int:
    """The characters of a sample, blanks not counted."""
    return len(sample) - sample.count(" ")


class _Odd(dict[str, bool]):
    """Whether a token looks like a word and says nothing of the language; each is looked at once."""

    def __missing__(self, word: str) -> bool:
        self[word] = found = _NO_WORD.search(word) is not None
        return found


def _prose(text: str, script: str | None, mixed: bool, odd: _Odd) -> str:
    """The words of a sample that are in its script; "" for code and addresses. `mixed`: it may have other scripts."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        if script != "Latn":
            text = _LATIN.sub(" ", text)
        elif mixed:
            text = _NOT_LATIN.sub(" ", text)
    if script in CHINESE:
        return text
    words = text.split()
    # Letters alone, and not too many, are a word.
    rest = [word for word in words if (not word.isalpha() or len(word) >= 40) and odd[word]]
    if rest:
        known = frozenset(rest)
        words = [word for word in words if word not in known]
        letters = sum(map(str.isalpha, "".join(rest)))
        if letters > len(words) and letters > sum(map(str.isalpha, "".join(words))):
            return ""
    return " ".join(words)


def _pieces(texts: Sequence[Counted]) -> list[str]:
    """Texts, of the longer ones only pieces from end to end, a line each."""
    codes, ends = _cut(*joined(texts), _spaces())
    whole = codes.tobytes().decode("utf-32-le", "surrogatepass")
    out, start = [], 0
    for end in ends.tolist():
        out.append(whole[start:end])
        start = end
    return out


@cache
def _spaces() -> NDArray[np.bool_]:
    """Which code points below 0x10000 are white space; there is none beyond."""
    return np.array([chr(code).isspace() for code in range(0x10000)])


@njit(cache=True, nogil=True)
def _cut(codes, bounds, spaces):  # type: ignore[no-untyped-def]
    """The pieces of texts, one text behind the other, and where each ends."""
    room = 0
    longest = 0
    for n in range(len(bounds) - 1):
        size = bounds[n + 1] - bounds[n]
        room += min(size, _WHOLE)
        longest = max(longest, size)
    out, ends = np.empty(room, np.uint32), np.empty(len(bounds) - 1, np.int64)
    prose = np.empty(longest + 1, np.uint32)
    m = 0
    for n in range(len(ends)):
        text = codes[bounds[n] : bounds[n + 1]]
        if len(text) > _WHOLE:
            size = _long_lines(text, prose)
            if 2 * size >= len(text):
                text = prose[:size]
        if len(text) <= _WHOLE:
            out[m : m + len(text)] = text
            m += len(text)
        else:
            stride = (len(text) - _PIECE) // (_PIECES - 1)
            for k in range(_PIECES):
                if k:
                    out[m] = 10
                    m += 1
                a, b = _whole_words(text, k * stride, k * stride + _PIECE, spaces)
                out[m : m + b - a] = text[a:b]
                m += b - a
        ends[n] = m
    return out[:m], ends


@njit(cache=True, nogil=True)
def _long_lines(text, out):  # type: ignore[no-untyped-def]
    """Copy the long lines of a text; gives how many characters they are with the line feeds between them."""
    m = start = 0
    for k in range(len(text) + 1):
        if k == len(text) or text[k] == 10:
            if k - start >= _LONG:
                if m:
                    out[m] = 10
                    m += 1
                out[m : m + k - start] = text[start:k]
                m += k - start
            start = k + 1
    return m


@njit(cache=True, nogil=True, inline="always")
def _blank(text, k, spaces):  # type: ignore[no-untyped-def]
    return text[k] < 0x10000 and spaces[text[k]]


@njit(cache=True, nogil=True)
def _whole_words(text, a, b, spaces):  # type: ignore[no-untyped-def]
    """A piece of a text that has blanks without its first and its last word: a word cut in two is no word."""
    blanks = 0
    for k in range(a, b):
        blanks += text[k] == 32
    if blanks <= 3:
        return a, b
    while a < b and _blank(text, a, spaces):
        a += 1
    while a < b and _blank(text, b - 1, spaces):
        b -= 1
    first = a
    while first < b and not _blank(text, first, spaces):
        first += 1
    if first == b:  # one word
        return a, b
    while _blank(text, first, spaces):
        first += 1
    last = b
    while last > first and not _blank(text, last - 1, spaces):
        last -= 1
    if last == first:  # two words
        return first, b
    while _blank(text, last - 1, spaces):
        last -= 1
    return first, last
