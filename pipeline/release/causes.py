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
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from pipeline.release.recipes import (
    CLEAN,
    DEDUP,
    DESCRIBE,
    JUDGE,
    MEASURE,
    PREPARE,
    STEPS,
    Altered,
    Makings,
    limits,
    signals_of,
)

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
Record = Mapping[str, Any]
"""A row of records.parquet."""

_DESCRIBED = {
    "describe.dates": {"published", "modified", "published_time"},
    "describe.license": {"license", "license_url"},
    "describe.opt_out": {"opt_out", "opt_out_source", "tdm_reservation", "tdm_policy", "signals.opt_out"},
    "describe.language": {"language", "language_score", "languages"},
    "describe.tokens": {"n_tokens"},
}
_LEVELS = {
    **dict.fromkeys(
        ("source", "record", "offset", "url", "site", "kind", "encoding", "repairs", "raw_sha256"), PREPARE
    ),
    **dict.fromkeys(("signals.http_status", "signals.personal_data"), PREPARE),
    **dict.fromkeys(("text", "content_sha256", "n_chars", "n_words", "signals.repeated_share"), CLEAN),
    **dict.fromkeys(("cluster", "cluster_size"), DEDUP),
}
_OF_ITS_ROW = {"url", "kind", "signals.http_status"}
_VALUE = re.compile(r"^\S+ (\S+) [<>] ")


class Cause(NamedTuple):
    """Why a page differs: one of REASONS, what is responsible, and what shows it."""

    reason: str
    rule: str | None
    evidence: str


class _Found(NamedTuple):
    cause: Cause
    level: int
    reach: Collection[str] | None = None
    """The columns that it reaches, if not all from its level on."""


def came_or_left(
    makings: Makings,
    added: bool,
    gone: Record | None,
    there: Record,
    keepers: tuple[Record | None, Record | None],
    asked: Collection[int] = (),
) -> list[Cause]:
    """Why a page is in one release only. `there` is its record in that one, `gone` the one in the other, if it has any.

    `keepers` are the records, in the release without it and in the one with it, of the page that it was a duplicate of;
    `asked` are the numbers of the requests that stand in the later release.
    """
    if gone is None:
        return _no_record(makings, added, there)
    if gone["stage"] == "release":
        return [
            Cause("removal_request", "release.removal_request", f"{gone['evidence']}{' withdrawn' if added else ''}")
        ]
    own = [found.cause for found in _own(makings, gone, there, _known(gone, there))]
    if gone["end"] == "quarantined":
        causes = _quarantined(makings, gone, own)
    elif gone["stage"] == "judge":
        causes = _judged(makings, added, gone, there, own)
    elif gone["stage"] == "dedup":
        causes = _duplicate(makings, added, gone, there, keepers, own)
    else:
        causes = own
    level = CLEAN if _differs(gone, there, "content_sha256") else MEASURE
    return causes or _rest(makings, level, gone, there, ())


def changed(makings: Makings, before: Record, after: Record, columns: list[str]) -> list[Cause]:
    """Why a page that both releases have differs in these columns (fields of signals as signals.name)."""
    found = _own(makings, before, after, columns)
    if not makings.same and any(column.startswith("cluster") for column in columns):
        found.append(_Found(Cause("cluster", "dedup", "more or fewer copies of it"), DEDUP))
        found += [_Found(_cause(a), a.level) for a in makings.rules() if a.level == DEDUP]
    left = [column for column in columns if not any(_reaches(cause, column) for cause in found)]
    if "text" in columns:
        # What changed the text comes before what changed only what is told of it.
        found.sort(key=lambda cause: not _reaches(cause, "text"))
    causes = [cause.cause for cause in found]
    if left:
        rest = _rest(makings, min(map(level_of, left)), before, after, causes)
        # What nothing explains is told first, whatever explains the other columns.
        causes = rest + causes if rest[0].reason == "unexplained" else causes + rest
    return causes


def level_of(column: str) -> int:
    return _LEVELS.get(column, MEASURE if column.startswith("signals.") else DESCRIBE)


def _reaches(found: _Found, column: str) -> bool:
    return column in found.reach if found.reach is not None else found.level <= level_of(column)


