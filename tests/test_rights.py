"""What a page says of its own use: licences and opt-outs, from HTML, HTTP headers, rows and text."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import config
from pipeline import step as steps
from pipeline.describe import opt_out
from pipeline.extract import Extractor
from pipeline.extract._license import from_address, from_id, from_name
from pipeline.extract._robots import directives, of_tags
from pipeline.step import Page
from tests import runs

SENTENCES = (
    "The ferry stayed at the quay all day, said the harbour master, because nobody could see the end of the pier.",
    "Two boats that had left before dawn came back at noon with empty nets and a story about a bell.",
    "On the north side the lamps were lit at three, which the keeper had not done since the winter of the great frost.",
    "Passengers were given tea in the old customs house and played cards until the last bus.",
    "By evening a wind from the west had cleared the bay, and the children counted eleven ships on the horizon.",
)
BODY = "<article><h1>Fog in the harbour</h1>" + "".join(f"<p>{sentence}</p>" for sentence in SENTENCES) + "</article>"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(config.load().extract) as made:
        yield made


def described(
    name: str, meta: dict[str, Any], text: str = "The ferry stays in harbour.", **about: Any
) -> dict[str, Any]:
    step = steps.load("describe", name)
    return step.described([Page(text, meta=meta, cleaned=text, **about)])[0]


def test_directives() -> None:
    assert list(directives("NoIndex, nofollow")) == [("", "noindex"), ("", "nofollow")]
    assert list(directives("noindex nofollow;noai")) == [("", "noindex"), ("", "nofollow"), ("", "noai")]
    assert list(directives("noarchive, GPTBot: noindex, noai\nnosnippet")) == [
        ("", "noarchive"), ("gptbot", "noindex"), ("gptbot", "noai"), ("", "nosnippet"),
    ]  # fmt: skip
    assert list(directives("max-snippet: 20, max-image-preview:large, noai")) == [("", "noai")]
    assert ("", "noai") in list(directives("unavailable_after: 25 Jun 2030 15:00:00 PST, noai"))
    assert list(directives("")) == []


def test_meta_tags_for_all_and_for_one() -> None:
    tags = {
        "ccbot": ["noai"],
        "robots": ["NOAI, noimageai", "noai"],
        "googlebot": ["noindex"],
        "description": ["noindex"],
        "robotics": ["x"],
    }
    assert of_tags(tags) == "noai, noimageai, ccbot: noai, googlebot: noindex"
    assert of_tags({"x-robots-tag": ["gptbot: none"]}) == "gptbot: none"
    assert of_tags({}) is None


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_directives_take_anything(text: str) -> None:
    for robot, word in directives(text):
        assert word
        assert word == word.strip()
        assert robot == robot.lower()
    found = described(
        "opt_out", {"robots": text, "http": {"x-robots-tag": text, "tdm-reservation": text}, "row": {"robots": text}}
    )
    assert len(found.get("opt_out", [])) == len(found.get("opt_out_source", []))


STATED = [
    ({}, {}, 0),
    ({"robots": "index, follow, max-snippet:-1"}, {}, 0),
    ({"robots": "noindex, noarchive"}, {"opt_out": ["noindex", "noarchive"], "opt_out_source": ["html", "html"]}, 0),
    ({"robots": "noai, noimageai"}, {"opt_out": ["noai", "noimageai"], "opt_out_source": ["html", "html"]}, 1),
    ({"robots": "noai", "http": {"x-robots-tag": "noai\ngptbot: noindex"}}, {"opt_out": ["noai", "gptbot: noindex"], "opt_out_source": ["html http", "http"]}, 2),
    ({"robots": "googlebot: noindex, ccbot: noimageai"}, {"opt_out": ["googlebot: noindex", "ccbot: noimageai"], "opt_out_source": ["html", "html"]}, 0),
    ({"row": {"robots": ["none", "noml"]}}, {"opt_out": ["none", "noml"], "opt_out_source": ["row", "row"]}, 1),
    ({"row": {"x-robots-tag": "noai"}}, {"opt_out": ["noai"], "opt_out_source": ["row"]}, 1),
    ({"tdm_reservation": "1"}, {"tdm_reservation": True, "opt_out": ["tdm-reservation"], "opt_out_source": ["html"]}, 1),
    ({"http": {"tdm-reservation": "1", "tdm-policy": "https://gazette.example/tdm.json"}},
     {"tdm_reservation": True, "tdm_policy": "https://gazette.example/tdm.json", "opt_out": ["tdm-reservation"], "opt_out_source": ["http"]}, 1),
    ({"http": {"tdm-reservation": "0"}}, {"tdm_reservation": False}, 0),
    ({"tdm_reservation": "0", "http": {"tdm-reservation": "1"}}, {"tdm_reservation": False}, 0),
    ({"tdm_reservation": "yes", "http": {"tdm-reservation": "1"}}, {"tdm_reservation": True, "opt_out": ["tdm-reservation"], "opt_out_source": ["http"]}, 1),
    ({"row": {"tdm-reservation": 1}}, {"tdm_reservation": True, "opt_out": ["tdm-reservation"], "opt_out_source": ["row"]}, 1),
    ({"row": {"tdm-reservation": False}}, {"tdm_reservation": False}, 0),
    ({"tdm_policy": "our policy"}, {}, 0),
    ({"http": "noai", "row": ["noai"], "robots": 3}, {}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "columns", "counted"), STATED)
def test_opt_outs(meta: dict[str, Any], columns: dict[str, Any], counted: int) -> None:
    assert described("opt_out", meta) == columns
    assert opt_out.count(columns.get("opt_out")) == counted


NAMES = [
    ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
    ("licensed under cc-by-nc-nd 3.0", "CC-BY-NC-ND-3.0"),
    ("(CC BY–NC 2.0)", "CC-BY-NC-2.0"),
    ("CC BY NC SA 4.0 International", "CC-BY-NC-SA-4.0"),
    ("CC BY-SA 3.0 DE", "CC-BY-SA-3.0-DE"),
    ("CC BY 3.0 IGO", "CC-BY-3.0-IGO"),
    ("CC BY 3.0 PL", "CC-BY-3.0"),
    ("Creative Commons Namensnennung 3.0 Österreich", "CC-BY-3.0-AT"),
    ("CC0", "CC0-1.0"),
    ("Creative Commons Zero 1.0 Universal", "CC0-1.0"),
    ("Public Domain Mark 1.0", "CC-PDM-1.0"),
    ("Creative Commons Attribution-NonCommercial 3.0 Unported", "CC-BY-NC-3.0"),
    ("Creative Commons Naamsvermelding-NietCommercieel-GelijkDelen 4.0 Internationaal", "CC-BY-NC-SA-4.0"),
    ("Creative Commons Uznanie autorstwa – Bez utworów zależnych 3.0", "CC-BY-ND-3.0"),
    ("Creative Commons Erkännande-DelaLika 4.0", "CC-BY-SA-4.0"),
    ("Creative Commons Atıf-GayriTicari 4.0", "CC-BY-NC-4.0"),
    ("Creative Commons «С указанием авторства — С сохранением условий» 4.0", "CC-BY-SA-4.0"),
    ("Creative Commons Reconocimiento-NoComercial-CompartirIgual 4.0", "CC-BY-NC-SA-4.0"),
    ("知识共享署名-非商业性使用-禁止演绎 4.0 国际许可协议", "CC-BY-NC-ND-4.0"),
    ("創用CC 姓名標示-相同方式分享 4.0", "CC-BY-SA-4.0"),
    ("クリエイティブ・コモンズ 表示 - 非営利 4.0", "CC-BY-NC-4.0"),
    ("크리에이티브 커먼즈 저작자표시-동일조건변경허락 4.0", "CC-BY-SA-4.0"),
    ("CC BY", None),
    ("CC BY-ND-SA 4.0", None),
    ("CC BY 14.0", None),
    ("CC0.5 mm", None),
    ("ACC BY 4.0", None),
    ("Creative Commons licence 4.0", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_names_of_licences(text: str, name: str | None) -> None:
    assert from_name(text) == name


ADDRESSES = [
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("http://www.creativecommons.org/licenses/by-nc-sa/3.0/de/deed.de", "CC-BY-NC-SA-3.0-DE"),
    ("https://creativecommons.org/licenses/by-nc-sa/2.5/ch/", "CC-BY-NC-SA-2.5"),
    ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
    ("https://creativecommons.org/licenses/sa/1.0/", "CC-SA-1.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/legalcode.fr", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
    ("https://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
    ("https://creativecommons.org/licenses/by/", None),
    ("https://creativecommons.org/licenses/by/7.0/", None),
    ("https://gazette.example/licenses/by/4.0/", None),
]  # fmt: skip


@pytest.mark.parametrize(("address", "name"), ADDRESSES)
def test_addresses_of_licences(address: str, name: str | None) -> None:
    assert from_address(address) == name


@given(st.text(alphabet="ccby-sand 0.4/()Creative ommsAttribution署名\n", max_size=200))
@settings(max_examples=200, deadline=None)
def test_what_is_read_as_a_licence_is_an_id(text: str) -> None:
    for found in (from_name(text), from_address(text), from_id(text)):
        assert found is None or from_id(found) == found


def test_a_licence_that_the_record_states() -> None:
    by = "https://creativecommons.org/licenses/by/4.0/"
    terms = "https://gazette.example/terms"
    assert described("license", {"license": "cc-by-sa-3.0"}) == {"license": "CC-BY-SA-3.0"}
    assert described("license", {"licence": [by]}) == {"license": "CC-BY-4.0", "license_url": by}
    assert described("license", {"license": "CC-BY-4.0", "license_url": by}) == {
        "license": "CC-BY-4.0",
        "license_url": by,
    }
    assert described("license", {"license": "CC-BY-4.0", "license_url": terms}) == {"license": "CC-BY-4.0"}
    assert described("license", {"license_url": terms}) == {"license_url": terms}
    assert described("license", {"rights": "© Gazette. CC BY-NC 4.0"}) == {"license": "CC-BY-NC-4.0"}
    for nothing in ("all rights reserved", "n/a", "", "mailto:ida@gazette.example", "http://[broken"):
        assert described("license", {"license": nothing}, url="https://gazette.example/a") == {}
    assert described("license", {"license": "/terms"}, url="https://gazette.example/a") == {"license_url": terms}
    link = f'<https://gazette.example/style.css>; rel=preload, <{by}>; rel="license"; title="x"'
    assert described("license", {"http": {"link": link}}) == {"license": "CC-BY-4.0", "license_url": by}
    assert described("license", {"http": {"link": f"<{by}>; rel=next"}}) == {}


def test_what_the_head_of_a_page_says(extractor: Extractor) -> None:
    def head(*tags: str, body: str = BODY) -> dict[str, Any]:
        return extractor.extract(
            f"<html><head>{''.join(tags)}</head><body>{body}</body></html>", "https://gazette.example/fog"
        ).meta

    meta = head(
        '<meta name="robots" content="noai"><meta name="GPTBot" content="noindex"><meta http-equiv="X-Robots-Tag" content="noimageai">'
    )
    assert meta["robots"] == "noai, noimageai, gptbot: noindex"
    meta = head(
        '<meta name="tdm-reservation" content="0"><meta name="tdm-policy" content="https://gazette.example/p.json">'
    )
    assert (meta["tdm_reservation"], meta["tdm_policy"]) == ("0", "https://gazette.example/p.json")
    meta = head('<link rel="license" href="/terms-of-use">')
    assert meta["license_url"] == "https://gazette.example/terms-of-use"
    assert "license" not in meta
    meta = head('<meta name="dcterms.rights" content="https://creativecommons.org/publicdomain/zero/1.0/">')
    assert (meta["license"], meta["license_url"]) == ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
    meta = head(
        '<script type="application/ld+json">{"@type": "NewsArticle", "license": {"@id": "https://creativecommons.org/licenses/by/2.0/"}}</script>'
    )
    assert (meta["license"], meta["license_url"]) == ("CC-BY-2.0", "https://creativecommons.org/licenses/by/2.0/")
    two = [f'<link rel="license" href="https://creativecommons.org/licenses/{kind}/4.0/">' for kind in ("by", "by-sa")]
    assert not head(*two).keys() & {"license", "license_url"}
    assert not head(body=BODY + "<p>See the tdm-reservation and noai.</p>").keys() & {
        "robots",
        "tdm_reservation",
        "license_url",
    }


def archive(pages: list[tuple[str, list[tuple[str, str]], str]]) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    for url, headers, html in pages:
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(url, "response", payload=BytesIO(html.encode()), http_headers=http)
        )
    return out.getvalue()


def test_from_headers_and_rows_to_columns_and_rules(tmp_path: Path) -> None:
    by = "https://creativecommons.org/licenses/by/4.0/"
    page = "<html><head>{}</head><body>" + BODY + "</body></html>"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.warc.gz").write_bytes(
        archive([
            ("https://a.example/1", [("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "GPTBot: noarchive"), ("Link", f"<{by}>; rel=license")], page.format("")),
            ("https://a.example/2", [("TDM-Reservation", "1"), ("TDM-Policy", "https://a.example/tdm.json")], page.format('<meta name="robots" content="noai">').replace("ferry", "lifeboat")),
            ("https://b.example/3", [], page.format("").replace("ferry", "tug")),
        ])
    )  # fmt: skip
    text = "The {} was painted blue on Monday, and nobody in the town can say who asked for it or paid for it."
    runs.write_jsonl(
        tmp_path / "in" / "b.jsonl",
        [
            {"url": "https://c.example/4", "text": text.format("bridge"), "license": "cc-by-sa-4.0", "robots": "noai", "tdm-reservation": 0},
            {"url": "https://www.casino.example/5", "text": text.format("weir")},
        ],
    )  # fmt: skip
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "block.txt").write_text("casino.example  # games\n")
    output = tmp_path / "out"
    chosen = (
        "judge.rules.opt_out={signal: opt_out, max: 1, enabled: true}",
        f"judge.steps.url_lists={{block: ['{tmp_path / 'lists' / 'block.txt'}']}}",
        "judge.rules.blocked={signal: url_lists, min: 0}",
        "dedup.enabled=false",
    )
    runs.run(tmp_path / "in", output, "--workers", "1", *(part for value in chosen for part in ("--set", value)))

    names = ("license", "license_url", "opt_out", "opt_out_source", "tdm_reservation")
    kept = {row["url"][-1]: tuple(row[name] for name in names) for row in runs.rows(output, "documents")}
    assert kept == {
        "1": ("CC-BY-4.0", by, ["noindex", "gptbot: noarchive"], ["http", "http"], None),
        "3": (None, None, None, None, None),
        "4": ("CC-BY-SA-4.0", None, ["noai"], ["row"], False),
    }
    rejected = {row["url"][-1]: (row["rule"], row["evidence"]) for row in runs.rows(output, "rejected")}
    assert rejected == {
        "2": ("opt_out", "opt_out 2 > 1"),
        "5": ("blocked", "url_lists -1 < 0; lists/block.txt: casino.example"),
    }
    signals = {row["url"][-1]: row["signals"]["opt_out"] for row in runs.rows(output, "documents")}
    assert signals == {"1": 1, "3": 0, "4": 1}
