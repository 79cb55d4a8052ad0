"""What a site prints on all its pages: lines that a large share of the site's pages carry."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._layout import is_prose
from pipeline.step import Case, Edit, Page, Params, step


class SiteTemplate(Params):
    """Parameters of `clean.site_template`."""

    share: float = Field(0.4, gt=0, le=1, description="Share of the site's pages that must carry a line.")
    prose: float = Field(0.5, description="Do nothing where more than this share of the running text is repeated.")


@step("clean.site_template", version=1, params=SiteTemplate)
def site_template(page: Page, p: SiteTemplate) -> Iterator[Edit]:
    """Take out lines that most pages of a site carry, above and below what is the page's own.

    Between the page's own paragraphs nothing goes: a table's header, a refrain and the introduction of a serial come
    back on every page too. Nor does a page that is a copy of others lose its text.
    """
    repeats, labels, lines, words = page.repeats, page.labels, page.lines, page.words
    filled = [i for i in page.filled if not labels[i]]
    common = {i for i in filled if repeats[i] >= p.share}
    if not common or len(common) == len(filled):
        return
    prose = {i for i in filled if is_prose(page, i)}
    if sum(words[i] for i in prose & common) > p.prose * sum(words[i] for i in prose):
        return
    own = [i for i in filled if i not in common]
    text = [i for i in own if i in prose] or own
    top, start, end = own[0], text[0], text[-1]

    def heads_rows(i: int) -> bool:
        # The header of a table, or the label of a list, whose rows are the page's own.
        return i + 1 < len(lines) and bool(lines[i + 1].strip()) and not labels[i + 1] and i + 1 not in common

    below = False
    for i in filled:
        if i < top:
            go = True
        elif i < start:
            go = i in common and i not in prose and not heads_rows(i)
        elif i > end:
            # A paragraph that ends every article goes only once the footer has begun.
            go = i in common and (i not in prose or below) and not heads_rows(i)
            below = below or go or bool(labels[i])
        else:
            go = False
        if go:
            yield page.drop(i, "template", f"on {repeats[i]:.0%} of the site's pages")


CASES = [
    Case("The weir is open\n\nThe river board opened the weir on Monday.", "The weir is open\n\nThe river board opened the weir on Monday.",
         note="a page of a site that is not known loses nothing"),
    Case("同じ行\n同じ行\n同じ行", "同じ行\n同じ行\n同じ行"),
    Case("Name | Points\nAda | 3\nName | Points\nIvo | 2", "Name | Points\nAda | 3\nName | Points\nIvo | 2"),
    Case("", ""),
]  # fmt: skip
