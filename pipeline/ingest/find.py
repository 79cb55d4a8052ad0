"""Lists the files of an input: folder, file, glob or fsspec URL."""

from __future__ import annotations

import glob
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fsspec

from pipeline.config import ConfigError
from pipeline.ingest.model import Skipped
from pipeline.ingest.streams import is_url

_FIX = "give an existing folder, file or glob with --input"


class Found(NamedTuple):
    source: str
    path: str


def find(given: str) -> tuple[str, list[Found], list[Skipped]]:
    """The root of an input, its files by path (code point order), and what is passed over.

    Names with a leading dot are hidden and not looked at; names with a leading underscore (`_SUCCESS`,
    `_temporary/`) are those of other programs and are listed as skipped. Raises ConfigError.
    """
    try:
        root, found, skipped = _remote(given) if is_url(given) else _local(given)
    except ConfigError:
        raise
    except ImportError as error:
        raise ConfigError(f"input: {given}: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ConfigError(f"input: {given}: cannot be read ({reason}); check the path and its permissions") from None
    if not found and not skipped:
        raise ConfigError(f"input: {given}: holds no file (hidden ones do not count); put pages there, or {_FIX}")
    return root, sorted(set(found)), sorted(set(skipped))


def _local(given: str) -> tuple[str, list[Found], list[Skipped]]:
    path = Path(given).expanduser().absolute()  # workers may stand in another folder
    skipped: list[Skipped] = []
    if path.is_dir():
        os.scandir(path).close()  # a root that cannot be listed is an error of the config
        return str(path), [Found(_source(rel), full) for rel, full in _walk(path, "", skipped)], skipped
    if path.exists() or path.is_symlink():
        if path.is_file():
            return str(path.parent), [Found(_source(path.name), str(path))], []
        return str(path.parent), [], [Skipped(_source(path.name), _what(path))]
    if not glob.has_magic(str(path)):
        raise ConfigError(f"input: {given}: no such file or folder; {_FIX}")
    parts = path.parts
    fixed = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:fixed])
    found: list[Found] = []
    for match in sorted(root.glob(str(Path(*parts[fixed:])))):
        inner = match.relative_to(root)
        rel = inner.as_posix()
        if any(part.startswith(".") for part in inner.parts):
            continue
        if any(part.startswith("_") for part in inner.parts):
            skipped.append(Skipped(_source(rel), _UNDERSCORE))
        elif match.is_dir():
            prefix = "" if match == root else f"{rel}/"
            found += [Found(_source(r), full) for r, full in _walk(match, prefix, skipped)]
        elif match.is_file():
            found.append(Found(_source(rel), str(match)))
        else:
            skipped.append(Skipped(_source(rel), _what(match)))
    if not found and not skipped:
        raise ConfigError(f"input: {given}: the pattern fits no file; {_FIX}")
    return str(root), found, skipped


_UNDERSCORE = "its name begins with an underscore"


def _walk(top: Path, prefix: str, skipped: list[Skipped]) -> Iterator[tuple[str, str]]:
    """Files below a folder as (path under the root, full path). Linked folders are followed, every folder once:
    under its own name if it has one here, else under the first link to it."""
    here, links = [(str(top), prefix)], list[tuple[str, str]]()
    seen: set[tuple[int, int]] = set()
    while here or links:
        if not here:
            links.sort(key=lambda link: link[1], reverse=True)
            here.append(links.pop())
        folder, prefix = here.pop()
        try:
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    rel = prefix + entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.name.startswith("_"):
                        skipped.append(Skipped(_source(rel), _UNDERSCORE))
                    elif (kind := _kind(entry)) == "folder":
                        here.append((entry.path, f"{rel}/"))
                    elif kind == "link":
                        links.append((entry.path, f"{rel}/"))
                    elif kind == "file":
                        yield rel, entry.path
                    else:
                        skipped.append(Skipped(_source(rel), _what(Path(entry.path))))
        except OSError as error:
            skipped.append(Skipped(_source(prefix.rstrip("/") or "."), f"cannot be listed ({error.strerror})"))


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_dir():
            return "link" if entry.is_symlink() else "folder"
        return "file" if entry.is_file() else ""
    except OSError:  # a link to itself
        return ""


def _what(path: Path) -> str:
    """Why a path that is no file and no folder is not read."""
    try:
        path.stat()
    except FileNotFoundError:
        return "a link to nothing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "not a regular file (pipe, socket or device)"


def _source(rel: str) -> str:
    """A path as text: bytes of a file name that are no UTF-8 are spelled out."""
    if rel.isascii():
        return rel
    return os.fsencode(rel).decode("utf-8", "backslashreplace")


def _remote(given: str) -> tuple[str, list[Found], list[Skipped]]:
    fs, path = fsspec.core.url_to_fs(given)
    infos: dict[str, dict[str, Any]]
    if glob.has_magic(path) and not fs.exists(path):
        parts = path.split("/")
        root = "/".join(parts[: next(i for i, part in enumerate(parts) if glob.has_magic(part))])
        infos = {}
        for name, info in fs.glob(path, detail=True).items():
            infos |= fs.find(name, detail=True) if info["type"] == "directory" else {name: info}
    elif fs.isfile(path):
        root, infos = posixpath.dirname(path), {path: fs.info(path)}
    elif fs.exists(path):
        root, infos = path, fs.find(path, detail=True)
    else:
        raise ConfigError(f"input: {given}: no such file or folder; {_FIX}")
    if not infos and glob.has_magic(path):
        raise ConfigError(f"input: {given}: the pattern fits no file; {_FIX}")
    found, skipped = [], []
    for name, info in infos.items():
        rel = posixpath.relpath(name, root or "/")
        parts = rel.split("/")
        if any(part.startswith(".") for part in parts) or info["type"] == "directory":
            continue
        if any(part.startswith("_") for part in parts):
            skipped.append(Skipped(_source(rel), _UNDERSCORE))
        else:
            found.append(Found(_source(rel), fs.unstrip_protocol(name)))
    return fs.unstrip_protocol(root), found, skipped
