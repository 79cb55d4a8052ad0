"""The three voices on language, each loaded when it is first asked, and what they say together.

cld2       Google's Compact Language Detector 2 (pycld2): quadgrams, 83 languages well and some 100 more; in C.
langid     langid.py's byte n-gram model in its successor py3langid: Lui and Baldwin, "langid.py: an off-the-shelf
           language identification tool", ACL 2012; 140 languages.
langdetect Nakatani Shuyo's profiles of 55 languages, as langdetect ships them. The library draws n-grams at random until it
           is sure; here every n-gram of the text counts once. That is as accurate (within a point on lines, sentences
           and paragraphs), needs no seed, and costs a sixtieth on a line, a quarter on a page.

All of them give codes of ISO 639-1 where there is one, else 639-3.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pycld2

# One code where the voices use several; Norwegian is `no` for Bokmål, Filipino is Tagalog.
_SAME = {"iw": "he", "jw": "jv", "nb": "no", "fil": "tl", "zh-cn": "zh", "zh-tw": "zh", "zh-Hant": "zh", "mo": "ro", "bh": "bho",
         "kik": "ki", "gug": "gn", "hmn": "hmn", "un": "", "zxx": ""}  # fmt: skip


def code(label: str) -> str:
    """The code under which a voice's label is given out; "" for what is no language."""
    return _SAME.get(label, "" if label.startswith("xx") else label)


_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
    "|[" + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17)) + "]"
)


class Cld2(NamedTuple):
    """The languages found with their shares, best first, and how dense the evidence for the first is (per 1,000 bytes)."""

    shares: list[tuple[str, float]]
    density: float


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
    return Cld2(shares, details[0][3] if shares and code(details[0][1]) else 0.0)


class Langid(NamedTuple):
    """Probability per language of `LANGID.labels`, and how the text fits the best one: mean log probability of a
    feature above what text of that language has on average; well below zero for a language the model never saw."""

    probabilities: np.ndarray
    fit: float
    lead: float


class _LangidModel:
    def __init__(self) -> None:
        from py3langid.langid import LanguageIdentifier, visit_counts

        self._model: Any = LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
        self._visit = visit_counts
        self._table: np.ndarray = np.asarray(self._model.nb_ptc, np.float32)
        self.labels = [code(label) for label in self._model.nb_classes]
        # What a feature of a text in the language itself has on average: the negative entropy of its distribution.
        self._same = np.array([[one == other for one in self.labels] for other in self.labels])
        self._mean = np.array([float(np.exp(column) @ column) for column in self._table.T])

    def ask(self, text: str) -> Langid | None:
        model = self._model
        data = model._encode(text)
        visits = self._visit(model.tk_nextmove, model._rowbase, model.tk_output, data)
        if not visits:
            return None
        index = np.fromiter(visits.keys(), np.intp, len(visits))
        # Repeated features are damped, as the model was trained.
        weights = np.log1p(np.fromiter(visits.values(), np.float32, len(visits)))
        evidence = weights @ self._table[index]
        scores = (evidence + model.nb_pc) / math.sqrt(len(data))
        probabilities = np.exp(scores - scores.max())
        best = int(scores.argmax())
        total = float(weights.sum())
        others = np.where(self._same[best], -np.inf, evidence)
        return Langid(
            probabilities / probabilities.sum(),
            float(evidence[best]) / total - float(self._mean[best]),
            float(evidence[best] - others.max()) / total,
        )


@cache
def langid() -> _LangidModel:
    """py3langid's model: 0.9 s of CPU and 120 MB, once per process."""
    return _LangidModel()


