"""The step describe.language."""

from __future__ import annotations

import re

from pipeline.describe._lang_script import dominant
from pipeline.describe._lang_voices import Verdict, ask_cld2, langdetect, langid, weigh
from pipeline.describe.script import counted
from pipeline.step import Case, Page, step

# Tokens that look like words and say nothing of the language: addresses, file names, code, numbers.
_NO_WORD = re.compile(r"[\d_@#/\\<>{}=$|]|\w[.:;(\[]\w|&\w+;|^www\.|\w{40}")

# Soft hyphens and zero-width characters part words that are none.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")

# A script that (nearly) one language of today is written in.
_ALONE = {"Jpan": "ja", "Kore": "ko", "Thai": "th", "Grek": "el", "Armn": "hy", "Guru": "pa", "Gujr": "gu", "Orya": "or",
          "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Laoo": "lo", "Khmr": "km", "Thaa": "dv",
          "Cher": "chr", "Geor": "ka", "Mymr": "my"}  # fmt: skip
_CHINESE = ("Hani", "Hans", "Hant")
# Letters that the language of the script does without, and its relatives in the same script need: Mingrelian and Svan;
# Shan, Mon, Karen and others.
_FOREIGN = {
    "Geor": re.compile(r"[\u10f1-\u10ff]"),
    "Mymr": re.compile(r"[\u1022\u1028\u1033-\u1035\u1050-\u1055\u105a-\u109f]"),
}
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u02ff\u1d00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06]+")

# The text that the voices hear: pieces of this many characters, spread evenly over the page.
_PIECES, _PIECE = 5, 240
# langid and langdetect cost about ten times as much as cld2 per character, so they hear the middle of that only.
_SECOND = 300
# Languages of which the web has most. Where cld2's evidence for one of them is this dense in this many letters it decides
# alone: of 155 texts in common languages none was wrong, of 819 in other languages 10 passed for one of these (Nigerian
# Pidgin for English five times, Finnish and Turkish relatives).
_MAJOR = frozenset(
    ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr", "vi", "cs", "sv", "hu", "ro", "fi", "da", "el", "bg", "uk", "id",
     "sk", "lt", "he", "ar", "hi"]
)  # fmt: skip
_DENSE, _DENSE_LETTERS, _DENSE_SHARE = 800, 150, 0.9
# What it takes to be known (see `_is_known`): fit and density in a short text and in a long one. Prose full of names and
# quotations fits less well, and few unknown languages resemble one of the major ones, so these may fit worse. The
# numbers were chosen on all labelled texts: no part was held out for them.
_SHORT, _SHORT_FIT = 30, -1.0
_LONG, _LONG_KNOWN = 150, {False: (-0.12, 400), True: (-0.4, 250)}
_LONE_SCORE = 0.3
# Fewer letters than this name no language; a Han, kana or Hangul character counts as two.
_FEW = 10


@step("describe.language", version=1)
def language(page: Page, _: object) -> dict[str, object]:
    """The language that most of the page is written in, and how sure that is.

    ISO 639-1 where there is one, else 639-3; left out where no language can be told: no letters, no words (addresses,
    code), or a language that the detectors do not know. Norwegian is `no`, Filipino `tl`, both Chinese scripts `zh`.
    cld2 decides alone where its evidence is dense; else py3langid and langdetect's profiles are heard too.
    """
    counts, text = counted(page)
    found, score = tell(text, counts)
    return {"language": found, "language_score": round(score, 2)} if found else {}


