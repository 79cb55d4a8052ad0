"""Ingest, through its public interface, on real files."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import pickle
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import config
from pipeline.config import ConfigError, Ingest
from pipeline.ingest import Broken, Item, NotPage, Plan, Record, plan, read

PAGE = "The ferry to Holm leaves at nine.\n\nBring a coat; the crossing is cold.\n"
HTML = "<!DOCTYPE html>\n<html><head><title>Ferry</title></head><body><p>The ferry leaves at nine.</p></body></html>"


def gz(data: bytes) -> bytes:
    """The same bytes at any time: they stand in the names of tests, which every process of the suite has to know alike."""
    return gzip.compress(data, mtime=0)


def zst(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gz,
    ".zst": zst,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def given_settings(**values: Any) -> Ingest:
    base = config.load().ingest.model_dump()
    columns = {**base["columns"], **values.pop("columns", {})}
    return Ingest.model_validate({**base, **values, "columns": columns})


SETTINGS = given_settings()


def everything(made: Plan, settings: Ingest = SETTINGS) -> list[Item]:
    return [item for shard in made.shards for part in shard.slices for item in read(part, settings)]


def load(folder: Path | str, settings: Ingest = SETTINGS) -> list[Item]:
    return everything(plan(str(folder), settings), settings)


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def one(folder: Path, name: str, data: bytes | str, settings: Ingest = SETTINGS) -> tuple[str, list[Item]]:
    """Format and items of a single file."""
    put(folder, name, data)
    made = plan(str(folder / name), settings)
    assert not made.skipped
    return made.sources[0].format, everything(made, settings)


def why(folder: Path, name: str, data: bytes | str) -> str:
    """Why a single file is not read."""
    put(folder, name, data)
    made = plan(str(folder / name), SETTINGS)
    assert not made.sources
    assert not made.shards
    return made.skipped[0].reason


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


ROWS = [
    {"id": f"p{i}", "url": f"https://a.example/{i}", "text": f"Page {i} is here.\nLigne é {i}, 行 {i}"}
    for i in range(25)
]


def table(mark: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "url", "text"], delimiter=mark, lineterminator="\n")
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue().encode()


def parquet(rows: list[dict[str, Any]] | pa.Table, **how: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows), out, **how)
    return out.getvalue()


def warc(n: int = 25, gz: bool = False) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gz)
    writer.write_record(writer.create_warcinfo_record("made.warc", {"software": "test"}))
    for i in range(n):
        headers = StatusAndHeaders(
            "200 OK",
            [("Content-Type", "text/html; charset=Windows-1252"), ("X-Robots-Tag", "noai"), ("Server", "x")],
            protocol="HTTP/1.1",
        )
        body = io.BytesIO(HTML.replace("nine", f"nine and {i}").encode())
        writer.write_record(
            writer.create_warc_record(
                f"https://a.example/{i}",
                "response",
                payload=body,
                http_headers=headers,
                warc_headers_dict={"WARC-Record-ID": f"<urn:uuid:{i}>", "WARC-Date": "2024-05-01T00:00:00Z"},
            )
        )
    return out.getvalue()


def response(block: bytes, kind: str = "response", mime: str = "application/http", extra: str = "") -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:x>\r\nContent-Type: {mime}\r\n{extra}"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"


FORMATS: dict[str, tuple[str, bytes, int]] = {
    "text": ("page.txt", PAGE.encode(), 1),
    "html": ("page.html", HTML.encode(), 1),
    "jsonl": ("rows.jsonl", jsonl(ROWS), 25),
    "csv": ("rows.csv", table(), 25),
    "tsv": ("rows.tsv", table("\t"), 25),
    "parquet": ("rows.parquet", parquet(ROWS), 25),
    "warc": ("crawl.warc", warc(), 25),
}


# ---------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_in_every_compression(tmp_path: Path, kind: str, packed: str) -> None:
    name, data, n = FORMATS[kind]
    put(tmp_path, name + packed, PACK[packed](data))
    made = plan(str(tmp_path), SETTINGS)
    assert [(s.format, s.compression) for s in made.sources] == [(kind, packed[1:] or None)]
    items = everything(made)
    records = [item for item in items if isinstance(item, Record)]
    assert len(records) == n
    assert [item for item in items if isinstance(item, Broken)] == []
    if n == 1:
        assert records[0].record is None
        assert records[0].offset == 0
        assert records[0].raw == data
    elif kind == "warc":
        assert records[3].record == "<urn:uuid:3>"
    else:
        assert [(r.record, r.url, r.raw) for r in records] == [(r["id"], r["url"], r["text"]) for r in ROWS]
        assert [r.offset for r in records] == list(range(25))


@pytest.mark.parametrize("packed", [p for p in PACK if p])
def test_names_do_not_matter_to_compression(tmp_path: Path, packed: str) -> None:
    assert one(tmp_path, "a.jsonl", PACK[packed](jsonl(ROWS)))[0] == "jsonl"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("plain.gz", PAGE, "text"),
        ("rows.parquet", jsonl(ROWS), "jsonl"),
        ("rows.txt", parquet(ROWS), "parquet"),
        ("crawl.jsonl", warc(2), "warc"),
        ("page.txt", HTML, "html"),
        ("page.jsonl", HTML, "html"),
        ("page.html", PAGE, "text"),
        ("piece.html", "<p>A piece of a page.</p>", "html"),
        ("about.txt", "The <html> tag opens a page, and <body> follows.\n", "text"),
        ("prose.jsonl", PAGE, "text"),
        ("prose.csv", PAGE, "text"),
        ("code.txt", "{ this is no JSON }\nnor this\n", "text"),
        ("code2.txt", '{"a": 1}\nonly the first line is JSON\nand no other\nof them\n', "text"),
        ("BZh.txt", "BZhello is a word that begins like bzip2 data.\n", "text"),
        ("MZ.txt", "MZ are the initials of a painter.\n", "text"),
        ("blank.txt", "\n \n", "text"),
        ("noname", jsonl(ROWS), "jsonl"),
        ("bom.jsonl", b"\xef\xbb\xbf" + jsonl(ROWS), "jsonl"),
        ("late.jsonl", "broken first line\n" + jsonl(ROWS).decode(), "jsonl"),
        ("page.xhtml", '<?xml version="1.0"?>\n' + HTML, "html"),
        ("wide.html", ("\ufeff" + HTML).encode("utf-16-le"), "html"),
        ("wide.txt", ("\ufeff" + PAGE).encode("utf-16-be"), "text"),
        ("wide-no-bom.txt", PAGE.encode("utf-16-le"), "text"),
        ("wide-cjk.txt", ("渡船九点出发。\n请带外套，途中很冷。\n" * 40).encode("utf-16-le"), "text"),
        ("sjis.txt", ("渡し船は九時に出ます。\n" * 40).encode("shift-jis"), "text"),
        ("jis.txt", ("渡し船は九時に出ます。\n" * 40).encode("iso-2022-jp"), "text"),
        ("nuls.txt", b"The ferry\0 leaves at nine, and it is cold\0 on the water.\n", "text"),
    ],
)
def test_content_says_what_a_file_is(tmp_path: Path, name: str, data: bytes | str, kind: str) -> None:
    assert one(tmp_path, name, data)[0] == kind


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty file"),
        ("a.gz", gz(b""), "empty"),
        ("a.txt", b"%PDF-1.7\n%abc\n", "PDF"),
        ("a.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        ("a.txt", b"PK\x03\x04\x14\0\0\0", "zip"),
        ("a.bin", bytes(range(256)) * 20, "binary"),
        ("a.txt", random.Random(7).randbytes(9000), "binary"),
        ("a.gz", gz(gz(b"twice")), "twice"),
        ("a.tgz", gz(b"name".ljust(257, b"\0") + b"ustar".ljust(300, b"\0")), "tar"),
        ("a.gz", gz(PAGE.encode())[:10], "truncated"),
        ("feed.xml", '<?xml version="1.0"?><rss><channel/></rss>', "XML"),
        ("_SUCCESS", b"done", "underscore"),
    ],
)
def test_what_is_no_page_is_listed(tmp_path: Path, name: str, data: bytes | str, reason: str) -> None:
    if name.startswith("_"):
        put(tmp_path, name, data)
        assert reason in plan(str(tmp_path), SETTINGS).skipped[0].reason
    else:
        assert reason in why(tmp_path, name, data)


# ---------------------------------------------------------------------------------------------- rows


def test_rows_without_an_id_are_numbered_by_line(tmp_path: Path) -> None:
    _, items = one(tmp_path, "a.jsonl", '{"text": "one"}\n\n{"id": null, "text": "three"}\n{"id": 7, "text": "four"}')
    assert [(i.record, i.offset) for i in items if isinstance(i, Record)] == [
        ("row:0", 0),
        ("row:2", 2),
        ("7", 3),
    ]


def test_bad_lines_among_good_ones(tmp_path: Path) -> None:
    lines = [
        b'{"text": "good 0"}',
        b'{"text": "cut',
        b"[1, 2]",
        b'{"a": 1, "b": 2}',
        b'{"text": ["no", "text"]}',
        b'{"text": null}',
        b'{"text": "a \\ud800 b"}',
        b'{"text": "a \xff b"}',
        b'{"text": "a \x00 b"}',
        b'{"text": "a \\u0000 b"}',
        b'{"text": "big", "n": 123456789012345678901234567890}',
        b'{"text": "deep", "n": ' + b"[" * 100_000 + b"}",
        b'{"text": "last"}',
    ]
    _, items = one(tmp_path, "a.jsonl", b"\n".join(lines))
    good = {i.offset: i.raw for i in items if isinstance(i, Record)}
    assert good == {
        0: "good 0",
        5: "",
        6: "a \ud800 b",
        7: "a \udcff b",
        8: "a \0 b",
        9: "a \0 b",
        10: "big",
        12: "last",
    }
    bad = {i.offset: i for i in items if isinstance(i, Broken)}
    assert sorted(bad) == [1, 2, 3, 4, 11]
    assert bad[1].error.startswith("not valid JSON")
    assert bad[1].raw == lines[1]
    assert bad[1].record == "row:1"
    assert bad[2].error == "not a JSON object: list"
    assert bad[3].error == "no text column: has a, b; name yours in ingest.columns.text"
    assert "list" in bad[4].error
    assert all("\n" not in item.error for item in bad.values())


def test_columns(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "doc_id": "x",
            "Text": "folded",
            "Title": "T",
            "author": ["A", "B"],
            "date": "2024-01-01",
            "nlp": {"k": 1},
        },
        {"text": "both", "html": "<p>both</p>"},
        {"text": " ", "html": "<p>page</p>"},
        {"text": None, "content": "second choice"},
        {"html": "<p>only</p>", "title": "x" * 9999, "url": " https://a.example/é "},
        {"text": "t", "id": "a\ud800"},
    ]
    put(tmp_path, "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    found = [i for i in load(tmp_path) if isinstance(i, Record)]
    assert [(r.record, r.kind, r.raw) for r in found] == [
        ("x", "text", "folded"),
        ("row:1", "text", "both"),
        ("row:2", "html", "<p>page</p>"),
        ("row:3", "text", "second choice"),
        ("row:4", "html", "<p>only</p>"),
        ("a\\ud800", "text", "t"),
    ]
    assert found[0].row == {"title": "T", "author": ["A", "B"], "date": "2024-01-01"}
    assert found[4].row == {}
    assert found[4].url == "https://a.example/é"
    assert (
        next(r.raw for r in load(tmp_path, given_settings(columns={"text": []})) if isinstance(r, Record))
        == "<p>both</p>"
    )


def test_a_huge_line_is_passed_over(tmp_path: Path) -> None:
    small = given_settings(record_mb=0.5)
    data = b'{"text": "a"}\n{"text": "' + b"x" * 3_000_000 + b'"}\n{"text": "b"}\n{"text": "' + b"y" * 600_000 + b'"}'
    _, items = one(tmp_path, "a.jsonl", data, small)
    assert [(type(i).__name__, i.offset) for i in items if not isinstance(i, NotPage)] == [
        ("Record", 0),
        ("Broken", 1),
        ("Record", 2),
        ("Broken", 3),
    ]
    assert isinstance(items[1], Broken)
    assert "larger than ingest.record_mb: 3.0 MB, allowed are 0.5" in items[1].error
    assert 0 < len(items[1].raw) <= 65536
    _, items = one(tmp_path, "b.txt", b"x" * 3_000_000, small)
    assert isinstance(items[0], Broken)
    assert len(items[0].raw) == 65536
    _, items = one(tmp_path, "c.parquet", parquet([{"text": "x" * 600_000}, {"text": "b"}]), small)
    assert [type(i) for i in items] == [Broken, Record]


def test_a_line_of_200_mb_needs_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "a.jsonl"
    with path.open("wb") as out:
        out.write(b'{"text": "a"}\n{"text": "')
        for _ in range(200):
            out.write(b"x" * 1_000_000)
        out.write(b'"}\n{"text": "b"}\n')
    small = given_settings(record_mb=2)
    tracemalloc.start()
    items = load(path, small)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(i) for i in items] == [Record, Broken, Record]
    assert peak < 16_000_000


def test_json_documents(tmp_path: Path) -> None:
    assert [i.raw for i in one(tmp_path, "a.json", json.dumps(ROWS[:3], indent=1))[1] if isinstance(i, Record)] == [
        row["text"] for row in ROWS[:3]
    ]
    kind, items = one(tmp_path, "b.json", json.dumps(ROWS[0], indent=1))
    assert (kind, len(items)) == ("json", 1)
    assert one(tmp_path, "c.json", jsonl(ROWS))[0] == "jsonl"
    array = "[\n" + ",\n".join(json.dumps(row) for row in ROWS) + "\n]\n"
    assert len(one(tmp_path, "d.json", array)[1]) == 25
    _, items = one(tmp_path, "e.json", "[1, ", SETTINGS)
    assert isinstance(items[0], Broken)
    _, items = one(tmp_path, "f.json", json.dumps(ROWS, indent=1), given_settings(record_mb=0.001))
    assert isinstance(items[0], Broken)
    assert "JSON lines" in items[0].error


def test_tables(tmp_path: Path) -> None:
    data = 'id;text;author\n1;"He said ""no""\nand left";Ann\n2;plain;Bo\n3;too;many;fields\n\n4\n5;"open'
    kind, items = one(tmp_path, "a.csv", data)
    assert kind == "csv"
    assert [(i.record, i.raw, i.row) for i in items if isinstance(i, Record)] == [
        ("1", 'He said "no"\nand left', {"author": "Ann"}),
        ("2", "plain", {"author": "Bo"}),
    ]
    assert [(i.offset, i.error) for i in items if isinstance(i, Broken)] == [
        (2, "fields in this row: 4, in the header: 3"),
        (3, "fields in this row: 1, in the header: 3"),
        (4, "a quote is opened in this row and never closed"),
    ]
    _, items = one(tmp_path, "b.csv", "a,b\n1,2\n3,4\n5,6\n")
    assert items == [
        Broken("b.csv", None, 0, "no text column: has a, b; name yours in ingest.columns.text (3 rows not read)")
    ]
    kind, items = one(tmp_path, "c.csv", ("\ufeff" + table("\t").decode()).encode("utf-16-le"))
    assert kind == "tsv"
    assert [i.raw for i in items if isinstance(i, Record)] == [row["text"] for row in ROWS]
    _, items = one(tmp_path, "d.csv", b"text,n\ncaf\xe9,1\nnul \0 here,2\n")
    assert [i.raw for i in items if isinstance(i, Record)] == ["caf\udce9", "nul \0 here"]
    _, items = one(tmp_path, "e.csv", 'text\na\n"' + "x\n" * 3000 + '"\nb\n', given_settings(record_mb=0.002))
    assert isinstance(items[0], Record)
    assert any(isinstance(i, Broken) and "larger" in i.error for i in items)
    assert isinstance(items[-2], Record | Broken)


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.binary(),
        pa.large_binary(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.string_view(),
    ],
    ids=str,
)
def test_parquet_text_types(tmp_path: Path, kind: pa.DataType) -> None:
    text = pa.array(["one", None, "three"], pa.string())
    column = text.dictionary_encode() if pa.types.is_dictionary(kind) else text.cast(kind)
    if pa.types.is_string_view(kind):
        pytest.importorskip("pyarrow", minversion="21")
    _, items = one(tmp_path, "a.parquet", parquet(pa.table({"text": column, "id": [1, 2, None]})))
    raws = [i.raw for i in items if isinstance(i, Record)]
    wanted: list[bytes | str] = [b"one", "", b"three"] if "binary" in str(kind) else ["one", "", "three"]
    assert raws == wanted
    assert [i.record for i in items if isinstance(i, Record)] == ["1", "2", "row:2"]


def test_parquet_that_cannot_be_read_as_text(tmp_path: Path) -> None:
    _, items = one(tmp_path, "a.parquet", parquet([{"a": 1, "b": "x"}] * 3))
    assert items == [
        Broken(
            "a.parquet",
            None,
            0,
            "no text column: has a, b; name yours in ingest.columns.text (3 rows not read)",
        )
    ]
    _, items = one(tmp_path, "b.parquet", parquet([{"text": ["x"]}]))
    assert isinstance(items[0], Broken)
    assert "column text is list<" in items[0].error
    whole = parquet(ROWS)
    for n, cut in enumerate((whole[:-20], whole[:6], whole[:-4] + b"XXXX")):
        _, items = one(tmp_path, f"cut{n}.parquet", cut)
        assert len(items) == 1
        assert isinstance(items[0], Broken)
        assert "Parquet file cannot be read" in items[0].error
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"caf\xe9", b"tea"]).buffers())
    _, items = one(tmp_path, "c.parquet", parquet(pa.table({"text": bad}), use_dictionary=False))
    assert [i.raw for i in items if isinstance(i, Record)] == [b"caf\xe9", "tea"]


def test_parquet_metadata_that_python_cannot_hold(tmp_path: Path) -> None:
    times = {
        "date": pa.array([1, 2**62], pa.timestamp("us")),
        "updated": pa.array([1, 2], pa.timestamp("us", tz="No/Where")),
        "pubdate": pa.array([1, 2], pa.date32()),
        "title": pa.array([{"a": 1}, {"a": 2}]),
        "authors": pa.array([["A"], ["B", "C"]]),
    }
    _, items = one(tmp_path, "a.parquet", parquet(pa.table({"text": ["a", "b"], **times})))
    assert [i.row for i in items if isinstance(i, Record)] == [
        {"date": "1970-01-01T00:00:00.000001", "pubdate": "1970-01-02", "authors": ["A"]},
        {"pubdate": "1970-01-03", "authors": ["B", "C"]},
    ]
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    assert len(one(tmp_path, "b.parquet", parquet(twice))[1]) == 1


def test_a_damaged_row_group_costs_only_itself(tmp_path: Path) -> None:
    data = bytearray(parquet(ROWS, row_group_size=5, compression="none", use_dictionary=False))
    start = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(2).column(2).data_page_offset
    data[start : start + 20] = b"\xff" * 20
    _, items = one(tmp_path, "a.parquet", bytes(data))
    assert [i.offset for i in items if isinstance(i, Record)] == [*range(10), *range(15, 25)]
    assert [i.error[:37] for i in items if isinstance(i, Broken)] == ["row group 2 is damaged, 5 rows lost: "[:37]]


# ---------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("packed", [p for p in PACK if p])
def test_truncated_compressed_rows(tmp_path: Path, packed: str) -> None:
    rng = random.Random(1)
    rows = [{"id": str(i), "text": " ".join(str(rng.random()) for _ in range(50))} for i in range(1500)]
    whole = PACK[packed](jsonl(rows))
    _, items = one(tmp_path, "a.jsonl" + packed, whole[: len(whole) * 3 // 4])
    good = [i for i in items if isinstance(i, Record)]
    assert [r.raw for r in good] == [row["text"] for row in rows[: len(good)]]
    # bz2 gives nothing of a block (900 kB) that is not whole.
    assert len(good) > (400 if packed == ".bz2" else 900)
    assert isinstance(items[-1], Broken)
    assert "truncated" in items[-1].error
    assert f"byte {len(whole) * 3 // 4} " in items[-1].error


# Not zst: it has no checksum unless its writer asks for one.
@pytest.mark.parametrize("packed", [".gz", ".bz2", ".xz"])
def test_damaged_compressed_page(tmp_path: Path, packed: str) -> None:
    text = " ".join(str(random.Random(i).random()) for i in range(20_000)).encode()
    whole = bytearray(PACK[packed](text))
    at = len(whole) * 3 // 4
    whole[at : at + 50] = b"\xa5" * 50
    put(tmp_path, "a.txt" + packed, bytes(whole))
    made = plan(str(tmp_path), SETTINGS)
    assert ["damaged" in item.error for item in everything(made) if isinstance(item, Broken)] == [True]


def test_many_members_and_what_follows_them(tmp_path: Path) -> None:
    for suffix in (".gz", ".bz2", ".xz", ".zst"):
        parts = b"".join(PACK[suffix](jsonl(ROWS[i : i + 5])) for i in range(0, 25, 5))
        assert len(one(tmp_path, f"a.jsonl{suffix}", parts)[1]) == 25
    _, items = one(tmp_path, "b.jsonl.gz", gz(jsonl(ROWS)) + b"\0" * 512)
    assert len(items) == 25
    _, items = one(tmp_path, "c.jsonl.gz", gz(jsonl(ROWS)) + b"something else")
    assert len(items) == 26
    assert isinstance(items[-1], Broken)
    assert "bytes that are no gz data follow" in items[-1].error


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    put(tmp_path, "good.txt", PAGE)
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    os.mkfifo(tmp_path / "pipe.txt")
    put(tmp_path, ".hidden/page.txt", PAGE)
    put(tmp_path, "sub/_temporary/page.txt", PAGE)
    made = plan(str(tmp_path), SETTINGS)
    assert [s.source for s in made.sources] == ["good.txt"]
    assert [s.source for s in made.skipped] == ["dangling.txt", "pipe.txt", "self", "sub/_temporary"]
    assert "link to nothing" in made.skipped[0].reason
    assert "not a regular file" in made.skipped[1].reason


def test_files_that_change_after_the_plan(tmp_path: Path) -> None:
    for name in ("gone.txt", "folder.txt", "grown.txt"):
        put(tmp_path, name, PAGE)
    put(tmp_path, "gone.parquet", parquet(ROWS))
    made = plan(str(tmp_path), SETTINGS)
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "gone.parquet").unlink()
    (tmp_path / "folder.txt").unlink()
    (tmp_path / "folder.txt").mkdir()
    put(tmp_path, "grown.txt", PAGE * 2)
    items = {item.source: item for item in everything(made)}
    assert all(isinstance(item, Broken) for item in items.values())
    assert "No such file" in items["gone.txt"].error  # type: ignore[union-attr]
    assert "No such file" in items["gone.parquet"].error  # type: ignore[union-attr]
    assert "not a regular file" in items["folder.txt"].error  # type: ignore[union-attr]
    assert "changed" in items["grown.txt"].error  # type: ignore[union-attr]


def test_failures_of_the_network_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFile

    fs = fsspec.filesystem("memory")
    files = {
        "a.txt": PAGE.encode(),
        "b.jsonl.zst": zst(jsonl(ROWS)),
        "c.parquet": parquet(ROWS),
        "d.warc": warc(),
    }
    for name, data in files.items():
        fs.pipe(f"/net/{name}", data)
    parts = [part for shard in plan("memory://net", SETTINGS).shards for part in shard.slices]

    def fail(*_: object) -> bytes:
        raise OSError(110, "Connection timed out")

    monkeypatch.setattr(MemoryFile, "read", fail)
    for part in parts:
        with pytest.raises(OSError, match="timed out"):
            list(read(part, SETTINGS))
    with pytest.raises(OSError, match="timed out"):
        plan("memory://net", SETTINGS)
    monkeypatch.undo()
    fs.rm("/net", recursive=True)
    for part in parts:
        assert [type(item) for item in read(part, SETTINGS)] == [Broken]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    with open(folder + b"/caf\xe9.txt", "wb") as out:  # noqa: PTH123
        out.write(PAGE.encode())
    items = load(tmp_path)
    assert [item.source for item in items] == ["caf\\xe9.txt"]
    assert isinstance(items[0], Record)


# ---------------------------------------------------------------------------------------------- WARC


@pytest.mark.parametrize("gz", [False, True])
def test_warc_as_warcio_wrote_it(tmp_path: Path, gz: bool) -> None:
    data = warc(gz=gz)
    _, items = one(tmp_path, "a.warc", data)
    assert items[-1] == NotPage("a.warc", "warcinfo", 1)
    for i, item in enumerate(items[:-1]):
        assert isinstance(item, Record)
        assert item.record == f"<urn:uuid:{i}>"
        assert item.url == f"https://a.example/{i}"
        assert (item.kind, item.status, item.charset) == ("html", 200, "windows-1252")
        assert item.headers == {"content-type": "text/html; charset=Windows-1252", "x-robots-tag": "noai"}
        assert item.date == "2024-05-01T00:00:00Z"
        assert item.raw == HTML.replace("nine", f"nine and {i}").encode()
        # The offset is where the record can be read by itself.
        rest = data[item.offset :]
        assert (zlib.decompressobj(31).decompress(rest) if gz else rest).startswith(b"WARC/1.")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Encoding: gzip\r\n", gz(HTML.encode())),
        ("Content-Encoding: GZIP\r\n", HTML.encode()),
        ("Content-Encoding: deflate\r\n", zlib.compress(HTML.encode())),
        ("Content-Encoding: deflate\r\n", zlib.compress(HTML.encode(), wbits=-15)),
        ("Content-Encoding: zstd\r\n", zst(HTML.encode())),
        ("Content-Encoding: br\r\n", HTML.encode()),
        (
            "Transfer-Encoding: chunked\r\n",
            b"5\r\n%s\r\n%x;x=y\r\n%s\r\n0\r\n\r\n" % (HTML[:5].encode(), len(HTML) - 5, HTML[5:].encode()),
        ),
        ("Transfer-Encoding: chunked\r\n", HTML.encode()),
        (
            "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(gz(HTML.encode())), gz(HTML.encode())),
        ),
    ],
)
def test_http_encodings(tmp_path: Path, headers: str, body: bytes) -> None:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{headers}\r\n".encode() + body
    _, items = one(tmp_path, "a.warc", response(block))
    assert isinstance(items[0], Record)
    assert items[0].raw == HTML.encode()


def test_brotli(tmp_path: Path) -> None:
    brotli = pytest.importorskip("brotli")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\n\r\n"
    packed = brotli.compress(HTML.encode())
    _, items = one(tmp_path, "a.warc", response(head + packed) + response(head + packed[:-9]))
    assert isinstance(items[0], Record)
    assert items[0].raw == HTML.encode()
    assert isinstance(items[1], Broken)
    assert "compressed body is damaged" in items[1].error


def test_kinds_of_records(tmp_path: Path) -> None:
    page = b"HTTP/1.1 404 Not Found\r\nContent-Type: %s\r\n\r\nbody"
    data = b"".join(
        [
            response(page % b"text/plain; charset=latin1"),
            response(page % b"image/png"),
            response(page % b"image/png"),
            response(b"not http at all"),
            response(b"20240501\na.example. 1 IN A 192.0.2.1", mime="text/dns"),
            response(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
            response(b"", kind="revisit"),
            response(b"Text of a page.", kind="conversion", mime="text/plain"),
            response(HTML.encode(), kind="resource", mime="text/html"),
            response(b"\0\0", kind="resource", mime="application/pdf"),
            response(b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n"),
            response(b"HTTP/1.1 200 OK\r\n\r\n<p>no type"),
            response(
                b"HTTP/1.1 200\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
                + gz(PAGE.encode() * 99)[:90]
            ),
        ]
    )
    _, items = one(tmp_path, "a.warc", data)
    assert [(i.kind, i.status, i.charset) for i in items if isinstance(i, Record)] == [
        ("text", 404, "latin1"),
        ("text", None, None),
        ("html", None, None),
        ("html", 200, None),
    ]
    assert [i.error for i in items if isinstance(i, Broken)] == [
        "the block of this response is not HTTP",
        "the compressed body is cut off",
    ]
    assert {i.reason: i.n for i in items if isinstance(i, NotPage)} == {
        "response image/png": 2,
        "response text/dns": 1,
        "request": 1,
        "revisit": 1,
        "resource application/pdf": 1,
        "response of unknown type": 1,
    }


@pytest.mark.parametrize("gz", [False, True])
def test_truncated_warc(tmp_path: Path, gz: bool) -> None:
    data = warc(gz=gz)
    for cut in range(len(data) - 900, len(data) - 4, 37):
        _, items = one(tmp_path, "a.warc", data[:cut])
        good = [i for i in items if isinstance(i, Record)]
        assert 20 <= len(good) <= 25
        assert [r.record for r in good] == [f"<urn:uuid:{i}>" for i in range(len(good))]
        if gz:
            said = [i.error for i in items if isinstance(i, Broken)]
            assert not said or f"truncated at byte {cut} " in said[-1]
            assert said or gzip.decompress(data[:cut])  # cut between two members: nothing to be seen
        elif len(good) < 24:
            assert any(isinstance(i, Broken) for i in items)


def test_damage_inside_a_warc_costs_only_what_it_hits(tmp_path: Path) -> None:
    a, b = warc(3), warc(3).replace(b"urn:uuid:", b"urn:uuid:b")
    _, items = one(tmp_path, "a.warc", a + b"rubbish\r\n\r\n" * 40_000 + b)
    assert len([i for i in items if isinstance(i, Record)]) == 6
    assert [i.error for i in items if isinstance(i, Broken)] == ["no WARC record here (Invalid WARC header)"]
    wrong = a.replace(b"Content-Length: 1", b"Content-Length: ", 3)
    _, items = one(tmp_path, "b.warc", wrong + b)
    assert {f"<urn:uuid:b{i}>" for i in range(3)} <= {i.record for i in items if isinstance(i, Record)}
    assert any(isinstance(i, Broken) for i in items)
    _, items = one(tmp_path, "c.warc", b"WARC/1.0\r\n" * 50 + b)
    assert len([i for i in items if isinstance(i, Record)]) == 3


def test_large_warc_record(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"x" * 300_000
    packed = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + gz(b"x" * 300_000)
    _, items = one(tmp_path, "a.warc", response(block) + response(packed) + warc(2), given_settings(record_mb=0.2))
    assert [type(i) for i in items] == [Broken, Broken, Record, Record, NotPage]
    assert all("larger than ingest.record_mb" in i.error for i in items if isinstance(i, Broken))


# ---------------------------------------------------------------------------------------------- input


def test_input_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "dots/.hidden", PAGE)
    for given_, text in (
        (str(tmp_path / "missing"), "no such file or folder"),
        (str(tmp_path / "empty"), "holds no file"),
        (str(tmp_path / "dots"), "holds no file"),
        (str(tmp_path / "*.xyz"), "fits no file"),
        ("memory://nowhere/at/all", "no such file or folder"),
        ("nosuchscheme://x/y", "nosuchscheme"),
    ):
        with pytest.raises(ConfigError) as caught:
            plan(given_, SETTINGS)
        message = str(caught.value)
        assert message.startswith(f"input: {given_}")
        assert text in message
        assert "\n" not in message


def test_file_glob_and_folder_name_their_sources(tmp_path: Path) -> None:
    for name in ("a/1.txt", "a/b/2.txt", "c/3.txt", "odd[1].txt"):
        put(tmp_path, name, PAGE)
    assert [s.source for s in plan(str(tmp_path), SETTINGS).sources] == [
        "a/1.txt",
        "a/b/2.txt",
        "c/3.txt",
        "odd[1].txt",
    ]
    assert [s.source for s in plan(str(tmp_path / "a/1.txt"), SETTINGS).sources] == ["1.txt"]
    assert [s.source for s in plan(str(tmp_path / "**/*.txt"), SETTINGS).sources] == [
        "a/1.txt",
        "a/b/2.txt",
        "c/3.txt",
        "odd[1].txt",
    ]
    assert [s.source for s in plan(str(tmp_path / "[ac]"), SETTINGS).sources] == [
        "a/1.txt",
        "a/b/2.txt",
        "c/3.txt",
    ]
    assert [s.source for s in plan(str(tmp_path / "odd[1].txt"), SETTINGS).sources] == ["odd[1].txt"]


def test_fsspec_urls(tmp_path: Path) -> None:
    fs = fsspec.filesystem("memory")
    files = {
        "t/a.txt": PAGE.encode(),
        "t/sub/b.jsonl.gz": gz(jsonl(ROWS)),
        "t/c.parquet": parquet(ROWS),
    }
    files |= {"t/d.warc": warc(), "t/.hidden": b"x", "t/_SUCCESS": b""}
    for name, data in files.items():
        fs.pipe(f"/{name}", data)
        put(tmp_path, name, data)
    near = plan(str(tmp_path / "t"), SETTINGS)
    for url in ("memory://t", f"file://{tmp_path}/t"):
        far = plan(url, SETTINGS)
        assert [s._replace(path="") for s in far.sources] == [s._replace(path="") for s in near.sources]
        assert [s.key for s in far.shards] == [s.key for s in near.shards]
        assert far.skipped == near.skipped
        assert everything(far) == everything(near)
    assert len(load("memory://t/sub/*.gz")) == 25
    assert len(load("memory://t/sub/b.jsonl.gz")) == 25
    fs.rm("/t", recursive=True)


# ---------------------------------------------------------------------------------------------- shards


def test_the_plan_does_not_depend_on_the_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(60):
        put(tmp_path, f"{i % 7}/{i}.txt", PAGE * (i + 1))
    put(tmp_path, "rows.jsonl", jsonl(ROWS * 40))
    small = given_settings(shard_mb=0.02)
    first = plan(str(tmp_path), small)
    real = os.scandir

    class Shuffled:
        def __init__(self, path: Any) -> None:
            with real(path) as entries:
                self._entries = sorted(entries, key=lambda entry: hash((entry.name, 3)))

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._entries

        def __exit__(self, *_: object) -> None: ...

        def close(self) -> None: ...

    monkeypatch.setattr(os, "scandir", Shuffled)
    again = plan(str(tmp_path), small)
    assert again == first
    assert pickle.loads(pickle.dumps(first)) == first
    assert [s.source for s in first.sources] == sorted(s.source for s in first.sources)
    assert len({shard.key for shard in first.shards}) == len(first.shards)


def test_a_new_file_moves_few_shards(tmp_path: Path) -> None:
    for i in range(400):
        put(tmp_path, f"{i:03}.txt", PAGE * 5)
    small = given_settings(shard_mb=0.005)
    before = {shard.key for shard in plan(str(tmp_path), small).shards}
    assert len(before) > 20
    put(tmp_path, "100a.txt", PAGE)
    after = {shard.key for shard in plan(str(tmp_path), small).shards}
    assert len(after - before) <= 5
    put(tmp_path, "100a.txt", PAGE * 2)
    assert len({shard.key for shard in plan(str(tmp_path), small).shards} - after) == 1


BIG = [
    {"id": str(i) if i % 3 else None, "text": f"Page {i}: " + 'words "and"\nlines é ' * (i * 37 % 90)}
    for i in range(300)
]


def big_table() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "text"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(BIG)
    return out.getvalue().encode()


def members(suffix: str, pieces: list[bytes]) -> bytes:
    return b"".join(PACK[suffix](piece) for piece in pieces)


LINES = [json.dumps(row).encode() + b"\n" for row in BIG]
BAD = b"".join([*LINES[:100], b"\n", b"not JSON\n", b"\xff\n", *LINES[100:]])
SPLIT: dict[str, bytes] = {
    "a.jsonl": BAD,
    "a.jsonl.gz": PACK[".gz"](BAD),
    "a.jsonl.zst": PACK[".zst"](BAD),
    "a.jsonl.bz2": PACK[".bz2"](BAD),
    "a.jsonl.xz": PACK[".xz"](BAD),
    "members.jsonl.gz": members(".gz", [b"".join(LINES[i : i + 7]) for i in range(0, 300, 7)]),
    "across.jsonl.gz": members(".gz", [BAD[i : i + 5000] for i in range(0, len(BAD), 5000)]),
    "cut.jsonl.gz": PACK[".gz"](BAD)[:-40],
    "wide.jsonl": ("\ufeff" + b"".join(LINES).decode()).encode("utf-16"),
    "a.csv": big_table(),
    "a.csv.gz": PACK[".gz"](big_table()),
    "a.parquet": parquet(BIG, row_group_size=20),
    "a.warc": warc(60),
    "a.warc.gz": warc(60, gz=True),
    "whole.warc.gz": PACK[".gz"](warc(60)),
    "a.warc.zst": PACK[".zst"](warc(60)),
    "bad.warc": warc(30) + b"rubbish\r\n\r\n" * 300 + warc(30),
}


@pytest.mark.parametrize("name", SPLIT)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shard=st.integers(200, 200_000))
def test_slices_together_are_the_file(tmp_path: Path, name: str, shard: int) -> None:
    path = tmp_path / name
    if not path.exists():
        put(tmp_path, name, SPLIT[name])
    cut = given_settings(shard_mb=shard / 1e6)
    made = plan(str(path), cut)
    pages = [item for item in everything(made, cut) if not isinstance(item, NotPage)]
    whole = [item for item in load(path) if not isinstance(item, NotPage)]
    assert pages == whole
    parts = [part for s in made.shards for part in s.slices]
    if shard < 3000 and not name.startswith("wide"):
        assert len(parts) > 3
    # A slice can be read without the others.
    assert [i for i in read(parts[-1], cut) if not isinstance(i, NotPage)] == pages[
        len(pages) - sum(not isinstance(i, NotPage) for i in read(parts[-1], cut)) :
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_raise(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SPLIT)))
    content = bytearray(SPLIT[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    put(tmp_path, name, bytes(content))
    cut = given_settings(shard_mb=0.02, record_mb=0.01)
    for item in everything(plan(str(tmp_path / name), cut), cut):
        if isinstance(item, Broken):
            assert item.error
            assert "\n" not in item.error
            assert len(item.raw) <= 65536
