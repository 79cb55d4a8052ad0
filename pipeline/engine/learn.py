"""Learn, a barrier: the lines of all shards counted per site, in one job of one worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.engine.journal import Care
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.learn import lines


def learn_lines(
    key: str, prepared: Sequence[str], memory: Path | None, store: Store, _care: Care, _journal: Path
) -> dict[str, Any]:
    """Line frequencies per site over the prepare entries `prepared` and the memory file of earlier datasets: writes
    templates.parquet and memory.parquet. Gives the manifest of the entry `key`."""
    started = time.process_time()
    paths = [store.entry("prepare", name) / "lines.parquet" for name in prepared]
    with store.writing("learn", key) as folder:
        found = lines.learn(paths, folder, memory)
        manifest = {"stage": "learn", "key": key, "lines": found, "cpu_s": time.process_time() - started}
        write_json(folder / MANIFEST, manifest)
    return manifest
