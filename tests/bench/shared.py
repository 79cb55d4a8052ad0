"""The labelled pages and the corpus that benchmarks and tests read (the folder SCUTCH_SHARED, or `shared` beside this
repository), and the labelled pages of our own."""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = Path(os.environ.get("SCUTCH_SHARED", ROOT.parent / "shared"))
TEXT_DEV = SHARED / "bench" / "text_dev.jsonl.zst"
CASES = (SHARED / "cases" / "cases.jsonl", SHARED / "seeds" / "gold.jsonl")


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file, packed with zstd or not. Stops with one line where the file is missing."""
    if not path.exists():
        raise SystemExit(f"{path} is not there; set SCUTCH_SHARED")
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = pa.input_stream(pa.py_buffer(data), compression="zstd").read()
    return [json.loads(line) for line in io.BytesIO(data)]


def site_of_row(row: dict[str, Any]) -> str:
    """The site of a page of TEXT_DEV: its host, or its id where it has no address."""
    host = urlsplit(row["url"]).hostname if row["url"] else None
    return (host or row["id"]).removeprefix("www.")


def genuine_cases() -> Iterator[dict[str, Any]]:
    """The labelled cases and the seeds that are no spam, each with a `site`."""
    for path in CASES:
        yield from ({**row, "site": row.get("site") or "seeds"} for row in read_jsonl(path) if not row.get("is_spam"))


def raw_texts() -> Iterator[tuple[dict[str, Any], str]]:
    """The undamaged text files of raw/ that are no spam: what they should become, and their text."""
    for row in read_jsonl(FIXTURES / "raw_gold.jsonl"):
        if row["is_spam"] or not row["source"].endswith(".txt") or row["damage"]:
            continue
        try:
            text = (ROOT / "raw" / row["source"]).read_bytes().decode()
        except UnicodeDecodeError:
            continue
        yield {**row, "site": row["source"].partition("/")[0]}, text


def fold(text: str | None) -> str:
    """Letters and digits alone, without case and compatibility forms: as the scorer compares titles and names."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text or "")).casefold()
