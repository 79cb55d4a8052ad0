"""What the three voices say together: a forest looks at each language that one of them names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, no_type_check

import numpy as np
import pycld2
from numba import njit
from numpy.typing import NDArray

from pipeline.describe._lang_voices import Cld2, Heard, code, langdetect, langid
from pipeline.models.forest import load, probability

# What the forest is told of a language named in a text: letters of the text; how many voices name it first; its share
# and its evidence per 1,000 bytes by cld2; probability, fit and lead (log odds to the next) by langid; the same by
# langdetect's profiles, with fits of single letters, pairs and triples; which voices know it; how many languages
# are named. Where a voice does not know the language it says -9.
FEATURES = ("letters", "first", "cld2_share", "cld2_density", "langid", "langid_fit", "langid_lead", "profile", "fit_1", "fit_2",
            "fit_3", "profile_lead", "in_cld2", "in_langid", "in_profiles", "named")  # fmt: skip


class Verdict(NamedTuple):
    """The language that is most likely right, and how likely that is: low where no voice knows the language."""

    language: str
    chance: float


class Voices(NamedTuple):
    """What the voices say of texts."""

    letters: NDArray[np.int64]
    cld2: Sequence[Cld2]
    langid: Heard
    profiles: Heard

    @classmethod
    def ask(cls, texts: Sequence[str], cld2: Sequence[Cld2]) -> Voices:
        """All three; cld2's answers are given."""
        letters = np.array([len(text) - text.count(" ") for text in texts], np.int64)
        return cls(letters, cld2, langid().ask(texts), langdetect().ask(texts))

    def rows(self) -> tuple[NDArray[np.int64], list[str], NDArray[np.float32]]:
        """The languages that a voice puts first or second, text after text, each time in alphabetical order: the text, the
        language, and the columns `FEATURES`."""
        names, number, known, of_langid, of_profile = _languages()
        heard = np.full((len(self.cld2), 3), -1, np.int64)
        shares = np.zeros((len(self.cld2), 3))
        for n, one in enumerate(self.cld2):
            for k, (name, share) in enumerate(one.shares):
                heard[n, k], shares[n, k] = number[name], share
        density = np.array([one.density for one in self.cld2])
        text, language, rows = _rows(
            self.letters, heard, shares, density, *self.langid, of_langid, *self.profiles, of_profile, known
        )
        return text, [names[k] for k in language.tolist()], rows

    def weigh(self) -> list[Verdict]:
        """For each text the most likely of the languages that the voices name; "" if they name none."""
        text, names, rows = self.rows()
        chances = probability(load("language").score(rows)).tolist()
        found = [Verdict("", 0.0)] * len(self.cld2)
        for n, name, chance in zip(text.tolist(), names, chances, strict=True):
            if not found[n].language or chance > found[n].chance:
                found[n] = Verdict(name, chance)
        return found


@njit(cache=True, nogil=True)
@no_type_check
def _rows(letters, heard, shares, density, any1, p1, fits1, of1, any2, p2, fits2, of2, knows):
    """`heard` are the numbers of the languages that cld2 names (-1: none), `of1` and `of2` those of the labels of langid and
    the profiles; `knows` says for each language which voice does."""
    most = 6
    text, language = np.empty(len(letters) * most, np.int64), np.empty(len(letters) * most, np.int64)
    rows = np.empty((len(letters) * most, len(FEATURES)), np.float32)
    m = 0
    for n in range(len(letters)):
        best1, best2 = _best(p1[n]), _best(p2[n])
        first = m
        for name in (heard[n, 0], heard[n, 1], of1[best1[0]] if any1[n] else -1, of1[best1[1]] if any1[n] else -1,
                     of2[best2[0]] if any2[n] else -1, of2[best2[1]] if any2[n] else -1):  # fmt: skip
            if name < 0 or name in language[first:m]:
                continue
            at = m
            while at > first and language[at - 1] > name:
                language[at] = language[at - 1]
                at -= 1
            language[at] = name
            m += 1
        for k in range(first, m):
            name = language[k]
            text[k] = n
            row = rows[k]
            row[0] = min(letters[n], 1000)
            row[1] = (heard[n, 0] == name) + (any1[n] and of1[best1[0]] == name) + (any2[n] and of2[best2[0]] == name)
            row[2] = 0.0
            for j in range(2, -1, -1):
                if heard[n, j] == name:
                    row[2] = shares[n, j]
            row[3] = density[n] if heard[n, 0] == name else 0.0
            row[4:7] = -9.0
            if any1[n] and knows[name, 1]:
                own, row[4], row[6] = _of(p1[n], of1, name, best1)
                row[5] = fits1[n, 0, own]
            row[7:12] = -9.0
            if any2[n] and knows[name, 2]:
                own, row[7], row[11] = _of(p2[n], of2, name, best2)
                row[8:11] = fits2[n, :, own]
            row[12], row[13], row[14] = knows[name]
            row[15] = m - first
    return text[:m], language[:m], rows[:m]


@njit(cache=True, nogil=True)
@no_type_check
def _best(p):
    """The labels of the three highest probabilities, highest first, the first of equals."""
    best = np.empty(3, np.int64)
    for k in range(3):
        best[k] = -1
        for label in range(len(p)):
            if label not in best[:k] and (best[k] < 0 or p[label] > p[best[k]]):
                best[k] = label
    return best


@njit(cache=True, nogil=True)
@no_type_check
def _of(p, of, name, best):
    """The likeliest label of a language, its probability with all its labels, and its lead: log odds to the best other."""
    own, total = -1, 0.0
    for label in range(len(p)):
        if of[label] == name:
            total += p[label]
            if own < 0 or p[label] > p[own]:
                own = label
    other = best[0]
    for k in range(2, -1, -1):
        if of[best[k]] != name:
            other = best[k]
    return own, total, np.log(max(p[own], 1e-12) / max(p[other], 1e-12))


class _Languages(NamedTuple):
    """All languages, in alphabetical order."""

    names: list[str]
    number: dict[str, int]
    known: NDArray[np.bool_]
    """Which of the three voices know each."""
    of_langid: NDArray[np.int64]
    """The numbers of langid's labels, -1 for one that is not given out."""
    of_profile: NDArray[np.int64]


@cache
def _languages() -> _Languages:
    labels = langid().labels, langdetect().labels
    names = sorted(known_languages())
    number = {name: k for k, name in enumerate(names)}
    known = np.array([(name in _cld2_languages(), *(name in voice.of for voice in labels)) for name in names])
    of_langid, of_profile = (np.array([number.get(name, -1) for name in voice.names]) for voice in labels)
    return _Languages(names, number, known, of_langid, of_profile)


@cache
def _cld2_languages() -> frozenset[str]:
    return frozenset(code(label) for _, label in pycld2.LANGUAGES) - {""}


def known_languages() -> frozenset[str]:
    """The codes that a voice can give."""
    return (_cld2_languages() | langid().labels.of.keys() | langdetect().labels.of.keys()) - {""}
