"""What is learnt of sites: their footers go, what is their pages' own stays; and what was learnt can be handed on."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline import step as steps
from pipeline.engine.pages import Costs, clean_pages
from pipeline.engine.run import run_all
from pipeline.learn import lines as learning
from pipeline.learn import memory
from pipeline.learn.keys import DIGITS, line_keys, text_keys
from pipeline.learn.templates import Templates
from pipeline.step import Page
from tests import runs

# Words of several languages, from which paragraphs are drawn that no two pages share.
WORDS = {
    "en": "the keeper of the mill walked down to the weir and counted barrels before rain came over grey hills again",
    "de": "der Müller ging am Morgen zum Wehr und zählte die Fässer bevor der Regen über die grauen Hügel zog wieder",
    "ru": "мельник утром пошёл к плотине и считал бочки пока дождь не пришёл из-за серых холмов снова вечером домой",
    "ar": "ذهب الطحان في الصباح إلى السد وعد البراميل قبل أن يأتي المطر من خلف التلال الرمادية مرة أخرى مساء",
    "hi": "चक्की वाला सुबह बांध पर गया और पीपे गिने इससे पहले कि बारिश धूसर पहाड़ियों के पीछे से फिर आई शाम",
    "zh": "磨坊 主人 清晨 走到 堤坝 数了 木桶 随后 大雨 从 灰色 山丘 后面 再次 来到 晚上 回家",
}
STOP = {"zh": "。", "hi": "।"}
# Nothing in these is boilerplate in itself: only that every page of the site has them.
FRAME = {
    "en": (["Quillfeather Gazette", "Lamps", "Weirs and mills"], ["Quillfeather and Daughters", "The blue door on Cask Lane"]),
    "de": (["Der Wehrbote", "Lampen", "Wehre und Mühlen"], ["Quillfeder und Töchter", "Die blaue Tür in der Fassgasse"]),
    "ru": (["Вестник плотины", "Лампы", "Мельницы"], ["Перовы и дочери", "Синяя дверь в Бочарном переулке"]),
    "ar": (["جريدة السد", "مصابيح", "سدود وطواحين"], ["ريشة وبناتها", "الباب الأزرق في زقاق البراميل"]),
    "hi": (["बांध समाचार", "दीपक", "चक्की और बांध"], ["पंखवाला और बेटियां", "पीपा गली का नीला दरवाज़ा"]),
    "zh": (["堤坝新闻", "灯盏", "堤坝与磨坊"], ["羽笔与女儿们", "木桶巷的蓝门"]),
}  # fmt: skip


def paragraph(seed: object, language: str = "en") -> str:
    """Some 30 words, the same for the same seed."""
    words = WORDS[language].split()
    drawn = random.Random(str(seed)).choices(words, k=30)
    space = "" if language == "zh" else " "
    return space.join(drawn).capitalize() + STOP.get(language, ".")


def article(n: object, language: str = "en") -> list[str]:
    return [paragraph((n, "title"), language)[:24], *(paragraph((n, k), language) for k in range(3))]


def learn(folder: Path, *shards: Sequence[tuple[str, str]], memory: Path | None = None) -> Path:
    """Learn from shards of (site, text) pairs; gives the folder with templates.parquet and memory.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for n, pages in enumerate(shards):
        path = folder / f"shard-{n}.parquet"
        learning.write_lines([learning.lines_of_pages(*zip(*pages, strict=True))] if pages else [], path)
        paths.append(path)
    learning.learn(paths, folder, memory)
    return folder


def looked_up(folder: Path, pages: Sequence[tuple[str, str]], shard: int = 0) -> list[Page]:
    """The pages with what was learnt of their lines, cleaned by the step alone."""
    known, _ = Templates.of_shard(folder / "templates.parquet", folder / f"shard-{shard}.parquet")
    found = [Page(text, site=site) for site, text in pages]
    cleaned = clean_pages([steps.load("clean", "site_template")], found, Costs(), known)
    for page, (text, _) in zip(found, cleaned, strict=True):
        page.cleaned = text
    return found


def cleaned(folder: Path, texts: Sequence[Sequence[str]], site: str = "weir.example") -> list[list[str]]:
    """What is left of the pages of one site."""
    pages = [(site, "\n".join(text)) for text in texts]
    return [page.cleaned.split("\n") for page in looked_up(learn(folder, pages), pages)]


