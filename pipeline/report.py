"""What people see in the terminal: progress, the summary of a run, a page with its removed lines, the steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections import Counter

    import pandas as pd

    from pipeline.config import Config
    from pipeline.engine.ask import Found
    from pipeline.engine.rounds import Round
    from pipeline.engine.run import Run
    from pipeline.release.layout import Release
    from pipeline.status import Status

_WHAT = {
    "plan": "finding the input",
    "prepare": "decoding and repairing",
    "learn": "learning site templates",
    "clean": "cleaning and describing",
    "judge": "judging",
    "dedup": "finding duplicates",
    "write": "writing",
}


@contextmanager
def progress() -> Iterator[Callable[[str, int, int, int], None]]:
    """A progress bar in a terminal, a line per stage elsewhere. Gives the callback that a run reports to."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        tasks = {}
        begun: dict[str, float] = {}

        def show(stage: str, done: int, total: int, size: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_WHAT[stage], total=total, rate="")
                begun[stage] = time.monotonic()
            passed = time.monotonic() - begun[stage]
            rate = f"{size / 1e6 / passed:.1f} MB/s" if size and passed > 0.5 and stage != "plan" else ""
            bar.update(tasks[stage], completed=done, total=total, rate=rate)

        yield show


def note(text: str) -> None:
    """Say something on the way, beside the progress."""
    Console(stderr=True).print(text, style="dim", markup=False, highlight=False)


def _lines(console: Console) -> Callable[[str, int, int, int], None]:
    started = time.monotonic()

    def show(stage: str, done: int, total: int, size: int) -> None:
        passed = time.monotonic() - started
        unit = "files" if stage == "plan" else "shards"
        console.print(
            f"[{passed:6.1f} s] {_WHAT[stage]}: {done} of {total} {unit}, {size / 1e6:.1f} MB",
            markup=False,
            highlight=False,
        )

    return show


def summary(run: Run) -> None:
    """Print what a run did, in words and numbers that a person understands."""
    console = Console(soft_wrap=True)
    told = run.summary
    records = told["records"]
    console.print()
    console.print(
        f"[bold]{records['in']:,} records in[/]: [green]{records['kept']:,} kept[/], [yellow]{records['rejected']:,} rejected[/], "
        f"[red]{records['quarantined']:,} quarantined[/]",
        highlight=False,
    )
    _counts(console, "Why records were not kept", ("rule", "records"), told["reasons"])
    _counts(console, "What was taken out of the pages", ("label", "pieces"), told["labels"])
    for skipped in told["input"]["skipped"]:
        console.print(f"[yellow]not read[/] {escape(skipped['source'])}: {escape(skipped['reason'])}", highlight=False)
    for name, n in told["input"]["passed_over"].items():
        console.print(f"[dim]no page: {n:,} x {escape(name)}[/]", highlight=False)
    cost = told["cost"]
    rate = f", {cost['bytes'] / 1e6 / cost['cpu_s']:.1f} MB per CPU second" if cost["bytes"] > 1e6 else ""
    reused = told["pages"]["prepare"]["reused"]
    console.print(
        f"{told['chars']['in']:,} characters in, {told['chars']['kept']:,} kept; {told['lines']['ledger']:,} changes in the ledger; "
        f"{told['seconds']:.1f} s{rate if not reused else ''}",
        highlight=False,
    )
    if told["inputs"] is not None:
        inputs = told["inputs"]
        files = ", ".join(f"{len(inputs[what]):,} {what}" for what in ("added", "changed", "removed"))
        gone = f" ({', '.join(inputs['removed'][:3])}{', ...' if len(inputs['removed']) > 3 else ''})"
        cleaned = told["pages"]["clean"]
        console.print(
            f"[dim]since the last run: files {files}{escape(gone) if inputs['removed'] else ''}; "
            f"{cleaned['fresh']:,} pages cleaned anew, {cleaned['reused']:,} as they were[/]",
            highlight=False,
        )
    root = run.store.root
    console.print(
        f"Written to [bold]{escape(str(root))}[/]: documents, rejected, quarantine, records, ledger, run.json",
        highlight=False,
    )
    console.print(f"Ask about a page: scutch explain PAGE --output {escape(str(root))}", highlight=False)


