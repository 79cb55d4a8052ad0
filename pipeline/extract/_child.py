"""The child process of an extractor: reads pages from its standard input until that ends, writes what it finds."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from typing import Any

from pipeline.extract.extractor import LENGTH, read_message

# Pages of 10 MB fit; larger ones ran out of time first. A choice: too little to bring the machine down.
_MEMORY = 2 * 1024**3


def main() -> None:
    options = json.loads(sys.argv[1])
    # What a library prints must not get between the messages.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    _limit_memory()
    from pipeline.extract._html import extract

    def send(answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode("ascii")
        out.write(LENGTH.pack(len(body)) + body)
        out.flush()

    send({})
    while (message := read_message(sys.stdin.buffer)) is not None:
        html, url = json.loads(message)
        del message
        _limit_time(options["timeout_s"])
        try:
            text, meta = extract(html, url, comments=options["comments"], markdown=options["format"] == "markdown")
            answer: dict[str, Any] = {"text": text, "meta": meta}
        except MemoryError:
            answer = {"error": "out of memory"}
        except RecursionError:
            answer = {"error": "nested too deeply"}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        _limit_time(0)
        large = len(html) > 1_000_000
        del html
        send(answer)
        if large:
            gc.collect()


def _limit_time(seconds: float) -> None:
    """End the process after so much CPU time, even in the midst of C code; 0 takes the limit back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # a system without such a limit


if __name__ == "__main__":
    main()
