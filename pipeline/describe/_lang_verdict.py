"""What the three voices say together: a forest looks at each language that one of them names."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pycld2
from numpy.typing import NDArray

from pipeline.describe._lang_voices import Cld2, Heard, ask_cld2, code, langdetect, langid
from pipeline.models.forest import load, probability

# What the forest is told of a language named in a text: letters of the text; how many voices name it first; its share
# and its evidence per 1,000 bytes by cld2; probability, fit and lead (log odds to the next) by langid; the same by
# langdetect's profiles, with fits of single letters, pairs and triples; which voices know it; how many languages
# are named.
FEATURES = ("letters", "first", "cld2_share", "cld2_density", "langid", "langid_fit", "langid_lead", "profile", "fit_1", "fit_2",
            "fit_3", "profile_lead", "in_cld2", "in_langid", "in_profiles", "named")  # fmt: skip
# For a voice that does not know the language.
_LANGID_EMPTY, _PROFILE_EMPTY = [-9.0] * 3, [-9.0] * 5


class Verdict(NamedTuple):
    """The language that is most likely right, and how likely that is: low where no voice knows the language."""

    language: str
    chance: float


class Voices(NamedTuple):
    """What the voices say of one text."""

    letters: int
    cld2: Cld2
    langid: Heard | None
    profiles: Heard | None

    @classmethod
    def ask(cls, text: str, cld2: Cld2 | None = None) -> Voices:
        """All three; cld2's answer can be given."""
        letters = len(text) - text.count(" ")
        return cls(letters, cld2 or ask_cld2(text), langid().ask(text), langdetect().ask(text))

    def rows(self) -> tuple[list[str], NDArray[np.float32]]:
        """The languages that a voice puts first or second, in alphabetical order, and the columns `FEATURES` of each."""
        shares = dict(reversed(self.cld2.shares))
        heard = [(voice, voice.best() if voice else []) for voice in (self.langid, self.profiles)]
        firsts = [self.cld2.shares[0][0] if self.cld2.shares else ""]
        firsts += [voice.labels.names[best[0]] for voice, best in heard if voice]
        found = {name for name, _ in self.cld2.shares[:2]}
        found.update(voice.labels.names[k] for voice, best in heard if voice for k in best[:2])
        names = sorted(found - {""})
        out = []
        for name in names:
            row = [min(self.letters, 1000), firsts.count(name), shares.get(name, 0.0)]
            row.append(self.cld2.density if firsts[0] == name else 0.0)
            for (voice, best), empty in zip(heard, (_LANGID_EMPTY, _PROFILE_EMPTY), strict=True):
                if voice and name in voice.labels.of:
                    chance, fits, lead = voice.of(name, best)
                    row += [chance, *fits, lead]
                else:
                    row += empty
            row += [name in _cld2_languages(), name in langid().labels.of, name in langdetect().labels.of, len(names)]
            out.append(row)
        return names, np.array(out, np.float32).reshape(-1, len(FEATURES))

    def weigh(self) -> Verdict:
        """The most likely of the languages that the voices name; "" if they name none."""
        names, rows = self.rows()
        if not names:
            return Verdict("", 0.0)
        chances = probability(load("language").score(rows))
        best = int(chances.argmax())
        return Verdict(names[best], float(chances[best]))


@cache
def _cld2_languages() -> frozenset[str]:
    return frozenset(code(label) for _, label in pycld2.LANGUAGES) - {""}


def known_languages() -> frozenset[str]:
    """The codes that a voice can give."""
    return (_cld2_languages() | langid().labels.of.keys() | langdetect().labels.of.keys()) - {""}
