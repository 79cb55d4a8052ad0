"""Signals, verdicts, personal data, lists and duplicates through whole runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline import config
from pipeline.engine import ask
from pipeline.engine.run import run_all
from tests import runs
from tests.bench.shared import ROOT

RAW = ROOT / "raw"
STORY = (
    "The ferry to Skerry Bay was late again on Tuesday, and the harbour office has promised to say why by the weekend.\n"
    "Passengers waited in the old net store, where Ida Berg sold tea and the children counted gulls on the roof of the lifeboat house.\n"
    "The skipper said that the pump had been mended twice since March, and that a third time would be once too often for the owners."
)
BEES = (
    "Bees have settled in the bell tower, and the verger has asked for a ladder, a smoker and a volunteer with patience.\n"
    "Nobody has come forward yet, although three people have offered to hold the ladder and one to hold the volunteer."
)


def page(name: str, text: str = STORY, **more: Any) -> dict[str, Any]:
    return {"id": name, "text": text, "url": f"https://www.{name}.example/ferry", **more}


def by_record(output: Path, table: str) -> dict[str, dict[str, Any]]:
    return {row["record"]: row for row in runs.rows(output, table)}


# Judging again


def test_judging_again_gives_what_a_run_with_those_rules_gives(tmp_path: Path) -> None:
    source, out, other = tmp_path / "in", tmp_path / "out", tmp_path / "other"
    shutil.copytree(RAW, source)
    runs.run(source, out, "--workers", "2")
    before = runs.told(out)
    runs.run(source, other, "--set", "judge.preset=fineweb")
    shutil.rmtree(source)
    done = runs.scutch("judge", "--preset", "fineweb", out)
    assert runs.digests(out) == runs.digests(other)
    told = runs.told(out)
    assert told["reasons"] == runs.told(other)["reasons"] != before["reasons"]
    assert told["records"]["in"] == before["records"]["in"]
    assert f"{told['records']['rejected']:,} rejected" in done.stdout
    # And back again.
    runs.scutch("judge", "--preset", "gentle", out)
    assert runs.told(out)["reasons"] == before["reasons"]


def test_judging_needs_a_finished_run_and_a_preset_that_is_there(tmp_path: Path) -> None:
    assert "no finished run there" in runs.scutch("judge", tmp_path, code=2).stderr
    line = runs.scutch("judge", "--preset", "gophr", tmp_path, code=2).stderr
    assert "judge.preset" in line
    assert "gopher" in line


def test_what_could_not_be_measured_is_told_by_language(tmp_path: Path) -> None:
    out = tmp_path / "out"
    runs.run(RAW, out)
    told = runs.told(out)["not_applied"]
    assert any("zh" in languages for languages in told.values())
    schema = runs.table(out, "documents").schema
    assert {field.name for field in schema.field("signals").type} >= set(told)


# Personal data

MINE = {
    "email": "ida.berg@netstore.example",
    "ip": "84.57.160.112",
    "card": "4111 1111 1111 1111",
}


def test_personal_data_stands_nowhere_in_what_a_run_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = (
        f"Write to {MINE['email']} before Friday, she says, or ask the server at {MINE['ip']} for the list of sailings."
    )
    second = f"She read her card number out on the quay, {MINE['card']}, which the gulls may have written down for later use."
    text = f"{STORY}\n{first}\n{second}\nShare\nPosted by {MINE['email']}"
    # What is repaired first, and what cannot be read at all.
    broken = f"{STORY}\nItâ€™s said that {MINE['email']} knows â€“ and â€œnobodyâ€\u009d else does."
    source = runs.write_jsonl(tmp_path / "in" / "a.jsonl", [page("one", text), page("two", broken)])
    (source.parent / "b.jsonl").write_text(f'{{"id": "three", "text": "{MINE["email"]}\n')
    secret = tmp_path / "secret"
    secret.write_text("a key of the house\n")
    settings = ["privacy.enabled=true", f"privacy.key={secret}"]
    run_all(config.load(None, settings, input=str(source.parent), output=str(out), workers=1))

    for path in out.rglob("*"):
        if path.is_file() and path.suffix in (".parquet", ".arrow", ".zst", ".json"):
            held = told_by(path)
            for value in MINE.values():
                assert value not in held, path
    kept = by_record(out, "documents")
    assert kept["one"]["signals"]["personal_data"] == 4
    ledger = [row for row in runs.rows(out, "ledger") if row["stage"] == "privacy"]
    assert {row["label"] for row in ledger} == set(MINE)
    assert all(row["before"].startswith("hmac-sha256:") for row in ledger)
    # The way back is the source.
    assert ask.restore(ask.find(out, "one")).decode() == text
    assert ask.restore(ask.find(out, "two")).decode() == broken


def told_by(path: Path) -> str:
    """All that a file says, unpacked."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return str(pq.read_table(path).to_pylist())
    if path.suffix == ".arrow":
        with pa.OSFile(str(path), "rb") as file:
            return str(pa.ipc.open_file(file).read_all().to_pylist())
    if path.suffix == ".zst":
        with pa.input_stream(str(path), compression="zstd") as stream:
            return str(stream.read().decode())
    return path.read_text(encoding="utf-8")


