"""Why a page is in one release and not in another, or not as it was.

A page goes a way: its record is read, mended, cleaned with what its site told, described, measured, judged, compared with
its duplicates, and left out on request. Nothing is done again here: the two releases say where each record ended, by
which rule, what each rule did to it and what its site told (digests), and what they were made of. A cause counts where
these say that it concerned this page: a step whose version changed and which did something else on it; a threshold
that its value passed before and not now. What is left over is put down to what changed before it on the way: a library,
a step that others read, code. The first cause is the decisive one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from pipeline.release.diff.recipes import CLEAN, DEDUP, DESCRIBE, JUDGE, MEASURE, PREPARE, Makings, limits, signals_of
from pipeline.release.diff.traces import Cause, Record, Trace, cause_of, differs, file_changed, level_of, traces

REASONS = {
    "input": "its file or record is new, or changed",
    "input_gone": "its file or record is gone",
    "rule": "a step, a parameter or a threshold changed, or was switched on or off",
    "site": "the other pages of its site tell something else about its lines",
    "duplicate": "a copy came that stays instead, or the page that it was a copy of left",
    "cluster": "only the number of its copies changed",
    "removal_request": "somebody asked for it to be left out, or withdrew that",
    "library": "a library has another version",
    "code": "the code, or a file that it reads, changed though no version or parameter did",
    "quarantine": "one of the two runs could not work on it",
    "unexplained": "nothing that is recorded explains it: please report this",
}
# What a rule says of the page that it rejects, `n_words 7 < 10`.
_VALUE = re.compile(r"^\S+ (\S+) [<>] ")
# Signals that may change though the bytes of the page do not: its row says them.
_OF_ITS_ROW = {"http_status", "url_lists", "opt_out"}


class OneSided(NamedTuple):
    """A page that is in one of two releases only."""

    added: bool
    """It is in the later one."""
    there: Record
    """Its record in the release that has it."""
    gone: Record | None
    """Its record in the other one, if it has any."""
    keeper_there: Record | None
    """The record of the page that it was a duplicate of in that other release: in the one that has it ..."""
    keeper_gone: Record | None
    """... and in the other one."""


def came_or_left(makings: Makings, page: OneSided, standing: Collection[int]) -> list[Cause]:
    """Why a page is in one release only; `standing` are the numbers of the requests that the later one honours."""
    gone, there = page.gone, page.there
    if gone is None:
        return _no_record(makings, page)
    known = [name for column, name in (("content_sha256", "text"), ("language", "language"), ("url", "url")) if differs(gone, there, column)]  # fmt: skip
    own = [trace.cause for trace in traces(makings, gone, there, known)]
    if gone["stage"] == "release":
        causes = _asked(page, gone, standing, own)
    elif gone["end"] == "quarantined":
        causes = _quarantined(makings, gone, own)
    elif gone["stage"] == "judge":
        causes = _judged(makings, page, gone, own)
    elif gone["stage"] == "dedup":
        causes = _duplicate(makings, page, gone, own)
    else:
        causes = own
    return _once(causes) or _rest(makings, CLEAN if "text" in known else MEASURE, gone, there)


def changed(makings: Makings, before: Record, after: Record, columns: list[str]) -> list[Cause]:
    """Why a page that both releases have differs in these columns (fields of signals as signals.name)."""
    found = traces(makings, before, after, columns)
    if not makings.same and any(column.startswith("cluster") for column in columns):
        found.append(Trace(Cause("cluster", "dedup", "more or fewer copies of it"), DEDUP))
        found += [Trace(cause_of(altered), DEDUP) for altered in makings.rules() if altered.level == DEDUP]
    left = [column for column in columns if not any(trace.explains(column) for trace in found)]
    if "text" in columns:
        # What changed the text comes before what changed only what is told of it.
        found.sort(key=lambda trace: not trace.explains("text"))
    causes = [trace.cause for trace in found]
    if left:
        rest = _rest(makings, min(map(level_of, left)), before, after)
        # So it does here; and what nothing explains is told first, whatever explains the other columns.
        first = "text" in left or rest[0].reason == "unexplained"
        causes = [*rest, *causes] if first else [*causes, *rest]
    return _once(causes)


def _no_record(makings: Makings, page: OneSided) -> list[Cause]:
    """Why a record is in one of two inputs only."""
    reason, source = ("input" if page.added else "input_gone"), page.there["source"]
    mine, other = (1, 0) if page.added else (0, 1)
    if source is None:
        return [Cause("unexplained", None, "")]
    if source not in makings.files[other]:
        twin = makings.moved_file(makings.files[mine].get(source), other)
        if twin is not None:
            return [Cause(reason, "file_moved", f"{'from' if page.added else 'to'} {twin}")]
        why = makings.passed_over[other].get(source)
        rule = "new_file" if page.added else "file_gone"
        return [Cause(reason, rule, f"passed over in the other: {why}" if why else "")]
    if file_changed(makings, page.there, page.there):
        return [Cause(reason, "new_record" if page.added else "record_gone", "")]
    return _rest(makings, PREPARE, page.there, page.there)


def _asked(page: OneSided, gone: Record, standing: Collection[int], own: list[Cause]) -> list[Cause]:
    """Why a request meets a page in one release and not in the other."""
    request = gone["evidence"] or ""
    if not page.added:
        return [Cause("removal_request", "release.removal_request", request)]
    stands = any(request == f"request {number}" for number in standing)
    what = "stands, and does not meet it as it is now" if stands else "withdrawn"
    cause = Cause("removal_request", "release.removal_request", f"{request} {what}")
    return [*own, cause] if stands else [cause]


def _quarantined(makings: Makings, gone: Record, own: list[Cause]) -> list[Cause]:
    """Why a run could not work on a page, and another one could."""
    ours = [cause_of(a) for a in makings.rules() if a.name.partition(".")[0] == gone["stage"]]
    if gone["raw_sha256"] is None and gone["source"] and file_changed(makings, gone, gone):
        own = [Cause("input", "record_changed", ""), *own]
    return [*own, *ours, Cause("quarantine", gone["stage"], gone["evidence"] or "")]


def _judged(makings: Makings, page: OneSided, gone: Record, own: list[Cause]) -> list[Cause]:
    """Why the judge lets a page pass in one release and not in the other."""
    mine, other = (0, 1) if page.added else (1, 0)
    signal = makings.thresholds[mine].get(gone["rule"], {}).get("signal")
    if signal in _OF_ITS_ROW and file_changed(makings, gone, page.there):
        own = [*own, Cause("input", "row_changed", "")]
    threshold = [
        Cause("rule", altered.name, f"{altered.told}; {gone['evidence'] or ''}")
        for altered in makings.rules()
        if altered.level == JUDGE and altered.name == f"judge.{gone['rule']}"
    ]
    measured = [
        cause_of(altered)
        for altered in makings.rules()
        if (altered.level == MEASURE and signals_of(altered.name, [f"signals.{signal}"]))
        or (altered.name, signal) == ("describe.opt_out", "opt_out")
    ]
    value = _VALUE.match(gone["evidence"] or "")
    low, high = limits(makings.thresholds[other].get(gone["rule"]), page.there["language"])
    # With its value of the one release, the limits of the other would have let it pass: so it is the limits.
    if threshold and (value is None or low <= float(value[1]) <= high):
        return [*threshold, *own, *measured]
    return [*own, *measured, *threshold]


def _duplicate(makings: Makings, page: OneSided, gone: Record, own: list[Cause]) -> list[Cause]:
    """Why a page is a duplicate in one release and not in the other."""
    if makings.same:
        return []
    ours = [cause_of(altered) for altered in makings.rules() if altered.level == DEDUP]
    keeper, now, then = gone["duplicate_of"], page.keeper_there, page.keeper_gone

    def cause(added: str, removed: str) -> Cause:
        return Cause("duplicate", f"dedup.{gone['rule']}", added if page.added else removed)

    if now is None:
        # Of an earlier output no records are at hand.
        earlier = [one for one in ours if then is None and one.rule == "dedup.earlier"]
        came = cause(f"{keeper}, which it was a copy of, is gone from the input", f"{keeper} came and stays instead")
        return [*earlier, came, *own, *ours]
    if now["duplicate_of"] == page.there["id"]:
        swapped = cause(f"it stays now, and {keeper} is the copy", f"{keeper} stays now, which was a copy of it")
        return [*own, swapped, *ours]
    if now["end"] != "kept":
        by = ".".join(filter(None, (now["stage"], now["rule"])))
        left = cause(f"{keeper}, which it was a copy of, left ({by})", f"{keeper} came back ({by}) and stays instead")
        return [left, *own, *ours]
    if then is not None and not differs(then, now, "content_sha256"):
        return [
            *ours,
            *own,
            cause(f"other copies of {keeper} left or changed", f"other copies of {keeper} came or changed"),
        ]
    return [*ours, *own, cause(f"{keeper} changed and is no longer like it", f"{keeper} changed and is like it now")]


def _rest(makings: Makings, level: int, one: Record, two: Record) -> list[Cause]:
    """What may lie behind a difference at a level that shows no trace: all that changed up to there."""
    # A measure changes its own signals and no others, and so shows it.
    rules = [altered for altered in makings.in_short() if altered.kind == "rule" and altered.level != MEASURE]
    altered = [*makings.libraries(), *rules, makings.code(level)]
    found = [cause_of(one) for one in altered if one is not None and one.level <= level]
    if one is not two and file_changed(makings, one, two):
        row = Cause("input", "row_changed", "")
        found = [row, *found] if level in (PREPARE, DESCRIBE) else [*found, row]
    return found or [Cause("unexplained", None, "")]


def _once(causes: Iterable[Cause]) -> list[Cause]:
    return list(dict.fromkeys(causes))
