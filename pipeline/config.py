"""The config: one YAML file, every key typed, every mistake answered with the key and the fix."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from pipeline import step as steps


class ConfigError(Exception):
    """The config, or a path it names, is wrong. The message names the key or path and the fix, in one line."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Switch = bool | dict[str, Any]
"""`true`: on with the defaults of the step; `false`: off; a mapping: on with these parameters."""


class Columns(Section):
    id: list[str]
    text: list[str]
    html: list[str]
    url: list[str]


class Ingest(Section):
    shard_mb: Annotated[float, Field(gt=0)]
    record_mb: Annotated[float, Field(gt=0)]
    columns: Columns


class Decode(Section):
    fallback: bool
    bad_share: Annotated[float, Field(ge=0, le=1)]


class Stage(Section):
    enabled: bool
    steps: dict[str, Switch]


class Extract(Section):
    enabled: bool
    timeout_s: Annotated[float, Field(gt=0)]
    comments: bool
    format: Literal["text", "markdown"]


Policy = Literal["keep", "mask", "drop"]


class Policies(Section):
    email: Policy
    ip: Policy
    phone: Policy
    iban: Policy
    card: Policy


# Shorter ones would stand in values too.
Placeholder = Annotated[str, Field(min_length=4, pattern=r"^\S(.*\S)?$")]


class Placeholders(Section):
    email: Placeholder
    ip: Placeholder
    phone: Placeholder
    iban: Placeholder
    card: Placeholder


class Privacy(Section):
    enabled: bool
    key: Path | None
    organisations: Literal["keep", "mask"]
    kinds: Policies
    placeholders: Placeholders


class Learn(Section):
    memory: str | None


class Threshold(Section):
    """A page is rejected when `signal` is below `min` or above `max`; `languages` holds other limits per language."""

    signal: str
    min: float | None = None
    max: float | None = None
    languages: dict[str, Limits] = {}
    enabled: bool = True


class Limits(Section):
    min: float | None = None
    max: float | None = None


class Judge(Stage):
    preset: str | None
    rules: dict[str, Threshold]
    """After `load`: first those of judge.rules, then those of the preset that are not named there."""


