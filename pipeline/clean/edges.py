"""What is left at the edges: short lines above the title and below the footer's first sign that are no sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from pydantic import Field

from pipeline.clean._layout import body, is_prose, per_line
from pipeline.clean._scan import wordless
from pipeline.engine.columns import matches
from pipeline.step import Case, Edit, Lines, Page, Params, step


class Edges(Params):
    """Parameters of `clean.edges`."""

    short: int = Field(12, description="Words up to which a line that is no sentence may go.")
    gap: int = Field(4, description="Unlabelled lines in a row that may go on a page whose text is small or scattered.")
    words: int = Field(150, description="Words of a text that is sure to be the body of its page.")
    part: float = Field(0.4, description="Share of the page's words that such a text has.")


# Labels that say that the body is over, and labels of what stands above it.
_FOOTER = frozenset(("related", "comment", "legal", "nav", "breadcrumb", "template"))
# These end an article too, but an advertisement or a share bar may stand in the middle of one.
_WEAK = frozenset(("signoff", "author_note", "editor_note"))
_HEADER = frozenset(("nav", "breadcrumb", "template"))
# What ends an article, so that a list below it is none of its own.
_ENDED = frozenset(("signoff", "author_note", "share", "comment", "caption", "related"))
_WORDLESS = re.compile(r"[\W_]*")
# Labels whose values the page left empty: 'Author:   Clicks: []'.
_EMPTY = re.compile(r"(?:[^\s:：]{1,12}\s?[:：][\s\[\]()（）次]*){2,6}")


@step("clean.edges", version=1, params=Edges)
def edges(page: Page, p: Edges) -> Iterator[Edit]:
    """Take out the rest of header and footer: short lines without a sentence that other steps have closed in.

    Above, a line goes when the title or a menu stands below it and no paragraph above it. Below, a line goes when a
    menu, a list of other stories, comments or a legal line stands between it and the last paragraph. A page without
    a paragraph is left alone, and so is what stands between title and text.
    """
    first, last = body(page)
    if first < 0:
        return
    labels, words, sentence, lines = page.labels, page.words, page.sentence, page.lines
    bare = per_line(page, "wordless", wordless)
    # On a page of lists any run of lines may be what the page is for; beside a long text it hardly ever is.
    size = sum(words[first : last + 1])
    sure = size >= p.words and size >= p.part * sum(words)
    head = [i for i in page.filled if i < first]
    titles = [i for i in head if labels[i] == "title"]
    menus = [i for i in head if labels[i] in _HEADER]
    # Everything above the title belongs to the site; without one, what stands between the lines of its menus.
    floor = titles[0] if titles else menus[-1] if menus else -1
    loose: list[int] = []
    for i in head:
        if labels[i]:
            if i <= floor and (titles or sure or len(loose) <= p.gap // 2):
                for j in loose:
                    yield page.drop(j, "nav", "above the title" if titles else "between menus")
            loose = []
        elif bare[i] and _WORDLESS.fullmatch(lines[i]):
            yield page.drop(i, "other_boilerplate", "no words, above the text")
        elif i in page.cuts and _EMPTY.fullmatch(page.after_cuts(i).strip()):
            yield page.drop(i, "other_boilerplate", "labels without values, above the text")
        elif words[i] <= p.short and not sentence[i]:
            loose.append(i)

    tail = [i for i in page.filled if i > last]
    # A note or a sign-off ends the article when a footer follows and no paragraph does.
    footer = max((i for i in tail if labels[i] in _FOOTER), default=-1)
    prose = max((i for i in tail if not labels[i] and is_prose(page, i)), default=-1)
    seen = ""
    run: list[int] = []
    for i in tail:
        label = labels[i]
        if label:
            if len(run) <= p.gap or (sure and label in _FOOTER and seen in _FOOTER):
                for j in run:
                    yield page.drop(j, "other_boilerplate", f"between {seen} and {label}")
            run = []
            if label in _FOOTER or (not seen and label in _WEAK and prose < i < footer):
                seen = label
            continue
        if not seen:
            continue
        if words[i] > 2 * p.short or is_prose(page, i):
            seen, run = "", []
            continue
        if words[i] <= p.short or _WORDLESS.fullmatch(lines[i]):
            run.append(i)
        else:
            seen, run = "", []
    if len(run) <= p.gap:
        for j in run:
            yield page.drop(j, "other_boilerplate", f"below {seen}")
    yield from _headlines(page, last, tail)


def _headlines(page: Page, last: int, tail: list[int]) -> Iterator[Edit]:
    """Dashed headlines without a label: right below a line that ends the article and right above the footer."""
    labels, bullets = page.labels, per_line(page, "bullets", _with_bullets)
    tail = tail if any(bullets[i] for i in tail) else []
    n = 0
    while n < len(tail):
        stop = n
        while stop < len(tail) and not labels[tail[stop]] and bullets[tail[stop]]:
            stop += 1
        run = tail[n:stop]
        if len(run) >= 2 and stop < len(tail) and labels[tail[stop]] in _FOOTER | {"promo"}:
            above = tail[n - 1] if n else last
            ended = labels[above] in _ENDED or page.lines[above].rstrip().endswith("]")
            if ended and all(page.words[i] >= 3 and not page.sentence[i] for i in run):
                for i in run:
                    yield page.drop(i, "related", "dashed headlines between the end of the text and the footer")
        n = max(stop, n + 1)


def _with_bullets(lines: Lines) -> np.ndarray:
    return matches(lines.column, r"^[\s\pZ]*[-–—•·・*][\s\pZ]*[^\s\pZ]")


_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(f"{_BODY}\n\n- Bring water\n- Bring a hat", f"{_BODY}\n\n- Bring water\n- Bring a hat"),
    Case(f"?\n\n{_BODY}", _BODY),
    Case(f"The weir is open\n\nAnglers are not pleased\n\n{_BODY}\n\nAda Fenn", f"The weir is open\n\nAnglers are not pleased\n\n{_BODY}\n\nAda Fenn"),
    Case("one\ntwo\nthree", "one\ntwo\nthree"),
    Case("河水\n\n涨了", "河水\n\n涨了"),
]  # fmt: skip
