"""Rounds on a schedule, for real: a Prefect server, `scutch serve`, files that come, change and go, kills and restarts."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from pipeline import config as configs
from pipeline.config import ConfigError, Schedule
from pipeline.engine import rounds
from pipeline.engine.served import served
from pipeline.flows import notify
from pipeline.flows.timetable import Timetable, timetable
from pipeline.release.layout import open_release, releases_of
from pipeline.status import status
from tests import runs

TOWN = "The lighthouse at {0} has been dark for nine years, and the council of {0} means to light it again by {1}."
MORE = "Keeper {1} of {0} says that the lamp of number {2} was never meant to burn for so long, and that oil was cheap then."
QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}


def pages(name: str, n: int, *, copies_of: str | None = None) -> list[dict[str, Any]]:
    """Pages of one site with a template around each; the first ten are those of another site if it is named."""
    made = []
    for k in range(n):
        of = copies_of if copies_of and k < 10 else name
        body = [TOWN.format(of, f"spring {k}")] + [MORE.format(of, k * 7 + j, j * 31 + k) for j in range(6)]
        text = "\n".join(
            [f"Home | {name} Courier | Jobs | Notices", *body, f"© 2026 {name} Courier. All rights reserved."]
        )
        made.append({"id": f"{name}-{k}", "url": f"https://{name.lower()}.example/{k}", "text": text})
    return made


def wait_for(what: str, found: Callable[[], Any], patience: float = 120) -> Any:
    """What `found` gives, as soon as it gives anything."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {patience:.0f} s in vain: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A Prefect server that can be killed and started again, at the same address and with the same database."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.env = {**os.environ, **QUIET, "PREFECT_HOME": str(home), "PREFECT_RUNNER_POLL_FREQUENCY": "1"}
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL)
        wait_for("the Prefect server", self.answers, 200)

    def answers(self) -> bool:
        try:
            return self.ask("health") is True
        except OSError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, {"Content-Type": "application/json"})
        for patience in range(20):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:  # its SQLite may be locked, and then it says so
                if error.code != 503 or patience == 19:
                    raise
                time.sleep(0.5)
        return None


class Desk(BaseHTTPRequestHandler):
    """A webhook: keeps what it is sent."""

    told: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    made = Server(home)
    yield made
    made.kill()


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    told: list[dict[str, Any]] = []
    http = HTTPServer(("127.0.0.1", 0), type("OneDesk", (Desk,), {"told": told}))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/alarm", told
    http.shutdown()


