"""Lists of domains and addresses: what an entry means, which entry decides, and what is said of a list that is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline import step as steps
from pipeline.judge import _url_index as index
from pipeline.step import Texts


def listed(urls: Sequence[str | None], **lists: object) -> tuple[list[float], list[str]]:
    """What the step says of addresses, and the evidence."""
    step = steps.load("judge", "url_lists", lists)
    none = [None] * len(urls)
    texts = Texts(pa.array([""] * len(urls), pa.large_string()), none, none, urls)
    values = step.run(texts, step.params)["url_lists"]
    return values.tolist(), texts.memo.get("notes", {}).get("url_lists", [])


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


MEANT = [
    ("weir.example", "http://weir.example", True),
    ("weir.example", "https://a.b.weir.example./x?y#z", True),
    ("weir.example", "http://lowerweir.example/", False),
    ("weir.example", "http://weir.example.mill.example/", False),
    ("weir.example", "http://mill.example/weir.example", False),
    ("weir.example", "http://mill.example@WEIR.example:8080", True),
    ("weir.example", "weir.example/no/scheme", True),
    ("weir.example", "//weir.example", True),
    ("HTTPS://User@WWW.Weir.Example.:443/?#top", "http://notes.weir.example", True),
    (".weir.example", "http://weir.example", True),
    ("*.weir.example", "http://weir.example", True),
    ("www.weir.example", "http://weir.example/a", True),
    ("www.co.uk", "https://www.co.uk/", True),
    ("www.co.uk", "https://millwheel-gazette.co.uk/", False),
    ("example", "http://weir.example/", True),
    ("mühle.example", "http://xn--mhle-0ra.example/", True),
    ("xn--mhle-0ra.example", "http://MÜHLE.example/mehl", True),
    ("水車.example", "http://www.水車。example/a", True),
    ("weir.example/notes", "https://www.weir.example/notes", True),
    ("weir.example/notes/", "https://weir.example/notes/2024/a.html", True),
    ("weir.example/notes", "https://weir.example/notes?page=2", True),
    ("weir.example/notes", "https://weir.example/notes.html", False),
    ("weir.example/notes", "https://weir.example/notesandmore", False),
    ("weir.example/notes", "https://weir.example/Notes", False),
    ("weir.example/notes", "https://mill.weir.example/notes", False),
    ("weir.example/n?id=5", "https://weir.example/n?id=5&from=home", True),
    ("weir.example/n?id=5", "https://weir.example/n?id=55", False),
    ("weir.example/caf%c3%a9", "https://weir.example/café/", True),
    ("weir.example/%7Eida", "https://weir.example/~ida/a", True),
    ("weir.example/a%2Fb", "https://weir.example/a/b", False),
    ("weir.example/two words", "https://weir.example/two%20words/x", True),
    ("10.0.0.1", "http://10.0.0.1:8080/x", True),
    ("10.0.0.1", "http://110.0.0.1/", False),
    ("[2001:db8::1]/x", "http://[2001:DB8::1]:80/x/y", True),
    ("*weir*.example", "http://lower-weir-2.example/a", True),
    ("*weir*.example", "http://mill.example/weir.example", False),
    ("weir.example/*/print", "http://www.weir.example/2024/a/print", True),
    ("weir.example/*/print", "http://weir.example/2024/a/print/b", False),
    ("weir.example/a+(b)*", "http://weir.example/a+(b)c", True),
    ("weir.example/a.b*", "http://weir.example/axb", False),
    ("weir.example", "", False),
    ("weir.example", None, False),
    ("weir.example", "http:///weir.example", False),
    ("weir.example", "\0\n", False),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "url", "fits"), MEANT)
def test_what_an_entry_means(tmp_path: Path, entry: str, url: str | None, fits: bool) -> None:
    values, notes = listed([url], block=[write(tmp_path, "list.txt", entry)])
    assert (values[0] == -1) is fits
    assert bool(notes[0]) is fits


def test_the_evidence_names_file_and_entry(tmp_path: Path) -> None:
    casino = write(tmp_path, "lists/games.txt", "casino.example", "*poker*.example")
    paths = write(tmp_path, "lists/paths.txt", "weir.example/caf%C3%A9/b", "weir.example")
    urls = [
        "http://a.casino.example/x",
        "https://www.weir.example/café/b/c",
        "http://my-poker.example/",
        "http://mill.example",
    ]
    values, notes = listed(urls, block=[casino, paths])
    assert values == [-1, -1, -1, 0]
    assert notes == [
        "lists/games.txt: casino.example",
        "lists/paths.txt: weir.example/caf%C3%A9/b",
        "lists/games.txt: *poker*.example",
        "",
    ]


def test_the_more_specific_entry_decides_and_between_equals_block(tmp_path: Path) -> None:
    block = write(tmp_path, "block.txt", "casino.example", "weir.example/jobs", "mill.example")
    allow = write(
        tmp_path, "allow.txt", "casino.example/history", "museum.casino.example", "weir.example", "mill.example"
    )
    urls = [
        "http://casino.example/", "http://casino.example/history/1900", "http://museum.casino.example/", "http://weir.example/",
        "http://weir.example/jobs/3", "http://mill.example", "http://elsewhere.example", None,
    ]  # fmt: skip
    assert listed(urls, block=block, allow=allow)[0] == [-1, 1, 1, 1, -1, -1, -1, -1]
    assert listed(urls, allow=allow)[0] == [-1, 1, 1, 1, 1, 1, -1, -1]
    values, notes = listed(urls, block=block)
    assert values[:-1] == [-1, -1, -1, 0, -1, -1, 0]
    assert np.isnan(values[-1]), "nothing is known of a page without an address"
    assert notes[-1] == ""


def test_preferred_sites(tmp_path: Path) -> None:
    prefer = write(tmp_path, "prefer.txt", "weir.example", "mill.example")
    block = write(tmp_path, "block.txt", "mill.example")
    urls = ["http://notes.weir.example/a", "http://mill.example", "http://other.example"]
    assert listed(urls, prefer=prefer, block=block)[0] == [2, -1, 0]


def test_without_a_list_nothing_is_said() -> None:
    values, notes = listed(["http://weir.example", None])
    assert np.isnan(values).all()
    assert notes == []


def test_comments_blanks_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(
        b"\xef\xbb\xbfweir.example\r\n\r\n  # all of it\n\t mill.example   # a mill\n#\n\nlast.example/a #b"
    )
    assert len(index.read_lists([path])) == 3
    assert listed(["http://weir.example", "http://mill.example", "http://last.example/a/b"], block=path)[0] == [
        -1,
        -1,
        -1,
    ]
    path.write_bytes(b"")
    assert len(index.read_lists([path])) == 0


@pytest.mark.parametrize("pack", ["gz", "zst"])
def test_packed_lists(tmp_path: Path, pack: str) -> None:
    data = b"".join(b"site%d.example\n" % n for n in range(5000))
    path = tmp_path / f"list.{pack}"
    if pack == "gz":
        path.write_bytes(gzip.compress(data))
    else:
        with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as out:
            out.write(data)
    assert listed(["http://site4999.example", "http://site5000.example"], block=path)[0] == [-1, 0]
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(config.ConfigError, match="again"):
        config.load(overrides=[f"judge.steps.url_lists={{block: ['{path}']}}"])


def test_a_folder_in_the_layout_of_the_toulouse_lists(tmp_path: Path) -> None:
    write(tmp_path, "lists/gambling/domains", "casino.example", "10.1.2.3")
    write(tmp_path, "lists/gambling/urls", "weir.example/poker")
    write(tmp_path, "lists/gambling/expressions", "(^|[-.])bet(s)?[^a-z]")
    write(tmp_path, "lists/phishing/domains", "weir.example.mill.example")
    urls = [
        "http://casino.example",
        "http://weir.example/poker/1",
        "http://weir.example.mill.example",
        "http://weir.example",
    ]
    values, notes = listed(urls, block=tmp_path / "lists")
    assert values == [-1, -1, -1, 0]
    assert notes[:3] == [
        "gambling/domains: casino.example",
        "gambling/urls: weir.example/poker",
        "phishing/domains: weir.example.mill.example",
    ]
    files = list(steps.load("judge", "url_lists", {"block": tmp_path / "lists" / "gambling"}).files)
    assert [path.name for _, path in files] == ["domains", "urls"], "the recipe knows the files, not the folder"


WRONG = [
    "0.0.0.0 casino.example", "a line of prose", "||casino.example^", "/var/lists", "! comment", "<html>", "a,b",
    "caf\ufffd \ud83d\ude00.example/", "*", "\0.example",
]  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_a_line_that_is_no_entry_stops_the_run_with_one_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"weir.example\n\n" + line.encode("utf-8", "surrogatepass") + b"\nmill.example\n")
    with pytest.raises(config.ConfigError) as caught:
        config.load(overrides=[f"judge.steps.url_lists={{allow: ['{path}']}}"])
    said = str(caught.value)
    assert said.startswith("judge.steps.url_lists.allow")
    assert f"{path}, line 3" in said
    assert "mend" in said
    assert "\n" not in said
    path.write_bytes(b"two words\nweir.example\n" * 7)
    with pytest.raises(config.ConfigError, match=r"line 1: 'two words' .* nor are 6 others"):
        config.load(overrides=[f"judge.steps.url_lists={{allow: ['{path}']}}"])


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, why in (("gone.txt", "no such file"), ("empty", "no file named domains or urls")):
        with pytest.raises(config.ConfigError, match=rf"^judge\.steps\.url_lists\.block: .*{name}.*{why}"):
            config.load(overrides=[f"judge.steps.url_lists={{block: ['{tmp_path / name}']}}"])


def test_too_many_patterns(tmp_path: Path) -> None:
    path = write(tmp_path, "list.txt", *(f"a*{n}.example" for n in range(index.MAX_PATTERNS + 1)))
    with pytest.raises(config.ConfigError, match="patterns"):
        config.load(overrides=[f"judge.steps.url_lists={{block: ['{path}']}}"])


def test_many_entries_are_small_and_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"site{n}.example{f'/notes/{n}' if n % 3 else ''}" for n in range(50_000)]
    path = write(tmp_path, "list.txt", *lines, "mühle.example", "*odd*.example")
    whole = index.read_lists([path])
    assert len(whole) == 50_002
    assert whole.keys.nbytes + whole.files.nbytes <= 10 * len(whole)
    monkeypatch.setattr(index, "_BLOCK", 1000)
    again = index.read_lists([path.rename(tmp_path / "same.txt")])
    assert np.array_equal(again.keys, whole.keys)
    urls = [f"https://www.{line}/x" for line in lines[::97]]
    assert (again.find(urls).length > 0).all()


def test_hostile_addresses_take_no_long(tmp_path: Path) -> None:
    path = write(tmp_path, "list.txt", "weir.example/a", "*b*c*d*.example/*e*f")
    long = [
        "http://weir.example" + "/a" * 500_000,
        "http://" + "a." * 500_000 + "example",
        "%" * 1_000_000,
        "@" * 1_000_000,
    ]
    assert listed([*long, "http://" + "b" * 300_000 + ".example/" + "e" * 300_000], block=path)[0] == [-1, 0, 0, 0, 0]


# A small world, so that entries and addresses meet.
_NAME = st.sampled_from(["a", "b", "www", "wéir", "x-y"])
_HOST = st.lists(_NAME, min_size=1, max_size=4).map(lambda names: ".".join([*names, "example"]))
_PIECE = st.sampled_from(
    ["/", "/a", "/b", "/A", "/%61", "/é", "/%C3%A9", "?", "?a=1", "&b=2", "/a.b", "//", "%2F", "%", "#f", " "]
)
_PATH = st.lists(_PIECE, max_size=5).map("".join).map(lambda p: p if not p or p[0] in "/?#" else "/" + p)
_URL = st.tuples(st.sampled_from(["", "http://", "HTTPS://", "//", "http://u:p@"]), _HOST, st.sampled_from(["", ".", ":80", ".:8080"]), _PATH).map("".join)  # fmt: skip


def falls_under(url: str, entry: str) -> bool:
    """The meaning of a plain entry, said once more in strings."""
    www, host, path = index.normal(url)
    _, domain, below = index.normal(entry)
    if not below:
        return f".{www}{host}".endswith(f".{domain}")
    return host == domain and (path == below or (path.startswith(below) and path[len(below)] in "/?&"))


@settings(max_examples=150, deadline=None)
@given(entries=st.lists(_URL, min_size=1, max_size=6), urls=st.lists(_URL, min_size=1, max_size=6))
def test_the_compiled_pass_finds_what_the_definition_says(
    tmp_path_factory: pytest.TempPathFactory, entries: list[str], urls: list[str]
) -> None:
    entries = [entry for entry in entries if not entry.startswith("#")]
    path = write(tmp_path_factory.mktemp("lists"), "list.txt", *entries)
    found = index.read_lists([path]).find(urls)
    for n, url in enumerate(urls):
        fitting = [entry for entry in entries if falls_under(url, entry)]
        assert bool(found.length[n]) is bool(fitting), (url, fitting)
        if fitting:
            said = index.read_lists([path]).say(url, found, n).partition(": ")[2]
            longest = max(("".join(index.normal(entry)[1:]) for entry in fitting), key=len)
            assert said == longest
