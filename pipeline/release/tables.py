"""The tables of a release: pages by language in files of a set size, a small sample of them, and the end of every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import Release as Settings
from pipeline.engine.conservation import ConservationError
from pipeline.engine.files import Groups, JsonLines, Part
from pipeline.release.layout import DATA, JSONL, RECORDS, SAMPLE, UNKNOWN

# What a language may hold back until it is written as a row group, in bytes of text: readers skip by row group.
_GROUP = 16_000_000


class Requests(Protocol):
    """The removal requests that stand, see `pipeline/release/removals.py`."""

    def match(self, pages: pa.Table) -> pa.Array: ...


class Counts:
    """What went into the tables."""

    def __init__(self) -> None:
        self.languages: dict[str, Counter[str]] = {}
        self.ends: Counter[str] = Counter()
        self.removed: dict[str, int] = {}
        """The id of each page that was left out on request, with the number of the request."""
        self.met: Counter[int] = Counter()
        """How many records each request met, kept or not."""


def write_tables(run: Path, folder: Path, settings: Settings, compression: str, requests: Requests) -> Counts:
    """Write data, jsonl, sample and records.parquet of the run in `run` into `folder`, without what was asked away.

    The order of the rows is that of the run. Raises ConservationError if a record is unaccounted for.
    """
    counts = Counts()
    _write_pages(run, folder, settings, compression, requests, counts)
    _write_records(run, folder / RECORDS, compression, requests, counts)
    kept = sum(language["pages"] for language in counts.languages.values())
    if counts.ends["kept"] != kept:
        raise ConservationError(f"release: {counts.ends['kept']} records kept, but {kept} pages written")
    return counts


def _write_pages(
    run: Path, folder: Path, settings: Settings, compression: str, requests: Requests, counts: Counts
) -> None:
    parts = sorted((run / "documents").glob("*.parquet"))
    schema_ = pq.read_schema(parts[0]).remove_metadata() if parts else schema.arrow(schema.DOCUMENTS)
    writers: dict[str, _Pages] = {}
    sample = _Sample(schema_, settings.sample)
    try:
        for table in _groups(parts):
            asked = requests.match(table)
            met = pc.is_valid(asked)
            ids, numbers = (column.filter(met).to_pylist() for column in (table["id"], asked))
            counts.removed.update(zip(ids, numbers, strict=True))
            table = table.filter(pc.is_null(asked))
            names = pc.fill_null(table["language"], UNKNOWN)
            for language in sorted(pc.unique(names).to_pylist()):
                rows = table.filter(pc.equal(names, language))
                if language not in writers:
                    writers[language] = _Pages(folder, language, schema_, settings, compression)
                writers[language].write(rows)
                sample.offer(language, rows)
                count = counts.languages.setdefault(language, Counter())
                count["pages"] += rows.num_rows
                count["chars"] += pc.sum(rows["n_chars"]).as_py() or 0
    finally:
        for writer in writers.values():
            writer.close()
    for language, writer in writers.items():
        counts.languages[language]["files"] = writer.number + 1
    if not writers:
        _Pages(folder, UNKNOWN, schema_, settings, compression).close()  # so that there is something to load
        counts.languages[UNKNOWN] = Counter(pages=0, chars=0, files=1)
    (folder / SAMPLE).mkdir()
    pq.write_table(sample.table(), folder / SAMPLE / "part-00000.parquet", compression=compression)


def _groups(parts: Iterable[Path]) -> Iterator[pa.Table]:
    """The row groups of the files of a run, each a batch of about equal size in text."""
    for path in parts:
        with pq.ParquetFile(path) as file:
            for k in range(file.num_row_groups):
                yield file.read_row_group(k, use_threads=False).replace_schema_metadata(None)


class _Pages:
    """The files of one language, one after the other: each is closed when it holds text enough."""

    def __init__(self, folder: Path, language: str, schema_: pa.Schema, settings: Settings, compression: str) -> None:
        self.number = -1
        self._folder, self._language, self._schema = folder, language, schema_
        self._settings, self._compression = settings, compression
        self._open()

    def _open(self) -> None:
        self.number += 1
        self._size = 0
        # Pages of a column are cut by content: where few rows differ from those of the last release, most bytes of the file
        # are the same, and stores that know chunks (the Hugging Face Hub) take only the others.
        table = Part(
            self._path(DATA, "parquet"),
            self._schema,
            self._compression,
            use_content_defined_chunking=True,
            write_page_index=True,
        )
        lines = [JsonLines(self._path(JSONL, "jsonl.zst"))] if self._settings.jsonl else []
        self._files: list[Part | JsonLines] = [table, *lines]
        self._groups = Groups(table, *lines, size=_GROUP)

    def _path(self, kind: str, suffix: str) -> Path:
        path = self._folder / kind / self._language / f"part-{self.number:05}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, table: pa.Table) -> None:
        full = self._settings.file_mb * 1_000_000
        while table.num_rows:
            if self._size >= full:
                self.close()
                self._open()
            sizes = np.cumsum(pc.binary_length(table["text"]).to_numpy(), dtype=np.int64)
            # As many rows as make the file full, and one at least.
            rows = table.slice(0, 1 + int(np.searchsorted(sizes, full - self._size)))
            self._size += int(sizes[rows.num_rows - 1])
            self._groups.write(rows)
            table = table.slice(rows.num_rows)

    def close(self) -> None:
        self._groups.flush()
        for file in self._files:
            file.close()


class _Sample:
    """The pages with the smallest ids, which are hashes, and of each language one at least while there is room."""

    def __init__(self, schema_: pa.Schema, size: int) -> None:
        self._size = size
        self._none = schema_.empty_table()
        self._best: dict[str, pa.Table] = {}

    def offer(self, language: str, rows: pa.Table) -> None:
        held = self._best.get(language)
        if held is not None and held.num_rows >= self._size:
            last = held["id"][held.num_rows - 1] if held.num_rows else None
            rows = rows.filter(pc.less(rows["id"], last)) if last is not None else rows.slice(0, 0)
        if rows.num_rows or held is None:
            self._best[language] = _smallest(pa.concat_tables([held or self._none, rows]), self._size)

    def table(self) -> pa.Table:
        firsts = [table.slice(0, 1) for table in self._best.values()]
        others = [table.slice(1) for table in self._best.values()]
        chosen = _smallest(pa.concat_tables([self._none, *firsts]), self._size)
        more = _smallest(pa.concat_tables([self._none, *others]), self._size - chosen.num_rows)
        return _smallest(pa.concat_tables([chosen, more]), self._size)


def _smallest(table: pa.Table, n: int) -> pa.Table:
    order = pc.sort_indices(table, sort_keys=[("id", "ascending")])
    return table.take(order.slice(0, max(n, 0))).combine_chunks()


# What tells which page it was; of a page that was asked away only the id stays, a hash.
_TELLING = ("source", "record", "offset", "url", "site")


def _write_records(run: Path, path: Path, compression: str, requests: Requests, counts: Counts) -> None:
    schema_ = schema.arrow(schema.RECORDS)
    removed = pa.array(sorted(counts.removed), pa.string())
    numbers = pa.array([counts.removed[id_] for id_ in removed.to_pylist()], pa.int64())
    with pq.ParquetWriter(path, schema_, compression=compression) as out:
        for table in _groups(sorted((run / "records").glob("*.parquet"))):
            table = table.cast(schema_)
            left_out = pc.index_in(table["id"], removed)
            asked = pc.coalesce(numbers.take(left_out), requests.match(table).cast(pa.int64()))
            if asked.null_count < len(asked):
                # A record in quarantine may have the id of a page: it stays where it is.
                table = _without(table, asked, pc.and_(pc.is_valid(left_out), pc.equal(table["end"], "kept")))
            out.write_table(table)
            counts.ends.update(table["end"].to_pylist())
            counts.met.update(number for number in asked.to_pylist() if number is not None)


def _without(table: pa.Table, asked: pa.Array, left_out: pa.Array) -> pa.Table:
    """Records without what tells of pages that were asked away; `left_out` are those that were kept until then."""
    told = {
        "end": pc.if_else(left_out, "rejected", table["end"]),
        "stage": pc.if_else(left_out, "release", table["stage"]),
        "rule": pc.if_else(left_out, "removal_request", table["rule"]),
        "evidence": pc.if_else(
            pc.is_valid(asked), pc.binary_join_element_wise("request", asked.cast(pa.string()), " "), table["evidence"]
        ),
        **{name: pc.if_else(pc.is_valid(asked), None, table[name]) for name in _TELLING},
    }
    columns: list[Any] = [told.get(name, table[name]) for name in table.column_names]
    return pa.table(columns, schema=table.schema)
