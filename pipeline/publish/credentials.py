"""Credentials: from the environment, or from a Prefect block that is put into the environment while we publish."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pipeline.flows  # noqa: F401  # sets what Prefect reads when it is imported
from pipeline.config import ConfigError

VARIABLE = "SCUTCH_BLOCK"
_AWS = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
    "region_name": "AWS_DEFAULT_REGION",
    "profile_name": "AWS_PROFILE",
}
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def refuse_credentials_in(to: str) -> None:
    """Raises ConfigError if an address holds what should be secret; the message does not repeat it."""
    if "://" not in to:
        return
    parts = urlsplit(to)
    if "@" in parts.netloc or parts.query:
        raise ConfigError(
            "--to: an address with a user, a password or a query ends up in logs; "
            "put credentials into the environment or name a Prefect block with --block"
        )


@contextmanager
def credentials(block: str | None = None) -> Iterator[None]:
    """Have the environment hold what a Prefect block holds, until the block of code ends.

    `block` is `aws-credentials/NAME`, or `secret/NAME`: a mapping of environment variables, or the token of the Hub. Without
    it the variable SCUTCH_BLOCK is asked; without that the environment stays as it is. Raises ConfigError.
    """
    block = block or os.environ.get(VARIABLE)
    fresh = _variables(block) if block else {}
    before = {name: os.environ.get(name) for name in fresh}
    os.environ.update(fresh)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _variables(block: str) -> dict[str, str]:
    """The environment variables that a block stands for."""
    kind, _, name = block.partition("/")
    if kind not in ("secret", "aws-credentials") or not name:
        raise ConfigError("--block: name a Prefect block as secret/NAME or aws-credentials/NAME")
    data = _read(kind, name)
    if kind == "aws-credentials":
        endpoint = (data.get("aws_client_parameters") or {}).get("endpoint_url")
        found = {variable: data.get(field) for field, variable in _AWS.items()} | {"AWS_ENDPOINT_URL": endpoint}
        return {variable: str(value) for variable, value in found.items() if value}
    value = data.get("value")
    if isinstance(value, str) and value:
        return {"HF_TOKEN": value}
    if isinstance(value, Mapping) and value and all(_NAME.fullmatch(str(key)) for key in value):
        return {str(key): str(held) for key, held in value.items()}
    raise ConfigError(
        f"--block: {block} holds neither a token of the Hub nor a mapping of environment variables, "
        'such as {"AWS_ACCESS_KEY_ID": "...", "AWS_SECRET_ACCESS_KEY": "..."}'
    )


def _read(kind: str, name: str) -> dict[str, Any]:
    """What a block holds, without the class of the block: so no collection of Prefect has to be installed."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        with get_client(sync_client=True) as client:
            return dict(client.read_block_document_by_name(name, kind, include_secrets=True).data)
    except ObjectNotFound:
        raise ConfigError(
            f"--block: the Prefect server has no block {kind}/{name}; save one, or name another"
        ) from None
