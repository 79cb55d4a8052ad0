"""Dedup, a barrier: which pages of all shards are there more than once, in one job of one worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.dedup.decide import decide, sheet_of
from pipeline.dedup.earlier import write_duplicates
from pipeline.dedup.keys import Part
from pipeline.engine.journal import Care
from pipeline.engine.recipe import Recipe, sha256_of
from pipeline.engine.store import MANIFEST, Store, write_json


def find_duplicates(
    key: str,
    shards: Sequence[tuple[str, str]],
    earlier: Sequence[Path],
    recipe: Recipe,
    store: Store,
    _care: Care,
    _journal: Path,
) -> dict[str, Any]:
    """Decide over the pages of `shards`, pairs of a clean and a judge entry, and those of `earlier` datasets.

    Writes a sheet of decisions per shard, row by row with its pages, and duplicates.parquet: what a later dataset needs to
    know of this one's pages. Gives the manifest of the entry `key`.
    """
    started = time.process_time()
    parts = [
        Part(store.entry("clean", clean) / "keys.parquet", store.entry("judge", judge) / "verdicts.arrow")
        for clean, judge in shards
    ]
    with store.writing("dedup", key) as folder:
        counts = decide(parts, recipe.config.dedup, earlier, folder)
        if recipe.config.dedup.enabled:
            write_duplicates(parts, folder, folder / "duplicates.parquet", recipe.config.dedup)
        sheets = {path.name: sha256_of(path) for path in (sheet_of(folder, n) for n in range(len(parts)))}
        manifest = {
            "stage": "dedup",
            "key": key,
            "counts": counts,
            "sheets": sheets,
            "cpu_s": time.process_time() - started,
        }
        write_json(folder / MANIFEST, manifest)
    return manifest
