"""What an HTML page says of itself: JSON-LD, OpenGraph and other meta tags, link elements, the title.

Nothing is guessed here: where the page does not say, the field is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.extract._authors import candidates
from pipeline.extract._blocks import Blocks, fold
from pipeline.extract._dates import Days, changed_on, read_days
from pipeline.extract._license import address_of, from_address, from_name
from pipeline.extract._robots import of_tags

_ARTICLE = re.compile(r"Article|BlogPosting|Posting$|Report$|Review$|Recipe$|VideoObject$|Product$|Event$")
_PAGE = re.compile(r"Page$")
_PUBLISHER = (
    "og:site_name",
    "article:publisher_name",
    "dc.publisher",
    "dcterms.publisher",
    "citation_publisher",
    "application-name",
)
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description")
_SPACE = re.compile(r"\s+")
# Between the title of a page and the name of its site.
_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]{1,2}\s+|\s*[|_｜]\s*")
_MANY = 200_000


class Stated(NamedTuple):
    """The meta tags of a page by name, and what JSON-LD says of article, page and site."""

    tags: dict[str, list[str]]
    article: dict[str, Any]
    page: dict[str, Any]
    site: dict[str, Any]


class Bylines(NamedTuple):
    """The names that a page puts forward (see `candidates`), and what they are compared with."""

    found: dict[str, list[str]]
    site: str
    title: str


def read_stated(tree: HtmlElement) -> Stated:
    """What is written for machines; all else here is read out of it."""
    return Stated(_meta_tags(tree), *_json_ld(tree))


def read_bylines(tree: HtmlElement, url: str | None, stated: Stated, blocks: Blocks) -> Bylines:
    """Who may have written the page."""
    tags, article, page, site = stated
    element = tree.find(".//head/title")
    title = element.text_content() if element is not None else ""
    owner = fold(_publisher(article, page, site, tags) or "") + " " + _host(url)
    return Bylines(candidates(tags, (article, page), blocks), owner, title)


def read_page_days(tree: HtmlElement, url: str | None, stated: Stated, blocks: Blocks) -> Days:
    """When the page may have been published."""
    return read_days(tree, stated.tags, (stated.article, stated.page), url, blocks)


def read_head(tree: HtmlElement, url: str | None, stated: Stated) -> dict[str, Any]:
    """The metadata that the page states, but for its authors and its day of publication; see
    `pipeline.extract.extractor.Extracted` for the keys."""
    tags, article, page, site = stated
    found = {
        "title": _title(tree, tags, (article, page, site), url),
        "modified": changed_on(tags, (article, page), tree),
        "publisher": _publisher(article, page, site, tags),
        "description": _first(tags, _DESCRIPTION)
        or _text(article.get("description"))
        or _text(page.get("description")),
        "canonical_url": _canonical(tree, tags, url),
        "language": _language(tree, tags),
        "robots": of_tags(tags),
        "tdm_reservation": _first(tags, ("tdm-reservation",)),
        "tdm_policy": _first(tags, ("tdm-policy",)),
    }
    found["license"], found["license_url"] = _license(tree, tags, (article, page, site), url)
    # The address of a page whose source gives none.
    found["url"] = found["canonical_url"]
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


def _title(
    tree: HtmlElement, tags: dict[str, list[str]], nodes: Sequence[dict[str, Any]], url: str | None
) -> str | None:
    """The headline, by the votes of the places that name one."""
    element = tree.find(".//head/title")
    votes: list[tuple[str, str | None]] = []
    for heading in islice(tree.iter("h1"), 4):
        place = "h1_site" if _is_masthead(heading) else "h1" if not votes else "h1_later"
        votes.append((place, _squash(heading.text_content())))
    votes += [
        ("itemprop", _squash(h.get("content") or h.text_content()))
        for h in islice(tree.xpath(".//*[@itemprop='headline']"), 1)
    ]
    votes += [("h2", _squash(h.text_content())) for h in islice(tree.iter("h2"), 1)]
    votes += [("headline", _text(node.get("headline"))) for node in nodes[:2]]
    votes += [("name", _text(node.get("name"))) for node in nodes[:2]]
    votes += [
        ("og", _first(tags, ("og:title",))),
        ("twitter", _first(tags, ("twitter:title",))),
        ("cited", _first(tags, _CITED)),
    ]
    votes += [("title", _squash(element.text_content()) if element is not None else None)]
    sites = [
        *(tags.get("og:site_name", ())),
        *tags.get("application-name", ()),
        *(_text(node.get("name")) or "" for node in nodes[2:]),
    ]
    return choose_title(votes, sites, url)


_CITED = ("citation_title", "dc.title", "dcterms.title", "headline", "parsely-title", "sailthru.title")
# How much the word of each place counts; set by hand on pages with known titles.
_VOICES = {"h1": 3.0, "h1_site": 0.2, "h1_later": 0.8, "itemprop": 2.0, "h2": 0.4, "headline": 2.0, "name": 0.5, "og": 2.0, "twitter": 0.7, "cited": 2.0, "title": 1.5}  # fmt: skip


def choose_title(votes: Sequence[tuple[str, str | None]], sites: Sequence[str], url: str | None) -> str | None:
    """The title that the places (see `_VOICES`) agree on best; names of the site are none, and cut from its ends."""
    names = {folded for site in sites if len(folded := fold(site)) > 2}
    host = _host(url)
    own = names | ({host} if host else set())
    whole_title = next((text for place, text in votes if place == "title" and text), "")
    if len(pieces := [fold(piece) for piece in _SEPARATOR.split(whole_title)]) > 1:
        # What ends the page's title and is a heading as well is the site.
        own |= {fold(text or "") for place, text in votes if place.startswith("h1")} & {pieces[-1]} - {""}
    score: dict[str, float] = {}
    shown: dict[str, str] = {}
    for place, text in votes:
        if not text or len(text) > 500:
            continue
        parts = [text]
        if place not in ("h1", "h1_site", "h1_later", "itemprop", "h2"):
            parts = [_without_site(text, own)]
        for part in parts:
            folded = fold(part)
            if not folded:
                continue
            shown.setdefault(folded, part)
            score[folded] = score.get(folded, 0.0) + _VOICES[place]
        if place == "title":
            for part in _SEPARATOR.split(text):
                if folded := fold(part):
                    shown.setdefault(folded, part.strip())
                    score[folded] = score.get(folded, 0.0) + 0.3
    if not score:
        return None
    whole = dict(score)
    for folded in score:
        for other, value in whole.items():
            if other != folded and len(folded) > 8 and len(other) > 8 and (folded in other or other in folded):
                score[folded] += 0.4 * value
        if folded in own or (host and host in folded and len(folded) < len(host) + 5):
            score[folded] -= 6.0
        if len(folded) < 4:
            score[folded] -= 1.0
    best = max(score, key=lambda folded: score[folded])
    return shown[best]


_MASTHEAD = re.compile(r"site-?_?(?:title|name|logo|branding)|logo|branding|masthead|navbar-brand", re.IGNORECASE)


def _is_masthead(heading: HtmlElement) -> bool:
    """Whether a heading is the name of the site: it links to the home page, or its class or that around it says so."""
    for link in islice(heading.iter("a"), 2):
        try:
            if (
                (link.get("href") or "")
                and urlsplit(link.get("href")).path in ("", "/")
                and not urlsplit(link.get("href")).query
                and "#" not in link.get("href")
            ):
                return True
        except ValueError:
            continue
    return any(
        _MASTHEAD.search(f"{node.get('class') or ''} {node.get('id') or ''}"[:200])
        for node in islice(_around(heading), 2)
    )


def _host(url: str | None) -> str:
    """The name of the site in its address: "piergazette" for https://www.pier-gazette.example/."""
    try:
        labels = (urlsplit(url or "").hostname or "").removeprefix("www.").split(".")
    except ValueError:
        return ""
    return fold(max(labels[:-1], key=len)) if len(labels) > 1 else ""


