"""Which lines of a page are its main text, told from a gold text or from segments that must stay or go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

# A word, or one character of a script that writes no spaces.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]+"
)
_N = 4


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    """4-grams; of fewer words, the words themselves."""
    return [tuple(words[i : i + _N]) for i in range(max(1, len(words) - _N + 1))] if words else []


def by_text(lines: Sequence[str], gold: str) -> list[int]:
    """1 for the lines that make the 4-gram F1 against `gold` best, else 0; -1 for lines without a word.

    Starts from the lines that are mostly made of gold 4-grams, then adds and takes away single lines as long as the
    page's F1 rises.
    """
    want = Counter(grams(tokens(gold)))
    total = sum(want.values())
    words = [tokens(line) for line in lines]
    flat = [w for line in words for w in line]
    covered = bytearray(len(flat) + _N)
    for i in range(len(flat) - _N + 1):
        if tuple(flat[i : i + _N]) in want:
            covered[i : i + _N] = b"\x01" * _N
    whole = {tuple(tokens(line)) for line in gold.split("\n")}
    share, at = [], 0
    for line in words:
        share.append(sum(covered[at : at + len(line)]) / len(line) if line else 0.0)
        at += len(line)
    keep = [int(s >= 0.5) for s in share]
    order = [i for i, line in enumerate(words) if line]
    place = {i: k for k, i in enumerate(order)}

    have = Counter(grams([w for i in order if keep[i] for w in words[i]]))
    hit, size = sum((have & want).values()), sum(have.values())

    def around(i: int, way: int) -> list[str]:
        out: list[str] = []
        k = place[i] + way
        while 0 <= k < len(order) and len(out) < _N - 1:
            if keep[order[k]]:
                out = words[order[k]] + out if way < 0 else out + words[order[k]]
            k += way
        return out[-(_N - 1) :] if way < 0 else out[: _N - 1]

    def inner(line: list[str]) -> list[tuple[str, ...]]:
        return [tuple(line[i : i + _N]) for i in range(len(line) - _N + 1)]

    doubtful = [
        i
        for i in order
        if 0 < share[i] < 1 or tuple(words[i]) in whole or (share[i] == 1 and len(words[i]) <= 40) or len(words[i]) < _N
    ]
    for _ in range(3):
        changed = False
        for i in doubtful:
            before, after = around(i, -1), around(i, 1)
            without, with_ = inner(before + after), inner(before + words[i] + after)
            old, new = (with_, without) if keep[i] else (without, with_)
            delta = Counter(new)
            delta.subtract(Counter(old))
            gain = sum(min(have[g] + d, want[g]) - min(have[g], want[g]) for g, d in delta.items() if d and g in want)
            size2, hit2 = size + len(new) - len(old), hit + gain
            if hit2 / max(1, size2 + total) > hit / max(1, size + total) + 1e-12:
                keep[i] ^= 1
                for g, d in delta.items():
                    have[g] += d
                hit, size, changed = hit2, size2, True
        if not changed:
            break
    return [keep[i] if words[i] else -1 for i in range(len(lines))]


def by_segments(lines: Sequence[str], stay: Sequence[str], go: Sequence[str]) -> list[int]:
    """1 for lines with a part of a segment that must stay, 0 for those of one that must go, -1 for all others."""
    squashed = [" ".join(line.split()) for line in lines]
    spans, at = [], 0
    for line in squashed:
        spans.append((at, at + len(line)))
        at += len(line) + 1
    text = " ".join(squashed)
    out = [-1] * len(lines)
    for segments, value in ((go, 0), (stay, 1)):
        for segment in segments:
            key = " ".join(segment.split())
            at = text.find(key) if key else -1
            while at >= 0:
                for k, (a, b) in enumerate(spans):
                    if a < at + len(key) and b > at:
                        out[k] = value
                at = text.find(key, at + 1)
    return out