def tell(text: str, counts: dict[str, int]) -> tuple[str | None, float]:
    """The language of a text and its probability, or (None, 0.0); `counts` are its letters per script."""
    script = dominant(counts, text)
    total = sum(counts.values()) + sum(counts.get(name, 0) for name in ("Hani", "Kana", "Hang"))
    if script is None or total < (_FEW if script not in _ALONE else 4):
        return None, 0.0
    name = _ALONE.get(script)
    if name:
        if script in _FOREIGN and 200 * len(_FOREIGN[script].findall(text)) > counts[script]:
            return None, 0.0
        return name, 1.0
    if script in _CHINESE and total >= 60:
        return "zh", 1.0
    heard = _sample(text, script)
    n = len(heard) - heard.count(" ")
    if n < (_FEW if script not in _CHINESE else _FEW // 2):
        return None, 0.0
    cld2 = ask_cld2(heard)
    if (
        n >= _DENSE_LETTERS
        and cld2.shares
        and cld2.shares[0][0] in _MAJOR
        and cld2.shares[0][1] >= _DENSE_SHARE
        and cld2.density >= _DENSE
    ):
        return cld2.shares[0][0], 1.0
    middle = max(0, (len(heard) - _SECOND) // 2)
    short = heard[middle : middle + _SECOND]
    first = langid().ask(short)
    verdict = weigh(cld2, first, None)
    if not verdict.agree:
        verdict = weigh(cld2, first, langdetect().ask(short))
    if not verdict.language or first is None or not _is_known(n, verdict, first.fit, cld2.density):
        return None, 0.0
    return verdict.language, verdict.score


def _is_known(n: int, verdict: Verdict, fit: float, density: float) -> bool:
    """Whether a text of `n` letters is in the language that the voices lean to, not in one that none of them knows.

    The more there is to read, the closer it must fit and the more they must agree.
    """
    if not verdict.agree and (n >= _LONG or verdict.score < _LONE_SCORE):
        return False
    long_fit, long_density = _LONG_KNOWN[verdict.language in _MAJOR]
    share = min(max((n - _SHORT) / (_LONG - _SHORT), 0.0), 1.0)
    return fit >= _SHORT_FIT + share * (long_fit - _SHORT_FIT) and density >= (long_density if n >= _LONG else 0)


def _sample(text: str, script: str) -> str:
    """Up to 1,200 characters of a text for the voices: prose of the main script only."""
    if len(text) > _PIECES * _PIECE * 3 // 2:
        stride = (len(text) - _PIECE) // (_PIECES - 1)
        pieces = [text[k * stride : k * stride + _PIECE] for k in range(_PIECES)]
        # A word cut in two is no word.
        pieces = [
            piece.split(maxsplit=1)[-1].rsplit(maxsplit=1)[0] if piece.count(" ") > 3 else piece for piece in pieces
        ]
        text = "\n".join(pieces)
    text = _INVISIBLE.sub("", text)
    text = (_NOT_LATIN if script == "Latn" else _LATIN).sub(" ", text)
    if script not in _CHINESE:
        # Letters alone, and not too many, are a word: most are told without the pattern.
        words = [w for w in text.split() if (w.isalpha() and len(w) < 40) or not _NO_WORD.search(w)]
        text = " ".join(words)
    return text


CASES = [
    Case(
        "The harbour office opens at nine and the first ferry leaves half an hour later.",
        {"language": "en", "language_score": 0.94},
    ),
    Case(
        "Das Hafenamt öffnet um neun, und die erste Fähre legt eine halbe Stunde später ab.",
        {"language": "de", "language_score": 0.94},
    ),
    Case(
        "Портовая контора открывается в девять, а первый паром отходит через полчаса.",
        {"language": "ru", "language_score": 0.94},
    ),
    Case(
        "Портова контора відчиняється о дев'ятій, а перший пором відходить за пів години.",
        {"language": "uk", "language_score": 0.94},
    ),
    Case("港务处九点开门，半小时后第一班渡轮离港，乘客要提前买票。", {"language": "zh", "language_score": 0.79}),
    Case("港の事務所は九時に開き、三十分後に最初の船が出る。", {"language": "ja", "language_score": 1.0}),
    Case(
        "يفتح مكتب الميناء أبوابه في التاسعة، وتغادر أول عبارة بعد نصف ساعة.",
        {"language": "ar", "language_score": 0.86},
    ),
    Case("बंदरगाह का दफ़्तर नौ बजे खुलता है और पहली नाव आधे घंटे बाद निकलती है।", {"language": "hi", "language_score": 0.94}),
    Case(
        "Văn phòng cảng mở cửa lúc chín giờ và chuyến phà đầu tiên rời bến nửa giờ sau.",
        {"language": "vi", "language_score": 0.94},
    ),
    Case(
        "Bukas ang tanggapan ng pantalan nang alas-nuwebe at aalis ang unang lantsa pagkaraan ng kalahating oras.",
        {"language": "tl", "language_score": 0.94},
    ),
    Case(
        "Havnekontoret åpner klokka ni, og den første ferga går en halvtime seinere enn før.",
        {"language": "no", "language_score": 0.82},
    ),
    Case("ท่าเรือเปิดเวลาเก้าโมง", {"language": "th", "language_score": 1.0}),
    Case(
        "https://www.pier.example/a?b=c info@pier.example 12:30 100 %", {}, note="addresses and numbers are no language"
    ),
    Case("for (int i = 0; i < n; i++) { total_sum += list_of[i]; }", {}, note="code"),
    Case("🙂🙃 !!! 2024", {}, note="no letters"),
    Case("JFK LAX SFO ORD DFW ATL", {}, note="no words"),
]
