"""The language table: our combination and each of its voices alone, accuracy and CPU time per text.

    python tests/bench/language.py [language_dev.jsonl] [--half 0|1]

Rows have text, language, domain, length and `common` (one of 49 languages). `known` is the share of common paragraphs
that get a language at all, `refused` the share of paragraphs in languages that no voice has that get none.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.describe import _lang_voices as voices
from pipeline.describe._lang_verdict import known_languages
from pipeline.step import Page, load
from tests.bench.shared import SHARED, read_jsonl


def ours() -> Callable[[str], str | None]:
    step = load("describe", "language")
    return lambda text: step.described([Page(text)])[0].get("language")


def cld2(text: str) -> str | None:
    shares = voices.ask_cld2(text).shares
    return shares[0][0] if shares else None


def langid(text: str) -> str | None:
    return first(voices.langid(), text)


def profiles(text: str) -> str | None:
    return first(voices.langdetect(), text)


def first(model: voices.LangidModel | voices.LangdetectModel, text: str) -> str | None:
    found = model.ask([text])
    return model.labels.names[int(found.probabilities[0].argmax())] if found.any[0] else None


def langdetect(text: str) -> str | None:
    """The library itself."""
    import langdetect

    langdetect.DetectorFactory.seed = 0
    try:
        return voices.code(langdetect.detect(text))
    except langdetect.LangDetectException:
        return None


class Told(NamedTuple):
    """What a voice reaches on a set of texts."""

    accuracy: Mapping[tuple[str, str], float]
    """By domain and length, over the common languages."""
    known: float
    refused: float
    milliseconds: Mapping[str, float]
    """CPU time per text, by length."""


def measure(tell: Callable[[str], str | None], rows: Iterable[Mapping[str, Any]]) -> Told:
    """Ask `tell` for the language of each row."""
    tell("The first call loads the model of this voice, which is not counted.")
    tell("eller nedverdigende behandling eller")
    known_to_us = known_languages()
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    spent: dict[str, list[float]] = defaultdict(list)
    known, refused = [], []
    for row in rows:
        truth = voices.code(row["language"])
        since = time.process_time()
        found = tell(row["text"])
        spent[row["length"]].append(time.process_time() - since)
        if row["common"]:
            hits[row["domain"], row["length"]].append(found == truth)
        if row["length"] == "para" and row["domain"] != "web":
            if row["common"]:
                known.append(bool(found))
            elif truth not in known_to_us:
                refused.append(not found)
    return Told(
        {cell: sum(right) / len(right) for cell, right in hits.items()},
        sum(known) / max(1, len(known)),
        sum(refused) / max(1, len(refused)),
        {length: 1000 * sum(seconds) / len(seconds) for length, seconds in spent.items()},
    )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("file", nargs="?", type=Path, default=SHARED / "bench" / "language_dev.jsonl")
    ap.add_argument(
        "--half",
        type=int,
        choices=(0, 1),
        help="only texts whose hash is even (0) or odd (1)",
    )
    args = ap.parse_args()
    rows = read_jsonl(args.file)
    if args.half is not None:
        rows = [r for r in rows if hashlib.sha256(r["text"].encode()).digest()[0] & 1 == args.half]
    lengths = ("short", "sent", "para", "page")
    cells = [(domain, length) for domain in ("udhr", "ui", "web") for length in lengths[:3]]
    print(
        f"{'':22}"
        + "".join(f"{f'{d} {n}':>12}" for d, n in cells)
        + "   known  refused   CPU ms: "
        + " / ".join(lengths)
    )
    for name, tell in {
        "scutch": ours(),
        "cld2": cld2,
        "py3langid": langid,
        "langdetect profiles": profiles,
        "langdetect": langdetect,
    }.items():
        told = measure(tell, rows)
        print(
            f"{name:22}"
            + "".join(f"{100 * told.accuracy.get(cell, 0.0):12.1f}" for cell in cells)
            + f"{100 * told.known:8.1f} {100 * told.refused:8.1f}   "
            + " / ".join(f"{told.milliseconds.get(n, 0.0):.3f}" for n in lengths)
        )


if __name__ == "__main__":
    main()
