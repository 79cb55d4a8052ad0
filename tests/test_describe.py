"""Title, authors, dates and publisher from raw text and from metadata, through the steps that give them."""

from __future__ import annotations

import datetime
import json
import re
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.describe import _dates, _names
from pipeline.describe._caseless import caseless
from pipeline.describe._frame import key_of
from pipeline.describe._header import find
from pipeline.engine.pages import Costs, clean_pages
from pipeline.step import Page
from tests.bench.shared import SHARED

RULES = ("title", "authors", "dates", "publisher", "description")
BODY = (
    "The old signal box by the river was sold last week to a family that wants to live in it and keep the levers.\n\n"
    "It had stood empty since the branch line closed, and the roof let in more rain every winter than the year before.\n\n"
    "Neighbours say that they are glad to see a light in the upper window again after such a long time of darkness."
)


def describe(page: Page) -> dict[str, Any]:
    """All columns that the steps of this file's subject give for a page."""
    columns: dict[str, Any] = {}
    for rule in RULES:
        one = steps.load("describe", rule)
        columns |= one.described([page])[0]
    return columns


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("2026-01-19 08:14", "2026-01-19T08:14"),
        ("26 November 2024, 4:40pm", "2024-11-26T16:40"),
        ("Nov 3, 2025 (8:42 AM EST)", "2025-11-03T08:42-05:00"),
        ("3rd of May 2024", "2024-05-03"),
        ("12. April 2025, 17:05 Uhr", "2025-04-12T17:05"),
        ("le 23 janvier 2024 à 18h30", "2024-01-23T18:30"),
        ("9 de febrero de 2025 | 10:30", "2025-02-09T10:30"),
        ("27/04/2024 09h10", "2024-04-27T09:10"),
        ("7 maggio 2024 alle 9:05", "2024-05-07T09:05"),
        ("3 mei 2024 om 12:00", "2024-05-03T12:00"),
        ("5 października 2023, godz. 14:05", "2023-10-05T14:05"),
        ("2. září 2024", "2024-09-02"),
        ("2 вересня 2024, 10:15", "2024-09-02T10:15"),
        ("2 сентября 2024 г., 10:15", "2024-09-02T10:15"),
        ("14 Eylül 2024 10:25", "2024-09-14T10:25"),
        ("20 Februari 2024", "2024-02-20"),
        ("ngày 3 tháng 5 năm 2024", "2024-05-03"),
        ("12/3/2024, 10:20 (GMT+7)", "2024-03-12T10:20+07:00"),
        ("12 มีนาคม 2567 เวลา 10:20 น.", "2024-03-12T10:20"),
        ("๑๒ มี.ค. ๒๕๖๗", "2024-03-12"),
        ("11 जून 2024, 07:45 IST", "2024-06-11T07:45+05:30"),
        ("২৭ মার্চ ২০২৪, ১০:২০", "2024-03-27T10:20"),
        ("ஜூன் 11, 2024", "2024-06-11"),
        ("6 مايو 2024 - 11:20", "2024-05-06T11:20"),
        ("12 كانون الثاني 2024", "2024-01-12"),
        ("۱۲ خرداد ۱۴۰۳ ساعت ۱۰:۲۰", "2024-06-01T10:20"),
        ("12 במאי 2024", "2024-05-12"),
        ("12 مئی 2024", "2024-05-12"),
        ("3 augusti 2024 kl. 09.10", "2024-08-03T09:10"),
        ("3. august 2024", "2024-08-03"),
        ("12. toukokuuta 2024 klo 10.20", "2024-05-12T10:20"),
        ("7 Μαΐου 2024", "2024-05-07"),
        ("7 mai 2024, 10:00", "2024-05-07T10:00"),
        ("2024. május 3. 10:20", "2024-05-03T10:20"),
        ("2025年9月18日 07:30", "2025-09-18T07:30"),
        ("２０２５年３月２日 ０５:００", "2025-03-02T05:00"),
        ("二〇二五年十二月廿三日", "2025-12-23"),
        ("令和6年5月3日", "2024-05-03"),
        ("民國114年3月2日", "2025-03-02"),
        ("2025. 9. 18. 오후 3:10", "2025-09-18T15:10"),
        ("2022-03-17 10:21:00葉蓁", "2022-03-17T10:21:00"),
        ("Anna HalloranMay 3, 2024", "2024-05-03"),
        ("2024-05-03T10:00:00+05:30", "2024-05-03T10:00:00+05:30"),
        ("Fri, 03 May 2024 10:00:00 +0000", "2024-05-03T10:00:00+00:00"),
        ("May-03-2024", "2024-05-03"),
        ("03-may-2024 5:11:10", "2024-05-03T05:11:10"),
        ("03 | 05 | 2024", "2024-05-03"),
        ("3 мая 2024 г. в 10:20", "2024-05-03T10:20"),
        ("2024 թ. մայիսի 3", "2024-05-03"),
        ("2024 ж. 3 мамыр", "2024-05-03"),
        ("2024. gada 3. maijs", "2024-05-03"),
        ("2024(e)ko maiatzaren 3(a)", "2024-05-03"),
        ("2024 оны 5-р сарын 3", "2024-05-03"),
        ("3 май 2024", "2024-05-03"),
        ("3 maj 2024", "2024-05-03"),
        ("7 Agustus 2024", "2024-08-07"),
        ("3 غشت 2024", "2024-08-03"),
        ("3 Tháng Năm, 2024", "2024-05-03"),
        ("3 thg 5, 2024", "2024-05-03"),
        ("25 दिस॰ 2023", "2023-12-25"),
        ("25 בדצמ׳ 2023", "2023-12-25"),
        ("3 ΜΑΪΟΥ 2024", "2024-05-03"),
        ("3 NİSAN 2024", "2024-04-03"),
        ("3 MAYIS 2024", "2024-05-03"),
        ("3 พ.ค. 67 10:20 น.", "2024-05-03T10:20"),
        ("2024/05/03(金) 10:20", "2024-05-03T10:20"),
        ("令和6.5.3", "2024-05-03"),
        ("R6.5.3 更新", "2024-05-03"),
        ("平成30年4月1日", "2018-04-01"),
        ("發布日期：113-05-03", "2024-05-03"),
        ("등록 24.05.03 10:20", "2024-05-03T10:20"),
        ("١٥ رمضان ١٤٤٥ هـ", "2024-03-25"),
        ("1445/09/15 هـ", "2024-03-25"),
        ("15 رمضان 1445هـ الموافق 25 مارس 2024م", "2024-03-25"),
        ("۱۴۰۳/۰۲/۱۴ - ۱۰:۲۰", "2024-05-03T10:20"),
        ("3 مئی 2024ء", "2024-05-03"),
        ("3 de mayo de 202421:25", "2024-05-03T21:25"),
        ("May 3, 202411 min read", "2024-05-03"),
        ("3. Mai 20240", "2024-05-03"),
        ("anna03.05.2410:20", "2024-05-03T10:20"),
    ],
)
def test_date(line: str, want: str) -> None:
    found = _dates.search(line)
    assert [_dates.stamp(f) for f in found] == [want]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "version 10.2.24",
        "192.168.20.21",
        "31 February 2024",
        "April 2023",
        "17. g4?! 1-0",
        "1999 - .",
        "2081-05-03",
        "২৭ মাঘ ১৪৩১",
        "113-05-03",
        "1445/09/15",
        "30 محرم 1446 هـ",
    ],
)
def test_no_date(line: str) -> None:
    assert _dates.search(line) == []


