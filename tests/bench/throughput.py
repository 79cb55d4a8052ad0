"""How fast a whole run is, from JSON lines to Parquet: MB of text per CPU second and peak memory.

    python -m tests.bench.throughput [--mb 100] [--workers 2] [--set KEY=VALUE ...] [--keep DIR]

Reads the corpus at $SCUTCH_SHARED/bench/corpus (or ../shared). CPU is user + system of the command and all its
children, start-up included; memory is the largest process and, sampled, all of them together.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import orjson
import psutil
import pyarrow.parquet as pq

from tests.bench.shared import SHARED


def corpus(path: Path, megabytes: float) -> float:
    """Write the first `megabytes` of the corpus as JSON lines, repeating nothing; gives the MB of text written."""
    size = 0
    with path.open("wb") as out:
        for shard in sorted((SHARED / "bench" / "corpus").glob("*.parquet")):
            for row in pq.read_table(shard).to_pylist():
                size += len(row["text"].encode())
                out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
                if size >= megabytes * 1e6:
                    return size / 1e6
    return size / 1e6


def measure(command: list[str], *, quiet: bool = False) -> dict[str, float]:
    """Run a command; CPU seconds with children, wall seconds, peak MB of the largest process (RSS) and of all together (what
    they share counted once)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None)
    peak = {"largest": 0.0, "together": 0.0}

    def watch() -> None:
        while process.poll() is None:
            sizes, shares = [], []
            try:
                root = psutil.Process(process.pid)
                for one in (root, *root.children(recursive=True)):
                    memory = one.memory_full_info()
                    sizes.append(memory.rss / 1e6)
                    # What processes share counts once: each has its part of it.
                    shares.append(getattr(memory, "pss", memory.rss) / 1e6)
            except psutil.Error:
                pass
            peak["largest"] = max([peak["largest"], *sizes])
            peak["together"] = max(peak["together"], sum(shares))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code:
        raise SystemExit(f"the command failed with exit code {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": cpu, "wall_s": time.monotonic() - start, **{f"peak_mb_{k}": v for k, v in peak.items()}}


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--mb", type=float, default=1e9)
    ap.add_argument("--workers", type=int, default=2)
    ap.add_argument("--set", action="append", default=[], dest="overrides")
    ap.add_argument("--costs", action="store_true", help="print the CPU seconds of every step")
    args = ap.parse_args()
    with tempfile.TemporaryDirectory(prefix="scutch-bench-") as folder:
        source, output = Path(folder) / "corpus.jsonl", Path(folder) / "output"
        megabytes = corpus(source, args.mb)
        command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "run",
            "--plain",
            "--input",
            str(source),
            "--output",
            str(output),
            "--workers",
            str(args.workers),
        ]
        for override in args.overrides:
            command += ["--set", override]
        figures = measure(command)
        told = json.loads((output / "run.json").read_text(encoding="utf-8"))
        print(f"{megabytes:.1f} MB, {told['records']}, {args.workers} workers")
        print(
            f"{megabytes / figures['cpu_s']:.2f} MB per CPU second; "
            + ", ".join(f"{k} {v:.1f}" for k, v in figures.items())
        )
        if args.costs:
            for name, seconds in sorted(told["cost"]["steps"].items(), key=lambda item: -item[1]):
                print(f"  {seconds:8.2f} s  {megabytes / seconds if seconds else 0:9.1f} MB/s  {name}")


if __name__ == "__main__":
    main()
