"""Step describe.description."""

from __future__ import annotations

from typing import Any

from pipeline.clean.title import _BODY_EN
from pipeline.step import Case, Page, Params, step


@step("describe.description", version=1)
def description(page: Page, params: Params) -> dict[str, Any]:
    """The summary that the page gives of itself in its metadata; none is made up from the text."""
    given = page.meta.get("description")
    text = " ".join(given.split()) if isinstance(given, str) else ""
    return {"description": text} if text else {}


CASES = [
    Case(_BODY_EN, {}),
    Case("", {}),
]
