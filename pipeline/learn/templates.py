"""What was learnt of the lines, looked up by columns of lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.learn.keys import DIGITS, line_keys, site_key
from pipeline.learn.lines import TEMPLATES, mix
from pipeline.step import Page


class Templates:
    """The line frequencies that concern some pages."""

    def __init__(self, table: pa.Table) -> None:
        columns = [table[name].to_numpy(zero_copy_only=False) for name in TEMPLATES.names]
        across = columns[0] == 0
        site, line, pages, of, inside, varies = (column[~across] for column in columns)
        keys = mix(site, line)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        # Of the site's other pages: the page that asks has the line anyway.
        self._share = ((pages - 1) / np.maximum(of - 1, 1))[order].astype(np.float32)
        self._inside = (inside / np.maximum(pages, 1))[order].astype(np.float32)
        self._varies = varies[order]
        order = np.argsort(columns[1][across], kind="stable")
        self._lines = columns[1][across][order]
        self._sites = columns[2][across][order]

    def __len__(self) -> int:
        return len(self._keys) + len(self._lines)

    @classmethod
    def of_shard(cls, learnt: Path, lines: Path) -> tuple[Templates, str]:
        """What was learnt (a table of TEMPLATES) of the lines of a shard (a table of PAGES), and a digest of it: the
        same as long as nothing that concerns the shard has changed."""
        known = pq.ParquetFile(lines).read(columns=["site", "lines"])
        sites = np.unique(np.append(known["site"].to_numpy(), np.uint64(0)))
        here = np.sort(known["lines"].combine_chunks().flatten().to_numpy() & ~DIGITS)
        parts = []
        file = pq.ParquetFile(learnt)
        for k in range(file.metadata.num_row_groups):
            table = file.read_row_group(k)
            wanted = _among(table["site"].to_numpy(), sites) & _among(table["line"].to_numpy(), here)
            parts.append(table.filter(pa.array(wanted)))
        table = pa.concat_tables([TEMPLATES.empty_table(), *parts]).combine_chunks()
        digest = xxhash.xxh3_128()
        for name in table.column_names:
            digest.update(np.ascontiguousarray(table[name].to_numpy(zero_copy_only=False)).tobytes())
        return cls(table), digest.hexdigest()

    def look_up(self, pages: Sequence[Page], distinct: pa.Array, index: np.ndarray, counts: Sequence[int]) -> None:
        """Give pages their columns `repeats`, `inside`, `varies` and `sites`.

        `distinct` holds the distinct lines of all the pages (large strings), `index` the line of each row of `counts`
        rows per page.
        """
        if not len(self):
            return
        keys = line_keys(distinct)
        sites = _find(self._lines, keys, self._sites)[0][index].tolist() if len(self._lines) else None
        numbers = np.array([site_key(page.site) if page.site else 0 for page in pages], np.uint64)
        mixed = mix(np.repeat(numbers, counts), keys[index])
        found = _find(self._keys, mixed, self._share, self._inside, self._varies)
        share, inside, varies = (column.tolist() for column in found)
        at = 0
        for page, n in zip(pages, counts, strict=True):
            if sites:
                page._sites = sites[at : at + n]
            if page.site:
                page._repeats, page._inside, page._varies = share[at : at + n], inside[at : at + n], varies[at : at + n]
            at += n


def _find(keys: np.ndarray, wanted: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
    """The values of the wanted keys in each column, 0 where there is none; `keys` is sorted."""
    if not len(keys):
        return [np.zeros(len(wanted), values.dtype) for values in columns]
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[at] == wanted
    return [np.where(hit, values[at], values.dtype.type(0)) for values in columns]


def _among(values: np.ndarray, sorted_: np.ndarray) -> np.ndarray:
    if not len(sorted_):
        return np.zeros(len(values), bool)
    found: np.ndarray = sorted_[np.minimum(np.searchsorted(sorted_, values), len(sorted_) - 1)] == values
    return found
