"""What differs between the makings of two releases: steps, parameters, thresholds, libraries, code, input files."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from pipeline import step as steps
from pipeline.engine.recipe import RESULT_LIBRARIES
from pipeline.release.layout import Release

# How far down the way of a page something acts: what is at one level reaches that level and those behind it.
PREPARE, CLEAN, DESCRIBE, MEASURE, JUDGE, DEDUP = range(6)
STEPS = {"repair": PREPARE, "clean": CLEAN, "describe": DESCRIBE, "judge": MEASURE}
_SECTIONS = {"ingest": PREPARE, "decode": PREPARE, "extract": PREPARE, "privacy": PREPARE, "dedup": DEDUP}
_NAMED = {"learn": CLEAN, "dedup": DEDUP, **STEPS}
_FINGERPRINTS = ("prepare", "clean", "clean", "clean", "judge", "write")
_FIRST_LEVEL = {"prepare": PREPARE, "clean": CLEAN, "judge": JUDGE, "write": DEDUP}


class Altered(NamedTuple):
    """Something of the recipe that is not as it was."""

    kind: str
    """rule, library or code."""
    name: str
    """stage.rule of a step or threshold, a section of the config, a library, or a stage of the run."""
    told: str
    """What of it, from what to what."""
    level: int


class Makings:
    """What two releases were made of and by; the first may be missing."""

    def __init__(self, before: Release | None, after: Release) -> None:
        self.before: Mapping[str, Any] = before.told if before else {}
        self.after: Mapping[str, Any] = after.told
        self.files = _files(self.before), _files(self.after)
        self.passed_over = tuple(
            {file["source"]: file["reason"] for file in told.get("input", {}).get("skipped", [])}
            for told in (self.before, self.after)
        )
        self.thresholds = _thresholds(self.before), _thresholds(self.after)
        self.altered = [] if before is None else sorted(set(self._altered()), key=lambda a: (a.level, a.name, a.told))
        moved = [name for name in ("fingerprint", "named") if self.before.get(name) != self.after.get(name)]
        self.same = self.files[0] == self.files[1] and not moved
        """Whether the two were made of the same by the same: nothing that a page depends on differs."""
        self._moved: tuple[dict[str, list[str]], ...] | None = None

    def moved_file(self, digest: str | None, other: int) -> str | None:
        """The file of one input (0: before, 1: after) that has these bytes and is missing in the other input, if it is one."""
        if digest is None:
            return None
        if self._moved is None:
            first, second = self.files
            found: tuple[dict[str, list[str]], ...] = ({}, {})
            for n, (mine, others) in enumerate(((first, second), (second, first))):
                for source in mine.keys() - others.keys():
                    found[n].setdefault(mine[source], []).append(source)
            self._moved = found
        same = self._moved[other].get(digest, [])
        return same[0] if len(same) == 1 else None

    def rules(self) -> list[Altered]:
        return [altered for altered in self.altered if altered.kind == "rule"]

    def in_short(self) -> list[Altered]:
        """All that is altered, of a stage that was switched on or off as a whole only that."""
        whole = {a.name for a in self.altered}
        return [a for a in self.altered if "." not in a.name or a.name.partition(".")[0] not in whole]

    def libraries(self) -> list[Altered]:
        return [altered for altered in self.altered if altered.kind == "library"]

    def code(self, level: int) -> Altered | None:
        """That the code of a level, or something that the recipe does not name, is another; None where it is the same."""
        stage = _FINGERPRINTS[level]
        first, second = (told.get("fingerprints", {}).get(stage) for told in (self.before, self.after))
        if first == second or not self.before:
            return None
        versions = [str(told.get("scutch")) for told in (self.before, self.after)]
        package = f"scutch {' -> '.join(versions)}, " if versions[0] != versions[1] else ""
        return Altered("code", stage, f"{package}fingerprint {first} -> {second}", level)

    def told(self) -> Iterator[str]:
        """All of it for people, a line each."""
        first, second = self.files
        new, gone = len(second.keys() - first.keys()), len(first.keys() - second.keys())
        changed = sum(first[source] != second[source] for source in first.keys() & second.keys())
        if new or gone or changed:
            yield f"input files: {new:,} new, {changed:,} changed, {gone:,} gone"
        yield from (f"{a.name}: {a.told}" for a in self.in_short())
        # The first stage that is another; those behind it are so because of it.
        code = next(filter(None, map(self.code, range(len(_FINGERPRINTS)))), None)
        if code and not any(_FINGERPRINTS[a.level] == code.name for a in self.altered):
            yield f"code of {code.name}: {code.told}"

    def _altered(self) -> Iterator[Altered]:
        yield from self._steps()
        one, two = (told.get("config", {}) for told in (self.before, self.after))
        for name, level in _SECTIONS.items():
            yield from _section(name, one.get(name, {}), two.get(name, {}), level)
        first, second = self.thresholds
        for rule in {**first, **second}:
            old, new = first.get(rule), second.get(rule)
            if old != new:
                yield Altered("rule", f"judge.{rule}", _limits_told(old, new), JUDGE)
        for key in sorted(_named(self.before).keys() | _named(self.after).keys()):
            if _named(self.before).get(key) != _named(self.after).get(key):
                yield Altered("rule", key, "other files", _NAMED.get(key.partition(".")[0], PREPARE))
        libraries = [told.get("libraries", {}) for told in (self.before, self.after)]
        for name in sorted(libraries[0].keys() | libraries[1].keys()):
            versions = [found.get(name) or "none" for found in libraries]
            if versions[0] != versions[1]:
                yield Altered("library", name, " -> ".join(versions), _level_of_library(name))

    def _steps(self) -> Iterator[Altered]:
        first, second = (dict(told.get("steps", {})) for told in (self.before, self.after))
        for name in {**first, **second}:
            stage, _, rule = name.partition(".")
            level = STEPS.get(stage, PREPARE)
            if name not in second or name not in first:
                yield Altered("rule", name, "switched on" if name in second else "switched off", level)
                continue
            if first[name] != second[name]:
                yield Altered("rule", name, f"version {first[name]} -> {second[name]}", level)
            old, new = (_params(told, stage, rule) for told in (self.before, self.after))
            for told in _pairs(old, new):
                yield Altered("rule", name, told, level)
        for stage, level in STEPS.items():
            on = [told.get("config", {}).get(stage, {}).get("enabled", True) for told in (self.before, self.after)]
            if on[0] != on[1]:
                yield Altered("rule", stage, "switched on" if on[1] else "switched off", level)
            orders = [[name for name in found if name.startswith(f"{stage}.")] for found in (first, second)]
            both = set(orders[0]) & set(orders[1])
            yield from (
                Altered("rule", name, "moved", level) for name in _moved(*([n for n in o if n in both] for o in orders))
            )


def limits(threshold: Mapping[str, Any] | None, language: str | None) -> tuple[float, float]:
    """The least and the greatest value that a threshold (as in the config; None: there is none) lets through."""
    if threshold is None:
        return float("-inf"), float("inf")
    own = threshold.get("languages", {}).get(language or "", {})
    low, high = (own.get(side) if own.get(side) is not None else threshold.get(side) for side in ("min", "max"))
    return float("-inf") if low is None else low, float("inf") if high is None else high


def signals_of(name: str, columns: Collection[str]) -> set[str]:
    """Which of these columns the judge step `name` measures."""
    rule = name.partition(".")[2]
    declared: set[str] = set()
    if rule in steps.names("judge"):
        declared = set(steps.load("judge", rule).columns)
    signals = {column.removeprefix("signals.") for column in columns if column.startswith("signals.")}
    return {f"signals.{s}" for s in signals if s in declared or s == rule or s.startswith(f"{rule}_")}


def _files(told: Mapping[str, Any]) -> dict[str, str]:
    return {file["source"]: file["sha256"] for file in told.get("input", {}).get("files", [])}


def _named(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """The digests of the files that a config names, by key."""
    found: dict[str, list[str]] = {}
    for named in told.get("named", []):
        found.setdefault(named["key"], []).append(named["sha256"])
    return found


def _thresholds(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The rules of the judge that are on."""
    judge = told.get("config", {}).get("judge", {})
    if not judge.get("enabled"):
        return {}
    return {name: rule for name, rule in judge.get("rules", {}).items() if rule.get("enabled", True)}


