"""Scraps of markup and of the machinery behind a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.repair._edits import names_markup
from pipeline.step import Case, Edit, Page, Params, step

_TAGS = (
    "a|abbr|acronym|address|article|aside|b|bdo|big|blockquote|br|center|dd|del|dfn|dir|div|dl|dt|em|fieldset|figcaption"
    "|figure|font|footer|form|h[1-6]|header|hr|i|iframe|img|input|ins|kbd|label|legend|li|main|nav|noframes|noscript|ol"
    "|option|p|pre|q|rp|rt|ruby|s|samp|section|select|small|span|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead"
    "|tr|tt|u|ul|var"
)
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>\n]{0,300}"|'[^'<>\n]{0,300}'|[\w#%./:-]{1,100}))"""
_TAG = rf"</?(?:{_TAGS})(?:{_ATTRIBUTES}{{0,12}}\s*/?|\s+/|/)?>"
# The end of a closing tag that lost its first character, glued to the text.
_HALF = r"(?<=[^\s/<\w])/(?:strong|span|font|div|em|p|b|a|td|tr|li|ul|h[1-6])>"
_COMMENT = r"<!--[^\n]{0,300}?-->"
# Numbers and names by which a system marks places: [[328106]], {{IMG_4}}, [!--photo.12--]
_PLACEHOLDER = r"\[\[\d{3,12}\]\]|\{\{?(?:IMG|IMAGE|PHOTO|PIC|AD|ADS|VIDEO)[_:. -]?\d{0,12}\}?\}|\[!--[\w. -]{1,60}--\]|\[(?:img|image|pic|photo)[_: -]?\d{0,12}\](?!\()"
_EMAIL = r" ?\[email[ \u00a0]protected\]"

_RESIDUE = re.compile(
    rf"(?=[ </\[{{])(?:(?P<tag>{_TAG}|{_HALF})|(?P<comment>{_COMMENT})|(?P<placeholder>{_PLACEHOLDER})|(?P<cf_email>{_EMAIL}))",
    re.IGNORECASE,
)
# A hidden block is a trace of spam: its tags are left for the steps that look for it.
_HIDDEN = re.compile(r"-\d{3,5}px|display:\s*none|visibility:\s*hidden", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|hr)\b", re.IGNORECASE)
_BEFORE_BREAK = re.compile(r"[\w.,;:!?)»”]")
_CODE = re.compile(
    r"^[^\S\n]*(?:<!DOCTYPE|<html|<\?php|<script|```|\$ |>>> |def |function |import |#include)|[;{}]$|&lt;\w",
    re.MULTILINE,
)


@step(
    "repair.tag_residue",
    version=2,
    gate=rf"</?(?:{_TAGS})[\s/>]|/(?:strong|span|font|div|em|p|b|a|td|tr|li|ul|h[1-6])>|<!--|\[\[\d|\{{(?:\{{|img|image|photo|pic|ad|video)|\[!--|\[(?:img|image|pic|photo)|\[email.protected\]",
    signs=((1, "<>[{"),),
)
def tag_residue(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out tags, halves of tags, comments, numbered placeholders and Cloudflare's "[email protected]".

    Only tags of text and layout, well formed. A page about markup or with program code in it keeps all of them.
    """
    text = page.text
    found = list(_RESIDUE.finditer(text))
    if not found:
        return
    is_about_markup = any(scrap.lastgroup in ("tag", "comment") for scrap in found) and (
        names_markup(text) > 0 or _CODE.search(text) is not None
    )
    has_hidden = any(_HIDDEN.search(scrap[0]) for scrap in found)
    for scrap in found:
        kind = scrap.lastgroup or ""
        if has_hidden and (_HIDDEN.search(scrap[0]) or scrap[0].startswith("</")):
            continue
        if kind in ("tag", "comment") and is_about_markup:
            continue
        # A line break between two words was all that parted them.
        parts = (
            _BREAK.match(scrap[0])
            and _BEFORE_BREAK.match(text[scrap.start() - 1 : scrap.start()])
            and text[scrap.end() : scrap.end() + 1].isalnum()
        )
        yield Edit(scrap.start(), scrap.end(), " " if parts else "", kind, 1.0, scrap[0][:80])


CASES = [
    Case("水閘於去年修復。/strong>", "水閘於去年修復。"),
    Case("[[481516]]Der Verein dankt allen Helfern.", "Der Verein dankt allen Helfern."),
    Case('<tt id="q7x2"></tt><b>Harbour news</b>', "Harbour news"),
    Case("Первая строка.<br />Вторая<br>строка", "Первая строка. Вторая строка"),
    Case("Write to [email protected] for tickets.", "Write to for tickets."),
    Case("a < b and c > d; 3 <5; x<y>z", "a < b and c > d; 3 <5; x<y>z"),
    Case("In HTML, <b>bold</b> is a tag.", "In HTML, <b>bold</b> is a tag."),
    Case("and/or km/h> s/p>", "and/or km/h> s/p>"),
]
