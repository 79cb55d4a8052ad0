"""Finds the input, tells what each file is, and reads its records."""

from pipeline.ingest.model import Broken, Item, NotPage, Plan, Record, Shard, Skipped, Slice, Source
from pipeline.ingest.reader import read
from pipeline.ingest.shards import plan

__all__ = [
    "Broken",
    "Item",
    "NotPage",
    "Plan",
    "Record",
    "Shard",
    "Skipped",
    "Slice",
    "Source",
    "plan",
    "read",
]
