"""Trains pipeline/models/authors.npz: which of the names of a page are those of its authors.

    python -m tests.bench.train.authors

Rows are the candidates of pipeline/describe/_author_candidates.py. One is right if one of its names stands in the
author field of the page; on the pages with exact lists, if all of them do. Pages without an author in the labels teach
that most names are nobody's. Prints recall and precision per source and fold, each site judged by a model that did not
see it, then trains on everything and writes the model.
"""

from __future__ import annotations

import itertools
import statistics
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.describe._author_candidates import FEATURES, Candidate
from pipeline.describe._frame import Header, frame_of
from pipeline.describe._header import zone_of
from pipeline.describe._header_authors import LEAST, apply_rules, weigh
from pipeline.describe._header_title import find_title
from pipeline.models.forest import FOLDER, Forest, probability
from pipeline.step import Page
from tests.bench.shared import SHARED, TEXT_DEV, fold, genuine_cases, raw_texts, read_jsonl, site_of_row
from tests.bench.train.forest import fit, fold_of, record

FOLDS = 5
# Pages with exact lists are few, but in many scripts.
WEIGHT = 4.0
ROUNDS = 300
PARAMS = {"learning_rate": 0.03, "num_leaves": 15, "min_data_in_leaf": 15, "feature_fraction": 0.25, "feature_fraction_seed": 3, "lambda_l2": 3.0}  # fmt: skip


def pages() -> Iterator[dict[str, Any]]:
    """Pages with `source`, `site`, `url`, `text`, and `author` (a text) or `authors` (an exact list)."""
    for row in read_jsonl(TEXT_DEV):
        meta = row.get("gold_meta") or {}
        if "author" not in meta:
            continue
        author = meta["author"] or ""
        yield {
            "source": row["source"], "site": site_of_row(row), "url": row["url"], "text": row["raw_text"],
            "author": "; ".join(author) if isinstance(author, list) else author,
        }  # fmt: skip
    for row in genuine_cases():
        page = {"source": "cases", "site": row["site"], "url": row["url"]}
        yield {**page, "text": row["raw_text"], "authors": row["authors"]}
    for row, text in raw_texts():
        yield {"source": "raw", "site": row["site"], "url": None, "text": text, "authors": row["authors"]}


def is_right(page: dict[str, Any], candidate: Candidate) -> bool:
    """Whether a candidate names an author of the page."""
    names = [fold(name) for name in candidate.names]
    if "authors" in page:
        return bool(names) and set(names) <= {fold(name) for name in page["authors"]}
    gold = fold(page["author"])
    return any(len(name) > 3 and name in gold for name in names)


def train(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Forest:
    return fit(rows, target, FEATURES, weight=weight, rounds=ROUNDS, params=PARAMS)


def main() -> int:
    if not SHARED.exists():
        print("no labelled pages: set SCUTCH_SHARED")
        return 1
    known, rows, target, owner = [], [], [], []
    for page in pages():
        frame = frame_of(Page(page["text"], url=page["url"]))
        if frame is None:
            continue
        header = Header()
        at = find_title(frame, header)
        zone = zone_of(frame, header, at)
        apply_rules(frame, header, zone, at)
        found, facts = weigh(frame, header, at)
        rows += facts
        target += [is_right(page, candidate) for candidate in found]
        owner += [len(known)] * len(found)
        known.append(page)
    x, y, of = np.array(rows, np.float32), np.array(target, np.float64), np.array(owner)
    weight = np.array([WEIGHT if "authors" in known[k] else 1.0 for k in owner])
    folds = np.array([fold_of(page["site"], FOLDS) for page in known])
    chance = np.zeros(len(y))
    for f in range(FOLDS):
        inside = folds[of] == f
        chance[inside] = probability(train(x[~inside], y[~inside], weight[~inside]).score(x[inside]))
    report(known, folds, of, chance, y)
    path = FOLDER / "authors.npz"
    train(x, y, weight).save(path)
    print(f"{len(y)} candidates of {len(known)} pages, {int(y.sum())} right; {path.stat().st_size} bytes")
    return 0


def report(
    known: list[dict[str, Any]], folds: np.ndarray, of: np.ndarray, chance: np.ndarray, right: np.ndarray
) -> None:
    """Recall and precision of the best candidate, all folds together and the spread over them."""
    starts = np.searchsorted(of, np.arange(len(known) + 1))
    best = [int(a + np.argmax(chance[a:b])) if a < b else -1 for a, b in itertools.pairwise(starts)]
    by_fold: dict[str, list[float]] = {}
    for source in ("trafilatura", "wcxb", "cases", "raw"):
        for least in (LEAST - 0.05, LEAST, LEAST + 0.1, LEAST + 0.2):
            figures = []
            for part in [range(FOLDS), *[[f] for f in range(FOLDS)]]:
                mine = [k for k, page in enumerate(known) if page["source"] == source and folds[k] in part]
                labelled = sum(bool(known[k].get("author") or known[k].get("authors")) for k in mine)
                told = [k for k in mine if best[k] >= 0 and chance[best[k]] >= least]
                hits = sum(bool(right[best[k]]) for k in told)
                figures.append((hits / max(1, labelled), hits / max(1, len(told))))
            spread = [statistics.stdev(values) for values in zip(*figures[1:], strict=True)]
            if least == LEAST:
                by_fold[f"text.{source}.author_recall"] = [recall for recall, _ in figures[1:]]
                by_fold[f"text.{source}.author_precision"] = [precision for _, precision in figures[1:]]
            print(
                f"{source:12} from {least:.2f}: recall {figures[0][0]:.3f} ± {spread[0]:.3f}, precision {figures[0][1]:.3f} ± {spread[1]:.3f}"
            )
    record("authors", by_fold)


if __name__ == "__main__":
    sys.exit(main())
