"""Line frequencies per site.

Each shard leaves a table of its pages with the keys of their lines. `learn` counts over all of them on how many
distinct pages of its site each line stands, in how many of these it stands inside the body, and whether its numbers are
the same on all; and on how many sites it stands.

A page counts once, however often it was crawled: pages whose long lines are the same are one page if these make up
half of them, whatever their menus and counters say. Of a site at most SAMPLE pages are looked at, those with the
smallest hashes: a sample that depends on nothing but which pages there are, so two samples of one site make the sample
of both (Beyer et al., "On synopses for distinct-value estimation under multiset operations", SIGMOD 2007). That sample
is what a memory file holds. A dataset that is learnt with the memory of an earlier one has the very frequencies of
both together, and no page counts twice because it stands in both; what a memory is merged into is again a memory.

Work goes site by site in partitions of bounded size, so memory does not grow with the dataset, be it many sites or one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.learn.keys import DIGITS, site_key, text_keys

# What a site needs before its lines say anything: with fewer distinct pages, chance repeats look like templates.
MIN_PAGES = 5
# Pages of a site that are looked at: the share of a line is known to within 4.5 points (two standard errors) at worst.
SAMPLE = 500
# Of a longer page only so many lines from the top and from the bottom count: templates stand there.
EDGE = 500
# How many sites with a line are told apart: 2, 3, 5, 10, 20, 40, ... or more. Coarse, because with finer steps every new
# page would change what is known of every other page; for the same reason a short line, which any two sites may have in
# common, is known from MIN_SITES on only. Long lines on two or more sites were 3.5 % of all lines of a mixed corpus (most
# on pages that are duplicates), lines on five or more 0.3 %; each takes 37 bytes, and a shard loads its own alone.
SITES = np.concatenate(([2, 3], 5 << np.arange(29)))
MIN_SITES = 5
# A line takes about 170 bytes of memory at the peak: 340 MB a partition.
PARTITION_LINES = 2_000_000
# A line of this share of the site's other pages is no page's own when it is asked where the page's own text lies.
COMMON = 0.25
# The digits of a line fall into seven bins. So many bins, and the numbers are values of the pages, not the year of a
# footer or the two prices of a subscription.
BINS = 3

PAGES = pa.schema(
    [
        pa.field("site", pa.uint64(), metadata={"description": "xxh64 of the registrable domain"}),
        pa.field("page", pa.uint64(), metadata={"description": "hash of the page's body: copies of a page share it"}),
        pa.field("copy", pa.uint64(), metadata={"description": "hash of all its lines"}),
        pa.field(
            "lines",
            pa.list_(pa.field("item", pa.uint64(), nullable=False)),
            metadata={"description": "keys of its lines in order, blank ones left out; see pipeline/learn/keys.py"},
        ),
    ],
    metadata={"scutch": "pages and line keys", "version": "1"},
)
"""The pages of a shard, and a memory file: no text, only hashes."""

TEMPLATES = pa.schema(
    [
        pa.field("site", pa.uint64(), metadata={"description": "the site; 0 in rows about the line on all sites"}),
        pa.field("line", pa.uint64(), metadata={"description": "key of the line"}),
        pa.field("pages", pa.int32(), metadata={"description": "pages with the line; where site is 0, sites with it"}),
        pa.field("of", pa.int32(), metadata={"description": "pages of the site; 0 where site is 0"}),
        pa.field("inside", pa.int32(), metadata={"description": "pages that have the line amid text of their own"}),
        pa.field("varies", pa.bool_(), metadata={"description": "whether its numbers change from page to page"}),
    ]
)
"""What was learnt."""


HASHES = [
    pa.field("lines", pa.list_(pa.field("item", pa.uint64(), nullable=False))),
    pa.field("body", pa.uint64()),
    pa.field("copy", pa.uint64()),
]
"""What is kept of each text of a shard: the keys of all its lines in order, 0 for a line without letters, and what its copies
share; see `text_keys`."""


def hashes_of(texts: pa.Array) -> list[pa.Array]:
    """The columns of HASHES for a column of large strings."""
    keys, counts, bodies, wholes = text_keys(texts)
    ends = pa.array(np.concatenate(([0], np.cumsum(counts))), pa.int32())
    return [pa.ListArray.from_arrays(ends, pa.array(keys), type=HASHES[0].type), pa.array(bodies), pa.array(wholes)]


def lines_of_hashes(sites: Sequence[str | None], hashes: Sequence[pa.Array]) -> pa.Table:
    """A row of PAGES for each text that has a site; `hashes` are the columns of HASHES."""
    chosen = pa.array([n for n, site in enumerate(sites) if site], pa.int64())
    lists, bodies, wholes = (column.take(chosen) for column in hashes)
    keys, counts = lists.flatten().to_numpy(), lists.value_lengths().to_numpy()
    filled = keys != 0
    ends = np.concatenate(([0], np.cumsum(filled)))[np.concatenate(([0], np.cumsum(counts)))]
    numbers = {site: site_key(site) for site in set(sites) if site}
    columns = [
        pa.array([numbers[site] for site in sites if site], pa.uint64()),
        bodies,
        wholes,
        pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(keys[filled]), type=PAGES.field("lines").type),
    ]
    return pa.Table.from_arrays(columns, schema=PAGES)


def lines_of_pages(sites: Sequence[str | None], texts: Sequence[str]) -> pa.Table:
    """A row of PAGES for each page that has a site."""
    return lines_of_hashes(sites, hashes_of(pa.array(texts, pa.large_string())))


def write_lines(tables: Iterable[pa.Table], path: Path) -> int:
    """Write the pages of a shard, ordered by site, so that a partition reads only its row groups. Gives their lines."""
    table = pa.concat_tables([PAGES.empty_table(), *tables])
    table = table.take(_order(table)).combine_chunks()
    lines: int = pc.sum(pc.list_value_length(table["lines"])).as_py() or 0
    # About 30,000 lines a row group.
    size = max(50, 30_000 * table.num_rows // max(lines, 1))
    pq.write_table(table, path, row_group_size=size, **_FORMAT)
    return lines


# Hashes do not compress; what compresses are the lines that pages share, which stand close together.
_FORMAT = {"compression": "zstd", "compression_level": 1, "use_dictionary": False}


def learn(paths: Sequence[Path], folder: Path, memory: Path | None = None) -> int:
    """Learn from the line tables of all shards, and from the memory of earlier datasets if there is one.

    Writes `templates.parquet` (TEMPLATES: lines on two pages or more of sites with at least MIN_PAGES, lines on MIN_SITES
    sites or more and long ones on two) and `memory.parquet` (PAGES) into `folder`. Gives the number of rows of the former.
    """
    paths = [*paths, memory] if memory else list(paths)
    partitions = max(1, -(-sum(map(count_lines, paths)) // PARTITION_LINES))
    written = 0
    # The lines of each site, once more by line: a file per partition, cut where the next partitions begin.
    spilled: list[tuple[Path, np.ndarray]] = []
    edges = np.array([(2**64 * k) // partitions for k in range(1, partitions)], np.uint64)
    with (
        pq.ParquetWriter(folder / "templates.parquet", TEMPLATES, compression="zstd") as templates,
        pq.ParquetWriter(folder / "memory.parquet", PAGES, **_FORMAT) as remembered,
    ):
        for low, high in pairwise((2**64 * k) // partitions for k in range(partitions + 1)):
            pages = _sample(paths, low, high)
            remembered.write_table(pages, row_group_size=5_000)
            counted, lines = _count(pages)
            templates.write_table(counted)
            written += counted.num_rows
            path = folder / f"{len(spilled):05}.lines"
            lines.tofile(path)
            spilled.append((path, np.concatenate(([0], np.searchsorted(lines, edges), [len(lines)]))))
            del pages, counted, lines
        for table in _across(spilled):
            templates.write_table(table)
            written += table.num_rows
    for path, _ in spilled:
        path.unlink()
    return written


def count_lines(path: Path) -> int:
    """Lines in a table of pages, from its footer."""
    footer = pq.ParquetFile(path).metadata
    return sum(footer.row_group(k).column(3).num_values for k in range(footer.num_row_groups))


def _sample(paths: Sequence[Path], low: int, high: int) -> pa.Table:
    """The pages of the sites in [low, high) that count, ordered by site and page."""
    parts: list[pa.Table] = []
    since = 0
    for path in paths:
        for table in _between(path, low, high):
            parts.append(_cap(table))
            since += pc.sum(pc.list_value_length(parts[-1]["lines"])).as_py() or 0
            if since > PARTITION_LINES:
                parts, since = [_choose(parts)], 0
    return _choose(parts)


def _between(path: Path, low: int, high: int) -> Iterator[pa.Table]:
    file = pq.ParquetFile(path)
    for k in range(file.metadata.num_row_groups):
        stats = file.metadata.row_group(k).column(0).statistics
        if stats is not None and (stats.max < low or stats.min >= high):
            continue
        table = file.read_row_group(k)
        site = table["site"].to_numpy()
        inside = (site >= np.uint64(low)) & (site <= np.uint64(high - 1))
        if inside.any():
            yield (table if inside.all() else table.filter(pa.array(inside))).combine_chunks()


def _cap(table: pa.Table) -> pa.Table:
    """The table with long pages cut down to their edges."""
    lists = table["lines"].chunk(0) if table["lines"].num_chunks else None
    if lists is None or (lengths := lists.value_lengths().to_numpy()).max(initial=0) <= 2 * EDGE:
        return table
    values = lists.flatten().to_numpy()
    starts = np.cumsum(lengths) - lengths
    at = np.arange(len(values)) - np.repeat(starts, lengths)
    keep = (at < EDGE) | (at >= np.repeat(lengths, lengths) - EDGE)
    ends = np.concatenate(([0], np.cumsum(np.minimum(lengths, 2 * EDGE))))
    cut = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(values[keep]), type=PAGES.field("lines").type)
    return table.set_column(3, PAGES.field("lines"), cut)


def _order(table: pa.Table) -> pa.Array:
    """The rows of a table of PAGES by site, page and copy."""
    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in ("site", "page", "copy")])


def _choose(parts: Sequence[pa.Table]) -> pa.Table:
    """One copy of each page, and of each site the SAMPLE pages with the smallest hashes, in order."""
    whole = pa.concat_tables([PAGES.empty_table(), *parts])
    order = _order(whole).to_numpy()
    site, page = (whole[name].to_numpy()[order] for name in ("site", "page"))
    first = np.ones(len(order), bool)
    first[1:] = (site[1:] != site[:-1]) | (page[1:] != page[:-1])
    order, site = order[first], site[first]
    _, starts, counts = np.unique(site, return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(starts, counts)
    return whole.take(pa.array(order[rank < SAMPLE])).combine_chunks()


def _count(pages: pa.Table) -> tuple[pa.Table, np.ndarray]:
    """Rows of TEMPLATES for the sites of a sample, and the keys of the lines of each site, each once a site, sorted."""
    if not pages.num_rows:
        return TEMPLATES.empty_table(), np.empty(0, np.uint64)
    lists = pages["lines"].chunk(0)
    lines, lengths = lists.flatten().to_numpy(), lists.value_lengths().to_numpy()
    if not len(lines):
        return TEMPLATES.empty_table(), np.empty(0, np.uint64)
    bins = np.left_shift(np.uint8(1), (lines & DIGITS) >> np.uint64(1), dtype=np.uint8, casting="unsafe")
    lines = lines & ~DIGITS
    sites, of = np.unique(pages["site"].to_numpy(), return_counts=True)
    owner = np.repeat(np.arange(pages.num_rows, dtype=np.int32), lengths)
    site = np.repeat(np.arange(len(sites), dtype=np.int32), of)[owner]

    # A group is a line of a site; `fresh` marks where it goes on to another page.
    key = mix(sites[site], lines)
    order = np.argsort(key, kind="stable")
    key = key[order]
    begins = np.ones(len(key), bool)
    begins[1:] = key[1:] != key[:-1]
    del key
    fresh = begins.copy()
    fresh[1:] |= owner[order][1:] != owner[order][:-1]
    starts = np.flatnonzero(begins)
    on = np.add.reduceat(fresh, starts, dtype=np.int32)

    group = np.empty(len(order), np.int32)
    group[order] = np.cumsum(begins, dtype=np.int32) - 1
    common = (on[group] >= 3) & (on[group] - 1 >= COMMON * (of[site] - 1))
    amid = _amid(lines, lengths, common)
    turns = np.flatnonzero(fresh)
    inside = np.add.reduceat(np.logical_or.reduceat(amid[order], turns), np.searchsorted(turns, starts), dtype=np.int32)

    seen = np.unpackbits(np.bitwise_or.reduceat(bins[order], starts)).reshape(-1, 8).sum(axis=1)
    varies = seen >= BINS
    head = order[starts]
    chosen = np.flatnonzero((on >= 2) & (of[site[head]] >= MIN_PAGES))
    head = head[chosen]
    at = np.lexsort((lines[head], site[head]))
    head, chosen = head[at], chosen[at]
    columns = [
        sites[site[head]],
        lines[head],
        on[chosen],
        of[site[head]].astype(np.int32),
        inside[chosen],
        varies[chosen],
    ]
    table = pa.Table.from_arrays([pa.array(column) for column in columns], schema=TEMPLATES)
    return table, np.sort(lines[order[starts]])


def _amid(lines: np.ndarray, lengths: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Which lines stand between two of their page's own: long ones where the page has any."""
    full = np.flatnonzero(lengths)
    lengths = lengths[full]
    starts = np.cumsum(lengths) - lengths
    at = np.arange(len(lines))
    own = ~common
    own_long = own & (lines & np.uint64(1)).astype(bool)
    which = np.repeat(np.add.reduceat(own_long, starts, dtype=np.int32) > 0, lengths)
    body = np.where(which, own_long, own)
    first = np.minimum.reduceat(np.where(body, at, len(lines)), starts)
    last = np.maximum.reduceat(np.where(body, at, -1), starts)
    amid: np.ndarray = (at > np.repeat(first, lengths)) & (at < np.repeat(last, lengths))
    return amid


