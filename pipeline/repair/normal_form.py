"""One code point for one letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline.repair._edits import trimmed
from pipeline.step import Case, Edit, Page, Params, step

# Letters in the shape that a font gave them: Latin ligatures inside words, Arabic letter forms, Han radicals used as
# characters. The signs among the Arabic ones (ornate brackets, "peace be upon him", the rial) are signs, not shapes.
_FORMS = "\ufb00-\ufb06\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdf1\ufe70-\ufefc\u2f00-\u2fd5"
_FORM = re.compile(f"[{_FORMS}]")
_FORM_RUN = re.compile(
    r"(?<=[^\W\d_])[\ufb00-\ufb06]|[\ufb00-\ufb06](?=[^\W\d_])"
    f"|[{_FORMS.removeprefix(chr(0xFB00) + '-' + chr(0xFB06))}]+"
)

# What NFC may compose, reorder or replace: marks, vowels and finals of Hangul, characters that are others' doubles.
_MARKS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.category(chr(code))[0] == "M")
_NOT_NFC = (
    f"{_MARKS}\u1160-\u11ff\u0374\u037e\u0387\u0958-\u095f\u09dc-\u09df\u0a33\u0a36\u0a59-\u0a5e\u0b5c\u0b5d\u0f43-\u0f69"
    "\u1f71-\u1fff\u2000\u2001\u2126\u212a\u212b\u2329\u232a\u2adc\uf900-\ufaff\ufb1d-\ufb4e"
    "\U0001d15e-\U0001d164\U0001d1bb-\U0001d1c0\U0002f800-\U0002fa1f"
)


@step("repair.normal_form", version=1, signs=((1, _FORMS + _NOT_NFC),))
def normal_form(page: Page, params: Params) -> Iterator[Edit]:
    """Composes letters and their marks (Unicode NFC) and takes apart ligatures and presentation forms.

    Not NFKC: that would turn ™, ² and ① into other text and full-width punctuation into half-width.
    """
    for i, line in enumerate(page.lines):
        if line.isascii():
            continue
        mended = composed = unicodedata.normalize("NFC", line)
        if _FORM.search(composed):
            mended = unicodedata.normalize("NFC", _FORM_RUN.sub(_plain, composed))
        if mended != line:
            label = "nfc" if mended == composed else "presentation_form"
            yield from trimmed(page.starts[i], line, mended, label)


def _plain(run: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", run[0])


CASES = [
    Case("Cafe\u0301 und Mu\u0308nchen", "Café und München"),
    Case("Vie\u0323\u0302t Nam", "Việt Nam"),
    Case("eﬃcient ﬁrst ﬂoor", "efficient first floor"),
    Case("ﻻ ﺃﻋﺮﻑ", "لا أعرف"),
    Case("⽇本の⽂化", "日本の文化"),
    Case("か\u3099っこう", "がっこう"),
    Case("The ligature “ﬁ” is one glyph.", "The ligature “ﬁ” is one glyph."),
    Case("10² m™ ① ﷺ Ｔ：！", "10² m™ ① ﷺ Ｔ：！"),
    Case("naïve Ελλάδα Київ", "naïve Ελλάδα Київ"),
]
