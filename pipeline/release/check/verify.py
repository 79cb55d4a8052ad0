"""Verify a release: that it is whole, that it says the truth about itself, and that its pages come out of its inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from pipeline import __version__
from pipeline.engine.recipe import sha256_of
from pipeline.release.check.checks import CHECKS, Found
from pipeline.release.layout import MANIFEST, SUMS, Release, find_release, open_release

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
# What git and the client of the Hub put beside the files of a dataset.
_NOT_OURS = {".git", ".gitattributes", ".cache", ".claim"}
# Of so many things that are wrong a check names each.
_NAMED = 10

State = Literal["good", "bad", "open"]


@dataclass(frozen=True)
class Check:
    """What one check found: good; bad; or open, which is not as it was when the release was made, and no damage."""

    name: str
    state: State
    told: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a release was found to be."""

    folder: Path
    checks: tuple[Check, ...]

    @property
    def good(self) -> bool:
        return all(check.state != "bad" for check in self.checks)

    def lines(self) -> Iterator[str]:
        """A line per check, with details under it, and one for all of them."""
        for check in self.checks:
            yield f"{check.state:<5} {check.name}: {check.told}"
            yield from (f"        {detail}" for detail in check.details)
        failed = sum(check.state == "bad" for check in self.checks)
        yield f"{self.folder}: " + ("good" if self.good else f"{failed} of {len(self.checks)} checks failed")


def find(output: str | Path, name: str) -> Path:
    """The folder of a release by version or path, also of one that is too damaged to be opened. Raises ConfigError."""
    for folder in (Path(output) / "releases" / name, Path(name)):
        if (folder / MANIFEST).exists() or (folder / SUMS).exists():
            return folder.resolve()
    return find_release(output, name).folder


def verify(folder: str | Path, input: str | None = None, sample: int = 20) -> Report:  # noqa: A002
    """Check a release; `input` is where its inputs lie, of which `sample` pages are then rebuilt.

    If its files are not those that it was made of, nothing else is asked of them. Raises ConfigError if there is no
    such input.
    """
    folder = Path(folder)
    checks = [_done("checksums", _checksums, folder)]
    if checks[0].state == "good":
        release = open_release(folder)
        for name, work in (("manifest", _manifest), *CHECKS):
            checks.append(_done(name, work, release))
        if input is not None and all(check.state == "good" for check in checks):
            checks += _rebuilt(release, input, sample)
    return Report(folder, tuple(checks))


def _done(name: str, work: Callable[[Any], Found], what: Any) -> Check:
    """Do one check: it yields what is wrong, and returns in words what it saw."""
    wrong: list[str] = []
    told = ""
    found = work(what)
    try:
        while True:
            wrong.append(next(found))
    except StopIteration as end:
        told = end.value or ""
    except Exception as error:  # a file that lies may break its reader anywhere
        wrong.append(f"cannot be checked ({type(error).__name__}: {error})")
    if not wrong:
        return Check(name, "good", told)
    return Check(name, "bad", wrong[0], _some(wrong[1:]))


def _checksums(folder: Path) -> Found:
    """Every file is there, as it was, and no other."""
    text = (folder / SUMS).read_text(encoding="utf-8")
    matches = [_LINE.fullmatch(line) for line in text.split("\n")[:-1]]
    listed = {match[2]: match[1] for match in matches if match}
    if text != "".join(f"{listed[path]}  {path}\n" for path in sorted(listed)):
        yield f"{SUMS} is damaged"
    if MANIFEST not in listed:
        yield f"{SUMS} does not list {MANIFEST}"
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}
    for path, sha256 in sorted(listed.items()):
        if path not in there:
            yield f"{path} is missing"
        elif sha256_of(there[path]) != sha256:
            yield f"{path} is damaged: not what {SUMS} says"
    for path in there:
        if path not in listed and path != SUMS and path.split("/")[0] not in _NOT_OURS:
            yield f"{path} is no file of this release"
    return f"{len(listed)} files"


def _manifest(release: Release) -> Found:
    """release.json tells of every file what it is."""
    if release.told["format"] != 1:
        yield f"format {release.told['format']}: made by a later version of Scutch than {__version__}"
        return ""
    told = {file["path"]: file for file in release.told["files"]}
    text = (release.folder / SUMS).read_text(encoding="utf-8")
    sums = {line[66:]: line[:64] for line in text.splitlines()}
    for path in sorted({*told, *sums} - {MANIFEST}):
        if path not in told or path not in sums:
            yield f"{path}: in {SUMS if path in sums else MANIFEST} alone"
            continue
        whole = release.folder / path
        found = {"path": path, "bytes": whole.stat().st_size, "sha256": sums[path]}
        if whole.suffix == ".parquet":
            found["rows"] = pq.read_metadata(whole).num_rows
        if found != told[path]:
            yield f"{path}: {MANIFEST} says {_short(told[path])}, found {_short(found)}"
    return f"release {release.version}, Scutch {release.told['scutch']}, fingerprint {release.told['fingerprint']}"


def _short(file: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in file.items() if name != "path")


def _rebuilt(release: Release, input_: str, sample: int) -> Iterator[Check]:
    """Pages made anew from the input."""
    from pipeline.release.check.rebuild import rebuild

    found = rebuild(release, input_, sample)
    files = len(release.told["input"]["files"])
    if found.sources:
        told = f"{len(found.sources)} of {files} files are not as they were; their pages are left out"
        yield Check("input", "bad" if len(found.sources) == files else "open", told, _some(found.sources))
    else:
        yield Check("input", "good", f"{files} files, as they were")
    if found.recipe:
        yield Check("recipe here", "open", "not that of the release", _some(found.recipe))
    made = f"{found.pages} pages made anew from {input_}"
    if found.unlike:
        told = f"{made}, {len(found.unlike)} of them came out otherwise"
        yield Check("rebuild", "open" if found.recipe else "bad", told, _some(found.unlike))
    elif found.pages:
        yield Check("rebuild", "good", f"{made}, byte for byte the same")


def _some(things: Sequence[str]) -> tuple[str, ...]:
    more = [f"and {len(things) - _NAMED:,} more"] if len(things) > _NAMED else []
    return (*things[:_NAMED], *more)
