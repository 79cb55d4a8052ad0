"""Creative Commons licences by their SPDX ids: out of an address, out of the name as people write it."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)/(\d\.\d)(?:/([a-z]{2,3})(?=[/.?#]|$))?"
    r"|publicdomain/(zero|mark)/1\.0)",
    re.IGNORECASE,
)
# Ported licences that have an id of their own in the SPDX list; the others go by the unported one.
_PORTED = frozenset(
    [
        "BY-2.5-AU",
        "BY-3.0-AT",
        "BY-3.0-AU",
        "BY-3.0-DE",
        "BY-3.0-IGO",
        "BY-3.0-NL",
        "BY-3.0-US",
        "BY-NC-3.0-DE",
        "BY-NC-ND-3.0-DE",
        "BY-NC-ND-3.0-IGO",
        "BY-NC-SA-2.0-DE",
        "BY-NC-SA-2.0-FR",
        "BY-NC-SA-2.0-UK",
        "BY-NC-SA-3.0-DE",
        "BY-NC-SA-3.0-IGO",
        "BY-ND-3.0-DE",
        "BY-SA-2.0-UK",
        "BY-SA-2.1-JP",
        "BY-SA-3.0-AT",
        "BY-SA-3.0-DE",
        "BY-SA-3.0-IGO",
    ]
)
_VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
_SHORT = re.compile(
    r"\bCC[\s-]?0(?:[\s-](?:1\.0))?\b|\bCC[\s-](BY(?:[\s-]NC)?(?:[\s-](?:ND|SA))?)[\s-](?:version\s|v\.?\s?)?(\d\.\d)\b",
    re.IGNORECASE,
)
_LONG = re.compile(
    r"Creative\s+Commons\s*[:,]?\s+(CC0|Attribution|Namensnennung|Paternité|Atribución|Reconocimiento|Attribuzione|Atribuição)"
    r"([^.;(]{0,90}?)(?:\(CC[^)]{0,30}\)\s*)?(\d\.\d)",
    re.IGNORECASE,
)
_NC = re.compile(r"non[\s-]?commercial|nicht[\s-]?kommerziell|pas d.utilisation commerciale|no[\s-]?comercial|não[\s-]?comercial|non commerciale", re.IGNORECASE)  # fmt: skip
_ND = re.compile(r"no[\s-]?deriv|keine[\s-]?bearbeitung|pas de modification|sin[\s-]?(?:obra)?[\s-]?deriv|sem[\s-]?deriva|non opere derivate", re.IGNORECASE)  # fmt: skip
_SA = re.compile(r"share[\s-]?alike|gleichen bedingungen|partage|compartir[\s-]?igual|compartilha|condividi", re.IGNORECASE)  # fmt: skip


def from_address(address: str) -> str | None:
    """The SPDX id of the licence that an address of creativecommons.org stands for; None for any other address."""
    match = _ADDRESS.search(address[:500])
    if not match:
        return None
    kind, version, place, public = match.groups()
    if public:
        return "CC0-1.0" if public.lower() == "zero" else "CC-PDM-1.0"
    return _spdx(kind, version, place)


def from_name(text: str) -> str | None:
    """The SPDX id of the licence that a text names with its version ("CC BY-SA 4.0", "Creative Commons
    Attribution-ShareAlike 3.0"); None where it names none or no version."""
    if match := _SHORT.search(text):
        return _spdx(re.sub(r"\s", "-", match[1]), match[2], None) if match[1] else "CC0-1.0"
    if match := _LONG.search(text):
        if match[1].upper() == "CC0":
            return "CC0-1.0"
        terms = match[2]
        kind = "BY" + ("-NC" if _NC.search(terms) else "")
        kind += "-ND" if _ND.search(terms) else "-SA" if _SA.search(terms) else ""
        return _spdx(kind, match[3], None)
    return None


def _spdx(kind: str, version: str, place: str | None) -> str | None:
    if version not in _VERSIONS:
        return None
    name = f"{kind.upper()}-{version}"
    ported = f"{name}-{place.upper()}" if place else ""
    return "CC-" + (ported if ported in _PORTED else name)
