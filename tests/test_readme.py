"""The README keeps its word: its code runs, its example step works, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.engine.pages import Costs, clean_pages
from pipeline.step import Page, Step
from tests import runs
from tests.bench.shared import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_readers_code_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    runs.run(ROOT / "raw", tmp_path / "output")
    runs.scutch("release", "--output", tmp_path / "output")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    readers = [code for code in CODE if "output/" in code]
    assert len(readers) == 7
    kept = runs.told(tmp_path / "output")["records"]["kept"]
    for code in readers:
        exec(code, space)
        assert len(space["pages"]) == kept
    assert len(space["ledger"]) > 100
    assert set(space["english"]["language"]) == {"en"}
    assert set(space["rejected"].stage) == {"judge", "dedup"}


def test_the_example_step_works() -> None:
    (code,) = [code for code in CODE if "@step" in code]
    space: dict[str, Any] = {}
    exec(code, space)
    run = space["weather"]
    declared = run.declared
    about = {name: declared[name] for name in ("name", "version", "gate", "signs")}
    step = Step(**about, run=run, params=declared["params"](), doc=run.__doc__)
    for case in space["CASES"]:
        assert clean_pages([step], [Page(case.given)], Costs())[0][0] == case.want


def test_the_commands_it_lists_are_the_commands_there_are() -> None:
    listed = set(re.findall(r"^    scutch (\w+)", README, re.MULTILINE))
    assert listed == set(main.commands)
    options = set(
        re.findall(r"--[a-z]+", next(line for line in README.split("\n") if line.startswith("    scutch run")))
    )
    shown = CliRunner().invoke(main, ["run", "--help"]).output
    assert options == set(re.findall(r"--[a-z]+", shown)) - {"--help"} | {"--plain"}


def test_the_folders_it_lists_are_there() -> None:
    for folder in re.findall(r"`(pipeline/\w+/)`", README):
        assert (ROOT / folder).is_dir(), folder
