"""What Dolma is asked to do; run by the Python of its own environment: dolma_jobs.py WORK INPUT OUTPUT WORKERS.

INPUT is a folder of .jsonl.gz. `dedupe` and `tag` write attributes only; it is `mix` that writes documents.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def dolma(command: str, output: Path, workers: int, settings: dict[str, Any]) -> None:
    """Run one of Dolma's commands, with its settings in a file."""
    config = output / f"{command}.json"
    work = {name: str(output / f"work-{command}-{name}") for name in ("input", "output")}
    config.write_text(json.dumps({"processes": workers, "work_dir": work, **settings}))
    subprocess.run([str(Path(sys.executable).with_name("dolma")), "-c", str(config), command], check=True)


def mix(output: Path, workers: int, attributes: list[str], exclude: str) -> None:
    stream = {
        "name": "corpus",
        "documents": [f"{output}/documents/*.gz"],
        "attributes": attributes,
        "filter": {"include": [], "exclude": [exclude]},
        "output": {"path": f"{output}/mixed", "max_size_in_bytes": 2**30},
    }
    dolma("mix", output, workers, {"streams": [stream], "shuffle": False})


def read_write(output: Path, workers: int) -> None:
    """A mix of one stream with a filter that excludes nothing, because it wants a filter."""
    mix(output, workers, [], "$.no_such_field")


def clean(output: Path, workers: int) -> None:
    """Its taggers for the Gopher and C4 rules and for personal data, in their latest versions.

    Without repair, which it has not, without language, whose model would be downloaded, and without writing the documents.
    """
    taggers = ["gopher_v2", "c4_v2", "pii_regex_with_counts_fast_v2"]
    settings = {"documents": [f"{output}/documents/*.gz"], "experiment": "signals", "taggers": taggers}
    dolma("tag", output, workers, settings)


def exact(output: Path, workers: int) -> None:
    """A Bloom filter over the whole texts, then a mix without the documents that it has seen."""
    settings = {
        "documents": [f"{output}/documents/*.gz"],
        "dedupe": {"name": "exact", "documents": {"attribute_name": "duplicate", "key": "$.text"}},
        "bloom_filter": {
            "file": str(output / "bloom.bin"),
            "read_only": False,
            "estimated_doc_count": 1_000_000,
            "desired_false_positive_rate": 1e-6,
        },
    }
    dolma("dedupe", output, workers, settings)
    mix(output, workers, ["exact"], "$.attributes.duplicate")


if __name__ == "__main__":
    work_, source, output_, workers_ = sys.argv[1:]
    folder = Path(output_)
    folder.mkdir(parents=True)
    # Dolma writes attributes beside a folder that must be named documents.
    (folder / "documents").symlink_to(Path(source).resolve())
    {"read_write": read_write, "clean": clean, "exact": exact}[work_](folder, int(workers_))
