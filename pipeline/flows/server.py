"""The Prefect server of `scutch serve`: the one that PREFECT_API_URL names, else one of our own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pipeline.config import ConfigError

HOST = "127.0.0.1"
_PATIENCE = 240
"""Seconds that a server may take to come up: with a fresh database on a slow machine it needs half of them."""
_LOOK = 2.0
"""Seconds between looks whether it lives."""


@contextmanager
def reachable(say: Callable[[str], None]) -> Iterator[str]:
    """The address of the API of a Prefect server. Without one configured a server is started, watched, started again
    when it dies, and stopped at the end; one that answers at its address already is used, and let live.

    Raises ConfigError if none comes up.
    """
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings

    named = PREFECT_API_URL.value()
    if named:
        if not healthy(named):
            say(f"waiting for the Prefect server at {named}")
            wait(named)
        yield named
        return
    port = PREFECT_SERVER_API_PORT.value()
    url = f"http://{HOST}:{port}/api"
    os.environ["PREFECT_API_URL"] = url  # for the rounds, which are processes of their own
    server = _Server(port, url, say)
    try:
        server.up()
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        server.stop()
        del os.environ["PREFECT_API_URL"]


def healthy(url: str, timeout: float = 5) -> bool:
    """Whether a Prefect API answers at an address."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=timeout) as answer:
            return bool(answer.read(16).strip() == b"true")
    except (OSError, ValueError):
        return False


def wait(url: str, patience: float | None = None) -> None:
    """Wait until a Prefect API answers; without `patience` (seconds) as long as it takes. Raises ConfigError."""
    began = time.monotonic()
    while not healthy(url):
        if patience is not None and time.monotonic() - began > patience:
            raise ConfigError(f"PREFECT_API_URL: no Prefect server answers at {url}; start it, or set another address")
        time.sleep(_LOOK / 2)


class _Server:
    """A Prefect server as a child process, and a thread that looks after it."""

    def __init__(self, port: int, url: str, say: Callable[[str], None]) -> None:
        self._port, self._url, self._say = port, url, say
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="prefect-server", daemon=True)

    def up(self) -> None:
        """Start it, unless a server answers already, and wait until it answers."""
        if not healthy(self._url):
            self._say(f"starting a Prefect server at http://{HOST}:{self._port}")
            process = self._start()
            began = time.monotonic()
            while not healthy(self._url):
                if process.poll() is not None or time.monotonic() - began > _PATIENCE:
                    self.stop()
                    raise ConfigError(
                        f"PREFECT_SERVER_API_PORT: no Prefect server comes up at port {self._port}; "
                        "name a free port, or a server with PREFECT_API_URL"
                    )
                time.sleep(_LOOK / 4)
        self._watch.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        # Leases on disk: a server that restarts would else forget who runs, and stop a long round a while later.
        leases = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
        environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
        command = ["-m", "prefect", "server", "start", "--host", HOST, "--port", str(self._port)]
        # In a session of its own: Ctrl-C stops the rounds first, and those tell the server of it.
        self._process = subprocess.Popen(
            [sys.executable, *command],
            env={**leases, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._process

    def _look_after(self) -> None:
        while not self._stopping.wait(_LOOK):
            if (self._process is not None and self._process.poll() is None) or healthy(self._url):
                continue
            ended = "" if self._process is None else f" ({_end(self._process.returncode)})"
            self._say(f"the Prefect server is gone{ended}; starting it again")
            self._start()


def _end(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