class Near(Section):
    """Near duplicates; see pipeline/dedup/fingerprints.py.

    The defaults are calibrated on duplicates planted in web pages and on made-up pairs in eight scripts
    (`python -m tests.bench.duplicates`). With a threshold of .85 four times as many of the planted ones stay as with .8,
    with .75 more pages go that nobody planted. Of 20 bands of 6 minima, pages that are .8 alike share one in 99.8 % of
    cases; of 14 bands of 8, in 92 %, and the others are so few candidates more that they cost nothing.
    """

    enabled: bool
    ngram: Annotated[int, Field(ge=1, le=64)]
    permutations: Annotated[int, Field(ge=1, le=4096)]
    bands: Annotated[int, Field(ge=1, le=4096)]
    threshold: Annotated[float, Field(gt=0, le=1)]
    shingles: Annotated[int, Field(ge=64, le=65536)]

    @field_validator("bands")
    @classmethod
    def _rows_are_whole(cls, bands: int, info: ValidationInfo) -> int:
        permutations = info.data.get("permutations", bands)
        if permutations % bands:
            fit = max(1, round(permutations / bands)) * bands
            raise PydanticCustomError(
                "rows",
                f"{permutations} permutations make no {bands} bands of equal size; set dedup.near.permutations to {fit}",
            )
        return bands

    @field_validator("threshold")
    @classmethod
    def _is_found(cls, threshold: float, info: ValidationInfo) -> float:
        if not {"bands", "permutations"} <= info.data.keys():
            return threshold
        bands, permutations = info.data["bands"], info.data["permutations"]
        found = 1 - (1 - threshold ** (permutations // bands)) ** bands
        if found < 0.5:
            raise PydanticCustomError(
                "found",
                f"{bands} bands find {found:.0%} of the pages that are {threshold:g} alike; raise dedup.near.bands",
            )
        return threshold


class Dedup(Section):
    enabled: bool
    earlier: list[str]
    near: Near


class Write(Section):
    jsonl: bool
    compression: Annotated[str, Field(pattern="^(zstd|snappy|gzip|none)$")]


class Schedule(Section):
    """When `scutch serve` runs, and what else a round does."""

    cron: str | None
    interval: str | None
    rrule: str | None
    timezone: str
    release: bool
    publish: list[str]
    on_failure: list[str]
    email: str | None


Share = Annotated[float, Field(ge=0, le=1)]


class Release(Section):
    name: str
    license: str | None
    contact: str | None
    file_mb: Annotated[float, Field(gt=0)]
    sample: Annotated[int, Field(ge=0)]
    jsonl: bool


class Contract(Section):
    """What must hold before a release becomes visible; see pipeline/release/check/contract.py."""

    not_null: list[str]
    unique: list[str]
    min_chars: Annotated[int, Field(ge=0)] | None
    pages: Limits
    shrink: Share | None
    grow: Annotated[float, Field(ge=0)] | None
    languages: dict[str, Limits]
    quarantined: Limits
    removed: dict[str, Limits]
    drift: Share | None


class Config(Section):
    """The whole config, checked."""

    input: str
    output: str
    workers: Annotated[int, Field(ge=0)]
    ingest: Ingest
    decode: Decode
    repair: Stage
    extract: Extract
    privacy: Privacy
    learn: Learn
    clean: Stage
    describe: Stage
    judge: Judge
    dedup: Dedup
    write: Write
    schedule: Schedule
    release: Release
    contract: Contract

    def given_parameters(self) -> list[steps.Step]:
        """The steps that are on and have parameters of their own in the config. Imports no other."""
        sections: list[tuple[str, Stage]] = [(stage, getattr(self, stage)) for stage in steps.STAGES]
        return [
            steps.load(stage, rule, switch)
            for stage, section in sections
            for rule, switch in section.steps.items()
            if isinstance(switch, dict) and section.enabled
        ]

    def steps(self, stage: str) -> list[steps.Step]:
        """The steps of a stage that are on, in their order, with their parameters."""
        section: Stage = getattr(self, stage)
        return [
            steps.load(stage, rule, switch if isinstance(switch, dict) else None)
            for rule, switch in section.steps.items()
            if switch is not False and section.enabled
        ]

    def signals(self) -> dict[str, str]:
        """All signals that a run measures, in the order of its columns, and what each is."""
        return MEASURED | {name: doc for step in self.steps("judge") for name, doc in step.columns.items()}

    def step_names(self) -> list[str]:
        """The names of all steps that are on. Imports none of them."""
        sections: list[tuple[str, Stage]] = [(stage, getattr(self, stage)) for stage in steps.STAGES]
        return [
            f"{stage}.{rule}"
            for stage, section in sections
            for rule, switch in section.steps.items()
            if switch is not False and section.enabled
        ]

    def asks_for_lines(self) -> bool:
        """Whether any step that is on may ask what the lines of a site have in common: those of clean do, and those that
        look for the header of a page."""
        return any(name.startswith("clean.") or name in _OF_HEADERS for name in self.step_names())


_OF_HEADERS = {f"describe.{name}" for name in ("title", "authors", "dates", "publisher")}


def default_path() -> Path:
    """The config that ships with Scutch: inside the package, or at the top of a checkout."""
    inside = Path(__file__).with_name("config.yaml")
    return inside if inside.exists() else Path(__file__).parent.parent / "config.yaml"


def load(
    path: str | Path | None = None, overrides: Iterable[str] = (), *, signals: bool = True, **values: Any
) -> Config:
    """The shipped config, over it the file at `path`, the `key=value` overrides, and `values` that are not None.

    Without `signals` the signals of the rules are not looked for among the steps, which imports those: a run does that
    in a worker. Raises ConfigError.
    """
    tree = _read(default_path())
    if path is not None:
        _merge(tree, _read(Path(path)), ())
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {override}: write it as key=value, for example judge.enabled=false")
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--set {key}: {value!r} is not a YAML value; quote it") from None
        nested: Any = parsed
        for part in reversed(key.split(".")):
            nested = {part: nested}
        _merge(tree, nested, ())
    for key, value in values.items():
        if value is not None:
            tree[key] = value
    if isinstance(tree["judge"], dict):
        _lay_over_preset(tree["judge"])
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_explain(error.errors()[0])) from None
    _check_steps(config)
    if signals:
        check_signals(config)
    return config


PRESETS = Path(__file__).parent / "judge" / "presets"


def _lay_over_preset(judge: dict[str, Any]) -> None:
    """Puts the rules of the preset behind those of the config; a rule that both have is laid over, key by key."""
    rules = judge.get("rules")
    if judge.get("preset") is None or not isinstance(rules, dict):
        return
    for name, rule in _preset(str(judge["preset"])).items():
        own = rules.get(name, {})
        rules[name] = {**rule, **own} if isinstance(rule, dict) and isinstance(own, dict) else own or rule


def _preset(name: str) -> dict[str, Any]:
    """The rules of a preset: one that ships with Scutch, by its name, or a YAML file. `extends` names another one whose
    rules come first."""
    known = {path.stem: path for path in sorted(PRESETS.glob("*.yaml"))}
    path = known.get(name, Path(name))
    if not path.is_file():
        raise ConfigError(f"judge.preset: no such preset {name!r}; take {', '.join(known)} or a YAML file of rules")
    rules = _read(path)
    base = rules.pop("extends", None)
    if base is not None and base not in known:
        raise ConfigError(f"{path}: extends {base!r}, which is no preset; take one of {', '.join(known)}")
    return {**(_preset(base) if base else {}), **rules}


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such config file; name an existing one with --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); check the path and its permissions") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not valid YAML; mend the line") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: a config is a mapping of keys, this is a {type(tree).__name__}")
    return tree


