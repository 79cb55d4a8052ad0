"""Trains the model of `pipeline.describe._date_model`: which of a page's dates is the day it was published.

    python -m tests.bench.train.dates [--check]

Reads the pages of `../shared/bench` and `../shared/cases`, the seeds, and our own pages (the folder `../shared` may be
named by SCUTCH_SHARED). Prints what the model finds on sites that it was not trained on, in folds by site, then
trains on all pages and writes the file; `--check` writes nothing.

A page is a list to be ranked (LambdaMART): its dates, and "none of them", which is right where the true day is not
among them. Pages whose day nobody noted are left out.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from pipeline import config
from pipeline.describe import _date_model
from pipeline.describe._frame import Header, frame_of
from pipeline.describe._header import zone_of
from pipeline.describe._header_title import find_title
from pipeline.engine.identity import site_of
from pipeline.engine.pages import Costs, repair_pages
from pipeline.models import forest
from pipeline.step import Page
from tests.bench.shared import CASES, FIXTURES, TEXT_DEV, read_jsonl
from tests.bench.train.forest import fit, fold_of, record

FOLDS = 5
ROUNDS = 150
PARAMS = {
    "objective": "lambdarank", "label_gain": [0, 1], "lambdarank_truncation_level": 5, "learning_rate": 0.06,
    "num_leaves": 15, "min_data_in_leaf": 20, "feature_fraction": 0.5, "bagging_fraction": 0.5, "bagging_freq": 1,
    "lambda_l2": 2.0,
}  # fmt: skip
# The labelled cases are few, and the only ones in most languages.
CASE_WEIGHT = 2.0


class Example(NamedTuple):
    source: str
    site: str
    gold: str
    """The day that the page was published, "" if the page does not say."""
    days: list[str]
    rows: np.ndarray
    """A row per day, and one for "none of them"."""
    case: bool


def pages() -> list[dict[str, Any]]:
    """All pages with a known day, or known to have none."""
    found = read_jsonl(TEXT_DEV)
    for name, path in zip(("cases", "seeds", "own"), (*CASES, FIXTURES / "raw_gold.jsonl"), strict=True):
        found += [{**row, "name": name} for row in read_jsonl(path)]
    for page in found:
        meta = {**page, **(page.get("gold_meta") or {})}
        page["gold"] = (meta.get("published") or meta.get("date") or "")[:10]
    found = [p for p in found if p.get("raw_text")]
    return [p for p in found if p["gold"] or (p.get("line_labels") and not p.get("is_spam"))]


def examples() -> list[Example]:
    """Repairs the pages and lists their dates with their features."""
    steps = config.load().steps("repair")
    out = []
    every = pages()
    for k in range(0, len(every), 64):
        part = every[k : k + 64]
        texts = repair_pages(steps, [p["raw_text"] for p in part], Costs())
        for given, (text, _) in zip(part, texts, strict=True):
            page = Page(text, url=given.get("url"))
            name = given.get("name") or given["source"]
            key = str(given.get("id") or given.get("source"))
            found = read(page)
            if found:
                days, rows = found
                out.append(
                    Example(name, site_of(page.url) or key, given["gold"], days, rows, bool(given.get("line_labels")))
                )
            else:
                none = np.zeros((0, len(_date_model.FEATURES)), np.float32)
                out.append(Example(name, key, given["gold"], [], none, bool(given.get("line_labels"))))
    return out


def read(page: Page) -> tuple[list[str], np.ndarray] | None:
    """The days of a page and their features; None for a page without dates."""
    frame = frame_of(page)
    if frame is None:
        return None
    header = Header()
    at = find_title(frame, header)
    zone = zone_of(frame, header, at)
    every = _date_model.candidates(frame, zone)
    if not every:
        return None
    return [str(c.found.day) for c in every], _date_model.rows(frame, every, zone, at, header.title)


def train(data: list[Example]) -> forest.Forest:
    """A model from these examples."""
    data = [e for e in data if e.days]
    target = [np.array([*(day == e.gold for day in e.days), e.gold not in e.days], np.int32) for e in data]
    return fit(
        np.concatenate([e.rows for e in data]),
        np.concatenate(target),
        _date_model.FEATURES,
        weight=np.concatenate(
            [np.full(len(t), CASE_WEIGHT if e.case else 1.0) for e, t in zip(data, target, strict=True)]
        ),
        group=[len(t) for t in target],
        rounds=ROUNDS,
        params=PARAMS,
    )


def pick(model: forest.Forest, example: Example) -> str:
    """The day that the model finds, "" for none."""
    if not example.days:
        return ""
    scores = model.score(example.rows)
    best = int(np.argmax(scores[:-1]))
    return example.days[best] if scores[best] > scores[-1] + _date_model.LEAST else ""


def cross_validate(data: list[Example]) -> dict[str, list[float]]:
    """Prints the share of right days and the precision per source, with the spread over the folds.

    Gives the shares per fold, by the measures of the quality table.
    """
    figures: dict[str, list[float]] = {}
    right: dict[str, list[list[bool]]] = defaultdict(lambda: [[] for _ in range(FOLDS)])
    given: dict[str, list[bool]] = defaultdict(list)
    for fold in range(FOLDS):
        model = train([e for e in data if fold_of(e.site, FOLDS) != fold])
        for e in data:
            if fold_of(e.site, FOLDS) == fold:
                day = pick(model, e)
                right[e.source][fold].append(day == e.gold)
                if day:
                    given[e.source].append(day == e.gold)
    for source, folds in right.items():
        means = [float(np.mean(hits)) for hits in folds if hits]
        n = sum(map(len, folds))
        if source in _MEASURES:
            figures[_MEASURES[source]] = means
        print(
            f"{source:12} {n:4} pages  exact {sum(map(sum, folds)) / n:.4f} (folds {np.mean(means):.4f} ± {np.std(means):.4f})"
            f"  precision {np.mean(given[source]):.4f}  bound {sum(e.gold in e.days or not e.gold for e in data if e.source == source) / n:.4f}"
        )
    return figures


_MEASURES = {
    "trafilatura": "text.trafilatura.published",
    "wcxb": "text.wcxb.published",
    "cases": "cases.published",
}


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--check", action="store_true", help="cross-validate only, write no file")
    args = ap.parse_args()
    data = examples()
    figures = cross_validate(data)
    model = train(data)
    if not args.check:
        record(_date_model.MODEL, figures)
        model.save(forest.FOLDER / f"{_date_model.MODEL}.npz")
    print("features", len(model.features), "nodes", len(model.feature))
    file = forest.FOLDER / f"{_date_model.MODEL}.npz"
    print(file.name, file.stat().st_size, "bytes", hashlib.sha256(file.read_bytes()).hexdigest()[:16])


if __name__ == "__main__":
    main()
