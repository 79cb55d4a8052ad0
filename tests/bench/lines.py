"""Which lines go wrong: runs repair and clean in this process on labelled pages and lists every mistake.

    python tests/bench/lines.py FILE.jsonl [FILE.jsonl ...] [--only ID] [--all] [--label LABEL]

Each row of a file has raw_text and line_labels (one per line), as in the labelled cases.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from pipeline import config
from pipeline.engine.pages import Costs, clean_pages, repair_pages
from pipeline.step import Page
from tests.bench.shared import read_jsonl


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("files", nargs="+", type=Path)
    ap.add_argument("--only")
    ap.add_argument("--all", action="store_true", help="show every line, not the mistakes alone")
    ap.add_argument("--label", help="show mistakes on lines of this true label only")
    ap.add_argument("--set", action="append", default=[], dest="overrides")
    args = ap.parse_args()
    settings = config.load(overrides=args.overrides)
    rows = [row for file in args.files for row in read_jsonl(file)]
    rows = [row for row in rows if args.only in (None, row["id"])]
    costs = Costs()
    repaired = repair_pages(settings.steps("repair"), [row["raw_text"] for row in rows], costs)
    pages = [
        Page(text, url=row.get("url"), site=row.get("site"), source=row["id"])
        for (text, _), row in zip(repaired, rows, strict=True)
    ]
    results = clean_pages(settings.steps("clean"), pages, costs)

    total: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for row, page, (_, ledger) in zip(rows, pages, results, strict=True):
        truth = row["line_labels"]
        if len(truth) != len(page.lines):
            print(f"{row['id']}: repair changed the number of lines ({len(truth)} -> {len(page.lines)}); skipped")
            continue
        rules = {r.start: f"{r.rule}: {r.evidence}" for r in ledger}
        for i, (label, line) in enumerate(zip(truth, page.lines, strict=True)):
            if label == "blank" or not line.strip():
                continue
            total[label] += 1
            ours = page.labels[i]
            gone[label] += bool(ours)
            given[label][ours] += 1
            wrong = bool(ours) == (label == "content")
            if args.all or (wrong and args.label in (None, label)):
                mark = "LOST" if wrong and ours else "left" if wrong else "    "
                print(
                    f"{row['id']:22.22} {mark} {label:11.11} {ours:11.11} {line[:110]}"
                    + (f"   [{rules.get(page.starts[i], '')}]" if ours else "")
                )
    print("\nlabel              lines  removed  as")
    for label, n in total.most_common():
        print(f"{label:18} {n:5}  {gone[label] / n:7.1%}  {dict(given[label].most_common(6))}")
    print("CPU seconds:", {name: round(seconds, 3) for name, seconds in costs.items() if seconds > 0.01})


if __name__ == "__main__":
    main()
