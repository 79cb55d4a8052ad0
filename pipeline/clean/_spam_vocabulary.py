"""From the vocabulary of spam (`spam.txt`) to the automaton that finds its terms (`_spam_terms.npz`).

Only `python -m pipeline.clean._spam_vocabulary`, to be run after a change of `spam.txt`, and the tests need this. All
terms that can begin with the same characters become one deterministic automaton that keeps its alternatives in order
(Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009): the weightiest term wins, then the one whose
pattern says more, and its end is where a backtracking matcher would have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.clean._spam_fold import FREE_SCRIPTS, fold
from pipeline.clean._spam_signs import STORED as STORED_SIGNS
from pipeline.clean._spam_terms import HEAD, KINDS, SIEVE, STORED, STRONG, Automaton, kind_of, sieve_bit, slot_of

VOCABULARY, SIGNS = Path(__file__).with_name("spam.txt"), Path(__file__).with_name("spam_signs.txt")
_FREE = re.compile(f"[{FREE_SCRIPTS}]")
_COMMA = re.compile(r",(?![^{}]*\})")
_CLASSES = {"d": "d", "w": "dw", "W": "so", "S": "dwo"}


class Term(NamedTuple):
    """A term of the vocabulary; `languages` is empty for words of no language in particular."""

    pattern: str
    weight: int
    family: str
    languages: frozenset[str]


def terms() -> list[Term]:
    """The vocabulary, the weightiest terms first, and of those the longest patterns."""
    found: dict[str, Term] = {}
    weight, family, languages = 0, "", frozenset[str]()
    for line in VOCABULARY.read_text(encoding="utf-8").split("\n"):
        if line.startswith("["):
            tongue, family, digit = line.strip("[]").split(" ")
            weight, languages = int(digit), frozenset(tongue.split("+")) - {"*"}
        elif line and not line.startswith("#"):
            for item in filter(None, map(str.strip, _COMMA.split(line))):
                pattern = _pattern(item, glued="vi" in languages)
                known = found.get(pattern, Term(pattern, weight, family, languages))
                heavier = known if known.weight >= weight else Term(pattern, weight, family, languages)
                found[pattern] = heavier._replace(languages=known.languages | languages)
    return sorted(found.values(), key=lambda term: (-term.weight, -len(term.pattern), term.pattern))


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


class Tree(NamedTuple):
    """A part of a pattern: "in" one of the characters, "kind" one of the kinds of characters, "all" parts in order, "or"
    one of the parts, "repeat" the part so many times, "end" where no word may go on."""

    what: str
    chars: frozenset[str] = frozenset()
    parts: tuple[Tree, ...] = ()
    least: int = 0
    most: int | None = None


class Node(NamedTuple):
    """A place in the graph of all patterns: "in" and "kind" read a character, "or" goes on at each of `then` in the order
    in which they are tried, "end" goes on where no word does, "term" has found a term of kind `then`."""

    what: str
    chars: frozenset[str]
    then: tuple[int, ...]


class _Graph:
    """Patterns as one graph, built from their ends; what is equal from some point on is shared."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}

    def add(self, what: str, *then: int, chars: frozenset[str] = frozenset()) -> int:
        node = Node(what, chars, then)
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def add_pattern(self, pattern: str, then: int) -> int:
        """The first node of a pattern that `then` follows."""
        tree, rest = _parse_choice(pattern, 0)
        if rest != len(pattern):
            raise ValueError(f"cannot read the pattern {pattern!r}")
        return self._link(tree, then)

    def _link(self, tree: Tree, then: int) -> int:
        if tree.what == "all":
            for part in reversed(tree.parts):
                then = self._link(part, then)
            return then
        if tree.what == "or":
            return self.add("or", *(self._link(part, then) for part in tree.parts))
        if tree.what != "repeat":
            return self.add(tree.what, then, chars=tree.chars)
        (part,) = tree.parts
        after = then
        if tree.most is None:
            after = len(self.nodes)
            self.nodes.append(Node("or", frozenset(), ()))
            self.nodes[after] = Node("or", frozenset(), (self._link(part, after), then))
        else:
            for _ in range(tree.most - tree.least):
                after = self.add("or", self._link(part, after), then)
        for _ in range(tree.least):
            after = self._link(part, after)
        return after


