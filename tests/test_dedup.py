"""Duplicates: what is the same and what is alike is found, one page of each cluster stays, and which is no accident."""

from __future__ import annotations

import random
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline.dedup import earlier
from pipeline.dedup.decide import decide
from pipeline.dedup.fingerprints import fingerprints
from pipeline.dedup.keys import KEYS, Part
from pipeline.engine.files import VERDICTS, write_sheet
from tests.bench.duplicates import (
    SCRIPTS,
    curve,
    decisions,
    id_of,
    pairs,
    planted,
    words_of,
    write_keys,
    write_shared,
    write_synthetic,
)
from tests.bench.shared import SHARED

DEDUP = config.load().dedup
NEAR = DEDUP.near

# White space and punctuation of several scripts, as a pattern of its own.
MARKS = re.compile(
    r"[\x00-/:-@\[-`{-\x7f\u00a0\u00a1\u00ab\u00b7\u00bb\u00bf\u060c\u061b\u061f\u0964\u2000-\u206f\u3000-\u3003"
    r"\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)


def keys(texts: Sequence[str], near: config.Near = NEAR) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = fingerprints(pa.array(texts, pa.large_string()), near).to_pylist()
    return rows


def contents(*texts: str) -> list[tuple[int, int]]:
    return [(row["content"], row["content2"]) for row in keys(texts)]


def normal(text: str) -> str:
    """What is left of a text but for case, white space and punctuation."""
    left = pc.utf8_lower(pa.scalar(MARKS.sub("", text))).as_py()
    return str(left) or "as it is: " + text


# Fingerprints


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The ferry leaves at six.", "THE FERRY - leaves, at six"),
        ("Die Straße „Am Wehr“", "die straße am wehr"),
        ("Η βάρκα ΦΕΎΓΕΙ", "η βάρκα φεύγει"),
        ("渡船六点，离港。", "渡船 六点 离港"),
        ("غادرت العبّارة، في السادسة؟", "غادرت العبّارة في السادسة"),
        ("a\x00b\u200bc", "abc"),
    ],
)
def test_same_text(one: str, two: str) -> None:
    first, second = contents(one, two)
    assert first == second


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("the ferry leaves at six", "the ferry leaves at seven"),
        ("渡船六点离港", "渡船七点离港"),
        ("resume", "résumé"),
        ("!!!", "???"),
        ("", " "),
        ("⛴", "🚢"),
        ("\U00020000", "\U00020001"),
        ("ab", "ba"),
    ],
)
def test_other_text(one: str, two: str) -> None:
    first, second = contents(one, two)
    assert first[0] != second[0]
    assert first[1] != second[1]


AWKWARD = st.text(st.sampled_from("aAbß .,!\n\t\x00\u00a0\u200b。山川กاéİſKДд🚢\U00020000\ud7ff\uffff"), max_size=12)


@given(st.lists(AWKWARD | st.text(max_size=20), min_size=2, max_size=6))
def test_same_content_means_same_letters(texts: list[str]) -> None:
    found = contents(*texts)
    for (one, a), (two, b) in combinations(zip(texts, found, strict=True), 2):
        assert (a == b) == (normal(one) == normal(two))


@given(st.lists(st.text(max_size=60), max_size=5), st.integers(0, 3))
def test_a_text_has_the_same_keys_wherever_it_stands(texts: list[str], cut: int) -> None:
    whole = pa.array([*texts, "end"], pa.large_string())
    rows = fingerprints(whole, NEAR).to_pylist()
    assert fingerprints(whole.slice(cut), NEAR).to_pylist() == rows[cut:]
    assert [keys([text])[0] for text in texts] == rows[:-1]


def alike(one: dict[str, Any], two: dict[str, Any]) -> float:
    a, b = set(one["shingles"]), set(two["shingles"])
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("script", SCRIPTS)
def test_shingles_are_the_ngrams_of_the_script(script: str) -> None:
    for one, two, truth in pairs(script, 80, 20):
        assert alike(*keys([one, two])) == pytest.approx(truth)


def test_other_lengths_of_ngrams() -> None:
    text = "one two three four five six"
    for ngram in (1, 2, 5, 6, 7, 30):
        (row,) = keys([text], NEAR.model_copy(update={"ngram": ngram}))
        assert len(row["shingles"]) == max(6 - ngram + 1, 1)


def test_texts_without_words_have_no_bands() -> None:
    for row in keys(["", " ", "?!", "\n\n"]):
        assert row["bands"] == row["shingles"] == []


