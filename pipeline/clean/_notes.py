"""What the steps for notes around a text share: phrases that fill a line, and where the running text stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa

from pipeline.clean._layout import per_line
from pipeline.clean._vocabulary import EDGE, fold, phrases
from pipeline.engine.columns import matches
from pipeline.step import Lines, Page

# Longer lines hold no mere phrase.
LONGEST = 300

_DIGIT = "0-9٠-٩۰-۹०-९০-৯０-９"
_NUMBER = re.compile(rf"\s*[{_DIGIT}]+(?:[.,'\u00a0 ][{_DIGIT}]+)*(?:[km](?!\w))?\+?\s*")
_HAS_NUMBER = re.compile(f"[{_DIGIT}]")
_BRACKETS = re.compile("[ \u3000]*[()\\[\\]（）【】［］〔〕〈〉《》「」『』:：][ \u3000]*")
# What parts the phrases of one line. A hyphen or a full stop parts only with a space behind it.
_PARTS = re.compile(r"[|｜•·∙‧/／、，。！!？?；;،]|\s[-–—‐»›>]+\s|\.(?:\s|$)|\s{2,}|[\u3000\t]|[】）\]]\s*[【（\[]")


# Several steps ask for the keys of the same lines, and the pages of a site print the same lines: what was found out of
# a line alone is kept for so many lines, about as many as a batch has that steps ask for.
REMEMBERED = 16384


@lru_cache(REMEMBERED)
def key(piece: str) -> str:
    """A piece of a line as phrases are compared: folded, without brackets and colons, each number as 0."""
    folded = fold(piece)
    if folded.isalpha():
        return folded
    if _HAS_NUMBER.search(folded):
        folded = _NUMBER.sub("0", _BRACKETS.sub(" ", folded))
    elif not folded.isascii() or ":" in folded or "(" in folded or "[" in folded:
        folded = _BRACKETS.sub(" ", folded)
    else:
        return folded
    return folded.strip(EDGE)


@lru_cache(REMEMBERED)
def pieces(line: str) -> tuple[str, ...]:
    """The pieces of a line between its separators, as `key` gives them; the empty ones are left out."""
    return tuple(k for part in _PARTS.split(line) if (k := key(part)))


def pieces_of(page: Page, i: int) -> tuple[str, ...]:
    """The pieces of line `i`. A line longer than `LONGEST` characters has none, nor has a sentence of some length:
    it is no row of phrases, and most lines of running text are spared the work."""
    words, line = page.words[i], page.lines[i]
    if (words > _ROW / 3 and (words > _ROW or page.sentence[i])) or len(line) > LONGEST:
        return ()
    return pieces(line)


# Words of the longest row of phrases.
_ROW = 60


@cache
def keys(family: str, section: str) -> frozenset[str]:
    """The phrases of a section as `key` gives them; "0" in a phrase stands for any number.

    Shells in a Chinese code page turn accented letters into question marks, so long phrases count in that form too.
    """
    found = {key(phrase) for phrase in phrases(family, section)}
    lossy = {_ACCENTED.sub("?", phrase) for phrase in found if len(phrase) > 5 and _LATIN.search(phrase)}
    return frozenset((found | lossy) - {""})


_LATIN = re.compile("[a-z]")
_ACCENTED = re.compile("[^\x00-\x7f]")


# ------------------------------------------------------------------------------------------ the running text
# A line of this many words that ends as a sentence is running text, if it does not speak of the site itself.
PROSE_WORDS = 12
_SITE = (
    "©", "ⓒ", "copyright", "all rights", "cookie", "newsletter", "subscri", "privacy", "terms of", "disclaimer",
    "comment", "log in", "sign up", "sign in", "datenschutz", "abonn", "reservados", "riservat", "réservé", "перепечатк",
    "права", "版权", "版權", "转载", "轉載", "無断", "無斷", "转发", "未经", "무단", "저작권", "hakları sak", "hak cipta",
    "bản quyền", "สงวน", "محفوظة", "zastrzeżone", "vyhrazena", "forbehold", "förbehåll", "सर्वाधिकार",
)  # fmt: skip
_SITE_ASCII = tuple(word for word in _SITE if word.isascii())
# A longer line is running text even if it speaks of such things.
_NOTICE = 60


def prose(page: Page) -> list[int]:
    """Numbers of the lines of running text: sentences of some length that do not speak of the site itself."""
    found: list[int] | None = page.memo.get("notes.prose")
    if found is None:
        found = page.memo["notes.prose"] = [i for i, told in enumerate(per_line(page, "prose", _are_prose)) if told]
    return found


def _are_prose(lines: Lines) -> np.ndarray:
    told = lines.sentence & (lines.words >= PROSE_WORDS)
    at = np.flatnonzero(told & (lines.words <= _NOTICE))
    at = at[matches(lines.column.take(pa.array(at)), "|".join(map(re.escape, _SITE)))]
    told[[k for k in at.tolist() if _of_the_site(lines.column[k].as_py())]] = False
    return told


def _of_the_site(line: str) -> bool:
    lower = line.lower()
    return any(map(lower.__contains__, _SITE_ASCII if line.isascii() else _SITE))


def prose_after(page: Page, i: int) -> int:
    """How many lines of running text stand after line `i`."""
    found = prose(page)
    return len(found) - bisect_right(found, i)


def prose_before(page: Page, i: int) -> int:
    """How many lines of running text stand before line `i`."""
    return bisect_right(prose(page), i - 1)


_QUOTES = frozenset("\"'“”„‟«‘’‚「『《〈")


def is_quoted(line: str) -> bool:
    """Whether the line begins with a quotation mark: a text that quotes a notice is not the notice."""
    return line[:1] in _QUOTES or (line[:1].isspace() and line.lstrip()[:1] in _QUOTES)


class Openings:
    """Finds with which of many keys a text begins, in time that does not grow with their number."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._by_start: dict[str, tuple[str, ...]] = {}
        for phrase in sorted(listed, key=lambda phrase: (-len(phrase), phrase)):
            start = phrase[:_START]
            self._by_start[start] = (*self._by_start.get(start, ()), phrase)

    def of(self, text: str) -> str:
        """The longest key with which the text begins, or ""."""
        for size in range(_START, 0, -1):
            for phrase in self._by_start.get(text[:size], ()):
                if text.startswith(phrase):
                    return phrase
        return ""


