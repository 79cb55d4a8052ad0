"""Appeals to the reader in a line of their own words: sign up for the newsletter, download the app, follow the channel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._notes import (
    LONGEST,
    Openings,
    Within,
    is_quoted,
    key,
    keys,
    prose_after,
    prose_before,
)
from pipeline.clean._scan import both, contains, either, shape
from pipeline.clean._vocabulary import phrases
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "promo"
_START = Openings(keys("promo", "start"))
_CALL = Within("promo", "call")
_OBJECT = Within("promo", "object")
# What a subscription costs; shops and services print prices too, so it counts only at the ends of the text.
_AMOUNT = r"(?:[$€£₺₽₹]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£₺₽₹]|euros?\b|zł\b|kč\b|kr\b|tl\b|lei\b|руб|грн))"
_PERIOD = (
    r"(?:month|week|year|monat|woche|jahr|mois|semaine|mes\b|meses|semana|año|mês|ano\b|mese|settiman|anno\b|maand|week|"
    r"jaar|miesi[ąę]c|tydzień|rok\b|měsíc|týden|ay\b|ayda|yıl|месяц|недел|місяц|тиждень|månad|måned|vecka|uge\b|lun[ăa]\b|hónap)"
)
_PRICE = re.compile(
    rf"{_AMOUNT}\s?(?:[^\W\d]{{1,8}}\.?\s|/\s?){{0,3}}{_PERIOD}|{_PERIOD}[^\W\d]{{0,3}}[\s:]\s?(?:[^\W\d]{{1,8}}\s){{0,3}}{_AMOUNT}"
    r"|\bapp$|\bfree (?:article|essay|stor)",
    re.IGNORECASE,
)

# Wherever that can match.
_PRICED = r"[$€£₺₽₹]\s?[0-9]|[0-9]\s?(?:[$€£₺₽₹]|euro|zł|kč|kr|tl|lei|руб|грн)|app$|\bfree (?:article|essay|stor)"


class Appeals(Params):
    """Parameters of `clean.appeals`."""

    words: int = Field(22, description="Words of the longest appeal.")


@step(
    "clean.appeals",
    version=1,
    params=Appeals,
    gate=both(
        contains(phrases("promo", "call"), LONGEST),
        either(contains(phrases("promo", "object"), LONGEST), shape(LONGEST, _PRICED)),
    ),
)
def appeals(page: Page, params: Appeals) -> Iterator[Edit]:
    """Takes out short lines with a call to do something and its object ("Sign up ... newsletter").

    A line that ends as a sentence does must also begin with the call, or as appeals do.
    """
    for i in page.hits:
        line, words = page.lines[i], page.words[i]
        if page.labels[i] or words > params.words or len(line) > LONGEST or is_quoted(line):
            continue
        found = _OBJECT.find(line)
        if not found and (price := _PRICE.search(line)) and min(prose_before(page, i), prose_after(page, i)) <= 1:
            found = [(price.start(), price[0])]
        if not found:
            continue
        places = {at for at, _ in found}
        calls = [call for call in _CALL.find(line) if call[0] not in places]
        if not calls:
            continue
        if not page.sentence[i] or _PRICE.search(line) or min(at for at, _ in calls) <= 3 or _START.of(key(line)):
            yield page.drop(i, LABEL, f"{calls[0][1]} ... {found[0][1]}")


CASES = [
    Case("Sign up for our morning newsletter\nThe lamp burns.", "The lamp burns."),
    Case("Лампа горит.\nПодписывайтесь на наш телеграм-канал", "Лампа горит."),
    Case("المصباح مضاء.\nاشترك في النشرة البريدية", "المصباح مضاء."),
    Case("A lâmpada arde.\nSiga o canal da Lâmpada no WhatsApp", "A lâmpada arde."),
    Case("दीपक जल रहा है।\nताज़ा समाचार पाने के लिए हमारा ऐप डाउनलोड करें", "दीपक जल रहा है।"),
    Case("등불이 켜졌다.\n등대신문을 응원해 주세요. 정기후원 신청", "등불이 켜졌다."),
    Case("La lámpara arde.\nSuscríbete por 2 € al mes", "La lámpara arde."),
    Case("Lampan brinner.\nPrenumerera: första månaden 10 kr", "Lampan brinner."),
    Case("La visita cuesta 2 € y dura un mes.", "La visita cuesta 2 € y dura un mes."),
    Case(
        "The newsletter was the first thing that the new owners closed, and the readers were told by letter.",
        "The newsletter was the first thing that the new owners closed, and the readers were told by letter.",
    ),
    Case("She wanted to subscribe to nothing.", "She wanted to subscribe to nothing."),
]
