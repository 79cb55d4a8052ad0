"""What `scutch verify` asks of the contents of a release. Each check yields what is wrong, line by line, and returns in
words what it saw. Texts are read in batches; of other columns at most a hash per record is held."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from pipeline import __version__
from pipeline.config import ConfigError, Contract
from pipeline.release.layout import (
    JSONL,
    MANIFEST,
    RECIPE,
    RECORDS,
    REMOVALS,
    SCHEMA,
    UNKNOWN,
    Release,
    open_release,
)

# Pages per file whose JSON lines are compared.
_LINES = 100
# Rows in memory at one time, without and with their texts.
_BATCH = 10_000
_TEXTS = 1_000

Found = Generator[str, None, str]


def _pages(release: Release) -> Found:
    """Texts are those that were hashed and counted, in the folder of their language, and as many as release.json says."""
    languages: dict[str, Counter[str]] = {}
    for path in release.data():
        count = languages.setdefault(path.parent.name, Counter())
        count["files"] += 1
        names = ["id", "source", "language", "n_chars", "content_sha256", "text"]
        for batch in pq.ParquetFile(path).iter_batches(_TEXTS, columns=names):
            for id_, source, language, n_chars, sha256, text in zip(
                *(c.to_pylist() for c in batch.columns), strict=True
            ):
                if hashlib.sha256(text.encode()).hexdigest() != sha256:
                    yield f"{id_}  {source}: text is not the one of content_sha256"
                if len(text) != n_chars:
                    yield f"{id_}  {source}: text has {len(text)} characters, not {n_chars}"
                if (language or UNKNOWN) != path.parent.name:
                    yield f"{id_}  {source}: of language {language or UNKNOWN}, but under {path.parent.name}"
                count["chars"] += len(text)
            count["pages"] += batch.num_rows
    told = release.told["languages"]
    for name in sorted({*told, *languages}):
        found = {key: languages.get(name, Counter())[key] for key in ("pages", "chars", "files")}
        if found != told.get(name):
            yield f"{name}: {MANIFEST} says {told.get(name)}, found {found}"
    pages, chars = (sum(count[key] for count in languages.values()) for key in ("pages", "chars"))
    if chars != release.told["chars"]:
        yield f"{MANIFEST} says {release.told['chars']} characters, found {chars}"
    return f"{pages:,} pages, {chars:,} characters in {len(languages)} languages"


def _records(release: Release) -> Found:
    """records.parquet accounts for every record, and those that it calls kept are the pages."""
    ends: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    kept: list[np.ndarray] = []
    for batch in pq.ParquetFile(release.folder / RECORDS).iter_batches(
        _BATCH, columns=[*_ALIKE, "end", "stage", "rule"]
    ):
        table = pa.Table.from_batches([batch])
        ends.update(table["end"].to_pylist())
        rejected = table.filter(pc.equal(table["end"], "rejected"))
        rules.update(pc.binary_join_element_wise(rejected["stage"], rejected["rule"], ".").to_pylist())
        kept.append(_hashes(table.filter(pc.equal(table["end"], "kept"))))
    told = release.told["records"]
    found = {"in": sum(ends.values()), **{end: ends[end] for end in ("kept", "rejected", "quarantined")}}
    if found != told or ends.total() != found["kept"] + found["rejected"] + found["quarantined"]:
        yield f"{MANIFEST} says {told}, {RECORDS} {found}"
    reasons = release.told["reasons"]
    for name in sorted({*rules, *(reason for reason in reasons if ":" not in reason)}):
        if rules[name] != reasons.get(name, 0):
            yield f"{name}: {MANIFEST} says {reasons.get(name, 0)} records, {RECORDS} {rules[name]}"
    pages = [
        _hashes(pa.Table.from_batches([batch]))
        for path in release.data()
        for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=_ALIKE)
    ]
    ours, theirs = (np.sort(np.concatenate([np.empty(0, np.uint64), *parts])) for parts in (pages, kept))
    if not np.array_equal(ours, theirs):
        odd = len(np.setxor1d(ours, theirs))
        yield f"the pages are not those that {RECORDS} calls kept: {odd or abs(len(ours) - len(theirs))} stand in one alone"
    ended = ", ".join(f"{found[end]:,} {end}" for end in ("kept", "rejected", "quarantined"))
    return f"{found['in']:,} records in = {ended}"


_ALIKE = ["id", "source", "language", "content_sha256", "raw_sha256"]


def _hashes(table: pa.Table) -> np.ndarray:
    """A hash per row over the columns that pages and records have in common."""
    from pipeline.release.check.rows import hashes_of

    columns = [pc.fill_null(table[name], "") for name in _ALIKE]
    return hashes_of(pc.binary_join_element_wise(*columns, "\t").to_pandas())


def _json_lines(release: Release) -> Found:
    """The JSON lines hold the same rows in the same order: all are counted, some of each file compared."""
    lines = compared = 0
    folder = release.folder / JSONL
    if not folder.exists():
        return "none in this release"
    for path in release.data():
        twin = folder / path.parent.name / f"{path.stem}.jsonl.zst"
        chosen = _some_rows(path)
        row = -1
        with io.BufferedReader(pa.input_stream(str(twin), compression="zstd")) as stream:
            for row, line in enumerate(stream):
                if row in chosen and orjson.loads(line) != chosen[row]:
                    yield f"{twin.parent.name}/{twin.name}, line {row + 1}: not the row of {path.name}"
        rows = pq.read_metadata(path).num_rows
        if row + 1 != rows:
            yield f"{twin.parent.name}/{twin.name}: {row + 1} lines for {rows} rows"
        lines += row + 1
        compared += len(chosen)
    return f"{lines:,} lines, {compared:,} of them compared"


def _some_rows(path: Path) -> dict[int, Any]:
    """The rows of a file with the smallest ids, by number, as JSON has them. Ids are hashes."""
    file = pq.ParquetFile(path)
    ids = file.read(columns=["id"])["id"]
    numbers = set(pc.sort_indices(ids).to_pylist()[:_LINES])
    chosen: dict[int, Any] = {}
    first = 0
    for k in range(file.num_row_groups):
        n = file.metadata.row_group(k).num_rows
        here = sorted(numbers & set(range(first, first + n)))
        if here:
            rows = file.read_row_group(k).take([number - first for number in here]).to_pylist()
            chosen |= {number: orjson.loads(orjson.dumps(row)) for number, row in zip(here, rows, strict=True)}
        first += n
    return chosen


def _schema(release: Release) -> Found:
    """Every table has the columns that schema.json tells, with their types."""
    told = json.loads((release.folder / SCHEMA).read_text(encoding="utf-8"))["tables"]
    columns = 0
    for table in told.values():
        columns += len(table["columns"])
        for path in sorted(release.folder.glob(table["files"])):
            name = path.relative_to(release.folder).as_posix()
            for what in _unlike(table["columns"], list(pq.read_schema(path))):
                yield f"{name}: {what}"
    return f"{columns} columns in {len(told)} tables"


def _unlike(told: list[dict[str, Any]], found: list[pa.Field]) -> Iterator[str]:
    """Where columns are not what schema.json tells of them."""
    names = [field.name for field in found]
    if names != [column["name"] for column in told]:
        yield f"columns {', '.join(names)}, not those of {SCHEMA}"
        return
    for column, field in zip(told, found, strict=True):
        if "fields" in column:
            inner = field.type if pa.types.is_struct(field.type) else field.type.value_type
            yield from (f"{field.name}: {what}" for what in _unlike(column["fields"], list(inner)))
        elif str(field.type) != column["type"]:
            yield f"column {field.name} is {field.type}, not {column['type']}"


def _recipe(release: Release) -> Found:
    """recipe.yaml is the config that release.json tells."""
    if yaml.safe_load((release.folder / RECIPE).read_text(encoding="utf-8")) != release.told["config"]:
        yield f"{RECIPE} is not the config of {MANIFEST}"
    return f"{len(release.told['steps'])} steps"


def _contract(release: Release) -> Found:
    """It satisfies its own contract, beside the release before it if that is at hand."""
    from pipeline.release.check.contract import ContractError, check

    before = release.told["previous"]
    folder = release.folder.parent / str(before)
    at_hand = before is not None and (folder / MANIFEST).exists()
    try:
        check(
            release,
            open_release(folder) if at_hand else None,
            Contract.model_validate(release.told["config"]["contract"]),
        )
    except ContractError as error:
        # Columns are told by schema.json; those of another version may be others.
        same = release.told["scutch"] == __version__
        yield from (f"{broken.clause}: {broken.what}" for broken in error.broken if same or broken.clause != "contract")
    except ConfigError as error:
        yield str(error)
    return "holds" if at_hand or before is None else f"holds, as far as can be told without release {before}"


def _removals(release: Release) -> Found:
    """No page is there that was asked away."""
    from pipeline.release.removals import Hashed

    requests = Hashed(release.folder / REMOVALS)
    for path in release.data() if requests.numbers else ():
        for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=["id", "source", "url", "site"]):
            yield from (
                f"{page['id']}  {page['source']}: was asked away" for page in batch.to_pylist() if requests.meets(page)
            )
    return f"{len(requests.numbers)} honoured"


CHECKS: tuple[tuple[str, Callable[[Release], Found]], ...] = (
    ("schema", _schema),
    ("pages", _pages),
    ("records", _records),
    ("json lines", _json_lines),
    ("recipe", _recipe),
    ("removal requests", _removals),
    ("contract", _contract),
)
