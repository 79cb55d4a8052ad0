"""A folded copy of a text to look for spam in: lower case, no accents, no disguises.

Only the copy is folded. Its offsets lead back to the text, so that an edit can say where in the text it is. What a
character becomes and of what kind it is stands in `_spam_fold.npz`, so that it is the same under every version of
Python and Unicode: `python -m pipeline.clean._spam_fold` writes it anew.
"""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.utf8 import code_at

STORED = Path(__file__).with_name("_spam_fold.npz")


class Folded(NamedTuple):
    """A folded copy; character `i` of it stands for character `at[i]` of the text."""

    text: str
    at: NDArray[np.int32]
    forms: NDArray[np.uint32]
    """Its characters as entries of `Characters.forms`."""

    def where(self, i: int) -> int:
        """The offset in the text of a character of the copy."""
        return int(self.at[i])


class Characters(NamedTuple):
    """What the loops look up."""

    forms: NDArray[np.uint32]
    """For each character its folded form, and in the bits above what kind it is; GONE for those that are left out."""
    latin: NDArray[np.uint32]
    """The Latin letter that a letter of another alphabet looks like, counted from FIRST_ALIKE; 0 where there is none."""
    other: NDArray[np.uint32]
    """The Cyrillic letter that each of a to z looks like, itself where there is none."""


# Of an entry in `forms` the lower bits are the character. The bits above say of what kind it is when folded:
CODE = 0x1FFFFF
WORD, DIGIT, SPACE = 1 << 21, 1 << 22, 1 << 23
FREE = (
    1 << 24
)  # a term may begin here in the midst of others: no spaces are written between words, or particles hang on
LETTER = 1 << 25  # a to z
ALIKE = 1 << 26  # a letter of an alphabet that has letters which look like Latin ones
FOR_LETTER = 1 << 27  # a digit that may stand for a letter
# and of what kind it was before:
NAMES = 1 << 28  # a letter or a digit
ALONE = 1 << 29  # a letter, which may stand alone between others
PACKED = 1 << 30  # of a script in which nothing stands between two characters
GONE = 0xFFFFFFFF
FIRST_ALIKE = 0x3B0
LAST_LETTER = 0x323B0  # behind the tables there are Chinese characters up to here

# Scripts in which a term may stand anywhere: no spaces between words, or particles and vowel signs that hang on.
FREE_SCRIPTS = "\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"


def _pairs(text: str) -> dict[int, str]:
    """Each first character of a pair stands for the second one."""
    return {ord(a): b for a, b in zip(text[::2], text[1::2], strict=True)}


# Traditional characters of the vocabulary and their Simplified forms.
TRADITIONAL = _pairs(
    "國国亞亚歐欧韓韩區区線线觀观視视頻频費费電电無无碼码黃黄級级樂乐網网娛娱體体門门龍龙劇剧場场畫画軟软載载員员註注冊册錄录"
    "遊游戲戏機机賭赌賽赛車车開开獎奖結结資资訊讯貸贷發发票票辦办證证貨货復复複复製制論论業业碩硕亂乱倫伦婦妇熱热愛爱絲丝襪袜傳传"
    "東东內内強强姦奸學学習习約约單单雙双號号優优驗验現现錢钱銀银財财務务導导航航盤盘補补獲获際际園园館馆聯联絡络點点擊击鏈链鍵键"
    "詞词廣广產产語语來来對对後后話话臺台灣湾麗丽嬌娇歡欢貓猫魚鱼豐丰鴻鸿達达運运動动壇坛會会廳厅請请問问關关係系統统計计劃划"
    "訂订閱阅讀读購购買买賣卖價价偽伪錶表題题條条頭头紅红藥药術术兒儿媽妈頁页彈弹遙遥攝摄誘诱濕湿潤润歲岁師师"
)
# Letters that Unicode does not decompose, and the small capitals of neon-sign spam.
_LETTERS = _pairs("ıiİiłlŁlđdĐdøoØoßsæaÆaœoŒoðdÐdςσᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz")
_ARABIC = _pairs("أاإاآاٱاىيیيکكةهۀهہه")
# What stands between the words of a keyword.
_SPACES = dict.fromkeys(map(ord, "_-\u2010\u2011\u00a0\u3000\u2007\u202f\t"), " ")
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u064b-\u0652\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
# Letters of other alphabets that look like Latin ones, and the way back.
_TO_LATIN = _pairs("аaеeоoрpсcхxуyіiѕsјjкkмmнhтtгrвbαaεeοoρpχxυuιiκkνvτtβbηn")
_TO_CYRILLIC = _pairs("aаeеoоpрcсxхyуkкmмhнtтbв")


