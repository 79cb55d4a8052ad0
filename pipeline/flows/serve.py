"""`scutch serve`: rounds on the schedule of the config, for as long as the process lives."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import config as configs
from pipeline.config import Config, ConfigError
from pipeline.engine import rounds
from pipeline.engine.served import serving
from pipeline.engine.store import Store
from pipeline.flows import server
from pipeline.flows.timetable import ANCHOR, Timetable, seconds, timetable
from pipeline.report import log

# A round outlives a server that is away for four minutes: its calls are tried again after 2, 4, ... 128 seconds. What
# Prefect has to say goes to its server; here we say it ourselves, in a line.
_SETTINGS = {"PREFECT_CLIENT_MAX_RETRIES": "7", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}

_GONE = "its process is gone, and so is the scutch serve that started it"


def serve(config_file: str | None, overrides: Sequence[str]) -> None:
    """Serve rounds until this process is told to stop (SIGTERM or SIGINT): each by what the config says by then.

    Raises ConfigError if the schedule is wrong, a block of schedule.on_failure is not there, the output cannot be written
    or is served already, or there is no Prefect server and none can be started.
    """
    config = configs.load(config_file, overrides, signals=False)
    table = timetable(config.schedule)
    Store(config.output).prepare()
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    name = name_of(config.output)
    told = {"deployment": f"round/{name}", "schedule": config.schedule.model_dump()}
    parameters = {
        "config": str(Path(config_file).absolute()) if config_file else None,
        "overrides": list(overrides),
        "folder": str(Path.cwd()),
        "output": str(Path(config.output).absolute()),
    }
    signal.signal(signal.SIGTERM, _leave)
    with serving(config.output, told) as tell, server.reachable(log) as url:
        tell(api=url)
        _serve(config, table, name, parameters, url)


def _leave(*_: object) -> None:
    """SIGTERM while no round can be at it: end, and take along the server that was started."""
    sys.exit(0)


def name_of(output: str) -> str:
    """The name of the deployment that serves an output: the same after every restart, another one for every folder."""
    path = Path(output).resolve()
    return f"{path.name}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def _serve(config: Config, table: Timetable, name: str, parameters: dict[str, Any], url: str) -> None:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.runner import Runner

    from pipeline.flows import notify
    from pipeline.flows.round import round as flow

    limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    while True:
        try:
            notify.load(config.schedule)
            _bury(config, name)
            due = table.next(datetime.now(UTC))
            log(f"serving {config.output}: {table}; next round {f'{due:%Y-%m-%d %H:%M:%S %Z}' if due else 'never'}")
            # Without a limit here, rounds that were due while nobody served come at once: then the server lets one run,
            # and the others are cancelled. With one they would run one after another.
            runner = Runner(name=name, pause_on_shutdown=False, limit=None)
            runner.add_flow(
                flow, name=name, schedules=[schedule_of(table)], parameters=parameters, concurrency_limit=limit
            )
            asyncio.run(_until_stopped(runner))
        except ConfigError:
            raise
        except Exception as error:  # the server was away for longer than Prefect waits
            signal.signal(signal.SIGTERM, _leave)
            log(f"lost the Prefect server at {url}: {_innermost(error)}; waiting for it")
            server.wait(url)
            time.sleep(1)
        else:
            log("stopped")
            return


async def _until_stopped(runner: Any) -> None:
    """Run what the server has scheduled until SIGTERM or SIGINT; then stop the round that is at it, and end."""
    loop = asyncio.get_running_loop()
    stopping: list[asyncio.Task[None]] = []

    def stop(*_: object) -> None:
        if not stopping:
            log("stopping")
            stopping.append(loop.create_task(runner.astop()))

    # The runner's own handler would leave before the round has ended.
    runner.handle_sigterm = lambda *_: loop.call_soon_threadsafe(stop)
    loop.add_signal_handler(signal.SIGINT, stop)
    await runner.start()


def schedule_of(table: Timetable) -> Any:
    """A timetable as Prefect takes it."""
    from prefect.schedules import Cron, Interval, RRule

    if table.kind == "cron":
        return Cron(table.text, timezone=table.timezone)
    if table.kind == "rrule":
        return RRule(table.text, timezone=table.timezone)
    from zoneinfo import ZoneInfo

    anchor = ANCHOR.replace(tzinfo=ZoneInfo(table.timezone))
    return Interval(seconds(table.text), anchor_date=anchor, timezone=table.timezone)


def _bury(config: Config, name: str) -> None:
    """Have the server know that rounds are dead whose process went together with the one that served them.

    It would else hold their place for five minutes, and cancel every round meanwhile. A round that outlived its `scutch
    serve` is left to its work.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Crashed

    from pipeline.flows.round import tell

    if any(r.state == "running" for r in rounds.read(config.output)):
        return
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(f"round/{name}")
        except ObjectNotFound:
            return
        alive = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
        dead = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=alive)),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        )
        for flow_run in dead:
            client.set_flow_run_state(flow_run.id, Crashed(message=_GONE))
        if deployment.global_concurrency_limit:
            free = GlobalConcurrencyLimitUpdate(active_slots=0)
            client.update_global_concurrency_limit(deployment.global_concurrency_limit.name, free)
    if dead:
        tell(config.schedule, config.output, _GONE)


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return rounds.reason_of(error)
