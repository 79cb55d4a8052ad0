"""Quality floors: how well the pages of raw/ come out, against their gold. A floor may only rise.

The same arithmetic on the labelled cases and the seed documents where they are on this machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import runs
from tests.conftest import ROOT

RAW = ROOT / "raw"
GOLD = [json.loads(line) for line in (ROOT / "tests/fixtures/raw_gold.jsonl").open(encoding="utf-8")]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Where each page of raw/ ended: (source, record) to its row, with the table it is in."""
    output = tmp_path_factory.mktemp("quality") / "output"
    runs.run(RAW, output)
    found = {}
    for name in ("documents", "rejected", "quarantine"):
        for row in runs.rows(output, name):
            found[row["source"], row["record"]] = {**row, "table": name}
    return found


def bare(text: str | None) -> str:
    """Letters and digits only, without case and compatibility forms."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def shingles(text: str, n: int = 4) -> Counter[tuple[str, ...]]:
    tokens = re.findall(r"[぀-ヿ㐀-鿿가-힣ก-๛]|[^\W぀-ヿ㐀-鿿가-힣ก-๛]+", text)
    return Counter(tuple(tokens[i : i + n]) for i in range(max(1, len(tokens) - n + 1)))


def page_of(ends: dict[tuple[str, str | None], dict[str, Any]], gold: dict[str, Any]) -> dict[str, Any]:
    return ends[gold["source"], gold.get("record")]


TABLE = {"kept": "documents", "rejected": "rejected", "quarantined": "quarantine"}
DUPLICATES = {gold["record"] for gold in GOLD if gold.get("same_as")} | {
    gold["same_as"] for gold in GOLD if gold.get("same_as")
}


def test_every_page_ends_where_it_should(ends: dict[tuple[str, str | None], dict[str, Any]]) -> None:
    wrong = {
        (gold["source"], gold.get("record")): page_of(ends, gold)["table"]
        for gold in GOLD
        if page_of(ends, gold)["table"] != TABLE[gold["verdict"]] and gold.get("record") not in DUPLICATES
    }
    assert not wrong


def test_lines(ends: dict[tuple[str, str | None], dict[str, Any]]) -> None:
    left: Counter[str] = Counter()
    total: Counter[str] = Counter()
    mistakes = []
    for gold in GOLD:
        page = page_of(ends, gold)
        if not gold.get("line_labels") or gold["verdict"] != "kept" or page["table"] != "documents":
            continue
        lines, whole = {bare(line) for line in page["text"].split("\n")}, bare(page["text"])
        fixes = gold.get("repaired_lines") or [None] * len(gold["line_labels"])
        for raw, label, fixed in zip(gold["raw_text"].split("\n"), gold["line_labels"], fixes, strict=True):
            if label == "blank" or not bare(raw) or (label == "content" and fixed == ""):
                continue
            kind = label if label in ("content", "spam") else "boilerplate"
            present = bare(fixed or raw) in whole if label == "content" else bare(raw) in lines
            total[kind] += 1
            left[kind] += present
            if present != (label == "content"):
                mistakes.append(f"{gold['source']} {label}: {raw[:90]}")
    report = "\n".join(mistakes)
    assert left["spam"] / total["spam"] <= 0.035, report
    assert 1 - left["content"] / total["content"] <= 0.01, report
    assert left["boilerplate"] / total["boilerplate"] <= 0.05, report


def test_text(ends: dict[tuple[str, str | None], dict[str, Any]]) -> None:
    precision, recall, exact = [], [], []
    for gold in GOLD:
        if gold["verdict"] != "kept" or not gold.get("gold_text") or page_of(ends, gold)["table"] != "documents":
            continue
        text = page_of(ends, gold)["text"]
        want, got = shingles(gold["gold_text"]), shingles(text)
        both = sum((want & got).values())
        precision.append(both / max(1, sum(got.values())))
        recall.append(both / sum(want.values()))
        if gold.get("repairability") == "full":
            exact.append(bare(gold["gold_text"]) == bare(text))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    assert 2 * p * r / (p + r) >= 0.97, (p, r)
    assert sum(exact) / len(exact) >= 0.70


@pytest.mark.parametrize(
    ("field", "floor"), [("title", 0.91), ("authors", 0.86), ("published", 0.95), ("language", 0.98)]
)
def test_description(ends: dict[tuple[str, str | None], dict[str, Any]], field: str, floor: float) -> None:
    def plain(value: Any) -> Any:
        return sorted(map(bare, value)) if isinstance(value, list) else bare(str(value or ""))

    pages = [
        gold
        for gold in GOLD
        if gold["verdict"] == "kept" and field in gold and page_of(ends, gold)["table"] == "documents"
    ]
    wrong = [
        (gold["source"], gold[field], page_of(ends, gold)[field])
        for gold in pages
        if plain(gold[field] or None) != plain(page_of(ends, gold)[field] or None)
    ]
    assert 1 - len(wrong) / len(pages) >= floor, "\n".join(map(str, wrong))


def score(shared: Path, gold: Path, tmp_path: Path) -> dict[str, Any]:
    out = tmp_path / "score.json"
    command = f"{sys.executable} -m pipeline.cli run --plain --input {{input}} --output {{output}}"
    subprocess.run(
        [sys.executable, str(shared / "bench" / "score.py"), str(gold), "--command", command, "--json", str(out)],
        check=True,
        capture_output=True,
    )
    (result,) = json.loads(out.read_text()).values()
    scored: dict[str, Any] = result
    return scored


def test_the_seed_documents(shared: Path, tmp_path: Path) -> None:
    result = score(shared, shared / "seeds" / "gold.jsonl", tmp_path)
    assert (result["kept"], result["accounting_errors"], result["spam_lines_left"], result["content_lines_lost"]) == (
        5,
        0,
        0,
        0,
    )
    assert result["text_f1"] >= 0.99
    assert [result[f"{name}_exact"] for name in ("title", "authors", "published", "language")] == [1, 1, 1, 1]


def test_the_labelled_cases(shared: Path, tmp_path: Path) -> None:
    result = score(shared, shared / "cases" / "cases.jsonl", tmp_path)
    assert result["accounting_errors"] == 0
    assert result["spam_lines_left"] / result["spam_lines"] <= 0.03
    assert result["content_lines_lost"] / result["content_lines"] <= 0.01
    assert result["clean_pages_rejected"] == 0
    assert result["text_f1"] >= 0.95
    assert result["language_exact"] >= 0.97
