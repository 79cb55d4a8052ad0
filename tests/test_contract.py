"""The contract: what breaks is told with its key, by how much, and with pages; what holds passes in silence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config as configs
from pipeline import schema
from pipeline.config import ConfigError, Contract
from pipeline.release.check.contract import ContractError, check
from pipeline.release.layout import RECORDS, Release

DOCUMENTS = schema.arrow(schema.DOCUMENTS, signals={"spam": "how much it looks like spam"})
CONFIG = configs.load()


def contract(**more: Any) -> Contract:
    return Contract.model_validate({**CONFIG.contract.model_dump(), **more})


def page(n: int, **more: Any) -> dict[str, Any]:
    """A row of `documents`."""
    text = f"The tide clock of Skerry Bay ran {n} minutes late."
    whole = {
        "id": f"{n:032x}", "source": f"lanterncoast.example/{n}.txt", "kind": "text", "language": "en", "text": text,
        "url": f"https://lanterncoast.example/{n}", "n_chars": len(text), "n_words": 9, "signals": {"spam": 0.0},
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(), "raw_sha256": "0" * 64,
    }  # fmt: skip
    return {**whole, **more}


def record(n: int, end: str, rule: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of `records`; `rule` as stage.rule."""
    stage, _, name = (rule or "").partition(".")
    told = {name: value for name, value in page(n).items() if name in ("id", "source", "url", "kind", "language")}
    return {**told, "end": end, "stage": stage or None, "rule": name or None, **more}


def release(
    folder: Path, pages: list[dict[str, Any]], others: Sequence[dict[str, Any]] = (), version: str = "1"
) -> Release:
    """A release of these pages, in two files, and of records that were not kept."""
    half = (len(pages) + 1) // 2
    for number, rows in enumerate((pages[:half], pages[half:])):
        path = folder / f"data/en/part-{number:05}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, DOCUMENTS), path)
    kept = [{**record(0, "kept"), **{k: p[k] for k in ("id", "source", "url", "language")}} for p in pages]
    pq.write_table(pa.Table.from_pylist([*kept, *others], schema.arrow(schema.RECORDS)), folder / RECORDS)
    told = {"version": version, "config": CONFIG.model_dump(mode="json")}
    return Release(folder, told)