# Mappings whose keys are the user's own, so that any name may be added.
_OPEN = {
    ("judge", "rules"),
    ("contract", "pages"),
    ("contract", "languages"),
    ("contract", "quarantined"),
    ("contract", "removed"),
}


def _merge(tree: dict[str, Any], over: Mapping[str, Any], at: tuple[str, ...]) -> None:
    """Lay one tree over another; a key that does not exist is an error with the nearest key that does."""
    for key, value in over.items():
        here = (*at, str(key))
        if key not in tree:
            stage = here[0] if len(here) == 3 and here[1] == "steps" else None
            if stage and key in steps.names(stage):
                tree[key] = value
                continue
            if at in _OPEN or at[:2] in _OPEN or (len(at) == 3 and at[1] == "steps"):
                tree[key] = value
                continue
            known = sorted({*map(str, tree), *(steps.names(stage) if stage else ())})
            raise ConfigError(f"{'.'.join(here)}: no such key{_nearest(str(key), at, known)}")
        if isinstance(value, Mapping) and isinstance(tree[key], dict):
            _merge(tree[key], value, here)
        elif isinstance(value, Mapping) and len(here) == 3 and here[1] == "steps":
            tree[key] = dict(value)
        elif value is True and isinstance(tree[key], dict) and here[1:2] == ("steps",):
            continue  # already on, with parameters
        else:
            tree[key] = value


def _nearest(key: str, at: tuple[str, ...], known: Iterable[str]) -> str:
    known = sorted(known)
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {'.'.join((*at, close[0]))}?"
    return f"; known here: {', '.join(known)}" if known else ""


def _explain(error: Any) -> str:
    loc = [str(part) for part in error["loc"] if part not in ("bool", "dict[str,any]")]
    given = error.get("input")
    shown = "" if isinstance(given, (dict, list)) else f" (given: {given!r})"
    return f"{'.'.join(loc)}: {error['msg'][0].lower()}{error['msg'][1:]}{shown}"


def _check_steps(config: Config) -> None:
    for stage in steps.STAGES:
        section: Stage = getattr(config, stage)
        for rule, switch in section.steps.items():
            where = f"{stage}.steps.{rule}"
            if rule not in steps.names(stage):
                raise ConfigError(f"{where}: no such step{_nearest(rule, (stage, 'steps'), steps.names(stage))}")
            if not isinstance(switch, dict):
                continue  # nothing to check, and so nothing to import
            try:
                step = steps.load(stage, rule, switch)
            except ValidationError as error:
                first = error.errors()[0]
                if first["type"] == "extra_forbidden":
                    fields = type(steps.load(stage, rule).params).model_fields
                    raise ConfigError(
                        f"{where}.{first['loc'][0]}: no such key{_nearest(str(first['loc'][0]), (stage, 'steps', rule), fields)}"
                    ) from None
                raise ConfigError(f"{where}.{_explain(first)}") from None
            for name, path in step.files:
                if not path.is_file():
                    raise ConfigError(f"{where}.{name}: {path} is no file; name one that is there")
    key = config.privacy.key
    if config.privacy.enabled and key is not None and not (key.is_file() and key.read_bytes().strip()):
        raise ConfigError(f"privacy.key: {key} holds no secret; make one with: openssl rand -hex 32 > {key}")


def check_signals(config: Config) -> None:
    """Raises ConfigError if a rule asks for a signal that nothing measures."""
    if not config.judge.enabled:
        return
    on = [rule for rule, switch in config.judge.steps.items() if switch is not False]
    signals = {*on, *BUILT_IN_SIGNALS}
    for name, rule in config.judge.rules.items():
        if not rule.enabled or rule.signal in signals:
            continue
        # Most steps name their signals after themselves: those are imported first, the others only where that fails.
        for own in (True, False):
            for step in on:
                if rule.signal not in signals and rule.signal.startswith(f"{step}_") == own:
                    signals.update(steps.load("judge", step).columns)
        if rule.signal not in signals:
            fix = next((f"; set judge.steps.{off} to true or judge.rules.{name}.enabled to false"
                        for off in steps.names("judge") if off not in on and rule.signal.startswith(off)), None)  # fmt: skip
            raise ConfigError(
                f"judge.rules.{name}.signal: no signal {rule.signal!r}{fix or _nearest(rule.signal, (), signals)}"
            )


# Signals that are measured without a step of the judge.
MEASURED = {
    "http_status": "status of the HTTP response",
    "personal_data": "values of personal data found, those of desks and companies that stay aside; null where not looked for",
    "opt_out": "statements of the page or its server against text and data mining or AI; null where it says nothing",
    "repeated_share": "share of the characters on lines that pages of five or more sites have, 0 to 1",
}
# What a rule may ask beside the signals of steps.
BUILT_IN_SIGNALS = ("n_chars", "n_words", *MEASURED)


def digest(value: Any) -> str:
    """A short, stable fingerprint of a JSON-like value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
