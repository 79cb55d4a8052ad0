"""A run, stage by stage. Each stage is a plain function of a Run; flows and the command line call them in order."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline import __version__, ingest
from pipeline.config import Config
from pipeline.dedup import exact
from pipeline.engine.clean import clean_shard
from pipeline.engine.conservation import ConservationError
from pipeline.engine.executor import Executor, Local
from pipeline.engine.prepare import prepare_key, prepare_shard
from pipeline.engine.recipe import Recipe, name_of, recipe_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.engine.write import write_shard
from pipeline.learn import lines, memory

Progress = Callable[[str, int, int, int], None]
"""Called with (stage, shards done, shards in all, bytes of text done)."""


def silent(stage: str, done: int, total: int, size: int) -> None:
    """Report nothing."""


@dataclass
class Run:
    """One run: what it reads, how, where it writes, and what its stages have made so far."""

    config: Config
    recipe: Recipe
    store: Store
    executor: Executor
    progress: Progress = silent
    plan: ingest.Plan | None = None
    prepared: list[dict[str, Any]] = field(default_factory=list)
    cleaned: list[dict[str, Any]] = field(default_factory=list)
    memory: str = ""
    """SHA-256 of the memory file that the config names."""
    learnt: Path | None = None
    decisions: Path | None = None
    key: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)
    reused: Counter[str] = field(default_factory=Counter)

    @property
    def shards(self) -> tuple[ingest.Shard, ...]:
        assert self.plan is not None, "plan comes first"
        return self.plan.shards


@contextmanager
def start(config: Config, progress: Progress = silent) -> Iterator[Run]:
    """A run of this config, nothing done yet; it has the output folder and the workers to itself until the block ends.

    Raises ConfigError if the output cannot be written or another run is at it.
    """
    store = Store(config.output)
    store.prepare()
    executor = Local(config.workers or os.cpu_count() or 1)
    with store.lock():
        try:
            yield Run(config, recipe_of(config), store, executor, progress)
        finally:
            executor.close()


def plan(run: Run) -> None:
    """Find the input and cut it into shards. Raises ConfigError if there is none, or no memory where one is named."""
    if run.config.learn.memory is not None:
        run.memory = memory.check(run.config.learn.memory)
    run.plan = ingest.plan(run.config.input, run.config.ingest)
    run.progress("plan", len(run.plan.sources), len(run.plan.sources), sum(s.n_bytes for s in run.plan.shards))


def prepare(run: Run) -> None:
    """Bytes to mended pages, shard by shard."""
    keys = [prepare_key(shard, run.recipe) for shard in run.shards]
    jobs = [(shard, run.recipe, run.store) for shard in run.shards]
    ready = [run.store.manifest("prepare", key) for key in keys]
    run.prepared = _over_shards(run, "prepare", prepare_shard, jobs, ready)


def learn(run: Run) -> None:
    """Line frequencies per site, over all shards and the memory of earlier datasets."""
    paths = [run.store.entry("prepare", m["key"]) / "lines.parquet" for m in run.prepared]
    key = name_of(*[m["key"] for m in run.prepared], run.memory)
    if run.store.manifest("learn", key) is None:
        with run.store.writing("learn", key) as folder:
            earlier = run.config.learn.memory
            found = lines.learn(paths, folder, Path(earlier) if earlier is not None else None)
            write_json(folder / MANIFEST, {"stage": "learn", "key": key, "lines": found})
    run.learnt = run.store.entry("learn", key)
    run.progress("learn", 1, 1, 0)


def clean(run: Run) -> None:
    """Mended pages to rows with a verdict, shard by shard."""
    assert run.learnt is not None, "learn comes first"
    jobs = [(m["key"], run.learnt / "templates.parquet", run.recipe, run.store) for m in run.prepared]
    run.cleaned = _over_shards(run, "clean", clean_shard, jobs, [None] * len(jobs))


def dedup(run: Run) -> None:
    """Decide over all shards which pages are there more than once."""
    keys = [m["key"] for m in run.cleaned]
    run.key = name_of(*keys, run.memory, run.recipe.fingerprint)
    if run.store.manifest("dedup", run.key) is None:
        with run.store.writing("dedup", run.key) as folder:
            paths = [run.store.entry("clean", key) / "keys.parquet" for key in keys]
            table = exact.decide(paths, enabled=run.config.dedup.enabled)
            pq.write_table(table, folder / "decisions.parquet", compression="zstd")
            write_json(folder / MANIFEST, {"stage": "dedup", "key": run.key, "decisions": table.num_rows})
    run.decisions = run.store.entry("dedup", run.key) / "decisions.parquet"
    run.progress("dedup", 1, 1, 0)


def write(run: Run) -> None:
    """Rows to the files that readers load, shard by shard; then run.json, then the pointer."""
    assert run.plan is not None
    assert run.learnt is not None
    assert run.decisions is not None, "dedup comes first"
    folder = run.store.run_folder(run.key)
    jobs = [
        (n, c["key"], p["key"], run.decisions, run.recipe, run.store, folder)
        for n, (c, p) in enumerate(zip(run.cleaned, run.prepared, strict=True))
    ]
    parts = _over_shards(run, "write", write_shard, jobs, [None] * len(jobs))
    shutil.copyfile(run.learnt / "memory.parquet", folder / "memory.parquet")
    run.summary = _summary(run, parts)
    write_json(folder / "run.json", run.summary)
    run.store.commit(run.key)
    used = {run.store.entry(m["stage"], m["key"]) for m in (*run.prepared, *run.cleaned)}
    run.store.sweep(used | {run.learnt, run.decisions.parent})


STAGES: tuple[Callable[[Run], None], ...] = (plan, prepare, learn, clean, dedup, write)


def run_all(config: Config, progress: Progress = silent) -> Run:
    """The whole run in this process and its workers, without Prefect. Raises ConfigError for what the user can mend."""
    with start(config, progress) as run:
        for stage in STAGES:
            stage(run)
    return run


def _over_shards(
    run: Run,
    stage: str,
    work: Callable[..., dict[str, Any]],
    jobs: list[tuple[Any, ...]],
    ready: list[dict[str, Any] | None],
) -> list[dict[str, Any]]:
    open_ = [n for n, manifest in enumerate(ready) if manifest is None]
    run.reused[stage] = len(jobs) - len(open_)
    seen = {
        "done": len(jobs) - len(open_),
        "size": sum(run.shards[n].n_bytes for n, m in enumerate(ready) if m is not None),
    }
    run.progress(stage, seen["done"], len(jobs), seen["size"])

    def done(k: int, _: dict[str, Any]) -> None:
        seen["done"] += 1
        seen["size"] += run.shards[open_[k]].n_bytes
        run.progress(stage, seen["done"], len(jobs), seen["size"])

    fresh = run.executor.run(work, [jobs[n] for n in open_], done)
    results = list(ready)
    for n, manifest in zip(open_, fresh, strict=True):
        results[n] = manifest
    return [m for m in results if m is not None]


def _summary(run: Run, parts: list[dict[str, Any]]) -> dict[str, Any]:
    assert run.plan is not None
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    passed_over: Counter[str] = Counter()
    costs: Counter[str] = Counter()
    for part in parts:
        counts.update(part["counts"])
        reasons.update(part["reasons"])
    for manifest in (*run.prepared, *run.cleaned):
        rules.update(manifest.get("rules", {}))
        labels.update(manifest.get("labels", {}))
        passed_over.update(manifest.get("passed_over", {}))
        costs.update(manifest["costs"])
    into = sum(m["counts"].get("in", 0) for m in run.prepared)
    ends = {name: counts[name] for name in ("kept", "rejected", "quarantined")}
    if into != sum(ends.values()):
        raise ConservationError(f"records in {into}, out {ends}")
    return {
        "scutch": __version__,
        "run": run.key,
        "fingerprint": run.recipe.fingerprint,
        "fingerprints": run.recipe.fingerprints,
        "config": run.config.model_dump(),
        "steps": run.recipe.steps,
        "libraries": run.recipe.libraries,
        "python": platform.python_version(),
        "input": {
            "root": run.plan.root,
            "files": [
                {
                    "source": s.source,
                    "format": s.format,
                    "compression": s.compression,
                    "bytes": s.size,
                    "sha256": s.sha256,
                }
                for s in run.plan.sources
            ],
            "skipped": [{"source": s.source, "reason": s.reason} for s in run.plan.skipped],
            "passed_over": dict(sorted(passed_over.items())),
            "memory": {"path": run.config.learn.memory, "sha256": run.memory} if run.memory else None,
        },
        "records": {"in": into, **ends},
        "lines": {"in": sum(m["counts"].get("lines", 0) for m in run.prepared), "ledger": counts["ledger"]},
        "chars": {"in": sum(m["counts"].get("chars", 0) for m in run.prepared), "kept": counts["chars"]},
        "reasons": dict(sorted(reasons.items())),
        "rules": dict(sorted(rules.items())),
        "labels": dict(sorted(labels.items())),
        "cost": {
            "cpu_s": round(sum(m["cpu_s"] for m in (*run.prepared, *run.cleaned, *parts)), 3),
            "steps": {name: round(seconds, 4) for name, seconds in sorted(costs.items())},
            "bytes": sum(m["counts"].get("bytes", 0) for m in run.prepared),
        },
        "shards": len(run.shards),
        "reused": dict(run.reused),
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - run.clock, 3),
        "host": platform.node(),
    }
