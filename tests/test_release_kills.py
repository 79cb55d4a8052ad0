"""Making a release, killed at every step, on a full or read-only disk, with a clock that jumped back, twice at once:
the last release stands, nothing half-made is visible, and the next try makes the very release that was to be made.

Run as a program, this file kills itself: `python -m tests.test_release_kills walk OUTPUT SCRATCH STEP`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline import config as configs
from pipeline.config import ConfigError
from pipeline.release.make import make
from tests import runs

HERE = Path(__file__).parent.parent
SETTINGS = configs.load(signals=False)


def page(n: int) -> dict[str, Any]:
    text = f"The ferry took {n} goats across the bay on Monday, said Ida Berg.\nNobody counted the {n + 7} geese on quay {n * n}."
    return {"id": n, "url": f"https://lanterncoast.example/ferry/{n}", "text": text}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with release 1, and a later run that is not released yet."""
    folder = tmp_path_factory.mktemp("kills")
    runs.write_jsonl(folder / "raw" / "ferry.jsonl", [page(n) for n in range(12)])
    runs.run(folder / "raw", folder / "output")
    make(folder / "output", "1")
    runs.write_jsonl(folder / "raw" / "more.jsonl", [page(n) for n in range(20, 24)])
    runs.write_jsonl(folder / "raw" / "ferry.jsonl", [page(n) for n in range(1, 12)])
    runs.run(folder / "raw", folder / "output")
    return folder / "output"


@pytest.fixture
def copy(output: Path, tmp_path: Path) -> Path:
    shutil.copytree(output, tmp_path / "output", symlinks=True)
    return tmp_path / "output"


