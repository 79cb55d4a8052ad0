"""E-mail addresses, also those whose at sign is written as a word in brackets."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pipeline.privacy._value import Value

# Local parts before a domain of ASCII have Latin letters: texts of other scripts often leave no space before them.
_LATIN = "A-Za-z0-9\u00c0-\u024f"
_LOCAL = re.compile(rf"[{_LATIN}_](?:[{_LATIN}.!%&'*+_-]{{0,62}}[{_LATIN}_+-])?\Z")
_LOCAL_OF_ANY_SCRIPT = re.compile(r"\w(?:[\w.!%&'*+-]{0,62}[\w+-])?\Z")
_AT = re.compile(r"@|[\[({][ \u00a0]?[aä]t[ \u00a0]?[\])}][ \u00a0]?", re.I)
_DOT = re.compile(r"\.|[ \u00a0]?[\[({][ \u00a0]?(?:dot|punkt|point|punto|ponto|точка)[ \u00a0]?[\])}][ \u00a0]?", re.I)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,8}}")
_DOMAIN_IN_WORDS = re.compile(rf"{_LABEL}(?:(?:{_DOT.pattern}){_LABEL}){{1,8}}", re.I)
_ASCII = re.compile(r"[\x00-\x7f]+")
# A last label with the next word stuck to it, as in "site.comTel".
_STUCK = re.compile(r"[a-z]{2,}(?=[A-Z0-9])")
# A login in a web address: "https://name:word@site".
_LOGIN = re.compile(r"://[^\s/?#]*\Z")
_REACH = 66

# Domains that stand for any domain (RFC 2606).
_DOCUMENTATION = re.compile(r"(?:.*\.)?example\.(?:com|net|org)")

# Small words between those of a desk, and the few that stand for a place.
_BETWEEN = re.compile(
    r"a|an|and|at|da|das|de|der|des|di|do|e|el|en|et|for|fur|in|la|le|les|my|no|o|of|our|s|the|to|und|us|uk|eu|u|y"
)
# Words of desks that no person is called, also inside longer ones ("lokalredaktion").
_DESK_STEM = re.compile(
    r"redak[ct]|redac[ct]|redaz|r[eé]daction|newsroom|newsdesk|presse(?:stelle|amt|büro|referat|team)|pressoffice|kunden?serv|customer|"
    r"webmaster|postmaster|subscri|advertis|marketing|help-?desk|no-?reply|donotreply|servicedesk|sekretariat|secretar|enquir|"
    r"datenschutz|dataprotection|privacy|abonn|reserv[ai]|ticket|newsletter|feedback|^info|info$|^kontakt|^contact|^support"
)
_PARTS = re.compile(r"[._+&%'*!-]+")


@cache
def _top_domains() -> frozenset[str]:
    """The last labels of the Public Suffix List inside the wheel of tldextract, and `example`."""
    import tldextract

    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None).tlds
    return frozenset(suffix.rpartition(".")[2] for suffix in suffixes) | {"example"}


@cache
def _desks() -> frozenset[str]:
    lines = Path(__file__).with_name("desks.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def email(text: str, at: int) -> Value | None:
    """The e-mail address whose at sign, or the bracket around one in words, is at this code point.

    Addresses as people use them of those that RFC 5321 and 6531 allow: no quoted local parts, no address literals. The
    last label must be in the Public Suffix List.
    """
    sign = _AT.match(text, at)
    if sign is None:
        return None
    spoken = text[at] != "@"
    shown = (_DOMAIN_IN_WORDS if spoken else _DOMAIN).match(text, sign.end(), sign.end() + 255)
    host = _up_to_top_domain(shown.group()) if shown else ""
    domain = _DOT.sub(".", host).lower()
    if not domain or _DOCUMENTATION.fullmatch(domain):
        return None
    before = text[max(0, at - _REACH) : at]
    if spoken:
        before = before.removesuffix(" ")
    local = (_LOCAL if domain.isascii() else _LOCAL_OF_ANY_SCRIPT).search(before)
    if local is None or ".." in local.group():
        return None
    # "@name@site" is an account of a network.
    if before[: local.start()].endswith("@") or _LOGIN.search(before):
        return None
    if len(set(local.group() + domain.replace(".", ""))) == 1:
        return None  # xxx@xxx.xxx
    start = max(0, at - _REACH) + local.start()
    return Value(start, sign.end() + len(host), "email", _is_desk(local.group()))


def normal_email(value: str) -> str:
    """An address as it is compared: in lower case, with an at sign and dots."""
    local, _, host = _AT.sub("@", value, count=1).partition("@")
    return f"{local.strip()}@{_DOT.sub('.', host)}".lower()


def _up_to_top_domain(shown: str) -> str:
    """What of a run of labels is a domain: up to the last label that is a top domain; "" where none is."""
    ascii_ = _ASCII.match(shown)
    for run in (shown, ascii_.group() if ascii_ else ""):
        end = len(run)
        for dot in reversed(list(_DOT.finditer(run))):
            label = run[dot.end() : end]
            stuck = _STUCK.match(label)
            for top in (label, stuck.group() if stuck else ""):
                if top.lower() in _top_domains() or top.lower().startswith("xn--"):
                    return run[: dot.end() + len(top)]
            end = dot.start()
    return ""


def _is_desk(local: str) -> bool:
    """Whether a local part names a desk: every part of it does, or it holds a word that no person is called."""
    if _DESK_STEM.search(local.lower()):
        return True
    parts = [part for part in (part.strip("0123456789") for part in _PARTS.split(local.lower())) if part]
    return any(part in _desks() for part in parts) and all(
        part in _desks() or _BETWEEN.fullmatch(part) for part in parts
    )
