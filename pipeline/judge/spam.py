"""Whether a whole page is spam: doorways of keywords, of promotion, of questions and answers, of fake shops."""

from __future__ import annotations

import re
from collections import Counter

from pydantic import Field

from pipeline.clean._layout import shared
from pipeline.clean._spam_fold import fold
from pipeline.clean._spam_page import PROSE_SHARE, Reading, View, function_share, reading_of
from pipeline.clean._spam_rules import line_is_spam
from pipeline.clean._spam_scan import suspects
from pipeline.clean._spam_terms import STRONG, find
from pipeline.step import Case, Page, Params, Signal, step


class SpamParams(Params):
    lines: int = Field(400, ge=1, description="how many lines of a page are looked at, from its start")
    chars: int = Field(1000, ge=100, description="how many characters of a line are looked at")


OWN_LINES, INSERTED = 2, 8
"""A page with so many sentences of its own is judged by what it says, not by the lists that were put into it, as long as
these do not have so many times its words. Such pages have less than 3 times, doorways with some stolen text over 10."""
_NAME = re.compile(r"[^\W\d_][\w’']{2,}|\d+[^\W\d_]\w+")
_FOOTER = re.compile("[©|]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{4,}")
# A brand by its shape: letters and figures, or something with a bet in it.
_SHAPE = re.compile(
    r"[^\W\d_]{3,}\d{1,4}|\d{1,3}[^\W\d_]{2,}|[^\W\d_]{3,}bet|bet[^\W\d_]{3,}|\w*(?:slot|casino|bahis|togel)\w+"
)
# Who is spoken to, folded: pages that sell say "you", reports hardly do.
_YOU = re.compile(
    r"\b(?:you|your|yours|ihnen|ihre?n?|dein\w*|dir|dich|vous|votre|vos|te|ti|tu|tus|tuo|tua|tuoi|contigo|voce|suas?"
    r"|вас|вам|ваш\w*|вы|ты|твои|anda|kamu|dirimu|ban|ciebie|twoj\w*|swoj\w*|jij|jouw|uw|dig|din|ditt)\b"
    r"|\w(?:iniz|unuz)(?:a|e|i|u|in|de|da|den|dan)?\b|\w(?:ayin|eyin)\b|[您你]|ください|お客様|하세요|하시|드립니다|회원님|คุณ|لك\b|आप"
)


