"""Reader comments: the invitation to write one, the buttons under one, and the comments themselves."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from pipeline.clean._notes import LONGEST, Openings, key, keys, pieces_of, prose, prose_after
from pipeline.clean._scan import both, contains, either, opens, opens_like, opens_piece
from pipeline.clean._vocabulary import EDGE, any_of, phrases
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "comment"
_LINE = keys("comments", "line")
_START = keys("comments", "start")
_STARTS = Openings(_START)
_BAR = keys("comments", "bar") | {"0", ""}
_STRONG = keys("comments", "strong")

_SAYS = any_of(sorted(set(phrases("comments", "says")) - {"a dit"}))
_AGO = any_of(phrases("comments", "ago"))
# A name, then when the comment was written: a relative time, or a date with a clock.
_WHEN = (
    rf"(?:\d+\s?[^\W\d]{{1,12}}\s{_AGO}|{_AGO}\s\d+\s?[^\W\d]{{1,12}}|\d+\s?[^\W\d]{{1,6}}{_AGO}"
    r"|(?:\d{1,2}(?:st|nd|rd|th|\.)?\s[^\W\d]{3,9}\.?(?:,?\s\d{4})?|[^\W\d]{3,9}\s\d{1,2}(?:st|nd|rd|th)?,?(?:\s\d{4})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?\s(?:(?:at|um|à|a las|às|alle|om|kl\.?|в|o)\s)?\d{1,2}[:.h]\d{2}"
    r"(?:\s?[ap]\.?m\.?|\suhr)?)"
)
_HEAD = re.compile(rf"^\W*(\S{{2,30}}(?:\s\S{{1,20}}){{0,4}}?),?\s+(?:[-–—|•·,]\s)?{_WHEN}(?P<rest>.*)$", re.IGNORECASE)
_SAYS_LINE = re.compile(rf"^\S{{1,30}}(?:\s\S{{1,20}}){{0,3}}\s{_SAYS}\s?:$", re.IGNORECASE)
# "marlin_7: what they wrote", a nickname of one word that is not a word of a dialogue.
_NICK = re.compile(r"^([^\s:：]{2,20})\s?[:：]\s*\S")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\s()\[\]|·•,;]+")
# Phrases of forums, of questions and answers and of any form: they do not tell that a thread of comments is near.
_NO_THREAD = (
    "email", "e-mail", "name", "website", "repl", "0repl", "report", "add a comment", "improve", "community", "house",
    "helpful", "your name", "log in to reply", "you must be logged in to reply", "login to reply", "required",
    "0answers", "0antwort", "antwort", "0response", "respuesta", "0respuesta", "0ответ", "обсужд", "отв", "diskus",
)  # fmt: skip
# Comments stand below a text: this much running text comes before the first of them.
BODY_LINES = 2
# Prompts of a page with one thread: a heading, a form, a rule or two.
PROMPTS = 12
# Characters of the longest row of buttons.
_BAR_CHARS = 120
# Lines of one comment; a longer stretch without a name or a button is no comment.
COMMENT_LINES = 12


@step(
    "clean.comments",
    version=1,
    gate=either(
        opens_piece(_LINE),
        opens(_START),
        both(contains(_STRONG, _BAR_CHARS), opens_like(_LINE | _START | _STRONG | {"0" + word for word in _STRONG})),
    ),
)
def comments(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out reader comments after the text, and every prompt, count, button and rule around them."""
    gone: dict[int, str] = {}
    anchors, buttons = [], []
    for i in page.hits:
        line = page.lines[i]
        if _is_bar(line):
            gone[i] = "buttons"
            buttons.append(i)
        elif found := _prompt(line, pieces_of(page, i), page.words[i]):
            gone[i] = found
            if found not in _BAR and not found.startswith(_NO_THREAD):
                anchors.append(i)
    # A prompt under every post is that of a forum or of questions and answers: the posts are the text.
    if 0 < len(anchors) <= PROMPTS:
        _threads(page, anchors, set(buttons), gone)
    for i in sorted(gone):
        if not page.labels[i]:
            yield page.drop(i, LABEL, gone[i])


