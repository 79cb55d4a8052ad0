"""The clean and describe stages and the measures of the judge, over batches of pages."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean.repeated_span import repeated_share
from pipeline.config import Config
from pipeline.dedup.keys import keys_of
from pipeline.describe import opt_out
from pipeline.engine.columns import count_words, measure_column
from pipeline.engine.conservation import ConservationError, Quarantined
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.files import LEDGER, rows_schema, table_of
from pipeline.engine.pages import Costs, clean_pages
from pipeline.engine.prepared import ledger_tuples
from pipeline.engine.takeover import Piece
from pipeline.judge.url_lists import PREFERRED
from pipeline.learn.templates import Templates
from pipeline.step import Page, Signal, Texts


class Cleaner:
    """The clean and describe stages and the measures of the judge, over batches of pages."""

    def __init__(self, config: Config, templates: Templates | None) -> None:
        self.config = config
        self.templates = templates
        self.clean = config.steps("clean")
        self.describe = config.steps("describe")
        self.judge = config.steps("judge")
        self.signals = config.signals()
        self.schema = rows_schema(self.signals)
        self.costs = Costs()
        self.counts: Counter[str] = Counter()
        self.taken_over = 0
        """Pages that an earlier entry held."""
        self.quarantine: list[Quarantined] = []
        self.rules: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.not_applied: dict[str, Counter[str]] = {}

    def learnt(self, table: pa.Table) -> pa.Array:
        """For each of some pages a digest of what is known of its lines; null where nobody asked."""
        if self.templates is None:
            return pa.nulls(table.num_rows, pa.uint64())
        since = time.thread_time()
        digests = self.templates.digests(table["lines"].combine_chunks(), table["site"].to_pylist())
        self.costs.add("clean.site_lines", since)
        return pa.array(digests)

    def work(self, table: pa.Table) -> Piece:
        """Some pages, with their numbers in the column `page`, to rows."""
        n = table.num_rows
        texts = table["text"].to_pylist()
        pages = self._pages(table, texts)
        changes: list[list[LedgerRow]] = [[]] * n
        words: Sequence[int] | np.ndarray | None = None
        if self.clean:
            cleaned = clean_pages(self.clean, pages, self.costs, self.templates)
            since = time.thread_time()
            changes = [rows for _, rows in cleaned]
            for page, (text, rows) in zip(pages, cleaned, strict=True):
                page.cleaned = text
                if rows and undo(text, rows) != page.text:
                    raise ConservationError(
                        f"{page.source} {page.url or ''}: the cleaning of this page cannot be undone"
                    )
            texts = [text for text, _ in cleaned]
            words = _words_left(pages, texts)
            since = self.costs.add("engine.verify", since)
        since = time.thread_time()
        column = table["text"].combine_chunks() if not self.clean else pa.array(texts, pa.large_string())
        chars = pc.utf8_length(column).cast(pa.int32())
        words = measure_column(column)[0] if words is None else words
        since = self.costs.add("clean.rows", since)

        columns = dict(zip(table.column_names, table.columns, strict=True))
        columns |= {"text": column, "n_chars": chars, "n_words": pa.array(words, pa.int32())}
        columns |= self._described(pages)
        since = time.thread_time()
        columns["content_sha256"] = pa.array([hashlib.sha256(text.encode()).hexdigest() for text in texts])
        since = self.costs.add("clean.hash", since)
        signals, columns["notes"] = self._measured(pages, columns)
        columns["signals"] = pa.StructArray.from_arrays(list(signals.values()), list(signals)) if signals else None
        if "url_lists" in signals:
            columns["preferred"] = pc.fill_null(pc.equal(signals["url_lists"], PREFERRED), False)
        since = time.thread_time()
        keys = keys_of(columns, self.config.dedup)
        self.costs.add("dedup.fingerprints", since)
        ledger = [
            row
            for id_, page, rows in zip(table["id"].to_pylist(), table["page"].to_pylist(), changes, strict=True)
            if rows
            for row in ledger_tuples(id_, page, rows)
        ]
        arrays = [_column(columns.get(field.name), field, n) for field in self.schema]
        return Piece(pa.Table.from_arrays(arrays, schema=self.schema), table_of(ledger, LEDGER), keys)

    def count(self, piece: Piece) -> None:
        """Count what the ledger and the rows of some pages say."""
        for counts, name, stage in ((self.rules, "rule", "clean."), (self.labels, "label", "")):
            for count in pc.value_counts(piece.ledger[name]).to_pylist():
                counts[f"{stage}{count['values']}"] += count["counts"]
        if not self.signals:
            return
        rows = piece.rows.filter(pc.greater(piece.rows["n_chars"], 0))
        languages, signals = rows["language"].combine_chunks(), rows["signals"].combine_chunks()
        for name in (name for step in self.judge for name in step.columns):
            column = signals.field(name)
            if column.null_count:
                for count in pc.value_counts(languages.filter(pc.is_null(column))).to_pylist():
                    self.not_applied.setdefault(name, Counter())[count["values"] or "unknown"] += count["counts"]

    def told_not_applied(self) -> dict[str, dict[str, int]]:
        """Pages per signal and language to which the signal was not applied."""
        return {name: dict(sorted(found.items())) for name, found in sorted(self.not_applied.items())}

    def _pages(self, table: pa.Table, texts: Sequence[str]) -> list[Page]:
        single = any(not step.batch for step in self.judge)
        if not (self.clean or self.describe or single):
            return []
        names = ("url", "site", "source", "kind", "meta")
        rest = zip(*(table[name].to_pylist() for name in names), strict=True)
        return [
            Page(
                text,
                url=url,
                site=site,
                source=source,
                kind=kind,
                meta=orjson.loads(meta) if meta else {},
                cleaned=text,
            )
            for text, (url, site, source, kind, meta) in zip(texts, rest, strict=True)
        ]

    def _described(self, pages: Sequence[Page]) -> dict[str, Any]:
        since = time.thread_time()
        for step in self.describe:
            for page, columns in zip(pages, step.described(pages), strict=True):
                page.columns.update(columns)
            since = self.costs.add(step.name, since)
        names = sorted({name for page in pages for name in page.columns})
        return {name: [page.columns.get(name) for page in pages] for name in names}

    def _measured(
        self, pages: Sequence[Page], columns: Mapping[str, Any]
    ) -> tuple[dict[str, pa.Array], list[str | None]]:
        """The signals of a batch, null where one is not applied, and what the measures noted of each page."""
        column = columns["text"]
        none = [None] * len(column)
        texts = Texts(column, columns.get("language", none), columns.get("script", none), columns["url"].to_pylist())
        found: dict[str, Any] = {
            "http_status": columns["status"].cast(pa.float64()),
            "personal_data": columns["personal_data"].cast(pa.float64()),
        }
        if any(step.name == "describe.opt_out" for step in self.describe):
            stated = [opt_out.count(page.columns.get("opt_out")) for page in pages]
            found["opt_out"] = pa.array(stated, pa.float64())
        if self.clean and self.templates is not None:
            shares = [repeated_share(page, page.cleaned) for page in pages]
            found["repeated_share"] = pa.array(np.round(shares, 6), pa.float64())
        for step in self.judge:
            since = time.thread_time()
            if step.batch:
                for name, values in step.run(texts, step.params).items():
                    # Six digits: more is noise, and takes room.
                    found[name] = pa.array(np.round(values, 6), pa.float64(), from_pandas=True)
            else:
                told: list[Signal] = [step.run(page, step.params) for page in pages]
                found[step.rule] = pa.array([signal.value for signal in told], pa.float64())
                texts.memo.setdefault("notes", {})[step.rule] = [signal.evidence for signal in told]
            self.costs.add(step.name, since)
        nothing = pa.nulls(len(column), pa.float64())
        said = sorted(texts.memo.get("notes", {}).items())
        notes = [{name: notes[n] for name, notes in said if notes[n]} for n in range(len(column))]
        signals = {name: _chunk(found.get(name, nothing)) for name in self.signals}
        return signals, [orjson.dumps(note).decode() if note else None for note in notes]


def _chunk(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _column(values: Any, field: pa.Field, n: int) -> pa.Array:
    if values is None:
        return pa.nulls(n, field.type)
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values if values.type == field.type else values.cast(field.type)
    return pa.array(values, field.type)


def _words_left(pages: Sequence[Page], texts: Sequence[str]) -> list[int]:
    """Words of each cleaned text: those of the lines that stayed, counted anew only where a line was cut into."""
    cut = [n for n, page in enumerate(pages) if page.cuts]
    anew = dict(zip(cut, count_words([texts[n] for n in cut]), strict=True))
    return [
        anew[n] if n in anew else sum(w for w, label in zip(page.words, page.labels, strict=True) if not label)
        for n, page in enumerate(pages)
    ]
