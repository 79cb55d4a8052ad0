"""The three voices on language, each loaded when it is first asked.

cld2       Google's Compact Language Detector 2 (pycld2): quadgrams, 83 languages well and some 100 more; in C.
langid     langid.py's byte n-gram model in its successor py3langid: Lui and Baldwin, "langid.py: an off-the-shelf
           language identification tool", ACL 2012; 140 languages.
langdetect Nakatani Shuyo's profiles of 55 languages, as langdetect ships them: how often each n-gram of one to three
           characters is seen. The library draws n-grams at random until it is sure; here every n-gram of the text counts
           once, in lower case. That needs no seed.

The last two are kept as tables of bytes: log probabilities in 256 steps, summed as integers, so that an answer is the
same on every machine. All voices give codes of ISO 639-1 where there is one, else 639-3.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from heapq import nlargest
from pathlib import Path
from typing import NamedTuple, no_type_check

import numpy as np
import pycld2
from numba import njit
from numpy.typing import NDArray

# One code where the voices use several; Norwegian is `no` for Bokmål, Filipino is Tagalog. Two of langid's labels are not
# given out: it says `bcl` of all Bikol, and `sdh` of Central Kurdish, which it does not know.
_SAME = {"iw": "he", "jw": "jv", "nb": "no", "fil": "tl", "zh-cn": "zh", "zh-tw": "zh", "zh-Hant": "zh", "mo": "ro", "bh": "bho",
         "kik": "ki", "gug": "gn", "un": "", "zxx": "", "bcl": "", "sdh": ""}  # fmt: skip


def code(label: str) -> str:
    """The code under which a voice's label is given out; "" for what is no language."""
    return _SAME.get(label, "" if label.startswith("xx") else label)


_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
    "|[" + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17)) + "]"
)


class Cld2(NamedTuple):
    """What cld2 heard in a text."""

    shares: list[tuple[str, float]]
    """Languages and their shares, best first; empty where it knows nothing."""
    density: float
    """Its evidence for the first of them, per 1,000 bytes."""


def ask_cld2(text: str) -> Cld2:
    """What cld2 says of a text; nothing where it knows nothing."""
    try:
        _, _, details = pycld2.detect(text, bestEffort=True)
    except (pycld2.error, UnicodeEncodeError):
        # It refuses surrogates, control characters and code points that no character may have.
        try:
            _, _, details = pycld2.detect(_UNPRINTABLE.sub(" ", text), bestEffort=True)
        except pycld2.error:
            return Cld2([], 0.0)
    shares = [(code(label), percent / 100) for _, label, percent, _ in details if code(label)]
    return Cld2(shares, float(details[0][3]) if shares and code(details[0][1]) else 0.0)


class Heard(NamedTuple):
    """What a model of n-grams heard in a text."""

    labels: Labels
    probabilities: list[float]
    """One per label."""
    fits: NDArray[np.float64]
    """Mean log probability of an n-gram, less what text of that language has on average: about zero for a text in the
    language, well below for another. One column per label, one row per order of n-grams that is told apart."""

    def best(self) -> list[int]:
        """The labels of the three highest probabilities, highest first."""
        return nlargest(3, range(len(self.probabilities)), key=self.probabilities.__getitem__)

    def of(self, language: str, best: list[int]) -> tuple[float, list[float], float]:
        """Probability, fits and lead (log odds to the best other) of a language that has a label; `best` as above."""
        mine = self.labels.of[language]
        chances = self.probabilities
        own = mine[0] if len(mine) == 1 else max(mine, key=chances.__getitem__)
        other = next(k for k in best if k not in mine)
        lead = math.log(max(chances[own], 1e-12) / max(chances[other], 1e-12))
        return sum(chances[k] for k in mine), self.fits[:, own].tolist(), lead


