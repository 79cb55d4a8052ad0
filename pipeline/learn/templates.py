"""What was learnt of the lines, looked up by columns of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from numba import njit
from numpy.typing import NDArray

from pipeline.learn.keys import DIGITS, line_keys, site_key
from pipeline.learn.lines import TEMPLATES, mix
from pipeline.step import Page, Step


class Levels(NamedTuple):
    """The limits that steps lay on what is known of a line. Between two of them no step can tell one value from another,
    and pages are told none: with the exact shares, each page that is added to a site would change what is known of
    nearly all the others."""

    repeats: tuple[float, ...] = ()
    """Reached by this share of the site's other pages or more."""
    inside: tuple[float, ...] = ()
    """Passed by more than this share."""
    sites: tuple[int, ...] = ()
    """Reached by so many sites or more."""

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Levels:
        """Those of some steps: a step names them in `LEVELS` of its parameters, a function that gives a mapping."""
        found: dict[str, set[float]] = {name: set() for name in cls._fields}
        for step in steps:
            for name, limits in getattr(step.params, "levels", dict)().items():
                found[name].update(limits)
        return cls(**{name: tuple(sorted(limits)) for name, limits in found.items()})  # type: ignore[arg-type]


class Templates:
    """The line frequencies that concern some pages."""

    def __init__(self, table: pa.Table, levels: Levels | None = None) -> None:
        """`table` holds rows of TEMPLATES. With `levels` only as much is told as they tell apart."""
        columns = [table[name].to_numpy(zero_copy_only=False) for name in TEMPLATES.names]
        across = columns[0] == 0
        site, line, pages, of, inside, varies = (column[~across] for column in columns)
        lines, sites = columns[1][across], columns[2][across]
        # Of the site's other pages: the page that asks has the line anyway.
        share = (pages - 1) / np.maximum(of - 1, 1)
        amid = inside / np.maximum(pages, 1)
        keys = mix(site, line)
        if levels is not None:
            share = np.array([0.0, *levels.repeats])[np.searchsorted(levels.repeats, share, "right")]
            told = share > 0
            keys, share, amid, varies = keys[told], share[told], amid[told], varies[told]
            amid = np.array([0.0, *levels.inside[1:], 1.0])[np.searchsorted(levels.inside, amid, "left")]
            sites = np.array([0, *levels.sites], sites.dtype)[np.searchsorted(levels.sites, sites, "right")]
            lines, sites = lines[sites > 0], sites[sites > 0]
        order = np.argsort(keys, kind="stable")
        self._keys, self._varies = keys[order], varies[order]
        self._share, self._inside = share[order], amid[order]
        order = np.argsort(lines, kind="stable")
        self._lines, self._sites = lines[order], sites[order]

    def __len__(self) -> int:
        return len(self._keys) + len(self._lines)

    @classmethod
    def of_shard(cls, learnt: Path, lines: Path, levels: Levels | None = None) -> tuple[Templates, str]:
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
        found = cls(pa.concat_tables([TEMPLATES.empty_table(), *parts]).combine_chunks(), levels)
        return found, found.digest()

    def digest(self) -> str:
        """A digest of all that is known."""
        seen = xxhash.xxh3_128()
        for column in (self._keys, self._share, self._inside, self._varies, self._lines, self._sites):
            seen.update(len(column).to_bytes(8, "little") + column.tobytes())
        return seen.hexdigest()

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

    def digests(self, lines: pa.ListArray, sites: Sequence[str | None]) -> NDArray[np.uint64]:
        """A number for each text, on these sites, that stands for all that `look_up` says of its lines; `lines` are their
        keys (see `pipeline.learn.lines.HASHES`)."""
        keys, counts = lines.flatten().to_numpy(), lines.value_lengths().to_numpy()
        known = {site: site_key(site) if site else 0 for site in set(sites)}
        numbers = np.array([known[site] for site in sites], np.uint64)
        found: NDArray[np.uint64] = _fold(keys & ~DIGITS, counts, numbers, *self._values)
        return found

    @cached_property
    def _values(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int32]]:
        """Keys, what is known of each as a number, and the hash table of the keys."""
        told = mix(self._share.view(np.uint64), self._inside.view(np.uint64)) + self._varies
        keys = np.append(self._keys, mix(np.full(len(self._lines), _ANYWHERE), self._lines))
        return keys, np.append(told, self._sites.astype(np.uint64)), _slots(keys)


# Stands for the site of what is known of a line on all sites.
_ANYWHERE = np.uint64(0xA5A5A5A5A5A5A5A5)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _slots(keys):  # type: ignore[no-untyped-def]
    """A hash table with open addressing: where each key stands, plus one."""
    size = 16
    while size < 2 * len(keys):
        size *= 2
    slots = np.zeros(size, np.int32)
    for k in range(len(keys)):
        at = (keys[k] * _MIX >> np.uint64(20)) & np.uint64(size - 1)
        while slots[at]:
            at = (at + np.uint64(1)) & np.uint64(size - 1)
        slots[at] = k + 1
    return slots


@njit(cache=True, nogil=True)
def _value(key, keys, values, slots):  # type: ignore[no-untyped-def]
    """The value of a key, 0 if it is not there."""
    last = np.uint64(len(slots) - 1)
    at = (key * _MIX >> np.uint64(20)) & last
    while slots[at]:
        if keys[slots[at] - 1] == key:
            return values[slots[at] - 1]
        at = (at + np.uint64(1)) & last
    return np.uint64(0)


@njit(cache=True, nogil=True)
def _fold(lines, counts, sites, keys, values, slots):  # type: ignore[no-untyped-def]
    """Per page a hash over the places of its lines of which something is known, and over what it is."""
    out = np.empty(len(counts), np.uint64)
    at = 0
    for k in range(len(counts)):
        h = np.uint64(1)
        for i in range(counts[k]):
            line = lines[at + i]
            if not line:
                continue
            here = _value((sites[k] ^ line >> np.uint64(1)) * _MIX ^ line, keys, values, slots)
            anywhere = _value((_ANYWHERE ^ line >> np.uint64(1)) * _MIX ^ line, keys, values, slots)
            if here or anywhere:
                h = (h ^ np.uint64(i)) * _MIX
                h = (h ^ h >> np.uint64(29) ^ here) * _MIX
                h = (h ^ h >> np.uint64(32) ^ anywhere) * _MIX
        out[k] = h ^ h >> np.uint64(31)
        at += counts[k]
    return out


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
