"""What changed from one release to the next, page by page, each with the reason and the rule that is responsible."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import ConfigError
from pipeline.release.diff.causes import REASONS, OneSided, came_or_left, changed
from pipeline.release.diff.difference import Difference, differences
from pipeline.release.diff.ends import Ends, EndsOf
from pipeline.release.diff.recipes import Makings
from pipeline.release.diff.traces import Record
from pipeline.release.layout import REMOVALS, Release
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
_SHOWN = 80
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
            shown = [page["url"] or page["source"] or page["id"] or "", page["evidence"] or ""]
            rule = kind.rule if "." in kind.rule else kind.rule.replace("_", " ")
            cells = [f"{n:,}", kind.reason.replace("_", " "), rule, ", ".join(_short(word) for word in shown if word)]
            lines.append(f"| {' | '.join(cells)} |")
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
    """The rows of the pages from `first` on, of which these are the records."""
    n = len(sides.before)
    told = zip(
        found.texts(first, n),
        found.before[first : first + n].tolist(),
        found.after[first : first + n].tolist(),
        found.names(first, n),
        *(side.to_pylist() for side in sides),
        strict=True,
    )
    return [_row(makings, hashed, *page) for page in told]


def _row(
    makings: Makings, hashed: Hashed, id_: str, was: bool, is_: bool, columns: list[str],
    before: Record, after: Record, keeper_before: Record, keeper_after: Record,
) -> dict[str, Any]:  # fmt: skip
    """A row of CHANGES: `was` and `is_` say in which of the two releases the page is; records that are not there are
    null in every column."""
    page = after if is_ else before
    columns = ["text", *columns] if "content_sha256" in columns else columns
    if was and is_:
        change = "changed"
        causes = changed(makings, before, after, columns)
    elif is_:
        change = "added"
        sides = (_there(before), _there(keeper_after), _there(keeper_before))
        causes = came_or_left(makings, OneSided(True, page, *sides), hashed.numbers)
    else:
        change = "removed"
        sides = (_there(after), _there(keeper_before), _there(keeper_after))
        causes = came_or_left(makings, OneSided(False, page, *sides), hashed.numbers)
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
        "end_before": _end(before),
        "end_after": _end(after),
        "language": page["language"],
        **{name: None if hidden else page[name] for name in ("source", "record", "url")},
        "before_sha256": before["content_sha256"] if was else None,
        "after_sha256": after["content_sha256"] if is_ else None,
    }


def _there(record: Record) -> Record | None:
    return record if record["end"] else None


def _end(record: Record) -> str | None:
    """Where a record ended, in a word."""
    end: str | None = record["end"]
    return f"{record['stage']}.{record['rule']}" if end == "rejected" else end


def _short(value: str) -> str:
    value = " ".join(value.replace("|", "/").split())
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."
