"""Clean, for one shard: what is not the page's own text goes, the page is described and measured. No verdict yet."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.clean.repeated_span import repeated_share
from pipeline.config import Config
from pipeline.dedup.keys import FORMAT, KEYS, keys_of
from pipeline.describe import opt_out
from pipeline.engine.columns import count_words, measure_column
from pipeline.engine.conservation import ConservationError, Quarantined, reason_of, set_row_aside
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.files import LEDGER, QUARANTINE, Sheet, batches_of, rows_schema, table_of, write_sheet
from pipeline.engine.journal import Care, Journal
from pipeline.engine.pages import Costs, clean_pages
from pipeline.engine.prepare import ledger_tuples
from pipeline.engine.recipe import Recipe, name_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.judge.url_lists import PREFERRED
from pipeline.learn.templates import Templates
from pipeline.step import Page, Signal, Texts


def clean_shard(
    prepared: str, templates: Path | None, recipe: Recipe, store: Store, care: Care, journal: Path
) -> dict[str, Any]:
    """Pages to rows: what is not the page's own text is marked and taken out, the page described and measured.

    `prepared` is the key of a prepare entry, `templates` the table of line frequencies (None where nobody asks for them).
    Writes pages.arrow (every column of `documents`, a row per page), ledger.arrow, keys.parquet, quarantine.arrow. Gives
    the manifest of the entry.
    """
    config = recipe.config
    source = store.entry("prepare", prepared)
    before = json.loads((source / MANIFEST).read_bytes())
    known, digest = Templates.of_shard(templates, source / "lines.parquet") if templates else (None, "")
    key = name_of(prepared, digest, recipe.fingerprints["clean"])
    done = store.manifest("clean", key)
    if done is not None:
        return done
    started = time.process_time()
    worker = _Cleaner(config, known)
    counts: Counter[str] = Counter()
    quarantine: list[Quarantined] = []
    log = Journal(journal)
    with store.writing("clean", key) as folder:
        with (
            Sheet(folder / "pages.arrow", worker.schema) as pages,
            Sheet(folder / "ledger.arrow", LEDGER) as ledger,
            pq.ParquetWriter(folder / "keys.parquet", KEYS, **FORMAT) as keys,
        ):
            for table in _batches(source / "pages.arrow", care):
                first = table["page"][0].as_py()
                log.note(first, first + table.num_rows)
                counts["in"] += table.num_rows
                for part, result in _work(table, worker, care):
                    if isinstance(result, str):
                        quarantine += [set_row_aside(row, *_blame(result)) for row in part.to_pylist()]
                        continue
                    pages.write(result.rows)
                    ledger.add(result.ledger)
                    keys.write_table(result.keys)
                    counts["pages"] += part.num_rows
                    worker.count(result)
        log.close()
        counts["quarantined"] = len(quarantine)
        if counts["in"] != before["counts"].get("pages", 0) or counts["in"] != counts["pages"] + len(quarantine):
            raise ConservationError(
                f"clean: {before['counts'].get('pages', 0)} pages in, {counts['pages']} and {len(quarantine)} quarantined out"
            )
        write_sheet(folder / "quarantine.arrow", table_of(quarantine, QUARANTINE))
        manifest = {
            "stage": "clean", "key": key, "prepared": prepared, "counts": dict(counts), "rules": dict(sorted(worker.rules.items())),
            "labels": dict(sorted(worker.labels.items())), "not_applied": worker.told_not_applied(),
            "costs": dict(worker.costs), "cpu_s": time.process_time() - started,
        }  # fmt: skip
        write_json(folder / MANIFEST, manifest)
    return manifest


_DEADLY = "the worker died on this page"


def _blame(error: str) -> tuple[str, str]:
    return ("engine" if error == _DEADLY else "clean"), error


def _batches(path: Path, care: Care) -> Iterator[pa.Table]:
    """The batches of a sheet of pages, numbered in a column `page`; the pages of the narrow range come alone."""
    at = 0
    for table in batches_of(path):
        n = table.num_rows
        table = table.append_column("page", pa.array(np.arange(at, at + n)))
        low, high = (min(max(edge - at, 0), n) for edge in care.narrow)
        bounds = [0, *range(low, high), high, n] if low < high else [0, n]
        yield from (table.slice(a, b - a) for a, b in itertools.pairwise(bounds) if a < b)
        at += n


class _Result(NamedTuple):
    """What became of some pages."""

    rows: pa.Table
    ledger: list[tuple[Any, ...]]
    keys: pa.Table
    rules: Counter[str]
    labels: Counter[str]


def _work(table: pa.Table, worker: _Cleaner, care: Care) -> Iterator[tuple[pa.Table, _Result | str]]:
    """Work on pages together; where that fails on each alone, so that one bad page costs one page. Gives pieces of the
    table with their result, or with the error."""
    deadly = pc.is_in(table["page"], pa.array(care.avoid, pa.int64()))
    if pc.any(deadly).as_py():
        yield table.filter(deadly), _DEADLY
        table = table.filter(pc.invert(deadly))
    if not table.num_rows:
        return
    try:
        result = worker.work(table)
    except (ConservationError, OSError):
        raise
    except Exception as error:
        if table.num_rows == 1:
            yield table, reason_of(error)
            return
    else:
        yield table, result
        return
    for k in range(table.num_rows):
        yield from _work(table.slice(k, 1), worker, Care())


class _Cleaner:
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
        self.rules: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.not_applied: dict[str, Counter[str]] = {}

    def work(self, table: pa.Table) -> _Result:
        """Some pages, with their numbers in the column `page`, to rows."""
        n = table.num_rows
        texts = table["text"].to_pylist()
        pages = self._pages(table, texts)
        changes: list[list[LedgerRow]] = [[]] * n
        words: Sequence[int] | np.ndarray | None = None
        rules: Counter[str] = Counter()
        labels: Counter[str] = Counter()
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
                for row in rows:
                    rules[f"{row.stage}.{row.rule}"] += 1
                    labels[row.label] += 1
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
        return _Result(pa.Table.from_arrays(arrays, schema=self.schema), ledger, keys, rules, labels)

    def count(self, result: _Result) -> None:
        """Count what a result says; apart from `work`, for a batch that fails is worked on again."""
        self.rules.update(result.rules)
        self.labels.update(result.labels)
        if not self.signals or not result.rows.num_rows:
            return
        rows = result.rows.filter(pc.greater(result.rows["n_chars"], 0))
        languages, signals = rows["language"].combine_chunks(), rows["signals"].combine_chunks()
        for name in (name for step in self.judge for name in step.columns):
            missing = pc.is_null(signals.field(name))
            if pc.any(missing).as_py():
                for count in pc.value_counts(languages.filter(missing)).to_pylist():
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
        if self.clean and self.templates:
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
