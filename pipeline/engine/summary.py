"""What a run tells of itself in run.json."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pipeline import __version__
from pipeline.config import ConfigError
from pipeline.engine.conservation import ConservationError
from pipeline.engine.store import last_run

if TYPE_CHECKING:
    from pipeline.engine.run import Run


def total(manifests: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    """The counts called `name` of all manifests, summed and in order."""
    sums: Counter[str] = Counter()
    for manifest in manifests:
        sums.update(manifest.get(name, {}))
    return dict(sorted(sums.items()))


def summary(run: Run, parts: list[dict[str, Any]]) -> dict[str, Any]:
    work = [*run.prepared, *run.cleaned, *run.judged, *parts]
    into, out = total(run.prepared, "counts"), total(parts, "counts")
    records = into.get("in", 0)
    ends = {name: out.get(name, 0) for name in ("kept", "rejected", "quarantined")}
    if records != sum(ends.values()):
        raise ConservationError(f"records in {records}, out {ends}")
    not_applied: dict[str, Counter[str]] = {}
    for manifest in run.cleaned:
        for name, languages in manifest["not_applied"].items():
            not_applied.setdefault(name, Counter()).update(languages)
    return {
        "scutch": __version__,
        "run": run.key,
        "fingerprint": run.recipe.fingerprint,
        "fingerprints": run.recipe.fingerprints,
        "config": run.config.model_dump(mode="json"),
        "steps": run.recipe.steps,
        "libraries": run.recipe.libraries,
        "python": platform.python_version(),
        "input": {**run.input, "passed_over": total(run.prepared, "passed_over")},
        "records": {"in": records, **ends},
        "lines": {"in": into.get("lines", 0), "ledger": out.get("ledger", 0)},
        "chars": {"in": into.get("chars", 0), "kept": out.get("chars", 0)},
        "reasons": total(parts, "reasons"),
        "rules": total(work, "rules"),
        "labels": total(work, "labels"),
        "not_applied": {name: dict(sorted(found.items())) for name, found in sorted(not_applied.items())},
        "cost": {
            "cpu_s": round(sum(m["cpu_s"] for m in work), 3),
            "steps": {name: round(seconds, 4) for name, seconds in total(work, "costs").items()},
            "bytes": into.get("bytes", 0),
        },
        "shards": len(run.prepared),
        "work": {
            "prepare": [m["key"] for m in run.prepared],
            "clean": [m["key"] for m in run.cleaned],
            "learn": run.learnt.name if run.learnt else None,
        },
        "inputs": against_last(run),
        "reused": dict(run.reused),
        "pages": {
            stage: {"fresh": run.fresh[stage], "reused": total(manifests, "counts").get("pages", 0) - run.fresh[stage]}
            for stage, manifests in (("prepare", run.prepared), ("clean", run.cleaned))
        },
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - run.clock, 3),
        "host": platform.node(),
    }


def against_last(run: Run) -> dict[str, list[str]] | None:
    """Which sources came, changed and went since the last run of this output; None where there was none."""
    try:
        last = last_run(run.store.root)
    except ConfigError:
        return None
    before, now = ({f["source"]: f["sha256"] for f in told["files"]} for told in (last["input"], run.input))
    return {
        "added": sorted(now.keys() - before.keys()),
        "changed": sorted(source for source in now.keys() & before.keys() if now[source] != before[source]),
        "removed": sorted(before.keys() - now.keys()),
    }