def _counts(console: Console, title: str, heads: tuple[str, str], counts: dict[str, int]) -> None:
    if not counts:
        return
    table = Table(box=None, padding=(0, 2), title=title, title_justify="left", title_style="bold")
    table.add_column(heads[0])
    table.add_column(heads[1], justify="right")
    for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(escape(name), f"{n:,}")
    console.print(table)


def page(found: Found, *, only_changes: bool = False) -> None:
    """Print a page line by line, what was taken out in colour with its label, rule and evidence."""
    from pipeline.engine.ask import before_clean

    console = Console(soft_wrap=True)
    row = found.row
    verdict = {
        "documents": "[green]kept[/]",
        "rejected": "[yellow]rejected[/]",
        "quarantine": "[red]quarantined[/]",
    }[found.table]
    console.print(f"[bold]{escape(row['source'])}[/] {escape(row['record'] or '')}  {verdict}", highlight=False)
    for name in (
        "id",
        "url",
        "title",
        "authors",
        "published",
        "modified",
        "publisher",
        "language",
        "encoding",
        "repairs",
        "stage",
        "rule",
        "evidence",
        "duplicate_of",
        "similarity",
        "error",
    ):
        value = row.get(name)
        if value not in (None, [], ""):
            console.print(
                f"  [dim]{name:13}[/]{escape(', '.join(map(str, value)) if isinstance(value, list) else str(value))}",
                highlight=False,
            )
    if found.table == "quarantine":
        return
    console.print()
    text, repairs, cleaning = before_clean(found)
    for change in repairs:
        console.print(
            f"[cyan]~ {change.stage}.{change.rule}[/] {escape(_short(change.before))} [cyan]->[/] {escape(_short(change.after)) or '[dim](nothing)[/]'} [dim]{escape(change.evidence)}[/]",
            highlight=False,
        )
    if repairs:
        console.print()
    at = 0
    for change in cleaning:
        _kept(console, text[at : change.start], only_changes)
        for line in change.before.split("\n"):
            if line.strip():
                into = f" [cyan]-> {escape(change.after)}[/]" if change.after else ""
                console.print(
                    f"[red]- {escape(line)}[/]{into}  [magenta]{escape(change.label)}[/] [dim]{change.rule}: {escape(change.evidence)}[/]",
                    highlight=False,
                )
        at = change.end
    _kept(console, text[at:], only_changes)


def _kept(console: Console, text: str, hidden: bool) -> None:
    if not hidden:
        for line in text.split("\n"):
            if line.strip():
                console.print(f"  {line}", markup=False, highlight=False)


def _short(text: str, limit: int = 60) -> str:
    shown = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return shown if len(shown) <= limit else f"{shown[:limit]}..."


def survey(signals: pd.DataFrame, broken: Counter[str], pages: int) -> None:
    """Print how signals are spread over pages, and what rules would reject."""
    console = Console()
    if not console.is_terminal:
        console.width = 160
    table = Table(
        box=None, padding=(0, 1), title=f"Signals of {pages:,} pages", title_justify="left", title_style="bold"
    )
    table.add_column("signal", no_wrap=True)
    table.add_column("applied", justify="right", no_wrap=True)
    shares = [name for name in signals.columns if name != "applied"]
    for share in shares:
        table.add_column(f"{share:.0%}", justify="right", no_wrap=True)
    for name, row in signals.iterrows():
        table.add_row(
            str(name), f"{row['applied']:.0%}", *(f"{row[share]:.3g}" if row["applied"] else "" for share in shares)
        )
    console.print(table)
    _counts(console, "Pages that the rules would reject", ("rule", "pages"), dict(broken))