@step("judge.spam", version=2, params=SpamParams)
def spam(page: Page, params: SpamParams) -> Signal:
    """How sure it is that a page is nothing but spam (0 to 1).

    The words of the page's own text are divided among promotion and the rest. Lists of keywords are promotion, and so
    are sentences with words of the trade beside a brand that the page never stops naming, or beside offers to the
    reader. Lines in which police, courts, studies or speakers stand are a report, whatever they are about.
    """
    if not _suspicious(page, params):
        return Signal(0.0)
    body = _body(page, params)
    readings = {i: reading_of(page, page.lines[i][: params.chars]) for i in body}
    view = View(page, ())
    view.readings = readings
    view.hits = [i for i in body if readings[i].strong or page.labels[i] == "spam"]
    reported = any(readings[i].cover < 0.6 and (readings[i].reports or readings[i].quotes) for i in body)
    brand = _brand(view, [i for i in body if readings[i].strong or page.sentence[i]])
    # What the terms themselves are made of is the subject of the page and no brand.
    if brand and any(brand in readings[i].folded.text[h.start : h.end] for i in view.hits for h in readings[i].hits):
        brand = brand if _SHAPE.fullmatch(brand) else ""
    promotion = genuine = inserted = own = reports = lists = sells = 0
    cleaned = page.cleaned.split("\n") if page.cleaned != page.text else []
    prose = {
        i
        for i in body
        if (page.sentence[i] and page.words[i] >= 4)
        or page.words[i] >= 25
        or (readings[i].script == "Thai" and page.words[i] >= 8 and readings[i].function >= PROSE_SHARE)
    }
    devoted = bool(brand) and _is_devoted(brand, [readings[i] for i in body if i in prose])
    terms: set[str] = set()
    for i in body:
        reading, words = readings[i], page.words[i]
        text = reading.folded.text
        named = bool(brand) and brand in text
        calls = reading.offers or reading.contact
        if words >= 12 and page.sentence[i] and not named and reading.cover < 0.3 and page.cleaned:
            # A paragraph that the clean stage keeps, without what it cuts out of it, is the page's own.
            kept = [line for line in cleaned if line[:12] == page.lines[i][:12] or line[-12:] == page.lines[i][-12:]]
            if kept and kept[0] != page.lines[i]:
                genuine += words
                own += 1
                continue
        if page.labels[i] == "spam" or (reading.strong and line_is_spam(view, i)) or _is_keywords(reading):
            lists += 1
            if named or page.sentence[i]:
                promotion += words
            else:
                inserted += words
        elif reading.reports and not named:
            reports += 1
            genuine += words
            own += i in prose
        elif not reading.quotes and (
            (named and (devoted or reading.strong or words < 12 or _SHAPE.fullmatch(brand) or calls))
            or (reading.score >= 2 and calls)
            or (not (reported and i in prose) and reading.strong >= 2 and reading.cover >= 0.25)
            or (not (reported and i in prose) and reading.sure and reading.cover >= 0.3)
        ):
            if named or page.sentence[i] or reading.cover < 0.5:
                promotion += words
            else:
                inserted += words
            lists += reading.cover >= 0.5
        elif calls and not reading.reports and not reading.quotes:
            sells += 1
            promotion += words
            continue
        else:
            if i in prose:
                genuine += words
                own += not (page.labels[i] or _FOOTER.search(page.lines[i]))
            continue
        sells += calls
        terms |= {text[h.start : h.end] for h in reading.hits if h.term.weight >= STRONG}
    # What was put into a page says nothing against what it was put into.
    if own < OWN_LINES or inserted > INSERTED * genuine:
        promotion += inserted
    everything = sum(page.words[i] for i in page.filled[: params.lines]) or 1
    alone = lists > 0 and promotion >= 0.8 * everything and len(terms) >= 2
    points = len(terms) + 2 * sells + lists + (2 if brand else 0) + (2 if devoted else 0)
    if not alone and (len(terms) < 2 or points < 6 or not (lists + sells or devoted)):
        return Signal(0.0)
    share = promotion / (promotion + 1.5 * genuine or 1)
    if reports >= 2 and lists < 3:
        share /= 2
    evidence = f"{promotion} of {promotion + genuine} words promote" + (f", brand {brand}" if brand else "")
    return Signal(round(share, 3), f"{evidence}: {', '.join(sorted(terms)[:5])}")


def _is_devoted(brand: str, prose: list[Reading]) -> bool:
    """Whether most sentences of a page name one brand of a trade to a reader they speak to, and none quotes anybody."""
    named = [reading for reading in prose if brand in reading.folded.text]
    if len(named) < max(3, 0.6 * len(prose)) or any(reading.quotes or reading.reports for reading in prose):
        return False
    spoken_to = sum(reading.offers or _YOU.search(reading.folded.text) is not None for reading in prose)
    held = 2 * sum(reading.strong > 0 for reading in named) >= len(named)
    return spoken_to >= (1 if held else 2) and any(reading.hard for reading in named)


def _suspicious(page: Page, params: SpamParams) -> bool:
    """Whether words of the trade stand in enough of a page that it is worth a closer look."""
    held, seen = suspects(page)
    if not seen and "spam" not in page.labels:
        return False
    labels, words, lines = page.labels, page.words, page.lines
    body = _body(page, params)
    terms: set[str] = set()
    size = 0
    for i in body:
        if held[i] or labels[i] == "spam":
            reading = reading_of(page, lines[i][: params.chars])
            if reading.strong:
                size += words[i]
                terms |= {reading.folded.text[h.start : h.end] for h in reading.hits if h.term.weight >= STRONG}
    return len(terms) >= 2 and size >= 0.2 * sum(words[i] for i in body)


