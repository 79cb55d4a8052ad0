"""Rounds over an input that changes: each works on what is new alone, and gives the bytes that a full run gives."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline.engine.executor import Done, Work
from pipeline.engine.journal import Care
from pipeline.engine.run import STAGES, Run, judge_again
from pipeline.engine.store import Store, put
from tests import runs

WORDS = [
    "the",
    "keeper",
    "of",
    "the",
    "mill",
    "walked",
    "down",
    "to",
    "the",
    "weir",
    "and",
    "counted",
    "barrels",
    "before",
    "rain",
    "came",
    "over",
    "grey",
    "hills",
    "again",
    "while",
    "nobody",
    "in",
    "the",
    "harbour",
    "office",
    "had",
    "asked",
    "him",
    "whether",
    "the",
    "old",
    "bell",
    "would",
    "be",
    "rung",
    "for",
    "the",
    "boats",
    "of",
    "the",
    "upper",
    "town",
]
FRAMES = [
    (
        ["Quillfeather Gazette", "Weirs and mills", "Lamps"],
        ["Quillfeather and Daughters", "The blue door on Cask Lane"],
    ),
    (["The Lantern", "Tides and moorings"], ["Printed on the quay since the flood", "Ask at the blue door"]),
    (["Osthaven Almanac"], ["Quillfeather and Daughters", "Bells, ropes and candles"]),
]
NOTICE = "The wind office said on Tuesday that the storm would reach the islands before noon and last until the morning after."


def paragraph(seed: object) -> str:
    return " ".join(random.Random(str(seed)).choices(WORDS, k=28)).capitalize() + "."


def page(site: int, n: int) -> dict[str, Any]:
    """Page `n` of a site: most with the frame of the site, some a copy or nearly one of a page of another site, some
    with a notice that all sites print, some broken."""
    head, foot = FRAMES[site % len(FRAMES)]
    body = [paragraph((site, n, k)) for k in range(3)]
    if n % 5 == 3:
        body = [paragraph((0, n, k)) for k in range(3)]
    if n % 5 == 4:
        body = [*(paragraph((0, n - 1, k)) for k in range(3)), "The next ferry is at noon."]
    if n % 3 == 1:
        body.insert(1, NOTICE)
    if n % 7 == 6:
        body[0] = body[0].replace("the ", "theâ€™s ", 1)
    lines = [*head, *body, *foot] if n % 4 else body
    return {"id": f"{site}-{n}", "url": f"https://www.site{site}.example/{n}", "text": "\n".join(lines)}


class Here:
    """An executor that does the jobs in this process, one after the other."""

    def __init__(self, scratch: Path) -> None:
        self.journal = scratch / "journal"

    def run(self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done) -> list[dict[str, Any]]:
        results = []
        for n, job in enumerate(jobs):
            results.append(work(*job, Care(), self.journal))
            done(n, results[-1])
        return results

    def close(self) -> None:
        pass


Files = Mapping[str, Sequence[tuple[int, int]]]
"""Pages (site, number) per file; a name ends in .jsonl or .txt."""


def lay_out(folder: Path, files: Files) -> None:
    """Make a folder hold these files and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # There is always something to read.
    (folder / "about.txt").write_text("\n".join(page(9, 9)["text"].split("\n")), encoding="utf-8")
    for name, pages in files.items():
        if name.endswith(".txt"):
            (folder / name).write_text("\n\n".join(page(*one)["text"] for one in pages), encoding="utf-8")
            continue
        runs.write_jsonl(folder / name, [page(*one) for one in pages])
        if len(pages) % 3 == 2:
            with (folder / name).open("a", encoding="utf-8") as out:
                out.write('{"id": "cut off", "text": "The wei\n')


def begin(source: Path, output: Path, *overrides: str) -> Run:
    """A run in this process, nothing done yet."""
    shared = ["ingest.shard_mb=0.006", "clean.steps.repeated_span=true", *overrides]
    store = Store(output)
    store.prepare()
    return Run(config.load(None, shared, input=str(source), output=str(output), workers=1), store, Here(output))


