"""The Prefect flow: recorded with a state per stage, the same bytes as without Prefect, failure shown as failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import config
from pipeline.config import ConfigError
from pipeline.engine.run import run_all
from pipeline.flows.clean import clean
from tests import runs

TEXT = "The lighthouse at Vellmar has been dark for nine years, and the town council means to light it again by spring."


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return runs.write_jsonl(
        tmp_path / "in" / "pages.jsonl", [{"id": str(n), "text": f"{TEXT} Note {n}."} for n in range(20)]
    )


@pytest.mark.timeout(280)
def test_flow_is_recorded_and_gives_the_same_bytes_as_without_prefect(source: Path, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    state = clean(config.load(input=str(source), output=str(tmp_path / "flow"), workers=1), return_state=True)
    assert state.is_completed()
    run_all(config.load(input=str(source), output=str(tmp_path / "plain"), workers=1))
    assert runs.digests(tmp_path / "flow") == runs.digests(tmp_path / "plain")
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(state.state_details.flow_run_id)
        assert flow_run.state is not None
        assert flow_run.state.is_completed()
        mine = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run.id]))
        tasks = client.read_task_runs(flow_run_filter=mine)
        assert sorted(t.name.split("-")[0] for t in tasks) == [
            "clean",
            "dedup",
            "judge",
            "learn",
            "plan",
            "prepare",
            "write",
        ]
        keys = {artifact.key for artifact in client.read_artifacts(flow_run_filter=mine)}
        assert keys == {"records", "reasons", "rules", "output"}


@pytest.mark.timeout(280)
def test_failure_is_shown_as_failure(tmp_path: Path) -> None:
    settings = config.load(input=str(tmp_path / "missing"), output=str(tmp_path / "out"), workers=1)
    state = clean(settings, return_state=True)
    assert state.is_failed()
    with pytest.raises(ConfigError, match="missing"):
        clean(settings)


@pytest.mark.timeout(280)
def test_the_command_runs_the_flow_quietly(source: Path, tmp_path: Path) -> None:
    done = runs.scutch("run", "--input", source, "--output", tmp_path / "out")
    assert "20 records in" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.split("\n")) < 25, done.stderr
