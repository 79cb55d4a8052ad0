"""Tell people that a round failed, through the Prefect blocks that the config names."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

from pipeline.config import ConfigError, Schedule

EMAIL = "email-server-credentials"
"""The block of prefect-email; every other one is a notification block of Prefect."""


def load(schedule: Schedule) -> list[Any]:
    """The blocks that schedule.on_failure names, from the Prefect server.

    Raises ConfigError if one is not there, or cannot notify.
    """
    return [_load(name, schedule.email) for name in schedule.on_failure]


def _load(name: str, address: str | None) -> Any:
    from prefect.blocks.abstract import NotificationBlock
    from prefect.blocks.core import Block

    kind = name.partition("/")[0]
    if kind == EMAIL:
        try:
            import prefect_email  # noqa: F401  registers its blocks
        except ImportError:
            raise ConfigError(f"schedule.on_failure: {name} needs prefect-email; pip install prefect-email") from None
        if not address:
            raise ConfigError(f"schedule.email: {name} has nobody to write to; name an address")
    try:
        block = Block.load(name, _sync=True)  # type: ignore[call-arg]
    except ValueError:
        raise ConfigError(
            f"schedule.on_failure: the Prefect server knows no block {name}; save one, or take the name away"
        ) from None
    if kind != EMAIL and not isinstance(block, NotificationBlock):
        raise ConfigError(f"schedule.on_failure: {name} is no notification block; take one as slack-webhook/{name}")
    return block


def send(schedule: Schedule, subject: str, text: str) -> list[str]:
    """Send a message to every block of schedule.on_failure; gives what went wrong, one line per block, and never raises."""
    problems = []
    for name in schedule.on_failure:
        try:
            _send(_load(name, schedule.email), schedule.email, subject, text)
        except Exception as error:
            problems.append(f"{name}: {' '.join(str(error).split()) or type(error).__name__}"[:300])
    return problems


def _send(block: Any, address: str | None, subject: str, text: str) -> None:
    import asyncio

    from prefect.blocks.abstract import NotificationBlock

    if isinstance(block, NotificationBlock):
        with block.raise_on_failure() if hasattr(block, "raise_on_failure") else contextlib.nullcontext():
            sent = block.notify(text, subject)
    else:
        from prefect_email import email_send_message

        sent = email_send_message.fn(
            subject,
            "",
            email_server_credentials=block,
            msg_plain=text,
            email_from=block.username or address,
            email_to=address,
        )
    if inspect.isawaitable(sent):
        asyncio.run(_await(sent))


async def _await(sent: Any) -> None:
    await sent