class Labels:
    """The languages that a model knows. `names` has one entry per label, in order; a language may have two."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.names = [code(label) for label in labels]
        self.of = {name: tuple(k for k, other in enumerate(self.names) if other == name) for name in self.names}


class LangidModel:
    """py3langid's model: 0.7 s of CPU and 55 MB, once per process."""

    def __init__(self) -> None:
        import py3langid
        from py3langid.modelio import load_model

        table, prior, classes, moves, rows, features = load_model(Path(py3langid.__file__).parent / "data/model.npz.xz")
        self.labels = Labels(classes)
        self._prior = np.asarray(prior, np.float64)
        self._moves, self._rows = np.asarray(moves), np.asarray(rows)
        self._features = np.array(features, np.int32)
        # Natural logarithms from `low` up, in steps that reach the highest.
        self._low = float(table.min())
        self._step = (float(table.max()) - self._low) / 255
        self._table = np.empty(table.shape, np.uint8)
        for k in range(0, len(table), 4096):  # in parts, so that no copy in floats stands in memory
            part = table[k : k + 4096].astype(np.float32)
            self._table[k : k + 4096] = np.round((part - self._low) / self._step)
        # What a feature of a text in the language itself has on average: the negative entropy of its distribution.
        levels = self._low + self._step * np.arange(256)
        counts = np.stack([np.bincount(column, minlength=256) for column in self._table.T])
        self._usual = (counts * (np.exp(levels) * levels)).sum(1) / (counts * np.exp(levels)).sum(1)

    def ask(self, text: str) -> Heard | None:
        """What the model makes of a text; None if it has no feature."""
        text = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        evidence, total = _walk(data, self._moves, self._rows, self._features, self._table, _DAMPED)
        if not total:
            return None
        mean = self._low + self._step * evidence / total
        scores = (mean * (total / _DAMPING) + self._prior) / math.sqrt(len(data))
        odds = np.exp(scores - scores.max())
        return Heard(self.labels, (odds / odds.sum()).tolist(), (mean - self._usual)[None])


# langid damps repeated features by log(1 + count), as it was trained; in integers.
_DAMPING = 32
_DAMPED = np.round(np.log1p(np.arange(256)) * _DAMPING).astype(np.int64)


@njit(cache=True, nogil=True)
def _walk(data, moves, rows, features, table, damped):  # type: ignore[no-untyped-def]
    """langid's automaton over bytes, then the evidence of its features per language and their weight in all."""
    counts = np.zeros(table.shape[0], np.uint8)
    seen = np.empty(len(data), np.int32)
    n = 0
    state = 0
    for byte in data:
        state = moves[(np.int64(rows[state]) << 8) | byte]
        feature = features[state]
        if feature >= 0:
            if counts[feature] == 0:
                seen[n] = feature
                n += 1
            if counts[feature] < 255:
                counts[feature] += 1
    evidence = np.zeros(table.shape[1], np.int64)
    total = 0
    for k in range(n):
        weight = damped[counts[seen[k]]]
        total += weight
        row = table[seen[k]]
        for j in range(len(row)):
            evidence[j] += weight * row[j]
    return evidence, total


@cache
def langid() -> LangidModel:
    """py3langid's model."""
    return LangidModel()


# n-grams are found by hash: 131,072 places for some 8,000 of each of 55 languages, of which many are shared.
_PLACES = 17
# langdetect's own smoothing: half a count in ten thousand.
_UNSEEN = 0.5 / 10_000
# Steps per natural logarithm: the commonest n-gram is 3,500 times as likely as one that was never seen, e to the 8.2.
STEPS = 30


