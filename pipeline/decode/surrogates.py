"""Lone surrogates: what stands in a text for bytes that could not be decoded, and how it gets out and is kept.

A byte that no character could be made of is held as U+DC80..U+DCFF (PEP 383). JSON can carry other lone surrogates.
Neither is valid Unicode, so Arrow and UTF-8 refuse them: `replace` puts U+FFFD in their place and tells the edits,
`escape` writes them in ASCII for the ledger.
"""

from __future__ import annotations

import re

from pipeline.step import Edit

_RUN = re.compile("[\udc80-\udcff]+|[\ud800-\udc7f\udd00-\udfff]+")
_ESCAPED = re.compile(r"\\(?:\\|u(d[89a-f][0-9a-f]{2}))")
_TO_ESCAPE = re.compile("[\\\\\ud800-\udfff]")
MARK = "\ufffd"


def replace(text: str) -> tuple[str, list[Edit]]:
    """The text with one U+FFFD for each surrogate, and the edits that do it (spans in the given text).

    A run of U+DC80..U+DCFF is labelled `bad_bytes`, any other `lone_surrogate`. A high and a low surrogate that stand
    together are two lone ones: in a Python string a pair is no character, and so the change can be undone exactly.
    """
    if text.isascii():
        return text, []
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text, []
    edits = []
    for run in _RUN.finditer(text):
        label = "bad_bytes" if "\udc80" <= run[0][0] <= "\udcff" else "lone_surrogate"
        edits.append(Edit(run.start(), run.end(), MARK * len(run[0]), label))
    return _RUN.sub(lambda run: MARK * len(run[0]), text), edits


def escape(text: str) -> str:
    r"""Each surrogate as six ASCII characters (`\udc80`), a backslash as two; the rest as it is.

    So the result is printable ASCII for a run of surrogates, valid Unicode for every text, and `unescape` undoes it.
    """
    return _TO_ESCAPE.sub(lambda m: "\\\\" if m[0] == "\\" else f"\\u{ord(m[0]):04x}", text)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else "\\", text)
