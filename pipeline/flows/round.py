"""The flow `round`: what `scutch serve` runs on schedule. A run, then a release and its publication if they are asked for."""

from __future__ import annotations

import contextlib
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.states import Cancelled

from pipeline import config as configs
from pipeline.config import Config, ConfigError, Schedule
from pipeline.engine import rounds
from pipeline.engine.served import served
from pipeline.engine.store import Store
from pipeline.flows import notify
from pipeline.flows.clean import run_stages
from pipeline.flows.timetable import timetable
from pipeline.report import log


def on_failure(flow: Any, flow_run: Any, state: Any) -> None:
    """Say that a round failed or crashed, here and to the blocks of schedule.on_failure. Never raises."""
    told = flow_run.parameters
    schedule: Schedule | None = None
    try:
        folder = Path(told.get("folder") or ".")
        config = configs.load(told.get("config"), told.get("overrides") or [], signals=False)
        schedule, output = config.schedule, str(folder / config.output)
    except ConfigError:  # it may be why the round failed: then by what was served
        output = told.get("output") or "output"
        if told_by := served(output)[0]:
            schedule = Schedule(**told_by["schedule"])
    tell(schedule, output, _reason(state))


def tell(schedule: Schedule | None, output: str, reason: str) -> None:
    """Say that the last round of an output failed, here and to the blocks of a schedule. Never raises."""
    known = [r.number for r in rounds.read(output)]
    name = f"round {known[-1]}" if known else "round"
    log(f"{name} failed: {reason}")
    text = (
        f"The {name} of {output} on {platform.node()} failed: {reason}\n"
        "What stood there before stands there still.\n"
        f"More: scutch status {output}"
    )
    for problem in notify.send(schedule, f"scutch: {name} of {output} failed", text) if schedule else ():
        log(f"could not tell {problem}")


def _reason(state: Any) -> str:
    text = " ".join((state.message or state.name).split())
    for prefix in ("Flow run encountered an exception: ", "ConfigError: "):
        text = text.removeprefix(prefix)
    if text.startswith("Process exited"):
        text = text.partition(". ")[0]  # what follows is about what may have been the reason
    return text[:500]


@flow(
    name="round",
    description="Run, release and publish, each if it is due",
    persist_result=False,
    on_failure=[on_failure],
    on_crashed=[on_failure],
)
def round(  # noqa: A001
    config: str | None = None,
    overrides: list[str] | None = None,
    folder: str | None = None,
    output: str | None = None,
) -> Any:
    """One round, by what the config says now.

    `config` is the path of a config file, `overrides` are key=value pairs, both from the working directory `folder`
    (default: that of the process). `output` is where a round is recorded whose config cannot be read.
    """
    with contextlib.chdir(folder or "."):
        try:
            settings = configs.load(config, overrides or [], signals=False)
        except ConfigError as error:
            if output:
                rounds.failed(output, "run", error)
            raise
        if _is_busy(settings.output):
            log("round left out: another run is at it")
            return Cancelled(message="Another run is writing the output.")
        _round(settings)
    return None


def _round(settings: Config) -> None:
    log(f"round began: {settings.input} -> {settings.output}")
    run = run_stages(settings)
    records = run.summary["records"]
    log(
        f"round ended: {records['in']:,} records in, {records['kept']:,} kept; "
        f"{run.fresh['clean']:,} pages cleaned anew; {run.summary['seconds']:.1f} s"
    )
    if settings.schedule.release:
        _release(settings)
    problems = [problem for target in settings.schedule.publish if (problem := _publish(settings.output, target))]
    with contextlib.suppress(ConfigError):  # a work pool has a schedule of its own
        due = timetable(settings.schedule).next(datetime.now(UTC))
        log(f"next round {due:%Y-%m-%d %H:%M:%S %Z}" if due else "no further round is due")
    if problems:
        raise problems[0]


def _release(settings: Config) -> None:
    from pipeline.release.layout import releases_of
    from pipeline.release.make import make

    before = {release.version for release in releases_of(settings.output)}
    release = make(settings.output, settings=settings)
    new = release.version not in before
    log(f"release {release.version} is there" if new else f"nothing changed since release {release.version}")


def _publish(output: str, target: str) -> Exception | None:
    """Publish the newest release, unless the record says that it lies there already; gives what went wrong, so that other
    targets still get theirs."""
    from pipeline.publish import publish
    from pipeline.release.layout import releases_of

    releases = releases_of(output)
    if not releases:
        return None
    newest, where = releases[-1], _without_secrets(target)
    done = {
        (r.told.get("version"), r.told.get("to"))
        for r in rounds.read(output)
        if (r.what, r.state) == ("publish", "done")
    }
    if (newest.version, where) in done:
        return None
    try:
        with rounds.recorded(output, "publish") as told:
            told |= {"version": newest.version, "to": where}
            publish(newest.folder, target)
    except Exception as error:
        log(f"could not publish release {newest.version} at {where}: {rounds.reason_of(error)}")
        return error
    log(f"release {newest.version} is published at {where}")
    return None


def _without_secrets(url: str) -> str:
    """A URL without user name and password, for the record."""
    scheme, found, rest = url.partition("://")
    return f"{scheme}{found}{rest.rpartition('@')[2]}" if found and "@" in rest.partition("/")[0] else url


def _is_busy(output: str) -> bool:
    """Whether a run has the output to itself. Raises ConfigError if it cannot be written."""
    store = Store(output)
    store.prepare()
    try:
        with store.lock():
            return False
    except ConfigError:
        return True
