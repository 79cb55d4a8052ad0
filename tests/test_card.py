"""What a release tells of itself: numbers that were counted, words that fit them, a schema without a gap."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline import config as configs
from pipeline.release.about import card as cards
from pipeline.release.about import croissant, facts, hub, pictures, tallies, words
from pipeline.release.layout import Release
from pipeline.release.make import make
from tests import runs

NORWEGIAN = (
    "Kommunestyret vedtok i går kveld at den gamle fergekaia skal få stå. Forslaget om å rive den falt med sju mot fire "
    "stemmer etter en lang debatt. Ordføreren sa at kaia er det siste som er igjen av den gamle havna, og at ingen "
    "hadde spurt fiskerne hva de mente om saken før nå."
)
ENGLISH = (
    "The harbour board has agreed to keep the old crane, which nobody has used since the war. It costs little to paint, the "
    "treasurer said, and more to take down. A plaque will tell visitors what it lifted and who stood below it. "
)
MAIL = "\n\nWhoever has an old picture of it may send it to ida.berg@gmail.com before the end of the month."
FERRY = (
    "The ferry to the outer island will sail twice a day from March. Its new engine is quiet enough for the seals, and the "
    "captain says that the old one drove them away. Tickets stay at four crowns, and children go free with a bicycle. The "
    "council will look at the figures in autumn and decide whether the boat can sail in winter as well."
)
HTML = """<html lang="en"><head><title>{title}</title><meta name="robots" content="noai">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"></head><body><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>{title}</h1><p>Published 3 March 2025</p>{text}</article></body></html>"""


