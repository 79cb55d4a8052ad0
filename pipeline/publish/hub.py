"""A release to a dataset repository of the Hugging Face Hub, or of a server that speaks its protocol.

Large files go first; then one commit on the parent that we looked at makes all of it visible, or, if somebody committed in
between, nothing. What lies there is compared file by file, and then a tag with the name of the version marks it for good.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

# The library reads this when it is imported.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.utils.tqdm import disable_progress_bars

from pipeline.config import ConfigError
from pipeline.publish.errors import patiently, status_of, without_secrets
from pipeline.publish.package import File, Package
from pipeline.release.layout import MANIFEST

_ADDRESS = re.compile(r"hf://datasets/([\w.-]+/[\w.-]+?)/?")
_STALE = (409, 412)
"""What the Hub answers to a commit on a parent that is not the last commit any more."""


def to_hub(package: Package, to: str, private: bool, note: Callable[[str], None]) -> tuple[str, int]:
    """Bring a release to `hf://datasets/OWNER/NAME`: where it lies then, and how many files were committed.

    Raises ConfigError if the address is no such, if the version is there with other contents, or if somebody else
    committed meanwhile.
    """
    match = _ADDRESS.fullmatch(to)
    if match is None:
        raise ConfigError(f"--to: {to} is no dataset of the Hub; write hf://datasets/OWNER/NAME")
    disable_progress_bars()
    # Plain uploads, which every server of this protocol knows: no second service, no cache and no logs in the home folder.
    constants.HF_HUB_DISABLE_XET = True
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=os.environ.get("HF_TOKEN"), library_name="scutch")
    repo = Repository(api, match[1], package, private, note)
    # All of it may be done again: what lies there already is neither sent nor committed twice.
    return f"{to.rstrip('/')}@{package.version}", patiently(repo.bring)


class Repository:
    """A dataset repository, and the release that is to lie in it."""

    def __init__(self, api: HfApi, name: str, package: Package, private: bool, note: Callable[[str], None]) -> None:
        self._api = api
        self._repo = name
        self._name: dict[str, Any] = {"repo_id": name, "repo_type": "dataset"}
        self._package = package
        self._private = private
        self._note = note

    def bring(self) -> int:
        """Commit what is missing, check it, tag it: how many files had to be committed."""
        head, tags = self._refs()
        version = self._package.version
        if version in tags:
            if self._missing(self._tree(tags[version])):
                self._refuse()
            return 0
        there = self._tree(head)
        missing, before = self._missing(there), self._told(head, there)
        if missing and before.get("version") == version:
            self._refuse()
        ours = {file.path for file in self._package.files}
        # Files that no release brought stay.
        gone = [f["path"] for f in before.get("files", []) if f["path"] in there and f["path"] not in ours]
        if missing or gone:
            head = self._commit(head, missing, gone)
        self._api.create_tag(**self._name, tag=version, revision=head, exist_ok=True)
        return len(missing)

    def _refs(self) -> tuple[str, dict[str, str]]:
        """The last commit of main, and the commit of every tag. Makes the repository if there is none."""
        try:
            refs = self._api.list_repo_refs(**self._name)
        except RepositoryNotFoundError:
            self._api.create_repo(**self._name, private=self._private or None, exist_ok=True)
            refs = self._api.list_repo_refs(**self._name)
        heads = {branch.name: branch.target_commit for branch in refs.branches}
        return heads["main"], {tag.name: tag.target_commit for tag in refs.tags}

    def _tree(self, revision: str) -> dict[str, Any]:
        """What lies there at a commit, by path."""
        found = self._api.list_repo_tree(**self._name, recursive=True, revision=revision)
        return {entry.path: entry for entry in found if hasattr(entry, "blob_id")}

    def _missing(self, there: Mapping[str, Any]) -> list[File]:
        """The files of the release that are not there as they should be."""
        return [file for file in self._package.files if not _is(file, there.get(file.path))]

    def _told(self, head: str, there: Mapping[str, Any]) -> dict[str, Any]:
        """The release.json that lies there; empty if there is none. Raises ConfigError if it is not one of ours."""
        if MANIFEST not in there:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            path = self._api.hf_hub_download(**self._name, filename=MANIFEST, revision=head, local_dir=folder)
            try:
                told = json.loads(Path(path).read_bytes())
                return {"version": told["version"], "files": [{"path": str(f["path"])} for f in told["files"]]}
            except (ValueError, KeyError, TypeError):
                raise ConfigError(f"{self._repo}: its {MANIFEST} is not from Scutch; name another repository") from None

    def _refuse(self) -> NoReturn:
        raise ConfigError(
            f"{self._repo}: version {self._package.version} is there already, with other contents; "
            "what is published is never changed: make a release with another version"
        )

    def _commit(self, head: str, missing: list[File], gone: list[str]) -> str:
        """One commit on `head`, checked: its name."""
        self._note(f"{len(missing)} files, {sum(file.bytes for file in missing) / 1e6:.1f} MB")
        operations: list[Any] = [CommitOperationAdd(file.path, str(file.local)) for file in missing]
        operations += [CommitOperationDelete(path) for path in gone]
        title = f"{self._package.told.get('name', 'Release')} {self._package.version}"
        try:
            # What the Hub remarks on the card would come as a Python warning.
            with warnings.catch_warnings(action="ignore"):
                commit = self._api.create_commit(
                    **self._name, operations=operations, commit_message=title, parent_commit=head
                )
            made = str(commit.oid)
        except RuntimeError as error:  # the library's wrapping of a failed upload
            raise (error.__cause__ or error) from None
        except ValueError as error:  # what the Hub says of the card
            raise ConfigError(f"{self._repo}: {without_secrets(' '.join(str(error).split()))}; mend the card") from None
        except HfHubHTTPError as error:
            if status_of(error) not in _STALE:
                raise
            # Another publisher of the same release, or our own commit whose answer was lost, did no harm.
            made, _ = self._refs()
            if self._missing(self._tree(made)):
                raise ConfigError(
                    f"{self._repo}: somebody else committed meanwhile; look what it was, then publish again"
                ) from None
        wrong = self._missing(self._tree(made))
        if wrong:
            raise OSError(f"{wrong[0].path}: what lies there is not what was sent")
        return made


def _is(file: File, there: Any) -> bool:
    """Whether an entry of the Hub's tree is the file: by SHA-256, or, of small files, by what git names them."""
    if there is None or there.size != file.bytes:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == file.sha256)
    data = file.local.read_bytes()
    return bool(there.blob_id == hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest())