def _own(makings: Makings, one: Record, two: Record, columns: Collection[str]) -> list[_Found]:
    """What changed about the page itself, on its way until it was judged, in the order of that way."""
    acted = _rules_of(one) ^ _rules_of(two)
    rules = {rule for rule, _ in acted}
    found: list[_Found] = []
    if _differs(one, two, "raw_sha256"):
        found.append(_Found(Cause("input", "record_changed", ""), PREPARE))
    elif _file_changed(makings, one, two) and _OF_ITS_ROW & set(columns):
        found.append(_Found(Cause("input", "row_changed", ""), PREPARE))
    elif _file_changed(makings, one, two) and "offset" in columns:
        found.append(_Found(Cause("input", "record_moved", ""), PREPARE, {"offset"}))
    ours = [altered for altered in makings.rules() if altered.level < JUDGE]
    for altered in ours:
        reach = _touched(altered, rules, one, two, columns)
        if reach is None or reach:
            found.append(_Found(_cause(altered), altered.level, reach))
    mended = any(cause.level == PREPARE for cause in found)
    if not makings.same and not mended and _differs(one, two, "learnt", nulls=True):
        rule = min((r for r in rules if r.startswith("clean.")), default=None)
        site = Cause("site", rule, f"{two['site'] or one['site'] or 'its site'} has other lines in common")
        at = sum(cause.level <= CLEAN for cause in found)
        found.insert(at, _Found(site, CLEAN))
    return found


def _touched(
    altered: Altered, rules: Collection[str], one: Record, two: Record, columns: Collection[str]
) -> Collection[str] | None:
    """The columns of a page that something altered reaches, None for all from its level on; none if nothing says that it
    did something else on this page."""
    stage, dot, _ = altered.name.partition(".")
    if not dot and stage in STEPS:
        return ()  # its steps speak for themselves
    if stage in ("repair", "clean"):
        return None if altered.name in rules else ()
    if stage == "decode":
        return None if "encoding" in columns or any(rule.startswith("decode.") for rule in rules) else ()
    if stage == "extract":
        return None if one["kind"] == "html" and columns else ()
    if stage == "privacy":
        return None if any(rule.startswith("privacy.") for rule in rules) else {"signals.personal_data"} & set(columns)
    if stage == "learn":
        return None if _differs(one, two, "learnt", nulls=True) else ()
    if stage == "describe":
        own = _DESCRIBED.get(altered.name, {altered.name.partition(".")[2]})
        return None if own & set(columns) else ()
    if stage == "judge":
        return signals_of(altered.name, list(columns))
    return ()


def _no_record(makings: Makings, added: bool, there: Record) -> list[Cause]:
    """Why a record is in one of two inputs only."""
    reason, source = ("input" if added else "input_gone"), there["source"]
    mine, other = (1, 0) if added else (0, 1)
    if source not in makings.files[other]:
        digest = makings.files[mine].get(source)
        twin = makings.moved_file(digest, other)
        if twin is not None:
            return [Cause(reason, "file_moved", f"{'from' if added else 'to'} {twin}")]
        why = makings.passed_over[other].get(source)
        return [Cause(reason, "new_file" if added else "file_gone", f"passed over in the other: {why}" if why else "")]
    if makings.files[0].get(source) != makings.files[1].get(source):
        return [Cause(reason, "new_record" if added else "record_gone", "")]
    return _rest(makings, PREPARE, None, None, ())


def _quarantined(makings: Makings, gone: Record, own: list[Cause]) -> list[Cause]:
    ours = [_cause(a) for a in makings.rules() if a.name.partition(".")[0] == gone["stage"]]
    if gone["raw_sha256"] is None and gone["source"] and _file_changed(makings, gone, gone):
        own = [Cause("input", "record_changed", ""), *own]
    return _once([*own, *ours, Cause("quarantine", gone["stage"], gone["evidence"] or "")])


