"""Personal data: finds e-mail addresses, IP addresses, telephone numbers, IBANs and card numbers, and says what to do with
each as the config has it. What a ledger may tell of a value is a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from pipeline.config import Policy, Privacy
from pipeline.privacy import _scan
from pipeline.privacy._codes import cards, iban, ip4s, ip6, normal_ip
from pipeline.privacy._email import email, normal_email
from pipeline.privacy._value import Value
from pipeline.step import Edit


class Hint(NamedTuple):
    """What is known of a page that tells its country: its language and its site (registrable domain)."""

    language: str | None = None
    site: str | None = None


NO_HINT = Hint()

# So often the lines with values are looked at again.
_ROUNDS = 3

# Of two values in the same place the one that proves itself is taken.
_RANK = {"email": 0, "iban": 1, "card": 2, "ip": 3, "phone": 4}


def find(
    texts: Sequence[str], settings: Privacy, *, hints: Sequence[Hint] | None = None, column: pa.Array | None = None
) -> list[list[Edit]]:
    """What is to be done about the personal data in a batch of texts: the edits of each, in order, none overlapping.

    The label of an edit is the kind. `after` is the placeholder, nothing where the kind is dropped, and the value itself
    where it is kept: such an edit changes nothing, and counts. Values of desks and companies that the settings keep, and
    placeholders that stand there already, are left out. The evidence never tells the value. `column` may be given where
    the texts are a column of large strings already.
    """
    if column is None:
        column = pa.array(texts, pa.large_string())
    hints = hints or [NO_HINT] * len(texts)
    edits = _look(texts, column, hints, settings)
    for _ in range(_ROUNDS):
        if not _uncover(texts, edits, hints, settings):
            break
    return edits


# A loose string with neither an at sign nor so many digits holds no value: most are short, and need no more than a look.
_AT = re.compile(r"@|[\[({]\s?[aä]t", re.I)
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 4


def scrub(text: str, settings: Privacy, hint: Hint = NO_HINT) -> str:
    """A loose string (a title, say) after what `find` says of it."""
    return scrub_each([text], settings, [hint])[0]


def scrub_each(texts: Sequence[str], settings: Privacy, hints: Sequence[Hint]) -> list[str]:
    """Loose strings, the texts of ledger rows for instance, each after what `find` says of it."""
    scrubbed = list(texts)
    which = [k for k, text in enumerate(texts) if len(_DIGIT.findall(text)) >= _FEWEST_DIGITS or _AT.search(text)]
    found = find([_whole(texts[k]) for k in which], settings, hints=[hints[k] for k in which])
    for k, edits in zip(which, found, strict=True):
        scrubbed[k] = apply(texts[k], edits)
    return scrubbed


def scrub_all(value: Any, settings: Privacy, hint: Hint = NO_HINT) -> Any:
    """Nested dicts and lists with every string in them scrubbed, keys aside; tuples become lists."""
    if isinstance(value, str):
        return scrub(value, settings, hint)
    if isinstance(value, dict):
        return {key: scrub_all(inner, settings, hint) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub_all(inner, settings, hint) for inner in value]
    return value


def scrub_bytes(raw: bytes, settings: Privacy) -> bytes:
    """Bytes that could not be worked on, scrubbed as far as they are UTF-8; every other byte stays."""
    return scrub(raw.decode("utf-8", "surrogateescape"), settings).encode("utf-8", "surrogateescape")


def apply(text: str, edits: Iterable[Edit], offset: int = 0) -> str:
    """The text after these edits, which are in order and do not overlap; it begins at `offset` of what they are of."""
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start - offset], edit.after]
        at = edit.end - offset
    return "".join([*pieces, text[at:]])


def read_key(path: Path | None) -> bytes | None:
    """The secret in a file, without the white space around it; None without a file. Raises ValueError where it is empty."""
    if path is None:
        return None
    key = path.read_bytes().strip()
    if not key:
        raise ValueError(f"{path}: the file is empty; put a secret into it")
    return key


def hidden(value: str, kind: str, key: bytes | None, region: str = "") -> str:
    """What a ledger may tell of a value: HMAC-SHA256 of its normal form (RFC 2104), "" without a key.

    The same address or number has the same hash however it was printed, and who lacks the key cannot try all numbers.
    `region` is the evidence of a telephone number.
    """
    if key is None:
        return ""
    digest = hmac.new(key, f"{kind}:{_normal(value, kind, region)}".encode("utf-8", "surrogatepass"), hashlib.sha256)
    return f"hmac-sha256:{digest.hexdigest()}"


Row = TypeVar("Row", bound=Any)


def hide(rows: Iterable[Row], key: bytes | None) -> list[Row]:
    """Ledger rows that took out personal data, with hashes where the values stood."""
    return [row._replace(before=hidden(row.before, row.label, key, row.evidence)) for row in rows]


def _normal(value: str, kind: str, region: str) -> str:
    if kind == "email":
        return normal_email(value)
    if kind == "ip":
        return normal_ip(value)
    if kind == "phone":
        from pipeline.privacy._phone import normal_phone

        return normal_phone(value, region)
    return re.sub(r"[\W_]", "", value)


def _look(texts: Sequence[str], column: pa.Array, hints: Sequence[Hint], settings: Privacy) -> list[list[Edit]]:
    plan = {kind: (policy, getattr(settings.placeholders, kind)) for kind, policy in settings.kinds}
    edits: list[list[Edit]] = [[] for _ in texts]
    for k, parts in groupby(_scan.candidates(column), key=itemgetter(0)):
        places = chain.from_iterable(places for _, places in parts)
        values = _apart(_values(texts[k], places, hints[k]))
        edits[k] = list(_decide(texts[k], values, plan, settings.organisations == "keep"))
    return edits


def _uncover(texts: Sequence[str], edits: list[list[Edit]], hints: Sequence[Hint], settings: Privacy) -> bool:
    """Look again at the lines with edits as they will stand, and add what was not seen for a value stuck to it.

    Every rule looks no further than its line. Gives whether anything was added.
    """
    lines = [(k, *line) for k, mine in enumerate(edits) for line in _lines_of(texts[k], mine)]
    shown = [apply(texts[k][start:stop], mine, start) for k, start, stop, mine in lines]
    found = _look(shown, pa.array(shown, pa.large_string()), [hints[k] for k, *_ in lines], settings)
    changed = set()
    for (k, start, _, mine), new in zip(lines, found, strict=True):
        fresh = list(_in_original(new, start, mine))
        if fresh:
            edits[k] += fresh
            changed.add(k)
    for k in changed:
        edits[k].sort()
    return bool(changed)


def _lines_of(text: str, edits: Iterable[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    """The lines that edits stand in: start, end, and the edits of each."""
    start = stop = -1
    mine: list[Edit] = []
    for edit in edits:
        if edit.start > stop:
            if mine:
                yield start, stop, mine
            start, mine = text.rfind("\n", stop + 1, edit.start) + 1 or stop + 1, []
            stop = text.find("\n", edit.end)
            stop = stop if stop >= 0 else len(text)
        mine.append(edit)
    if mine:
        yield start, stop, mine


def _in_original(found: Iterable[Edit], offset: int, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Edits of the text after `edits` (which begins at `offset`) as edits of the text before; without those that are, or
    reach into, what one of `edits` put there."""
    at, shift = 0, offset
    for edit in found:
        # Those of `edits` that end before it.
        while at < len(edits) and edits[at].start + len(edits[at].after) <= edit.start + shift:
            shift += edits[at].end - edits[at].start - len(edits[at].after)
            at += 1
        if at == len(edits) or edit.end + shift <= edits[at].start:
            yield edit._replace(start=edit.start + shift, end=edit.end + shift)


