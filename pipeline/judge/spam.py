"""Whether a whole page is spam: doorways of keywords, of promotion, of questions and answers, of fake shops."""

from __future__ import annotations

import re
from collections import Counter
from operator import itemgetter

from pydantic import Field

from pipeline.clean._layout import lines_with
from pipeline.clean._spam_fold import fold
from pipeline.clean._spam_page import Reading, View, function_share, reading_of
from pipeline.clean._spam_rules import line_is_spam
from pipeline.clean._spam_terms import STRONG, find
from pipeline.step import Case, Page, Params, Signal, step


class SpamParams(Params):
    lines: int = Field(400, ge=1, description="how many lines of a page are looked at, from its start")
    chars: int = Field(1000, ge=100, description="how many characters of a line are looked at")


# Offers to the reader, in the imperative: no report makes them. Folded.
_OFFERS = re.compile(
    r"regist(?:er|ra|re) (?:now|today|ahora|agora)|registrate|cadastre se|sign up (?:now|today|and)|join (?:now|us today)|claim your"
    r"|deposit now|play now|bet now|place your bet|contact us (?:on|via) whatsapp|order now|buy now|shop now|24 ?/ ?7|24 jam"
    r"|daftar (?:sekarang|segera|di)|gabung (?:sekarang|bersama)|customer service siap|nikmati bonus|link (?:login|resmi)"
    r"|uye ol|hemen (?:giris|kayit|uye)|kayit ol|uyelerimiz|bonusunuzu|canli destek|7 ?/ ?24|kazancini|tiklayarak"
    r"|dang ky (?:ngay|tai khoan)|nhan ngay|tham gia ngay|choi ngay|สมัคร(?:เลย|วันนี้|สมาชิก)|ฝากถอน|แอดไลน์"
    r"|注册即送|立即(?:注册|下载|登录|体验|投注)|欢迎(?:各位|广大)?(?:新老)?(?:会员|玩家|用户)|客服(?:在线|24)|首存|提款|二十四小时|广大玩家|点击(?:注册|下载|进入)"
    r"|가입(?:하시|하세요|즉시|하고)|추천코드|문의(?:주세요|하세요)|이용하(?:시|세요)|今すぐ(?:登録|購入|注文)|ご注文|当店|弊社|お買い得|代引き(?:可|対応)"
    r"|регистрируйся|зарегистрируйтесь|играй(?:те)? (?:сейчас|на)|получи(?:те)? бонус|забирай|жми|звоните|оформ(?:и|ите) займ|заказать сейчас"
    r"|juega (?:ahora|con)|apuesta (?:ya|ahora)|retiro inmediato|soporte 24|aproveche|aposte agora|jogue agora|saque (?:rapido|imediato)"
    r"|gioca ora|iscriviti (?:ora|subito)|registrati|zarejestruj sie|zagraj|odbierz|jetzt (?:spielen|registrieren|sichern|bestellen)"
    r"|inscrivez vous|jouez (?:maintenant|des)|profitez|سجل الان|اشترك الان|العب الان|ثبت نام كنيد|अभी (?:खेलें|रजिस्टर|डाउनलोड)"
)
# Beginnings of words (five letters, or the whole word) and, where no spaces are written, words that doorways are full
# of. A page that hardly has them is not looked at any closer.
_WORDS = """
    casin kasin kasyn kaszi cassi cazin slot slots togel gacor judi bahis iddaa denem apues apost tigri scomm bukma bookm porn porno viagr
    ciali levit kamag payda repli escor eskor bonus gambl betti jackp poker rulet roule rolet tragam traga bacca taruh chwil pożyc pozyc
    kredy freis pachi kèo nhà xổ loans essay disse backl seo répli outle jerse pharm pills cbd torre crack keyge iptv xxx nude hooku
    bitco prést empré půjčk sázk pariu păcăn rotir satta matka rummy aviat mostb melbe 1xbet bet betan blaze giros mahjo maxwi rtp
    scatt situs banda казин вулка ставк букме слот слоты рулет займ займо микро дипло прост виагр сиали джене порно секс зерка позик
    φρουτ καζίν στοιχ μπόνο קזינו הימור סלוטי בונוס ויאגר ליווי كازين مراهن سكس سلوتس روليت افلام القما فياجر شرط انفجا کازین بونوس
    सट्टा मटका कैसीन रमी बेटिं ক্যাসি জুয়া বেটিং கேசின
"""
_BEGINNINGS = frozenset(word[:5] for word in _WORDS.split())
_HEAD = itemgetter(slice(0, 5))
_UNSPACED = re.compile(
    "娱乐|博彩|投注|彩票|百家乐|棋牌|真人|捕鱼|官网|体育|赌|彩金|注册|国产|亚洲|欧美|日韩|久久|一区|二区|三区|无码|成人|影院|影视|高清|在线|视频|精品|"
    "中文字幕|发票|贷款|代办|高仿|复刻|娛樂|體育|線上|コピー|偽物|激安|代引|n級|N級|ブランド|カジノ|ボーナス|出会い|バカラ|토토|카지노|바카라|먹튀|놀이터|"
    "슬롯|사이트|안마|대출|꽁머니|สล็อต|บาคาร่า|คาสิโน|พนัน|หวย|เครดิต|แทง|เดิมพัน|โบนัส"
)
_NAME = re.compile(r"[^\W\d_][\w’']{2,}|\d+[^\W\d_]\w+")
# A brand by its shape: letters and figures, or something with a bet in it.
_SHAPE = re.compile(
    r"[^\W\d_]{3,}\d{1,4}|\d{1,3}[^\W\d_]{2,}|[^\W\d_]{3,}bet|bet[^\W\d_]{3,}|\w*(?:slot|casino|bahis|togel)\w+"
)
_QUOTED = re.compile("[“”„«»「」]")


