"""The labelled pages and the corpus that the benchmarks read: the folder SCUTCH_SHARED, or `shared` beside this repository."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SCUTCH_SHARED", ROOT.parent / "shared"))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file, packed with zstd or not. Stops with one line where the file is missing."""
    if not path.exists():
        raise SystemExit(f"{path} is not there; set SCUTCH_SHARED")
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = pa.input_stream(pa.py_buffer(data), compression="zstd").read()
    return [json.loads(line) for line in io.BytesIO(data)]
