"""The contract of a release: what its rows and its counts must satisfy before anyone sees it.

pandera checks both: the rows of the data files (see `rows.py`), and one small table of measures (pages, shares of languages
and rules, what moved since the last release), each with its band. Counts are taken from records.parquet, in which every
record of the input stands, so that a step that loses pages is seen whatever it says of itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import ConfigError, Contract, Limits
from pipeline.release.check.rows import EXAMPLES, NAMES, Broken, check_rows, hashes_of, name_pages
from pipeline.release.layout import RECORDS, UNKNOWN, Release

_BATCH = 100_000
_RULES_OF_DEDUP = ("dedup.exact", "dedup.near")
# Removal requests are honoured, whatever they do to the shares of the rules.
_REQUESTED = "release.removal_request"


class ContractError(Exception):
    """A release breaks its contract. The message has a line per broken clause, and under it pages that show it."""

    def __init__(self, version: str, broken: Sequence[Broken]) -> None:
        self.broken = tuple(broken)
        lines = [f"release {version} breaks its contract and was not made; the last one stands"]
        for clause, what, pages in broken:
            lines += [f"  {clause}: {what}", *(f"    {page}" for page in pages)]
        super().__init__("\n".join(lines))


def check(release: Release, previous: Release | None, settings: Contract) -> None:
    """Hold a release, or one that is being made, against its contract; `previous` is the release before it.

    Reads its data files and records.parquet, and the latter of `previous`. Takes 8 bytes of memory per page and unique
    column, and those of a batch of rows. Raises ContractError with all that is broken, ConfigError if the contract names
    a column or a rule that does not exist.
    """
    _check_names(release, settings)
    broken = [*check_rows(release.data(), settings), *_check_measures(release, previous, settings)]
    if broken:
        raise ContractError(release.version, broken)


def _check_names(release: Release, settings: Contract) -> None:
    """Raises ConfigError if the contract asks for a column or a rule that nobody knows: it would hold for ever."""
    columns = [c.name for c in schema.DOCUMENTS]
    flat = [c.name for c in schema.DOCUMENTS if not pyarrow.types.is_nested(c.type)]
    rules = [f"judge.{name}" for name in release.told["config"]["judge"]["rules"]] + [*_RULES_OF_DEDUP, _REQUESTED]
    asked: list[tuple[str, str, list[str]]] = [
        *(("not_null: no column", name, columns) for name in settings.not_null),
        *(("unique: no column of single values", name, flat) for name in settings.unique),
        *(("removed: no rule", name, rules) for name in settings.removed),
    ]
    for what, name, known in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(sorted(known))}"
            raise ConfigError(f"contract.{what} {name!r}; {hint}")


class _Measure(NamedTuple):
    """A row of the table of measures."""

    clause: str
    what: str
    """The value, in words."""
    value: float
    low: float
    high: float
    told: Callable[[float], str]
    """How a value is written: as a number of pages or a share."""
    pages: Callable[[], Iterator[str]]
    """Pages that show it."""


def _check_measures(release: Release, previous: Release | None, settings: Contract) -> Iterator[Broken]:
    """What is wrong with the counts."""
    counts = _counts(release)
    measures = [*_of_release(release, counts, settings)]
    if previous is not None:
        measures += _of_change(release, counts, previous, settings)
    # A share is what is left of a division: 0.9 - 0.7 must not be more than 0.2.
    rows = [(m.clause, round(m.value, 9), m.low, m.high) for m in measures]
    table = pd.DataFrame(rows, columns=["clause", "value", "low", "high"])
    in_band = pa.Check(lambda m: m["value"].between(m["low"], m["high"]))
    try:
        pa.DataFrameSchema(checks=in_band).validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for n in sorted(set(errors.failure_cases["index"])):
            m = measures[n]
            limit, allowed, over = (m.high, "at most", "over") if m.value > m.high else (m.low, "at least", "short")
            off = m.told(abs(m.value - limit)).replace(" %", " points")
            what = f"{m.what}; {allowed} {m.told(limit)} allowed, {off} {over}"
            yield Broken(f"contract.{m.clause}", what, tuple(islice(m.pages(), EXAMPLES)))


def _measure(clause: str, what: str, value: float, limits: Limits, told: Callable[[float], str],
             pages: Callable[[], Iterator[str]]) -> _Measure:  # fmt: skip
    low = -np.inf if limits.min is None else limits.min
    high = np.inf if limits.max is None else limits.max
    return _Measure(clause, what, value, low, high, told, pages)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"


def _of_release(release: Release, counts: pd.DataFrame, settings: Contract) -> Iterator[_Measure]:
    """What a release says by itself: pages, records set aside, languages, what each rule removed."""
    records, pages = int(counts["n"].sum()), _pages(counts)
    kept, aside = pc.field("end") == "kept", pc.field("end") == "quarantined"
    yield _measure("pages", f"{pages:,} pages of {records:,} records", pages, settings.pages, _number,
                   lambda: _examples(release, ~kept))  # fmt: skip
    share = counts.loc[counts["end"] == "quarantined", "n"].sum() / max(records, 1)
    yield _measure("quarantined", f"{_share(share)} of {records:,} records set aside", share, settings.quarantined, _share,
                   lambda: _examples(release, aside))  # fmt: skip
    languages = counts[counts["end"] == "kept"].groupby("language")["n"].sum() / max(pages, 1)
    for name, limits in settings.languages.items():
        share = float(languages.get(name, 0))
        yield _measure(f"languages.{name}", f"{_share(share)} of {pages:,} pages are in {name}", share, limits, _share,
                       partial(_examples, release, kept & (pc.coalesce(pc.field("language"), pc.scalar(UNKNOWN)) == name)))  # fmt: skip
    shares = _shares(counts)
    for name, limits in settings.removed.items():
        share = float(shares.get(name, 0))
        yield _measure(f"removed.{name}", f"it removed {_share(share)} of {records:,} records", share, limits, _share,
                       partial(_examples, release, _rule(name)))  # fmt: skip


def _of_change(release: Release, counts: pd.DataFrame, previous: Release, settings: Contract) -> Iterator[_Measure]:
    """What a release says beside the one before it: pages, and what each rule removed."""
    before = _counts(previous)
    pages, had = _pages(counts), _pages(before)
    if had:
        beside = f"{pages:,} pages, {_share(abs(pages / had - 1))} {{}} than the {had:,} of {previous.version}"
        lost, won = partial(_only_in, previous, release), partial(_only_in, release, previous)
        yield _measure("shrink", beside.format("fewer"), 1 - pages / had, Limits(max=settings.shrink), _share, lost)
        yield _measure("grow", beside.format("more"), pages / had - 1, Limits(max=settings.grow), _share, won)
    now, then = _shares(counts), _shares(before)
    for name in sorted({*now.index, *then.index} - {_REQUESTED}):
        share, was = float(now.get(name, 0)), float(then.get(name, 0))
        what = f"it removed {_share(share)} of the records, {_share(was)} in {previous.version}: {_share(abs(share - was))} apart"
        yield _measure(f"drift.{name}", what, abs(share - was), Limits(max=settings.drift), _share,
                       partial(_examples, release if share > was else previous, _rule(name)))  # fmt: skip


# Records


def _counts(release: Release) -> pd.DataFrame:
    """How many records (`n`) of a release have which `end`, `rule` (as stage.rule) and `language`."""
    keys = ["end", "stage", "rule", "language"]
    file = pq.ParquetFile(release.folder / RECORDS, read_dictionary=keys)
    parts = [
        pyarrow.Table.from_batches([batch]).group_by(keys).aggregate([([], "count_all")]).to_pandas()
        for batch in file.iter_batches(_BATCH, columns=keys)
    ]
    if not parts:
        return pd.DataFrame({name: [] for name in ("end", "rule", "language", "n")})
    counts = pd.concat(parts).astype(dict.fromkeys(keys, object))
    counts["rule"] = (counts["stage"] + "." + counts["rule"]).where(counts["end"] == "rejected")
    counts["language"] = counts["language"].fillna(UNKNOWN)
    sums = counts.groupby(["end", "rule", "language"], dropna=False)["count_all"].sum()
    found: pd.DataFrame = sums.rename("n").reset_index()
    return found


def _pages(counts: pd.DataFrame) -> int:
    return int(counts.loc[counts["end"] == "kept", "n"].sum())


def _shares(counts: pd.DataFrame) -> pd.Series[float]:
    """The share of the records that each rule removed."""
    return counts.groupby("rule")["n"].sum() / max(int(counts["n"].sum()), 1)


def _rule(name: str) -> pc.Expression:
    stage, _, rule = name.partition(".")
    return (pc.field("stage") == stage) & (pc.field("rule") == rule)


def _examples(release: Release, which: pc.Expression) -> Iterator[str]:
    """Some records of a release, in the order of records.parquet."""
    for batch in _batches(release, [*NAMES, "end", "stage", "rule", "language"]):
        yield from name_pages(batch.filter(which).slice(0, EXAMPLES).to_pandas(types_mapper=pd.ArrowDtype))


def _only_in(here: Release, there: Release) -> Iterator[str]:
    """Pages that one release has and the other has not, in the order of records.parquet."""
    kept = pc.field("end") == "kept"
    others = [hashes_of(batch.filter(kept)["id"].to_pandas()) for batch in _batches(there, ["id", "end"])]
    theirs = np.unique(np.concatenate([np.empty(0, np.uint64), *others]))
    for batch in _batches(here, [*NAMES, "end"]):
        batch = batch.filter(kept)
        mine = ~np.isin(hashes_of(batch["id"].to_pandas()), theirs)
        yield from name_pages(
            batch.filter(pyarrow.array(mine)).slice(0, EXAMPLES).to_pandas(types_mapper=pd.ArrowDtype)
        )


def _batches(release: Release, columns: Sequence[str]) -> Iterator[pyarrow.Table]:
    file = pq.ParquetFile(release.folder / RECORDS)
    for batch in file.iter_batches(_BATCH, columns=list(columns)):
        yield pyarrow.Table.from_batches([batch])
