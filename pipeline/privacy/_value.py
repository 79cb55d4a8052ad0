"""A value that was found, and the text around one."""

from __future__ import annotations

import re
from typing import NamedTuple


class Value(NamedTuple):
    """A value of personal data: its span in code points, its kind, and whether it belongs to a desk or company."""

    start: int
    end: int
    kind: str
    organisation: bool = False
    note: str = ""
    """What may be told of it: region of a telephone number, country of an IBAN, issuer of a card."""


# As far as this before a value, the words on its line are looked at.
_REACH = 200
_WITH_VALUE = re.compile(r"[^\s,;|]*[\d@][^\s,;|]*")


def words_before(text: str, at: int) -> str:
    """The last words on the line before a position, without those that hold digits or an at sign.

    So a label is seen across the number before ("Tel. 020 7946 0001, 020 7946 0002"), and the words are the same
    whether that number is still there or a placeholder stands for it.
    """
    start = text.rfind("\n", max(0, at - _REACH), at) + 1 or max(0, at - _REACH)
    return " ".join(_WITH_VALUE.sub(" ", text[start:at]).split())[-60:]


def line_of(text: str, at: int) -> str:
    """The line around a position, no further than 200 code points on either side."""
    start = text.rfind("\n", max(0, at - _REACH), at) + 1 or max(0, at - _REACH)
    stop = text.find("\n", at, at + _REACH)
    return text[start : stop if stop >= 0 else at + _REACH]


def in_address(text: str, at: int) -> bool:
    """Whether a position is inside a web address, where numbers are ids and names of folders."""
    start = at
    while start > max(0, at - _REACH) and not text[start - 1].isspace():
        start -= 1
    return bool(_ADDRESS.search(text, start, at)) and not _DIAL.search(text, start, at)


_ADDRESS = re.compile(r"://|www\.|[?&=#/_]|\.(?:html?|php|aspx?|jpe?g|png|pdf)\b", re.I)
_DIAL = re.compile(r"\b(?:tel|phone|fax|mob\w*|whatsapp|callto|sms)\b[\s:/=.]|wa\.me/", re.I)
