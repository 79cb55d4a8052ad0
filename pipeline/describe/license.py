"""Step describe.license."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.engine.columns import matches
from pipeline.extract._license import address_of, from_address, from_id, from_name
from pipeline.step import Case, Page, Params, step

_NAMED = re.compile(
    r"creative[\s-]?commons|\bCC[\s-]?(?:BY|0|PDM)\b|知[识識]共享|[创創]作共用|創用\s?CC|コモンズ|커먼즈|المشاع الإبداعي|public domain mark",
    re.IGNORECASE,
)
# What a page that names a licence has somewhere: much quicker to look for than the patterns, and most pages have none of it.
_HINT = (
    r"(?-i:CC.?(?:BY|by|0|PDM)|cc.?(?:by|0|pdm)|ommons|OMMONS|aived all copyright|omain [mM]ark)"
    "|共享|作共用|創用|コモンズ|커먼즈|المشاع"
)
# The words of the CC0 deed, of which there is one version.
_WAIVED = re.compile(
    r"to the extent possible under law\b[^\n]{0,200}\bwaived all copyright and related or neighbou?ring rights\b",
    re.IGNORECASE,
)
# What says that the page itself stands under a licence, not that one is talked about.
_STATED = re.compile(
    r"\bth(?:is|e) (?:work|page|site|website|blog|article|post|text|story|content|book|document|publication|wiki|entire)\b[^.]{0,80}"
    r"\b(?:licen[sc]ed|available|published|released|distributed|shared|under)\b"
    r"|\b(?:all|our|original|text|content|contents|articles|material)\b(?: (?:on|of|in) (?:this|the|our) \w+)? (?:is|are) (?:\w+ )?"
    r"(?:licen[sc]ed|available|published|released)"
    r"|\b(?:except|unless|where) (?:where )?otherwise (?:noted|stated|specified|indicated)"
    r"|^\W*(?:text |content )?(?:licen[sc]ed under|licen[sc]e ?:|some rights reserved)"
    r"|\bdiese[rs]? (?:werk|text|artikel|beitrag|seite|inhalt|website|webseite|blog)\w*\b[^.]{0,60}\blizen|\b(?:inhalte?|texte?) (?:ist|sind|steht|stehen)\b"
    r"[^.]{0,60}\blizen|^\W*lizenz ?:"
    r"|\b(?:cet article|cette œuvre|cette page|ce texte|ce site|ce contenu|le contenu|les textes|sauf mention contraire)\b[^.]{0,80}\blicence"
    r"|\b(?:est[ea] (?:obra|texto|artículo|página|sitio|contenido|artigo|conteúdo|site)|salvo (?:que se )?indi\w+|exceto (?:quando|onde))\b[^.]{0,80}\blicen"
    r"|\bquest[oa'’] ?(?:opera|articolo|sito|testo|pagina)\b[^.]{0,80}\blicenza"
    r"|本(?:文|站|作品|页|網站|网站|页面|頁)[^。]{0,40}(?:许可|授权|協議|协议|授權|许可证)|(?:除(?:非|另)|若无)[^。]{0,20}(?:声明|聲明|注明|说明)"
    r"|この(?:作品|記事|ページ|サイト|文書)[^。]{0,40}(?:ライセンス|提供)|이 (?:저작물|글|문서|페이지)(?:[^.]|\.\d){0,60}(?:라이선스|이용)"
    r"|(?:эт[ао]т? (?:текст|статья|произведение|сайт|материал)|содержимое|материалы сайта|если не указано иное)[^.]{0,80}лицензи"
    r"|(?:ten (?:artykuł|utwór|tekst)|treść|o ile nie zaznaczono)[^.]{0,80}licencj"
    r"|(?:bu (?:eser|yazı|makale|sayfa|site)|aksi belirtilmedikçe)(?:[^.]|\.\d){0,80}lisans"
    r"|(?:karya|artikel|konten|situs) ini[^.]{0,80}lisensi"
    r"|(?:dit (?:werk|artikel|blog)|deze (?:pagina|site|tekst)|tenzij anders vermeld)[^.]{0,80}licentie",
    re.IGNORECASE,
)
# What such a line may speak of instead: a picture, a piece of music, a program.
_OTHER = re.compile(
    r"\b(?:photos?|photographs?|images?|pictures?|picture by|illustrations?|figures?|video|music|icons?|fonts?|maps?|software|source code|dataset"
    r"|via (?:flickr|wikimedia)|flickr|wikimedia commons|fotos?|bilde?r?|abbildung|grafik|imagen(?:es)?|imagem|crédit|immagin[ei])\b"
    r"|图片|圖片|照片|写真|画像|사진|이미지|фото|изображени|รูปภาพ",
    re.IGNORECASE,
)
_LONGEST = 600


@step("describe.license", version=2, batch=True)
def license(pages: Sequence[Page], params: Params) -> list[dict[str, Any]]:  # noqa: A001  (the name of the column)
    """The Creative Commons licence that the page states for itself, as SPDX id; a licence of a picture does not count,
    nor one that is only talked about. Two that differ cancel each other out.

    First what HTML or the row say, then the HTTP header Link with rel=license (RFC 8288), then the text. `license_url` is
    the address that goes with it; a licence of another kind has its address alone."""
    hinted = matches(pa.array([page.text for page in pages], pa.large_string()), _HINT)
    return [_describe(page, may_name_one) for page, may_name_one in zip(pages, hinted.tolist(), strict=True)]


def _describe(page: Page, may_name_one: bool) -> dict[str, Any]:
    given = list(_given(page))
    urls = [address for text in given if (address := address_of(text, page.url))]
    for text in given:
        if known := from_id(text) or from_address(text) or from_name(text):
            # The address that stands beside it may be that of other terms.
            fitting = (url for url in urls if from_address(url) == known)
            url = next(fitting, None)
            return {"license": known, "license_url": url} if url else {"license": known}
    found: dict[str, None] = {}
    if may_name_one:
        for line in page.lines:
            if name := _stated(line):
                found[name] = None
    if len(found) == 1:
        return {"license": next(iter(found))}
    return {"license_url": urls[0]} if urls else {}


def _stated(line: str) -> str | None:
    if len(line) > _LONGEST:
        return None
    if _WAIVED.search(line) and not _OTHER.search(line):
        return "CC0-1.0"
    if _NAMED.search(line) and _STATED.search(line) and not _OTHER.search(line):
        return from_address(line) or from_name(line)
    return None


def _given(page: Page) -> Iterator[str]:
    """What stands in the page's record of its licence."""
    meta = page.meta
    told = [meta.get(name) for name in ("license", "licence", "license_url", "rights")]
    http = meta.get("http")
    if isinstance(http, Mapping) and isinstance(http.get("link"), str):
        told += [match[1] for match in _LINK.finditer(http["link"]) if _REL.search(match[2])]
    for value in told:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield text


