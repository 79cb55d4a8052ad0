"""Asks a finished run about one page: where it ended, what was changed, and what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import ingest
from pipeline.config import Config, ConfigError
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.store import last_run
from pipeline.engine.write import ledger_rows


@dataclass(frozen=True)
class Found:
    """A page as a run left it: the table it ended in, its row there, and its part of the ledger."""

    table: str
    row: dict[str, Any]
    ledger: list[LedgerRow]
    run: dict[str, Any]


def find(output: str | Path, page: str) -> Found:
    """The page whose id, start of an id (8 characters or more), source, record or URL this is.

    Raises ConfigError if there is no such page, no finished run, or more than one page of that name.
    """
    root = Path(output)
    run = last_run(root, "name its folder with --output")
    hits: list[tuple[str, Path, int, dict[str, Any]]] = []
    for table in ("documents", "rejected", "quarantine"):
        for path in sorted((root / table).glob("*.parquet")):
            file = pq.ParquetFile(path)
            names = [n for n in ("id", "source", "record", "url") if n in file.schema_arrow.names]
            for group in range(file.metadata.num_row_groups):
                columns = file.read_row_group(group, columns=names)
                hits += [
                    (table, path, group, {"at": at, **columns.slice(at, 1).to_pylist()[0]})
                    for at in _matching(columns, page)
                ]
    exact = [hit for hit in hits if hit[3].get("id") == page] or hits
    if not exact:
        raise ConfigError(f"{page}: no such page in {root}; give its id, source, record or URL")
    if len(exact) > 1:
        some = ", ".join(str(hit[3].get("id") or hit[3]["record"] or hit[3]["source"]) for hit in exact[:3])
        raise ConfigError(f"{page}: {len(exact)} pages have that name ({some} ...); give the id of one")
    table, path, group, hit = exact[0]
    row = pq.ParquetFile(path).read_row_group(group).slice(hit["at"], 1).to_pylist()[0]
    changes: list[LedgerRow] = []
    if "id" in row:
        part = pq.read_table(root / "ledger" / path.name, filters=[("id", "=", row["id"])])
        changes = ledger_rows(part)
    return Found(table, row, changes, run)


def _matching(columns: pa.Table, page: str) -> list[int]:
    found = pa.array([False] * columns.num_rows)
    for name in columns.column_names:
        found = pc.or_(found, pc.fill_null(pc.equal(columns[name], page), False))
    if "id" in columns.column_names and len(page) >= 8 and set(page) <= set("0123456789abcdef"):
        found = pc.or_(found, pc.starts_with(columns["id"], page))
    flags: list[bool] = found.to_pylist()
    return [at for at, flag in enumerate(flags) if flag]


def before_clean(found: Found) -> tuple[str, list[LedgerRow], list[LedgerRow]]:
    """The text that the clean stage was given, the repairs made before it, and the changes that clean made to it."""
    cleaning = [row for row in found.ledger if row.stage == "clean"]
    repairs = [row for row in found.ledger if row.stage != "clean"]
    return undo(found.row["text"], cleaning), repairs, cleaning


def restore(found: Found) -> bytes:
    """The page as it came in: its text in UTF-8, for HTML and for pages with personal data taken out the source's own bytes,
    in quarantine the bytes kept there.

    Lone surrogates of the input come back as they were. Raises ConfigError if a source that is needed is gone.
    """
    if found.table == "quarantine":
        return bytes(found.row["raw"] or b"")
    if found.row["kind"] == "html" or any(row.stage == "privacy" for row in found.ledger):
        return _from_source(found)
    return undo(found.row["text"], found.ledger).encode("utf-8", "surrogatepass")


def _from_source(found: Found) -> bytes:
    config = Config.model_validate(found.run["config"])
    plan = ingest.plan(config.input, config.ingest)
    slices: Sequence[ingest.Slice] = [
        s for shard in plan.shards for s in shard.slices if s.source.source == found.row["source"]
    ]
    for slice_ in slices:
        for item in ingest.read(slice_, config.ingest):
            if isinstance(item, ingest.Record) and (item.record, item.offset) == (
                found.row["record"],
                found.row["offset"],
            ):
                return item.raw if isinstance(item.raw, bytes) else item.raw.encode("utf-8", "surrogatepass")
    raise ConfigError(f"{found.row['source']}: no longer in {config.input}; put the file back to restore this page")