@pytest.fixture(scope="module")
def second(output: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A digest of release 2, made without any trouble."""
    folder = tmp_path_factory.mktemp("second") / "output"
    shutil.copytree(output, folder, symlinks=True)
    make(folder, "2")
    return digest(folder / "releases" / "2")


def digest(release: Path) -> str:
    """All names and bytes of a release."""
    seen = hashlib.sha256()
    for path in sorted(release.rglob("*")):
        seen.update(str(path.relative_to(release)).encode() + b"\0")
        if path.is_file():
            seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def standing(output: Path, *, hidden: bool = False) -> dict[str, str]:
    """The releases that a reader sees, with their digests; and `latest`, with the version that it leads to."""
    found = {path.name: path for path in (output / "releases").glob("*") if hidden or not path.name.startswith(".")}
    return {name: os.readlink(path) if path.is_symlink() else digest(path) for name, path in found.items()}  # noqa: PTH115


def release(output: Path, *more: str, code: int = 0) -> str:
    """Run `scutch release`; its last words, if it failed, which are one line."""
    said = runs.scutch("release", "--output", output, *more, code=code).stderr
    assert "Traceback" not in said
    assert said.count("scutch:") == (1 if code else 0), said
    # Arrow itself remarks on a file that it can neither write nor close.
    last = [line for line in said.splitlines() if not line.startswith("/arrow/")][-1]
    assert last.startswith("scutch: ") or not code
    return last


# Kills


def walk(output: str, scratch: str, step: int) -> None:
    """Make release 2 again and again, killed before every `step`-th change of the file system under the releases; and see
    what is visible, and what the next try makes."""
    fresh = Path(scratch) / "output"
    before = standing(Path(output)) if (Path(output) / "releases").exists() else {}
    shutil.copytree(output, fresh, symlinks=True)
    assert _in_child(fresh, None) == 0
    wanted = standing(fresh)
    shutil.rmtree(fresh)
    for n in count(1, step):
        shutil.copytree(output, fresh, symlinks=True)
        killed = _in_child(fresh, n) == -signal.SIGKILL
        seen = standing(fresh) if (fresh / "releases").exists() else {}
        # The new release is visible, whole, or it is not; `latest` leads to one that is.
        new = {"2": wanted["2"]} if "2" in seen else {}
        assert {name: at for name, at in seen.items() if name != "latest"} == {**without_latest(before), **new}, n
        assert seen.get("latest") in (before.get("latest"), "2" if new else before.get("latest")), n
        assert _in_child(fresh, None) == 0
        assert standing(fresh, hidden=True) == wanted, n
        shutil.rmtree(fresh)
        if not killed:
            sys.stdout.write(json.dumps({"kills": (n - 1) // step}))
            return


def without_latest(releases: dict[str, str]) -> dict[str, str]:
    return {name: at for name, at in releases.items() if name != "latest"}


def _in_child(output: Path, kill_at: int | None) -> int:
    """Make release 2 in a child process; its exit code, negative for the signal that ended it."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        if kill_at is not None:
            sys.addaudithook(_Killer(output, kill_at))
        make(output, "2", SETTINGS)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class _Killer:
    """Kills this process when it is about to change something under the releases for the n-th time."""

    def __init__(self, output: Path, n: int) -> None:
        self.folder = str(output / "releases")
        self.left = n

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            _, mode, flags = args
            writes = (
                set("wax+") & set(mode) if isinstance(mode, str) else flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
        else:
            writes = event in ("os.rename", "os.mkdir", "os.link", "os.symlink", "os.remove", "os.rmdir")
        if writes and any(isinstance(arg, (str, os.PathLike)) and self.folder in os.fspath(arg) for arg in args):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


def kills(output: Path, scratch: Path, step: int) -> int:
    """Walk in a process of its own, which has no threads that a fork would lose."""
    command = [sys.executable, "-m", "tests.test_release_kills", "walk", str(output), str(scratch), str(step)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    n: int = json.loads(done.stdout)["kills"]
    return n


def test_killed_at_every_step_the_last_release_stands_and_the_next_try_makes_the_same(
    output: Path, tmp_path: Path
) -> None:
    assert kills(output, tmp_path, 1) > 25


def test_a_first_release_is_there_whole_or_not_at_all(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "releases")
    assert kills(copy, tmp_path / "scratch", 10) > 2


# Disks


@pytest.fixture
def disk(output: Path, tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB with a copy of the output folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", folder):
        pytest.skip("mounting a file system is not allowed here")
    try:
        shutil.copytree(output, folder / "output", symlinks=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def mount(*args: str | Path) -> bool:
    try:
        return subprocess.run(["mount", *map(str, args)], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("free", [8_192, 131_072])
def test_a_full_disk_ends_in_one_line(disk: Path, second: str, free: int) -> None:
    before = standing(disk / "output")
    space = os.statvfs(disk)
    (disk / "filler").write_bytes(b"\0" * (space.f_bavail * space.f_frsize - free))
    assert "No space left on device" in release(disk / "output", "--version", "2", code=1)
    assert standing(disk / "output", hidden=True) == before
    (disk / "filler").unlink()
    release(disk / "output", "--version", "2")
    assert standing(disk / "output", hidden=True) == {**before, "2": second, "latest": "2"}


def test_a_read_only_output_ends_in_one_line(disk: Path) -> None:
    before = standing(disk / "output")
    assert mount("-o", "remount,ro", disk)
    said = release(disk / "output", "--version", "2", code=2)
    assert said.startswith(f"scutch: output: {disk / 'output'} cannot be written (Read-only file system)")
    assert standing(disk / "output", hidden=True) == before


# Clocks, twins, contracts


def test_a_clock_that_jumped_back_ends_in_one_line(copy: Path) -> None:
    made = make(copy, today=date(2026, 11, 22))
    assert made.version == "2026.11.22"
    before = standing(copy)
    other = configs.load(overrides=["release.sample=7"])
    said = "the clock says 2026.11.21, but there is a release 2026.11.22; set the clock, or name one with --version"
    with pytest.raises(ConfigError) as error:
        make(copy, settings=other, today=date(2026, 11, 21))
    assert str(error.value) == said
    assert standing(copy, hidden=True) == before


def test_two_at_once_make_one_release(copy: Path, second: str) -> None:
    command = [*runs.SCUTCH, "release", "--output", str(copy), "--version", "2"]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {process: process.communicate(timeout=120)[1] for process in both}
    assert sorted(process.returncode for process in both) in ([0, 0], [0, 2])
    for process in both:
        if process.returncode:
            assert said[process].startswith("scutch: output: another run is writing ")
            assert said[process].count("\n") == 1
    assert standing(copy, hidden=True) == {**standing(copy), "2": second, "latest": "2"}


def test_a_release_waits_for_no_run(copy: Path) -> None:
    with (copy / ".lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another run is writing" in release(copy, "--version", "2", code=2)
    assert set(standing(copy, hidden=True)) == {"1", "latest"}


def test_a_broken_contract_leaves_the_last_release_and_says_what_broke(copy: Path) -> None:
    before = standing(copy)
    said = runs.scutch("release", "--output", copy, "--version", "2", "--set", "contract.pages.min=100", code=3).stderr
    lines = said[said.index("scutch:") :].splitlines()
    assert lines[0] == "scutch: release 2 breaks its contract and was not made; the last one stands"
    assert lines[1] == "  contract.pages: 15 pages of 15 records; at least 100 allowed, 85 short"
    assert len(lines) == 2
    assert standing(copy, hidden=True) == before


if __name__ == "__main__":
    walk(sys.argv[2], sys.argv[3], int(sys.argv[4]))
