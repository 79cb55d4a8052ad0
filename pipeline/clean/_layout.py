"""Where the body of a page lies, and its lines as keys for a vocabulary: worked out once and kept in the page's memo."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from pipeline.clean._vocabulary import fold, keys
from pipeline.step import Page

# A line without a sentence end is running text from this many words on. Of the lines of real pages that long, nearly
# all are paragraphs cut short or lists of links in one line, and the latter are short in pieces.
LONG = 25
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


def folded(page: Page) -> dict[int, str]:
    """The short lines of the page by number, each as `fold` gives it; longer ones are no label and no bar."""
    known: dict[int, str] | None = page.memo.get("folded")
    if known is None:
        lines, words = page.lines, page.words
        known = page.memo["folded"] = {
            i: fold(lines[i]) for i in page.filled if words[i] <= 40 and len(lines[i]) <= 400
        }
    return known


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
    for i, weight in zip(page.filled, _weights(page), strict=True):
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


def _weights(page: Page) -> list[float]:
    """What each filled line says for the body: its words when it is running text, less than nothing when it closes
    the body, nothing otherwise."""
    known: list[float] | None = page.memo.get("weights")
    if known is None:
        known = page.memo["weights"] = []
        lines, words, sentence = page.lines, page.words, page.sentence
        short, labels = folded(page), keys("related", "label")
        half = len(lines) // 2
        for i in page.filled:
            line, count = lines[i], words[i]
            if "©" in line or short.get(i) in labels:
                known.append(-1.0)
            elif not ((sentence[i] and count >= 3) or (count >= LONG and not _is_list(line, count))):
                known.append(0.0)
            elif i >= half and count <= 60 and _closes(line):
                known.append(-1.0)
            else:
                # A question of few words may be a headline, and a paragraph says no more for being very long.
                known.append(min(count, 80) if count >= PARAGRAPH else count / 2)
    return known


def _is_list(line: str, words: int) -> bool:
    """Whether a long line without a sentence end is a row of short pieces."""
    marks = sum(map(line.count, ("|", "  ", "·", "•", "_", "\u3000", "｜", " - ", ",")))
    return words < 6 * (marks + 1)


def _closes(line: str) -> bool:
    lower = line.lower()
    return any(map(lower.__contains__, _CLOSES_ASCII if lower.isascii() else _CLOSES))