def build() -> Characters:
    """The tables, from what this version of Python knows of Unicode."""
    changed = _changed()
    forms = np.empty(0x20000, np.uint32)
    free = re.compile(f"[{FREE_SCRIPTS}]")
    for code in range(len(forms)):
        char = chr(code)
        lower = char.lower()
        form = changed.get(code, lower if len(lower) == 1 else char)
        kind = WORD * form.isalnum() | DIGIT * form.isdecimal() | SPACE * form.isspace()
        kind |= FREE * bool(free.match(form)) | LETTER * ("a" <= form <= "z") | FOR_LETTER * (form in "01345")
        kind |= ALIKE * (form in "іїєґѕј" or "а" <= form <= "я" or "α" <= form <= "ω")
        kind |= NAMES * char.isalnum() | ALONE * (char.isalnum() and not char.isdecimal())
        kind |= PACKED * ("\u3400" <= char <= "\u9fff" or "\u0e00" <= char <= "\u0e7f")
        forms[code] = ord(form) | kind
    for code in range(0x80, 0x10000):
        if _INVISIBLE.match(chr(code)):
            forms[code] = GONE
    latin = [ord(_TO_LATIN.get(FIRST_ALIKE + k, "\0")) for k in range(0x460 - FIRST_ALIKE)]
    other = [ord(_TO_CYRILLIC.get(ord("a") + k, chr(ord("a") + k))) for k in range(26)]
    return Characters(forms, np.array(latin, np.uint32), np.array(other, np.uint32))


def _changed() -> dict[int, str]:
    """What becomes of a character, where that is not just its lower case."""
    table: dict[int, str] = {}
    # Latin, Greek and Cyrillic with accents; circled, full-width, mathematical and squared letters.
    spans = [(0xC0, 0x250), (0x370, 0x530), (0x1D00, 0x1D80), (0x1E00, 0x2000), (0x2100, 0x2150), (0x2460, 0x2500)]
    for first, stop in [*spans, (0xFF01, 0xFF5F), (0x1D400, 0x1D800), (0x1F110, 0x1F18A)]:
        for code in range(first, stop):
            plain = unicodedata.normalize("NFKD", chr(code))[0].lower()
            if plain != chr(code) and plain.isprintable() and plain != " ":
                table[code] = plain[0]
    for first in (0x1F150, 0x1F170):  # the ones in black have no decomposition
        table |= {first + k: chr(ord("a") + k) for k in range(26)}
    return table | TRADITIONAL | _LETTERS | _ARABIC | _SPACES


def store() -> None:
    """Writes the tables beside this module."""
    np.savez_compressed(STORED, **build()._asdict())


@cache
def characters() -> Characters:
    """The tables as they were stored."""
    with np.load(STORED) as stored:
        return Characters(*(stored[name] for name in Characters._fields))


def fold(text: str) -> Folded:
    """The folded copy of a text, tags and entities blanked."""
    forms, at = np.empty(len(text), np.uint32), np.empty(len(text), np.int32)
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    n = fold_line(data, 0, len(data), False, *characters(), forms, at)
    if n >= 0:
        return folded_of(forms[:n], at[:n])
    joined, back = _join(text)
    data = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
    n = fold_line(data, 0, len(data), True, *characters(), forms, at)
    return folded_of(forms[:n], np.array(back, np.int32)[at[:n]])


def folded_of(forms: NDArray[np.uint32], at: NDArray[np.int32]) -> Folded:
    """The folded copy that these entries of `Characters.forms` spell, with the offset in the text of each."""
    return Folded((forms & np.uint32(CODE)).tobytes().decode("utf-32-le", "surrogatepass"), at, forms)


# Letters set apart, as a banner is written.
_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*-]{1,3}[^\W\d_](?![^\W_])){4,60}")


def _join(text: str) -> tuple[str, list[int]]:
    """The text with letters that were set apart joined again, and the offset of each character in the text."""
    gone: set[int] = set()
    for found in _APART.finditer(text):
        # Two letters with one mark between them belong together; a wider gap ends a word.
        for k in range(found.start() + 1, found.end() - 1):
            if not text[k].isalnum() and (text[k + 1] == " " or (text[k - 1].isalnum() and text[k + 1].isalnum())):
                gone.add(k)
    at = [i for i in range(len(text)) if i not in gone]
    return "".join([text[i] for i in at]), at


