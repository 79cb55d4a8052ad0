"""The title and its line: pages without a `<title>`, menus of plain words, decks, refrains, many languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from pipeline.describe._header import find
from pipeline.describe._title_scan import read
from pipeline.step import Page

FIXTURE = Path(__file__).parent / "fixtures/titles.jsonl"

POEM = (
    "Home | Blog | Gedichte\n\nSchnee, Schnee, Schnee\n\n4. Januar 2022 von Ruth Immenhof\n\nSchnee, Schnee, Schnee,\n"
    "auf Dächern und auf Zäunen,\nSchnee, Schnee, Schnee,\nund keiner darf ihn räumen.\nSchnee, Schnee, Schnee\n"
)


def test_refrain_that_equals_the_title_stays() -> None:
    page = Page(POEM)
    header = find(page)
    assert header.title == "Schnee, Schnee, Schnee"
    assert set(header.title_lines) <= {2}


@pytest.mark.parametrize(
    "text",
    [
        "Strona główna Miasto Sport Kultura\n\nMost zamknięty do wiosny\n\nAutor: Ewa Sowa\n\n3 marca 2024\n\nMost na Wełnie będzie zamknięty do końca maja. Naprawa potrwa dłużej, niż zapowiadano.",
        "Новости Общество Спорт Культура\n\nМост закрыли до весны\n\nАвтор: Нина Соболь\n\n3 марта 2024\n\nМост через реку закрыли до конца мая. Ремонт займёт больше времени, чем обещали.",
        "ニュース スポーツ 文化 暮らし\n\n橋の通行止め、春まで続く\n\n更新日：2024年3月3日\n\n川にかかる橋の通行止めは五月末まで続くことになった。修理には予定より長い時間がかかる。",
    ],
)
def test_menu_of_plain_words_is_no_title(text: str) -> None:
    menu, title = text.split("\n\n")[:2]
    assert find(Page(text)).title == title
    shares = read([menu, title], np.array([True, True])).menu
    assert shares[0] > 0.5 > shares[1]


def test_pages_in_many_languages() -> None:
    rows = [orjson.loads(line) for line in FIXTURE.read_bytes().split(b"\n") if line]
    right = 0
    for row in rows:
        header = find(Page(row["text"], url=row["url"]))
        right += " ".join(header.title.split()) == row["title"]
        assert set(header.title_lines) <= {row["line"]}, row["title"]
    assert right >= 0.9 * len(rows)
