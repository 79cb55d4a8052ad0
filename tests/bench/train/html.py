"""Trains the models that choose the main text among the blocks of an HTML page, and says how good they are.

    python -m tests.bench.train.html [--only-models]   # cross-validate by site, then train on all and write pipeline/models/html*.npz

Pages: html_dev.jsonl (article-extraction-benchmark, trafilatura's evaluation pages, WCXB). A block is main text where
the choice of blocks that agrees best with the gold text has it; pages with segments label the blocks that hold one.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tldextract
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.utils import load_html

from pipeline.describe._names import listed
from pipeline.extract._authors import _FEATURES as NAME_FEATURES
from pipeline.extract._authors import measure_names, pick_names
from pipeline.extract._blocks import Blocks, flatten
from pipeline.extract._blocks import fold as fold_name
from pipeline.extract._choose import SURE, complete, page_title, select
from pipeline.extract._dates import FEATURES as DAY_FEATURES
from pipeline.extract._dates import LEAST as LEAST_DAY
from pipeline.extract._dates import Days, is_settled, measure_days
from pipeline.extract._features import SHORT, Measured, measure, page_kind, second, text_words, voice
from pipeline.extract._head import Bylines, read_bylines, read_head, read_page_days, read_stated
from pipeline.extract._html import ask_htmldate, main_text
from pipeline.models.forest import FOLDER, Forest, probability
from tests.bench.shared import SHARED, read_jsonl
from tests.bench.train.forest import fit, fold_of, record

# The public suffix list of the wheel: no look-up over the network.
DOMAINS = tldextract.TLDExtract(suffix_list_urls=())
FOLDS = 5
ROUNDS = 130
PARAMS = {"num_leaves": 24, "learning_rate": 0.08, "min_data_in_leaf": 40, "feature_fraction": 0.4, "bagging_fraction": 0.8,
          "bagging_freq": 1, "lambda_l2": 5.0}  # fmt: skip
# A word counts only where so many sites use it.
LEAST_SITES = 3


# Figures of each fold by the name of the measure.
Figures = dict[str, list[float]]


class Sample(NamedTuple):
    """A page with all that does not depend on the fold."""

    row: dict[str, Any]
    site: str
    blocks: Blocks
    title: str
    kind: list[float]
    quick: np.ndarray
    slow: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    votes: dict[str, tuple[float, float]]
    bylines: Bylines
    days: Days


def main() -> None:
    sys.path.insert(0, str(SHARED / "bench"))
    samples = [s for s in map(_sample, read_jsonl(SHARED / "bench" / "html_dev.jsonl")) if len(s.blocks.texts)]
    fold = np.array([fold_of(s.site, FOLDS) for s in samples])
    print(f"{len(samples)} pages, {len({s.site for s in samples})} sites, {sum(len(s.labels) for s in samples)} blocks")
    figures = _train_authors(samples, fold) | _train_days(samples, fold)
    # Each page is measured with words counted on the sites of the other folds, in training as well.
    first: list[Measured] = [None] * len(samples)  # type: ignore[list-item]
    for f in range(FOLDS):
        odds = _odds(s for s, g in zip(samples, fold, strict=True) if g != f)
        for n in np.flatnonzero(fold == f):
            first[n] = _measure(samples[n], odds)
    p1 = _cross([m.rows for m in first], samples, fold)
    rows = [second(p, m, s.blocks, s.slow)[0] for p, m, s in zip(p1, first, samples, strict=True)]
    if "--only-models" not in sys.argv:
        record("html", _tell(samples, fold, first, p1, _cross(rows, samples, fold)) | figures)
    odds = _odds(samples)
    _save_words(odds)
    names = first[0].names
    _fit([m.rows for m in first], samples, names).save(FOLDER / "html_quick.npz")
    names2 = second(p1[0], first[0], samples[0].blocks, samples[0].slow)[1]
    _fit(rows, samples, names2).save(FOLDER / "html.npz")


def _tell(
    samples: list[Sample], fold: np.ndarray, first: list[Measured], p1: list[np.ndarray], p2: list[np.ndarray]
) -> Figures:
    both = [(a + b) / 2 for a, b in zip(p1, p2, strict=True)]
    weights = [m.rows[:, 1].astype(np.float64) for m in first]
    expected = [select(p, w)[1] for p, w in zip(p1, weights, strict=True)]
    _report("first pass", samples, fold, p1, weights)
    _report("both passes", samples, fold, both, weights)
    figures: Figures = {}
    for sure in sorted({0.8, 0.85, 0.9, 0.95, SURE}):
        mixed = [a if e >= sure else b for a, b, e in zip(p1, both, expected, strict=True)]
        asked = np.mean([e < sure for e in expected])
        told = _report(
            f"second pass where the first expects < {sure} ({asked:.0%} of pages)", samples, fold, mixed, weights
        )
        figures = told if sure == SURE else figures
    if out := os.environ.get("SCUTCH_HTML_OUT"):
        _dump(Path(out), samples, p1, both, expected, weights)
    return figures


# Small trees: there are 2,000 names.
NAMES = {"num_leaves": 8, "learning_rate": 0.06, "min_data_in_leaf": 15, "lambda_l2": 3.0}


def _train_authors(samples: list[Sample], fold: np.ndarray) -> Figures:
    """The model that chooses among the names a page puts forward, and its figures on the pages of other folds."""
    mine = [n for n, s in enumerate(samples) if "author" in (s.row.get("gold_meta") or {})]
    gold = {}
    for n in mine:
        author = samples[n].row["gold_meta"]["author"] or ""
        gold[n] = fold_name("; ".join(author) if isinstance(author, list) else author)
    measured = {n: measure_names(*samples[n].bylines) for n in mine}

    def is_hit(n: int, name: str) -> bool:
        return len(fold_name(name)) > 3 and fold_name(name) in gold[n]

    def train(chosen: list[int]) -> Forest:
        rows = np.concatenate([measured[n][1] for n in chosen])
        right = np.array([is_hit(n, name) for n in chosen for name in measured[n][0]], int)
        weight = np.concatenate([np.full(k := len(measured[n][0]), max(1, k) ** -0.5) for n in chosen])
        return fit(rows, right, NAME_FEATURES, weight=weight, rounds=60, params=NAMES)

    figures: Figures = {}
    for f in range(FOLDS):
        model = train([n for n in mine if fold[n] != f])
        for source in ("trafilatura", "wcxb"):
            hits: dict[int, bool] = {}
            for n in (n for n in mine if fold[n] == f and samples[n].row["source"] == source):
                names, rows = measured[n]
                chosen = pick_names(samples[n].bylines.found, names, probability(model.score(rows)))
                if given := listed(chosen):
                    hits[n] = any(is_hit(n, name) for name in given)
            asked = [n for n in mine if fold[n] == f and samples[n].row["source"] == source and gold[n]]
            recall = sum(hits.get(n, False) for n in asked) / max(1, len(asked))
            figures.setdefault(f"html.{source}.author_recall", []).append(recall)
            figures.setdefault(f"html.{source}.author_precision", []).append(sum(hits.values()) / max(1, len(hits)))
    _show(figures)
    train(mine).save(FOLDER / "html_authors.npz")
    return figures


DAYS = {"num_leaves": 8, "learning_rate": 0.06, "min_data_in_leaf": 15, "lambda_l2": 3.0, "feature_fraction": 0.6}


def _train_days(samples: list[Sample], fold: np.ndarray) -> Figures:
    """The model that chooses among the days a page puts forward, and its figures on the pages of other folds."""
    mine = [n for n, s in enumerate(samples) if (s.row.get("gold_meta") or {}).get("date")]
    gold = {n: samples[n].row["gold_meta"]["date"][:10] for n in mine}
    measured = {n: measure_days(samples[n].days) for n in mine}

    def train(chosen: list[int]) -> Forest:
        rows = np.concatenate([measured[n][1] for n in chosen])
        right = np.array([day.isoformat() == gold[n] for n in chosen for day in measured[n][0]], int)
        weight = np.concatenate([np.full(k := len(measured[n][0]), max(1, k) ** -0.5) for n in chosen])
        return fit(rows, right, DAY_FEATURES, weight=weight, rounds=120, params=DAYS)

    figures: Figures = {}
    for f in range(FOLDS):
        model = train([n for n in mine if fold[n] != f])
        for source in ("trafilatura", "wcxb"):
            hits = []
            for n in (n for n in mine if fold[n] == f and samples[n].row["source"] == source):
                order, rows = measured[n]
                p = probability(model.score(rows)) if order else np.zeros(1)
                hits.append(p.max() >= LEAST_DAY and order[int(p.argmax())].isoformat() == gold[n])
            figures.setdefault(f"html.{source}.published", []).append(float(np.mean(hits)))
    _show(figures)
    train(mine).save(FOLDER / "html_dates.npz")
    return figures


def _show(figures: Figures) -> None:
    for name, folds in figures.items():
        print(f"  {name:34} {np.mean(folds):.4f} ± {np.std(folds):.4f}")


def _sample(row: dict[str, Any]) -> Sample:
    data = gzip.decompress((SHARED / "bench" / row["html_path"]).read_bytes())
    html = data.decode("utf-8", "replace").replace("\x00", "")
    tree = load_html(html)
    blocks = flatten(tree)
    stated = read_stated(tree)
    bylines = read_bylines(tree, row["url"], stated, blocks)
    blocks.marked.clear()  # or all trees stay in memory
    address = read_head(tree, row["url"], stated).get("url") or row["url"]
    days = read_page_days(tree, address, stated, blocks)
    if not is_settled(days):
        days.add("htmldate", ask_htmldate(tree, address))
    quick = voice(blocks, extract_plain_text(html, main_content=True, list_bullets=False))
    slow = voice(blocks, main_text(tree, row["url"], fast=True))
    labels = _aligned(blocks.texts, row["gold_text"]) if row.get("gold_text") else _by_segments(blocks.texts, row)
    words = np.array([len(_tokens(text)) for text in blocks.texts])
    if row.get("gold_text"):
        # What an error costs the F1 of its page: its share of the gold text.
        weight = np.minimum((words + 1) / max(30, words[labels == 1].sum()), 0.5)
    else:
        weight = np.where(labels >= 0, 0.5 / max(1, (labels >= 0).sum()), 0.0)
    address = row["url"] or row["id"].split(":", 1)[1]
    found = DOMAINS(address)
    site = found.top_domain_under_public_suffix or found.fqdn or row["id"]
    return Sample(row, site, blocks, page_title(tree), page_kind(tree, row["url"]), quick, slow, labels, weight * 1000,
                  _votes(blocks, labels), bylines, days)  # fmt: skip


def _measure(sample: Sample, odds: dict[str, float]) -> Measured:
    return measure(sample.blocks, odds, sample.title, sample.kind, sample.quick)


def _cross(rows: list[np.ndarray], samples: list[Sample], fold: np.ndarray) -> list[np.ndarray]:
    """Out-of-fold probabilities."""
    out: list[np.ndarray] = [np.zeros(0)] * len(samples)
    for f in range(FOLDS):
        keep = np.flatnonzero(fold != f)
        model = _fit([rows[n] for n in keep], [samples[n] for n in keep], [str(k) for k in range(rows[0].shape[1])])
        for n in np.flatnonzero(fold == f):
            out[n] = probability(model.score(rows[n]))
    return out


def _fit(rows: list[np.ndarray], samples: list[Sample], names: Iterable[str]) -> Forest:
    labels = np.concatenate([s.labels for s in samples])
    weight = np.concatenate([s.weight for s in samples])
    used = (labels >= 0) & (weight > 0)
    data = np.concatenate(rows)[used]
    return fit(data, labels[used], list(names), weight=weight[used], rounds=ROUNDS, params=PARAMS)


def _votes(blocks: Blocks, labels: np.ndarray) -> dict[str, tuple[float, float]]:
    """For each word of the page how its text divides into boilerplate and main text; the two sum to 1."""
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    inline: defaultdict[int, list[int]] = defaultdict(list)
    for block, name in blocks.inline:
        inline[block].append(name)
    for k, text in enumerate(blocks.texts):
        if labels[k] < 0:
            continue
        words: dict[str, None] = {}
        for e in blocks.chain(k)[:-1]:
            words.update(dict.fromkeys((*blocks.words[blocks.names[e]], "<" + blocks.tags[e])))
        for name in inline[k]:
            words.update(dict.fromkeys(blocks.words[name]))
        if len(text.split()) <= SHORT:
            words.update(dict.fromkeys(text_words(text)))
        for word in words:
            sums[word][labels[k]] += min(len(text), 400) + 20
    return {word: (a / (a + b), b / (a + b)) for word, (a, b) in sums.items()}


def _odds(samples: Iterable[Sample]) -> dict[str, float]:
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    sites: defaultdict[str, set[str]] = defaultdict(set)
    for sample in samples:
        for word, (a, b) in sample.votes.items():
            sums[word][0] += a
            sums[word][1] += b
            sites[word].add(sample.site)
    return {w: float(np.log((b + 1) / (a + 1))) for w, (a, b) in sums.items() if len(sites[w]) >= LEAST_SITES}


def _save_words(odds: dict[str, float]) -> None:
    words = sorted(word for word in odds if "\n" not in word)
    with (FOLDER / "html_words.npz").open("wb") as file:
        np.savez_compressed(file, words=np.array("\n".join(words)), odds=np.array([odds[w] for w in words], np.float16))


def _tokens(text: str) -> list[str]:
    from score import TOKEN

    return list(TOKEN.findall(text))


def _grams(tokens: list[str]) -> list[tuple[str, ...]]:
    return [tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)]


def _aligned(texts: list[str], gold: str) -> np.ndarray:
    """The choice of blocks whose 4-shingles agree best with the gold text: by coverage, then by single changes."""
    want = Counter(_grams(_tokens(gold)))
    n_want = sum(want.values())
    tokens = [_tokens(text) for text in texts]
    flat = [token for block in tokens for token in block]
    covered = np.zeros(len(flat) + 4, bool)
    for i, gram in enumerate(_grams(flat)):
        if gram in want:
            covered[i : i + 4] = True
    gold_lines = {tuple(_tokens(line)) for line in gold.split("\n")}
    ends = np.cumsum([0, *map(len, tokens)])
    share = [covered[a:b].mean() if b > a else 0.0 for a, b in pairwise(ends)]
    keep = [s >= 0.5 for s in share]
    have = Counter(_grams([t for k, block in zip(keep, tokens, strict=True) if k for t in block]))
    n_have, hits = sum(have.values()), sum((have & want).values())

    def beside(i: int, step: int) -> list[str]:
        out: list[str] = []
        j = i + step
        while 0 <= j < len(tokens) and len(out) < 3:
            if keep[j]:
                out = tokens[j] + out if step < 0 else out + tokens[j]
            j += step
        return out[-3:] if step < 0 else out[:3]

    for _ in range(2):
        before = list(keep)
        for i, block in enumerate(tokens):
            open_ = 0 < share[i] < 1 or (share[i] == 1 and len(block) <= 12) or tuple(block) in gold_lines
            if not block or not (open_ or (len(block) < 4 and any(keep[max(0, i - 2) : i + 3]))):
                continue
            a, b = beside(i, -1), beside(i, 1)
            gone, come = _grams(a + b), _grams(a + block + b)
            if keep[i]:
                gone, come = come, gone
            change = Counter(come)
            change.subtract(gone)
            more = sum(min(have[g] + d, want[g]) - min(have[g], want[g]) for g, d in change.items() if d and g in want)
            size = n_have + len(come) - len(gone)
            if (hits + more) / max(1, size + n_want) > hits / max(1, n_have + n_want) + 1e-12:
                keep[i] = not keep[i]
                have.update(change)
                hits, n_have = hits + more, size
        if keep == before:
            break
    return np.array(keep, int)


def _by_segments(texts: list[str], row: dict[str, Any]) -> np.ndarray:
    """1 and 0 for the blocks that hold a segment to keep or to drop, -1 for the others."""
    from score import squash

    flat = [squash(text) for text in texts]
    starts = np.cumsum([0, *(len(text) + 1 for text in flat)])
    whole = " ".join(flat)
    labels = np.full(len(texts), -1)
    for segments, label in ((row["drop_segments"], 0), (row["keep_segments"], 1)):
        for segment in filter(None, map(squash, segments)):
            at = whole.find(segment)
            while at >= 0:
                a = int(np.searchsorted(starts, at, "right")) - 1
                b = int(np.searchsorted(starts, at + len(segment), "left"))
                labels[a:b] = label
                at = whole.find(segment, at + 1)
    return labels


def _text(sample: Sample, p: np.ndarray, weight: np.ndarray) -> str:
    chosen = complete(sample.blocks, select(p, weight)[0])
    return "\n".join(text for text, keep in zip(sample.blocks.texts, chosen, strict=True) if keep)


def _report(
    what: str, samples: list[Sample], fold: np.ndarray, p: list[np.ndarray], weights: list[np.ndarray]
) -> Figures:
    from score import overlap, prf, squash

    texts = [_text(s, q, w) for s, q, w in zip(samples, p, weights, strict=True)]
    print(what)
    figures: Figures = {}
    for source in ("scrapinghub", "trafilatura", "wcxb"):

        def figure(chosen: Iterable[int], source: str = source) -> float:
            mine = [n for n in chosen if samples[n].row["source"] == source]
            if source != "trafilatura":
                return float(prf([overlap(samples[n].row["gold_text"], texts[n]) for n in mine])[2])
            right = wrong = missed = 0
            for n in mine:
                flat = squash(texts[n])
                hits = [squash(s) in flat for s in samples[n].row["keep_segments"]]
                right, missed = right + sum(hits), missed + len(hits) - sum(hits)
                wrong += sum(squash(s) in flat for s in samples[n].row["drop_segments"])
            return 2 * right / max(1, 2 * right + wrong + missed)

        folds = [figure(np.flatnonzero(fold == f)) for f in range(FOLDS)]
        print(f"  {source:12} F1 {figure(range(len(samples))):.4f}   folds {np.mean(folds):.4f} ± {np.std(folds):.4f}")
        figures[f"html.{source}.f1"] = folds
    return figures


def _dump(
    path: Path,
    samples: list[Sample],
    p1: list[np.ndarray],
    both: list[np.ndarray],
    expected: list[float],
    weights: list[np.ndarray],
) -> None:
    """Out-of-fold texts as rows of raw text, for a run of the later steps over them."""
    with path.open("w", encoding="utf-8") as file:
        for sample, a, b, e, w in zip(samples, p1, both, expected, weights, strict=True):
            text = _text(sample, a if e >= SURE else b, w)
            row = {key: value for key, value in sample.row.items() if key != "html_path"}
            file.write(json.dumps({**row, "raw_text": text}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    since = time.process_time()
    main()
    print(f"{time.process_time() - since:.0f} s of CPU")
