"""Latin text whose code page was taken for the Western one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import filterfalse
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
from numba import njit
from pydantic import Field

from pipeline.repair._edits import names_encodings, trimmed
from pipeline.step import Case, Edit, Page, Params, step
from pipeline.utf8 import code_at


class LatinCodepage(Params):
    """When a page counts as misread."""

    min_letters: int = Field(4, description="misread letters that the page must have at least")
    min_words: int = Field(4, description="different common words of the language that it must have")


class _Language(NamedTuple):
    """A language with letters that windows-1252 does not have; words as they are after the repair."""

    code: str
    codecs: tuple[str, ...]
    letters: str
    words: frozenset[str]


def _language(code: str, codecs: str, letters: str, words: str) -> _Language:
    return _Language(
        code,
        tuple(codecs.split()),
        letters + letters.upper() + ("İ" if "ı" in letters else ""),
        frozenset(words.split()),
    )


# The commonest words that are not common in English, French or Spanish too.
_LANGUAGES = (
    _language("tr", "cp1254", "çğıöşüâîû", "ve bir bu ile için çok daha olan olarak gibi kadar sonra var değil yıl ama göre her şey iki ancak şu bunu oldu ise yeni"),
    _language("pl", "cp1250 iso8859-2", "ąćęłńóśźż", "w z na nie się jest że od po za przez dla oraz jak był są ale tym jego roku który już tylko tam więc które jeszcze być można"),
    _language("cs", "cp1250 iso8859-2", "áčďéěíňóřšťúůýž", "v na se je že s z pro za jako ale po byl jsou které jeho však nebo také při roku když už která který protože není aby jen ještě podle"),
    _language("sk", "cp1250 iso8859-2", "áäčďéíľňóôšťúýž", "v na sa je že s z pre za ako ale po bol sú ktoré jeho však alebo aj pri roku keď už ktorá ktorý pretože nie aby len ešte podľa"),
    _language("hu", "cp1250 iso8859-2", "áéíóöőúüű", "az és hogy nem egy van meg csak volt már még el minden vagy mint ez kell mert ahol akkor lesz amely között után"),
    _language("ro", "cp1250 iso8859-2", "ăâîşţ", "şi în cu pe nu care din este sunt mai pentru că să sau prin au fost iar unui acest această după dar"),
    _language("hr", "cp1250 iso8859-2", "čćđšž", "je na se da su za od koji što kao iz ne koja bi ali nije godine te koje već još samo nakon prema"),
    _language("sl", "cp1250 iso8859-2", "čšž", "je na se za da so ki bi ne po tudi kot ali pri ter leta lahko ni več še že ker bo"),
    _language("lt", "cp1257", "ąčęėįšųūž", "ir į kad su iš yra tai kaip bet jo ar po nuo per už dėl apie savo jau tik buvo prie kuris kurie"),
    _language("lv", "cp1257", "āčēģīķļņšūž", "un ir uz kas ka lai pie bet tas arī vai kā tika pēc gada par ar no jau tikai bija viņš kur var"),
)  # fmt: skip

# For one letter that the language does not have there must be so many of its own.
_MOST_FOREIGN = 5
_WORD = re.compile(r"[^\W\d_]+")
_WESTERN = {bytes([b]).decode("cp1252", "replace"): b for b in range(0x80, 0x100) if b not in b"\x81\x8d\x8f\x90\x9d"}
_WESTERN_LETTERS = "".join(char for char in _WESTERN if char.isalpha() and char not in "ªºµ")


def _table(codec: str, letters: str | None) -> dict[str, str]:
    """Western character -> what the same byte is in the code page, for these letters or for all.

    Bytes 80..9F may have been read as the controls of Latin-1: then quotes and dashes are to be mended too.
    """
    table = {}
    for byte in range(0x80, 0x100):
        true = bytes([byte]).decode(codec, "replace")
        for char in {bytes([byte]).decode("cp1252", "replace"), chr(byte)}:
            is_control = char < "\xa0" and true >= "\xa0" and true != "\ufffd"
            if char != "\ufffd" and true != char and (is_control or (true in letters if letters else true.isalpha())):
                table[char] = true
    return table


class _Finder:
    """Finds letters anywhere, signs only where the letter could be: by³, ¿ycie, ©koda, but not m³, 1º and Co®."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table
        self._letters, small, capital = {}, "", ""
        for char, true in table.items():
            if char < "\xa0" or (char.isalpha() and char not in "ªºµ"):
                self._letters[ord(char)] = true
            elif true.islower():
                small += char
            else:
                capital += char
        self._signs = small + capital
        not_unit = r"(?!(?:(?<=\bm)[²³]|(?<=\b[cdkn]m)[²³]|(?<=\b[nN])º)(?![^\W\d_]))"
        kinds = [f"[{''.join(map(chr, self._letters))}]"] if self._letters else []
        if small:
            kinds += [
                rf"(?<=[^\W\d_]){not_unit}[{small}]",
                rf"(?<=[{small}])[{small}]",
                rf"(?<!\w)[{small}](?=[a-zß-ÿ{small}])",
            ]
        if capital:
            kinds += [rf"(?<!\w)[{capital}](?=[a-zß-ÿ{small}])", rf"(?<=[A-ZÀ-Þ])[{capital}](?=[A-ZÀ-Þ])"]
        self._pattern = re.compile("|".join(kinds))

    def count(self, text: str) -> int:
        """How many there are."""
        return len(self._pattern.findall(text))

    def mend(self, text: str) -> str:
        """The text with what they should be in their places."""
        if any(map(text.__contains__, self._signs)):
            return _mend(self._pattern, self._table, text)
        return text.translate(self._letters)


