"""A record on its way to a mended page: decoded, extracted, and the row that becomes of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from pipeline.config import Config
from pipeline.decode import decode, surrogates
from pipeline.engine.conservation import ConservationError, valid
from pipeline.engine.edits import LedgerRow, undo
from pipeline.engine.identity import page_id, site_of
from pipeline.engine.pages import Costs
from pipeline.extract import Extractor
from pipeline.ingest import Broken, Item, Record


class Prepared(NamedTuple):
    """A page on its way through prepare."""

    ordinal: int
    slice: int
    """The number of its slice in the shard."""
    record: Record
    text: str
    encoding: str | None
    sha256: str
    rows: list[LedgerRow]
    meta: dict[str, Any]


class Row(NamedTuple):
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


def check(page: Prepared, text: str, changes: Sequence[LedgerRow], before: str) -> None:
    """Raises ConservationError unless taking the changes back gives the text before them."""
    if changes and undo(text, changes) != before:
        name = f"{page.record.source} {page.record.record or ''}"
        raise ConservationError(f"{name}: what was changed on this page cannot be undone")


def row_of(page: Prepared, text: str, changes: Sequence[LedgerRow]) -> Row:
    """The row of a page whose text was mended, or hidden in part, to `text` by some changes."""
    record = page.record
    # The source knows best where a page was fetched; failing that, the page itself may say.
    url = valid(record.url or page.meta.get("url"))
    return Row(
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


def weigh(item: Item) -> int:
    """Bytes (characters, where it is text) of a record."""
    return len(item.raw) if isinstance(item, (Record, Broken)) else 0


def prepare_record(
    ordinal: int, n: int, record: Record, config: Config, extractor: Extractor, costs: Costs
) -> Prepared:
    """Decode record `ordinal` of a shard, from its slice `n`, and extract its text. Raises Undecodable and ExtractError."""
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
        return Prepared(ordinal, n, record, surrogates.replace(whole)[0], encoding, sha256, [], {**meta, **head})
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
    return Prepared(ordinal, n, record, whole, encoding, sha256, rows, meta)


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
    """Rows of the sheet LEDGER for the changes of page `ordinal` of a shard."""
    return [
        (ordinal, page_id_, seq, r.round, r.stage, r.rule, r.action, r.start, r.end, r.before, r.after, r.label, r.score, r.evidence)
        for seq, r in enumerate(rows)
    ]  # fmt: skip
