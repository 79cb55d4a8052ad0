"""Publishing: whole or not visible, at whatever moment it is killed and whoever else publishes; nothing secret gets out."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config import ConfigError
from pipeline.publish import publish
from tests import hub, runs

V1, V2 = "2026.10.1", "2026.11.1"
SECRET = "s3cr3t/That+Nobody/Must-See"
TOKEN = "hf_tokenThatNobodyMustSee"
REPO = "hf://datasets/vellmar/pages"
CARD = "---\nconfigs:\n- config_name: default\n  data_files: data/*/*.parquet\n---\n# Pages of Vellmar\n"

# Children are forked from a server that has imported what is slow to import.
fork = multiprocessing.get_context("forkserver")
fork.set_forkserver_preload([__name__, "pipeline.publish.store", "pipeline.publish.hub", "s3fs"])


# A release made by hand


def make(
    output: Path, version: str, note: str = "", languages: tuple[str, ...] = ("de", "en"), filler: int = 0
) -> Path:
    folder = output / "releases" / version
    for language in languages:
        (folder / "data" / language).mkdir(parents=True)
        pages = {"id": [f"{language}{n}" for n in range(50)], "text": [f"The lamp is lit. {version} {note}"] * 50}
        pq.write_table(pa.table(pages), folder / "data" / language / "part-00000.parquet")
    (folder / "README.md").write_text(CARD + note)
    if filler:
        (folder / "filler.bin").write_bytes(os.urandom(filler))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    told = {"format": 1, "version": version, "sequence": 1, "previous": None, "name": "Vellmar"}
    told["files"] = [{"path": p, "bytes": (folder / p).stat().st_size, "sha256": digest(folder / p)} for p in files]
    (folder / "release.json").write_text(json.dumps(told))
    lines = [f"{digest(folder / path)}  {path}\n" for path in sorted([*files, "release.json"])]
    (folder / "SHA256SUMS").write_text("".join(lines))
    return folder


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content(folder: Path) -> dict[str, bytes]:
    """The files of a release by path; of a copy of it, what readers see."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: data for path, data in found.items() if not path.startswith(".")}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return make(tmp_path / "out", V2)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith(("AWS_", "HF_", "SCUTCH_")) and name != "SCUTCH_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


# Servers


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A real server that speaks S3: its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


class Bucket:
    """A bucket of its own on the server, for a test."""

    def __init__(self, server: str, name: str) -> None:
        self.server = server
        self.name = name
        self.env = {
            "AWS_ENDPOINT_URL": server,
            "AWS_ACCESS_KEY_ID": "AKIAVELLMAR",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.url = f"s3://{name}/data"

    @cached_property
    def files(self) -> fsspec.AbstractFileSystem:
        return fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)

    def content(self, version: str) -> dict[str, bytes]:
        files, root = self.files, f"{self.name}/data/{version}"
        found = {path.removeprefix(f"{root}/"): files.cat_file(path) for path in files.find(root)}
        return {path: data for path, data in found.items() if not path.startswith(".")}


