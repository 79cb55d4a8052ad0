"""Removal requests: what people asked to be left out of every later release.

They stand in OUTPUT/removals.jsonl, a line each, which only ever grows:

    {"number": 1, "asked": "2026-11-22", "kind": "url", "value": "gazette.example/ida", "note": "mail of Ida Berg"}
    {"number": 2, "withdrawn": "2026-12-01", "of": 1}

A release leaves out the pages that a standing request meets. A run knows nothing of requests: it has decided which of
several copies stays, so a copy that went as a duplicate of a page that is left out does not come back with it. Name
the site, or each address, to have all copies out. Finished releases are never changed.

`pipeline/release/forget.py` records them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import ConfigError
from pipeline.release.layout import REMOVALS

# What stands before the path of an address, as RE2 takes it; the rest of its normal form is Python's.
_AUTHORITY = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?(?P<host>[^/?#]*)"


@dataclass(frozen=True)
class Request:
    """One request. `value` is a page's id, an address without scheme and `www.`, or a host."""

    number: int
    asked: str
    kind: str
    value: str
    note: str = ""
    withdrawn: str | None = None

    def line(self) -> str:
        """The same for people."""
        end = f"withdrawn {self.withdrawn}" if self.withdrawn else ""
        return "  ".join(filter(None, (f"{self.number:4}", self.asked, self.kind, self.value, self.note, end)))


class Requests:
    """The requests that stand."""

    def __init__(self, standing: Sequence[Request] = ()) -> None:
        self.standing = tuple(standing)

    @classmethod
    def load(cls, output: str | Path) -> Requests:
        """Those of an output folder; none where nobody asked. Raises ConfigError if their file is damaged."""
        return cls([request for request in history(output) if request.withdrawn is None])

    def __len__(self) -> int:
        return len(self.standing)

    def digest(self) -> str:
        """Names what is left out: the same for the same requests."""
        told = [[request.number, request.kind, request.value] for request in self.standing]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def match(self, pages: pa.Table) -> pa.Array:
        """Per page the number (int64) of the first request that meets it, null where none does.

        `pages` has the columns id, url, canonical_url and site, or some of them. An address is met by that of the page or
        by the one that the page names as its own, a site by that of the page or by its host.
        """
        found = [pa.nulls(pages.num_rows, pa.int64())]
        ids, urls, sites = (self._of(kind) for kind in ("id", "url", "site"))
        if ids and "id" in pages.column_names:
            found.append(_look_up(pages["id"], ids))
        if sites and "site" in pages.column_names:
            found.append(_look_up(pages["site"], sites))
        for name in ("url", "canonical_url"):
            if (urls or (sites and name == "url")) and name in pages.column_names:
                found.append(_by_address(pages[name], urls, sites if name == "url" else {}))
        first = pc.min_element_wise(*found)
        return first.combine_chunks() if isinstance(first, pa.ChunkedArray) else first

    def write(self, path: Path, met: Mapping[int, int]) -> None:
        """What a release tells of them: kind and SHA-256 of each, and the records that it met. The value itself stays here."""
        told = [
            {"number": r.number, "kind": r.kind, "sha256": _sha256(r.value), "records": met.get(r.number, 0)}
            for r in self.standing
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")

    def _of(self, kind: str) -> dict[str, int]:
        return {r.value: r.number for r in reversed(self.standing) if r.kind == kind}


def history(output: str | Path) -> list[Request]:
    """Every request ever made, also those that were withdrawn, by number. Raises ConfigError if the file is damaged."""
    return read(Path(output) / REMOVALS)[0]


class Hashed:
    """The requests of a release, of which only hashes are told."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        told = [json.loads(line) for line in lines]
        self.numbers = {int(row["number"]) for row in told}
        self._known = {(row["kind"], row["sha256"]) for row in told}

    def meets(self, page: Mapping[str, Any]) -> bool:
        """Whether one of them meets a page, by its id, url and site."""
        if not self._known:
            return False
        from pipeline.judge._url_index import normal

        www, host, path = normal(page["url"] or "")
        names = [("id", page["id"]), ("url", host + path), ("site", page["site"] or "")]
        names += [("site", parent) for parent in _parents(www + host)]
        return any((kind, _sha256(value)) in self._known for kind, value in names if value)


def _look_up(column: pa.ChunkedArray, numbers: Mapping[str, int]) -> pa.Array:
    """The number of each value, null where it has none."""
    at = pc.index_in(column, pa.array(list(numbers), column.type))
    return pa.array(numbers.values(), pa.int64()).take(at.combine_chunks())


def _by_address(column: pa.ChunkedArray, urls: Mapping[str, int], sites: Mapping[str, int]) -> pa.Array:
    """The number of the first request that meets each address, null where none does.

    What is asked of hosts is asked once for each host of the table; the rest only of addresses on hosts that are named.
    """
    from pipeline.judge._url_index import normal

    named = {normal(url)[1] for url in urls}
    hosts = pc.extract_regex(column.combine_chunks(), _AUTHORITY).field("host").dictionary_encode()
    of_site, look = [], []
    for raw in hosts.dictionary.to_pylist():
        www, host, _ = normal(raw)
        of_site.append(min((sites[name] for name in _parents(www + host) if name in sites), default=None))
        look.append(host in named)
    found = pa.array(of_site, pa.int64()).take(hosts.indices)
    some = pc.fill_null(pa.array(look, pa.bool_()).take(hosts.indices), False)
    if not pc.any(some).as_py():
        return found
    of_url = [
        urls.get("".join(normal(url)[1:])) if at else None
        for url, at in zip(column.to_pylist(), some.to_pylist(), strict=True)
    ]
    return pc.min_element_wise(found, pa.array(of_url, pa.int64()))


def _parents(host: str) -> list[str]:
    """A host and all domains that it is below."""
    labels = host.split(".")
    return [".".join(labels[n:]) for n in range(len(labels))]


def read(path: Path) -> tuple[list[Request], int]:
    """The requests of a file, by number, and the last number given out.

    A line without an end was never written whole, and so was never promised to anybody: it does not count.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        lines = []
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: damaged, not UTF-8; put back a copy of it") from None
    requests: dict[int, Request] = {}
    last = 0
    for n, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            last = row.pop("number")
            if "of" in row:
                requests[row["of"]] = replace(requests[row["of"]], withdrawn=row["withdrawn"])
            else:
                requests[last] = Request(last, **row)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigError(f"{path}, line {n}: damaged; put back a copy of this file") from None
    return list(requests.values()), last


def _sha256(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
