"""Who a page is: its id, and the site it is on."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit


def page_id(source: str, record: str | None) -> str:
    """The id of a page: 128 bits of SHA-256 over source and record, in hex."""
    name = source if record is None else f"{source}\0{record}"
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _suffixes() -> Any:
    import tldextract

    # The list inside the wheel: nothing is fetched, and the same wheel gives the same sites.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def _site_of_host(host: str) -> str | None:
    parts = _suffixes().extract_str(host)
    if parts.domain and parts.suffix:
        return f"{parts.domain}.{parts.suffix}"
    labels = host.split(".")
    return host if host.replace(".", "").isdigit() or ":" in host else ".".join(labels[-2:])


def site_of(url: str | None) -> str | None:
    """The registrable domain of an address (Public Suffix List), the host where there is none, None without one."""
    if not url:
        return None
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").strip(".")
    except ValueError:
        return None
    return _site_of_host(host) if host and not host.isspace() else None
