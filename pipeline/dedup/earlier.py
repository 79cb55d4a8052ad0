"""The duplicates.parquet of a release: the keys of its pages, by which a later run knows them without reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config import ConfigError, Dedup, Near
from pipeline.dedup.decide import sheet_of
from pipeline.dedup.keys import FORMAT, KEYS, Part
from pipeline.engine.files import read_sheet

NAME = "duplicates.parquet"
# What two files must agree on, so that hashes of the one mean something in the other.
_SAME = ("ngram", "permutations", "bands", "shingles")


def _schema(settings: Near) -> pa.Schema:
    made = {"near": settings.enabled, **{name: getattr(settings, name) for name in _SAME}}
    return KEYS.with_metadata({"scutch": "keys of pages", "version": "1", "made": json.dumps(made)})


def write_duplicates(parts: Sequence[Part], folder: Path, path: Path, settings: Dedup) -> int:
    """Write the keys of the pages that are kept after `decide` wrote its decisions into `folder`. Gives their number."""
    kept = 0
    with pq.ParquetWriter(path, _schema(settings.near), **FORMAT) as out:
        for n, part in enumerate(parts):
            stays = read_sheet(sheet_of(folder, n), ["cluster"])["cluster"].is_valid().combine_chunks()
            row = 0
            with pq.ParquetFile(part.keys) as file:
                for k in range(file.num_row_groups):
                    table = file.read_row_group(k, use_threads=False)
                    chosen = table.filter(stays.slice(row, table.num_rows))
                    row += table.num_rows
                    kept += chosen.num_rows
                    if chosen.num_rows:
                        out.write_table(chosen.replace_schema_metadata(out.schema.metadata))
    return kept


def check(settings: Dedup) -> list[tuple[Path, str]]:
    """The files that `dedup.earlier` names, each with its SHA-256.

    Raises ConfigError if one is not there, or was made with n-grams or minima of another kind.
    """
    found = []
    for name in settings.earlier:
        path = Path(name) / NAME if Path(name).is_dir() else Path(name)
        where = f"dedup.earlier: {path}"
        try:
            schema = pq.read_schema(path)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise ConfigError(
                f"{where}: no such file; name the output folder of an earlier run, or its {NAME}"
            ) from None
        except pa.ArrowInvalid:
            raise ConfigError(f"{where} is not a Parquet file; name the {NAME} of an earlier output") from None
        except OSError as error:
            raise ConfigError(f"{where} cannot be read ({error.strerror or error}); check the path") from None
        made = (schema.metadata or {}).get(b"made")
        if made is None or not schema.equals(KEYS):
            raise ConfigError(f"{where} holds no keys of this version; name the {NAME} of an earlier output")
        _compare(where, json.loads(made), settings.near)
        found.append((path, digest))
    return found


def _compare(where: str, made: dict[str, int], settings: Near) -> None:
    if not settings.enabled:
        return
    if not made["near"]:
        raise ConfigError(f"{where} was made without near duplicates; set dedup.near.enabled to false, or leave it out")
    for name in _SAME:
        if made[name] != getattr(settings, name):
            raise ConfigError(
                f"{where} was made with another dedup.near.{name}; set it to {made[name]}, or leave the file out"
            )
