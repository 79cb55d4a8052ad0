"""Lists of domains and addresses as sorted hashes: ten bytes an entry, looked up for a whole batch by one compiled pass.

An address is compared in a normal form: the host in lower case without user, port and `www.`, internationalised names in
Punycode (UTS 46); then path and query, without the fragment and a slash at the end, with percent signs only where RFC 3986
(6.2.2) needs them. The scheme does not matter.

The hash runs over the host from its end and then over the path from its start. So it passes, one after the other, all
domains that a host belongs to and all addresses that an address lies below, the more specific the later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import idna
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from pipeline.ingest.streams import Stream, compression_of, open_raw

# What a line of a list is: blank or comment, an entry, one whose `www.` was left out, a pattern, one with an
# internationalised name, none of these.
_NOTHING, _ENTRY, _WWW, _PATTERN, _FOREIGN, _WRONG = range(6)
# Bytes of a list that are worked on at a time.
_BLOCK = 4_000_000
# Patterns are tried one after the other, so they must be few. So many are joined to one expression for RE2.
MAX_PATTERNS = 2_000
_JOINED = 50
# The files of a folder of the Toulouse lists, https://dsi.ut-capitole.fr/blacklists/. Their `expressions` are for proxies.
_TOULOUSE = re.compile(r"(?:domains|urls)(?:\.(?:gz|zst|bz2|xz))?")


class ListError(Exception):
    """A list cannot be used; the message names the file, the line and the fix."""


class Pattern(NamedTuple):
    """An entry with `*`."""

    text: str
    regex: str
    length: int
    """Characters beside `*`."""
    file: int


class Found(NamedTuple):
    """What a list says of each address of a batch."""

    entry: np.ndarray
    """Number of the most specific entry that it falls under (int64), -1 for none."""
    length: np.ndarray
    """Characters of that entry (int64), 0 for none: of two entries that fit an address the longer is more specific."""
    path: np.ndarray
    """How many of them belong to the path (int64); 0 for a domain."""


class UrlList:
    """The entries of some files: `keys` are their hashes, sorted, `files` the numbers of their files in `names`."""

    def __init__(self, keys: np.ndarray, files: np.ndarray, names: Sequence[str], patterns: Sequence[Pattern]) -> None:
        self.keys, self.files, self.names, self.patterns = keys, files, names, patterns

    def __len__(self) -> int:
        return len(self.keys) + len(self.patterns)

    def find(self, urls: Sequence[str]) -> Found:
        """The entry that each address falls under; "" falls under none."""
        if not len(self):
            nothing = np.zeros(len(urls), np.int64)
            return Found(nothing - 1, nothing, nothing)
        column = pa.array([url if url.isascii() else _with_ascii_host(url) for url in urls], pa.large_string())
        _, offsets, data = column.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(column) + 1)
        found = Found(*_match(np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), bounds, self.keys))
        if self.patterns:
            normals = pa.array(["".join(normal(url)[1:]) for url in urls], pa.string())
            for number, pattern, fits in _matching(self.patterns, normals):
                fits = fits[found.length[fits] < pattern.length]
                found.entry[fits], found.length[fits] = len(self.keys) + number, pattern.length
        return found

    def say(self, url: str, found: Found, n: int) -> str:
        """The file and the entry that address number `n` of `find` fell under."""
        entry, length, path = (int(column[n]) for column in found)
        if entry >= len(self.keys):
            pattern = self.patterns[entry - len(self.keys)]
            return f"{self.names[pattern.file]}: {pattern.text}"
        www, host, rest = normal(url)
        text = host + "".join(_SYMBOL.findall(rest)[:path]) if path else (www + host)[-length:]
        return f"{self.names[self.files[entry]]}: {text}"


def _matching(patterns: Sequence[Pattern], normals: pa.Array) -> Iterator[tuple[int, Pattern, np.ndarray]]:
    """Each pattern that fits an address, with its number and the numbers of the addresses."""
    for first in range(0, len(patterns), _JOINED):
        some = patterns[first : first + _JOINED]
        hits = _fitting(normals, "|".join(f"(?:{pattern.regex})" for pattern in some))
        if len(hits):
            few = normals.take(pa.array(hits))
            for number, pattern in enumerate(some, first):
                yield number, pattern, hits[_fitting(few, pattern.regex)]


def _fitting(column: pa.Array, regex: str) -> np.ndarray:
    return np.flatnonzero(pc.match_substring_regex(column, regex).to_numpy(zero_copy_only=False))


def files_of(path: Path) -> list[Path]:
    """The files of a list: the file itself, or those named `domains` and `urls` in a folder and the folders below it.

    Raises ListError.
    """
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if _TOULOUSE.fullmatch(p.name) and p.is_file())
        if not found:
            raise ListError(f"{path}: no file named domains or urls in this folder; name the files of the list")
        return found
    if not path.is_file():
        raise ListError(f"{path}: no such file; name an existing list, or take it out")
    return [path]


def read_lists(paths: Sequence[Path]) -> UrlList:
    """The entries of these files together. Raises ListError.

    Each line holds a domain, an address, or a pattern with `*`; what follows # is a comment.
    """
    return _read(tuple((str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in paths))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[str, int, int], ...]) -> UrlList:
    """Kept from the check of the config to the use, and from batch to batch; size and time tell of a change."""
    keys: list[np.ndarray] = [np.empty(0, np.uint64)]
    owners: list[np.ndarray] = [np.empty(0, np.uint16)]
    patterns: list[Pattern] = []
    names = []
    for number, (name, _, _) in enumerate(files):
        path = Path(name)
        names.append("/".join(path.parts[-2:]))
        for found in _entries(path, number, patterns):
            keys.append(found)
            owners.append(np.full(len(found), number, np.uint16))
    if len(patterns) > MAX_PATTERNS:
        raise ListError(
            f"{files[0][0]}: {len(patterns)} patterns with *, at most {MAX_PATTERNS}; write them as domains"
        )
    # Of equal entries the first file's stays.
    unique, first = np.unique(np.concatenate(keys), return_index=True)
    return UrlList(unique, np.concatenate(owners)[first], names, patterns)


def _entries(path: Path, file: int, patterns: list[Pattern]) -> Iterator[np.ndarray]:
    """The keys of the entries of a file, block by block; patterns are added to the list."""
    before, wrong, first = 0, 0, ""
    for block in _blocks(path):
        text = np.frombuffer(block, np.uint8)
        ends = np.append(np.flatnonzero(text == 0x0A), len(text))
        starts = np.concatenate(([0], ends[:-1] + 1))
        kinds, keys = _read_lines(text, starts, ends)
        odd = np.flatnonzero(kinds >= _PATTERN)
        for n, kind in zip(odd.tolist(), kinds[odd].tolist(), strict=True):
            line = _line(block[starts[n] : ends[n]])
            if kind == _PATTERN and (pattern := _pattern(line or "", file)):
                patterns.append(pattern)
            elif kind == _FOREIGN and line is not None and (key := _key_of(_with_ascii_host(line))):
                keys[n], kinds[n] = key, _ENTRY
            else:
                wrong += 1
                first = first or f"line {before + n + 1}: {_shown(block[starts[n] : ends[n]])}"
        shortened = np.flatnonzero(kinds == _WWW)
        if len(shortened):
            # www.gov.example is a domain of its own where all under gov.example are sites.
            for n in shortened[np.isin(keys[shortened], _public_suffixes())].tolist():
                keys[n] = _domain_key(_line(block[starts[n] : ends[n]]) or "")
        yield keys[(kinds == _ENTRY) | (kinds == _WWW)]
        before += len(starts) - 1
    if wrong:
        more = f", nor are {wrong - 1} others" if wrong > 1 else ""
        raise ListError(f"{path}, {first} is no domain, address or pattern{more}; mend or remove such lines")


def _shown(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace").strip())


def _blocks(path: Path) -> Iterator[bytes]:
    """The decompressed bytes of a file in pieces of whole lines; the first comes without its byte order mark."""
    with open_raw(str(path)) as raw:
        head = raw.read(16)
        raw.seek(0)
        stream = Stream(raw, compression_of(head))
        pieces: list[bytes] = []
        size, first = 0, True
        while True:
            piece = stream.read()
            cut = piece.rfind(b"\n") + 1
            if not piece or (cut and size + cut >= _BLOCK):
                block = b"".join([*pieces, piece[:cut]])
                yield block.removeprefix(b"\xef\xbb\xbf") if first else block
                pieces, size, first = [piece[cut:]], len(piece) - cut, False
            else:
                pieces.append(piece)
                size += len(piece)
            if not piece:
                break
    if stream.damage:
        raise ListError(f"{path}: {stream.damage}; fetch or pack the list again")


_AUTHORITY = re.compile(r"(\s*(?:(?:[a-z][a-z0-9+.-]*:)?//)?)(?:[^/?#\\@]*@)?\.?([^/?#\\]*)", re.IGNORECASE)
_BLANKS = " \t\n\v\f\r"
_PORT = re.compile(r":\d*$")
_CODED = re.compile(r"%([0-9a-fA-F]{2})")
# A character of a path as the hash sees it.
_SYMBOL = re.compile(r"%[0-9A-F]{2}|.", re.DOTALL)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normal(url: str) -> tuple[str, str, str]:
    """An address in its normal form: `www.` or nothing, the host, path and query."""
    match = _AUTHORITY.match(url := url.strip(_BLANKS))
    host = _PORT.sub("", _with_ascii_host(match[2])).lower().strip(".") if match else ""
    rest = url[match.end() :].partition("#")[0].rstrip(_BLANKS) if match else ""
    path = _CODED.sub(_recoded, quote(rest, safe="!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"))
    www = "www." if host.startswith("www.") and "." in host[4:] else ""
    return www, host[len(www) :], path.rstrip("/?&")


def _recoded(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else match[0].upper()


def _with_ascii_host(url: str) -> str:
    """The address with the name of its host in Punycode; as it is where the name is none."""
    match = _AUTHORITY.match(url)
    if match is None or match[2].isascii():
        return url
    host, colon, port = match[2].partition(":")
    name = _in_punycode(host)
    return url if name is None else match[1] + name + colon + port + url[match.end() :]


@lru_cache(maxsize=10_000)
def _in_punycode(host: str) -> str | None:
    """Kept, for the pages of a batch share their hosts, and one takes 0.1 ms."""
    try:
        return idna.encode(host.strip().rstrip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None


def _line(raw: bytes) -> str | None:
    """A line without its comment; None where it is no UTF-8."""
    try:
        return raw.partition(b"#")[0].decode().strip(_BLANKS)
    except UnicodeDecodeError:
        return None


def _pattern(line: str, file: int) -> Pattern | None:
    """A line with `*` as a pattern; None where it can be none."""
    _, host, path = normal(line)
    text = host + path
    fixed = len(text.replace("*", ""))
    if not fixed or not re.fullmatch(r"[a-z0-9._*\[\]:-]+", host):
        return None
    if path:
        return Pattern(text, "(?s)^" + ".*".join(map(re.escape, text.split("*"))) + "$", fixed, file)
    return Pattern(text, "(?s)^" + "[^/?]*".join(map(re.escape, text.split("*"))) + "(?:[/?].*)?$", fixed, file)


def _key_of(line: str) -> int:
    """The key of one entry, 0 for none."""
    text = np.frombuffer(line.encode("utf-8", "surrogatepass"), np.uint8)
    kinds, keys = _read_lines(text, np.array([0]), np.array([len(text)]))
    return int(keys[0]) if kinds[0] in (_ENTRY, _WWW) else 0


def _domain_key(line: str) -> int:
    """The key of a domain with its `www.`."""
    www, host, _ = normal(line)
    text = np.frombuffer((www + host).encode(), np.uint8)
    return int(_end(np.uint64(_backwards(text, 0, len(text), _SEED))))


@cache
def _public_suffixes() -> np.ndarray:
    """The keys of the domains under which everybody may register, as the Public Suffix List in tldextract has them."""
    import tldextract

    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True).tlds
    return np.sort(
        np.array([_key_of(_with_ascii_host(s)) for s in suffixes if "*" not in s and "!" not in s], np.uint64)
    )


_SEED = np.uint64(0x27D4EB2F165667C5)
_PRIME = np.uint64(0x9E3779B185EBCA87)


@njit(cache=True, nogil=True)
def _end(h):  # type: ignore[no-untyped-def]
    """The last step of MurmurHash3: every bit of the number depends on every bit of `h`. Never 0."""
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    h ^= h >> np.uint64(33)
    return h | np.uint64(h == np.uint64(0))


@njit(cache=True, nogil=True)
def _backwards(text, start, stop, h):  # type: ignore[no-untyped-def]
    """The hash of a name, in lower case, from its end to its start."""
    for i in range(stop - 1, start - 1, -1):
        b = text[i]
        if 0x41 <= b <= 0x5A:
            b += np.uint8(0x20)
        h = (h ^ np.uint64(b)) * _PRIME
    return h


@njit(cache=True, nogil=True)
def _hex(b):  # type: ignore[no-untyped-def]
    if 0x30 <= b <= 0x39:
        return b - 0x30
    b |= 0x20
    return b - 0x57 if 0x61 <= b <= 0x66 else -1


@njit(cache=True, nogil=True)
def _symbol(text, i, stop):  # type: ignore[no-untyped-def]
    """The character of a path at `i`, and how many bytes it takes: a number from 256 on where it is written with %."""
    b = np.int64(text[i])
    if b == 0x25 and i + 2 < stop:
        high, low = _hex(np.int64(text[i + 1])), _hex(np.int64(text[i + 2]))
        if high >= 0 and low >= 0:
            b = 16 * high + low
            plain = 0x30 <= b <= 0x39 or 0x41 <= b <= 0x5A or 0x61 <= b <= 0x7A or b == 0x2D or b == 0x2E
            return (b if plain or b == 0x5F or b == 0x7E else b + 256), 3
    return (b + 256 if b <= 0x20 or b >= 0x7F else b), 1


@njit(cache=True, nogil=True)
def _blank(b):  # type: ignore[no-untyped-def]
    return b == 0x20 or 0x09 <= b <= 0x0D


@njit(cache=True, nogil=True)
def _parts(text, a, b):  # type: ignore[no-untyped-def]
    """Where in text[a:b] the host begins, without `www.` too, where it ends, and where the path begins and ends; and
    what is wrong with the host (a kind of line)."""
    while a < b and _blank(text[a]):
        a += 1
    i = a
    while i < b and (text[i] | 0x20 >= 0x61 or 0x2B <= text[i] <= 0x39) and text[i] != 0x2F and text[i] < 0x7B:
        i += 1
    if i + 2 < b and text[i] == 0x3A and text[i + 1] == 0x2F and text[i + 2] == 0x2F:
        a = i + 3
    elif a + 1 < b and text[a] == 0x2F and text[a + 1] == 0x2F:
        a += 2
    end = b
    for i in range(a, b):
        if text[i] == 0x23:
            b = i
            end = min(end, i)
            break
        if end == b and (text[i] == 0x2F or text[i] == 0x3F or text[i] == 0x5C):
            end = i
    path = end
    while b > path and _blank(text[b - 1]):
        b -= 1
    while b > path and (text[b - 1] == 0x2F or text[b - 1] == 0x3F or text[b - 1] == 0x26):
        b -= 1
    end = min(end, b)
    while end > a and _blank(text[end - 1]):
        end -= 1
    for i in range(end - 1, a - 1, -1):
        if text[i] == 0x40:
            a = i + 1
            break
    i = end
    while i > a and 0x30 <= text[i - 1] <= 0x39:
        i -= 1
    if i > a and text[i - 1] == 0x3A:
        end = i - 1
    if a + 1 < end and text[a] == 0x2A and text[a + 1] == 0x2E:
        a += 1
    while a < end and text[a] == 0x2E:
        a += 1
    while end > a and text[end - 1] == 0x2E:
        end -= 1
    kind = _ENTRY if end > a else _WRONG if b > path else _NOTHING
    star = False
    for i in range(a, end):
        c = text[i]
        if c >= 0x80:
            kind = _FOREIGN
            break
        letter = 0x61 <= c | 0x20 <= 0x7A or 0x30 <= c <= 0x39 or c == 0x2D or c == 0x2E or c == 0x5F
        star |= c == 0x2A
        if not (letter or c == 0x2A or (text[a] == 0x5B and (c == 0x3A or c == 0x5B or c == 0x5D))):
            kind = _WRONG
            break
    bare = a
    if (
        end - a > 4
        and text[a + 3] == 0x2E
        and text[a] | 0x20 == 0x77
        and text[a + 1] | 0x20 == 0x77
        and text[a + 2] | 0x20 == 0x77
    ):
        for i in range(a + 4, end):
            if text[i] == 0x2E:
                bare = a + 4
                break
    if kind == _ENTRY:
        for i in range(path, b):
            star |= text[i] == 0x2A
        if star:
            kind = _PATTERN
    return a, bare, end, path, b, kind


@njit(cache=True, nogil=True)
def _read_lines(text, starts, ends):  # type: ignore[no-untyped-def]
    """The kind of each line, and the key of those that are entries."""
    kinds = np.empty(len(starts), np.uint8)
    keys = np.zeros(len(starts), np.uint64)
    for n in range(len(starts)):
        first, bare, end, i, stop, kind = _parts(text, starts[n], ends[n])
        if kind == _ENTRY:
            h = _backwards(text, bare, end, _SEED)
            if i == stop and bare > first:
                kind = _WWW
            while i < stop:
                code, width = _symbol(text, i, stop)
                h = (h ^ np.uint64(code)) * _PRIME
                i += width
            keys[n] = _end(h)
        kinds[n] = kind
    return kinds, keys


@njit(cache=True, nogil=True)
def _where(keys, key):  # type: ignore[no-untyped-def]
    """Where in the sorted keys a key stands, -1 for nowhere."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(keys) and keys[low] == key else -1


