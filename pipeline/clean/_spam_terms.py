"""The vocabulary of spam (`spam.txt`) and a finder of its terms in a folded line."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipeline.clean._spam_fold import fold

SURE, STRONG, WEAK = 3, 2, 1  # and 0 for the words of those who report on the trade


class Term(NamedTuple):
    """A term of the vocabulary; `languages` is empty for words of no language in particular."""

    pattern: str
    weight: int
    family: str
    languages: frozenset[str]


class Hit(NamedTuple):
    """Where a term stands in a folded line."""

    start: int
    end: int
    term: Term


# Scripts in which a term may stand anywhere: no spaces between words, or particles and vowel signs that hang on.
FREE = "\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_FREE = re.compile(f"[{FREE}]")
_START = re.compile(rf"(?<!\w)[^\W_]|[{FREE}]")
_START_ASCII = re.compile(r"(?<!\w)[^\W_]", re.ASCII)
_KEY = 3
_COMMA = re.compile(r",(?![^{}]*\})")


@cache
def _heads_of() -> dict[str, list[Term]]:
    """The terms by the first three characters that they can begin with, fewer where a pattern leaves them open."""
    terms: dict[str, Term] = {}
    path = Path(__file__).with_name("spam.txt")
    weight, family, languages = 0, "", frozenset[str]()
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("["):
            tongue, family, digit = line.strip("[]").split(" ")
            weight, languages = int(digit), frozenset(tongue.split("+")) - {"*"}
        elif line and not line.startswith("#"):
            for item in filter(None, map(str.strip, _COMMA.split(line))):
                pattern = _pattern(item, glued="vi" in languages)
                known = terms.get(pattern, Term(pattern, weight, family, languages))
                heavier = known if known.weight >= weight else Term(pattern, weight, family, languages)
                terms[pattern] = heavier._replace(languages=known.languages | languages)
    rows: dict[str, list[Term]] = defaultdict(list)
    for term in sorted(terms.values(), key=_rank):
        for head in _heads(term.pattern):
            rows[head].append(term)
    return dict(rows)


@cache
def _bucket(head: str) -> tuple[re.Pattern[str], tuple[Term, ...]]:
    """One pattern for the terms with this beginning: a line pays for the terms that it could hold and no others."""
    row = _heads_of()[head]
    return re.compile("|".join(f"({term.pattern})" for term in row)), tuple(row)


def _rank(term: Term) -> tuple[int, int, str]:
    return -term.weight, -len(term.pattern), term.pattern


def _pattern(item: str, glued: bool) -> str:
    """A term as a regular expression on folded text."""
    stem, star = item.removesuffix("*"), item.endswith("*")
    pattern = "\\".join(
        fold(part).text if k == 0 else part[:1] + fold(part[1:]).text for k, part in enumerate(stem.split("\\"))
    )
    pattern = pattern.replace("(", "(?:")
    if _FREE.search(stem):
        return pattern
    if glued:
        # Vietnamese keywords are strung together without a space: what follows may be the next one.
        return pattern if star else pattern + r"(?!\w)"
    return pattern + (r"\w*" if star else r"(?!\w)")


END = "\0"


def beginnings(size: int) -> list[str]:
    """The beginnings (of at most so many characters) of all terms that are sure or strong, in order.

    A term that is shorter and must end with its word has END behind it.
    """
    terms = {term for row in _heads_of().values() for term in row if term.weight >= STRONG}
    return sorted({head for term in terms for head in _heads(term.pattern, size)})


def _heads(pattern: str, size: int = _KEY) -> set[str]:
    """The first characters (so many, or fewer where the pattern does not fix them) that a pattern can begin with."""
    found: set[str] = set()
    todo = [("", pattern)]
    while todo:
        head, rest = todo.pop()
        if len(head) == size:
            found.add(head)
        elif rest.startswith("(?:"):
            depth, at, parts = 0, 3, []
            for k in range(2, len(rest)):
                if rest[k] == "(":
                    depth += 1
                elif rest[k] == ")" and depth:
                    depth -= 1
                elif rest[k] in "|)" and not depth:
                    parts.append(rest[at:k])
                    at = k + 1
                    if rest[k] == ")":
                        break
            tail = rest[at:]
            if tail.startswith("?"):
                tail = tail[1:]
                parts.append("")
            elif tail[:1] in ("*", "+"):
                # What repeats is left open behind its second time; the bracket says so.
                again = f"(?:(?:{'|'.join(parts)})[|{tail[1:]})" if size > _KEY else "["
                todo += [(head, part + again) for part in parts]
                parts, tail = [""] if tail[0] == "*" else [], tail[1:]
            todo += [(head, part + tail) for part in parts]
        elif rest == r"(?!\w)" and head and size > _KEY:
            found.add(head + END)
        elif head and rest.startswith("\\d") and size > _KEY and not re.match(r"\\d[?*{]", rest):
            tail = "[" if rest[2:3] == "+" else rest[2:]
            todo += [(head + digit, tail) for digit in "0123456789"]
        elif not rest or rest[0] in "\\([.?*":
            found.add(head)
        elif rest[1:2] == "?":
            todo += [(head + rest[0], rest[2:]), (head, rest[2:])]
        else:
            todo.append((head + rest[0], rest[1:]))
    return found - {""}


def find(line: str) -> list[Hit]:
    """The terms in a folded line, from left to right; of those that begin together, the weightiest."""
    heads = _heads_of()
    hits: list[Hit] = []
    end = 0
    for start in (_START_ASCII if line.isascii() else _START).finditer(line):
        i = start.start()
        head = line[i : i + _KEY]
        if i < end or (head not in heads and head[:2] not in heads and head[:1] not in heads):
            continue
        hit = _match(line, i)
        while hit is not None:
            hits.append(hit)
            end = hit.end
            # Inside a word the next term may begin at once: keywords strung together without a space.
            hit = _match(line, end) if end < len(line) and line[end].isalnum() else None
    return hits


def _match(line: str, i: int) -> Hit | None:
    heads = _heads_of()
    best: Hit | None = None
    for size in (_KEY, 2, 1):
        head = line[i : i + size]
        if head not in heads:
            continue
        pattern, terms = _bucket(head)
        found = pattern.match(line, i)
        if found and found.lastindex:
            term = terms[found.lastindex - 1]
            if best is None or term.weight > best.term.weight:
                best = Hit(i, found.end(), term)
    return best
