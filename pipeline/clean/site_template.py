"""What a site prints on all its pages: lines that a large share of the site's pages carry."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._layout import PARAGRAPH, is_prose
from pipeline.step import Case, Edit, Page, Params, step

# Running text that so many sites have is no site's own.
_SITES = 5
# The header of a table has at most so many cells, each on a line of its own.
_CELLS = 8
# Labels of lines with which a footer begins.
_FOOTER = frozenset(("nav", "legal", "share", "related", "comment"))


class SiteTemplate(Params):
    """Parameters of `clean.site_template`."""

    share: float = Field(0.4, gt=0, le=1, description="Share of the site's other pages that must carry a line.")
    inside: float = Field(0.5, description="A line that stands amid text on more than this share of its pages stays.")
    prose: float = Field(0.5, description="Do nothing where more than this share of the running text is repeated.")

    def levels(self) -> dict[str, tuple[float, ...]]:
        """What the step can tell apart; see pipeline/learn/templates.py."""
        return {"repeats": (self.share,), "inside": (self.inside,), "sites": (_SITES,)}


@step("clean.site_template", version=3, params=SiteTemplate)
def site_template(page: Page, p: SiteTemplate) -> Iterator[Edit]:
    """Take out lines that most pages of a site carry, above and below what is the page's own.

    Between the page's own paragraphs nothing goes, nor does a line that stands between paragraphs on other pages: a
    refrain and a table's header come back on every page too. Running text goes only from amid other lines that go:
    what borders on the page's own text may be the introduction of a serial, or its refrain. A page that is a copy of
    others loses nothing.
    """
    if max(page.repeats) < p.share:
        return
    repeats, inside, varies, labels, words = page.repeats, page.inside, page.varies, page.labels, page.words
    filled = [i for i in page.filled if not labels[i]]
    common = {i for i in filled if repeats[i] >= p.share}
    if not common or len(common) == len(filled):
        return
    prose = {i for i in filled if words[i] >= PARAGRAPH and is_prose(page, i)}
    if sum(words[i] for i in prose & common) > p.prose * sum(words[i] for i in prose):
        return
    own = [i for i in filled if i not in common]
    text = [i for i in own if i in prose] or own
    top, start, end = own[0], text[0], text[-1]
    if "title" in labels[:start]:
        top = min(top, max(i for i in range(start) if labels[i] == "title"))
    may, plain, values = set(), set(), set()
    for i in common:
        if varies[i]:
            # The number may be a value of the page's own.
            values.add(i)
        if inside[i] <= p.inside:
            may.add(i)
            # A sentence may be the last line of a poem; running text is a template by itself only if other sites have
            # it too.
            if not varies[i] and (page.sites[i] >= _SITES if i in prose else not page.sentence[i]):
                plain.add(i)
    headers = _headers(filled, common - values, values, prose)
    sure = plain - headers

    edge = max((i for i in plain if i < top), default=-1)
    # What ends every article goes only once the footer has begun.
    footer = min((i for i in sure if i > end), default=len(labels))
    footer = next((i for i in range(end + 1, footer) if labels[i] in _FOOTER), footer)
    for i in sorted(may):
        if (
            (i < top and (i <= edge or i not in prose))
            or (top < i < start and i in sure)
            or (i >= footer and i not in headers)
        ):
            yield page.drop(i, "template", f"on {p.share:.0%} or more of the site's other pages")


def _headers(filled: list[int], fixed: set[int], values: set[int], prose: set[int]) -> set[int]:
    """Fixed lines right above lines of the page's own: the label of a list, the header of a table. A header whose cells
    stand on a line each has no more of them than there are short lines below it. A single value makes no table."""
    headers: set[int] = set()
    k = 0
    while k < len(filled):
        first = k
        while k < len(filled) and filled[k] in fixed and (k == first or filled[k] == filled[k - 1] + 1):
            k += 1
        if k == first:
            k += 1
            continue
        below = [i for n, i in enumerate(filled[k : k + _CELLS]) if i == filled[k - 1] + 1 + n and i not in fixed]
        if not below or (below[0] in values and len(below) == 1):
            continue
        rows = next((n for n, i in enumerate(below) if i in prose), len(below))
        headers.update(filled[first:k] if k - first <= rows else filled[k - 1 : k])
    return headers


CASES = [
    Case("The weir is open\n\nThe river board opened the weir on Monday.", "The weir is open\n\nThe river board opened the weir on Monday.",
         note="a page of a site that is not known loses nothing"),
    Case("同じ行\n同じ行\n同じ行", "同じ行\n同じ行\n同じ行"),
    Case("Name | Points\nAda | 3\nName | Points\nIvo | 2", "Name | Points\nAda | 3\nName | Points\nIvo | 2"),
    Case("", ""),
]  # fmt: skip