def _limits_told(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        return "switched on" if old is None else "switched off"
    return ", ".join(_pairs(old, new))


def _params(told: Mapping[str, Any], stage: str, rule: str) -> dict[str, Any]:
    """The parameters of a step that the config names, but for its files: those are known by their digests."""
    switch = told.get("config", {}).get(stage, {}).get("steps", {}).get(rule)
    return dict(switch) if isinstance(switch, dict) else {}


def _section(name: str, one: Mapping[str, Any], two: Mapping[str, Any], level: int) -> Iterator[Altered]:
    on = [section.get("enabled", True) for section in (one, two)]
    if on[0] != on[1]:
        yield Altered("rule", name, "switched on" if on[1] else "switched off", level)
    elif on[0]:
        for told in _pairs(one, two, leave=("earlier", "key")):
            part = "near." if told.startswith("near.") else ""
            yield Altered("rule", f"{name}.{part}".rstrip("."), told.removeprefix(part), level)


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any], leave: tuple[str, ...] = ()) -> list[str]:
    """What differs between two trees, as `key.key old -> new`."""
    first, second = dict(_flat(old)), dict(_flat(new))
    return [
        f"{key} {_shown(first.get(key))} -> {_shown(second.get(key))}"
        for key in {**first, **second}
        if key not in leave and first.get(key) != second.get(key)
    ]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moved(old: list[str], new: list[str]) -> list[str]:
    """Which names do not stand in the same order: as few as make the rest agree, or nearly so."""
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stay = {name for block in blocks for name in old[block.a : block.a + block.size]}
    return [name for name in new if name not in stay]


def _level_of_library(name: str) -> int:
    return min((_FIRST_LEVEL[stage] for stage, names in RESULT_LIBRARIES.items() if name in names), default=PREPARE)