def _parse_choice(pattern: str, at: int) -> tuple[Tree, int]:
    """The part of a pattern up to a closing bracket, and where it ends."""
    branches: list[list[Tree]] = [[]]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            branches.append([])
            at += 1
            continue
        part, at = _parse_part(pattern, at)
        while at < len(pattern) and pattern[at] in "?*+{":
            least, most = 1 if pattern[at] == "+" else 0, 1 if pattern[at] == "?" else None
            if pattern[at] == "{":
                close = pattern.index("}", at)
                first, _, last = pattern[at + 1 : close].partition(",")
                least, most = int(first), int(last) if last else None
                at = close
            part = Tree("repeat", parts=(part,), least=least, most=most)
            at += 1
        branches[-1].append(part)
    trees = tuple(Tree("all", parts=tuple(branch)) for branch in branches)
    return (trees[0] if len(trees) == 1 else Tree("or", parts=trees)), at


def _parse_part(pattern: str, at: int) -> tuple[Tree, int]:
    char = pattern[at]
    if pattern.startswith(r"(?!\w)", at):
        return Tree("end"), at + 6
    if pattern.startswith("(?:", at):
        tree, at = _parse_choice(pattern, at + 3)
        return tree, at + 1
    if char == "[":
        close = pattern.index("]", at)
        return Tree("in", frozenset(pattern[at + 1 : close])), close + 1
    if char == ".":
        return Tree("kind", frozenset(KINDS)), at + 1
    if char == "\\":
        following = pattern[at + 1]
        if following == "b":
            return Tree("end"), at + 2
        if following in _CLASSES:
            return Tree("kind", frozenset(_CLASSES[following])), at + 2
        return Tree("in", frozenset(following)), at + 2
    return Tree("in", frozenset(char)), at + 1


def heads(pattern: str, size: int = HEAD) -> set[str]:
    """The first characters (so many, or fewer where the pattern leaves them open) that a pattern can begin with."""
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
                # What repeats is left open behind its first time; the bracket says so.
                todo += [(head, part + "[") for part in parts]
                parts, tail = [""] if tail[0] == "*" else [], tail[1:]
            todo += [(head, part + tail) for part in parts]
        elif not rest or rest[0] in "\\([.?*":
            found.add(head)
        elif rest[1:2] == "?":
            todo += [(head + rest[0], rest[2:]), (head, rest[2:])]
        else:
            todo.append((head + rest[0], rest[1:]))
    return found - {""}


State = tuple[int, ...]
"""The nodes at which a match may stand, the ones that are preferred first; nothing comes behind a term that is found."""


class _Machine:
    """The deterministic automaton over a graph."""

    def __init__(self, graph: _Graph) -> None:
        self.nodes = graph.nodes
        self.numbers: dict[State, int] = {(): 0}
        self.states: list[State] = [()]

    def number(self, state: State) -> int:
        if state not in self.numbers:
            self.numbers[state] = len(self.states)
            self.states.append(state)
        return self.numbers[state]

    def state(self, nodes: Iterable[int]) -> State:
        """The state of a match that may stand at these nodes."""
        found: dict[int, None] = {}
        passed = set()
        todo = list(nodes)[::-1]
        while todo:
            n = todo.pop()
            node = self.nodes[n]
            if node.what == "or":
                if n not in passed:
                    passed.add(n)
                    todo += reversed(node.then)
            else:
                found[n] = None
                if node.what == "term":
                    break
        return tuple(found)

    def term(self, state: State, word: bool) -> int:
        """The kind of the term that ends here, if a word goes on or not; -1 if none does."""
        for n in state:
            node = self.nodes[n]
            if node.what == "end" and not word:
                node = self.nodes[node.then[0]]
            if node.what == "term":
                return node.then[0]
        return -1

    def step(self, state: State, char: str, kind: str) -> State:
        """The state after one more character; "" for one that no pattern names."""
        then = []
        for n in state:
            node = self.nodes[n]
            if node.what == "term" or (node.what == "end" and kind not in "dw"):
                break
            if (char if node.what == "in" else kind) in node.chars:
                then.append(node.then[0])
        return self.state(then)

    def named(self, state: State) -> list[str]:
        """The characters that the patterns name at a state."""
        return sorted({char for n in state if self.nodes[n].what == "in" for char in self.nodes[n].chars})


def build() -> Automaton:
    """The automaton for the vocabulary of terms as it stands."""
    kinds = {term: " ".join([str(term.weight), term.family, "+".join(sorted(term.languages))]) for term in terms()}
    sieve = _sieve([term.pattern for term in kinds if term.weight >= STRONG])
    return _build([(term.pattern, term.weight, kind) for term, kind in kinds.items()], sieve)