def test_a_long_text_keeps_a_sample() -> None:
    few = NEAR.model_copy(update={"shingles": 256})
    many = NEAR.model_copy(update={"shingles": 65536})
    errors = []
    for one, two, truth in pairs("Latin", 6000, 12):
        for small, whole in zip(keys([one, two], few), keys([one, two], many), strict=True):
            assert small["shingles"] == whole["shingles"][:256]
        a, b = (row["shingles"] for row in keys([one, two], few))
        union = sorted({*a, *b})[:256]
        errors.append(len({*a} & {*b} & {*union}) / len(union) - truth)
    # The standard error of a share that is estimated from 256 draws is .03 at most.
    assert max(map(abs, errors)) < 0.12
    assert abs(np.mean(errors)) < 0.03


def test_the_bands_of_a_long_text_tell_of_all_its_ngrams() -> None:
    few = NEAR.model_copy(update={"shingles": 512})
    shared = 0
    for n in range(60):
        words = story(n, 2500)
        whole, part = keys([words, " ".join(words.split()[:2000])], few)
        shared += bool({*whole["bands"]} & {*part["bands"]})
    # .8 alike: 59.9 of 60 are expected. The two samples alone are .67 alike: 50 of 60.
    assert shared >= 58


def test_repeated_words_take_no_room() -> None:
    (row,) = keys(["tick tock " * 300_000])
    assert len(row["shingles"]) == 2
    assert len(row["bands"]) == NEAR.bands


# Decisions


