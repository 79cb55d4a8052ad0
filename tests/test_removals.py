"""Removal requests: recorded for good, matched to pages, and told without their values."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.config import ConfigError
from pipeline.engine.identity import site_of
from pipeline.release.forget import forget, withdraw
from pipeline.release.make import make
from pipeline.release.removals import Request, Requests, history
from tests import runs

DAY = date(2026, 11, 22)
# So small a dataset loses most of itself.
LENIENT = config.load(overrides=["contract.shrink=null", "contract.drift=null"], signals=False)


def table(*urls: str | None, canonical: str | None = None) -> pa.Table:
    """Pages at these addresses, with ids 000..., 111..., 222..."""
    rows = [
        {"id": f"{n:x}" * 32, "url": url, "canonical_url": canonical, "site": site_of(url)}
        for n, url in enumerate(urls)
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(name, pa.string()) for name in ("id", "url", "canonical_url", "site")])
    )


def requests(output: Path, **asked: str) -> Requests:
    for kind, value in asked.items():
        forget(output, kind, value, today=DAY)
    return Requests.load(output)


def matches(found: Requests, pages: pa.Table) -> list[int | None]:
    numbers = found.match(pages)
    assert numbers.type == pa.int64()
    return list(numbers.to_pylist())


# What a request meets


SAME = [
    "https://gazette.example/ida",
    "http://gazette.example/ida",
    "HTTPS://Gazette.EXAMPLE/ida",
    "https://www.gazette.example/ida/",
    "https://gazette.example:443/ida",
    "https://gazette.example/ida#letters",
    "https://gazette.example/%69da",
    "gazette.example/ida",
]
OTHER = [
    "https://gazette.example/",
    "https://gazette.example/Ida",
    "https://gazette.example/ida/letters",
    "https://gazette.example/ida?page=2",
    "https://blog.gazette.example/ida",
    "https://gazette.example.net/ida",
    "https://else.example/?u=https://gazette.example/ida",
    "",
    None,
]


@pytest.mark.parametrize("asked", SAME)
def test_an_address_is_met_however_it_is_written(asked: str, tmp_path: Path) -> None:
    pages = table(*SAME, *OTHER)
    assert matches(requests(tmp_path, url=asked), pages) == [1] * len(SAME) + [None] * len(OTHER)


def test_an_international_address_is_met_in_both_spellings(tmp_path: Path) -> None:
    pages = table("https://xn--bcherei-n2a.example/a", "https://BÜCHEREI.example/a", "https://buecherei.example/a")
    assert matches(requests(tmp_path, url="https://bücherei.example/a"), pages) == [1, 1, None]


def test_the_address_that_a_page_names_as_its_own_is_met_too(tmp_path: Path) -> None:
    pages = table("https://copy.example/1", canonical="https://gazette.example/ida")
    assert matches(requests(tmp_path, url="https://gazette.example/ida"), pages) == [1]
    assert matches(Requests.load(tmp_path), pages.drop_columns(["canonical_url"])) == [None]


def test_a_site_is_met_with_all_below_it(tmp_path: Path) -> None:
    urls = [
        "https://gazette.example/",
        "https://www.gazette.example/a",
        "https://old.blog.gazette.example:8080/a?b",
        "https://ida@gazette.example/",
        "https://mygazette.example/",
        "https://gazette.example.net/",
        "https://else.example/gazette.example",
        None,
    ]
    pages = table(*urls)
    assert matches(requests(tmp_path, site="Gazette.example."), pages) == [1, 1, 1, 1, None, None, None, None]
    assert matches(requests(tmp_path, site="blog.gazette.example"), pages)[:4] == [1, 1, 1, 1]
    withdraw(tmp_path, 1, DAY)
    assert matches(Requests.load(tmp_path), pages) == [None, None, 2, None, None, None, None, None]


def test_a_page_is_met_by_its_id(tmp_path: Path) -> None:
    assert matches(requests(tmp_path, id="1" * 32), table(None, None, "https://gazette.example/")) == [None, 1, None]


def test_the_first_of_several_requests_is_told(tmp_path: Path) -> None:
    pages = table("https://gazette.example/ida", "https://gazette.example/ole")
    found = requests(tmp_path, site="gazette.example", url="https://gazette.example/ida", id="1" * 32)
    assert matches(found, pages) == [1, 1]
    withdraw(tmp_path, 1, DAY)
    assert matches(Requests.load(tmp_path), pages) == [2, 3]


def test_no_request_meets_nothing(tmp_path: Path) -> None:
    found = Requests.load(tmp_path)
    assert len(found) == 0
    assert matches(found, table("https://gazette.example/", None)) == [None, None]
    assert matches(found, table()) == []


HOSTS = st.sampled_from(
    ["gazette.example", "a.gazette.example", "b.a.gazette.example", "tide.example", "azette.example"]
)
PATHS = st.sampled_from(["", "/", "/x", "/x/", "/x/y", "/x?q=1"])


@given(
    pages=st.lists(st.tuples(HOSTS, PATHS), min_size=1, max_size=8),
    asked=st.lists(st.tuples(st.sampled_from(["url", "site"]), HOSTS, PATHS), max_size=4),
    cut=st.integers(0, 3),
)
def test_a_table_is_matched_as_its_pages_are(
    pages: list[tuple[str, str]], asked: list[tuple[str, str, str]], cut: int
) -> None:
    """By the plain reading of the rule, page by page; also where a table is a piece of another."""
    standing = [
        Request(n, "", kind, host + path.rstrip("/") if kind == "url" else host)
        for n, (kind, host, path) in enumerate(asked, 1)
    ]
    expected = []
    for host, path in pages:
        met = [
            r.number
            for r in standing
            if (r.kind == "url" and r.value == host + path.rstrip("/"))
            or (r.kind == "site" and f".{host}".endswith(f".{r.value}"))
        ]
        expected.append(min(met, default=None))
    whole = table(*(f"https://{host}{path}" for host, path in pages))
    assert matches(Requests(standing), whole.slice(cut)) == expected[cut:]


# What is recorded


def test_requests_are_numbered_and_never_taken_back_from_the_file(tmp_path: Path) -> None:
    forget(tmp_path, "url", "https://gazette.example/ida", "mail of Ida Berg", DAY)
    forget(tmp_path, "site", "tide.example", today=DAY)
    withdraw(tmp_path, 1, date(2026, 12, 1))
    again = forget(tmp_path, "url", "http://www.gazette.example/ida/", today=DAY)
    assert (again.request.number, again.new) == (4, True)
    assert [json.loads(line) for line in (tmp_path / "removals.jsonl").read_text().splitlines()] == [
        {"number": 1, "asked": "2026-11-22", "kind": "url", "value": "gazette.example/ida", "note": "mail of Ida Berg"},
        {"number": 2, "asked": "2026-11-22", "kind": "site", "value": "tide.example", "note": ""},
        {"number": 3, "withdrawn": "2026-12-01", "of": 1},
        {"number": 4, "asked": "2026-11-22", "kind": "url", "value": "gazette.example/ida", "note": ""},
    ]
    assert [(r.number, r.withdrawn) for r in history(tmp_path)] == [(1, "2026-12-01"), (2, None), (4, None)]
    assert (tmp_path / "removals.jsonl").stat().st_mode & 0o077 == 0


def test_a_request_that_stands_is_not_recorded_twice(tmp_path: Path) -> None:
    first = forget(tmp_path, "site", "tide.example", today=DAY)
    second = forget(tmp_path, "site", "TIDE.example", today=DAY)
    assert (first.new, second.new) == (True, False)
    assert len(history(tmp_path)) == 1


def test_the_digest_names_what_is_left_out(tmp_path: Path) -> None:
    empty = Requests.load(tmp_path).digest()
    one = requests(tmp_path, site="tide.example").digest()
    assert requests(tmp_path, site="tide.example").digest() == one != empty
    withdraw(tmp_path, 1, DAY)
    assert Requests.load(tmp_path).digest() == empty


def test_a_half_written_line_does_not_count(tmp_path: Path) -> None:
    forget(tmp_path, "site", "tide.example", today=DAY)
    path = tmp_path / "removals.jsonl"
    with path.open("a") as file:
        file.write('{"number": 2, "asked": "2026-11')
    assert len(history(tmp_path)) == 1
    forget(tmp_path, "site", "gazette.example", today=DAY)
    assert [r.number for r in history(tmp_path)] == [1, 2]
    assert path.read_text().count("\n") == 2


@pytest.mark.parametrize("line", ["{}", "[]", "no JSON", '{"number": 2, "withdrawn": "2026-11-22", "of": 7}'])
def test_a_damaged_file_is_told_with_its_line(line: str, tmp_path: Path) -> None:
    forget(tmp_path, "site", "tide.example", today=DAY)
    with (tmp_path / "removals.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ConfigError, match=r"removals\.jsonl, line 2: damaged"):
        Requests.load(tmp_path)


def test_requests_at_the_same_time_all_count(tmp_path: Path) -> None:
    code = "import sys; from pipeline.release.forget import forget\nfor n in range(20): forget(sys.argv[1], 'site', f'{sys.argv[2]}{n}.example')"
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("tide", "gazette")]
    assert [process.wait() for process in started] == [0, 0]
    assert sorted(r.number for r in history(tmp_path)) == list(range(1, 41))
    assert len({r.value for r in history(tmp_path)}) == 40


WRONG = {
    "site": ["com", "co.uk", "example", ".uk", "", "gazette.example/ida", "two words.example"],
    "url": ["", "ida", "https://", "/ida", "two words"],
    "id": ["", "ida", "1234567", "g" * 32, "1" * 33],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRONG.items() for value in values])
def test_what_names_no_page_or_everybody_is_refused(kind: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"^--{kind} ") as error:
        forget(tmp_path, kind, value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "removals.jsonl").exists()


def test_what_stands_not_cannot_be_withdrawn(tmp_path: Path) -> None:
    forget(tmp_path, "site", "tide.example", today=DAY)
    withdraw(tmp_path, 1, DAY)
    for number in (1, 2, 0):
        with pytest.raises(ConfigError, match=f"--withdraw {number}: "):
            withdraw(tmp_path, number)
    with pytest.raises(ConfigError, match="no such folder"):
        forget(tmp_path / "nowhere", "site", "tide.example")


# Through runs and releases


STORIES = {
    "ferry": "The ferry to the outer islands was late again on Tuesday, and the harbour office has promised to say why.",
    "bees": "Bees have settled in the old bell tower, and the verger has asked for a ladder and for somebody with patience.",
    "bread": "The baker on the quay has changed her recipe after forty years, and half the town is arguing about the crust.",
    "clock": "Nobody can say who winds the clock in the market hall, but it has not stopped since the spring of last year.",
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four pages and a copy, and a release of it, before anybody asked."""
    folder = tmp_path_factory.mktemp("removals")
    pages: list[dict[str, Any]] = [
        {"id": name, "url": f"https://{name}.gazette.example/{name}", "text": text} for name, text in STORIES.items()
    ]
    copy = {"id": "copy", "url": "https://copy.example/ferry", "text": STORIES["ferry"].upper()}
    runs.write_jsonl(folder / "raw" / "pages.jsonl", [*pages, copy])
    runs.run(folder / "raw", folder / "out", "--workers", "1")
    make(folder / "out", "1")
    return folder / "out"


