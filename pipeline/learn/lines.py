"""Line frequencies per site.

A line is counted once a page, and pages with the same text count once, so that neither a refrain nor a page that
was crawled ten times looks like a template. Lines are compared without case, digits and outer space: the date or the
number in a footer does not make it another line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

# What a site needs before its lines say anything: with fewer distinct pages, chance repeats look like templates.
MIN_PAGES = 5
# A row of the work tables takes about 24 bytes in memory; 8 million rows a partition keep a group-by under 600 MB.
PARTITION_ROWS = 8_000_000

COUNTS = pa.schema([("site", pa.uint64()), ("line", pa.uint64()), ("page", pa.uint64())])
TEMPLATES = pa.schema([("site", pa.uint64()), ("line", pa.uint64()), ("pages", pa.int32()), ("of", pa.int32())])


def site_key(site: str) -> int:
    """The number under which a site stands in the tables."""
    return int(xxhash.xxh64_intdigest(site.encode()))


def line_keys(lines: pa.Array) -> np.ndarray:
    """A number per line (uint64), equal for lines that differ in case, digits and outer space only. Blank: 0."""
    distinct = lines.dictionary_encode()
    folded = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(distinct.dictionary)), r"\d+", "0")
    keys = np.fromiter(
        (xxhash.xxh64_intdigest(line) if line else 0 for line in folded.cast(pa.large_binary()).to_pylist()),
        np.uint64,
        len(folded),
    )
    return keys[distinct.indices.to_numpy(zero_copy_only=False)] if len(keys) else np.empty(0, np.uint64)


def lines_of_pages(sites: Sequence[str | None], texts: Sequence[str]) -> pa.Table:
    """(site, line, page) triples, distinct, of the pages that have a site; `page` is the hash of the page's text."""
    chosen = [n for n, site in enumerate(sites) if site]
    split = [texts[n].split("\n") for n in chosen]
    counts = np.array([len(lines) for lines in split], dtype=np.int64)
    keys = line_keys(pa.array([line for lines in split for line in lines], pa.large_string()))
    site = np.repeat(np.array([site_key(sites[n] or "") for n in chosen], dtype=np.uint64), counts)
    page = np.repeat(np.array([xxhash.xxh64_intdigest(texts[n].encode()) for n in chosen], dtype=np.uint64), counts)
    frame = pd.DataFrame({"site": site, "line": keys, "page": page})
    return pa.Table.from_pandas(frame[frame["line"] != 0].drop_duplicates(), schema=COUNTS, preserve_index=False)


def write_counts(tables: Iterable[pa.Table], path: Path) -> int:
    """Write the triples of a shard, ordered by site, so that a partition reads only its row groups."""
    table = pa.concat_tables([COUNTS.empty_table(), *tables]).combine_chunks()
    table = table.sort_by([("site", "ascending"), ("line", "ascending"), ("page", "ascending")])
    pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=250_000)
    rows: int = table.num_rows
    return rows


def learn(paths: Sequence[Path], rows: int, out: Path) -> int:
    """Count, over all shards, on how many pages of its site each line stands; write those on two pages or more of
    sites with at least MIN_PAGES. One partition of the sites at a time, so memory does not grow with the dataset.

    Returns the number of template candidates.
    """
    partitions = max(1, -(-rows // PARTITION_ROWS))
    edges = [(2**64 * k) // partitions for k in range(partitions + 1)]
    written = 0
    with pq.ParquetWriter(out, TEMPLATES, compression="zstd") as writer:
        for low, high in pairwise(edges):
            parts = [_between(path, low, high) for path in paths]
            frame = pa.concat_tables([COUNTS.empty_table(), *parts]).to_pandas().drop_duplicates()
            if frame.empty:
                continue
            of = frame.groupby("site", sort=True)["page"].nunique()
            of = of[of >= MIN_PAGES]
            frame = frame[frame["site"].isin(of.index)]
            pages = frame.groupby(["site", "line"], sort=True).size()
            pages = pages[pages >= 2].reset_index(name="pages")
            pages["of"] = pages["site"].map(of)
            writer.write_table(pa.Table.from_pandas(pages, schema=TEMPLATES, preserve_index=False))
            written += len(pages)
    return written


def _between(path: Path, low: int, high: int) -> pa.Table:
    file = pq.ParquetFile(path)
    groups = []
    for k in range(file.metadata.num_row_groups):
        stats = file.metadata.row_group(k).column(0).statistics
        if stats is None or (stats.max >= low and stats.min < high):
            groups.append(k)
    table = file.read_row_groups(groups) if groups else COUNTS.empty_table()
    site = table["site"].to_numpy()
    inside = (site >= np.uint64(low)) & (site <= np.uint64(high - 1))
    return table if inside.all() else table.filter(pa.array(inside))


class Templates:
    """The line frequencies of some sites, ready to be looked up by columns of lines."""

    def __init__(self, table: pa.Table) -> None:
        site = table["site"].to_numpy().astype(np.uint64)
        line = table["line"].to_numpy().astype(np.uint64)
        keys = _mix(site, line)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._share = (table["pages"].to_numpy() / np.maximum(table["of"].to_numpy(), 1))[order].astype(np.float32)

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def of_sites(cls, path: Path, sites: Iterable[str]) -> tuple[Templates, str]:
        """The templates of these sites, and a digest of them."""
        wanted = np.unique(np.array([site_key(site) for site in sites], dtype=np.uint64))
        parts = []
        file = pq.ParquetFile(path)
        for k in range(file.metadata.num_row_groups):
            table = file.read_row_group(k)
            site = table["site"].to_numpy()
            parts.append(table.filter(pa.array(np.isin(site, wanted))))
        table = pa.concat_tables([TEMPLATES.empty_table(), *parts]).combine_chunks()
        digest = xxhash.xxh3_128()
        for name in table.column_names:
            digest.update(np.ascontiguousarray(table[name].to_numpy()).tobytes())
        return cls(table), digest.hexdigest()

    def shares(self, sites: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """Share of the site's pages that carry each line (float32), 0.0 where nothing is known."""
        if not len(self._keys):
            return np.zeros(len(lines), np.float32)
        keys = _mix(sites, lines)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[at] == keys, self._share[at], np.float32(0))


def _mix(site: np.ndarray, line: np.ndarray) -> np.ndarray:
    return np.asarray(site * np.uint64(0x9E3779B97F4A7C15) ^ line, dtype=np.uint64)
