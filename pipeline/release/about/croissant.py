"""What a release holds, for machines: schema.json, and metadata in Croissant 1.0 (http://mlcommons.org/croissant/1.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.release.about import words
from pipeline.release.about.facts import Facts
from pipeline.release.about.hub import license_of
from pipeline.release.layout import CHANGES, COPIED, DATA, JSONL, RECORDS, SAMPLE, Release


class _Table(NamedTuple):
    pattern: str
    about: str


TABLES = {
    "pages": _Table(f"{DATA}/*/*.parquet", "a page that was kept; a folder per language"),
    "sample": _Table(f"{SAMPLE}/*.parquet", "some of the pages"),
    "records": _Table(RECORDS, "where a record of the input ended, and by which rule"),
    "changes": _Table(CHANGES, "what changed since the release before, with the reason"),
    "memory": _Table(COPIED[0], "hashes of the lines of a page that was read, for learn.memory"),
    "duplicates": _Table(COPIED[1], "hashes of the text of a page that was kept, for dedup.earlier"),
}


def schema_of(release: Release) -> dict[str, Any]:
    """schema.json: every table with its files, and every column with Arrow type, description, and whether it may be null.

    A column of pages may not be null where the contract says so. The JSON lines hold the columns of `pages`.
    """
    not_null = set(release.told["config"]["contract"]["not_null"])
    tables = {}
    for name, table in TABLES.items():
        paths = sorted(release.folder.glob(table.pattern))
        if paths:
            kept = not_null if name in ("pages", "sample") else set()
            columns = [_column(part, kept) for part in pq.read_schema(paths[0])]
            tables[name] = {"files": table.pattern, "a_row_is": table.about, "columns": columns}
    return {"version": release.version, "tables": tables}


def _column(part: pa.Field, not_null: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": part.name,
        "type": str(part.type) if not _parts(part.type) else ("list<struct>" if _is_list(part.type) else "struct"),
        "nullable": part.nullable and part.name not in not_null,
        "description": words.about(part),
    }
    if inner := _parts(part.type):
        told["fields"] = [_column(one, set()) for one in inner]
    return told


def _is_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def _parts(type_: pa.DataType) -> list[pa.Field]:
    """The fields of a struct, or of the structs in a list; none for other types."""
    inner = type_.value_type if _is_list(type_) else type_
    return list(inner) if pa.types.is_struct(inner) else []


# The @context of the standard, without which readers warn.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
} | {
    name: f"cr:{name}"
    for name in (
        *("citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet"),
        *("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
        *("references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
    )
}
_FORMATS = {".parquet": "application/x-parquet", ".zst": "application/zstd"}


def croissant(release: Release, facts: Facts) -> dict[str, Any]:
    """The Croissant metadata of a release, as JSON-LD: every file of its tables with its digest (taken from
    `release.told["files"]`), and a record set for each table of pages, records and changes with a field per column.

    What readers cannot take is left out and said: columns of 64-bit hashes, which pass through floats where a value is
    null. `datePublished` is there if the version begins with a day: a release holds no clock.
    """
    told = release.told
    day = re.match(r"(\d{4})[.-](\d\d)[.-](\d\d)(?!\d)", release.version)
    license_ = license_of(told["license"])
    files = [_file(file) for file in told["files"] if Path(file["path"]).suffix in _FORMATS]
    sets = [_file_set("pages-parquet", TABLES["pages"].pattern, "the pages, by language", ".parquet")]
    if any(file["path"].startswith(f"{JSONL}/") for file in told["files"]):
        sets.append(_file_set("pages-jsonl", f"{JSONL}/*/*.jsonl.zst", "the same as JSON lines", ".zst"))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": told["name"],
        "alternateName": f"release {release.version}",
        "description": words.summary(told, facts),
        "version": semantic(release),
        **({"datePublished": "-".join(day.groups())} if day else {}),
        "license": license_.url or words.license_line(told),
        **({"url": told["contact"]} if str(told["contact"]).startswith(("http://", "https://")) else {}),
        "inLanguage": [name for name in facts.languages if name != "unknown"],
        "keywords": ["web", "text", "language modelling"],
        "citeAs": _citation(release, day.group(1) if day else None),
        "rai:dataPreprocessingProtocol": words.steps(told),
        "rai:dataLimitations": words.limits(told, facts),
        "rai:personalSensitiveInformation": words.personal_data(told, facts),
        "rai:dataReleaseMaintenancePlan": words.removal(told),
        "distribution": [*files, *sets],
        "recordSet": [
            _record_set(release, "pages", "pages", {"fileSet": {"@id": "pages-parquet"}}),
            _record_set(release, "signals", "pages", {"fileSet": {"@id": "pages-parquet"}}),
            *(
                _record_set(release, name, name, {"fileObject": {"@id": path.relative_to(release.folder).as_posix()}})
                for name in ("sample", "records", "changes")
                for path in sorted(release.folder.glob(TABLES[name].pattern))
            ),
        ],
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file["path"],
        "name": file["path"],
        "contentUrl": file["path"],
        "contentSize": f"{file['bytes']} B",
        "encodingFormat": _FORMATS[Path(file["path"]).suffix],
        "sha256": file["sha256"],
    }


def _file_set(id_: str, pattern: str, about: str, suffix: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": id_,
        "name": id_,
        "description": about,
        "encodingFormat": _FORMATS[suffix],
        "includes": pattern,
    }


def _record_set(release: Release, name: str, table: str, where: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a table. Those of pages stand in two sets, as readers take ten times as long with the signals."""
    schema = pq.read_schema(sorted(release.folder.glob(TABLES[table].pattern))[0])
    parts = [part for part in schema if (part.name == "signals") == (name == "signals") or part.name == "id"]
    left_out = [inner for part in parts for inner in _unsayable(part, "")]
    about = [f"A record is {TABLES[table].about}."]
    if name == "signals":
        about = ["What was measured of each page."]
    elif "signals" in schema.names:
        about.append("What was measured of it stands in the record set `signals`.")
    if left_out:
        about.append(f"Left out here, as readers lose digits of 64-bit hashes: {', '.join(left_out)}.")
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": " ".join(about),
        **({"key": {"@id": f"{name}/id"}} if table in ("pages", "sample") else {}),
        "field": [field for part in parts if (field := _field(name, part, where, []))],
    }


