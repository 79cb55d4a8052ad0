"""Breadcrumb trails: 'Home > News > Town', '当前位置：首页 >> 正文', 'Issue 48 / Essays', and trails that repeat the title."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

from pydantic import Field

from pipeline.clean._layout import SHORT, body, is_short, short
from pipeline.clean._scan import either, opens_piece, opens_word, shape
from pipeline.clean._vocabulary import fold, keys
from pipeline.step import Case, Edit, Page, Params, step


class Breadcrumb(Params):
    """Parameters of `clean.breadcrumb`."""

    steps: int = Field(8, description="Pieces of the longest trail.")
    look: int = Field(8, description="Lines below a trail without separators in which its title is looked for.")


# `?` is an arrow that a code page could not hold.
_TRAIL = re.compile(r"\s*(?:>>|::|[>»›→➔▶▸＞❯⟩«‹←])\s*|\s+[/?\\-]\s+|\s*／\s*")
_ARROW = re.compile(r"[>»›→➔▶▸＞❯⟩]|::")
# Without one of these there is no trail.
_MARK = re.compile(r"[>»›→➔▶▸＞❯⟩«‹←/?\\／:：-]")
_SLASH = re.compile(r"\s+/\s+")
_ISSUE = re.compile(
    r"(?:issue|no\.?|vol\.?|volume|number|ausgabe|heft|nr\.?|numéro|n°|número|numero|edición|edição|nummer|numer|číslo|sayı|"
    r"edisi|số|номер|выпуск|випуск|عدد|العدد|第)\s*\d+\s*(?:期|号|號)?"
)


# Mirrors of Chinese journals print name, year and issue under the title.
_JOURNAL = re.compile(r"[一-鿿·（）()《》]{2,16}\s*(?:19|20)\d\d\s*年\s*第?\s*\d{1,2}\s*期(?:\s*[（(]\d{4}[)）])?")


@cache
def _roots() -> frozenset[str]:
    return keys("breadcrumb", "root")


GATE = either(
    opens_piece(keys("breadcrumb", "label")),
    opens_word(_roots()),
    shape(SHORT, r"[>»›→➔▶▸＞❯⟩]|::|[\s\pZ]/[\s\pZ]|年.*期"),
)


@step("clean.breadcrumb", version=1, params=Breadcrumb, gate=GATE)
def breadcrumb(page: Page, p: Breadcrumb) -> Iterator[Edit]:
    """Take out the trail that says where in the site the page stands.

    Only above the first or below the last paragraph: a label ("You are here"), a known first step with separators, an
    arrow between short steps of a menu, or a known first step and then the title of the page word for word.
    """
    first, last = body(page)
    lines, labels, words = page.lines, page.labels, page.words
    head = [i for i in short(page) if i < first or first < 0]
    for i in page.hits:
        if labels[i] or not is_short(page, i) or not (i < first or first < 0):
            continue
        n, line = bisect_left(head, i), lines[i].strip()
        key = fold(line)
        why = _why(line, key, p) or (
            "a slash between parts of the site"
            if n < 8 and n + 1 < len(head) and "/" in line and _section(line)
            else ""
        )
        if not why and n < 12 and _JOURNAL.fullmatch(line):
            why = "issue of a journal"
        rooted = not why and n < 12 and words[i] > 3 and key.partition(" ")[0] in _roots()
        if rooted and _repeats([fold(lines[j]) for j in head[n + 1 : n + 1 + p.look]], key):
            why = "a trail that ends in the title"
        if why:
            yield page.drop(i, "breadcrumb", why)
    if first >= 0:
        for i in page.hits:
            if i > last and not labels[i] and words[i] <= 25 and is_short(page, i):
                line = lines[i].strip()
                if _ARROW.search(line) and (why := _why(line, fold(line), p)) and why != "arrows between short steps":
                    yield page.drop(i, "breadcrumb", why)


def _why(line: str, key: str, p: Breadcrumb) -> str:
    """Why a line is a trail, or ""."""
    named_by = keys("breadcrumb", "label")
    if not _MARK.search(line) and key not in named_by:
        return ""
    label, colon, rest = line.partition("：" if "：" in line else ":")
    if key in named_by or (colon and not rest.startswith(":") and fold(label) in named_by):
        return "label of a trail"
    parts = _TRAIL.split(line)
    if not 2 <= len(parts) <= p.steps + 1:
        return ""
    steps = [fold(part) for part in parts]
    if not steps[0]:
        return ""
    if steps[0] in _roots() and (_ARROW.search(line) or "/" in line or "／" in line or max(map(_size, steps)) <= 3):
        return "first step is the home page"
    if not _ARROW.search(line) or line.startswith("<"):
        return ""
    if steps[0] in named_by:
        return "label of a trail"
    named = [step_ for step_ in steps if step_]
    sizes = [_size(step_) for step_ in named]
    if len(sizes) <= 1:
        return "a single step" if named and named[0] in keys("nav", "item") else ""
    if max(sizes[:-1]) <= 4 and named[0] in keys("nav", "item") and not line.endswith((".", "!", "。")):
        return "arrows between short steps"
    return ""


def _size(step_: str) -> int:
    return len(step_.split())


def _section(line: str) -> bool:
    """'Issue 48 / Essays', 'Essays / Technology': every step a part of the site."""
    steps = [fold(step_) for step_ in _SLASH.split(line)]
    if not 2 <= len(steps) <= 3 or any(not step_ or len(step_.split()) > 3 for step_ in steps):
        return False
    known = [step_ in keys("nav", "item") or bool(_ISSUE.fullmatch(step_)) for step_ in steps]
    return known[0] and sum(known) >= len(known) - 1


def _repeats(below: list[str], key: str) -> bool:
    """Whether a line below is the end of this one, and only a few words stand before it."""
    for title in below:
        if len(title.split()) >= 3 and key.endswith(" " + title) and len(key[: -len(title)].split()) <= 5:
            return True
    return False


_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(f"Home > News > Upper Town\n\nThe weir is open\n\n{_BODY}", f"The weir is open\n\n{_BODY}"),
    Case("您当前的位置：磨坊网 > 民生 > 正文\n\n水坝开放了\n\n河道管理处周一重新开放了水坝，结束了与上游钓鱼者之间持续多年的争执和诉讼。",
         "水坝开放了\n\n河道管理处周一重新开放了水坝，结束了与上游钓鱼者之间持续多年的争执和诉讼。"),
    Case(f"Home News The weir is open again\n\nThe weir is open again\n\n{_BODY}", f"The weir is open again\n\n{_BODY}"),
    Case(f"Issue 12 / Essays\n\nOn weirs\n\n{_BODY}", f"On weirs\n\n{_BODY}"),
    Case(f"Главная → Город\n\nПлотина открыта\n\n{_BODY}", f"Плотина открыта\n\n{_BODY}"),
    Case(f"{_BODY}\n\nMenu > Settings > Language\n\n{_BODY}", f"{_BODY}\n\nMenu > Settings > Language\n\n{_BODY}"),
    Case(f"Home again after forty years\n\n{_BODY}", f"Home again after forty years\n\n{_BODY}"),
    Case(f"Home - a novel of the upper town\n\n{_BODY}", f"Home - a novel of the upper town\n\n{_BODY}"),
    Case(f"Love / Hate\n\n{_BODY}", f"Love / Hate\n\n{_BODY}"),
]  # fmt: skip
