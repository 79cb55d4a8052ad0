"""The schedule of a config: checked, and when it is due next. Needs no Prefect, so that asking is quick."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline import config as configs
from pipeline.config import ConfigError, Schedule

ANCHOR = datetime(2020, 1, 1)  # noqa: DTZ001  midnight in the zone of the schedule
"""Where intervals are counted from, as time passes (a cron line keeps its hour when the clocks change): so they are due at
the same times after every restart. Rules of RFC 5545 begin here too."""

_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class Timetable:
    """One of a cron line, an interval and a rule of RFC 5545, in a time zone."""

    kind: str
    text: str
    timezone: str

    def next(self, after: datetime) -> datetime | None:
        """The first time after `after` (aware), aware and in the zone of the schedule; None if it never comes."""
        zone = ZoneInfo(self.timezone)
        local = after.astimezone(zone)
        if self.kind == "cron":
            from cronsim import CronSim

            return next(CronSim(self.text, local), None)
        if self.kind == "interval":
            step = seconds(self.text)
            since = ANCHOR.replace(tzinfo=zone).astimezone(UTC)
            done = (after - since) // timedelta(seconds=step)
            return (since + (done + 1) * timedelta(seconds=step)).astimezone(zone)
        rule = _rule(self.text)
        try:
            found: datetime | None = rule.after(local.replace(tzinfo=None))
        except TypeError:  # its DTSTART names a zone of its own
            found = rule.after(local)
        return None if found is None else found.replace(tzinfo=found.tzinfo or zone)

    def __str__(self) -> str:
        text = f"every {self.text}" if self.kind == "interval" else f"{self.kind} {self.text}"
        return f"{text} ({self.timezone})"


def timetable(schedule: Schedule) -> Timetable:
    """When the rounds of a config are due. Raises ConfigError, naming the key, if it does not say so, or says it wrongly.

    A config of one's own that names an interval or a rule need not take back the cron line of the one that ships.
    """
    said = {kind: value for kind in ("cron", "interval", "rrule") if (value := getattr(schedule, kind)) is not None}
    if len(said) > 1 and said.get("cron") == configs.load(signals=False).schedule.cron:
        del said["cron"]
    if len(said) != 1:
        which = (
            " and ".join(f"schedule.{kind}" for kind in said) or "schedule.cron, schedule.interval and schedule.rrule"
        )
        raise ConfigError(f"{which}: {'both' if said else 'none'} given; name exactly one of cron, interval and rrule")
    ((kind, text),) = said.items()
    found = Timetable(kind, text.strip(), schedule.timezone)
    try:
        ZoneInfo(schedule.timezone)
    except (KeyError, ValueError, OSError):
        raise ConfigError(f"schedule.timezone: no such zone {schedule.timezone!r}; take one as Europe/Berlin") from None
    _check(found)
    return found


def seconds(interval: str) -> float:
    """An interval as 10s, 30m, 6h, 1d or 1w, in seconds. Raises ConfigError."""
    found = _INTERVAL.fullmatch(interval.strip())
    if found is None or not float(found[1]):
        raise ConfigError(f"schedule.interval: {interval!r} is no interval; write it as 10s, 30m, 6h, 1d or 1w")
    return float(found[1]) * _SECONDS[found[2]]


def _check(table: Timetable) -> None:
    if table.kind == "interval":
        seconds(table.text)
    elif table.kind == "cron":
        from cronsim import CronSim, CronSimError

        try:
            if len(table.text.split()) != 5:
                raise CronSimError("five fields are needed")
            CronSim(table.text, ANCHOR)
        except CronSimError as error:
            raise ConfigError(
                f"schedule.cron: {table.text!r} is no cron line ({str(error).lower()}); write minute, hour, day, month, weekday"
            ) from None
    else:
        try:
            _rule(table.text)
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError(
                f"schedule.rrule: {table.text!r} is no rule of RFC 5545 ({error}); as FREQ=WEEKLY;BYDAY=SU"
            ) from None
        if re.search(r"FREQ=(SECOND|MINUTE)LY", table.text, re.IGNORECASE):
            raise ConfigError(
                "schedule.rrule: a rule counts from 2020, which takes long by minutes; take schedule.interval"
            )


def _rule(text: str) -> Any:
    from dateutil.rrule import rrulestr

    return rrulestr(text, dtstart=ANCHOR)
