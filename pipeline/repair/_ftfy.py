"""ftfy's repair of mojibake, with its own output, at the speed of a search for what it could change.

With the fixers below switched off, ftfy changes a line only if its expression for "badness" matches it (see `is_bad`
in ftfy: the first thing its `fix_encoding` asks; the expression covers all C1 controls too). So one search over the
page finds the lines that need ftfy at all, and RE2 can do the same for a column of pages. Python tries the thirty
branches of the expression at every character; here it tries them only around characters that could be part of a match.

What is switched off are steps of their own here (line ends, entities, control characters, ligatures, normal form) or
destroys good text: full-width punctuation and curly quotes are how Chinese and English are printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import ftfy
from ftfy import chardata
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES

CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_encoding=True,
    restore_byte_a0=True,
    replace_lossy_sequences=True,
    decode_inconsistent_utf8=True,
    fix_c1_controls=True,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
)
# The same expression, its `^` at the start of every line.
_BAD = re.compile(BADNESS_RE.pattern, re.VERBOSE | re.MULTILINE)
# Whatever the expression matches has one of these characters in it, beside another one outside ASCII or as one of the
# few that are bad beside ASCII too. Letters of running Greek and Cyrillic text are not among them.
_SUSPECTS = "ЂÙ°" + "".join(
    MOJIBAKE_CATEGORIES[name]
    for name in (
        "c1", "bad", "law", "currency", "start_punctuation", "end_punctuation", "numeric", "upper_accented", "lower_accented", "box",
    )
)  # fmt: skip
_SUSPECT = re.compile(f"[{_SUSPECTS}](?:(?=[^\x00-\x7f])|(?<=[^\x00-\x7f].)|(?<=[\x80-\x9fÃÂŒœ]))")
# The longest match has seven characters.
_REACH = 8
_PYTHON_SPACE = r"[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_PYTHON_WORD = r"[\pL\pN_]"
_NOT_LATIN_1 = re.compile("[^\x00-\xff]")


class Fixed(NamedTuple):
    """A segment of the text (a line, or a million characters of a long one) that ftfy changes, and how."""

    start: int
    before: str
    after: str
    plan: str


def fixes(text: str) -> Iterator[Fixed]:
    """The segments of `text` that `ftfy.fix_text(text, CONFIG)` changes."""
    if text.isascii():
        return
    at = 0
    while (found := _first_bad(_BAD, text, at)) is not None:
        at = text.rfind("\n", at, found) + 1 or at
        stop = text.find("\n", at) + 1 or len(text)
        while at < stop:
            until = min(stop, at + CONFIG.max_decode_length)
            before = text[at:until]
            if _is_bad(before):
                after, plan = _quick(before) or _thorough(before)
                if after != before:
                    yield Fixed(at, before, after, plan)
            at = until


def fix_text(text: str) -> str:
    """What `ftfy.fix_text(text, CONFIG)` gives."""
    pieces: list[str] = []
    at = 0
    for fixed in fixes(text):
        pieces += (text[at : fixed.start], fixed.after)
        at = fixed.start + len(fixed.before)
    pieces.append(text[at:])
    return "".join(pieces)


def _first_bad(pattern: re.Pattern[str], text: str, at: int = 0) -> int | None:
    """A place in the first line from `at` on that the expression matches."""
    for suspect in _SUSPECT.finditer(text, at):
        found = pattern.search(text, max(at, suspect.start() - _REACH), suspect.end() + _REACH)
        if found:
            return found.start()
    return None


def _is_bad(text: str) -> bool:
    """What ftfy's `is_bad` gives."""
    return not text.isascii() and _first_bad(BADNESS_RE, text) is not None


def _thorough(text: str) -> tuple[str, str]:
    """What ftfy makes of a segment, and its plan in one line, each step once."""
    after, plan = ftfy.fix_and_explain(text, CONFIG)
    return after, ", ".join(dict.fromkeys(f"{step.action} {step.parameter}" for step in plan or []))


def _quick(text: str) -> tuple[str, str] | None:
    """The same for the plain case, UTF-8 read as Latin-1 or windows-1252, also twice; None where ftfy has to think.

    These are the encodings that ftfy tries first. It takes the first that gives UTF-8 at once, and goes on until the
    result is not bad; its special treatment of lost bytes is ruled out by the expressions that start it.
    """
    steps: list[str] = []
    while not steps or _is_bad(text):
        encoding = "sloppy-windows-1252" if _NOT_LATIN_1.search(text) else "latin-1"
        try:
            raw = text.encode(encoding)
            text = raw.decode()
        except UnicodeError:
            return None
        if b"\x1a" in raw or b"\xed" in raw or b"\xc0" in raw or chardata.ALTERED_UTF8_RE.search(raw):
            return None
        # A byte was lost to a question mark, or to \x1a.
        if b"?" in raw and chardata.LOSSY_UTF8_RE.search(raw):
            return None
        steps += (f"encode {encoding}", "decode utf-8")
    return text, ", ".join(dict.fromkeys(steps))


def gate() -> str:
    """ftfy's expression for badness in the dialect of RE2, capitals kept apart whatever the caller says."""
    out, in_class, comment = [], False, False
    pattern = BADNESS_RE.pattern
    i = 0
    while i < len(pattern):
        char = pattern[i]
        if comment:
            comment = char != "\n"
        elif char == "\\":
            pair = pattern[i : i + 2]
            out.append(pair if in_class else {r"\s": _PYTHON_SPACE, r"\w": _PYTHON_WORD}.get(pair, pair))
            i += 1
        elif in_class:
            in_class = char != "]"
            out.append(char)
        elif char == "#":
            comment = True
        elif not char.isspace():
            in_class = char == "["
            out.append(char)
        i += 1
    return f"(?m-i:{''.join(out)})"
