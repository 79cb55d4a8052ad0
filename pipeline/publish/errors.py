"""What goes wrong at the other end: tried again where that may help, else told in one line without a secret."""

from __future__ import annotations

import errno
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pipeline.config import ConfigError

T = TypeVar("T")

_WAITS = (0.25, 0.5, 1.0)
"""Seconds between tries; the libraries have tried several times by then."""
_LASTING = (PermissionError, FileExistsError, IsADirectoryError, NotADirectoryError)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_LASTING_NUMBERS = {*_FULL, errno.EROFS, errno.ENAMETOOLONG}
_LIBRARIES = {"aiohttp", "botocore", "aiobotocore", "gcsfs", "google", "httpx", "httpx2", "huggingface_hub", "s3fs"}
_LOGGERS = (*_LIBRARIES, "fsspec", "httpcore", "httpcore2", "urllib3")
_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL")
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")


def patiently(work: Callable[[], T]) -> T:
    """Do what may be done twice; again, a few times, where the other end stumbled."""
    for wait in _WAITS:
        try:
            return work()
        except Exception as error:
            if not _is_passing(error):
                raise
        time.sleep(wait)
    return work()


def _is_passing(error: Exception) -> bool:
    status = status_of(error)
    if status is not None:
        return status >= 500 or status in (408, 429)
    if isinstance(error, OSError):
        return not isinstance(error, _LASTING) and error.errno not in _LASTING_NUMBERS
    return _library(error) is not None and not _lacks_credentials(error) and not _is_wrong_address(error)


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an error of the Hub's client stands for."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _library(error: BaseException) -> str | None:
    """The library that an error comes from, if it is one that talks to the other end."""
    root = type(error).__module__.partition(".")[0]
    return root if root in _LIBRARIES else None


def _lacks_credentials(error: BaseException) -> bool:
    return "Credential" in type(error).__name__ or "LocalToken" in type(error).__name__


def _is_wrong_address(error: BaseException) -> bool:
    return isinstance(error, ValueError) or type(error).__name__ == "ParamValidationError"


@contextmanager
def plain_errors(to: str) -> Iterator[None]:
    """Turn what fails at `to` into one line: ConfigError where the user can mend it, else OSError.

    Meanwhile the libraries log nothing: their warnings name signed addresses, and their debug output headers.
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and _library(error) is None:
            raise
        raise _plain(to, error) from None
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _plain(to: str, error: Any) -> Exception:
    why = without_secrets(_message(error))
    number = getattr(error, "errno", None)
    if number in _FULL:
        return OSError(f"{to}: {why}; make room and publish again: it goes on where it stopped")
    if "://" not in to or to.startswith(("file:", "local:")):
        if isinstance(error, _LASTING) or number == errno.EROFS:
            return ConfigError(f"--to: {to} cannot be written ({why}); name another folder")
    elif _lacks_credentials(error):
        return ConfigError(f"{to}: no credentials; put them into the environment or name a Prefect block with --block")
    elif isinstance(error, PermissionError) or status_of(error) in (401, 403):
        return ConfigError(
            f"{to}: access denied ({why}); check the credentials in the environment or name a Prefect block with --block"
        )
    elif isinstance(error, FileNotFoundError):
        return ConfigError(f"{to}: {why}; make the bucket first")
    elif _is_wrong_address(error):
        return ConfigError(f"--to: {to}: {why}")
    return OSError(f"{to}: {why}; publish again: it goes on where it stopped")


def _message(error: Any) -> str:
    told = getattr(error, "server_message", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(str(told).split())[:300].rstrip(".") or type(error).__name__


def without_secrets(text: str) -> str:
    """The text without the values of environment variables that hold secrets, and without queries of addresses, which
    may be signatures."""
    for name, value in os.environ.items():
        if _SECRET.search(name.upper()) and len(value) >= 6:
            text = text.replace(value, "***")
    return _QUERY.sub(r"\1", text)
