"""Where results lie: work entries that appear whole or not at all, and the one pointer that makes a run visible."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.config import ConfigError

MANIFEST = "manifest.json"
PARTS = ("documents", "rejected", "quarantine", "ledger", "records", "jsonl")
TABLES = (*PARTS, "memory.parquet", "duplicates.parquet")


class Store:
    """The output folder.

    OUTPUT/documents, rejected, quarantine, ledger, records, jsonl,
           memory.parquet, duplicates.parquet, run.json               links into OUTPUT/current
    OUTPUT/current                                                    link to the run that readers see
    OUTPUT/.runs/<key>/                                               finished runs and the one being written
    OUTPUT/.work/<stage>/<key>/                                       what stages made of shards, by input and recipe
    """

    def __init__(self, output: str | Path) -> None:
        self.root = Path(output)

    def prepare(self) -> None:
        """Make the folders. Raises ConfigError if the output cannot be written."""
        try:
            for name in (".work", ".runs"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
            probe = tempfile.TemporaryFile(dir=self.root)  # noqa: SIM115  the one test of a read-only folder that holds for root too
            probe.close()
        except OSError as error:
            raise ConfigError(
                f"output: {self.root} cannot be written ({error.strerror}); name another folder"
            ) from None
        for name in TABLES:
            path = self.root / name
            if path.exists() and not path.is_symlink():
                raise ConfigError(f"output: {path} is there and not from Scutch; name an empty folder")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the output folder for one run. Raises ConfigError if another run holds it."""
        with (self.root / ".lock").open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConfigError(
                    f"output: another run is writing {self.root}; wait for it or name another folder"
                ) from None
            yield

    # Work entries

    def entry(self, stage: str, key: str) -> Path:
        return self.root / ".work" / stage / key

    def manifest(self, stage: str, key: str) -> dict[str, Any] | None:
        """The manifest of a finished entry, None while there is none: nothing else counts as done."""
        try:
            manifest: dict[str, Any] = json.loads((self.entry(stage, key) / MANIFEST).read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return manifest

    def manifests(self, stage: str) -> Iterator[dict[str, Any]]:
        """The manifests of all finished entries of a stage, by key: those of the last run, and of runs that were killed."""
        for entry in sorted((self.root / ".work" / stage).glob("[!.]*")):
            manifest = self.manifest(stage, entry.name)
            if manifest is not None:
                yield manifest

    @contextmanager
    def writing(self, stage: str, key: str) -> Iterator[Path]:
        """A folder that becomes the entry, whole, when the block ends well, and vanishes when it does not."""
        final = self.entry(stage, key)
        final.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{key[:16]}-", dir=final.parent))
        try:
            yield folder
            try:
                folder.rename(final)
            except OSError:
                # Somebody else finished the same entry, or an unfinished one is in the way.
                if self.manifest(stage, key) is None:
                    shutil.rmtree(final, ignore_errors=True)
                    folder.rename(final)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, used: set[Path]) -> None:
        """Drop work entries and runs that the present run does not use."""
        for stage in (self.root / ".work").iterdir():
            for entry in stage.iterdir():
                if entry not in used:
                    # Its manifest first: what is left of it, if this is killed, must not pass for an entry.
                    (entry / MANIFEST).unlink(missing_ok=True)
                    shutil.rmtree(entry, ignore_errors=True)
        current = self.current()
        for run in (self.root / ".runs").iterdir():
            if run != current:
                shutil.rmtree(run, ignore_errors=True)

    # The run that readers see

    def publish(self, entry: Path, number: int, run: Path) -> None:
        """Make the files of a write entry part `number` of every table of a run."""
        for file in entry.iterdir():
            name, _, kind = file.name.partition(".")
            if name in PARTS:
                put(file, run / name / f"part-{number:05}.{kind}")

    def run_folder(self, key: str) -> Path:
        return self.root / ".runs" / key

    def current(self) -> Path | None:
        """The folder of the run that readers see, if there is one, written as `run_folder` writes it."""
        link = self.root / "current"
        return self.root / link.readlink() if link.exists() else None

    def commit(self, key: str) -> None:
        """Make a finished run the one that readers see: one rename of one link."""
        point(self.root / "current", Path(".runs") / key)
        for name in TABLES:
            target = Path("current") / name
            if (self.root / target).exists():
                point(self.root / name, target)
            elif (self.root / name).is_symlink():
                (self.root / name).unlink()
        point(self.root / "run.json", Path("current") / "run.json")


def put(file: Path, at: Path) -> None:
    """Have a finished file, which nobody changes any more, in another place too: as a hard link, or as a copy where there
    are none."""
    if at.exists() and at.samefile(file):
        return
    at.parent.mkdir(parents=True, exist_ok=True)
    fresh = at.with_name(f".{at.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        os.link(file, fresh)
    except OSError:
        shutil.copyfile(file, fresh)
    fresh.rename(at)


def point(link: Path, target: Path) -> None:
    """Have a link lead to a target: one rename, and none if it does already."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f".{link.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)


def sync(path: Path) -> None:
    """Have the disk hold a file, or the entries of a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def last_run(output: str | Path, fix: str = "name its folder") -> dict[str, Any]:
    """run.json of the run that lies in a folder. Raises ConfigError, with what to do about it, if there is none."""
    try:
        told: dict[str, Any] = json.loads((Path(output) / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{output}: no finished run there; {fix}") from None
    return told


def write_json(path: Path, value: Any) -> None:
    """Write JSON under a temporary name, then rename: a reader sees the whole or nothing."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    fresh.rename(path)
