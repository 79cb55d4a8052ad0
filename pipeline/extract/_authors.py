"""Who wrote a page: the names that its parts put forward, and the choice among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.describe._dates import search
from pipeline.describe._names import read
from pipeline.extract._blocks import BYLINE, PROFILE, Blocks, fold
from pipeline.models import forest

# Where a name may stand: JSON-LD, meta tags, microdata, a link to a profile, an element named so, a line near the heading.
PLACES = ("person", "organization", "meta", "itemprop", "rel", "byline", "line", "bare")
_META = ["author", "article:author", "article:author_name", "og:article:author", "parsely-author", "sailthru.author", "citation_author", "dc.creator", "dcterms.creator", "dc.contributor.author", "byl", "authors", "article.author", "cxenseparse:author", "twitter:data1"]  # fmt: skip
_COMMENT = re.compile(r"comment|reply|respond|kommentar|review|related|teaser|widget|sidebar", re.IGNORECASE)
_OPENER = re.compile(
    r"^\W*(?:(?:written|posted|published|reported|story|words|text|interview)\s+)?"
    r"(?:(?:by|von|vom|par|por|di|door|av|af|text|autor(?:in|a)?|author|auteur|interview|redakteur(?:in)?|written|posted|作者|記者|记者|文)(?:[\s:：]+|$))+",
    re.IGNORECASE,
)
# Where a byline ends and its date or a link begins.
_END = re.compile(
    r"\s*(?:[|•·–—/]|\s-\s|\bvor \d|\b(?:am|on|le|el|il|updated|published|veröffentlicht|aktualisiert|sagt|says)\b(?=[\s:]|$)|\d).*$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_SPLIT = re.compile(r"\s*(?:;|\||、|\s&\s|\s(?:and|und|et|y|e|og|och|en)\s(?=\w+\s\w))\s*")
_BAD = re.compile(r"[@<>{}=*]|://|^www\.|\d{2}|\.(?:com|net|org|de)\b", re.IGNORECASE)
_FEATURES = (
    *PLACES, *(f"first_{place}" for place in PLACES), "places", "tokens", "capitals", "length", "lower", "all_caps", "site",
    "alone", "rank", "wide", "any_person", "any_meta", "digits", "title_part", "commas",
)  # fmt: skip


def candidates(
    tags: Mapping[str, list[str]], nodes: Iterable[Mapping[str, Any]], blocks: Blocks
) -> dict[str, list[str]]:
    """Names by the place that has them, as they stand there; the same name may stand in several."""
    found: dict[str, list[str]] = {place: [] for place in PLACES}
    for node in nodes:
        for name, kind in _people(node.get("author") or node.get("creator"), 0):
            found["organization" if kind else "person"] += names_in(name)
    for key in _META:
        if not found["meta"]:
            found["meta"] = [name for value in tags.get(key, ()) for name in names_in(value)]
    for element in blocks.marked:
        if element.tag in _NO_NAMES:
            continue
        get = element.get
        mark = f"{get('class') or ''} {get('id') or ''}"[:300]
        place = ""
        if get("itemprop") == "author":
            place = "itemprop"
        elif element.tag == "a" and ("author" in (get("rel") or "") or PROFILE.search((get("href") or "")[:300])):
            place = "rel"
        elif BYLINE.search(mark):
            place = "byline"
        if not place or len(found[place]) >= 4 or _in_comment(element):
            continue
        inner = next(iter(element.xpath("(.//*[@itemprop='name'])[1]")), element) if place == "itemprop" else element
        text = get("content") or inner.get("content") or " ".join(islice(inner.itertext(), 12))
        text = " ".join(text.split())
        if 1 < len(text) <= 100:
            found[place] += names_in(text)[:4]
    found["line"], found["bare"] = _in_lines(blocks)
    return found


_NO_NAMES = frozenset(("body", "html", "form"))
# Lines around the heading in which a byline may stand.
_ABOVE, _BELOW, _LONG, _REST = 4, 14, 120, 12


def _in_lines(blocks: Blocks) -> tuple[list[str], list[str]]:
    """Names in lines near the heading: those that follow a word for it ("By Ann Lee", "Von Bo Chen", "作者：林清和"),
    and what has the form of a name and stands alone or beside a date."""
    texts = blocks.texts
    heading = next((k for k in range(min(len(texts), 600)) if blocks.tags[blocks.element[k]] == "h1"), 0)
    named: list[str] = []
    bare: list[str] = []
    for k in range(max(0, heading - _ABOVE), min(len(texts), heading + _BELOW)):
        text = texts[k]
        if len(text) > _LONG or blocks.tags[blocks.element[k]] == "h1":
            continue
        for line in text.split("\n"):
            byline = read(line, search(line))
            if byline.explicit:
                named += byline.authors
            elif byline.rest <= _REST:
                bare += byline.bare
    return named[:4], bare[:4]


def names_in(value: str) -> list[str]:
    """Names in a value such as "By Ann Lee and Bo Chen"; addresses and the like are none."""
    text = " ".join(value.split())
    text = _END.sub("", _OPENER.sub("", text)).strip(" ,:")
    parts = _SPLIT.split(text)
    if len(parts) == 1 and text.count(",") and all(" " in part.strip() for part in text.split(",")):
        parts = text.split(",")
    return [p for p in (part.strip(" ,.:") for part in parts) if 1 < len(p) <= 60 and not _BAD.search(p)]


def choose_authors(found: Mapping[str, list[str]], site: str, title: str) -> list[str]:
    """The authors among the names put forward; `site` is publisher and host, folded."""
    names, rows = measure_names(found, site, title)
    if not names:
        return []
    return pick_names(found, names, forest.probability(forest.load("html_authors").score(rows)))


def pick_names(found: Mapping[str, list[str]], names: list[str], p: NDArray[np.float64]) -> list[str]:
    """The likeliest name and those beside it; none where no name is likely."""
    if not names or (best := float(p.max())) < LEAST:
        return []
    # The other names of the place that has the best one are authors too, where the place lists authors alone.
    top = names[int(p.argmax())]
    place = next(place for place in PLACES if any(fold(name) == fold(top) for name in found[place]))
    company = {fold(name) for name in found[place]}
    least = (0.1 if place in ("person", "meta", "itemprop") else 0.6) * best
    return [n for n, q in zip(names, p.tolist(), strict=True) if n == top or (fold(n) in company and q > least)][:20]


# A name less likely than this is not given.
LEAST = 0.2


def measure_names(found: Mapping[str, list[str]], site: str, title: str) -> tuple[list[str], NDArray[np.float32]]:
    """Each different name once, in the order of the places, and a row of numbers about it."""
    shown: dict[str, str] = {}
    for place in PLACES:
        for name in found[place]:
            shown.setdefault(fold(name), name)
    shown.pop("", None)
    rows = []
    for rank, (folded, name) in enumerate(shown.items()):
        here = [float(any(fold(n) == folded for n in found[place])) for place in PLACES]
        first = [float(bool(found[place]) and fold(found[place][0]) == folded) for place in PLACES]
        tokens = name.split()
        rows.append([
            *here, *first, sum(here), len(tokens), sum(t[:1].isupper() for t in tokens) / max(1, len(tokens)), len(name),
            name.islower(), name.isupper(), float(bool(site) and len(folded) > 2 and (folded in site or site in folded)), len(shown) == 1, rank,
            any(c >= "\u2e80" for c in name), bool(found["person"]), bool(found["meta"]), any(c.isdigit() for c in name),
            folded in fold(title), "," in name,
        ])  # fmt: skip
    return list(shown.values()), np.array(rows, np.float32).reshape(len(shown), len(_FEATURES))


def _people(value: Any, depth: int) -> list[tuple[str, bool]]:
    """(name, whether it is an organization) of what JSON-LD gives as author."""
    if depth > 3:
        return []
    if isinstance(value, list):
        return [pair for item in value[:20] for pair in _people(item, depth + 1)]
    if isinstance(value, dict):
        kind = str(value.get("@type"))
        group = "Organization" in kind or "Corporation" in kind
        return [(name, group) for name, _ in _people(value.get("name"), depth + 1)]
    return [(value, False)] if isinstance(value, str) else []


def _in_comment(element: HtmlElement) -> bool:
    node = element
    for _ in range(5):
        if _COMMENT.search(f"{node.get('class') or ''} {node.get('id') or ''}"[:300]):
            return True
        node = node.getparent()
        if node is None or node.tag in ("body", "article", "main"):
            return False
    return False
