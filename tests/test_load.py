"""A release is loaded as its readers load it: by the very lines of its card."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from pipeline.release.layout import Release
from pipeline.release.make import make
from tests import runs

VERSION = "2026.11.22"
RAW = Path(__file__).parent.parent / "raw"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    output = tmp_path_factory.mktemp("load") / "out"
    runs.run(RAW, output)
    return make(output, VERSION)


@pytest.fixture(scope="module")
def card(release: Release) -> DatasetCard:
    return DatasetCard.load(release.folder / "README.md")


def python(code: str, release: Release, cache: Path) -> Any:
    """Run code beside the folder of the release, with nothing but this machine; what it prints last, from JSON."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(cache / "hf"), "CROISSANT_CACHE": str(cache / "croissant")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=release.folder.parent,
        env=os.environ | offline,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_line_of_the_card_loads_the_release(release: Release, tmp_path: Path) -> None:
    text = (release.folder / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    code = ["import json", "counts = []"]
    for line in "\n".join(blocks).splitlines():
        code.append(line)
        if line.startswith("pages = "):
            code.append("counts.append(sum(1 for _ in pages) if 'mlc' in dir() else len(pages))")
    counts = python("\n".join([*code, "print(json.dumps(counts))"]), release, tmp_path)

    pages = release.told["records"]["kept"]
    sample = next(file["rows"] for file in release.told["files"] if file["path"].startswith("sample/"))
    largest = max(language["pages"] for language in release.told["languages"].values())
    assert counts == [pages, largest, sample, pages, pages, pages, pages]


def test_datasets_loads_every_language_by_its_name(release: Release, tmp_path: Path) -> None:
    code = f"""
import json
from datasets import get_dataset_config_names, load_dataset
names = get_dataset_config_names("{VERSION}")
whole = load_dataset("{VERSION}")
rows = {{name: load_dataset("{VERSION}", name=name, split="train").num_rows for name in names}}
print(json.dumps([list(whole), whole["train"].column_names, rows]))
"""
    splits, columns, rows = python(code, release, tmp_path)

    assert splits == ["train"]
    assert columns == pq.read_schema(release.data()[0]).names
    assert rows.pop("sample") > 0
    assert rows.pop("default") == release.told["records"]["kept"]
    assert rows == {name: language["pages"] for name, language in release.told["languages"].items()}


def test_croissant_is_valid_and_gives_every_page_as_it_is(release: Release, tmp_path: Path) -> None:
    code = f"""
import json, logging
warned = []
from absl import logging as absl
absl.get_absl_logger().addHandler(type("Keep", (logging.Handler,), {{"emit": lambda _, r: warned.append(r.getMessage())}})())
import mlcroissant as mlc
data = mlc.Dataset("{VERSION}/croissant.json")
plain = lambda v: v.decode() if isinstance(v, bytes) else [plain(w) for w in v] if isinstance(v, list) else \\
    {{k.rsplit("/", 1)[1]: plain(w) for k, w in v.items()}} if isinstance(v, dict) else v if v is None or isinstance(v, (int, float)) else str(v)
records = {{s.id: [plain(dict(r)) for r in data.records(s.id)] for s in data.metadata.record_sets}}
print(json.dumps([warned, data.metadata.ctx.issues.report(), str(data.metadata.version), records]))
"""
    warned, issues, version, records = python(code, release, tmp_path)

    assert warned == []
    assert issues == ""
    assert version == VERSION
    pages = {row["id"]: row for path in release.data() for row in pq.read_table(path).to_pylist()}
    assert {row["id"] for row in records["pages"]} == pages.keys()
    for row in records["pages"]:
        page = pages[row["id"]]
        for name in ("source", "offset", "title", "authors", "text", "n_chars", "n_words", "cluster_size", "repairs"):
            assert row[name] == page[name], name
        assert (row["published"] or "")[:10] == str(page["published"] or "")
        assert [part["language"] for part in row["languages"]] == [part["language"] for part in page["languages"]]
    for row in records["signals"]:
        signals = {name: value for name, value in pages[row["id"]]["signals"].items() if value is not None}
        assert {name: value for name, value in row["signals"].items() if value is not None} == pytest.approx(signals)
    assert len(records["sample"]) == min(len(pages), 100)
    assert len(records["records"]) == release.told["records"]["in"]
    assert len(records["changes"]) == pq.read_metadata(release.folder / "changes.parquet").num_rows


def test_croissant_readers_find_a_changed_file(release: Release, tmp_path: Path) -> None:
    folder = tmp_path / "releases" / VERSION
    shutil.copytree(release.folder, folder)
    records = folder / "records.parquet"
    table = pq.read_table(records)
    records.unlink()
    pq.write_table(table.slice(1), records)
    code = f"""
import json, mlcroissant as mlc
data = mlc.Dataset("{VERSION}/croissant.json")
try:
    list(data.records("records"))
    print(json.dumps(False))
except Exception as error:
    print(json.dumps("is not identical" in repr(error) + repr(error.__cause__)))
"""
    assert python(code, Release(folder, release.told), tmp_path) is True


def test_croissant_names_every_file_of_a_table_with_its_digest(release: Release) -> None:
    told = json.loads((release.folder / "croissant.json").read_text(encoding="utf-8"))
    files = {part["@id"]: part["sha256"] for part in told["distribution"] if part["@type"] == "cr:FileObject"}
    wanted = {file["path"]: file["sha256"] for file in release.told["files"]}
    tables = [path for path in wanted if path.endswith((".parquet", ".zst"))]
    assert files == {path: wanted[path] for path in tables}
    assert told["datePublished"] == str(date(2026, 11, 22))


def test_the_card_is_valid_and_its_globs_hit_the_files(release: Release, card: DatasetCard) -> None:
    told = card.data.to_dict()
    assert told["language"] == sorted(name for name in release.told["languages"] if name != "unknown")
    assert told["size_categories"] == ["n<1K"]
    assert told["license"] == "other"
    configs = {config["config_name"]: config for config in told["configs"]}
    assert [name for name, config in configs.items() if config.get("default")] == ["default"]
    assert configs.keys() == {"default", "sample", *release.told["languages"]}
    found = {
        name: sorted(path for files in config["data_files"] for path in release.folder.glob(files["path"]))
        for name, config in configs.items()
    }
    assert found["default"] == release.data()
    assert sorted(path for name in release.told["languages"] for path in found[name]) == release.data()
    assert len(found["sample"]) == 1


def test_every_link_of_the_card_leads_somewhere(release: Release, card: DatasetCard) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", card.text):
        assert (release.folder / target).is_file(), target
    pictures = {path.name for path in (release.folder / "pictures").iterdir()}
    assert pictures == set(re.findall(r"\(pictures/([^)]+)\)", card.text))


def test_sha256sum_finds_every_file_whole(release: Release) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=release.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