def test_two_dates_that_a_theme_prints_without_a_space() -> None:
    found = _dates.search("Posted on May 4, 2024May 3, 2024 by Mara Ellison")
    assert [str(f.day) for f in found] == ["2024-05-04", "2024-05-03"]


@pytest.mark.parametrize(
    ("line", "want"),
    [("1 محرم 1446", "2024-07-07"), ("1 رمضان 1446", "2025-03-01"), ("29 ذو الحجة 1446", "2025-06-25")],
)
def test_lunar_year_as_printed_in_saudi_arabia(line: str, want: str) -> None:
    assert [str(f.day) for f in _dates.search(line)] == [want]


def test_digits_alone_are_read_as_the_page_writes_them() -> None:
    assert str(_dates.search("24.05.03")[0].day) == "2003-05-24"
    assert str(_dates.search("24.05.03", year_first=True)[0].day) == "2024-05-03"


def test_day_whose_month_the_url_knows() -> None:
    assert _dates.month_in_url("https://paper.example/articulo/2024/5/ferry") == (2024, 5)
    assert _dates.month_in_url("https://paper.example/info/1042/ferry") == (0, 0)
    (found,) = _dates.search_day("Publicado el 3 de mayo", 2024, 5)
    assert str(found.day) == "2024-05-03"
    assert _dates.search_day("Publicado el 3 de junio", 2024, 5) == []


def dates(text: str, url: str | None = None) -> dict[str, Any]:
    return {k: str(v) for k, v in describe(Page(text, url=url)).items() if k in ("published", "modified")}