@step("judge.spam", version=1, params=SpamParams)
def spam(page: Page, params: SpamParams) -> Signal:
    """How sure it is that a page is nothing but spam (0 to 1).

    The words of the page's own text are divided among promotion and the rest. Lists of keywords are promotion, and so
    are sentences with words of the trade beside a brand that the page never stops naming, or beside offers to the
    reader. Lines in which police, courts, studies or speakers stand are a report, whatever they are about.
    """
    if "spam" not in page.labels and not _suspicious(page):
        return Signal(0.0)
    body = [i for i in page.filled[: params.lines] if page.labels[i] in ("", "spam")]
    readings = {i: reading_of(page, page.lines[i][: params.chars]) for i in body}
    view = View(page, [i for i in body if readings[i].strong or page.labels[i] == "spam"])
    view.readings = readings
    if sum(readings[i].strong for i in body) < 3:
        return Signal(0.0)
    brand = _brand(view, [i for i in body if readings[i].strong or page.sentence[i]])
    promotion = genuine = reports = lists = offers = 0
    prose = {i for i in body if (page.sentence[i] and page.words[i] >= 8) or page.words[i] >= 25}
    terms: set[str] = set()
    for i in body:
        reading, words = readings[i], page.words[i]
        text = reading.folded.text
        named = bool(brand) and brand in text
        if page.labels[i] == "spam" or (reading.strong and line_is_spam(view, i)) or _is_keywords(reading):
            lists += 1
            promotion += words
        elif reading.reports and not named:
            reports += 1
            genuine += words
        elif (
            (named and (reading.strong or words < 12 or _SHAPE.fullmatch(brand) or _OFFERS.search(text)))
            or (reading.score >= 2 and _OFFERS.search(text))
            or (reading.strong >= 2 and reading.cover >= 0.25 and not _QUOTED.search(reading.text))
        ):
            promotion += words
            lists += reading.cover >= 0.5
        else:
            genuine += words if i in prose else 0
            continue
        offers += _OFFERS.search(text) is not None
        terms |= {text[h.start : h.end] for h in reading.hits if h.term.weight >= STRONG}
    everything = sum(page.words[i] for i in page.filled[: params.lines]) or 1
    alone = lists > 0 and promotion >= 0.8 * everything and len(terms) >= 2
    if not alone and (len(terms) < 4 or not (lists >= 3 or (brand and lists + offers) or offers >= 2)):
        return Signal(0.0)
    share = promotion / (promotion + 1.5 * genuine or 1)
    if reports >= 2 and lists < 3:
        share /= 2
    evidence = f"{promotion} of {promotion + genuine} words promote" + (f", brand {brand}" if brand else "")
    return Signal(round(share, 3), f"{evidence}: {', '.join(sorted(terms)[:5])}")


START = 3000
"""So many characters from the start of a page tell whether it is worth a closer look."""
# Lines that may hold such a word. The white space is what `str.split` splits at.
_GATE = (
    r"(?:^|[\s\v\x1c-\x1f\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}])"
    f"(?:{'|'.join(sorted(_BEGINNINGS))})|{_UNSPACED.pattern}"
)


def _suspicious(page: Page) -> bool:
    """Whether the start of a page has so many words of doorways that it is worth a closer look."""
    held = lines_with(page, _GATE)
    if held.isdisjoint(page.lines):
        return False
    heads: list[str] = []
    signs = size = 0
    for line in page.lines:
        if line in held:
            line = line[: START - size]
            heads += [head for head in map(_HEAD, line.lower().split()) if head in _BEGINNINGS]
            signs += 0 if line.isascii() else len(_UNSPACED.findall(line))
        size += len(line) + 1
        if size >= START:
            break
    text = page.text[:START]
    # A doorway has one such word in ten; the menus around a short one must not hide it.
    if len(heads) >= 4 and len(set(heads)) >= 2 and len(heads) * 50 >= len(text.split()):
        return True
    return signs > 0 and signs * 100 >= len(text)


def _is_keywords(reading: Reading) -> bool:
    """A line whose letters are nearly all in terms; a page may have a few of them without being spam."""
    return reading.cover >= 0.7 and reading.score >= 3 and not reading.reports


def _brand(view: View, body: list[int]) -> str:
    """The name that stands in most lines of the page's own text, folded; "" if there is none."""
    lines: Counter[str] = Counter()
    names: Counter[str] = Counter()
    plain_of = _PlainNames()
    for i in body:
        reading = view.read(i)
        if reading.script == "Hani":
            runs = "".join(char if "\u3400" <= char <= "\u9fff" else " " for char in reading.folded.text[:200])
            lines.update(
                {run for size in (3, 4) for k in range(len(runs) - size + 1) if " " not in (run := runs[k : k + size])}
            )
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
