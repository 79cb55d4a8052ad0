"""What a release holds, counted from its files: the numbers of the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.release.about.tallies import CHOSEN, Leaders, Sample, Spread, largest_first
from pipeline.release.layout import RECORDS, Release

_BATCH = 20_000
"""Rows that are read at a time, without their text: some 10 MB."""

# Columns whose share of filled pages the card tells.
_FILLED = ("url", "title", "authors", "published", "modified", "publisher", "description", "language")
# And those that it counts.
_COLUMNS = (*_FILLED, "id", "source", "site", "kind", "license", "license_url", "opt_out", "tdm_reservation",
            "n_chars", "n_words", "language_score", "cluster_size")  # fmt: skip


class Amount(NamedTuple):
    """How much text: pages, code points, words."""

    pages: int = 0
    chars: int = 0
    words: int = 0

    def __add__(self, other: object) -> Amount:
        assert isinstance(other, Amount)
        return Amount(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass
class Facts:
    """The numbers of a release. Mappings are in the order in which people want to read them: the largest first."""

    total: Amount = field(default_factory=Amount)
    languages: dict[str, Amount] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    """Pages of the TOP sources."""
    sites: dict[str, int] = field(default_factory=dict)
    """Pages of the TOP sites."""
    n_sources: int = 0
    """Sources with a page in the release."""
    n_sites: int = 0
    years: dict[int, int] = field(default_factory=dict)
    """Pages per year of publication, by year."""
    kinds: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    """Pages that have a value, per column."""
    licences: dict[str, int] = field(default_factory=dict)
    license_urls: int = 0
    """Pages that name a licence of whatever kind."""
    opt_outs: dict[str, int] = field(default_factory=dict)
    """Pages per use that they withhold."""
    opted_out: int = 0
    """Pages that withhold any use."""
    tdm: dict[str, int] = field(default_factory=dict)
    """Pages that reserve or permit text and data mining by the TDM Reservation Protocol."""
    personal: tuple[int, int] | None = None
    """Values of personal data found in the pages of the release, and pages with any; None where not looked for."""
    clusters: tuple[int, int, int] = (0, 0, 0)
    """Pages that stand for a cluster of duplicates, the other pages of these clusters, and the size of the largest."""
    ends: dict[str, int] = field(default_factory=dict)
    """Records kept, rejected and quarantined."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Records that are not in the release, per rule or error."""
    touched: dict[str, int] = field(default_factory=dict)
    """Records that a rule changed, per rule."""
    signals: list[Spread] = field(default_factory=list)
    sampled: int = 0


def facts_of(release: Release) -> Facts:
    """Count a release: its data files, without the texts, and records.parquet. Memory does not grow with the number of
    pages, but for 16 bytes per site and per source."""
    facts = Facts()
    tallies = {name: Counter[Any]() for name in ("years", "kinds", "licences", "opt_outs", "tdm", "filled")}
    sites, sources = Leaders(), Leaders()
    sample = Sample()
    languages: dict[str, Amount] = {}
    for language, table in _pages(release):
        amount = Amount(table.num_rows, _sum(table["n_chars"]), _sum(table["n_words"]))
        languages[language] = languages.get(language, Amount()) + amount
        facts.total += amount
        sources.add(table["source"])
        sites.add(table["site"])
        sample.add(table)
        _count(facts, tallies, table)
    facts.languages = dict(sorted(languages.items(), key=lambda item: (-item[1].pages, item[0])))
    facts.years = dict(sorted(tallies.pop("years").items()))
    for name, tally in tallies.items():
        setattr(facts, name, largest_first(tally))
    facts.n_sites, facts.sites = sites.named(_column(release, "site"))
    facts.n_sources, facts.sources = sources.named(_column(release, "source"))
    facts.signals, facts.sampled = sample.spreads(), len(sample)
    _count_records(facts, release.folder / RECORDS)
    return facts


