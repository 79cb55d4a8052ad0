"""Write, for one shard: rows to the files that readers load, a file of every table of a run."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schema
from pipeline.config import Config
from pipeline.decode import surrogates
from pipeline.engine.conservation import RAW_BYTES, ConservationError, Quarantined
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.files import QUARANTINE, Groups, JsonLines, Part, batches_of, read_sheet, table_of
from pipeline.engine.journal import Care
from pipeline.engine.recipe import Recipe
from pipeline.engine.records import RECORDS, Changes, records_aside, records_of
from pipeline.engine.store import MANIFEST, Store, write_json

REJECTED = schema.arrow(schema.REJECTED)
LEDGER = schema.arrow(schema.LEDGER)
_EVIDENCE = {
    "exact": "the same text but for case, punctuation and white space",
    "near": "{:.0%} of the word sequences in common",
}


def write_shard(
    key: str,
    prepared: str,
    cleaned: str,
    judged: str,
    decisions: Path,
    recipe: Recipe,
    store: Store,
    _care: Care,
    _journal: Path,
) -> dict[str, Any]:
    """Rows to the files that readers load, one of every table: the work entry `key`; gives its manifest.

    `decisions` is the sheet of what dedup decided of the pages of the clean entry `cleaned`.
    """
    started = time.process_time()
    first, second = store.entry("prepare", prepared), store.entry("clean", cleaned)
    verdicts = read_sheet(store.entry("judge", judged) / "verdicts.arrow")
    decided = read_sheet(decisions)
    ledger = _merge_ledger(first / "ledger.arrow", second / "ledger.arrow")
    set_aside = [read_sheet(first / "quarantine.arrow"), read_sheet(second / "quarantine.arrow")]
    with store.writing("write", key) as folder:
        with _Tables(folder, recipe.config, ledger) as out:
            at = 0
            for rows in batches_of(second / "pages.arrow"):
                n = rows.num_rows
                out.write(rows, verdicts.slice(at, n), decided.slice(at, n))
                at += n
            out.finish(set_aside)
        counts, reasons = out.counts, out.reasons
        into = json.loads((first / MANIFEST).read_bytes())["counts"].get("in", 0)
        if into != counts["kept"] + counts["rejected"] + counts["quarantined"] or into != counts["records"]:
            raise ConservationError(f"write: {into} records in, but {dict(counts)} out")
        manifest = {
            "stage": "write",
            "key": key,
            "in": into,
            "counts": dict(counts),
            "reasons": dict(sorted(reasons.items())),
            "cpu_s": time.process_time() - started,
        }
        write_json(folder / MANIFEST, manifest)
    return manifest


class _Tables:
    """The files of one part: a Parquet file per table, and the documents as JSON lines if the config wants them."""

    def __init__(self, folder: Path, config: Config, ledger: pa.Table) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self._ledger = ledger
        self._changes = Changes(ledger)
        self._records: list[pa.Table] = []
        self._again: list[pa.Table] = []
        """Pages whose id another record of their file has."""
        self._documents = schema.arrow(schema.DOCUMENTS, signals=config.signals())
        tables = {"documents": self._documents, "rejected": REJECTED, "quarantine": QUARANTINE, "ledger": LEDGER,
                  "records": RECORDS}  # fmt: skip
        self._parts = {
            name: Part(folder / f"{name}.parquet", schema_, config.write.compression)
            for name, schema_ in tables.items()
        }
        lines = [JsonLines(folder / "jsonl.jsonl.zst")] if config.write.jsonl else []
        self._open: list[Part | JsonLines] = [*self._parts.values(), *lines]
        self._kept = Groups(self._parts["documents"], *lines)
        self._lost = Groups(self._parts["rejected"])

    def write(self, rows: pa.Table, verdict: pa.Table, decision: pa.Table) -> None:
        """Some cleaned pages, with what the judge and dedup said of each."""
        for name in ("cluster", "cluster_size"):
            rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), decision[name])
        kept = pc.and_(verdict["kept"], pc.is_null(decision["action"]))
        again = pc.fill_null(pc.equal(decision["action"], "same_id"), False)
        stay = rows.filter(kept)
        self._kept.write(stay.select(self._documents.names).cast(self._documents))
        self.counts["kept"] += stay.num_rows
        self.counts["chars"] += pc.sum(stay["n_chars"]).as_py() or 0
        self._again.append(rows.filter(again))
        lost = pc.invert(pc.or_(kept, again))
        told = _why(verdict, decision)
        rejected = _rejected(rows.filter(lost), {name: column.filter(lost) for name, column in told.items()})
        self._lost.write(rejected)
        self.counts["rejected"] += rejected.num_rows
        for rule in pc.value_counts(pc.binary_join_element_wise(rejected["stage"], rejected["rule"], ".")).to_pylist():
            self.reasons[rule["values"]] += rule["counts"]
        records = records_of(rows, {**told, "end": pc.if_else(kept, "kept", "rejected")}, self._changes)
        self._records.append(records.filter(pc.invert(again)))

    def finish(self, set_aside: list[pa.Table]) -> None:
        """What is no page: the quarantines of the stages before, and the ledger."""
        again = pa.concat_tables(self._again) if self._again else None
        ledger = self._ledger
        if again is not None and again.num_rows:
            set_aside = [*set_aside, *(_same_id(row, ledger) for row in again.to_pylist())]
            ledger = ledger.filter(pc.invert(pc.is_in(ledger["page"], again["page"].combine_chunks())))
        quarantine = pa.concat_tables(set_aside)
        records = pa.concat_tables([*self._records, records_aside(quarantine, again)])
        self._kept.flush()
        self._lost.flush()
        self._parts["quarantine"].write(quarantine)
        self._parts["ledger"].write(ledger.select(LEDGER.names))
        self._parts["records"].write(records)
        self.counts.update(quarantined=quarantine.num_rows, ledger=ledger.num_rows, records=records.num_rows)
        for stage, error in zip(quarantine["stage"].to_pylist(), quarantine["error"].to_pylist(), strict=True):
            # Up to the first colon an error names its kind, behind it the particular case.
            self.reasons[f"{stage}: {error.partition(':')[0][:80]}"] += 1

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for file in self._open:
                stack.callback(file.close)


def _why(verdict: pa.Table, decision: pa.Table) -> dict[str, Any]:
    """Why each page does not stay: the judge's rule where it spoke, else that of dedup; null where it stays."""
    by_judge = pc.is_valid(verdict["rule"])
    likeness = [
        _EVIDENCE[action].format(similarity) if action in _EVIDENCE else None
        for action, similarity in zip(decision["action"].to_pylist(), decision["similarity"].to_pylist(), strict=True)
    ]
    by_dedup = pc.if_else(pc.is_valid(decision["action"]), "dedup", pa.scalar(None, pa.string()))
    return {
        "stage": pc.if_else(by_judge, "judge", by_dedup),
        "rule": pc.coalesce(verdict["rule"], decision["action"]),
        "evidence": pc.if_else(by_judge, verdict["evidence"], pa.array(likeness, pa.string())),
        "duplicate_of": decision["keeper"],
        "similarity": decision["similarity"],
    }


def _rejected(rows: pa.Table, told: Mapping[str, Any]) -> pa.Table:
    columns = [told[field.name] if field.name in told else rows[field.name] for field in REJECTED]
    return pa.table([column.cast(field.type) for column, field in zip(columns, REJECTED, strict=True)], schema=REJECTED)


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
