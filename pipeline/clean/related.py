"""Headlines of other stories: 'Read also: …', 'Related articles' and the list under it, previous and next, rankings."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cache

from pydantic import Field

from pipeline.clean import breadcrumb
from pipeline.clean._layout import SHORT, body, is_prose, is_short
from pipeline.clean._scan import either, opens_word, shape
from pipeline.clean._vocabulary import fold, keys
from pipeline.step import Case, Edit, Page, Params, step


class Related(Params):
    """Parameters of `clean.related`."""

    longest: int = Field(30, description="Words of the longest headline.")
    block: int = Field(20, description="Lines of the longest list under a label below the body.")
    repeat: int = Field(4, description="Words of a title from which its repetition in a breadcrumb is no chance.")


# What may part a label from the headline behind it.
_COLON = re.compile(r"[:：|｜>»→▶►\u3000]|\s[-–—/]\s")
_MARK = re.compile(r"[:：|｜>»→▶►\u3000/–—-]")
_SPAN = re.compile(
    r" (?:in|over|of|within) (?:the )?(?:last |past )?\d+ (?:hours?|hrs|days?)$| (?:today|now|right now|this week|this month)$"
)
_SPAN_ENDS = ("hour", "hours", "hr", "hrs", "day", "days", "today", "now", "week", "month")
_BULLET = re.compile(r"[-–—•·・*●■▪▶►»>‣◆◇○]\s*(?=\S)")
_RANK = re.compile(r"(?:\d{1,2}\s*(?:位|위)|no\.?\s?\d{1,2}\b)", re.IGNORECASE)
_ENDS = re.compile(r"©|\(c\) ?\d{4}|copyright|all rights reserved|版权|版權|備案|备案|등록번호|저작권", re.IGNORECASE)


# An arrow at one end of the line, or a rank.
_SHAPES = r"^[\s\pZ]*(?:←|‹|<<|⟵|«|\pN{1,2}[\s\pZ]*(?:位|위)|no\.?[\s\pZ]?\pN)|(?:→|›|>>|⟶|»)[\s\pZ]*$"


@step(
    "clean.related",
    version=1,
    params=Related,
    # The trail of a breadcrumb tells what stands between it and the title.
    gate=either(opens_word(keys("related", "label")), shape(SHORT, _SHAPES), breadcrumb.GATE),
)
def related(page: Page, p: Related) -> Iterator[Edit]:
    """Take out headlines that belong to other stories.

    A label of the vocabulary with a headline behind it is one such line; a label alone opens a list. Below the body the
    list runs until something else begins; between paragraphs only items that are marked as such go with their label.
    """
    first, last = body(page)
    labels, words, sentence = page.labels, page.words, page.sentence
    known, firm = keys("related", "label"), _firm()
    numbers = [i for i in page.filled if not labels[i]]
    short = {i: fold(page.lines[i]) for i in page.hits if is_short(page, i)}
    often = Counter(key for key in short.values() if key in known)
    taken: set[int] = set()
    for i, key in short.items():
        if labels[i] or i in taken or words[i] > p.longest:
            continue
        n = bisect_left(numbers, i)
        below = i > last
        inside = first < i < last
        bare = key if key in known or not key.endswith(_SPAN_ENDS) else _SPAN.sub("", key)
        if bare in known:
            if (inside or not below) and bare not in firm:
                continue
            if often[key] > 2:
                # "Read more" under each of many teasers: what follows is the next of them.
                rest = []
            elif below:
                rest = _block(page, numbers[n + 1 : n + 1 + p.block], p)
            else:
                rest = _items(page, i, numbers[n + 1 : n + 6])
            # A label over nothing may be a heading of the body: below it, only the unmistakable goes alone.
            if not rest and bare not in firm and n + 1 < len(numbers) and is_prose(page, numbers[n + 1]):
                continue
            yield page.drop(i, "related", f"label of other stories: {bare}")
            for j in rest:
                taken.add(j)
                yield page.drop(j, "related", f"headline under: {bare}")
            continue
        if words[i] < 2 or (sentence[i] and words[i] > 20):
            continue
        line = page.lines[i].strip()
        label = _opens(line, key)
        if label:
            if label in firm or below or (inside and _has_arrow(line)):
                yield page.drop(i, "related", f"headline behind: {label}")
        elif below and (_has_arrow(line) or _RANK.match(line)) and not sentence[i] and _beside(page, i, taken):
            yield page.drop(i, "related", "link to another story")
    yield from _before_title(page, p)


def _has_arrow(line: str) -> bool:
    """Whether an arrow opens or closes a line; angle quotes around the whole of it are none."""
    if line.startswith(("←", "‹", "<<", "⟵")) or line.endswith(("→", "›", ">>", "⟶")):
        return True
    return line.startswith("«") != line.endswith("»") and ("«" in line) != ("»" in line)


def _opens(line: str, key: str) -> str:
    """The label that stands before a headline on its line, or ""."""
    known = keys("related", "label")
    mark = _COLON.search(line, 0, 80) if _MARK.search(line, 0, 80) else None
    if mark and mark.end() < len(line):
        label = fold(line[: mark.start()])
        if label in known or (label := _SPAN.sub("", label)) in known:
            return label
    bullet = _BULLET.match(line) if mark else None
    if bullet and mark and mark.start() <= bullet.end():
        return _opens(line[bullet.end() :], key)
    # 'Leggi anche Il ponte riapre': no separator, but a new capital.
    if key.partition(" ")[0] not in _first_words():
        return ""
    tokens = key.split(" ", 6)
    if len(tokens) < 4:
        return ""
    raw = line.split()
    for n in (5, 4, 3, 2):
        if (
            len(tokens) > n + 1
            and len(raw) > n
            and " ".join(tokens[:n]) in known
            and raw[n][:1].isupper()
            and not raw[1][:1].isupper()
        ):
            return " ".join(tokens[:n])
    return ""


def _block(page: Page, below: list[int], p: Related) -> list[int]:
    """The lines of a list below the body, up to what is no headline."""
    found = []
    for j in below:
        line = page.lines[j]
        if (
            not is_short(page, j)
            or page.words[j] > p.longest
            or _ENDS.search(line)
            or fold(line) in keys("related", "label")
        ):
            break
        if is_prose(page, j) and not line.rstrip().endswith(("?", "？", "؟")):
            break
        if page.sentence[j] and not _BULLET.match(line.lstrip()) and line.rstrip().endswith((".", "。", "।", "۔")):
            # Headlines end in a question or an exclamation, hardly ever in a full stop.
            break
        if line.count("|") >= 2 or line.rstrip().endswith((":", "：")):
            break
        found.append(j)
    return found


def _items(page: Page, i: int, below: list[int]) -> list[int]:
    """The lines under a label between paragraphs that are marked as its items."""
    found: list[int] = []
    for j in below:
        line = page.lines[j].strip()
        if page.words[j] > 20 or (page.sentence[j] and not line.endswith(("?", "!", "？", "！"))):
            break
        if len(line) < 4 or not _BULLET.match(line):
            break
        found.append(j)
    if found or not below:
        return found
    # One headline that hangs on its label, on a page that parts its paragraphs by blank lines.
    j = below[0]
    lines = page.lines
    grouped = j == i + 1 and j + 1 < len(lines) and not lines[j + 1].strip() and i and not lines[i - 1].strip()
    if grouped and page.words[j] <= 20 and not page.sentence[j]:
        return [j]
    return []


def _beside(page: Page, i: int, taken: set[int]) -> bool:
    """Whether a line beside this one is labelled or a link of the same kind."""
    near = [j for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < len(page.lines)]
    return any(j in taken or page.labels[j] or _has_arrow(page.lines[j].strip()) for j in near if page.lines[j].strip())


def _before_title(page: Page, p: Related) -> Iterator[Edit]:
    """Headlines between a breadcrumb that ends in the title and the title itself."""
    for n, i in enumerate(page.filled[:12]):
        if page.labels[i] != "breadcrumb" or not is_short(page, i):
            continue
        for j in page.filled[n + 1 : n + 7]:
            title = fold(page.lines[j]) if is_short(page, j) else ""
            if len(title.split()) >= p.repeat and fold(page.lines[i]).endswith(title):
                for k in page.filled[n + 1 :]:
                    if k >= j:
                        return
                    if not page.labels[k] and page.words[k] >= p.repeat and not page.sentence[k]:
                        yield page.drop(k, "related", "headline between the breadcrumb and the title it names")
                return


@cache
def _first_words() -> frozenset[str]:
    return frozenset(label.split(" ", 1)[0] for label in keys("related", "label") if " " in label)


@cache
def _firm() -> frozenset[str]:
    """Labels that say what they are by themselves: several words, or a word of another script of some length."""
    listed = keys("related", "label") - keys("related", "loose")
    several = (label for label in listed if " " in label or (len(label) > 3 and not label.isascii()))
    return frozenset(several) | {"related"}


_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(f"{_BODY}\n\nRead also: Anglers move to the lake\nREAD MORE: Old mill to turn again", _BODY),
    Case(f"{_BODY}\n\nRelated articles\nAnglers move to the lake\nOld mill to turn again", _BODY),
    Case("河道管理处周一重新开放了水坝，结束了与上游钓鱼者之间持续多年的争执和诉讼。\n上一篇：钓鱼者搬到湖边\n下一篇：老磨坊重新转动\n相关新闻\n湖边新开书店",
         "河道管理处周一重新开放了水坝，结束了与上游钓鱼者之间持续多年的争执和诉讼。"),
    Case(f"{_BODY}\n\nLesen Sie auch: Angler ziehen an den See\n\n{_BODY}", f"{_BODY}\n\n{_BODY}"),
    Case(f"{_BODY}\n\nMost read in 24 hours", _BODY),
    Case(f"{_BODY}\n\nRelated work\n\n{_BODY}\n\nRead more books, she said, and fewer letters.",
         f"{_BODY}\n\nRelated work\n\n{_BODY}\n\nRead more books, she said, and fewer letters."),
    Case(f"{_BODY}\n\nMore\n\n{_BODY}", f"{_BODY}\n\nMore\n\n{_BODY}"),
    Case(f"{_BODY}\n\n- Bring water\n- Bring a hat\n- Wear boots", f"{_BODY}\n\n- Bring water\n- Bring a hat\n- Wear boots"),
]  # fmt: skip