@pytest.fixture
def bucket(s3_server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = Bucket(s3_server, f"b{hashlib.sha1(request.node.nodeid.encode()).hexdigest()}")
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    made.files.mkdir(made.name)
    return made


@pytest.fixture
def the_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[hub.Hub]:
    with hub.serve(TOKEN, page=3) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


@contextmanager
def proxy(server: str, *, spoil: bytes = b"", drop: int = 0) -> Iterator[str]:
    """A way to a server that spoils some bytes of what is sent, or breaks off in the middle of the first `drop` uploads."""
    host, port = server.removeprefix("http://").split(":")
    left = [drop]

    def relay(source: socket.socket, target: socket.socket, *, up: bool) -> None:
        try:
            while data := source.recv(65536):
                if up and spoil:
                    data = data.replace(spoil, b"X" + spoil[1:])
                if up and left[0] and data.startswith(b"PUT"):
                    left[0] -= 1
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return
                far = socket.create_connection((host, int(port)))
                for ends, up in (((near, far), True), ((far, near), False)):
                    threading.Thread(target=relay, args=ends, kwargs={"up": up}, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


# Publishers of their own


def attempt(release: Path, to: str, env: Mapping[str, str], kill_at: int, started: Any, outcome: Any) -> None:
    """What a child does: publish, kill itself at the n-th operation on the place if asked, and tell how it ended."""
    os.environ.update(env)
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    if to.startswith("s3://"):
        import s3fs

        call = s3fs.S3FileSystem._call_s3

        async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            tick()
            return await call(self, *args, **kwargs)

        s3fs.S3FileSystem._call_s3 = counted
    elif to.startswith("/"):

        def heard(event: str, args: tuple[Any, ...]) -> None:
            if event.startswith(("open", "os.", "shutil.")) and any(str(arg).startswith(to) for arg in args):
                tick()

        sys.addaudithook(heard)
    if started is not None:
        started.wait()
    try:
        outcome.put(str(publish(release, to)))
    except (ConfigError, OSError) as error:
        outcome.put(f"{type(error).__name__}: {error}")


def start(release: Path, to: str, env: Mapping[str, str], kill_at: int = 0, started: Any = None) -> tuple[Any, Any]:
    outcome = fork.SimpleQueue()
    process = fork.Process(target=attempt, args=(release, to, env, kill_at, started, outcome))
    process.start()
    return process, outcome


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "HF_"))}


def two(releases: tuple[Path, Path], to: str) -> list[str]:
    """Two processes publish at the same moment: how each ended."""
    barrier = fork.Barrier(2)
    running = [start(release, to, environment(), started=barrier) for release in releases]
    ends = [outcome.get() for _, outcome in running]
    for process, _ in running:
        process.join()
    return ends


def walk(release: Path, to: Callable[[int], str], check: Callable[[int], None]) -> int:
    """Publish to ever new places, killed one operation later each time, until nothing is left to be killed at: how often.

    After each kill `check` looks, then the release is published again and `check` looks once more.
    """
    for n in range(1, 1000):
        process, _ = start(release, to(n), environment(), kill_at=n)
        process.join()
        check(n)
        if process.exitcode == 0:
            return n - 1
        assert process.exitcode == -signal.SIGKILL
        again = publish(release, to(n))
        assert str(again).startswith(V2)
        check(n)
    raise AssertionError("it never came to an end")


# A folder


def test_a_folder_gets_the_release_and_a_second_time_nothing(release: Path, tmp_path: Path) -> None:
    to = tmp_path / "shelf"
    done = runs.scutch("publish", V2, "--to", to, "--output", tmp_path / "out")
    assert done.stdout == f"{V2} is at {to / V2}: 5 of 5 files sent, all checked\n"
    assert content(to / V2) == content(release)
    assert [path.name for path in (to / V2).iterdir() if path.name.startswith(".")] == [".claim"]
    before = {path: path.stat().st_mtime_ns for path in to.rglob("*")}
    again = runs.scutch("publish", V2, "--to", to.as_uri(), "--output", tmp_path / "out")
    assert "already: 5 files checked, nothing sent" in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in to.rglob("*")}
    subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=to / V2, check=True)


def test_a_copy_that_was_damaged_is_mended(release: Path, tmp_path: Path) -> None:
    publish(release, str(tmp_path))
    (tmp_path / V2 / "data/en/part-00000.parquet").write_bytes(b"PAR1")
    (tmp_path / V2 / "README.md").unlink()
    assert publish(release, str(tmp_path)).sent == 2
    assert content(tmp_path / V2) == content(release)


def test_killed_anywhere_a_folder_shows_the_whole_release_or_none(release: Path, tmp_path: Path) -> None:
    earlier = make(tmp_path / "out", V1)

    def place(n: int) -> str:
        to = tmp_path / f"shelf{n}"
        if not to.exists():
            publish(earlier, str(to))
        return str(to)

    def check(n: int) -> None:
        to = tmp_path / f"shelf{n}"
        assert content(to / V1) == content(earlier)
        if (to / V2 / "release.json").exists():
            assert content(to / V2) == content(release)

    kills = walk(release, place, check)
    assert kills > 40
    for n in range(1, kills + 2):
        assert (tmp_path / f"shelf{n}" / V2 / "release.json").exists()
        assert not (tmp_path / f"shelf{n}" / V2 / ".parts").exists()