# What goes


@pytest.mark.parametrize("language", WORDS)
def test_a_frame_that_no_rule_knows_goes_from_the_fifth_page_on(tmp_path: Path, language: str) -> None:
    head, foot = FRAME[language]
    own = [article(n, language) for n in range(5)]
    assert cleaned(tmp_path / "five", [[*head, *text, *foot] for text in own]) == own
    whole = [[*head, *text, *foot] for text in own[:4]]
    assert cleaned(tmp_path / "four", whole) == whole


def test_a_day_and_a_number_do_not_make_a_footer_another_line(tmp_path: Path) -> None:
    own = [article(n) for n in range(6)]
    pages = [[*text, "The blue door on Cask Lane", f"Edition {n * 7} of 20{n + 10}"] for n, text in enumerate(own)]
    assert cleaned(tmp_path, pages) == own


def test_running_text_goes_from_amid_a_frame(tmp_path: Path) -> None:
    head, foot = FRAME["en"]
    notice, plea = paragraph("notice"), paragraph("plea")
    own = [article(n) for n in range(6)]
    pages = [[head[0], notice, *head[1:], *text, foot[0], plea, foot[1]] for text in own]
    assert cleaned(tmp_path, pages) == own


# What stays


def test_a_refrain_stays_even_as_the_last_line(tmp_path: Path) -> None:
    refrain = ["Turn, wheel, turn", "till the river is home"]
    foot = FRAME["en"][1]

    def verse(seed: object) -> list[str]:
        return [" ".join(random.Random(f"{seed}{k}").choices(WORDS["en"].split(), k=6)) for k in range(4)]

    own = [
        [f"Ballad of {paragraph(n)[:18]}", *verse((n, 1)), *refrain, *verse((n, 2)), *refrain, *verse((n, 3)), *refrain]
        for n in range(7)
    ]
    assert cleaned(tmp_path, [[*FRAME["en"][0], *text, *foot] for text in own]) == own


@pytest.mark.parametrize("header", [["Rower | Boat | Time"], ["Rower", "Boat", "Minutes"]])
@pytest.mark.parametrize("prose", [True, False])
def test_the_header_of_a_table_stays(tmp_path: Path, header: list[str], prose: bool) -> None:
    head, foot = FRAME["en"]
    own = []
    for n in range(7):
        names = random.Random(n).sample(["Ada", "Ivo", "Nuk", "Bo", "Maud", "Ferrier", "Odile", "Tam"], 4)
        rows = [f"{name} of barge {n}" for name in names]
        cells = [f"{row} | {name} | 7:0{n}" for row, name in zip(rows, names, strict=True)]
        if len(header) > 1:
            cells = [
                cell for row, name in zip(rows, names, strict=True) for cell in (row, f"{name}'s {n}th", f"7:0{n}")
            ]
        own.append([*(article(n) if prose else article(n)[:1]), *header, *cells])
    assert cleaned(tmp_path, [[*head, *text, *foot] for text in own]) == own


def test_values_under_labels_stay(tmp_path: Path) -> None:
    own = [[article(n)[0], f"Serves {n + 2}", f"Oven {150 + 10 * n} degrees", *article(n)[1:]] for n in range(7)]
    assert cleaned(tmp_path, [[*FRAME["en"][0], *text, *FRAME["en"][1]] for text in own]) == own


@pytest.mark.parametrize("language", WORDS)
def test_the_introduction_and_the_promise_of_a_serial_stay(tmp_path: Path, language: str) -> None:
    head, foot = FRAME[language]
    introduction, promise = paragraph("introduction", language), paragraph("promise", language)
    chapters = [article(n, language) for n in range(6)]
    under = [[title, introduction, *text, promise] for title, *text in chapters]
    assert cleaned(tmp_path / "under", [[*head, *text, *foot] for text in under]) == under
    above = [[introduction, *text, promise] for text in chapters]
    assert cleaned(tmp_path / "above", [[*head, *text, *foot] for text in above]) == above