def _body(page: Page, params: SpamParams) -> list[int]:
    """What the page itself says, spam that was cut, and the paragraphs that were held to be no main text.

    The text of a doorway is often taken for an advertisement, which it is."""
    labels, words, sentence = page.labels, page.words, page.sentence
    return [
        i
        for i in page.filled[: params.lines]
        if labels[i] in ("", "spam", "title") or (labels[i] == "other_boilerplate" and sentence[i] and words[i] >= 8)
    ]


def _is_keywords(reading: Reading) -> bool:
    """A line whose letters are nearly all in terms; a page may have a few of them without being spam."""
    return reading.cover >= 0.7 and reading.score >= 3 and not reading.reports


def _brand(view: View, body: list[int]) -> str:
    """The name that stands in most lines of the page's own text, folded; "" if there is none."""
    lines: Counter[str] = Counter()
    names: Counter[str] = Counter()
    plain_of = shared(view.page, "spam names").setdefault("", _PlainNames())
    for i in body:
        reading = view.read(i)
        if reading.script == "Hani":
            runs = "".join(char if "\u3400" <= char <= "\u9fff" else " " for char in reading.folded.text[:200])
            lines.update(
                {run for size in (3, 4) for k in range(len(runs) - size + 1) if " " not in (run := runs[k : k + size])}
            )
        elif reading.script == "Kana":
            lines.update(set(_KATAKANA.findall(reading.folded.text)))
        else:
            names.update({plain_of[name] for name in _NAME.findall(reading.text)})
    del names[""]
    need = max(4, len(body) / 3)
    for name, n in names.items():
        # Only what stands in enough lines is worth asking whether it is a name.
        if lines[name] + n >= need and (_SHAPE.fullmatch(name) or not (function_share(name) or find(name))):
            lines[name] += n
    if not lines:
        return ""
    name, n = max(lines.items(), key=lambda item: (item[1], len(item[0]), item[0]))
    spoken = sum(bool(view.read(i).strong) for i in body if name in view.read(i).folded.text)
    return name if n >= need and spoken * 3 >= n else ""


class _PlainNames(dict[str, str]):
    """A word folded when it is written like a name, or shaped like a brand; "" otherwise."""

    def __missing__(self, name: str) -> str:
        plain = ""
        if not name.islower() or _SHAPE.fullmatch(name):
            plain = name.lower() if name.isascii() and name.isalpha() else fold(name).text
        self[name] = plain
        return plain


