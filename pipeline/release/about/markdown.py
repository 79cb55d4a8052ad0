"""Pieces of Markdown, as GitHub and the Hugging Face Hub take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def folded(title: str, inner: str) -> str:
    """A part that opens when its title is clicked."""
    return f"<details>\n<summary>{title}</summary>\n\n{inner}\n\n</details>"


def code(text: str) -> str:
    """Text that is shown as it is. It may be a page's own: no sign in it means anything to Markdown."""
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def plain(text: str) -> str:
    """A sentence with signs that Markdown would take for its own."""
    return re.sub(r"([&<*_`\\\[\]])", r"\\\1", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], sides: str) -> str:
    """A Markdown table; `sides` aligns its columns, l or r. Nothing if there are no rows."""
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    rule = " | ".join("---:" if side == "r" else "---" for side in sides)
    return "\n".join(f"| {line} |" for line in (" | ".join(head), rule, *lines)) if lines else ""


def beginning(text: str, most: int) -> str:
    """A text without its title, up to its first section or so many lines."""
    lines = text.strip().splitlines()
    if lines and lines[0].startswith("# "):
        lines = lines[1:]
    shown: list[str] = []
    for line in lines[:most]:
        if line.startswith("#") and any(shown):
            break
        shown.append(line.lstrip("#").strip() if line.startswith("#") else line)
    return "\n".join(shown).strip()