class _Swap(NamedTuple):
    language: _Language
    codec: str
    found: _Finder
    """The misread letters of the language: the evidence."""
    own: frozenset[str]
    foreign: frozenset[str]
    native: re.Pattern[str] | None
    all: _Finder
    """All misread letters, those of foreign names too."""


def _swap(language: _Language, codec: str) -> _Swap:
    own, full = _table(codec, language.letters), _table(codec, None)
    foreign = frozenset(char for char in _WESTERN_LETTERS if char not in own and char not in language.letters)
    native = "".join(char for char in language.letters if char not in _WESTERN and not char.isascii())
    return _Swap(
        language, codec, _Finder(own), frozenset(own), foreign, re.compile(f"[{native}]") if native else None, _Finder(full)
    )  # fmt: skip


_SWAPS = tuple(_swap(language, codec) for language in _LANGUAGES for codec in language.codecs)

# Of each character, to which swaps it is a letter of their own, and to which a foreign one.
_CODES = np.array(sorted({*map(ord, _WESTERN), *range(0x80, 0xA0)}))
_MEMBERS = np.array(
    [[chr(code) in swap.own for swap in _SWAPS] + [chr(code) in swap.foreign for swap in _SWAPS] for code in _CODES],
    int,
)
_EVIDENCE = sorted({char for swap in _SWAPS for char in swap.own})
_SIGNS = "".join(char for char in _EVIDENCE if char >= "\xa0" and (not char.isalpha() or char in "ªºµ"))
_NAMES = {"cp1250": "windows-1250", "cp1254": "windows-1254", "cp1257": "windows-1257", "iso8859-2": "iso-8859-2"}

_ASCII = bytes(range(0x80))
# Letters and the like that count wherever they stand, by code point.
_IS_HIGH = np.zeros(_CODES[-1] + 1, int)
_IS_HIGH[[*map(ord, _WESTERN_LETTERS + "„†”‚"), *range(0x80, 0xA0)]] = 1
_SIGN = re.compile(f"[{_SIGNS}]")
_SIGN_IN_WORD = re.compile(rf"[{_SIGNS}](?:(?<=[^\W\d_][{_SIGNS}])|(?=[a-zß-ÿ]))")

# Letters of the DOS code pages, read as Latin-1: controls; the commonest of them also as windows-1252.
_DOS = {chr(0x80 + i): char for i, char in enumerate("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ")} | dict(
    zip("‚„†”", "éäåö", strict=True)
)
_DOS_CHARS = "".join(_DOS)
_DOS_CODES = np.array(list(map(ord, _DOS)))
_DOS_LETTER = re.compile(f"(?<=[A-Za-zß-ÿ{_DOS_CHARS}])[{_DOS_CHARS}]|[{_DOS_CHARS}](?=[A-Za-zß-ÿ{_DOS_CHARS}])")
# What stands between two letters there and is no apostrophe, dash or ellipsis in windows-1252.
_DOS_SURE = re.compile("(?<=[A-Za-z])[\u0081-\u0084\u0086-\u008b\u008e-\u0090\u0094\u0099„†”](?=[A-Za-z])")
_MIN_DOS, _MIN_DOS_SHARE = 4, 0.4
# Of each character that counts: its row in _MEMBERS, and what it is besides.
_ROWS = np.full(_CODES[-1] + 1, -1, np.int16)
_ROWS[_CODES] = np.arange(len(_CODES))
_IS_SIGN, _IS_DOS = 1, 2
_KINDS = np.array(
    [_IS_SIGN * (chr(code) in _SIGNS) | _IS_DOS * bool(_DOS_SURE.match(f"a{chr(code)}a", 1)) for code in _CODES],
    np.uint8,
)


