"""Prepare, for one shard: bytes to mended pages. Decode, extract, repair; and the lines of each site counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from pipeline import privacy
from pipeline.config import Config, digest
from pipeline.decode import Undecodable
from pipeline.engine.conservation import ConservationError, Quarantined, one_by_one, set_aside, valid
from pipeline.engine.edits import LedgerRow, apply_repair
from pipeline.engine.files import LEDGER, PAGES, QUARANTINE, SLICES, Groups, Sheet, table_of, write_sheet
from pipeline.engine.journal import Care, Journal, batches
from pipeline.engine.pages import Costs, repair_pages
from pipeline.engine.prepared import Prepared, Row, check, ledger_tuples, prepare_record, row_of, weigh
from pipeline.engine.recipe import Recipe
from pipeline.engine.reuse import span_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.engine.takeover import Slices
from pipeline.extract import ExtractError, Extractor
from pipeline.ingest import Broken, Item, NotPage, Shard, Slice, read
from pipeline.learn.lines import HASHES, hashes_of, lines_of_hashes, write_lines

# A batch is what is in memory as Python objects at one time. The patterns of the gates are compiled anew for each (0.13 s
# of CPU in all, so 3 s in 100 MB); batches of 8 MB took 90 MB more memory at the peak.
BATCH_CHARS = 1_500_000
BATCH_PAGES = 4_000


# The round of the ledger in which personal data goes: after the repairs, before anything else sees the text.
HIDING = 900


def prepare_shard(
    key: str, shard: Shard, earlier: Sequence[str], recipe: Recipe, store: Store, care: Care, journal: Path
) -> dict[str, Any]:
    """Make the mended pages of a shard: the work entry `key` with pages, ledger, quarantine, slices and lines; gives its
    manifest.

    `earlier` are the keys of entries that this recipe made: what they hold of the slices of the shard is taken over.
    Raises ConservationError if a record is unaccounted for or a repair cannot be undone, OSError as the disk does.
    """
    started = time.process_time()
    names = [_name(slice_) for slice_ in shard.slices]
    held = Slices([store.entry("prepare", name) for name in earlier], names)
    with store.writing("prepare", key) as folder, Extractor(recipe.config.extract) as extractor:
        log = Journal(journal)
        with (
            Sheet(folder / "pages.arrow", PAGES) as pages,
            Sheet(folder / "ledger.arrow", LEDGER) as ledger,
        ):
            worker = _Preparer(recipe.config, extractor, care, pages, ledger, names, held)
            records = (
                (n, item)
                for n, slice_ in enumerate(shard.slices)
                if names[n] not in held
                for item in read(slice_, recipe.config.ingest)
            )
            for batch in batches(records, lambda at: weigh(at[1]), care, size=BATCH_CHARS, count=BATCH_PAGES):
                log.note(batch[0][0], batch[-1][0] + 1)
                worker.work([(ordinal, n, item) for ordinal, (n, item) in batch])
            worker.finish()
        log.close()
        slices = worker.slices()
        counts = {name: pc.sum(slices[name]).as_py() or 0 for name in slices.column_names[1:-1]}
        if counts["in"] != counts["pages"] + counts["quarantined"] or counts["pages"] != worker.pages_done:
            raise ConservationError(f"prepare: {counts['in']} records in, but {counts} out")
        write_sheet(folder / "slices.arrow", slices)
        write_sheet(folder / "quarantine.arrow", worker.set_aside())
        manifest = {
            "stage": "prepare",
            "key": key,
            "recipe": recipe.fingerprints["prepare"],
            "span": span_of(shard),
            "counts": counts,
            "taken_over": worker.taken_over,
            "passed_over": _sum(slices["passed_over"]),
            "line_keys": write_lines(worker.lines, folder / "lines.parquet"),
            "costs": dict(worker.costs),
            "cpu_s": time.process_time() - started,
        }
        write_json(folder / MANIFEST, manifest)
    return manifest


def _name(slice_: Slice) -> str:
    """A slice, by its bytes and where it stands."""
    source = slice_.source
    return digest([source.source, source.format, source.sha256, slice_.start, slice_.stop])


def _sum(told: pa.ChunkedArray) -> dict[str, int]:
    """Counts in JSON, summed and in order."""
    counts: Counter[str] = Counter()
    for text in told.drop_null().to_pylist():
        counts.update(orjson.loads(text))
    return dict(sorted(counts.items()))


class _Preparer:
    """Decode, extract and repair over batches of records, and what is to be told about them."""

    def __init__(
        self, config: Config, extractor: Extractor, care: Care, pages: Sheet, ledger: Sheet, names: Sequence[str], held: Slices
    ) -> None:  # fmt: skip
        self.config = config
        self.extractor = extractor
        self.care = care
        self.steps = config.steps("repair")
        self.key = privacy.read_key(config.privacy.key) if config.privacy.enabled else None
        self.costs = Costs()
        self.lines: list[pa.Table] = []
        self.pages_done = 0
        self.taken_over = 0
        """Pages that an earlier entry held."""
        self._pages, self._ledger, self._names, self._held = Groups(pages, size=BATCH_CHARS), ledger, names, held
        self._over = np.cumsum([name in held for name in names])
        """How many slices up to each are taken over."""
        self._next = 0
        """The first slice that is not yet written whole."""
        self._counts: dict[int, Counter[str]] = {}
        self._passed_over: dict[int, Counter[str]] = {}
        self._told: list[tuple[int, pa.Table]] = []
        self._quarantine: list[tuple[int, int, Quarantined]] = []
        self._aside: list[tuple[int, pa.Table]] = []

    def work(self, batch: Sequence[tuple[int, int, Item]]) -> None:
        """Records with their numbers and those of their slices in; rows of pages and ledger out."""
        since = time.thread_time()
        read_ = [page for ordinal, n, item in batch if (page := self._take(ordinal, n, item)) is not None]
        self.costs.add("ingest", since)  # with decode and extract
        read_, mended, failed = one_by_one(
            read_, lambda some: repair_pages(self.steps, [page.text for page in some], self.costs)
        )
        for page, error in failed:
            self._set_aside(page.ordinal, page.slice, set_aside(page.record, "repair", error))
        since = time.thread_time()
        rows = []
        changed: list[list[LedgerRow]] = []
        for page, (text, changes) in zip(read_, mended, strict=True):
            check(page, text, changes, page.text)
            rows.append(row_of(page, text, changes))
            changed.append(page.rows + changes)
        since = self.costs.add("prepare.rows", since)
        if self.config.privacy.enabled:
            rows, changed = self._hide(read_, rows, changed)
            since = self.costs.add("privacy", since)
        done = zip(read_, rows, changed, strict=True)
        for _, some in groupby(done, key=lambda one: self._over[one[0].slice]):
            self._write(list(some))
        self.costs.add("prepare.write", since)

    def _write(self, done: Sequence[tuple[Prepared, Row, list[LedgerRow]]]) -> None:
        """Write pages between which no slice is taken over."""
        self.take_over(done[0][0].slice)
        for page, row, changes in done:
            self._ledger.add(ledger_tuples(row.id, self.pages_done, changes))
            self.pages_done += 1
            counts = self._counts[page.slice]
            counts["pages"] += 1
            counts["chars"] += len(row.text)
            counts["lines"] += row.text.count("\n") + 1
        rows = [(*row, xxhash.xxh3_64_intdigest(orjson.dumps(tuple(row)))) for _, row, _ in done]
        table = table_of(rows, pa.schema(list(PAGES)[: -len(HASHES)]))
        since = time.thread_time()
        hashes = [pa.nulls(table.num_rows, field.type) for field in HASHES]
        if self.config.asks_for_lines():
            hashes = hashes_of(table["text"].combine_chunks())
        self.costs.add("learn.count", since)
        self._put(pa.Table.from_arrays([*table.columns, *hashes], schema=PAGES))

    def _put(self, pages: pa.Table) -> None:
        """Write rows of pages, and count their lines."""
        self._pages.write(pages)
        if self.config.asks_for_lines():
            hashes = [pages[field.name].combine_chunks() for field in HASHES]
            self.lines.append(lines_of_hashes(pages["site"].to_pylist(), hashes))

    def take_over(self, stop: int) -> None:
        """Write what earlier entries hold of the slices before slice `stop` that are not yet written."""
        for run in self._held.runs(self._next, stop):
            n = pc.sum(run.told["pages"]).as_py()
            for *_, table in run.entry.pages(run.page, run.page + n):
                self._put(table)
            self._ledger.flush()
            self._ledger.write(run.entry.ledger(run.page, run.page + n, self.pages_done))
            self.pages_done += n
            self.taken_over += n
            self._told.append((run.first, run.told))
            self._aside.append(
                (run.first, run.entry.quarantine.slice(run.aside, pc.sum(run.told["quarantined"]).as_py()))
            )
        self._next = stop

    def finish(self) -> None:
        """Write what is left."""
        self.take_over(len(self._names))
        self._pages.flush()

    def slices(self) -> pa.Table:
        """The sheet of slices."""
        rows = {n: self._slice(n, name) for n, name in enumerate(self._names) if name not in self._held}
        for first, told in self._told:
            rows |= dict(enumerate(zip(*told.to_pydict().values(), strict=True), first))
        return table_of([rows[n] for n in range(len(self._names))], SLICES)

    def _slice(self, n: int, name: str) -> tuple[Any, ...]:
        counts, passed_over = self._counts.get(n, Counter()), self._passed_over.get(n)
        told = orjson.dumps(passed_over).decode() if passed_over else None
        return (name, *(counts[field] for field in SLICES.names[1:-1]), told)

    def set_aside(self) -> pa.Table:
        """The quarantine, in the order of the records."""
        by_slice = groupby(sorted(self._quarantine, key=lambda one: one[:2]), key=_first)
        settings = self.config.privacy
        fresh = []
        for n, some in by_slice:
            rows = [row for _, _, row in some]
            if settings.enabled:
                rows = [row._replace(raw=privacy.scrub_bytes(row.raw, settings)) for row in rows]
            fresh.append((n, table_of(rows, QUARANTINE)))
        tables = (table for _, table in sorted([*fresh, *self._aside], key=_first))
        return pa.concat_tables([QUARANTINE.empty_table(), *tables])

    def _set_aside(self, ordinal: int, n: int, row: Quarantined) -> None:
        self._counts[n]["quarantined"] += 1
        self._quarantine.append((n, ordinal, row))

    def _hide(
        self, pages: Sequence[Prepared], rows: Sequence[Row], changed: Sequence[list[LedgerRow]]
    ) -> tuple[list[Row], list[list[LedgerRow]]]:
        """Take personal data out of texts, of what the source says of its pages, and of the ledger."""
        settings = self.config.privacy
        hints = [privacy.Hint(site=row.site) for row in rows]
        found = privacy.find([row.text for row in rows], settings, hints=hints)
        told = [(n, text) for n, rows_ in enumerate(changed) for r in rows_ for text in (r.before, r.after, r.evidence)]
        loose = iter(privacy.scrub_each([text for _, text in told], settings, [hints[n] for n, _ in told]))
        hidden_rows, hidden_changes = [], []
        for page, row, hint, changes, edits in zip(pages, rows, hints, changed, found, strict=True):
            text, new = apply_repair(row.text, "repair", "personal_data", edits, HIDING, merge=False)
            check(page, text, new, row.text)
            earlier = [r._replace(before=next(loose), after=next(loose), evidence=next(loose)) for r in changes]
            meta = orjson.dumps(privacy.scrub_all(page.meta, settings, hint), default=str).decode()
            hidden_rows.append(row._replace(text=text, meta=meta if page.meta else None, personal_data=len(edits)))
            taken = [change._replace(stage="privacy") for change in privacy.hide(new, self.key)]
            hidden_changes.append(earlier + taken)
        return hidden_rows, hidden_changes

    def _take(self, ordinal: int, n: int, item: Item) -> Prepared | None:
        """Decode and extract one record; None when it is no page or went to quarantine."""
        counts = self._counts.setdefault(n, Counter())
        if isinstance(item, NotPage):
            self._passed_over.setdefault(n, Counter())[f"{valid(item.source)}: {item.reason}"] += item.n
            return None
        counts["in"] += 1
        counts["bytes"] += weigh(item)
        if isinstance(item, Broken):
            row = Quarantined(valid(item.source), valid(item.record), item.offset, "ingest", item.error, item.raw)
        elif ordinal in self.care.avoid:
            row = set_aside(item, "engine", "the worker died on this page")
        else:
            try:
                return prepare_record(ordinal, n, item, self.config, self.extractor, self.costs)
            except (Undecodable, ExtractError) as error:
                stage = "decode" if isinstance(error, Undecodable) else "extract"
                row = set_aside(item, stage, str(error))
        self._set_aside(ordinal, n, row)
        return None


def _first(row: Sequence[Any]) -> Any:
    return row[0]