def test_a_paginated_story_keeps_its_text(tmp_path: Path) -> None:
    head, foot = FRAME["en"]
    standfirst = paragraph("standfirst")
    parts = [
        ["The tide clock", standfirst, paragraph((n, 1)), f"Part {n} of six", paragraph((n, 2))] for n in range(1, 7)
    ]
    own = [*parts, article(7), article(8)]
    found = cleaned(tmp_path, [[*head, *text, *foot] for text in own])
    # The title, which recurs, may go with what is above it.
    assert [text[-4:] for text in found] == [text[-4:] for text in own]
    assert not any(line in text for text in found for line in (*head, *foot))


def test_a_page_that_was_crawled_ten_times_counts_once(tmp_path: Path) -> None:
    mirrored = [[*article(0), f"{n} readers", "seen today" if n % 2 else "seen lately"] for n in range(10)]
    pages = [*mirrored, *(article(n) for n in range(1, 5))]
    assert cleaned(tmp_path, pages) == pages
    table = pq.read_table(tmp_path / "templates.parquet")
    assert table.num_rows == 0


def test_copies_of_a_text_lose_nothing_when_all_else_differs(tmp_path: Path) -> None:
    text = article(0)[1:]
    pages = [[*text, *(paragraph((n, k))[:30] for k in range(3))] for n in range(8)]
    assert cleaned(tmp_path, pages) == pages


# Across sites


def test_a_line_is_known_across_sites_from_the_fifth_on(tmp_path: Path) -> None:
    pages = [(f"site{n}.example", "\n".join([*article(n), "Built with Millwheel Press"])) for n in range(11)]
    for count, known in ((4, 0), (5, 5), (9, 5), (10, 10), (11, 10)):
        folder = learn(tmp_path / str(count), pages[:count])
        for page in looked_up(folder, pages[:count]):
            assert page.sites == [0, 0, 0, 0, known]
            assert page.repeats == [0.0] * 5


def test_a_page_without_a_site_knows_the_lines_of_many_sites(tmp_path: Path) -> None:
    pages = [(f"site{n}.example", "\n".join([*article(n), "Built with Millwheel Press"])) for n in range(5)]
    learn(tmp_path, pages)
    (page,) = looked_up(tmp_path, [("", "Alone\nBuilt with Millwheel Press")])
    assert page.sites == [0, 5]


# Shares


def test_repeats_are_the_share_of_the_other_pages(tmp_path: Path) -> None:
    texts = [[*article(n), *(["The blue door"] if n < 3 else [])] for n in range(5)]
    pages = [("weir.example", "\n".join(text)) for text in texts]
    found = looked_up(learn(tmp_path, pages), pages)
    assert found[0].repeats == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert found[4].repeats == [0.0] * 4


def test_inside_tells_what_stands_amid_text(tmp_path: Path) -> None:
    pages = [
        ("weir.example", "\n".join([*article(n)[:2], "and then", *article(n)[2:], "The blue door"])) for n in range(6)
    ]
    page = looked_up(learn(tmp_path, pages), pages)[0]
    assert page.repeats == [0, 0, 1, 0, 0, 1]
    assert page.inside == [0, 0, 1, 0, 0, 0]


# Counting

PAGE = st.lists(st.integers(0, 30), min_size=1, max_size=12)
PAGES = st.lists(st.tuples(st.integers(0, 2), PAGE), max_size=40)


def pages_of(drawn: Sequence[tuple[int, list[int]]]) -> list[tuple[str, str]]:
    return [
        (f"site{site}.example", "\n".join(f"{'a long line ' * (k % 3 * 4)}number {chr(97 + k)}" for k in numbers))
        for site, numbers in drawn
    ]


