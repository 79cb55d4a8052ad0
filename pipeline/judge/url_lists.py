"""Step judge.url_lists: lists of sites to keep out, to keep to, and to prefer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from pipeline.step import Case, Params, Texts, step

BLOCKED, UNLISTED, ALLOWED, PREFERRED = -1.0, 0.0, 1.0, 2.0


class UrlLists(Params):
    """Parameters of `judge.url_lists`.

    A list is a file with a domain, an address or a pattern per line, plain or packed (gz, zst, bz2, xz); what follows #
    is a comment. A folder stands for the files `domains` and `urls` in it and below it, as in the Toulouse lists
    (https://dsi.ut-capitole.fr/blacklists/) that RefinedWeb (Penedo et al. 2023) and FineWeb (Penedo et al. 2024) use.

    - `example.org` (also .example.org, *.example.org, www.example.org): the domain and all below it;
    - `example.org/notes`: what lies at this address or below it, by whole segments of the path;
    - `*.shop.*`, `example.org/*/print`: `*` is any characters; without a slash within the host, at any path.
    """

    block: list[Path] = Field([], description="Lists of what is kept out.")
    allow: list[Path] = Field([], description="Lists of what passes; where there are any, nothing else does.")
    prefer: list[Path] = Field([], description="Lists of what is kept where it has duplicates elsewhere.")

    @field_validator("block", "allow", "prefer", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, (str, Path)) else value

    @field_validator("block", "allow", "prefer", mode="after")
    @classmethod
    def _readable(cls, value: list[Path]) -> list[Path]:
        """Folders become their files; what is wrong with a list is said before the run begins."""
        if not value:
            return value
        from pipeline.judge._url_index import ListError, files_of, read_lists

        try:
            files = [file for path in value for file in files_of(path)]
            read_lists(files)
        except (ListError, OSError) as error:
            raise PydanticCustomError("url_list", "{error}", {"error": str(error)}) from None
        return files


DOCS = {"url_lists": "what the user's lists say of the address: -1 kept out, 0 not named, 1 allowed, 2 preferred"}


@step("judge.url_lists", version=1, params=UrlLists, batch=True, columns=DOCS)
def url_lists(texts: Texts, params: UrlLists) -> dict[str, np.ndarray]:
    """Whether the user's lists keep a page out (-1), do not name it (0), allow (1) or prefer it (2).

    The most specific entry decides: the one with most characters that fits the address, so that an allowed page or
    subdomain passes though its site is blocked, and the other way round; between equals block wins. Where there are lists of
    allowed sites, a page on none of them is kept out, and so is a page without an address. Not applied where no list is
    given, nor to a page without an address. What decided stands in `texts.memo["notes"]["url_lists"]`, a string per page.
    """
    values = np.full(len(texts), np.nan)
    if not (params.block or params.allow or params.prefer):
        return {"url_lists": values}
    from pipeline.judge._url_index import read_lists

    urls = _urls(texts.urls)
    block, allow, prefer = map(read_lists, (params.block, params.allow, params.prefer))
    blocked, allowed, preferred = block.find(urls), allow.find(urls), prefer.find(urls)
    known = np.array([bool(url) for url in urls], bool)
    values[known] = UNLISTED
    values[allowed.length > 0] = ALLOWED
    values[preferred.length > 0] = PREFERRED
    stopped = (blocked.length > 0) & (blocked.length >= allowed.length)
    outside = (allowed.length == 0) & ~stopped if params.allow else np.zeros(len(texts), bool)
    values[stopped | outside] = BLOCKED
    notes = [""] * len(texts)
    for n in np.flatnonzero(stopped | outside).tolist():
        notes[n] = block.say(urls[n], blocked, n) if stopped[n] else "on no list of allowed sites"
    texts.memo.setdefault("notes", {})["url_lists"] = notes
    return {"url_lists": values}


def _urls(urls: Sequence[str | None]) -> list[str]:
    return [url if url else "" for url in urls]


CASES = [
    Case(
        "The ferry stays in harbour.", {"url_lists": None}, url="https://gazette.example/ferry", note="no list is given"
    ),
    Case("", {"url_lists": None}),
]
