"""What a round costs that finds a little new input: CPU seconds of a full run, of a round with nothing new and of one with
1 % new pages, and of the start of the command.

    python -m tests.bench.incremental [--corpus DIR] [--every 100] [--by page|site] [--workers 2] [--check]

Reads Parquet files with the columns id, url and text, by default the corpus at $SCUTCH_SHARED/bench/corpus (or ../shared).
Every 100th page (with --by site: all pages of every 100th site) is held out into a file of its own, which arrives for the
round. --check makes a full run over all of it too, and compares the bytes. CPU is user + system of the command and all
its children. The start is a run over one small page.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pyarrow.parquet as pq
import xxhash

from tests import runs
from tests.bench.shared import SHARED
from tests.bench.throughput import measure


def hold_out(corpus: Path, folder: Path, every: int, by: str) -> tuple[int, int]:
    """Write the corpus as JSON lines into `folder`, all but what is held out, and that into late.jsonl beside it; gives
    the pages of both."""
    folder.mkdir()
    counts = [0, 0]
    with (folder / "corpus.jsonl").open("wb") as early, (folder.parent / "late.jsonl").open("wb") as late:
        for path in sorted(corpus.glob("*.parquet")):
            for row in pq.read_table(path, columns=["id", "url", "text"]).to_pylist():
                host = urlsplit(row["url"] or "").hostname or ""
                number = xxhash.xxh64_intdigest(host.encode()) if by == "site" else sum(counts) + 1
                is_late = number % every == 0
                counts[is_late] += 1
                (late if is_late else early).write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return counts[0], counts[1]


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--corpus", type=Path, default=SHARED / "bench" / "corpus")
    ap.add_argument("--every", type=int, default=100)
    ap.add_argument("--by", choices=("page", "site"), default="page")
    ap.add_argument("--workers", type=int, default=2)
    ap.add_argument("--check", action="store_true", help="compare with the bytes of a full run")
    args = ap.parse_args()
    with tempfile.TemporaryDirectory(prefix="scutch-bench-") as scratch:
        folder = Path(scratch)
        source, small = folder / "in", folder / "small"
        early, late = hold_out(args.corpus, source, args.every, args.by)
        small.mkdir()
        (small / "page.txt").write_text("The weir is open again, the river board said on Monday.\n", encoding="utf-8")

        def run(input_: Path, output: str) -> float:
            command = [*runs.SCUTCH, "run", "--plain", "--input", str(input_), "--output", str(folder / output),
                       "--workers", str(args.workers)]  # fmt: skip
            return measure(command, quiet=True)["cpu_s"]

        start = run(small, "small-output")
        full = run(source, "output")
        nothing = run(source, "output")
        (folder / "late.jsonl").rename(source / "late.jsonl")
        round_ = run(source, "output")
        told = runs.told(folder / "output")
        print(f"{early:,} pages, then {late:,} more ({late / early:.1%}); {args.workers} workers")
        for name, seconds in (("start", start), ("full run", full), ("nothing new", nothing), ("round", round_)):
            print(f"{name:12} {seconds:7.2f} CPU s")
        print(f"the round above the start: {(round_ - start) / full:.1%} of the full run")
        print(f"pages worked on: {told['pages']}; shards reused: {told['reused']} of {told['shards']}")
        if args.check:
            run(source, "whole")
            same = runs.digests(folder / "output") == runs.digests(folder / "whole")
            print("the same bytes as a full run" if same else "OTHER BYTES THAN A FULL RUN")
            sys.exit(not same)


if __name__ == "__main__":
    main()