def learnt(folder: Path) -> list[tuple[int, ...]]:
    table = pq.read_table(folder / "templates.parquet")
    return sorted(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


@settings(max_examples=40, deadline=None)
@given(drawn=PAGES)
def test_counts_are_those_of_counting_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, list[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("count")
    learn(folder, pages_of(drawn))
    pages: dict[int, dict[int, tuple[int, list[int]]]] = {}
    for row in pq.read_table(folder / "shard-0.parquet").to_pylist():
        site = pages.setdefault(row["site"], {})
        kept = (row["copy"], [line & ~int(DIGITS) for line in row["lines"]])
        site[row["page"]] = min(site.get(row["page"], kept), kept)
    want = []
    for site, texts in pages.items():
        lines = [set(lines) for _, lines in texts.values()]
        if len(lines) >= learning.MIN_PAGES:
            for line in set().union(*lines):
                count = sum(line in text for text in lines)
                if count >= 2:
                    want.append((site, line, count, len(lines)))
    assert [row[:4] for row in learnt(folder) if row[0]] == sorted(want)


@settings(max_examples=30, deadline=None)
@given(first=PAGES, second=PAGES, third=PAGES)
def test_with_a_memory_it_is_as_if_learnt_together(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[int, list[int]]],
    second: list[tuple[int, list[int]]],
    third: list[tuple[int, list[int]]],
) -> None:
    folder = tmp_path_factory.mktemp("memory")
    a, b, c = (pages_of(drawn) for drawn in (first, second, third))
    one = learn(folder / "one", a, b)
    two = learn(folder / "two", c, b, memory=one / "memory.parquet")
    whole = learn(folder / "whole", [*c, *b, *a])
    assert learnt(two) == learnt(whole)
    assert pq.read_table(two / "memory.parquet").equals(pq.read_table(whole / "memory.parquet"))
    again = learn(folder / "again", b, c, a)
    assert (again / "memory.parquet").read_bytes() == (whole / "memory.parquet").read_bytes()
    assert (again / "templates.parquet").read_bytes() == (whole / "templates.parquet").read_bytes()


@settings(max_examples=30, deadline=None)
@given(drawn=PAGES)
def test_partitions_and_samples_change_no_more_than_they_say(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, list[int]]]
) -> None:
    folder, pages = tmp_path_factory.mktemp("parts"), pages_of(drawn)
    whole = learn(folder / "whole", pages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "PARTITION_LINES", 20)
        parts = learn(folder / "parts", pages[::2], pages[1::2])
        assert learnt(parts) == learnt(whole)
        patch.setattr(learning, "SAMPLE", 6)
        patch.setattr(learning, "EDGE", 3)
        few = pq.read_table(learn(folder / "few", pages) / "memory.parquet")
        sites = few["site"].to_numpy()
        assert len(sites) == 0 or np.unique(sites, return_counts=True)[1].max() <= 6
        assert all(len(lines) <= 6 for lines in few["lines"].to_pylist())
        all_ = pq.read_table(whole / "memory.parquet")
        for site in np.unique(sites):
            hashes = all_.filter(pa.compute.equal(all_["site"], site))["page"].to_pylist()
            assert few.filter(pa.compute.equal(few["site"], site))["page"].to_pylist() == sorted(hashes)[:6]


# Keys


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=8))
def test_keys_of_texts_are_those_of_their_lines(texts: list[str]) -> None:
    keys, counts, _, _ = text_keys(pa.array(texts, pa.large_string()))
    lines = [line for text in texts for line in text.split("\n")]
    assert counts.tolist() == [text.count("\n") + 1 for text in texts]
    keys &= ~DIGITS
    assert keys.tolist() == line_keys(pa.array(lines, pa.large_string())).tolist()
    # A slice of a column is a column.
    assert line_keys(pa.array(["before\x00", *lines], pa.large_string())[1:]).tolist() == keys.tolist()


def test_keys_are_equal_for_lines_that_differ_in_digits_and_space_only() -> None:
    def keys(*lines: str) -> list[int]:
        found: list[int] = line_keys(pa.array(lines, pa.large_string())).tolist()
        return found

    assert (
        len(set(keys("Page 1 of 20", " Page 13 of 7\t", "Page  4\u00a0of 5", "Page ٣ of ५", "\u3000Page ７ of 1"))) == 1
    )
    assert len(set(keys("Page 1", "page 1", "Page", "Pages 1", "Page 1 1"))) == 5
    assert keys("", "  ", "* * *", "12 | 7", "—", "「」", "…", "\u200b") == [0] * 8
    assert all(keys("a", "é", "日", "я", "ᚠ", "😀"))
    assert [key & 1 for key in keys("x" * 79, "x" * 80, "я" * 40, "日" * 26, "日" * 27, "b" * 5000)] == [
        0,
        1,
        1,
        0,
        1,
        1,
    ]


# Whole runs


def site_pages(name: str, numbers: Sequence[int]) -> list[Mapping[str, str]]:
    head, foot = FRAME["en"]
    return [
        {
            "id": f"{name}-{n}",
            "url": f"https://{name}.example/{n}",
            "text": "\n".join([*head, *article((name, n)), *foot]),
        }
        for n in numbers
    ]


