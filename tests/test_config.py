"""The config: what it takes, and what it answers to a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import config
from pipeline.config import ConfigError
from tests.runs import scutch


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("judge.enabld=true", "judge.enabld: no such key; did you mean judge.enabled?"),
        ("clean.steps.sharr=true", "clean.steps.sharr: no such key; did you mean clean.steps.share?"),
        ("clen.enabled=true", "clen: no such key; did you mean clean?"),
        ("workers=many", "workers: input should be a valid integer"),
        ("workers=-1", "workers: input should be greater than or equal to 0"),
        ("ingest.columns.id=7", "ingest.columns.id: input should be a valid list"),
        (
            "judge.rules.mine={signal: spamm, max: 1}",
            "judge.rules.mine.signal: no signal 'spamm'; did you mean spam?",
        ),
        ("workers", "write it as key=value"),
        ("write.compression=rar", "write.compression: "),
    ],
)
def test_a_wrong_key_or_type_names_the_key_and_the_fix(override: str, answer: str) -> None:
    with pytest.raises(ConfigError) as error:
        config.load(overrides=[override])
    assert answer in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_needs_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("workers: 3\njudge:\n  enabled: false\n")
    loaded = config.load(path, ["dedup.enabled=false"], output="elsewhere")
    assert (loaded.workers, loaded.judge.enabled, loaded.dedup.enabled, loaded.output) == (
        3,
        False,
        False,
        "elsewhere",
    )
    assert loaded.clean == config.load().clean


def test_parameters_and_switches_of_a_step() -> None:
    on = config.load(overrides=["clean.steps.share=true"])
    off = config.load(overrides=["clean.steps.share=false"])
    assert "share" in [s.rule for s in on.steps("clean")]
    assert "share" not in [s.rule for s in off.steps("clean")]
    with pytest.raises(ConfigError, match=r"clean\.steps\.share\.nothing: no such key"):
        config.load(overrides=["clean.steps.share.nothing=1"])


@pytest.mark.parametrize(
    ("text", "answer"),
    [("a: [", "not valid YAML"), ("- 1\n", "a config is a mapping"), (None, "no such config file")],
)
def test_a_file_that_is_no_config(tmp_path: Path, text: str | None, answer: str) -> None:
    path = tmp_path / "bad.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as error:
        config.load(path)
    assert str(path) in str(error.value)
    assert answer in str(error.value)


def test_check_looks_at_the_earlier_datasets_too(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("One page.")
    done = scutch("check", "--set", f"input={page}", "--set", f"dedup.earlier=[{tmp_path / 'gone'}]", code=2)
    assert "dedup.earlier: " in done.stderr
    assert "no such file" in done.stderr
