"""Inputs that would be slow if anything were quadratic: time and memory of a whole run at two sizes.

    python -m tests.bench.hostile [--scale 1.0] [--only NAME ...] [--workers 2]

Each input is run at a tenth of its size and at its size: ten times the input should cost about ten times the CPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from tests.bench.throughput import measure


def one_line(size: float) -> Iterator[dict[str, str]]:
    """One page whose text is one line; 200 MB at full size."""
    sentence = "The ferry was late and nobody on the quay could say when the next one would come in from the islands. "
    yield {"id": "line", "text": sentence * int(200e6 * size / len(sentence))}


def one_word(size: float) -> Iterator[dict[str, str]]:
    """Pages of one word, each another one; a million at full size."""
    for n in range(int(1e6 * size)):
        yield {"id": str(n), "text": f"word{n:x}"}


def identical(size: float) -> Iterator[dict[str, str]]:
    """Pages that are all the same; a million at full size."""
    text = "The harbour office closes at noon on Fridays, as it has since the war, and opens again on Monday at nine."
    for n in range(int(1e6 * size)):
        yield {"id": str(n), "text": text}


def one_band(size: float) -> Iterator[dict[str, str]]:
    """Pages that have half of their words in common, so that most share a band with most; 10,000 at full size."""
    shared = " ".join(f"common{n}" for n in range(120))
    for n in range(int(10_000 * size)):
        own = " ".join(f"own{n}x{k}" for k in range(50))
        yield {"id": str(n), "text": f"{shared} {own}"}


HOSTILE: dict[str, Callable[[float], Iterator[dict[str, str]]]] = {
    made.__name__: made for made in (one_line, one_word, identical, one_band)
}


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--scale", type=float, default=1.0)
    ap.add_argument("--only", nargs="*", default=list(HOSTILE), choices=list(HOSTILE))
    ap.add_argument("--workers", type=int, default=2)
    args = ap.parse_args()
    print("input       size    MB    CPU s  largest MB  together MB  records")
    for name in args.only:
        for share in (0.1, 1.0):
            with tempfile.TemporaryDirectory(prefix="scutch-hostile-") as folder:
                source, output = Path(folder) / "pages.jsonl", Path(folder) / "output"
                with source.open("wb") as out:
                    for page in HOSTILE[name](args.scale * share):
                        out.write(orjson.dumps(page, option=orjson.OPT_APPEND_NEWLINE))
                command = [sys.executable, "-m", "pipeline.cli", "run", "--plain", "--workers", str(args.workers)]
                command += ["--input", str(source), "--output", str(output), "--set", "ingest.record_mb=300"]
                # So that the pages reach the search for duplicates.
                command += ["--set", "judge.preset=null", "--set", "judge.rules.too_short.min=1"]
                figures = measure(command)
                told = json.loads((output / "run.json").read_text(encoding="utf-8"))
                size = source.stat().st_size / 1e6
            print(
                f"{name:10} {args.scale * share:5.2f} {size:6.1f} {figures['cpu_s']:8.1f} {figures['peak_mb_largest']:10.0f} "
                f"{figures['peak_mb_together']:11.0f}  {told['records']} {told['reasons']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
