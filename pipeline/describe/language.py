"""The step describe.language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.describe._lang_blocks import ALIKE, SCRIPT, Block, Layout, blocks
from pipeline.describe._lang_sample import FEW, heard, samples
from pipeline.describe._lang_script import CHINESE, Counted, count
from pipeline.describe._lang_verdict import Voices
from pipeline.describe._lang_voices import Cld2, ask_cld2
from pipeline.describe.script import counted
from pipeline.step import Case, Page, step

# A script that (nearly) one language of today is written in.
_ALONE = {"Jpan": "ja", "Kore": "ko", "Thai": "th", "Grek": "el", "Armn": "hy", "Guru": "pa", "Gujr": "gu", "Orya": "or",
          "Taml": "ta", "Telu": "te", "Mlym": "ml", "Sinh": "si", "Laoo": "lo", "Khmr": "km", "Thaa": "dv",
          "Cher": "chr"}  # fmt: skip
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
# What it takes to be another language than the page: letters of a block in another script, of one in the same script, of
# one in no language that is known, and the chance of being right.
_OTHER_SCRIPT, _SAME_SCRIPT, _UNKNOWN, _SURE = 20, 60, 200, 0.5
# Smaller shares of a page than this and more blocks than this, the largest first, are not heard on their own but count for
# the page's language.
_LEAST, _BLOCKS = 0.02, 16


@step("describe.language", version=2, batch=True)
def language(pages: Sequence[Page], _: object) -> Iterator[dict[str, object]]:
    """The language that most of a page is written in, how sure that is, and the languages of its paragraphs.

    ISO 639-1 where there is one, else 639-3; left out where no language can be told: no letters, no words (addresses,
    code), or a language that the detectors do not know. Norwegian is `no`, Filipino `tl`, both Chinese scripts `zh`.
    cld2 decides alone where its evidence is dense and langdetect's profile of that language fits; else a forest decides
    from what cld2, py3langid and langdetect's profiles say. Paragraphs in another script, or which the profile
    fits worse than the rest of the page, are heard on their own; `languages` are shares of the letters.
    """
    for parts in _parts(counted(pages)):
        total = sum(part.letters for part in parts)
        out: dict[str, object] = {}
        if parts:
            out["languages"] = [{"language": p.language, "share": round(p.letters / total, 4)} for p in parts]
            if parts[0].language:
                out["language"] = parts[0].language
                out["language_score"] = round(parts[0].chance, 2)
        yield out


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


def tell(texts: Sequence[Counted]) -> list[Told]:
    """The language of each text as a whole."""
    asked = ask(texts)
    alone = beyond_doubt(asked)
    rest = [n for n in asked if n not in alone]
    verdicts = Voices.ask([asked[n].heard for n in rest], [asked[n].cld2 for n in rest]).weigh() if rest else []
    found = [Told(name, 1.0) if (name := _of_script(text)) else _NOTHING for text in texts]
    for n, layout in alone.items():
        found[n] = Told(asked[n].cld2.shares[0][0], 1.0, None, layout)
    for n, (name, chance) in zip(rest, verdicts, strict=True):
        shares = asked[n].cld2.shares
        if chance < least_chance(heard(asked[n].heard)):
            found[n] = Told(None, 0.0, shares[0][0] if shares else None)
        else:
            found[n] = Told(name, chance)
    return found


class Asked(NamedTuple):
    """A text that the voices are asked about."""

    text: Counted
    heard: str
    """The part that they hear."""
    cld2: Cld2
    """What the first of them says of it."""


def ask(texts: Sequence[Counted]) -> dict[int, Asked]:
    """Ask cld2 about the texts whose script does not tell already, by their numbers; not those of which there is too little."""
    left = [n for n, text in enumerate(texts) if _of_script(text) is None]
    found = samples([texts[n] for n in left])
    return {n: Asked(texts[n], sample, ask_cld2(sample)) for n, sample in zip(left, found, strict=True) if sample}


def beyond_doubt(asked: Mapping[int, Asked]) -> dict[int, Layout]:
    """The blocks of the texts of which what cld2 says needs no other voice, by their numbers."""
    dense = [n for n, one in asked.items() if _is_dense(one)]
    layouts = blocks([asked[n].text for n in dense], [asked[n].cld2.shares[0][0] for n in dense])
    return {n: layout for n, layout in zip(dense, layouts, strict=True) if layout.fit >= _DENSE_FIT}


def _is_dense(one: Asked) -> bool:
    if not one.cld2.shares or one.cld2.density < _DENSE or heard(one.heard) < _DENSE_LETTERS:
        return False
    name, share = one.cld2.shares[0]
    return name in _MAJOR and share >= _DENSE_SHARE


def _of_script(text: Counted) -> str | None:
    """The language that a text is in by its script alone; "" if there are too few letters; None if the script does not
    tell."""
    letters, script = text.letters, text.script
    total = sum(letters.values()) + letters.get("Hani", 0) + letters.get("Kana", 0) + letters.get("Hang", 0)
    if script is None or total < (4 if script in _ALONE else FEW):
        return ""
    return _ALONE.get(script) or ("zh" if script in CHINESE and total >= 60 else None)


def least_chance(letters: int) -> float:
    """The chance of being right that a language must have in a text of so many letters."""
    return float(np.interp(letters, _LETTERS, _CHANCE))


def _parts(texts: Sequence[Counted]) -> list[list[Part]]:
    """The languages of the paragraphs of each text, that of most letters first."""
    whole = tell(texts)
    # The blocks of the pages of more than one line; those of some were looked at already.
    layouts = [told.layout for told in whole]
    new = [n for n, text in enumerate(texts) if layouts[n] is None and text.letters and "\n" in text.text]
    found = blocks([texts[n] for n in new], [whole[n].language or whole[n].guess for n in new])
    for n, layout in zip(new, found, strict=True):
        layouts[n] = layout
    mixed = {n: layout.blocks for n, layout in enumerate(layouts) if layout and len(layout.blocks) > 1}
    # A mixture, or a language that is not known: ask again without what is unlike the rest.
    again = [n for n in mixed if not whole[n].language]
    rest = ["\n".join(texts[n].text[b.start : b.end] for b in mixed[n] if b.kind == ALIKE) for n in again]
    for n, told in zip(again, tell(count(rest)), strict=True):
        whole[n] = told
    which = [(n, k) for n, here in mixed.items() for k in _odd(here)]
    odd = [texts[n].text[mixed[n][k].start : mixed[n][k].end] for n, k in which]
    told_of = dict(zip(which, tell(count(odd)), strict=True))
    out = []
    for n, text in enumerate(texts):
        if n in mixed:
            out.append(_shares(mixed[n], whole[n], [told_of.get((n, k)) for k in range(len(mixed[n]))]))
        elif text.letters:
            out.append([Part(whole[n].language, whole[n].chance, sum(text.letters.values()))])
        else:
            out.append([])
    return out


def _odd(found: Sequence[Block]) -> list[int]:
    """The blocks of a page that are heard on their own."""
    least = _LEAST * sum(block.letters for block in found)
    odd = sorted((-b.letters, k) for k, b in enumerate(found) if b.kind != ALIKE and b.letters >= least)
    return [
        k for _, k in odd[:_BLOCKS] if found[k].letters >= (_OTHER_SCRIPT if found[k].kind == SCRIPT else _SAME_SCRIPT)
    ]


def _shares(found: Sequence[Block], whole: Told, told: Sequence[Told | None]) -> list[Part]:
    """The parts of a page: what was told of its blocks, where that is clear, else the language of the page."""
    parts: dict[str | None, Part] = {}
    for block, own in zip(found, told, strict=True):
        if own is None or not _is_other(own, block, whole):
            own = whole
        before = parts.get(own.language, Part(own.language, own.chance, 0))
        parts[own.language] = before._replace(letters=before.letters + block.letters)
    return sorted(
        parts.values(), key=lambda part: (-part.letters, part.language != whole.language, part.language or "")
    )


def _is_other(told: Told, block: Block, page: Told) -> bool:
    """Whether what is told of a block is clear."""
    if told.chance < _SURE and (told.language or block.letters < _UNKNOWN):
        return False
    return (page.language, told.language) != ("ja", "zh")


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
