"""Step describe.title."""

from __future__ import annotations

from itertools import chain
from typing import Any

from pipeline.clean._spam_fold import fold as spam_fold
from pipeline.clean._spam_rules import spam_edits
from pipeline.clean._spam_scan import LATIN, OTHERS
from pipeline.clean._spam_terms import find as spam_terms
from pipeline.clean.title import _BODY_EN, _BODY_ES, _BODY_ZH
from pipeline.describe._frame import SEPARATOR, host_of
from pipeline.describe._header import find
from pipeline.describe._names import fold
from pipeline.step import Case, Page, Params, step


@step("describe.title", version=1)
def title(page: Page, params: Params) -> dict[str, Any]:
    """The title, without the name of the site; left out where the page has none."""
    given = page.meta.get("title")
    text = _without_site(given, page) if isinstance(given, str) else ""
    text = " ".join((text or _without_spam(page)).split())
    return {"title": text} if text else {}


def _without_spam(page: Page) -> str:
    """The title that the text shows, without keywords behind it that the spam steps would cut from its line."""
    header = find(page)
    cuts = list(SEPARATOR.finditer(header.title))
    line = header.title_line
    if not cuts or line is None or not spam_terms(spam_fold(header.title[cuts[-1].end() :]).text):
        return header.title
    # A page of its own, so that the one given stays as it is; the rules look at all its lines.
    probe = Page(page.text, page.url)
    probe.hits = probe.filled
    stop = page.starts[line] + len(page.lines[line].rstrip())
    for edit in chain(spam_edits(probe, LATIN), spam_edits(probe, OTHERS)):
        if page.starts[line] < edit.start < stop <= edit.end:
            return header.title[: len(header.title) - (stop - edit.start)]
    return header.title


def _without_site(text: str, page: Page) -> str:
    """A title of the metadata without the publisher or the host in front of it or after it."""
    cuts = list(SEPARATOR.finditer(text))
    publisher = page.meta.get("publisher")
    site = [name for name in (fold(publisher) if isinstance(publisher, str) else "", fold(host_of(page.url))) if name]
    if not cuts or not site:
        return text.strip()
    for kept, cut in (
        (text[: cuts[-1].start()], text[cuts[-1].end() :]),
        (text[cuts[0].end() :], text[: cuts[0].start()]),
    ):
        name = fold(cut)
        if len(name) > 2 and any(name in s for s in site):
            return kept.strip()
    return text.strip()


CASES = [
    Case(
        f"Fog keeps the ferry in harbour\n\nBy Mara Ellison\n4 March 2024\n\n{_BODY_EN}",
        {"title": "Fog keeps the ferry in harbour"},
    ),
    Case(
        f"Fog keeps the ferry in harbour | Sound Herald\nNews\nSport\nFog keeps the ferry in harbour\n{_BODY_EN}",
        {"title": "Fog keeps the ferry in harbour"},
    ),
    Case(
        f"Inicio > Comarca\n\nLa niebla retiene el transbordador\n\n4 de marzo de 2024 | 10:30\n\n{_BODY_ES}",
        {"title": "La niebla retiene el transbordador"},
    ),
    Case(
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n来源：海湾晚报　作者：林清和　发布时间：2024-03-04 10:30\n{_BODY_ZH}",
        {"title": "大雾锁港渡轮停航半日"},
    ),
    Case(
        f"Inicio > Comarca\n\nLa niebla retiene el transbordador - tragamonedas gratis casino online\n\n4 de marzo de 2024\n\n{_BODY_ES}",
        {"title": "La niebla retiene el transbordador"},
        note="keywords behind the title are spam",
    ),
    Case(
        f"Inicio > Comarca\n\nLa niebla en el puerto - un casino cierra sus puertas\n\n4 de marzo de 2024\n\n{_BODY_ES}",
        {"title": "La niebla en el puerto - un casino cierra sus puertas"},
        note="a word of the trade makes no spam",
    ),
    Case(_BODY_EN, {}, note="no title, and the first sentence is not made one"),
    Case("", {}),
]
