"""Clean, for one shard: what is not the page's own text goes, the page is described and measured. No verdict yet."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.dedup.keys import FORMAT, KEYS
from pipeline.engine.cleaner import Cleaner
from pipeline.engine.conservation import ConservationError, reason_of, set_row_aside
from pipeline.engine.files import LEDGER, QUARANTINE, Sheet, batches_of, table_of, write_sheet
from pipeline.engine.journal import Care, Journal
from pipeline.engine.prepare import BATCH_CHARS
from pipeline.engine.recipe import Recipe, name_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.engine.takeover import Pages, Piece
from pipeline.learn.templates import Levels, Templates


def clean_shard(
    prepared: str,
    templates: Path | None,
    earlier: Sequence[str],
    recipe: Recipe,
    store: Store,
    care: Care,
    journal: Path,
) -> dict[str, Any]:
    """Pages to rows: what is not the page's own text is marked and taken out, the page described and measured.

    `prepared` is the key of a prepare entry, `templates` the table of line frequencies (None where nobody asks for them),
    `earlier` the keys of entries that this recipe made: pages that they hold are taken over. Writes pages.arrow (every
    column of `documents`, a row per page), ledger.arrow, keys.parquet, quarantine.arrow. Gives the manifest of the entry.
    """
    config = recipe.config
    source = store.entry("prepare", prepared)
    before = json.loads((source / MANIFEST).read_bytes())
    known, digest = None, ""
    if templates:
        known, digest = Templates.of_shard(templates, source / "lines.parquet", Levels.of(config.steps("clean")))
    key = name_of(prepared, digest, recipe.fingerprints["clean"])
    done = store.manifest("clean", key)
    if done is not None:
        return {**done, "found": True}
    started = time.process_time()
    worker = Cleaner(config, known)
    held = Pages([store.entry("clean", name) for name in earlier])
    log = Journal(journal)
    with store.writing("clean", key) as folder:
        with (
            Sheet(folder / "pages.arrow", worker.schema) as pages,
            Sheet(folder / "ledger.arrow", LEDGER) as ledger,
            pq.ParquetWriter(folder / "keys.parquet", KEYS, **FORMAT) as keys,
        ):
            for piece in _cleaned(source / "pages.arrow", worker, held, care, log):
                worker.count(piece)
                pages.write(piece.rows)
                ledger.write(piece.ledger)
                keys.write_table(piece.keys.combine_chunks())
        log.close()
        counts = {**worker.counts, "quarantined": len(worker.quarantine)}
        if counts["in"] != before["counts"]["pages"] or counts["in"] != counts["pages"] + counts["quarantined"]:
            raise ConservationError(
                f"clean: {before['counts']['pages']} pages in, {counts['pages']} and {counts['quarantined']} quarantined out"
            )
        write_sheet(folder / "quarantine.arrow", table_of(worker.quarantine, QUARANTINE))
        manifest = {
            "stage": "clean", "key": key, "recipe": recipe.fingerprints["clean"], "prepared": prepared, "span": before["span"],
            "counts": counts, "rules": dict(sorted(worker.rules.items())), "labels": dict(sorted(worker.labels.items())),
            "not_applied": worker.told_not_applied(), "taken_over": worker.taken_over, "costs": dict(worker.costs),
            "cpu_s": time.process_time() - started,
        }  # fmt: skip
        write_json(folder / MANIFEST, manifest)
    return manifest


def _cleaned(path: Path, worker: Cleaner, held: Pages, care: Care, log: Journal) -> Iterator[Piece]:
    """All pages of a sheet, cleaned, a piece per batch of the sheet: those that are held elsewhere are taken over, the
    others of several batches are worked on together."""
    waiting: list[tuple[pa.Table, NDArray[np.int64]]] = []
    size = 0
    for table, alone in _batches(path, care):
        if waiting and (alone or size >= BATCH_CHARS):
            yield from _together(waiting, worker, held, care, log)
            waiting, size = [], 0
        table = table.append_column("learnt", worker.learnt(table))
        found = held.find(table)
        waiting.append((table, found))
        size += pc.sum(pc.binary_length(table["text"]).filter(pa.array(found < 0))).as_py() or 0
        if alone:
            size = BATCH_CHARS
    if waiting:
        yield from _together(waiting, worker, held, care, log)


def _together(
    waiting: Sequence[tuple[pa.Table, NDArray[np.int64]]], worker: Cleaner, held: Pages, care: Care, log: Journal
) -> Iterator[Piece]:
    """Work on what is fresh in some batches, and put it where it belongs among what is held."""
    fresh = pa.concat_tables([table.filter(pa.array(found < 0)) for table, found in waiting]).combine_chunks()
    done: list[Piece] = []
    if fresh.num_rows:
        log.note(fresh["page"][0].as_py(), fresh["page"][-1].as_py() + 1)
        for part, result in _work(fresh, worker, care):
            if isinstance(result, str):
                worker.quarantine += [set_row_aside(row, *_blame(result)) for row in part.to_pylist()]
            else:
                done.append(result)
    for table, found in waiting:
        first = table["page"][0].as_py()
        parts: list[Piece] = []
        for a, b in held.runs(found):
            if found[a] >= 0:
                parts += held.pieces(int(found[a]), b - a, first + a)
                worker.taken_over += b - a
            else:
                parts += (piece for one in done if (piece := _between(one, first + a, first + b)).rows.num_rows)
        worker.counts.update({"in": table.num_rows, "pages": sum(part.rows.num_rows for part in parts)})
        if parts:
            yield Piece(*(pa.concat_tables(tables) for tables in zip(*parts, strict=True)))


def _between(piece: Piece, first: int, stop: int) -> Piece:
    """The pages with numbers [first, stop)."""
    a, b = np.searchsorted(piece.rows["page"].to_numpy(), [first, stop])
    c, d = np.searchsorted(piece.ledger["page"].to_numpy(), [first, stop])
    return Piece(piece.rows.slice(a, b - a), piece.ledger.slice(c, d - c), piece.keys.slice(a, b - a))


_DEADLY = "the worker died on this page"


def _blame(error: str) -> tuple[str, str]:
    return ("engine" if error == _DEADLY else "clean"), error


def _batches(path: Path, care: Care) -> Iterator[tuple[pa.Table, bool]]:
    """The batches of a sheet of pages, numbered in a column `page`; the pages of the narrow range come alone, and marked."""
    at = 0
    for table in batches_of(path):
        n = table.num_rows
        table = table.append_column("page", pa.array(np.arange(at, at + n)))
        low, high = (min(max(edge - at, 0), n) for edge in care.narrow)
        bounds = [0, *range(low, high), high, n] if low < high else [0, n]
        yield from ((table.slice(a, b - a), low <= a < high) for a, b in itertools.pairwise(bounds) if a < b)
        at += n


def _work(table: pa.Table, worker: Cleaner, care: Care) -> Iterator[tuple[pa.Table, Piece | str]]:
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