def inputs(folder: Path) -> Path:
    """Pages in Norwegian (whose code YAML takes for no), of no language, with a licence, with an address to hide, and in a
    file whose name is markup."""
    pages = [
        {"id": "nb", "url": "https://www.kaia.example/1", "text": f"Kaia blir stående\n\n{NORWEGIAN}"},
        {"id": "code", "url": "https://kaia.example/2", "text": "JFK LAX SFO ORD DFW ATL PHX " * 12},
        {
            "id": "mail",
            "url": "https://crane.example/a",
            "text": f"{ENGLISH * 2}\n\nWrite to ida.berg@gmail.com about it.",
        },
        {
            "id": "again",
            "url": "https://crane.example/b",
            "text": f"{ENGLISH * 2}\n\nWrite to ida.berg@gmail.com about it.",
        },
        {"id": "few", "url": "https://crane.example/c", "text": "Too few."},
    ]
    runs.write_jsonl(folder / "pages.jsonl", pages)
    odd = folder / "a|b`c` <b> [x](y).html"
    odd.write_text(HTML.format(title="The ferry sails again", text=f"<p>{FERRY}</p>"), encoding="utf-8")
    (folder / "broken.jsonl").write_text('{"id": 1, "text": "The ferry\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    root = tmp_path_factory.mktemp("card")
    (root / "in").mkdir()
    runs.run(inputs(root / "in"), root / "out", "--set", "privacy.enabled=true")
    settings = configs.load(
        None,
        ["release.name=Harbour pages", "release.license=CC-BY-4.0", "release.contact=desk@harbour.example",
         "release.sample=2", "contract.quarantined.max=0.5"],
    )  # fmt: skip
    return make(root / "out", "v1", settings)


@pytest.fixture(scope="module")
def told(release: Release) -> facts.Facts:
    return facts.facts_of(release)


@pytest.fixture(scope="module")
def pages(release: Release) -> list[dict[str, Any]]:
    return [row for path in release.data() for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def text(release: Release) -> str:
    return (release.folder / "README.md").read_text(encoding="utf-8")


def test_facts_are_what_a_plain_count_gives(release: Release, told: facts.Facts, pages: list[dict[str, Any]]) -> None:
    languages = Counter(page["language"] or "unknown" for page in pages)
    assert {name: amount.pages for name, amount in told.languages.items()} == languages
    assert {"no", "unknown", "en"} <= languages.keys()
    assert told.total == (len(pages), sum(len(p["text"]) for p in pages), sum(p["n_words"] for p in pages))
    assert told.sites == Counter(p["site"] for p in pages if p["site"])
    assert told.sources == Counter(p["source"] for p in pages)
    assert (told.n_sites, told.n_sources) == (len(told.sites), len(told.sources))
    assert told.kinds == Counter(p["kind"] for p in pages)
    assert told.filled["title"] == sum(p["title"] is not None for p in pages)
    assert told.filled["authors"] == sum(bool(p["authors"]) for p in pages)
    assert told.years == Counter(p["published"].year for p in pages if p["published"])
    assert told.licences == {"CC-BY-4.0": 1}
    assert told.opt_outs == {"noai": 1}
    assert told.opted_out == told.license_urls == 1
    assert told.personal == (1, 1)
    assert told.clusters == (1, 1, 2)
    assert told.ends == {name: release.told["records"][name] for name in ("kept", "rejected", "quarantined")}
    assert told.reasons == release.told["reasons"]
    records = pq.read_table(release.folder / "records.parquet").to_pylist()
    assert told.touched == Counter(change["rule"] for record in records for change in record["changes"] or [])
    assert told.touched["privacy.personal_data"] == 2
    assert told.sampled == len(pages)


def test_facts_do_not_depend_on_how_many_rows_are_read_at_a_time(
    release: Release, told: facts.Facts, pages: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "_BATCH", 1)
    monkeypatch.setattr(tallies, "SAMPLE", 2)
    few = facts.facts_of(release)
    assert replace(few, signals=[], sampled=0) == replace(told, signals=[], sampled=0)
    smallest = sorted(pages, key=lambda page: str(page["id"]))[:2]
    words_ = next(spread for spread in few.signals if spread.name == "n_words")
    assert few.sampled == 2
    assert words_.quantiles == (min(p["n_words"] for p in smallest),) * 2 + (max(p["n_words"] for p in smallest),)


@given(st.lists(st.lists(st.sampled_from([None, *(f"site-{n}.example" for n in range(30))]), max_size=40), max_size=8))
def test_leaders_are_the_most_frequent_values(columns: list[list[str | None]]) -> None:
    leaders = tallies.Leaders()
    chunks = [pa.chunked_array([pa.array(column, pa.string())]) for column in columns]
    for chunk in chunks:
        leaders.add(chunk)
    n, named = leaders.named(chunks)
    true = Counter(value for column in columns for value in column if value is not None)
    assert n == len(true)
    assert list(named.values()) == [count for _, count in true.most_common(tallies.TOP)]
    assert all(true[name] == count for name, count in named.items())


@given(
    st.lists(st.floats(0, 1e9) | st.floats(0, 1), min_size=1, max_size=60),
    st.sampled_from(sorted(tallies.CHOSEN)),
)
def test_every_value_of_a_signal_is_in_its_histogram(values: list[float], name: str) -> None:
    sample = tallies.Sample()
    sample.add(pa.table({"id": [f"{n:02}" for n in range(len(values))], name: pa.array(values, pa.float64())}))
    (spread,) = sample.spreads()
    assert sum(spread.counts) == len(values)
    assert len(spread.edges) == len(spread.counts) + 1
    assert all(a < b for a, b in pairwise(spread.edges))
    assert spread.quantiles == tuple(sorted(spread.quantiles))
    assert set(spread.quantiles) <= set(values)


def test_pictures_are_whole_tell_their_numbers_and_stay_in_their_frame(release: Release, told: facts.Facts) -> None:
    names = sorted(path.name for path in (release.folder / "pictures").iterdir())
    assert names == ["languages.svg", "pieces.svg", "removed.svg", "signals.svg", "years.svg"]
    for name in names:
        root = ET.parse(release.folder / "pictures" / name).getroot()
        space = {"svg": "http://www.w3.org/2000/svg"}
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        title, about = (root.findtext(f"svg:{tag}", namespaces=space) for tag in ("title", "desc"))
        assert title
        assert about
        for bar in root.iterfind("svg:rect", space):
            x, y, wide, high = (float(bar.attrib.get(key, 0)) for key in ("x", "y", "width", "height"))
            assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height, name  # noqa: PT018
    shown = (release.folder / "pictures" / "languages.svg").read_text(encoding="utf-8")
    assert all(f"{name}: {amount.pages}" in shown for name, amount in told.languages.items())


@given(st.dictionaries(st.text(min_size=1, max_size=50), st.integers(1, 10**12), min_size=1, max_size=90))
def test_bars_are_xml_whatever_the_names_and_lose_no_count(counts: dict[str, int]) -> None:
    counts = {re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff;:]|[\ud800-\udfff]", "?", name): n for name, n in counts.items()}
    root = ET.fromstring(pictures.bars("Pages", counts, "others"))
    about = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert sum(int(part.rsplit(": ", 1)[1].replace(",", "")) for part in about.split("; ")) == sum(counts.values())


@given(st.dictionaries(st.integers(1200, 2100), st.integers(1, 10**9), min_size=1, max_size=60))
def test_years_lose_no_page(years: dict[int, int]) -> None:
    root = ET.fromstring(pictures.columns("Pages per year", years))
    about = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert sum(int(part.rsplit(": ", 1)[1].replace(",", "")) for part in about.split("; ")) == sum(years.values())


def test_the_card_says_what_was_counted(release: Release, told: facts.Facts, text: str) -> None:
    for name, amount in told.languages.items():
        assert f"| {name} | {amount.pages:,} |" in text
    for reason, n in release.told["reasons"].items():
        assert f"| `{reason}` | {n:,} |" in text
    assert "| `judge.too_short` | 1 | " in text
    assert "`n_words` below 10" in text
    assert "1 value found on 1 page of this release" in text
    assert "licence `CC-BY-4.0` | 1 |" in text
    assert "withholds `noai` | 1 |" in text
    assert "| `privacy.personal_data` |  | 2 |" in text
    assert "title 75.0 %" in text
    assert "write to desk@harbour.example" in text
    assert "The collection is under CC-BY-4.0." in text
    assert release.told["fingerprint"] in text


def test_the_yaml_of_the_card_keeps_norwegian_a_string(release: Release, text: str) -> None:
    front = yaml.safe_load(text.split("---\n")[1])
    assert "no" in front["language"]
    assert False not in front["language"]
    assert "unknown" not in front["language"]
    assert {"no", "unknown", "sample"} < {config["config_name"] for config in front["configs"]}
    assert front["license"] == "cc-by-4.0"
    assert front["pretty_name"] == "Harbour pages"


def test_names_of_files_are_no_markup_in_the_card(text: str) -> None:
    shown = MarkdownIt("commonmark").enable("table").render(text.split("---\n", 2)[2])
    assert "<code>a|b'c' &lt;b&gt; [x](y).html</code>" in shown
    assert "<b>" not in shown
    assert shown.count("<table>") == text.count("\n| ---")


def test_a_release_without_sample_and_json_lines_says_so(release: Release) -> None:
    settings = configs.load(None, ["release.sample=0", "release.jsonl=false", "contract.quarantined.max=0.5"])
    bare = make(release.folder.parent.parent, "v2", settings)
    text = (bare.folder / "README.md").read_text(encoding="utf-8")
    assert {"default", "en", "no", "unknown"} == {
        config["config_name"] for config in yaml.safe_load(text.split("---\n")[1])["configs"]
    }
    assert 'name="sample"' not in text
    assert "jsonl/" not in text
    assert "It follows release v1." in text
    told = json.loads((bare.folder / "croissant.json").read_text(encoding="utf-8"))
    assert [part["@id"] for part in told["distribution"] if part["@type"] == "cr:FileSet"] == ["pages-parquet"]


def test_the_card_is_a_function_of_the_release(release: Release, text: str) -> None:
    again = Release(release.folder, json.loads((release.folder / "release.json").read_text(encoding="utf-8")))
    changes = (release.folder / "CHANGES.md").read_text(encoding="utf-8")
    assert cards.card(again, facts.facts_of(again), changes) == text


def test_a_release_of_no_page_has_a_card(release: Release) -> None:
    empty = facts.Facts(ends={"kept": 0, "rejected": 0, "quarantined": 0})
    text = cards.card(release, empty, "# Changes\n\nNothing.\n")
    assert "0 web pages in 0 languages" in text
    assert "size_categories:\n- n<1K" in text


def test_only_the_beginning_of_the_changes_stands_in_the_card(release: Release, told: facts.Facts) -> None:
    long = "# Changes\n\nThree pages came.\n\n## Added\n\n" + "- one more\n" * 500
    text = cards.card(release, told, long)
    assert "Three pages came." in text
    assert "one more" not in text


def test_personal_data_is_told_as_the_config_has_it(release: Release, told: facts.Facts) -> None:
    config = release.told["config"]
    off = {**release.told, "config": {**config, "privacy": {**config["privacy"], "enabled": False}}}
    assert words.personal_data(off, told).startswith("Personal data was not looked for")
    kinds = {"email": "drop", "ip": "keep", "phone": "mask", "iban": "mask", "card": "mask"}
    mixed = {**release.told, "config": {**config, "privacy": {**config["privacy"], "kinds": kinds}}}
    said = words.personal_data(mixed, told)
    assert "e-mail addresses are taken out" in said
    assert "public IP addresses are counted and left as they are" in said
    assert "telephone numbers, IBANs, card numbers are replaced by a placeholder" in said


@pytest.mark.parametrize(
    ("named", "id_", "name", "link"),
    [
        (None, "other", "rights-of-each-page", None),
        ("odc-by", "odc-by", None, None),
        ("CC0-1.0", "cc0-1.0", None, None),
        ("https://harbour.example/licence", "other", "see-link", "https://harbour.example/licence"),
        ("Harbour Licence 2", "other", "harbour-licence-2", None),
    ],
)
def test_licences_as_the_hub_takes_them(named: str | None, id_: str, name: str | None, link: str | None) -> None:
    assert hub.license_of(named)[:3] == (id_, name, link)


@pytest.mark.parametrize(
    ("n", "size"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (99_999, "10K<n<100K"),
        (5 * 10**11, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_size_categories(n: int, size: str) -> None:
    assert hub.size_category(n) == size


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_is_never_said_to_be_nothing_or_all(part: int, rest: int) -> None:
    said = words.share(part, part + rest)
    assert (said == "0 %") == (part == 0)
    assert said != "100 %"


def test_the_schema_tells_every_column_of_every_table(release: Release) -> None:
    told = json.loads((release.folder / "schema.json").read_text(encoding="utf-8"))
    files = [path for table in told["tables"].values() for path in release.folder.glob(table["files"])]
    assert sorted(files) == sorted(release.folder.rglob("*.parquet"))
    for table in told["tables"].values():
        for path in release.folder.glob(table["files"]):
            schema = pq.read_schema(path)
            assert [column["name"] for column in table["columns"]] == schema.names
            told_types = [column["type"] for column in table["columns"] if "fields" not in column]
            assert told_types == [str(part.type) for part in schema if "struct" not in str(part.type)]
        assert all(column["description"] for column in table["columns"]), table["files"]
    pages = {column["name"]: column for column in told["tables"]["pages"]["columns"]}
    assert not pages["id"]["nullable"]
    assert pages["title"]["nullable"]
    assert all(signal["description"] for signal in pages["signals"]["fields"])


@given(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z"))
def test_every_version_has_a_semantic_one(version: str) -> None:
    released = Release(Path(), {"version": version, "sequence": 7})
    number = r"(0|[1-9][0-9]*)"
    assert re.fullmatch(rf"{number}\.{number}\.{number}(\+[0-9A-Za-z-]+)?", croissant.semantic(released))


@pytest.mark.parametrize(
    ("version", "semantic"),
    [("2026.11.22", "2026.11.22"), ("2026.01.05", "2026.1.5"), ("2026.01.05.2", "2026.1.5+2"), ("v1", "7.0.0+v1")],
)
def test_a_day_is_a_version(version: str, semantic: str) -> None:
    assert croissant.semantic(Release(Path(), {"version": version, "sequence": 7})) == semantic


def test_facts_are_plain_values(told: facts.Facts) -> None:
    json.dumps(asdict(told))
