"""Extraction in a child process: a hostile page costs that page, never the run.

One child per extractor, started with the first page and fed over pipes. Each message is a length and that many bytes of
JSON. The child limits its own CPU time per page and its address space, so whether a page is given up depends on the page
and not on how busy the machine is; the clock of the parent is a backstop. A child that died is replaced.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

from pipeline.config import Extract

LENGTH = struct.Struct(">Q")
# Seconds to import the engines on a machine that is busy.
_START_S = 300.0
# A page may wait for a core, so the clock gets more than the CPU time that a page is allowed.
_CLOCK_FACTOR, _CLOCK_MORE_S = 5.0, 10.0


class Extracted(NamedTuple):
    """The main text of a page, one block per line, and what its head says: title, authors (list), published and modified
    (ISO 8601), publisher, description, canonical_url (and url, the same), language, license (SPDX id, Creative Commons only),
    license_url, robots (see `_robots.of_tags`), tdm_reservation, tdm_policy (as stated); what is not known is left out."""

    text: str
    meta: dict[str, Any]


class ExtractError(Exception):
    """The page could not be extracted; the message says why in a few words."""


class Extractor:
    """Extracts pages one after the other. Close it, or use it as a context manager, to end its child process."""

    def __init__(self, settings: Extract) -> None:
        self._settings = settings
        self._child: _Child | None = None

    def extract(self, html: str, url: str | None = None) -> Extracted:
        """The main text and metadata of an HTML page; a page without main text has the text "".

        Raises ExtractError if the page takes too long, needs too much memory or makes the engines fail.
        """
        request = json.dumps([html, url]).encode("ascii")
        last = ""
        # A child that died may have been killed from outside or have been worn out: once more with a new one.
        for _ in range(2):
            if self._child is None:
                self._child = _Child(self._settings)
            try:
                answer = self._child.ask(request)
            except _TooLong:
                self.close()
                raise ExtractError(f"took longer than {self._settings.timeout_s:g} s") from None
            except _Died as death:
                self.close()
                last = str(death)
                continue
            if "error" in answer:
                if answer["error"] == "out of memory":
                    self.close()
                raise ExtractError(answer["error"])
            return Extracted(answer["text"], answer["meta"])
        raise ExtractError(last)

    def close(self) -> None:
        """End the child process, if there is one."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _TooLong(Exception):  # noqa: N818
    """The page used up its time."""


class _Died(Exception):  # noqa: N818
    """The child ended without an answer."""


class _Child:
    """The process, and a thread that waits for its answers."""

    def __init__(self, settings: Extract) -> None:
        self._patience = settings.timeout_s * _CLOCK_FACTOR + _CLOCK_MORE_S
        root = str(Path(__file__).parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        # No module of the current folder (-P), and no order of sets that differs from child to child.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}
        options = json.dumps({"format": "text", **settings.model_dump(mode="json")})
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.extract._child", options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            ready = self._answers.get(timeout=_START_S)
        except queue.Empty:
            ready = None
        if ready is None:
            self.kill()
            raise ExtractError("the extraction process did not start")

    def ask(self, request: bytes) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(LENGTH.pack(len(request)) + request)
            self._process.stdin.flush()
        except OSError:
            raise _Died(self._why()) from None
        try:
            answer = self._answers.get(timeout=self._patience)
        except queue.Empty:
            raise _TooLong from None
        if answer is None:
            code = self._process.wait()
            if os.name == "posix" and code == -signal.SIGPROF:
                raise _TooLong
            raise _Died(self._why())
        found: dict[str, Any] = json.loads(answer)
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None and pipe is not self._process.stdout:
                    pipe.close()
            except OSError:
                pass

    def _why(self) -> str:
        code = self._process.wait()
        return f"the extraction process ended with code {code}"

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while (answer := read_message(pipe)) is not None:
                self._answers.put(answer)
        self._answers.put(None)


def read_message(pipe: IO[bytes]) -> bytes | None:
    """The next message of a pipe; None at its end."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = pipe.read(size)
    return body if len(body) == size else None
