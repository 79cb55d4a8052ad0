"""Numbers about the page: reading time, views, word counts, boxes of text statistics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean._notes import LONGEST, keys, pieces_of
from pipeline.clean._scan import opens_word
from pipeline.clean._vocabulary import EDGE
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "stats"
_LABEL = keys("stats", "label")
_COMMENTS = keys("comments", "line")
_UNIT = keys("stats", "unit")
_LINE = keys("stats", "line")
# "Level: 9.871": a word and a number. A box of them starts with a heading of a few words.
_FIGURE = re.compile(r"^\s*([^\W\d_][^:：\d\n]{0,24})\s?[:：]\s*\d+(?:[.,]\d+)?\s*$")
_BOX = frozenset(
    {"fact box", "text statistics", "text facts", "text profile", "word stats", "statistics", "text stats"}
)
_TEXT_MEASURES = frozenset(
    {
        "level",
        "tokens",
        "types",
        "ttr",
        "words",
        "sentences",
        "characters",
        "lexical density",
        "readability",
        "grade",
    }
)


@step(
    "clean.stats",
    version=1,
    gate=opens_word(_LINE | _LABEL | {"0" + word for word in _LABEL | _UNIT} | _BOX | _TEXT_MEASURES),
)
def stats(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out counts of the page itself: reading time, views, words, comments, and boxes of text statistics."""
    figures: list[int] = []
    heads: list[int] = []
    for i in page.hits:
        line = page.lines[i]
        if page.labels[i] or len(line) > LONGEST:
            continue
        parts = pieces_of(page, i)
        if not parts or all(part in _COMMENTS for part in parts):
            continue  # a count of comments alone is a heading of theirs
        if all(part in _LINE or _counts(part) for part in parts) and parts != ("0",):
            if len(parts) == 1 and parts[0] in _BOX:
                heads.append(i)
            else:
                yield page.drop(i, LABEL, parts[0])
        elif (found := _FIGURE.match(line)) and found[1].strip().lower() in _TEXT_MEASURES:
            figures.append(i)
        elif len(parts) == 1 and parts[0] in _BOX:
            heads.append(i)
    if len(figures) >= 2:
        for i in sorted(figures + [h for h in heads if figures[0] - 4 <= h < figures[0]]):
            yield page.drop(i, LABEL, "text statistics")


def _counts(part: str) -> bool:
    """Whether a piece counts something of the page: labels, units and at least one number, and nothing else."""
    if "0" not in part:
        return False
    told = False
    for chunk in part.split("0"):
        chunk = chunk.strip(EDGE + " ")
        if chunk in _LABEL:
            told = True
            continue
        if not chunk or chunk in _UNIT:
            continue
        # "Minuten Lesezeit", "min de lecture": a unit, then a label.
        head, _, tail = chunk.partition(" ")
        if head in _UNIT and tail in _LABEL:
            told = True
        elif not (head in _UNIT and tail in _UNIT):
            return False
    return told


CASES = [
    Case("Reading time: 4 minutes | 1,204 views\nThe tide was late.", "The tide was late."),
    Case("Fact Box\nLevel: 7.1\nTokens: 208\nTypes: 120\nThe tide was late.", "The tide was late."),
    Case("Lesedauer: 3 Min.\nDie Flut kam spät.", "Die Flut kam spät."),
    Case("浏览次数：3223\n潮水来迟了。", "潮水来迟了。"),
    Case("댓글 10  조회수 1675\n밀물이 늦었다.", "밀물이 늦었다."),
    Case("Просмотров: 756   Комментариев: 54\nПрилив опоздал.", "Прилив опоздал."),
    Case("Dilihat: 1893 kali\nAir pasang terlambat.", "Air pasang terlambat."),
    Case("1,204 people came.\nWords: 3 of them.", "1,204 people came.\nWords: 3 of them."),
    Case("Level: 3\nThe lift stops here.", "Level: 3\nThe lift stops here."),
    Case("Votes: 1204\nSeats: 14", "Votes: 1204\nSeats: 14"),
]
