"""Publish: a copy of a release where people look for data, whole or not visible at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.publish.credentials import credentials, refuse_credentials_in
from pipeline.publish.errors import plain_errors
from pipeline.publish.package import open_package

HUB = "hf://"


@dataclass(frozen=True)
class Published:
    """What came of it."""

    version: str
    where: str
    """Where the release lies now."""
    files: int
    """Files of the release, all checked where they lie."""
    sent: int
    """Those that had to be sent; 0 if the release was there already."""

    def __str__(self) -> str:
        if not self.sent:
            return f"{self.version} is at {self.where} already: {self.files} files checked, nothing sent"
        return f"{self.version} is at {self.where}: {self.sent} of {self.files} files sent, all checked"


def publish(
    release: str | Path,
    to: str,
    *,
    block: str | None = None,
    private: bool = False,
    note: Callable[[str], None] = lambda _: None,
) -> Published:
    """Copy a finished release to a folder, an fsspec URL or `hf://datasets/OWNER/NAME`, and check it there.

    Nobody who goes by `release.json` (on the Hub: by `main` or a tag) sees a part of it. Whoever publishes the same release
    again, after a crash say, sends only what is missing. `block` names a Prefect block with credentials, by default the one
    in SCUTCH_BLOCK; `private` says how a Hub repository is made that is not there yet; `note` is told of the progress.

    Raises ConfigError if the release is damaged, if another one is there under its version, or for what else the user can
    mend; OSError if the place fails. Neither message, nor any log, holds a credential.
    """
    refuse_credentials_in(to)
    package = open_package(release)
    with credentials(block), plain_errors(to):
        if to.startswith(HUB):
            from pipeline.publish.hub import to_hub

            where, sent = to_hub(package, to, private, note)
        else:
            from pipeline.publish.store import to_store

            where, sent = to_store(package, to, note)
    return Published(package.version, where, len(package.files), sent)
