"""HTML entities that were left undecoded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from pipeline.repair._edits import names_markup
from pipeline.step import Case, Edit, Page, Params, step

_NAME = r"(?:[a-z][a-z0-9]{1,24}|#[0-9]{2,7}|#x[0-9a-f]{2,6});"
_ENTITY = re.compile(rf"&((?:amp;|#38;|#x26;)*)({_NAME})", re.IGNORECASE)
# Of these a text about markup is full, and a damaged one too; the others stand for letters and marks of print.
_SYNTAX = frozenset("&<>\"'")
_OPENS_TAG = re.compile(r"[/!?a-z]", re.IGNORECASE)
_URL_BEFORE = re.compile(r"(?:://|\?)\S*\Z")
_ENTITY_REST = re.compile(r"[a-z#]", re.IGNORECASE)
_INVISIBLE = "\t\u00a0\u00ad\u2002\u2003\u2009\u200b\u200c\u200d\u200e\u200f\u3000"
# Two levels happen when a page is escaped twice; what is deeper is written so on purpose.
_LEVELS = 2


@step("repair.entities", version=2, gate=rf"&{_NAME}", signs=((1, "&"),))
def entities(page: Page, params: Params) -> Iterator[Edit]:
    """Decodes HTML entities, also those escaped twice: d&eacute;j&agrave;, &amp;ntilde;, &#8217;.

    Never more than two levels. A page about markup keeps its entities: all of them if it uses several terms of the
    trade; if it uses one, those of & < > and quotes, and those whose character stands in the same line. What would become a tag stays escaped.
    """
    terms: int | None = None
    for i, line in enumerate(page.lines):
        if "&" not in line:
            continue
        has_plain_and, has_tag = " & " in line, "&lt;" in line
        for found in _ENTITY.finditer(line):
            char = _decoded(found, line)
            if char is None or (char == "&" and has_plain_and) or (char == ">" and has_tag):
                continue
            if terms is None:
                terms = names_markup(page.text)
            if terms > 1 or (terms == 1 and (char in _SYNTAX or char in line)):
                continue
            if not _URL_BEFORE.search(line[max(0, found.start() - 200) : found.start()]):
                yield page.cut(i, found.start(), found.end(), char, "entity", found[0])


def _decoded(found: re.Match[str], line: str) -> str | None:
    """The character that an entity stands for; None if it stays."""
    if found[1].count(";") >= _LEVELS:
        return None
    char = html.unescape(f"&{found[2]}")
    if char.startswith("&#") or (char.startswith("&") and len(char) > 1):
        return None
    if not char.isprintable() and char not in _INVISIBLE:
        return None
    after = line[found.end() : found.end() + 4]
    if (char == "<" and _OPENS_TAG.match(after)) or (char == "&" and _ENTITY_REST.match(after)):
        return None
    return char


CASES = [
    Case("C&rsquo;est d&eacute;j&agrave; l&#8217;&eacute;t&eacute;", "C’est déjà l’été"),
    Case("Ma&amp;ntilde;ana, se&amp;ntilde;ora", "Mañana, señora"),
    Case("Weber &amp; S&ouml;hne, seit 1921", "Weber & Söhne, seit 1921"),
    Case("&#1055;&#1088;&#1080;&#1074;&#1077;&#1090;", "Привет"),
    Case("p &lt; 0.05 &hellip; n&nbsp;=&nbsp;12", "p < 0.05 … n\u00a0=\u00a012"),
    Case(
        "In HTML the entity &eacute; is an é, and &amp; is how you escape an ampersand.",
        "In HTML the entity &eacute; is an é, and &amp; is how you escape an ampersand.",
    ),
    Case("An é is written &eacute; in HTML.\nThat is all.", "An é is written &eacute; in HTML.\nThat is all."),
    Case("Write &lt;em&gt; around it.", "Write &lt;em&gt; around it."),
    Case("&amp;amp;amp; is three levels deep", "&amp;amp;amp; is three levels deep"),
    Case("https://shop.example/list?a=1&sect;b=2", "https://shop.example/list?a=1&sect;b=2"),
    Case("Fish & chips; salt & vinegar", "Fish & chips; salt & vinegar"),
]