@pytest.mark.parametrize("same", [True, False])
def test_two_publishers_at_once_to_a_folder(release: Path, tmp_path: Path, same: bool) -> None:
    other = release if same else make(tmp_path / "elsewhere", V2, "by another")
    for n in range(6):
        to = tmp_path / f"shelf{n}"
        ends = two((release, other), str(to))
        one_of_them_or_both(ends, same)
        assert content(to / V2) in (content(release), content(other))
        assert not (to / V2 / ".parts").exists()


def one_of_them_or_both(ends: list[str], same: bool) -> None:
    good = [end for end in ends if end.startswith(V2)]
    assert len(good) == (2 if same else 1), ends
    for end in ends:
        assert end in good or ("ConfigError" in end and "other contents" in end), ends


def test_another_release_under_the_same_version_is_refused(release: Path, tmp_path: Path) -> None:
    publish(release, str(tmp_path / "shelf"))
    other = make(tmp_path / "elsewhere", V2, "by another")
    with pytest.raises(ConfigError, match=r"there already, with other contents; .* a version other than 2026\.11\.1"):
        publish(other, str(tmp_path / "shelf"))
    assert content(tmp_path / "shelf" / V2) == content(release)


def test_the_claim_of_a_dead_publisher_keeps_another_release_out(release: Path, tmp_path: Path) -> None:
    process, _ = start(release, str(tmp_path / "shelf"), {}, kill_at=30)
    process.join()
    other = make(tmp_path / "elsewhere", V2, "by another")
    with pytest.raises(ConfigError, match="other contents is being published there; wait for it, or"):
        publish(other, str(tmp_path / "shelf"))
    assert not (tmp_path / "shelf" / V2 / "release.json").exists()


