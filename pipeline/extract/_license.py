"""Creative Commons licences by their SPDX ids: out of an address, out of the name as people write it.

The ids are those of the SPDX licence list (https://spdx.org/licenses/), the names those of the official translations of
the deeds. A licence without its version has no id and is not guessed.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_KIND = r"by(?:[\s/‐-–−-]n[cd]|[\s/‐-–−-]sa){0,2}"
_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licen[sc]es/(?:(by(?:-n[cd]|-sa){0,2}|sa)/(\d\.\d)(?:/([a-z]{2,3})(?=[/.?#]|$))?|(publicdomain)\b)"
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
# A name may say in the end for which country it is.
_PLACES = {
    "at": "at|austria|österreich",
    "au": "au|australia",
    "de": "de|germany|deutschland",
    "fr": "fr|france",
    "igo": "igo|intergovernmental",
    "jp": "jp|japan|日本",
    "nl": "nl|netherlands|nederland",
    "uk": "uk|united kingdom|england",
    "us": "us|usa|united states",
}
_PLACE = rf"(?:[\s(/,‐-–−-]{{0,3}}\b({'|'.join(_PLACES.values())})\b)?"
_SHORT = re.compile(
    r"(?<![a-z0-9])CC[\s-]?(?:(0)(?:[\s-]1\.0)?(?![0-9.,]\d|\w)|(PDM)[\s-]1\.0"
    rf"|[\s‐-–−-]?({_KIND})[\s/‐-–−-]{{1,3}}(?:version\s|v\.?\s?)?(\d\.\d)(?!\d){_PLACE})",
    re.IGNORECASE,
)
# The name of the organisation, and how its first condition is called, by language.
_COMMONS = r"creative[\s-]?commons|知[识識]共享|[创創]作共用|創用\s?cc|クリエイティブ[\s・]?コモンズ|크리에이티브\s?커먼즈|المشاع الإبداعي"
_BY = (
    r"attribution|namensnennung|paternité|atribución|reconocimiento|attribuzione|atribuição|naamsvermelding|uznanie autorstwa"
    r"|erkännande|navngivelse|nimeä|uveďte|atribuire|atıf|указани\w+ авторства|атрибуция|зазначення\w* авторства|reconeixement"
    r"|atribusi|ghi công|αναφορά|表示|署名|姓名標示|저작자\s?표시|نسب المصنف|نَسب المُصنَّف"
)
_LONG = re.compile(
    rf"(?:{_COMMONS})[^.;\n]{{0,30}}?(?:(cc0|zero)|({_BY})([^.;(（\n]{{0,90}}?))\s?(?:[(（]CC[^)）]{{0,30}}[)）]\s*)?(\d\.\d)(?!\d)"
    rf"(?:\s(?:international|unported|generic|internacional|internazionale))?{_PLACE}",
    re.IGNORECASE,
)
_MARK = re.compile(r"public domain mark(?: \(pdm\))? 1\.0", re.IGNORECASE)
_NC = re.compile(
    r"non[\s-]?commercial|nicht[\s-]?kommerziell|pas d.utilisation commerciale|no[\s-]?comercial|não[\s-]?comercial|non commerciale"
    r"|niet[\s-]?commercieel|niekomercyjne|icke[\s-]?kommersiell|ikke[\s-]?kommersiel|ei[\s-]?kaupallinen|komerčně|necomercial|ticari"
    r"|некоммерческ|некомерційн|non[\s-]?komersial|phi thương mại|μη εμπορική|非営利|非商[业業]|비영리|غير التجاري",
    re.IGNORECASE,
)
_ND = re.compile(
    r"no[\s-]?deriv|keine[\s-]?bearbeitung|pas de modification|sin[\s-]?(?:obra)?[\s-]?deriv|sem[\s-]?deriva|non opere derivate"
    r"|geen[\s-]?afgeleide|bez utworów zależnych|inga[\s-]?bearbetningar|ingen[\s-]?(?:bearbe|avled|afled)|ei[\s-]?(?:muutoksia|jälki)"
    r"|nezpracov|nezasahujte|fără|türetilemez|без производных|без похідних|tanpa[\s-]?turunan|không phái sinh|όχι παράγωγα"
    r"|改変禁止|禁止演[绎繹]|禁止改作|변경\s?금지|منع الاشتقاق",
    re.IGNORECASE,
)
_SA = re.compile(
    r"share[\s-]?alike|gleichen bedingungen|partage|compartir[\s-]?igual|compartilha|condividi|gelijk[\s-]?delen"
    r"|na tych samych warunkach|dela[\s-]?lika|del[\s-]?på[\s-]?samme|jaa[\s-]?samoin|zachovejte licenci|condiții identice"
    r"|aynı[\s-]?lisansla|benzer[\s-]?paylaş|сохранением условий|тех же условиях|тих самих умовах|berbagi[\s-]?serupa"
    r"|chia sẻ tương tự|παρόμοια διανομή|継承|相同方式(?:共享|分享)|동일\s?조건\s?변경\s?허락|الترخيص بالمثل",
    re.IGNORECASE,
)


def address_of(text: str, base: str | None) -> str | None:
    """The http(s) address that a text is, in full; one without a host belongs to `base`. None where it is none."""
    text = text.strip()
    if len(text) > 2000 or len(text.split()) != 1 or not text.lower().startswith(("http://", "https://", "/")):
        return None
    try:
        address = urljoin(base or "", text)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def from_address(address: str) -> str | None:
    """The SPDX id of the licence that an address of creativecommons.org stands for; None for any other address."""
    match = _ADDRESS.search(address[:500])
    if not match:
        return None
    kind, version, place, dedication, public = match.groups()
    if dedication:
        return "CC-PDDC"
    if public:
        return "CC0-1.0" if public.lower() == "zero" else "CC-PDM-1.0"
    return _spdx(kind, version, place)


def from_name(text: str) -> str | None:
    """The SPDX id of the licence that a text names with its version ("CC BY-SA 4.0", "Creative Commons
    Attribution-ShareAlike 3.0", the same in some 25 languages); None where it names none or no version."""
    if match := _SHORT.search(text):
        zero, mark, kind, version, place = match.groups()
        if zero or mark:
            return "CC0-1.0" if zero else "CC-PDM-1.0"
        return _spdx(kind, version, _code(place))
    if match := _LONG.search(text):
        zero, _, terms, version, place = match.groups()
        if zero:
            return "CC0-1.0"
        kind = "by" + "".join(
            f"-{part}" for part, name in (("nc", _NC), ("nd", _ND), ("sa", _SA)) if name.search(terms)
        )
        return _spdx(kind, version, _code(place))
    return "CC-PDM-1.0" if _MARK.search(text) else None


def from_id(text: str) -> str | None:
    """The SPDX id that a text is, in whatever case; None for any other text."""
    match = re.fullmatch(
        r"cc-(by(?:-n[cd]|-sa){0,2}|sa)-(\d\.\d)(?:-([a-z]{2,3}))?|(cc0-1\.0|cc-pdm-1\.0|cc-pddc)",
        text.strip(),
        re.IGNORECASE,
    )
    if not match:
        return None
    return match[4].upper() if match[4] else _spdx(match[1], match[2], match[3])


def _code(place: str | None) -> str | None:
    small = (place or "").lower()
    return next((code for code, names in _PLACES.items() if small in names.split("|")), None)


def _spdx(kind: str, version: str, place: str | None) -> str | None:
    """The id of a licence with these conditions, in whatever order they were named; None where there is none."""
    terms = set(re.split(r"[\s/‐-–−-]", kind.upper()))
    if version not in _VERSIONS or {"ND", "SA"} <= terms or ("BY" not in terms and version != "1.0"):
        return None
    name = "-".join([*(term for term in ("BY", "NC", "ND", "SA") if term in terms), version])
    ported = f"{name}-{place.upper()}" if place else ""
    return "CC-" + (ported if ported in _PORTED else name)
