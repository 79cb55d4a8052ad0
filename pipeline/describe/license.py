"""Step describe.license."""

from __future__ import annotations

import re
from typing import Any

from pipeline.describe._caseless import caseless
from pipeline.extract._license import from_address, from_name
from pipeline.step import Case, Page, Params, step

_NAMED = re.compile(r"creative\s?commons|\bCC[\s-]?(?:BY|0)\b", re.IGNORECASE)
_CC = re.compile(r"cc[\s-]?(?:by|0)")
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
    r"|この(?:作品|記事|ページ|サイト|文書)[^。]{0,40}(?:ライセンス|提供)|이 (?:저작물|글|문서|페이지)[^.]{0,40}(?:라이선스|이용)"
    r"|(?:эт[ао]т? (?:текст|статья|произведение|сайт|материал)|содержимое|материалы сайта|если не указано иное)[^.]{0,80}лицензи"
    r"|(?:ten (?:artykuł|utwór|tekst)|treść|o ile nie zaznaczono)[^.]{0,80}licencj"
    r"|(?:bu (?:eser|yazı|makale|sayfa|site)|aksi belirtilmedikçe)[^.]{0,80}lisans"
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


@step("describe.license", version=1)
def license(page: Page, params: Params) -> dict[str, Any]:  # noqa: A001  (the name of the column)
    """The Creative Commons licence that the page states for itself, as SPDX id; a licence of a picture does not count,
    nor one that is only talked about. Two that differ cancel each other out."""
    given = page.meta.get("license")
    if isinstance(given, str) and (known := from_address(given) or from_name(given) or _spdx_id(given)):
        return {"license": known}
    small = caseless(page.text)
    if "commons" not in small and not _CC.search(small):  # much quicker than the whole pattern
        return {}
    found: dict[str, None] = {}
    for line in page.lines:
        if len(line) <= _LONGEST and _NAMED.search(line) and _STATED.search(line) and not _OTHER.search(line):
            name = from_address(line) or from_name(line)
            if name:
                found[name] = None
    return {"license": next(iter(found))} if len(found) == 1 else {}


_ID = re.compile(r"CC-BY(?:-NC)?(?:-ND|-SA)?-\d\.\d(?:-[A-Z]{2,3})?|CC0-1\.0|CC-PDM-1\.0")


def _spdx_id(text: str) -> str | None:
    return text if _ID.fullmatch(text) else None


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
    Case("Photo: Mara Ellison, this image is licensed under CC BY 2.0", {}, note="a picture's"),
    Case("The ministry recommends that museums put their catalogues under CC BY 4.0.", {}, note="talked about"),
    Case("This work is licensed under a Creative Commons licence.", {}, note="no version, so no id"),
    Case("", {}),
]
