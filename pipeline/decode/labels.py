"""Names of encodings: what a page may call its charset, and the Python codec that reads it.

The names are those of the WHATWG Encoding Standard where it has one. As there, a label stands for the superset that
the web really uses: `latin1` and `ascii` are windows-1252, `gb2312` and `gbk` are gb18030, `euc-kr` is code page 949.
"""

from __future__ import annotations

import codecs
import re

# Name -> Python codec. What is not in here is not read by a declared name (EBCDIC, UTF-7 and other traps).
CODECS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    **{f"windows-{n}": f"cp{n}" for n in (874, *range(1250, 1259))},
    **{f"iso-8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "koi8-t": "koi8-t",
    "kz1048": "kz1048",
    "ptcp154": "ptcp154",
    "ibm866": "cp866",
    **{f"ibm{n}": f"cp{n}" for n in (437, 720, 737, 775, 850, 852, 855, 857, 860, 861, 862, 863, 864, 865, 869)},
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2",
    "x-mac-greek": "mac-greek",
    "x-mac-turkish": "mac-turkish",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "euc-jp": "euc_jp",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "euc-kr": "cp949",
    "iso-2022-kr": "iso2022_kr",
}

# Python's name of a codec -> ours; the codecs that are read as their superset, and labels that Python does not know.
_BY_CODEC = {codecs.lookup(codec).name: name for name, codec in CODECS.items()}
_BY_CODEC |= {
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "windows-874",
    "tis-620": "windows-874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5",
    "cp950": "big5",
    "shift_jis": "shift_jis",
    "euc_kr": "euc-kr",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_jp_1": "iso-2022-jp",
    "iso2022_jp_2": "iso-2022-jp",
    "iso2022_jp_3": "iso-2022-jp",
    "iso2022_jp_2004": "iso-2022-jp",
    "shift_jis_2004": "shift_jis",
    "shift_jisx0213": "shift_jis",
    "euc_jis_2004": "euc-jp",
    "euc_jisx0213": "euc-jp",
    "utf-16": "utf-16le",
    "utf-32": "utf-32le",
    "utf-8-sig": "utf-8",
}
_ALIASES = {
    "sjis": "shift_jis",
    "ms_kanji": "shift_jis",
    "windows-31j": "shift_jis",
    "euc-jis": "euc-jp",
    "ks_c_5601-1987": "euc-kr",
    "windows-949": "euc-kr",
    "windows-936": "gb18030",
    "chinese": "gb18030",
    "cn-gb": "gb18030",
    "cn-big5": "big5",
    "windows-950": "big5",
    "dos-874": "windows-874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "logical": "iso-8859-8",
    "visual": "iso-8859-8",
    "koi": "koi8-r",
    "unicode": "utf-16le",
    "unicode-1-1-utf-8": "utf-8",
    "cp866": "ibm866",
}

# <meta charset=...>, <meta http-equiv=... content="...; charset=...">, <?xml ... encoding="...">
_DECLARED = re.compile(
    rb"""<meta\b[^>]{0,500}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})"""
    rb"""|^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{2,40})["']""",
    re.IGNORECASE,
)
_HEAD = 2048


def name_of(label: str | None) -> str | None:
    """The encoding that a label or codec name stands for; None if it is not a known one."""
    if not label:
        return None
    label = label.strip(" \t\r\n\"'").lower()
    for spelling in (label, label.removeprefix("x-")):
        if spelling in CODECS:
            return spelling
        if spelling in _ALIASES:
            return _ALIASES[spelling]
        try:
            name = _BY_CODEC.get(codecs.lookup(spelling).name)
        except (LookupError, ValueError):
            continue
        if name:
            return name
    return None


def declared_in(head: bytes) -> str | None:
    """The encoding that an HTML or XML page declares in its first 2 kB; None if none or an unknown one.

    A page whose declaration can be read byte by byte is not UTF-16, whatever the declaration says (as in HTML).
    """
    found = _DECLARED.search(head[:_HEAD])
    if not found:
        return None
    name = name_of((found[1] or found[2]).decode("ascii"))
    return "utf-8" if name and name.startswith(("utf-16", "utf-32")) else name
