"""From an HTML page to its main text, in this process and without limits."""

from __future__ import annotations

import html as entities
import re
from copy import deepcopy
from typing import Any

from htmldate import find_date
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.metadata import extract_author, extract_license
from trafilatura.settings import Document, Extractor
from trafilatura.utils import load_html

from pipeline.extract._head import LATEST, read_head

_TAG = re.compile(r"<[a-zA-Z!/?]")
# Pages larger than this (characters) are read without the engines that trafilatura compares itself with, and without a search of
# the body for author and date: 10 MB of paragraphs took more than 20 s with them, 14 s without.
_HUGE = 2_000_000
# Less text than this makes one ask whether the parser has read the whole page.
_LITTLE = 250


def extract(html: str, url: str | None, *, comments: bool) -> tuple[str, dict[str, Any]]:
    """The main text, one block per line, and the metadata of a page; see `pipeline.extract.extractor.Extracted`."""
    html = html.replace("\x00", "")
    if not _TAG.search(html):
        return entities.unescape(html).strip(), {}
    tree = load_html(html)
    if tree is None:
        return flat_text(html), {}
    huge = len(html) > _HUGE
    meta = read_head(tree, url)
    if not huge:
        _fill_gaps(meta, tree, url)
    text = main_text(tree, url, comments=comments, fast=huge)
    if len(text) < _LITTLE and _is_cut(tree, html):
        text = flat_text(html)
    return text, meta


def main_text(tree: HtmlElement, url: str | None, *, comments: bool, fast: bool) -> str:
    """The main text as trafilatura finds it: Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool for
    Text Discovery and Extraction", ACL 2021. Its balanced mode was the best of its modes on 1,037 pages with gold text.

    Its memory of earlier pages (deduplication) stays off: the same page gives the same text whatever came before.
    """
    options = Extractor(output_format="python", comments=comments, tables=True, dedup=False, url=url, fast=fast)
    document = bare_extraction(tree, options=options)
    if not isinstance(document, Document):
        return ""
    blocks = [document.text or "", (document.comments or "") if comments else ""]
    return "\n".join(block for block in blocks if block)


def _fill_gaps(meta: dict[str, Any], tree: HtmlElement, url: str | None) -> None:
    """What the head does not say, from the body: author, date and licence as trafilatura and htmldate find them."""
    if "authors" not in meta and (author := extract_author(tree)):
        meta["authors"] = [name.strip() for name in author.split(";") if name.strip()]
    if "published" not in meta:
        date = find_date(
            deepcopy(tree), url=meta.get("url") or url, original_date=True, extensive_search=True, max_date=LATEST
        )
        if date:
            meta["published"] = date
    if "license" not in meta and (license_ := extract_license(tree)):
        meta["license"] = license_


_UNSEEN = re.compile(
    r"<!--.*?(?:-->|$)|<(script|style|head|noscript|template)\b.*?(?:</\1\s*>|$)", re.DOTALL | re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_SPACES = re.compile(r"[^\S\n]+")


def flat_text(html: str) -> str:
    """All text between the tags, one piece per line: for pages that the parser gives up on."""
    text = entities.unescape(_ANY_TAG.sub("\n", _UNSEEN.sub(" ", html)))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _is_cut(tree: HtmlElement, html: str) -> bool:
    """Whether the parser stopped early (nesting beyond its limit): most of the text is not in the tree."""
    seen = sum(len(piece) for piece in tree.itertext())
    return 10 * seen < len(flat_text(html))