def page(name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": id_of(name), "text": text, **more}


def write_pages(path: Path, pages: Sequence[dict[str, Any]]) -> Part:
    return write_keys(
        path,
        DEDUP,
        [p["id"] for p in pages],
        [p["text"] for p in pages],
        offset=pa.array([p.get("offset", n) for n, p in enumerate(pages)], pa.int64()),
        published=pa.array([p.get("published") for p in pages], pa.date32()),
        preferred=pa.array([p.get("preferred", False) for p in pages], pa.bool_()),
    )


def judged(part: Part, kept: Sequence[bool]) -> Part:
    path = part.keys.with_suffix(".arrow")
    columns = {"kept": pa.array(kept), "rule": pa.nulls(len(kept)), "evidence": pa.nulls(len(kept))}
    write_sheet(path, pa.table({k: v.cast(VERDICTS.field(k).type) for k, v in columns.items()}, schema=VERDICTS))
    return Part(part.keys, path)


def fates(folder: Path, *parts: Part, dedup: config.Dedup = DEDUP, known: Sequence[Path] = (), **more: Any) -> Any:
    """The decisions by id (a list for an id that is there twice)."""
    counts = decide(parts, dedup, known, folder, **more)
    rows = decisions(folder, len(parts))
    assert counts == {
        action: n for action in ("same_id", "exact", "near") if (n := sum(r["action"] == action for r in rows))
    }
    assert not list(folder.glob(".scratch*"))
    return {row["id"]: row for row in rows} if len({r["id"] for r in rows}) == len(rows) else rows


def story(seed: object, n: int = 120) -> str:
    return " ".join(words_of("Latin", n, random.Random(str(seed))))


STORY = story("the ferry")


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize(
    ("best", "other"),
    [
        ({"preferred": True, "text": STORY}, {"text": STORY + "!!", "published": date(1990, 1, 1)}),
        ({"text": STORY + "."}, {"text": STORY, "published": date(1990, 1, 1)}),
        ({"text": STORY, "published": date(1950, 5, 1)}, {"text": STORY, "published": date(2020, 5, 1)}),
        ({"text": STORY, "published": date(2020, 5, 1)}, {"text": STORY}),
        ({"text": STORY}, {"text": STORY}),
    ],
)
def test_which_page_stays(tmp_path: Path, best: dict[str, Any], other: dict[str, Any], near: bool) -> None:
    one, two = sorted((id_of("one"), id_of("two")))
    if near:
        # Another word of the same length in the middle.
        words = other["text"].split(" ")
        words[60] = "x" * len(words[60])
        other = {**other, "text": " ".join(words)}
    pages = [{**other, "id": two}, {**best, "id": one}]
    found = fates(tmp_path, write_pages(tmp_path / "keys.parquet", pages))
    assert found[two]["action"] == ("near" if near else "exact")
    assert found[two]["keeper"] == one
    assert (found[two]["similarity"] == 1) is not near
    assert found[two]["cluster"] is found[two]["cluster_size"] is None
    assert found[one] == {
        "id": one, "action": None, "keeper": None, "similarity": None, "cluster": one, "cluster_size": 2
    }  # fmt: skip


def test_a_copy_of_a_near_duplicate_goes_for_the_page_that_stays(tmp_path: Path) -> None:
    pages = [page("a", STORY + " and more of it"), page("b", STORY), page("c", STORY.upper()), page("d", story("else"))]
    found = fates(tmp_path, write_pages(tmp_path / "keys.parquet", pages))
    for name in "bc":
        assert found[id_of(name)]["action"] == "near"
        assert found[id_of(name)]["keeper"] == id_of("a")
        assert found[id_of(name)]["similarity"] == pytest.approx(116 / 120)
    assert found[id_of("a")]["cluster_size"] == 3
    assert found[id_of("d")]["cluster_size"] == 1


def test_what_the_judge_rejected_is_no_duplicate_of_anything(tmp_path: Path) -> None:
    pages = [page("a", STORY + "!"), page("b", STORY)]
    found = fates(tmp_path, judged(write_pages(tmp_path / "keys.parquet", pages), [False, True]))
    assert found[id_of("a")] == {**dict.fromkeys(found[id_of("a")]), "id": id_of("a")}
    assert (found[id_of("b")]["action"], found[id_of("b")]["cluster_size"]) == (None, 1)


def test_of_records_with_the_same_id_the_first_in_the_file_stays(tmp_path: Path) -> None:
    pages = [page("a", story(k), offset=offset) for k, offset in enumerate((30, 10, 20))]
    parts = [write_pages(tmp_path / "1.parquet", pages[:2]), write_pages(tmp_path / "2.parquet", pages[2:])]
    for dedup in (DEDUP, DEDUP.model_copy(update={"enabled": False})):
        rows = fates(tmp_path, *parts, dedup=dedup)
        assert [row["action"] for row in rows] == ["same_id", None, "same_id"]
        assert rows[0]["keeper"] == id_of("a")


def test_off(tmp_path: Path) -> None:
    part = write_pages(tmp_path / "keys.parquet", [page("a", STORY), page("b", STORY), page("c", STORY + " again")])
    off = DEDUP.model_copy(update={"enabled": False})
    assert {row["action"] for row in fates(tmp_path, part, dedup=off).values()} == {None}
    exact = DEDUP.model_copy(update={"near": NEAR.model_copy(update={"enabled": False})})
    found = fates(tmp_path, part, dedup=exact)
    assert sorted(str(row["action"]) for row in found.values()) == ["None", "None", "exact"]


@pytest.mark.parametrize("texts", [[], [""], ["", "", " "], ["?", "?"], ["word"], ["\x00", "🚢"]])
def test_next_to_nothing(tmp_path: Path, texts: list[str]) -> None:
    parts = [
        write_pages(tmp_path / "1.parquet", [page(str(n), text) for n, text in enumerate(texts)]),
        write_pages(tmp_path / "2.parquet", []),
    ]
    found = fates(tmp_path, *parts)
    assert sum(row["action"] == "exact" for row in found.values()) == len(texts) - len(set(texts))
    assert decide([], DEDUP, [], tmp_path) == {}


def test_a_wrong_id_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        fates(tmp_path, write_pages(tmp_path / "keys.parquet", [{"id": "page-1", "text": "a"}]))


def plainly(pages: Sequence[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """(keeper, action) of each page, decided with every pair in view."""
    order = sorted(
        pages,
        key=lambda p: (not p.get("preferred"), -len(p["text"]), p.get("published") or date.max, p["id"]),
    )
    firsts: dict[str, dict[str, Any]] = {}
    for p in order:
        firsts.setdefault(normal(p["text"]), p)
    root = {p["id"]: p["id"] for p in order}
    found = {p["id"]: row for p, row in zip(order, keys([p["text"] for p in order]), strict=True)}
    for a, b in combinations([p["id"] for p in order if firsts[normal(p["text"])] is p], 2):
        share = {*found[a]["bands"]} & {*found[b]["bands"]}
        if share and alike(found[a], found[b]) >= NEAR.threshold:
            old, new = root[b], root[a]
            root = {k: new if v == old else v for k, v in root.items()}
    best = {}
    for p in order:
        first = firsts[normal(p["text"])]["id"]
        cluster = next(q["id"] for q in order if root[q["id"]] == root[first])
        if cluster != p["id"]:
            best[p["id"]] = (cluster, "exact" if cluster == first else "near")
    return best


@st.composite
def families(draw: Any) -> list[dict[str, Any]]:
    """Pages of which many are copies of each other, with words exchanged."""
    pages: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 14))):
        words = story(draw(st.integers(0, 2)), 40).split()
        for _ in range(draw(st.integers(0, 2))):
            words[draw(st.integers(0, 39))] = draw(st.sampled_from(["amber", "otter", "."]))
        pages.append(
            page(
                str(n),
                " ".join(words),
                preferred=draw(st.booleans()),
                published=draw(st.none() | st.dates(date(1960, 1, 1), date(2026, 1, 1))),
            )
        )
    return pages


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(families(), st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from([300, 1 << 26]))
def test_decisions_depend_on_the_pages_alone(
    tmp_path: Path, pages: list[dict[str, Any]], rng: random.Random, parts: int, memory: int
) -> None:
    rng.shuffle(pages)
    cuts = sorted(rng.choices(range(len(pages) + 1), k=parts - 1))
    written = [
        write_pages(tmp_path / f"{n}.parquet", pages[a:b])
        for n, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(pages)], strict=True))
    ]
    found = fates(tmp_path, *written, memory=memory)
    assert {k: (row["keeper"], row["action"]) for k, row in found.items() if row["action"]} == plainly(pages)
    sizes: dict[str, int] = defaultdict(int)
    texts = {p["id"]: p["text"] for p in pages}
    for k, row in found.items():
        sizes[row["keeper"] or k] += 1
        if row["action"]:
            assert found[row["keeper"]]["action"] is None
            one, two = keys([texts[k], texts[row["keeper"]]])
            assert row["similarity"] == pytest.approx(1 if row["action"] == "exact" else alike(one, two))
    assert sizes == {k: row["cluster_size"] for k, row in found.items() if row["action"] is None}


