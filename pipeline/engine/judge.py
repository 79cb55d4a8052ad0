"""Judge, for one shard: the rules of the config on the columns that were measured. No page is read again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from pipeline.config import Config
from pipeline.engine.files import VERDICTS, batches_of, write_sheet
from pipeline.engine.journal import Care
from pipeline.engine.recipe import Recipe, name_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.judge._rules import verdicts


def judge_shard(cleaned: str, recipe: Recipe, store: Store, _care: Care, _journal: Path) -> dict[str, Any]:
    """A verdict per page of the clean entry `cleaned`: writes verdicts.arrow, row by row with its pages. Gives the
    manifest of the entry."""
    key = name_of(cleaned, recipe.fingerprints["judge"])
    done = store.manifest("judge", key)
    if done is not None:
        return {**done, "found": True}
    started = time.process_time()
    parts = [VERDICTS.empty_table()]
    names = ["language", "n_chars", "n_words", "signals", "notes"]
    for table in batches_of(store.entry("clean", cleaned) / "pages.arrow", names):
        parts.append(_judge(table, recipe.config))
    table = pa.concat_tables(parts)
    with store.writing("judge", key) as folder:
        write_sheet(folder / "verdicts.arrow", table)
        manifest = {"stage": "judge", "key": key, "cleaned": cleaned, "cpu_s": time.process_time() - started}
        write_json(folder / MANIFEST, manifest)
    return manifest


def _judge(table: pa.Table, config: Config) -> pa.Table:
    n = table.num_rows
    if config.judge.enabled:
        signals = values_of(table)
        found = verdicts(signals, table["language"].to_pylist(), config.judge.rules, _notes(table["notes"]))
    else:
        found = [None] * n
    return pa.table(
        {
            "kept": pa.array([verdict is None for verdict in found], pa.bool_()),
            "rule": pa.array([verdict and verdict[0] for verdict in found], pa.string()),
            "evidence": pa.array([verdict and verdict[1] for verdict in found], pa.string()),
        },
        schema=VERDICTS,
    )


def _notes(column: pa.ChunkedArray) -> dict[str, list[str | None]]:
    """What the measures noted, by signal."""
    told = [orjson.loads(note) if note else {} for note in column.to_pylist()]
    return {name: [note.get(name) for note in told] for name in sorted({name for note in told for name in note})}


def values_of(table: pa.Table) -> Mapping[str, np.ndarray]:
    """All that a rule may ask of pages, NaN where it is not known: the fields of `signals`, and the sizes."""
    signals = table["signals"].combine_chunks()
    values = {field.name: _floats(signals.field(field.name)) for field in signals.type}
    return {**values, "n_chars": _floats(table["n_chars"]), "n_words": _floats(table["n_words"])}


def _floats(column: Any) -> np.ndarray:
    found: np.ndarray = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found
