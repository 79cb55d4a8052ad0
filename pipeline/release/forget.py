"""Records removal requests, withdraws them, and tells what they meet."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config import ConfigError
from pipeline.engine.identity import site_of
from pipeline.engine.store import sync
from pipeline.release.layout import RECORDS, REMOVALS, releases_of
from pipeline.release.removals import Request, Requests, history, read

_ID, _START = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{8,31}")
_PAGE = ("id", "url", "canonical_url", "site")
_EXAMPLES = 5


@dataclass(frozen=True)
class Told:
    """What a request meets, in pages that are kept."""

    request: Request
    new: bool
    pages: int
    examples: tuple[str, ...]
    releases: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """The same for people."""
        stands = "stands" if self.new else "stands already"
        yield f"request {self.request.number} {stands}: {self.request.kind} {self.request.value}"
        if self.pages:
            yield f"{_pages(self.pages)} of the run in this folder, which the next release leaves out"
        else:
            yield "no page of the run in this folder; what later runs bring of it is left out"
        yield from (f"  {example}" for example in self.examples)
        for version, pages in self.releases.items():
            yield f"{_pages(pages)} of release {version}, which is finished and not changed"


def forget(output: str | Path, kind: str, value: str, note: str = "", today: date | None = None) -> Told:
    """Record the request that a page (`kind` url or id) or a site be left out; gives what it meets.

    An id may be shortened to eight digits or more, if only one page of the run or of a release begins so. A request that
    stands already is not recorded again. Raises ConfigError if there is no such folder, or the value is none of its kind.
    """
    root = Path(output)
    if not root.is_dir():
        raise ConfigError(f"{root}: no such folder; name the output folder of a run with --output")
    value = _normal_id(root, value) if kind == "id" else _normal_site(value) if kind == "site" else _normal_url(value)
    day = str(today or datetime.now(UTC).date())
    with _locked(root) as file:
        requests, number = read(root / REMOVALS)
        same = next((r for r in requests if (r.kind, r.value) == (kind, value) and r.withdrawn is None), None)
        request = same or Request(number + 1, day, kind, value, note)
        if same is None:
            _append(file, {"number": number + 1, "asked": day, "kind": kind, "value": value, "note": note})
    only = Requests([request])
    pages, examples = _met(sorted((root / "documents").glob("*.parquet")), only)
    releases = {release.version: _met(release.data(), only)[0] for release in releases_of(root)}
    return Told(request, same is None, pages, examples, {name: n for name, n in releases.items() if n})


def withdraw(output: str | Path, number: int, today: date | None = None) -> Request:
    """Withdraw a request: later releases have its pages again. Raises ConfigError if none of that number stands."""
    root = Path(output)
    known = {request.number: request for request in history(root)}
    if number not in known:
        raise ConfigError(f"--withdraw {number}: no such request in {root / REMOVALS}; see scutch forget --list")
    day = str(today or datetime.now(UTC).date())
    with _locked(root) as file:
        requests, last = read(root / REMOVALS)
        request = next(r for r in requests if r.number == number)
        if request.withdrawn is not None:
            raise ConfigError(f"--withdraw {number}: withdrawn already, on {request.withdrawn}; nothing to do")
        _append(file, {"number": last + 1, "withdrawn": day, "of": number})
    return replace(request, withdrawn=day)


def _normal_url(url: str) -> str:
    from pipeline.judge._url_index import normal

    _, host, path = normal(url)
    if "." not in host.strip(".") or " " in host:
        raise ConfigError(f"--url {url}: not an address; write it as https://gazette.example/2026/ferry")
    return host + path


def _normal_site(site: str) -> str:
    from pipeline.judge._url_index import normal

    www, host, path = normal(site)
    name = www + host
    if not host or " " in host or path:
        raise ConfigError(
            f"--site {site}: not a domain or host; write it as gazette.example, or take --url for one page"
        )
    if site_of(f"x.{name}") == f"x.{name}":
        raise ConfigError(f"--site {site}: everybody's, not one site; name a domain or host below it")
    return name


def _normal_id(root: Path, value: str) -> str:
    value = value.lower()
    if _ID.fullmatch(value):
        return value
    if not _START.fullmatch(value):
        raise ConfigError(
            f"--id {value}: an id has 32 hexadecimal digits, of which eight are enough; see scutch explain"
        )
    tables = [path for name in ("documents", "rejected") for path in sorted((root / name).glob("*.parquet"))]
    found: set[str] = set()
    for path in [*tables, *(release.folder / RECORDS for release in releases_of(root))]:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["id"]):
                ids = batch.column("id")
                found.update(ids.filter(pc.starts_with(ids, value)).to_pylist())
    if len(found) != 1:
        what = "no page" if not found else f"{len(found)} pages"
        raise ConfigError(f"--id {value}: {what} of {root} with an id that begins so; give all 32 digits")
    return found.pop()


def _met(files: Iterable[Path], requests: Requests) -> tuple[int, tuple[str, ...]]:
    """How many pages the requests meet, and some of them."""
    pages, examples = 0, list[str]()
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=list(_PAGE)):
                table = pa.Table.from_batches([batch])
                some = table.filter(pc.is_valid(requests.match(table)))
                pages += some.num_rows
                for row in some.slice(0, _EXAMPLES - len(examples)).to_pylist():
                    examples.append("  ".join(value for value in (row["id"], row["url"]) if value))
    return pages, tuple(examples)


@contextmanager
def _locked(root: Path) -> Iterator[IO[bytes]]:
    """The file of the requests, open for appending, with nobody else at it. Raises OSError."""
    # What people asked is theirs: nobody else on this machine needs to read it.
    handle = os.open(root / REMOVALS, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    sync(root)  # a file that is new is also a line of its folder


def _append(file: IO[bytes], row: Mapping[str, Any]) -> None:
    """One more line, on the disk when this returns; what an earlier one left half-written goes."""
    whole = file.read().rpartition(b"\n")
    file.truncate(len(whole[0]) + len(whole[1]))
    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())


def _pages(n: int) -> str:
    return "1 page" if n == 1 else f"{n:,} pages"
