"""Whole runs, through the command: conservation, the same bytes whatever happens, kills, readers."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from pipeline import config, ingest
from pipeline.config import ConfigError
from pipeline.engine import ask
from pipeline.engine.clean import clean_shard
from pipeline.engine.files import read_sheet
from pipeline.engine.journal import Care
from pipeline.engine.prepare import prepare_shard
from pipeline.engine.recipe import recipe_of
from pipeline.engine.run import run_all
from pipeline.engine.store import Store
from pipeline.engine.write import ledger_rows
from pipeline.learn.lines import TEMPLATES
from tests import runs
from tests.bench.shared import ROOT
from tests.test_steps import TEXTS

RAW = ROOT / "raw"
# Small shards, so that a small input makes many.
SMALL = ("--set", "ingest.shard_mb=0.02")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run over raw/, whole and undisturbed, that other runs are compared with."""
    folder = tmp_path_factory.mktemp("run") / "output"
    runs.run(RAW, folder, "--workers", "1", *SMALL)
    return folder


def test_every_record_ends_somewhere_and_only_once(output: Path) -> None:
    told = runs.told(output)
    records = told["records"]
    assert records["in"] == records["kept"] + records["rejected"] + records["quarantined"]
    for name, count in (("documents", "kept"), ("rejected", "rejected"), ("quarantine", "quarantined")):
        assert runs.table(output, name).num_rows == records[count]
        assert records[count] > 0, f"raw/ should show what {name} is for"
    ids = [row["id"] for name in ("documents", "rejected") for row in runs.rows(output, name)]
    assert len(ids) == len(set(ids))
    assert all(row["rule"] and row["stage"] and row["evidence"] for row in runs.rows(output, "rejected"))
    assert all(row["error"] and row["source"] for row in runs.rows(output, "quarantine"))
    ends = runs.table(output, "records")
    assert ends.num_rows == records["in"]
    assert Counter(ends["end"].to_pylist()) == {name: records[name] for name in ("kept", "rejected", "quarantined")}
    assert sorted(row["id"] for row in ends.to_pylist() if row["end"] != "quarantined") == sorted(ids)


def test_lines_in_are_lines_kept_and_lines_in_the_ledger(output: Path) -> None:
    ledger: dict[str, list[dict[str, object]]] = {}
    for row in runs.rows(output, "ledger"):
        ledger.setdefault(str(row["id"]), []).append(row)
    for page in [*runs.rows(output, "documents"), *runs.rows(output, "rejected")]:
        changes = pa.Table.from_pylist(ledger.get(page["id"], []), schema=runs.table(output, "ledger").schema)
        before = ask.undo(page["text"], ledger_rows(changes))
        removed = sum(
            str(r["before"]).count("\n") - str(r["after"]).count("\n")
            for r in ledger.get(page["id"], [])
            if r["action"] != "replace_all"
        )
        if not any(r["action"] == "replace_all" for r in ledger.get(page["id"], [])):
            assert before.count("\n") == page["text"].count("\n") + removed


