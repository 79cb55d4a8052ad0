"""What changed between releases: every page that differs is named, with the reason."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config, schema
from pipeline.engine.identity import page_id
from pipeline.release.diff import ends
from pipeline.release.diff.changes import SCHEMA, Changes, compare, text
from pipeline.release.diff.difference import hashes_of
from pipeline.release.forget import forget, withdraw
from pipeline.release.layout import Release
from pipeline.release.make import make
from tests import runs
from tests.bench.shared import ROOT

SIGNALS = {"http_status": "", "gopher_word_count": "", "spam": ""}
DOCUMENTS = schema.arrow(schema.DOCUMENTS, signals=SIGNALS)
RECORDS = schema.arrow(schema.RECORDS)
TOLD: dict[str, Any] = {
    "version": "1",
    "scutch": "0.1.0",
    "fingerprint": "f",
    "fingerprints": {"prepare": "p", "clean": "c", "judge": "j", "write": "f"},
    "steps": {"repair.spaces": 2, "clean.share": 1, "clean.title": 1, "describe.language": 2, "judge.gopher": 1},
    "libraries": {"trafilatura": "2.0", "numpy": "2.1"},
    "config": {
        "decode": {"bad_share": 0.01},
        "clean": {"enabled": True, "steps": {"clean.share": True}},
        "judge": {
            "enabled": True,
            "rules": {
                "too_short": {"signal": "n_words", "min": 10, "languages": {}},
                "blocked": {"signal": "url_lists", "min": 0, "languages": {}},
            },
        },
        "dedup": {"enabled": True, "earlier": [], "near": {"enabled": True, "threshold": 0.8}},
    },
    "input": {"files": [{"source": "a.jsonl", "sha256": "1"}, {"source": "b.jsonl", "sha256": "2"}], "skipped": []},
    "named": [],
}


def sha(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def id_of(name: str) -> str:
    return sha(name)[:32]


def page(name: str, text_: str = "The ferry was late.", **more: Any) -> dict[str, Any]:
    """A record and, where it is kept, the row of its page: columns of both; `doc` holds those of the page alone."""
    return {
        "id": id_of(name),
        "source": "a.jsonl",
        "record": name,
        "offset": 0,
        "url": f"https://gazette.example/{name}",
        "site": "gazette.example",
        "kind": "text",
        "end": "kept",
        "language": "en",
        "raw_sha256": sha(f"raw {name}"),
        "content_sha256": sha(text_),
        "learnt": 7,
        "changes": [{"rule": "clean.share", "digest": 1}],
        **more,
    }


def rejected(name: str, stage: str, rule: str, **more: Any) -> dict[str, Any]:
    return page(name, end="rejected", stage=stage, rule=rule, **more)


def release(
    folder: Path, pages: Sequence[Mapping[str, Any]], told: Mapping[str, Any] = TOLD, files: int = 1
) -> Release:
    """A release made by hand: data and records of these pages, in several files."""
    kept = [row for row in pages if row["end"] == "kept"]
    for n in range(files):
        path = folder / "data" / ("en" if n % 2 == 0 else "de") / f"part-{n:05}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(documents(kept[n::files]), path, row_group_size=3)
    pq.write_table(
        pa.Table.from_pylist([{name: row.get(name) for name in RECORDS.names} for row in pages], schema=RECORDS),
        folder / "records.parquet",
    )
    return Release(folder, dict(told))


def documents(pages: Sequence[Mapping[str, Any]]) -> pa.Table:
    rows = [{"cluster": row["id"], "cluster_size": 1, **row, **row.get("doc", {})} for row in pages]
    return pa.Table.from_pylist([{name: row.get(name) for name in DOCUMENTS.names} for row in rows], schema=DOCUMENTS)


def told(**changed: Any) -> dict[str, Any]:
    """The manifest of a release that was made otherwise: keys with dots, as in `config__judge`."""
    copy: dict[str, Any] = json.loads(json.dumps(TOLD))
    for key, value in changed.items():
        *above, last = key.split("__")
        inner = copy
        for part in above:
            inner = inner[part]
        inner[last] = value
    return copy


def files(**digests: str) -> list[dict[str, str]]:
    return [{"source": f"{name}.jsonl", "sha256": digest} for name, digest in digests.items()]


OTHER = {name: f"{name}2" for name in ("prepare", "clean", "judge", "write")}


def diff(
    folder: Path,
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    other: Mapping[str, Any] = TOLD,
) -> tuple[Changes, list[dict[str, Any]]]:
    first, second = release(folder / "a", before), release(folder / "b", after, {**other, "version": "2"})
    changes = compare(first, second, folder / "changes.parquet")
    table = pq.read_table(folder / "changes.parquet")
    assert table.schema.equals(SCHEMA)
    assert all(field.metadata[b"description"] for field in table.schema)
    return changes, table.to_pylist()


def only(rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    assert len(rows) == 1
    return rows[0]["change"], rows[0]["reason"], rows[0]["rule"]


def recipe(**changed: Any) -> dict[str, Any]:
    """A manifest of another recipe: all fingerprints are others too."""
    return told(fingerprint="f2", fingerprints=OTHER, **changed)


# The reasons, one by one


def test_a_release_is_like_itself(tmp_path: Path) -> None:
    changes, rows = diff(tmp_path, [page("a"), page("b")], [page("a"), page("b")])
    assert rows == []
    assert changes.same == 2
    assert not changes.counts


def test_everything_of_the_first_release_is_new(tmp_path: Path) -> None:
    changes = compare(
        None, release(tmp_path, [page("a"), rejected("b", "judge", "spam")]), tmp_path / "changes.parquet"
    )
    assert {tuple(kind): n for kind, n in changes.counts.items()} == {("added", "input", "new_file"): 1}
    assert "The first release" in text(changes)


CASES = {
    "a new file": ([], [page("n", source="c.jsonl")], recipe(input__files=files(a="1", b="2", c="3")), ("added", "input", "new_file")),
    "a new record in a file that changed": ([], [page("n")], told(input__files=files(a="9", b="2")), ("added", "input", "new_record")),
    "a file that is gone": ([page("n")], [], told(input__files=files(b="2")), ("removed", "input_gone", "file_gone")),
    "a record that is gone": ([page("n")], [], told(input__files=files(a="9", b="2")), ("removed", "input_gone", "record_gone")),
    "a file with another name": ([], [page("n", source="c.jsonl")], told(input__files=files(b="2", c="1")), ("added", "input", "file_moved")),
    "a record that changed": (
        [page("n")], [page("n", "Other words.", raw_sha256=sha("x"))], told(input__files=files(a="9", b="2")), ("changed", "input", "record_changed"),
    ),
    "a record that lies elsewhere": ([page("n")], [page("n", offset=9)], told(input__files=files(a="9", b="2")), ("changed", "input", "record_moved")),
    "other words of the file about the page": (
        [page("n")], [page("n", doc={"title": "Late"})], told(input__files=files(a="9", b="2")), ("changed", "input", "row_changed"),
    ),
    "a step with another version": (
        [page("n")], [page("n", "Other words.", changes=[{"rule": "clean.share", "digest": 2}])],
        recipe(steps={**TOLD["steps"], "clean.share": 2, "clean.title": 2}), ("changed", "rule", "clean.share"),
    ),
    "a step that is off": (
        [page("n")], [page("n", "Other words.", changes=[])],
        recipe(steps={name: v for name, v in TOLD["steps"].items() if name != "clean.share"}), ("changed", "rule", "clean.share"),
    ),
    "a step that measures otherwise": (
        [page("n", doc={"signals": {"gopher_word_count": 4.0}})], [page("n", doc={"signals": {"gopher_word_count": 5.0}})],
        recipe(steps={**TOLD["steps"], "judge.gopher": 2}), ("changed", "rule", "judge.gopher"),
    ),
    "a language told otherwise": (
        [page("n")], [page("n", language="de")], recipe(steps={**TOLD["steps"], "describe.language": 3}), ("changed", "rule", "describe.language"),
    ),
    "a setting of the decoder": (
        [page("n", doc={"encoding": "cp1252"})], [page("n", "Other words.", doc={"encoding": "cp1250"})],
        recipe(config__decode={"bad_share": 0.2}), ("changed", "rule", "decode"),
    ),
    "a threshold that it no longer passes": (
        [page("n")], [rejected("n", "judge", "too_short", evidence="n_words 15 < 20")],
        recipe(config__judge__rules={"too_short": {"signal": "n_words", "min": 20}}), ("removed", "rule", "judge.too_short"),
    ),
    "a threshold that it passes now": (
        [rejected("n", "judge", "too_short", evidence="n_words 7 < 10")], [page("n")],
        recipe(config__judge__rules={"too_short": {"signal": "n_words", "min": 5}}), ("added", "rule", "judge.too_short"),
    ),
    "a threshold that is off": (
        [rejected("n", "judge", "too_short", evidence="n_words 7 < 10")], [page("n")],
        recipe(config__judge__rules={}), ("added", "rule", "judge.too_short"),
    ),
    "a threshold that it would have passed before, had its text not changed": (
        [rejected("n", "judge", "too_short", evidence="n_words 7 < 10")], [page("n", "Other words.", raw_sha256=sha("x"))],
        recipe(config__judge__rules={"too_short": {"signal": "n_words", "min": 9}}, input__files=files(a="9", b="2")), ("added", "input", "record_changed"),
    ),
    "what its site told": ([page("n")], [page("n", "Other words.", learnt=8)], told(input__files=files(a="1", b="9")), ("changed", "site", None)),
    "a better copy that came": (
        [page("n")], [rejected("n", "dedup", "near", duplicate_of=id_of("k")), page("k", source="c.jsonl", doc={"cluster_size": 2})],
        told(input__files=files(a="1", b="2", c="3")), ("removed", "duplicate", "dedup.near"),
    ),
    "a copy that left": (
        [rejected("n", "dedup", "exact", duplicate_of=id_of("k")), page("k", source="b.jsonl")], [page("n")],
        told(input__files=files(a="1")), ("added", "duplicate", "dedup.exact"),
    ),
    "a copy that is spam now": (
        [rejected("n", "dedup", "near", duplicate_of=id_of("k")), page("k")], [page("n"), rejected("k", "judge", "spam", evidence="spam 1 > .5")],
        recipe(config__judge__rules={"spam": {"signal": "spam", "max": 0.5}}), ("added", "duplicate", "dedup.near"),
    ),
    "another threshold of likeness": (
        [page("n"), page("k")], [rejected("n", "dedup", "near", duplicate_of=id_of("k")), page("k")],
        recipe(config__dedup={"enabled": True, "near": {"enabled": True, "threshold": 0.6}}), ("removed", "rule", "dedup.near"),
    ),
    "a step that moved": (
        [page("n")], [page("n", "Other words.", changes=[{"rule": "clean.share", "digest": 2}])],
        recipe(steps={"repair.spaces": 2, "clean.title": 1, "clean.share": 1, "describe.language": 2, "judge.gopher": 1}),
        ("changed", "rule", "clean.title"),
    ),
    "another memory of sites": (
        [page("n")], [page("n", "Other words.", learnt=8)], told(named=[{"key": "learn.memory", "sha256": "1"}]), ("changed", "rule", "learn.memory"),
    ),
    "another list of addresses": (
        [page("n")], [rejected("n", "judge", "blocked", evidence="url_lists -1 < 0")], told(named=[{"key": "judge.url_lists", "sha256": "1"}]),
        ("removed", "rule", "judge.url_lists"),
    ),
    "an earlier dataset that has it": (
        [page("n")], [rejected("n", "dedup", "exact", duplicate_of=id_of("unknown"))], told(named=[{"key": "dedup.earlier", "sha256": "1"}]),
        ("removed", "rule", "dedup.earlier"),
    ),
    "a copy that changed places with it": (
        [page("n"), rejected("k", "dedup", "near", duplicate_of=id_of("n"))], [rejected("n", "dedup", "near", duplicate_of=id_of("k")), page("k", "Longer words.")],
        told(input__files=files(a="9", b="2")), ("removed", "duplicate", "dedup.near"),
    ),
    "a copy that is no longer like it": (
        [rejected("n", "dedup", "near", duplicate_of=id_of("k")), page("k")], [page("n"), page("k", "Other words.")],
        told(input__files=files(a="9", b="2")), ("added", "duplicate", "dedup.near"),
    ),
    "a response that is an error now": (
        [page("n")], [rejected("n", "judge", "http_error", evidence="http_status 404 > 399")],
        told(config__judge__rules={"http_error": {"signal": "http_status", "max": 399}}, input__files=files(a="9", b="2")),
        ("removed", "rule", "judge.http_error"),
    ),
    "personal data that is masked": (
        [page("n")], [page("n", "Other words.", changes=[{"rule": "clean.share", "digest": 1}, {"rule": "privacy.personal_data", "digest": 3}])],
        recipe(config__privacy={"enabled": True}), ("changed", "rule", "privacy"),
    ),
    "more copies": ([page("n")], [page("n", doc={"cluster_size": 2})], told(input__files=files(a="1", b="9")), ("changed", "cluster", "dedup")),
    "a request": ([page("n")], [rejected("n", "release", "removal_request", evidence="request 3")], TOLD, ("removed", "removal_request", "release.removal_request")),
    "a request that was withdrawn": (
        [rejected("n", "release", "removal_request", evidence="request 3", url=None, source=None)], [page("n")], TOLD,
        ("added", "removal_request", "release.removal_request"),
    ),
    "a library": (
        [page("n", kind="html")], [page("n", "Other words.", kind="html")], recipe(libraries={"trafilatura": "2.1", "numpy": "2.1"}), ("changed", "library", "trafilatura"),
    ),
    "code": ([page("n")], [page("n", "Other words.")], recipe(), ("changed", "code", "clean")),
    "code, for no library of that stage changed": (
        [page("n")], [page("n", "Other words.")], recipe(config__dedup={"enabled": True, "near": {"enabled": False}}), ("changed", "code", "clean"),
    ),
    "a page that took too long": (
        [page("n")], [page("n", end="quarantined", stage="extract", evidence="took longer than 20 s")], TOLD, ("removed", "quarantine", "extract"),
    ),
    "bytes that may be worse": (
        [page("n", end="quarantined", stage="decode", evidence="3 % undecodable", raw_sha256=None)], [page("n")],
        recipe(config__decode={"bad_share": 0.2}), ("added", "rule", "decode"),
    ),
    "nothing": ([page("n")], [page("n", "Other words.")], TOLD, ("changed", "unexplained", None)),
    "a site that cannot have changed": ([page("n")], [page("n", "Other words.", learnt=8)], TOLD, ("changed", "unexplained", None)),
    "a text that no threshold explains": (
        [page("n")], [page("n", "Other words.")], told(fingerprint="f2", fingerprints={**TOLD["fingerprints"], "judge": "j2", "write": "f2"}),
        ("changed", "unexplained", None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_reason(case: str, tmp_path: Path) -> None:
    before, after, other, expected = CASES[case]
    changes, rows = diff(tmp_path, before, after, other)
    row = next(row for row in rows if row["id"] == id_of("n"))
    assert (row["change"], row["reason"], row["rule"]) == expected
    assert row["causes"][0] == {name: row[name] for name in ("reason", "rule", "evidence")}
    assert changes.unexplained == (1 if expected[1] == "unexplained" else 0)
    assert ("no reason that is recorded" in text(changes)) == (expected[1] == "unexplained")


def test_a_threshold_that_stayed_does_not_explain_what_a_row_says(tmp_path: Path) -> None:
    rules = {"http_error": {"signal": "http_status", "max": 399}}
    first = release(tmp_path / "a", [page("n")], told(config__judge__rules=rules))
    after = [rejected("n", "judge", "http_error", evidence="http_status 404 > 399")]
    second = release(tmp_path / "b", after, told(config__judge__rules=rules, input__files=files(a="9", b="2")))
    assert [tuple(kind) for kind in compare(first, second).counts] == [("removed", "input", "row_changed")]


def test_a_request_that_stands_but_does_not_meet_the_page_any_more(tmp_path: Path) -> None:
    """The page has another address now; so it is its file that tells why it is there again."""
    before = rejected("n", "release", "removal_request", evidence="request 1", url="https://gazette.example/old")
    first = release(tmp_path / "a", [before])
    second = release(tmp_path / "b", [page("n")], told(input__files=files(a="9", b="2")))
    request = {"number": 1, "kind": "url", "sha256": sha("gazette.example/old"), "records": 0}
    (tmp_path / "b" / "removals.jsonl").write_text(json.dumps(request) + "\n")
    assert [tuple(kind) for kind in compare(first, second).counts] == [("added", "input", "row_changed")]


def test_of_records_with_the_same_id_the_one_that_was_kept_is_the_page(tmp_path: Path) -> None:
    again = page(
        "n",
        end="quarantined",
        stage="dedup",
        evidence="another record of this file has the same id",
        raw_sha256=sha("y"),
    )
    changes, rows = diff(tmp_path, [again, page("n")], [page("n", "Other words."), again], recipe())
    assert only(rows) == ("changed", "code", "clean")
    assert (rows[0]["end_before"], rows[0]["end_after"]) == ("kept", "kept")
    assert changes.same == 0


# Several causes, and what is told of them


def test_all_causes_are_told_the_decisive_one_first(tmp_path: Path) -> None:
    after = page(
        "n",
        "Other words.",
        raw_sha256=sha("x"),
        changes=[{"rule": "clean.share", "digest": 2}],
        doc={"cluster_size": 2},
    )
    other = recipe(steps={**TOLD["steps"], "clean.share": 2}, input__files=files(a="9", b="2"))
    _, (row,) = diff(tmp_path, [page("n")], [after], other)
    told_ = [(cause["reason"], cause["rule"]) for cause in row["causes"]]
    assert told_ == [("input", "record_changed"), ("rule", "clean.share"), ("cluster", "dedup")]
    assert row["columns"] == ["text", "cluster_size", "content_sha256", "raw_sha256"]


def test_a_column_that_nothing_explains_is_told_before_those_that_something_does(tmp_path: Path) -> None:
    before, after = page("n"), page("n", doc={"signals": {"gopher_word_count": 1.0, "spam": 0.5}})
    other = told(steps={**TOLD["steps"], "judge.gopher": 2}, input__files=files(a="1", b="9"))
    changes, (row,) = diff(tmp_path, [before], [after], other)
    assert row["reason"] == "unexplained"
    assert ("rule", "judge.gopher") in [(cause["reason"], cause["rule"]) for cause in row["causes"]]
    assert changes.unexplained == 1


def test_what_it_was_made_of_and_by_is_told(tmp_path: Path) -> None:
    other = recipe(
        steps={"clean.title": 1, "clean.share": 2, "describe.language": 2, "judge.gopher": 1},
        libraries={"trafilatura": "2.1", "numpy": "2.1"},
        config__judge__rules={
            "too_short": {"signal": "n_words", "min": 20, "languages": {"de": {"min": 5}}},
            "spam": {"signal": "spam", "max": 1},
        },
        input__files=files(a="9", c="3"),
    )
    changes, _ = diff(tmp_path, [page("n")], [page("n")], other)
    assert sorted(changes.differing) == [
        "clean.share: version 1 -> 2",
        "clean.title: moved",
        "input files: 1 new, 1 changed, 1 gone",
        "judge.blocked: switched off",
        "judge.spam: switched on",
        "judge.too_short: min 10 -> 20, languages.de.min none -> 5",
        "repair.spaces: switched off",
        "trafilatura: 2.0 -> 2.1",
    ]


def test_a_page_that_was_asked_away_is_not_named(tmp_path: Path) -> None:
    """Also where its file is gone as well, so that no record is left that a request could meet."""
    gone, asked, plain = page("ida", source="c.jsonl"), page("ole"), page("eva", source="c.jsonl")
    left_out = rejected("ole", "release", "removal_request", evidence="request 2", url=None, source=None, record=None)
    first, second = (
        release(tmp_path / "a", [gone, asked, plain]),
        release(tmp_path / "b", [left_out], told(version="2")),
    )
    (tmp_path / "b" / "removals.jsonl").write_text(
        json.dumps({"number": 1, "kind": "url", "sha256": sha("gazette.example/ida"), "records": 0}) + "\n"
    )
    changes = compare(first, second, tmp_path / "changes.parquet")
    rows = {row["id"]: row for row in pq.read_table(tmp_path / "changes.parquet").to_pylist()}
    for name in ("ida", "ole"):
        assert [rows[id_of(name)][column] for column in ("source", "record", "url")] == [None] * 3
    assert rows[id_of("eva")]["url"] == "https://gazette.example/eva"
    assert "gazette.example/ida" not in text(changes)
    assert rows[id_of("ole")]["evidence"] == "request 2"


def test_no_text_is_kept_of_a_comparison(tmp_path: Path) -> None:
    diff(tmp_path, [page("n")], [page("n", "Other words.")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "changes.parquet"]


# Whatever differs


NAMES = [f"page-{n}" for n in range(12)]
VALUES = {
    "title": st.sampled_from([None, "", "Late", "Späť"]),
    "authors": st.sampled_from([None, [], ["Ida"], ["Ida", None], [None, "Ida"], ["Id", "a"]]),
    "tdm_reservation": st.sampled_from([None, True, False]),
    "language_score": st.sampled_from([None, 0.0, 0.5]),
    "languages": st.sampled_from([None, [], [{"language": "en", "share": 1.0}], [{"language": None, "share": 1.0}]]),
    "n_words": st.sampled_from([None, 0, 3]),
    "signals": st.sampled_from([None, {"spam": None}, {"spam": 0.0}, {"spam": 1.0}, {"gopher_word_count": 1.0}]),
    "content_sha256": st.sampled_from([sha("a"), sha("b")]),
}
PAGES = st.dictionaries(st.sampled_from(NAMES), st.fixed_dictionaries(VALUES))


def same_row(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    # A struct without values is null in every field.
    return documents([one]).flatten().equals(documents([two]).flatten())


@settings(deadline=None, max_examples=40)
@given(before=PAGES, after=PAGES, files_=st.integers(1, 3), size=st.integers(1, 5))
def test_the_changes_of_a_release_lead_from_one_to_the_other(
    before: dict[str, Any], after: dict[str, Any], files_: int, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    old, new = (
        [page(name, doc=doc, content_sha256=doc["content_sha256"]) for name, doc in side.items()]
        for side in (before, after)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ends, "SIZE", size)
        first = release(folder / "a", old, files=files_)
        changes = compare(first, release(folder / "b", new[::-1], recipe(), files=2), folder / "changes.parquet")
        assert not compare(first, first).counts
    rows = pq.read_table(folder / "changes.parquet").to_pylist()
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    one, two = {row["id"]: row for row in old}, {row["id"]: row for row in new}
    differ = {id_ for id_ in one.keys() & two.keys() if not same_row(one[id_], two[id_])}
    assert {row["id"]: row["change"] for row in rows} == {
        **dict.fromkeys(two.keys() - one.keys(), "added"),
        **dict.fromkeys(one.keys() - two.keys(), "removed"),
        **dict.fromkeys(differ, "changed"),
    }
    assert changes.same == len((one.keys() & two.keys()) - differ)
    assert changes.unexplained == 0
    # Followed line by line, it makes the one of the other.
    texts = {id_: row["content_sha256"] for id_, row in one.items()}
    for row in rows:
        assert texts.pop(row["id"], None) == row["before_sha256"]
        if row["after_sha256"] is not None:
            texts[row["id"]] = row["after_sha256"]
    assert texts == {id_: row["content_sha256"] for id_, row in two.items()}


STATES = st.fixed_dictionaries(
    {
        "end": st.sampled_from(["kept", "kept", "rejected", "quarantined"]),
        "source": st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"]),
        "kind": st.sampled_from(["text", "html"]),
        "raw_sha256": st.sampled_from([None, sha("a"), sha("b")]),
        "content_sha256": st.sampled_from([sha("a"), sha("b")]),
        "learnt": st.sampled_from([None, 1, 2]),
        "url": st.sampled_from([None, "https://gazette.example/n"]),
        "changes": st.sampled_from(
            [None, [], [{"rule": "clean.share", "digest": 1}], [{"rule": "repair.spaces", "digest": 2}]]
        ),
        "duplicate_of": st.sampled_from([None, *map(id_of, NAMES)]),
        "evidence": st.sampled_from([None, "n_words 7 < 10", "request 3"]),
    }
)
WAYS = st.sampled_from(
    [("judge", "too_short"), ("judge", "spam"), ("dedup", "near"), ("release", "removal_request"), ("extract", None)]
)
PART = st.dictionaries(st.sampled_from(NAMES), st.tuples(STATES, WAYS), min_size=4)


@settings(deadline=None, max_examples=40)
@given(
    sides=st.tuples(PART, PART),
    others=st.sets(st.sampled_from(["steps", "config__judge__rules", "config__dedup", "config__privacy", "libraries"])),
)
def test_whatever_happened_to_pages_there_is_a_reason(
    sides: tuple[dict[str, Any], ...], others: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also where the two releases tell little: then it is the code, for that of all stages is another."""
    folder = tmp_path_factory.mktemp("diff")
    first, second = (
        [
            page(name, **{**state, "stage": way[0], "rule": way[1]} if state["end"] != "kept" else state)
            for name, (state, way) in side.items()
        ]
        for side in sides
    )
    other = recipe(input__files=files(a="1", b="9", c="3"), **{key: {} for key in others})
    changes = compare(release(folder / "a", first), release(folder / "b", second, other), folder / "changes.parquet")
    assert changes.unexplained == 0
    assert text(changes)
    for row in pq.read_table(folder / "changes.parquet").to_pylist():
        assert len(row["causes"]) == len({tuple(cause.values()) for cause in row["causes"]}) > 0