def broken(made: Release, rules: Contract, previous: Release | None = None) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What is broken, by clause."""
    with pytest.raises(ContractError) as error:
        check(made, previous, rules)
    lines = str(error.value).splitlines()
    assert lines[0] == f"release {made.version} breaks its contract and was not made; the last one stands"
    for clause, what, pages in error.value.broken:
        assert f"  {clause}: {what}" in lines
        assert len(pages) <= 5
    return {clause: (what, pages) for clause, what, pages in error.value.broken}


def test_a_sound_release_passes(tmp_path: Path) -> None:
    first = release(tmp_path / "1", [page(n) for n in range(20)])
    second = release(tmp_path / "2", [page(n) for n in range(2, 24)], [record(30, "rejected", "dedup.near")])
    check(first, None, contract())
    check(second, first, contract())


def test_a_run_that_set_every_page_aside_is_no_release(tmp_path: Path) -> None:
    aside = [record(n, "quarantined", stage="clean", evidence="KeyError: 'x'") for n in range(20)]
    found = broken(release(tmp_path, [], aside), contract())
    assert found["contract.pages"] == (
        "0 pages of 20 records; at least 1 allowed, 1 short",
        found["contract.pages"][1],
    )
    what, pages = found["contract.quarantined"]
    assert what == "100.00 % of 20 records set aside; at most 20.00 % allowed, 80.00 points over"
    assert pages[0] == f"{0:032x}  lanterncoast.example/0.txt  https://lanterncoast.example/0"
    assert len(pages) == 5


def test_a_step_that_suddenly_rejects_most_pages_is_seen_against_the_last_release(tmp_path: Path) -> None:
    before = release(tmp_path / "1", [page(n) for n in range(20)], version="2026.10.01")
    lost = [record(n, "rejected", "judge.spam") for n in range(15)]
    found = broken(release(tmp_path / "2", [page(n) for n in range(15, 20)], lost), contract(), before)
    assert set(found) == {"contract.shrink", "contract.drift.judge.spam"}
    what, pages = found["contract.shrink"]
    assert what == "5 pages, 75.00 % fewer than the 20 of 2026.10.01; at most 50.00 % allowed, 25.00 points over"
    assert [name.split()[0] for name in pages] == [f"{n:032x}" for n in range(5)]
    what, pages = found["contract.drift.judge.spam"]
    assert what.startswith("it removed 75.00 % of the records, 0.00 % in 2026.10.01: 75.00 % apart")
    assert len(pages) == 5


def test_a_rule_that_suddenly_rejects_nothing_is_seen_too(tmp_path: Path) -> None:
    spam = [record(n, "rejected", "judge.spam") for n in range(20, 40)]
    before = release(tmp_path / "1", [page(n) for n in range(20)], spam)
    found = broken(release(tmp_path / "2", [page(n) for n in range(40)]), contract(), before)
    assert set(found) == {"contract.drift.judge.spam"}
    assert found["contract.drift.judge.spam"][1][0].startswith(f"{20:032x}")


def test_removal_requests_are_no_drift(tmp_path: Path) -> None:
    before = release(tmp_path / "1", [page(n) for n in range(20)])
    asked = [record(n, "rejected", "release.removal_request", source=None, url=None) for n in range(10)]
    check(release(tmp_path / "2", [page(n) for n in range(10, 20)], asked), before, contract())


def test_shares_have_bands(tmp_path: Path) -> None:
    pages = [
        *(page(n) for n in range(6)),
        *(page(n, language="de") for n in range(6, 8)),
        *(page(n, language=None) for n in range(8, 10)),
    ]
    made = release(tmp_path, pages, [record(n, "rejected", "judge.spam") for n in range(10, 15)])
    held = {"en": {"min": 0.6, "max": 0.6}, "de": {"max": 0.2}, "unknown": {"min": 0.1}, "fr": {"max": 0.1}}
    check(made, None, contract(languages=held, removed={"judge.spam": {"max": 0.34}, "dedup.near": {"max": 0.1}}))
    found = broken(made, contract(languages={"en": {"max": 0.5}, "fr": {"min": 0.1}, "unknown": {"max": 0.1}},
                                  removed={"judge.spam": {"max": 0.3}}, pages={"min": 11}))  # fmt: skip
    assert (
        found["contract.languages.en"][0] == "60.00 % of 10 pages are in en; at most 50.00 % allowed, 10.00 points over"
    )
    assert (
        found["contract.languages.fr"][0]
        == "0.00 % of 10 pages are in fr; at least 10.00 % allowed, 10.00 points short"
    )
    assert [name.split()[0] for name in found["contract.languages.unknown"][1]] == [f"{n:032x}" for n in (8, 9)]
    assert found["contract.removed.judge.spam"][0].startswith(
        "it removed 33.33 % of 15 records; at most 30.00 % allowed"
    )
    assert found["contract.pages"][0] == "10 pages of 15 records; at least 11 allowed, 1 short"


def test_growth_has_a_limit_if_one_is_set(tmp_path: Path) -> None:
    before = release(tmp_path / "1", [page(n) for n in range(4)])
    after = release(tmp_path / "2", [page(n) for n in range(12)])
    check(after, before, contract())
    found = broken(after, contract(grow=0.5), before)
    assert (
        found["contract.grow"][0]
        == "12 pages, 200.00 % more than the 4 of 1; at most 50.00 % allowed, 150.00 points over"
    )
    assert found["contract.grow"][1][0].startswith(f"{4:032x}")


def test_rows_are_checked_over_all_files(tmp_path: Path) -> None:
    pages = [page(n) for n in range(10)]
    pages[9] = page(0, text=None)
    pages[3] = page(3, kind=None, n_chars=3)
    found = broken(release(tmp_path, pages), contract(min_chars=20, unique=["id", "url"]))
    assert set(found) == {
        f"contract.{name}" for name in ("not_null.kind", "not_null.text", "min_chars", "unique.id", "unique.url")
    }
    assert found["contract.not_null.text"] == (
        "1 page without it; none allowed",
        (f"{0:032x}  lanterncoast.example/0.txt  https://lanterncoast.example/0",),
    )
    assert found["contract.min_chars"][0] == "1 page shorter than 20 characters"
    what, named = found["contract.unique.id"]
    assert what == "1 page with a value that another page has too; none allowed"
    assert [name.split()[0] for name in named] == [f"{0:032x}"] * 2


def test_nulls_are_not_alike(tmp_path: Path) -> None:
    check(release(tmp_path, [page(n, url=None) for n in range(10)]), None, contract(unique=["id", "url"]))


def test_columns_and_types_are_those_of_the_schema(tmp_path: Path) -> None:
    made = release(tmp_path, [page(n) for n in range(4)])
    path = made.data()[1]
    table = pq.read_table(path)
    at = table.schema.get_field_index("n_words")
    pq.write_table(
        table.set_column(at, "n_words", table["n_words"].cast(pa.int64()))
        .drop(["title"])
        .append_column("mood", pa.nulls(2)),
        path,
    )
    with pytest.raises(ContractError) as error:
        check(made, None, contract())
    assert sorted(what for _, what, _ in error.value.broken) == [
        "en/part-00001.parquet: a column mood, which is none of ours",
        "en/part-00001.parquet: column n_words is int64[pyarrow], not int32[pyarrow]",
        "en/part-00001.parquet: no column title",
    ]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"not_null": ["titel"]}, "contract.not_null: no column 'titel'; did you mean title?"),
        ({"unique": ["authors"]}, "contract.unique: no column of single values 'authors'"),
        ({"removed": {"judge.sapm": {"max": 0.1}}}, "contract.removed: no rule 'judge.sapm'; did you mean judge.spam?"),
    ],
)
def test_a_contract_that_could_never_break_is_an_error(tmp_path: Path, rules: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match="^" + words.replace(".", r"\.").replace("?", r"\?")):
        check(release(tmp_path, [page(1)]), None, contract(**rules))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=12),
    st.lists(st.sampled_from(["judge.spam", "dedup.exact", ""]), max_size=12),
)
def test_counts_decide(tmp_path_factory: pytest.TempPathFactory, ids: list[int], ends: list[str]) -> None:
    """The contract holds if and only if plain counting says so."""
    others = [record(100 + n, "rejected" if rule else "quarantined", rule or None) for n, rule in enumerate(ends)]
    made = release(tmp_path_factory.mktemp("release"), [page(n) for n in ids], others)
    rules = contract(quarantined={"max": 0.3}, removed={"judge.spam": {"max": 0.25}}, pages={"min": 4})
    n = len(ids) + len(ends)
    wrong = {
        "contract.unique.id": len(set(ids)) < len(ids),
        "contract.pages": len(ids) < 4,
        "contract.quarantined": ends.count("") / n > 0.3,
        "contract.removed.judge.spam": ends.count("judge.spam") / n > 0.25,
    }
    if any(wrong.values()):
        assert set(broken(made, rules)) == {clause for clause, is_so in wrong.items() if is_so}
    else:
        check(made, None, rules)
