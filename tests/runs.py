"""Helpers for tests that run the whole pipeline for real."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("documents", "rejected", "quarantine", "ledger", "records", "jsonl")
SCUTCH = [sys.executable, "-m", "pipeline.cli"]


def scutch(*args: str | Path, code: int = 0, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; fails the test if it does not end with this exit code."""
    done = subprocess.run([*SCUTCH, *map(str, args)], capture_output=True, text=True, timeout=280, check=False, **more)
    assert done.returncode == code, f"exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


def run(input_: Path, output: Path, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return scutch("run", "--plain", "--input", input_, "--output", output, *more, code=code)


def table(output: Path, name: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((output / name).glob("*.parquet"))])


def rows(output: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table(output, name).to_pylist()
    return found


def told(output: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((output / "run.json").read_text(encoding="utf-8"))
    return loaded


def digests(output: Path) -> dict[str, str]:
    """SHA-256 of every file of the tables."""
    return {
        f"{name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for name in TABLES
        for path in sorted((output / name).iterdir())
    }


def write_jsonl(path: Path, pages: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(page, ensure_ascii=False) + "\n" for page in pages), encoding="utf-8")
    return path


def start_group(*args: str | Path) -> subprocess.Popen[bytes]:
    """Start the command in a process group of its own, so that it can be killed with its workers."""
    return subprocess.Popen(
        [*SCUTCH, *map(str, args)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
