"""scutch verify: a sound release passes, and whatever is changed in one is found."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ConfigError
from pipeline.learn import lines
from pipeline.release.check.verify import Report, verify
from pipeline.release.forget import forget
from pipeline.release.layout import MANIFEST, REMOVALS, SUMS, Release, open_release
from pipeline.release.make import make
from tests import runs

RAW = Path(__file__).parent.parent / "raw"


@pytest.fixture(scope="module")
def input_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages in raw/ (text, HTML, rows, archives), and rows of a site with a template, two of which have one id."""
    folder = tmp_path_factory.mktemp("verify") / "raw"
    shutil.copytree(RAW, folder)
    runs.write_jsonl(folder / "ferry.jsonl", [ferry(n) for n in (*range(10, 30), 12)])
    return folder


def ferry(n: int) -> dict[str, Any]:
    text = (
        f"The ferry took {n} goats across the bay on Monday, said Ida Berg.\nNobody counted the {n + 7} geese of the farm.\n"
        "Subscribe to the Courier for less than a coffee a week\nRun by the Lantern Coast trust since 1911"
    )
    return {"id": n, "url": f"https://lanterncoast.example/ferry/{n}", "text": text}


@pytest.fixture(scope="module")
def output(input_: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of them: personal data masked, small shards, and the memory of an earlier dataset of the same site."""
    folder = tmp_path_factory.mktemp("output")
    runs.write_jsonl(folder / "before" / "ferry.jsonl", [ferry(n) for n in range(10)])
    runs.run(folder / "before", folder / "one")
    runs.run(input_, folder / "two", "--set", "privacy.enabled=true", "--set", "ingest.shard_mb=0.02",
             "--set", f"learn.memory={folder / 'one' / 'memory.parquet'}", "--set", "dedup.near.enabled=false")  # fmt: skip
    make(folder / "two", "1")
    return folder / "two"


@pytest.fixture(scope="module")
def release(output: Path) -> Release:
    return open_release(output / "releases" / "1")


@pytest.fixture
def copy(release: Release, tmp_path: Path) -> Path:
    """A copy of the release that may be damaged."""
    return _copy(release, tmp_path / "copy")


def _copy(release: Release, to: Path) -> Path:
    shutil.copytree(release.folder, to)
    for path in (to, *to.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


def seal(folder: Path, **told: Any) -> None:
    """Make release.json and SHA256SUMS fit what lies in a folder, as somebody would who wants to hide what he did."""
    manifest = {**json.loads((folder / MANIFEST).read_text(encoding="utf-8")), **told}
    for file in manifest["files"]:
        path = folder / file["path"]
        file |= {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        if "rows" in file:
            file["rows"] = pq.read_metadata(path).num_rows
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    sums = {file["path"]: file["sha256"] for file in manifest["files"]}
    sums[MANIFEST] = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    (folder / SUMS).write_text("".join(f"{sums[path]}  {path}\n" for path in sorted(sums)), encoding="utf-8")


def bad(report: Report) -> dict[str, str]:
    """The checks that failed, with what they say."""
    assert not report.good
    return {check.name: " | ".join((check.told, *check.details)) for check in report.checks if check.state == "bad"}


def test_a_release_is_good_and_all_its_pages_can_be_made_again(release: Release, input_: Path) -> None:
    report = verify(release.folder, str(input_), sample=1_000)
    assert [(check.name, check.state) for check in report.checks] == [
        (name, "good")
        for name in ("checksums", "manifest", "schema", "pages", "records", "json lines", "recipe", "removal requests",
                     "contract", "input", "rebuild")
    ]  # fmt: skip
    kept = release.told["records"]["kept"]
    assert report.checks[-1].told == f"{kept} pages made anew from {input_}, byte for byte the same"


def test_the_memory_of_a_release_gives_the_line_frequencies_of_its_run(
    output: Path, release: Release, tmp_path: Path
) -> None:
    (learnt,) = (output / ".work" / "learn").glob("*/templates.parquet")
    lines.learn([], tmp_path, release.folder / "memory.parquet")
    again = pq.read_table(tmp_path / "templates.parquet")
    assert again.equals(pq.read_table(learnt))
    assert again.num_rows


@pytest.fixture(scope="module")
def patient(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the release that is damaged and mended again."""
    return _copy(release, tmp_path_factory.mktemp("patient") / "copy")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_change_of_any_file_is_found(patient: Path, data: st.DataObject) -> None:
    path = patient / data.draw(
        st.sampled_from(sorted(str(p.relative_to(patient)) for p in patient.rglob("*") if p.is_file()))
    )
    whole = path.read_bytes()
    kind = data.draw(
        st.sampled_from(["flip", "cut", "grow", "delete", "beside"] if whole else ["grow", "delete", "beside"])
    )
    if kind == "flip":
        at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    elif kind == "cut":
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    elif kind == "grow":
        path.write_bytes(whole + b"\n")
    elif kind == "delete":
        path.unlink()
    else:
        path.with_name("more.parquet").write_bytes(whole)
    try:
        assert list(bad(verify(patient))) == ["checksums"]
    finally:
        path.write_bytes(whole)
        path.with_name("more.parquet").unlink(missing_ok=True)


def test_what_git_and_the_hub_put_beside_the_files_is_no_damage(copy: Path) -> None:
    (copy / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (copy / ".cache" / "huggingface").mkdir(parents=True)
    (copy / ".cache" / "huggingface" / "CACHEDIR.TAG").write_text("")
    assert verify(copy).good


# What is changed with checksums that fit


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def put(name: str, *values: Any) -> Callable[[pa.Table], pa.Table]:
    """Other values in the first rows of a column."""

    def change(table: pa.Table) -> pa.Table:
        column = [*values, *table[name].to_pylist()[len(values) :]]
        at = table.schema.get_field_index(name)
        return table.set_column(at, table.schema.field(at), pa.array(column, table.schema.field(at).type))

    return change


def swap(table: pa.Table) -> pa.Table:
    return table.take([1, 0, *range(2, table.num_rows)])


ENGLISH = "data/en/part-00000.parquet"


@pytest.mark.parametrize(
    ("path", "change", "check", "words"),
    [
        (ENGLISH, put("text", "another text"), "pages", "text is not the one of content_sha256"),
        (ENGLISH, put("n_chars", 7), "pages", "characters, not 7"),
        (ENGLISH, put("language", "nl"), "pages", "of language nl, but under en"),
        (ENGLISH, lambda table: table.slice(1), "pages", "release.json says {'pages'"),
        (ENGLISH, lambda table: table.slice(1), "records", "the pages are not those that records.parquet calls kept: 1 stand"),
        (ENGLISH, swap, "json lines", "not the row of part-00000.parquet"),
        (ENGLISH, put("title", "Another title"), "json lines", "not the row of part-00000.parquet"),
        (ENGLISH, lambda table: table.drop(["title"]), "schema", "not those of schema.json"),
        (ENGLISH, lambda table: table.drop(["title"]), "contract", "no column title"),
        (ENGLISH, put("kind", None), "contract", "contract.not_null.kind: 1 page without it"),
        ("records.parquet", put("end", "quarantined"), "records", "release.json says"),
        ("records.parquet", lambda table: table.slice(1), "records", "release.json says"),
    ],
)  # fmt: skip
def test_a_release_that_does_not_fit_itself_is_bad(
    copy: Path, path: str, change: Callable[[pa.Table], pa.Table], check: str, words: str
) -> None:
    rewrite(copy / path, change)
    seal(copy)
    assert words in bad(verify(copy))[check]


@pytest.mark.parametrize(
    ("told", "check", "words"),
    [
        ({"records": {"in": 3, "kept": 3, "rejected": 0, "quarantined": 0}}, "records", "release.json says {'in': 3"),
        ({"reasons": {"judge.spam": 1_000}}, "records", "judge.spam: release.json says 1000 records"),
        ({"languages": {}}, "pages", "release.json says None"),
        ({"chars": 5}, "pages", "release.json says 5 characters"),
        ({"config": {}}, "recipe", "recipe.yaml is not the config"),
        ({"files": []}, "manifest", "in SHA256SUMS alone"),
        ({"format": 2}, "manifest", "format 2: made by a later version"),
    ],
)
def test_a_manifest_that_says_other_things_is_bad(copy: Path, told: Mapping[str, Any], check: str, words: str) -> None:
    before = (copy / SUMS).read_text(encoding="utf-8")
    seal(copy, **told)
    if not told.get("files", True):
        sums = [line for line in before.splitlines() if not line.endswith(MANIFEST)]
        sha256 = hashlib.sha256((copy / MANIFEST).read_bytes()).hexdigest()
        lines_ = sorted([*sums, f"{sha256}  {MANIFEST}"], key=lambda line: line[66:])
        (copy / SUMS).write_text("".join(f"{line}\n" for line in lines_), encoding="utf-8")
    assert words in bad(verify(copy))[check]


def test_json_lines_that_lack_a_page_are_bad(copy: Path) -> None:
    path = copy / "jsonl" / "en" / "part-00000.jsonl.zst"
    with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
        text = stream.read()
    with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as stream:
        stream.write(text[: text.index(b"\n") + 1])
    seal(copy)
    assert "1 lines for" in bad(verify(copy))["json lines"]


def test_pages_that_were_asked_away_are_not_there(output: Path, input_: Path, tmp_path: Path) -> None:
    shutil.copytree(output, tmp_path / "output", symlinks=True)
    forget(tmp_path / "output", "url", "http://www.lanterncoast.example/ferry/11/")
    release = make(tmp_path / "output", "2")
    assert release.told["removal_requests"] == {"standing": 1, "pages": 1}
    report = verify(release.folder, str(input_), sample=2)
    assert report.good, list(report.lines())
    assert "good  removal requests: 1 honoured" in report.lines()
    page = pq.read_table(release.data()[0])["id"][0].as_py()
    copy = _copy(release, tmp_path / "copy")
    asked = {"number": 2, "kind": "id", "sha256": hashlib.sha256(page.encode()).hexdigest(), "records": 1}
    (copy / REMOVALS).write_text(json.dumps(asked) + "\n", encoding="utf-8")
    seal(copy)
    found = bad(verify(copy))
    assert list(found) == ["removal requests"]
    assert found["removal requests"].startswith(page)
    assert found["removal requests"].endswith("was asked away")


# Rebuilding


def retitle(folder: Path, **told: Any) -> str:
    """Give the page of a release that is rebuilt first another title; its id. The JSON lines go, so as not to tell."""
    manifest = {**json.loads((folder / MANIFEST).read_text(encoding="utf-8")), **told}
    ids = {id_: path for path in open_release(folder).data() for id_ in pq.read_table(path)["id"].to_pylist()}
    first = min(ids, key=lambda id_: hashlib.sha256((manifest["fingerprint"] + id_).encode()).digest())
    at = pq.read_table(ids[first])["id"].to_pylist().index(first)
    rewrite(
        ids[first], lambda table: put("title", *table["title"].to_pylist()[:at], "A title that nobody wrote")(table)
    )
    shutil.rmtree(folder / "jsonl")
    manifest["files"] = [file for file in manifest["files"] if not file["path"].startswith("jsonl/")]
    seal(folder, **manifest)
    return first


def test_a_page_that_was_written_into_a_release_does_not_come_out_of_the_input(copy: Path, input_: Path) -> None:
    page = retitle(copy)
    assert verify(copy).good
    found = bad(verify(copy, str(input_), sample=2))
    assert list(found) == ["rebuild"]
    assert found["rebuild"].startswith(f"2 pages made anew from {input_}, 1 of them came out otherwise | {page}  ")
    assert found["rebuild"].endswith(": title differs")


def test_another_library_or_step_is_told_and_its_differences_are_no_damage(
    copy: Path, release: Release, input_: Path
) -> None:
    told = release.told
    retitle(copy, libraries={**told["libraries"], "ftfy": "6.0"}, steps={**told["steps"], "clean.title": 99})
    report = verify(copy, str(input_), sample=1)
    assert report.good
    found = {check.name: check for check in report.checks}
    assert found["recipe here"].state == found["rebuild"].state == "open"
    assert found["recipe here"].details[0].startswith("library ftfy: 6.0 then, ")
    assert found["recipe here"].details[1].startswith("step clean.title: 99 then, ")


def test_files_that_changed_since_are_told_and_left_out(release: Release, input_: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "raw"
    shutil.copytree(input_, inputs)
    (inputs / "talecho.example/sport/tischtennis-spieltag.txt").write_text("Nothing.")
    (inputs / "tidehouse.example/verse/salt-road.txt").unlink()
    report = verify(release.folder, str(inputs), sample=4)
    assert report.good
    files, rebuilt = report.checks[-2:]
    assert files.state == "open"
    assert files.details == (
        "talecho.example/sport/tischtennis-spieltag.txt: changed",
        "tidehouse.example/verse/salt-road.txt: not there",
    )
    assert rebuilt.state == "good"


def test_an_input_that_has_none_of_its_files_is_bad(release: Release, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("The tide clock is late again, said Ida Berg on Monday morning.")
    assert "55 of 55 files" in bad(verify(release.folder, str(tmp_path)))["input"]
    with pytest.raises(ConfigError, match="nowhere"):
        verify(release.folder, str(tmp_path / "nowhere"))


# The command


def test_the_command_tells_line_by_line(output: Path, copy: Path, input_: Path) -> None:
    told = runs.scutch("verify", "latest", "--output", output, "--input", input_, "--sample", "3").stdout.splitlines()
    assert told[0].startswith("good  checksums: ")
    assert told[-2] == f"good  rebuild: 3 pages made anew from {input_}, byte for byte the same"
    assert told[-1] == f"{(output / 'releases' / '1').resolve()}: good"
    (copy / "README.md").write_text("Nothing to see here.")
    (copy / MANIFEST).unlink()
    told = runs.scutch("verify", copy, code=1).stdout.splitlines()
    assert told == [
        "bad   checksums: README.md is damaged: not what SHA256SUMS says",
        "        release.json is missing",
        f"{copy}: 1 of 1 checks failed",
    ]
    wrong = runs.scutch("verify", "3", "--output", output, code=2).stderr
    assert wrong.startswith("scutch: 3: no such release in ")
