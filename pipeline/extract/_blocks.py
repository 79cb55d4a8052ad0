"""An HTML tree flattened, once: blocks of text in document order, and the elements that hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

# What a reader does not see as text of the page. Nothing in them is read; what follows them is.
_SKIP = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "svg",
        "canvas",
        "iframe",
        "object",
        "embed",
        "textarea",
        "audio",
        "video",
        "map",
        "select",
        "option",
        "datalist",
        "input",
        "img",
        "picture",
        "source",
        "track",
        "meta",
        "link",
        "progress",
        "meter",
        "applet",
        "noframes",
    ]
)
_BLOCK = frozenset(
    [
        "html",
        "body",
        "address",
        "article",
        "aside",
        "blockquote",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "noscript",
        "ol",
        "optgroup",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = ("td", "th")
_LISTS = ("ul", "ol", "menu")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Class names, ids and addresses by which an element may hold the name of an author; at most so many are kept.
BYLINE = re.compile(r"author|byline|autor|auteur|writer|verfasser|redakteur|contributor", re.IGNORECASE)
PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|people|profile|team|journalist\w*|staff|contributors?|writers?|redaktion)/",
    re.IGNORECASE,
)
_MOST_MARKED = 200
# Marks put between pieces of text while a block is gathered.
_BREAK, _CELL = "\x1e", "\x1f"
# A cell with more text than this, or with blocks of its own, makes a table one of layout.
_CELL_CHARS = 300
# Blocks beyond this many are not looked at, so that memory is bounded; no text has so many.
MOST_BLOCKS = 50_000


@dataclass
class Blocks:
    """Blocks and elements as parallel lists. Elements stand in document order, so a parent comes before its children."""

    texts: list[str] = field(default_factory=list)
    """Lines of a block (<br>) are separated by line feeds, the cells of a row by tabs."""
    element: list[int] = field(default_factory=list)
    """The element that holds the block."""
    link_chars: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    bold_chars: list[int] = field(default_factory=list)
    first: list[bool] = field(default_factory=list)
    """Whether the block is the first of its element."""
    inline: list[tuple[int, int]] = field(default_factory=list)
    """(block, name) of inline elements that have a name."""

    parent: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    """What class, id, role and itemprop of an element say, as a number into `words`."""
    hidden: list[bool] = field(default_factory=list)
    data_cell: list[bool] = field(default_factory=list)
    """Whether the element is a row of a table of data."""
    words: list[tuple[str, ...]] = field(default_factory=list)
    """For each distinct name the words that it is made of."""
    marked: list[HtmlElement] = field(default_factory=list)
    """Elements that may hold the name of an author."""

    def chain(self, block: int) -> list[int]:
        """The elements around a block, innermost first."""
        chain, at = [], self.element[block]
        while at >= 0:
            chain.append(at)
            at = self.parent[at]
        return chain


def flatten(tree: HtmlElement) -> Blocks:
    """All text of a tree in blocks, menus and hidden parts included."""
    return _Walk().run(tree)


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of class names and ids: split at case, digits and punctuation, each once; very short ones left out."""
    found = (word.lower() for word in _WORD.findall(name[:400]))
    return tuple(dict.fromkeys(word for word in found if len(word) > 1))[:24]


