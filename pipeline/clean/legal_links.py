"""Bars of legal links at the foot of a page (imprint, terms, privacy), and the publisher's address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean._notes import Openings, is_quoted, key, keys, pieces_of, prose_after, prose_before
from pipeline.clean._scan import either, opens, opens_piece
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "legal"
_LINK = keys("legal", "link")
_CONTACT = keys("legal", "contact")
_HEADS = {head for phrase in _LINK | _CONTACT if len(head := re.split("[0?]", phrase)[0][:12].strip()) > 3}
_FIRST = Openings(_HEADS)
# Alone these are headings as often as links; the menu steps know better when they are links.
_WEAK = frozenset(
    """about;about us;accessibility;advertise;authors;careers;complaints;contact;contact us;contacts;copyright;corrections;
    disclaimer;faq;feedback;help;home;jobs;legal;licensing;log in;login;marketing;newsletter;newsletters;permissions;press;
    privacy;rss;security;sitemap;subscribe;subscription;subscriptions;support;terms;cookies;cookie;reklama;contacto;ayuda;
    publicidad;términos;transparencia;contato;contatti;pubblicità;redazione;diritti;abbonamenti;voorwaarden;dostępność;
    redakcja;praca;regulamin;реклама;редакция;контакты;партнеры;подписка;вакансии;соглашение;контакти;редакція;transparencia;
    hilfe;werbung;karriere;kontakt;lizenzen;compliance;abo;aide;publicité;crédits;charte;recrutement;abonnement;villkor;
    vilkår;job;om;privacidade;termos;anuncie;assine;künye;reklam;iletişim;kontak;redaksi;iklan;karir;bảo mật;chính sách;
    liên hệ;giới thiệu;联系我们;关于我们;联系方式;网站简介;首页;お問い合わせ;ヘルプ;プライバシー;会社概要;採用情報;
    サイトマップ;제보;채용;회사소개;기사제보;고객센터;광고문의;widerruf;versandkosten;著作権;登录""".replace(
        "\n", ""
    ).split(";")
) | {"", "个人信息"}
# A label of an address and something behind it.
_ADDRESS = re.compile(r"^\W*([^\d:：]{1,30}?)\s?[:：.]\s*\S")
_NUMBER = re.compile(r"\d{4,}|\d[\d\s().-]{6,}\d|@")


@step("clean.legal_links", version=1, gate=either(opens_piece(_LINK | _CONTACT), opens(_HEADS)))
def legal_links(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out bars of links to imprint, terms, privacy and the like, and the address and telephone of the publisher.

    An address goes only at the foot: help lines and offices in the running text belong to it.
    """
    for i in page.hits:
        line, words = page.lines[i], page.words[i]
        if page.labels[i] or words > 60 or is_quoted(line):
            continue
        parts = pieces_of(page, i)
        if parts and _is_bar(parts):
            yield page.drop(i, LABEL, f"links: {parts[0]}")
        elif not page.sentence[i] and words <= 40 and not prose_after(page, i) and prose_before(page, i):
            found = _ADDRESS.match(line)
            if found and key(found[1]) in _CONTACT and _NUMBER.search(line):
                yield page.drop(i, LABEL, f"address: {found[1].strip()}")


def _is_bar(parts: tuple[str, ...]) -> bool:
    """Whether the pieces are a bar of links: it begins like one, and half of them or more, at least two, are known;
    a weak one alone is no bar."""
    if len(parts) == 1:
        return parts[0] in _LINK and parts[0] not in _WEAK
    if parts[0] not in _LINK and not _FIRST.of(parts[0]):
        return False
    known = sum(part in _LINK for part in parts)
    return known >= 2 and known * 2 >= len(parts)


CASES = [
    Case("Die Lampe brennt.\nImpressum | Datenschutz | AGB | Cookie-Einstellungen", "Die Lampe brennt."),
    Case("灯りがともる。\n会社概要｜お問い合わせ", "灯りがともる。"),
    Case("La lampe brûle.\nMentions légales - CGU - Gérer mes cookies", "La lampe brûle."),
    Case("등불이 켜졌다.\n개인정보처리방침 | 이용약관 | 청소년보호정책", "등불이 켜졌다."),
    Case(
        "灯塔今晚再次亮起，港务局的三名工人用了整整一个夏天才修好它的旧机器。\n地址：灯塔市一号路1号　电话：0000-5550100",
        "灯塔今晚再次亮起，港务局的三名工人用了整整一个夏天才修好它的旧机器。",
    ),
    Case("Privacy is not a luxury.\nTerms of the truce", "Privacy is not a luxury.\nTerms of the truce"),
    Case(
        "电话：0000-5550100\n灯塔今晚再次亮起，三名工人用了整整一个夏天才修好它的旧机器。",
        "电话：0000-5550100\n灯塔今晚再次亮起，三名工人用了整整一个夏天才修好它的旧机器。",
    ),
]
