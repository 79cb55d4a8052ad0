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
import lzma
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple, no_type_check

import numpy as np
import pycld2
from numba import njit
from numpy.typing import NDArray

from pipeline.describe._lang_script import code_points

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
    shares = [(name, percent / 100) for _, label, percent, _ in details if label != "un" and (name := code(label))]
    return Cld2(shares, float(details[0][3]) if shares and code(details[0][1]) else 0.0)


class Heard(NamedTuple):
    """What a model of n-grams heard in texts."""

    any: NDArray[np.bool_]
    """Whether the text has an n-gram at all."""
    probabilities: NDArray[np.float64]
    """(texts, labels)"""
    fits: NDArray[np.float64]
    """(texts, orders, labels): mean log probability of an n-gram, less what text of that language has on average. About
    zero for a text in the language, well below for another; for each order of n-grams that is told apart."""


class Labels:
    """The languages that a model knows. `names` has one entry per label, in order; a language may have two."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.names = [code(label) for label in labels]
        self.of = {name: tuple(k for k, other in enumerate(self.names) if other == name) for name in self.names}


class LangidModel:
    """py3langid's model: 0.7 s of CPU and 18 MB, once per process."""

    def __init__(self) -> None:
        import py3langid

        # Read part by part: all at once, as the library does it, takes 100 MB, most of which the process keeps.
        with tempfile.TemporaryFile() as unpacked:
            with lzma.open(Path(py3langid.__file__).parent / "data/model.npz.xz") as packed:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
            unpacked.seek(0)
            with np.load(unpacked, allow_pickle=False) as file:
                self.labels = Labels(file["classes"].tolist())
                self._prior = file["pc"].astype(np.float64)
                self._strings, self._features = _spell(file["nextmove"], file["nextmove_row"], file["out_feat"])
                # Natural logarithms, in 256 steps.
                lowest, highest = zip(*((part.min(), part.max()) for part in _parts(unpacked, "ptc")), strict=True)
                self._low = float(min(lowest))
                self._step = (float(max(highest)) - self._low) / 255
                self._table = np.concatenate(
                    [
                        np.round((part.astype(np.float32) - self._low) / self._step).astype(np.uint8)
                        for part in _parts(unpacked, "ptc")
                    ]
                )
        # What a feature of a text in the language itself has on average: the negative entropy of its distribution.
        levels = self._low + self._step * np.arange(256)
        counts = np.stack([np.bincount(column, minlength=256) for column in self._table.T])
        self._usual = (counts * (np.exp(levels) * levels)).sum(1) / (counts * np.exp(levels)).sum(1)

    def ask(self, texts: Sequence[str]) -> Heard:
        """What the model makes of texts."""
        raw = [
            unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
            for text in texts
        ]
        size = np.array([len(text) for text in raw], np.int64)
        bounds = np.append(0, np.cumsum(size))
        data = np.frombuffer(b"".join(raw), np.uint8)
        evidence, total = _walk(data, bounds, self._strings, self._features, self._table, _DAMPED)
        found = total > 0
        total, size = np.maximum(total, 1)[:, None], np.maximum(size, 1)[:, None]
        mean = self._low + self._step * evidence / total
        scores = (mean * (total / _DAMPING) + self._prior) / np.sqrt(size)
        return Heard(found, _shares(_below_best(scores)), (mean - self._usual)[:, None])


def _parts(file: IO[bytes], name: str) -> Iterator[NDArray[np.float16]]:
    """The rows of a large table of an archive, 4,096 at a time."""
    with zipfile.ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        for k in range(0, shape[0], 4096):
            rows = min(4096, shape[0] - k)
            yield np.frombuffer(member.read(rows * shape[1] * dtype.itemsize), dtype).reshape(rows, shape[1])


