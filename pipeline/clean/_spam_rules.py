"""The three shapes of inserted spam: a whole line, a block of short lines, a phrase inside a line.

No rule rests on one signal. A whole line goes when it is not running text, its terms cover most of it, and several of
them are sure; terms of another language than the page's, or another script, make up for a part of that. A page that
writes about the trade itself (`View.topic`) loses only what no writer writes: a long list of nothing but keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.clean._spam_fold import fold
from pipeline.clean._spam_page import TOPIC_LINES, Reading, View, function_share, view_of
from pipeline.clean._spam_scan import ENOUGH, suspects
from pipeline.step import Edit, Page

LABEL = "spam"
_LINK = re.compile(r"\s*(?:https?://|www\.)[^\s/]+(?:/\S*)?\s*$", re.IGNORECASE)
_QUOTES = "\"'“”„«»‘’「」『』《》`"


def spam_edits(page: Page, kind: int) -> Iterator[Edit]:
    """The edits for the lines that could hold terms of these scripts (`_spam_scan`); the others tell what the page is."""
    # No rule asks for less than this of one line.
    if not suspects(page).seen & ENOUGH * kind:
        return
    view = view_of(page, kind)
    if not any(view.read(i).sure or view.read(i).score >= 4 for i in view.hits):
        return
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
    if score < 3 or cover < 0.1:
        return ""  # no rule below would ask for less; most lines of ordinary pages end here
    if not reading.reports and not reading.quotes:
        why = _stands_out(view, i)
        # A dense list is held against what the page says of its own trade; a label (Bank transfer) against any.
        about = view.writes_of(reading) if score >= 7 else view.topic
        if why and view.quiet and not about:
            edge = _prefix(view, reading) or _tail(view, reading) or _title_suffix(view, reading) or _sentence(view, i)
            calls = reading.contact or reading.offers
            return "" if edge or (view.page.words[i] >= 12 and not calls and _inside(view, i)) else why
    if score < 4 or cover < 0.25 or (reading.quotes and view.page.sentence[i]):
        return ""
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
        return (
            "keyword list"
            if not view.page.sentence[i] and reading.sure >= 3 and cover >= 0.7 and len(reading.pieces) >= 4
            else ""
        )
    if view.alien(reading) and score >= 4 and cover >= 0.45:
        return "keywords in another script"
    if foreign and score >= 5 and cover >= 0.35 and (reading.sure or reading.strong > 1):
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


_NAMED = {"gambling", "adult", "pharma", "hack", "occult"}


def _is_code(text: str) -> bool:
    """Whether a line is markup or code that a page shows; links are what spam leaves behind."""
    return (text.lstrip().startswith("<") and "href" not in text) or text.rstrip().endswith((";", "{", "}", ")"))


def _stands_out(view: View, i: int) -> str:
    """Why a line is spam on a page that has nothing to do with the trade, "" if it is not: less is enough there."""
    reading = view.read(i)
    cover, score, sure = reading.cover, reading.score, reading.sure
    if not reading.hard and score < 8:
        return ""
    if reading.contact and (sure >= 2 or (sure and score >= 4 and cover >= 0.1) or (score >= 6 and cover >= 0.2)):
        return "promotion with an address"
    if reading.offers and sure and score >= 4 and cover >= 0.15:
        return "offer"
    if view.prose(i):
        return "promotion" if sure >= 3 and score >= 10 and cover >= 0.6 else ""
    if sure >= 2 and (
        cover >= (0.6 if len(reading.pieces) < 3 and reading.families == {"adult"} else 0.3)
        or (reading.held >= 0.5 and len(reading.pieces) >= 3)
    ):
        return "keyword list"
    if sure and score >= 5 and cover >= 0.35 and reading.families != {"adult"} and not _is_code(reading.text):
        return "keyword list"
    if sure and cover >= 0.8 and reading.letters >= 12 and _NAMED & reading.families:
        return "keywords"
    return ""


def _blocks(view: View, found: dict[int, str]) -> None:
    """Runs of three and more short lines, each of them little but a keyword."""
    held = set(view.hits)
    for run in _runs([i in held for i in view.page.filled]):
        lines = [view.page.filled[k] for k in run]
        for part in _runs([i in found or _is_keyword(view, i) for i in lines]):
            block = [lines[k] for k in part]
            if sum(view.read(i).sure for i in block) >= 2:
                for i in block:
                    found.setdefault(i, f"block of keywords: {view.read(i).evidence()}")


def _runs(flags: Sequence[bool], least: int = 3) -> Iterator[range]:
    """Where so many flags or more are set in a row."""
    start = 0
    for k, flag in enumerate([*flags, False]):
        if not flag:
            if k - start >= least:
                yield range(start, k)
            start = k + 1


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
    if not found:
        return
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
        edge = _prefix(view, reading) or _tail(view, reading) or _title_suffix(view, reading) or _sentence(view, i)
        if edge is not None:
            cuts.append((i, *edge))
        elif (inside := _inside(view, i)) is not None:
            (cuts if inside[3] else maybe).append((i, *inside[:3]))
    if not (cuts or maybe):
        return
    # Lines that owe their words to an insertion do not make the trade a subject; more of them would.
    inserted = {cut[0] for cut in cuts} | ({cut[0] for cut in maybe} if len(maybe) <= MOST_INSIDE else set())
    if len(view.about - inserted) >= TOPIC_LINES:
        return
    # In the language of the page a phrase inside a sentence is only believed where the page speaks of other things.
    if cuts or whole or "spam" in view.page.labels:
        cuts += maybe
    elif not view.talk - inserted:
        phrases = [(cut, Reading.of(view.page.lines[cut[0]][cut[1] : cut[2]])) for cut in maybe]
        cuts += [cut for cut, phrase in phrases if phrase.score >= 6 or len(phrase.hits) > 1]
    for i, start, end, evidence in sorted(cuts):
        yield view.page.cut(i, start, end, label=LABEL, evidence=evidence)


MOST_INSIDE = 4


_STOPS = re.compile(r"[.!?…][\"'”’»)]*\s+|[。！？!?，；]\s*|[।۔]\s+")


def _sentence(view: View, i: int) -> tuple[int, int, str] | None:
    """A whole sentence (in Chinese and Japanese, a clause) that sells, in a paragraph about something else."""
    reading = view.read(i)
    text = reading.text
    if reading.reports or len(text) < 40 or len(text) > 4000:
        return None
    bounds = [0, *(stop.end() for stop in _STOPS.finditer(text)), len(text)]
    sells = []
    for start, end in pairwise(bounds):
        part = Reading.of(text[start:end])
        if part.strong:
            sold = (part.contact or part.offers) and (part.hard or part.score >= 5)
            if not sold or part.quotes:
                return None
            sells.append((start, end))
    if not sells or len(sells) == len(bounds) - 1 or any(a[1] != b[0] for a, b in pairwise(sells)):
        return None
    start, end = sells[0][0], sells[-1][1]
    # The address may stand in a clause of its own.
    rest = text[:start] + text[end:]
    if view.talk - {i} or len(rest) < 20 or not view.at_home(rest):
        return None
    if end == len(text):
        start -= len(text[:start]) - len(text[:start].rstrip())
    return start, end, f"a sentence that sells: {reading.evidence()}"


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
    hits, folded = reading.hits, reading.folded
    if reading.reports or reading.cover > 0.6 or view.page.words[i] < 6:
        return None
    clusters: list[list[int]] = []
    for k, hit in enumerate(hits):
        if clusters and _LINK_WORD.fullmatch(folded.text, hits[k - 1].end, hit.start):
            clusters[-1].append(k)
        else:
            clusters.append([k])
    strong = [c for c in clusters if any(hits[k].term.weight > 1 for k in c)]
    if len(strong) != 1:
        return None
    first, last = hits[strong[0][0]], hits[strong[0][-1]]
    start, end = folded.where(first.start), folded.where(last.end - 1) + 1
    phrase = Reading.of(reading.text[start:end])
    before, after = reading.text[:start], reading.text[end:]
    around = before[-1:] + after[:1]
    if any(mark in around for mark in _QUOTES) or len(phrase.text) > _MAX_PHRASE:
        return None
    foreign = view.foreign(phrase)
    if not phrase.sure or not view.at_home(before + after) or Reading.of(before + " " + after).strong:
        return None
    if foreign:
        if phrase.score < 4 or len(phrase.text.split()) < 2:
            return None
    elif not _is_inserted(view, phrase, before, after):
        return None
    if not around.strip():
        # One of the two spaces goes along; at the start of a line there is only the one behind.
        start, end = (start - 1, end) if before else (start, end + 1)
    elif before.rstrip()[-1:] in ",，、" and after[:1] in ",，、":
        end += 1
    return start, end, f"inside a sentence: {phrase.evidence()}", foreign


# What may stand between two terms of one inserted phrase.
_LINK_WORD = re.compile(r"[\s,，、|/]*(?:[^\W\d_]{1,3}[\s,，、|/]+)?")


def _is_inserted(view: View, phrase: Reading, before: str, after: str) -> bool:
    """Whether keywords in the page's own language stand in a sentence that does not need them: nothing leads to them."""
    words = phrase.text.split()
    if _speaks_of(phrase) or not phrase.hard:
        return False
    if phrase.script in ("Hani", "Kana", "Thai"):
        # Nothing but a mark or a space parts words there.
        return len(phrase.text) >= 4 and phrase.cover >= 0.8 and (not before or not before[-1].isalnum())
    # An enumeration is something that the sentence says.
    if len(words) < 2 or (phrase.score < 5 and len(words) < 3) or any(mark in phrase.text for mark in ",،"):
        return False
    last = before.split()[-1:]
    if not last:
        return False
    if _breaks(before, after):
        return True
    # After an article or a preposition, after a colon or in brackets the phrase is part of what is said.
    return function_share(fold(last[0]).text) == 0 and last[0][-1] not in ":(-–—" and after.strip() != ""


def _speaks_of(phrase: Reading) -> bool:
    """Whether a phrase is of the kind that ordinary writing uses in the same words."""
    return any(hit.term.family in ("adult", "streaming", "warez") for hit in phrase.hits if hit.term.weight > 1)


def _breaks(before: str, after: str) -> bool:
    """Whether a phrase stands where none can: between a function word and the content word that belongs to it."""
    last, following = before.split()[-1:], after.split()[:1]
    return (
        bool(last and following)
        and following[0].isalpha()
        and function_share(fold(last[0]).text) == 1
        and not function_share(fold(following[0]).text)
    )
