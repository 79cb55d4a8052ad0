"""How many byte strings are decoded exactly right, per group of encodings.

    python tests/bench/decode.py [FILE.jsonl ...] [--each] [--wrong]

Each row of a file has `kind` (a group and an encoding, as in "leg:cp1251"), `language`, `bytes` (base64) and `text`.
Without a file: bench/bytes_dev.jsonl of the shared folder (SCUTCH_SHARED, or ../shared).
"""

from __future__ import annotations

import argparse
import base64
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.config import Decode
from pipeline.decode import Undecodable, decode
from pipeline.decode.surrogates import replace
from tests.bench.shared import SHARED, read_jsonl


def group(kind: str) -> str:
    """The line of the table that a kind of bytes counts in."""
    if kind.startswith("leg:"):
        return "legacy"
    if kind in ("uni:utf-8", "uni:utf-8-sig", "html-utf8"):
        return "UTF-8 clean"
    if kind in ("uni:utf-16", "uni:utf-32"):
        return "UTF-16/32 with mark"
    if kind.startswith(("uni:utf-16", "uni:utf-32")):
        return "UTF-16/32 without mark"
    return kind.removeprefix("uni:")


def decoded(row: Mapping[str, Any], settings: Decode) -> tuple[str, str]:
    """The text that comes of the bytes of a row and what they were taken for, or why they were refused."""
    kind = "html" if "html" in row["kind"] else "text"
    try:
        text, encoding = decode(base64.b64decode(row["bytes"]), kind=kind, declared=None, settings=settings)
    except Undecodable as reason:
        return "", str(reason)
    return replace(text)[0].replace("\r\n", "\n"), encoding


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("files", nargs="*", type=Path, default=[SHARED / "bench" / "bytes_dev.jsonl"])
    ap.add_argument("--each", action="store_true", help="a line per encoding, not per group")
    ap.add_argument("--wrong", action="store_true", help="show what came out wrong")
    args = ap.parse_args()
    settings = config.load().decode
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for path in args.files:
        for row in read_jsonl(path):
            name = row["kind"] if args.each else group(row["kind"])
            since = time.process_time()
            text, encoding = decoded(row, settings)
            seconds[name] += time.process_time() - since
            n_bytes = len(base64.b64decode(row["bytes"]))
            size[name] += n_bytes
            total[name] += 1
            right[name] += text == row["text"]
            if args.wrong and text != row["text"]:
                where = next((i for i, (a, b) in enumerate(zip(text, row["text"], strict=False)) if a != b), 0)
                print(f"{row['kind']} {row['language']} {n_bytes} bytes, taken for {encoding}: "
                      f"{text[where:where + 30]!r} for {row['text'][where:where + 30]!r}")  # fmt: skip
    for name in sorted(total):
        print(f"{name:32} {right[name]:5} of {total[name]:5} {right[name] / total[name]:8.1%}"
              f" {size[name] / 1e6 / max(seconds[name], 1e-9):8.2f} MB/s")  # fmt: skip
    print(f"{'all':32} {right.total():5} of {total.total():5} {right.total() / total.total():8.1%}")


if __name__ == "__main__":
    main()
