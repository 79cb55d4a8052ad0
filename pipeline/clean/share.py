"""Share bars and follow buttons: 'Share | Facebook | X', '分享到：微信 微博', 'Follow us'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pydantic import Field

from pipeline.clean._layout import SHORT, Body, body, is_short, shared
from pipeline.clean._scan import both, contains, opens_word
from pipeline.clean._vocabulary import first_words, fold, keys
from pipeline.step import Case, Edit, Page, Params, step


class Share(Params):
    """Parameters of `clean.share`."""

    covered: float = Field(0.8, description="Share of a bar's words that must be known as buttons.")
    longest: int = Field(40, description="Words of the longest line that is looked at.")


_COUNT = re.compile(r"[\d.,]+\s*[km]?|\(\d+\)")
# The first word, as far as the first space or separator.
_FIRST = re.compile(r"[^\s|·/,:：;、，。｜／＞>–—•(（]*")
_WORDS = re.compile(r"[\s|·/,:;.()!–—•-]+")
_SPLIT = re.compile(r"\s*[|·•/,:：;、｜／＞>–—•\t\u3000]\s*|\s{2,}|\s+-\s+")


class _Bar(NamedTuple):
    """A line read as a bar: its key, its pieces, its words, how many of them are buttons or stand beside buttons, how many of
    the buttons say "share", how many buttons there are, and how many of them can be nothing else."""

    key: str
    pieces: int
    total: int
    known: int
    strong: int
    weak: int
    sure: int


@cache
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Buttons, words for sharing, what may stand beside them, and buttons that may be other words."""
    beside = keys("share", "beside") | keys("font_size", "label") | _SIZES
    return keys("share", "item"), keys("share", "verb"), beside, keys("share", "vague")


@cache
def _sure_words() -> frozenset[str]:
    """Words of which one stands in every bar."""
    items, verbs, _, vague = _words()
    return frozenset(word for phrase in (items | verbs) - vague for word in _WORDS.split(phrase)) | items | verbs


@cache
def _first_words() -> frozenset[str]:
    return frozenset(_FIRST.match(phrase).group() for phrase in frozenset().union(*_words()))  # type: ignore[union-attr]


@cache
def _starts() -> frozenset[str]:
    items, verbs, beside, _ = _words()
    return first_words(items | verbs | beside)


@cache
def _buttons() -> frozenset[str]:
    """Phrases of which one stands in every bar."""
    items, verbs, _, vague = _words()
    return (items - vague) | verbs


_SIZES = frozenset(fold(size) or size for size in ("大", "中", "小", "a", "a-", "a+", "t", "가", "ع", "가가"))


@step("clean.share", version=1, params=Share, gate=both(opens_word(_first_words()), contains(_buttons(), SHORT)))
def share(page: Page, p: Share) -> Iterator[Edit]:
    """Take out share bars, follow buttons and lists of networks.

    A line goes when its words are buttons nearly throughout and at least one names the act of sharing or two name
    networks. Between the paragraphs of the body a single word must be unmistakable.
    """
    items, verbs, _, vague = _words()
    labels, words, bars = page.labels, page.words, shared(page, "share")
    span: Body | None = None
    for i in page.hits:
        line = page.lines[i]
        if labels[i] or words[i] > p.longest or not is_short(page, i):
            continue
        if line not in bars:
            bars[line] = _read(line, fold(line))
        bar: _Bar | None = bars[line]
        if bar is None:
            continue
        span = span or body(page)
        key, inside = bar.key, span.first < i < span.last
        if key in verbs:
            if not inside or key not in vague:
                yield page.drop(i, "share", f"share label: {key}")
            continue
        if key in items:
            if not inside and key not in vague:
                yield page.drop(i, "share", f"share button: {key}")
            continue
        if not bar.sure or bar.known < p.covered * bar.total:
            continue
        if not (bar.strong or bar.weak >= 2 or (bar.pieces > 1 and not inside)):
            continue
        # "Line, mail, post": words of the language as much as names of buttons.
        if inside and not bar.strong and bar.weak < 3:
            continue
        if page.sentence[i] and not bar.strong:
            continue
        yield page.drop(i, "share", "share bar")


