"""Which entries of earlier runs may hold parts of a shard, so that only the rest is worked on.

A shard whose entry is there under its key is not worked on at all. Another may still consist of slices and pages that an
earlier run worked on: files that came or went have moved its borders, or a site has grown, so that more is known of some
of its lines. What is taken over is told by digests of all that it was made from; an entry named in vain costs time only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipeline.engine.conservation import valid
from pipeline.engine.store import Store
from pipeline.ingest import Shard


def span_of(shard: Shard) -> list[list[Any]]:
    """Where a shard begins and ends in the sorted input: [source, place] twice, null for the end of a source."""
    first, last = shard.slices[0], shard.slices[-1]
    return [[valid(first.source.source), first.start], [valid(last.source.source), last.stop]]


class Earlier:
    """The entries of a stage that the present recipe made."""

    def __init__(self, store: Store, stage: str, fingerprint: str) -> None:
        self._entries = [m for m in store.manifests(stage) if m.get("recipe") == fingerprint]

    def near(self, span: Sequence[Sequence[Any]], gone: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """The keys of the entries that share a part of the sorted input with a span, and whose field `name` is not among
        `gone[name]`: those of shards that are as they were hold nothing for another."""
        return tuple(
            m["key"]
            for m in self._entries
            if not any(m[name] in keys for name, keys in gone.items())
            and _at(m["span"][0]) <= _at(span[1])
            and _at(span[0]) <= _at(m["span"][1])
        )

    def made_from(self, prepared: str) -> tuple[str, ...]:
        """The keys of the entries of clean that were made from a prepare entry."""
        return tuple(m["key"] for m in self._entries if m["prepared"] == prepared)


def _at(place: Sequence[Any]) -> tuple[str, float]:
    source, offset = place
    return source, float("inf") if offset is None else offset