class _Walk:
    def __init__(self) -> None:
        self.out = Blocks()
        self.known: dict[str, int] = {}
        self.named: list[bool] = []  # per distinct name whether it speaks of an author
        self.parts: list[str] = []
        self.within = 0  # <a> around the text that is read
        self.bold = 0
        self.pre = 0
        self.link_chars = self.links = self.bold_chars = 0
        self.fresh = True
        self.inline: list[int] = []

    def run(self, tree: HtmlElement) -> Blocks:
        out = self.out
        stack: list[int] = []
        rows: list[bool] = []  # per open table: whether it is one of data
        self._open(tree, "html", -1)
        stack.append(0)
        walker = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
        for event, node in walker:
            tag = node.tag
            if event == "start":
                if node is tree:
                    self._text(node.text)
                    continue
                if tag in _SKIP:
                    walker.skip_subtree()
                    continue
                if tag in _BLOCK:
                    if rows and rows[-1] and tag in _CELLS:
                        self.parts.append(_CELL)
                    elif rows and rows[-1] and tag == "p":
                        self.parts.append(" ")
                    else:
                        self._flush(stack[-1])
                        stack.append(self._open(node, tag, stack[-1]))
                        self.fresh = True
                        if tag == "table":
                            rows.append(_is_data(node))
                        elif tag == "pre":
                            self.pre += 1
                        if tag == "tr" and rows:
                            out.data_cell[stack[-1]] = rows[-1]
                elif tag == "br":
                    self.parts.append(_BREAK)
                else:
                    if tag == "a":
                        self.within += 1
                        self.links += 1
                    elif tag in ("b", "strong"):
                        self.bold += 1
                    get = node.get
                    prop, rel, own = get("itemprop"), get("rel"), get("id")
                    name = get("class") or prop or rel
                    marked = prop == "author" or (own and BYLINE.search(own[:300])) or (rel and "author" in rel)
                    if name:
                        number = self._name(name)
                        self.inline.append(number)
                        marked = marked or self.named[number]
                    if marked or (tag == "a" and (href := get("href")) and PROFILE.search(href[:300])):
                        self._mark(node)
                self._text(node.text)
            elif event == "end":
                if node is tree:
                    break
                if tag in _BLOCK:
                    if rows and rows[-1] and tag in _CELLS:
                        pass
                    elif rows and rows[-1] and tag == "p":
                        self.parts.append(" ")
                    else:
                        self._flush(stack[-1])
                        stack.pop()
                        self.fresh = False
                        if tag == "table":
                            rows.pop()
                        elif tag == "pre":
                            self.pre -= 1
                elif tag == "a":
                    self.within -= 1
                elif tag in ("b", "strong"):
                    self.bold -= 1
                self._text(node.tail)
            else:
                self._text(node.tail)
            if len(out.texts) >= MOST_BLOCKS:
                break
        self._flush(stack[-1] if stack else 0)
        return out

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self.pre:
            text = text.replace("\r\n", "\n").replace("\n", _BREAK)
        elif text.isspace():
            self.parts.append(" ")
            return
        self.parts.append(text)
        if self.within:
            self.link_chars += len(text.strip())
        if self.bold:
            self.bold_chars += len(text.strip())

    def _open(self, node: HtmlElement, tag: str, parent: int) -> int:
        out = self.out
        out.parent.append(parent)
        out.tags.append(tag)
        get = node.get
        name = " ".join(filter(None, (get("class"), get("id"), get("role"), get("itemprop"))))
        number = self._name(name)
        out.names.append(number)
        if self.named[number]:
            self._mark(node)
        style = get("style")
        out.hidden.append(
            get("hidden") is not None or get("aria-hidden") == "true" or bool(style and _HIDDEN.search(style[:500]))
        )
        out.data_cell.append(False)
        return len(out.tags) - 1

    def _mark(self, node: HtmlElement) -> None:
        if len(self.out.marked) < _MOST_MARKED:
            self.out.marked.append(node)

    def _name(self, name: str) -> int:
        number = self.known.get(name)
        if number is None:
            number = self.known[name] = len(self.out.words)
            self.out.words.append(words_of(name))
            self.named.append(BYLINE.search(name[:300]) is not None)
        return number

    def _flush(self, element: int) -> None:
        if self.parts:
            whole = "".join(self.parts)
            self.parts.clear()
            if whole and not whole.isspace():
                self._add(whole, element)
        self.link_chars = self.links = self.bold_chars = 0
        self.inline.clear()

    def _add(self, whole: str, element: int) -> None:
        out = self.out
        if self.pre:
            lines = [line.rstrip() for line in whole.split(_BREAK)]
            pieces = ["\n".join(lines).strip("\n")]
        elif _BREAK in whole or _CELL in whole:
            rows = [
                "\t".join(filter(None, (" ".join(cell.split()) for cell in line.split(_CELL))))
                for line in whole.split(_BREAK)
            ]
            # One break is a new line, two are a new paragraph.
            pieces = [piece.strip("\n") for piece in re.split(r"\n{2,}", "\n".join(rows))]
        else:
            pieces = [" ".join(whole.split())]
        pieces = [piece for piece in pieces if piece and not piece.isspace()]
        total = sum(map(len, pieces)) or 1
        for piece in pieces:
            share = len(piece) / total
            out.texts.append(piece)
            out.element.append(element)
            out.link_chars.append(min(len(piece), round(self.link_chars * share)))
            out.links.append(self.links if len(pieces) == 1 else round(self.links * share))
            out.bold_chars.append(min(len(piece), round(self.bold_chars * share)))
            out.first.append(self.fresh)
            self.fresh = False
            block = len(out.texts) - 1
            out.inline += [(block, name) for name in self.inline[:20]]


def _is_data(table: HtmlElement) -> bool:
    """Whether a table holds data: small cells without blocks of their own, in rows of two and more."""
    if table.find(".//table") is not None:
        return False
    wide = 0
    for row in table.iter("tr"):
        cells = 0
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            cells += 1
            chars = 0
            for node in cell.iter():
                if (node.tag in _BLOCK and node.tag not in ("td", "th", "p")) or node.tag == "pre":
                    return False
                chars += len(node.text or "") + len(node.tail or "")
                if chars > _CELL_CHARS:
                    return False
        wide += cells > 1
    return wide > 0


def fold(text: str) -> str:
    """Letters and digits alone, case folded: what two prints of one text share."""
    return re.sub(r"\W+", "", text).casefold()
