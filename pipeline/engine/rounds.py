"""What was done to an output folder, and how it ended: a line when a round begins and one when it ends.

OUTPUT/rounds.jsonl          the record, the oldest first; the last 1,000 rounds
OUTPUT/.rounds/<number>      locked by the process of the round while that lives
OUTPUT/.rounds/record        locked while the record is written
OUTPUT/.rounds/serve         see served.py

A round is a run, a judgement, a release or a publication. One that began, did not end and holds its lock no more was
killed: nobody needs to be told of it for that to be seen. Rounds are ordered by their number, never by the clock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

KEPT = 1_000
"""Rounds that the record holds; twice as many while it has not been cut."""
KILLED = "its process is gone: killed, or the machine went down"

State = Literal["running", "done", "failed", "killed"]


@dataclass(frozen=True)
class Round:
    """One round: its two lines of the record together."""

    number: int
    what: str
    """run, judge, release or publish."""
    began: str
    """ISO 8601, UTC."""
    host: str
    pid: int
    state: State
    reason: str
    """Why it failed, in one line; empty where it did not."""
    told: dict[str, Any]
    """What it told at its end: records, seconds, reused, version and the like."""


def read(output: str | Path) -> list[Round]:
    """All rounds on record, the oldest first; without a record none. Raises OSError."""
    root = Path(output)
    begun, ends = _halves(root)
    dead = {number for number in begun if number not in ends and not is_held(_lock(root, number))}
    if dead:
        begun, ends = _halves(root)  # one that ended in between let its lock go after it had written its end
    return [_round(line, ends.get(number), number in dead) for number, line in begun.items()]


Line = dict[str, Any]


def _halves(root: Path) -> tuple[dict[int, Line], dict[int, Line]]:
    """The lines that begin and those that end a round, by its number."""
    halves: dict[str, dict[int, Line]] = {"begin": {}, "end": {}}
    for line in _lines(root):
        halves[line["event"]][line["round"]] = line
    return halves["begin"], halves["end"]


def _round(begun: dict[str, Any], end: dict[str, Any] | None, dead: bool) -> Round:
    if end is None:
        end = {"state": "killed", "reason": KILLED} if dead else {"state": "running"}
    told = {name: value for name, value in end.items() if name not in ("round", "event", "state", "reason")}
    return Round(
        begun["round"],
        begun["what"],
        begun["time"],
        begun["host"],
        begun["pid"],
        end["state"],
        end.get("reason", ""),
        told,
    )


@contextmanager
def recorded(output: str | Path, what: str) -> Iterator[dict[str, Any]]:
    """Put what the block does on record: that it began, and how it ended.

    Gives a mapping whose values the last line will tell, `round` among them: its number. Notes earlier rounds that were
    killed. Whatever the block raises goes on its way, and its first line is the reason. Raises OSError if the record
    cannot be written.
    """
    root = Path(output)
    (root / ".rounds").mkdir(parents=True, exist_ok=True)
    with _writing(root) as lines:
        killed = [r for r in read(root) if r.state == "killed" and not r.told]
        number = max((line["round"] for line in lines), default=0) + 1
        mine = take(_lock(root, number))
        assert mine is not None, "the number is new, and the record is locked"
        ends = [{"round": r.number, "event": "end", "state": "killed", "reason": KILLED, "time": now()} for r in killed]
        begin = {"round": number, "event": "begin", "what": what, "time": now(), "host": platform.node()}
        _append(root, [*ends, {**begin, "pid": os.getpid()}])
        for r in killed:
            _lock(root, r.number).unlink(missing_ok=True)
    clock = time.monotonic()
    told: dict[str, Any] = {}
    state, reason = "failed", ""
    try:
        yield told
        state = "done"
    except BaseException as error:
        reason = reason_of(error)
        raise
    finally:
        end = {"round": number, "event": "end", "state": state, **({"reason": reason} if reason else {})}
        end |= {"time": now(), "seconds": round(time.monotonic() - clock, 3), **told}
        # What failed, for want of room say, may leave none for its own record: then it counts as killed.
        with contextlib.suppress(OSError) if state == "failed" else contextlib.nullcontext(), _writing(root):
            _append(root, [end])
            _lock(root, number).unlink(missing_ok=True)
        os.close(mine)


def failed(output: str | Path, what: str, error: BaseException) -> None:
    """Record a round that failed before it could begin: its config cannot be read, say."""
    with contextlib.suppress(type(error)), recorded(output, what):
        raise error


def reason_of(error: BaseException) -> str:
    """What an error says, in one line."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped by hand"
    if not isinstance(error, Exception):
        return f"stopped ({type(error).__name__})"
    text = " ".join(str(error).split())[:500]
    ours = type(error).__module__.startswith("pipeline.") or isinstance(error, OSError)
    return text if text and ours else f"{type(error).__name__}: {text}".rstrip(": ")


# The file


def now() -> str:
    """This moment, as the record writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _lock(root: Path, number: int) -> Path:
    return root / ".rounds" / str(number)


def take(path: Path) -> int | None:
    """An open file that is ours alone until it is closed or this process ends; None if it is somebody else's."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    for _ in range(5):  # whoever only asks whether it is held holds it for a moment
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        time.sleep(0.1)
    os.close(handle)
    return None


def is_held(path: Path) -> bool:
    """Whether a living process holds a file with `take`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def _writing(root: Path) -> Iterator[list[dict[str, Any]]]:
    """Have the record to oneself; gives its lines, cut to the last rounds if they have become too many."""
    with (root / ".rounds" / "record").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        lines = _lines(root)
        numbers = sorted({line["round"] for line in lines})
        if len(numbers) > 2 * KEPT:
            lines = [line for line in lines if line["round"] in set(numbers[-KEPT:])]
            fresh = root / ".rounds" / "rounds.jsonl"
            _write(fresh, lines, "w")
            fresh.rename(root / "rounds.jsonl")
        yield lines


def _lines(root: Path) -> list[dict[str, Any]]:
    """The lines of the record; what a crash left half-written is none."""
    try:
        text = (root / "rounds.jsonl").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in map(_json, text.splitlines()) if line is not None and "round" in line]


def _json(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _append(root: Path, lines: list[dict[str, Any]]) -> None:
    path = root / "rounds.jsonl"
    _write(path, lines, "a", torn=path.exists() and not path.read_bytes().endswith(b"\n"))


def _write(path: Path, lines: list[dict[str, Any]], mode: str, *, torn: bool = False) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)
    with path.open(mode, encoding="utf-8") as file:
        file.write("\n" * torn + text)
        file.flush()
        os.fsync(file.fileno())