def _judged(makings: Makings, added: bool, gone: Record, there: Record, own: list[Cause]) -> list[Cause]:
    """Why the judge lets a page pass in one release and not in the other."""
    rule = f"judge.{gone['rule']}"
    threshold = [
        Cause("rule", rule, f"{a.told}; {gone['evidence'] or ''}")
        for a in makings.rules()
        if a.level == JUDGE and a.name == rule
    ]
    other = makings.thresholds[1 if added else 0].get(gone["rule"])
    mine = makings.thresholds[0 if added else 1].get(gone["rule"])
    signal = f"signals.{(mine or {}).get('signal')}"
    measured = [
        _cause(a) for a in makings.rules()
        if (a.level == MEASURE and signals_of(a.name, [signal])) or (a.name == "describe.opt_out" and signal == "signals.opt_out")
    ]  # fmt: skip
    value = _VALUE.match(gone["evidence"] or "")
    low, high = limits(other, there["language"])
    # With its value of the one release, the limits of the other would have let it pass: so it is the limits.
    if threshold and (value is None or low <= float(value[1]) <= high):
        return _once([*threshold, *own, *measured])
    return _once([*own, *measured, *threshold])


def _duplicate(
    makings: Makings,
    added: bool,
    gone: Record,
    there: Record,
    keepers: tuple[Record | None, Record | None],
    own: list[Cause],
) -> list[Cause]:
    """Why a page is a duplicate in one release and not in the other."""
    rule, keeper = f"dedup.{gone['rule']}", gone["duplicate_of"]
    ours = [_cause(a) for a in makings.rules() if a.level == DEDUP]
    if makings.same:
        return []
    then, now = keepers
    if now is None:
        earlier = [cause for cause in ours if then is None and cause.rule == "dedup.earlier"]
        what = (
            f"{keeper}, which it was a copy of, is gone from the input" if added else f"{keeper} came and stays instead"
        )
        return _once([*earlier, Cause("duplicate", rule, what), *own, *ours])
    if now["duplicate_of"] == there["id"]:
        what = f"it stays now, and {keeper} is the copy" if added else f"{keeper} stays now, which was a copy of it"
        return _once([*own, Cause("duplicate", rule, what), *ours])
    if now["end"] != "kept":
        by = ".".join(filter(None, (now["stage"], now["rule"])))
        what = (
            f"{keeper}, which it was a copy of, left ({by})"
            if added
            else f"{keeper} came back ({by} before) and stays instead"
        )
        return _once([Cause("duplicate", rule, what), *own, *ours])
    what = f"{keeper} changed, so that they are {'no longer' if added else 'now'} alike"
    if then is not None and not _differs(then, now, "content_sha256"):
        what = f"other copies of {keeper} came or left"
    return _once([*ours, *own, Cause("duplicate", rule, what)])


def _rest(makings: Makings, level: int, one: Record | None, two: Record | None, known: Iterable[Cause]) -> list[Cause]:
    """What may lie behind a difference at a level that shows no cause of its own."""
    known = set(known)
    short = [a for a in makings.in_short() if a.kind == "rule"]
    found = [_cause(a) for a in [*makings.libraries(), *short] if a.level <= level]
    if one and two and _file_changed(makings, one, two):
        row = Cause("input", "row_changed", "")
        found = [row, *found] if level in (PREPARE, DESCRIBE) else [*found, row]
    found = [cause for cause in found if cause not in known]
    code = makings.code(level)
    if code is not None:
        found.append(_cause(code))
    return found or [Cause("unexplained", None, "")]


def _cause(altered: Altered) -> Cause:
    return Cause(altered.kind, altered.name, altered.told)


def _known(one: Record, two: Record) -> list[str]:
    """The columns that differ as far as records tell."""
    names = {"content_sha256": "text", "language": "language", "url": "url"}
    return [column for name, column in names.items() if _differs(one, two, name)]


def _rules_of(record: Record) -> set[tuple[str, int]]:
    return {(change["rule"], change["digest"]) for change in record["changes"] or ()}


def _differs(one: Record, two: Record, name: str, *, nulls: bool = False) -> bool:
    """Whether two records differ in a column; a null, which is not known, differs from nothing without `nulls`."""
    first, second = one[name], two[name]
    return first != second and (nulls or (first is not None and second is not None))


def _file_changed(makings: Makings, one: Record, two: Record) -> bool:
    source = one["source"] or two["source"]
    return makings.files[0].get(source) != makings.files[1].get(source)


def _once(causes: Iterable[Cause]) -> list[Cause]:
    return list(dict.fromkeys(causes))
