"""HTML to text and metadata, through the child process that the pipeline uses."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.config import Extract
from pipeline.extract import ExtractError, Extractor
from pipeline.extract._html import extract

SENTENCES = [
    "The ferry company said on Monday that the morning crossing would start half an hour later from the first of June.",
    "Passengers at the pier were less pleased, and several said that they would miss the school bus on the other shore.",
    "Captain Runa Hale, who has steered the boat for nineteen years, thinks that the fog leaves her no other choice.",
    "A notice with the new timetable hangs beside the ticket window, next to a drawing of the dog that lives there.",
    "The council will discuss the matter again in autumn, when the nights are longer and the boats are fuller.",
]
BODY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def page(body: str = BODY, head: str = "<title>Ferry starts later | Pier Gazette</title>", lang: str = "en-GB") -> str:
    menu = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("News", "Sport", "Weather", "Jobs"))
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body><nav><ul>{menu}</ul></nav>'
        f"<article><h1>Ferry starts later</h1>{body}</article><footer>Pier Gazette, all rights reserved</footer></body></html>"
    )


def settings(**values: object) -> Extract:
    return Extract.model_validate({"enabled": True, "format": "text", "timeout_s": 20, "comments": False, **values})


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(settings()) as it:
        yield it


def test_main_text_without_menu_and_footer(extractor: Extractor) -> None:
    text, meta = extractor.extract(page(), "https://gazette.example/ferry")
    lines = text.split("\n")
    assert [line for line in lines if line in SENTENCES] == SENTENCES
    assert "Weather" not in text
    assert "all rights reserved" not in text
    assert meta["title"] == "Ferry starts later"
    assert meta["language"] == "en"
    assert "authors" not in meta


def test_lists_and_tables_are_kept(extractor: Extractor) -> None:
    table = "<table><tr><th>Pier</th><th>Departure</th></tr><tr><td>North</td><td>half past nine</td></tr></table>"
    items = (
        "<ul><li>Bring your own rope for the bicycle rack</li><li>Dogs travel free on weekdays before noon</li></ul>"
    )
    for body in (BODY + table + items + BODY, BODY + table + items, BODY + items + table, BODY + items):
        text, _ = extractor.extract(page(body))
        assert "half past nine" in text or "half past nine" not in body
        assert "Bring your own rope for the bicycle rack" in text
        assert "Weather" not in text


def test_a_list_of_links_after_the_text_is_not_kept(extractor: Extractor) -> None:
    links = "".join(f'<li><a href="/{n}">Ferry story number {n}</a></li>' for n in ("one", "two", "three"))
    assert "Ferry story number two" not in extractor.extract(page(f"{BODY}<h4>Read more</h4><ul>{links}</ul>")).text


@pytest.mark.parametrize(
    ("head", "body", "want"),
    [
        ('<meta name="date" content="2024-05-09">', "<p>By Mira Oakes</p><time>6 May 2024</time>", "2024-05-06"),
        (
            '<meta property="article:published_time" content="2024-05-06">',
            "<div>Today is 9 May 2024</div>",
            "2024-05-06",
        ),
        ("", '<div class="date">Published 6 May 2024, updated 9 May 2024</div>', "2024-05-06"),
        ('<meta property="article:published_time" content="Mon, 06 May 2024 08:30:00 GMT">', "", "2024-05-06"),
        ("", "", None),
    ],
)
def test_the_day_of_publication(extractor: Extractor, head: str, body: str, want: str | None) -> None:
    _, meta = extractor.extract(page(body + BODY, f"<title>Ferry starts later</title>{head}"))
    assert (meta.get("published") or "")[:10] == (want or "")


@pytest.mark.parametrize(
    ("byline", "want"),
    [
        ('<p class="byline">By <a href="/authors/mira-oakes/">Mira Oakes</a></p>', ["Mira Oakes"]),
        ("<p>By Mira Oakes</p>", ["Mira Oakes"]),
        ("<p>Von Mira Oakes</p>", ["Mira Oakes"]),
        ('<div class="comment"><a class="author" href="/x">Tom Bell</a></div>', None),
    ],
)
def test_authors_that_the_body_names(extractor: Extractor, byline: str, want: list[str] | None) -> None:
    place = BODY + byline if "comment" in byline else byline + BODY
    assert extractor.extract(page(place)).meta.get("authors") == want


def test_metadata_of_the_head(extractor: Extractor) -> None:
    ld = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Pier Gazette"},
            {
                "@type": "NewsArticle",
                "headline": "Ferry starts later",
                "datePublished": "2024-05-06T08:30:00+0200",
                "dateModified": "2024-05-07",
                "author": [{"@type": "Person", "name": "Mira Oakes"}, {"@type": "Person", "name": "Tom Bell"}],
                "publisher": {"@type": "Organization", "name": "Pier Gazette"},
                "license": "https://creativecommons.org/licenses/by/4.0/",
            },
        ],
    }
    head = (
        '<title>Ferry starts later | Pier Gazette</title><meta property="og:description" content="Half an hour more sleep.">'
        f'<link rel="canonical" href="/ferry"><script type="application/ld+json">{json.dumps(ld)}</script>'
    )
    _, meta = extractor.extract(page(head=head, lang="EN"), "https://gazette.example/ferry?from=home")
    assert meta == {
        "title": "Ferry starts later",
        "authors": ["Mira Oakes", "Tom Bell"],
        "published": "2024-05-06T08:30:00+02:00",
        "modified": "2024-05-07",
        "publisher": "Pier Gazette",
        "description": "Half an hour more sleep.",
        "url": "https://gazette.example/ferry",
        "canonical_url": "https://gazette.example/ferry",
        "language": "en",
        "license": "CC-BY-4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
    }


def test_metadata_of_meta_tags(extractor: Extractor) -> None:
    head = (
        "<title>Ferry starts later - Pier Gazette</title><meta name='author' content='By Mira Oakes and Tom Bell'>"
        "<meta property='article:published_time' content='2024-05-06'><meta property='og:site_name' content='Pier Gazette'>"
    )
    _, meta = extractor.extract(page(head=head))
    assert meta["authors"] == ["Mira Oakes", "Tom Bell"]
    assert meta["published"] == "2024-05-06"
    assert meta["publisher"] == "Pier Gazette"


def test_broken_json_ld_costs_nothing(extractor: Extractor) -> None:
    for broken in (
        "{",
        "[1, null, {}]",
        '{"@type": 5, "author": [[[]]]}',
        "{" * 5000,
        '{"@graph": {"@graph": {"@type": ["Article"]}}}',
    ):
        text, _ = extractor.extract(page(head=f'<title>x</title><script type="application/ld+json">{broken}</script>'))
        assert SENTENCES[0] in text


@pytest.mark.parametrize(
    ("title", "h1", "want"),
    [
        ("Ferry starts later | Pier Gazette", "Ferry starts later", "Ferry starts later"),
        ("Ferry starts later - Pier Gazette", "Pier Gazette", "Ferry starts later"),
        ("Pier Gazette", "Ferry starts later", "Ferry starts later"),
        ("渡轮停航半日_海湾晚报", "渡轮停航半日", "渡轮停航半日"),
    ],
)
def test_the_title_on_which_the_page_agrees(extractor: Extractor, title: str, h1: str, want: str) -> None:
    head = f'<title>{title}</title><meta property="og:site_name" content="Pier Gazette">'
    html = page(head=head).replace("<h1>Ferry starts later</h1>", f"<h1>{h1}</h1>")
    assert extractor.extract(html, "https://pier-gazette.example/a/1").meta["title"] == want


def test_a_licence_of_the_page_and_not_of_a_picture(extractor: Extractor) -> None:
    link = '<a rel="license" href="https://creativecommons.org/licenses/{}/">CC</a>'
    own = page().replace("Pier Gazette, all rights reserved", "Text: " + link.format("by-sa/4.0"))
    picture = page(BODY + f"<figure><figcaption>Photo {link.format('by/2.0')}</figcaption></figure>")
    assert extractor.extract(own).meta["license"] == "CC-BY-SA-4.0"
    assert "license" not in extractor.extract(picture).meta
    assert (
        "license" not in extractor.extract(page(BODY + f"<p>See {link.format('by/2.0').replace('rel', 'x')}</p>")).meta
    )


def test_what_a_page_tells_robots(extractor: Extractor) -> None:
    head = (
        '<title>x</title><meta name="robots" content="NoAI, noimageai"><meta name="tdm-reservation" content="1">'
        '<meta name="tdm-policy" content="https://gazette.example/policy.json">'
    )
    _, meta = extractor.extract(page(head=head))
    assert meta["robots"] == "noai, noimageai"
    assert meta["tdm_reservation"] == "1"
    assert meta["tdm_policy"] == "https://gazette.example/policy.json"


def test_markdown_keeps_the_structure() -> None:
    table = "<table><tr><th>Pier</th><th>Departure</th></tr><tr><td>North</td><td>half past nine</td></tr></table>"
    items = "<ol><li>Bring your own rope for the bicycle rack.</li><li>Dogs travel free before noon, says the notice.</li></ol>"
    html = page(
        f"{BODY}<h2>Timetable</h2>{table}{BODY}{items}<pre>rope  --long\nknot</pre><blockquote><p>{SENTENCES[2]}</p></blockquote>{BODY}"
    )
    text = extract(html, None, markdown=True)[0]
    assert "## Timetable\n\n| Pier | Departure |\n| --- | --- |\n| North | half past nine |\n\n" in text
    assert "\n\n1. Bring your own rope for the bicycle rack.\n2. Dogs travel" in text
    assert "> " + SENTENCES[2] in text
    assert "```\nrope  --long\nknot\n```" in text


def test_main_text_that_only_a_browser_without_scripts_shows(extractor: Extractor) -> None:
    html = page(f"<div id='app'></div><noscript>{BODY}</noscript>")
    assert SENTENCES[1] in extractor.extract(html).text


def test_a_date_does_not_depend_on_today(extractor: Extractor) -> None:
    _, meta = extractor.extract(page("<p>Published on 3 May 2031</p>" + BODY))
    assert meta["published"] == "2031-05-03"


@pytest.mark.parametrize(
    "html", ["", " \n\t ", "<html></html>", "<html><body></body></html>", "<!-- nothing -->", "<p></p>", "<br>" * 1000]
)
def test_nothing_in_it(extractor: Extractor, html: str) -> None:
    assert extractor.extract(html).text == ""


def test_text_without_tags_is_itself(extractor: Extractor) -> None:
    assert extractor.extract("Fish &amp; chips, if a < b\nand so on").text == "Fish & chips, if a < b\nand so on"


def test_an_encoding_declaration_in_decoded_text(extractor: Extractor) -> None:
    html = '<?xml version="1.0" encoding="iso-8859-1"?>\n' + page(BODY.replace("ferry", "fähre"))
    assert "fähre" in extractor.extract(html).text


def test_nul_controls_and_surrogates(extractor: Extractor) -> None:
    text, _ = extractor.extract(
        page(BODY.replace("ferry", "fe\x00rry") + "<p>\ud800 odd\x01\x0b\ufffe one, said nobody in particular.</p>")
    )
    assert SENTENCES[0] in text


def test_a_frameset(extractor: Extractor) -> None:
    assert isinstance(
        extractor.extract(
            '<html><frameset cols="20%,80%"><frame src="a.html"><frame src="b.html"></frameset></html>'
        ).text,
        str,
    )


def test_nested_beyond_the_parser(extractor: Extractor) -> None:
    """A hundred thousand open elements: the parser gives up, the text is still there."""
    text, _ = extractor.extract("<html><body>" + "<div>" * 100_000 + BODY + "</div>" * 100_000)
    assert SENTENCES[0] in text
    assert SENTENCES[-1] in text


def test_a_page_of_ten_megabytes(extractor: Extractor) -> None:
    """Real pages of this size are one table or one list; here the weight is in what nobody sees."""
    text, _ = extractor.extract(page(BODY + "<script>" + "var x = 1;" * 1_000_000 + "</script>"))
    assert SENTENCES[-1] in text


def test_the_same_page_gives_the_same_text_whatever_came_before() -> None:
    pages = [
        page(),
        page(BODY * 2),
        page("<p>short</p>"),
        page(BODY.replace("ferry", "boat")),
        page(f"<div>{BODY}</div>{BODY}"),
    ]
    with Extractor(settings()) as first, Extractor(settings()) as second:
        forwards = [first.extract(html) for html in pages * 3]
        backwards = [second.extract(html) for html in reversed(pages)]
    assert forwards[: len(pages)] == forwards[len(pages) : 2 * len(pages)] == forwards[2 * len(pages) :]
    assert forwards[: len(pages)] == backwards[::-1]


def test_comments_only_on_request(extractor: Extractor) -> None:
    comments = (
        '<section id="comments" class="comments"><h3>2 comments</h3><div class="comment"><p>I shall take the bus, thank you very'
        ' much indeed, and so will my neighbours.</p></div></section>'
    )  # fmt: skip
    html = page().replace("<footer>", comments + "<footer>")
    assert "take the bus" not in extractor.extract(html).text
    with Extractor(settings(comments=True)) as with_comments:
        assert "take the bus" in with_comments.extract(html).text


def test_no_child_before_the_first_page() -> None:
    before = len(psutil.Process().children())
    with Extractor(settings()):
        assert len(psutil.Process().children()) == before


def _child(extractor: Extractor) -> int:
    assert extractor._child is not None
    return extractor._child._process.pid


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_killed_child_is_replaced() -> None:
    with Extractor(settings()) as extractor:
        want = extractor.extract(page())
        os.kill(_child(extractor), signal.SIGKILL)
        assert extractor.extract(page()) == want


@pytest.mark.skipif(os.name != "posix", reason="CPU limits are a matter of POSIX")
def test_a_page_that_takes_too_long_costs_itself_alone() -> None:
    # libxml2 compares every attribute of an element with all others.
    slow = "<div " + " ".join(f"a{n}=1" for n in range(60_000)) + ">" + BODY
    with Extractor(settings(timeout_s=0.7)) as extractor:
        want = extractor.extract(page())
        since = time.monotonic()
        with pytest.raises(ExtractError, match=r"longer than 0\.7 s"):
            extractor.extract(slow)
        assert time.monotonic() - since < 14
        assert extractor.extract(page()) == want


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address space limits are reliable on Linux")
def test_a_page_that_needs_too_much_memory_costs_itself_alone() -> None:
    import resource

    with Extractor(settings()) as extractor:
        want = extractor.extract(page())
        used = psutil.Process(_child(extractor)).memory_info().vms
        resource.prlimit(_child(extractor), resource.RLIMIT_AS, (used + 30_000_000, used + 30_000_000))
        # The child that hits its limit gives up or dies; a fresh one has the usual limit again.
        with contextlib.suppress(ExtractError):
            extractor.extract(page("<p>word</p>" * 300_000))
        assert extractor.extract(page()) == want


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_the_child_ends_with_its_parent() -> None:
    program = (
        "import sys, time\nfrom pipeline.config import Extract\nfrom pipeline.extract import Extractor\n"
        "e = Extractor(Extract(enabled=True, format='text', timeout_s=20, comments=False)); e.extract('<p>x</p>')\n"
        "print(e._child._process.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        child.wait(timeout=20)
    assert not child.is_running()
