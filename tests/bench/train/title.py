"""Trains pipeline/models/title.npz: which of the candidates of a page is its title.

    python -m tests.bench.train.title

Rows are the candidates of pipeline/describe/_title.py. One is right if it is the title of the labels, letter for letter
as the scorer compares them. Flattened pages show their `<title>` first, raw pages mostly do not: each flattened page
whose title stands in another line too is also learned without its first line, half of them without their URL, and once
more with the items of the menus above the title side by side, as many sites print them. Pages of our own, in many
languages, are in tests/fixtures/titles.jsonl. Prints
the share of pages whose best candidate is the title, per source and fold, each site judged by a model that did not see
it, then trains on everything and writes the model.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from pipeline.describe._frame import frame_of
from pipeline.describe._title import FEATURES, table
from pipeline.models.forest import FOLDER, Forest
from pipeline.step import Page
from tests.bench.shared import FIXTURES, SHARED, TEXT_DEV, fold, genuine_cases, raw_texts, read_jsonl, site_of_row
from tests.bench.train.forest import fit, fold_of, record

FOLDS = 5
# Pages of the cases are few, but in many scripts; a page without its first line is half made up.
WEIGHTS = {
    "trafilatura": 1.5, "wcxb": 1.5, "cases": 5.0, "own": 2.0, "spaced": 2.0, "raw": 2.0, "headless": 0.4, "joined": 0.12
}  # fmt: skip
ROUNDS = 260
# What can only speak for a candidate, or only against it: that spares the model guesses from few pages.
FOR = {"of_slug", "in_slug", "echo", "in_head", "of_core", "topical", "after_crumb", "in_crumb"}
AGAINST = {"less_slug", "less_core", "crumb"}
PARAMS = {
    "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 20, "feature_fraction": 0.5, "bagging_fraction": 0.8,
    "bagging_freq": 1, "lambda_l2": 5.0, "monotone_constraints": [(f in FOR) - (f in AGAINST) for f in FEATURES],
}  # fmt: skip


def pages() -> Iterator[dict[str, Any]]:
    """Pages with `source`, `site`, `url`, `text`, `title`, and where they have them `labels` of their lines."""
    for row in read_jsonl(TEXT_DEV):
        title = (row.get("gold_meta") or {}).get("title")
        if not title:
            continue
        page = {"source": row["source"], "site": site_of_row(row), "title": title}
        yield {**page, "url": row["url"], "text": row["raw_text"]}
        frame = frame_of(Page(row["raw_text"]))
        if frame is not None:
            rest = "\n".join(frame.page.lines[frame.filled[frame.head] + 1 :])
            url = row["url"] if fold_of(row["id"], 2) else None
            yield {**page, "source": "headless", "url": url, "text": rest}
            joined = join_menus(rest, title, fold_of(row["id"], 6))
            if joined:
                yield {**page, "source": "joined", "url": None if url else row["url"], "text": joined}
    for row in read_jsonl(FIXTURES / "titles.jsonl"):
        page = {"source": "own", "site": urlsplit(row["url"]).hostname, **row}
        lines = [line for line in row["text"].split("\n") if line]
        yield {**page, "text": "\n".join(lines)}
        yield {**page, "source": "spaced", "text": "\n\n".join(lines)}
    for row in genuine_cases():
        if row["title"]:
            page = {"source": "cases", "site": row["site"], "title": row["title"]}
            yield {**page, "url": row["url"], "text": row["raw_text"], "labels": row["line_labels"]}
    for row, text in raw_texts():
        if row["title"]:
            yield {"source": "raw", "site": row["site"], "url": None, "text": text, "title": row["title"]}


def join_menus(text: str, title: str, style: int) -> str:
    """The page from a few lines above the title on, the items of menus side by side; "" if nothing is to be joined."""
    lines = [line.strip() for line in text.split("\n")]
    wanted = fold(title)
    at = next((n for n, line in enumerate(lines[:400]) if len(line) < 400 and fold(line) == wanted), 0)
    mark = (" ", " ", " ", " | ", "  ", " · ")[style]
    head: list[str] = []
    row: list[str] = []
    for line in [*[line for line in lines[max(0, at - 60) : at] if line], ""]:
        if (
            line
            and len(line) < 24
            and len(line.split()) < 4
            and not any(c.isdigit() for c in line)
            and len(row) < 5 + style
        ):
            row.append(line)
            continue
        head += [mark.join(row)] if len(row) > 2 else row
        row = [line] if line and len(line) < 24 else []
        head += [line] if line and not row else []
    if not any(mark in line for line in head):
        return ""
    return "\n".join([*head[-(3 + style) :], lines[at], *_deck(lines[at + 1 :], style), *lines[at + 1 :]])


def _deck(lines: list[str], style: int) -> list[str]:
    """For half of the pages, a sentence of the body as the deck that many sites print below the title."""
    if style % 2:
        return []
    for line in lines[4:60]:
        sentence = re.split(r"(?<=\w)[.!?。]\s", line)[0].strip(" .。")
        if len(line) > 120 and 25 < len(sentence) < 110:
            return [sentence]
    return []


def candidates_of(known: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a page, and whether each is right. A line labelled title is, though spam may be glued to it."""
    page = Page(known["text"], url=known["url"])
    labels = known.get("labels")
    for i, label in enumerate(labels or ()):
        if label == "spam":
            page.labels[i] = label
    frame = frame_of(page)
    if frame is None:
        return np.empty((0, len(FEATURES)), np.float32), np.empty(0, bool)
    found, rows = table(frame)
    right = np.array([fold(c.text) == fold(known["title"]) for c in found], bool)
    if labels and not right.any():
        right = np.array([c.is_line and labels[frame.filled[c.at]] == "title" for c in found], bool)
    return rows, right