@njit(cache=True, nogil=True)
def _blank_tags(out, n):
    """Tags and entities become spaces."""
    blank = np.uint32(0x20 | SPACE)
    i = 0
    while i < n:
        first, j, end = out[i] & CODE, i + 1, 0
        if first == 0x3C:  # <, a letter, and > after at most 400 more
            if j < n and out[j] & CODE == 0x2F:
                j += 1
            if j < n and out[j] & LETTER:
                last = min(n, j + 402)
                j += 1
                while j < last and out[j] & CODE != 0x3C and out[j] & CODE != 0x3E and out[j] & CODE != 0x0A:
                    j += 1
                if j < last and out[j] & CODE == 0x3E:
                    end = j + 1
        elif first == 0x26:  # & and the name or number of a character
            number = j < n and out[j] & CODE == 0x23
            kind, least, most = (DIGIT, 1, 6) if number else (LETTER, 2, 8)
            j += number
            size = 0
            while j < n and size < most and out[j] & kind:
                j += 1
                size += 1
            if size >= least and j < n and out[j] & CODE == 0x3B:
                end = j + 1
        if end:
            out[i:end] = blank
            i = end
        else:
            i += 1


@njit(cache=True, nogil=True)
def _one_alphabet(out, n, forms, latin, other):
    """Words written in two alphabets get the one that can spell them; Latin where both can."""
    i = 0
    while i < n:
        stop = i
        mixed, spelt = False, True
        while stop < n and out[stop] & (LETTER | ALIKE):
            if out[stop] & ALIKE:
                k = (out[stop] & CODE) - FIRST_ALIKE
                spelt &= k < len(latin) and latin[k] != 0
            mixed |= stop > i and (out[stop] & LETTER) != (out[stop - 1] & LETTER)
            stop += 1
        if mixed:
            for k in range(i, stop):
                if spelt and out[k] & ALIKE:
                    out[k] = forms[latin[(out[k] & CODE) - FIRST_ALIKE]]
                elif not spelt and out[k] & LETTER:
                    out[k] = forms[other[(out[k] & CODE) - 0x61]]
        i = max(stop, i + 1)


@njit(cache=True, nogil=True)
def fold_line(data, start, stop, joined, forms, latin, other, out, at):
    """Fold the bytes [start, stop) of one line into `out` (entries of `forms`) and `at` (offsets in characters).

    Gives the length of the copy; what does not fit into `out` is left out. Gives -1 if letters are set apart in the
    line: such a text has to be joined first, which `joined` says has been done.
    """
    n = i = 0
    p = start
    before = np.uint32(0)  # what stood before, in the line itself
    length = singles = gap = 0  # characters of the word, one-letter words in a row, marks since the last word
    tags = mixed = digits = False
    while p < stop and i < len(out):
        code, size = code_at(data, p)
        p += size
        if code < len(forms):
            entry = forms[code]
        else:
            entry = np.uint32(code | (WORD | NAMES | ALONE if code < LAST_LETTER else 0))
        visible = entry != GONE
        if visible and entry & NAMES:
            length = 1 if length == 0 and entry & ALONE else 2
        else:
            if length == 1:
                singles += 1
                if singles == 5 and not joined:
                    return -1
            elif length:
                singles = 0
            gap = 1 if length else gap + 1
            length = 0
            mark = code == 0x2A or code == 0x2D or code == 0x2E
            if gap > 3 or not (mark or code == 0x20):
                singles = 0
            if (mark or code == 0xB7 or code == 0x2022) and before & PACKED and p < stop:
                following, _ = code_at(data, p)
                if following < len(forms) and forms[following] != GONE and forms[following] & PACKED:
                    before = np.uint32(0)
                    i += 1
                    continue
        before = entry if visible else np.uint32(0)
        if visible:
            out[n] = entry
            at[n] = i
            tags |= entry & CODE == 0x3C or entry & CODE == 0x26
            if n:
                last = out[n - 1]
                mixed |= (entry & LETTER and last & ALIKE) or (entry & ALIKE and last & LETTER)
                digits |= (entry & FOR_LETTER) != 0 and (last & (LETTER | ALIKE)) != 0
            n += 1
        i += 1
    if length == 1 and singles == 4 and not joined:
        return -1
    if tags:
        _blank_tags(out, n)
    if mixed:
        _one_alphabet(out, n, forms, latin, other)
    if digits:
        # One or two digits between letters stand for letters.
        for k in range(1, n - 1):
            if out[k] & FOR_LETTER and out[k - 1] & LETTER:
                two = out[k + 1] & FOR_LETTER and k + 2 < n
                if out[k + 2 if two else k + 1] & LETTER:
                    for m in range(k, k + 2 if two else k + 1):
                        digit = out[m] & CODE
                        for d, letter in ((0x30, 0x6F), (0x31, 0x69), (0x33, 0x65), (0x34, 0x61), (0x35, 0x73)):
                            if digit == d:
                                out[m] = forms[letter]
    return n


if __name__ == "__main__":
    store()
