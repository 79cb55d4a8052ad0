"""Text of another script whose legacy bytes were read as Western ones."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pydantic import Field

from pipeline.repair._edits import names_encodings, trimmed
from pipeline.repair._letters import LOG_PROBABILITY, SCRIPTS, UNSEEN
from pipeline.step import Case, Edit, Page, Params, step


class LegacyMojibake(Params):
    """When a page counts as misread."""

    min_gain: float = Field(
        25.0, description="how much likelier the text must become, in nats over all damaged lines of the page"
    )
    min_gain_per_char: float = Field(0.8, description="the same per damaged character, for each line")


class _Reading(NamedTuple):
    """Bytes of the encoding `true` that were read as `wrong`, and the languages that they may be in."""

    wrong: str
    true: str
    codec: str
    languages: tuple[str, ...]


_FROM_WESTERN = (
    _Reading("windows-1252", "windows-1251", "cp1251", ("ru", "uk", "bg")),
    _Reading("windows-1252", "koi8-r", "koi8-u", ("ru", "uk")),
    _Reading("windows-1252", "ibm866", "cp866", ("ru",)),
    _Reading("windows-1252", "iso-8859-5", "iso8859-5", ("ru", "bg")),
    _Reading("windows-1252", "x-mac-cyrillic", "mac-cyrillic", ("ru",)),
    _Reading("windows-1252", "windows-1253", "cp1253", ("el",)),
    _Reading("windows-1252", "windows-1255", "cp1255", ("he",)),
    _Reading("windows-1252", "windows-1256", "cp1256", ("ar", "fa")),
    _Reading("windows-1252", "iso-8859-6", "iso8859-6", ("ar",)),
    _Reading("windows-1252", "windows-874", "cp874", ("th",)),
    _Reading("windows-1252", "gb18030", "gb18030", ("zh-Hans", "zh-Hant")),
    _Reading("windows-1252", "big5", "big5hkscs", ("zh-Hant",)),
    _Reading("windows-1252", "shift_jis", "cp932", ("ja",)),
    _Reading("windows-1252", "euc-jp", "euc_jp", ("ja",)),
    _Reading("windows-1252", "euc-kr", "cp949", ("ko",)),
)
_FROM_CYRILLIC = (
    _Reading("windows-1251", "koi8-r", "koi8-r", ("ru", "bg")),
    _Reading("windows-1251", "koi8-u", "koi8-u", ("uk",)),
    _Reading("windows-1251", "iso-8859-5", "iso8859-5", ("ru", "bg")),
    _Reading("koi8-r", "windows-1251", "cp1251", ("ru", "bg", "uk")),
)

# Bytes 80..9F that windows-1252 leaves open are read as the control characters of Latin-1, as browsers do.
_WESTERN = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(0x80, 0x100)} | {
    chr(b): b for b in range(0x80, 0xA0)
}
_TO_LATIN_1 = {ord(char): chr(byte) for char, byte in _WESTERN.items()}
_HIGH = re.escape("".join(sorted(_WESTERN)))
_CYRILLIC = re.escape(
    "".join(sorted({bytes([b]).decode(codec, "ignore") for codec in ("cp1251", "koi8-r") for b in range(0x80, 0x100)}))
)
_HIGH_CHAR = re.compile(f"[{_HIGH}]")
_CYRILLIC_RUN = re.compile(f"[\x20-\x7e\t{_CYRILLIC}]+"), re.compile("[а-яёА-ЯЁ]")
# Runs of characters that a wrong reading gives, and what at least one of them must be.
_RUN = {
    "windows-1252": (re.compile(f"[\x20-\x7e\t{_HIGH}]+"), _HIGH_CHAR),
    "windows-1251": _CYRILLIC_RUN,
    "koi8-r": _CYRILLIC_RUN,
}

_LONG_HIGH = re.compile(f"[{_HIGH}]{{4}}")
_HIGH_PAIR = re.compile(f"[{_HIGH}](?<=[{_HIGH}].)")
_ASCII_LETTERS = string.ascii_letters.encode()
_CYRILLIC_LETTER = re.compile("[\u0400-\u045f\u0490\u0491]")
# KOI8 and windows-1251 have capitals where the other has small letters.
_CASE_SWAPPED = re.compile(r"\b[а-яёіїє][А-ЯЁІЇЄ]{2}")
_CASE_BREAK = re.compile(r"[a-zа-яёіїєα-ωά-ώ][A-ZА-ЯЁІЇЄΑ-ΩΆ-Ώ]")

# A run may be damaged if this share of its letters is outside ASCII. In the Latin languages it is below 0.25 (even in
# Czech), in misread text of another script above 0.6; in Shift JIS, where second bytes can be ASCII, above 0.5.
_MIN_HIGH = 0.4
# That many characters of a page tell which encoding it is.
_SAMPLE = 2000

_BY_CHANCE = 4

# Running text repeats its letters; in a list of letters all are different.
_MAX_DISTINCT = 0.9

# Log probabilities per character: the same in every reading, and those of Latin text for what is outside ASCII.
_ASCII, _MARK, _CAPITAL, _CASE_BREAK_COST, _WRONG_SCRIPT = -3.0, -4.5, -1.0, -5.0, -12.0
_LATIN_ALONE, _LATIN_IN_RUN = -5.0, -6.5
_MARKS = frozenset(
    "«»„“”‘’–—…№§°\u00a0\u3000、。，：；！？（）「」『』《》【】〈〉〔〕・～％／＋－＝＜＞０１２３４５６７８９×·"
)


@step(
    "repair.legacy_mojibake",
    version=2,
    params=LegacyMojibake,
    gate="[\u0080-\u009f\u00a1-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{4}"  # single bytes, GBK, EUC, Big5
    "|[‚ƒ\u0081]..?[‚ƒ\u0081]"  # Shift JIS: kana and marks, second byte often ASCII
    "|(?-i:[а-яёіїє][А-ЯЁІЇЄ]{2})",
    signs=((4, "\u0080-\u009f\u00a1-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"), (1, "‚ƒ\u0081"), (1, "А-яЁёІіЇїЄє")),
)
def legacy_mojibake(page: Page, params: LegacyMojibake) -> Iterator[Edit]:
    """Undoes legacy text read in the wrong encoding: Ïðèâåò, ÖÐ¹ú, ‚Ý‚È‚Æ, оПХБЕР.

    The lines that look like nonsense are read in each encoding that could be the true one; letter frequencies decide,
    for the page as a whole. Then each line is mended that gets likelier by it: a line that another hand put into the
    page may be sound. A page that is about encodings keeps its examples.
    """
    lines = page.lines
    western = [i for i, line in enumerate(lines) if not line.isascii() and _has_nonsense(line)]
    cyrillic = [i for i, line in enumerate(lines) if not line.isascii() and _CASE_SWAPPED.search(line)]
    for readings, suspects in ((_FROM_WESTERN, western), (_FROM_CYRILLIC, cyrillic)):
        choice = _choose(readings, [lines[i] for i in suspects], params) if suspects else None
        if choice is None:
            continue
        if len(suspects) * 2 < len(page.filled) and names_encodings(page.text):
            continue
        reading, language = choice
        evidence = f"{reading.true} read as {reading.wrong}"
        for i, line in enumerate(lines):
            if line.isascii():
                continue
            for run in _runs(line, reading.wrong):
                mended = _mend(run[0], len(run[0]) == len(line), reading, language, params)
                if mended is not None:
                    yield from trimmed(page.starts[i] + run.start(), run[0], mended, language, evidence)


def _has_nonsense(line: str) -> bool:
    return len(_HIGH_PAIR.findall(line)) >= 3 and any(_is_nonsense(run[0]) for run in _runs(line, "windows-1252"))


def _runs(text: str, wrong: str) -> Iterator[re.Match[str]]:
    """The runs of a text that may have been read wrongly."""
    run, high = _RUN[wrong]
    return (found for found in run.finditer(text) if high.search(found[0]))


def _is_nonsense(run: str) -> bool:
    """Whether Western characters stand together as they do in no Latin language, and are not UTF-8 either."""
    high, letters = _count(run)
    return (
        high >= 4
        and high >= _MIN_HIGH * (high + letters)
        and len(_HIGH_PAIR.findall(run)) * 4 >= high
        and not _is_utf8(run)
    )


def _is_mostly_high(run: str) -> bool:
    high, letters = _count(run)
    return high >= _MIN_HIGH * (high + letters)


def _count(run: str) -> tuple[int, int]:
    """The Western characters of a run, which are all that it has outside ASCII, and its letters in ASCII."""
    rest = run.encode("ascii", "ignore")
    return len(run) - len(rest), len(rest) - len(rest.translate(None, _ASCII_LETTERS))


def _is_utf8(run: str) -> bool:
    """Whether the bytes of a run are UTF-8, but for a few: then it is another kind of mojibake."""
    raw = run.translate(_TO_LATIN_1).encode("latin-1", "replace")
    bad = len(raw) - len(raw.decode("utf-8", "ignore").encode())
    return bad * 4 <= _count(run)[0]


def _choose(readings: tuple[_Reading, ...], lines: list[str], params: LegacyMojibake) -> tuple[_Reading, str] | None:
    """The reading, and the language, that makes the lines likeliest; None if none makes them likely enough."""
    sample: list[str] = []
    size = 0
    for line in lines:
        sample.append(line[:_SAMPLE])
        size += len(line)
        if size > _SAMPLE:
            break
    text = "\n".join(sample)
    damaged = _HIGH_CHAR.findall(text) or _CYRILLIC_LETTER.findall(text)
    if len(set(damaged)) > _MAX_DISTINCT * len(damaged) and len(damaged) > 8:
        return None
    best: tuple[_Reading, str] | None = None
    best_score = _score_as_it_is(text) + max(params.min_gain, params.min_gain_per_char * len(text))
    for reading in readings:
        mended = _RUN[reading.wrong][0].sub(lambda run, r=reading: _reread(run[0], r), text)  # type: ignore[misc]
        if mended == text:
            continue
        for language in reading.languages:
            score = _score(mended, language)
            if score > best_score:
                best, best_score = (reading, language), score
    return best


def _mend(run: str, is_line: bool, reading: _Reading, language: str, params: LegacyMojibake) -> str | None:
    """The run in its true encoding; None if it is sound or does not get likelier."""
    if reading.wrong == "windows-1252":
        # Beside sound text of another script “quotes” are a run too: there it takes more than on a line of its own.
        suspect = _LONG_HIGH.search(run) or (is_line and _is_mostly_high(run))
        damaged = len(_HIGH_CHAR.findall(run))
        # A word of two characters may be UTF-8 by chance.
        if not suspect or (damaged > _BY_CHANCE and _is_utf8(run)):
            return None
    else:
        damaged = len(_CYRILLIC_LETTER.findall(run))
    mended = _read(run, reading)
    if mended is None or mended == run:
        return None
    gain = _score(mended, language) - _score_as_it_is(run)
    return mended if gain >= params.min_gain_per_char * damaged else None


def _read(text: str, reading: _Reading) -> str | None:
    """The text in its true encoding; None where it cannot have been read that way."""
    try:
        if reading.wrong == "windows-1252":
            raw = text.translate(_TO_LATIN_1).encode("latin-1")
        else:
            raw = text.encode("cp1251" if reading.wrong == "windows-1251" else "koi8-r")
    except UnicodeEncodeError:
        return None
    return raw.decode(reading.codec, "replace")


def _reread(run: str, reading: _Reading) -> str:
    """A run in its true encoding, as it is where it cannot be damaged."""
    return (_read(run, reading) if _RUN[reading.wrong][1].search(run) else None) or run


def _score(text: str, language: str) -> float:
    """Log probability of a text in a language."""
    return sum(map(_costs(language), text)) + _CASE_BREAK_COST * len(_CASE_BREAK.findall(text))


def _score_as_it_is(text: str) -> float:
    """Log probability of a text as the Latin or Cyrillic text that it seems to be."""
    high, pairs = len(_HIGH_CHAR.findall(text)), len(_HIGH_PAIR.findall(text))
    letters = _CYRILLIC_LETTER.findall(text)
    score = (high - pairs) * _LATIN_ALONE + pairs * _LATIN_IN_RUN + (len(text) - high - len(letters)) * _ASCII
    if letters:
        score += sum(map(_costs("ru"), letters)) + _CASE_BREAK_COST * len(_CASE_BREAK.findall(text))
    return score


@lru_cache(maxsize=16)
def _costs(language: str) -> Callable[[str], float]:
    """The log probability of a character in a language, as a function that remembers."""
    listed, script, known = LOG_PROBABILITY[language], SCRIPTS[language], dict(LOG_PROBABILITY[language])

    def look_up(char: str) -> float:
        if char < "\x80":
            return _ASCII if char.isprintable() or char in "\t\n" else _WRONG_SCRIPT
        if char.lower() in listed:
            return listed[char.lower()] + _CAPITAL
        if any(first <= char <= last for first, last in script):
            return UNSEEN
        return _MARK if char in _MARKS else _WRONG_SCRIPT

    def cost(char: str) -> float:
        found = known.get(char)
        if found is None:
            found = known[char] = look_up(char)
        return found

    return cost


CASES = [
    Case("Äîáðûé äåíü! Áèáëèîòåêà îòêðûòà äî øåñòè.", "Добрый день! Библиотека открыта до шести."),
    Case("äÏÂÒÙÊ ÄÅÎØ! âÉÂÌÉÏÔÅËÁ ÏÔËÒÙÔÁ ÄÏ ÛÅÓÔÉ.", "Добрый день! Библиотека открыта до шести.", note="KOI8"),
    Case(
        "дПВТЩК ДЕОШ! вЙВМЙПФЕЛБ ПФЛТЩФБ ДП ЫЕУФЙ.",
        "Добрый день! Библиотека открыта до шести.",
        note="KOI8 read as windows-1251",
    ),
    Case("Ç âéâëéïèÞêç ôïõ ëéìáíéïý áíïßãåé îáíÜ ôï ÓÜââáôï.", "Η βιβλιοθήκη του λιμανιού ανοίγει ξανά το Σάββατο."),
    Case("äñôøééä ìéã äðîì ðôúçú îçãù áéåí øàùåï ááå÷ø.", "הספרייה ליד הנמל נפתחת מחדש ביום ראשון בבוקר."),
    Case("ÊÝÊÍ ÇáãßÊÈÉ ÇáÞÑíÈÉ ãä ÇáãíäÇÁ ÃÈæÇÈåÇ ÕÈÇÍ ÇáÓÈÊ.", "تفتح المكتبة القريبة من الميناء أبوابها صباح السبت."),
    Case("ËéÍ§ÊÁØ´ÃÔÁ¹éÓà»Ô´ÍÕ¡¤ÃÑé§ÇÑ¹àÊÒÃì¹Õé", "ห้องสมุดริมน้ำเปิดอีกครั้งวันเสาร์นี้"),
    Case("¸Û¿ÚÍ¼Êé¹Ý½«ÓÚ±¾ÖÜÁùÖØÐÂ¿ª·Å£¬»¶Ó\u00ad¶ÁÕß¡£", "港口图书馆将于本周六重新开放，欢迎读者。"),
    Case("´ä¤f¹Ï®ÑÀ]±N©ó¥»¶g¤»\u00ad«·s¶}©ñ¡AÅwªïÅªªÌ¡C", "港口圖書館將於本週六重新開放，歡迎讀者。"),
    Case("\x8d`‚Ì\x90}\x8f‘ŠÙ‚Í“y—j“ú‚É‚Ó‚½‚½‚ÑŠJŠÙ‚µ‚Ü‚·\x81B", "港の図書館は土曜日にふたたび開館します。"),
    Case("¹Á¤Î¿Þ½ñ´Û¤ÏÅÚÍËÆü¤Ë¤Õ¤¿¤¿¤Ó³«´Û¤·¤Þ¤¹¡£", "港の図書館は土曜日にふたたび開館します。"),
    Case("Ç×±¸ µµ¼\u00ad°üÀÌ Åä¿äÀÏ¿¡ ´Ù½Ã ¹®À» ¿±´Ï´Ù.", "항구 도서관이 토요일에 다시 문을 엽니다."),
    Case(
        "港口新闻“今日”要点\n¸Û¿ÚÍ¼Êé¹Ý½«ÓÚ±¾ÖÜÁùÖØÐÂ¿ª·Å",
        "港口新闻“今日”要点\n港口图书馆将于本周六重新开放",
        note="only some lines are damaged",
    ),
    Case(
        "«Été indien» à Orléans… où êtes-vous, Noël? ¡Olé! ©®™", "«Été indien» à Orléans… où êtes-vous, Noël? ¡Olé! ©®™"
    ),
    Case("ÄÖÜäöüß ÅØÆåøæ ÀÁÂÃàáâã", "ÄÖÜäöüß ÅØÆåøæ ÀÁÂÃàáâã", note="a list of letters"),
    Case("сайт iPhone, МГУ и кафеМИР", "сайт iPhone, МГУ и кафеМИР"),
    Case(
        "Broken text in the wild\n\nÏðèâåò, êàê äåëà ñåãîäíÿ? is Cyrillic in windows-1251.\nAsk for the charset.\nThen fix it.",
        "Broken text in the wild\n\nÏðèâåò, êàê äåëà ñåãîäíÿ? is Cyrillic in windows-1251.\nAsk for the charset.\nThen fix it.",
    ),
]