# Earlier releases


def release(folder: Path, pages: Sequence[dict[str, Any]], known: Sequence[Path] = ()) -> Path:
    """The output folder of a run over these pages, as far as duplicates go."""
    folder.mkdir()
    parts = [write_pages(folder / "keys.parquet", pages)]
    decide(parts, DEDUP, known, folder)
    earlier.write_duplicates(parts, folder, folder / "duplicates.parquet", DEDUP)
    return folder


def test_what_an_earlier_release_has_is_not_kept_again(tmp_path: Path) -> None:
    first = release(tmp_path / "1", [page("a", STORY), page("b", STORY), page("c", story("c"))])
    kept = min(id_of("a"), id_of("b"))
    table = pq.read_table(first / "duplicates.parquet")
    assert table["id"].to_pylist() == [i for i in (id_of("a"), id_of("b"), id_of("c")) if i in (kept, id_of("c"))]
    assert table.schema.equals(KEYS)
    names = DEDUP.model_copy(update={"earlier": [str(first)]})
    known = [path for path, _ in earlier.check(names)]
    assert known == [first / "duplicates.parquet"]

    pages = [
        page("c", story("c")),  # the same record again
        page("d", STORY + " and more, yet not kept, for the other was here first", preferred=True),
        page("e", STORY.upper()),
        page("f", story("c") + " and more"),  # like the record that is there again
        page("g", story("g")),
        page("h", story("g") + "!"),
    ]
    second = release(tmp_path / "2", pages, known)
    found = {row["id"]: row for row in decisions(second, 1)}
    assert {name: (found[id_of(name)]["action"], found[id_of(name)]["keeper"]) for name in "cdefgh"} == {
        "c": (None, None),
        "d": ("near", kept),
        "e": ("exact", kept),
        "f": ("near", id_of("c")),
        "g": ("exact", id_of("h")),
        "h": (None, None),
    }
    assert found[id_of("c")]["cluster_size"] == found[id_of("h")]["cluster_size"] == 2
    # The whole of it once more, with both before it: what was kept is kept, what was not is not.
    files = [first / "duplicates.parquet", second / "duplicates.parquet"]
    third = release(tmp_path / "3", pages, files)
    kept_again = {row["id"] for row in decisions(third, 1) if row["action"] is None}
    assert kept_again == {id_of("c"), id_of("h")}


def test_a_record_that_has_become_another_page_is_looked_at_anew(tmp_path: Path) -> None:
    first = release(tmp_path / "1", [page("a", STORY), page("b", story("b"))])
    second = release(tmp_path / "2", [page("b", STORY), page("a", story("new"))], [first / "duplicates.parquet"])
    found = {row["id"]: row for row in decisions(second, 1)}
    assert (found[id_of("b")]["action"], found[id_of("b")]["keeper"]) == ("exact", id_of("a"))
    assert found[id_of("a")]["action"] is None


