"""Every step's own cases, and the laws that every step keeps whatever the page."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.engine.columns import matches
from pipeline.engine.edits import apply_repair, undo
from pipeline.engine.pages import Costs, clean_pages, repair_pages
from pipeline.step import Case, Page, Signal, Step, Texts

EVERY = [steps.load(stage, name) for stage in steps.STAGES for name in steps.names(stage)]
EDITING = [s for s in EVERY if s.stage in ("repair", "clean")]
CASES = [pytest.param(s, case, id=f"{s.name}-{n}") for s in EVERY for n, case in enumerate(s.cases)]


def after(step: Step, text: str, **about: Any) -> str:
    """The text after one edit step, run as the engine runs it: behind its gate."""
    if step.stage == "repair":
        return repair_pages([step], [text], Costs())[0][0]
    return clean_pages([step], [Page(text, **about)], Costs())[0][0]


def texts_of(texts: Sequence[str], languages: Sequence[str | None] = (), urls: Sequence[str | None] = ()) -> Texts:
    none = [None] * len(texts)
    return Texts(pa.array(texts, pa.large_string()), languages or none, none, urls or none)


def by_name(s: Step) -> str:
    return s.name


@pytest.mark.parametrize("step", EVERY, ids=by_name)
def test_step_says_what_it_is(step: Step) -> None:
    assert step.version >= 1
    assert step.doc, "a step needs a docstring: `scutch steps` shows its first line"
    assert step.cases, "a step needs cases"
    for name, field in type(step.params).model_fields.items():
        assert field.description, f"{name} needs a description"
        assert not field.is_required(), f"{name} needs a default"


@pytest.mark.parametrize(("step", "case"), CASES)
def test_case(step: Step, case: Case) -> None:
    if step.stage in ("repair", "clean"):
        assert after(step, case.given, url=case.url) == case.want
        return
    page = Page(case.given, url=case.url, cleaned=case.given)
    if step.stage == "describe":
        assert step.described([page]) == [case.want]
    elif step.batch:
        found = step.run(texts_of([case.given], [case.language], [case.url]), step.params)
        for name, want in case.want.items():
            value = found[name][0]
            assert np.isnan(value) if want is None else want[0] <= value <= want[1], (name, value)
    else:
        low, high = case.want
        signal: Signal = step.run(page, step.params)
        assert signal.value is not None
        assert low <= signal.value <= high, signal


AWKWARD = [
    "",
    "\n",
    "\n\n \n\t\n",
    "\0",
    "a\0b\n\0\n",
    "\u0085\u2028\u2029\x0c\x0b\x1c",
    "，。！？" * 3,
    "中文没有空格的一行文字" * 5 + "\n日本語の行です。\n한국어 줄입니다.",
    "שלום עולם\nمرحبا بالعالم\nسلام دنیا",
    "👨‍👩‍👧‍👦 🏳️‍🌈 ❤️\n🎰🎰🎰",
    "क्षत्रिय ज्ञान\nภาษาไทยไม่มีช่องว่าง",
    "e\u0301" * 40,
    "\ufeffstart\u200b\u200d\u00ad",
    "a" * 5000,
    "| " * 2000,
    "? " * 2000,
    "((((" * 500 + "))))" * 500,
    "<" * 1000 + ">" * 1000,
    "&amp;" * 300,
    "By By By By\nBy\n-\n—\n|\n>\n",
    "12.12.2012 12:12\n" * 50,
]

# Lines made of the pieces that steps look for, so that Hypothesis gets past their gates.
_PIECES = st.sampled_from(
    ["By ", "Share", " | ", " > ", "Home", "©", "2024", "-", "Photo: ", "Related", "slot gacor", "casino", "国产", "精品", "，", "。", "。」",
     "Updated: ", "von ", "作者：", "Ã©", "â€™", "&rsquo;", "(yǔ)", "語", "?", "？", "\u00ad", "\u200b", "\xa0", "\r", "ﬁ", "Ａ", "１", "<p>", "</p>",
     "[email protected]", "a", "word ", "The sentence ends here. ", "文章", "字", "рус", "עב", "ع", ".", "!", " ", "  ", "\t", "1. ", "• ", "http://a.example/",
     "Ð¿Ñ\x80", "Ïðè", "ÖÐ¹ú", "\x92", "¶", "'", "“", "”", "e\u0301", "🎰", "/", ":", "(", ")"]
)  # fmt: skip
_LINE = st.lists(st.one_of(_PIECES, st.text(max_size=6)), max_size=8).map("".join)
TEXTS = st.lists(_LINE, max_size=12).map("\n".join).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t))


def keeps_the_laws(step: Step, text: str) -> None:
    """Deterministic, in bounds, not overlapping, exactly undone, idempotent, and true to its gate."""
    page = Page(text)
    if step.stage == "repair":
        edits = list(step.run(page, step.params) or ())
        assert edits == list(step.run(Page(text), step.params) or ()), "not deterministic"
        changed, rows = apply_repair(text, step.stage, step.rule, edits, 1)
        if edits and changed != text and step.gate:
            column = pa.array([text], pa.large_string())
            let = matches(column, step.gate) if isinstance(step.gate, str) else step.gate(column)
            assert let[0], "the gate holds back what the step would change"
    else:
        page.hits = page.filled
        results = clean_pages([step], [Page(text)], Costs())
        assert results == clean_pages([step], [Page(text)], Costs()), "not deterministic"
        changed, rows = results[0]
        ungated, _ = clean_pages([dataclasses.replace(step, gate=None)], [Page(text)], Costs())[0]
        assert ungated == changed, "the gate decides: without it the step would change something else"
        for edit in step.edits(page):
            assert 0 <= edit.start <= edit.end <= len(text), "out of bounds"
            assert edit.label, "an edit of the clean stage needs a label"
    assert undo(changed, rows) == text, "cannot be undone"
    if step.stage == "repair":
        assert after(step, changed) == changed, "not idempotent"


@pytest.mark.parametrize("step", EDITING, ids=by_name)
@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_laws_on_awkward_text(step: Step, text: str) -> None:
    keeps_the_laws(step, text)


@pytest.mark.parametrize("step", EDITING, ids=by_name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
def test_laws(step: Step, text: str) -> None:
    keeps_the_laws(step, text)


@pytest.mark.parametrize("step", [s for s in EVERY if s.stage == "judge" and s.batch], ids=by_name)
def test_a_batch_measure_takes_anything(step: Step) -> None:
    texts = [case.given for case in step.cases] + AWKWARD
    together = step.run(texts_of(texts), step.params)
    assert set(together) == set(step.columns)
    assert step.run(texts_of([]), step.params).keys() == together.keys()
    for name, values in together.items():
        assert values.dtype == np.float64
        assert len(values) == len(texts)
        alone = [step.run(texts_of([text]), step.params)[name][0] for text in texts]
        assert np.array_equal(values, np.array(alone), equal_nan=True), "a page's value depends on the others"


@pytest.mark.parametrize("step", [s for s in EVERY if s.stage == "judge" and not s.batch], ids=by_name)
def test_judge_takes_anything(step: Step) -> None:
    for text, cleaned in itertools.product(AWKWARD, ("", None)):
        page = Page(text, cleaned=text if cleaned is None else cleaned)
        first = step.run(page, step.params)
        assert first == step.run(Page(text, cleaned=page.cleaned), step.params), "not deterministic"


@pytest.mark.parametrize("step", [s for s in EVERY if s.stage == "describe"], ids=by_name)
def test_describe_takes_anything_and_says_the_same_of_a_page_whatever_the_others_are(step: Step) -> None:
    def pages() -> list[Page]:
        pairs = itertools.product([case.given for case in step.cases] + AWKWARD, ("", None))
        return [Page(text, cleaned=text if cleaned is None else cleaned) for text, cleaned in pairs]

    assert step.described([]) == []
    assert step.described(pages()) == [step.described([page])[0] for page in pages()]


@pytest.mark.parametrize("step", EDITING, ids=by_name)
def test_a_batch_is_no_other_than_its_pages(step: Step) -> None:
    texts = [case.given for case in step.cases] + AWKWARD
    if step.stage == "repair":
        together = [text for text, _ in repair_pages([step], texts, Costs())]
    else:
        together = [text for text, _ in clean_pages([step], [Page(t) for t in texts], Costs())]
    assert together == [after(step, text) for text in texts]