def _prompt(line: str, parts: tuple[str, ...], words: int) -> str:
    """The phrase of a line that is nothing but a prompt or count for comments, or ""."""
    if parts and all(part in _LINE for part in parts):
        return parts[0]
    if words > 45 or len(line) > 2 * LONGEST:
        return ""
    whole = key(line)
    return whole[:40] if whole in _LINE or _STARTS.of(whole) else ""


def _is_bar(line: str) -> bool:
    """Whether the line is the row of buttons under a comment: such words and numbers only, one of them telling."""
    if len(line) > _BAR_CHARS:
        return False
    telling = False
    for match in _WORD.finditer(line):
        word = key(match[0]).strip("+ ")
        if word not in _BAR:
            return False
        telling = telling or word in _STRONG
    return telling


def _threads(page: Page, anchors: list[int], buttons: set[int], gone: dict[int, str]) -> None:
    """Add the comments themselves: what stands between a reader's name with a time and the buttons or next name."""
    body = prose(page)
    if len(body) < BODY_LINES:
        return
    first = body[BODY_LINES - 1]
    filled = page.filled
    start: int | None = None
    for n in range(bisect_right(filled, first), len(filled)):
        i = filled[n]
        line = page.lines[i]
        head = _HEAD.match(line) if len(line) < LONGEST and _DIGIT.search(line) else None
        if start is not None and (head or i in gone):
            if n - start <= COMMENT_LINES:
                gone.update({k: "comment" for k in filled[start:n] if k not in gone})
            start = None
        if head:
            if head["rest"].strip(EDGE + " "):
                gone[i] = "comment"
            else:
                start = n
        elif _is_nick(page, i, anchors):
            gone[i] = "nickname"


def _is_nick(page: Page, i: int, anchors: list[int]) -> bool:
    """Whether line `i` is "nickname: words" near the prompt for comments, below the text."""
    found = _NICK.match(page.lines[i])
    if not found or prose_after(page, i) > 2:
        return False
    name = found[1]
    if name.isascii() and not any(c.isdigit() or c == "_" for c in name) and name != name.lower():
        return False
    if name in ("http", "https", "mailto", "e-mail", "email", "tel"):
        return False
    near = min(abs(i - a) for a in anchors)
    if name.lower() == name.upper():  # a script without capitals
        return any(0 < i - a <= 6 for a in anchors)
    return near <= 12 and (any(c.isdigit() or c == "_" for c in name) or name == name.lower())


CASES = [
    Case(
        "The ferry will sail again on Monday, the harbour office said after the last trial run in calm water.\n"
        "Comments (12)\nLog in to comment",
        "The ferry will sail again on Monday, the harbour office said after the last trial run in calm water.",
    ),
    Case(
        "Der Pegel fällt weiter.\nKommentare (7) – Bitte melden Sie sich an, um zu kommentieren.",
        "Der Pegel fällt weiter.",
    ),
    Case("水位はさらに下がった。\nコメント（3）\n返信　通報", "水位はさらに下がった。"),
    Case("수위가 더 내려갔다.\n댓글 4\n댓글쓰기", "수위가 더 내려갔다."),
    Case("Вода уходит.\nОтветить  +12  −1\nКомментарии (2)", "Вода уходит."),
    Case(
        "Comments on the plan are open until Friday, and 312 residents have written to the council.\n"
        "“Reply to every letter,” the mayor told her staff.",
        "Comments on the plan are open until Friday, and 312 residents have written to the council.\n"
        "“Reply to every letter,” the mayor told her staff.",
    ),
    Case("Q: Who pays?\nA: The harbour office does.", "Q: Who pays?\nA: The harbour office does."),
    Case("— Это правда?\n— Да.", "— Это правда?\n— Да."),
]