def train(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Forest:
    return fit(rows, target, FEATURES, weight=weight, rounds=ROUNDS, params=PARAMS)


def main() -> int:
    if not SHARED.exists():
        print("no labelled pages: set SCUTCH_SHARED")
        return 1
    known, tables = [], []
    for page in pages():
        rows, right = candidates_of(page)
        if page["source"] not in ("headless", "joined") or right.any():
            known.append(page)
            tables.append((rows, right))
    x = np.concatenate([rows for rows, _ in tables])
    y = np.concatenate([right for _, right in tables]).astype(np.float64)
    of = np.repeat(np.arange(len(known)), [len(right) for _, right in tables])
    weight = np.array([WEIGHTS.get(known[k]["source"], 1.0) for k in of])
    folds = np.array([fold_of(page["site"], FOLDS) for page in known])
    score = np.zeros(len(y))
    for f in range(FOLDS):
        inside = folds[of] == f
        score[inside] = train(x[~inside], y[~inside], weight[~inside]).score(x[inside])
    starts = np.searchsorted(of, np.arange(len(known) + 1))
    hit = np.array([a < b and y[a + np.argmax(score[a:b])] > 0 for a, b in pairwise(starts.tolist())])
    bound = np.array([y[a:b].any() for a, b in pairwise(starts.tolist())])
    source = np.array([page["source"] for page in known])
    figures = {}
    for name in ("trafilatura", "wcxb", "cases", "raw", "own", "spaced", "headless", "joined"):
        mine = source == name
        each = [hit[mine & (folds == f)].mean() for f in range(FOLDS) if (mine & (folds == f)).any()]
        spread = statistics.stdev(each) if len(each) > 1 else 0.0
        figures[f"text.{name}.title"] = [float(share) for share in each]
        print(
            f"{name:12} {mine.sum():5} pages: title {hit[mine].mean():.3f} ± {spread:.3f}, among the candidates {bound[mine].mean():.3f}"
        )
    record("title", figures)
    path = FOLDER / "title.npz"
    train(x, y, weight).save(path)
    print(f"{len(y)} candidates of {len(known)} pages, {int(y.sum())} right; {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