def run_round(source: Path, output: Path, *overrides: str) -> dict[str, Any]:
    """One run in this process; its run.json."""
    run = begin(source, output, *overrides)
    for stage in STAGES:
        stage(run)
    return runs.told(output)


def same_as_whole(source: Path, output: Path, scratch: Path, *overrides: str) -> None:
    """Check the output against that of one full run."""
    shutil.rmtree(scratch, ignore_errors=True)
    whole = run_round(source, scratch, *overrides)
    assert runs.digests(output) == runs.digests(scratch)
    for name in ("memory.parquet", "duplicates.parquet"):
        assert (output / name).read_bytes() == (scratch / name).read_bytes()
    told = runs.told(output)
    for name in ("run", "records", "lines", "chars", "reasons", "rules", "labels", "not_applied", "input", "shards"):
        assert told[name] == whole[name], name


# Whatever comes and goes

NAMES = [f"{name}.{kind}" for name in "abcdefgh" for kind in ("jsonl", "txt")]
CONTENT = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 11)), min_size=1, max_size=7)
ROUNDS = st.lists(st.dictionaries(st.sampled_from(NAMES), CONTENT | st.none(), max_size=6), min_size=2, max_size=4)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.dictionaries(st.sampled_from(NAMES), CONTENT, min_size=6, max_size=12), rounds=ROUNDS)
def test_rounds_give_the_bytes_of_one_full_run(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, list[tuple[int, int]]],
    rounds: list[dict[str, list[tuple[int, int]] | None]],
) -> None:
    """Files arrive, change, vanish and come back; None takes a file away."""
    folder = tmp_path_factory.mktemp("rounds")
    files = dict(first)
    lay_out(folder / "in", files)
    run_round(folder / "in", folder / "out")
    for change in rounds:
        before = set(files)
        files = {name: pages for name, pages in {**files, **change}.items() if pages is not None}
        lay_out(folder / "in", files)
        told = run_round(folder / "in", folder / "out")
        assert set(told["inputs"]["added"]) == set(files) - before
        assert set(told["inputs"]["removed"]) == before - set(files)
        assert set(told["inputs"]["changed"]) <= set(change) & before
    same_as_whole(folder / "in", folder / "out", folder / "whole")


# One after the other

BASE: Files = {
    f"{name}.jsonl": [(site, n) for n in range(12)] for site, name in enumerate(("ash", "elm", "fir", "oak", "yew"))
}


@pytest.fixture
def out(tmp_path: Path, based: Path) -> Path:
    """An input and an output of which the one was run into the other: `tmp_path`/in, and what this gives."""
    shutil.copytree(based, tmp_path, dirs_exist_ok=True, symlinks=True)
    return tmp_path / "out"