@contextlib.contextmanager
def serving(folder: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`scutch serve` in a folder with a config.yaml, its words in serve.log; whatever lives at the end is killed."""
    env = {**env, "PYTHONPATH": str(Path(configs.__file__).parent.parent)}
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*runs.SCUTCH, "serve"], cwd=folder, env=env, stderr=log, stdout=log, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        process.kill()
        process.wait()


def save_webhooks(env: dict[str, str], **urls: str) -> None:
    """Have a Prefect server know webhooks by name."""
    lines = ["from prefect.blocks.notifications import CustomWebhookNotificationBlock as Webhook"]
    body = {"subject": "{{subject}}", "text": "{{body}}"}
    for name, url in urls.items():
        lines.append(f"Webhook(name={name!r}, url={url!r}, json_data={body!r}).save({name!r}, overwrite=True)")
    subprocess.run([sys.executable, "-c", "\n".join(lines)], env=env, check=True, timeout=120)


def kill_all(pid: int) -> None:
    """kill -9 a process and what it started."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(family, 30)


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM to `scutch serve`: its exit code. Its Prefect server must go with it."""
    family = psutil.Process(process.pid).children(recursive=True)
    own = [one for one in family if "server" in one.cmdline()]
    process.terminate()
    code = process.wait(100)
    assert not psutil.wait_procs(own, 1)[1], "its server outlived it"
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    return code


def ended(output: Path, number: int) -> rounds.Round | None:
    return next((r for r in rounds.read(output) if r.number == number and r.state != "running"), None)


@pytest.mark.timeout(290)
def test_rounds_survive_kills_and_restarts_and_give_what_one_full_run_gives(
    server: Server, desk: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, alarms = desk
    env = {**server.env, "PREFECT_API_URL": server.url}
    save_webhooks(env, desk=url, dead=f"http://127.0.0.1:{free_port()}/nobody")
    raw, out = tmp_path / "raw", tmp_path / "out"
    settings = {
        "input": "raw",
        "output": "out",
        "workers": 2,
        "ingest": {"shard_mb": 0.03},
        "schedule": {"cron": "0 0 29 2 *", "on_failure": ["custom-webhook/dead", "custom-webhook/desk"]},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for name in ("Vellmar", "Skerry", "Osthaven"):
        runs.write_jsonl(raw / f"{name}.jsonl", pages(name, 60))

    with serving(tmp_path, env) as process:
        deployment = wait_for("scutch serve", lambda: served(out)[0].get("api") and deployment_of(server, out))

        def begin(n: int = 1) -> list[str]:
            return [server.ask(f"deployments/{deployment}/create_flow_run", {})["id"] for _ in range(n)]

        # Round 1: all of it.
        begin()
        wait_for("round 1", lambda: ended(out, 1))
        assert [r.state for r in rounds.read(out)] == ["done"], (tmp_path / "serve.log").read_text()

        # Files come, change and go; round 2 is killed at work, with its workers.
        runs.write_jsonl(raw / "Nordkai.jsonl", pages("Nordkai", 60, copies_of="Vellmar"))
        runs.write_jsonl(raw / "Skerry.jsonl", pages("Skerry", 80))
        (raw / "Osthaven.jsonl").unlink()
        before = set((out / ".work" / "prepare").iterdir())
        (flow_run,) = begin()
        wait_for("work of round 2", lambda: set((out / ".work" / "prepare").iterdir()) - before or ended(out, 2))
        kill_all(rounds.read(out)[-1].pid)
        assert rounds.read(out)[-1].state == "killed"
        wait_for("the crash on the server", lambda: server.ask(f"flow_runs/{flow_run}")["state"]["type"] == "CRASHED")
        said = runs.scutch("status", "out", code=1, cwd=tmp_path, env=env | path()).stdout
        assert "last good round 1 (run)" in said, said
        assert "killed    round 2 (run)" in said, said
        wait_for("the alarm", lambda: alarms)
        assert "round 2" in alarms[0]["subject"]
        assert str(out) in alarms[0]["text"], alarms

        # Round 3: the server dies in it, and is started again.
        begin()
        wait_for("round 3", lambda: rounds.read(out)[-1].number == 3)
        server.kill()
        server.start()
        assert wait_for("the end of round 3", lambda: ended(out, 3)).state == "done", (
            tmp_path / "serve.log"
        ).read_text()

        # Round 4: asked for twice at once, and run once.
        runs.write_jsonl(raw / "Tidebank.jsonl", pages("Tidebank", 40))
        (raw / "Vellmar.jsonl").rename(raw / "Moved.jsonl")
        wait_for("the end on the server", lambda: not busy(server, deployment))
        twins = begin(2)
        states = wait_for("the twins", lambda: ends_of(server, twins))
        assert sorted(states) == ["CANCELLED", "COMPLETED"], states
        assert wait_for("the end of round 4", lambda: ended(out, 4)).state == "done"
        runs.scutch("status", "out", cwd=tmp_path, env=env | path())

        # Round 5: somebody has broken the config.
        (tmp_path / "config.yaml").write_text("schedul: {}\n", encoding="utf-8")
        begin()
        failed = wait_for("round 5", lambda: ended(out, 5))
        assert (failed.state, failed.reason) == ("failed", "schedul: no such key; did you mean schedule?")
        wait_for("the second alarm", lambda: len(alarms) > 1)
        assert "round 5" in alarms[1]["subject"]
        assert failed.reason in alarms[1]["text"]
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        wait_for("its end on the server", lambda: not busy(server, deployment))

        assert stop(process) == 0
        log = (tmp_path / "serve.log").read_text()
        assert "could not tell custom-webhook/dead" in log
        assert "Traceback" not in log, log

    known = [(r.number, r.state) for r in rounds.read(out)]
    assert known == [(1, "done"), (2, "killed"), (3, "done"), (4, "done"), (5, "failed")]
    lines = [json.loads(line) for line in (out / "rounds.jsonl").read_text().splitlines()]
    assert [(line["round"], line["event"]) for line in lines] == [(n, e) for n, _ in known for e in ("begin", "end")]
    given = sorted(p["id"] for path in raw.iterdir() for p in map(json.loads, path.read_text().splitlines()))
    assert sorted(r["record"] for name in ("documents", "rejected") for r in runs.rows(out, name)) == given
    runs.scutch("run", "--plain", "--output", tmp_path / "fresh", cwd=tmp_path, env={**os.environ, **path()})
    assert runs.digests(out) == runs.digests(tmp_path / "fresh")


@pytest.mark.timeout(290)
def test_serve_brings_its_own_server_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    out, port = tmp_path / "out", free_port()
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"} | QUIET
    env |= {
        "PREFECT_HOME": str(tmp_path / "home"),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    schedule = {"interval": "5s", "release": True, "publish": ["shelf"]}
    settings = {"input": "raw", "output": "out", "workers": 1, "schedule": schedule}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    runs.write_jsonl(tmp_path / "raw" / "pages.jsonl", pages("Vellmar", 20))

    def done(what: str = "run") -> int:
        return max((r.number for r in rounds.read(out) if (r.what, r.state) == (what, "done")), default=0)

    with serving(tmp_path, env) as process:
        wait_for("a first round", lambda: done("publish"), 240)
        first = open_release(out / "releases" / "latest")
        assert open_release(tmp_path / "shelf" / first.version).told == first.told
        said = runs.scutch("serve", code=2, cwd=tmp_path, env=env | path()).stderr
        assert "served already" in said
        began = wait_for(
            "a round that is at it", lambda: next((r for r in rounds.read(out) if r.state == "running"), None)
        )
        (own,) = [child for child in psutil.Process(process.pid).children() if "server" in child.cmdline()]
        process.kill()
        process.wait()
        kill_all(began.pid)
    assert rounds.read(out)[-1].state == "killed"
    assert not served(out)[1]
    try:
        with serving(tmp_path, env) as process:
            last = rounds.read(out)[-1].number
            # Long before the lease of the killed round would end, which is five minutes.
            wait_for("a round after the kill", lambda: done() > last, 100)
            own.kill()
            last = (
                wait_for("a server of its own", lambda: "starting it again" in (tmp_path / "serve.log").read_text())
                and done()
            )
            wait_for("a round after the kill of the server", lambda: done() > last, 150)
            assert stop(process) == 0
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            own.kill()
    # Rounds that changed nothing made nothing, and sent nothing.
    assert [r.told["new"] for r in rounds.read(out) if (r.what, r.state) == ("release", "done")][:2] == [True, False]
    assert len([r for r in rounds.read(out) if r.what == "publish"]) == 1
    assert [release.version for release in releases_of(out)] == [first.version]


def path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(configs.__file__).parent.parent)}


def deployment_of(server: Server, output: Path) -> str | None:
    name = served(output)[0]["deployment"]
    with contextlib.suppress(OSError):
        return str(server.ask(f"deployments/name/{name}")["id"])
    return None


def ends_of(server: Server, flow_runs: list[str]) -> list[str]:
    states = [server.ask(f"flow_runs/{one}")["state"]["type"] for one in flow_runs]
    return states if not {"SCHEDULED", "PENDING", "RUNNING"} & set(states) else []


def busy(server: Server, deployment: str) -> bool:
    ask = {
        "deployments": {"id": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}},
    }
    return bool(server.ask("flow_runs/filter", ask))


# The schedule, without a server


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["cron=null"], "schedule.cron, schedule.interval and schedule.rrule: none given"),
        (["cron=5 4 * * *", "interval=6h"], "schedule.cron and schedule.interval: both given"),
        (["cron=0 25 * * *"], "schedule.cron: '0 25 * * *' is no cron line"),
        (["cron='* * * * * *'"], "schedule.cron"),
        (["interval=6x"], "schedule.interval: '6x' is no interval; write it as 10s"),
        (["interval=0s"], "schedule.interval"),
        (["rrule=FREQ=NEVER"], "schedule.rrule: 'FREQ=NEVER' is no rule"),
        (["rrule=FREQ=MINUTELY"], "schedule.rrule"),
        (["timezone=Vellmar/Harbour"], "schedule.timezone: no such zone 'Vellmar/Harbour'"),
    ],
)
def test_a_wrong_schedule_names_its_key(keys: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        timetable(configs.load(None, [f"schedule.{key}" for key in keys], signals=False).schedule)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_interval_of_ones_own_replaces_the_cron_line_that_ships() -> None:
    table = timetable(configs.load(None, ["schedule.interval=6h"], signals=False).schedule)
    assert (table.kind, table.text) == ("interval", "6h")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("cron", "0 3 * * *"),
        ("cron", "*/20 1-4 * * *"),
        ("cron", "0 12 1 */2 mon"),
        ("interval", "6h"),
        ("interval", "90m"),
        ("interval", "7s"),
        ("rrule", "FREQ=MONTHLY;BYDAY=1SU"),
        ("rrule", "FREQ=WEEKLY;BYDAY=TU,FR;BYHOUR=9;BYMINUTE=30;BYSECOND=0"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_next_is_what_prefect_schedules(kind: str, text: str, zone: str) -> None:
    """Also over the days on which the clocks change."""
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    from pipeline.flows.serve import schedule_of

    table = Timetable(kind, text, zone)
    ours = schedule_of(table)
    theirs = {
        "cron": lambda: CronSchedule(cron=ours.cron, timezone=zone),
        "interval": lambda: IntervalSchedule(interval=ours.interval, anchor_date=ours.anchor_date, timezone=zone),
        "rrule": lambda: RRuleSchedule(rrule=ours.rrule, timezone=zone),
    }[kind]()
    for now in (
        datetime(2026, 3, 7, 23, 59, 30, tzinfo=UTC),
        datetime(2026, 3, 28, 12, 0, 1, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 10, tzinfo=UTC),
        datetime(2026, 11, 22, 12, 34, 56, 789, tzinfo=UTC),
    ):
        (due,) = asyncio.run(theirs.get_dates(1, start=now))
        found = table.next(now)
        assert found is not None
        assert found.astimezone(UTC) == due.astimezone(UTC), now


# The record


def test_a_round_is_on_record_with_its_end_and_its_reason(tmp_path: Path) -> None:
    with rounds.recorded(tmp_path, "run") as told:
        assert [(r.state, r.pid) for r in rounds.read(tmp_path)] == [("running", os.getpid())]
        told["records"] = {"in": 3}
    with pytest.raises(OSError, match="disk"), rounds.recorded(tmp_path, "release"):
        raise OSError(28, "no room\non this disk")
    with pytest.raises(KeyboardInterrupt), rounds.recorded(tmp_path, "run"):
        raise KeyboardInterrupt
    rounds.failed(tmp_path, "run", ConfigError("input: gone"))
    known = rounds.read(tmp_path)
    assert [(r.number, r.what, r.state) for r in known] == [
        (1, "run", "done"),
        (2, "release", "failed"),
        (3, "run", "failed"),
        (4, "run", "failed"),
    ]
    assert known[0].told["records"] == {"in": 3}
    assert [r.reason for r in known] == ["", "[Errno 28] no room on this disk", "stopped by hand", "input: gone"]
    assert sorted(path.name for path in (tmp_path / ".rounds").iterdir()) == ["record"]


def test_a_killed_round_is_seen_without_being_told(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pipeline.engine import rounds
from pipeline.engine.served import served
from pipeline.flows import notify
from pipeline.flows.timetable import Timetable, timetable
from pipeline.release.layout import open_release, releases_of
from pipeline.status import status
with rounds.recorded({str(tmp_path)!r}, "run"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ, **path()})
    assert done.returncode == -signal.SIGKILL
    assert [(r.state, r.reason) for r in rounds.read(tmp_path)] == [("killed", rounds.KILLED)]
    with rounds.recorded(tmp_path, "run"):
        pass
    events = [(line["round"], line["event"]) for line in map(json.loads, (tmp_path / "rounds.jsonl").open())]
    assert events == [(1, "begin"), (1, "end"), (2, "begin"), (2, "end")]
    assert [r.state for r in rounds.read(tmp_path)] == ["killed", "done"]


def test_the_record_stands_a_torn_line_and_a_clock_that_jumps_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rounds.recorded(tmp_path, "run"):
        pass
    with (tmp_path / "rounds.jsonl").open("a") as file:
        file.write('{"round": 2, "event": "be')
    monkeypatch.setattr(rounds, "now", lambda: "1999-12-31T23:59:59+00:00")
    with rounds.recorded(tmp_path, "run"):
        pass
    assert [(r.number, r.state) for r in rounds.read(tmp_path)] == [(1, "done"), (2, "done")]
    assert status(tmp_path, SCHEDULE).good == rounds.read(tmp_path)[-1]


def test_the_record_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "KEPT", 5)
    for _ in range(17):
        with rounds.recorded(tmp_path, "run"):
            pass
    known = [r.number for r in rounds.read(tmp_path)]
    assert known[-5:] == [13, 14, 15, 16, 17]
    assert len(known) <= 11


# Status, the work pool


SCHEDULE = Schedule(
    cron="0 3 * * *", interval=None, rrule=None, timezone="UTC", release=False, publish=[], on_failure=[], email=None
)


def test_status_tells_what_failed_since(tmp_path: Path) -> None:
    with rounds.recorded(tmp_path, "run") as told:
        told["records"] = {"in": 3, "kept": 2}
    rounds.failed(tmp_path, "release", ConfigError("contract: too few pages"))
    with rounds.recorded(tmp_path, "run"):
        pass
    found = status(tmp_path, SCHEDULE)
    assert not found.ok
    assert [(r.number, r.reason) for r in found.failed] == [(2, "contract: too few pages")]
    assert (found.good and found.good.number, found.asked, found.served) == (3, "schedule", False)
    assert found.next is not None
    assert found.next > datetime.now(UTC)
    with rounds.recorded(tmp_path, "release"):
        pass
    assert status(tmp_path, SCHEDULE).ok


def test_status_of_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    said = runs.scutch("status", tmp_path, code=2).stderr
    assert said == f"scutch: {tmp_path}: no finished run there; make one with scutch run\n"


def test_status_needs_no_prefect(tmp_path: Path) -> None:
    with rounds.recorded(tmp_path, "run"):
        pass
    code = f"""
import sys
sys.argv = ["scutch", "status", {str(tmp_path)!r}]
from pipeline.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0
assert "prefect" not in sys.modules
"""
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, **path()}, capture_output=True, cwd=tmp_path
    )


def test_blocks_that_cannot_notify_are_named() -> None:
    if importlib.util.find_spec("prefect_email") is None:
        schedule = SCHEDULE.model_copy(
            update={"on_failure": ["email-server-credentials/desk"], "email": "a@desk.example"}
        )
        with pytest.raises(ConfigError, match="needs prefect-email; pip install prefect-email"):
            notify.load(schedule)
        assert notify.send(schedule, "subject", "text") != []


def test_the_deployment_for_a_work_pool_is_the_round() -> None:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.flows import load_flow_from_entrypoint

    top = Path(configs.__file__).parent.parent
    (deployment,) = yaml.safe_load((top / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    file, name = deployment["entrypoint"].split(":")
    flow = load_flow_from_entrypoint(f"{top / file}:{name}")
    assert flow.name == "round"
    assert set(deployment["parameters"]) <= set(flow.parameters.properties)
    flow.validate_parameters(deployment["parameters"])
    limit = ConcurrencyLimitConfig.model_validate(deployment["concurrency_limit"])
    assert (limit.limit, limit.collision_strategy) == (1, "CANCEL_NEW")
    timetable(SCHEDULE.model_copy(update={"cron": deployment["schedules"][0]["cron"]}))
