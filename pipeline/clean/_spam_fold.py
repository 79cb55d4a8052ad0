"""A folded copy of a text to look for spam in: lower case, no accents, no disguises.

Only the copy is folded. Its offsets lead back to the text, so that an edit can say where in the text it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Folded(NamedTuple):
    """A folded copy; character `i` of it stands for character `at[i]` of the text (`i` itself where `at` is None)."""

    text: str
    at: list[int] | None

    def where(self, i: int) -> int:
        """The offset in the text of an offset in the copy."""
        return i if self.at is None else self.at[i]


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


def _table() -> dict[int, str]:
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


_TABLE = _table()
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u064b-\u0652\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,400}>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_MIXED = re.compile(r"[a-z][а-яіїєґα-ω]|[а-яіїєґα-ω][a-z]")
_MIXED_WORD = re.compile(r"[a-zа-яіїєґѕјα-ω]+")
_LEET = re.compile(r"(?<=[a-z])[01345]{1,2}(?=[a-z])")
# Letters set apart, and marks between the characters of a script without spaces.
_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*-]{1,3}[^\W\d_](?![^\W_])){4,60}")
_MARKED = re.compile("(?<=[\u3400-\u9fff\u0e00-\u0e7f])[·•*.-](?=[\u3400-\u9fff\u0e00-\u0e7f])")
# Letters of other alphabets that look like Latin ones, and the way back.
_TO_LATIN = _pairs("аaеeоoрpсcхxуyіiѕsјjкkмmнhтtгrвbαaεeοoρpχxυuιiκkνvτtβbηn")
_TO_CYRILLIC = _pairs("aаeеoоpрcсxхyуkкmмhнtтbв")
_LETTER_FOR_DIGIT = _pairs("0o1i3e4a5s")


def fold_table() -> dict[int, str]:
    """What each character becomes in the copy; "" for those that are left out. The rest only becomes lower case."""
    invisible = (code for code in range(0x80, 0x10000) if _INVISIBLE.match(chr(code)))
    return _TABLE | dict.fromkeys(map(ord, "_-\t"), " ") | dict.fromkeys(invisible, "")


def fold(text: str) -> Folded:
    """The folded copy of a text, tags and entities blanked."""
    text, at = _together(text)
    if text.isascii():
        text = text.replace("_", " ").replace("-", " ").replace("\t", " ")
    else:
        if _INVISIBLE.search(text):
            seen = [i for i, char in enumerate(text) if not _INVISIBLE.match(char)]
            end = len(text)
            text = "".join([text[i] for i in seen])
            at = [*(at[i] for i in seen), at[end]] if at else [*seen, seen[-1] + 1 if seen else 0]
        text = text.translate(_TABLE)
    if "<" in text or "&" in text:
        text = _TAG.sub(_blank, text)
    text = text.lower()
    if not text.isascii() and _MIXED.search(text):
        text = _MIXED_WORD.sub(_one_alphabet, text)
    return Folded(_LEET.sub(_letter, text), at)


def _together(text: str) -> tuple[str, list[int] | None]:
    """The text with letters that were set apart joined again, and the way back."""
    gone: set[int] = set()
    for found in _APART.finditer(text):
        # Two letters with one mark between them belong together; a wider gap ends a word.
        for k in range(found.start() + 1, found.end() - 1):
            if not text[k].isalnum() and (text[k + 1] == " " or (text[k - 1].isalnum() and text[k + 1].isalnum())):
                gone.add(k)
    if not text.isascii():
        gone |= {found.start() for found in _MARKED.finditer(text)}
    if not gone:
        return text, None
    at = [i for i in range(len(text)) if i not in gone]
    return "".join([text[i] for i in at]), [*at, len(text)]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _letter(found: re.Match[str]) -> str:
    return found[0].translate(_LETTER_FOR_DIGIT)


def _one_alphabet(found: re.Match[str]) -> str:
    """A word written in two alphabets, in the one that can spell it; Latin where both can."""
    word = found[0]
    if not _MIXED.search(word):
        return word
    latin = word.translate(_TO_LATIN)
    return latin if latin.isascii() else word.translate(_TO_CYRILLIC)