_LINK = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_REL = re.compile(r"""\brel\s*=\s*(?:"(?:[^"]*\s)?license(?:\s[^"]*)?"|license\b)""", re.IGNORECASE)


CASES = [
    Case("The ferry stays in harbour.\nThis work is licensed under CC BY-SA 4.0.", {"license": "CC-BY-SA-4.0"}),
    Case(
        "Fog all day.\nExcept where otherwise noted, text on this site is available under a Creative Commons"
        " Attribution-NonCommercial 3.0 Unported licence.",
        {"license": "CC-BY-NC-3.0"},
    ),
    Case(
        "Nebel über dem Hafen.\nDieser Text steht unter der Lizenz Creative Commons Namensnennung - Weitergabe unter gleichen"
        " Bedingungen 4.0 International.",
        {"license": "CC-BY-SA-4.0"},
    ),
    Case("大雾锁港。\n本文采用 CC BY-NC-SA 4.0 许可协议进行许可。", {"license": "CC-BY-NC-SA-4.0"}),
    Case("Туман.\nЭтот текст доступен по лицензии CC BY 4.0.", {"license": "CC-BY-4.0"}),
    Case("霧の港。\nこの作品はクリエイティブ・コモンズ 表示 - 継承 4.0 国際 ライセンスの下に提供されています。", {"license": "CC-BY-SA-4.0"}),
    Case("안개 낀 항구.\n이 저작물은 크리에이티브 커먼즈 저작자표시-비영리-변경금지 4.0 국제 라이선스에 따라 이용할 수 있습니다.", {"license": "CC-BY-NC-ND-4.0"}),
    Case("Mgła nad portem.\nTen artykuł jest dostępny na licencji Creative Commons Uznanie autorstwa – Na tych samych warunkach 4.0.",
         {"license": "CC-BY-SA-4.0"}),
    Case("Nebel.\nDieser Text steht unter der Lizenz CC BY-SA 3.0 DE.", {"license": "CC-BY-SA-3.0-DE"}, note="a ported licence"),
    Case("Fog.\nTo the extent possible under law, Mara Ellison has waived all copyright and related or neighboring rights to"
         " this work.", {"license": "CC0-1.0"}),
    Case("Photo: Mara Ellison, this image is licensed under CC BY 2.0", {}, note="a picture's"),
    Case("The ministry recommends that museums put their catalogues under CC BY 4.0.", {}, note="talked about"),
    Case("This work is licensed under a Creative Commons licence.", {}, note="no version, so no id"),
    Case("", {}),
]  # fmt: skip
