"""A release to a folder or an object store.

    <to>/<version>/.claim         the digest of the release that is published here, made before all else
    <to>/<version>/...            its files, each read back and compared
    <to>/<version>/release.json   the last: where it lies, all else lies whole

Both `.claim` and `release.json` are made only where there is none, which the place itself decides. So of two publishers with
different contents one stops, and two with the same contents, or one after a crash, finish the same work.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urlsplit

from pipeline.config import ConfigError
from pipeline.publish.errors import patiently
from pipeline.publish.package import File, Package
from pipeline.publish.places import Bucket, Folder, Place
from pipeline.release.layout import MANIFEST

CLAIM = ".claim"
THREADS = 4


def to_store(package: Package, to: str, note: Callable[[str], None]) -> tuple[str, int]:
    """Bring a release to a folder or an fsspec URL: where it lies then, and how many files had to be sent.

    Raises ConfigError if another release is there under its version, or if the place cannot keep two publishers apart.
    """
    place = place_of(to, package.version)
    if isinstance(place, Folder) and place.root.resolve() == package.folder.resolve():
        raise ConfigError(f"--to: {to} is where the release lies; name another folder")
    *files, manifest = package.files
    told = manifest.local.read_bytes()
    there = patiently(lambda: place.read(MANIFEST))
    if there is not None:
        _must_be_ours(there == told, package, place)
        if not _all(files, lambda file: not patiently(lambda: place.holds(file))):
            place.settle()
            return place.name, 0
    _claim(package, place)

    def bring(file: File) -> bool:
        sent = patiently(lambda: _bring(file, place))
        note(f"{file.path}: {'sent' if sent else 'there already'}")
        return sent

    sent = _all(files, bring)
    place.flush()
    _must_be_ours(patiently(lambda: place.create(MANIFEST, told)) == told, package, place)
    place.settle()
    return place.name, sent + (there is None)


def place_of(to: str, version: str) -> Place:
    """Where a version goes. Raises ConfigError for a file system that cannot keep two publishers apart."""
    scheme = urlsplit(to).scheme if "://" in to else "file"
    if scheme in ("file", "local"):
        return Folder(to.partition("://")[2] or to, version)
    if scheme in Bucket.SCHEMES:
        return Bucket(to, version)
    raise ConfigError(
        f"--to: {scheme} cannot create a file only where there is none, so two publishers could mix their files; "
        "name a folder, s3://..., gs://... or hf://datasets/OWNER/NAME"
    )


def _claim(package: Package, place: Place) -> None:
    """Say that this release is published here, or find that another one is."""
    ours = f"{package.digest}\n".encode()
    if patiently(lambda: place.create(CLAIM, ours)) != ours:
        raise ConfigError(
            f"{place.name}: a release with other contents is being published there; "
            f"wait for it, or, if nobody is at it any more, delete that folder"
        )
    if not patiently(lambda: place.is_exclusive(CLAIM, ours)):
        place.remove(CLAIM)
        raise ConfigError(
            f"{place.name}: this server overwrites a file that it was asked to create only where there is none, so two "
            "publishers could mix their files; name a folder or another server"
        )


def _must_be_ours(ours: bool, package: Package, place: Place) -> None:
    if not ours:
        raise ConfigError(
            f"{place.name}: there already, with other contents; what is published is never changed: "
            f"make a release with a version other than {package.version}"
        )


def _bring(file: File, place: Place) -> bool:
    """Whether the file had to be sent. Raises OSError if what lies there afterwards is something else."""
    if place.holds(file):
        return False
    place.send(file)
    if not place.holds(file):
        raise OSError(f"{file.path}: what was read back is not what was sent")
    return True


def _all(files: list[File], work: Callable[[File], bool]) -> int:
    """Do it for every file, a few at a time: for how many it was true. What goes wrong first stops the rest."""
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            return sum(done.result() for done in as_completed([pool.submit(work, file) for file in files]))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
