"""Paragraphs that stand on pages of several sites: agency copy, licence texts, notices of a platform."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._layout import PARAGRAPH, is_prose
from pipeline.step import Case, Edit, Page, Params, step

# From so many sites on, characters count as repeated in the signal. What stands on fewer is often a quotation.
SITES = 5


class RepeatedSpan(Params):
    """Parameters of `clean.repeated_span`."""

    sites: int = Field(
        SITES, ge=2, description="Sites that must carry a paragraph; told apart are 2, 3, 5, 10, 20, ..."
    )
    words: int = Field(PARAGRAPH, ge=1, description="Words of the shortest paragraph that goes.")
    share: float = Field(
        0.5, ge=0, le=1, description="Do nothing where more than this share of the running text would go."
    )

    def levels(self) -> dict[str, tuple[int, ...]]:
        """What the step can tell apart; see pipeline/learn/templates.py."""
        return {"sites": (self.sites,)}


@step("clean.repeated_span", version=2, params=RepeatedSpan)
def repeated_span(page: Page, p: RepeatedSpan) -> Iterator[Edit]:
    """Take out running text that other sites have too.

    A page that is mostly such text is a copy, which is for the search for duplicates to judge: it loses nothing.
    """
    sites, labels, words = page.sites, page.labels, page.words
    if not any(sites):
        return
    prose = [i for i in page.filled if not labels[i] and is_prose(page, i)]
    found = [i for i in prose if sites[i] >= p.sites and words[i] >= p.words]
    if sum(words[i] for i in found) > p.share * sum(words[i] for i in prose):
        return
    for i in found:
        yield page.drop(i, "repeated", f"on {p.sites} sites or more")


def repeated_share(page: Page, text: str) -> float:
    """The share of a page's kept characters that stand on five sites or more, from 0 to 1; `text` is what was kept."""
    if not text or not any(page.sites):
        return 0.0
    repeated = sum(
        len(page.after_cuts(i))
        for i, (sites, label) in enumerate(zip(page.sites, page.labels, strict=True))
        if sites >= SITES and not label
    )
    return min(1.0, repeated / max(1, len(text) - text.count("\n")))


CASES = [
    Case("The weir is open.\n\nThe river board opened the weir at Skerry Bay on Monday after a winter of repairs to its gates.",
         "The weir is open.\n\nThe river board opened the weir at Skerry Bay on Monday after a winter of repairs to its gates.",
         note="nothing is known of other sites"),
    Case("同じ行\n同じ行", "同じ行\n同じ行"),
    Case("", ""),
]  # fmt: skip
