"""Bad input, each kind once: it ends in quarantine, in the list of what was not read, or in one line and exit code 2."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import ask
from tests import runs

GOOD = "The ferry to Skarholm leaves at seven, and whoever misses it has the whole pier to himself until noon."


def run_on(tmp_path: Path, *more: str) -> dict[str, Any]:
    """Run over tmp_path/in; the sums are right whatever was in there. The good pages of these tests are much alike."""
    alike = ("--set", "dedup.near.enabled=false")
    runs.run(tmp_path / "in", tmp_path / "out", "--workers", "1", *alike, *more)
    told = runs.told(tmp_path / "out")
    records = told["records"]
    assert records["in"] == records["kept"] + records["rejected"] + records["quarantined"]
    return told


def put(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def lines(*rows: Any) -> bytes:
    return b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (("--input", "{tmp}/none"), "none"),
        (("--input", "{tmp}/empty"), "empty"),
        (("--input", "{tmp}/*.nothing"), "nothing"),
        (("--input", "{tmp}/some", "--set", "judge.enabld=1"), "did you mean judge.enabled?"),
        (("--input", "{tmp}/some", "--set", "workers=[]"), "workers: "),
        (("--input", "{tmp}/some", "--config", "{tmp}/no.yaml"), "no such config file"),
        (("--input", "{tmp}/some", "--output", "{tmp}/some/a.txt"), "output: "),
        (("--input", "{tmp}/some", "--output", "/proc/scutch"), "output: "),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(tmp_path: Path, args: tuple[str, ...], answer: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "a.txt").write_text(GOOD)
    filled = [arg.replace("{tmp}", str(tmp_path)) for arg in args]
    if "--output" not in filled:
        filled += ["--output", str(tmp_path / "out")]
    done = runs.scutch("run", "--plain", *filled, code=2)
    assert done.stderr.count("\n") == 1, done.stderr
    assert answer in done.stderr


def test_invalid_json_among_good_lines(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.jsonl",
        lines(
            {"id": "1", "text": GOOD},
            b'{"id": "2", "text": ',
            b"[1, 2]",
            {"id": "4", "txt": "x"},
            {"id": "5", "text": GOOD + " Or one."},
        ),
    )
    told = run_on(tmp_path)
    assert (told["records"]["kept"], told["records"]["quarantined"]) == (2, 3)
    assert all(row["source"] == "a.jsonl" and row["error"] for row in runs.rows(tmp_path / "out", "quarantine"))


def test_truncated_gzip_and_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    import random

    rows = [{"id": str(n), "text": f"{GOOD} {random.Random(n).random()}"} for n in range(500)]
    whole = gzip.compress(lines(*rows), mtime=0)
    put(tmp_path, "cut.jsonl.gz", whole[: len(whole) // 2])
    put(tmp_path, "liar.parquet", lines({"id": "p", "text": GOOD + " It is JSON."}))
    put(tmp_path, "liar.jsonl", gzip.compress(GOOD.encode() + b" It is a text.", mtime=0))
    put(tmp_path, "picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    told = run_on(tmp_path)
    assert told["records"]["kept"] > 100
    assert [row["source"] for row in runs.rows(tmp_path / "out", "quarantine")] == ["cut.jsonl.gz"]
    assert [skipped["source"] for skipped in told["input"]["skipped"]] == ["picture.txt"]


def test_truncated_warc(tmp_path: Path) -> None:
    def record(n: int) -> bytes:
        body = f"<html><head><title>Pier {n}</title></head><body><article><p>{GOOD}</p><p>{GOOD} Again {n}.</p></article></body></html>".encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{n}>\r\nWARC-Target-URI: http://pier.example/{n}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        return head.encode() + http + b"\r\n\r\n"

    put(tmp_path, "cut.warc", record(1) + record(2)[:-100])
    told = run_on(tmp_path)
    assert told["records"]["kept"] == 1
    assert told["records"]["quarantined"] == 1


def test_nul_bytes_lone_surrogates_and_odd_line_ends(tmp_path: Path) -> None:
    put(tmp_path, "nul.txt", GOOD.encode() + b"\0\0 and on.\n")
    put(tmp_path, "crlf.txt", (GOOD + " Once.\r\n\r\n" + GOOD + " Twice.\r\n").encode())
    put(tmp_path, "a.jsonl", lines(b'{"id": "s", "text": "' + GOOD.encode() + b' \\ud800 alone."}'))
    told = run_on(tmp_path)
    assert told["records"]["kept"] == 3
    for row in runs.rows(tmp_path / "out", "documents"):
        row["text"].encode()
    assert ask.restore(ask.find(tmp_path / "out", "crlf.txt")) == (tmp_path / "in" / "crlf.txt").read_bytes()
    assert ask.restore(ask.find(tmp_path / "out", "s")).decode("utf-8", "surrogatepass") == GOOD + " \ud800 alone."


def test_parquet_without_a_text_column(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"id": ["1", "2"], "body_of_water": ["sea", "lake"]}), tmp_path / "in" / "a.parquet")
    put(tmp_path, "good.txt", GOOD.encode())
    told = run_on(tmp_path)
    assert told["records"]["kept"] == 1
    assert "body_of_water" in runs.rows(tmp_path / "out", "quarantine")[0]["error"]


def test_two_rows_with_the_same_id(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.jsonl",
        lines(
            {"id": "x", "text": GOOD},
            {"id": "x", "text": GOOD + " But not that one."},
            {"id": "y", "text": GOOD + " Nor this."},
        ),
    )
    told = run_on(tmp_path)
    assert (told["records"]["kept"], told["records"]["quarantined"]) == (2, 1)
    (row,) = runs.rows(tmp_path / "out", "quarantine")
    assert (row["record"], row["offset"], row["raw"]) == ("x", 1, (GOOD + " But not that one.").encode())
    ids = {page["id"] for page in runs.rows(tmp_path / "out", "documents")}
    assert {change["id"] for change in runs.rows(tmp_path / "out", "ledger")} <= ids


def test_unreadable_files(tmp_path: Path) -> None:
    put(tmp_path, "good.txt", GOOD.encode())
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere")
    put(tmp_path, "void.jsonl", b"")
    told = run_on(tmp_path)
    assert told["records"]["kept"] == 1
    assert {skipped["source"] for skipped in told["input"]["skipped"]} == {"gone.txt", "void.jsonl"}


def test_a_line_of_200_mb(tmp_path: Path) -> None:
    path = put(tmp_path, "long.jsonl", lines({"id": "1", "text": GOOD}))
    with path.open("ab") as file:
        file.write(b'{"id": "2", "text": "')
        for _ in range(200):
            file.write(b"word " * 200_000)
        file.write(b'"}\n')
        file.write(lines({"id": "3", "text": GOOD + " After it."}))
    told = run_on(tmp_path)
    assert (told["records"]["kept"], told["records"]["quarantined"]) == (2, 1)
    assert len(runs.rows(tmp_path / "out", "quarantine")[0]["raw"]) <= 64 * 1024


def test_a_page_of_a_million_lines(tmp_path: Path) -> None:
    lines_ = (f"Line {n} of the harbour log was kept by hand." if n % 3 else str(n) for n in range(1_000_000))
    put(tmp_path, "log.txt", "\n".join(lines_).encode())
    told = run_on(tmp_path)
    assert told["records"] == {"in": 1, "kept": 1, "rejected": 0, "quarantined": 0}


def test_bytes_that_are_no_text_in_any_encoding(tmp_path: Path) -> None:
    put(tmp_path, "good.txt", GOOD.encode())
    put(
        tmp_path,
        "page.html",
        b"<html><body>" + bytes(range(128, 256)) * 4 + b"\x81\x8d\x8f\x90\x9d" * 200 + b"</body></html>",
    )
    told = run_on(tmp_path)
    assert told["records"]["in"] == 2
