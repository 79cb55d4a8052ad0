"""Menus: 'News | Sport | Culture', one item per line, glued ('Global EditionASIA'), language switches, skip links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
from pydantic import Field

from pipeline.clean._layout import SHORT, body, per_line, shared, short
from pipeline.clean._scan import contains, either, marks_only, opens, opens_word, whole
from pipeline.clean._vocabulary import first_words, fold, keys
from pipeline.step import Case, Edit, Lines, Page, Params, step


class Navigation(Params):
    """Parameters of `clean.navigation`."""

    known: float = Field(0.4, description="Share of a bar's words that must be in the vocabulary of menus.")
    pieces: int = Field(5, description="Items from which a bar at the top of a page is a menu by its shape alone.")
    top: int = Field(12, description="Lines from the top of the page within which shape alone may decide.")
    run: int = Field(3, description="Lines of one item each that make a menu.")


_BARS = re.compile(r"\s*[|·•●◦｜\t]\s*|[\s\u3000]*\u3000[\s\u3000]*|\s{2,}|\s[-–—]\s")
# Without one of these no bar.
_BAR, _WIDE = re.compile(r"[|·•●◦｜\t\u3000–—-]"), re.compile(r"\s\s")
# Where words were glued when the tags between them were dropped.
_GLUE = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Za-z])(?=[一-鿿])|(?<=[一-鿿])(?=[A-Za-z])|(?<=[a-z])(?=[А-Я])")
_GLUED = re.compile(r"[a-zß-ÿ][A-Z]|[A-Za-z][一-鿿]|[一-鿿][A-Za-z]|[a-z][А-Я]")
_SHORT_HAN = re.compile(r"(?=[a-z]*[一-鿿])[一-鿿a-z]{2,6}")
# Links for screen readers, in the words of most templates.
_SKIP = re.compile(
    r"(?:skip|jump|go) (?:directly )?to (?:the )?(?:main |primary |page )?(?:content|navigation|menu|search|footer)|"
    r"(?:direkt )?zum (?:haupt)?inhalt(?:e)?(?: springen| wechseln)?|(?:direkt )?zur (?:haupt)?navigation(?: springen)?|"
    r"(?:aller|passer|accéder) (?:directement )?au (?:contenu|menu)(?: principal)?|"
    r"(?:ir|saltar|pasar|pular|avançar) (?:al|ao|a|para o) (?:contenido|conteúdo|menú?)(?: principal)?|"
    r"(?:vai|salta|passa) al contenuto(?: principale)?|(?:ga |spring |meteen )?naar (?:de )?(?:hoofd)?inhoud(?: gaan)?|"
    r"przejdź do (?:głównej )?treści|przejdź do menu|přejít k (?:hlavnímu )?obsahu|přejít na obsah|"
    r"içeriğe (?:atla|geç)|ana içeriğe (?:atla|geç)|перейти к (?:основному )?содержанию|перейти до (?:основного )?вмісту|"
    r"(?:hoppa|gå) till (?:huvud)?innehåll(?:et)?|gå til (?:hoved)?inn?hold(?:et)?|siirry (?:suoraan )?sisältöön|"
    r"μετάβαση στο (?:κύριο )?περιεχόμενο|sari la (?:conținut|conținutul principal)|ugrás a (?:fő )?tartalomra|"
    r"langsung ke (?:konten|isi)(?: utama)?|lewati ke konten|chuyển đến nội dung(?: chính)?|"
    r"본문(?:으로)? ?(?:바로가기|건너뛰기)|메뉴 ?바로가기|跳(?:到|至|转到|轉到)(?:主要)?(?:内容|內容|主內容|主内容).{0,4}|本文へ(?:スキップ|移動)?|"
    r"コンテンツ(?:へ|に)(?:スキップ|移動)|メインコンテンツ(?:へ|に)(?:スキップ|移動)|"
    r"انتقل إلى المحتوى(?: الرئيسي)?|تخطي إلى المحتوى|تجاوز إلى المحتوى|رفتن به محتوا(?:ی اصلی)?|דלג לתוכן|דילוג לתוכן|"
    r"मुख्य सामग्री पर जाएं?|ข้ามไปยังเนื้อหา(?:หลัก)?",
)
# How they begin.
_SKIP_WORDS = frozenset(
    [
        "skip",
        "jump",
        "go",
        "direkt",
        "zum",
        "zur",
        "aller",
        "passer",
        "accéder",
        "ir",
        "saltar",
        "pasar",
        "pular",
        "avançar",
        "vai",
        "salta",
        "passa",
        "ga",
        "spring",
        "meteen",
        "naar",
        "przejdź",
        "przejít",
        "içeriğe",
        "ana",
        "перейти",
        "hoppa",
        "gå",
        "siirry",
        "μετάβαση",
        "sari",
        "ugrás",
        "langsung",
        "lewati",
        "chuyển",
        "انتقل",
        "تخطي",
        "تجاوز",
        "رفتن",
        "דלג",
        "דילוג",
        "मुख्य",
    ]
)
_SKIP_GLUED = frozenset(["본문", "메뉴", "跳", "本文", "コンテンツ", "メインコンテンツ", "ข้ามไป"])
_LISTS = (
    "友情链接", "友情連結", "相關連結", "快速链接", "站点导航", "網站導航", "관련사이트", "패밀리사이트", "패밀리 사이트", "関連サイト",
    "グループサイト", "quick links", "useful links",
)  # fmt: skip
_START = re.compile(rf"(?:{'|'.join(_LISTS)})\s*[:：]", re.IGNORECASE)


@step("clean.navigation", version=1, params=Navigation)
def navigation(page: Page, p: Navigation) -> Iterator[Edit]:
    """Take out menus, language switches, skip links and links back to the top.

    Only what stands above the first or below the last paragraph is looked at: bars whose items are in the vocabulary,
    bars of many short items near the top, and runs of lines that are items of a menu.
    """
    first, last = body(page)
    words, sentence, labels, lines = page.words, page.sentence, page.labels, page.lines
    items, page_links = _items(), keys("nav", "page")
    told = per_line(page, "navigation", _tell)
    bars, bars_on_top = shared(page, "bars"), shared(page, "bars on top")
    found: set[int] = set()
    run: list[int] = []
    before = -1
    at = 0
    for i in short(page):
        if labels[i] or (told[i] & _EMPTY and not fold(lines[i])):
            continue
        at += 1
        may = told[i]
        if not may and at > p.top and not run:
            continue
        key = fold(lines[i]) if may & (_LINK | _ITEM) else ""
        if may & _LINK and (key in page_links or (at <= p.top and words[i] <= 9 and _SKIP.fullmatch(key))):
            found.add(i)
            yield page.drop(i, "nav", "link of the page itself")
            continue
        if first <= i <= last and first >= 0:
            # A message above the menu may be taken for the beginning of the body.
            if may and at <= p.top and not sentence[i] and words[i] > 2 and _menu(lines[i]):
                found.add(i)
                yield page.drop(i, "nav", "menu items")
            if run:
                yield from _close(page, run, p, found)
                run = []
            continue
        if may & _ITEM and key in items:
            if before >= 0 and run and i - before > 3:
                yield from _close(page, run, p, found)
                run = []
            run.append(i)
            before = i
            continue
        if sentence[i] or words[i] < (2 if at <= p.top else 3):
            continue
        line = lines[i]
        if may & _LIST and i > last and _START.match(line.strip()):
            found.add(i)
            yield page.drop(i, "nav", "list of links")
            continue
        top = i < first and at <= p.top
        if not may and not top:
            continue
        known = bars_on_top if top else bars
        if line not in known:
            known[line] = _bar(line.strip(), fold(line), top, p)
        why = known[line]
        if why:
            found.add(i)
            yield page.drop(i, "nav", why)
    yield from _close(page, run, p, found)
    if found:
        yield from _masthead(page, found, first)


def _bar(line: str, key: str, top: bool, p: Navigation) -> str:
    """Why a line is a bar of menu items, or ""."""
    items = _items()
    parts = _BARS.split(line) if _BAR.search(line) or _WIDE.search(line) else []
    pieces = [piece for piece in map(fold, parts) if piece] if len(parts) > 1 else []
    if len(pieces) == 2 and top and _BAR.search(line) and _is_section(pieces):
        return "section and subsection"
    if len(pieces) < 3:
        glued = [fold(piece) for piece in _GLUE.sub("\n", line).split("\n")] if top and _GLUED.search(line) else []
        if len(glued) >= 2 and sum(_known(g) for g in glued) >= max(2, 0.6 * len(glued)):
            return "glued menu items"
        tokens = key.split()
        if top and 5 <= len(tokens) <= 25 and all(_SHORT_HAN.fullmatch(token) for token in tokens):
            return "many short items at the top"
        if 3 <= len(tokens) <= 25 and _cover(tokens) >= max(3, 0.75 * len(tokens)):
            return "menu items side by side"
        return ""
    sizes = [len(piece.split()) for piece in pieces]
    if max(sizes) > 5 or sum(sizes) > 3.2 * len(sizes):
        return ""
    known = sum(piece in items for piece in pieces)
    # A row of a table has numbers in it, a menu hardly ever.
    figures = sum(any(c.isdigit() for c in piece) for piece in pieces)
    if figures > 1 and known < 0.6 * len(pieces):
        return ""
    if known >= max(2, p.known * len(pieces)):
        return "menu items"
    if top and not figures and len(pieces) >= p.pieces and sum(sizes) <= 2.4 * len(sizes) and ":" not in line:
        return "many short items at the top"
    return ""


def _is_section(pieces: list[str]) -> bool:
    """Whether two pieces are a section and its subsection: both short, one at least in the vocabulary, no number."""
    return (
        all(len(piece.split()) < 3 and not any(c.isdigit() for c in piece) for piece in pieces)
        and any(piece in _items() for piece in pieces)
        and all(_known(piece) or len(piece.split()) == 1 for piece in pieces)
    )


def _menu(line: str) -> bool:
    """Whether nearly all pieces of a line are items of a menu."""
    pieces = [piece for piece in map(fold, _BARS.split(line)) if piece]
    return len(pieces) >= 4 and sum(piece in _items() for piece in pieces) >= max(3, 0.6 * len(pieces))


def _known(piece: str) -> bool:
    return piece in _items() or all(word in _items() for word in piece.split() or [""])


def _cover(tokens: list[str]) -> int:
    """How many of the words are items of a menu, the longest items first."""
    items, at, known = _items(), 0, 0
    if sum(map(_item_words().__contains__, tokens)) < 3:
        return 0
    tokens = [fold(token) for token in tokens]
    starts = _item_starts()
    while at < len(tokens):
        if tokens[at] not in starts:
            at += 1
            continue
        for n in range(min(4, len(tokens) - at), 0, -1):
            if " ".join(tokens[at : at + n]) in items:
                known += n
                break
        else:
            n = 1
        at += n
    return known


def _close(page: Page, run: list[int], p: Navigation, found: set[int]) -> Iterator[Edit]:
    """The lines of a run of single items, when they are many enough or stand beside a menu."""
    if len(run) >= p.run or any(_beside(page, i, found) for i in run):
        for i in run:
            found.add(i)
            yield page.drop(i, "nav", "menu item on a line of its own")


def _beside(page: Page, i: int, found: set[int]) -> bool:
    """Whether the filled line before or after is navigation."""
    lines = page.lines
    for step_ in (-1, 1):
        j = i + step_
        while 0 <= j < len(lines) and abs(j - i) < 4 and not lines[j].strip():
            j += step_
        if 0 <= j < len(lines) and (j in found or page.labels[j] in ("nav", "breadcrumb")):
            return True
    return False


def _masthead(page: Page, found: set[int], first: int) -> Iterator[Edit]:
    """The name of the site: the very first lines of the page, when a menu follows at once."""
    head: list[int] = []
    for i in page.filled[:4]:
        if i in found:
            if head and (first < 0 or i < first):
                for j in head:
                    yield page.drop(j, "nav", "name of the site above its menu")
            return
        if page.labels[i] == "spam" or page.labels[i] == "nav":
            continue
        if page.labels[i] or page.sentence[i] or page.words[i] > 6 or len(head) == 2:
            return
        head.append(i)


# What `_tell` says of a line.
_EMPTY, _LINK, _ITEM, _LIST, _INSIDE = 1, 2, 4, 8, 16


def _tell(lines: Lines) -> np.ndarray:
    """What each line may be: nothing but marks, a link of the page itself, an item of a menu, a list of links, or a bar
    with an item in it."""
    told = np.zeros(len(lines.column), np.uint8)
    for bit, gate in ((_EMPTY, marks_only), *_GATES):
        told[gate(lines)] |= bit
    return told


@cache
def _item_words() -> frozenset[str]:
    return frozenset(word for item in _items() for word in item.split())


@cache
def _item_starts() -> frozenset[str]:
    return first_words(_items())


@cache
def _items() -> frozenset[str]:
    return keys("nav", "item") | keys("breadcrumb", "root")


_GATES = (
    (_LINK, either(whole(keys("nav", "page")), opens_word(_SKIP_WORDS), opens(_SKIP_GLUED))),
    (_ITEM, whole(_items())),
    (_LIST, opens(_LISTS)),
    (_INSIDE, contains(_items(), SHORT)),
)

_BODY = "The river board opened the weir on Monday after a long dispute with the anglers of the upper town."

CASES = [
    Case(f"Home | News | Sport | Culture | Notices\n\n{_BODY}", _BODY),
    Case(f"Startseite Lokales Sport Kultur Wirtschaft Anzeigen E-Paper Abo\n\n{_BODY}", _BODY),
    Case(f"Skip to main content\nGlobal EditionASIA 中文雙語Français\n\n{_BODY}", _BODY),
    Case("홈  전체기사  정치  사회  경제  문화\n\n시는 월요일에 분수대를 다시 열었고 주민들은 물가에 모여 오래된 노래를 함께 불렀다고 밝혔다.",
         "시는 월요일에 분수대를 다시 열었고 주민들은 물가에 모여 오래된 노래를 함께 불렀다고 밝혔다."),
    Case(f"The Mill Review\nfiction · poetry · essays · reviews · submit\n\nThe weir\n\n{_BODY}", f"The weir\n\n{_BODY}"),
    Case(f"Home\nNews\nSport\nOpinion\n\nThe weir\n\n{_BODY}\n\nAbout us\nContact\nAdvertise", f"The weir\n\n{_BODY}"),
    Case(f"{_BODY}\n\nYear | Decisions | Largest fine\n2021 | 14 | 60m\n\n{_BODY}",
         f"{_BODY}\n\nYear | Decisions | Largest fine\n2021 | 14 | 60m\n\n{_BODY}"),
    Case(f"{_BODY}\n\nFood\nMusic\nTravel\n\n{_BODY}", f"{_BODY}\n\nFood\nMusic\nTravel\n\n{_BODY}"),
    Case("Flour  two cups\nSugar  one cup\nEggs  three\nMilk  a little", "Flour  two cups\nSugar  one cup\nEggs  three\nMilk  a little"),
]  # fmt: skip
