"""Edits and their undo: what is taken out can be put back, exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.edits import Claim, apply_clean, apply_repair, undo
from pipeline.step import Edit, Page

LINES = st.lists(st.sampled_from(["", " ", "one", "two words", "字", "\x85", "👍🏽"]), max_size=10)


@st.composite
def pages_with_claims(draw: st.DrawFn) -> tuple[str, list[Claim]]:
    text = "\n".join(draw(LINES))
    page = Page(text)
    claims = [Claim("clean", "line", page.drop(i, "nav")) for i in page.filled if draw(st.booleans())]
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, len(text)))
        claims.append(Claim("clean", "span", Edit(start, stop, draw(st.sampled_from(["", "X", "YY"])), "spam")))
    return text, claims


@given(pages_with_claims())
def test_clean_is_undone_exactly(case: tuple[str, list[Claim]]) -> None:
    text, claims = case
    changed, rows = apply_clean(Page(text), claims, 1)
    assert undo(changed, rows) == text


@given(LINES, st.data())
def test_whole_lines_go_and_the_others_stay(lines: list[str], data: st.DataObject) -> None:
    page = Page("\n".join(lines))
    gone = [i for i in page.filled if data.draw(st.booleans())]
    changed, rows = apply_clean(page, [Claim("clean", "line", page.drop(i, "nav")) for i in gone], 1)
    kept = [page.lines[i] for i in page.filled if i not in gone]
    assert [line for line in changed.split("\n") if line.strip()] == kept
    assert len(rows) == len(gone)
    assert changed.count("\n") + sum(row.before.count("\n") for row in rows) == page.text.count("\n")


@pytest.mark.parametrize(
    ("text", "gone", "want"),
    [
        ("A\n\nx\n\ny\n\nB", (2, 4), "A\n\nB"),
        ("A\nx\nB", (1,), "A\nB"),
        ("A\nx\n\nB", (1,), "A\n\nB"),
        ("x\n\nA\n\ny", (0, 4), "A"),
        ("A\n\nx\ny\nB", (2, 3), "A\n\nB"),
        ("A\nx\n\ny\nB", (1, 3), "A\n\nB"),
        ("x", (0,), ""),
    ],
)
def test_no_paragraph_break_is_doubled_or_lost(text: str, gone: tuple[int, ...], want: str) -> None:
    page = Page(text)
    assert apply_clean(page, [Claim("clean", "line", page.drop(i, "nav")) for i in gone], 1)[0] == want


@given(st.text(alphabet="ab\r\n\xa0", max_size=30), st.sampled_from([("\r\n", "\n"), ("\xa0", " "), ("a", "b")]))
def test_repair_is_undone_exactly(text: str, change: tuple[str, str]) -> None:
    before, after = change
    edits, at = [], text.find(before)
    while at >= 0:
        edits.append(Edit(at, at + len(before), after))
        at = text.find(before, at + len(before))
    changed, rows = apply_repair(text, "repair", "x", edits, 1)
    assert changed == text.replace(before, after)
    assert undo(changed, rows) == text


def test_a_change_that_is_the_same_throughout_is_one_row() -> None:
    text = "a\r\nb\r\nc\r\nd"
    edits = [Edit(i, i + 2, "\n") for i in range(len(text)) if text[i : i + 2] == "\r\n"]
    changed, rows = apply_repair(text, "repair", "newlines", edits, 1)
    assert (changed, len(rows), rows[0].action) == ("a\nb\nc\nd", 1, "replace_all")
    assert undo(changed, rows) == text


@pytest.mark.parametrize("edits", [[Edit(0, 2, "x"), Edit(1, 3, "y")], [Edit(2, 9, "x")], [Edit(3, 2, "x")]])
def test_spans_that_overlap_or_leave_the_text_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps or is out of bounds"):
        apply_repair("abc", "repair", "x", edits, 1)
