"""What an HTML page says of itself: JSON-LD, OpenGraph and other meta tags, link elements, the title.

Nothing is guessed here: where the page does not say, the field is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

_ARTICLE = re.compile(r"Article|BlogPosting|Posting$|Report$|Review$|Recipe$|VideoObject$|Product$|Event$")
_PAGE = re.compile(r"Page$")
_PUBLISHED = ("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "article.published", "parsely-pub-date",
              "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "sailthru.date", "pubdate",
              "publishdate", "publish_date", "publish-date", "publication_date", "citation_publication_date", "citation_date",
              "displaydate", "date", "article_date_original", "originalpublicationdate", "ptime", "cxenseparse:recs:publishtime")  # fmt: skip
_MODIFIED = ("article:modified_time", "og:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified", "article.updated",
             "last-modified", "lastmod", "lastmodified", "revised", "article:modified")  # fmt: skip
_AUTHOR = ("author", "article:author", "article:author_name", "og:article:author", "parsely-author", "sailthru.author", "citation_author", "dc.creator",
           "dcterms.creator", "dc.contributor.author", "byl", "authors", "article.author", "cxenseparse:author")  # fmt: skip
_PUBLISHER = (
    "og:site_name",
    "article:publisher_name",
    "dc.publisher",
    "dcterms.publisher",
    "citation_publisher",
    "application-name",
)
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description")
_TITLE = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title", "headline")
_ISO = re.compile(
    r"\s*(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:[.,]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?"
)
_SPACE = re.compile(r"\s+")
# Between the title of a page and the name of its site.
_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]{1,2}\s+|\s*[|_｜]\s*")
_MANY = 200_000
# Later dates are mistakes. A limit of today would make the result depend on the day of the run.
_EARLIEST, LATEST = "1990-01-01", "2035-12-31"


def read_head(tree: HtmlElement, url: str | None) -> dict[str, Any]:
    """The metadata that the page states; see `pipeline.extract.extractor.Extracted` for the keys."""
    tags = _meta_tags(tree)
    article, page, site = _json_ld(tree)
    found = {
        "title": _title(tree, tags, article),
        "authors": _authors(article, page, tags, tree),
        "published": _first_date(_values(article, page, "datePublished"), tags, _PUBLISHED, tree, "datePublished"),
        "modified": _first_date(_values(article, page, "dateModified"), tags, _MODIFIED, tree, "dateModified"),
        "publisher": _publisher(article, page, site, tags),
        "description": _first(tags, _DESCRIPTION)
        or _text(article.get("description"))
        or _text(page.get("description")),
        "url": _canonical(tree, tags, url),
        "language": _language(tree, tags),
        "license": _license(tree, article, page),
    }
    return {key: value for key, value in found.items() if value}


def _meta_tags(tree: HtmlElement) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = _squash(element.get("content"))
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if content and name:
            tags.setdefault(name.strip().lower(), []).append(content)
    return tags


def _first(tags: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((tags[name][0] for name in names if name in tags), None)


def _json_ld(tree: HtmlElement) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The nodes that describe the article, the page and the site; empty where there is none."""
    article: dict[str, Any] = {}
    page: dict[str, Any] = {}
    site: dict[str, Any] = {}
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json" or not script.text:
            continue
        text = script.text[:_MANY].strip()
        text = (
            text.removeprefix("<![CDATA[")
            .removesuffix("]]>")
            .strip()
            .removeprefix("<!--")
            .removesuffix("-->")
            .rstrip("; \n\t")
        )
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data, 0):
            kinds = node.get("@type")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                if not isinstance(kind, str):
                    continue
                if _ARTICLE.search(kind):
                    article = article or node
                elif _PAGE.search(kind):
                    page = page or node
                elif kind in ("WebSite", "Organization", "NewsMediaOrganization"):
                    site = site or node
    return article, page, site


