"""Characters that cannot be seen and do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_CONTROLS = "\x00-\x08\x0b\x0e-\x1f\x7f"
_DIRECTIONS = "\u200e\u200f\u202a-\u202c\u2066-\u2069"
_ZERO_WIDTH = "\u200b-\u200d\u2060\ufeff\u206a-\u206f\ufff9-\ufffc"
_RUN = re.compile(f"[{_CONTROLS}\u00ad{_ZERO_WIDTH}]+")
_DIRECTION = re.compile(f"[{_DIRECTIONS}]+")
# Letters written from right to left, and the overrides: beside them a mark of direction may do something.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u202d\u202e\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Scripts in which joiners shape the letters: Arabic and its kin, the Indic ones up to Tibetan, Mongolian, Khmer.
_JOINING = re.compile("[\u0600-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefe]")
# Emoji, their skin tones and variation selectors, and the signs that take part in joined emoji.
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2300-\u27bf\u2b00-\u2bff\u2190-\u21ff\ufe0f\u20e3]")
# Scripts that mark where a line may break with a zero-width space.
_BREAKING = re.compile("[\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u0f00-\u0fff]")


@step("repair.invisible", version=2, signs=((1, f"{_CONTROLS}\u00ad{_ZERO_WIDTH}{_DIRECTIONS}"),))
def invisible(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out zero-width spaces and joiners, byte order marks, soft hyphens and control characters.

    Joiners stay where they shape what is seen: in emoji and in the Arabic, Indic and Southeast Asian scripts; a
    zero-width space stays in scripts that break lines by it. A soft hyphen between spaces was meant as a dash. Marks of
    direction go from pages without a letter that is written from right to left.
    """
    text = page.text
    for run in _RUN.finditer(text):
        chars, before = run[0], text[run.start() - 1 : run.start()] if run.start() else ""
        if chars == "\u00ad" and before in ("", " ", "\n", "\t") and text[run.end() : run.end() + 1] in (" ", "\t"):
            yield Edit(run.start(), run.end(), "-", "dash", 1.0, "U+00AD")
            continue
        kept = chars[0] if _shapes(chars[0], before) else ""
        if kept != chars:
            gone = chars[len(kept) :]
            yield Edit(run.start() + len(kept), run.end(), "", _label(gone), 1.0, _names(gone))
    if not text.isascii() and not _RIGHT_TO_LEFT.search(text):
        for run in _DIRECTION.finditer(text):
            yield Edit(run.start(), run.end(), "", "direction", 1.0, _names(run[0]))


def _shapes(char: str, before: str) -> bool:
    """Whether an invisible character does something behind this one."""
    if char == "\u200b":
        return _BREAKING.match(before) is not None
    if char == "\u200c":
        return _JOINING.match(before) is not None
    return char == "\u200d" and (_JOINING.match(before) or _EMOJI.match(before)) is not None


def _label(chars: str) -> str:
    if "\u00ad" in chars:
        return "soft_hyphen"
    return "control" if chars[0] < "\x80" else "zero_width"


def _names(chars: str) -> str:
    return " ".join(dict.fromkeys(f"U+{ord(char):04X}" for char in chars))


CASES = [
    Case("in\u200bvis\ufeffible an\u2060d gr\u200cee\u200dn", "invisible and green"),
    Case("Donau\u00addampf\u00adschiff", "Donaudampfschiff"),
    Case("Железно\u00adдорожный мост", "Железнодорожный мост"),
    Case("\u00ad first point", "- first point", note="a soft hyphen used as a bullet"),
    Case("\u200eMaud\u200f \u202aFerrier\u202c", "Maud Ferrier"),
    Case("שלום\u200f, Maud\u200e!", "שלום\u200f, Maud\u200e!"),
    Case("bell\x07 and null\x00", "bell and null"),
    Case("family 👨\u200d👩\u200d👧 and 🏳️\u200d🌈", "family 👨\u200d👩\u200d👧 and 🏳️\u200d🌈"),
    Case("می\u200cخواهم به خانه بروم", "می\u200cخواهم به خانه بروم"),
    Case("क्\u200dष और र\u200dय", "क्\u200dष और र\u200dय"),
    Case("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
]
