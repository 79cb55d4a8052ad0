"""What a step is: a plain function over a page, with a version, parameters, a gate and cases.

A step lives in a file of its own, `pipeline/<stage>/<name>.py`, and is switched on by one line of the config. The
stage says what the function gives back:

    repair, clean   edit       (page, params) -> iterator of Edit     the engine applies them and writes the ledger
    describe        describe   (page, params) -> dict of columns      a column that is not known is left out
    judge           measure    (page, params) -> Signal               a number; the config holds the threshold
                               (texts, params) -> columns of numbers  the same for all pages of a batch at once

A step never changes a page. It says what it would change, and why.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

STAGES = ("repair", "clean", "describe", "judge")


class Params(BaseModel):
    """Parameters of a step: subclass it in the step's file; every field needs a default and a description.

    A field of type Path, or a list of them, names a file: it must be there when a run starts, and its digest is part of
    the recipe.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Edit(NamedTuple):
    """Replace `text[start:end]` (code points of the text that the step was given) by `after`."""

    start: int
    end: int
    after: str = ""
    label: str = ""
    score: float = 1.0
    evidence: str = ""


class Signal(NamedTuple):
    """What a measure found: a number for the `signals` columns, and what it rests on."""

    value: float | None
    evidence: str = ""


class Case(NamedTuple):
    """One example of a step. `want` is the text after the step (edit), the columns it gives (describe), or the
    interval (low, high) in which the value must lie (measure; of a batch measure a mapping of signals to intervals, None
    for a signal that is not applied). `given == want` is a page that must not change."""

    given: str
    want: Any
    url: str | None = None
    note: str = ""
    language: str | None = None
    """In judge: the language of the page."""


@dataclass
class Page:
    """One page on its way through a stage. Steps read it and leave it as it is.

    `lines` are split at line feeds only: NEL, form feed and the like are characters of their line.
    """

    text: str
    url: str | None = None
    site: str | None = None
    source: str = ""
    kind: str = "text"
    """What the source held: text, or html that the extract stage has made text of."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """What the source itself says of the page: fields of the HTML head or of the row (title, authors, ...)."""
    cleaned: str = ""
    """In describe and judge: the text as the clean stage left it. `text` is always the text before it."""
    columns: dict[str, Any] = field(default_factory=dict)
    """In describe and judge: the columns that earlier steps gave."""
    hits: list[int] = field(default_factory=list)
    """The lines that the gate of the step now running lets through; all non-blank lines for a step without a gate."""
    memo: dict[str, Any] = field(default_factory=dict)
    """Results that several steps of a page share, computed once by a pure function of the page."""
    cuts: dict[int, list[Edit]] = field(default_factory=dict)
    """What earlier steps of the clean stage cut out of lines, by line number, also of lines that go as a whole."""
    _lines: list[str] | None = None
    _labels: list[str] | None = None
    _repeats: list[float] | None = None
    _inside: list[float] | None = None
    _varies: list[bool] | None = None
    _sites: list[int] | None = None
    _words: list[int] | None = None
    _sentence: list[bool] | None = None

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    @cached_property
    def starts(self) -> list[int]:
        """Offset of each line in `text`, in code points."""
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line) + 1
        return starts

    @cached_property
    def filled(self) -> list[int]:
        """Numbers of the lines that are not blank."""
        return [i for i, line in enumerate(self.lines) if line and not line.isspace()]

    @property
    def labels(self) -> list[str]:
        """The label that earlier steps of the clean stage gave to each whole line; "" where none has yet."""
        if self._labels is None:
            self._labels = [""] * len(self.lines)
        return self._labels

    @property
    def words(self) -> list[int]:
        """Words per line; two characters of a script that writes no spaces count as one word."""
        if self._words is None:
            self._measure()
        return self._words or []

    @property
    def sentence(self) -> list[bool]:
        """Whether each line ends as a sentence does, closing quotes and brackets aside."""
        if self._sentence is None:
            self._measure()
        return self._sentence or []

    @property
    def repeats(self) -> list[float]:
        """Share of the site's other pages that carry each line (0.0 where the site is unknown or too small to tell)."""
        if self._repeats is None:
            self._repeats = [0.0] * len(self.lines)
        return self._repeats

    @property
    def inside(self) -> list[float]:
        """In what share of the site's pages with the line it stands amid text that is the page's own, for each line.

        A refrain or a table header does so, a footer does not. 0.0 where `repeats` is."""
        if self._inside is None:
            self._inside = [0.0] * len(self.lines)
        return self._inside

    @property
    def varies(self) -> list[bool]:
        """Whether the numbers in each line change from page to page of the site, the rest of the line being the same."""
        if self._varies is None:
            self._varies = [False] * len(self.lines)
        return self._varies

    @property
    def sites(self) -> list[int]:
        """On how many sites each line stands: 2, 3, 5, 10, 20, ... or more; 0 for one, and for a short line on fewer than
        five."""
        if self._sites is None:
            self._sites = [0] * len(self.lines)
        return self._sites

    def _measure(self) -> None:
        from pipeline.engine.columns import measure_lines

        self._words, self._sentence = measure_lines(self.lines)

    def after_cuts(self, i: int) -> str:
        """Line `i` without what the clean stage cut out of it."""
        line, start = self.lines[i], self.starts[i]
        for edit in sorted(self.cuts.get(i, ()), reverse=True):
            line = line[: edit.start - start] + edit.after + line[edit.end - start :]
        return line

    def drop(self, i: int, label: str, evidence: str = "", score: float = 1.0) -> Edit:
        """The edit that takes out line `i` whole."""
        start = self.starts[i]
        return Edit(start, start + len(self.lines[i]), "", label, score, evidence)

    def cut(
        self, i: int, a: int, b: int, after: str = "", label: str = "", evidence: str = "", score: float = 1.0
    ) -> Edit:
        """The edit that replaces characters [a, b) of line `i`."""
        start = self.starts[i]
        return Edit(start + a, start + b, after, label, score, evidence)