_START = 3


# ------------------------------------------------------------------------------------------ phrases inside a line
class Within:
    """Finds phrases of a vocabulary inside lines, in time that does not grow with the number of phrases.

    Where words are spaced a phrase begins with a word of the line, and one of up to five letters must be whole words.
    """

    def __init__(self, family: str, section: str) -> None:
        self._by_start: dict[str, list[str]] = {}
        unspaced = []
        for phrase in phrases(family, section):
            phrase = phrase.replace("i\u0307", "i")
            if _UNSPACED.search(phrase) or not phrase[0].isalnum():
                unspaced.append(re.escape(phrase))
            else:
                self._by_start.setdefault(phrase[:3], []).append(phrase)
        self._unspaced_ascii = any(phrase.isascii() for phrase in unspaced)
        self._short = any(len(start) < 3 for start in self._by_start)
        self._unspaced = re.compile("|".join(unspaced)) if unspaced else None

    def find(self, line: str) -> list[tuple[int, str]]:
        """Where in the lower-cased line which phrases stand, from left to right in each kind of script."""
        found = []
        starts, short = self._by_start, self._short
        text = line.lower()
        if not text.isascii():
            # The small letter of İ is an i with a dot over it, and the dot is no letter: a word would begin behind it.
            text = text.replace("i\u0307", "i").replace("\xa0", " ").replace("’", "'")
        for match in _WORD.finditer(text):
            at = match.start()
            listed = starts.get(text[at : at + 3], ())
            if short and (more := starts.get(text[at : at + 2])):
                listed = (*listed, *more)
            for phrase in listed:
                end = at + len(phrase)
                if text.startswith(phrase, at) and (len(phrase) > 5 or not text[end : end + 1].isalnum()):
                    found.append((at, phrase))
                    break
        if self._unspaced is not None and (self._unspaced_ascii or not text.isascii()):
            found += [(match.start(), match[0]) for match in self._unspaced.finditer(text)]
        return found


_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff]+")
# Scripts without spaces, and Korean, whose particles cling to the word.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
