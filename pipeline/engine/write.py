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

from pipeline import schema
from pipeline.config import Write
from pipeline.decode import surrogates
from pipeline.engine.conservation import RAW_BYTES, ConservationError, Quarantined
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.files import QUARANTINE, JsonLines, Part, batches_of, read_sheet, table_of
from pipeline.engine.journal import Care
from pipeline.engine.recipe import Recipe
from pipeline.engine.store import MANIFEST, Store, write_json

REJECTED = schema.arrow(schema.REJECTED)
LEDGER = schema.arrow(schema.LEDGER)
_EVIDENCE = {
    "exact": "the same text but for case, punctuation and white space",
    "near": "{:.0%} of the word sequences in common",
}


def write_shard(
    number: int,
    prepared: str,
    cleaned: str,
    judged: str,
    duplicates: Path,
    recipe: Recipe,
    store: Store,
    run: Path,
    _care: Care,
    _journal: Path,
) -> dict[str, Any]:
    """Rows to the files that readers load: part `number` of every table of a run.

    `duplicates` is the folder of what dedup decided over all shards. Gives the counts of the part.
    """
    marker = run / ".parts" / f"{number:05}.json"
    if marker.exists():
        manifest: dict[str, Any] = json.loads(marker.read_bytes())
        return manifest
    started = time.process_time()
    first, second = store.entry("prepare", prepared), store.entry("clean", cleaned)
    documents = schema.arrow(schema.DOCUMENTS, signals=recipe.config.signals())
    decisions = read_sheet(duplicates / f"{number:05}.arrow")
    ledger = _merge_ledger(first / "ledger.arrow", second / "ledger.arrow")
    set_aside = [read_sheet(first / "quarantine.arrow"), read_sheet(second / "quarantine.arrow")]
    verdicts = read_sheet(store.entry("judge", judged) / "verdicts.arrow")
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    not_in_ledger: list[int] = []
    at = 0
    with _Parts(run, f"part-{number:05}", recipe.config.write) as out:
        for rows in batches_of(second / "pages.arrow"):
            verdict, decision = verdicts.slice(at, rows.num_rows), decisions.slice(at, rows.num_rows)
            at += rows.num_rows
            for name in ("cluster", "cluster_size"):
                rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), decision[name])
            kept = pc.and_(verdict["kept"], pc.is_null(decision["action"]))
            again = pc.fill_null(pc.equal(decision["action"], "same_id"), False)
            stay = rows.filter(kept)
            out.write("documents", stay.select(documents.names), documents)
            counts["kept"] += stay.num_rows
            counts["chars"] += pc.sum(stay["n_chars"]).as_py() or 0
            for row in rows.filter(again).to_pylist():
                not_in_ledger.append(row["page"])
                set_aside.append(_same_id(row, ledger))
            lost = pc.invert(pc.or_(kept, again))
            rejected = _rejected(rows.filter(lost), verdict.filter(lost), decision.filter(lost))
            out.write("rejected", rejected, REJECTED)
            counts["rejected"] += rejected.num_rows
            reasons.update(
                f"{stage}.{rule}"
                for stage, rule in zip(rejected["stage"].to_pylist(), rejected["rule"].to_pylist(), strict=True)
            )
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


def _rejected(rows: pa.Table, verdict: pa.Table, decision: pa.Table) -> pa.Table:
    """Pages that do not stay, each with the rule that did it: the judge's where it spoke, else that of dedup."""
    by_judge = pc.is_valid(verdict["rule"])
    likeness = [
        _EVIDENCE[action].format(similarity) if action else None
        for action, similarity in zip(decision["action"].to_pylist(), decision["similarity"].to_pylist(), strict=True)
    ]
    told = {
        "stage": pc.if_else(by_judge, "judge", "dedup"),
        "rule": pc.coalesce(verdict["rule"], decision["action"]),
        "evidence": pc.if_else(by_judge, verdict["evidence"], pa.array(likeness, pa.string())),
        "duplicate_of": decision["keeper"],
        "similarity": decision["similarity"],
    }
    columns = [told[field.name] if field.name in told else rows[field.name] for field in REJECTED]
    return pa.table([column.cast(field.type) for column, field in zip(columns, REJECTED, strict=True)], schema=REJECTED)


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


def _same_id(row: dict[str, Any], ledger: pa.Table) -> pa.Table:
    """A quarantine row for a record whose id another record of its file has: its text as it came in."""
    page = ledger["page"].to_numpy()
    first, stop = np.searchsorted(page, [row["page"], row["page"] + 1])
    raw = undo(row["text"], ledger_rows(ledger.slice(first, stop - first))).encode("utf-8", "surrogatepass")
    why = "another record of this file has the same id"
    aside = Quarantined(row["source"], row["record"], row["offset"], "dedup", why, raw[:RAW_BYTES])
    return table_of([aside], QUARANTINE)


def _merge_ledger(first: Path, second: Path) -> pa.Table:
    """The changes of prepare and of clean, page by page, numbered through."""
    both = pa.concat_tables([read_sheet(first), read_sheet(second)]).combine_chunks()
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