class LangdetectModel:
    """langdetect's profiles as one table of bytes, 0 for an n-gram that was never seen: 0.5 s of CPU and 8 MB."""

    def __init__(self) -> None:
        from langdetect.detector_factory import PROFILES_DIRECTORY

        files = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
        self.fold = _fold()
        self.labels = Labels([path.name for path in files])
        self.table = np.zeros((1 << _PLACES, len(files)), np.uint8)
        self._usual = np.zeros((3, len(files)))
        self._columns: dict[str, NDArray[np.uint8]] = {}
        for k, path in enumerate(files):
            profile = json.loads(path.read_text(encoding="utf-8"))
            grams = [gram for gram in profile["freq"] if len(gram) <= 3]
            counts = np.array([profile["freq"][gram] for gram in grams], np.float64)
            orders = np.array([len(gram) for gram in grams])
            chances = counts / np.array(profile["n_words"], np.float64)[orders - 1]
            codes = np.zeros((len(grams), 3), np.uint32)
            for order in (1, 2, 3):
                mine = "".join(gram for gram in grams if len(gram) == order)
                codes[orders == order, 3 - order :] = self.fold[code_points(mine)].reshape(-1, order)
            places = _places(codes)
            total = np.bincount(places, chances, 1 << _PLACES)
            self.table[:, k] = np.round(np.log(total / _UNSEEN + 1) * STEPS).clip(0, 255)
            for order in (1, 2, 3):
                mine = orders == order
                values = self.table[places[mine], k]
                self._usual[order - 1, k] = (chances[mine] * values).sum() / chances[mine].sum() / STEPS

    def ask(self, text: str) -> Heard | None:
        """What the profiles make of a text, with fits for single letters, pairs and triples; None without letters."""
        evidence, n = _count(code_points(text), self.fold, self.table)
        if not n[0]:
            return None
        scores = evidence.sum(0) / STEPS
        odds = np.exp((scores - scores.max()) / math.sqrt(n.sum()))
        fits = evidence / (STEPS * np.maximum(n, 1)[:, None]) - self._usual
        return Heard(self.labels, (odds / odds.sum()).tolist(), fits)

    def column(self, language: str) -> NDArray[np.uint8] | None:
        """The table of one language (the first with that code); None if there is no profile of it."""
        if language not in self.labels.of:
            return None
        if language not in self._columns:
            self._columns[language] = np.ascontiguousarray(self.table[:, self.labels.of[language][0]])
        return self._columns[language]

    def usual(self, language: str) -> float:
        """What a triple has on average in text of a language that there is a profile of."""
        return float(self._usual[2, self.labels.of[language][0]])


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text as an array."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _fold() -> NDArray[np.uint16]:
    """langdetect's folding of characters (all kana are one, punctuation is a blank ...) after lower case; for code points
    below 0x10000."""
    from langdetect.utils.ngram import NGram

    fold = np.full(0x10000, 32, np.uint16)
    for point in range(0x10000):
        char = chr(point)
        if char.isalpha() or unicodedata.category(char)[0] == "M":
            lower = char.lower()
            fold[point] = ord(NGram.normalize(lower if len(lower) == 1 else char))
    return fold


def _places(codes: NDArray[np.uint32]) -> NDArray[np.intp]:
    """The place in the table of each n-gram (n, 3), filled up with zeros from the left."""
    mixed = codes[:, 0] * _A + codes[:, 1] * _B + codes[:, 2] * _C
    return np.asarray((mixed ^ (mixed >> _SHIFT)) >> np.uint32(32 - _PLACES), np.intp)


_A, _B, _C, _SHIFT = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D), np.uint32(15)
_DOWN = np.uint32(32 - _PLACES)


@njit(cache=True, nogil=True, inline="always")
def place(a, b, c):  # type: ignore[no-untyped-def]
    """The place of an n-gram in the table: its folded characters, zeros on the left of a short one."""
    mixed = np.uint32(np.uint32(a) * _A + np.uint32(b) * _B + np.uint32(c) * _C)
    return np.int64(np.uint32(mixed ^ (mixed >> _SHIFT)) >> _DOWN)


@njit(cache=True, nogil=True)
@no_type_check
def _count(codes, fold, table):
    """Evidence per order of n-grams and language, and how many n-grams of each order there are."""
    evidence = np.zeros((3, table.shape[1]), np.int64)
    n = np.zeros(3, np.int64)
    a, b = 32, 32
    for k in range(len(codes) + 1):
        c = 32 if k == len(codes) or codes[k] > 0xFFFF else np.int64(fold[codes[k]])
        if c != 32:
            row = table[place(0, 0, c)]
            n[0] += 1
            for j in range(len(row)):
                evidence[0, j] += row[j]
        if b != 32 or c != 32:
            row = table[place(0, b, c)]
            n[1] += 1
            for j in range(len(row)):
                evidence[1, j] += row[j]
        if b != 32 and k > 0:
            row = table[place(a, b, c)]
            n[2] += 1
            for j in range(len(row)):
                evidence[2, j] += row[j]
        a, b = b, c
    return evidence, n


@cache
def langdetect() -> LangdetectModel:
    """langdetect's profiles."""
    return LangdetectModel()