@pytest.mark.parametrize("more", [("--workers", "2"), ("--workers", "2", "--set", "workers=3")])
def test_same_bytes_with_more_workers(output: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    runs.run(RAW, tmp_path / "out", *SMALL, *more)
    assert runs.digests(tmp_path / "out") == runs.digests(output)


def test_same_bytes_in_another_order_of_files(output: Path, tmp_path: Path) -> None:
    files = sorted(path for path in RAW.rglob("*") if path.is_file())
    random.Random(7).shuffle(files)
    for path in files:
        copy = tmp_path / "in" / path.relative_to(RAW)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    runs.run(tmp_path / "in", tmp_path / "out", *SMALL)
    assert runs.digests(tmp_path / "out") == runs.digests(output)


def test_same_bytes_after_kills(output: Path, tmp_path: Path) -> None:
    """Kill the command and its workers with SIGKILL, later each time; then let one run end."""
    out = tmp_path / "out"
    args = ("run", "--plain", "--input", RAW, "--output", out, "--workers", "2", *SMALL)
    for moment in (0.6, 1.5, 2.2, 3.0, 3.8, 4.6):
        process = runs.start_group(*args)
        time.sleep(moment)
        if process.poll() is None:
            runs.kill_group(process)
        if (out / "documents").exists():
            # What is visible is whole: a killed run shows nothing, a finished one everything.
            assert runs.digests(out) == runs.digests(output)
    runs.scutch(*args)
    assert runs.digests(out) == runs.digests(output)
    assert not [path for path in out.rglob(".*-*") if path.parent.parent.name == ".work"], "left-overs of killed runs"


def test_a_second_run_reuses_the_work_and_says_so(output: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(output, out, symlinks=True)
    done = runs.run(RAW, out, *SMALL)
    assert "files 0 added, 0 changed, 0 removed; 0 pages cleaned anew" in done.stdout
    assert runs.digests(out) == runs.digests(output)


def test_readers_see_the_old_run_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    source = tmp_path / "in" / "pages.jsonl"
    page = {
        "id": "one",
        "text": "The mill by the weir has been turning since spring, and its keeper is pleased with the flour.",
    }
    runs.write_jsonl(source, [page])
    run_all(config.load(input=str(source), output=str(out), workers=1))
    before = runs.digests(out)
    runs.write_jsonl(source, [page, {**page, "id": "two", "text": page["text"].replace("mill", "forge")}])
    process = runs.start_group("run", "--plain", "--input", source, "--output", out)
    time.sleep(1.0)
    if process.poll() is None:
        runs.kill_group(process)
        assert runs.digests(out) == before
    run_all(config.load(input=str(source), output=str(out), workers=1))
    assert [row["record"] for row in runs.rows(out, "documents")] == ["one", "two"]


def test_two_runs_on_one_output_do_not_meet(tmp_path: Path) -> None:
    store = Store(tmp_path / "out")
    store.prepare()
    with store.lock():
        done = runs.run(RAW, tmp_path / "out", code=2)
    assert "another run is writing" in done.stderr


# Restore


def in_process(tmp_path: Path, pages: list[dict[str, object]]) -> tuple[Store, Path, Path]:
    """Prepare and clean one JSON lines file in this process: (store, prepare entry, clean entry)."""
    source = runs.write_jsonl(tmp_path / "in" / "pages.jsonl", pages)
    settings_ = config.load(input=str(source), output=str(tmp_path / "out"))
    recipe, store = recipe_of(settings_), Store(settings_.output)
    store.prepare()
    (shard,) = ingest.plan(settings_.input, settings_.ingest).shards
    prepared = prepare_shard("prepared", shard, (), recipe, store, Care(), tmp_path / "journal")
    templates = tmp_path / "templates.parquet"
    pq.write_table(TEMPLATES.empty_table(), templates)
    cleaned = clean_shard(prepared["key"], templates, (), recipe, store, Care(), tmp_path / "journal")
    return store, store.entry("prepare", prepared["key"]), store.entry("clean", cleaned["key"])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=__import__("hypothesis").strategies.lists(TEXTS, min_size=1, max_size=12))
def test_every_text_can_be_restored(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("restore")
    _, prepared, cleaned = in_process(folder, [{"id": str(n), "text": text} for n, text in enumerate(texts)])
    changes = pa.concat_tables([read_sheet(prepared / "ledger.arrow"), read_sheet(cleaned / "ledger.arrow")])
    pages = read_sheet(cleaned / "pages.arrow").to_pylist()
    assert len(pages) == len(texts)
    for page in pages:
        mine = [row for row in changes.to_pylist() if row["id"] == page["id"]]
        mine.sort(key=lambda row: (row["round"], row["seq"]))
        rows = ledger_rows(pa.Table.from_pylist(mine, schema=changes.schema))
        assert ask.undo(page["text"], rows) == texts[int(page["record"])]


def test_restore_gives_back_files_and_html_to_the_byte(output: Path) -> None:
    for source in ("utf-8 text", "html"):
        kind = "html" if source == "html" else "text"
        page = next(
            row
            for row in runs.rows(output, "documents")
            if row["kind"] == kind and row["record"] is None and row["encoding"] == "utf-8"
        )
        found = ask.find(output, page["id"])
        assert ask.restore(found) == (RAW / page["source"]).read_bytes()


def test_restore_gives_back_every_case_exactly(shared: Path, tmp_path: Path) -> None:
    cases = [json.loads(line) for line in (shared / "cases" / "cases.jsonl").open(encoding="utf-8")]
    source = runs.write_jsonl(
        tmp_path / "in.jsonl", [{"id": c["id"], "url": c["url"], "text": c["raw_text"]} for c in cases]
    )
    out = tmp_path / "out"
    run_all(config.load(input=str(source), output=str(out), workers=2))
    for case in cases:
        assert ask.restore(ask.find(out, case["id"])).decode() == case["raw_text"], case["id"]


def test_explain_shows_what_went_and_why(output: Path) -> None:
    counts = Counter(row["id"] for row in runs.rows(output, "ledger") if row["stage"] == "clean")
    page = next(row for row in runs.rows(output, "documents") if counts[row["id"]] > 3)
    shown = runs.scutch("explain", page["id"], "--output", output).stdout
    for row in runs.rows(output, "ledger"):
        if row["id"] == page["id"] and row["stage"] == "clean":
            assert row["before"].strip().split("\n")[0] in shown
            assert row["label"] in shown
            assert row["rule"] in shown
    with pytest.raises(ConfigError, match="no such page"):
        ask.find(output, "nothing-of-the-kind")


# Readers


def test_pandas_polars_duckdb_and_datasets_load_it(
    output: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    import datasets
    import duckdb
    import pandas as pd
    import polars as pl

    n = runs.told(output)["records"]["kept"]
    assert len(pd.read_parquet(output / "documents")) == n
    assert pl.read_parquet(output / "documents").height == n
    assert duckdb.sql(f"select count(*) from '{output}/documents/*.parquet'").fetchall() == [(n,)]
    assert datasets.load_dataset(str(output / "documents"), split="train").num_rows == n
    lines = pl.concat([pl.read_ndjson(path) for path in sorted((output / "jsonl").iterdir())], how="diagonal_relaxed")
    assert lines.height == n


# A step that fails


def test_a_page_on_which_a_step_fails_costs_that_page_and_counts_no_other_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.describe import title as module

    described = module.title

    def failing(page: object, params: object) -> object:
        if "Skerry" in page.text:  # type: ignore[attr-defined]
            raise RuntimeError("no title for Skerry")
        return described(page, params)

    failing.declared = described.declared  # type: ignore[attr-defined]
    pages: list[dict[str, object]] = [
        {"id": str(n), "text": f"The boats of {place} went out at dawn and came home by noon.\n\n© 2026 Harbour Post"}
        for n, place in enumerate(("Vellmar", "Osthaven", "Skerry", "Lunde"))
    ]
    monkeypatch.setattr(module, "title", failing)
    _, _, cleaned = in_process(tmp_path, pages)
    manifest = json.loads((cleaned / "manifest.json").read_bytes())
    assert manifest["counts"] == {"in": 4, "pages": 3, "quarantined": 1}
    assert manifest["labels"] == {"legal": 3}


def test_a_relative_output_holds_the_run_after_it_has_ended(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.txt").write_text("The weir is open again, the river board said on Monday morning.\n" * 3)
    for _ in range(2):
        runs.scutch("run", "--plain", "--input", "in", "--output", "out", cwd=tmp_path)
        assert [row["source"] for row in runs.rows(tmp_path / "out", "documents")] == ["page.txt"]


def test_the_summary_says_what_is_new_since_the_last_run(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.txt").write_text("The weir at Holm was closed on Monday.", encoding="utf-8")
    (source / "b.txt").write_text("The mill at Ostrow was sold on Friday.", encoding="utf-8")
    assert "since the last run" not in runs.run(source, output).stdout
    (source / "a.txt").rename(source / "c.txt")
    told = runs.run(source, output).stdout
    assert "files 1 added, 0 changed, 1 removed (a.txt); 1 pages cleaned anew, 1 as they were" in told