def _below_best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(scores - scores.max(axis=1, keepdims=True))


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds to probabilities, row by row."""
    odds = np.exp(scores)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


# langid damps repeated features by log(1 + count), as it was trained; in integers.
_DAMPING = 32
_DAMPED = np.round(np.log1p(np.arange(256)) * _DAMPING).astype(np.int64)

# langid's automaton is in the state of the longest known string that the bytes so far end in. There are 105,000 strings of
# up to six bytes; as a table of moves they take 39 MB, by hash in 262,144 places 3 MB. A string of k bytes is the number
# that it spells, with a bit above.
_SLOTS = 18
_LONGEST = 6
_MIX = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def _slot(strings, string):  # type: ignore[no-untyped-def]
    """Where a string stands in the table, or would."""
    slot = np.int64((string * _MIX) >> np.uint64(64 - _SLOTS))
    while strings[slot] != string and strings[slot] != 0:
        slot = (slot + 1) & ((1 << _SLOTS) - 1)
    return slot


@njit(cache=True, nogil=True)
def _spell(moves, row_of, features):  # type: ignore[no-untyped-def]
    """The strings that the states of an automaton stand for, by hash, and the feature of each: the first way to a state,
    level by level, spells its string."""
    strings, feature_of = np.zeros(1 << _SLOTS, np.uint64), np.full(1 << _SLOTS, -1, np.int32)
    spelled = np.zeros(len(row_of), np.uint64)
    spelled[0] = 1
    states = np.zeros(len(row_of), np.int64)
    n = 1
    for k in range(len(row_of)):
        if k == n:
            break
        state = states[k]
        for byte in range(256):
            to = np.int64(moves[np.int64(row_of[state]) << 8 | byte])
            if spelled[to] == 0:
                spelled[to] = spelled[state] << np.uint64(8) | np.uint64(byte)
                states[n] = to
                n += 1
                slot = _slot(strings, spelled[to])
                strings[slot], feature_of[slot] = spelled[to], features[to]
    return strings, feature_of


@njit(cache=True, nogil=True)
def _walk(data, bounds, strings, features, table, damped):  # type: ignore[no-untyped-def]
    """The features in texts, then their evidence per language and their weight in all."""
    size = table.shape[1]
    evidence, total = np.zeros((len(bounds) - 1, size), np.int64), np.zeros(len(bounds) - 1, np.int64)
    counts = np.zeros(table.shape[0], np.uint8)
    sums = np.empty(size, np.int32)
    seen = np.empty(len(data), np.int32)
    for text in range(len(bounds) - 1):
        n = 0
        last = np.uint64(0)
        length = 0
        for k in range(bounds[text], bounds[text + 1]):
            last = last << np.uint64(8) | np.uint64(data[k])
            length = min(length + 1, _LONGEST)
            while length:
                bit = np.uint64(1) << np.uint64(8 * length)
                string = (last & (bit - np.uint64(1))) | bit
                slot = _slot(strings, string)
                if strings[slot] == string:
                    feature = features[slot]
                    if feature >= 0:
                        if counts[feature] == 0:
                            seen[n] = feature
                            n += 1
                        if counts[feature] < 255:
                            counts[feature] += 1
                    break
                length -= 1
        sums[:] = 0
        for k in range(n):
            weight = np.int32(damped[counts[seen[k]]])
            counts[seen[k]] = 0
            total[text] += weight
            row = table[seen[k]]
            for j in range(size):
                sums[j] += weight * np.int32(row[j])
        evidence[text] = sums
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
        # A row is 64 bytes, which a processor reads at once.
        self.table = np.zeros((1 << _PLACES, 64), np.uint8)
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

    def ask(self, texts: Sequence[str]) -> Heard:
        """What the profiles make of texts, with fits for single letters, pairs and triples."""
        size = len(self.labels.names)
        bounds = np.cumsum([0, *map(len, texts)])
        evidence, n = _count(code_points("".join(texts)), bounds, self.fold, self.table)
        evidence = np.ascontiguousarray(evidence[:, :, :size])
        scores = _below_best(evidence.sum(1) / STEPS) / np.sqrt(np.maximum(n.sum(1), 1))[:, None]
        fits = evidence / (STEPS * np.maximum(n, 1)[:, :, None]) - self._usual
        return Heard(n[:, 0] > 0, _shares(scores), fits)

    def knows(self, language: str) -> bool:
        """Whether there is a profile of a language."""
        return language in self.labels.of

    def column(self, language: str) -> NDArray[np.uint8]:
        """The table of one language that there is a profile of (the first with that code)."""
        if language not in self._columns:
            self._columns[language] = np.ascontiguousarray(self.table[:, self.labels.of[language][0]])
        return self._columns[language]

    def usual(self, language: str) -> float:
        """What a triple has on average in text of a language that there is a profile of."""
        return float(self._usual[2, self.labels.of[language][0]])


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
def _count(codes, bounds, fold, table):
    """Evidence per text, order of n-grams and language, and how many n-grams of each order there are."""
    evidence, n = np.zeros((len(bounds) - 1, 3, 64), np.int64), np.zeros((len(bounds) - 1, 3), np.int64)
    sums = np.empty((3, 64), np.int32)
    for text in range(len(bounds) - 1):
        sums[:] = 0
        a, b = 32, 32
        for k in range(bounds[text], bounds[text + 1] + 1):
            c = 32 if k == bounds[text + 1] or codes[k] > 0xFFFF else np.int64(fold[codes[k]])
            if c != 32:
                n[text, 0] += 1
                _add(sums[0], table[place(0, 0, c)])
            if b != 32 or c != 32:
                n[text, 1] += 1
                _add(sums[1], table[place(0, b, c)])
            if b != 32 and k > bounds[text]:
                n[text, 2] += 1
                _add(sums[2], table[place(a, b, c)])
            a, b = b, c
        evidence[text] = sums
    return evidence, n


@njit(cache=True, nogil=True, inline="always")
def _add(sums, row):  # type: ignore[no-untyped-def]
    for j in range(64):
        sums[j] += np.int32(row[j])


@cache
def langdetect() -> LangdetectModel:
    """langdetect's profiles."""
    return LangdetectModel()
