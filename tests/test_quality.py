"""Quality floors: how well our own labelled pages come out, against their gold. A floor may only rise.

Two sets: the pages of raw/, and harder ones that were written to make the rules fail (tests/fixtures/hard_pages.jsonl).
The same arithmetic on the labelled cases and the seed documents where they are on this machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import runs
from tests.bench.shared import FIXTURES, ROOT, fold, read_jsonl

RAW = ROOT / "raw"
Ends = dict[tuple[str, str | None], dict[str, Any]]


def hard_pages() -> list[dict[str, Any]]:
    pages = read_jsonl(FIXTURES / "hard_pages.jsonl")
    for page in pages:
        page |= {"source": "pages.jsonl", "record": page["id"], "verdict": "rejected" if page["is_spam"] else "kept"}
    return pages


GOLD = {"raw": read_jsonl(FIXTURES / "raw_gold.jsonl"), "hard": hard_pages()}
both_sets = pytest.mark.parametrize("which", GOLD)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """Where each page ended: (source, record) to its row, with the table it is in."""
    folder = tmp_path_factory.mktemp("quality")
    (folder / "hard").mkdir()
    rows = [{"id": page["id"], "url": page["url"], "text": page["raw_text"]} for page in GOLD["hard"]]
    (folder / "hard" / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = {}
    for source in (RAW, folder / "hard"):
        output = folder / f"{source.name}-output"
        runs.run(source, output)
        for name in ("documents", "rejected", "quarantine"):
            for row in runs.rows(output, name):
                found[row["source"], row["record"]] = {**row, "table": name}
    return found


def shingles(text: str, n: int = 4) -> Counter[tuple[str, ...]]:
    tokens = re.findall(r"[぀-ヿ㐀-鿿가-힣ก-๛]|[^\W぀-ヿ㐀-鿿가-힣ก-๛]+", text)
    return Counter(tuple(tokens[i : i + n]) for i in range(max(1, len(tokens) - n + 1)))


def page_of(ends: Ends, gold: dict[str, Any]) -> dict[str, Any]:
    return ends[gold["source"], gold.get("record")]


TABLE = {"kept": "documents", "rejected": "rejected", "quarantined": "quarantine"}
DUPLICATES = {name for gold in GOLD["raw"] if gold.get("same_as") for name in (gold["record"], gold["same_as"])}


@both_sets
def test_every_page_ends_where_it_should(ends: Ends, which: str) -> None:
    wrong = {
        (gold["source"], gold.get("record")): page_of(ends, gold)["table"]
        for gold in GOLD[which]
        if page_of(ends, gold)["table"] != TABLE[gold["verdict"]] and gold.get("record") not in DUPLICATES
    }
    assert not wrong


@pytest.mark.parametrize(
    ("which", "spam", "lost", "boilerplate"), [("raw", 0.035, 0.01, 0.05), ("hard", 0.0, 0.01, 0.05)]
)
def test_lines(ends: Ends, which: str, spam: float, lost: float, boilerplate: float) -> None:
    left: Counter[str] = Counter()
    total: Counter[str] = Counter()
    mistakes = []
    for gold in GOLD[which]:
        page = page_of(ends, gold)
        if not gold.get("line_labels") or gold["verdict"] != "kept" or page["table"] != "documents":
            continue
        lines, whole = {fold(line) for line in page["text"].split("\n")}, fold(page["text"])
        fixes = gold.get("repaired_lines") or [None] * len(gold["line_labels"])
        for raw, label, fixed in zip(gold["raw_text"].split("\n"), gold["line_labels"], fixes, strict=True):
            if label == "blank" or not fold(raw) or (label == "content" and fixed == ""):
                continue
            kind = label if label in ("content", "spam") else "boilerplate"
            present = fold(fixed or raw) in whole if label == "content" else fold(raw) in lines
            total[kind] += 1
            left[kind] += present
            if present != (label == "content"):
                mistakes.append(f"{gold['source']} {label}: {raw[:90]}")
    report = "\n".join(mistakes)
    assert left["spam"] / total["spam"] <= spam, report
    assert 1 - left["content"] / total["content"] <= lost, report
    assert left["boilerplate"] / total["boilerplate"] <= boilerplate, report


@pytest.mark.parametrize(("which", "f1", "repaired"), [("raw", 0.97, 0.70), ("hard", 0.95, 0.70)])
def test_text(ends: Ends, which: str, f1: float, repaired: float) -> None:
    precision, recall, exact = [], [], []
    for gold in GOLD[which]:
        if gold["verdict"] != "kept" or not gold.get("gold_text") or page_of(ends, gold)["table"] != "documents":
            continue
        text = page_of(ends, gold)["text"]
        want, got = shingles(gold["gold_text"]), shingles(text)
        both = sum((want & got).values())
        precision.append(both / max(1, sum(got.values())))
        recall.append(both / sum(want.values()))
        if gold.get("repairability") == "full":
            exact.append(fold(gold["gold_text"]) == fold(text))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    assert 2 * p * r / (p + r) >= f1, (p, r)
    assert sum(exact) / len(exact) >= repaired


@pytest.mark.parametrize(
    ("which", "field", "floor"),
    [
        ("raw", "title", 0.91), ("raw", "authors", 0.86), ("raw", "published", 0.95), ("raw", "language", 0.98),
        ("hard", "title", 0.91), ("hard", "authors", 0.86), ("hard", "published", 0.95), ("hard", "language", 0.95),
    ],
)  # fmt: skip
def test_description(ends: Ends, which: str, field: str, floor: float) -> None:
    def plain(value: Any) -> Any:
        return sorted(map(fold, value)) if isinstance(value, list) else fold(str(value or ""))

    pages = [
        gold
        for gold in GOLD[which]
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
