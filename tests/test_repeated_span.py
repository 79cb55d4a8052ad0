"""Paragraphs that pages of several sites share: from how many sites on they are known, measured and removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import step as steps
from pipeline.clean.repeated_span import repeated_share
from pipeline.engine.edits import undo
from pipeline.engine.pages import Costs, clean_pages
from pipeline.learn.lines import learn, lines_of_pages, write_lines
from pipeline.learn.templates import Templates
from pipeline.step import Page

COPY = (
    "The wind office said on Tuesday that the storm would reach the islands before noon and last until the morning after.",
    "Aucune traversée n'aura lieu avant jeudi, a déclaré la compagnie des bacs, et les voyageurs seront prévenus par écrit.",
    "風力局は火曜日、嵐が正午までに島々に達し、翌朝まで続くと発表した。漁船はすべて港に戻るように求められている。",
)


def own(n: int, count: int = 4) -> list[str]:
    """Paragraphs that no other page has."""
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    return [
        f"On quay {numbers[n % 12]} of the {numbers[k]} quays a painter was seen at work on hull number {numbers[(n + k) % 12]} of a"
        f" fleet of {numbers[(3 * n + k) % 12]} boats, and he sang as he worked."
        for k in range(count)
    ]  # fmt: skip


def pages(sites: int, shared: Sequence[str] = COPY) -> list[tuple[str, list[str]]]:
    return [(f"site{n}.example", [*own(n)[:2], *shared, *own(n)[2:]]) for n in range(sites)]


def cleaned(folder: Path, given: Sequence[tuple[str, Sequence[str]]], **params: object) -> list[tuple[Page, str]]:
    """The pages, which their dataset was learnt from, and what the step leaves of them."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = ["\n".join(lines) for _, lines in given]
    write_lines([lines_of_pages([site for site, _ in given], texts)], folder / "shard.parquet")
    learn([folder / "shard.parquet"], folder)
    known, _ = Templates.of_shard(folder / "templates.parquet", folder / "shard.parquet")
    found = [Page(text, site=site) for (site, _), text in zip(given, texts, strict=True)]
    results = clean_pages([steps.load("clean", "repeated_span", params)], found, Costs(), known)
    for page, (text, changes) in zip(found, results, strict=True):
        assert undo(text, changes) == page.text
        assert all(change.label == "repeated" for change in changes)
    return [(page, text) for page, (text, _) in zip(found, results, strict=True)]


@pytest.mark.parametrize(("sites", "asked", "gone"), [(4, 5, False), (5, 5, True), (9, 10, False), (10, 10, True), (2, 2, True), (3, 3, True), (2, 3, False)])  # fmt: skip
def test_shared_paragraphs_go_from_so_many_sites_on(tmp_path: Path, sites: int, asked: int, gone: bool) -> None:
    given = pages(sites)
    for (_, text), (_, lines) in zip(cleaned(tmp_path, given, sites=asked), given, strict=True):
        assert text.split("\n") == [line for line in lines if not gone or line not in COPY]


def test_a_page_that_is_a_copy_loses_nothing(tmp_path: Path) -> None:
    given = [(f"site{n}.example", [*COPY, own(n)[0]]) for n in range(6)]
    assert [text for _, text in cleaned(tmp_path, given)] == ["\n".join(lines) for _, lines in given]


def test_short_lines_are_left_to_others(tmp_path: Path) -> None:
    given = pages(6, ["Share this page", "All prices in shells"])
    assert [text for _, text in cleaned(tmp_path, given)] == ["\n".join(lines) for _, lines in given]


def test_a_paragraph_on_many_pages_of_one_site_stays(tmp_path: Path) -> None:
    given = [("weir.example", lines) for _, lines in pages(8)]
    assert [text for _, text in cleaned(tmp_path, given)] == ["\n".join(lines) for _, lines in given]


def test_the_share_of_repeated_characters(tmp_path: Path) -> None:
    for sites, share in ((4, 0.0), (5, 1.0)):
        for page, text in cleaned(tmp_path / str(sites), pages(sites), share=0):
            assert text == page.text, "measured, not removed"
            repeated = sum(map(len, COPY)) / sum(map(len, page.lines))
            assert repeated_share(page, text) == pytest.approx(share * repeated)
    for page, text in cleaned(tmp_path / "gone", pages(5)):
        assert repeated_share(page, text) == 0, "what was removed is not kept"
    assert repeated_share(Page(""), "") == 0
    assert repeated_share(Page("a\nb"), "a\nb") == 0
