"""A line and what it says by itself. The pages of a site share most of their lines, so each answer is found at most once
for all pages of a batch, and only when somebody asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.clean._vocabulary import keys
from pipeline.describe import _dates, _names
from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._dates import Found

# The longest line that can be a title, and the longest that can be a byline or a date line.
LONGEST_TITLE = 300
LONGEST_LINE = 220

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it stands where a decorator does
    """An attribute that is computed when it is first asked for (`functools.cached_property`, without its lock)."""

    def __init__(self, find: Callable[[Any], T]) -> None:
        self.find, self.name = find, find.__name__

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> once[T] | T:
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.find(instance)
        return value


class Signs(NamedTuple):
    """What in a short line says that the header of a page is near."""

    dates: Sequence[Found]
    opens: bool
    """Whether it may hold a word that introduces an author."""


NO_SIGNS = Signs((), False)


class Text:
    """A line without the spaces around it, or a piece of one."""

    # What `once` finds goes into the dictionary, which most lines never need.
    __slots__ = ("__dict__", "text")

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def tokens(self) -> list[str]:
        """Words, caseless."""
        return words_of(self.text)

    @once
    def key(self) -> str:
        """The words with single spaces."""
        return " ".join(self.tokens)

    @once
    def is_crumb(self) -> bool:
        return is_crumb(self.text)

    @once
    def folded(self) -> str:
        return _names.fold(self.text)


class Line(Text):
    """A line of a page."""

    __slots__ = ("is_prose", "is_signature", "names_holder", "number", "raw", "sentence", "signs", "words")

    def __init__(self, number: int, raw: str, words: int, sentence: bool) -> None:
        self.number, self.raw, self.words, self.sentence = number, raw, words, sentence
        self.text = raw.strip()
        size = len(raw)
        self.is_prose = size >= 60 and words >= 18 and (sentence or size >= 160)
        self.signs = NO_SIGNS
        self.is_signature = False
        """Whether it may be a name, or begin with "About"."""
        self.names_holder = False
        """Whether it may say who holds the rights."""

    @once
    def answers(self) -> dict[Any, Any]:
        """What `ask` was told."""
        return {}

    def ask(self, find: Callable[[Line], T]) -> T:
        """What a pure function says of the line."""
        answers: dict[Any, T] = self.answers
        if find not in answers:
            answers[find] = find(self)
        return answers[find]

    @once
    def signs_year_first(self) -> Signs:
        """The signs on a page that writes 24.03.04 with the year first."""
        return _signs(self, True)

    @once
    def is_junk(self) -> bool:
        """Whether it is a tag or holds neither letter nor digit, so that it is no first line."""
        return _JUNK.match(self.text[:2000]) is not None


def mark(lines: Sequence[Line]) -> None:
    """Find the signs of the lines of a batch: patterns over all of them at once let through the few that are read."""
    sizes = np.fromiter([len(line.raw) for line in lines], np.int64, len(lines))
    prose = np.fromiter([line.is_prose for line in lines], np.bool_, len(lines))
    every = pa.array([line.text[:600] for line in lines], pa.large_string())

    def hits(few: NDArray[np.bool_], gate: str, ignore_case: bool = False) -> list[Line]:
        places = np.flatnonzero(few)
        found = pc.match_substring_regex(every.take(pa.array(places)), gate, ignore_case=ignore_case)
        return [lines[k] for k in places[found.to_numpy(zero_copy_only=False)].tolist()]

    for line in hits(~prose & (sizes <= LONGEST_LINE), _SIGN, True):
        line.signs = _signs(line, False)
    for line in hits(sizes <= 300, _NAME_OR_ABOUT):
        line.is_signature = True
    for line in hits(sizes >= 0, _RIGHTS, True):
        line.names_holder = True


# What every line with a date, a month or a word that introduces an author has; of lines beyond ASCII all are read.
_SIGN = (
    r"[^\x00-\x7f]|(?:^|\D)(?:1[3-9]|2[0156])\d\d|\d ?[-/.] ?\d{1,2} ?[-/.] ?\d\d|\d[ .]{0,2}[a-z][^\s\d,;:|/()-]{1,15}[ .]{1,2}'?\d\d"
    r"|[hrs]\d{1,2}[./]\d{1,2}[./]\d"
    rf"|^[ \t|(\[-]*(?:{_names.opening_words()})(?:[\s:.*]|$)|^[ \t|(\[-]*(?:by[a-z]|von|par|por)|[|-]\s*(?:written |posted )?(?:by|von|par|por|autor|author|text|door|oleh)[\s:]"
)
_CAPITAL = "[A-ZÀ-ÞĀ-ŽА-ЯЁΑ-Ω]"
_NAME_OR_ABOUT = (
    rf"^(?:Dr\. |Prof\. )?{_CAPITAL}\S*(?: (?:[A-Z]\.|v[ao]n|de[rnl]?|da|di|la|le|bin|al|{_CAPITAL}\S+)){{1,3}}$"
    r"|^(?:About|Über|Zur Pe|Acerca|Sobre|À prop|Chi è|Over|Meet|Om |O auto|Об ав)"
)
_RIGHTS = r"[©ⓒ版저]|\(c\)|copyr[iİı]ght|belongs to|著作権|สงวนลิขสิทธิ์|कॉपीराइट|جميع الحقوق محفوظة|تمامی حقوق|کلیه حقوق"


def _signs(line: Line, year_first: bool) -> Signs:
    raw = line.raw
    if line.is_prose or len(raw) > LONGEST_LINE:
        return NO_SIGNS
    dates: Sequence[Found] = ()
    month = False
    if _dates.has_digit(raw):
        dates = _dates.search(raw, year_first=year_first)
        month = not dates and _dates.is_month(raw)
    opens = _names.may_open(raw)
    return Signs(dates, opens) if dates or opens or month else NO_SIGNS


def words_of(text: str) -> list[str]:
    """Words of a text, caseless."""
    return _WORD.findall(text.casefold())


@cache
def menu_words() -> frozenset[str]:
    """Words of the names that sites give their sections and pages."""
    items = keys("nav", "item") | keys("breadcrumb", "root")
    # Short words of longer names are those that any sentence has.
    return frozenset(word for item in items for word in item.split() if word == item or len(word) > 4)


def is_crumb(line: str) -> bool:
    """Whether a line looks like a breadcrumb."""
    line = line[:200]
    if line.isascii():
        if (">" in line or "/" in line) and _CRUMB.search(line):
            return True
        if line[:1].isalnum() and line[:4].lower() not in _HOMES:
            return False
    elif "位置" in line or _CRUMB.search(line):
        return True
    return _HOME.match(caseless(line)) is not None


_WORD = re.compile(r"[^\W_]+")
_JUNK = re.compile(r"<[^>]*>|\W+$", re.DOTALL)
_CRUMB = re.compile(r"[>›＞→]\s*\S|\s»\s*\S|\s/\s")
_HOME = compile_caseless(
    r"\W*(?:home|startseite|accueil|inicio|início|главная|beranda|trang chủ|首页|首頁|홈)\b(?=\s\S)"
)
_HOMES = frozenset(["home", "star", "accu", "inic", "bera"])
