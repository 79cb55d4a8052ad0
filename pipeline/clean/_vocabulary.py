"""The words that sites print around their texts: vocabulary/<family>.yaml, section, language, phrases split by ';'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What may stand before or behind a phrase without being part of it. Spelled out, since the marks of Indic and Thai
# words are no word characters for `re`.
EDGE = (
    " \t\r\x0b\x0c\xa0\u1680\u2002\u2003\u2009\u200b\u200e\u200f\u202f\u3000\ufeff"
    "!\"#$%&'()*,-./:;<=>?@[\\]^_`{|}~¡¿«»‹›‘’“”„…·•●○◦▪■□◆◇►▶▸▼▲△▽◀◄★☆→←↑↓⇒➔➜➤➡✓✔※—–―−"
    "、。，．：；！？・｜／＞＜（）［］【】「」『』《》〈〉〔〕～〜।॥،؛؟٪٭|"
)


@cache
def phrases(family: str, section: str) -> tuple[str, ...]:
    """All phrases of a section, in lower case, the longest first, those of equal length in code point order."""
    path = Path(__file__).parent / "vocabulary" / f"{family}.yaml"
    with path.open(encoding="utf-8") as file:
        languages = yaml.load(file, Loader=_LOADER)[section]
    found = {phrase.strip().lower() for listed in languages.values() for phrase in listed.split(";")}
    return tuple(sorted(found - {""}, key=lambda phrase: (-len(phrase), phrase)))


def any_of(listed: Iterable[str]) -> str:
    """An alternation of these phrases, literal but for white space (any run of it) and apostrophes (straight or
    curly), good for `re` and for RE2."""
    return "(?:" + "|".join(map(_literal, listed)) + ")"


def _literal(phrase: str) -> str:
    return re.escape(phrase).replace("\\ ", r"\s+").replace("'", "['’]")


# Menus are made of the same few words throughout a batch.
@lru_cache(16384)
def fold(text: str) -> str:
    """The key under which a phrase is looked up: lower case, single spaces, straight apostrophes, bare edges."""
    # A capital dotted I becomes two code points in lower case; Turkish words are listed with the plain letter.
    text = text.strip(EDGE).lower()
    if text.isascii() and "  " not in text and "\t" not in text:
        return text
    return " ".join(text.replace("’", "'").replace("i̇", "i").split())


@cache
def keys(family: str, *sections: str) -> frozenset[str]:
    """The folded phrases of these sections, for looking up whole lines and pieces of lines.

    Shells in a Chinese code page turn accented letters into question marks, so phrases are found in that form too.
    """
    listed = {fold(phrase) for section in sections for phrase in phrases(family, section)}
    lossy = {fold(_ACCENTED.sub("?", phrase)) for phrase in listed if _LATIN.search(phrase)}
    return frozenset((listed | {key for key in lossy if len(key) > 5}) - {""})


def first_words(keys_: Iterable[str]) -> frozenset[str]:
    """What the keys begin with, as far as their first space: a phrase that begins otherwise is none of them."""
    return frozenset(key.split(" ", 1)[0] for key in keys_)


_LATIN = re.compile("[a-z].*[à-ž]|[à-ž].*[a-z]")
_ACCENTED = re.compile("[^\x00-\x7f]")