@njit(cache=True, nogil=True)
def _match(text, bounds, keys):  # type: ignore[no-untyped-def]
    """The columns of Found for addresses with their hosts in ASCII."""
    size = len(bounds) - 1
    entry = np.full(size, -1, np.int64)
    length = np.zeros(size, np.int64)
    inner = np.zeros(size, np.int64)
    for n in range(size):
        first, bare, end, i, stop, kind = _parts(text, bounds[n], bounds[n + 1])
        if kind != _ENTRY and kind != _PATTERN:
            continue
        h = _SEED
        whole = h
        for at in range(end - 1, first - 1, -1):
            h = _backwards(text, at, at + 1, h)
            if at == bare:
                whole = h
            if at == first or text[at - 1] == 0x2E:
                found = _where(keys, _end(h))
                if found >= 0:
                    entry[n], length[n] = found, end - at
        h = whole
        taken = 0
        while i < stop:
            code, width = _symbol(text, i, stop)
            h = (h ^ np.uint64(code)) * _PRIME
            taken += 1
            i += width
            if i == stop or text[i] == 0x2F or text[i] == 0x3F or text[i] == 0x26:
                found = _where(keys, _end(h))
                if found >= 0:
                    entry[n], length[n], inner[n] = found, end - bare + taken, taken
    return entry, length, inner
