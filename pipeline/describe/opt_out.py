"""Step describe.opt_out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.extract._license import address_of
from pipeline.extract._robots import AI_ROBOTS, directives
from pipeline.step import Case, Page, Params, step

# Directives by which a page withholds some use of itself; `none` is noindex and nofollow.
_WITHHELD = frozenset(("noai", "noimageai", "noml", "noindex", "none", "noarchive", "nocache", "nosnippet"))
_RESERVED = "tdm-reservation"


@step("describe.opt_out", version=1)
def opt_out(page: Page, params: Params) -> dict[str, Any]:
    """What the page's owner withholds: directives to robots, and the reservation of text and data mining.

    `opt_out` holds them as stated, in the order of HTML, HTTP headers, row; one that concerns a single robot with its
    name ("gptbot: noindex"). `opt_out_source` says in parallel where each stands: html, http, row, or several of them.

    The reservation follows the TDM Reservation Protocol (W3C community report, 2024): 1 reserves the rights, 0 is a
    permission, anything else says nothing; what HTML says goes before HTTP, and both before what a row repeats. What a
    site's robots.txt and /.well-known/tdmrep.json say is not in the page's record and not known here.
    """
    meta = page.meta
    http, row = (told if isinstance(told := meta.get(name), Mapping) else {} for name in ("http", "row"))
    found: dict[str, dict[str, None]] = {}
    told_robots = (
        ("html", meta.get("robots")),
        ("http", http.get("x-robots-tag")),
        ("row", row.get("robots")),
        ("row", row.get("x-robots-tag")),
    )
    for source, told in told_robots:
        for robot, word in directives(_text(told)):
            if word in _WITHHELD:
                found.setdefault(f"{robot}: {word}" if robot else word, {})[source] = None
    columns: dict[str, Any] = {}
    for source, value in _stated(meta.get("tdm_reservation"), http.get(_RESERVED), row.get(_RESERVED)):
        reserved = {"1": True, "true": True, "0": False, "false": False}.get(_text(value).strip().lower())
        if reserved is not None:
            columns["tdm_reservation"] = reserved
            if reserved:
                found[_RESERVED] = {source: None}
            break
    for _, value in _stated(meta.get("tdm_policy"), http.get("tdm-policy"), row.get("tdm-policy")):
        if address := address_of(_text(value), None):
            columns["tdm_policy"] = address
            break
    if found:
        columns["opt_out"] = list(found)
        columns["opt_out_source"] = [" ".join(sources) for sources in found.values()]
    return columns


def count(opt_outs: Sequence[str] | None) -> int:
    """How many of these opt-outs bear on mining the text or training on it: a reservation, noai, noml, and whatever is
    withheld from a robot that gathers texts for models.

    noindex and noarchive for all are about search, noimageai about pictures.
    """
    counted = 0
    for stated in opt_outs or ():
        robot, _, word = stated.rpartition(": ")
        counted += word in ("noai", "noml", _RESERVED) or (robot in AI_ROBOTS and word != "noimageai")
    return counted


def _stated(html: Any, http: Any, row: Any) -> Iterator[tuple[str, Any]]:
    for source, value in (("html", html), ("http", http), ("row", row)):
        if value is not None:
            yield source, value


def _text(value: Any) -> str:
    """What a field says: text as it is, a list line by line, a number or a truth value as its text."""
    if isinstance(value, (list, tuple)):
        return "\n".join(part for part in value if isinstance(part, str))
    return str(value) if isinstance(value, (str, int, bool)) else ""


CASES = [
    Case("The ferry stays in harbour.", {}),
    Case("<meta name=robots content=noai>", {}, note="text that speaks of it says nothing of the page"),
    Case("", {}),
]
