"""Chosen blocks as plain text or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract._blocks import Blocks

_LISTS = ("ul", "ol", "menu")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def render(blocks: Blocks, chosen: Sequence[int], *, markdown: bool) -> str:
    """The blocks with these numbers, in order. Plain text has a line per block and "- " before the items of a list;
    Markdown has headings, lists, quotes, code and tables of data as well, and a blank line between paragraphs."""
    return _markdown(blocks, chosen) if markdown else "\n".join(_plain(blocks, k) for k in chosen)


def _plain(blocks: Blocks, k: int) -> str:
    text = blocks.texts[k]
    return "- " + text if blocks.tags[blocks.element[k]] == "li" and blocks.first[k] else text


def _markdown(blocks: Blocks, chosen: Sequence[int]) -> str:
    out: list[str] = []
    item_before, table_before = False, -1
    number: dict[int, int] = {}
    for k in chosen:
        text = blocks.texts[k]
        chain = blocks.chain(k)[:64]
        tags = [blocks.tags[e] for e in chain]
        item = next((i for i, tag in enumerate(tags) if tag == "li"), None)
        table = -1
        if "pre" in tags:
            fence = "```" if "```" not in text else "~~~~"
            text, item = f"{fence}\n{text}\n{fence}", None
        elif blocks.data_cell[chain[0]]:
            table = next((e for e, tag in zip(chain, tags, strict=True) if tag == "table"), -1)
            cells = text.replace("|", "\\|").replace("\n", " ").split("\t")
            text, item = "| " + " | ".join(cells) + " |", None
            if table != table_before:
                text += "\n|" + " --- |" * len(cells)
        elif tags[0] in _HEADINGS:
            text, item = "#" * _HEADINGS[tags[0]] + " " + text.replace("\n", " "), None
        elif item is not None:
            depth = sum(tag in _LISTS for tag in tags)
            holder = next((e for e, tag in zip(chain, tags, strict=True) if tag in _LISTS), -1)
            indent = "  " * max(0, depth - 1)
            if blocks.first[k] or (item == 0 and holder not in number):
                number[holder] = number.get(holder, 0) + 1
                mark = f"{number[holder]}. " if holder >= 0 and blocks.tags[holder] == "ol" else "- "
            else:
                mark = "  "
            text = indent + mark + text.replace("\n", "\n" + indent + "  ")
        else:
            text = text.replace("\n", "  \n")
        if "blockquote" in tags:
            text = "\n".join("> " + line for line in text.split("\n"))
        tight = (item is not None and item_before) or (table >= 0 and table == table_before)
        if out:
            out.append("\n" if tight else "\n\n")
        out.append(text)
        item_before, table_before = item is not None, table
    return "".join(out)
