"""Words and numbers that lost a hyphen or a blank, or gained one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

# 7 5th: a blank inside an ordinal. The last digit must fit its ending, and what stands before must not be a number.
_SPLIT_ORDINAL = re.compile(r"[1-9] (?=(?:0th|1st|2nd|3rd|[4-9]th)\b)(?<![\w.,:/#-]..)(?<![\d.,:/#-] ..)")
_SPLIT_ORDINAL_NOUN = re.compile(
    r"(?:no|nos|chapter|level|grade|page|part|section|number|table|figure|act|top|class|row)\.? \Z", re.IGNORECASE
)

# small — and medium-sized: a suspended hyphen that a typesetter took for a dash.
_SUSPENDED = re.compile(r"[—–] ?(?=(?:and|or|to) \w+-\w)", re.IGNORECASE)
_FIRST_PART = re.compile(
    r"\b(?:small|medium|large|short|mid|long|low|middle|high|first|second|third|one|two|three|four|five|six|upper|lower|inner"
    r"|outer|pre|post|left|right|north|south|east|west|full|part|single|double|micro|macro|under|over|big)\Z",
    re.IGNORECASE,
)

# openingup: a participle and a particle in one. Before an article it was a verb (opening up), else a noun (opening-up).
_GLUED_PARTICLE = re.compile(
    r"ing(?<=[A-Za-z]{2}[a-z]ing)(?<!\bspring)(?<!\bstring)(up|down|out|off|away|back|over)\b(?= ?(the|a|an|his|her|its|their|our|your|my|this|that|these|those|new|more|all|some|every)?\b)"
)
_PARTICLES = ("ingup", "ingdown", "ingout", "ingoff", "ingaway", "ingback", "ingover")

# Compounds that English writes with a hyphen and never as one word.
_COMPOUNDS = {
    "long": "term range distance awaited", "short": "term range lived", "high": "speed quality profile ranking", "low": "income carbon",
    "large": "scale", "small": "scale", "medium": "sized term", "full": "scale fledged", "so": "called", "state": "owned run",
    "well": "known established deserved educated informed equipped", "world": "famous renowned", "decision": "making makers maker",
    "problem": "solving", "energy": "saving intensive efficient", "time": "consuming honored honoured", "cutting": "edge", "far": "reaching",
    "old": "fashioned", "ever": "changing growing", "export": "oriented", "market": "oriented driven", "people": "oriented centered centred",
    "family": "owned run", "foreign": "funded invested owned", "hard": "won earned", "middle": "aged class income",
    "self": "reliance reliant employed employment confidence confident discipline sufficiency sufficient esteem defence defense taught",
    "three": "dimensional quarters", "tax": "exempt", "silver": "handled plated haired", "gold": "plated rimmed", "wooden": "handled",
    "ivory": "handled", "bone": "handled", "brass": "handled", "pearl": "handled", "grey": "haired", "gray": "haired", "white": "haired",
    "blue": "eyed", "green": "eyed", "brown": "eyed", "dark": "haired skinned", "fair": "haired skinned", "open": "ended",
}  # fmt: skip
_GLUED = {first + second: len(first) for first, seconds in _COMPOUNDS.items() for second in seconds.split()}
_WORD = re.compile(r"[A-Za-z]+")
_ENGLISH = re.compile(r"\b(?:the|of|and|to|is|with|that|for|an|by)\b", re.IGNORECASE)

# because,he: a comma between two words in a sentence that has blanks behind its other commas.
_GLUED_COMMA = re.compile(r",(?=[a-zа-яё]{2})(?<=[a-zа-яё]{2},)")
_MIN_BLANKS = 6
# was late.Nobody: a full stop between a word in small letters and a capitalised one, in such a sentence.
_DOTTED = re.compile(r"[^\W\d_]\.[a-z(]")
_SMALL, _CAPITAL = "[a-zß-ÿа-яёіїєα-ωά-ώ]", "[A-ZÀ-ÞА-ЯЁІЇЄΑ-Ω]"
_GLUED_STOP = re.compile(f"[.!](?<={_SMALL}{{3}}[.!])(?={_CAPITAL}{_SMALL}+[ ,’])")
_CODE_SIGNS = re.compile(r"[=<>{}\[\]|_\\]|://|www\.|@")

# under-/stood: a word cut at the end of a line. A page set in narrow lines has several of them.
_CUT_WORD = re.compile(r"-\n(?<=[^\W\d_]{2}-\n)([^\W\d_]{2,})([,.;:!?)»”’]?)(?: |(?=\n)|\Z)")
_MIN_CUT = 2


@step(
    "repair.broken_words",
    version=2,
    gate=r"\b[1-9] (?:0th|1st|2nd|3rd|[4-9]th)\b| ?[—–] ?(?:and|or|to) \w+-\w|[a-z]ing(?:up|down|out|off|away|back|over)\b"
    rf"|[a-zа-яё]{{2}},[a-zа-яё]{{2}}|(?-i:{_SMALL}{{3}}[.!]{_CAPITAL}{_SMALL}+[ ,’])|\b(?:{'|'.join(sorted(_GLUED))})\b|\pL-\n\pL",
)
def broken_words(page: Page, params: Params) -> Iterator[Edit]:
    """Mends what is certain of lost or stray hyphens and blanks in English: 7 5th, openingup, because,he, wellknown.

    A short list of rules and of compounds, no guessing. In all alphabetic languages, words that were cut at line ends
    are joined again, if the page has several, and a sentence is parted from the one before.
    """
    text = page.text
    yield from _cut_words(text)
    for found in _SPLIT_ORDINAL.finditer(text):
        if not _SPLIT_ORDINAL_NOUN.search(text[max(0, found.start() - 12) : found.start()]):
            yield Edit(found.end() - 1, found.end(), "", "split_number")
    for found in _SUSPENDED.finditer(text):
        start = found.start() - text.endswith(" ", 0, found.start())
        if _FIRST_PART.search(text[max(0, start - 12) : start]):
            yield Edit(start, found.end(), "- ", "em_dash_for_hyphen")
    if any(particle in text for particle in _PARTICLES):
        for found in _GLUED_PARTICLE.finditer(text):
            label = "glued_words" if found[2] else "lost_hyphen"
            yield Edit(found.start(1), found.start(1), " " if found[2] else "-", label)
    has_glued = not _GLUED.keys().isdisjoint(map(str.lower, _WORD.findall(text)))
    has_stop = _GLUED_STOP.search(text) is not None
    for i, line in enumerate(page.lines):
        if has_glued and _ENGLISH.search(line):
            yield from _hyphens(page, i, line)
        if has_stop:
            stops = list(_GLUED_STOP.finditer(line))
            if stops and line.count(" ") >= _MIN_BLANKS and not (_CODE_SIGNS.search(line) or _DOTTED.search(line)):
                for stop in stops:
                    yield page.cut(i, stop.end(), stop.end(), " ", "missing_space")
        if "," in line:
            commas = list(_GLUED_COMMA.finditer(line))
            if commas and len(commas) <= 2 and line.count(" ") >= _MIN_BLANKS and not _CODE_SIGNS.search(line):
                for comma in commas:
                    yield page.cut(i, comma.end(), comma.end(), " ", "missing_space")


def _hyphens(page: Page, i: int, line: str) -> Iterator[Edit]:
    for found in _WORD.finditer(line):
        word = found[0]
        cut = _GLUED.get(word.lower())
        if cut and word[1:].islower():
            yield page.cut(i, found.start() + cut, found.start() + cut, "-", "lost_hyphen")


def _cut_words(text: str) -> Iterator[Edit]:
    found = [cut for cut in _CUT_WORD.finditer(text) if cut[1].islower()]
    if len(found) < _MIN_CUT:
        return
    for cut in found:
        # The rest of the word moves up, so that the number of lines stays.
        yield Edit(cut.start(), cut.end(), f"{cut[1]}{cut[2]}\n", "line_break_hyphen")


CASES = [
    Case("They marked the town's 7 5th anniversary.", "They marked the town's 75th anniversary."),
    Case("A plan for short — and long-term storage", "A plan for short- and long-term storage"),
    Case("years of reform and openingup in the port", "years of reform and opening-up in the port"),
    Case("He is settingup a stall with a brasshandled bell.", "He is setting up a stall with a brass-handled bell."),
    Case(
        "The socalled captain waited,then he left.",
        "The so-called captain waited,then he left.",
        note="too short a line for a comma",
    ),
    Case(
        "The captain waited for a long time,then he left the harbour.",
        "The captain waited for a long time, then he left the harbour.",
    ),
    Case(
        "Паром опоздал на час.Никто не сердился,потому что на берегу пели.",
        "Паром опоздал на час. Никто не сердился, потому что на берегу пели.",
    ),
    Case(
        "They use Node.js and ASP.Net at Tarnquay.Example since the merger of last year.",
        "They use Node.js and ASP.Net at Tarnquay.Example since the merger of last year.",
        note="names with a full stop in them",
    ),
    Case(
        "Der Fluss war so still, dass man die Stim-\nmen am anderen Ufer hörte, und die Kin-\nder lachten.",
        "Der Fluss war so still, dass man die Stimmen\nam anderen Ufer hörte, und die Kinder\nlachten.",
    ),
    Case("Przysta-\nnie były zam-\nknięte do wiosny.", "Przystanie\nbyły zamknięte\ndo wiosny."),
    Case(
        "Chapter 7 5th edition; no. 4 2nd floor; 12 5th graders",
        "Chapter 7 5th edition; no. 4 2nd floor; 12 5th graders",
    ),
    Case("He was tall — and well-known — and kind.", "He was tall — and well-known — and kind."),
    Case(
        "spring, morning, the upbringing; a Hightech-Betrieb, das Langzeit-\nGedächtnis",
        "spring, morning, the upbringing; a Hightech-Betrieb, das Langzeit-\nGedächtnis",
    ),
    Case(
        "foo(a,b); tags: red,green,blue and other=x,yy of the old list",
        "foo(a,b); tags: red,green,blue and other=x,yy of the old list",
    ),
]
