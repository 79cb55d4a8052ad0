"""Spam in the Latin alphabet."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.clean._spam_rules import spam_edits
from pipeline.clean._spam_scan import LATIN
from pipeline.step import Case, Edit, Page, Params, step


@step("clean.spam_latin", version=3, params=Params)
def spam_latin(page: Page, params: Params) -> Iterator[Edit]:
    """Keyword lists, blocks and inserted phrases of spam in the Latin alphabet.

    The vocabulary (`spam.txt`) and the rules are our own; that a line must both look like a list and hold the words
    of the trade, and must not be running text, is what keeps reports about gambling or medicine whole.
    """
    yield from spam_edits(page, LATIN)


_EN = (
    "The last ferry pilot\n\nFor thirty years Ina Holm has taken the school children across the sound, and in that time she has "
    "missed only two mornings.\n\nThe new bridge will open in the spring, but she says that the children have asked her to go on."
)
_DE = (
    "Die Mühle am Wehr\n\nSeit zwei Jahren mahlt die alte Mühle wieder, und der Bäcker im Ort kauft alles, was sie hergibt.\n\n"
    "Im Sommer soll auch das Rad erneuert werden, das noch aus der Zeit vor dem Krieg stammt."
)
_PT = (
    "Escola ganha horta na cobertura\n\nOs alunos plantaram couve, salsa e tomate em caixas de madeira, e a merenda já usa a "
    "colheita.\n\nA direção quer ampliar o projeto para as outras escolas do bairro até o fim do ano."
)

_WALK = "the last pilot of the sound has taken the children to the school again, and has no one to go with her"
_CLUB = (
    "The club above the bakery\n\nOn Tuesdays the room is let to a choir, on Thursdays there is roulette, and on Sundays it "
    "stands empty but for the smell of bread.\n\nThe owner says that the blackjack table came from a ship that was broken up in "
    "the harbour, and that nobody has asked for it back."
)


def _with(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


CASES = [
    Case(f"RAJABOLA88 > Situs Slot Gacor Hari Ini Gampang Maxwin Link Alternatif\n\n{_EN}", _EN),
    Case(f"{_DE}\n\ncasino siteleri - deneme bonusu veren siteler - kaçak bahis - canlı rulet oyna", _DE),
    Case(f"{_EN}\n\nslot pulsa\ntogel sydney\nbandar judi bola\nrtp live hari ini", _EN, note="one keyword a line"),
    Case(
        f"{_EN}\n\ncheap ciali\u200bs | ch\u2060eap viagra | no prescr\u200biption pharmacy",
        _EN,
        note="invisible characters",
    ),
    Case(f"{_DE}\n\nfrее sрins | оnlinе саsinо rеаl mоnеy", _DE, note="Cyrillic letters in Latin words"),
    Case(f"{_EN}\n\nsoi kèo hôm naynhà cái uy tínxổ số miền bắcđánh bài đổi thưởng", _EN, note="glued keywords"),
    Case(_with(_PT, "Os alunos", "apostas esportivas bônus grátisOs alunos"), _PT, note="glued to the first word"),
    Case(_with(_PT, "a colheita.", "a colheita. cassino online rodadas grátis"), _PT, note="behind the last sentence"),
    Case(_with(_PT, "na cobertura", "na cobertura - cassino online bônus"), _PT, note="behind the title"),
    Case(
        _with(_EN, "and in that time", "and in situs slot gacor that time"),
        _EN,
        note="inside a sentence, another language",
    ),
    Case(f"situs slot gacor {_WALK}\n\n{_EN}", f"{_WALK}\n\n{_EN}", note="at the start of a page"),
    Case(
        f"{_CLUB}\n\ngeneric levitra cheap | kamagra without prescription | order tramadol online",
        _CLUB,
        note="another trade than the page's own subject",
    ),
    Case(f"{_EN}\n\nIndependent escorts and call girls in Larchmont, WhatsApp +1 555 010 4242", _EN, note="an address"),
    Case(
        f"{_EN}\n\nMy savings were gone until a certified ethical hacker at Bluefin Recovery recovered my lost funds, write to "
        "bluefin@mail.example",
        _EN,
    ),
    Case(f"{_EN}\n\nc a s i n o  b o n u s  f r e e  s p i n s", _EN, note="letters set apart"),
    Case(
        _with(_EN, "The new bridge", "Visit essayhorse.example for affordable essay writing services. The new bridge"),
        _EN,
        note="a sentence that sells",
    ),
    *(
        Case(text, text)
        for text in (
            _EN,
            f"{_EN}\n\nLinkedIn | Facebook | Instagram | Telegram | WhatsApp | RSS",
            f"{_EN}\n\nQuestions? Text the reading room at +1 555 010 3344 or write to reading@archive.example.",
            f"{_EN}\n\nHome | Casino Hotel | Rooms | Poker evenings | Contact",
            "Regulator fines online casino over free spins\n\nThe commission said the operator had offered a no deposit bonus to addicts.\n"
            "“Free spins came every night,” said a player. He lost his savings on online slots and live roulette.",
            "Drug | Class\nTramadol | opioid\nSildenafil (Viagra) | PDE5 inhibitor\nAlprazolam (Xanax) | benzodiazepine",
            "Polisi tangkap bandar judi online\n\nSitus slot gacor itu diblokir sejak Senin, kata polisi, dan tiga tersangka ditahan.",
            "Yasa dışı bahis operasyonu\n\nPolis, kaçak bahis siteleri işleten altı kişiyi gözaltına aldı ve paraya el koydu.",
            "Ricetta\n\npomodoro, basilico, bonus: olive, capperi, acciughe, peperoncino",
        )
    ),
]
