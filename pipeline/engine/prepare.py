"""Prepare, for one shard: bytes to mended pages. Decode, extract, repair; and the lines of each site counted."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa

from pipeline import privacy
from pipeline.config import Config
from pipeline.decode import Undecodable, decode, surrogates
from pipeline.engine.conservation import ConservationError, Quarantined, one_by_one, set_aside, valid
from pipeline.engine.edits import LedgerRow, apply_repair, undo
from pipeline.engine.files import LEDGER, PAGES, QUARANTINE, Sheet, table_of, write_sheet
from pipeline.engine.identity import page_id, site_of
from pipeline.engine.journal import Care, Journal, batches
from pipeline.engine.pages import Costs, repair_pages
from pipeline.engine.recipe import Recipe
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.extract import ExtractError, Extractor
from pipeline.ingest import Broken, Item, NotPage, Record, Shard, read
from pipeline.learn.lines import lines_of_pages, write_lines

# A batch is what is in memory as Python objects at one time. The patterns of the gates are compiled anew for each (0.13 s
# of CPU in all, so 3 s in 100 MB); batches of 8 MB took 90 MB more memory at the peak.
BATCH_CHARS = 1_500_000
BATCH_PAGES = 4_000


# The round of the ledger in which personal data goes: after the repairs, before anything else sees the text.
HIDING = 900


class Prepared(NamedTuple):
    """A page on its way through prepare."""

    record: Record
    text: str
    encoding: str | None
    sha256: str
    rows: list[LedgerRow]
    meta: dict[str, Any]


def prepare_shard(key: str, shard: Shard, recipe: Recipe, store: Store, care: Care, journal: Path) -> dict[str, Any]:
    """Make the mended pages of a shard: the work entry `key` with pages, ledger, quarantine and lines; gives its manifest.

    Raises ConservationError if a record is unaccounted for or a repair cannot be undone, OSError as the disk does.
    """
    started = time.process_time()
    with store.writing("prepare", key) as folder, Extractor(recipe.config.extract) as extractor:
        worker = _Preparer(recipe.config, extractor, care)
        log = Journal(journal)
        with (
            Sheet(folder / "pages.arrow", PAGES) as pages,
            Sheet(folder / "ledger.arrow", LEDGER) as ledger,
        ):
            records = (item for slice_ in shard.slices for item in read(slice_, recipe.config.ingest))
            for batch in batches(records, _weigh, care, size=BATCH_CHARS, count=BATCH_PAGES):
                log.note(batch[0][0], batch[-1][0] + 1)
                worker.work(batch, pages, ledger)
        log.close()
        counts = worker.counts
        counts["quarantined"] = len(worker.quarantine)
        if counts["in"] != counts["pages"] + counts["quarantined"]:
            raise ConservationError(f"prepare: {counts['in']} records in, but {dict(counts)} out")
        quarantine = worker.quarantine
        if recipe.config.privacy.enabled:
            quarantine = [row._replace(raw=privacy.scrub_bytes(row.raw, recipe.config.privacy)) for row in quarantine]
        write_sheet(folder / "quarantine.arrow", table_of(quarantine, QUARANTINE))
        manifest = {
            "stage": "prepare",
            "key": key,
            "counts": dict(counts),
            "passed_over": dict(sorted(worker.passed_over.items())),
            "line_keys": write_lines(worker.lines, folder / "lines.parquet"),
            "costs": dict(worker.costs),
            "cpu_s": time.process_time() - started,
        }
        write_json(folder / MANIFEST, manifest)
    return manifest


class _Preparer:
    """Decode, extract and repair over batches of records, and what is to be told about them."""

    def __init__(self, config: Config, extractor: Extractor, care: Care) -> None:
        self.config = config
        self.extractor = extractor
        self.care = care
        self.steps = config.steps("repair")
        self.key = privacy.read_key(config.privacy.key) if config.privacy.enabled else None
        self.costs = Costs()
        self.counts: Counter[str] = Counter()
        self.passed_over: Counter[str] = Counter()
        self.quarantine: list[Quarantined] = []
        self.lines: list[pa.Table] = []

    def work(self, batch: Sequence[tuple[int, Item]], pages: Sheet, ledger: Sheet) -> None:
        """Numbered records in; rows of pages and ledger out."""
        since = time.thread_time()
        read_ = [page for ordinal, item in batch if (page := self._take(ordinal, item)) is not None]
        self.costs.add("ingest", since)  # with decode and extract
        read_, mended, failed = one_by_one(
            read_, lambda some: repair_pages(self.steps, [page.text for page in some], self.costs)
        )
        self.quarantine += [set_aside(page.record, "repair", error) for page, error in failed]
        since = time.thread_time()
        rows = []
        changed: list[list[LedgerRow]] = []
        for page, (text, changes) in zip(read_, mended, strict=True):
            _check(page, text, changes, page.text)
            rows.append(_row(page, text, changes))
            changed.append(page.rows + changes)
        since = self.costs.add("prepare.rows", since)
        if self.config.privacy.enabled:
            rows, changed = self._hide(read_, rows, changed)
            since = self.costs.add("privacy", since)
        for row, changes in zip(rows, changed, strict=True):
            ledger.add(ledger_tuples(row.id, self.counts["pages"], changes))
            self.counts["pages"] += 1
            self.counts["chars"] += len(row.text)
            self.counts["lines"] += row.text.count("\n") + 1
        pages.write(table_of(rows, PAGES))
        since = self.costs.add("prepare.write", since)
        if self.config.asks_for_lines():
            self.lines.append(lines_of_pages([row.site for row in rows], [row.text for row in rows]))
            self.costs.add("learn.count", since)

    def _hide(
        self, pages: Sequence[Prepared], rows: Sequence[_Row], changed: Sequence[list[LedgerRow]]
    ) -> tuple[list[_Row], list[list[LedgerRow]]]:
        """Take personal data out of texts, of what the source says of its pages, and of the ledger."""
        settings = self.config.privacy
        hints = [privacy.Hint(site=row.site) for row in rows]
        found = privacy.find([row.text for row in rows], settings, hints=hints)
        told = [(n, text) for n, rows_ in enumerate(changed) for r in rows_ for text in (r.before, r.after, r.evidence)]
        loose = iter(privacy.scrub_each([text for _, text in told], settings, [hints[n] for n, _ in told]))
        hidden_rows, hidden_changes = [], []
        for page, row, hint, changes, edits in zip(pages, rows, hints, changed, found, strict=True):
            text, new = apply_repair(row.text, "repair", "personal_data", edits, HIDING, merge=False)
            _check(page, text, new, row.text)
            earlier = [r._replace(before=next(loose), after=next(loose), evidence=next(loose)) for r in changes]
            meta = orjson.dumps(privacy.scrub_all(page.meta, settings, hint), default=str).decode()
            hidden_rows.append(row._replace(text=text, meta=meta if page.meta else None, personal_data=len(edits)))
            taken = [change._replace(stage="privacy") for change in privacy.hide(new, self.key)]
            hidden_changes.append(earlier + taken)
        return hidden_rows, hidden_changes

    def _take(self, ordinal: int, item: Item) -> Prepared | None:
        """Decode and extract one record; None when it is no page or went to quarantine."""
        if isinstance(item, NotPage):
            self.passed_over[f"{valid(item.source)}: {item.reason}"] += item.n
            return None
        self.counts["in"] += 1
        self.counts["bytes"] += _weigh(item)
        if isinstance(item, Broken):
            self.quarantine.append(
                Quarantined(valid(item.source), valid(item.record), item.offset, "ingest", item.error, item.raw)
            )
            return None
        if ordinal in self.care.avoid:
            self.quarantine.append(set_aside(item, "engine", "the worker died on this page"))
            return None
        try:
            return _prepare_record(item, self.config, self.extractor, self.costs)
        except (Undecodable, ExtractError) as error:
            stage = "decode" if isinstance(error, Undecodable) else "extract"
            self.quarantine.append(set_aside(item, stage, str(error)))
            return None


class _Row(NamedTuple):
    """A row of PAGES."""

    id: str
    source: str | None
    record: str | None
    offset: int
    url: str | None
    site: str | None
    kind: str
    text: str
    encoding: str | None
    repairs: list[str]
    raw_sha256: str
    status: int | None
    meta: str | None
    personal_data: int | None = None


def _check(page: Prepared, text: str, changes: Sequence[LedgerRow], before: str) -> None:
    """Raises ConservationError unless taking the changes back gives the text before them."""
    if changes and undo(text, changes) != before:
        name = f"{page.record.source} {page.record.record or ''}"
        raise ConservationError(f"{name}: what was changed on this page cannot be undone")


def _row(page: Prepared, text: str, changes: Sequence[LedgerRow]) -> _Row:
    record = page.record
    # The source knows best where a page was fetched; failing that, the page itself may say.
    url = valid(record.url or page.meta.get("url"))
    return _Row(
        page_id(record.source, record.record),
        valid(record.source),
        valid(record.record),
        record.offset,
        url,
        site_of(url),
        record.kind,
        text,
        page.encoding,
        sorted({change.rule for change in changes}),
        page.sha256,
        record.status,
        orjson.dumps(page.meta, default=str).decode() if page.meta else None,
    )


def _weigh(item: Item) -> int:
    return len(item.raw) if isinstance(item, (Record, Broken)) else 0


def _prepare_record(record: Record, config: Config, extractor: Extractor, costs: Costs) -> Prepared:
    raw = record.raw
    if isinstance(raw, bytes):
        text, encoding = decode(raw, kind=record.kind, declared=record.charset, settings=config.decode)
        sha256 = hashlib.sha256(raw).hexdigest()
    else:
        text, encoding = raw, None
        sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    meta = _row_meta(record.row)
    whole, replaced = surrogates.replace(text)
    if record.kind == "html" and config.extract.enabled:
        # No spans lead back from here to the source: the way back is source, record and offset of the bytes.
        since = time.thread_time()
        try:
            whole, head = extractor.extract(whole, record.url)
        finally:
            costs.add("extract", since)
        return Prepared(record, surrogates.replace(whole)[0], encoding, sha256, [], {**meta, **head})
    rows = [
        LedgerRow(
            round=0,
            stage="decode",
            rule=edit.label,
            action="replace",
            start=edit.start,
            end=edit.end,
            before=surrogates.escape(text[edit.start : edit.end]),
            after=edit.after,
            label=edit.label,
            score=1.0,
            evidence=edit.evidence,
        )
        for edit in replaced
    ]
    return Prepared(record, whole, encoding, sha256, rows, meta)


def _row_meta(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says of its page, under the names that the head of an HTML page uses."""
    meta: dict[str, Any] = {}
    for name, value in row.items():
        key = {"author": "authors", "date": "published"}.get(name, name)
        if value in (None, "", []) or key in meta:
            continue
        meta[key] = [value] if key == "authors" and isinstance(value, str) else value
    return meta


def ledger_tuples(page_id_: str, ordinal: int, rows: Iterable[LedgerRow]) -> list[tuple[Any, ...]]:
    return [
        (ordinal, page_id_, seq, r.round, r.stage, r.rule, r.action, r.start, r.end, r.before, r.after, r.label, r.score, r.evidence)
        for seq, r in enumerate(rows)
    ]  # fmt: skip
