"""What sites ask of their readers: subscribe, download, donate, log in to read on; and the markers around ads."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from pipeline.clean._notes import LONGEST, Openings, is_quoted, key, keys, pieces_of
from pipeline.clean._scan import either, opens, opens_piece
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "promo"
_LINE = keys("promo", "line")

# Openings that nobody but a site writes them.
_SURE = frozenset(
    map(
        key,
        (
            "related video", "sponsored:", "you have 0 free", "you've reached your", "you have reached your",
            "already a subscriber", "never miss a story", "start your free", "start your 0", "subscribe from",
            "want to read more", "this was your 0", "as an amazon associate", "this post contains affiliate",
            "this post may contain affiliate", "this article contains affiliate", "we may earn a commission",
            "when you buy through", "when you purchase through", "story continues below", "article continues below",
            "sie möchten weiterlesen", "probeabo", "dieser artikel ist exklusiv", "je m'abonne", "s'abonner dès",
            "cet article est réservé", "la suite de cet article", "il vous reste 0", "hazte suscriptor",
            "para seguir leyendo", "assine a partir", "per continuare a leggere", "この記事は有料会員限定",
            "この記事は会員限定", "続きを読むには", "残り0文字", "이 기사는 유료", "이 기사는 후원", "유료회원만",
            "本文为会员", "本文為會員",
        ),
    )
)  # fmt: skip
_SURELY = Openings(_SURE)


class Promo(Params):
    """Parameters of `clean.promo`."""

    words: int = Field(30, description="Words of the longest line of promotion.")


@step("clean.promo", version=1, params=Promo, gate=either(opens_piece(_LINE), opens(_SURE)))
def promo(page: Page, params: Promo) -> Iterator[Edit]:
    """Takes out requests to subscribe, download, donate or log in, notes on free articles left, and ad markers.

    A line goes when it is nothing but such phrases, or begins as nobody but a site writes.
    """
    for i in page.hits:
        line, words = page.lines[i], page.words[i]
        if page.labels[i] or words > params.words or len(line) > LONGEST or is_quoted(line):
            continue
        parts = pieces_of(page, i)
        if parts and all(part in _LINE for part in parts):
            yield page.drop(i, LABEL, parts[0])
            continue
        whole = key(line)
        if whole in _LINE:
            yield page.drop(i, LABEL, whole)
            continue
        if _SURELY.of(whole):
            yield page.drop(i, LABEL, whole[:40])


CASES = [
    Case("Die Lampe brennt.\nAnzeige\nSie geht aus.", "Die Lampe brennt.\nSie geht aus."),
    Case("La lámpara arde.\nPUBLICIDAD\nSe apaga.", "La lámpara arde.\nSe apaga."),
    Case("灯りがともる。\nこの記事は有料会員限定です。残り0文字　初月無料で読む", "灯りがともる。"),
    Case("दीपक जल रहा है।\nविज्ञापन", "दीपक जल रहा है।"),
    Case(
        "The newsletter was the first thing that the new owners closed, and the readers were told by letter.",
        "The newsletter was the first thing that the new owners closed, and the readers were told by letter.",
    ),
    Case("«Anúnciese aquí», decía el cartel.", "«Anúnciese aquí», decía el cartel."),
]
