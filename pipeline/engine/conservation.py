"""Nothing is lost in silence: pages that cannot be worked on are set aside with a reason, and the sums must be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from pipeline.ingest import Record

# Of a quarantined record, as many of its bytes are kept.
RAW_BYTES = 64 * 1024

T = TypeVar("T")
R = TypeVar("R")


class ConservationError(Exception):
    """Something went missing between the input and the output of a stage."""


class Quarantined(NamedTuple):
    source: str | None
    record: str | None
    offset: int
    stage: str
    error: str
    raw: bytes


def set_aside(record: Record, stage: str, error: str) -> Quarantined:
    raw = record.raw if isinstance(record.raw, bytes) else record.raw[:RAW_BYTES].encode("utf-8", "surrogatepass")
    return Quarantined(valid(record.source), valid(record.record), record.offset, stage, error, raw[:RAW_BYTES])


def set_row_aside(row: dict[str, Any], stage: str, error: str) -> Quarantined:
    return Quarantined(row["source"], row["record"], row["offset"], stage, error, row["text"].encode()[:RAW_BYTES])


def reason_of(error: Exception) -> str:
    """What to say of an unexpected error."""
    return f"{type(error).__name__}: {error}"[:500]


def valid(text: str | None) -> str | None:
    """Text that Arrow takes: lone surrogates become backslash escapes."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def one_by_one(batch: list[T], work: Callable[[list[T]], list[R]]) -> tuple[list[T], list[R], list[tuple[T, str]]]:
    """Run `work` on a batch; if it fails, on each item alone, so that one bad page costs one page.

    Gives the items that worked, their results, and the others with the error.
    """
    try:
        return batch, work(batch), []
    except (ConservationError, OSError):
        raise
    except Exception as error:
        if len(batch) == 1:
            return [], [], [(batch[0], reason_of(error))]
    good: list[T] = []
    results: list[R] = []
    failed: list[tuple[T, str]] = []
    for item in batch:
        ok, made, bad = one_by_one([item], work)
        good += ok
        results += made
        failed += bad
    return good, results, failed