def _across(spilled: Sequence[tuple[Path, np.ndarray]]) -> Iterator[pa.Table]:
    """Rows of TEMPLATES for the lines of many sites. Each spilled file holds the lines of some sites, sorted, and comes
    with the places at which it is cut."""
    for k in range(len(spilled)):
        parts = [
            np.fromfile(path, np.uint64, int(cuts[k + 1] - cuts[k]), offset=8 * int(cuts[k])) for path, cuts in spilled
        ]
        lines = np.concatenate(parts)
        lines.sort()
        starts = np.flatnonzero(np.concatenate((np.ones(min(len(lines), 1), bool), lines[1:] != lines[:-1])))
        counts = np.diff(np.append(starts, len(lines)))
        long = (lines[starts] & np.uint64(1)).astype(bool)
        many = counts >= np.where(long, SITES[0], MIN_SITES)
        sites = SITES[np.searchsorted(SITES, counts[many], side="right") - 1]
        nothing = np.zeros(len(sites), np.int32)
        columns = [
            nothing.astype(np.uint64),
            lines[starts[many]],
            sites.astype(np.int32),
            nothing,
            nothing,
            nothing > 0,
        ]
        yield pa.Table.from_arrays([pa.array(column) for column in columns], schema=TEMPLATES)


def mix(site: np.ndarray, line: np.ndarray) -> np.ndarray:
    """One number for a line of a site (uint64)."""
    return np.asarray((site ^ line >> np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) ^ line, dtype=np.uint64)
