"""Which paragraphs of a page are unlike the rest of it: by their script, or by how langdetect's profile fits them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple, no_type_check

import numpy as np
from numba import njit

from pipeline.describe._lang_script import SCRIPTS, WEIGHT, Counted, joined, script_numbers
from pipeline.describe._lang_voices import STEPS, langdetect, place

# Scripts that writing in one language mixes.
_TOGETHER = {"Jpan": ("Hani", "Kana"), "Kore": ("Hang", "Hani"), "Hani": ("Hani", "Bopo"), "Hans": ("Hani", "Bopo"),
             "Hant": ("Hani", "Bopo")}  # fmt: skip
# Lines with fewer n-grams than this are judged together with their neighbours.
_ENOUGH = 80
# A block is unlike the page where its triples of letters are less likely by so many natural logarithms than those of
# the page, and by more in a short one. In the median another language of the same script is 1.0 away. Lists of names
# are as far: most words of a block must begin with a small letter (or one of a script without capitals).
_UNLIKE, _CHANCE = 0.3, 3.0
ALIKE, MISFIT, SCRIPT = 0, 1, 2


class Block(NamedTuple):
    """Neighbouring lines that are alike: `start` and `end` are code points of the text, `letters` says how many letters
    they have (a Han, kana or Hangul character counts as two), `kind` is ALIKE, MISFIT or SCRIPT."""

    start: int
    end: int
    letters: int
    kind: int


class Layout(NamedTuple):
    """The blocks of a page, and how its triples fit langdetect's profile of the language: mean log probability less
    what text of the language has; 0 where there is no profile."""

    blocks: list[Block]
    fit: float


def blocks(texts: Sequence[Counted], languages: Sequence[str | None]) -> list[Layout]:
    """The blocks of pages that are, as a whole, written in these languages. Without a language, or where there
    is no profile of it, only the script tells."""
    model = langdetect()
    known = [name if name and model.knows(name) else None for name in languages]
    which = {name: k for k, name in enumerate(dict.fromkeys(name for name in known if name))}
    columns = np.stack([model.column(name) for name in which]) if which else np.zeros((1, 1), np.uint8)
    column_of = np.array([which[name] if name else -1 for name in known], np.int64)
    mine = np.zeros((len(texts), len(SCRIPTS)), np.bool_)
    for n, text in enumerate(texts):
        script = text.script or ""
        mine[n, [_NUMBER[name] for name in _TOGETHER.get(script, (script,))]] = True
    rows, counts, means = _blocks(*joined(texts), script_numbers(), WEIGHT, mine, model.fold, columns, column_of)
    found = map(Block._make, rows.tolist())
    return [
        Layout(list(islice(found, count)), mean / STEPS - model.usual(name) if name else 0.0)
        for count, mean, name in zip(counts.tolist(), means.tolist(), known, strict=True)
    ]


_NUMBER = {name: k for k, name in enumerate(SCRIPTS)}


@njit(cache=True, nogil=True)
@no_type_check
def _blocks(codes, bounds, script_of, weight, mine, fold, columns, column_of):
    """Blocks, text after text, as start, end, letters and kind; how many each text has; and the mean of its triples."""
    lines = len(bounds)
    for code in codes:
        lines += code == 10
    out, counts, means = np.empty((lines, 4), np.int64), np.zeros(len(bounds) - 1, np.int64), np.zeros(len(bounds) - 1)
    # Of the blocks of one text: evidence, triples, and words in lower case less others.
    heard = np.empty((lines, 3), np.int64)
    own_of, other_of, folded = (
        np.zeros(len(weight), np.int64),
        np.zeros(len(weight), np.int64),
        np.zeros(len(weight), np.bool_),
    )
    size = 0
    for text in range(len(counts)):
        judge = column_of[text] >= 0
        column = columns[max(column_of[text], 0)]
        for script in range(len(weight)):
            here = mine[text, script]
            own_of[script] = weight[script] if here and script else 0
            other_of[script] = weight[script] if not here and script else 0
            folded[script] = here or script == 0
        n = _measure(
            codes[bounds[text] : bounds[text + 1]],
            script_of,
            own_of,
            other_of,
            folded,
            fold,
            column,
            judge,
            out[size:],
            heard,
        )
        means[text], counts[text] = _judge(out[size : size + n], heard)
        size += counts[text]
    return out[:size], counts, means


@njit(cache=True, nogil=True)
@no_type_check
def _measure(codes, script_of, own_of, other_of, folded, fold, column, judge, out, heard):
    """The lines of a text, those with few triples put together with their neighbours."""
    rows = 0
    b_letters, b_foreign, b_n = 0, False, 0
    start, own, other, evidence, n, low = 0, 0, 0, 0, 0, 0
    a, b = 32, 32
    for k in range(len(codes) + 1):
        code = np.int64(10) if k == len(codes) else np.int64(codes[k])
        c = 32
        if code < 0x10000:
            script = script_of[code]
            own += own_of[script]
            other += other_of[script]
            if folded[script]:
                c = np.int64(fold[code])
        elif 0x20000 <= code < 0x33480:
            other += 2
        if judge:
            # Without branches: words end where nobody can foresee it.
            whole = np.int64(b != 32) & (np.int64(a != 32) | np.int64(c != 32))
            evidence += whole * np.int64(column[place(a, b, c)])
            n += whole
            begins = np.int64(b == 32) & np.int64(c != 32)
            low += begins * (2 * np.int64(c == code) - 1)
            a, b = b, c
        if code == 10:
            if own or other:
                foreign = other > own
                if not (b_letters and foreign == b_foreign and b_n < _ENOUGH and n < _ENOUGH):
                    rows += 1
                    b_letters, b_foreign, b_n = 0, foreign, 0
                    out[rows - 1, 0] = start
                    heard[rows - 1] = 0
                b_letters += own + other
                b_n += n
                out[rows - 1, 1], out[rows - 1, 2], out[rows - 1, 3] = k, b_letters, SCRIPT if foreign else ALIKE
                heard[rows - 1, 0] += evidence
                heard[rows - 1, 1] += n
                heard[rows - 1, 2] += low
            start, own, other, evidence, n, low = k + 1, 0, 0, 0, 0, 0
            a, b = 32, 32
    return rows


@njit(cache=True, nogil=True)
@no_type_check
def _judge(rows, heard):
    """Tell which blocks are unlike the rest, and put neighbours of one kind together: what a triple has on the page, and how
    many blocks are left."""
    # The mean of all; then of the blocks that are not far below, lest another language pull it down.
    floor = -1.0e9
    mean = 0.0
    for _ in range(3):
        total, count = 0.0, 0
        for k in range(len(rows)):
            if rows[k, 3] == ALIKE and heard[k, 1] and heard[k, 0] / heard[k, 1] >= floor:
                total += heard[k, 0]
                count += heard[k, 1]
        if count:
            mean = total / count
            floor = mean - 0.2 * STEPS
    size = 0
    for k in range(len(rows)):
        start, end, letters, kind = rows[k]
        evidence, n, low = heard[k]
        if kind == ALIKE and n and low > 0 and evidence / n < mean - (_UNLIKE + _CHANCE / np.sqrt(n)) * STEPS:
            kind = MISFIT
        if size and rows[size - 1, 3] == kind:
            rows[size - 1, 1] = end
            rows[size - 1, 2] += letters
        else:
            rows[size, 0], rows[size, 1], rows[size, 2], rows[size, 3] = start, end, letters, kind
            size += 1
    return mean, size
