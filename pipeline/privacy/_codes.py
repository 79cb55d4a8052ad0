"""Values that prove themselves: IP addresses, IBANs and card numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from pipeline.privacy._value import Value, in_address, line_of, words_before

_IP4 = re.compile(r"(?<!\w)(?<!\w\.)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)", re.ASCII)
_IP6 = re.compile(r"[0-9A-Fa-f:]{6,45}")
# Words before four numbers that are the number of a version, a section or a rule.
_VERSION = re.compile(
    r"(?:\b(?:v|ver|vers|version\w*|versión|versão|release|rel|build|firmware|driver|kernel|update\w*|patch|rev|revision"
    r"|section|sec|chapter|clause|table|figure|fig|abschnitt|kapitel|ziffer|nr|no|punkt|pkt|art|article|para|OID)"
    r"|верси\w+|раздел|пункт|版本|バージョン|§)[\s.:#(]*(?:\w{1,12}[\s.:#(]*)?\Z",
    re.I,
)
_VERSION_STUCK = re.compile(r"(?:\bv|ver|version|release)[/ .:_-]?\Z", re.I)
_IP_WORD = re.compile(
    r"\b(?:ip|ips|ipv4|address\w*|adress\w*|host|server|dns|ping|from|router|gateway|proxy|nameserver)\b", re.I
)

# Length of an IBAN per country (SWIFT, IBAN Registry, release 99, December 2024).
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_IBAN_SIGNS = re.compile(r"(?:[ \u00a0\u202f-]?[A-Z0-9]){13,32}")

# Issuer, first digits (as bounds of the first six), lengths (ISO/IEC 7812 ranges as the networks publish them). Visa's
# old 13 digits are left out: article codes (EAN) look the same.
_ISSUERS = (
    ("Visa", 400000, 499999, (16, 19)),
    ("Mastercard", 510000, 559999, (16,)),
    ("Mastercard", 222100, 272099, (16,)),
    ("American Express", 340000, 349999, (15,)),
    ("American Express", 370000, 379999, (15,)),
    ("Discover", 601100, 601199, (16, 19)),
    ("Discover", 644000, 659999, (16, 19)),
    ("JCB", 352800, 358999, (16, 19)),
    ("Diners Club", 300000, 305999, (14,)),
    ("Diners Club", 360000, 369999, (14,)),
    ("Diners Club", 380000, 399999, (14, 16)),
    ("UnionPay", 620000, 629999, (16, 19)),
    ("Maestro", 501800, 501899, (16,)),
    ("Maestro", 676100, 676399, (16,)),
    ("Mir", 220000, 220499, (16,)),
)  # fmt: skip
# How cards print their digits: in fours, or 4-6-5 and 4-6-4; or in one.
_CARD = re.compile(
    r"\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ \u00a0-])\d{6}\2\d{4,5}|\d{14,16}|\d{19}", re.ASCII
)
# A card number that is a part of something longer; the month that it is good until may follow.
_STUCK_BEFORE = re.compile(r"(?:[^\W_]|[_/.+=#]|\d[ \u00a0]|[^\W_]-)\Z")
_STUCK_AFTER = re.compile(r"\w|[ \u00a0-]\d{3}")
_CARD_WORD = re.compile(
    r"\b(?:cards?|visa|amex|american express|master\s?card|maestro|diners|discover|jcb|unionpay|karte|kreditkarte|carte|tarjeta"
    r"|cart[ãa]o|carta|kort|kortti|karta|kart[ıi]|карт\w*|kaart|kártya|cc)\b|卡|カード|카드|بطاقة|כרטיס",
    re.I,
)  # fmt: skip
_OTHER_NUMBER = re.compile(
    r"(?:isbn|issn|ean|gtin|upc|imei|iccid|serial|id|ids|doi|order|tracking|ref\w*)\b\W*\Z", re.I
)


def ip4s(text: str, start: int, end: int) -> Iterator[Value]:
    """The public IPv4 addresses in a run of digits and marks.

    Versions and sections look the same, but most of their numbers are small: such a one is an address only where a word
    or a private address on its line says so.
    """
    for found in _IP4.finditer(text, start, end + 2):
        try:
            address = IPv4Address(found.group())
        except ValueError:
            continue
        if not is_public(address):
            continue
        words = words_before(text, found.start())
        if _VERSION.search(words) or _VERSION_STUCK.search(text, max(0, found.start() - 12), found.start()):
            continue
        small = sum(part < 10 for part in address.packed)
        told = _IP_WORD.search(words) or "192.168." in line_of(text, found.start())
        if (max(address.packed) < 32 or small > (address.packed[0] >= 32)) and not told:
            continue
        yield Value(found.start(), found.end(), "ip", note="v4")


def ip6(text: str, start: int) -> Value | None:
    """The global IPv6 address that begins at `start`."""
    found = _IP6.match(text, start)
    if found is None or (start and (text[start - 1].isalnum() or text[start - 1] in ":.")):
        return None
    shown = found.group().rstrip(":") if not found.group().endswith("::") else found.group()
    end = start + len(shown)
    try:
        address = IPv6Address(shown)
    except ValueError:
        return None
    if not is_public(address) or text[end : end + 1].isalnum():
        return None
    return Value(start, end, "ip", note="v6")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, and of one machine (IANA special-purpose registries)."""
    return address.is_global and not address.is_multicast


def normal_ip(value: str) -> str:
    return str(ip_address(value))


def iban(text: str, start: int) -> Value | None:
    """The IBAN (ISO 13616) whose two check digits begin at `start`: right length for its country, remainder 1 of 97."""
    country = text[start - 2 : start]
    size = _IBAN_LENGTH.get(country)
    run = _IBAN_SIGNS.match(text, start)
    if size is None or run is None or text[start - 3 : start - 2].isalnum():
        return None
    signs, end = country, start
    for at, sign in enumerate(run.group(), start):
        if sign.isalnum():
            signs += sign
            end = at + 1
            if len(signs) == size:
                break
    if len(signs) < size or text[end : end + 1].isalnum():
        return None
    if int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 != 1:
        return None
    return Value(start - 2, end, "iban", note=country)


def cards(text: str, start: int, end: int) -> Iterator[Value]:
    """The payment card numbers in a run of digits and marks: printed as cards are, of a known issuer, and with the right
    check digit (Luhn, ISO/IEC 7812). Digits in one piece count where nothing says that they are another number."""
    for found in _CARD.finditer(text, start, end):
        a, b = found.span()
        if _STUCK_BEFORE.search(text, max(0, a - 2), a) or _STUCK_AFTER.match(text, b):
            continue
        digits = re.sub(r"\D", "", found.group())
        issuer = next(
            (name for name, low, high, sizes in _ISSUERS if low <= int(digits[:6]) <= high and len(digits) in sizes),
            None,
        )
        if issuer is None or not _luhn(digits):
            continue
        if digits == found.group():
            words = words_before(text, a)
            if in_address(text, a) or _OTHER_NUMBER.search(words):
                continue
            if len(digits) not in (15, 16) and not _CARD_WORD.search(words):
                continue
        yield Value(a, b, "card", note=issuer)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        n = int(digit) * (1 + place % 2)
        total += n - 9 * (n > 9)
    return total % 10 == 0