# Lists


def test_blocked_sites_are_rejected_and_preferred_ones_win(tmp_path: Path) -> None:
    out = tmp_path / "out"
    blocked, preferred = tmp_path / "blocked.txt", tmp_path / "preferred.txt"
    blocked.write_text("# not these\ngulls.example\n")
    preferred.write_text("aaa-harbour.example\n")
    longer = f"{STORY}\nIt was the fourth time this month, according to the board in the ticket office window."
    pages = [page("gulls", BEES), page("zzz-copy", longer), page("aaa-harbour", STORY)]
    source = runs.write_jsonl(tmp_path / "in.jsonl", pages)
    lists = f"judge.steps.url_lists={{block: ['{blocked}'], prefer: ['{preferred}']}}"
    run_all(config.load(None, [lists, "dedup.near.threshold=0.6"], input=str(source), output=str(out), workers=1))
    assert list(by_record(out, "documents")) == ["aaa-harbour"]
    rejected = by_record(out, "rejected")
    assert rejected["gulls"]["rule"] == "blocked"
    assert "blocked.txt" in rejected["gulls"]["evidence"]
    assert rejected["zzz-copy"]["rule"] == "near"

    # The list is part of the recipe: another one, another result.
    blocked.write_text("harbour.example\n")
    run_all(config.load(None, [lists], input=str(source), output=str(out), workers=1))
    assert "gulls" in by_record(out, "documents")


# Duplicates


def test_duplicates_name_the_page_that_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    near = f"{STORY}\nThe next ferry is at noon."
    pages = [page("copy", STORY.upper()), page("short"), page("long", near), page("other", BEES)]
    source = runs.write_jsonl(tmp_path / "in.jsonl", pages)
    run_all(config.load(None, ["clean.enabled=false"], input=str(source), output=str(out), workers=1))
    kept, rejected = by_record(out, "documents"), by_record(out, "rejected")
    assert set(kept) == {"long", "other"}
    assert {name: row["rule"] for name, row in rejected.items()} == {"copy": "near", "short": "near"}
    for row in rejected.values():
        assert row["duplicate_of"] == kept["long"]["id"]
        assert 0.8 <= row["similarity"] <= 1
    assert kept["long"]["cluster"] == kept["long"]["id"]
    assert [kept[name]["cluster_size"] for name in ("long", "other")] == [3, 1]


@pytest.mark.parametrize("name", ["output", "file"])
def test_an_earlier_release_is_not_kept_again(tmp_path: Path, name: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run_all(config.load(None, input=str(runs.write_jsonl(tmp_path / "a.jsonl", [page("old")])), output=str(first)))
    old = runs.rows(first, "documents")[0]["id"]
    shutil.move(tmp_path / "a.jsonl", tmp_path / "gone.jsonl")
    source = runs.write_jsonl(tmp_path / "b.jsonl", [page("again"), page("new", BEES)])
    named = first if name == "output" else first / "duplicates.parquet"
    run_all(config.load(None, [f"dedup.earlier=['{named}']"], input=str(source), output=str(second)))
    assert set(by_record(second, "documents")) == {"new"}
    assert by_record(second, "rejected")["again"]["duplicate_of"] == old
    (told,) = runs.told(second)["input"]["named"]
    assert told["key"] == "dedup.earlier"


def test_a_key_that_is_not_there_stops_the_run_at_once(tmp_path: Path) -> None:
    key = tmp_path / "key"
    named = ("--set", "privacy.enabled=true", "--set", f"privacy.key={key}")
    for _ in range(2):
        line = runs.run(RAW, tmp_path / "out", *named, code=2).stderr
        assert line.startswith("scutch: privacy.key: ")
        key.write_text("\n")