def _may_be_misread(texts: pa.Array) -> np.ndarray:
    """Of each text, whether it has letters of DOS between others, or letters of a language without many foreign ones."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset)
    text = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return cast(np.ndarray, _look(text, bounds, _ROWS, _KINDS, _MEMBERS))


@njit(cache=True)
def _look(text, bounds, rows, kinds, members):  # type: ignore[no-untyped-def]
    may = np.zeros(len(bounds) - 1, np.bool_)
    counts = np.zeros(len(members), np.int64)
    swaps = members.shape[1] // 2
    for k in range(len(may)):
        start, stop = bounds[k], bounds[k + 1]
        counts[:] = 0
        dos = 0
        at = start
        while at < stop:
            byte = np.int64(text[at])
            if byte < 0x80:
                at += 1
                continue
            before = text[at - 1] if at > start else np.uint8(0x20)
            code, size = code_at(text, at)
            at += size
            if code >= len(rows) or rows[code] < 0:
                continue
            row = rows[code]
            after = text[at] if at < stop else np.uint8(0x20)
            if kinds[row] & _IS_DOS and 0x61 <= before | 0x20 <= 0x7A and 0x61 <= after | 0x20 <= 0x7A:
                dos += 1
            # Signs count within words; all that is not ASCII may be a letter.
            if kinds[row] & _IS_SIGN and not (before | 0x20 >= 0x61 or after | 0x20 >= 0x61):
                continue
            counts[row] += 1
        may[k] = dos >= _MIN_DOS
        for swap in range(swaps):
            found = foreign = np.int64(0)
            for n in range(len(members)):
                if counts[n]:
                    found += counts[n] * members[n, swap]
                    foreign += counts[n] * members[n, swaps + swap]
            may[k] |= found > 0 and foreign * _MOST_FOREIGN <= found
    return may


@step("repair.latin_codepage", version=2, params=LatinCodepage, gate=_may_be_misread)
def latin_codepage(page: Page, params: LatinCodepage) -> Iterator[Edit]:
    """Undoes Turkish, Central European and Baltic text read as Western: Ýstanbul, siê, pøíklad, ºi; and DOS letters.

    Only letters of the language may come out and hardly a letter that it does not have may be left over; the page must
    have its most common words. A line that has sound letters of the language is left as it is.
    """
    text = page.text
    beyond = text.encode("utf-8", "ignore").translate(None, _ASCII).decode()
    codes = np.frombuffer(beyond.encode("utf-32-le"), np.uint32)
    high = np.bincount(codes[codes < len(_IS_HIGH)], minlength=len(_IS_HIGH)) * _IS_HIGH
    if _SIGN.search(beyond):
        for sign in _SIGN_IN_WORD.findall(text):
            high[ord(sign)] += 1
    dos = high[_DOS_CODES].sum()
    if dos >= _MIN_DOS and len(_DOS_SURE.findall(text)) >= max(_MIN_DOS, _MIN_DOS_SHARE * dos):
        for i, line in enumerate(page.lines):
            if not line.isascii():
                mended = _mend(_DOS_LETTER, _DOS, line)
                yield from _word_edits(page.starts[i], line, mended, "dos", "ibm850 read as windows-1252")
        return
    swap = _choose(text, high, params)
    if swap is None or names_encodings(text) >= 2:
        return
    evidence = f"{_NAMES[swap.codec]} read as windows-1252"
    for i, line in enumerate(page.lines):
        if line.isascii() or (swap.native and swap.native.search(line)):
            continue
        if sum(map(swap.foreign.__contains__, line)) > swap.found.count(line):
            continue
        mended = swap.all.mend(line)
        yield from _word_edits(page.starts[i], line, mended, swap.language.code, evidence)


# Share of these words in running text: 0.08 in Turkish, 0.1 and more in the others; one word each from French, English
# and so on stays below 0.03.
_MIN_COMMON = 0.04


def _choose(text: str, high: np.ndarray, params: LatinCodepage) -> _Swap | None:
    best, best_score = None, 0
    plain: Counter[str] | None = None
    suspect = ""
    counts = high[_CODES] @ _MEMBERS
    for swap, found, foreign in zip(_SWAPS, *counts.reshape(2, -1).tolist(), strict=True):
        if found < params.min_letters or foreign * _MOST_FOREIGN > found:
            continue
        if plain is None:
            # Only words that are not ASCII change, and what becomes of a word does not depend on the next.
            words = text.split(" ")
            plain = Counter(_words(" ".join(filter(str.isascii, words))))
            suspect = " ".join(filterfalse(str.isascii, words))
        mended = _words(swap.found.mend(suspect))
        known = swap.language.words
        common = known.intersection(mended) | known.intersection(plain)
        score = 10 * (found - 3 * foreign) + len(common)
        count = sum(map(known.__contains__, mended)) + sum(plain[word] for word in common)
        if len(common) < params.min_words or count < _MIN_COMMON * (plain.total() + len(mended)):
            continue
        if score > best_score:
            best, best_score = swap, score
    return best


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _mend(found: re.Pattern[str], table: dict[str, str], text: str) -> str:
    return found.sub(lambda match: table[match[0]], text)


_TOKEN = re.compile(r"\S+")


def _word_edits(start: int, line: str, mended: str, label: str, evidence: str) -> Iterator[Edit]:
    """One edit per word: both texts have the same length."""
    for word in _TOKEN.finditer(line) if mended != line else ():
        after = mended[word.start() : word.end()]
        if after != word[0]:
            yield from trimmed(start + word.start(), word[0], after, label, evidence)


CASES = [
    Case(
        "Ýlkbahar geldi ve köydeki aðaçlar çiçek açtý. Çocuklar bu yýl daha çok bir þey görmek için ýrmaða iniyor.",
        "İlkbahar geldi ve köydeki ağaçlar çiçek açtı. Çocuklar bu yıl daha çok bir şey görmek için ırmağa iniyor.",
    ),
    Case(
        "Ýstasyonun IIII numaralý kapýsý bu yýl için açýldý, ama þehir daha çok yolcu bekliyor.\nYazan: Irmak Þýk",
        "İstasyonun IIII numaralı kapısı bu yıl için açıldı, ama şehir daha çok yolcu bekliyor.\nYazan: Irmak Şık",
        note="a capital I is in every encoding",
    ),
    Case(
        "Na przystani nie by³o ju¿ nikogo, ale ³ódŸ jeszcze siê ko³ysa³a. Przez ca³¹ noc wia³ wiatr od morza, który ucich³ po œwicie.",
        "Na przystani nie było już nikogo, ale łódź jeszcze się kołysała. Przez całą noc wiał wiatr od morza, który ucichł po świcie.",
    ),
    Case(
        "Na námìstí je podle starosty málo stromù, a proto se v pøí¹tím roce vysadí dal¹í lípy. Také u øeky pøibude zeleò, která byla pøi opravì pokácena.",
        "Na náměstí je podle starosty málo stromů, a proto se v příštím roce vysadí další lípy. Také u řeky přibude zeleň, která byla při opravě pokácena.",
        note="ISO 8859-2",
    ),
    Case(
        "Az erdõ szélén egy kis ház áll, és az ajtaja nem zárható. A gyerekek azt mondják, hogy csak az õr tudja, mi van a fûtött szobában. Elõbb-utóbb kijön.",
        "Az erdő szélén egy kis ház áll, és az ajtaja nem zárható. A gyerekek azt mondják, hogy csak az őr tudja, mi van a fűtött szobában. Előbb-utóbb kijön.",
    ),
    Case(
        "Prie upës yra senas malûnas, kuris jau nebeveikia. Þmonës sako, kad já uþ metø atstatys, bet kaip ir ið ko, niekas neþino.",
        "Prie upės yra senas malūnas, kuris jau nebeveikia. Žmonės sako, kad jį už metų atstatys, bet kaip ir iš ko, niekas nežino.",
    ),
    Case(
        "D\x86 gick b\x86ten ut p\x86 sj\x94n och alla v\x84ntade p\x86 v\x86ren.",
        "Då gick båten ut på sjön och alla väntade på våren.",
        note="the code page of DOS",
    ),
    Case(
        "Það var kalt í veðri þegar Þórður og Ýmir gengu á fjallið, en þeir sáu ekki neitt.",
        "Það var kalt í veðri þegar Þórður og Ýmir gengu á fjallið, en þeir sáu ekki neitt.",
        note="Icelandic has these letters",
    ),
    Case(
        "Après la fête, les élèves sont allés où la forêt s'arrête; la mère de Zoë les a suivis à vélo.",
        "Après la fête, les élèves sont allés où la forêt s'arrête; la mère de Zoë les a suivis à vélo.",
    ),
    Case("Lüks® ve Co©, 12 m³ su, 1º kat, ²³¹", "Lüks® ve Co©, 12 m³ su, 1º kat, ²³¹"),
    Case("Yılbaşı için değil, her yıl olduğu gibi Ýzmir'de.", "Yılbaşı için değil, her yıl olduğu gibi Ýzmir'de."),
]
