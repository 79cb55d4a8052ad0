"""Notes about the author: who they are, whose opinion the text is, who asked the questions of an interview."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from pydantic import Field

from pipeline.clean._notes import (
    REMEMBERED,
    Openings,
    Within,
    is_quoted,
    key,
    keys,
    prose,
    prose_after,
    prose_before,
)
from pipeline.clean._scan import contains, either, opens
from pipeline.clean._vocabulary import any_of, fold, phrases
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "author_note"
_ABOUT = keys("notes", "about")
_HEADS = frozenset(phrase[:3] for phrase in _ABOUT)
_OPENINGS = Openings(_ABOUT)
_REFLECT = Within("notes", "reflect")
# What a note about the views of an author speaks of.
_VIEWS = re.compile(
    r"views?\b|opinion|meinung|avis\b|propos\b|point.{1,4}vue|opinião|opiniões|opinione|mening|opini[ei]|görüş|pandangan|quan điểm|"
    r"विचार|রায়|মত|الآراء|آراء|رأي|мнени|точк|думк|погляд|观点|觀點|立场|立場|見解|의견|견해|입장|方向|방향|代表|column|article|文章",
    re.IGNORECASE,
)
_BIO = re.compile(rf"^,?\s?(?:\([^)]{{1,60}}\),?\s)?(?:{any_of(phrases('notes', 'bio'))})(?:\s|$)", re.IGNORECASE)
# Words of a byline beside the name.
_BYLINE = re.compile(
    r"\b(?:by|von|par|por|di|door|af|av|text|story|words|written|author|autor|autora|auteur|oleh|yazan|автор|текст)\b|作者|文／|文/|撰文",
    re.IGNORECASE,
)
# "글·사진 이름", "(本文作者系…)", "Propos recueillis par X": phrases that a name or a post follows at once.
_SHORT = 16
# Characters of the longest note.
_LONGEST = 700


class AuthorNote(Params):
    """Parameters of `clean.author_note`."""

    words: int = Field(60, description="Words of the longest note.")


@step(
    "clean.author_note",
    version=1,
    params=AuthorNote,
    gate=either(opens(_ABOUT), contains(phrases("notes", "bio"), _LONGEST)),
)
def author_note(page: Page, params: AuthorNote) -> Iterator[Edit]:
    """Takes out notes about the author at either end of a text, and disclaimers of the author's opinion.

    A note is known by how it begins, or by beginning with the name that the byline gives.
    """
    body = prose(page)
    filled = page.filled
    if not filled:
        return
    # What stands behind the last-but-one line of running text, and the head of the page.
    last = body[-3] if len(body) >= 3 else -1
    first = body[0] if body else filled[-1]
    bylines: list[str] | None = None
    given: set[str] = set()
    all_lines, all_words, labels = page.lines, page.words, page.labels
    for i in page.hits:
        if first < i < last:
            continue
        line, words = all_lines[i], all_words[i]
        if labels[i] or words > params.words or words < 2 or len(line) > _LONGEST:
            continue
        opening, rest = _opening(line[:160])
        if opening and not is_quoted(line):
            if found := _about(page, i, line, opening, rest):
                yield page.drop(i, LABEL, found)
        elif i > first and words <= 45 and prose_after(page, i) <= 1 and page.sentence[i]:
            if bylines is None:
                head = filled[: bisect_left(filled, first)]
                bylines = [all_lines[k].strip() for k in head if all_words[k] <= 14]
                given = {all_lines[k].strip() for k in head if labels[k] == "byline"}
            if bylines and (name := _signed(line, bylines, given)):
                yield page.drop(i, LABEL, f"name of the byline: {name}")


@lru_cache(REMEMBERED)
def _opening(line: str) -> tuple[str, str]:
    """The phrase for notes about an author with which the line opens, and what stands behind it in its key."""
    head = fold(line)
    if head[:3] not in _HEADS:
        return "", ""
    head = key(head)
    opening = _OPENINGS.of(head)
    return opening, head[len(opening) :]


def _about(page: Page, i: int, line: str, opening: str, rest: str) -> str:
    """The opening of a note about the author, where the rest of the line agrees, or ""."""
    if _VIEWS.search(line) and _REFLECT.find(line) and page.words[i] <= 60:
        return opening
    if prose_after(page, i) > 1:
        return ""
    words, sentence = page.words[i], page.sentence[i]
    if opening in _PLAIN:
        # A bare word such as "text" or "author" needs a colon, and no sentence behind it.
        colon = re.match(rf"\W*{re.escape(opening)}\s?[:：]", line, re.IGNORECASE)
        return opening if colon and words <= _SHORT + 10 and (not sentence or words <= 25) else ""
    if not rest and words > 0:
        return opening if words <= 6 else ""
    return opening if prose_before(page, i) or line.strip()[:1] in "(（[【" else ""


_PLAIN = frozenset(
    phrase
    for phrase in _ABOUT
    if " " not in phrase and (phrase.isascii() or (len(phrase) < 4 and phrase[-1] not in "系为為是"))
) | frozenset({"автор", "авторка", "записал", "записала", "текст", "перевод", "переклад"})


def _signed(line: str, bylines: list[str], given: set[str]) -> str:
    """The name with which the line begins, if a byline gives that name and a verb of a short life follows it."""
    line = line.strip()
    first = line.split(maxsplit=4)[:4]
    for count in (4, 3, 2):
        name = " ".join(first[:count]).rstrip(",")
        if len(name) < 5 or name.islower() or not _BIO.match(line[len(name) :]):
            continue
        for byline in bylines:
            at = byline.casefold().find(name.casefold())
            if at >= 0:
                beside = (byline[:at] + byline[at + len(name) :]).strip()
                if byline in given or _BYLINE.search(beside):
                    return name
    return ""


CASES = [
    Case(
        "By Owen Reed\nThe kiln has stood cold since spring, and nobody in the village has asked the owner why.\n"
        "Owen Reed is a potter. He lives by the sea.",
        "By Owen Reed\nThe kiln has stood cold since spring, and nobody in the village has asked the owner why.",
    ),
    Case(
        "The kiln has stood cold since spring, and nobody in the village has asked the owner why it did.\n"
        "The author is a senior fellow at the Clay Institute.\nThe views do not necessarily reflect those of this paper.",
        "The kiln has stood cold since spring, and nobody in the village has asked the owner why it did.",
    ),
    Case(
        "Le four est froid depuis le printemps et personne au village n'a demandé pourquoi au propriétaire.\n"
        "Propos recueillis par Luce Morel",
        "Le four est froid depuis le printemps et personne au village n'a demandé pourquoi au propriétaire.",
    ),
    Case(
        "가마는 봄부터 식어 있었고 마을 사람 누구도 주인에게 그 까닭을 끝내 묻지 않았다고 한다.\n글·사진 한누리",
        "가마는 봄부터 식어 있었고 마을 사람 누구도 주인에게 그 까닭을 끝내 묻지 않았다고 한다.",
    ),
    Case(
        "窑从春天起就冷了，村里没有一个人问过主人其中的缘由，直到今年的雨季来临。\n（作者系陶土研究所研究员）",
        "窑从春天起就冷了，村里没有一个人问过主人其中的缘由，直到今年的雨季来临。",
    ),
    Case("The author of the fire is unknown.", "The author of the fire is unknown."),
    Case(
        "Text messages came all night, and the village did not sleep.",
        "Text messages came all night, and the village did not sleep.",
    ),
]