@given(
    values=st.lists(st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3), min_size=1, max_size=8),
    cut=st.integers(0, 7),
)
def test_a_value_has_the_same_hash_wherever_it_stands(values: list[Any], cut: int) -> None:
    array = pa.array(values, pa.list_(pa.string()))
    whole = hashes_of(array).tolist()
    assert hashes_of(array.slice(cut)).tolist() == whole[cut:]
    for one, first in zip(values, whole, strict=True):
        for two, second in zip(values, whole, strict=True):
            assert (first == second) == (one == two)


# Releases of real runs


ADJECTIVES = ["quiet", "brown", "narrow", "careful", "early", "distant", "broken", "patient", "heavy", "green"]
NOUNS = [
    "ferry",
    "harbour",
    "baker",
    "lantern",
    "bridge",
    "teacher",
    "garden",
    "engine",
    "council",
    "letter",
    "orchard",
]
VERBS = ["waited for", "found", "repaired", "carried", "sold", "remembered", "painted", "answered"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Friday", "Saturday"]


def story(name: str, sentences: int = 7) -> str:
    """An invented report, another one for each name."""
    pick = random.Random(name).choice
    return "\n".join(
        f"The {pick(ADJECTIVES)} {pick(NOUNS)} {pick(VERBS)} the {pick(ADJECTIVES)} {pick(NOUNS)} on {pick(DAYS)}, "
        f"and the {pick(NOUNS)} {pick(VERBS)} a {pick(ADJECTIVES)} {pick(NOUNS)} behind the {pick(NOUNS)}."
        for _ in range(sentences)
    )


def raw_page(name: str, site: str, text_: str | None = None) -> dict[str, str]:
    return {"id": name, "url": f"https://www.{site}/{name}", "text": text_ or story(name)}


FOOT = "Printed on the quay beside the old weighing house since the winter of the long frost"
LINE = "By Maud Ferrier, Harbour reporter\n"


# So small a dataset changes a lot.
LENIENT = config.load(overrides=["contract.shrink=null", "contract.drift=null"], signals=False)


class World:
    """An input, an output and the code that makes the one of the other."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.out = folder / "raw", folder / "out"
        self.code: Path | None = None
        self.folder = folder

    def put(self, name: str, *pages: Mapping[str, str]) -> None:
        runs.write_jsonl(self.raw / name, pages)

    def release(self, version: str, *more: str) -> Release:
        self.scutch("run", "--plain", "--workers", "1", "--input", str(self.raw), "--output", str(self.out), *more)
        return make(self.out, version, LENIENT)

    def scutch(self, *args: str) -> None:
        done = subprocess.run(
            [*runs.SCUTCH, *args], cwd=self.code or ROOT, capture_output=True, text=True, timeout=280, check=False
        )
        assert done.returncode == 0, done.stderr

    def another_version(self, step: str, before: str, after: str) -> None:
        """From now on the step has version 2, with `after` in its file where `before` stands."""
        if self.code is None:
            self.code = self.folder / "code"
            shutil.copytree(ROOT / "pipeline", self.code / "pipeline")
            shutil.copy(ROOT / "config.yaml", self.code)
        path = self.code / "pipeline" / f"{step.replace('.', '/')}.py"
        source = path.read_text(encoding="utf-8")
        assert before in source
        assert f'"{step}", version=1' in source
        path.write_text(
            source.replace(f'"{step}", version=1', f'"{step}", version=2').replace(before, after), encoding="utf-8"
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """Five releases, each with something else than the one before; gives them by name."""
    world = World(tmp_path_factory.mktemp("world"))
    gazette = [raw_page(f"gazette-{n}", "gazette.example", LINE + story(f"gazette-{n}")) for n in range(6)]
    tide = [raw_page(f"tide-{n}", "tide.example", f"{story(f'tide-{n}')}\n{FOOT}") for n in range(12)]
    harbour = [raw_page(f"harbour-{n}", "harbour.example") for n in range(4)]
    harbour[3]["text"] += "\nShare on Facebook\nShare on Twitter"
    brief = raw_page(
        "brief", "brief.example", "The ferry waits for the patient baker, and the harbour remembers him every Friday."
    )
    mail = raw_page(
        "mail", "desk.example", f"{story('mail')}\nWrite to ida.berg@harbourmail.example before the end of the week."
    )
    copied = [
        raw_page("copied", "copied.example", story("copied")),
        raw_page("doubled", "doubled.example", story("doubled")),
    ]
    longer = raw_page("longer", "longer.example", f"{story('copied', 7)}\n{story('more', 1)}")
    better = raw_page("better", "better.example", f"{story('doubled', 7)}\n{story('even more', 1)}")
    world.put("one.jsonl", *gazette, *tide[:2], brief, mail, *copied)
    world.put("two.jsonl", *harbour)
    world.put("gone.jsonl", longer, raw_page("leaves", "leaves.example"))
    found: dict[str, Release] = {"first": world.release("1")}

    # Input: a file that is new, one that changed, one that is gone.
    world.put("three.jsonl", better, *tide[2:])
    world.put(
        "two.jsonl",
        harbour[0],
        raw_page("harbour-1", "harbour.example", story("rewritten")),
        harbour[3],
        raw_page("harbour-4", "harbour.example"),
    )
    (world.raw / "gone.jsonl").unlink()
    found["input"] = world.release("2")

    # A step with another version, one that is off, a threshold.
    rules = ("--set", "clean.steps.share=false", "--set", "judge.rules.too_short.min=20")
    last_line = 'if "Maud" in page.text:\n        yield page.drop(page.filled[-1], "byline", "the last line")\n    found = find(page)'
    world.another_version("clean.byline", "found = find(page)", last_line)
    found["rules"] = world.release("3", *rules)

    # Requests, and a masked address.
    forget(world.out, "url", "http://harbour.example:80/harbour-0/")
    forget(world.out, "id", page_id("two.jsonl", "harbour-3")[:12])
    forget(world.out, "site", "tide.example")
    found["requests"] = world.release("4", *rules, "--set", "privacy.enabled=true")

    # One of them withdrawn, and all else that may change at once.
    withdraw(world.out, 3)
    world.put("four.jsonl", raw_page("late", "late.example"))
    found["all"] = world.release(
        "5", "--set", "clean.enabled=false", "--set", "dedup.near.enabled=false", "--set", "describe.steps.title=false"
    )
    return found


def explained(before: Release, after: Release, folder: Path) -> dict[str, tuple[str, str, str | None]]:
    """Change, reason and rule by record, of all pages that differ; nothing is unexplained."""
    changes = compare(before, after, folder / "changes.parquet")
    assert changes.unexplained == 0
    names = {row["id"]: row["record"] for side in (before, after) for row in records(side) if row["record"]}
    rows = pq.read_table(folder / "changes.parquet").to_pylist()
    return {names[row["id"]]: (row["change"], row["reason"], row["rule"]) for row in rows}


def records(release_: Release) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(release_.folder / "records.parquet").to_pylist()
    return found


def test_input_that_came_changed_and_went(world: dict[str, Release], tmp_path: Path) -> None:
    assert explained(world["first"], world["input"], tmp_path) == {
        "better": ("added", "input", "new_file"),
        **{f"tide-{n}": ("added", "input", "new_file") for n in range(2, 12)},
        "harbour-4": ("added", "input", "new_record"),
        "copied": ("added", "duplicate", "dedup.near"),
        "doubled": ("removed", "duplicate", "dedup.near"),
        "longer": ("removed", "input_gone", "file_gone"),
        "leaves": ("removed", "input_gone", "file_gone"),
        "harbour-2": ("removed", "input_gone", "record_gone"),
        "harbour-1": ("changed", "input", "record_changed"),
        "harbour-3": ("changed", "input", "record_moved"),
        # Only now its site has pages enough to show what they have in common.
        "tide-0": ("changed", "site", "clean.site_template"),
        "tide-1": ("changed", "site", "clean.site_template"),
    }


def test_rules_that_changed(world: dict[str, Release], tmp_path: Path) -> None:
    assert explained(world["input"], world["rules"], tmp_path) == {
        **{f"gazette-{n}": ("changed", "rule", "clean.byline") for n in range(6)},
        "harbour-3": ("changed", "rule", "clean.share"),
        "brief": ("removed", "rule", "judge.too_short"),
    }
    table = {row["id"]: row for row in pq.read_table(tmp_path / "changes.parquet").to_pylist()}
    brief = table[page_id("one.jsonl", "brief")]
    assert (brief["evidence"], brief["end_before"], brief["end_after"]) == (
        "min 10 -> 20; n_words 14 < 20",
        "kept",
        "judge.too_short",
    )
    assert table[page_id("one.jsonl", "gazette-0")]["evidence"] == "version 1 -> 2"


ASKED = ["harbour-0", "harbour-3", *(f"tide-{n}" for n in range(12))]


def test_removal_requests_and_personal_data(world: dict[str, Release], tmp_path: Path) -> None:
    found = explained(world["rules"], world["requests"], tmp_path)
    for name in ASKED:
        assert found.pop(name) == ("removed", "removal_request", "release.removal_request")
    # That an address was looked for is a column of every page.
    assert set(found.values()) == {("changed", "rule", "privacy")}
    for file in (world["requests"].folder / "CHANGES.md", tmp_path / "changes.parquet"):
        assert b"tide.example" not in file.read_bytes()
    rows = {
        row["id"]: row for row in pq.read_table(tmp_path / "changes.parquet", columns=["id", "columns"]).to_pylist()
    }
    assert "text" in rows[page_id("one.jsonl", "mail")]["columns"]
    assert rows[page_id("one.jsonl", "copied")]["columns"] == ["signals.personal_data"]


def test_a_request_that_was_withdrawn_and_all_else_at_once(world: dict[str, Release], tmp_path: Path) -> None:
    found = explained(world["requests"], world["all"], tmp_path)
    for n in range(12):
        assert found[f"tide-{n}"] == ("added", "removal_request", "release.removal_request")
    assert found["late"] == ("added", "input", "new_file")
    assert found["brief"] == ("added", "rule", "judge.too_short")
    assert found["doubled"] == ("added", "rule", "dedup.near")
    assert found["mail"] == ("changed", "rule", "privacy")
    assert found["gazette-0"] == ("changed", "rule", "clean.byline")


def test_nothing_is_left_unexplained_between_any_two(world: dict[str, Release]) -> None:
    """Two of them differ by a rule's version, new input and removal requests."""
    for before, after in permutations(world.values(), 2):
        assert compare(before, after).unexplained == 0
    found = compare(world["first"], world["requests"])
    assert {"input", "input_gone", "rule", "removal_request"} <= {kind.reason for kind in found.counts}


def test_the_release_holds_what_the_comparison_gives(world: dict[str, Release], tmp_path: Path) -> None:
    changes = compare(world["input"], world["rules"], tmp_path / "changes.parquet")
    folder = world["rules"].folder
    assert (folder / "changes.parquet").read_bytes() == (tmp_path / "changes.parquet").read_bytes()
    assert (folder / "CHANGES.md").read_text() == text(changes)


def test_the_command_prints_and_writes_them(world: dict[str, Release], tmp_path: Path) -> None:
    folder = world["rules"].folder
    done = runs.scutch("diff", "2", folder, "--output", folder.parents[1], "--to", tmp_path / "changes.parquet")
    assert done.stdout == (folder / "CHANGES.md").read_text() + "\n"
    assert (folder / "changes.parquet").read_bytes() == (tmp_path / "changes.parquet").read_bytes()
    done = runs.scutch("diff", "2", "9", "--output", folder.parents[1], code=2)
    assert done.stderr.startswith("scutch: 9: no such release")
    done = runs.scutch("diff", "2", "3", "--output", folder.parents[1], "--to", tmp_path / "no" / "c.parquet", code=2)
    assert done.stderr.count("\n") == 1