def texts_of(output: Path) -> dict[str, str]:
    return {row["record"]: row["text"] for row in runs.rows(output, "documents")}


def run(source: Path, output: Path, earlier: Path | None = None, **more: object) -> dict[str, str]:
    """Texts that the clean stage leaves, by record."""
    quick = ["judge.enabled=false", "dedup.enabled=false", "describe.enabled=false", "ingest.shard_mb=0.0001"]
    named = [f"learn.memory={earlier}"] if earlier else []
    run_all(config.load(None, [*quick, *named], input=str(source), output=str(output), **more))
    return {row["record"]: row["text"] for row in runs.rows(output, "documents")}


def test_a_memory_makes_the_next_dataset_know_its_sites(tmp_path: Path) -> None:
    pages = site_pages("weir", range(8))
    runs.write_jsonl(tmp_path / "first" / "a.jsonl", pages[:4])
    for n, page in enumerate(pages[3:]):
        runs.write_jsonl(tmp_path / "second" / f"{n}.jsonl", [page])
    footer = FRAME["en"][1][0]
    one, two = tmp_path / "one", tmp_path / "two"

    assert all(footer in text for text in run(tmp_path / "first", one, workers=1).values())
    earlier = tmp_path / "handed-on.parquet"
    shutil.copy(one / "memory.parquet", earlier)
    texts = run(tmp_path / "second", two, earlier, workers=2)
    assert len(texts) == 5
    assert not any(footer in text for text in texts.values())
    # The page that stands in both counts once.
    assert pq.read_table(two / "memory.parquet").num_rows == 8
    (told,) = runs.told(two)["input"]["named"]
    assert (told["key"], told["path"]) == ("learn.memory", str(earlier))
    assert told["sha256"] == hashlib.sha256(earlier.read_bytes()).hexdigest()

    # Bytes depend on nothing but the input and the file that is named: not on workers, nor on what ran before.
    run(tmp_path / "second", one, earlier, workers=1)
    assert runs.digests(one) == runs.digests(two)
    assert (one / "memory.parquet").read_bytes() == (two / "memory.parquet").read_bytes()


def test_a_memory_that_is_not_there_stops_the_run_at_once(tmp_path: Path) -> None:
    source = runs.write_jsonl(tmp_path / "in.jsonl", site_pages("weir", range(1)))
    named = f"learn.memory={tmp_path / 'gone.parquet'}"
    (line,) = runs.run(source, tmp_path / "out", "--set", named, code=2).stderr.strip().split("\n")[-1:]
    assert "learn.memory" in line
    assert "no such file" in line
    assert not (tmp_path / "out" / "documents").exists()


def test_a_file_that_is_no_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("no table")
    pq.write_table(pa.table({"site": [1]}), tmp_path / "other.parquet")
    for name, why in (
        ("text.parquet", "not a Parquet file"),
        ("other.parquet", "no memory file"),
        (".", "cannot be read"),
    ):
        with pytest.raises(config.ConfigError, match=f"^learn.memory: .*{why}"):
            memory.check(tmp_path / name)


def test_what_a_shard_knows_changes_only_with_its_own_lines(tmp_path: Path) -> None:
    """So that a run with more pages works anew only on the shards that they concern."""
    mine = [("weir.example", page["text"]) for page in site_pages("weir", range(6))]
    theirs = [("mill.example", page["text"].replace("Lamps", "Sails")) for page in site_pages("mill", range(6))]
    alone = learn(tmp_path / "alone", mine)
    both = learn(tmp_path / "both", mine, theirs)
    digests = {Templates.of_shard(f / "templates.parquet", alone / "shard-0.parquet")[1] for f in (alone, both)}
    assert len(digests) == 1
    more = learn(tmp_path / "more", [*mine, ("weir.example", "\n".join(article(7)))])
    assert Templates.of_shard(more / "templates.parquet", alone / "shard-0.parquet")[1] not in digests


def test_the_columns_of_a_memory_are_documented(tmp_path: Path) -> None:
    schema = pq.read_schema(learn(tmp_path, []) / "memory.parquet")
    assert all((field.metadata or {}).get(b"description") for field in schema)
    assert json.loads((schema.metadata or {})[b"version"]) == 1