def test_question_of_a_forum_is_dated_by_when_it_was_asked() -> None:
    page = (
        f"Which varnish for a larch boat?\n\nModified 2 years ago\n\n{BODY}\n\nedited May 5, 2021 at 19:57\n\n"
        "asked Mar 4, 2019 at 10:51\n\nRuth Ames\nMember since Jan 7, 2011\n\nanswered Mar 6, 2019 at 3:07\n\n"
        "Oil it twice and leave it in the sun for a week, then sand it down and do it all again.\n\n"
        "Commented Mar 7, 2019 at 8:00"
    )
    assert dates(page) == {"published": "2019-03-04", "modified": "2021-05-05"}


def test_dates_of_other_stories_are_not_the_page_s_own() -> None:
    teasers = "News\nMay 9, 2024\nHarbour fees to rise\nMay 8, 2024\nNew bus for the island\nMay 7, 2024\nSchool closes"
    page = f"{teasers}\n\nA light in the signal box\n\nMarch 4, 2024\n\n{BODY}\n\n{teasers}"
    assert dates(page) == {"published": "2024-03-04"}


def test_date_behind_the_body() -> None:
    page = f"A light in the signal box\n\n{BODY}\n\nPosted on March 4, 2024 in News"
    assert dates(page) == {"published": "2024-03-04"}


def test_two_digit_years_of_a_korean_page() -> None:
    body = (
        "섬 주민들은 여객선이 월요일 새벽부터 짙은 안개 때문에 항구를 떠나지 못했다고 말했다. 승객들은 밤까지 대합실에서 기다려야 했다.\n"
        * 4
    )
    assert dates(f"안개로 여객선 반나절 결항\n\n등록\n\n24.03.04 10:20\n\n{body}") == {"published": "2024-03-04"}


def test_ambiguous_date_keeps_both_readings() -> None:
    (found,) = _dates.search("03/04/2024")
    assert (found.day, found.other) == (datetime.date(2024, 4, 3), datetime.date(2024, 3, 4))


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("/2024/04/27/4711.html", "2024-04-27"),
        ("/a/202601/19/W1.html", "2026-01-19"),
        ("/content/2025-09/18/c.html", "2025-09-18"),
        ("/page/2022/0317/1.shtml", "2022-03-17"),
        ("/articles/20250302-9313.html", "2025-03-02"),
        ("/2025/02/797161.html", "None"),
        ("/info/1042/543194.htm", "None"),
    ],
)
def test_date_in_url(path: str, want: str) -> None:
    assert str(_dates.in_url("https://paper.example" + path)) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("By MARA ELLISON | Sound Herald | Updated: 2026-01-19 08:14", ["Mara Ellison"]),
        ("Posted by mkestrel, t-obara on 2024-12-05 in Field notes", ["mkestrel", "t-obara"]),
        ("Written by Dr Mara van der Linde, Toby Orr, and Nell Ashe", ["Mara van der Linde", "Toby Orr", "Nell Ashe"]),
        ("Von Friederike Ahlbach", ["Friederike Ahlbach"]),
        ("Par Élodie Carrel et Yann Quéméner", ["Élodie Carrel", "Yann Quéméner"]),
        ("Por Jandira Falcato, Jornal da Foz", ["Jandira Falcato"]),
        ("Автор: Лидия Корнилова", ["Лидия Корнилова"]),
        ("Penulis: Dwi Prasetyani | Editor: Humas", ["Dwi Prasetyani"]),
        ("Haber: Gülşen Işılay", ["Gülşen Işılay"]),
        ("Written By: मीनाक्षी दवे", ["मीनाक्षी दवे"]),
        ("كتب: سلمى النجار", ["سلمى النجار"]),
        ("来源：海湾晚报　作者：林清和　实习生 周敏　发布时间：2025-09-18 07:30", ["林清和", "周敏"]),
        ("한바다 기자 bada@paper.example", ["한바다"]),
        ("By Jack Tunnifred, Prof. Oda Shepherd and Nell Ashe, PhD", ["Jack Tunnifred", "Oda Shepherd", "Nell Ashe"]),
        ("GÖNDEREN EDİTÖR | YAZAN: Işıl Ünver | GÜNCELLEME: 14.09.2024", ["Işıl Ünver"]),
        ("By Newsroom", []),
        ("Por Redação", []),
        ("Edited By: डेस्क", []),
        ("作者：编辑部", []),
        ("By the time the train came, nobody was there", []),
        ("Von Anna kam der erste Brief im März, von Peter keiner", []),
        ("Author: Director of the Institute for Coastal Studies", []),
    ],
)
def test_byline(line: str, want: list[str]) -> None:
    assert list(_names.read(line, _dates.search(line)).authors) == want