def steps(config: Config) -> None:
    """Print every step: name, version, on or off, what it is for, its parameters."""
    from pipeline import step as all_steps

    console = Console(soft_wrap=True)
    for stage in all_steps.STAGES:
        on = {s.rule: s for s in config.steps(stage)}
        names = [*on, *(n for n in all_steps.names(stage) if n not in on)]
        console.print(f"[bold]{stage}[/]", highlight=False)
        for name in names:
            one = on.get(name) or all_steps.load(stage, name)
            state = "[green]on [/]" if name in on else "[dim]off[/]"
            about = one.doc.split("\n")[0]
            console.print(f"  {state} {name:18} v{one.version}  {escape(about)}", highlight=False)
            for field, info in type(one.params).model_fields.items():
                console.print(
                    f"        [dim]{field} = {escape(repr(getattr(one.params, field)))}: {escape(info.description or '')}[/]",
                    highlight=False,
                )


def release(made: Release, output: str) -> None:
    """Print what a release holds, and what can be done with it."""
    console = Console(soft_wrap=True)
    told = made.told
    pages, languages = told["records"]["kept"], len(told["languages"])
    size = sum(file["bytes"] for file in told["files"])
    console.print(
        f"[bold]Release {escape(made.version)}[/]: {pages:,} pages in {languages} languages, {size / 1e6:,.1f} MB; "
        f"before it: {escape(told['previous'] or 'none')}",
        highlight=False,
    )
    console.print(f"Written to [bold]{escape(str(made.folder))}[/]: README.md is its card", highlight=False)
    where = "" if output == "output" else f" --output {escape(output)}"
    console.print(f"Look at it: scutch verify {made.version}{where}", highlight=False)
    if told["previous"]:
        console.print(f"What changed: scutch diff {told['previous']} {made.version}{where}", highlight=False)
    console.print(f"Publish it: scutch publish {made.version} --to URL{where}", highlight=False)


def log(text: str) -> None:
    """Say what happens in a process that runs for long: a line with the time, in the local zone."""
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {text}", file=sys.stderr, flush=True)  # noqa: T201


def status(found: Status) -> None:
    """Print how an output stands: a line for what is well, one for each thing that is not."""
    console = Console(soft_wrap=True)

    def line(name: str, text: str, style: str = "") -> None:
        shown = f"[{style}]{escape(text)}[/]" if style else escape(text)
        console.print(f"[dim]{name:10}[/]{shown}", highlight=False)

    line("output", found.output)
    line("last good", _good(found.good) if found.good else "none yet", "green" if found.good else "yellow")
    for r in found.failed:
        line(r.state, f"round {r.number} ({r.what}), {_when(r.began)}: {r.reason}", "red")
    for r in found.running:
        line("running", f"round {r.number} ({r.what}), since {_when(r.began)}, process {r.pid} on {r.host}", "cyan")
    if found.release:
        pages = found.release["records"]["kept"]
        line("release", f"{found.release['version']}, {pages:,} pages")
    due = "none" if found.next is None else f"{found.next.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    if found.asked == "paused":
        due = "none: the rounds are paused on the Prefect server"
    elif not found.served:
        due += " by the schedule, but no scutch serve is running here"
    line("next", due, "" if found.served and found.next else "yellow")
    if found.served:
        line(
            "served by",
            f"process {found.serve['pid']} on {found.serve['host']}, Prefect at {found.serve.get('api', '?')}",
        )


def _good(r: Round) -> str:
    records, seconds = r.told.get("records") or {}, r.told.get("seconds", 0)
    counts = f", {records['in']:,} records in, {records['kept']:,} kept" if records else ""
    return f"round {r.number} ({r.what}), {_when(r.told['time'])}{counts}, {seconds:.1f} s"


def _when(time_: str) -> str:
    return f"{datetime.fromisoformat(time_).astimezone():%Y-%m-%d %H:%M:%S}"
