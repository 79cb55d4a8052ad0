"""Decide first, apply last: edits become a new text and ledger rows, and ledger rows become the old text again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from pipeline.step import Edit, Page


class Claim(NamedTuple):
    """An edit and the rule that wants it."""

    stage: str
    rule: str
    edit: Edit
    line: int | None = None
    """The line that it takes out whole, where that is known already."""


class LedgerRow(NamedTuple):
    """One change of one page. Rows of one `round` are spans of the same text: the one before that round."""

    round: int
    stage: str
    rule: str
    action: str
    start: int
    end: int
    before: str
    after: str
    label: str
    score: float
    evidence: str


def is_whole_line(page: Page, edit: Edit) -> int | None:
    """The number of the line that an edit takes out whole, or None."""
    if edit.after:
        return None
    starts = page.starts
    i = bisect_right(starts, edit.start) - 1
    return i if starts[i] == edit.start and edit.end - edit.start == len(page.lines[i]) else None


def apply_repair(
    text: str, stage: str, rule: str, edits: Iterable[Edit], round_: int, *, merge: bool = True
) -> tuple[str, list[LedgerRow]]:
    """Apply the edits of one step: one round. Edits may come in any order and must not overlap. With `merge` one row says
    that the same change was made throughout."""
    rows, pieces, at = [], [], 0
    for edit in sorted(edits):
        before = text[edit.start : edit.end]
        if before == edit.after:
            continue
        if edit.start < at or edit.end > len(text) or edit.end < edit.start:
            raise ValueError(f"{stage}.{rule}: span {edit.start}:{edit.end} overlaps or is out of bounds")
        pieces.append(text[at : edit.start])
        pieces.append(edit.after)
        at = edit.end
        rows.append(
            LedgerRow(
                round_, stage, rule, "replace" if edit.after else "remove",
                edit.start, edit.end, before, edit.after, edit.label, edit.score, edit.evidence,
            )
        )  # fmt: skip
    if not rows:
        return text, []
    pieces.append(text[at:])
    changed = "".join(pieces)
    first = rows[0]
    same = (
        merge
        and len(rows) > 2
        and first.after
        and all((r.before, r.after) == (first.before, first.after) for r in rows)
    )
    if same and first.before and changed.replace(first.after, first.before) == text:
        # The same change throughout, and it can be undone by the opposite change: one row says it all.
        whole = first._replace(action="replace_all", start=0, end=len(text), evidence=f"{len(rows)} times")
        return changed, [whole]
    return changed, rows


def apply_clean(page: Page, claims: Sequence[Claim], round_: int) -> tuple[str, list[LedgerRow]]:
    """Apply what all steps of the clean stage want from one text: one round.

    A whole line that goes takes everything in it along; of two claims on the same text the earlier step has it.
    Blank lines around removed lines go with them so that no paragraph break is doubled and none is lost.
    """
    if not claims:
        return page.text, []
    text, lines, starts = page.text, page.lines, page.starts
    dropped: dict[int, Claim] = {}
    inline: list[Claim] = []
    for claim in claims:
        line = is_whole_line(page, claim.edit) if claim.line is None else claim.line
        if line is None:
            inline.append(claim)
        else:
            dropped.setdefault(line, claim)

    spans: list[tuple[int, int, Claim]] = []
    for first, stop, owners in _runs(lines, dropped):
        # Each removed line owns the blank lines that follow it in the run, the first one also those before it.
        begin = starts[first]
        for k, line in enumerate(owners):
            until = owners[k + 1] if k + 1 < len(owners) else stop
            finish = starts[until] if until < len(lines) else len(text)
            spans.append((begin, finish, dropped[line]))
            begin = finish
    # The line feed before a run that reaches the end of the text goes with the run.
    if spans and spans[-1][1] == len(text) and spans[-1][0] > 0:
        k = len(spans) - 1
        while k and spans[k - 1][1] == spans[k][0]:
            k -= 1
        if spans[k][0] > 0:
            spans[k] = (spans[k][0] - 1, spans[k][1], spans[k][2])

    taken = [(a, b) for a, b, _ in spans]
    bounds = [a for a, _ in taken]

    def is_free(a: int, b: int) -> bool:
        k = bisect_right(bounds, a) - 1
        if k >= 0 and taken[k][1] > a:
            return False
        return not (k + 1 < len(taken) and taken[k + 1][0] < b)

    chosen: list[tuple[int, int, Claim]] = []
    for claim in inline:
        a, b = claim.edit.start, claim.edit.end
        if not 0 <= a <= b <= len(text):
            raise ValueError(f"{claim.stage}.{claim.rule}: span {a}:{b} is out of bounds")
        if text[a:b] == claim.edit.after or not is_free(a, b):
            continue
        if all(b <= x or a >= y for x, y, _ in chosen):
            chosen.append((a, b, claim))
    spans += chosen
    spans.sort(key=lambda span: (span[0], span[1]))

    rows, pieces, at = [], [], 0
    for a, b, claim in spans:
        edit = claim.edit
        pieces.append(text[at:a])
        pieces.append(edit.after)
        rows.append(
            LedgerRow(
                round_, claim.stage, claim.rule, "replace" if edit.after else "remove",
                a, b, text[a:b], edit.after, edit.label, edit.score, edit.evidence,
            )
        )  # fmt: skip
        at = b
    pieces.append(text[at:])
    return "".join(pieces), rows


def _runs(lines: Sequence[str], dropped: dict[int, Claim]) -> Iterable[tuple[int, int, list[int]]]:
    """Runs of lines to take out: (first line, line after the last, the removed lines in it)."""
    last = -1
    for start in sorted(dropped):
        if start < last:
            continue
        first = start
        while first > 0 and not lines[first - 1].strip() and first - 1 >= last:
            first -= 1
        stop, owners = start, []
        while stop < len(lines) and (stop in dropped or not lines[stop].strip()):
            if stop in dropped:
                owners.append(stop)
            stop += 1
        last = stop
        if first > 0 and stop < len(lines):
            # Between two kept lines one blank line stays if there was any in the run.
            if first < start:
                first += 1
            elif any(not lines[k].strip() and k not in dropped for k in range(start, stop)):
                stop = max(k for k in range(start, stop) if not lines[k].strip() and k not in dropped)
                if stop < owners[-1]:
                    # The blank line stands between two removed lines: keep it by ending the first run there.
                    yield first, stop, [k for k in owners if k < stop]
                    first, owners, stop = stop + 1, [k for k in owners if k > stop], last
        yield first, stop, owners


def undo(text: str, rows: Iterable[LedgerRow]) -> str:
    """The text before these changes: `rows` are all changes of one page, in the order of the ledger.

    What the privacy stage took out is nowhere written down: of a page that it changed this is the text right after.
    """
    rounds = [list(group) for _, group in groupby(rows, key=lambda row: row.round)]
    for group in reversed(rounds):
        if group[0].stage == "privacy":
            return text
        if group[0].action == "replace_all":
            text = text.replace(group[0].after, group[0].before)
            continue
        pieces, at, shift = [], 0, 0
        for row in group:
            start = row.start + shift
            pieces.append(text[at:start])
            pieces.append(row.before)
            at = start + len(row.after)
            shift += len(row.after) - (row.end - row.start)
        pieces.append(text[at:])
        text = "".join(pieces)
    return text
