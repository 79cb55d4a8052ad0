"""Captions of pictures and the credits of those who made them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._layout import shared
from pipeline.clean._notes import PROSE_WORDS, Within, is_quoted, key, keys, prose
from pipeline.clean._scan import both, contains, either, shape
from pipeline.clean._vocabulary import any_of, phrases
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "caption"
_CREDIT = any_of(phrases("captions", "credit"))
_CREDITS = Within("captions", "credit")
_ALONE = frozenset(phrase for phrase in keys("captions", "alone") if _CREDITS.find(phrase))
_POSITION = Within("captions", "position")
# A name or an agency: a few words, no sentence of its own.
_NAME = r"[^\s.:：。!?！？][^.:：。!?！？|\n]{0,30}(?:\.[^.:：。!?！？|\n]{0,30}){0,3}"
# "Photo: Name", "Foto Name/Agency", "[Photo by Name]" as the whole line.
_WHOLE = re.compile(
    rf"^[\s(\[（【〔▲△▼◆■]*{_CREDIT}\s?(?:[:：=＝/／|©]|by\s|credit\s|(?<=\bfot\.)\s|(?<=\bzdj\.)\s)\s*(?P<name>\S.{{0,100}})$",
    re.IGNORECASE,
)
# A caption, then the credit: behind a full stop, in brackets, behind a dash or a slash.
_TAIL = re.compile(
    rf"(?:[.。!?！？…”\"»」)）|]\s*|[(\[（【〔]\s*|\s[–—/|-]\s?|[/／＝]\s*|\s{{2,}})(?P<credit>{_CREDIT})"
    rf"(?:\s?[:：=＝/／©]\s?|(?<=\bfot\.)\s|(?<=\bzdj\.)\s|\s(?:by|courtesy|credit|von|de|di|par|van|av|af|por|da|do|del|od|z|из|з)\s)\s*"
    rf"(?P<name>{_NAME})[\s)\]）】〕.]*$",
    re.IGNORECASE,
)
# The same without a colon, in brackets: "(foto Rossi)".
_TAIL_BARE = re.compile(
    rf"[(\[（【〔]\s*(?P<credit>{_CREDIT})\s+(?P<name>[^\s.:：。,(（]{{1,24}}(?:\s[^\s.:：。,(（]{{1,24}}){{0,4}})"
    r"[\s)\]）】〕.]*$",
    re.IGNORECASE,
)
# A colon without the stop before it, in scripts that end a caption with a mere space: "… ใต้ต้นไม้ ภาพ: ข่าวทุ่ง".
_TAIL_SPACE = re.compile(rf"\s{_CREDIT}\s?[:：]\s?{_NAME}[\s)\]）】〕.]*$", re.IGNORECASE)
# Chinese and Japanese: the name stands before the word, or the place behind "＝". Korean: name and desk behind a slash.
_CJK = re.compile(
    r"(?:[\u3400-\u9fff·・]{2,10}\s?[)）]?\s?(?:摄|攝|攝影|摄影|供图|供圖|撮影|提供|制图|製圖)(?:影报道)?\s*[)）】\]]?\s*$)"
    r"|(?:^\s*[(（【\[]?\s*(?:图|圖|文|图文|攝影|摄影)\s?[／/|]\s?\S{2,20}[)）】\]]?\s*$)"
    r"|(?:^\s*(?:图为|圖為|上图为|下图为|图①|资料图[:：，])[^。]{2,80}。?(?:\s*[（(][^（()）]{2,24}[)）])?\s*$)"
    r"|(?:[^\s=＝]＝[^＝。]{1,24}(?:で|にて|提供|撮影|写す|写真)(?:[、，][^。]{1,24})?\s*$)"
    r"|(?:\.\s?/\s?[가-힣]{2,4}\s?(?:객원)?(?:기자|특파원|작가)\s*$)"
    r"|(?:(?:사진|그래픽|이미지|자료|영상)\s?(?:제공)?\s?[=ㅣ|/]\s?\S.{0,40}$)"
)
# A name and an agency in capitals, nothing else: "LIN QIAO/PACIFIC LEDGER".
_CAPITALS = re.compile(r"^[A-Z][A-Z.'’-]*(?:\s[A-Z][A-Z.'’-]*){1,3}\s?/\s?[A-Z][A-Z.&'’-]*(?:\s[A-Z][A-Z.&'’-]*){0,4}$")
# An agency in capitals and a name: "… this Monday. EFE/Juan Pérez", "(ANTARA/Budi)".
_AGENCY = re.compile(r"(?:[.)]\s|\()[A-Z]{2,10}\s?/\s?[A-Z][^\d/.()]{2,30}\)?\s*$")
_KOREAN = re.compile(r"^\[[가-힣A-Z\s·,]{2,24}(?:사진|제공|캡처|그래픽)\]$")
_BRACKETED = re.compile(
    r"^\s*\[(?:figure|image|photo|picture|screenshot|graphic|illustration|bild|foto|图|圖)\s?[:：].{1,160}\]\s*$",
    re.IGNORECASE,
)
# "… in his workshop. © Name", "… del Valle. B. I.": the maker behind the mark or as initials.
_MARK = re.compile(r"^(?!.*(?:19|20)\d\d).{12,200}[.\w)]\s*(?:[.]\s|\s[–—-]\s|\s)©\s?[^\d©]{2,50}$")
_INITIALS = re.compile(r"^.{20,220}\w[.]\s[A-ZÁÉÍÓÚÑÇ]\.\s?[A-ZÁÉÍÓÚÑÇ]\.\s*$")

# "The ferry on the quay, on Monday. IDA MARSH": one sentence, then a name in capitals.
_SIGNED = re.compile(
    r"^[^.!?…]{20,200}[.!?…»”\"]\s+(?P<name>(?:[A-ZÀ-ÖØ-ÞĀ-Ž][A-ZÀ-ÖØ-ÞĀ-Ž.'’-]*\s){1,3}[A-ZÀ-ÖØ-ÞĀ-Ž][A-ZÀ-ÖØ-ÞĀ-Ž'’-]{2,})\s*$"
)

_LAST_PART = re.compile(r"[.。!?！？…]\s+|[(（\[]")
# Chinese, Japanese and Korean credits without one of these words; agencies in capitals, the maker behind the mark or as
# initials.
_SHAPES = (
    r"＝|[图圖]为|图①|[攝圖製文]|/\s?[가-힣]|[가-힣]\s?[=ㅣ|/]"
    r"|(?-i:[A-Z.'’-]\s?/\s?[A-Z])|^\s*\[|©|(?-i:\s[A-ZÁÉÍÓÚÑÇ]\.\s?[A-ZÁÉÍÓÚÑÇ]\.\s*$)|(?-i:\p{Lu}[\p{Lu}'’-]{2,}\s*$)"
)
# A longer line is a paragraph.
_LONGEST = 500
# Words of the longest caption that is known by the places in its picture.
_POSITION_WORDS = 35
# A credit stands in so many characters at the end of a line.
_END = 110


class Captions(Params):
    """Parameters of `clean.captions`."""

    words: int = Field(
        60, description="Words of the longest caption; a longer line is a paragraph with a credit in it."
    )


@step(
    "clean.captions",
    version=1,
    params=Captions,
    gate=either(
        contains(phrases("captions", "credit"), _LONGEST),
        both(
            contains(phrases("captions", "position"), _LONGEST),
            lambda lines: ~lines.sentence & (lines.words <= _POSITION_WORDS),
        ),
        shape(_LONGEST, _SHAPES),
    ),
)
def captions(page: Page, params: Captions) -> Iterator[Edit]:
    """Takes out captions of pictures, known by the credit that they end or begin with, and credits on lines of their own.

    A line without a credit or a bracketed place in the picture is never a caption for this step, and the only text of a page stays.
    """
    known = shared(page, "captions")
    for i in page.hits:
        line, words = page.lines[i], page.words[i]
        if page.labels[i] or words > params.words or len(line) > _LONGEST or is_quoted(line):
            continue
        if line not in known:
            known[line] = _credit(line.strip(), words, page.sentence[i])
        found = known[line]
        if not found and 6 <= words <= 30 and (signed := _SIGNED.match(line.strip())) and _goes_on(page, i):
            found = f"credit: {signed['name']}"
        if found and not (words >= PROSE_WORDS and _is_all_text(page, i)):
            yield page.drop(i, LABEL, found)


def _is_all_text(page: Page, i: int) -> bool:
    """Whether the page has no other line of running text: on a page of pictures the caption is the text."""
    return set(prose(page)) <= {i}


def _goes_on(page: Page, i: int) -> bool:
    """Whether two sentences or more stand below: in the last line of a text a name in capitals is its sign-off."""
    below = [j for j in page.filled[bisect_left(page.filled, i + 1) :][:40] if page.sentence[j] and page.words[j] > 5]
    return len(below) > 1 and not any(page.lines[i][:40] == page.lines[j][:40] for j in below)


def _credit(line: str, words: int, sentence: bool) -> str:
    """What shows the line to be a caption, or ""."""
    if words <= 14 and key(line) in _ALONE:
        return "credit alone"
    if words <= 14 and _CREDITS.find(line[:40]) and (found := _WHOLE.match(line)) and _is_name(found["name"]):
        return "credit"
    end = line[-_END:]
    named = bool(_CREDITS.find(end))
    if named and (found := _TAIL.search(end) or _TAIL_BARE.search(end)) and len(found["name"].split()) <= 7:
        return f"credit: {found['credit']}"
    if named and key(_LAST_PART.split(end)[-1]) in _ALONE:
        return "credit alone"
    if not sentence and words <= 40 and named and _TAIL_SPACE.search(end):
        return "credit behind a space"
    if not line.isascii() and (not sentence or len(line) < 120) and _CJK.search(line):
        return "credit"
    if (line[0] == "[" and (_BRACKETED.match(line) or _KOREAN.match(line))) or (
        "/" in end and (_CAPITALS.match(line) or (words <= 40 and _AGENCY.search(end)))
    ):
        return "credit alone"
    if "©" in line and words <= 35 and not sentence and _MARK.match(line):
        return "©"
    if words <= 30 and _INITIALS.match(line) and line.count(". ") in (1, 2):
        return "initials"
    if 5 <= words <= _POSITION_WORDS and not sentence and _POSITION.find(line):
        return "place in the picture"
    return ""


def _is_name(text: str) -> bool:
    """Whether a text may be that of a maker: it begins with no number, and has a capital where there are capitals."""
    capital = text != text.lower() or not text.isascii()
    return capital and not re.match(r"[\d$€£]", text)


CASES = [
    Case("The crew on the quay. Photo: Ida Marsh\nThe boat is late.", "The boat is late."),
    Case("LENA ORTWIN/HARBOUR TIMES\nThe boat is late.", "The boat is late."),
    Case(
        "Crew members wave from the quay, Sept 2, 2025. [Photo by Ida Marsh/For Harbour Times]\n"
        "The boat is late, and nobody at the harbour office would say on Monday when it will come.",
        "The boat is late, and nobody at the harbour office would say on Monday when it will come.",
    ),
    Case(
        "Crew members wave to the last boat of the year from the quay, Sept 2, 2025. Photo: Ida Marsh",
        "Crew members wave to the last boat of the year from the quay, Sept 2, 2025. Photo: Ida Marsh",
        note="the only text of a page of pictures",
    ),
    Case(
        "The crew mends the nets on the quay. IDA MARSH\nThe boat is late, and it is cold.\nNobody knows when it will come.",
        "The boat is late, and it is cold.\nNobody knows when it will come.",
    ),
    Case(
        "The boat is late, and it is cold.\nNobody knows when it will come to the quay. HARBOUR TIMES",
        "The boat is late, and it is cold.\nNobody knows when it will come to the quay. HARBOUR TIMES",
        note="a sign-off behind the last sentence",
    ),
    Case("Die Mannschaft (l.) am Kai. Foto: I. Marsch\nDas Boot kommt spät.", "Das Boot kommt spät."),
    Case("工人在码头检修渔船。周立秋 摄\n船来晚了。", "船来晚了。"),
    Case("網を直す漁師＝小浜港で\n船が遅れた。", "船が遅れた。"),
    Case("선원이 그물을 고치고 있다. /한누리 기자\n배가 늦었다.", "배가 늦었다."),
    Case("Экипаж на причале. Фото: Инга Маршак\nЛодка опоздала.", "Лодка опоздала."),
    Case("البحارة على الرصيف (تصوير: سليم الدين)\nتأخر القارب.", "تأخر القارب."),
    Case("नाव घाट पर। फोटो: तट समाचार\nनाव देर से आई।", "नाव देर से आई।"),
    Case(
        "The photo was taken by a man whom nobody remembers.",
        "The photo was taken by a man whom nobody remembers.",
    ),
    Case(
        "She sold the photograph in 1936: nobody asked why.",
        "She sold the photograph in 1936: nobody asked why.",
    ),
    Case("Он достал фото из кармана и показал соседу.", "Он достал фото из кармана и показал соседу."),
]
