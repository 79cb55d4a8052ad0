"""The gates of the spam steps: RE2 patterns of stems without which no line is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.clean._spam_fold import TRADITIONAL, fold

# Disguises: a word of two alphabets, styled letters, invisible characters inside a word, figures for letters.
_DISGUISES = (
    r"[a-z][а-яёєіїґα-ω]|[а-яёєіїґα-ω][a-z]",
    r"[\x{1D400}-\x{1D7FF}\x{1F130}-\x{1F189}\x{24B6}-\x{24E9}]",
    r"[Ａ-Ｚａ-ｚ]{3}",
    r"[a-zа-я][\x{200B}\x{200C}\x{2060}\x{FEFF}\x{AD}][a-zа-я]",
    r"v[i1l][a4@]gr[a4@]|c[i1l][a4@]l[i1l]s|c[a4@]s[i1]n[o0]|p[o0]rn|s[l1]0ts?\b|x[a4@]n[a4@]x|lev[i1]tra",
)
# Tags that repeat one id stand on no page that a person wrote; a hidden block is looked at whatever it holds.
_MARKUP = (
    r"""<[a-z]+ id=["']?\w{3,8}["']?>.*<[a-z]+ id=""",
    r"display\s*:\s*none|left\s*:\s*-\d{3}|text-indent\s*:\s*-\d{3}",
)


def _stems() -> list[str]:
    text = Path(__file__).with_name("spam_gate.txt").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if not line.startswith("#")]
    return [stem.strip() for line in lines for stem in line.split(",") if stem.strip()]


def _plain(stem: str) -> str:
    return fold(stem).text


def _in_traditional(stem: str) -> str:
    return "".join(_TRADITIONAL_OF.get(char, char) for char in stem)


_TRADITIONAL_OF: dict[str, str] = {}
for _code, _simple in TRADITIONAL.items():
    _TRADITIONAL_OF.setdefault(_simple, chr(_code))

_ALL = _stems()
_OF_LATIN = [stem for stem in _ALL if re.match(r"[\x00-\u024f\u1e00-\u1eff]+$", stem)]
_OF_OTHERS = [stem for stem in _ALL if stem not in _OF_LATIN]


def _either(stems: Iterable[str]) -> str:
    return "|".join(sorted(set(stems))).replace(" ", "[ _-]")


# Two gates, because RE2 keeps a small table of states: 1,000 stems in one pattern overflow it on pages of mixed languages
# and are ten times as slow (measured: 15 MB/s together, 200 and 120 MB/s apart).
_LATIN_ASCII = {form for stem in _OF_LATIN for form in (stem, _plain(stem)) if form[0].isascii()}
_LATIN_OTHER = {stem for stem in _OF_LATIN if not stem[0].isascii()}
LATIN = "|".join([rf"\b(?:{_either(_LATIN_ASCII)})", _either(_LATIN_OTHER), *_DISGUISES])
OTHERS = "|".join([_either([*_OF_OTHERS, *map(_in_traditional, _OF_OTHERS)]), *_MARKUP])
