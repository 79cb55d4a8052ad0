"""Rebuild a sample of a release's pages from its inputs, and see whether the same rows come out.

What other pages told of a page is in the release: its memory.parquet gives the line frequencies of the run again. So a
page can be rebuilt alone, and all its columns must come out as they are, but for `cluster` and `cluster_size`, which say
what other pages are like it.
"""

from __future__ import annotations

import hashlib
import heapq
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import config as configs
from pipeline import ingest
from pipeline.config import Config, ConfigError
from pipeline.engine.clean import clean_shard
from pipeline.engine.files import LEDGER, PAGES, Sheet, read_sheet
from pipeline.engine.identity import page_id
from pipeline.engine.journal import Care, batches
from pipeline.engine.prepare import BATCH_CHARS, BATCH_PAGES, _Preparer
from pipeline.engine.recipe import Recipe, recipe_of
from pipeline.engine.store import MANIFEST, Store, write_json
from pipeline.engine.takeover import Slices
from pipeline.extract import Extractor
from pipeline.learn import lines
from pipeline.release.layout import COPIED, Release

_BATCH = 100_000
# What other pages of the run decide.
_OF_OTHERS = {"cluster", "cluster_size"}
_KEY = "sample"


_Errors = dict[tuple[str | None, str | None], str]


@dataclass(frozen=True)
class Rebuilt:
    """What came of it."""

    pages: int
    """Pages that were rebuilt and compared."""
    unlike: list[str]
    """Pages that came out otherwise, or not at all, and how."""
    recipe: list[str]
    """How the recipe of this machine differs from that of the release: then other rows are no damage."""
    sources: list[str]
    """Files of the input that are gone or have changed since: their pages are not rebuilt."""


def rebuild(release: Release, input: str, sample: int) -> Rebuilt:  # noqa: A002  (the name of the config key)
    """Rebuild `sample` pages of a release from the input it was made of, and compare their rows with those it holds.

    The sample is that with the smallest hashes of fingerprint and id, among the pages whose file is as it was. Raises
    ConfigError if there is no such input, or a file that the recipe names is not there.
    """
    config = _config(release, input)
    try:
        recipe = recipe_of(config)
    except FileNotFoundError as error:
        raise ConfigError(f"{error.filename}: the recipe names this file; put it there, or leave out --input") from None
    plan = ingest.plan(input, config.ingest)
    here = {source.source: source.sha256 for source in plan.sources}
    files = {file["source"]: file["sha256"] for file in release.told["input"]["files"]}
    same = {name for name, sha256 in files.items() if here.get(name) == sha256}
    other = [f"{name}: {'changed' if name in here else 'not there'}" for name in sorted(files) if name not in same]
    rows = _rows(release, _choose(release, same, sample))
    unlike: list[str] = []
    if rows:
        with tempfile.TemporaryDirectory(prefix="scutch-") as scratch:
            unlike += _unlike(rows, *_make(release, recipe, plan, rows, Path(scratch)))
    return Rebuilt(len(rows), unlike, _differences(release, recipe), other)


def _config(release: Release, input_: str) -> Config:
    """The config of a release. What it says of earlier datasets is in its memory."""
    defaults = configs.load(signals=False).model_dump(mode="json")
    told = release.told["config"]
    tree = {**defaults, **told, "input": input_, "workers": 1}
    tree["learn"] = {**tree["learn"], "memory": None}
    tree["dedup"] = {**tree["dedup"], "earlier": []}
    key = tree["privacy"]["key"]
    if key is not None and not Path(key).is_file():
        tree["privacy"] = {**tree["privacy"], "key": None}  # signs the ledger, which no release holds
    return Config.model_validate(tree)


def _differences(release: Release, recipe: Recipe) -> list[str]:
    """Steps, libraries and code that are not those of the release, one line each."""
    told = release.told
    found = [
        f"{what} {name}: {then.get(name) or 'none'} then, {now.get(name) or 'none'} here"
        for what, then, now in (("library", told["libraries"], recipe.libraries), ("step", told["steps"], recipe.steps))
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
    if recipe.config.privacy.key is None and told["config"]["privacy"]["key"] is not None:
        found.append("privacy.key: not here")
    if recipe.fingerprints["clean"] != told["fingerprints"]["clean"] and not found:
        found.append(
            f"code or files of the recipe: fingerprint {told['fingerprints']['clean']} then, {recipe.fingerprints['clean']} here"
        )
    return found


def _choose(release: Release, sources: set[str], sample: int) -> list[str]:
    """The ids of the sampled pages."""
    salt = release.told["fingerprint"]

    def offered() -> Iterator[tuple[bytes, str]]:
        for path in release.data():
            for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=["id", "source"]):
                for id_, source in zip(batch["id"].to_pylist(), batch["source"].to_pylist(), strict=True):
                    if source in sources:
                        yield hashlib.sha256(f"{salt}{id_}".encode()).digest(), id_

    return [id_ for _, id_ in heapq.nsmallest(sample, offered())]