def _pages(release: Release) -> Iterator[tuple[str, pa.Table]]:
    """The pages of a release, without their text and most of their signals, in batches, each with its language."""
    for path in release.data():
        with pq.ParquetFile(path) as file:
            struct = file.schema_arrow.field("signals").type
            names = [name for name in _COLUMNS if name in file.schema_arrow.names]
            names += [f"signals.{f.name}" for f in struct if f.name in CHOSEN or f.name == "personal_data"]
            for batch in file.iter_batches(_BATCH, columns=names, use_threads=False):
                table = pa.Table.from_batches([batch])
                if "signals" in table.column_names:
                    flat = table["signals"].combine_chunks().flatten()
                    for part, values in zip(table.schema.field("signals").type, flat, strict=True):
                        table = table.append_column(part.name, values)
                yield path.parent.name, table


def _count(facts: Facts, tallies: dict[str, Counter[Any]], table: pa.Table) -> None:
    """Add what a batch of pages holds."""
    for name in _FILLED:
        column = table[name]
        filled = pc.greater(pc.list_value_length(column), 0) if pa.types.is_list(column.type) else pc.is_valid(column)
        tallies["filled"][name] += _sum(filled)
    tallies["years"].update(_values(pc.year(table["published"])))
    tallies["kinds"].update(_values(table["kind"]))
    tallies["licences"].update(_values(table["license"]))
    tallies["opt_outs"].update(_values(pc.list_flatten(table["opt_out"])))
    tallies["tdm"].update({("reserved" if k else "permitted"): n for k, n in _values(table["tdm_reservation"]).items()})
    facts.license_urls += _sum(pc.or_(pc.is_valid(table["license_url"]), pc.is_valid(table["license"])))
    facts.opted_out += _sum(pc.greater(pc.list_value_length(table["opt_out"]), 0))
    if "personal_data" in table.column_names and table["personal_data"].null_count < table.num_rows:
        values, pages = facts.personal or (0, 0)
        found = table["personal_data"]
        facts.personal = (values + _sum(found), pages + _sum(pc.greater(found, 0)))
    sizes = table["cluster_size"].drop_null().to_numpy()
    sizes = sizes[sizes > 1]
    clusters, others, largest = facts.clusters
    facts.clusters = (
        clusters + len(sizes),
        others + int(sizes.sum()) - len(sizes),
        max([largest, *sizes.tolist()]),
    )


def _count_records(facts: Facts, path: Path) -> None:
    """Add where the records ended, by which rules, and which rules changed them."""
    ends: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    columns = ["end", "stage", "rule", "evidence", "changes.list.element.rule"]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=columns, use_threads=False):
            ends.update(_values(batch["end"]))
            lost = batch.filter(pc.not_equal(batch["end"], "kept"))
            # Up to the first colon an error names its kind, behind it the particular case: as run.json counts them.
            kinds = pc.utf8_slice_codeunits(pc.replace_substring_regex(lost["evidence"], "(?s):.*", ""), 0, 80)
            errors = pc.binary_join_element_wise(lost["stage"], kinds, ": ")
            by_rule = pc.binary_join_element_wise(lost["stage"], lost["rule"], ".")
            reasons.update(_values(pc.if_else(pc.equal(lost["end"], "quarantined"), errors, by_rule)))
            touched.update(_values(pc.struct_field(pc.list_flatten(batch["changes"]), "rule")))
    facts.ends = {name: ends[name] for name in ("kept", "rejected", "quarantined")}
    facts.reasons, facts.touched = largest_first(reasons), largest_first(touched)


def _column(release: Release, name: str) -> Iterator[pa.ChunkedArray]:
    for path in release.data():
        yield pq.read_table(path, columns=[name], use_threads=False)[name]


def _values(column: pa.ChunkedArray) -> dict[Any, int]:
    """How often each value stands in a column, nulls aside."""
    found = pc.value_counts(column)
    return {row["values"]: row["counts"] for row in found.to_pylist() if row["values"] is not None}


def _sum(column: Sequence[Any]) -> int:
    return int(pc.sum(column).as_py() or 0)
