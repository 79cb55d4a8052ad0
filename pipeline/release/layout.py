"""What lies where in a release, and the releases of an output folder.

OUTPUT/releases/<version>/
    README.md                the card
    data/<language>/         part-00000.parquet ...; `unknown` where the language is not known
    jsonl/<language>/        the same rows as JSON lines in zstd
    sample/                  some pages of every language
    records.parquet          where every record of the input ended, and by which rule
    changes.parquet          what changed since the release before, page by page, with the reason
    CHANGES.md               the same in words
    removals.jsonl           the removal requests that it honours, hashed
    memory.parquet           hashes of the lines of its sites, for `learn.memory`
    duplicates.parquet       hashes of its texts, for `dedup.earlier`
    pictures/                what the card shows
    croissant.json           MLCommons Croissant metadata
    schema.json              every column with type and description
    recipe.yaml              the config that made it: scutch run --config recipe.yaml
    release.json             the manifest: counts, fingerprint, inputs and files, each with its digest
    SHA256SUMS               for sha256sum --check
OUTPUT/releases/latest       link to the newest
OUTPUT/removals.jsonl        removal requests, see `pipeline/release/removals.py`
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import ConfigError

DATA, JSONL, SAMPLE, PICTURES = "data", "jsonl", "sample", "pictures"
RECORDS, CHANGES, REMOVALS = "records.parquet", "changes.parquet", "removals.jsonl"
CARD, CHANGES_TEXT, CROISSANT, SCHEMA, RECIPE = (
    "README.md",
    "CHANGES.md",
    "croissant.json",
    "schema.json",
    "recipe.yaml",
)
MANIFEST, SUMS = "release.json", "SHA256SUMS"
COPIED = ("memory.parquet", "duplicates.parquet")
UNKNOWN = "unknown"
"""The folder of pages whose language is not known."""


@dataclass(frozen=True)
class Release:
    """A finished release, or one that is being made (whose `told` grows)."""

    folder: Path
    told: dict[str, Any]
    """release.json."""

    @property
    def version(self) -> str:
        return str(self.told["version"])

    def data(self) -> list[Path]:
        """Its Parquet files of pages, by language and number."""
        return sorted((self.folder / DATA).glob("*/*.parquet"))

    def languages(self) -> list[str]:
        return sorted(path.name for path in (self.folder / DATA).iterdir())


def open_release(folder: str | Path) -> Release:
    """The release in a folder. Raises ConfigError if no finished one is there."""
    folder = Path(folder)
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(f"{folder}: no finished release there; name a folder with a {MANIFEST}") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ConfigError(f"{folder / MANIFEST}: damaged; take another copy of this release") from None
    return Release(folder, told)


def releases_of(output: str | Path) -> list[Release]:
    """The finished releases of an output folder, the oldest first."""
    found = [open_release(path.parent) for path in (Path(output) / "releases").glob(f"[!.]*/{MANIFEST}")
             if not path.parent.is_symlink()]  # fmt: skip
    return sorted(found, key=lambda release: (release.told["sequence"], release.version))


def find_release(output: str | Path, name: str) -> Release:
    """A release by its version in an output folder, by `latest`, or by the path of its folder. Raises ConfigError."""
    inside = Path(output) / "releases" / name
    if (inside / MANIFEST).exists():
        return open_release(inside.resolve())
    if (Path(name) / MANIFEST).exists():
        return open_release(name)
    known = [release.version for release in releases_of(output)]
    there = f"there are {', '.join(known[-5:])}" if known else "make one with scutch release"
    raise ConfigError(f"{name}: no such release in {Path(output) / 'releases'}; {there}")
