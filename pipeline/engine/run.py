"""A run, stage by stage. Each stage is a plain function of a Run; flows and the command line call them in order."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import ingest
from pipeline.config import Config, ConfigError, Judge
from pipeline.engine import jobs, rounds
from pipeline.engine.executor import Executor, Local
from pipeline.engine.recipe import Recipe, name_of, sha256_of
from pipeline.engine.reuse import Earlier, span_of
from pipeline.engine.store import Store, last_run, put, write_json
from pipeline.engine.summary import summary

Progress = Callable[[str, int, int, int], None]
"""Called with (stage, shards done, shards in all, bytes of text done)."""


def silent(stage: str, done: int, total: int, size: int) -> None:
    """Report nothing."""


@dataclass
class Run:
    """One run: what it reads, how, where it writes, and what its stages have made so far."""

    config: Config
    store: Store
    executor: Executor
    progress: Progress = silent
    input: dict[str, Any] = field(default_factory=dict)
    """What is read, as run.json tells it."""
    shards: tuple[ingest.Shard, ...] = ()
    sizes: list[int] = field(default_factory=list)
    """Bytes of text per shard."""
    prepared: list[dict[str, Any]] = field(default_factory=list)
    cleaned: list[dict[str, Any]] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    learnt: Path | None = None
    duplicates: Path | None = None
    key: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)
    reused: Counter[str] = field(default_factory=Counter)
    """Shards per stage whose work was there already."""
    fresh: Counter[str] = field(default_factory=Counter)
    """Pages per stage that were worked on in this run."""

    @cached_property
    def recipe(self) -> Recipe:
        """What this run does, apart from the input. Raises ConfigError."""
        recipe: Recipe = self.executor.run(jobs.recipe, [(self.config,)], lambda *_: None)[0]["recipe"]
        return recipe

    def one(self, work: Callable[..., dict[str, Any]], *job: Any) -> dict[str, Any]:
        """Have a worker do one job: what it gives."""
        return self.executor.run(work, [job], lambda *_: None)[0]


@contextmanager
def start(config: Config, progress: Progress = silent, what: str = "run") -> Iterator[Run]:
    """A run of this config, nothing done yet; it has the output folder and the workers to itself until the block ends.

    That it began and how it ended goes on record, as a `what`. Raises ConfigError if the output cannot be written or
    another run is at it.
    """
    store = Store(config.output)
    store.prepare()
    executor = Local(config.workers or os.cpu_count() or 1, config.step_names())
    with store.lock(), rounds.recorded(store.root, what) as told:
        run = Run(config, store, executor, progress)
        try:
            yield run
            told |= {"run": run.key, "records": run.summary.get("records"), "shards": len(run.prepared)}
            told |= {"reused": dict(run.reused), "fresh": dict(run.fresh)}
        finally:
            executor.close()


def plan(run: Run) -> None:
    """Find the input and cut it into shards. Raises ConfigError if there is none, or a file that the config names is not
    there."""
    found = ingest.plan(run.config.input, run.config.ingest)
    run.shards = found.shards
    run.sizes = [shard.n_bytes for shard in found.shards]
    run.input = {
        "root": found.root,
        "files": [
            {
                "source": s.source,
                "format": s.format,
                "compression": s.compression,
                "bytes": s.size,
                "sha256": s.sha256,
            }
            for s in found.sources
        ],
        "skipped": [{"source": s.source, "reason": s.reason} for s in found.skipped],
        "named": [{"key": key, "path": str(path), "sha256": sha256} for key, path, sha256 in named_files(run.config)],
    }
    run.progress("plan", len(found.sources), len(found.sources), sum(run.sizes))


def named_files(config: Config) -> Iterator[tuple[str, Path, str]]:
    """The files that a config names, each with its key and its SHA-256: of earlier datasets, and those of steps, such as lists
    of addresses. Raises ConfigError if one is not there."""
    if config.learn.memory is not None:
        from pipeline.learn import memory

        yield "learn.memory", Path(config.learn.memory), memory.check(config.learn.memory)
    if config.dedup.earlier:
        from pipeline.dedup.earlier import check

        for path, sha256 in check(config.dedup):
            yield "dedup.earlier", path, sha256
    for step in config.given_parameters():
        for _, path in step.files:
            yield step.name, path, sha256_of(path)


def prepare(run: Run) -> None:
    """Bytes to mended pages, shard by shard."""
    keys = [name_of(shard.key, run.recipe.fingerprints["prepare"]) for shard in run.shards]
    earlier = Earlier(run.store, "prepare", run.recipe.fingerprints["prepare"])
    gone = {"key": set(keys)}
    todo = [
        (key, shard, earlier.near(span_of(shard), gone), run.recipe, run.store)
        for key, shard in zip(keys, run.shards, strict=True)
    ]
    run.prepared = _over_shards(run, "prepare", jobs.prepare, todo, keys)


def learn(run: Run) -> None:
    """Line frequencies per site, over all shards and the memory of earlier datasets; nothing where nobody asks for them."""
    if not run.config.asks_for_lines():
        return
    earlier = run.config.learn.memory
    key = name_of(*[m["key"] for m in run.prepared], _digest(run, "learn.memory"))
    run.reused["learn"] = int(run.store.manifest("learn", key) is not None)
    if not run.reused["learn"]:
        run.one(jobs.learn, key, [m["key"] for m in run.prepared], Path(earlier) if earlier else None, run.store)
    run.learnt = run.store.entry("learn", key)
    run.progress("learn", 1, 1, 0)


def clean(run: Run) -> None:
    """Mended pages to rows, described and measured, shard by shard."""
    templates = run.learnt and run.learnt / "templates.parquet"
    earlier = Earlier(run.store, "clean", run.recipe.fingerprints["clean"])
    gone = {"prepared": {m["key"] for m in run.prepared}}
    todo = [
        (m["key"], templates, earlier.made_from(m["key"]) or earlier.near(m["span"], gone), run.recipe, run.store)
        for m in run.prepared
    ]
    run.cleaned = _over_shards(run, "clean", jobs.clean, todo)


def judge(run: Run) -> None:
    """A verdict per page by the rules of the config, shard by shard."""
    run.judged = _over_shards(run, "judge", jobs.judge, [(m["key"], run.recipe, run.store) for m in run.cleaned])


def dedup(run: Run) -> None:
    """Decide over all shards which pages are there more than once."""
    earlier = [f"{f['key']} {f['sha256']}" for f in run.input["named"]]
    run.key = name_of(*[m["key"] for m in run.judged], *earlier, run.recipe.fingerprint)
    run.reused["dedup"] = int(run.store.manifest("dedup", run.key) is not None)
    if not run.reused["dedup"]:
        keys = [(c["key"], j["key"]) for c, j in zip(run.cleaned, run.judged, strict=True)]
        files = [Path(f["path"]) for f in run.input["named"] if f["key"] == "dedup.earlier"]
        run.one(jobs.dedup, run.key, keys, files, run.recipe, run.store)
    run.duplicates = run.store.entry("dedup", run.key)
    run.progress("dedup", 1, 1, 0)


def write(run: Run) -> None:
    """Rows to the files that readers load, shard by shard; then run.json, then the pointer."""
    assert run.duplicates is not None, "dedup comes first"
    folder = run.store.run_folder(run.key)
    decided: dict[str, str] = (run.store.manifest("dedup", run.key) or {})["sheets"]
    todo = []
    for p, c, j, (sheet, digest) in zip(run.prepared, run.cleaned, run.judged, decided.items(), strict=True):
        key = name_of(p["key"], c["key"], j["key"], digest, run.recipe.fingerprint)
        todo.append((key, p["key"], c["key"], j["key"], run.duplicates / sheet, run.recipe, run.store))
    keys = [key for key, *_ in todo]
    parts = _over_shards(run, "write", jobs.write, todo, keys)
    for n, key in enumerate(keys):
        run.store.publish(run.store.entry("write", key), n, folder)
    for source, name in ((run.learnt, "memory.parquet"), (run.duplicates, "duplicates.parquet")):
        if source is not None and (source / name).exists():
            put(source / name, folder / name)
    run.summary = summary(run, parts)
    write_json(folder / "run.json", run.summary)
    run.store.commit(run.key)
    used = {run.store.entry(m["stage"], m["key"]) for m in (*run.prepared, *run.cleaned, *run.judged, *parts)}
    run.store.sweep(used | {run.duplicates} | ({run.learnt} if run.learnt else set()))


STAGES: tuple[Callable[[Run], None], ...] = (plan, prepare, learn, clean, judge, dedup, write)


def run_all(config: Config, progress: Progress = silent) -> Run:
    """The whole run in this process and its workers, without Prefect. Raises ConfigError for what the user can mend."""
    with start(config, progress) as run:
        for stage in STAGES:
            stage(run)
    return run


def judge_again(output: str, rules: Judge, workers: int | None = None, progress: Progress = silent) -> Run:
    """The run that lies in `output` once more from what it measured, by other rules: nothing is read or cleaned again.

    Of `rules` only preset and rules count; all else is as that run had it. Raises ConfigError if there is no finished run,
    or if what it made cannot be taken up.
    """
    last = last_run(output)
    config = Config.model_validate(last["config"])
    changed = config.judge.model_copy(update={"enabled": True, "preset": rules.preset, "rules": rules.rules})
    update = {"output": output, "judge": changed, "workers": config.workers if workers is None else workers}
    with start(config.model_copy(update=update), progress, "judge") as run:
        _take_up(run, last)
        for stage in (judge, dedup, write):
            stage(run)
    return run


def _take_up(run: Run, last: Mapping[str, Any]) -> None:
    """Go on from what an earlier run cleaned."""
    if last["fingerprints"]["clean"] != run.recipe.fingerprints["clean"]:
        raise ConfigError(
            f"{run.store.root}: made by another version of Scutch or of a library; run it again: scutch run"
        )
    run.input = {name: value for name, value in last["input"].items() if name != "passed_over"}
    for stage, manifests in (("prepare", run.prepared), ("clean", run.cleaned)):
        for key in last["work"][stage]:
            manifest = run.store.manifest(stage, key)
            if manifest is None:
                raise ConfigError(f"{run.store.root}: .work/{stage}/{key} is gone; run it again: scutch run")
            manifests.append(manifest)
    run.learnt = run.store.entry("learn", last["work"]["learn"]) if last["work"]["learn"] else None
    run.sizes = [m["counts"].get("bytes", 0) for m in run.prepared]


def _digest(run: Run, key: str) -> str:
    return " ".join(f["sha256"] for f in run.input["named"] if f["key"] == key)


def _over_shards(
    run: Run,
    stage: str,
    work: Callable[..., dict[str, Any]],
    todo: list[tuple[Any, ...]],
    keys: Iterable[str] | None = None,
) -> list[dict[str, Any]]:
    """Have workers do a job per shard; those whose entry is there already under its key are not done again."""
    results: list[dict[str, Any] | None] = [None] * len(todo)
    if keys is not None:
        results = [run.store.manifest(stage, key) for key in keys]
    open_ = [n for n, manifest in enumerate(results) if manifest is None]
    run.reused[stage] = len(todo) - len(open_)
    seen = {"done": len(todo) - len(open_), "size": sum(run.sizes[n] for n, m in enumerate(results) if m is not None)}
    run.progress(stage, seen["done"], len(todo), seen["size"])

    def done(k: int, _: dict[str, Any]) -> None:
        seen["done"] += 1
        seen["size"] += run.sizes[open_[k]]
        run.progress(stage, seen["done"], len(todo), seen["size"])

    fresh = run.executor.run(work, [todo[n] for n in open_], done)
    for n, manifest in zip(open_, fresh, strict=True):
        results[n] = manifest
        if manifest.pop("found", False):
            run.reused[stage] += 1
        else:
            run.fresh[stage] += manifest.get("counts", {}).get("pages", 0) - manifest.get("taken_over", 0)
    return [m for m in results if m is not None]
