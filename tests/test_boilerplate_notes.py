"""The steps for what stands around a text, together and on whole pages: what goes, what must stay, what it costs."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.engine.edits import undo
from pipeline.engine.pages import Costs, clean_pages
from pipeline.step import Page
from tests.bench.shared import SHARED

NAMES = (
    "stats", "signoff", "captions", "editor_note", "author_note", "comments", "legal", "legal_links", "promo",
    "appeals", "widgets",
)  # fmt: skip
STEPS = [steps.load("clean", name) for name in NAMES]
VOCABULARY = Path(__file__).parent.parent / "pipeline" / "clean" / "vocabulary"
FAMILIES = ("captions", "comments", "legal", "notes", "promo", "signoff", "stats", "widgets")


def cleaned(text: str) -> tuple[str, list[str]]:
    page = Page(text)
    ((after, rows),) = clean_pages(STEPS, [page], Costs())
    assert undo(after, rows) == text
    return after, page.labels


BODY = {
    "en": [
        "The weir above the mill has been leaking since the frost, and the village has paid for two repairs already.",
        "On Tuesday the council will hear whether a third is worth the money, the clerk said in her monthly letter.",
        "Nobody has asked the miller, who watches the water rise every night from the window of his kitchen.",
    ],
    "de": [
        "Das Wehr oberhalb der Mühle ist seit dem Frost undicht, und das Dorf hat schon zwei Reparaturen bezahlt.",
        "Am Dienstag hört der Rat, ob eine dritte das Geld wert ist, schreibt die Schreiberin in ihrem Brief.",
        "Den Müller, der das Wasser jede Nacht vom Küchenfenster aus steigen sieht, hat bisher niemand gefragt.",
    ],
    "zh": [
        "磨坊上游的水坝自从霜冻以后一直漏水，村里已经先后付了两次修理费，却始终没有找到漏水的原因。",
        "镇议会将在星期二讨论第三次修理是否值得，书记员在她每月写给村民的信里这样说道。",
        "没有人问过磨坊主的意见，而他每天夜里都从厨房的窗口看着河水一点一点地往上涨。",
    ],
    "ru": [
        "Плотина выше мельницы течёт с самых морозов, и деревня уже дважды заплатила за её починку.",
        "Во вторник совет решит, стоит ли третья починка этих денег, написала секретарь в своём письме.",
        "Мельника, который каждую ночь смотрит из окна кухни на прибывающую воду, никто так и не спросил.",
    ],
}  # fmt: skip

AROUND = {
    "en": (
        ["We use cookies to make this site work. Accept all", "Reading time: 3 minutes | 411 views"],
        ["Comments (4)", "Log in to comment", "Sign up for our evening newsletter", "© 2031 Weir Post. All rights reserved."],
    ),
    "de": (
        ["Lesedauer: 4 Min.", "Anzeige"],
        ["Kommentare (7) – Bitte melden Sie sich an, um zu kommentieren.", "Impressum | Datenschutz | AGB", "© 2031 Wehrbote. Alle Rechte vorbehalten."],
    ),
    "zh": (
        ["浏览次数：4120"],
        ["（责任编辑：某甲）", "【打印】【关闭】", "版权所有 © 水坝报 未经授权不得转载"],
    ),
    "ru": (
        ["Просмотров: 312"],
        ["Добавить комментарий", "Подписывайтесь на наш телеграм-канал", "© 2031 «Плотина». Все права защищены."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", BODY)
def test_only_the_text_is_left(language: str) -> None:
    head, foot = AROUND[language]
    after, _ = cleaned("\n".join([*head, *BODY[language], *foot]))
    assert after.split("\n") == BODY[language]


QUOTED = [
    "“© 2014 Mill Media. All rights reserved.” The line stands under every page, and nobody remembers who wrote it.",
    "„Alle Rechte vorbehalten“ steht unter jedem Bild, aber welche das sind, sagt der Satz nicht.",
    "«Подписывайтесь на наш канал», — написано на дверях, хотя канал давно высох.",
    "The cookie banner asks for consent before it shows a word, and two readers in three refuse it.",
    "She left a comment in the margin of the contract: the photo is not hers.",
    "Newsletters used to be printed, folded and carried from door to door by the children of the editor.",
    "Q: Who owns the picture? A: The heirs of the man who took it.",
    "— Это ваша плотина?",
    "He worked for the mill, then for the UK",
    "The reading room opens at nine and the lamps are lit at four.",
]


@pytest.mark.parametrize("line", QUOTED)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_text_about_such_lines_keeps_them(line: str, place: int) -> None:
    body = [*BODY["en"][:place], line, *BODY["en"][place:]]
    after, _ = cleaned("\n".join(body))
    assert after.split("\n") == body


def test_a_thread_of_comments_goes_with_its_prompt() -> None:
    thread = [
        "Comments (2)",
        "weirwatcher 3 Jan 2031, 9:14 am",
        "My father said the same in the year of the flood, and nobody listened to him either.",
        "Reply 4 Report",
        "mill_lane 3 Jan 2031, 10:02 am",
        "Third time lucky, perhaps.",
        "Reply 0 Report",
    ]
    after, labels = cleaned("\n".join(BODY["en"] + thread))
    assert after.split("\n") == BODY["en"]
    assert set(labels[3:]) == {"comment"}


def test_the_posts_of_a_forum_are_its_text() -> None:
    posts = []
    for n, line in enumerate(BODY["en"] * 6):
        posts += [f"user{n} 3 Jan 2031, 9:{n:02} am", line, "Reply Report", "Add a comment"]
    after, _ = cleaned("\n".join(posts))
    assert all(line in after for line in BODY["en"])
    assert after.count(BODY["en"][0]) == 6


def test_a_glued_signoff_is_cut_and_the_sentence_stays() -> None:
    text = "\n".join([*BODY["en"][:2], BODY["en"][2] + " WP"])
    assert cleaned(text)[0].split("\n") == BODY["en"]


@pytest.mark.parametrize("family", FAMILIES)
def test_vocabulary_is_lists_of_phrases(family: str) -> None:
    sections = yaml.safe_load((VOCABULARY / f"{family}.yaml").read_text(encoding="utf-8"))
    for section, languages in sections.items():
        assert isinstance(languages, dict), section
        for language, listed in languages.items():
            assert isinstance(listed, str), f"{family}.{section}.{language}"
            assert not any(phrase.strip() == "0" for phrase in listed.split(";")), "a bare number is no phrase"


_EDGES = st.sampled_from([line for head, foot in AROUND.values() for line in head + foot] + QUOTED + ["", "1 2 3", "x"])


@settings(max_examples=40, deadline=None)
@given(st.lists(_EDGES, max_size=10), st.sampled_from(sorted(BODY)), st.lists(_EDGES, max_size=10))
def test_running_text_survives_whatever_stands_around_it(before: list[str], language: str, after: list[str]) -> None:
    kept, _ = cleaned("\n".join([*before, *BODY[language], *after]))
    assert all(line in kept.split("\n") for line in BODY[language])


def test_long_pages_take_linear_time() -> None:
    lines = list(itertools.chain.from_iterable(head + BODY["en"] + foot for head, foot in AROUND.values()))
    spent = []
    for copies in (60, 240):
        page = Page("\n".join(lines * copies))
        since = time.process_time()
        clean_pages(STEPS, [page], Costs())
        spent.append(time.process_time() - since)
    assert spent[1] < 12 * spent[0], spent


@pytest.mark.skipif(not (SHARED / "cases" / "cases.jsonl").exists(), reason="the labelled cases are not here")
def test_no_content_of_the_labelled_cases_is_lost() -> None:
    total = lost = 0
    for row in map(json.loads, (SHARED / "cases" / "cases.jsonl").open(encoding="utf-8")):
        page = Page(row["raw_text"])
        clean_pages(STEPS, [page], Costs())
        for truth, ours in zip(row["line_labels"], page.labels, strict=True):
            total += truth == "content"
            lost += truth == "content" and bool(ours)
    # The text is not repaired here; the traps of the cases are in it all the same.
    assert lost <= total * 0.01, f"{lost} of {total}"
