"""Runs the steps of a stage over a batch of pages: gates in columns, decisions page by page."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.engine.columns import matches, measure_column
from pipeline.engine.edits import Claim, LedgerRow, apply_clean, apply_repair
from pipeline.engine.signs import find_signs
from pipeline.learn.templates import Templates
from pipeline.step import Edit, Lines, Page, Step


class Costs(defaultdict[str, float]):
    """CPU seconds per step."""

    def __init__(self) -> None:
        super().__init__(float)

    def add(self, name: str, since: float) -> float:
        now = time.thread_time()
        self[name] += now - since
        return now


def repair_pages(steps: Sequence[Step], texts: Sequence[str], costs: Costs) -> list[tuple[str, list[LedgerRow]]]:
    """Texts in, (mended text, ledger rows) out. Each step is a round of its own, over the texts as the last left them."""
    now = list(texts)
    rows: list[list[LedgerRow]] = [[] for _ in now]
    if not steps:
        return list(zip(now, rows, strict=True))
    wanted = [step.signs for step in steps]
    since = time.thread_time()
    column: pa.Array | None = pa.array(now, pa.large_string())
    signs = find_signs(column, wanted)
    since = costs.add("repair.signs", since)
    for k, step in enumerate(steps):
        hits = np.flatnonzero(signs >> np.uint64(k) & np.uint64(1))
        if step.gate is not None and len(hits):
            if len(hits) < len(now):
                some = pa.array([now[n] for n in hits.tolist()], pa.large_string())
            else:
                some = column = column or pa.array(now, pa.large_string())
            hits = hits[matches(some, step.gate) if isinstance(step.gate, str) else step.gate(some)]
        changed = []
        for n in hits.tolist():
            edits = step.run(Page(now[n]), step.params) or ()
            text, new = apply_repair(now[n], step.stage, step.rule, edits, k + 1)
            if new:
                now[n] = text
                rows[n] += new
                changed.append(n)
        if changed:
            column = None
            signs[changed] = find_signs(pa.array([now[n] for n in changed], pa.large_string()), wanted)
        since = costs.add(step.name, since)
    return list(zip(now, rows, strict=True))


def clean_pages(
    steps: Sequence[Step], pages: Sequence[Page], costs: Costs, known: Templates | None = None
) -> list[tuple[str, list[LedgerRow]]]:
    """Pages in, (clean text, ledger rows) out. All steps see the same text; `page.labels` tells what was decided.

    `known` is what was learnt of the lines of their sites."""
    since = time.thread_time()
    if not pages:
        return []
    # A line that many pages share is looked at once: `numbers` holds the distinct lines in order.
    numbers: dict[str, int] = {}
    index = np.array([numbers.setdefault(line, len(numbers)) for page in pages for line in page.lines])
    distinct = pa.array(list(numbers), pa.large_string())
    counts = [len(page.lines) for page in pages]
    owner = np.repeat(np.arange(len(pages)), counts)
    first = np.cumsum([0, *counts])
    local = np.arange(len(index)) - first[owner]
    measured = measure_column(distinct)
    words, sentence = (values[index].tolist() for values in measured)
    # What steps find out about a line by itself holds for all pages of the batch; see `shared` in clean/_layout.py.
    batch: dict[str, Any] = {"lines": numbers, "column": distinct, "sentence": measured[1]}
    looked = batch["looked"] = Lines(distinct, *measured)
    for page, a, b in zip(pages, first[:-1].tolist(), first[1:].tolist(), strict=True):
        page._words, page._sentence = words[a:b], sentence[a:b]
        page.memo["batch"], page.memo["line_numbers"] = batch, index[a:b]
    since = costs.add("clean.columns", since)
    if known is not None:
        known.look_up(pages, distinct, index, counts)
        since = costs.add("clean.site_lines", since)

    hits: list[dict[int, list[int]] | None] = []
    for step in steps:
        if step.gate is None:
            hits.append(None)
            continue
        let = matches(distinct, step.gate) if isinstance(step.gate, str) else step.gate(looked)
        found = np.flatnonzero(let[index])
        by_page: dict[int, list[int]] = {}
        for n, i in zip(owner[found].tolist(), local[found].tolist(), strict=True):
            by_page.setdefault(n, []).append(i)
        hits.append(by_page)
        since = costs.add(step.name, since)

    claims: list[list[Claim]] = [[] for _ in pages]
    for step, hit in zip(steps, hits, strict=True):
        if step.batch:
            for page, mine, edits in zip(pages, claims, step.run(pages, step.params), strict=True):
                _claim(step, page, edits, mine)
        elif hit is None:
            for page, mine in zip(pages, claims, strict=True):
                page.hits = page.filled
                _ask(step, page, mine)
        else:
            for n, held in hit.items():
                pages[n].hits = held
                _ask(step, pages[n], claims[n])
        since = costs.add(step.name, since)
    results = [apply_clean(page, mine, 1000) for page, mine in zip(pages, claims, strict=True)]
    costs.add("clean.apply", since)
    return results


def _ask(step: Step, page: Page, claims: list[Claim]) -> None:
    _claim(step, page, step.run(page, step.params) or (), claims)


def _claim(step: Step, page: Page, edits: Iterable[Edit], claims: list[Claim]) -> None:
    stage, rule, labels, starts, lines = step.stage, step.rule, page.labels, page.starts, page.lines
    for edit in edits:
        i = bisect_right(starts, edit.start) - 1
        end = starts[i] + len(lines[i])
        if not edit.after and edit.start == starts[i] and edit.end == end:
            claims.append(Claim(stage, rule, edit, i))
            labels[i] = labels[i] or edit.label or rule
            continue
        claims.append(Claim(stage, rule, edit, None))
        if edit.end <= end:
            mine = page.cuts.setdefault(i, [])
            if all(edit.end <= other.start or edit.start >= other.end for other in mine):
                mine.append(edit)
