"""UTF-8 whose bytes were paired up as Chinese, Japanese or Korean characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.repair._edits import names_encodings, trimmed
from pipeline.repair.mojibake import shows_both
from pipeline.step import Case, Edit, Page, Params, step

_CODECS = ("gbk", "cp949", "big5", "cp932")
_NAMES = {"gbk": "gbk", "cp949": "euc-kr", "big5": "big5", "cp932": "shift_jis"}
_EAST_ASIAN = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff61-\uff9f"
# A word of the page with such characters in it: what is glued to them was read with them.
_WORD = re.compile(f"[^ \t\n]*[{_EAST_ASIAN}][^ \t\n]*")
_CHAR = re.compile(f"[{_EAST_ASIAN}]")
_BESIDE_LATIN = re.compile(f"[a-zà-ÿ][{_EAST_ASIAN}]|[{_EAST_ASIAN}][a-zà-ÿ]", re.IGNORECASE)
# What becomes of one or two characters must be Latin text and its marks; of more, any text: eight bytes and more are not
# UTF-8 by chance.
_LATIN = re.compile("[\x20-\x7e\u00a1-\u024f\u2010-\u203a\u20ac\u2122]+")
_MIN_CHARS = 4

# The first two bytes of most Chinese characters in UTF-8, as GBK: rare characters, two of which never stand so close.
_PAIRS = "".join(bytes([a, b]).decode("gbk") for a in range(0xE4, 0xEA) for b in range(0x80, 0xC0))


@step(
    "repair.double_byte_mojibake",
    version=1,
    gate=f"鈥|銆|锛|縺|繧|[a-z][{_EAST_ASIAN}]|[{_EAST_ASIAN}][a-z]|[{_PAIRS}][^\x00-\x7f]{{1,2}}[{_PAIRS}]|[袗-褟][^\x00-\x7f]褌|[懈邪芯]",
    signs=((1, _EAST_ASIAN),),
)
def double_byte_mojibake(page: Page, params: Params) -> Iterator[Edit]:
    """Undoes UTF-8 read as a double-byte encoding: It鈥檚, Gr眉n, 浣犲ソ涓栫晫.

    Words whose bytes in GBK, EUC-KR, Big5 or Shift JIS are valid UTF-8. A character or two must give Latin text and
    stand beside Latin letters. A page that is about encodings keeps its examples.
    """
    edits: list[Edit] = []
    for i, line in enumerate(page.lines):
        if line.isascii() or not _CHAR.search(line):
            continue
        whole = _read(line) if len(_CHAR.findall(line)) >= _MIN_CHARS else None
        if whole:
            edits += trimmed(page.starts[i], line, whole[0], "", whole[1])
            continue
        for word in _WORD.finditer(line):
            found = _read(word[0])
            if found and not shows_both(line, found[0]):
                edits += trimmed(page.starts[i] + word.start(), word[0], found[0], "", found[1])
    if edits and not (len(edits) * 2 < len(page.filled) and names_encodings(page.text)):
        yield from edits


def _read(text: str) -> tuple[str, str] | None:
    """The text and the encoding that its bytes were taken for; None if they are not UTF-8."""
    chars = len(_CHAR.findall(text))
    beside = _BESIDE_LATIN.search(text) is not None
    if chars < _MIN_CHARS and not beside:
        return None
    for codec in _CODECS:
        try:
            after = text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        if after.isascii() or not after.isprintable():
            continue
        if chars >= _MIN_CHARS or _LATIN.fullmatch(after):
            return after, f"utf-8 read as {_NAMES[codec]}"
    return None


CASES = [
    Case("It鈥檚 late, isn鈥檛 it?", "It’s late, isn’t it?"),
    Case("Gr眉ne H盲user am Flu脽", "Grüne Häuser am Fluß"),
    Case("浣犲ソ涓栫晫", "你好世界"),
    Case("你好，世界！KTV很好。A座B座", "你好，世界！KTV很好。A座B座"),
    Case("这是iPhone手机，型号A1很新。", "这是iPhone手机，型号A1很新。"),
    Case("日本語のテキストとkana", "日本語のテキストとkana"),
    Case("한국어 문장과 KTX 열차", "한국어 문장과 KTX 열차"),
    Case(
        "In GBK the UTF-8 bytes of it’s look like it鈥檚.\nA word.\nAnother.",
        "In GBK the UTF-8 bytes of it’s look like it鈥檚.\nA word.\nAnother.",
    ),
]
