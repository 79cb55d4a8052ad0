"""Which paragraphs of a page are unlike the rest of it: by their script, or by how langdetect's profile fits them."""

from __future__ import annotations

from typing import NamedTuple, no_type_check

import numpy as np
from numba import njit

from pipeline.describe._lang_script import SCRIPTS, WEIGHT, script_numbers
from pipeline.describe._lang_voices import STEPS, code_points, langdetect, place

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


def blocks(text: str, script: str, language: str | None) -> Layout:
    """The blocks of a page that is, as a whole, written in this script and language. Without a language, or where there
    is no profile of it, only the script tells."""
    mine = np.zeros(len(SCRIPTS), np.bool_)
    mine[[SCRIPTS.index(name) for name in _TOGETHER.get(script, (script,))]] = True
    model = langdetect()
    column = model.column(language) if language else None
    found, mean = _blocks(
        code_points(text), script_numbers(), WEIGHT, mine, model.fold, _EMPTY if column is None else column
    )
    fit = mean / STEPS - model.usual(language) if language and column is not None else 0.0
    return Layout([Block(*row) for row in found.tolist()], fit)


_EMPTY = np.zeros(0, np.uint8)


@njit(cache=True, nogil=True)
@no_type_check
def _blocks(codes, script_of, weight, mine, fold, column):
    rows = [(0, 0, 0, 0, 0, 0, 0)][:0]
    # The block that is open: its span, letters, script, evidence, triples, and words in lower case less others.
    b_start, b_end, b_letters, b_foreign, b_evidence, b_n, b_low = 0, 0, 0, False, 0, 0, 0
    start, own, other, evidence, n, low = 0, 0, 0, 0, 0, 0
    a, b = 32, 32
    judge = len(column) > 0
    for k in range(len(codes) + 1):
        code = np.uint32(10) if k == len(codes) else codes[k]
        c = 32
        if code < 0x10000:
            script = script_of[code]
            if script:
                if mine[script]:
                    own += weight[script]
                else:
                    other += weight[script]
            if judge and (script == 0 or mine[script]):
                c = np.int64(fold[code])
        elif 0x20000 <= code < 0x33480:
            other += 2
        if judge:
            if b != 32 and (a != 32 or c != 32):
                evidence += column[place(a, b, c)]
                n += 1
            if b == 32 and c != 32:
                low += 1 if c == code else -1
            a, b = b, c
        if code == 10:
            if own or other:
                foreign = other > own
                if b_letters and (foreign != b_foreign or b_n >= _ENOUGH or n >= _ENOUGH):
                    rows.append((b_start, b_end, b_letters, SCRIPT if b_foreign else ALIKE, b_evidence, b_n, b_low))
                    b_letters, b_evidence, b_n, b_low = 0, 0, 0, 0
                if b_letters == 0:
                    b_start, b_foreign = start, foreign
                b_end = k
                b_letters += own + other
                b_evidence += evidence
                b_n += n
                b_low += low
            start, own, other, evidence, n, low = k + 1, 0, 0, 0, 0, 0
            a, b = 32, 32
    if b_letters:
        rows.append((b_start, b_end, b_letters, SCRIPT if b_foreign else ALIKE, b_evidence, b_n, b_low))
    # What a triple has on this page; then the same for the blocks that are not far below, lest another language pull
    # the mean down.
    floor = -1.0e9
    mean = 0.0
    for _ in range(3):
        total, count = 0.0, 0
        for row in rows:
            if row[3] == ALIKE and row[5] and row[4] / row[5] >= floor:
                total += row[4]
                count += row[5]
        if count:
            mean = total / count
            floor = mean - 0.2 * STEPS
    out = np.zeros((len(rows), 4), np.int64)
    size = 0
    for row in rows:
        kind = row[3]
        if (
            kind == ALIKE
            and row[5]
            and row[6] > 0
            and row[4] / row[5] < mean - (_UNLIKE + _CHANCE / np.sqrt(row[5])) * STEPS
        ):
            kind = MISFIT
        if size and out[size - 1, 3] == kind:
            out[size - 1, 1] = row[1]
            out[size - 1, 2] += row[2]
        else:
            out[size] = (row[0], row[1], row[2], kind)
            size += 1
    return out[:size], mean
