"""The three shapes of inserted spam: a whole line, a block of short lines, a phrase inside a line.

No rule rests on one signal. A whole line goes when it is not running text, its terms cover most of it, and several of
them are sure; terms of another language than the page's, or another script, make up for a part of that. A page that
writes about the trade itself (`View.topic`) loses only what no writer writes: a long list of nothing but keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean._spam_fold import fold
from pipeline.clean._spam_page import TOPIC_LINES, Reading, View, function_share, view_of
from pipeline.step import Edit, Page

LABEL = "spam"
_LINK = re.compile(r"\s*(?:https?://|www\.)[^\s/]+(?:/\S*)?\s*$", re.IGNORECASE)
_QUOTES = "\"'“”„«»‘’「」『』《》`"


def spam_edits(page: Page, gate: str = "") -> Iterator[Edit]:
    """The edits for those lines of `page.hits` that hold a stem of the gate; the others tell what the page is."""
    view = view_of(page, gate)
    whole = _whole_lines(view)
    for i, evidence in sorted(whole.items()):
        yield page.drop(i, LABEL, evidence)
    yield from _phrases(view, set(whole))


def _whole_lines(view: View) -> dict[int, str]:
    found: dict[int, str] = {}
    for i in view.hits:
        if not view.page.labels[i]:
            why = line_is_spam(view, i)
            if why:
                found[i] = f"{why}: {view.read(i).evidence()}"
    _blocks(view, found)
    _neighbours(view, found)
    return found


def line_is_spam(view: View, i: int) -> str:
    """Why a line is spam as a whole, "" if it is not."""
    reading = view.read(i)
    if not reading.strong:
        return ""
    cover, score = reading.cover, reading.score
    if reading.hidden:
        return "hidden text" if score >= 3 and cover >= 0.3 else ""
    if score < 4 or cover < 0.25:
        return ""  # no rule below would ask for less; most lines of ordinary pages end here
    if view.prose(i):
        # Promotion in sentences: only in a foreign language, or dense with phrases that nobody else uses.
        if reading.sure < 3 or reading.reports or any(mark in reading.text for mark in "“”«»„「」『』") or view.topic:
            return ""
        if view.foreign(reading):
            return "promotion in another language"
        return "promotion" if cover >= 0.6 and score >= 9 else ""
    if reading.reports and cover < 0.75:
        return ""
    foreign = view.foreign(reading)
    if view.topic and not foreign:
        return "keyword list" if reading.sure >= 3 and cover >= 0.7 and len(reading.pieces) >= 4 else ""
    if view.alien(reading) and score >= 4 and cover >= 0.45:
        return "keywords in another script"
    if foreign and score >= 5 and cover >= 0.35:
        return "keywords in another language"
    if reading.sure >= 2 and (cover >= 0.55 or (cover >= 0.4 and score >= 8)):
        return "keyword list"
    if reading.sure and score >= 6 and cover >= 0.55:
        return "keyword list"
    if reading.strong >= 3 and score >= 8 and score > 2 * reading.strong + reading.sure and cover >= 0.65:
        return "keyword list"
    if reading.sure and reading.calls and cover >= 0.65:
        return "call to a site"
    return ""


def _blocks(view: View, found: dict[int, str]) -> None:
    """Runs of three and more short lines, each of them little but a keyword."""
    run: list[int] = []
    held = set(view.hits)
    for i in [*view.page.filled, -1]:
        if i in held and (i in found or _is_keyword(view, i)):
            run.append(i)
            continue
        if len(run) >= 3 and sum(view.read(k).sure for k in run) >= 2:
            for k in run:
                found.setdefault(k, f"block of keywords: {view.read(k).evidence()}")
        run = []


def _is_keyword(view: View, i: int, need: int = 3) -> bool:
    """Whether a line could be an entry of a block: short, covered by terms, and not at home in the page's subject."""
    page = view.page
    if page.labels[i] or page.words[i] > 10 or page.sentence[i]:
        return False
    reading = view.read(i)
    if reading.reports or (view.topic and not view.foreign(reading)):
        return False
    return reading.score >= need and reading.cover >= (0.5 if reading.strong and reading.score >= 3 else 0.9)


def _neighbours(view: View, found: dict[int, str]) -> None:
    """Lines next to spam that weaker evidence would not condemn: a keyword, or a bare link to another site."""
    filled = view.page.filled
    for order in (filled, filled[::-1]):
        run = 0  # how many spam lines stand directly before this one
        for i in order:
            if i in found:
                run += 1
            elif run and _is_keyword(view, i, need=3 if run == 1 else 2):
                found[i] = f"next to spam: {view.read(i).evidence()}"
                run += 1
            elif run and order is filled and not view.page.labels[i] and _LINK.match(view.page.lines[i]):
                found[i] = "link below spam"
                run += 1
            else:
                run = 0


# Phrases inside a line.

_TAIL = re.compile(r"(?<=[^\W\d]|[\"'”’»」』)])[.!?…。！？।؟][\"'”’»」』)]*(\s*)(?=[^\s\d.!?…。！？])")
_SUFFIX = re.compile(r"\s+[-–—|»·:_~]+\s+|\s*[|｜_]\s*")
_JOINT = re.compile(r"(?<=[a-zß-öø-ÿа-яё0-9%\u0600-\u06ff\u3040-\u9fff\uac00-\ud7a3])(?=[A-ZÀ-ÖØ-ÞА-ЯЁ“«\"¿¡])")
_MAX_PHRASE = 140


