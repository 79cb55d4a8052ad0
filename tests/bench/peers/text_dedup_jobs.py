"""What text-dedup is asked to do; run by the Python of its own environment: text_dedup_jobs.py WORK INPUT OUTPUT WORKERS."""

from __future__ import annotations

import os
import sys

MODULES = {
    "exact": ["exact_hash"],
    "near": ["minhash", "--hash_func", "xxh3", "--hash_bits", "32", "--ngram", "5", "--num_perm", "112"],
}
"""Near duplicates with its fastest hash, word 5-grams and as many permutations as datatrove has."""

if __name__ == "__main__":
    work, source, output, workers = sys.argv[1:]
    module, *settings = MODULES[work]
    # It reads Parquet through `datasets`, into a cache of its own.
    command = [sys.executable, "-m", f"text_dedup.{module}", "--path", "parquet", "--data_files", f"{source}/*.parquet"]
    command += ["--split", "train", "--column", "text", "--output", f"{output}/data", "--cache_dir", f"{output}/cache"]
    os.execv(sys.executable, [*command, "--num_proc", workers, *settings])
