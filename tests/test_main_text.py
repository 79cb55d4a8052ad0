"""The learned judge of lines: what it takes out of pages in several languages, and that a page is judged by itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline import step as steps
from pipeline.engine.pages import Costs, clean_pages
from pipeline.models import forest, lines
from pipeline.models.forest import Forest
from pipeline.step import Page, Step

ROOT = Path(__file__).parents[1]

MENU = "Home\nCounty\nHarbour\nSport\nWeather\nTickets\nMore\nOpen the menu\nClose\nSearch this site"
STORY = """The lock keepers of Tarrow go back to paper
The county has taken the screens out of four lock houses after a winter in which nobody could read them in the rain.
Keepers will write down every boat by hand again from Monday, as they did until eight years ago.
“We lost more time wiping glass than opening gates,” said Ida Marsh, who has worked the middle lock since 1998.
The county paid 310,000 for the screens and expects to sell them for a tenth of that, its treasurer said on Thursday.
A report on what went wrong is due before the summer, and the rowing clubs have asked to see it first.
For now the old ledgers are back on their hooks, and the pencils hang beside them on a string."""
REST = """Most read
Ferry prices rise for the third time this year
Five walks along the northern shore for a dry day
Leave a comment
Your address will not be published
PeterW
3 hours ago
I have moored at Tarrow for twenty years and never saw anybody look at those screens, not even in fine weather.
Reply
lockfan88
5 hours ago
Waste of money as usual, and next year they will buy the same thing again from the same people, you will see.
Reply
Subscribe to our newsletter
Terms of use
Privacy
© Tarrow Courier"""


@pytest.fixture(scope="module")
def judge() -> Step:
    return steps.load("clean", "main_text")


def left(judge: Step, text: str) -> str:
    return clean_pages([judge], [Page(text)], Costs())[0][0]


def test_drops_a_menu_and_a_footer_and_keeps_the_story_without_any_rule(judge: Step) -> None:
    text = left(judge, f"{MENU}\n{STORY}\n{REST}")
    assert all(line in text for line in STORY.split("\n"))
    assert all(line not in text for line in [*MENU.split("\n"), "Subscribe to our newsletter", "Terms of use"])


def test_leaves_the_story_alone_when_it_stands_beside_the_rules() -> None:
    chosen = config.load(ROOT / "config.yaml").steps("clean")
    text, rows = clean_pages(chosen, [Page(f"{MENU}\n{STORY}\n{REST}")], Costs())[0]
    assert all(line in text for line in STORY.split("\n")[1:])
    for line in ("Open the menu", "Ferry prices rise", "Waste of money", "Terms of use"):
        assert line not in text
    assert any(row.rule == "main_text" for row in rows)


def test_each_removed_line_carries_its_score_and_the_features_that_spoke_against_it(judge: Step) -> None:
    page = Page(f"{MENU}\n{STORY}\n{REST}")
    edits = judge.edits(page)
    assert edits
    for edit in edits:
        assert edit.label
        assert 0 <= edit.score <= 1
        where, _, why = edit.evidence.partition(": ")
        assert where in ("above the main text", "within the main text", "below the main text")
        assert any(name in why for name in lines.FEATURES)


def test_a_short_page_is_left_alone(judge: Step) -> None:
    assert left(judge, "Home\nMore\nSubscribe") == "Home\nMore\nSubscribe"


LINE = st.sampled_from(
    [*MENU.split("\n"), *STORY.split("\n"), *REST.split("\n"), "", " ", "正文在这里。", "שלום", "1 2 3"]
)
PAGE = st.lists(LINE, max_size=60).map("\n".join)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages=st.lists(PAGE, min_size=1, max_size=5))
def test_what_is_said_of_a_page_does_not_depend_on_its_batch(judge: Step, pages: list[str]) -> None:
    together = clean_pages([judge], [Page(text) for text in pages], Costs())
    assert together == [clean_pages([judge], [Page(text)], Costs())[0] for text in pages]


def test_a_forest_sums_its_trees_and_names_its_reasons() -> None:
    # Two stumps: x > 1 gives 1 or 3, y > 0 gives -1 or 1.
    trees = Forest(
        ("x", "y"), np.array([0, 3, 6], np.int32), np.array([0, -1, -1, 1, -1, -1], np.int16),
        np.array([1, 1, 3, 0, -1, 1], np.float32), np.array([1, 0, 0, 4, 0, 0], np.int32),
    )  # fmt: skip
    rows = np.array([[0, 0], [2, 0], [2, 5]], np.float32)
    assert trees.score(rows).tolist() == [0, 2, 4]
    assert [found.tolist() for found in trees.reasons(rows[1:2])] == [[[0, 1]], [[1.0, -1.0]]]
    with pytest.raises(ValueError, match="2 columns"):
        trees.score(np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("name", sorted(path.stem for path in forest.FOLDER.glob("*.npz")))
def test_every_model_file_is_small(name: str) -> None:
    assert (forest.FOLDER / f"{name}.npz").stat().st_size < 3_000_000


def test_a_saved_forest_is_the_same_bytes_and_reads_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    trees = lines.forest()
    trees.save(tmp_path / "a.npz")
    trees.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as file:
        again = Forest(tuple(file["features"].tolist()), *(file[k] for k in ("roots", "feature", "value", "left")))
    assert all(
        np.array_equal(getattr(trees, f.name), getattr(again, f.name)) for f in dataclasses.fields(Forest)
    )  # fmt: skip