def _phrases(view: View, whole: set[int]) -> Iterator[Edit]:
    """Spam put before, behind or into the text of a line: the phrase goes, the line stays."""
    cuts: list[tuple[int, int, int, str]] = []
    maybe: list[tuple[int, int, int, str]] = []
    for i in view.hits:
        if i in whole or view.page.labels[i]:
            continue
        reading = view.read(i)
        if not reading.strong:
            continue
        edge = _prefix(view, reading) or _tail(view, reading) or _title_suffix(view, reading)
        if edge is not None:
            cuts.append((i, *edge))
        elif (inside := _inside(view, i)) is not None:
            (cuts if inside[3] else maybe).append((i, *inside[:3]))
    if not (cuts or maybe):
        return
    # Lines that owe their words to an insertion do not make the trade a subject; three of them would.
    inserted = {cut[0] for cut in cuts} | ({cut[0] for cut in maybe} if len(maybe) < 3 else set())
    if len(view.about - inserted) >= TOPIC_LINES:
        return
    # In the language of the page a phrase inside a sentence is only believed beside other spam on the page.
    if cuts or whole or "spam" in view.page.labels:
        cuts += maybe
    for i, start, end, evidence in sorted(cuts):
        yield view.page.cut(i, start, end, label=LABEL, evidence=evidence)


def _is_phrase(view: View, piece: Reading, need: int) -> bool:
    return piece.score >= need and piece.cover >= 0.75 and (piece.sure > 0 or view.foreign(piece))


def _clean_rest(rest: str) -> bool:
    """Whether what stays of the line has enough text and none of the trade's words."""
    reading = Reading.of(rest)
    return not reading.strong and len(rest.split()) + len(rest) // 8 >= 4


def _prefix(view: View, reading: Reading) -> tuple[int, int, str] | None:
    """Keywords glued to the first word: what stands before the joint is keywords and nothing else."""
    text = reading.text
    for joint in _JOINT.finditer(text, 0, _MAX_PHRASE):
        head = Reading.of(text[: joint.start()])
        if _is_phrase(view, head, 4) and _clean_rest(text[joint.start() : 400]):
            return 0, joint.start(), f"glued to the first word: {head.evidence()}"
    return None


def _tail(view: View, reading: Reading) -> tuple[int, int, str] | None:
    """Keywords behind the last sentence of a paragraph."""
    text = reading.text.rstrip()
    if len(text) < 40:
        return None
    first = max(0, len(text) - _MAX_PHRASE)
    for stop in _TAIL.finditer(text, first):
        tail = Reading.of(text[stop.end() :])
        if _is_phrase(view, tail, 3) and len(tail.text.split()) >= 2 and not tail.text.endswith((".", "。", "?")):
            return (
                (stop.start(1), len(reading.text), f"behind the last sentence: {tail.evidence()}")
                if _clean_rest(text[: stop.start(1)])
                else None
            )
    return None


def _title_suffix(view: View, reading: Reading) -> tuple[int, int, str] | None:
    """Keywords behind a title, set off as the name of a site is."""
    text = reading.text.rstrip()
    if len(text) > 300:
        return None
    marks = list(_SUFFIX.finditer(text))
    if not marks:
        return None
    last = marks[-1]
    tail = Reading.of(text[last.end() :])
    if _is_phrase(view, tail, 4) and _clean_rest(text[: last.start()]):
        return last.start(), len(reading.text), f"behind the title: {tail.evidence()}"
    return None


def _inside(view: View, i: int) -> tuple[int, int, str, bool] | None:
    """The one cluster of keywords in a sentence that is about something else; and whether it is of another language."""
    reading = view.read(i)
    hits = reading.hits
    if not view.prose(i) or reading.reports:
        return None
    clusters: list[list[int]] = []
    for k, hit in enumerate(hits):
        gap = reading.folded.text[hits[k - 1].end : hit.start] if k else "x"
        if clusters and not gap.strip():
            clusters[-1].append(k)
        else:
            clusters.append([k])
    strong = [c for c in clusters if any(hits[k].term.weight > 1 for k in c)]
    if len(strong) != 1:
        return None
    first, last = hits[strong[0][0]], hits[strong[0][-1]]
    start, end = reading.folded.where(first.start), reading.folded.where(last.end - 1) + 1
    phrase = Reading.of(reading.text[start:end])
    around = reading.text[max(0, start - 1) : start] + reading.text[end : end + 1]
    if any(mark in around for mark in _QUOTES) or len(phrase.text) > _MAX_PHRASE:
        return None
    if phrase.score < 4 or not phrase.sure or len(phrase.text.split()) < (2 if view.foreign(phrase) else 3):
        return None
    if not view.at_home(reading.text[:start] + reading.text[end:]):
        return None
    foreign = view.foreign(phrase)
    if not foreign and (_speaks_of(phrase) or not _breaks(reading.text[:start], reading.text[end:])):
        return None
    if not around.strip():
        # One of the two spaces goes along.
        start -= around[:1].isspace()
    return start, end, f"inside a sentence: {phrase.evidence()}", foreign


def _speaks_of(phrase: Reading) -> bool:
    """Whether a phrase is of the kind that ordinary writing uses in the same words."""
    return any(
        hit.term.family in ("adult", "streaming", "warez", "trade") for hit in phrase.hits if hit.term.weight > 1
    )


def _breaks(before: str, after: str) -> bool:
    """Whether a phrase stands where none can: between a function word and the content word that belongs to it."""
    last, following = before.split()[-1:], after.split()[:1]
    return (
        bool(last and following)
        and following[0].isalpha()
        and function_share(fold(last[0]).text) == 1
        and not function_share(fold(following[0]).text)
    )
