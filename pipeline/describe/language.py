"""The step describe.language."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from pipeline.describe._lang_blocks import ALIKE, SCRIPT, Block, Layout, blocks
from pipeline.describe._lang_script import dominant, letters
from pipeline.describe._lang_verdict import Voices
from pipeline.describe._lang_voices import Cld2, ask_cld2
from pipeline.describe.script import counted
from pipeline.step import Case, Page, step

# Tokens that look like words and say nothing of the language: addresses, file names, code, numbers.
_NO_WORD = re.compile(r"[\d_@#/\\<>{}=$|]|\w[.:;(\[]\w|&\w+;|^www\.|\w{40}")

# Soft hyphens and zero-width characters part words that are none.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")

# A script that (nearly) one language of today is written in.
_ALONE = {"Jpan": "ja", "Kore": "ko", "Thai": "th", "Grek": "el", "Armn": "hy", "Guru": "pa", "Gujr": "gu", "Orya": "or",
          "Taml": "ta", "Telu": "te", "Mlym": "ml", "Sinh": "si", "Laoo": "lo", "Khmr": "km", "Thaa": "dv",
          "Cher": "chr"}  # fmt: skip
_CHINESE = ("Hani", "Hans", "Hant")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u02ff\u1d00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06]+")

# The text that the voices hear: pieces of this many characters, spread evenly over the page.
_PIECES, _PIECE = 5, 96
_LONG = 80
# Languages of which the web has most. Where cld2's evidence for one of them is this dense in this many letters, and
# langdetect's profile of it fits the page, it decides alone: so it does in two of three texts in common languages, and
# the few others that pass are the closest relatives (Nigerian Pidgin, Gagauz, Meänkieli).
_MAJOR = frozenset(
    ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr", "cs", "sv", "hu", "ro", "fi", "da", "el", "bg", "uk", "id",
     "sk", "lt", "he", "ar", "hi"]
)  # fmt: skip
_DENSE, _DENSE_LETTERS, _DENSE_SHARE, _DENSE_FIT = 600, 150, 0.9, -0.9
# The chance of being right that a language must have to be given out, by the letters heard. Of a few words the best
# guess is worth having; a paragraph is long enough to tell the languages that no voice knows.
_LETTERS, _CHANCE = (40, 120, 300), (0.05, 0.1, 0.75)
# Fewer letters than this name no language; a Han, kana or Hangul character counts as two.
_FEW = 10
# What it takes to be another language than the page: letters of a block in another script, of one in the same script, of
# one in no language that is known, and the chance of being right.
_OTHER_SCRIPT, _SAME_SCRIPT, _UNKNOWN, _SURE = 20, 60, 200, 0.5
# Smaller shares of a page than this and more blocks than this, the largest first, are not heard on their own but count for
# the page's language.
_LEAST, _BLOCKS = 0.02, 16


@step("describe.language", version=2)
def language(page: Page, _: object) -> dict[str, object]:
    """The language that most of the page is written in, how sure that is, and the languages of its paragraphs.

    ISO 639-1 where there is one, else 639-3; left out where no language can be told: no letters, no words (addresses,
    code), or a language that the detectors do not know. Norwegian is `no`, Filipino `tl`, both Chinese scripts `zh`.
    cld2 decides alone where its evidence is dense and langdetect's profile of that language fits; else a forest decides
    from what cld2, py3langid and langdetect's profiles say. Paragraphs in another script, or which the profile
    fits worse than the rest of the page, are heard on their own; `languages` are shares of the letters.
    """
    counts, text = counted(page)
    if not counts:
        return {}
    parts = _parts(text, counts)
    total = sum(part.letters for part in parts)
    out: dict[str, object] = {
        "languages": [{"language": part.language, "share": round(part.letters / total, 4)} for part in parts]
    }
    if parts[0].language:
        out["language"] = parts[0].language
        out["language_score"] = round(parts[0].chance, 2)
    return out


class Told(NamedTuple):
    """The language of a text and the chance that it is right, or None and 0.0."""

    language: str | None
    chance: float
    guess: str | None = None
    """Where it is not known, the language that is the best place to start from when the text is taken apart."""
    layout: Layout | None = None
    """The blocks of the text, where they were looked at already."""


_NOTHING = Told(None, 0.0)


class Part(NamedTuple):
    """What of a page is in one language."""

    language: str | None
    chance: float
    letters: int


def tell(text: str, counts: dict[str, int]) -> Told:
    """The language of a text as a whole; `counts` are its letters per script."""
    script = dominant(counts, text)
    alone = _of_script(script, counts)
    if alone is not None:
        return Told(alone, 1.0) if alone else _NOTHING
    heard = heard_by_voices(text, script, counts)
    if not heard:
        return _NOTHING
    cld2 = ask_cld2(heard)
    layout = beyond_doubt(text, script or "", heard, cld2)
    if layout:
        return Told(cld2.shares[0][0], 1.0, None, layout)
    found, chance = Voices.ask(heard, cld2).weigh()
    if chance < least_chance(len(heard) - heard.count(" ")):
        return Told(None, 0.0, cld2.shares[0][0] if cld2.shares else None)
    return Told(found, chance)


def beyond_doubt(text: str, script: str, heard: str, cld2: Cld2) -> Layout | None:
    """The blocks of a text if what cld2 says of the part heard needs no other voice, else None."""
    if not cld2.shares or cld2.density < _DENSE or len(heard) - heard.count(" ") < _DENSE_LETTERS:
        return None
    name, share = cld2.shares[0]
    if name not in _MAJOR or share < _DENSE_SHARE:
        return None
    layout = blocks(text, script, name)
    return layout if layout.fit >= _DENSE_FIT else None


def heard_by_voices(text: str, script: str | None, counts: dict[str, int]) -> str:
    """The part of a text that the voices are asked about; "" where there is too little, or the script tells already."""
    if _of_script(script, counts) is not None or script is None:
        return ""
    heard = _sample(text, script, len(counts) > 1)
    return heard if len(heard) - heard.count(" ") >= (_FEW // 2 if script in _CHINESE else _FEW) else ""


def _of_script(script: str | None, counts: dict[str, int]) -> str | None:
    """The language that a text is in by its script alone; "" if there are too few letters; None if the script does not
    tell."""
    total = sum(counts.values()) + sum(counts.get(name, 0) for name in ("Hani", "Kana", "Hang"))
    if script is None or total < (4 if script in _ALONE else _FEW):
        return ""
    return _ALONE.get(script) or ("zh" if script in _CHINESE and total >= 60 else None)


def least_chance(letters: int) -> float:
    """The chance of being right that a language must have in a text of so many letters."""
    return float(np.interp(letters, _LETTERS, _CHANCE))


def _parts(text: str, counts: dict[str, int]) -> list[Part]:
    """The languages of the paragraphs, that of most letters first."""
    whole = tell(text, counts)
    total = sum(counts.values())
    if "\n" not in text:
        return [Part(whole.language, whole.chance, total)]
    name = whole.language or whole.guess
    layout = whole.layout or blocks(text, dominant(counts, text) or "", name)
    if len(layout.blocks) < 2:
        return [Part(whole.language, whole.chance, total)]
    if not whole.language:
        # A mixture, or a language that is not known: ask again without what is unlike the rest.
        rest = "\n".join(text[block.start : block.end] for block in layout.blocks if block.kind == ALIKE)
        whole = tell(rest, letters(rest))
    least = _LEAST * sum(block.letters for block in layout.blocks)
    odd = sorted((-b.letters, k) for k, b in enumerate(layout.blocks) if b.kind != ALIKE and b.letters >= least)
    heard = {k for _, k in odd[:_BLOCKS]}
    parts: dict[str | None, Part] = {}
    for k, block in enumerate(layout.blocks):
        told = _of_block(text, block, whole) if k in heard else whole
        before = parts.get(told.language, Part(told.language, told.chance, 0))
        parts[told.language] = before._replace(letters=before.letters + block.letters)
    return sorted(
        parts.values(), key=lambda part: (-part.letters, part.language != whole.language, part.language or "")
    )


def _of_block(text: str, block: Block, page: Told) -> Told:
    """The language of a block that is unlike the page: its own where that is clear, else that of the page."""
    if block.letters < (_OTHER_SCRIPT if block.kind == SCRIPT else _SAME_SCRIPT):
        return page
    part = text[block.start : block.end]
    found = tell(part, letters(part))
    if found.chance < _SURE and (found.language or block.letters < _UNKNOWN):
        return page
    if (page.language, found.language) == ("ja", "zh"):
        return page
    return found


def _sample(text: str, script: str, mixed: bool) -> str:
    """Up to 480 characters of a text for the voices: prose of the main script only."""
    if len(text) > _PIECES * _PIECE * 3 // 2 and "\n" in text:
        # Menus and lists of names are in no language in particular: where long lines are most of the text, they speak.
        long = "\n".join([line for line in text.split("\n") if len(line) >= _LONG])
        if 2 * len(long) >= len(text):
            text = long
    if len(text) > _PIECES * _PIECE * 3 // 2:
        stride = (len(text) - _PIECE) // (_PIECES - 1)
        pieces = [text[k * stride : k * stride + _PIECE] for k in range(_PIECES)]
        # A word cut in two is no word.
        pieces = [
            piece.split(maxsplit=1)[-1].rsplit(maxsplit=1)[0] if piece.count(" ") > 3 else piece for piece in pieces
        ]
        text = "\n".join(pieces)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        if script != "Latn":
            text = _LATIN.sub(" ", text)
        elif mixed:
            text = _NOT_LATIN.sub(" ", text)
    if script not in _CHINESE:
        # Letters alone, and not too many, are a word: most are told without the pattern.
        words: list[str] = []
        rest: list[str] = []
        for word in text.split():
            (words if (word.isalpha() and len(word) < 40) or not _NO_WORD.search(word) else rest).append(word)
        text = " ".join(words)
        if rest and sum(map(str.isalpha, "".join(rest))) > sum(map(str.isalpha, text)):
            return ""  # code, addresses
    return text


def _only(name: str | None, score: float) -> dict[str, object]:
    return {"language": name, "language_score": score, "languages": [{"language": name, "share": 1.0}]}


_UNKNOWN_PAGE: dict[str, object] = {"languages": [{"language": None, "share": 1.0}]}

CASES = [
    Case(
        "The harbour office opens at nine and the first ferry leaves half an hour later.",
        _only("en", 1.0),
    ),
    Case(
        "Das Hafenamt öffnet um neun, und die erste Fähre legt eine halbe Stunde später ab.",
        _only("de", 1.0),
    ),
    Case(
        "Портовая контора открывается в девять, а первый паром отходит через полчаса.",
        _only("ru", 1.0),
    ),
    Case(
        "Портова контора відчиняється о дев'ятій, а перший пором відходить за пів години.",
        _only("uk", 0.99),
    ),
    Case("港务处九点开门，半小时后第一班渡轮离港，乘客要提前买票。", _only("zh", 0.92)),
    Case("港の事務所は九時に開き、三十分後に最初の船が出る。", _only("ja", 1.0)),
    Case(
        "يفتح مكتب الميناء أبوابه في التاسعة، وتغادر أول عبارة بعد نصف ساعة.",
        _only("ar", 0.99),
    ),
    Case("बंदरगाह का दफ़्तर नौ बजे खुलता है और पहली नाव आधे घंटे बाद निकलती है।", _only("hi", 0.98)),
    Case(
        "Văn phòng cảng mở cửa lúc chín giờ và chuyến phà đầu tiên rời bến nửa giờ sau.",
        _only("vi", 1.0),
    ),
    Case(
        "Bukas ang tanggapan ng pantalan nang alas-nuwebe at aalis ang unang lantsa pagkaraan ng kalahating oras.",
        _only("tl", 1.0),
    ),
    Case(
        "Havnekontoret åpner klokka ni, og den første ferga går en halvtime seinere enn før.",
        _only("no", 0.72),
    ),
    Case("ท่าเรือเปิดเวลาเก้าโมง", _only("th", 1.0)),
    Case(
        "https://www.pier.example/a?b=c info@pier.example 12:30 100 %",
        _UNKNOWN_PAGE,
        note="addresses and numbers are no language",
    ),
    Case("for (int i = 0; i < n; i++) { total_sum += list_of[i]; }", _UNKNOWN_PAGE, note="code"),
    Case("🙂🙃 !!! 2024", {}, note="no letters"),
    Case("JFK LAX SFO ORD DFW ATL", _UNKNOWN_PAGE, note="no words"),
    Case(
        "Die Fähre legt um neun ab, und wer mitfahren will, löst seine Karte vorher am Schalter neben dem Hafenamt.\n"
        "The ferry leaves at nine, and whoever wants to come along buys a ticket at the counter beforehand.",
        {
            "language": "de",
            "language_score": 1.0,
            "languages": [{"language": "de", "share": 0.5183}, {"language": "en", "share": 0.4817}],
        },
        note="a page in two languages",
    ),
    Case(
        "高清视频在线观看免费\nThe ferry leaves at nine, and whoever wants to come along buys a ticket at the counter beforehand. "
        "The second one follows at noon, but only from May to September, when the lake is free of ice.",
        {
            "language": "en",
            "language_score": 1.0,
            "languages": [{"language": "en", "share": 0.883}, {"language": "zh", "share": 0.117}],
        },
        note="a foreign line above",
    ),
]
