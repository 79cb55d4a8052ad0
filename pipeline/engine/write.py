"""Write, for one shard: rows to the files that readers load, one part of every table of a run."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import Write
from pipeline.decode import surrogates
from pipeline.engine.conservation import RAW_BYTES, ConservationError, Quarantined
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.files import QUARANTINE, JsonLines, Part, table_of, tables
from pipeline.engine.journal import Care
from pipeline.engine.recipe import Recipe
from pipeline.engine.store import MANIFEST, Store, write_json

REJECTED = schema.arrow(schema.REJECTED)
LEDGER = schema.arrow(schema.LEDGER)


def write_shard(
    number: int,
    cleaned: str,
    prepared: str,
    decisions: Path,
    recipe: Recipe,
    store: Store,
    run: Path,
    _care: Care,
    _journal: Path,
) -> dict[str, Any]:
    """Rows to the files that readers load: part `number` of every table of a run.

    `decisions` is the table that dedup made of all shards. Gives the counts of the part.
    """
    marker = run / ".parts" / f"{number:05}.json"
    if marker.exists():
        manifest: dict[str, Any] = json.loads(marker.read_bytes())
        return manifest
    started = time.process_time()
    source, first = store.entry("clean", cleaned), store.entry("prepare", prepared)
    documents = schema.arrow(schema.DOCUMENTS, signals=[step.rule for step in recipe.config.steps("judge")])
    decided, clusters = _decisions(decisions, pq.read_table(source / "keys.parquet", columns=["id", "source"]))
    ledger = _merge_ledger(first / "ledger.parquet", source / "ledger.parquet")
    set_aside = [pq.read_table(first / "quarantine.parquet"), pq.read_table(source / "quarantine.parquet")]
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    not_in_ledger: list[int] = []
    with _Parts(run, f"part-{number:05}", recipe.config.write) as out:
        for table in tables(source / "pages.parquet"):
            places = list(zip(table["source"].to_pylist(), table["offset"].to_pylist(), strict=True))
            fates = [decided.get(place) for place in places] if decided else [None] * len(places)
            keep = np.array([fate is None for fate in fates], dtype=bool) & np.asarray(pc.is_null(table["rule"]))
            kept = _mark_clusters(table.filter(pa.array(keep)).select(documents.names), clusters)
            out.write("documents", kept, documents)
            counts["kept"] += kept.num_rows
            counts["chars"] += pc.sum(kept["n_chars"]).as_py() or 0
            rejected = []
            for k in np.flatnonzero(~keep).tolist():
                row = table.slice(k, 1).to_pylist()[0]
                fate = fates[k]
                if fate and fate["action"] == "same_id":
                    not_in_ledger.append(row["page"])
                    set_aside.append(_same_id(row, ledger))
                    continue
                if fate and not row["rule"]:
                    row |= {"stage": "dedup", "rule": "exact", "duplicate_of": fate["keeper"]}
                    row["evidence"] = "the same text but for case, punctuation and white space"
                rejected.append(row)
                reasons[f"{row['stage']}.{row['rule']}"] += 1
            counts["rejected"] += len(rejected)
            out.write("rejected", pa.Table.from_pylist(rejected, schema=REJECTED), REJECTED)
        quarantine = pa.concat_tables(set_aside)
        if not_in_ledger:
            ledger = ledger.filter(pc.invert(pc.is_in(ledger["page"], pa.array(not_in_ledger, pa.int64()))))
        out.write("rejected", REJECTED.empty_table(), REJECTED)
        out.write("documents", documents.empty_table(), documents)
        out.write("quarantine", quarantine, QUARANTINE)
        out.write("ledger", ledger.select(LEDGER.names), LEDGER)
    counts["quarantined"] = quarantine.num_rows
    counts["ledger"] = ledger.num_rows
    for stage, error in zip(quarantine["stage"].to_pylist(), quarantine["error"].to_pylist(), strict=True):
        # Up to the first colon an error names its kind, behind it the particular case.
        reasons[f"{stage}: {error.partition(':')[0][:80]}"] += 1
    into = json.loads((first / MANIFEST).read_bytes())["counts"].get("in", 0)
    if into != counts["kept"] + counts["rejected"] + counts["quarantined"]:
        raise ConservationError(f"write: {into} records in, but {dict(counts)} out")
    manifest = {
        "part": number,
        "in": into,
        "counts": dict(counts),
        "reasons": dict(sorted(reasons.items())),
        "cpu_s": time.process_time() - started,
    }
    marker.parent.mkdir(parents=True, exist_ok=True)
    write_json(marker, manifest)
    return manifest


class _Parts:
    """The files of one part: a Parquet file per table, and the documents as JSON lines if the config wants them."""

    def __init__(self, run: Path, name: str, settings: Write) -> None:
        self._run = run
        self._name = name
        self._compression = settings.compression
        self._lines = JsonLines(run / "jsonl" / f"{name}.jsonl.zst") if settings.jsonl else None
        self._parts: dict[str, Part] = {}

    def write(self, name: str, table: pa.Table, schema_: pa.Schema) -> None:
        if name not in self._parts:
            path = self._run / name / f"{self._name}.parquet"
            self._parts[name] = Part(path, schema_, self._compression)
        self._parts[name].write(table)
        if name == "documents" and self._lines:
            self._lines.write(table)

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for part in self._parts.values():
            part.close(whole=kind is None)
        if self._lines:
            self._lines.close(whole=kind is None)


def _mark_clusters(kept: pa.Table, clusters: set[str]) -> pa.Table:
    if not clusters:
        return kept
    marks = [id_ if id_ in clusters else None for id_ in kept["id"].to_pylist()]
    at = kept.schema.get_field_index("cluster")
    return kept.set_column(at, kept.schema.field(at), pa.array(marks, pa.string()))


def _same_id(row: dict[str, Any], ledger: pa.Table) -> pa.Table:
    """A quarantine row for a record whose id another record of its file has: its text as it came in."""
    page = ledger["page"].to_numpy()
    first, stop = np.searchsorted(page, [row["page"], row["page"] + 1])
    raw = undo(row["text"], ledger_rows(ledger.slice(first, stop - first))).encode("utf-8", "surrogatepass")
    why = "another record of this file has the same id"
    aside = Quarantined(row["source"], row["record"], row["offset"], "dedup", why, raw[:RAW_BYTES])
    return table_of([aside], QUARANTINE)


def _decisions(path: Path, pages: pa.Table) -> tuple[dict[tuple[str, int], dict[str, Any]], set[str]]:
    """The decisions about these pages by source and offset, and those of the pages that duplicates name."""
    sources, ids = pc.unique(pages["source"]), pc.unique(pages["id"])
    decided: dict[tuple[str, int], dict[str, Any]] = {}
    clusters: set[str] = set()
    for table in tables(path):
        about = table.filter(pc.is_in(table["source"], sources))
        decided.update({(d["source"], d["offset"]): d for d in about.to_pylist()})
        keepers = table.filter(pc.equal(table["action"], "duplicate"))["keeper"]
        clusters.update(keepers.filter(pc.is_in(keepers, ids)).to_pylist())
    return decided, clusters


def _merge_ledger(first: Path, second: Path) -> pa.Table:
    """The changes of prepare and of clean, page by page, numbered through."""
    both = pa.concat_tables([pq.read_table(first), pq.read_table(second)]).combine_chunks()
    order = pc.sort_indices(both, sort_keys=[("page", "ascending"), ("round", "ascending"), ("seq", "ascending")])
    table = both.take(order)
    page = table["page"].to_numpy()
    if len(page):
        starts = np.flatnonzero(np.r_[True, page[1:] != page[:-1]])
        number = np.arange(len(page)) - np.repeat(starts, np.diff(np.r_[starts, len(page)]))
        table = table.set_column(table.schema.get_field_index("seq"), "seq", pa.array(number, pa.int32()))
    return table


def ledger_rows(table: pa.Table) -> list[LedgerRow]:
    """Rows of a ledger table as changes that `undo` takes; what decode replaced is surrogates again."""
    rows = []
    for row in table.select(list(LedgerRow._fields)).to_pylist():
        if row["stage"] == "decode":
            row["before"] = surrogates.unescape(row["before"])
        rows.append(LedgerRow(**row))
    return rows
