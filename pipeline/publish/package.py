"""What is sent: the files of a release, each checked against SHA256SUMS before anything leaves."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.config import ConfigError
from pipeline.engine.recipe import sha256_of
from pipeline.release.layout import MANIFEST, SUMS, open_release

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True)
class File:
    """A file of a release."""

    path: str
    """Under the release, with slashes."""
    local: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """A release that is whole."""

    folder: Path
    told: dict[str, Any]
    """release.json."""
    files: tuple[File, ...]
    """All of them, SHA256SUMS too; release.json is the last."""
    digest: str
    """SHA-256 of SHA256SUMS: two releases with the same one have the same bytes."""

    @property
    def version(self) -> str:
        return str(self.told["version"])


def open_package(folder: str | Path) -> Package:
    """The files of the release in a folder. Reads all of them once. Raises ConfigError if one is missing or damaged."""
    release = open_release(folder)
    digest, listed = _listed(release.folder / SUMS)
    if MANIFEST not in listed:
        raise ConfigError(f"{release.folder / SUMS}: does not list {MANIFEST}; take another copy of this release")
    for path, sha256 in listed.items():
        local = release.folder / path
        if not local.is_file():
            raise ConfigError(f"{local}: missing, though {SUMS} lists it; take another copy of this release")
        if sha256_of(local) != sha256:
            raise ConfigError(f"{local}: not the file that {SUMS} lists; take another copy of this release")
    listed[SUMS] = digest
    paths = sorted(listed, key=lambda path: (path == MANIFEST, path))
    files = [File(path, release.folder / path, (release.folder / path).stat().st_size, listed[path]) for path in paths]
    return Package(release.folder, release.told, tuple(files), digest)


def _listed(sums: Path) -> tuple[str, dict[str, str]]:
    """The digest of SHA256SUMS, and what it says: SHA-256 by path."""
    try:
        data = sums.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{sums}: missing; take another copy of this release") from None
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        # A path that leads out of the release would be written elsewhere at the other end.
        if match is None or PurePosixPath(match[2]).is_absolute() or ".." in PurePosixPath(match[2]).parts:
            raise ConfigError(f"{sums}: damaged; take another copy of this release")
        found[match[2]] = match[1]
    return hashlib.sha256(data).hexdigest(), found
