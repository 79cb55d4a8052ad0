"""The flow `clean`: the stages of a run as Prefect tasks.

A task is a stage, and fans its shards out over the engine's own workers: seven task runs a flow, however large the
input. What is done is known from the manifests of the work entries, so no task result is cached or stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipeline.config import Config, ConfigError
from pipeline.engine import run as engine


def _is_transient(_task: Any, _run: Any, state: Any) -> bool:
    """Whether trying again may help: reading and writing may, a wrong config or a broken law never."""
    try:
        state.result()
    except ConfigError:
        return False
    except OSError:
        return True
    except Exception:
        return False
    return False


def _stage(work: Callable[[engine.Run], None]) -> Any:
    return task(
        name=work.__name__,
        description=work.__doc__,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=2,
        retry_delay_seconds=[5, 30],
        retry_condition_fn=_is_transient,
    )(work)


STAGES = tuple(_stage(work) for work in engine.STAGES)


@flow(name="clean", description="Raw web text to a dataset", validate_parameters=False, persist_result=False)
def clean(config: Config, progress: engine.Progress | None = None) -> engine.Run:
    """Run all stages over the input of the config; the summary is recorded as artifacts.

    Raises what the stages raise, so that a failed run is a failed flow run.
    """
    return run_stages(config, progress or engine.silent)


def run_stages(config: Config, progress: engine.Progress = engine.silent) -> engine.Run:
    """All stages as tasks of the flow run that calls this; the summary becomes its artifacts."""
    with engine.start(config, progress) as run:
        for stage in STAGES:
            stage(run)
    _record(run)
    return run


def _record(run: engine.Run) -> None:
    records = run.summary["records"]
    create_table_artifact(
        [{"end": name, "records": n} for name, n in records.items()],
        key="records",
        description="Where the records went",
    )
    reasons = [{"reason": name, "records": n} for name, n in run.summary["reasons"].items()]
    create_table_artifact(
        reasons or [{"reason": "none", "records": 0}], key="reasons", description="Why records were not kept"
    )
    lines = [{"rule": name, "changes": n} for name, n in run.summary["rules"].items()]
    create_table_artifact(lines or [{"rule": "none", "changes": 0}], key="rules", description="What each rule changed")
    create_link_artifact(run.store.root.resolve().as_uri(), key="output", link_text="output folder")
