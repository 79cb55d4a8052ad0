"""Step describe.canonical_url."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pipeline.step import Case, Page, Params, step


@step("describe.canonical_url", version=1)
def canonical_url(page: Page, params: Params) -> dict[str, Any]:
    """The address that the page names as its own (link rel=canonical, og:url, or the row); none is made up."""
    given = page.meta.get("canonical_url")
    if not isinstance(given, str) or len(given) > 2000 or len(given.split()) != 1:
        return {}
    try:
        parts = urlsplit(given.strip())
    except ValueError:
        return {}
    return {"canonical_url": given.strip()} if parts.scheme in ("http", "https") and parts.hostname else {}


CASES = [
    Case("The ferry stays in harbour.", {}, url="https://gazette.example/ferry?from=home"),
    Case("渡轮停航。", {}, url="https://haiwan.example/a/1.html"),
    Case("Смотрите https://gazette.example/ferry", {}, note="an address in the text is not the page's own"),
    Case("", {}),
]
