"""Where the body of a page lies, and its lines as keys for a vocabulary: worked out once and kept in the page's memo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa

from pipeline.clean._scan import whole
from pipeline.clean._vocabulary import fold, keys
from pipeline.engine.columns import matches
from pipeline.step import Lines, Page

# A line without a sentence end is running text from this many words on. Of the lines of real pages that long, nearly
# all are paragraphs cut short or lists of links in one line, and the latter are short in pieces.
LONG = 25
# A label or a bar has at most so many words and characters.
SHORT_WORDS, SHORT = 40, 400
# A sentence from this many words on is a paragraph rather than a message of some widget.
PARAGRAPH = 12
# Lines that stand below the body, hardly ever in it: they part it from the legal sentences under it.
_CLOSES = (
    "©", "copyright", "all rights", "alle rechte", "droits réservés", "derechos reservados", "direitos reservados",
    "diritti riservati", "права защищены", "права захищені", "版权所有", "版權所有", "無断転載", "무단전재",
    "الحقوق محفوظة", "सर्वाधिकार", "hakları saklı", "prawa zastrzeżone",
)  # fmt: skip
_CLOSES_ASCII = tuple(phrase for phrase in _CLOSES if phrase.isascii())
# So many words of running text must follow a line that parts the body before the body goes on.
_PART = 40
# Labels of lines that hardly ever stand between two paragraphs.
_OUTSIDE = frozenset(("nav", "breadcrumb", "title", "byline", "date", "comment", "legal", "template"))


class Body(NamedTuple):
    """The numbers of the first and the last line of running text; both -1 on a page that has none."""

    first: int
    last: int


def shared(page: Page, name: str) -> dict[str, Any]:
    """What is known of lines by themselves, by line: one memo for all pages of a batch, since pages share lines."""
    return cast(dict[str, Any], page.memo.setdefault("batch", {}).setdefault(name, {}))


def per_line(page: Page, name: str, look: Callable[[Lines], np.ndarray]) -> list[Any]:
    """What `look` says of each line of the page: worked out for all lines of the batch at once."""
    batch = page.memo.setdefault("batch", {})
    lines: Lines | None = batch.get("looked")
    if lines is None:
        # A page by itself.
        column = pa.array(page.lines, pa.large_string())
        lines = batch["looked"] = Lines(column, np.array(page.words), np.array(page.sentence))
        page.memo["line_numbers"] = np.arange(len(column))
    return cast(list[Any], per_batch(lines, name, look)[page.memo["line_numbers"]].tolist())


def per_batch(lines: Lines, name: str, look: Callable[[Lines], np.ndarray]) -> np.ndarray:
    """What `look` says of each line, worked out once."""
    found = lines.memo.get(name)
    if found is None:
        found = lines.memo[name] = look(lines)
    return cast(np.ndarray, found)


def short(page: Page) -> list[int]:
    """The numbers of the short lines that are not blank; longer ones are no label and no bar."""
    known: list[int] | None = page.memo.get("short")
    if known is None:
        is_short = per_line(page, "short", _are_short)
        known = page.memo["short"] = [i for i in page.filled if is_short[i]]
    return known


def _are_short(lines: Lines) -> np.ndarray:
    return (lines.words <= SHORT_WORDS) & (lines.sizes <= SHORT)


def is_short(page: Page, i: int) -> bool:
    """Whether a line is short enough to be a label or a bar."""
    return page.words[i] <= SHORT_WORDS and len(page.lines[i]) <= SHORT


def is_prose(page: Page, i: int) -> bool:
    """Whether a line reads as a paragraph: a sentence of some length, or many words."""
    words = page.words[i]
    return (words >= PARAGRAPH and page.sentence[i]) or (words >= LONG and not _is_list(page.lines[i], words))


def body(page: Page) -> Body:
    """The span of lines with the most running text in it, every other line counted against it.

    This is the maximal sum of a contiguous span (Kadane), the oldest trick of content extraction (Pasternack and Roth,
    "Extracting article text from the web with maximum subsequence segmentation", WWW 2009), with words as the gain.
    Lines that earlier steps have labelled gain nothing, and some labels part what is the body from what is not; so the
    answer is kept until more lines are labelled.
    """
    stage = page.labels.count("")
    known = page.memo.get("body")
    if known is None or known[0] != stage:
        known = page.memo["body"] = (stage, _find(page))
    return cast(Body, known[1])


def _find(page: Page) -> Body:
    given = page.labels
    best, found = 0.0, Body(-1, -1)
    total, start = 0.0, -1
    idle = 0
    for i, weight in zip(page.filled, _weights_of(page), strict=True):
        label = given[i]
        if label:
            if label in _OUTSIDE:
                total -= _PART
                idle = 0
        elif weight > 0:
            if total <= 0:
                total, start = 0.0, i
            total += weight
            idle = 0
            if total > best:
                best, found = total, Body(start, i)
        elif weight < 0:
            total -= _PART
            idle = 0
        elif idle < 20:
            # Verse, tables and lists inside the body must not part it, however long.
            total -= 3
            idle += 1
    return found


def _weights_of(page: Page) -> list[float]:
    """What each line that is not blank says for the body of this page."""
    known: list[float] | None = page.memo.get("weights")
    if known is None:
        weights, closing = per_line(page, "weights", _weights), per_line(page, "closing", _closing)
        half = len(weights) // 2
        known = page.memo["weights"] = [-1.0 if i >= half and closing[i] else weights[i] for i in page.filled]
    return known


def _weights(lines: Lines) -> np.ndarray:
    """What each line says for the body: its words when it is running text, less than nothing when it closes the body
    wherever it stands, nothing otherwise."""
    count = lines.words
    # A question of few words may be a headline, and a paragraph says no more for being very long.
    weights = np.where(count >= PARAGRAPH, np.minimum(count, 80), count / 2)
    text = lines.sentence & (count >= 3)
    for k in np.flatnonzero(~text & (count >= LONG)).tolist():
        text[k] = not _is_list(lines.column[k].as_py(), int(count[k]))
    weights[~text] = 0
    labels = np.flatnonzero(_LABEL(lines) & _are_short(lines))
    known = keys("related", "label")
    weights[[k for k in labels.tolist() if fold(lines.column[k].as_py()) in known]] = -1
    weights[matches(lines.column, "©")] = -1
    return weights


_LABEL = whole(keys("related", "label"))


def _closing(lines: Lines) -> np.ndarray:
    """Whether each line is running text that closes the body if it stands in the lower half of the page."""
    at = np.flatnonzero((per_batch(lines, "weights", _weights) > 0) & (lines.words <= 60))
    at = at[matches(lines.column.take(pa.array(at)), "|".join(_CLOSES))]
    closing = np.zeros(len(lines.column), bool)
    closing[[k for k in at.tolist() if _closes(lines.column[k].as_py())]] = True
    return closing


def _is_list(line: str, words: int) -> bool:
    """Whether a long line without a sentence end is a row of short pieces."""
    marks = sum(map(line.count, ("|", "  ", "·", "•", "_", "\u3000", "｜", " - ", ",")))
    return words < 6 * (marks + 1)


def _closes(line: str) -> bool:
    lower = line.lower()
    return any(map(lower.__contains__, _CLOSES_ASCII if lower.isascii() else _CLOSES))