def _nodes(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(data, list):
        for item in data[:200]:
            yield from _nodes(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(key), (dict, list)):
                yield from _nodes(data[key], depth + 1)


def _values(article: dict[str, Any], page: dict[str, Any], key: str) -> list[str]:
    return [value for value in (article.get(key), page.get(key)) if isinstance(value, str)]


def _first_date(
    stated: list[str], tags: dict[str, list[str]], names: tuple[str, ...], tree: HtmlElement, itemprop: str
) -> str | None:
    for value in stated:
        if date := iso_date(value):
            return date
    for name in names:
        for value in tags.get(name, ()):
            if date := iso_date(value):
                return date
    for element in tree.xpath(f".//*[@itemprop='{itemprop}']"):
        if date := iso_date(element.get("datetime") or element.get("content") or ""):
            return date
    return None


def iso_date(value: str) -> str | None:
    """A date in ISO 8601 as far as it is stated: day, or day and time, with the offset if there is one; else None."""
    match = _ISO.match(value)
    if not match:
        return None
    year, month, day, minute, second, offset = match.groups()
    date = f"{year}-{month}-{day}"
    if not (_EARLIEST <= date <= LATEST and "01" <= month <= "12" and "01" <= day <= "31"):
        return None
    if minute is None:
        return date
    if offset and offset != "Z" and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{date}T{minute}{second or ''}{offset or ''}"


def _authors(article: dict[str, Any], page: dict[str, Any], tags: dict[str, list[str]], tree: HtmlElement) -> list[str]:
    for node in (article, page):
        names = [name for value in _people(node.get("author")) for name in _names(value)]
        if names:
            return _unique(names)
    for key in _AUTHOR:
        names = [name for value in tags.get(key, ()) for name in _names(value)]
        if names:
            return _unique(names)
    return []


def _people(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value[:20] for name in _people(item)]
    if isinstance(value, dict):
        name = value.get("name")
        if value.get("@type") in ("Organization", "NewsMediaOrganization", "Corporation"):
            return []
        return _people(name) if isinstance(name, (str, list)) else []
    return [value] if isinstance(value, str) else []


def _names(value: str) -> list[str]:
    """Names of people in a value such as "By Ann Lee and Bo Chen"; addresses and the like are none."""
    value = re.sub(r"^(?:by|von|par|por|di|door|av|af)[\s:]+", "", _squash(value) or "", flags=re.IGNORECASE)
    parts = re.split(r"\s*(?:;|\||、|\s&\s|\s(?:and|und|et|y|e)\s(?=\w+\s\w))\s*", value)
    if len(parts) == 1 and value.count(",") and all(" " in part.strip() for part in value.split(",")):
        parts = value.split(",")
    return [
        part
        for part in (p.strip(" ,") for p in parts)
        if 1 < len(part) <= 60 and not re.search(r"[@<>{}=]|://|^www\.|\d{2}|\.(?:com|net|org)\b", part)
    ]


def _publisher(
    article: dict[str, Any], page: dict[str, Any], site: dict[str, Any], tags: dict[str, list[str]]
) -> str | None:
    for node in (article, page):
        publisher = node.get("publisher")
        if isinstance(publisher, list):
            publisher = publisher[0] if publisher else None
        if name := _text(publisher.get("name") if isinstance(publisher, dict) else publisher):
            return name
    return _first(tags, _PUBLISHER) or _text(site.get("name"))


def _title(tree: HtmlElement, tags: dict[str, list[str]], article: dict[str, Any]) -> str | None:
    """The headline: what JSON-LD calls so or the only first-level heading, if the page's title agrees; else OpenGraph's
    title, else the page's title, without the name of the site."""
    element = tree.find(".//head/title")
    page_title = _squash(element.text_content()) if element is not None else None
    site = _first(tags, _PUBLISHER)
    stated = _first(tags, _TITLE)
    headings = [text for h in tree.iter("h1") if (text := _squash(h.text_content()))]
    headline = _text(article.get("headline"))
    for candidate in (*(headings if len(set(headings)) == 1 else ()), headline, *headings):
        if (
            candidate
            and 5 <= len(candidate) <= 300
            and any(other and _fold(candidate) in _fold(other) for other in (page_title, stated))
        ):
            return str(candidate)
    if headline:
        return headline
    title = stated or page_title
    return _without_site(title, site) if title else (headings[0] if headings else None)


def _without_site(title: str, site: str | None) -> str:
    """A title without the name of the site at its end or beginning."""
    pieces = _SEPARATOR.split(title)
    if len(pieces) < 2:
        return title
    if site:
        if _fold(pieces[-1]) == _fold(site):
            return title[: title.rindex(pieces[-1])].rstrip(" \t|–—-·•»«:/_｜")
        if _fold(pieces[0]) == _fold(site):
            return title[len(pieces[0]) :].lstrip(" \t|–—-·•»«:/_｜")
        return title
    longest = max(pieces, key=len)
    return longest if len(longest) > 0.6 * len(title) else title


def _canonical(tree: HtmlElement, tags: dict[str, list[str]], url: str | None) -> str | None:
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for value in (*links, *tags.get("og:url", ())):
        try:
            address = str(urljoin(url or "", (value or "").strip()))
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and "." in parts.netloc:
            return address
    return None


def _language(tree: HtmlElement, tags: dict[str, list[str]]) -> str | None:
    root = tree if tree.tag == "html" else tree.find(".//html")
    declared = (
        (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")) if root is not None else None
    )
    declared = declared or _first(tags, ("content-language", "og:locale", "dc.language", "dcterms.language"))
    match = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", declared or "")
    return match[1].lower() if match else None


def _license(tree: HtmlElement, article: dict[str, Any], page: dict[str, Any]) -> str | None:
    for element in tree.iter("a", "link"):
        href = (element.get("href") or "").strip()
        if "license" in (element.get("rel") or "").lower().split() and href.startswith("http"):
            return href
    return next((v for v in _values(article, page, "license") if v.startswith("http")), None)


def _text(value: Any) -> str | None:
    return _squash(value) if isinstance(value, str) else None


def _squash(value: str | None) -> str | None:
    return (_SPACE.sub(" ", value).strip() or None) if value else None


def _fold(value: str) -> str:
    return re.sub(r"\W+", "", value).casefold()


def _unique(names: list[str]) -> list[str]:
    return list({_fold(name): name for name in reversed(names)}.values())[::-1][:20]