class _LangdetectModel:
    def __init__(self) -> None:
        from langdetect.detector_factory import PROFILES_DIRECTORY
        from langdetect.utils.ngram import NGram

        profiles = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(Path(PROFILES_DIRECTORY).iterdir())
            if not path.name.startswith(".")
        ]
        self.labels = [code(profile["name"]) for profile in profiles]
        self._index: dict[str, int] = {}
        for profile in profiles:
            for gram in profile["freq"]:
                if len(gram) <= NGram.N_GRAM:
                    self._index.setdefault(gram, len(self._index))
        table = np.zeros((len(self._index), len(profiles)), np.float32)
        for k, profile in enumerate(profiles):
            for gram, count in profile["freq"].items():
                if len(gram) <= NGram.N_GRAM:
                    table[self._index[gram], k] = count / profile["n_words"][len(gram) - 1]
        # langdetect's own smoothing: half a count in ten thousand.
        self._table = np.log(table + np.float32(0.5 / 10_000))
        self._normalize = NGram.normalize_vi
        self._fold = _Fold()

    def ask(self, text: str) -> np.ndarray | None:
        """Probability per language of `labels`; None if no n-gram is known."""
        words = self._normalize(text).translate(self._fold).split()
        line = f" {' '.join(words)} "
        find = self._index.get
        rows = [k for k in map(find, line) if k is not None]
        rows += [k for k in map(find, map("".join, pairwise(line))) if k is not None]
        rows += [k for k in map(find, map("".join, zip(line, line[1:], line[2:], strict=False))) if k is not None]
        if not rows:
            return None
        scores = self._table[rows].sum(0)
        probabilities = np.exp((scores - scores.max()) / math.sqrt(len(rows)))
        return np.asarray(probabilities / probabilities.sum())


class _Fold(dict[int, int]):
    """langdetect's folding of characters (all kana are one, punctuation is a blank ...), each asked for once."""

    def __missing__(self, code_point: int) -> int:
        from langdetect.utils.ngram import NGram

        folded = self[code_point] = ord(NGram.normalize(chr(code_point)))
        return folded


@cache
def langdetect() -> _LangdetectModel:
    """langdetect's profiles as one table: 0.3 s of CPU and 20 MB, once per process."""
    return _LangdetectModel()


class Verdict(NamedTuple):
    """What the three say together: the language, its probability, and whether cld2 and langid name the same."""

    language: str
    score: float
    agree: bool


@cache
def _languages() -> tuple[list[str], dict[str, int], np.ndarray, np.ndarray, np.ndarray]:
    """All languages that can be named, where langid's and langdetect's labels stand among them, who langdetect knows."""
    cld2 = {code(label) for _, label in pycld2.LANGUAGES}
    names = [*sorted({*cld2, *langid().labels, *langdetect().labels} - {""}), ""]
    place = {name: k for k, name in enumerate(names)}
    first = np.array([place[label] for label in langid().labels])
    second = np.array([place[label] for label in langdetect().labels])
    known = np.zeros(len(names), bool)
    known[second] = True
    return names, place, first, second, known


def weigh(cld2: Cld2, first: Langid | None, second: np.ndarray | None) -> Verdict:
    """A log-linear pool of the three voices; langdetect (`second`) need not have been asked.

    Weights and floors were ranked on one half of 8,000 labelled texts, the other half being watched. The floors say how
    much a voice may veto: a language that is not among the 55 of langdetect, which are most of the web, is held to be a third as
    likely as one of which langdetect finds no trace.
    """
    names, place, at_first, at_second, known = _languages()
    a, b, c = np.zeros(len(names)), np.zeros(len(names)), np.zeros(len(names))
    if first is not None:
        np.add.at(a, at_first, first.probabilities)
    pool = np.log(a + 0.001)
    if second is not None:
        np.add.at(b, at_second, second)
        pool += 0.5 * np.log(np.where(known, b + 0.1, 0.03))
    for name, share in cld2.shares:
        c[place[name]] += share
    pool += 0.5 * np.log(c + 0.1)
    best = int(pool.argmax())
    odds = np.exp(pool - pool[best])
    agree = bool(cld2.shares) and first is not None and names[int(a.argmax())] == cld2.shares[0][0]
    return Verdict(names[best], float(1 / odds.sum()), agree)
