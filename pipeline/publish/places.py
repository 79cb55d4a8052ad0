"""Where a release can lie: a folder or an object store. Each can make a file only where there is none."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import fsspec

from pipeline.config import ConfigError
from pipeline.engine.recipe import sha256_of
from pipeline.engine.store import sync
from pipeline.publish.package import File

BLOCK = 8 << 20
"""Bytes that are sent or read at once."""


class Place(Protocol):
    """One version of a release where it is published. Paths are those under the release. All may raise OSError."""

    name: str

    def read(self, path: str) -> bytes | None:
        """A small file; None if there is none."""

    def holds(self, file: File) -> bool:
        """Whether the file lies there, byte for byte: it is read."""

    def send(self, file: File) -> None:
        """Put the file there in place of what lies there; readers see the old or the new one."""

    def create(self, path: str, data: bytes) -> bytes:
        """Make a small file whole, unless one is there, in one step of the place itself: what lies there then."""

    def is_exclusive(self, path: str, data: bytes) -> bool:
        """Whether `create` keeps its word, asked of a file that lies there."""

    def remove(self, path: str) -> None:
        """Take a file away."""

    def flush(self) -> None:
        """Return when what was sent would survive a power cut."""

    def settle(self) -> None:
        """Clear away what publishers left behind."""


class Folder:
    """A folder. Files come in under a temporary name, in a folder of their own, and are renamed when they are whole."""

    PARTS: ClassVar[str] = ".parts"

    def __init__(self, root: str, version: str) -> None:
        self.root = Path(root) / version
        self.name = str(self.root)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, file: File) -> bool:
        path = self.root / file.path
        return path.is_file() and path.stat().st_size == file.bytes and sha256_of(path) == file.sha256

    def send(self, file: File) -> None:
        part = self._part()
        try:
            shutil.copyfile(file.local, part)
            sync(part)
            (self.root / file.path).parent.mkdir(parents=True, exist_ok=True)
            part.replace(self.root / file.path)
        finally:
            part.unlink(missing_ok=True)

    def create(self, path: str, data: bytes) -> bytes:
        part = self._part()
        try:
            part.write_bytes(data)
            sync(part)
            # A link appears whole or not at all, and only where there is no file.
            os.link(part, self.root / path)
            sync(self.root)
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
                raise
            raise ConfigError(
                f"--to: {self.root} has no hard links, so two publishers could mix their files; name another folder"
            ) from None
        finally:
            part.unlink(missing_ok=True)
        return (self.root / path).read_bytes()

    def is_exclusive(self, path: str, data: bytes) -> bool:
        return True

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def flush(self) -> None:
        for folder, _, _ in os.walk(self.root):
            sync(Path(folder))
        sync(self.root.parent)

    def settle(self) -> None:
        shutil.rmtree(self.root / self.PARTS, ignore_errors=True)

    def _part(self) -> Path:
        folder = self.root / self.PARTS
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{threading.get_ident()}"


class Bucket:
    """An object store, through fsspec: what is put there appears whole or not at all."""

    SCHEMES: ClassVar[tuple[str, ...]] = ("s3", "s3a", "gs", "gcs", "memory")

    def __init__(self, to: str, version: str) -> None:
        if not urlsplit(to).netloc:
            raise ConfigError(f"--to: {to} names no bucket; write {to.partition(':')[0]}://BUCKET/FOLDER")
        self.name = f"{to.rstrip('/')}/{version}"
        # Not the instance that others use: it may have listed the place before, or signed in as somebody else.
        options = {"skip_instance_cache": True, "use_listings_cache": False}
        try:
            self._fs, self._root = fsspec.core.url_to_fs(self.name, **options)
        except ImportError as error:
            fix = "; pip install 'scutch[s3]'" if to.startswith("s3") else ""
            raise ConfigError(f"--to: {to}: {error}{fix}") from None
        self._sending: dict[str, Any] = {"chunksize": BLOCK, "max_concurrency": 4} if "s3" in self._fs.protocol else {}

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def read(self, path: str) -> bytes | None:
        try:
            return bytes(self._fs.cat_file(self._at(path)))
        except FileNotFoundError:
            return None

    def holds(self, file: File) -> bool:
        try:
            with self._fs.open(self._at(file.path), "rb", block_size=BLOCK, cache_type="none") as there:
                if there.size != file.bytes:
                    return False
                seen = hashlib.sha256()
                while block := there.read(BLOCK):
                    seen.update(block)
        except FileNotFoundError:
            return False
        except Exception as error:
            # Some libraries compare a checksum of the store while they read: what is damaged there is to be sent again.
            if "Checksum" in type(error).__name__:
                return False
            raise
        return seen.hexdigest() == file.sha256

    def send(self, file: File) -> None:
        self._fs.put_file(str(file.local), self._at(file.path), **self._sending)

    def create(self, path: str, data: bytes) -> bytes:
        try:
            self._fs.pipe_file(self._at(path), data, mode="create")
        except OSError:
            # There already; or the answer was lost and the file is ours. What lies there tells.
            there = self.read(path)
            if there is None:
                raise
            return there
        there = self.read(path)
        if there is None:
            raise OSError(f"{path}: gone as soon as it was made")
        return there

    def is_exclusive(self, path: str, data: bytes) -> bool:
        try:
            self._fs.pipe_file(self._at(path), data, mode="create")
        except OSError as error:
            if isinstance(error, FileExistsError) or error.errno == errno.EINVAL:
                return True
            raise
        return False

    def remove(self, path: str) -> None:
        self._fs.rm_file(self._at(path))

    def flush(self) -> None:
        """An object store answers when it holds the data."""

    def settle(self) -> None:
        """Nothing is left: unfinished uploads are no objects."""
