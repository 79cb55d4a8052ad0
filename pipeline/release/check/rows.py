"""What the contract asks of single rows of a release: columns and types, nulls, short texts, values that repeat.

pandera checks them file by file and batch by batch, without the texts: whether one is null stands in the footer of its
file, how long it is in another column.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.config import Contract

EXAMPLES = 5
"""Pages that a message names per clause."""
NAMES = ["id", "source", "url"]
"""By which columns it names them."""
_BATCH = 100_000
# Of so many values that repeat, by their hashes, it is made sure that they do: enough to see what is wrong.
_LOOKED_AT = 1_000


class Broken(NamedTuple):
    """A clause that does not hold."""

    clause: str
    """The key of the config, with the column, language or rule behind it."""
    what: str
    """What was found, and by how much it is off."""
    pages: tuple[str, ...]
    """Up to five pages that show it: id, source and address."""


def check_rows(files: Sequence[Path], settings: Contract) -> Iterator[Broken]:
    """What is wrong with the rows of some files (Parquet, the columns of `documents`), clause by clause.

    Takes 8 bytes of memory per row and unique column, and those of a batch of rows.
    """
    found: dict[str, _Cases] = {}
    for path in files:
        file = pq.ParquetFile(path)
        yield from _columns(f"{path.parent.name}/{path.name}", file.schema_arrow)
        rows = _schema(file, settings)
        for frame in _frames(file, rows.columns):
            for column, check, failed in _failures(rows, frame):
                clause = f"not_null.{column}" if check == "not_nullable" else check
                found.setdefault(clause, _Cases()).add(frame.loc[failed])
    for clause, cases in sorted(found.items()):
        short = f"shorter than {settings.min_chars} characters"
        what = f"{count(cases.n)} {short if clause == 'min_chars' else 'without it; none allowed'}"
        yield Broken(f"contract.{clause}", what, tuple(cases.pages))
    for column in settings.unique:
        yield from _repeated(files, column)


def count(pages: int) -> str:
    """A number of pages in words."""
    return "1 page" if pages == 1 else f"{pages:,} pages"


def name_pages(rows: pd.DataFrame) -> Iterator[str]:
    """Rows with the columns NAMES as a message names them."""
    for row in rows[NAMES].itertuples(index=False):
        yield "  ".join(str(value) for value in row if not pd.isna(value))


@dataclass
class _Cases:
    """Rows that fail one clause."""

    n: int = 0
    pages: list[str] = field(default_factory=list)

    def add(self, rows: pd.DataFrame) -> None:
        self.n += len(rows)
        self.pages += name_pages(rows.head(EXAMPLES - len(self.pages)))


def _schema(file: pq.ParquetFile, settings: Contract) -> pa.DataFrameSchema:
    """What the rows of a file must satisfy, one by one. A column that is missing is told elsewhere."""
    there = set(file.schema_arrow.names)
    columns = {name: pa.Column(nullable=False) for name in settings.not_null if name in there}
    if "text" in columns and not _has_nulls(file, "text"):
        del columns["text"]
    if settings.min_chars is not None and "n_chars" in there:
        long_enough = pa.Check.ge(settings.min_chars, error="min_chars")
        columns["n_chars"] = pa.Column(checks=long_enough, nullable="n_chars" not in columns)
    return pa.DataFrameSchema(columns)


def _has_nulls(file: pq.ParquetFile, column: str) -> bool:
    """Whether a column has nulls, by the footer of its file; True where that does not say."""
    for k in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(k)
        # Nested columns come in several leaves, so the place of a column is not that in the schema.
        leaf = next(leaf for n in range(group.num_columns) if (leaf := group.column(n)).path_in_schema == column)
        if leaf.statistics is None or not leaf.statistics.has_null_count or leaf.statistics.null_count:
            return True
    return False


def _frames(file: pq.ParquetFile, columns: Iterable[str]) -> Iterator[pd.DataFrame]:
    """These columns of a file, and those by which pages are named, as frames of Arrow columns."""
    wanted = list(dict.fromkeys([*NAMES, *columns]))
    there = [name for name in wanted if name in file.schema_arrow.names]
    for batch in file.iter_batches(_BATCH, columns=there):
        frame = pyarrow.Table.from_batches([batch]).to_pandas(types_mapper=pd.ArrowDtype)
        yield frame.reindex(columns=wanted)


def _failures(rows: pa.DataFrameSchema, frame: pd.DataFrame) -> Iterator[tuple[Hashable, str, list[int]]]:
    """The rows of a frame that fail, by column and check."""
    try:
        rows.validate(frame, lazy=True, inplace=True)
    except pa.errors.SchemaErrors as errors:
        for (column, check), cases in errors.failure_cases.groupby(["column", "check"], sort=True):
            yield column, check, cases["index"].tolist()


def _columns(path: str, found: pyarrow.Schema) -> Iterator[Broken]:
    """Whether a file has the columns of `documents` with their types. Of the signals, only the type is asked."""
    signals = found.field("signals").type if "signals" in found.names else None
    names = [field.name for field in signals] if signals is not None and pyarrow.types.is_struct(signals) else []
    wanted = schema.arrow(schema.DOCUMENTS, signals=dict.fromkeys(names, ""))
    columns = {field.name: pa.Column(pd.ArrowDtype(field.type)) for field in wanted}
    try:
        empty = found.empty_table().to_pandas(types_mapper=pd.ArrowDtype)
        pa.DataFrameSchema(columns, strict=True).validate(empty, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            yield Broken("contract", f"{path}: {_wrong(case)}", ())


def _wrong(case: dict[Hashable, Any]) -> str:
    if case["check"] == "column_in_dataframe":
        return f"no column {case['failure_case']}"
    if case["check"] == "column_in_schema":
        return f"a column {case['failure_case']}, which is none of ours"
    wanted = str(case["check"]).removeprefix("dtype('").removesuffix("')")
    return f"column {case['column']} is {case['failure_case']}, not {wanted}"


def _repeated(files: Sequence[Path], column: str) -> Iterator[Broken]:
    """Values that stand in more than one row, over all files. Told apart by 64-bit hashes, then made sure of."""
    hashes = np.sort(
        np.concatenate([np.empty(0, np.uint64), *(hashes_of(part[column].dropna()) for part in _parts(files, column))])
    )
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    if not len(again):
        return
    wanted = np.unique(again)[:_LOOKED_AT]
    found: list[pd.DataFrame] = []
    for part in _parts(files, column):
        found.append(part[np.isin(hashes_of(part[column]), wanted) & part[column].notna()])
        if sum(map(len, found)) > 2 * _LOOKED_AT:  # more rows than values: some of them are alike
            break
    rows = pd.concat(found).sort_values([column, *NAMES], kind="stable", ignore_index=True)
    for _, _, failed in _failures(pa.DataFrameSchema({column: pa.Column(unique=True)}), rows):
        what = f"{count(len(again))} with a value that another page has too; none allowed"
        yield Broken(f"contract.unique.{column}", what, tuple(name_pages(rows.loc[failed].head(EXAMPLES))))


def _parts(files: Sequence[Path], column: str) -> Iterator[pd.DataFrame]:
    for path in files:
        file = pq.ParquetFile(path)
        if column in file.schema_arrow.names:
            yield from _frames(file, [column])


def hashes_of(values: pd.Series[Any]) -> np.ndarray:
    """64-bit hashes of values, as text."""
    return pd.util.hash_array(values.astype(str).to_numpy(object), categorize=False)
