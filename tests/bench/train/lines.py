"""Trains the line model (pipeline/models/lines.npz and lines_words.npz) and measures it by sites it has not seen.

    python -m tests.bench.train.lines [--measure-only]

Reads text_dev.jsonl.zst, the cases and the seeds in SCUTCH_SHARED, and the labelled pages of this repository
(tests/fixtures). A page goes
through the repair and clean steps of config.yaml first, all but the line model itself: it judges what they leave, and
sees what they took lines for. Change a step, and the model is due for training again.

Measured with five folds by site: models are trained on four, the first guesses that the trees learn from are out of
fold too, inside these four. Lines are labelled by aligning them with the gold text (labels.py).
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
from numba import njit

from pipeline import config
from pipeline.clean.main_text import MainText, chosen
from pipeline.engine.columns import measure_column
from pipeline.engine.identity import site_of
from pipeline.engine.pages import Costs, clean_pages, repair_pages
from pipeline.models import _line_kernels as kernels
from pipeline.models import forest as forests
from pipeline.models import lines as model
from pipeline.step import Page
from tests.bench.shared import CASES, FIXTURES, ROOT, TEXT_DEV, read_jsonl
from tests.bench.train.forest import FIXED, fold_of, record, to_forest
from tests.bench.train.labels import by_segments, by_text, grams, tokens

FOLDS = 5
# Of one page of scrapinghub there are few, and they are the cleanest gold; the segments of trafilatura's pages are few
# lines a page; cases count more than their number, because every line that is lost there is a defect.
PAGE_WEIGHT = {"scrapinghub": 2.0, "wcxb": 1.0, "trafilatura": 0.4, "case": 1.5}
TREES = {
    "objective": "binary", "learning_rate": 0.07, "num_leaves": 31, "min_data_in_leaf": 80, "feature_fraction": 0.35,
    "bagging_fraction": 0.6, "bagging_freq": 1, "max_bin": 127, "lambda_l2": 8.0, **FIXED,
}  # fmt: skip
ROUNDS = 200


@dataclass
class Labelled:
    """A page that is ready to learn from. All but `page` and `row` concern its filled lines."""

    row: dict[str, Any]
    source: str
    site: str
    page: Page
    ids: np.ndarray
    kinds: np.ndarray
    gaps: np.ndarray
    truth: np.ndarray
    measured: model.Measured


def read_pages() -> list[Labelled]:
    """All pages with their labels, in a fixed order."""
    rows = [(row, row["source"]) for row in read_jsonl(TEXT_DEV)]
    for path in (*CASES, FIXTURES / "raw_gold.jsonl", FIXTURES / "hard_pages.jsonl"):
        rows += [(row, "case") for row in read_jsonl(path) if row.get("line_labels")]
    settings = config.load(ROOT / "config.yaml")
    repair = settings.steps("repair")
    clean = [step for step in settings.steps("clean") if step.rule != "main_text"]
    out = []
    for start in range(0, len(rows), 64):
        batch = rows[start : start + 64]
        texts = [text for text, _ in repair_pages(repair, [row["raw_text"] for row, _ in batch], Costs())]
        pages = [
            Page(text, url=row.get("url"), site=site_of(row.get("url")))
            for text, (row, _) in zip(texts, batch, strict=True)
        ]
        clean_pages(clean, pages, Costs())
        out += [_label(page, row, source) for page, (row, source) in zip(pages, batch, strict=True)]
    return [page for page in out if len(page.ids)]


def _label(page: Page, row: dict[str, Any], source: str) -> Labelled:
    if source == "trafilatura":
        truth = by_segments(page.lines, row["keep_segments"], row["drop_segments"])
    elif source == "case" and len(page.lines) == len(row["line_labels"]):
        truth = [-1 if label == "blank" else int(label == "content") for label in row["line_labels"]]
    else:
        truth = by_text(page.lines, row.get("gold_text") or "")
    column = pa.array(page.lines, pa.large_string())
    filled = np.array(page.filled, np.int64)
    return Labelled(
        row, source, row.get("site") or page.site or row.get("source", "").split("/")[0] or row["id"], page, filled, model.kinds_of([page.labels[i] for i in page.filled]),
        np.diff(filled, prepend=-1) > 1, np.array(truth, np.int8)[filled], model.measure(column, measure_column(column)[1]),
    )  # fmt: skip


# ---- the linear model -----------------------------------------------------------------------------------------------


def fit_words(pages: Sequence[Labelled], epochs: int = 4) -> model.Words:
    """Logistic regression by AdaGrad over the pages, in an order that only their number decides."""
    weights, squares = np.zeros((1 << kernels.BITS) + 1), np.full((1 << kernels.BITS) + 1, 1e-2)
    for epoch in range(epochs):
        for k in range(len(pages)):
            page = pages[(k * 7919 + epoch * 104729) % len(pages)]
            above, higher = np.empty(len(page.ids), np.int64), np.empty(len(page.ids), np.int64)
            m = page.measured
            kernels.headings(page.ids, m.rows, above, higher)
            _learn(page.ids, page.truth, weigh(page, 0.6), above, higher, m.rows, m.words, m.bounds, weights, squares)
    scale = float(np.abs(weights[:-1]).max() / 127)
    return model.Words(np.round(weights[:-1] / scale).astype(np.int8), scale, float(weights[-1]))


def weigh(page: Labelled, power: float) -> np.ndarray:
    """Weights of the lines: by their words, the same sum for every page of a source."""
    size = np.clip(page.measured.rows[page.ids, 1], 1, 80) ** power * (page.truth >= 0)
    total = size.sum()
    return size / total * PAGE_WEIGHT[page.source] * 60 if total else size


@njit(cache=True)
def _learn(ids, truth, weight, above, higher, rows, words, bounds, weights, squares):  # type: ignore[no-untyped-def]
    called = np.empty(kernels.MOST, np.int64)
    bias = len(weights) - 1
    for i in range(len(ids)):
        if truth[i] < 0:
            continue
        n, own = kernels.slots(i, ids, above, higher, rows, words, bounds, called)
        by_own, by_rest = (1 / np.sqrt(own) if own else 0.0), 1 / np.sqrt(n - own + 1.0)
        s = weights[bias]
        for k in range(n):
            s += weights[called[k]] * (by_own if k < own else by_rest)
        g = (1 / (1 + np.exp(-s)) - truth[i]) * weight[i]
        for k in range(n):
            at = called[k]
            step = g * (by_own if k < own else by_rest) + 1e-4 * weights[at] * weight[i]
            squares[at] += step * step
            weights[at] -= 0.15 * step / np.sqrt(squares[at] + 1e-8)
        squares[bias] += g * g
        weights[bias] -= 0.15 * g / np.sqrt(squares[bias] + 1e-8)


# ---- the trees ------------------------------------------------------------------------------------------------------


def fit(pages: Sequence[Labelled]) -> tuple[model.Words, forests.Forest]:
    """Both models. The trees learn from guesses for pages whose site the linear model behind them has not seen."""
    rows: dict[int, np.ndarray] = {}
    folds = [fold_of("inner " + page.site, FOLDS) for page in pages]
    for fold in range(FOLDS):
        guess = fit_words([page for page, k in zip(pages, folds, strict=True) if k != fold])
        for n, (page, k) in enumerate(zip(pages, folds, strict=True)):
            if k == fold:
                rows[n] = free_rows(page, guess)
    # A line that a rule has taken out needs no answer.
    wanted = [(page.truth >= 0) & (page.kinds == 0) for page in pages]
    x = np.concatenate([rows[n][w[page.kinds == 0]] for n, (page, w) in enumerate(zip(pages, wanted, strict=True))])
    y = np.concatenate([page.truth[w] for page, w in zip(pages, wanted, strict=True)])
    weight = np.concatenate([weigh(page, 0.7)[w] for page, w in zip(pages, wanted, strict=True)])
    data = lightgbm.Dataset(x, y, weight=weight, feature_name=[f"f{k}" for k in range(x.shape[1])])
    return fit_words(pages), to_forest(lightgbm.train(TREES, data, ROUNDS), model.FEATURES)


def free_rows(page: Labelled, words: model.Words) -> np.ndarray:
    """The features of the lines of a page that no rule has taken out."""
    return model.features(page.measured, page.ids, np.array([0, len(page.ids)]), page.kinds, page.gaps, words)


# ---- measuring ------------------------------------------------------------------------------------------------------


def stays(page: Labelled, words: model.Words, trees: forests.Forest, params: MainText) -> np.ndarray:
    """Which lines of a page the models leave."""
    p = np.zeros(len(page.ids))
    p[page.kinds == 0] = forests.probability(trees.score(free_rows(page, words)))
    return chosen(p, page.kinds, page.measured.rows[page.ids, 1], np.array([0, len(p)]), params)


def kept(page: Labelled, words: model.Words, trees: forests.Forest, params: MainText) -> str:
    """The text that is left of a page."""
    stay = stays(page, words, trees, params)
    return "\n".join(
        page.page.after_cuts(i)
        for i, keep, kind in zip(page.page.filled, stay, page.kinds, strict=True)
        if keep and not kind
    )


def f1(source: str, results: Sequence[tuple[Labelled, str]]) -> tuple[float, float, float]:
    """Precision, recall and F1: of 4-grams, means over pages; of segments for trafilatura's pages."""
    if source == "trafilatura":
        tp = fp = fn = 0
        for page, text in results:
            flat = " ".join(text.split())
            stay = [" ".join(s.split()) in flat for s in page.row["keep_segments"]]
            tp, fn = tp + sum(stay), fn + len(stay) - sum(stay)
            fp += sum(" ".join(s.split()) in flat for s in page.row["drop_segments"] or [])
        precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    else:
        ps, rs = [], []
        for page, text in results:
            gold, got = Counter(grams(tokens(page.row["gold_text"]))), Counter(grams(tokens(text)))
            hit = sum((gold & got).values())
            if got:
                ps.append(hit / sum(got.values()))
            rs.append(hit / max(1, sum(gold.values())))
        precision, recall = mean(ps), mean(rs)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def measure(pages: Sequence[Labelled], params: MainText) -> dict[str, list[float]]:
    """Figures on sites that the models have not seen."""
    results: dict[str, list[list[tuple[Labelled, str]]]] = defaultdict(lambda: [[] for _ in range(FOLDS)])
    lost = content = 0
    for fold in range(FOLDS):
        words, trees = fit([page for page in pages if fold_of(page.site, FOLDS) != fold])
        for page in pages:
            if fold_of(page.site, FOLDS) != fold:
                continue
            results[page.source][fold].append((page, kept(page, words, trees, params)))
            if page.source == "case":
                mine = (page.truth == 1) & (page.kinds == 0)
                content += int(mine.sum())
                lost += int((mine & ~stays(page, words, trees, params)).sum())
        print(f"fold {fold}: {time.process_time():.0f} CPU s", flush=True)
    figures = {"cases.main_text.content_lost": [lost / max(1, content)]}
    for source, parts in sorted(results.items()):
        if source == "case":
            continue
        folds = [f1(source, part) for part in parts]
        whole = f1(source, [pair for part in parts for pair in part])
        print(f"{source}: precision {whole[0]:.4f}, recall {whole[1]:.4f}, F1 {whole[2]:.4f}", flush=True)
        figures[f"text.{source}.f1"] = [fold[2] for fold in folds]
    return figures


def main() -> None:
    pages = read_pages()
    print(
        f"{len(pages)} pages, {sum(len(page.ids) for page in pages)} lines, {time.process_time():.0f} CPU s", flush=True
    )
    if "--measure-only" not in sys.argv:
        words, trees = fit(pages)
        words.save(forests.FOLDER / "lines_words.npz")
        trees.save(forests.FOLDER / "lines.npz")
    if "--no-measure" not in sys.argv:
        record("lines", measure(pages, MainText()))


if __name__ == "__main__":
    main()