@pytest.fixture(scope="module")
def based(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    lay_out(folder / "in", BASE)
    told = run_round(folder / "in", folder / "out")
    assert told["inputs"] is None
    assert told["shards"] > 5
    assert told["pages"]["clean"]["reused"] == 0
    assert {"site_template", "repeated_span"} <= {name.partition(".")[2] for name in told["rules"]}
    assert {"dedup.exact", "dedup.near"} <= set(told["reasons"])
    return folder


def test_a_round_with_nothing_new_works_on_nothing(out: Path) -> None:
    before = runs.digests(out)
    first = runs.told(out)
    told = run_round(out.parent / "in", out)
    assert runs.digests(out) == before
    assert told["inputs"] == {"added": [], "changed": [], "removed": []}
    assert told["pages"]["prepare"]["fresh"] == told["pages"]["clean"]["fresh"] == 0
    shards = first["shards"]
    each = dict.fromkeys(("prepare", "clean", "judge", "write"), shards)
    assert told["reused"] == {**each, "learn": 1, "dedup": 1}


def test_pages_of_a_new_site_cost_no_more_than_themselves(out: Path, tmp_path: Path) -> None:
    lay_out(tmp_path / "in", {**BASE, "birch.jsonl": [(7, 20), (7, 21)]})
    told = run_round(tmp_path / "in", out)
    assert told["inputs"]["added"] == ["birch.jsonl"]
    # The record of the file that is cut off is no page.
    assert told["pages"]["prepare"]["fresh"] == told["pages"]["clean"]["fresh"] == 2
    assert told["reused"]["write"] >= told["shards"] - 2
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_a_page_more_of_a_site_does_not_cost_the_site(out: Path, tmp_path: Path) -> None:
    lay_out(tmp_path / "in", {**BASE, "more.jsonl": [(1, 30)]})
    told = run_round(tmp_path / "in", out)
    assert told["pages"]["prepare"]["fresh"] == 1
    assert told["pages"]["clean"]["fresh"] == 1
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_what_is_learnt_reaches_pages_that_were_there_before(out: Path, tmp_path: Path) -> None:
    """A site grows until its frame is known: its old pages lose it, and only they are cleaned again."""
    few = {**BASE, "ivy.jsonl": [(8, n) for n in (1, 2, 3)]}
    lay_out(tmp_path / "in", few)
    run_round(tmp_path / "in", out)
    lay_out(tmp_path / "in", {**few, "ivy2.jsonl": [(8, n) for n in (5, 6, 7, 9)]})
    told = run_round(tmp_path / "in", out)
    rows = {row["record"]: row for row in runs.rows(out, "documents") if row["source"] == "ivy.jsonl"}
    assert "Osthaven Almanac" not in rows["8-1"]["text"]
    assert told["pages"]["prepare"]["fresh"] == 4
    assert 4 < told["pages"]["clean"]["fresh"] <= 7
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_removed_files_leave_the_dataset_and_their_duplicates_come_back(out: Path, tmp_path: Path) -> None:
    assert any(row["duplicate_of"] for row in runs.rows(out, "rejected"))
    lay_out(tmp_path / "in", {name: pages for name, pages in BASE.items() if name != "ash.jsonl"})
    told = run_round(tmp_path / "in", out)
    assert told["inputs"]["removed"] == ["ash.jsonl"]
    assert told["pages"]["prepare"]["fresh"] == 0
    sources = {row["source"] for table in ("documents", "rejected", "records") for row in runs.rows(out, table)}
    assert "ash.jsonl" not in sources
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_a_file_that_grows_keeps_its_cleaned_pages(out: Path, tmp_path: Path) -> None:
    lay_out(tmp_path / "in", {**BASE, "yew.jsonl": [*BASE["yew.jsonl"], (4, 40), (4, 41), (4, 42)]})
    told = run_round(tmp_path / "in", out)
    assert told["inputs"]["changed"] == ["yew.jsonl"]
    assert told["pages"]["prepare"]["fresh"] == 15
    assert told["pages"]["clean"]["fresh"] == 3
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_what_a_row_says_beside_its_text_counts(out: Path, tmp_path: Path) -> None:
    pages = [{**page(*one), "author": "Maud Ferrier"} if one[1] == 2 else page(*one) for one in BASE["oak.jsonl"]]
    runs.write_jsonl(tmp_path / "in" / "oak.jsonl", pages)
    told = run_round(tmp_path / "in", out)
    assert told["pages"]["clean"]["fresh"] == 1
    (row,) = [row for row in runs.rows(out, "documents") if row["record"] == "3-2"]
    assert row["authors"] == ["Maud Ferrier"]
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


# Another recipe


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("repair.steps.entities=false", ()),
        ("clean.steps.share=false", ("prepare",)),
        ("clean.steps.site_template.share=0.5", ("prepare",)),
        ("judge.rules.too_short.min=40", ("prepare", "clean")),
        ("dedup.near.threshold=0.85", ("prepare", "clean", "judge")),
        ("write.jsonl=false", ("prepare", "clean", "judge")),
    ],
)
def test_another_setting_redoes_what_depends_on_it(
    out: Path, tmp_path: Path, change: str, kept: tuple[str, ...]
) -> None:
    told = run_round(tmp_path / "in", out, change)
    for stage in ("prepare", "clean", "judge", "write"):
        assert told["reused"].get(stage, 0) == (told["shards"] if stage in kept else 0), stage
    for stage in ("prepare", "clean"):
        assert told["pages"][stage]["fresh"] == (
            0 if stage in kept else told["records"]["in"] - told["records"]["quarantined"]
        )
    if not change.startswith("write"):
        same_as_whole(tmp_path / "in", out, tmp_path / "whole", change)