def _without_site(title: str, own: Set[str]) -> str:
    """A title without the name of the site at its end or beginning; where the site is not known, without the shorter
    parts behind its last separator."""
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts:
        return title
    tail, front = fold(title[cuts[-1].end() :]), fold(title[: cuts[0].start()])
    rest = title[: cuts[-1].start()]
    if _is_site(tail, own):
        return _without_site(rest, own) if len(cuts) > 1 and not _is_site(fold(rest), own) else rest
    if _is_site(front, own):
        return title[cuts[0].end() :]
    return rest if len(tail) < 0.5 * len(fold(rest)) else title


def _is_site(folded: str, own: Set[str]) -> bool:
    return any(folded == name or (len(folded) > 3 and (folded in name or name in folded)) for name in own)


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


# Where a licence stands that is not the page's own: below a picture or a film.
_CREDIT = re.compile(r"caption|credit|figure|image|photo|media|gallery|thumb|attribution|lightbox", re.IGNORECASE)
# Where a page speaks of itself.
_OWN = re.compile(r"footer|copyright|licen[sc]e|legal|colophon|imprint|rights", re.IGNORECASE)


_LICENSE_TAGS = (
    "dcterms.license", "dc.license", "dc.rights.license", "dcterms.rights", "dc.rights", "cc:license", "og:license", "og:rights",
    "license", "licence", "rights", "copyright",
)  # fmt: skip
_LICENSE_LINKS = frozenset(("license", "licence", "cc:license", "dcterms:license", "dct:license"))


