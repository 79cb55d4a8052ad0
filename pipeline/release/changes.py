"""What changed from one release to the next, page by page, each with the reason and the rule that is responsible."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import ConfigError
from pipeline.release.causes import REASONS, Cause, came_or_left, changed
from pipeline.release.difference import Difference, differences
from pipeline.release.ends import Ends, EndsOf
from pipeline.release.layout import REMOVALS, Release
from pipeline.release.recipes import Makings
from pipeline.release.removals import Hashed
from pipeline.schema import Column

_CAUSE = pa.struct([("reason", pa.string()), ("rule", pa.string()), ("evidence", pa.string())])
CHANGES = [
    Column("id", pa.string(), "the page"),
    Column("change", pa.string(), "added, removed or changed"),
    Column("reason", pa.string(), f"the decisive reason: {'; '.join(f'{name}: {doc}' for name, doc in REASONS.items())}"),
    Column("rule", pa.string(), "what is responsible: stage.rule, a section of the config, a library, new_file, file_gone, ..."),
    Column("evidence", pa.string(), "what shows it: a version or limit from what to what, the copy that came or left"),
    Column("causes", pa.list_(_CAUSE), "all causes that had a part in it, the decisive one first"),
    Column("columns", pa.list_(pa.string()), "the columns of a changed page that differ, signals one by one"),
    Column("end_before", pa.string(), "where its record ended before: kept, stage.rule, quarantined; null where there was none"),
    Column("end_after", pa.string(), "where its record ended now, in the same words"),
    Column("language", pa.string(), "ISO 639-1 where there is one, else 639-3; null where unknown"),
    Column("source", pa.string(), "path of the file under the input root; null where it was asked to be left out"),
    Column("record", pa.string(), "the record in that file; null where it was asked to be left out"),
    Column("url", pa.string(), "address of the page; null where it was asked to be left out"),
    Column("before_sha256", pa.string(), "SHA-256 of the text in the release before; null where it is not in there"),
    Column("after_sha256", pa.string(), "SHA-256 of the text in this release; null where it is not in here"),
]  # fmt: skip
SCHEMA = schema.arrow(CHANGES)

_EXAMPLES = 3
_SHOWN = 40
_NONE: dict[str, Any] = dict.fromkeys(column.name for column in schema.RECORDS)
# Rows that are Python objects at a time.
_ROWS = 5_000


class Kind(NamedTuple):
    """Changes that are counted together."""

    change: str
    reason: str
    rule: str


@dataclass
class Changes:
    """What changed, counted."""

    before: str | None
    after: str
    same: int = 0
    """Pages that are in both and alike."""
    differing: list[str] = field(default_factory=list)
    """What differs between the makings of the two, a line each."""
    counts: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[Mapping[str, str | None]]] = field(default_factory=dict)
    """Up to three pages of each kind: id, url, source, evidence."""

    def total(self, change: str) -> int:
        return sum(n for kind, n in self.counts.items() if kind.change == change)

    @property
    def unexplained(self) -> int:
        """Pages whose difference nothing explains: there must be none."""
        return sum(n for kind, n in self.counts.items() if kind.reason == "unexplained")

    def kinds(self) -> list[tuple[Kind, int]]:
        """The kinds with their counts: added, removed, changed, of each the frequent first."""
        order = ("added", "removed", "changed")
        return sorted(self.counts.items(), key=lambda item: (order.index(item[0].change), -item[1], item[0]))


def compare(before: Release | None, after: Release, to: Path | None = None) -> Changes:
    """Compare a release with an earlier one (None: there is none, so every page is added); say why each page differs.

    Writes a row per page that differs, by id, into the Parquet file `to` (columns: CHANGES) if it is named. The text of a
    page is not read. Memory: some 200 bytes per page, the rows of `ends.SIZE` pages, and a row per page that others
    that differ were duplicates of. Raises ConfigError if there is no folder for `to`.
    """
    if to is not None and not to.parent.is_dir():
        raise ConfigError(f"--to {to}: no such folder {to.parent}; make it, or name another file")
    makings = Makings(before, after)
    found = differences(before.data() if before else [], after.data())
    told = Changes(before.version if before else None, after.version, found.same, list(makings.told()))
    hashed = Hashed(after.folder / REMOVALS)
    with tempfile.TemporaryDirectory(prefix=".changes-", dir=to.parent if to else None) as name:
        tables = _tables(found, Ends(before, after, found, Path(name)), makings, hashed, told)
        if to is None:
            for _ in tables:
                pass
        else:
            fresh = Path(name) / to.name
            with pq.ParquetWriter(fresh, SCHEMA, compression="zstd") as out:
                for table in tables:
                    out.write_table(table)
            fresh.rename(to)
    return told


def text(changes: Changes) -> str:
    """CHANGES.md: the counts in words."""
    since = f" since {changes.before}" if changes.before else ""
    lines = [f"# What changed in {changes.after}{since}", ""]
    if changes.before is None:
        lines += ["The first release: every page is new.", ""]
    counts = ", ".join(f"{changes.total(change):,} {change}" for change in ("added", "removed", "changed"))
    lines += [f"Pages: {counts}, {changes.same:,} the same. Page by page: `changes.parquet`.", ""]
    if changes.unexplained:
        lines += [f"**{changes.unexplained:,} pages differ for no reason that is recorded. Please report this.**", ""]
    if changes.before and changes.differing:
        lines += ["What it was made of and by:", "", *(f"- {line}" for line in changes.differing), ""]
    for change, kinds in groupby(changes.kinds(), key=lambda item: item[0].change):
        lines += [
            f"## {change.capitalize()}",
            "",
            "| pages | reason | responsible | for example |",
            "|---:|---|---|---|",
        ]
        for kind, n in kinds:
            page = changes.examples[kind][0]
            shown = ", ".join(
                _short(value) for value in (page["url"] or page["source"] or page["id"], page["evidence"]) if value
            )
            lines.append(
                f"| {n:,} | {kind.reason.replace('_', ' ')} | {kind.rule.replace('_', ' ') if '.' not in kind.rule else kind.rule} | {shown} |"
            )
        lines.append("")
    return "\n".join(lines)


def _tables(found: Difference, ends: Ends, makings: Makings, hashed: Hashed, told: Changes) -> Iterator[pa.Table]:
    """The rows of CHANGES, by id, a part at a time; counts them."""
    for first, sides in ends.parts():
        tables = []
        for start in range(0, len(sides.before), _ROWS):
            rows = _rows(found, first + start, sides.slice(start, _ROWS), makings, hashed)
            for row in rows:
                kind = Kind(row["change"], row["reason"], row["rule"] or "")
                told.counts[kind] += 1
                examples = told.examples.setdefault(kind, [])
                if len(examples) < _EXAMPLES:
                    examples.append({name: row[name] for name in ("id", "url", "source", "evidence")})
            tables.append(pa.Table.from_pylist(rows, schema=SCHEMA))
        yield pa.concat_tables(tables).combine_chunks()


def _rows(found: Difference, first: int, sides: EndsOf, makings: Makings, hashed: Hashed) -> list[dict[str, Any]]:
    n = len(sides.before)
    columns = found.names(first, n)
    rows = []
    for at, (id_, before, after, *keepers) in enumerate(
        zip(found.texts(first, n), *(side.to_pylist() for side in sides), strict=True)
    ):
        was, is_ = bool(found.before[first + at]), bool(found.after[first + at])
        old = before if before["end"] else None
        new = after if after["end"] else None
        then, now = (keeper if keeper["end"] else None for keeper in keepers)
        names = columns[at]
        if was and is_:
            change = "changed"
            names = ["text", *names] if "content_sha256" in names else names
            causes = changed(makings, old or _NONE, new or _NONE, names)
        elif is_:
            change = "added"
            causes = came_or_left(makings, True, old, new or _NONE, (then, now))
        else:
            change = "removed"
            causes = came_or_left(makings, False, new, old or _NONE, (now, then))
        rows.append(_row(id_, change, causes, names, old if was or old else None, new, was, is_, hashed))
    return rows


def _row(
    id_: str,
    change: str,
    causes: Sequence[Cause],
    columns: list[str],
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    was: bool,
    is_: bool,
    hashed: Hashed,
) -> dict[str, Any]:
    page = new if is_ else old
    page = page or _NONE
    hidden = not is_ and (causes[0].reason == "removal_request" or hashed.meets({**page, "id": id_}))
    if hidden:
        # What tells of the page goes; a request stays named.
        causes = [cause if cause.reason == "removal_request" else cause._replace(evidence="") for cause in causes]
    return {
        "id": id_,
        "change": change,
        **causes[0]._asdict(),
        "causes": [cause._asdict() for cause in causes],
        "columns": columns,
        "end_before": _end(old),
        "end_after": _end(new),
        "language": page["language"],
        **{name: None if hidden else page[name] for name in ("source", "record", "url")},
        "before_sha256": old["content_sha256"] if old and was else None,
        "after_sha256": new["content_sha256"] if new and is_ else None,
    }


def _end(record: Mapping[str, Any] | None) -> str | None:
    if record is None:
        return None
    return f"{record['stage']}.{record['rule']}" if record["end"] == "rejected" else str(record["end"])


def _short(value: str) -> str:
    value = " ".join(value.replace("|", "/").split())
    return value if len(value) <= 2 * _SHOWN else f"{value[: 2 * _SHOWN - 3]}..."
