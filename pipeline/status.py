"""How an output folder stands: the last good round, what failed since and why, what is at it now, what comes next.

Read from the record of the rounds; a Prefect server is asked only for the next round, and only if there is one to ask.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.config import ConfigError, Schedule
from pipeline.engine import rounds
from pipeline.engine.rounds import Round
from pipeline.engine.served import served
from pipeline.engine.store import last_run

RUNS = ("run", "judge")
_PATIENCE = 0.7
"""Seconds that a server has for its answer: who asks how things stand must not wait for one that hangs."""


@dataclass(frozen=True)
class Status:
    output: str
    good: Round | None
    """The last run or judgement that ended well."""
    failed: Sequence[Round]
    """What failed or was killed since something of its kind ended well, the oldest first."""
    running: Sequence[Round]
    release: dict[str, Any] | None
    """release.json of the newest release."""
    serve: dict[str, Any]
    """What the last `scutch serve` told of itself; empty if there was none."""
    served: bool
    """Whether it is alive."""
    next: datetime | None
    asked: str
    """Where `next` is from: `server`, `schedule`, or `paused` if somebody paused the rounds on the server."""

    @property
    def ok(self) -> bool:
        """Whether the last round of every kind ended well."""
        return not self.failed


def status(output: str | Path, schedule: Schedule) -> Status:
    """How an output stands. `schedule` is that of the config: for the next round where nobody serves.

    Raises ConfigError if nothing was ever run there.
    """
    from pipeline.release.layout import releases_of

    known = rounds.read(output)
    if not known:
        known = [_unrecorded(last_run(output, "make one with scutch run"))]
    serve, alive = served(output)
    alive = alive and bool(serve)  # else it is writing just now what it serves
    if alive:
        schedule = Schedule(**serve["schedule"])
    asked, due = _next(serve if alive else {}, schedule)
    releases = releases_of(output)
    good = [r for r in known if r.what in RUNS and r.state == "done"]
    return Status(
        output=str(output),
        good=good[-1] if good else None,
        failed=_failed_since(known),
        running=[r for r in known if r.state == "running"],
        release=releases[-1].told if releases else None,
        serve=serve,
        served=alive,
        next=due,
        asked=asked,
    )


def _unrecorded(told: dict[str, Any]) -> Round:
    """The run of an output that was made before rounds were recorded."""
    more = {"records": told["records"], "seconds": told["seconds"], "time": told["started"]}
    return Round(0, "run", told["started"], told["host"], 0, "done", "", more)


def _failed_since(known: Sequence[Round]) -> list[Round]:
    done: dict[str, int] = {}
    for r in known:
        if r.state == "done":
            done[_kind(r)] = r.number
    return [r for r in known if r.state in ("failed", "killed") and r.number > done.get(_kind(r), -1)]


def _kind(r: Round) -> str:
    return "run" if r.what in RUNS else f"{r.what} {r.told.get('to', '')}"


def _next(serve: dict[str, Any], schedule: Schedule) -> tuple[str, datetime | None]:
    """Where from and when the next round is due."""
    from pipeline.flows.timetable import timetable

    api = serve.get("api") or os.environ.get("PREFECT_API_URL")
    if serve and api:
        try:
            return _of_server(api, serve["deployment"])
        except (OSError, ValueError, KeyError, IndexError):
            pass  # none reachable, or not for us: by the schedule then
    try:
        return "schedule", timetable(schedule).next(datetime.now(UTC))
    except ConfigError:
        return "schedule", None


def _of_server(api: str, deployment: str) -> tuple[str, datetime | None]:
    told = _ask(f"{api}/deployments/name/{deployment}")
    if told["paused"]:
        return "paused", None
    ask = {
        "deployments": {"id": {"any_": [told["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "NEXT_SCHEDULED_START_TIME_ASC",
        "limit": 1,
    }
    due = _ask(f"{api}/flow_runs/filter", ask)[0]["next_scheduled_start_time"]
    return "server", datetime.fromisoformat(due)


def _ask(url: str, body: Any = None) -> Any:
    """The answer of a Prefect API. Its client would take longer to import than all else that `scutch status` does."""
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    elif user := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=_PATIENCE) as answer:
        return json.load(answer)