def ids(files: Path) -> dict[str, str]:
    """Ids by record, of the pages in some files."""
    found = pa.concat_tables(pq.read_table(path, columns=["id", "record"]) for path in sorted(files.rglob("*.parquet")))
    return {row["record"]: row["id"] for row in found.to_pylist()}


def test_later_releases_leave_out_what_was_asked(output: Path) -> None:
    known = ids(output / "documents")
    (twin,) = {"ferry", "copy"} & known.keys()  # the other one went as its duplicate
    done = runs.scutch("forget", "--output", output, "--id", known["bees"][:8], "--note", "by telephone")
    assert "1 page of the run in this folder, which the next release leaves out" in done.stdout
    assert known["bees"] in done.stdout
    assert "1 page of release 1, which is finished and not changed" in done.stdout
    runs.scutch("forget", "--output", output, "--site", "bread.gazette.example")
    runs.scutch("forget", "--output", output, "--id", known[twin])
    before = {path: path.read_bytes() for path in (output / "releases" / "1").rglob("*") if path.is_file()}
    second = make(output, "2", LENIENT)
    assert ids(second.folder / "data").keys() == {"clock"}, "the copy does not come back"
    assert {path: path.read_bytes() for path in before} == before
    records = {row["id"]: row for row in pq.read_table(second.folder / "records.parquet").to_pylist()}
    for name, number in (("bees", 1), ("bread", 2), (twin, 3)):
        row = records[known[name]]
        assert (row["end"], row["stage"], row["rule"]) == ("rejected", "release", "removal_request")
        assert row["evidence"] == f"request {number}"
        assert row["url"] is row["source"] is row["record"] is None
    told = [json.loads(line) for line in (second.folder / "removals.jsonl").read_text().splitlines()]
    value = hashlib.sha256(b"bread.gazette.example").hexdigest()
    assert told[1] == {"number": 2, "kind": "site", "sha256": value, "records": 1}
    for path in second.folder.rglob("*"):
        if path.is_file():
            table_ = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
            assert "bread.gazette" not in table_, path
            assert b"bread.gazette" not in path.read_bytes(), path

    listed = runs.scutch("forget", "--output", output, "--list").stdout
    assert listed.count("\n") == 3
    assert "by telephone" in listed
    runs.scutch("forget", "--output", output, "--withdraw", "2")
    assert ids(make(output, "3", LENIENT).folder / "data").keys() == {"clock", "bread"}


def test_the_command_says_in_one_line_what_is_wrong(output: Path) -> None:
    for wrong in (
        [],
        ["--site", "com"],
        ["--id", "00000000"],
        ["--url", "x.example/", "--site", "x.example"],
        ["--withdraw", "9"],
    ):
        done = runs.scutch("forget", "--output", output, *wrong, code=2)
        assert done.stderr.startswith("scutch: ")
        assert done.stderr.count("\n") == 1
