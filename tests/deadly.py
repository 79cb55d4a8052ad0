"""Work for the executor's tests: jobs that kill the process they run in."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from pipeline.engine.journal import Care, Journal, batches


def count(pages: int, deadly: tuple[int, ...], once: Path | None, care: Care, journal: Path) -> dict[str, Any]:
    """Count pages in batches of ten; a deadly page kills the process, with `once` only the first time."""
    log = Journal(journal)
    done, avoided = [], []
    for batch in batches(range(pages), lambda _: 1, care, size=10, count=10):
        log.note(batch[0][0], batch[-1][0] + 1)
        for ordinal, _ in batch:
            if ordinal in care.avoid:
                avoided.append(ordinal)
                continue
            if ordinal in deadly and (once is None or not once.exists()):
                if once is not None:
                    once.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            done.append(ordinal)
    log.close()
    return {"done": done, "avoided": avoided}


def fail(_care: Care, _journal: Path) -> dict[str, Any]:
    raise OSError(28, "No space left on device")
