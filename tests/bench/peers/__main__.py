"""Our speed beside that of other tools, work by work, in one run: MB of text per CPU second, children and start-up included.

    python -m tests.bench.peers [--mb 100] [--works near clean ...] [--peers datatrove ...] [--venvs DIR] [--workers 1]

Builds a virtual environment per peer under DIR (default: a temporary folder), which takes the network and some minutes,
then runs ours and theirs in turn on the corpus at $SCUTCH_SHARED/bench/corpus (or ../shared), grown by its generator where
more than 100 MB are asked for. Peak memory is that of the largest process and, sampled, of all together.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import orjson
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
    works: set[str]
    """What it is asked to do, by {its name}_jobs.py: what that leaves out, and why, stands there."""
    jsonl: bool = False
    """It reads no Parquet; its input is converted before the clock runs."""
    without: tuple[str, ...] = ()
    """Packages it asks for that no work here touches."""


# A peer's optional packages are named here because some install them while they run, within the measured time.
PEERS = {
    "datatrove": Peer(["datatrove[io,processing]", "spacy"], {"read_write", "clean", "exact", "near"}),
    "dolma": Peer(["dolma"], {"read_write", "clean", "exact"}, jsonl=True),
    "text-dedup": Peer(["text-dedup"], {"exact", "near"}),
    "data-juicer": Peer(["py-data-juicer", "aiohttp", "ftfy", "ray", "scipy"], {"clean", "exact", "near"}),
    "nemo-curator": Peer(
        ["nemo-curator[text_cpu]"], {"clean"}, without=("torch", "accelerate", "peft", "sentence-transformers")
    ),
}


def environment(name: str, folder: Path) -> Path:
    """The Python of a peer's environment, built if it is not there, by uv: pip takes many minutes to resolve Dolma.

    Raises subprocess.CalledProcessError where it cannot be built.
    """
    built = folder / name
    python = built / "bin" / "python"
    if not python.exists():
        print(f"building the environment of {name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(built)], check=True)
        left_out = built / "left_out.txt"
        left_out.write_text("".join(f'{package}; python_version < "3"\n' for package in PEERS[name].without))
        install = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
        try:
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", "uv"], check=True)
            subprocess.run([*install, "--overrides", str(left_out), *PEERS[name].packages], check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(built)
            raise
    return python


def corpus(folder: Path, megabytes: float) -> tuple[Path, float]:
    """A folder of Parquet files of about so many MB of text, and how many they are."""
    made = folder / "corpus"
    copies = max(1, -(-int(megabytes) // 100))
    command = [sys.executable, str(SHARED / "bench" / "grow_corpus.py"), str(copies), str(made)]
    subprocess.run([*command, "--take", str(megabytes)], check=True)
    size = sum(pc.sum(pc.binary_length(pq.read_table(path)["text"])).as_py() for path in made.glob("*.parquet"))
    return made, size / 1e6


def as_jsonl(source: Path, target: Path) -> None:
    """The same corpus as gzipped JSON lines."""
    target.mkdir()
    for path in source.glob("*.parquet"):
        with gzip.open(target / f"{path.stem}.jsonl.gz", "wb", compresslevel=6) as out:
            for row in pq.read_table(path).to_pylist():
                out.write(orjson.dumps({**row, "source": "corpus"}, option=orjson.OPT_APPEND_NEWLINE))


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
        source, megabytes = corpus(folder, args.mb)
        if any(PEERS[name].jsonl for name in args.peers):
            as_jsonl(source, folder / "jsonl")
        pythons = {}
        for name in args.peers:
            try:
                pythons[name] = environment(name, venvs)
            except subprocess.CalledProcessError:
                print(f"{name}: could not be installed", flush=True)
        print(f"{megabytes:.1f} MB, {args.workers} workers")
        print("work        who           MB/CPU s  largest MB  together MB  ours is")
        for work in args.works:
            output = folder / "output"
            mine = _line(work, "scutch", ours(work, source, output, args.workers), megabytes, output, None)
            for name, python in pythons.items():
                if work not in PEERS[name].works:
                    continue
                given = folder / "jsonl" if PEERS[name].jsonl else source
                script = HERE / f"{name.replace('-', '_')}_jobs.py"
                command = [str(python), str(script), work, str(given), str(output), str(args.workers)]
                _line(work, name, command, megabytes, output, mine)


def _line(work: str, who: str, command: list[str], megabytes: float, output: Path, mine: float | None) -> float | None:
    """Run a command and print its line of the table, or the last that it said where it failed; gives its MB per CPU second."""
    said = output.with_suffix(".log")
    try:
        figures = measure(["sh", "-c", 'exec "$@" 2> "$0"', str(said), *command], quiet=True)
    except SystemExit:
        last = [line for line in said.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
        print(f"{work:11} {who:12} failed: {last[-1].strip()[:80] if last else 'it did not say why'}", flush=True)
        return None
    finally:
        shutil.rmtree(output, ignore_errors=True)
    rate = megabytes / figures["cpu_s"]
    times = f"{mine / rate:.1f} x" if mine else ""
    print(
        f"{work:11} {who:12} {rate:9.2f} {figures['peak_mb_largest']:11.0f} {figures['peak_mb_together']:12.0f}  {times}",
        flush=True,
    )
    return rate


if __name__ == "__main__":
    main()