@dataclass
class Texts:
    """The cleaned texts of a batch, for steps that measure all of them at once."""

    column: pa.Array
    """Large strings, none of them null."""
    languages: Sequence[str | None] = ()
    scripts: Sequence[str | None] = ()
    urls: Sequence[str | None] = ()
    memo: dict[str, Any] = field(default_factory=dict)
    """Results that several steps share, computed once by a pure function of the texts."""

    def __len__(self) -> int:
        return len(self.column)


@dataclass
class Lines:
    """The distinct lines of a batch, for gates that look at all of them at once."""

    column: pa.Array
    """Large strings."""
    words: np.ndarray
    sentence: np.ndarray
    """As `Page.words` and `Page.sentence`."""
    memo: dict[str, Any] = field(default_factory=dict)
    """Results that several gates share, computed once by a pure function of the lines."""

    @cached_property
    def sizes(self) -> np.ndarray:
        """Characters of each line."""
        return np.asarray(pc.utf8_length(self.column).to_numpy(zero_copy_only=False))


StepFunction = Callable[..., Any]
Signs = tuple[tuple[int, str], ...]
"""Sets of characters, as in the brackets of an expression but without escapes, each with the number of them that must
stand in a row: 1, 2 or 4."""
Gate = str | Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Step:
    """A registered step, bound to its parameters."""

    name: str
    version: int
    run: StepFunction
    params: Params
    gate: Gate | None
    signs: Signs | None
    doc: str
    cases: tuple[Case, ...] = ()
    batch: bool = False
    """Whether `run` takes all pages of a batch at once and gives the edits of each, or the columns of all."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The signals that a judge step measures, and what each is."""

    def edits(self, page: Page) -> list[Edit]:
        """What an edit step would change on one page."""
        if self.batch:
            return list(next(iter(self.run([page], self.params))))
        return list(self.run(page, self.params) or ())

    def described(self, pages: Sequence[Page]) -> list[dict[str, Any]]:
        """The columns that a describe step gives each page."""
        if self.batch:
            return list(self.run(pages, self.params))
        return [self.run(page, self.params) for page in pages]

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """The files that the parameters name, each with the name of its parameter."""
        for name in type(self.params).model_fields:
            value = getattr(self.params, name)
            for path in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(path, Path):
                    yield name, path

    @cached_property
    def stage(self) -> str:
        return self.name.partition(".")[0]

    @cached_property
    def rule(self) -> str:
        return self.name.partition(".")[2]


def step(
    name: str,
    *,
    version: int,
    params: type[Params] = Params,
    gate: Gate | None = None,
    signs: Signs | None = None,
    batch: bool = False,
    columns: Mapping[str, str] | None = None,
) -> Callable[[StepFunction], StepFunction]:
    """Declare a function to be the step `name` ("stage.rule", the path of its file).

    `gate` is an RE2 pattern (case-insensitive, one pass over all lines of a batch): in clean the step runs only on
    pages with a line that matches, and finds those lines in `page.hits`; in repair only on pages whose text matches.
    It may also be a function: in clean one that tells of all lines of a batch at once which the step is to look at (see
    `pipeline/clean/_scan.py` for those), in repair one that tells it of a column of texts. It must match wherever the step could act: a gate saves time, it never decides.

    `signs` is a gate before the gate of a repair step: characters of which a text that the step could change has some,
    looked for on behalf of all steps in one pass.

    A clean step with `batch` takes the pages of a batch at once, and gives the edits of each in their order. It must say
    the same of a page whatever the others are. A describe step with `batch` takes them too, and gives the columns of each.
    A judge step with `batch` takes Texts and gives a float64 array for each
    signal of `columns`, which tells what each is; NaN where it is not applied.
    """

    def mark(run: StepFunction) -> StepFunction:
        declared = {
            "name": name,
            "version": version,
            "params": params,
            "gate": gate,
            "signs": signs,
            "batch": batch,
            "columns": columns,
        }
        run.declared = declared  # type: ignore[attr-defined]
        return run

    return mark


def load(stage: str, rule: str, params: Mapping[str, Any] | None = None) -> Step:
    """The step `stage.rule` with these parameters.

    Raises LookupError if there is no such step, pydantic.ValidationError if the parameters do not fit it.
    """
    if rule not in names(stage):
        raise LookupError(f"{stage}.{rule}")
    module = importlib.import_module(f"pipeline.{stage}.{rule}")
    run = getattr(module, rule)
    declared = run.declared
    return Step(
        name=declared["name"],
        version=declared["version"],
        run=run,
        params=declared["params"](**(params or {})),
        gate=declared["gate"],
        signs=declared["signs"],
        doc=(run.__doc__ or "").strip(),
        cases=tuple(getattr(module, "CASES", ())),
        batch=declared["batch"],
        columns=declared["columns"] or ({rule: _first_line(run)} if stage == "judge" else {}),
    )


def _first_line(run: StepFunction) -> str:
    return (run.__doc__ or "").strip().partition("\n")[0]


@cache
def names(stage: str) -> tuple[str, ...]:
    """The steps of a stage, by the files in its folder; modules with a leading underscore are helpers."""
    package = importlib.import_module(f"pipeline.{stage}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))
