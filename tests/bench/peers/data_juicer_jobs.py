"""What Data-Juicer is asked to do; run by the Python of its own environment: data_juicer_jobs.py WORK INPUT OUTPUT WORKERS."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Operators = list[dict[str, dict[str, Any]]]


def clean() -> Operators:
    """Its twelve operators nearest to ours: ftfy, white space, personal data, and the rules on counts and repetition.

    Without language, stop words and flagged words: their model and lists would be downloaded.
    """
    names = [
        "fix_unicode_mapper",
        "whitespace_normalization_mapper",
        "clean_email_mapper",
        "clean_ip_mapper",
        "alphanumeric_filter",
        "average_line_length_filter",
        "character_repetition_filter",
        "maximum_line_length_filter",
        "special_characters_filter",
        "text_length_filter",
        "word_repetition_filter",
        "words_num_filter",
    ]
    return [{name: {}} for name in names]


def exact() -> Operators:
    return [{"document_deduplicator": {}}]


def near() -> Operators:
    """MinHash over word 5-grams, else with its defaults."""
    return [{"document_minhash_deduplicator": {"tokenization": "space", "window_size": 5}}]


def run(operators: Operators, source: str, output: Path, workers: int) -> None:
    config = output / "config.json"
    settings = {"dataset_path": source, "export_path": f"{output}/data.jsonl", "np": workers, "process": operators}
    config.write_text(json.dumps(settings))
    os.environ["DATA_JUICER_CACHE_HOME"] = os.environ["HF_HOME"] = str(output / "cache")
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor
    from data_juicer.utils import model_utils

    # After every operator it empties the memory of the GPU, and would install torch to do so.
    model_utils.torch = SimpleNamespace(cuda=SimpleNamespace(empty_cache=lambda: None))
    DefaultExecutor(init_configs(["--config", str(config)])).run()


if __name__ == "__main__":
    work, source_, output_, workers_ = sys.argv[1:]
    Path(output_).mkdir(parents=True)
    run({"clean": clean, "exact": exact, "near": near}[work](), source_, Path(output_), int(workers_))