def test_after_judging_again_the_next_round_goes_on(out: Path, tmp_path: Path) -> None:
    lay_out(tmp_path / "in", {**BASE, "more.jsonl": [(1, 30)]})
    judged = config.load(None, ["judge.rules.too_short.min=40"]).judge
    judge_again(str(out), judged, workers=1)
    assert runs.told(out)["inputs"] == {"added": [], "changed": [], "removed": []}
    told = run_round(tmp_path / "in", out)
    assert told["pages"]["clean"]["fresh"] == 1
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


# Entries of runs that were killed, and parts that are linked


def test_a_round_takes_up_what_a_killed_one_left(out: Path, tmp_path: Path) -> None:
    """One round dies before it cleans all that it prepared; the input changes again before the next."""
    files = {**BASE, "more.jsonl": [(1, 30)]}
    lay_out(tmp_path / "in", files)
    run = begin(tmp_path / "in", out)
    for stage in STAGES[:3]:
        stage(run)
    shutil.rmtree(out / ".work" / "learn" / run.learnt.name)  # type: ignore[union-attr]
    lay_out(tmp_path / "in", {**files, "birch.jsonl": [(7, 20)]})
    told = run_round(tmp_path / "in", out)
    assert told["inputs"]["added"] == ["birch.jsonl", "more.jsonl"]
    assert told["pages"]["prepare"]["fresh"] == 1
    assert told["pages"]["clean"]["fresh"] == 2
    same_as_whole(tmp_path / "in", out, tmp_path / "whole")


def test_a_damaged_part_of_the_output_is_put_back(out: Path, tmp_path: Path) -> None:
    before = runs.digests(out)
    (out / "documents" / "part-00001.parquet").unlink()
    run_round(tmp_path / "in", out)
    assert runs.digests(out) == before


def test_files_are_copied_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("whole")

    def refuse(*_: object) -> None:
        raise OSError(95, "no hard links here")

    monkeypatch.setattr("os.link", refuse)
    for _ in range(2):
        put(tmp_path / "a", tmp_path / "to" / "b")
        assert (tmp_path / "to" / "b").read_text() == "whole"
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["b"]


# The table of records


def test_records_tell_the_end_of_every_record_once(out: Path) -> None:
    records = runs.rows(out, "records")
    told = runs.told(out)["records"]
    assert len(records) == told["in"]
    for table, end in (("documents", "kept"), ("rejected", "rejected")):
        rows = {row["id"]: row for row in runs.rows(out, table)}
        mine = [row for row in records if row["end"] == end]
        assert [row["id"] for row in mine] == list(rows)
        for row in mine:
            assert all(row[name] == rows[row["id"]][name] for name in row if name in rows[row["id"]]), row["id"]
    aside = runs.rows(out, "quarantine")
    mine = [row for row in records if row["end"] == "quarantined"]
    assert [(row["source"], row["evidence"]) for row in mine] == [(row["source"], row["error"]) for row in aside]
    changed: dict[str, set[str]] = {}
    for row in runs.rows(out, "ledger"):
        changed.setdefault(row["id"], set()).add(f"{row['stage']}.{row['rule']}")
    for row in records:
        if row["end"] != "quarantined":
            rules = [change["rule"] for change in row["changes"]]
            assert rules == sorted(changed.get(row["id"], set()))
            assert row["learnt"] is not None
    assert pq.read_schema(next((out / "records").iterdir())).field("learnt").metadata[b"description"]


def test_the_digest_of_a_change_changes_with_it_alone(out: Path, tmp_path: Path) -> None:
    def changes() -> dict[tuple[str, str], int]:
        return {
            (row["id"], change["rule"]): change["digest"]
            for row in runs.rows(out, "records")
            for change in row["changes"] or ()
        }

    before = changes()
    run_round(tmp_path / "in", out, "clean.steps.repeated_span=false")
    after = changes()
    gone = {key for key in before if after.get(key) != before[key]}
    assert gone
    assert {rule for _, rule in gone} <= {"clean.repeated_span", "clean.site_template", "clean.main_text"}
    assert all(after[key] == digest for key, digest in before.items() if key not in gone)
