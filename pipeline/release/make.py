"""Make a release: every file of it under a temporary name, the contract checked, and one rename that makes it visible."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from pipeline import __version__
from pipeline import config as configs
from pipeline.config import Config, ConfigError, digest
from pipeline.engine import rounds
from pipeline.engine.conservation import ConservationError
from pipeline.engine.recipe import sha256_of
from pipeline.engine.store import Store, last_run, point, sync, write_json
from pipeline.release.about import card, croissant, pictures
from pipeline.release.about.facts import facts_of
from pipeline.release.check import contract
from pipeline.release.diff import changes
from pipeline.release.layout import (
    CARD,
    CHANGES,
    CHANGES_TEXT,
    COPIED,
    CROISSANT,
    MANIFEST,
    RECIPE,
    REMOVALS,
    SCHEMA,
    SUMS,
    Release,
    open_release,
    releases_of,
)
from pipeline.release.removals import Requests
from pipeline.release.tables import Counts, write_tables

Progress = Callable[[str], None]
"""Called with what is being made."""

# What of the config says where and when, not what: a release is the same wherever it is made.
_ELSEWHERE = {"input", "output", "workers", "schedule"}
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_CALENDAR = re.compile(r"(\d{4})\.(\d\d)\.(\d\d)(?:\.(\d+))?")


def make(
    output: str | Path,
    version: str | None = None,
    settings: Config | None = None,
    *,
    today: date | None = None,
    progress: Progress = lambda _: None,
) -> Release:
    """A release of the last good run in `output`; the newest one, if there is nothing that it would not have.

    `settings` is the config whose sections `release` and `contract` hold (default: the one that ships). Without a
    `version` it is the day, as 2026.11.22, and 2026.11.22.1 for the second of that day. The bytes of a release depend on
    the run, the settings, the version, the release before it and the removal requests, and on nothing else.

    Raises ConfigError if there is no run, the version is taken or of no use, or the clock is behind the newest release;
    ContractError if the contract is broken, ConservationError if a record is unaccounted for: then nothing is visible.
    """
    settings = settings or configs.load()
    store = Store(output)
    last_run(output, "make one with scutch run")  # before anything is made there
    store.prepare()
    with store.lock(), rounds.recorded(output, "release") as record:
        earlier = releases_of(output)
        release = _make(store, earlier, version, settings, today or datetime.now(UTC).date(), progress)
        record |= {"version": release.version, "new": release.version not in {r.version for r in earlier}}
        return release


def _make(
    store: Store, earlier: list[Release], version: str | None, settings: Config, today: date, progress: Progress
) -> Release:
    run, told = store.current(), last_run(store.root)
    if run is None or not (run / "records").is_dir():
        raise ConfigError(f"{store.root}: its run is of an older version of Scutch; run it again: scutch run")
    requests = Requests.load(store.root)
    previous = earlier[-1] if earlier else None
    made_of = digest([told["run"], requests.digest(), settings.release.model_dump(), settings.contract.model_dump()])
    final = store.root / "releases"
    if previous and version in (None, previous.version) and previous.told["made_of"] == made_of:
        point(final / "latest", Path(previous.version))
        return previous
    version = _name(version, earlier, today)
    with _staging(final) as folder:
        release = Release(folder, _told(told, settings, version, previous, made_of))
        _fill(release, run, previous, settings, requests, progress)
        _settle(folder)
        folder.rename(final / version)
        sync(final)
    point(final / "latest", Path(version))
    return open_release(final / version)


def _name(version: str | None, earlier: list[Release], today: date) -> str:
    taken = {release.version for release in earlier}
    if version is not None:
        if not _VERSION.fullmatch(version) or version == "latest":
            raise ConfigError(
                f"--version {version}: not a name for a folder; take letters, digits and . _ + -, as in 2026.11"
            )
        if version in taken:
            raise ConfigError(f"--version {version}: that release is there and is never changed; name another one")
        return version
    day = f"{today:%Y.%m.%d}"
    days = [found.groups() for name in taken if (found := _CALENDAR.fullmatch(name))]
    newest = max((".".join(parts[:3]) for parts in days), default="")
    if newest > day:
        raise ConfigError(
            f"the clock says {day}, but there is a release {newest}; set the clock, or name one with --version"
        )
    same = [int(parts[3] or 0) for parts in days if ".".join(parts[:3]) == day]
    return f"{day}.{max(same) + 1}" if same else day


@contextmanager
def _staging(final: Path) -> Iterator[Path]:
    """A folder beside the releases that is gone when the block ends, unless it was renamed."""
    folder = final / ".making"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(
    run: Mapping[str, Any], settings: Config, version: str, previous: Release | None, made_of: str
) -> dict[str, Any]:
    """The beginnings of release.json."""
    config = {name: value for name, value in run["config"].items() if name not in _ELSEWHERE}
    config |= {"release": settings.release.model_dump(), "contract": settings.contract.model_dump()}
    return {
        "format": 1,
        "version": version,
        "sequence": previous.told["sequence"] + 1 if previous else 1,
        "previous": previous.version if previous else None,
        "name": settings.release.name,
        "license": settings.release.license,
        "contact": settings.release.contact,
        "scutch": __version__,
        "made_of": made_of,
        **{name: run[name] for name in ("run", "fingerprint", "fingerprints", "steps", "libraries")},
        "config": config,
        "input": {name: run["input"][name] for name in ("files", "skipped", "passed_over")},
        "named": [{"key": named["key"], "sha256": named["sha256"]} for named in run["input"]["named"]],
        **{name: run[name] for name in ("records", "reasons", "labels", "rules", "not_applied")},
    }


def _fill(
    release: Release, run: Path, previous: Release | None, settings: Config, requests: Requests, progress: Progress
) -> None:
    """Write all files of a release into its folder."""
    folder, told = release.folder, release.told
    progress("pages by language")
    counts = write_tables(run, folder, settings.release, told["config"]["write"]["compression"], requests)
    _count(told, counts, requests)
    requests.write(folder / REMOVALS, counts.met)
    for name in COPIED:
        if (run / name).exists():
            shutil.copyfile(run / name, folder / name)
    (folder / RECIPE).write_text(_recipe(told), encoding="utf-8")
    progress("changes since the release before")
    changed = changes.compare(previous, release, folder / CHANGES)
    in_words = changes.text(changed)
    (folder / CHANGES_TEXT).write_text(in_words, encoding="utf-8")
    progress("contract")
    contract.check(release, previous, settings.contract)
    progress("card")
    facts = facts_of(release)
    pictures.draw(release, facts)
    write_json(folder / SCHEMA, croissant.schema_of(release))
    (folder / CARD).write_text(card.card(release, facts, in_words), encoding="utf-8")
    told["files"] = [_file(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]
    write_json(folder / CROISSANT, croissant.croissant(release, facts))
    told["files"].append(_file(folder, folder / CROISSANT))
    told["files"].sort(key=lambda file: file["path"])
    write_json(folder / MANIFEST, told)
    sums = {**{file["path"]: file["sha256"] for file in told["files"]}, MANIFEST: sha256_of(folder / MANIFEST)}
    (folder / SUMS).write_text("".join(f"{sums[path]}  {path}\n" for path in sorted(sums)), encoding="utf-8")


def _count(told: dict[str, Any], counts: Counts, requests: Requests) -> None:
    """What the tables hold, where the run said what it had."""
    ends = {name: counts.ends[name] for name in ("kept", "rejected", "quarantined")}
    told["records"] = {"in": told["records"]["in"], **ends}
    if sum(ends.values()) != told["records"]["in"]:
        raise ConservationError(f"release: {told['records']['in']} records in, but {ends} out")
    if counts.removed:
        told["reasons"] = dict(sorted({**told["reasons"], "release.removal_request": len(counts.removed)}.items()))
    told["chars"] = sum(language["chars"] for language in counts.languages.values())
    told["languages"] = {name: dict(counts.languages[name]) for name in sorted(counts.languages)}
    told["removal_requests"] = {"standing": len(requests), "pages": len(counts.removed)}


def _recipe(told: Mapping[str, Any]) -> str:
    head = (
        f"# The config of release {told['version']}, fingerprint {told['fingerprint']}, Scutch {told['scutch']}.\n"
        "# The same input gives the same pages: scutch run --config recipe.yaml --input ...\n"
    )
    return head + yaml.safe_dump(told["config"], allow_unicode=True, sort_keys=False, width=110)


def _file(folder: Path, path: Path) -> dict[str, Any]:
    """A file of a release with size, digest and, of a table, its rows."""
    rows = {"rows": pq.read_metadata(path).num_rows} if path.suffix == ".parquet" else {}
    name = path.relative_to(folder).as_posix()
    return {"path": name, "bytes": path.stat().st_size, "sha256": sha256_of(path), **rows}


def _settle(folder: Path) -> None:
    """Have the disk hold all of it before the rename that makes it visible; and nobody write into it after."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(0o444)
        sync(path)
    sync(folder)
