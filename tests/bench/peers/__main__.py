"""Our speed beside that of other tools, work by work, in one run: MB of text per CPU second, children and start-up included.

    python -m tests.bench.peers [--mb 100] [--works near clean ...] [--peers datatrove ...] [--venvs DIR] [--workers 1]

Builds a virtual environment per peer under DIR (default: a temporary folder), which takes the network and some minutes,
then runs ours and theirs in turn on the corpus at $SCUTCH_SHARED/bench/corpus (or ../shared), grown by its generator where
more than 100 MB are asked for. Peak memory is that of the largest process and, sampled, of all together.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.bench.shared import SHARED
from tests.bench.throughput import measure

HERE = Path(__file__).parent

_NOTHING = [
    "repair.enabled=false",
    "clean.enabled=false",
    "describe.enabled=false",
    "judge.enabled=false",
    "write.jsonl=false",
]
_LANGUAGE_ONLY = "describe.steps={title: false, authors: false, dates: false, publisher: false, canonical_url: false, license: false, opt_out: false, description: false}"
OURS = {
    "read_write": [*_NOTHING, "dedup.enabled=false"],
    "exact": [*_NOTHING, "dedup.near.enabled=false"],
    "near": _NOTHING,
    "clean": [
        "clean.enabled=false", "dedup.enabled=false", "write.jsonl=false", "privacy.enabled=true", "judge.preset=null",
        "judge.rules.spam.enabled=false", _LANGUAGE_ONLY, "judge.steps={spam: false, redpajama: false, prose: false}",
    ],
    "whole": [],
}  # fmt: skip
"""The settings with which we do each work."""


class Peer(NamedTuple):
    packages: list[str]
    works: dict[str, list[str]]
    """The command of each work: {python}, {input}, {output}, {workers} and {here} are filled in."""


def _text_dedup(module: str) -> list[str]:
    """A command of text-dedup; it reads Parquet through `datasets`, into a cache of its own."""
    command = ["{python}", "-m", f"text_dedup.{module}", "--path", "parquet", "--data_files", "{input}/*.parquet"]
    command += ["--split", "train", "--column", "text", "--output", "{output}", "--cache_dir", "{output}-cache"]
    return [*command, "--num_proc", "{workers}"]


PEERS = {
    "datatrove": Peer(
        ["datatrove[io,processing]", "spacy"],
        {
            work: ["{python}", "{here}/datatrove_jobs.py", work, "{input}", "{output}", "{workers}"]
            for work in ("read_write", "clean", "near")
        },
    ),
    "text-dedup": Peer(
        ["text-dedup"],
        {
            "near": [
                *_text_dedup("minhash"),
                "--hash_func",
                "xxh3",
                "--hash_bits",
                "32",
                "--ngram",
                "5",
                "--num_perm",
                "112",
            ],
            "exact": _text_dedup("exact_hash"),
        },
    ),
}


def environment(name: str, folder: Path) -> Path:
    """The Python of a peer's environment, built if it is not there."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        print(f"building the environment of {name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
        packages = PEERS[name].packages
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def corpus(folder: Path, megabytes: float) -> tuple[Path, float]:
    """A folder of Parquet files of about so many MB of text, and how many they are."""
    made = folder / "corpus"
    copies = max(1, -(-int(megabytes) // 100))
    command = [sys.executable, str(SHARED / "bench" / "grow_corpus.py"), str(copies), str(made)]
    subprocess.run([*command, "--take", str(megabytes)], check=True)
    size = sum(pc.sum(pc.binary_length(pq.read_table(path)["text"])).as_py() for path in made.glob("*.parquet"))
    return made, size / 1e6


def ours(work: str, source: Path, output: Path, workers: int) -> list[str]:
    command = [sys.executable, "-m", "pipeline.cli", "run", "--plain", "--input", str(source), "--output", str(output)]
    command += ["--workers", str(workers)]
    for setting in OURS[work]:
        command += ["--set", setting]
    return command


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--mb", type=float, default=100)
    ap.add_argument("--works", nargs="*", default=list(OURS), choices=list(OURS))
    ap.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    ap.add_argument("--venvs", type=Path)
    ap.add_argument("--workers", type=int, default=1)
    args = ap.parse_args()
    # What a peer would ask the network for is not there, and it should say so at once.
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory(prefix="scutch-peers-") as temporary:
        folder = Path(temporary)
        venvs = (args.venvs or folder / "venvs").resolve()
        venvs.mkdir(parents=True, exist_ok=True)
        pythons = {name: environment(name, venvs) for name in args.peers}
        source, megabytes = corpus(folder, args.mb)
        print(
            f"{megabytes:.1f} MB, {args.workers} workers\nwork        who           MB/CPU s  largest MB  together MB  ours is"
        )
        for work in args.works:
            mine = _line(work, "scutch", ours(work, source, folder / "ours", args.workers), megabytes, None)
            for name, python in pythons.items():
                command = PEERS[name].works.get(work)
                if command is None:
                    continue
                fill = {
                    "python": python,
                    "input": source,
                    "output": folder / f"{name}-{work}",
                    "workers": args.workers,
                    "here": HERE,
                }
                _line(work, name, [part.format(**fill) for part in command], megabytes, mine)
            subprocess.run(["rm", "-rf", str(folder / "ours")], check=True)


def _line(work: str, who: str, command: list[str], megabytes: float, mine: float | None) -> float:
    figures = measure(command, quiet=True)
    rate = megabytes / figures["cpu_s"]
    times = f"{mine / rate:.1f} x" if mine else ""
    print(
        f"{work:11} {who:12} {rate:9.2f} {figures['peak_mb_largest']:11.0f} {figures['peak_mb_together']:12.0f}  {times}",
        flush=True,
    )
    return rate


if __name__ == "__main__":
    main()
