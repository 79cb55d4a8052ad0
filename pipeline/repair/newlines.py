"""One kind of line end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_ENDS = re.compile("\r\n?|\u2029|\u2028+")


@step("repair.newlines", version=1, signs=((1, "\r\u2028\u2029"),))
def newlines(page: Page, params: Params) -> Iterator[Edit]:
    """Makes every line end a line feed: CR LF, CR and PARAGRAPH SEPARATOR; a LINE SEPARATOR becomes a blank.

    All later stages split lines at line feeds only. On the web U+2028 stands where a headline or a sentence was
    wrapped for looks (pasted from layout programs), so a line feed in its place would tear the sentence. NEL (U+0085)
    is left: in crawled text it is nearly always a byte of an ellipsis or of a Shift JIS character.
    """
    for end in _ENDS.finditer(page.text):
        if "\u2028" in end[0]:
            around = page.text[max(0, end.start() - 1) : end.start()], page.text[end.end() : end.end() + 1]
            apart = all(char and not char.isspace() for char in around)
            yield Edit(end.start(), end.end(), " " if apart else "", "line_separator")
        else:
            yield Edit(end.start(), end.end(), "\n", "line_end")


CASES = [
    Case("Opening hours\r\n\r\nMonday: closed\r\n", "Opening hours\n\nMonday: closed\n"),
    Case("erste Zeile\rzweite Zeile", "erste Zeile\nzweite Zeile"),
    Case("Ein neuer Steg \u2028für das Moor", "Ein neuer Steg für das Moor"),
    Case("первый абзац\u2029второй абзац", "первый абзац\nвторой абзац"),
    Case("一行目\n二行目\n", "一行目\n二行目\n"),
    Case("wait\u0085 what", "wait\u0085 what", note="NEL is not a line end here but a broken ellipsis"),
]
