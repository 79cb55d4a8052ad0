"""`make bench`: throughput and memory of a whole run, with the cost of every step. The other measurements have a module
each: `python -m tests.bench.quality` prints the table, `.decode`, `.language` and `.lines FILE.jsonl` say more."""

from __future__ import annotations

import sys

from tests.bench import throughput

if __name__ == "__main__":
    sys.argv += ["--costs"]
    throughput.main()
