"""From an HTML page to its main text, in this process and without limits."""

from __future__ import annotations

import html as entities
import re
from functools import partial
from typing import Any

import numpy as np
from htmldate import find_date
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor
from trafilatura.utils import load_html

from pipeline.extract._authors import choose_authors
from pipeline.extract._blocks import MOST_BLOCKS, Blocks, flatten
from pipeline.extract._choose import choose
from pipeline.extract._dates import LATEST, choose_day, is_settled
from pipeline.extract._head import read_bylines, read_head, read_page_days, read_stated
from pipeline.extract._render import render

_TAG = re.compile(r"<[a-zA-Z!/?]")
# Pages larger than this (characters) are read without htmldate, and without the engines that trafilatura compares
# itself with: 10 MB of paragraphs took more than 20 s with them, 14 s without.
_HUGE = 2_000_000
# Less text than this makes one ask whether the parser has read the whole page.
_LITTLE = 250


def extract(
    html: str, url: str | None, *, comments: bool = False, markdown: bool = False
) -> tuple[str, dict[str, Any]]:
    """The main text, one block per line, and the metadata of a page; see `pipeline.extract.extractor.Extracted`."""
    html = html.replace("\x00", "")
    if not _TAG.search(html):
        return entities.unescape(html).strip(), {}
    tree = load_html(html)
    if tree is None:
        return flat_text(html), {}
    huge = len(html) > _HUGE
    blocks = flatten(tree)
    meta = metadata(tree, url, blocks, search=not huge)
    text = best_text(tree, blocks, html, url, markdown=markdown, huge=huge)
    if comments and (more := comments_of(tree, url)) and more not in text:
        text = "\n".join(filter(None, (text, more)))
    if len(text) < _LITTLE and _is_cut(tree, html):
        text = flat_text(html)
    return text, meta


def best_text(tree: HtmlElement, blocks: Blocks, html: str, url: str | None, *, markdown: bool, huge: bool) -> str:
    """The main text: blocks chosen by a model that hears resiliparse and, where it is not sure, trafilatura; what
    trafilatura finds where no block is chosen or the page has too many."""
    if not blocks.texts:
        return ""
    if len(blocks.texts) < MOST_BLOCKS:
        slow = partial(main_text, tree, url, fast=True)
        keep = choose(blocks, tree, url, quick_text(html), slow)
        if keep.any():
            return render(blocks, np.flatnonzero(keep).tolist(), markdown=markdown)
    return main_text(tree, url, fast=huge)


def quick_text(html: str) -> str:
    """The main text as resiliparse finds it; it takes no lone surrogates."""
    return str(extract_plain_text(html.encode("utf-8", "replace").decode(), main_content=True, list_bullets=False))


def main_text(tree: HtmlElement, url: str | None, *, fast: bool) -> str:
    """The main text as trafilatura finds it: Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool for
    Text Discovery and Extraction", ACL 2021. Its balanced mode was the best of its modes on 1,037 pages with gold text.

    Its memory of earlier pages (deduplication) stays off: the same page gives the same text whatever came before.
    """
    document = _document(tree, url, comments=False, fast=fast)
    return (document.text or "") if document is not None else ""


def comments_of(tree: HtmlElement, url: str | None) -> str:
    """The readers' comments as trafilatura finds them."""
    document = _document(tree, url, comments=True, fast=True)
    return (document.comments or "") if document is not None else ""


def _document(tree: HtmlElement, url: str | None, *, comments: bool, fast: bool) -> Document | None:
    options = Extractor(output_format="python", comments=comments, tables=True, dedup=False, url=url, fast=fast)
    document = bare_extraction(tree, options=options)
    return document if isinstance(document, Document) else None


def metadata(tree: HtmlElement, url: str | None, blocks: Blocks, *, search: bool = True) -> dict[str, Any]:
    """What the head says, and what head and body together tell of authors and day of publication. With `search`
    htmldate is asked for that day where the page neither states it nor names one day in two places."""
    stated = read_stated(tree)
    meta = read_head(tree, url, stated)
    if authors := choose_authors(*read_bylines(tree, url, stated, blocks)):
        meta["authors"] = authors
    days = read_page_days(tree, meta.get("url") or url, stated, blocks)
    if search and not is_settled(days):
        days.add("htmldate", ask_htmldate(tree, meta.get("url") or url))
    if published := choose_day(days):
        meta["published"] = published
    return meta


def ask_htmldate(tree: HtmlElement, url: str | None) -> str | None:
    """The day that htmldate finds: Barbaresi, "htmldate: A Python package to extract publication dates from web pages",
    Journal of Open Source Software 2020."""
    return find_date(tree, url=url, original_date=True, extensive_search=False, max_date=LATEST.isoformat())


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