def _license(
    tree: HtmlElement, tags: dict[str, list[str]], nodes: tuple[dict[str, Any], ...], url: str | None
) -> tuple[str | None, str | None]:
    """The licence that the page gives itself: its SPDX id if it is one of Creative Commons, and its address.

    The places that state it, best first: JSON-LD and meta tags, rel=license, links in its footer. Where two of the same
    kind name different licences of Creative Commons, none."""
    stated = [value for node in nodes for value in _listed(node.get("license"))]
    stated += [value for name in _LICENSE_TAGS for value in tags.get(name, ())[:5]]
    linked, below = [], []
    for element in tree.iter("a", "link"):
        href = (element.get("href") or "").strip()
        named = not _LICENSE_LINKS.isdisjoint((element.get("rel") or "").lower().split())
        if not (named or "creativecommons.org" in href) or _is_credit(element):
            continue
        if named:
            linked.append(href)
        elif element.tag == "a" and _is_own(element):
            below.append(href)
    for values in (stated, linked, below):
        ids = {value: found for value in values if (found := from_address(value) or from_name(value[:300]))}
        if ids:
            addresses = (address for value in ids if (address := address_of(value, url)))
            return (next(iter(ids.values())), next(addresses, None)) if len(set(ids.values())) == 1 else (None, None)
    others = dict.fromkeys(address for value in (*stated, *linked) if (address := address_of(value, url)))
    return None, next(iter(others)) if len(others) == 1 else None


def _listed(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id")
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)][:5]


def _around(element: HtmlElement) -> Iterator[HtmlElement]:
    for _ in range(12):
        yield element
        element = element.getparent()
        if element is None or element.tag == "body":
            return


def _is_credit(element: HtmlElement) -> bool:
    return any(
        node.tag in ("figure", "figcaption") or _CREDIT.search((node.get("class") or "")[:300])
        for node in islice(_around(element), 4)
    )


def _is_own(element: HtmlElement) -> bool:
    return any(
        node.tag == "footer" or _OWN.search(f"{node.get('class') or ''} {node.get('id') or ''}"[:300])
        for node in _around(element)
    )


def _text(value: Any) -> str | None:
    return _squash(value) if isinstance(value, str) else None


def _squash(value: str | None) -> str | None:
    return (_SPACE.sub(" ", value).strip() or None) if value else None
