"""Which script the letters of a text belong to, counted in one pass over its code points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple, no_type_check

import numpy as np
from numba import njit
from numpy.typing import NDArray

# First and last code point of the blocks in which a script has its letters (Unicode 16, Blocks.txt). Of each block
# only the letters count. Scripts of the Basic Multilingual Plane that are in daily use; Kana is Hiragana and Katakana.
_BLOCKS = {
    "Latn": [(0x41, 0x24F), (0x250, 0x2AF), (0x1D00, 0x1DBF), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF),
             (0xAB30, 0xAB6F), (0xFB00, 0xFB06), (0xFF21, 0xFF5A)],
    "Grek": [(0x370, 0x3E1), (0x3F0, 0x3FF), (0x1F00, 0x1FFF)],
    "Copt": [(0x3E2, 0x3EF), (0x2C80, 0x2CFF)],
    "Cyrl": [(0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)],
    "Armn": [(0x531, 0x58F), (0xFB13, 0xFB17)],
    "Hebr": [(0x590, 0x5FF), (0xFB1D, 0xFB4F)],
    "Arab": [(0x600, 0x6FF), (0x750, 0x77F), (0x870, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)],
    "Syrc": [(0x700, 0x74F), (0x860, 0x86F)],
    "Thaa": [(0x780, 0x7BF)],
    "Nkoo": [(0x7C0, 0x7FF)],
    "Samr": [(0x800, 0x83F)],
    "Mand": [(0x840, 0x85F)],
    "Deva": [(0x900, 0x97F), (0xA8E0, 0xA8FF)],
    "Beng": [(0x980, 0x9FF)],
    "Guru": [(0xA00, 0xA7F)],
    "Gujr": [(0xA80, 0xAFF)],
    "Orya": [(0xB00, 0xB7F)],
    "Taml": [(0xB80, 0xBFF)],
    "Telu": [(0xC00, 0xC7F)],
    "Knda": [(0xC80, 0xCFF)],
    "Mlym": [(0xD00, 0xD7F)],
    "Sinh": [(0xD80, 0xDFF)],
    "Thai": [(0xE00, 0xE7F)],
    "Laoo": [(0xE80, 0xEFF)],
    "Tibt": [(0xF00, 0xFFF)],
    "Mymr": [(0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F)],
    "Geor": [(0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F)],
    "Hang": [(0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)],
    "Ethi": [(0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F)],
    "Cher": [(0x13A0, 0x13FF), (0xAB70, 0xABBF)],
    "Cans": [(0x1400, 0x167F), (0x18B0, 0x18FF)],
    "Ogam": [(0x1680, 0x169F)],
    "Runr": [(0x16A0, 0x16FF)],
    "Khmr": [(0x1780, 0x17FF)],
    "Mong": [(0x1800, 0x18AF)],
    "Limb": [(0x1900, 0x194F)],
    "Tale": [(0x1950, 0x197F)],
    "Talu": [(0x1980, 0x19DF)],
    "Bugi": [(0x1A00, 0x1A1F)],
    "Lana": [(0x1A20, 0x1AAF)],
    "Bali": [(0x1B00, 0x1B7F)],
    "Sund": [(0x1B80, 0x1BBF)],
    "Olck": [(0x1C50, 0x1C7F)],
    "Glag": [(0x2C00, 0x2C5F)],
    "Tfng": [(0x2D30, 0x2D7F)],
    "Kana": [(0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)],
    "Bopo": [(0x3100, 0x312F), (0x31A0, 0x31BF)],
    "Hani": [(0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)],
    "Yiii": [(0xA000, 0xA4CF)],
    "Lisu": [(0xA4D0, 0xA4FF)],
    "Vaii": [(0xA500, 0xA63F)],
    "Java": [(0xA980, 0xA9DF)],
    "Cham": [(0xAA00, 0xAA5F)],
    "Mtei": [(0xABC0, 0xABFF)],
}  # fmt: skip
SCRIPTS = ("", *_BLOCKS)
_HANI, _KANA, _HANG = (SCRIPTS.index(s) for s in ("Hani", "Kana", "Hang"))
# A character of these says about as much as two letters of an alphabet.
WEIGHT = np.ones(len(SCRIPTS), np.int64)
WEIGHT[[_HANI, _KANA, _HANG]] = 2

# The scripts that Chinese is written in.
CHINESE = ("Hani", "Hans", "Hant")
# Frequent characters that have one form in simplified and another in traditional writing, pair by pair.
_SIMPLIFIED = (
    "们这个国来对时说学发会过还见现开关问间题让认话语东车长门马风飞鸟鱼龙书乐习买卖医华单双员场报师帮应张战护择换据"
)
_TRADITIONAL = (
    "們這個國來對時說學發會過還見現開關問間題讓認話語東車長門馬風飛鳥魚龍書樂習買賣醫華單雙員場報師幫應張戰護擇換據"
)
_SIMPLIFIED_RE = re.compile(f"[{_SIMPLIFIED}]")
_TRADITIONAL_RE = re.compile(f"[{_TRADITIONAL}]")
# Fewer kana than this among Han and kana are a quotation or a name in a Chinese text. A choice, not a measurement.
_KANA_SHARE = 0.05


@cache
def script_numbers() -> np.ndarray:
    """The number of the script of each code point below 0x10000; 0 for what is no letter."""
    table = np.zeros(0x10000, np.uint8)
    for number, name in enumerate(SCRIPTS):
        for first, last in _BLOCKS.get(name, ()):
            for code in range(first, last + 1):
                if chr(code).isalpha():
                    table[code] = number
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text as an array."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


class Counted(NamedTuple):
    """A text, its code points, its letters per script, and the script that most of them are in."""

    text: str
    codes: NDArray[np.uint32]
    letters: dict[str, int]
    script: str | None


def count(texts: Sequence[str]) -> list[Counted]:
    """Count the letters of each script in texts; Han beyond the basic plane count as Hani, the rest up there not."""
    counts = np.zeros((len(texts), len(SCRIPTS)), np.int64)
    codes = code_points("".join(texts))
    bounds = np.cumsum([0, *map(len, texts)])
    _tally(codes, bounds, script_numbers(), _HANI, counts)
    found: list[dict[str, int]] = [{} for _ in texts]
    rows, scripts = np.nonzero(counts)
    for n, script, number in zip(rows.tolist(), scripts.tolist(), counts[rows, scripts].tolist(), strict=True):
        found[n][SCRIPTS[script]] = number
    spans = pairwise(bounds.tolist())
    return [
        Counted(text, codes[a:b], letters, _dominant(letters, text))
        for text, (a, b), letters in zip(texts, spans, found, strict=True)
    ]


def joined(texts: Sequence[Counted]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of texts, one behind the other, and where each text begins; at last where the last one ends."""
    codes = np.concatenate([text.codes for text in texts]) if texts else np.empty(0, np.uint32)
    return codes, np.cumsum([0, *(len(text.codes) for text in texts)])


