"""Who serves an output folder: OUTPUT/.rounds/serve, locked by `scutch serve` while it lives, tells what and how."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.config import ConfigError
from pipeline.engine.rounds import is_held, now, take


@contextmanager
def serving(output: str | Path, told: dict[str, Any]) -> Iterator[Callable[..., None]]:
    """Be the one that serves an output, with `told` for others to read; gives a function that adds to it.

    Raises ConfigError if another process serves it.
    """
    path = Path(output) / ".rounds" / "serve"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = take(path)
    if held is None:
        by = _read(path)
        raise ConfigError(
            f"output: {output} is served already, by process {by.get('pid')} on {by.get('host')}; stop it first"
        )
    told = {"host": platform.node(), "pid": os.getpid(), "since": now(), **told}

    def tell(**more: Any) -> None:
        told.update(more)
        os.ftruncate(held, 0)
        os.pwrite(held, json.dumps(told, default=str).encode(), 0)

    try:
        tell()
        yield tell
    finally:
        os.close(held)


def served(output: str | Path) -> tuple[dict[str, Any], bool]:
    """What the last `scutch serve` of an output told ({} if there was none), and whether it is alive."""
    path = Path(output) / ".rounds" / "serve"
    return _read(path), is_held(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return told if isinstance(told, dict) else {}
