"""What workers are asked to do. The process that conducts a run names the work and does not import it: libraries and
models are loaded where they are used, once (see `warm`)."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.engine.executor import Work
from pipeline.engine.journal import Care


def _call(module: str, name: str, *job: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(importlib.import_module(f"pipeline.engine.{module}"), name)(*job)
    return found


def _job(module: str, name: str) -> Work:
    return partial(_call, module, name)


def recipe(config: Config, _care: Care, _journal: Path) -> dict[str, Any]:
    """The recipe of a config. Raises ConfigError if a step's parameters or files are wrong."""
    from pipeline.engine.recipe import recipe_of

    return {"recipe": recipe_of(config)}


prepare = _job("prepare", "prepare_shard")
learn = _job("learn", "learn_lines")
clean = _job("clean", "clean_shard")
judge = _job("judge", "judge_shard")
dedup = _job("dedup", "find_duplicates")
write = _job("write", "write_shard")
