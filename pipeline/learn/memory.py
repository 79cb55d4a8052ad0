"""The memory of earlier datasets: a file that a run leaves behind and another may name as an input."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config import ConfigError
from pipeline.learn.lines import PAGES


def check(path: str | Path) -> str:
    """The SHA-256 of a memory file. Raises ConfigError if there is none at `path`, or something else."""
    path = Path(path)
    try:
        schema = pq.read_schema(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ConfigError(
            f"learn.memory: {path}: no such file; name the memory.parquet of an earlier output, or null"
        ) from None
    except pa.ArrowInvalid:
        raise ConfigError(
            f"learn.memory: {path} is not a Parquet file; name the memory.parquet of an earlier output"
        ) from None
    except OSError as error:
        raise ConfigError(f"learn.memory: {path} cannot be read ({error.strerror or error}); check the path") from None
    if not schema.equals(PAGES) or schema.metadata != PAGES.metadata:
        raise ConfigError(
            f"learn.memory: {path} is no memory file of this version; name the memory.parquet of an earlier output"
        )
    return digest