_SPAM = [
    (
        "buy viagra online cheap\n"
        "Viagra 100mg price | cialis 20mg without prescription | levitra generic | kamagra oral jelly\n"
        "buy tramadol online overnight, xanax for sale, ambien no prescription\n"
        "Order now with free shipping worldwide. Canadian pharmacy online, no prescription needed, discreet delivery!\n"
        "generic propecia | cheap phentermine | soma online"
    ),
    (
        "学院首页\n"
        "银豹体育(中国)官方网站-银豹体育APP下载\n"
        "银豹体育是亚洲领先的线上娱乐平台，为广大玩家提供体育投注、真人百家乐、电子游戏和彩票服务，注册即送彩金。\n"
        "银豹体育官网全天候客服在线，提款迅速，安全稳定，欢迎新老会员登录体验。\n"
        "银豹体育怎么样？银豹体育靠谱吗？\n"
        "银豹体育最新网址 银豹体育登录入口 银豹体育手机版"
    ),
    (
        "Beranda Profil Berita\n"
        "Kisah Penjual Bakso yang Menang Besar di RAJATIGER77\n"
        "Sore itu Pak Darto membuka RAJATIGER77 sambil menunggu pembeli, lalu memasang taruhan kecil di Mahjong Ways dan mendapat scatter hitam.\n"
        "RAJATIGER77 dikenal dengan RTP tertinggi dan pola gacor yang selalu diperbarui setiap malam.\n"
        "Daftar sekarang di RAJATIGER77 lewat link alternatif resmi dan nikmati bonus new member.\n"
        "Bersama RAJATIGER77 siapa saja bisa meraih maxwin dengan modal kecil."
    ),
    (
        "Ana Sayfa\n"
        "Gümüşbet Giriş – Gümüşbet Güncel Adres\n"
        "Gümüşbet giriş adresi nedir? Gümüşbet yeni adresine bu sayfadan ulaşabilirsiniz.\n"
        "Gümüşbet deneme bonusu veriyor mu? Gümüşbet üyelerine deneme bonusu ve çevrimsiz freespin verir.\n"
        "Gümüşbet canlı casino oyunları ve bahis oranları ile güvenilir bahis siteleri arasındadır. Hemen üye ol."
    ),
    (
        "Главная Новости Контакты\n"
        "Казино Рубинстар официальный сайт зеркало рабочее на сегодня\n"
        "Рубинстар предлагает игровые автоматы на деньги, бездепозитный бонус за регистрацию и быстрые выплаты.\n"
        "Зеркало Рубинстар обновляется каждый день, поэтому играть можно без блокировок. Зарегистрируйтесь и получите бонус.\n"
        "В казино Рубинстар доступны слоты, рулетка и фриспины каждую неделю.\n"
        "Рубинстар отзывы, Рубинстар вход, Рубинстар скачать"
    ),
]
_HONEST = [
    (
        "Counting what the machines take\n"
        "By Lena Ortiz\n"
        "Three years after the town allowed a second casino, the regulator has fined its owner £2m for ignoring problem gamblers.\n"
        "Players were offered free spins, a welcome bonus and a deposit bonus by text message, the commission said, even after they had asked to be excluded.\n"
        "“They knew my name, my job and my birthday,” said one former customer, who lost £40,000 on online slots and live roulette.\n"
        "The company said it had changed its online casino and now checks what players can afford.\n"
        "Researchers at the university counted 212 betting sites that advertise a no deposit bonus to British players without a licence."
    ),
    (
        "Services  Prices  Blog  Contact\n"
        "SEO services for small firms\n"
        "We help craftsmen and shops to be found. Our SEO team writes texts, repairs slow pages and builds links that last.\n"
        "How long does SEO take? Most firms see the first change after three months, and a steady one after a year.\n"
        "We do not sell backlinks, and we do not promise page one. Read in our blog how link building went wrong for a baker.\n"
        "Call us on weekdays between nine and five."
    ),
    (
        "불법 도박사이트 운영한 일당 검거\n"
        "경찰은 해외에 서버를 두고 토토사이트와 카지노사이트를 운영한 혐의로 9명을 붙잡아 4명을 구속했다고 밝혔다.\n"
        "이들은 먹튀검증 커뮤니티를 만들어 회원을 모은 뒤 꽁머니를 준다며 가입을 유도한 것으로 조사됐다.\n"
        "경찰 관계자는 “피해자 대부분이 20대였다”고 말했다."
    ),
    (
        "省体育彩票中心公布年度公益金使用情况\n"
        "记者从省体育彩票管理中心获悉，去年全省体育彩票共筹集公益金二十一亿元，用于全民健身和青少年体育。\n"
        "中心负责人提醒，网上投注平台均为非法，警方已查处三十余起利用体育彩票名义进行诈骗的案件。\n"
        "今年将新建社区健身场地四百处。"
    ),
    (
        "Kampus Bersihkan Situs dari Promosi Judi\n"
        "Tim siber kampus menemukan ratusan halaman berisi kata slot gacor, maxwin dan togel pada subdomain lama.\n"
        "Menurut ketua tim, pelaku menyusupkan tautan judi online lewat aplikasi jurnal yang tidak diperbarui.\n"
        "Seluruh halaman sudah dihapus, dan kampus melapor ke polisi."
    ),
    (
        "Spring poker evening: results\n"
        "1. Tom Hadley 4,200 points\n"
        "2. Mia Lund 3,950 points\n"
        "3. Ole Brandt 3,100 points\n"
        "The blackjack table raised £340 for the roof fund, the roulette wheel £215.\n"
        "The next casino night is on 14 May; tickets are at the door."
    ),
    "",
]
CASES = [*(Case(text, (0.51, 1.0)) for text in _SPAM), *(Case(text, (0.0, 0.3)) for text in _HONEST)]