def test_a_damaged_release_is_not_sent(release: Path, tmp_path: Path) -> None:
    part = release / "data/en/part-00000.parquet"
    good = part.read_bytes()
    part.write_bytes(good[:-1] + b"?")
    done = runs.scutch("publish", V2, "--to", tmp_path / "shelf", "--output", tmp_path / "out", code=2)
    assert one_line(done) == f"scutch: {part}: not the file that SHA256SUMS lists; take another copy of this release"
    part.unlink()
    with pytest.raises(ConfigError, match=r"part-00000\.parquet: missing"):
        publish(release, str(tmp_path / "shelf"))
    part.write_bytes(good)
    sums = (release / "SHA256SUMS").read_text()
    for wrong, message in (("", "does not list release.json"), (f"{'0' * 64}  ../x\n", "damaged"), ("?\n", "damaged")):
        (release / "SHA256SUMS").write_text(wrong)
        with pytest.raises(ConfigError, match=message):
            publish(release, str(tmp_path / "shelf"))
    (release / "SHA256SUMS").unlink()
    with pytest.raises(ConfigError, match="SHA256SUMS: missing"):
        publish(release, str(tmp_path / "shelf"))
    (release / "SHA256SUMS").write_text(sums)
    assert not (tmp_path / "shelf").exists()
    assert publish(release, str(tmp_path / "shelf")).sent == 5


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error, below the notes of what was sent before."""
    lines = [line for line in done.stderr.splitlines() if not line.endswith((": sent", ": there already"))]
    assert len(lines) == 1, done.stderr
    assert not done.stdout
    return lines[0]


@contextmanager
def small_disk(at: Path, options: str) -> Iterator[Path]:
    at.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", at], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


def test_a_full_disk_ends_in_one_line_and_room_lets_it_go_on(tmp_path: Path) -> None:
    release = make(tmp_path / "out", V2, filler=2 << 20)
    earlier = make(tmp_path / "out", V1)
    with small_disk(tmp_path / "disk", "size=1m") as disk:
        publish(earlier, str(disk))
        done = runs.scutch("publish", V2, "--to", disk, "--output", tmp_path / "out", code=1)
        assert one_line(done) == (
            f"scutch: {disk}: No space left on device; make room and publish again: it goes on where it stopped"
        )
        assert not (disk / V2 / "release.json").exists()
        assert content(disk / V1) == content(earlier)
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        assert publish(release, str(disk)).sent < 6
        assert content(disk / V2) == content(release)


def test_a_read_only_place_ends_in_one_line(release: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=1m,ro") as disk:
        done = runs.scutch("publish", V2, "--to", disk, "--output", tmp_path / "out", code=2)
        assert one_line(done) == f"scutch: --to: {disk} cannot be written (Read-only file system); name another folder"
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be written \(Not a directory\); name another folder"):
        publish(release, str(tmp_path / "file"))


def test_what_cannot_be_published_to_is_refused(release: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--to: sftp cannot create a file only where .* name a folder, s3://"):
        publish(release, "sftp://host.example/data")
    with pytest.raises(ConfigError, match="is no dataset of the Hub; write hf://datasets/OWNER/NAME"):
        publish(release, "hf://vellmar/pages")
    with pytest.raises(ConfigError, match="is where the release lies"):
        publish(release, str(tmp_path / "out" / "releases"))
    with pytest.raises(ConfigError, match="names no bucket"):
        publish(release, "s3://")
    runs.scutch("publish", "2026.1", "--to", tmp_path / "x", "--output", tmp_path / "out", code=2)


def test_any_store_with_exclusive_creation_will_do(release: Path) -> None:
    assert publish(release, "memory://shelf").sent == 5
    assert publish(release, "memory://shelf").sent == 0
    files = fsspec.filesystem("memory")
    assert {path: files.cat_file(f"/shelf/{V2}/{path}") for path in content(release)} == content(release)


def test_what_a_store_keeps_only_in_part_is_not_made_visible(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = fsspec.filesystem("memory")

    def half(self: Any, local: str, path: str, **_: Any) -> None:
        self.pipe_file(path, Path(local).read_bytes()[:-1])

    monkeypatch.setattr(type(files), "put_file", half)
    with pytest.raises(OSError, match="what was read back is not what was sent; publish again"):
        publish(release, "memory://leaky")
    assert not files.exists(f"/leaky/{V2}/release.json")
    monkeypatch.undo()
    assert publish(release, "memory://leaky").sent == 5


# S3


def test_s3_gets_the_release_and_a_second_time_nothing(release: Path, tmp_path: Path, bucket: Bucket) -> None:
    large = make(tmp_path / "out", "2026.12.1", filler=20 << 20)  # in parts
    for version, folder, files in ((V2, release, 5), ("2026.12.1", large, 6)):
        to = ("publish", version, "--to", bucket.url, "--output", tmp_path / "out")
        done = runs.scutch(*to)
        assert done.stdout == f"{version} is at {bucket.url}/{version}: {files} of {files} files sent, all checked\n"
        assert bucket.content(version) == content(folder)
        assert publish(folder, bucket.url).sent == 0


def test_a_copy_on_s3_is_read_in_one_line(release: Path, bucket: Bucket) -> None:
    import pandas as pd

    publish(release, bucket.url)
    assert len(pd.read_parquet(f"{bucket.url}/{V2}/data")) == 100


def test_killed_anywhere_s3_shows_the_whole_release_or_none(tmp_path: Path, bucket: Bucket) -> None:
    release, earlier = make(tmp_path / "out", V2, languages=("en",)), make(tmp_path / "out", V1)
    publish(earlier, bucket.url)
    files = bucket.files

    def check(n: int) -> None:
        root = f"{bucket.name}/data/{n}/{V2}"
        if files.exists(f"{root}/release.json"):
            assert {path: files.cat_file(f"{root}/{path}") for path in content(release)} == content(release)

    kills = walk(release, lambda n: f"{bucket.url}/{n}", check)
    assert kills > 15
    assert bucket.content(V1) == content(earlier)


@pytest.mark.parametrize("same", [True, False])
def test_two_publishers_at_once_to_s3(release: Path, tmp_path: Path, bucket: Bucket, same: bool) -> None:
    other = release if same else make(tmp_path / "elsewhere", V2, "by another")
    for n in range(3):
        one_of_them_or_both(two((release, other), f"{bucket.url}/{n}"), same)
        root = f"{bucket.name}/data/{n}/{V2}"
        there = {path: bucket.files.cat_file(f"{root}/{path}") for path in content(release)}
        assert there in (content(release), content(other))


def test_dropped_connections_are_tried_again(release: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(bucket.server, drop=3) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way)
        assert publish(release, bucket.url).sent == 5
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server)
    assert bucket.content(V2) == content(release)


def test_what_was_spoilt_on_the_way_is_not_made_visible(
    release: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(bucket.server, spoil=b"Pages of Vellmar") as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way)
        with pytest.raises(OSError, match=r"README\.md: what was read back is not what was sent"):
            publish(release, bucket.url)
    assert not bucket.files.exists(f"{bucket.url}/{V2}/release.json")
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server)
    publish(release, bucket.url)
    assert bucket.content(V2) == content(release)


def test_a_store_that_does_not_keep_its_word_is_refused(
    release: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(bucket.server, spoil=b"If-None-Match") as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way)
        with pytest.raises(ConfigError, match="overwrites a file that it was asked to create only where there is none"):
            publish(release, bucket.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server)
    assert bucket.files.find(bucket.name) == []


def test_a_missing_bucket_and_a_dead_server_end_in_one_line(
    release: Path, tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = ("publish", V2, "--output", tmp_path / "out", "--to")
    missing = one_line(runs.scutch(*to, "s3://no-such-bucket/data", code=2))
    assert missing.startswith("scutch: s3://no-such-bucket/data: ")
    assert missing.endswith("; make the bucket first")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    dead = one_line(runs.scutch(*to, bucket.url, code=1))
    assert dead.endswith("; publish again: it goes on where it stopped")


# The Hub


def test_the_hub_gets_the_release_in_one_commit_and_a_tag(release: Path, tmp_path: Path, the_hub: hub.Hub) -> None:
    to = ("publish", V2, "--to", REPO, "--output", tmp_path / "out")
    done = runs.scutch(*to, "--private")
    assert done.stdout == f"{V2} is at {REPO}@{V2}: 5 of 5 files sent, all checked\n"
    assert done.stderr.count("\n") == 1
    repository = the_hub.repositories["vellmar/pages"]
    assert repository.private
    assert repository.titles == ["initial commit", f"Vellmar {V2}"]
    assert the_hub.files("vellmar/pages") == the_hub.files("vellmar/pages", V2) == content(release)
    the_hub.requests.clear()
    assert "nothing sent" in runs.scutch(*to).stdout
    assert not any(request.startswith(("POST", "PUT")) for request in the_hub.requests)


def test_the_next_release_replaces_the_last_which_keeps_its_tag(tmp_path: Path, the_hub: hub.Hub) -> None:
    one, two_ = make(tmp_path / "out", V1), make(tmp_path / "out", V2, languages=("en", "fr"))
    publish(one, REPO)
    repository = the_hub.repositories["vellmar/pages"]
    repository.commit("notes", repository.commits[repository.main] | {"NOTES.md": hub.Blob(b"ours", lfs=False)})
    publish(two_, REPO)
    assert the_hub.files("vellmar/pages") == {**content(two_), "NOTES.md": b"ours"}
    assert the_hub.files("vellmar/pages", V1) == content(one)
    assert publish(one, REPO).sent == 0


def test_the_hub_copy_is_loaded_in_one_line(release: Path, the_hub: hub.Hub) -> None:
    publish(release, REPO)
    code = (
        "import datasets; datasets.disable_progress_bars();"
        f"print(len(datasets.load_dataset('vellmar/pages', split='train', revision='{V2}')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout == "100\n", done.stderr


def test_killed_anywhere_the_hub_shows_the_whole_release_or_none(
    release: Path, tmp_path: Path, the_hub: hub.Hub
) -> None:
    earlier = make(tmp_path / "out", V1, "earlier")

    kills = 0
    for n in range(1, 100):
        name = f"vellmar/pages{n}"
        publish(earlier, f"hf://datasets/{name}")
        asked = 0
        victims: list[Any] = []

        def fault(_: str, __: str, n: int = n, victims: list[Any] = victims) -> str | None:
            nonlocal asked
            asked += 1
            if asked != n:
                return None
            os.kill(victims[0].pid, signal.SIGKILL)
            return hub.DROP

        the_hub.fault = fault
        gate = fork.Barrier(2)
        process, outcome = start(release, f"hf://datasets/{name}", environment(), started=gate)
        victims.append(process)
        gate.wait()
        process.join()
        the_hub.fault = lambda *_: None
        assert the_hub.files(name) in (content(earlier), content(release))
        assert the_hub.files(name, V1) == content(earlier)
        if process.exitcode == 0:
            assert outcome.get().startswith(V2)
            break
        kills += 1
        publish(release, f"hf://datasets/{name}")
        assert the_hub.files(name) == the_hub.files(name, V2) == content(release)
    assert kills > 10


@pytest.mark.parametrize("same", [True, False])
def test_two_publishers_at_once_to_the_hub(release: Path, tmp_path: Path, the_hub: hub.Hub, same: bool) -> None:
    other = release if same else make(tmp_path / "elsewhere", V2, "by another")
    publish(make(tmp_path / "out", V1), REPO)
    both = threading.Barrier(2)

    def meet(_: str, path: str) -> None:
        if "/commit/" in path:
            both.wait(timeout=60)  # both have seen the same parent by now

    the_hub.fault = meet
    one_of_them_or_meanwhile(two((release, other), REPO), same)
    the_hub.fault = lambda *_: None
    assert the_hub.files("vellmar/pages") in (content(release), content(other))
    assert the_hub.files("vellmar/pages") == the_hub.files("vellmar/pages", V2)
    if not same:
        loser = other if the_hub.files("vellmar/pages") == content(release) else release
        with pytest.raises(ConfigError, match="there already, with other contents"):
            publish(loser, REPO)


def one_of_them_or_meanwhile(ends: list[str], same: bool) -> None:
    good = [end for end in ends if end.startswith(V2)]
    assert len(good) == (2 if same else 1), ends
    for end in ends:
        assert end in good or ("ConfigError" in end and "somebody else committed meanwhile" in end), ends


def test_the_same_version_is_refused_before_its_tag_is_there(release: Path, tmp_path: Path, the_hub: hub.Hub) -> None:
    publish(release, REPO)
    the_hub.repositories["vellmar/pages"].tags.clear()
    with pytest.raises(ConfigError, match="there already, with other contents"):
        publish(make(tmp_path / "elsewhere", V2, "by another"), REPO)
    assert publish(release, REPO).sent == 0
    assert V2 in the_hub.repositories["vellmar/pages"].tags


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/refs", 503),
        ("/storage/", hub.DROP),
        ("/storage/", 500),
        ("/commit/", hub.DROP),
        ("/commit/", hub.DROP_ANSWER),
        ("/tag/", hub.DROP_ANSWER),
    ],
)
def test_a_stumble_of_the_hub_is_overcome(release: Path, the_hub: hub.Hub, path: str, fault: str | int) -> None:
    left = [1]

    def once(_: str, asked: str) -> str | int | None:
        if path in asked and left[0]:
            left[0] -= 1
            return fault
        return None

    the_hub.fault = once
    publish(release, REPO)
    assert not left[0]
    assert the_hub.files("vellmar/pages") == the_hub.files("vellmar/pages", V2) == content(release)
    assert len(the_hub.repositories["vellmar/pages"].titles) == 2


def test_what_the_hub_says_of_the_card_is_told(release: Path, tmp_path: Path, the_hub: hub.Hub) -> None:
    bad = make(tmp_path / "bad", V1)
    (bad / "README.md").write_text("---\nlicense: [\n---\n")
    sums = (bad / "SHA256SUMS").read_text().splitlines()
    lines = [line if "README" not in line else f"{digest(bad / 'README.md')}  README.md" for line in sums]
    (bad / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    with pytest.raises(ConfigError, match=r"vellmar/pages: Invalid metadata in README\.md"):
        publish(bad, REPO)


# Secrets


def test_an_address_with_credentials_is_refused_and_not_repeated(release: Path, tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    done = runs.scutch("publish", V2, "--to", f"s3://key:{secret}@bucket/data", "--output", tmp_path / "out", code=2)
    assert "put credentials into the environment" in one_line(done)
    assert secret not in done.stderr
    for to in (f"s3://bucket/data?token={secret}", f"hf://{secret}@datasets/a/b", f"file://me:{secret}@/x"):
        with pytest.raises(ConfigError, match="put credentials into the environment") as refused:
            publish(release, to)
        assert secret not in str(refused.value)


def test_no_secret_reaches_a_log_or_an_error(
    release: Path,
    bucket: Bucket,
    the_hub: hub.Hub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []

    def ask(to: str) -> None:
        try:
            told.append(str(publish(release, to, note=told.append)))
        except (ConfigError, OSError) as error:
            told.append(f"{type(error).__name__}: {error}")

    left = ["/storage/", "/refs"]
    the_hub.fault = lambda _, path: hub.DROP if left and left[0] in path and left.pop(0) else None
    ask(REPO)
    assert told[-1].startswith(V2)
    monkeypatch.setenv("HF_TOKEN", wrong := "hf_wrongButStillSecret")
    ask("hf://datasets/vellmar/others")
    assert told[-1].startswith("ConfigError: hf://datasets/vellmar/others: access denied")
    with proxy(bucket.server, drop=1) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", way)
        ask(bucket.url)
    assert told[-1].startswith(V2)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.server)
    authentication(bucket.server, after=0)
    try:
        ask(f"{bucket.url}/other")
    finally:
        authentication(bucket.server, after=10**9)
    assert told[-1].startswith(f"ConfigError: {bucket.url}/other: access denied")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    ask(f"{bucket.url}/other")
    assert "no credentials; put them into the environment" in told[-1]
    out, err = capfd.readouterr()
    everything = "\n".join([*told, caplog.text, out, err])
    for secret in (SECRET, TOKEN, wrong, hub.SIGNATURE):
        assert secret not in everything


@pytest.mark.timeout(280)
def test_credentials_come_from_a_prefect_block(
    release: Path, bucket: Bucket, the_hub: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.blocks.core import Block
    from prefect.blocks.system import Secret
    from prefect.testing.utilities import prefect_test_harness
    from pydantic import SecretStr

    class Credentials(Block):
        """As the collection for AWS has them."""

        _block_type_name = "AWS Credentials"
        _block_type_slug = "aws-credentials"
        aws_access_key_id: str
        aws_secret_access_key: SecretStr
        aws_client_parameters: dict[str, str]

    for name in (*bucket.env, "HF_TOKEN"):
        monkeypatch.delenv(name)
    with prefect_test_harness(server_startup_timeout=120):
        Secret(value=TOKEN).save("hub")
        Secret(value=bucket.env).save("shelf")
        Secret(value={"lower": "no"}).save("useless")
        Credentials(
            aws_access_key_id="AKIAVELLMAR",
            aws_secret_access_key=SecretStr(SECRET),
            aws_client_parameters={"endpoint_url": bucket.server},
        ).save("shelf")
        before = dict(os.environ)
        assert publish(release, REPO, block="secret/hub").sent == 5
        assert publish(release, bucket.url, block="aws-credentials/shelf").sent == 5
        monkeypatch.setenv("SCUTCH_BLOCK", "secret/shelf")
        assert publish(release, bucket.url).sent == 0
        monkeypatch.delenv("SCUTCH_BLOCK")
        assert dict(os.environ) == before
        for block, why in (("secret/none", "has no block"), ("secret/useless", "neither"), ("hub", "as secret/NAME")):
            with pytest.raises(ConfigError, match=why):
                publish(release, bucket.url, block=block)


def authentication(server: str, after: int) -> None:
    """Have the server ask who it is, after this many requests that it does not."""
    asked = urllib.request.Request(f"{server}/moto-api/reset-auth", data=str(after).encode(), method="POST")
    asked.add_header("Content-Type", "text/plain")
    urllib.request.urlopen(asked, timeout=10).close()
