"""The recipe of a run: config, steps, code and libraries, as one fingerprint per stage."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.config import Config, check_signals, digest

# Libraries whose releases may change what comes out.
RESULT_LIBRARIES = {
    "prepare": (
        "ftfy",
        "chardet",
        "fastwarc",
        "tldextract",
        "trafilatura",
        "htmldate",
        "lxml",
        "numba",
        "orjson",
        "phonenumberslite",
        "pyarrow",
        "resiliparse",
        "simplemma",
    ),
    "clean": ("idna", "langdetect", "numba", "numpy", "py3langid", "pyarrow", "pycld2", "tokenizers"),
    "judge": ("numpy",),
    "write": ("pyarrow", "orjson"),
}
# Folders of the package whose files make up each stage.
_CODE = {
    "prepare": ("ingest", "decode", "repair", "extract", "privacy", "engine", "learn", "models"),
    "clean": ("clean", "describe", "judge", "dedup"),
    "judge": (),
    "write": (),
}


@dataclass(frozen=True)
class Recipe:
    """What a run does, apart from the input. `fingerprints` names what each stage's result depends on; a later
    stage's fingerprint includes those of the earlier ones."""

    config: Config
    fingerprints: dict[str, str]
    steps: dict[str, int]
    libraries: dict[str, str]

    @property
    def fingerprint(self) -> str:
        return self.fingerprints["write"]


def recipe_of(config: Config) -> Recipe:
    """The recipe that a config makes with the installed code and libraries. Raises ConfigError if a rule asks for a signal
    that nothing measures."""
    check_signals(config)
    described: dict[str, Any] = {
        "prepare": {
            "ingest": config.ingest.model_dump(),
            "decode": config.decode.model_dump(),
            "extract": config.extract.model_dump(),
            "repair": _steps(config, "repair"),
            "privacy": config.privacy.model_dump(mode="json") if config.privacy.enabled else None,
            "key": sha256_of(config.privacy.key) if config.privacy.enabled and config.privacy.key else None,
            "lines": config.asks_for_lines(),
            "unicode": unicodedata.unidata_version,
        },
        "clean": {
            **{stage: _steps(config, stage) for stage in ("clean", "describe", "judge")},
            "near": config.dedup.near.model_dump(exclude={"threshold"}) if config.dedup.enabled else None,
        },
        "judge": {"enabled": config.judge.enabled, "rules": {n: r.model_dump() for n, r in config.judge.rules.items()}},
        "write": {"write": config.write.model_dump(), "dedup": config.dedup.model_dump(exclude={"earlier"})},
    }
    libraries = {name: _version(name) for names in RESULT_LIBRARIES.values() for name in names}
    fingerprints: dict[str, str] = {}
    before = ""
    for stage, what in described.items():
        used = {name: libraries[name] for name in RESULT_LIBRARIES[stage]}
        before = fingerprints[stage] = digest([before, what, used, _code(_CODE[stage])])
    steps = {s.name: s.version for stage in ("repair", "clean", "describe", "judge") for s in config.steps(stage)}
    return Recipe(config, fingerprints, steps, libraries)


def _steps(config: Config, stage: str) -> list[Any]:
    return [
        [s.name, s.version, s.params.model_dump(mode="json"), [sha256_of(path) for _, path in s.files]]
        for s in config.steps(stage)
    ]


def sha256_of(path: Path) -> str:
    """Digest of a file that the config names. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def _code(folders: tuple[str, ...]) -> str:
    """Digest of the source and data files of these folders: a step that changed without a new version is still
    another step, and work done by the old one must not pass for work of the new."""
    root = Path(__file__).parent.parent
    seen = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            # What Python and numba compile lies in __pycache__ and comes and goes; .json files are how models measured.
            # The rules of a preset are in the fingerprint of the judge.
            if path.is_file() and path.parent.name not in ("__pycache__", "presets") and path.suffix != ".json":
                seen.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("step.py", "schema.py", "utf8.py"):
        seen.update((root / name).read_bytes())
    return seen.hexdigest()


def name_of(*parts: str) -> str:
    """The name of a piece of work: the same inputs and recipe have the same name."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