def _rows(release: Release, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows that a release holds of some pages, by id."""
    ids = pa.array(wanted, pa.string())
    rows: dict[str, dict[str, Any]] = {}
    for path in release.data():
        file = pq.ParquetFile(path)
        for k in range(file.num_row_groups):
            if pc.any(pc.is_in(file.read_row_group(k, columns=["id"])["id"], ids)).as_py():
                table = file.read_row_group(k)
                rows |= {row["id"]: row for row in table.filter(pc.is_in(table["id"], ids)).to_pylist()}
    return rows


def _records(plan: ingest.Plan, config: Config, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[ingest.Record]:
    """The records of some pages, out of the input."""
    left: dict[str, set[str]] = {}
    for row in rows.values():
        left.setdefault(row["source"], set()).add(row["id"])
    for shard in plan.shards:
        for slice_ in shard.slices:
            ids = left.get(slice_.source.source, set())
            for item in ingest.read(slice_, config.ingest) if ids else ():
                if not isinstance(item, ingest.Record):
                    continue
                id_ = page_id(item.source, item.record)
                # Records of one file may have the same id; the release holds one of them.
                if id_ in ids and rows[id_]["offset"] == item.offset:
                    yield item
                    ids.remove(id_)
                    if not ids:
                        break


def _make(
    release: Release, recipe: Recipe, plan: ingest.Plan, rows: Mapping[str, Mapping[str, Any]], scratch: Path
) -> tuple[dict[str, dict[str, Any]], _Errors]:
    """The rows that come out now, by id, and the errors of pages that went to quarantine, by source and record."""
    store = Store(scratch)
    config = recipe.config
    with store.writing("prepare", _KEY) as folder, Extractor(config.extract) as extractor:
        with Sheet(folder / "pages.arrow", PAGES) as pages, Sheet(folder / "ledger.arrow", LEDGER) as ledger:
            worker = _Preparer(config, extractor, Care(), pages, ledger, [_KEY], Slices([], [_KEY]))
            found = _records(plan, config, rows)
            for batch in batches(found, lambda r: len(r.raw), Care(), size=BATCH_CHARS, count=BATCH_PAGES):
                worker.work([(ordinal, 0, record) for ordinal, record in batch])
            worker.finish()
        lines.write_lines(worker.lines, folder / "lines.parquet")
        write_json(folder / MANIFEST, {"counts": {"pages": worker.pages_done}, "span": []})
        aside = worker.set_aside()
    templates = None
    memory = release.folder / COPIED[0]
    if config.asks_for_lines() and memory.exists():
        lines.learn([], scratch, memory)
        templates = scratch / "templates.parquet"
    told = clean_shard(_KEY, templates, [], recipe, store, Care(), scratch / "journal")
    folder = store.entry("clean", told["key"])
    aside = pa.concat_tables([aside, read_sheet(folder / "quarantine.arrow")])
    errors = {(row["source"], row["record"]): row["error"] for row in aside.to_pylist()}
    return {row["id"]: row for row in read_sheet(folder / "pages.arrow").to_pylist()}, errors


def _unlike(
    rows: Mapping[str, Mapping[str, Any]], made: Mapping[str, Mapping[str, Any]], failed: _Errors
) -> Iterator[str]:
    """The pages whose rows differ, and in which columns."""
    for id_, row in sorted(rows.items()):
        name = f"{id_}  {row['source']}"
        if id_ not in made:
            error = failed.get((row["source"], row["record"]))
            yield f"{name}: " + (f"cannot be rebuilt ({error})" if error else "its record is not in the input")
            continue
        columns = [column for column in row if column not in _OF_OTHERS and row[column] != made[id_].get(column)]
        if columns:
            yield f"{name}: {', '.join(columns)} {'differs' if len(columns) == 1 else 'differ'}"