def _read(line: str, key: str) -> _Bar | None:
    """The line as a bar, or None for a line that is none."""
    items, verbs, beside, vague = _words()
    if not key:
        return None
    # A bar begins with a button or with what is said before the buttons.
    if _FIRST.match(key).group() not in _first_words():  # type: ignore[union-attr]
        return None
    if key.isascii() and _sure_words().isdisjoint(_WORDS.split(key)):
        return None
    pieces = [fold(piece) for piece in _SPLIT.split(line)]
    pieces = [piece for piece in pieces if piece and not _COUNT.fullmatch(piece)]
    known = total = strong = weak = sure = 0
    for piece in pieces:
        size = len(piece.split())
        total += size
        if piece in items:
            known += size
            strong += piece in verbs
            weak += 1
            sure += piece not in vague
        elif piece in beside or piece in verbs:
            known += size
            strong += piece in verbs
        elif size > 1:
            k, s, w, v = _cover(piece.split())
            known, strong, weak, sure = known + k, strong + s, weak + w, sure + v
    return _Bar(key, len(pieces), total, known, strong, weak, sure)


def _cover(words: list[str]) -> tuple[int, int, int, int]:
    """How many of the words are buttons, the longest first; how many buttons say "share", how many there are, and how
    many of them can be nothing else."""
    items, verbs, beside, vague = _words()
    starts = _starts()
    at = known = strong = weak = sure = 0
    words = [fold(word) or word for word in words]
    while at < len(words):
        if words[at] not in starts and not words[at][:1].isdigit() and words[at][:1] not in ".,(":
            at += 1
            continue
        for n in range(min(6, len(words) - at), 0, -1):
            piece = " ".join(words[at : at + n])
            if piece in verbs or piece in items:
                strong += piece in verbs
                weak += piece in items
                sure += piece not in vague
                known += n
                break
            if piece in beside or _COUNT.fullmatch(piece):
                known += n
                break
        else:
            n = 1
        at += n
    return known, strong, weak, sure


CASES = [
    Case("The weir is open\n\nShare\nShare - WeChat\n\nThe river board opened the weir on Monday after a long dispute "
         "with the anglers.", "The weir is open\n\nThe river board opened the weir on Monday after a long dispute with "
         "the anglers."),
    Case("Facebook  X  WhatsApp  Email  Copy link\n\nThe weir is open again, the board said on Monday.",
         "The weir is open again, the board said on Monday."),
    Case("분수대가 다시 열렸다\n\n페이스북 트위터 카카오톡 URL복사\n\n시는 월요일에 분수대를 다시 열었다고 밝혔다.",
         "분수대가 다시 열렸다\n\n시는 월요일에 분수대를 다시 열었다고 밝혔다."),
    Case("Teilen  Merken  Drucken  Vorlesen  Kommentare (42)\n\nDas Wehr ist wieder offen.", "Das Wehr ist wieder offen."),
    Case("شارك: فيسبوك تويتر واتساب نسخ الرابط\n\nعاد الماء إلى القناة.", "عاد الماء إلى القناة."),
    Case("分享到： 微信 微博 QQ空间 复制链接\n\n水坝重新开放了。", "水坝重新开放了。"),
    Case("Share buttons deserve a word of their own: they load a script from Facebook before anyone presses them.\n\n"
         "X\n\nFollow the money, she said, and you will find the owner of the mill at the end of the line.",
         "Share buttons deserve a word of their own: they load a script from Facebook before anyone presses them.\n\n"
         "X\n\nFollow the money, she said, and you will find the owner of the mill at the end of the line."),
    Case("The shelf\n\nSize: 8 x 2 x 2\n>>> del x", "The shelf\n\nSize: 8 x 2 x 2\n>>> del x"),
    Case("Twitter bought the park. Facebook paid for the bench.", "Twitter bought the park. Facebook paid for the bench."),
]  # fmt: skip
