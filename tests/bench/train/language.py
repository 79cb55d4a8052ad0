"""Trains the forest that weighs the voices on language (pipeline/models/language.npz).

    python -m tests.bench.train.language

Rows: each language that a voice names first or second in a text, 1 where it is right. Texts: language_dev.jsonl, pieces of 20
to 500 characters out of its paragraphs and pages, and raw web pages of text_dev.jsonl.zst with parts of them, which
teach how names, menus and numbers spoil the fit; these have the language of their long lines where that is beyond
doubt. The figures printed are out of fold, twice: with languages that no voice knows kept together and other texts
spread by hash (texts to come are in languages that were seen, or in unknown ones that were not), and with every language
kept together. `known` is the share of common paragraphs that get a language, `unknown` that of paragraphs in languages that
no voice has which get none.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.describe import language
from pipeline.describe._lang_script import count
from pipeline.describe._lang_verdict import FEATURES, Voices, known_languages
from pipeline.describe._lang_voices import code
from pipeline.engine.identity import site_of
from pipeline.models.forest import FOLDER, Forest, probability
from tests.bench.shared import SHARED, TEXT_DEV, read_jsonl
from tests.bench.train.forest import fit, fold_of, record

FOLDS = 5
SETTINGS = {"num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 30, "feature_fraction": 0.7, "bagging_fraction": 0.8,
            "bagging_freq": 1, "lambda_l2": 3.0}  # fmt: skip
ROUNDS = 300


@dataclass
class Text:
    """A text with what the voices say of it. `told` is the answer where the forest is not asked."""

    row: str
    label: str
    gold: str
    kind: str
    domain: str
    length: str
    letters: int
    told: str | None
    names: list[str]
    rows: np.ndarray


def texts(path: Path) -> list[Text]:
    """The labelled texts and pieces of them."""
    known = known_languages()
    out = []
    for number, row in enumerate(read_jsonl(path)):
        gold = code(row["language"])
        kind = "common" if row["common"] else "other" if gold in known else "unknown"
        for piece, whole in _pieces(row, number):
            length = row["length"] if whole else "piece"
            out.append(_text(piece, str(number), row["language"], gold, kind, row["domain"], length))
    return out


def pages(path: Path) -> list[Text]:
    """Raw web pages and parts of them."""
    out = []
    for number, row in enumerate(read_jsonl(path)):
        text = row["raw_text"]
        prose = "\n".join(line for line in text.split("\n") if len(line) >= 150)
        told = language.tell(count([prose]))[0]
        if told.chance < 1.0 or not told.language:
            continue
        rng = random.Random(number)
        starts = [rng.randrange(max(1, len(text) - 600)) for _ in range(2)]
        for piece in (text, *(text[start : start + 600] for start in starts)):
            out.append(
                _text(piece, site_of(row["url"]) or row["id"], told.language, told.language, "common", "raw", "page")
            )
    return out


def _text(piece: str, row: str, label: str, gold: str, kind: str, domain: str, length: str) -> Text:
    counted = count([piece])
    asked = language.ask(counted)
    if not asked:
        told = language.tell(counted)[0].language
        return Text(row, label, gold, kind, domain, length, 0, told, [], np.zeros((0, len(FEATURES)), np.float32))
    voices = Voices.ask([asked[0].heard], [asked[0].cld2])
    _, names, columns = voices.rows()
    told = asked[0].cld2.shares[0][0] if language.beyond_doubt(asked) else None
    return Text(row, label, gold, kind, domain, length, int(voices.letters[0]), told, names, columns)


def _pieces(row: dict[str, Any], number: int) -> Iterator[tuple[str, bool]]:
    text = row["text"]
    yield text, True
    # Web pages are labelled as a whole: pieces of them may be in another language.
    if row["domain"] == "web":
        return
    rng = random.Random(number)
    for _ in range({"para": 3, "page": 10}.get(row["length"], 0) * (3 if row["common"] else 1)):
        size = round(np.exp(rng.uniform(np.log(20), np.log(500))))
        if size < len(text):
            start = rng.randrange(len(text) - size)
            piece = text[start : start + size]
            yield piece.split(maxsplit=1)[-1].rsplit(maxsplit=1)[0] if piece.count(" ") > 3 else piece, False


def train(chosen: list[Text]) -> Forest:
    """A forest over the languages named in these texts."""
    rows = np.concatenate([text.rows for text in chosen])
    target = np.concatenate([[float(name == text.gold) for name in text.names] for text in chosen])
    weight = np.repeat([_weight(text) for text in chosen], [len(text.names) for text in chosen])
    return fit(rows, target, FEATURES, weight=weight, rounds=ROUNDS, params=SETTINGS)


def _weight(text: Text) -> float:
    """Lines in common languages are what most of the web has; paragraphs are what unknown languages are told by."""
    if text.domain == "web" and text.length in ("short", "sent"):
        return 0.0
    if text.domain == "raw":
        return 0.5
    if text.kind == "common":
        return 4.0 if text.letters < 60 else 1.0
    if text.kind == "other":
        return 0.6
    return 1.5 if text.letters > 250 else 1.0


def main() -> None:
    found = texts(SHARED / "bench" / "language_dev.jsonl") + pages(TEXT_DEV)
    asked = [text for text in found if text.names]
    print(f"{len(found)} texts, {len(asked)} of them for the voices; {len(FEATURES)} features")
    figures: dict[str, list[float]] = {}
    for title, key in {
        "unknown languages kept together": lambda text: text.label if text.kind == "unknown" else text.row,
        "every language kept together": lambda text: text.row if text.domain == "raw" else text.label,
    }.items():
        answers: dict[int, str | None] = {id(text): text.told for text in found}
        by_fold: dict[str, list[float]] = defaultdict(list)
        for fold in range(FOLDS):
            model = train([text for text in asked if fold_of(key(text), FOLDS) != fold])
            held = [text for text in found if fold_of(key(text), FOLDS) == fold and text.length != "piece"]
            for text in held:
                if text.names and not text.told:
                    chances = probability(model.score(text.rows))
                    best = int(chances.argmax())
                    answers[id(text)] = (
                        text.names[best] if chances[best] >= language.least_chance(text.letters) else None
                    )
            for cell, value in _table(held, answers).items():
                by_fold[cell].append(value)
        print(title)
        whole = _table([text for text in found if text.length != "piece"], answers)
        for cell in sorted(whole):
            spread = np.array(by_fold[cell])
            print(
                f"  {cell:28} {100 * whole[cell]:6.2f}   by fold {100 * spread.mean():6.2f} +- {100 * spread.std(ddof=1):.2f}"
            )
        figures = figures or dict(by_fold)
    model = train(asked)
    model.save(FOLDER / "language.npz")
    record("language", {cell: folds for cell, folds in sorted(figures.items()) if cell.startswith("language.")})
    digest = hashlib.sha256((FOLDER / "language.npz").read_bytes()).hexdigest()
    print("language.npz", (FOLDER / "language.npz").stat().st_size, "bytes", digest[:16])


def _table(chosen: list[Text], answers: dict[int, str | None]) -> dict[str, float]:
    """Shares of right answers; the cells that begin with `language.` are those of the quality table."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for text in chosen:
        answer = answers[id(text)]
        if text.kind == "common":
            name = f"language.{text.length}" if text.domain == "udhr" else f"{text.domain} {text.length} right"
            hits[name].append(answer == text.gold)
            if text.length == "para" and text.domain != "web":
                hits["language.known"].append(answer is not None)
        elif text.kind == "unknown" and text.domain != "web":
            hits["language.unknown" if text.length == "para" else f"{text.length} unknown"].append(answer is None)
    return {cell: sum(found) / len(found) for cell, found in hits.items()}


if __name__ == "__main__":
    main()