def test_earlier_files_that_do_not_fit(tmp_path: Path) -> None:
    first = release(tmp_path / "1", [page("a", STORY)])
    (tmp_path / "text").write_text("no table")
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "other.parquet")
    for name, near, message in (
        ("nowhere", {}, r"nowhere: no such file; name the output folder"),
        ("text", {}, r"is not a Parquet file"),
        ("other.parquet", {}, r"holds no keys of this version"),
        ("1", {"ngram": 4}, r"made with another dedup\.near\.ngram; set it to 5"),
        ("1", {"bands": 10}, r"made with another dedup\.near\.bands; set it to 20"),
    ):
        changed = {"earlier": [str(tmp_path / name)], "near": NEAR.model_copy(update=near)}
        with pytest.raises(config.ConfigError, match=message):
            earlier.check(DEDUP.model_copy(update=changed))
    off = {"earlier": [str(first)], "near": NEAR.model_copy(update={"enabled": False, "ngram": 4})}
    assert len(earlier.check(DEDUP.model_copy(update=off))) == 1
    assert earlier.check(DEDUP) == []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("bands=7", r"dedup\.near\.bands: 120 permutations make no 7 bands .* set dedup\.near\.permutations to 119"),
        ("threshold=0.4", r"dedup\.near\.threshold: 20 bands find 8% of the pages that are 0\.4 alike; raise"),
        ("threshold=1.5", r"dedup\.near\.threshold"),
        ("shingles=1", r"dedup\.near\.shingles"),
        ("ngrams=5", r"dedup\.near\.ngrams: no such key; did you mean dedup\.near\.ngram\?"),
    ],
)
def test_combinations_that_cannot_work_are_told(override: str, message: str) -> None:
    with pytest.raises(config.ConfigError, match=message):
        config.load(overrides=[f"dedup.near.{override}"])


# Sizes that hurt, and quality


@pytest.mark.parametrize("all_alike", [True, False])
def test_a_bucket_of_many_pages_is_not_quadratic(tmp_path: Path, all_alike: bool) -> None:
    part = write_shared(tmp_path / "keys.parquet", DEDUP, 10_000, all_alike)
    since = time.process_time()
    found = fates(tmp_path, part)
    assert time.process_time() - since < 5
    assert sum(row["action"] == "near" for row in found.values()) == (9_999 if all_alike else 0)


def test_many_identical_pages(tmp_path: Path) -> None:
    n = 50_000
    part = write_keys(tmp_path / "keys.parquet", DEDUP, [id_of(str(k)) for k in range(n)], [STORY] * n)
    since = time.process_time()
    counts = decide([part], DEDUP, [], tmp_path)
    assert time.process_time() - since < 5
    assert counts == {"exact": n - 1}


def test_less_memory_decides_the_same(tmp_path: Path) -> None:
    parts = [write_synthetic(tmp_path / f"{k}.parquet", DEDUP, 20_000, k, size=16) for k in range(3)]
    few = decide(parts, DEDUP, [], tmp_path, memory=1 << 20)
    rows = decisions(tmp_path, 3)
    assert few == decide(parts, DEDUP, [], tmp_path)
    assert rows == decisions(tmp_path, 3)


def test_pages_are_found_by_how_alike_they_are(tmp_path: Path) -> None:
    bins, error = curve(DEDUP, tmp_path, 25, sizes=(40, 400))
    for b in bins:
        if b.low >= NEAR.threshold:
            assert b.found >= 0.97 * b.pairs
        else:
            assert b.found == 0
        # Not all bins are full: three standard errors.
        spread = 3 * (b.expected * (1 - b.expected) / b.pairs) ** 0.5 + 0.03
        assert abs(b.candidates / b.pairs - b.expected) < spread + 0.05
    assert error < 1e-6


@pytest.mark.skipif(not (SHARED / "bench" / "corpus").exists(), reason="the corpus is not here")
def test_the_planted_duplicates_of_the_corpus(tmp_path: Path) -> None:
    found, cost = planted(DEDUP, tmp_path)
    assert found.recall >= 0.998
    assert found.precision >= 0.9995
    assert found.exact_kept == 0
    # Of pages that are .98, .89 and .85 alike, which nobody planted: Jaccard similarity is all that is asked for.
    assert len(found.lost) <= 3
    assert cost["keys_mb"] < 0.55 * cost["mb"]