@njit(cache=True, nogil=True)
@no_type_check
def _tally(codes, bounds, script_of, hani, counts):
    for n in range(len(bounds) - 1):
        latin = 0
        for k in range(bounds[n], bounds[n + 1]):
            code = codes[k]
            if code < 0x80:
                latin += np.uint32((code | np.uint32(0x20)) - np.uint32(0x61)) < 26
            elif code < 0x10000:
                counts[n, script_of[code]] += 1
            elif 0x20000 <= code < 0x33480:
                counts[n, hani] += 1
        counts[n, script_of[0x61]] += latin
        counts[n, 0] = 0


def _dominant(counts: dict[str, int], text: str) -> str | None:
    """ISO 15924 code of the script that most letters of a text are in; None without letters.

    Japanese and Korean writing are Jpan and Kore. Chinese is Hans or Hant where the text says so clearly, else Hani.
    """
    if not counts:
        return None
    if len(counts) == 1 and counts.keys().isdisjoint(("Hani", "Kana", "Hang")):
        return next(iter(counts))
    han, kana, hangul = counts.get("Hani", 0), counts.get("Kana", 0), counts.get("Hang", 0)
    east = {"Hani": han + kana, "Hang": hangul} if kana else {"Hani": han, "Hang": hangul}
    weights = {name: n for name, n in counts.items() if name not in ("Hani", "Kana", "Hang")}
    weights["East"] = 2 * sum(east.values())
    name = max(sorted(weights), key=weights.__getitem__)
    if name != "East":
        return name
    if hangul >= han + kana or hangul > 0.3 * (han + kana + hangul):
        return "Kore"
    if kana > _KANA_SHARE * (han + kana):
        return "Jpan"
    return _chinese(text)


def _chinese(text: str) -> str:
    """Hans or Hant if at least five characters tell and nineteen of twenty agree."""
    simplified, traditional = len(_SIMPLIFIED_RE.findall(text)), len(_TRADITIONAL_RE.findall(text))
    if simplified + traditional >= 5:
        if simplified >= 19 * traditional:
            return "Hans"
        if traditional >= 19 * simplified:
            return "Hant"
    return "Hani"
