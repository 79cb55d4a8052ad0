"""Clean, for one shard: pages to rows with a verdict. What is not the page's own text is taken out, the page is
described and judged."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipeline.config import Config, Threshold
from pipeline.dedup.exact import content_keys
from pipeline.engine.columns import count_words
from pipeline.engine.conservation import ConservationError, Quarantined, one_by_one, set_row_aside
from pipeline.engine.edits import undo
from pipeline.engine.files import KEYS, LEDGER, QUARANTINE, RowWriter, rows_of, verdict_schema, write_rows
from pipeline.engine.journal import Care, Journal, batches
from pipeline.engine.pages import Costs, clean_pages
from pipeline.engine.prepare import BATCH_CHARS, BATCH_PAGES, ledger_tuples
from pipeline.engine.recipe import Recipe, name_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.learn.templates import Templates
from pipeline.step import Page, Signal


def clean_shard(
    prepared: str, templates: Path, recipe: Recipe, store: Store, care: Care, journal: Path
) -> dict[str, Any]:
    """Pages to rows: what is not the page's own text is marked and taken out, the page described and judged.

    `prepared` is the key of a prepare entry, `templates` the table of line frequencies. Writes pages.parquet (every
    column of `documents`, and the verdict), ledger.parquet, keys.parquet. Gives the manifest of the entry.
    """
    config = recipe.config
    source = store.entry("prepare", prepared)
    before = json.loads((source / MANIFEST).read_bytes())
    known, digest = Templates.of_shard(templates, source / "lines.parquet")
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
            RowWriter(folder / "pages.parquet", worker.schema) as pages_out,
            RowWriter(folder / "ledger.parquet", LEDGER) as ledger_out,
            RowWriter(folder / "keys.parquet", KEYS) as keys_out,
        ):
            for batch in batches(
                rows_of(source / "pages.parquet"), _weigh_row, care, size=BATCH_CHARS, count=BATCH_PAGES
            ):
                log.note(batch[0][0], batch[-1][0] + 1)
                counts["in"] += len(batch)
                good = []
                for ordinal, row in batch:
                    if ordinal in care.avoid:
                        quarantine.append(set_row_aside(row, "engine", "the worker died on this page"))
                    else:
                        good.append((ordinal, row))
                if not good:
                    continue
                good, results, failed = one_by_one(good, worker.work)
                quarantine += [set_row_aside(row, "clean", error) for (_, row), error in failed]
                for out, rows, key_row in results:
                    pages_out.add([out])
                    ledger_out.add(rows)
                    keys_out.add([key_row])
                pages_out.flush()
                ledger_out.flush(50_000)
                keys_out.flush(50_000)
                counts["pages"] += len(results)
        log.close()
        counts["quarantined"] = len(quarantine)
        if counts["in"] != before["counts"].get("pages", 0) or counts["in"] != counts["pages"] + len(quarantine):
            raise ConservationError(
                f"clean: {before['counts'].get('pages', 0)} pages in, {counts['pages']} and {len(quarantine)} quarantined out"
            )
        write_rows(folder / "quarantine.parquet", quarantine, QUARANTINE)
        manifest = {
            "stage": "clean", "key": key, "prepared": prepared, "counts": dict(counts), "rules": dict(sorted(worker.rules.items())),
            "labels": dict(sorted(worker.labels.items())), "costs": dict(worker.costs), "cpu_s": time.process_time() - started,
        }  # fmt: skip
        write_json(folder / MANIFEST, manifest)
    return manifest


class _Cleaner:
    """The clean, describe and judge stages over batches of rows."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self.config = config
        self.templates = templates
        self.clean = config.steps("clean")
        self.describe = config.steps("describe") if config.describe.enabled else []
        self.judge = config.steps("judge")
        self.signals = [step.rule for step in self.judge]
        self.schema = verdict_schema(self.signals)
        self.costs = Costs()
        self.rules: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()

    def work(self, batch: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[Any, list[Any], Any]]:
        """(ordinal, row) pairs in; for each its row of pages, its rows of the ledger, and its row of keys."""
        pages = [
            Page(row["text"], url=row["url"], site=row["site"], source=row["source"], kind=row["kind"], meta=orjson.loads(row["meta"]) if row["meta"] else {})
            for _, row in batch
        ]  # fmt: skip
        cleaned = clean_pages(self.clean, pages, self.costs, self.templates)
        since = time.thread_time()
        results = []
        # Kept apart until the batch is through: one that fails is worked on again, page by page.
        rules: Counter[str] = Counter()
        labels: Counter[str] = Counter()
        texts = [text for text, _ in cleaned]
        words, contents = _words_left(pages, texts), content_keys(texts)
        since = self.costs.add("dedup.keys", since)
        for n, ((ordinal, row), page, (text, changes)) in enumerate(zip(batch, pages, cleaned, strict=True)):
            since = time.thread_time()
            if changes and undo(text, changes) != page.text:
                raise ConservationError(
                    f"{row['source']} {row['record'] or ''}: the cleaning of this page cannot be undone"
                )
            since = self.costs.add("engine.verify", since)
            page.cleaned = text
            for step in self.describe:
                page.columns.update(step.run(page, step.params))
                since = self.costs.add(step.name, since)
            values: dict[str, float | None] = {
                "n_chars": float(len(text)),
                "n_words": float(words[n]),
                "http_status": row["status"],
            }
            notes = {}
            for step in self.judge:
                signal: Signal = step.run(page, step.params)
                values[step.rule], notes[step.rule] = signal.value, signal.evidence
                since = self.costs.add(step.name, since)
            rule, evidence = self._verdict(values, notes, page.columns.get("language"))
            columns = {
                **row, **page.columns, "text": text, "n_chars": len(text), "n_words": int(values["n_words"] or 0),
                "signals": {name: values[name] for name in self.signals}, "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
                "page": ordinal, "stage": "judge" if rule else None, "rule": rule, "evidence": evidence,
            }  # fmt: skip
            for change in changes:
                rules[f"{change.stage}.{change.rule}"] += 1
                labels[change.label] += 1
            key = (
                row["id"],
                row["source"],
                row["offset"],
                *contents[n],
                len(text),
                page.columns.get("published"),
                rule is None,
            )
            results.append(
                (
                    tuple(columns.get(name) for name in self.schema.names),
                    ledger_tuples(row["id"], ordinal, changes),
                    key,
                )
            )
            self.costs.add("clean.rows", since)
        self.rules.update(rules)
        self.labels.update(labels)
        return results

    def _verdict(
        self, values: Mapping[str, float | None], notes: Mapping[str, str], language: str | None
    ) -> tuple[str | None, str | None]:
        if not self.config.judge.enabled:
            return None, None
        for name, rule in self.config.judge.rules.items():
            if rule.enabled:
                broken = _breaks(rule, values.get(rule.signal), language)
                if broken:
                    return name, f"{broken}; {notes[rule.signal]}" if notes.get(rule.signal) else broken
        return None, None


def _breaks(rule: Threshold, value: float | None, language: str | None) -> str | None:
    if value is None:
        return None
    own = rule.languages.get(language or "")
    low = own.min if own and own.min is not None else rule.min
    high = own.max if own and own.max is not None else rule.max
    if low is not None and value < low:
        return f"{rule.signal} {value:g} < {low:g}"
    if high is not None and value > high:
        return f"{rule.signal} {value:g} > {high:g}"
    return None


def _words_left(pages: Sequence[Page], texts: Sequence[str]) -> list[int]:
    """Words of each cleaned text: those of the lines that stayed, counted anew only where a line was cut into."""
    cut = [n for n, page in enumerate(pages) if page.cuts]
    anew = dict(zip(cut, count_words([texts[n] for n in cut]), strict=True))
    return [
        anew[n] if n in anew else sum(w for w, label in zip(page.words, page.labels, strict=True) if not label)
        for n, page in enumerate(pages)
    ]


def _weigh_row(row: dict[str, Any]) -> int:
    return len(row["text"])
