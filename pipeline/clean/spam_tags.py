"""Tags left over from injected markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_ONLY_TAGS = re.compile(r"(?:\s|</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-zA-Z-]+=[\"']?[^<>\"']{0,60}[\"']?)*\s*/?>|&nbsp;)+$")
_ID = re.compile(r"\sid=[\"']?([A-Za-z0-9_]{3,12})[\"']?", re.IGNORECASE)


@step("clean.spam_tags", version=1, params=Params, gate=r"^\s*<[a-z]+\s[^<>]*id=.*<.*id=")
def spam_tags(page: Page, params: Params) -> Iterator[Edit]:
    """Lines of nothing but tags that all carry the same id, the trace of a mirror's template machine.

    An id is unique in a document that a person or a program writes, so code that a page shows does not look like this.
    """
    for i in page.hits:
        line = page.lines[i]
        ids = _ID.findall(line)
        if len(ids) >= 2 and len(set(ids)) == 1 and len(line) < 5000 and _ONLY_TAGS.match(line):
            yield page.drop(i, "spam", f"{len(ids)} tags with the id {ids[0]}")


CASES = [
    Case('<ul id="q7xk2"><li id="q7xk2"></li></ul>\nHarbour opens again', "Harbour opens again"),
    Case('<tt id="m4w"><b id="m4w"></b></tt>\n<p id="m4w"><i id="m4w"></i></p>\n\n港口重新开放', "港口重新开放"),
    Case(
        '<ul id="menu"><li id="first"></li></ul>\nsets two ids.',
        '<ul id="menu"><li id="first"></li></ul>\nsets two ids.',
    ),
    Case('<p id="a1b">An id, and <b id="a1b">text</b></p>', '<p id="a1b">An id, and <b id="a1b">text</b></p>'),
    Case("<ul><li></li></ul>", "<ul><li></li></ul>", note="no ids"),
]