def _field(above: str, part: pa.Field, where: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """The field of a column, or of the part of a struct to which `path` leads from its column; None for one left out."""
    if not _sayable(part.type):
        return None
    id_ = f"{above}/{part.name}"
    told: dict[str, Any] = {"@type": "cr:Field", "@id": id_, "name": part.name, "description": words.about(part)}
    if _is_list(part.type):
        told["repeated"] = True
    if inner := _parts(part.type):
        return told | {"subField": [f for one in inner if (f := _field(id_, one, where, [*path, part.name]))]}
    column, *steps = [*path, part.name]
    source: dict[str, Any] = {**where, "extract": {"column": column}}
    if steps:
        source["transform"] = {"jsonPath": ".".join(steps)}
    return told | {"dataType": _data_type(part.type), "source": source}


def _unsayable(part: pa.Field, above: str) -> list[str]:
    """The names of what is left out of a column: itself, or parts of its struct."""
    inner = [name for one in _parts(part.type) for name in _unsayable(one, f"{above}{part.name}.")]
    return inner if _sayable(part.type) else [f"{above}{part.name}"]


def _sayable(type_: pa.DataType) -> bool:
    return bool((type_.value_type if _is_list(type_) else type_) != pa.uint64())


def _data_type(type_: pa.DataType) -> str:
    inner = type_.value_type if _is_list(type_) else type_
    for is_, name in (
        (pa.types.is_boolean, "sc:Boolean"),
        (pa.types.is_integer, "sc:Integer"),
        (pa.types.is_floating, "sc:Float"),
        (pa.types.is_date, "sc:Date"),
    ):
        if is_(inner):
            return name
    return "sc:Text"


def semantic(release: Release) -> str:
    """The version as MAJOR.MINOR.PATCH, as Croissant wants it: a day without its leading zeros, what is behind it as
    build; of other names the number of the release, with the name as build."""
    if found := re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?", release.version):
        *parts, again = found.groups()
        return ".".join(str(int(part)) for part in parts) + (f"+{again}" if again else "")
    return f"{release.told['sequence']}.0.0+{re.sub('[^0-9A-Za-z-]', '-', release.version)}"


def _citation(release: Release, year: str | None) -> str:
    key = re.sub("[^a-z0-9]+", "_", release.told["name"].lower()).strip("_")
    parts = {"title": release.told["name"], "version": release.version, "year": year}
    inner = ", ".join(f"{name} = {{{value}}}" for name, value in parts.items() if value)
    return f"@misc{{{key}_{re.sub('[^A-Za-z0-9]', '_', release.version)}, {inner}}}"