def build_signs() -> Automaton:
    """The automaton for what spam says besides."""
    patterns, kind = dict[str, str](), ""
    for line in SIGNS.read_text(encoding="utf-8").split("\n"):
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            patterns |= {item.strip().replace("(", "(?:"): kind for item in line.split(",") if item.strip()}
    longest = sorted(patterns.items(), key=lambda item: (-len(item[0]), item[0]))
    return _build([(pattern, 0, kind) for pattern, kind in longest], np.empty(0, np.uint8))


def _build(patterns: Sequence[tuple[str, int, str]], sieve: np.ndarray) -> Automaton:
    """The automaton for patterns, each with its weight and its kind, those that are preferred first."""
    graph, kinds, starts = _Graph(), dict[str, int](), list[int]()
    rows: dict[str, list[int]] = defaultdict(list)
    for k, (pattern, _, kind) in enumerate(patterns):
        starts.append(graph.add_pattern(pattern, graph.add("term", kinds.setdefault(kind, len(kinds)))))
        for head in heads(pattern):
            rows[head].append(k)
    weights = {kind: weight for _, weight, kind in patterns}
    machine = _Machine(graph)
    entries = {}
    for head in sorted(rows):
        # Of one weight, those that say more of how they begin come first.
        row = [(-patterns[k][1], -size, k) for size in range(1, len(head) + 1) for k in rows.get(head[:size], ())]
        entries[head] = _enter(machine, [starts[k] for *_, k in sorted(row)], head)
    edges: list[tuple[int, int]] = []
    bounds, accepts, defaults, others = [0], [], [(0,) * len(KINDS)], []
    for state in machine.states:  # grows on the way
        accepts.append((machine.term(state, False), machine.term(state, True)))
        default = tuple(machine.number(machine.step(state, "", kind)) for kind in KINDS)
        for char in machine.named(state):
            kind = kind_of(char)
            then = machine.number(machine.step(state, char, kind))
            if then != default[KINDS.index(kind)]:
                edges.append((ord(char), then))
        bounds.append(len(edges))
        others.append(len(defaults) if any(default) else 0)
        if any(default):
            defaults.append(default)
    keys, slots = _slots(entries)
    return Automaton(
        keys,
        slots,
        np.array(bounds, np.int32),
        np.array([char for char, _ in edges], np.uint32),
        np.array([then for _, then in edges], np.int32),
        np.array(defaults, np.int32),
        np.array(others, np.int32),
        np.array(accepts, np.int16),
        sieve,
        np.array([weights[kind] for kind in kinds], np.uint8),
        np.array(list(kinds)),
    )


def _enter(machine: _Machine, starts: Iterable[int], head: str) -> tuple[int, int, int]:
    """The state behind the first characters of a text, and the term that ends within them, with its length."""
    state = machine.state(starts)
    found, length = -1, 0
    for k, char in enumerate(head):
        kind = kind_of(char)
        term = machine.term(state, kind in "dw")
        if k and term >= 0:
            found, length = term, k
        state = machine.step(state, char, kind)
    return machine.number(state), found, length


def _slots(entries: dict[str, tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """The first characters as an open hash table."""
    size = 1 << (2 * len(entries)).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros((size, 3), np.int32)
    for head, entry in entries.items():
        key = sum(ord(char) << 21 * k for k, char in enumerate(head))
        at = slot_of(np.uint64(key), size)
        while keys[at]:
            at = (at + 1) % size
        keys[at] = key
        values[at] = entry
    return keys, values


def _sieve(patterns: Iterable[str]) -> np.ndarray:
    """Two bits for the first characters of these patterns, by their hash: the first says that they may be all that is
    needed, the second that they go on."""
    whole = {head for pattern in patterns for head in heads(pattern, SIEVE)}
    bits = np.zeros((1 << 19, 2), np.uint8)
    for head in whole:
        at = np.uint64(0)
        for size, char in enumerate(head, 1):
            at = np.uint64(sieve_bit(at, np.uint32(ord(char))))
            bits[int(at) >> 45, 0 if size == len(head) else 1] = 1
    return np.packbits(bits, bitorder="little")


def store() -> None:
    """Writes the automata beside this module."""
    np.savez_compressed(STORED, **build()._asdict())
    np.savez_compressed(STORED_SIGNS, **build_signs()._asdict())


if __name__ == "__main__":
    store()