@pytest.mark.parametrize(
    ("head", "want"),
    [
        ("Tilda Marsh\nFebruary 3, 2024\n6 min read", ["Tilda Marsh"]),
        ("ByTilda Marsh\nPublished February 3, 2024", ["Tilda Marsh"]),
        ("Written by\nHelga Brandner", ["Helga Brandner"]),
        ("Jonas Wiebe und Katrin Sommerlad\n3. Februar 2024", ["Jonas Wiebe", "Katrin Sommerlad"]),
        ("撰写：林清和\n2024-02-03", ["林清和"]),
        ("By Newsroom\n3 February 2024", []),
        ("Photo: Tilda Marsh\n3 February 2024", []),
    ],
)
def test_authors_as_headers_print_them(head: str, want: list[str]) -> None:
    assert find(Page(f"A light in the signal box\n\n{head}\n\n{BODY}")).authors == want


def test_person_who_is_quoted_is_no_author() -> None:
    said = "\n\n“We will repaint it before the summer,” said Martin Oakes, who has lived opposite since he was a boy."
    assert find(Page(f"A light in the signal box\n\n3 February 2024\n\n{BODY}{said}")).authors == []


@pytest.mark.parametrize(
    ("foot", "want"),
    [
        ("© 2024 Sound Herald Media Ltd. All rights reserved.", "Sound Herald"),
        ("© Talkurier Verlags GmbH & Co. KG. Alle Rechte vorbehalten.", "Talkurier"),
        ("© 2008–2025 Сетевое издание «Горный вестник». 16+", "Горный вестник"),
        ("版权所有 © 海湾晚报", "海湾晚报"),
        ("All content is protected by copyright.", None),
    ],
)
def test_publisher_by_the_line_of_rights(foot: str, want: str | None) -> None:
    got = describe(Page(f"A light in the signal box\n\nBy Mara Ellison\n\n{BODY}\n\n{foot}"))
    assert got.get("publisher") == want


@pytest.mark.parametrize("phrase", ["Zurück zur Übersicht", "Letzte Artikel", "Medical Malpractice", "Open Forum"])
def test_a_phrase_beside_a_date_is_no_author(phrase: str) -> None:
    page = Page(f"A light in the signal box\n\n{phrase}\n4 March 2024\n\n{BODY}")
    assert find(page).authors == []
    assert find(page).byline_lines == []


def test_caseless_keeps_offsets() -> None:
    every = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert len(caseless(every)) == len(every)
    assert caseless("GİRİŞ ıslak ΤΟΥ Συντάκτης") == "giriş islak του συντάκτησ".replace("ς", "σ")


@given(st.text(st.characters(max_codepoint=127)))
def test_quick_ways_for_ascii_agree_with_the_general_ones(text: str) -> None:
    assert key_of(text) == " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
    assert _names.fold(text) == "".join(filter(str.isalnum, text.casefold()))
    assert _dates.has_digit(text) == any(map(str.isdecimal, text))


def test_only_an_update_is_both_dates() -> None:
    got = describe(Page(f"A light in the signal box\n\nBy Mara Ellison | Updated: 2024-03-04 08:14\n\n{BODY}"))
    assert got["published"] == got["modified"] == datetime.date(2024, 3, 4)


def test_month_order_follows_the_page() -> None:
    head = "A light in the signal box\n\nBy Mara Ellison\n03/04/2024\n\n"
    assert describe(Page(head + BODY + "\n\nUpdated 03/25/2024"))["published"] == datetime.date(2024, 3, 4)
    british = Page(head + BODY, url="https://www.signal.co.uk/news")
    assert describe(british)["published"] == datetime.date(2024, 4, 3)


def test_headline_of_another_story_above_the_title() -> None:
    text = (
        "Home Politics A light in the signal box by the river\nHarbour wall to be rebuilt before the winter\n\n"
        f"A light in the signal box by the river\n\nby SignalDesk\n\n{BODY}"
    )
    assert describe(Page(text))["title"] == "A light in the signal box by the river"


def test_nothing_is_invented() -> None:
    assert describe(Page(BODY)) == {}
    assert describe(Page("")) == {}


