"""When a page was published: the days that its head, its marks and its lines put forward, and the choice among them.

A small forest looks at every day that the page names: who names it (JSON-LD, meta tags, microdata, <time>, the address,
a line near the heading), how it is labelled, how it lies among the other days. Trained by tests/bench/train/html.py.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.describe import _dates as finder
from pipeline.describe._names import label_kind
from pipeline.extract._blocks import Blocks
from pipeline.models import forest

# Who names a day. A tag or property that says "published" is strong; one that just says "date" is weak.
SOURCES = (
    "article_published", "page_published", "created", "article_modified", "tag_published", "tag_weak", "tag_modified",
    "item_published", "item_created", "item_modified", "time_published", "time_modified", "time", "url", "htmldate",
)  # fmt: skip
FEATURES = (
    *SOURCES, "sources", "printed", "prints", "second", "time_rank", "line", "from_heading", "chars_from_heading",
    "line_chars", "rest", "published_label", "modified_label", "foreign_label", "clock", "linked", "dates_in_line",
    "nth_in_line", "alike", "nth_alike", "date_words", "aside_words", "comment_words", "in_aside", "prose_before",
    "order", "days", "before_latest", "after_earliest", "from_stated", "from_weak", "from_changed", "from_printed", "midnight", "utc",
    "any_stated", "any_weak", "any_changed", "any_time", "any_htmldate", "depth", "year",
)  # fmt: skip
MODEL = "html_dates"
# A day less likely than this is not given.
LEAST = 0.12

_STRONG = ("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "article.published",
           "parsely-pub-date", "dc.date.issued", "dcterms.issued", "sailthru.date", "pubdate", "publishdate", "publish_date",
           "publish-date", "publication_date", "citation_publication_date", "citation_date", "article_date_original",
           "originalpublicationdate", "ptime", "cxenseparse:recs:publishtime")  # fmt: skip
_WEAK = ("dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "displaydate", "date")
_CHANGED = ("article:modified_time", "og:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
            "article.updated", "last-modified", "lastmod", "lastmodified", "revised", "article:modified")  # fmt: skip
_ITEMS = {"datePublished": "item_published", "dateCreated": "item_created", "dateModified": "item_modified"}
_ISO = re.compile(
    r"\s*(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?!\d)(?:[T ](\d{2}:\d{2})(:\d{2})?(?:[.,]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?"
)
# Later dates are mistakes. A limit of today would make the result depend on the day of the run.
EARLIEST, LATEST = datetime.date(1990, 1, 1), datetime.date(2035, 12, 31)
# Lines of a page that are looked at, how long they may be, how many of them with a date.
_LINES, _LONG, _DATED = 600, 200, 40
_PUBLISHED_CLASS = re.compile(r"publish|posted|entry-date|created|pubdate", re.IGNORECASE)
_CHANGED_CLASS = re.compile(r"updated|modif", re.IGNORECASE)
_DATE_WORDS = frozenset(("date", "time", "datum", "published", "publish", "meta", "posted", "byline", "pubdate", "fecha", "timestamp", "info"))  # fmt: skip
_ASIDE_WORDS = frozenset(("related", "sidebar", "widget", "teaser", "footer", "recent", "latest", "recommended", "popular", "more", "menu", "nav", "card", "next", "prev"))  # fmt: skip
_COMMENT_WORDS = frozenset(("comment", "comments", "reply", "kommentar", "kommentare", "respond", "disqus"))
_FAR = 4000.0


def iso_date(value: str) -> str | None:
    """A date in ISO 8601 as far as it is stated: day, or day and time, with the offset if there is one; else None."""
    match = _ISO.match(value)
    if not match:
        return None
    year, month, day, minute, second, offset = match.groups()
    try:
        found = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
    if not EARLIEST <= found <= LATEST:
        return None
    if minute is None:
        return found.isoformat()
    if offset and offset != "Z" and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{found}T{minute}{second or ''}{offset or ''}"


def stamp_of(value: str) -> str | None:
    """`iso_date`, or the first date in a value written otherwise ("Tue, 20 Feb 2018 00:00")."""
    if found := iso_date(value):
        return found
    for date in finder.search(value[:80]):
        if EARLIEST <= date.day <= LATEST:
            return finder.stamp(date)
    return None


class Days:
    """The days that a page puts forward, with what is known of each."""

    def __init__(self) -> None:
        self.rows: dict[datetime.date, dict[str, float]] = {}
        self.stamps: dict[datetime.date, str] = {}
        """The most precise statement of a day; that of the strongest source where there are several."""

    def add(self, source: str, stamp: str | None) -> None:
        """A source names a day."""
        if stamp is None:
            return
        day = datetime.date.fromisoformat(stamp[:10])
        row = self.rows.setdefault(day, {})
        # The first of a kind counts more than those that follow it: 1, 1/2, 1/3 ...
        nth = sum(source in other for other in self.rows.values())
        row.setdefault(source, 1.0 / (1 + nth))
        if len(stamp) > len(self.stamps.get(day, "")[:10]) and "T" not in self.stamps.get(day, ""):
            self.stamps[day] = stamp


def read_days(
    tree: HtmlElement,
    tags: Mapping[str, list[str]],
    nodes: Sequence[Mapping[str, Any]],
    url: str | None,
    blocks: Blocks,
) -> Days:
    """All days of a page: `tags` are those of its head by name, `nodes` what JSON-LD says of article and page."""
    days = Days()
    for node, source in zip(nodes, ("article_published", "page_published"), strict=False):
        days.add(source, _first(node, "datePublished"))
    for node in nodes[:2]:
        days.add("created", _first(node, "dateCreated") or _first(node, "uploadDate"))
        days.add("article_modified", _first(node, "dateModified"))
    for names, source in ((_STRONG, "tag_published"), (_WEAK, "tag_weak"), (_CHANGED, "tag_modified")):
        for name in names:
            for value in tags.get(name, ())[:2]:
                days.add(source, stamp_of(value))
    for element in islice(
        tree.xpath(".//*[@itemprop='datePublished' or @itemprop='dateCreated' or @itemprop='dateModified']"), 8
    ):
        value = element.get("datetime") or element.get("content") or (element.text or "")
        days.add(_ITEMS[element.get("itemprop")], stamp_of(value))
    for rank, element in enumerate(islice(tree.iter("time"), 10)):
        stamp = stamp_of(element.get("datetime") or element.text or "")
        if stamp is None:
            continue
        mark = f"{element.get('class') or ''} {element.get('itemprop') or ''}"[:200]
        published = element.get("pubdate") is not None or _PUBLISHED_CLASS.search(mark)
        days.add("time_published" if published else "time_modified" if _CHANGED_CLASS.search(mark) else "time", stamp)
        days.rows[datetime.date.fromisoformat(stamp[:10])].setdefault("time_rank", float(rank))
    days.add("url", _in_url(url))
    _read_lines(days, blocks)
    return days


def is_settled(days: Days) -> bool:
    """Whether some place says outright that a day is that of the publication, or two places name the same one."""
    return any(
        any(source in row for source in _STATED) or sum(source in row for source in SOURCES) + ("line" in row) > 1
        for row in days.rows.values()
    )


def _in_url(url: str | None) -> str | None:
    if found := finder.in_url(url):
        return found.isoformat()
    match = _URL_DMY.search((url or "").partition("?")[0])
    return iso_date(f"{match[3]}-{match[2]}-{match[1]}") if match else None


_URL_DMY = re.compile(r"(?<![0-9])([0-3]?[0-9])[-_.]([01]?[0-9])[-_.]((?:19|20)[0-9][0-9])(?![0-9])")
_STATED = ("tag_published", "article_published", "page_published", "item_published", "time_published")


def _first(node: Mapping[str, Any], key: str) -> str | None:
    value = node.get(key)
    return stamp_of(value) if isinstance(value, str) else None


def _read_lines(days: Days, blocks: Blocks) -> None:
    """The days that lines of the page print."""
    texts = blocks.texts[:_LINES]
    heading = next((k for k in range(len(texts)) if blocks.tags[blocks.element[k]] == "h1"), 0)
    before = np.concatenate([[0], np.cumsum([len(t) for t in texts])])
    dated: list[tuple[int, list[finder.Found]]] = []
    wide = finder.year_first("".join(texts[:200])[:4000])
    for k, text in enumerate(texts):
        if len(text) <= _LONG and finder.has_digit(text) and (found := finder.search(text, year_first=wide)):
            dated.append((k, found[:4]))
            if len(dated) >= _DATED:
                break
    alike: dict[tuple[str, int], int] = {}
    kinds = [(blocks.tags[blocks.element[k]], blocks.names[blocks.element[k]]) for k, _ in dated]
    for order, ((k, found), kind) in enumerate(zip(dated, kinds, strict=True)):
        alike[kind] = alike.get(kind, 0) + 1
        text = texts[k]
        words = _words_around(blocks, k)
        for nth, date in enumerate(found):
            label = label_kind(text[max(0, date.start - 60) : date.start]) or (
                label_kind(texts[k - 1]) if k and date.start < 3 and len(texts[k - 1]) < 30 else ""
            )
            for day, other in ((date.day, False), (date.other, True)):
                if day is None or not EARLIEST <= day <= LATEST:
                    continue
                row = days.rows.setdefault(day, {})
                row["prints"] = row.get("prints", 0.0) + 1
                if label:
                    row[f"{label}_label"] = 1.0
                # The line that counts is the first one at or below the heading.
                if "line" in row and (k < heading or row["from_heading"] >= 0):
                    continue
                if not other and day not in days.stamps:
                    days.stamps[day] = finder.stamp(date)
                row.update({
                    "printed": order, "second": float(other), "line": k, "from_heading": k - heading,
                    "chars_from_heading": float(before[k] - before[heading]), "line_chars": len(text),
                    "rest": len(text) - sum(f.end - f.start for f in found), "clock": bool(date.time),
                    "linked": blocks.link_chars[k] / len(text), "dates_in_line": len(found), "nth_in_line": nth,
                    "alike": kinds.count(kind), "nth_alike": alike[kind], "date_words": bool(words & _DATE_WORDS),
                    "aside_words": len(words & _ASIDE_WORDS), "comment_words": bool(words & _COMMENT_WORDS),
                    "in_aside": bool(words & _ASIDE_TAGS),
                    "prose_before": sum(1 for t in texts[max(heading, k - 60) : k] if len(t) > _LONG), "depth": len(blocks.chain(k)),
                })  # fmt: skip


_ASIDE_TAGS = frozenset(("<aside", "<footer", "<nav", "<li"))


def _words_around(blocks: Blocks, k: int) -> set[str]:
    chain = blocks.chain(k)[:8]
    return {w for e in chain for w in blocks.words[blocks.names[e]]} | {"<" + blocks.tags[e] for e in chain}


_ABSENT = {"printed": 99.0, "time_rank": 99.0, "line": 999.0, "from_heading": 999.0, "chars_from_heading": 99999.0}


def measure_days(days: Days) -> tuple[list[datetime.date], NDArray[np.float32]]:
    """The days in order, and a row of numbers about each."""
    order = sorted(days.rows)
    stated = _strongest(days, _STATED)
    weak = _strongest(days, ("tag_weak", "created", "item_created", "time"))
    changed = _strongest(days, ("tag_modified", "article_modified", "item_modified", "time_modified"))
    below = [(row["from_heading"], day) for day, row in days.rows.items() if row.get("from_heading", -1) >= 0]
    printed = min(below)[1] if below else None
    stamp = days.stamps.get(stated, "") if stated else ""
    page = {
        "days": len(order), "utc": float(stamp.endswith(("Z", "+00:00"))), "midnight": float(stamp[11:13] or -1),
        "any_stated": stated is not None, "any_weak": weak is not None, "any_changed": changed is not None,
        "any_time": any("time_rank" in row for row in days.rows.values()),
        "any_htmldate": any("htmldate" in row for row in days.rows.values()),
    }  # fmt: skip
    rows = np.zeros((len(order), len(FEATURES)), np.float32)
    for n, day in enumerate(order):
        row = days.rows[day]
        values = {**_ABSENT, **page, **row}
        values |= {
            "sources": sum(source in row for source in SOURCES), "order": n, "year": day.year,
            "before_latest": _gap(order[-1], day), "after_earliest": _gap(day, order[0]),
            "from_stated": _gap(day, stated), "from_weak": _gap(day, weak), "from_changed": _gap(day, changed),
            "from_printed": _gap(day, printed),
        }  # fmt: skip
        rows[n] = [values.get(name, 0.0) for name in FEATURES]
    return order, rows


def _strongest(days: Days, sources: Iterable[str]) -> datetime.date | None:
    for source in sources:
        found = [(-row[source], day) for day, row in days.rows.items() if source in row]
        if found:
            return min(found)[1]
    return None


def _gap(day: datetime.date, other: datetime.date | None) -> float:
    return max(-_FAR, min(_FAR, (day - other).days)) if other else 2 * _FAR


def choose_day(days: Days) -> str | None:
    """The day of publication as precise as the page states it, or None where no day is likely."""
    order, rows = measure_days(days)
    if not order:
        return None
    p = forest.probability(forest.load(MODEL).score(rows))
    best = int(p.argmax())
    return days.stamps.get(order[best], order[best].isoformat()) if p[best] >= LEAST else None


def changed_on(tags: Mapping[str, list[str]], nodes: Sequence[Mapping[str, Any]], tree: HtmlElement) -> str | None:
    """The last change, as the head states it."""
    values = [value for name in _CHANGED for value in tags.get(name, ())]
    values += [value for node in nodes[:2] if isinstance(value := node.get("dateModified"), str)]
    for value in values:
        if found := stamp_of(value):
            return found
    marked = tree.xpath("(.//*[@itemprop='dateModified'])[1]")
    return next((stamp_of(e.get("datetime") or e.get("content") or "") for e in marked), None)
