"""Gates save time and decide nothing: what a step could act on they let through."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.clean import _scan
from pipeline.clean._notes import Within, key, keys, pieces
from pipeline.clean._vocabulary import fold, phrases
from pipeline.engine.columns import measure_column
from pipeline.engine.pages import Costs, clean_pages, repair_pages
from pipeline.engine.signs import find_signs
from pipeline.step import Lines, Page

REPAIR = [steps.load("repair", name) for name in steps.names("repair")]
TEXTS = [case.given for name in steps.names("repair") for case in steps.load("repair", name).cases]

WITHIN = (("captions", "credit"), ("legal", "strong"), ("promo", "object"))
CONTAINS = [_scan.contains(phrases(*which), 1000) for which in WITHIN]
FINDERS = [Within(*which) for which in WITHIN]
PROMO, LABELS = keys("promo", "line"), keys("comments", "line")
OPENS, WHOLE = _scan.opens_piece(PROMO | LABELS), _scan.whole(PROMO)

around = st.sampled_from(
    [
        "",
        " ",
        "  ",
        "\u00a0",
        "| ",
        "(",
        ")",
        ": ",
        "“",
        "’",
        "12",
        " 3,400 ",
        "٣",
        "中",
        "é",
        "x",
        "İ",
        "🌊",
        "-",
        "12k ",
        "\t",
    ]
)
listed = st.sampled_from(sorted(PROMO | LABELS | {phrase for which in WITHIN for phrase in phrases(*which)}))
lines = st.lists(around | listed | listed.map(str.upper) | listed.map(str.title) | st.text(max_size=4), max_size=8)
line = lines.map(lambda parts: "".join(parts).replace("\n", " ").encode("utf-8", "replace").decode())


def look(texts: list[str]) -> Lines:
    column = pa.array(texts, pa.large_string())
    return Lines(column, *measure_column(column))


@settings(max_examples=100, deadline=None)
@given(st.lists(line, min_size=1, max_size=5))
@example(["İbülten", "i\u0307bülten"])
def test_a_phrase_that_a_rule_finds_is_found_by_its_gate(texts: list[str]) -> None:
    found = look(texts)
    opened, complete, marks = OPENS(found), WHOLE(found), _scan.marks_only(found)
    inside = [gate(found) for gate in CONTAINS]
    for i, text in enumerate(texts):
        parts = pieces(text)
        assert not (parts and parts[0] in PROMO | LABELS) or opened[i]
        assert not (fold(text) in PROMO or key(text) in PROMO) or complete[i]
        assert fold(text) or marks[i]
        for finder, gate in zip(FINDERS, inside, strict=True):
            assert not finder.find(text) or gate[i]


def test_who_asks_what_a_long_line_contains_is_let_through() -> None:
    text = " ".join(["word"] * (_scan.INSIDE_WORDS + 1))
    assert CONTAINS[0](look([text, text + "x" * 1000])).tolist() == [True, False]


@pytest.mark.parametrize(
    "texts", [[], [""], ["\x00"], ["a" * 2_000_000], ["©" * 100_000], ["नमस्ते " * 50_000], ["😀" * 1000]]
)
def test_gates_take_any_lines(texts: list[str]) -> None:
    found = look(texts)
    assert len(OPENS(found)) == len(CONTAINS[0](found)) == len(_scan.wordless(found)) == len(texts)


def test_what_is_found_in_a_line_does_not_depend_on_the_others() -> None:
    texts = ["Subscribe", "Photo: Ida Marsh", "All rights reserved", "", "★ ★ ★"]
    together = [gate(look(texts)) for gate in (OPENS, WHOLE, *CONTAINS, _scan.wordless)]
    alone = [
        np.concatenate([gate(look([text])) for text in texts]) for gate in (OPENS, WHOLE, *CONTAINS, _scan.wordless)
    ]
    assert [a.tolist() for a in together] == [a.tolist() for a in alone]


def test_signs_decide_nothing() -> None:
    blind = [replace(step, signs=None) for step in REPAIR]
    texts = [*TEXTS, *("\n".join(TEXTS[k : k + 3]) for k in range(len(TEXTS)))]
    assert repair_pages(REPAIR, texts, Costs()) == repair_pages(blind, texts, Costs())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(TEXTS).map(lambda text: text[:30]) | st.text(max_size=6), max_size=6).map("".join),
        max_size=4,
    )
)
def test_signs_decide_nothing_on_any_text(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    blind = [replace(step, signs=None) for step in REPAIR]
    assert repair_pages(REPAIR, texts, Costs()) == repair_pages(blind, texts, Costs())


def test_signs_in_a_row() -> None:
    texts = ["", "a1", "ab1", "abc", "abcd", "1ab1cd", "éé", "é1é", "😀"]
    wanted = [((1, "a-f"),), ((2, "a-f"),), ((4, "a-f"),), ((2, "é"), (1, "\U0001f600")), None]
    found = find_signs(pa.array(texts, pa.large_string()), wanted)
    assert [f"{mask:05b}" for mask in found.tolist()] == [
        "10000", "10001", "10011", "10011", "10111", "10011", "11000", "10000", "11000",
    ]  # fmt: skip


def test_signs_of_normal_form_are_whatever_nfc_changes() -> None:
    # In composition a character can change behind a letter of its script; behind none if it is not a mark.
    chars = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    found = find_signs(pa.array(chars, pa.large_string()), [steps.load("repair", "normal_form").signs])
    for char, sign in zip(chars, found.tolist(), strict=True):
        if not sign:
            assert unicodedata.normalize("NFC", char) == char
            assert unicodedata.combining(char) == 0


def test_pages_of_a_batch_are_cleaned_as_alone() -> None:
    rules = [steps.load("clean", name) for name in ("share", "navigation", "breadcrumb", "related", "legal", "edges")]
    texts = [case.given for rule in rules for case in rule.cases]
    together = clean_pages(rules, [Page(text) for text in texts], Costs())
    assert together == [clean_pages(rules, [Page(text)], Costs())[0] for text in texts]
