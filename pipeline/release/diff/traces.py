"""What the records of a page in two releases show to have changed about it on its way, until it was judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from pipeline.release.diff.recipes import (
    CLEAN,
    DEDUP,
    DESCRIBE,
    JUDGE,
    MEASURE,
    PREPARE,
    STEPS,
    Altered,
    Makings,
    signals_of,
)

Record = Mapping[str, Any]
"""A row of records.parquet."""

# Columns of the steps that are not named after their one column.
_DESCRIBED = {
    "describe.dates": {"published", "modified", "published_time"},
    "describe.license": {"license", "license_url"},
    "describe.opt_out": {"opt_out", "opt_out_source", "tdm_reservation", "tdm_policy", "signals.opt_out"},
    "describe.language": {"language", "language_score", "languages"},
    "describe.tokens": {"n_tokens"},
}
_OF_PREPARE = ("source", "record", "offset", "url", "site", "kind", "encoding", "repairs", "raw_sha256")
_LEVELS = {
    **dict.fromkeys((*_OF_PREPARE, "signals.http_status", "signals.personal_data"), PREPARE),
    **dict.fromkeys(("text", "content_sha256", "n_chars", "n_words", "signals.repeated_share"), CLEAN),
    **dict.fromkeys(("cluster", "cluster_size"), DEDUP),
}
# What the file says of the page beside its bytes, and a page is known not to make up itself.
_OF_ITS_ROW = {"url", "kind", "signals.http_status"}


class Cause(NamedTuple):
    """Why a page differs: one of the reasons of `causes`, what is responsible, and what shows it."""

    reason: str
    rule: str | None
    evidence: str


class Trace(NamedTuple):
    """A cause that left a trace on a page."""

    cause: Cause
    level: int
    reach: Collection[str] | None = None
    """The columns that it explains; None for all from its level on."""

    def explains(self, column: str) -> bool:
        return column in self.reach if self.reach is not None else self.level <= level_of(column)


def level_of(column: str) -> int:
    """The level at which a column of `documents` (a signal as signals.name) is made."""
    return _LEVELS.get(column, MEASURE if column.startswith("signals.") else DESCRIBE)


def traces(makings: Makings, one: Record, two: Record, columns: Collection[str]) -> list[Trace]:
    """What changed about a page itself, in the order of its way; `columns` are those known to differ."""
    acted = {rule for rule, _ in _acts(one) ^ _acts(two)}
    moved = file_changed(makings, one, two)
    found: list[Trace] = []
    if differs(one, two, "raw_sha256"):
        found.append(Trace(Cause("input", "record_changed", ""), PREPARE))
    elif moved and not _OF_ITS_ROW.isdisjoint(columns):
        found.append(Trace(Cause("input", "row_changed", ""), PREPARE))
    elif moved and "offset" in columns:
        found.append(Trace(Cause("input", "record_moved", ""), PREPARE, {"offset"}))
    for altered in makings.rules():
        reach = _reach(altered, acted, one, two, columns) if altered.level < JUDGE else ()
        if reach is None or reach:
            found.append(Trace(cause_of(altered), altered.level, reach))
    # Where the text was another before its lines were looked up, other things were told of them anyway.
    mended = any(trace.level == PREPARE and trace.reach is None for trace in found)
    if not makings.same and not mended and differs(one, two, "learnt"):
        rule = min((rule for rule in acted if rule.startswith("clean.")), default=None)
        site = Cause("site", rule, f"{two['site'] or one['site'] or 'its site'} has other lines in common")
        found.insert(sum(trace.level <= CLEAN for trace in found), Trace(site, CLEAN))
    return found


def _reach(
    altered: Altered, acted: Collection[str], one: Record, two: Record, columns: Collection[str]
) -> Collection[str] | None:
    """The columns of a page that something altered explains, None for all from its level on; none where nothing shows
    that it did something else on this page. `acted` are the rules that did."""
    stage, dot, rule = altered.name.partition(".")
    shows = False
    match stage:
        case _ if stage in STEPS and not dot:
            pass  # its steps speak for themselves
        case "repair" | "clean":
            shows = altered.name in acted
        case "decode":
            shows = "encoding" in columns or any(name.startswith("decode.") for name in acted)
        case "extract":
            written = any(CLEAN <= level_of(column) <= DESCRIBE for column in columns)
            shows = one["kind"] == "html" and written and not altered.told.startswith("timeout_s")
        case "privacy":
            if not any(name.startswith("privacy.") for name in acted):
                return {"signals.personal_data"} & set(columns)
            shows = True
        case "learn":
            shows = differs(one, two, "learnt")
        case "describe":
            shows = not _DESCRIBED.get(altered.name, {rule}).isdisjoint(columns)
        case "judge":
            return signals_of(altered.name, columns)
    return None if shows else ()


def cause_of(altered: Altered) -> Cause:
    return Cause(altered.kind, altered.name, altered.told)


def differs(one: Record, two: Record, name: str) -> bool:
    """Whether two records are known to differ in a column: a null says nothing."""
    return one[name] is not None and two[name] is not None and one[name] != two[name]


def file_changed(makings: Makings, one: Record, two: Record) -> bool:
    """Whether the file of a page has other bytes."""
    source = one["source"] or two["source"]
    return makings.files[0].get(source) != makings.files[1].get(source)


def _acts(record: Record) -> set[tuple[str, int]]:
    return {(change["rule"], change["digest"]) for change in record["changes"] or ()}