def test_metadata_is_preferred() -> None:
    meta = {
        "title": "A light in the signal box | Sound Herald",
        "authors": ["MARA ELLISON", "Newsroom", "https://social.example/mara"],
        "published": "2024-03-04T10:00:00Z",
        "modified": "2024-03-05",
        "publisher": "Sound Herald",
        "description": "A family moves in.",
    }
    assert describe(Page(f"Something else\n\nBy Toby Orr\n\n{BODY}", meta=meta)) == {
        "title": "A light in the signal box",
        "authors": ["Mara Ellison"],
        "published": datetime.date(2024, 3, 4),
        "published_time": "2024-03-04T10:00:00+00:00",
        "modified": datetime.date(2024, 3, 5),
        "publisher": "Sound Herald",
        "description": "A family moves in.",
    }


@pytest.mark.parametrize(
    "bad", [{"title": 7, "authors": 3, "published": "soon", "modified": [], "publisher": None}, {"authors": [None, ""]}]
)
def test_broken_metadata_is_passed_over(bad: dict[str, Any]) -> None:
    assert describe(Page(BODY, meta=bad)) == {}


def test_what_is_cut_is_what_is_described() -> None:
    page = Page(f"Home / River\n\nA light in the signal box\n\nBy Mara Ellison\n4 March 2024\n\n{BODY}")
    rules = [steps.load("clean", rule) for rule in ("title", "byline", "dateline")]
    ((text, ledger),) = clean_pages(rules, [page], Costs())
    assert text == f"Home / River\n\n{BODY}"
    assert [row.label for row in ledger] == ["title", "byline", "date"]
    got = describe(page)
    assert (got["title"], got["authors"]) == ("A light in the signal box", ["Mara Ellison"])


_PIECES = st.sampled_from(
    ["", BODY, "By Mara Ellison", "4 March 2024", "Home / River", "A light in the signal box", "首页 > 民生", "作者：林清和", "기자", "\x00", "🎰" * 5, "a" * 5000, "1" * 4000, "Von " * 500, " | " * 300]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=12), st.one_of(st.none(), st.text(max_size=40)))
def test_any_page(pieces: list[str], url: str | None) -> None:
    page = Page("\n".join(pieces), url=url)
    header = find(page)
    cut = [*header.title_lines, *header.byline_lines, *header.date_lines]
    assert len(cut) == len(set(cut))
    assert all(page.lines[i].strip() for i in cut)
    assert describe(page) == describe(Page(page.text, url=url))


def test_long_and_wide_pages_are_quick() -> None:
    for text in ("x " * 500_000, "News\n" * 300_000, "By A\n4 May 2024\n" * 50_000, "1.1.20" * 100_000):
        find(Page(text))


@pytest.mark.skipif(not (SHARED / "seeds/gold.jsonl").exists(), reason="needs the shared seeds")
def test_seeds() -> None:
    for line in (SHARED / "seeds/gold.jsonl").read_text("utf-8").split("\n"):
        if not line:
            continue
        gold = json.loads(line)
        page = Page(gold["raw_text"], url=gold["url"])
        for i, label in enumerate(gold["line_labels"]):
            if label == "spam":
                page.labels[i] = label
        got = describe(page)
        assert got.get("title") == gold["title"], gold["id"]
        assert got.get("authors", []) == gold["authors"], gold["id"]
        assert str(got.get("published")) == str(gold["published"]), gold["id"]
        content = {i for i, label in enumerate(gold["line_labels"]) if label == "content"}
        header = find(page)
        assert not content & {*header.title_lines, *header.byline_lines, *header.date_lines}, gold["id"]


@pytest.mark.skipif(not (SHARED / "cases/cases.jsonl").exists(), reason="needs the shared cases")
def test_cases_lose_no_content() -> None:
    """On the undamaged pages: floors on what was measured, and no line of content is cut."""
    right = {"title": 0, "authors": 0, "published": 0}
    pages = 0
    for line in (SHARED / "cases/cases.jsonl").read_text("utf-8").split("\n"):
        gold = json.loads(line) if line else {"is_spam": True}
        if gold["is_spam"] or gold["damage"] or gold["near_empty"]:
            continue
        page = Page(gold["raw_text"], url=gold["url"])
        for i, label in enumerate(gold["line_labels"]):
            if label == "spam":
                page.labels[i] = label
        got = describe(page)
        pages += 1
        right["title"] += got.get("title") == gold["title"]
        right["authors"] += sorted(got.get("authors", [])) == sorted(gold["authors"])
        right["published"] += str(got.get("published")) == str(gold["published"])
        content = {i for i, label in enumerate(gold["line_labels"]) if label == "content"}
        header = find(page)
        assert not content & {*header.title_lines, *header.byline_lines, *header.date_lines}, gold["id"]
    assert pages > 15
    assert all(n >= 0.92 * pages for n in right.values()), (right, pages)
