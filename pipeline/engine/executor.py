"""Runs a function over jobs in worker processes, and outlives them.

A worker that is killed takes its pool along. The jobs that were under way run again, each alone in a process of its
own, and take the pages that they were at one by one; a page that kills its worker again is left out and quarantined.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, Protocol

from pipeline.engine.journal import Care, last_span

Work = Callable[..., dict[str, Any]]
"""Called as `work(*job, care, journal)` in a worker process."""
Done = Callable[[int, dict[str, Any]], None]
"""Called as `done(number, result)` in the process that runs the jobs, as each job ends."""

# The environment variable that names the steps to load before workers are made.
WARM = "SCUTCH_WARM_STEPS"

# A shard with more deadly pages than this is not bad input any more: something is wrong with the machine.
MAX_DEATHS = 40


class WorkerDiedError(Exception):
    """A job kills its worker whatever is left out of it."""


class Executor(Protocol):
    """Whatever can run jobs: the processes of this machine, or those of a cluster."""

    def run(self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done) -> list[dict[str, Any]]:
        """The results, in the order of the jobs. Raises what `work` raises, and WorkerDiedError."""

    def close(self) -> None:
        """Let the workers go."""


class Local:
    """Up to `workers` processes on this machine, started when the first job comes and kept until `close`.

    `steps` are the names of the steps that the jobs will run: what they load is loaded once, and shared by the workers.
    """

    def __init__(self, workers: int, steps: Sequence[str] = ()) -> None:
        self.workers = workers
        os.environ[WARM] = " ".join(steps)
        self._pool: ProcessPoolExecutor | None = None
        self._size = 0
        self._stopped = False

    def run(self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done) -> list[dict[str, Any]]:
        results: dict[int, dict[str, Any]] = {}

        def finish(n: int, result: dict[str, Any]) -> None:
            results[n] = result
            done(n, result)

        with tempfile.TemporaryDirectory(prefix="scutch-") as scratch:
            journals = [Path(scratch) / str(n) for n in range(len(jobs))]
            left = list(range(len(jobs)))
            while left:
                for n in self._together(work, jobs, left, journals, finish):
                    _alone(work, jobs[n], journals[n], lambda result, n=n: finish(n, result))  # type: ignore[misc]
                left = [n for n in left if n not in results]
        return [results[n] for n in range(len(jobs))]

    def close(self) -> None:
        self._dismiss()
        if self._stopped and (server := forkserver._forkserver._forkserver_pid):  # type: ignore[attr-defined]
            os.kill(server, signal.SIGKILL)  # it would wait for a worker that was half started when the signal came
        # Waited for, so that what the workers used is on the account of this process, and nothing is left behind.
        with contextlib.suppress(ChildProcessError):
            forkserver._forkserver._stop()  # type: ignore[attr-defined]

    def _dismiss(self) -> None:
        if self._pool is not None:
            if self._stopped:  # what they are at is lost, and done again by the next run
                for process in list(self._pool._processes.values()):
                    process.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _together(
        self,
        work: Work,
        jobs: Sequence[tuple[Any, ...]],
        left: Sequence[int],
        journals: Sequence[Path],
        finish: Done,
    ) -> list[int]:
        """Run jobs until all are done or a worker dies; gives those that were under way when it died."""
        workers = min(self.workers, len(left))
        if self._pool is None or self._size < workers:
            self._dismiss()
            self._pool, self._size = _processes(workers), workers
        waiting = list(reversed(left))
        under_way: dict[Future[dict[str, Any]], int] = {}
        try:
            while waiting or under_way:
                # No more than the workers can take: what is under way at a death is then what may have caused it.
                while waiting and len(under_way) < workers:
                    n = waiting.pop()
                    under_way[self._pool.submit(work, *jobs[n], Care(), journals[n])] = n
                ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in ended:
                    finish(under_way[future], future.result())
                    del under_way[future]
        except BrokenProcessPool:
            self._dismiss()
            return sorted(under_way.values())
        except BaseException as error:
            self._stopped = not isinstance(error, Exception)
            self._dismiss()
            raise
        return []


def _alone(work: Work, job: tuple[Any, ...], journal: Path, finish: Callable[[dict[str, Any]], None]) -> None:
    care = Care(narrow=last_span(journal))
    # A job without pages (a barrier) has none to leave out: after three deaths it is the job itself.
    for _ in range(MAX_DEATHS if care.narrow != (0, 0) else 3):
        with _processes(1) as pool:
            try:
                finish(pool.submit(work, *job, care, journal).result())
            except BrokenProcessPool:
                first, stop = last_span(journal)
                found = stop - first == 1
                care = Care((*care.avoid, first), care.narrow) if found else Care(care.avoid, (first, stop))
            else:
                return
    raise WorkerDiedError(
        f"a worker died {MAX_DEATHS} times on one shard; look at the memory and the log of this machine"
    )


def _processes(workers: int) -> ProcessPoolExecutor:
    # Not forked from here: a forked child of a process with threads (Prefect has them) may hang. The fork server is a fresh
    # process without threads, which has loaded all there is to load: libraries and models take two CPU seconds and 250 MB
    # once, not once per worker.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.engine.warm"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=calm)


def calm() -> None:
    """Look for cyclic garbage less often: a batch makes hundreds of thousands of objects and hardly a cycle."""
    gc.set_threshold(100_000, 50, 100)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose run was killed would else wait for its next job for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
