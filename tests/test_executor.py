"""Workers that die: the job goes on, and the page that kills is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import config
from pipeline.engine.executor import WARM, Local
from tests import deadly


def results(jobs: list[tuple[Any, ...]], workers: int) -> list[dict[str, Any]]:
    seen: list[int] = []
    executor = Local(workers)
    out = executor.run(deadly.count, jobs, lambda n, _: seen.append(n))
    executor.close()
    assert sorted(seen) == list(range(len(jobs)))
    return out


@pytest.mark.parametrize("workers", [1, 2])
def test_pages_that_kill_their_worker_are_left_out_and_no_others(workers: int) -> None:
    jobs: list[tuple[Any, ...]] = [(25, (), None), (35, (13, 17, 30), None), (5, (), None)]
    first, second, third = results(jobs, workers)
    assert first == {"done": list(range(25)), "avoided": []}
    assert second == {"done": [n for n in range(35) if n not in (13, 17, 30)], "avoided": [13, 17, 30]}
    assert third == {"done": list(range(5)), "avoided": []}


def test_a_worker_that_is_killed_by_chance_costs_nothing(tmp_path: Path) -> None:
    (only,) = results([(30, (12,), tmp_path / "killed")], 1)
    assert only == {"done": list(range(30)), "avoided": []}


def test_all_that_workers_share_can_be_loaded_beforehand() -> None:
    code = "from pipeline.engine import warm; assert warm.failure is None, repr(warm.failure)"
    names = " ".join(config.load().step_names())
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, WARM: names}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_error_of_the_machine_is_raised() -> None:
    with pytest.raises(OSError, match="No space left"):
        Local(1).run(deadly.fail, [()], lambda *_: None)