def _values(text: str, places: Iterable[tuple[int, int, int]], hint: Hint) -> Iterator[Value]:
    from pipeline.privacy._phone import phones, region_of  # the numbering plans take a while to load

    region = region_of(*hint)
    for start, end, sort in places:
        if sort == _scan.NUMBER:
            proven = [*ip4s(text, start, end), *cards(text, start, end)]
            yield from proven or phones(text, start, end, region)
        else:
            found = {_scan.AT: email, _scan.IP6: ip6, _scan.IBAN: iban}[sort](text, start)
            if found:
                yield found


def _apart(values: Iterable[Value]) -> Iterator[Value]:
    """The values in order without those that overlap one of a higher rank, or an earlier one of the same."""
    last: Value | None = None
    for value in sorted(values, key=lambda v: (v.start, -v.end)):
        if last is not None and value.start < last.end:
            if _RANK[value.kind] < _RANK[last.kind]:
                last = value
            continue
        if last is not None:
            yield last
        last = value
    if last is not None:
        yield last


def _decide(
    text: str, values: Iterable[Value], plan: Mapping[str, tuple[Policy, str]], organisations_stay: bool
) -> Iterator[Edit]:
    """The edits of the values of one text. `plan` holds policy and placeholder of each kind."""
    for value in values:
        if value.organisation and organisations_stay:
            continue
        if any(_overlaps(text, value, placeholder) for _, placeholder in plan.values()):
            continue
        policy, placeholder = plan[value.kind]
        after = {"keep": text[value.start : value.end], "mask": placeholder, "drop": ""}[policy]
        yield Edit(value.start, value.end, after, value.kind, evidence=value.note)


def _overlaps(text: str, value: Value, placeholder: str) -> bool:
    """Whether a placeholder stands in the text where the value does, or in part."""
    reach = len(placeholder) - 1
    return text.find(placeholder, max(0, value.start - reach), value.end + reach) >= 0


def _whole(text: str) -> str:
    """The text with a replacement character for each lone surrogate, which Arrow does not take."""
    return text if text.isascii() else re.sub(r"[\ud800-\udfff]", "\ufffd", text)
