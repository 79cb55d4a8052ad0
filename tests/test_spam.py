"""Spam in texts that no rule was written for: what is found, and what must be left alone.

The first list was written before the vocabulary, the second one after it, as a test of words that it did not have; the
vocabulary has since learnt from both. `python tests/test_spam.py` prints what is missed.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.clean import _spam_signs, _spam_terms, _spam_vocabulary
from pipeline.clean._spam_fold import fold
from pipeline.clean._spam_terms import find
from pipeline.engine.pages import Costs, clean_pages
from pipeline.step import Page
from tests.bench.shared import SHARED

CLEAN = [steps.load("clean", rule) for rule in ("spam_tags", "spam_header", "spam_latin", "spam_scripts")]
JUDGE = steps.load("judge", "spam")


class Spam(NamedTuple):
    language: str
    article: str
    place: str
    lines: list[str]


# Articles that carry the spam. Nothing of them may be lost.
ARTICLES = {
    "en": [
        "The orchard that outlived its village",
        "When the reservoir was filled in 1961, forty houses went under the water, but the pear trees on the slope above them stayed where they were.",
        "Every autumn the grandchildren of the people who planted them come back with ladders and baskets, and the fruit is shared out by a list that nobody has changed since.",
        "“We do not sell them,” said Ruth Amsel, who keeps the list. “You cannot sell what belongs to people who are no longer here.”",
        "This year the harvest was small, because the bees came late and the wind came early.",
    ],
    "de": [
        "Die Uhr am Rathaus geht wieder",
        "Elf Jahre lang zeigte die Uhr am alten Rathaus von Lindenau zwanzig nach vier, und die meisten hatten sich daran gewöhnt.",
        "Am Samstag hat der Uhrmacher Jonas Petersen das Werk wieder eingesetzt, das er in seiner Werkstatt Zahn für Zahn nachgefeilt hatte.",
        "„Sie wird nicht genau gehen“, sagte er, „aber sie wird wieder gehen, und das ist in diesem Ort schon viel.“",
    ],
    "es": [
        "El panadero que reparte en mula",
        "En la sierra de Albarca todavía hay aldeas a las que no llega la carretera, y el pan sube dos veces por semana a lomos de una mula.",
        "Ramiro Escudero tiene sesenta y dos años y dice que lo peor no es la cuesta, sino que cada invierno quedan menos puertas en las que llamar.",
        "El ayuntamiento ha prometido arreglar el camino antes de que empiecen las lluvias.",
    ],
    "zh": [
        "山村教师与他的气象日记",
        "从一九八七年起，龙湾小学的教师贺启明每天早晨七点记录一次气温和风向，三十多年没有间断。",
        "他说，最初只是为了教孩子们看温度计，后来村里人种烟叶、收油菜，都要先来问他一声。",
        "今年春天，县气象局把这些笔记本扫描存档，其中最旧的一本已经被雨水泡得看不清封面。",
    ],
    "zht": [
        "老碼頭的修船人",
        "從父親手裡接過這間船塢的時候，林阿水還不滿二十歲，港裡停的全是木船。",
        "如今一年只有三四條木船要修，他還是每天早上把刨子擦一遍，說是怕手忘了。",
        "區公所打算把船塢列為歷史建築，並且請他教年輕人認識每一種榫頭的名字。",
    ],
    "id": [
        "Nelayan Tanjung Laut Tanam Kembali Bakau",
        "Selama sepuluh tahun terakhir garis pantai di desa itu mundur hampir tiga puluh meter, dan rumah yang paling depan sudah ditinggalkan pemiliknya.",
        "Sejak tahun lalu para nelayan menanam bakau setiap akhir pekan, dibantu siswa sekolah dasar yang membawa bibit dari rumah.",
        "Menurut ketua kelompok, Ibu Sartini, dua dari tiga bibit sudah tumbuh setinggi lutut orang dewasa.",
    ],
    "fr": [
        "La bibliothèque qui passe par la rivière",
        "Depuis le mois de mai, une péniche chargée de quatre mille livres s'arrête chaque mardi devant les villages que le bus ne dessert plus.",
        "Les lecteurs montent à bord avec leurs paniers, rendent trois romans, en prennent quatre, et restent souvent pour le café.",
        "« On nous avait dit que les gens ne lisaient plus », raconte Odile Marchais, qui tient la barre et le registre.",
    ],
    "ru": [
        "Мастер, который чинит гармони",
        "В посёлке Заречье осталась последняя мастерская, где ещё умеют настраивать старые гармони, и хозяину её семьдесят девять лет.",
        "Он говорит, что голос инструмента узнаёт по первому вздоху мехов, а остальное уже дело терпения.",
        "Весной к нему приехали два ученика из областного центра, и теперь по вечерам в окне снова горит свет.",
    ],
}

FIRST = [
    Spam("zh", "en", "top", ["91色情网站在线,无码人妻一区,丝袜美腿在线播放,亚洲乱码视频免费,五月婷婷网"]),
    Spam("zh", "zht", "top", ["国内自拍偷拍第一页_伊人久久大香蕉_强奸乱伦小说_麻豆传媒在线_欧美老妇性爱"]),
    Spam("zh", "zh", "top", ["永利皇宫平台 - 永利皇宫官方入口|电子棋牌|真钱捕鱼|彩票投注"]),
    Spam("zh", "de", "top", ["开云体育app官网下载-开云(中国)唯一官方登录入口"]),
    Spam("zh", "en", "bottom", ["友情鏈接：成人直播 | 約炮神器 | 六合彩開獎結果 | 百家樂技巧 | 賭球網站"]),
    Spam("zh", "zh", "bottom", ["代开发票 代办文凭 办证刻章 信用卡套现 微信刷票"]),
    Spam("id", "en", "top", ["KAKEK138 🔥 Bandar Slot Online Terpercaya Bonus New Member 100% 🔥 Depo 5k QRIS"]),
    Spam(
        "id",
        "id",
        "bottom",
        ["bandar togel", "bocoran slot gacor", "situs judi bola", "slot pulsa tanpa potongan", "poker online"],
    ),
    Spam(
        "id", "de", "bottom", ["Agen judi bola resmi | togel singapore | live draw sgp | keluaran hk | bandarq online"]
    ),
    Spam("id", "en", "mid", ["situs togel terpercaya toto macau paito warna sdy bandar toto 4d slot dana"]),
    Spam(
        "ms",
        "en",
        "bottom",
        ["judi online malaysia | ekor 4d | mega888 apk | 918kiss download | kasino dalam talian free kredit"],
    ),
    Spam(
        "tr",
        "fr",
        "bottom",
        ["canlı bahis - yatırımsız bonus - illegal iddaa siteleri - rulet oyna - mobil ödeme bahis"],
    ),
    Spam(
        "tr",
        "en",
        "mid",
        [
            '<div style="display:none">bedava deneme bonusu, kaçak iddaa, yüksek oranlı bahis siteleri, tombala oyna</div>'
        ],
    ),
    Spam("tr", "es", "bottom", ["istanbul escort", "ankara escort bayan", "izmir eskort", "şişli escort"]),
    Spam("tr", "de", "bottom", ["guncel casino adresleri bonus veren slot siteleri kacak bahis yeni giris adresi"]),
    Spam("vi", "en", "bottom", ["nhà cái uy tíncá độ bóng đásòng bạc trực tuyếnđánh bài ăn tiền"]),
    Spam("vi", "en", "top", ["Game bài đổi thưởng | Nổ hũ online | Bắn cá ăn xu | Xổ số miền Nam | Soi kèo hôm nay"]),
    Spam("th", "en", "mid", ["แทงบอลออนไลน์ ยิงปลา คาสิโนสด สมัครฟรี ฝากถอนออโต้ ไม่มีขั้นต่ำ แจกเครดิตฟรี"]),
    Spam("th", "id", "bottom", ["หวยออนไลน์ | เว็บพนันออนไลน์ | ปั่นสล็อต | ดูหนังโป๊"]),
    Spam("ko", "en", "bottom", ["온라인바카라|카지노검증사이트|스포츠토토|사설토토|파워볼분석|먹튀사이트"]),
    Spam("ko", "ru", "top", ["출장안마 출장마사지 강남오피 유흥알바 홈타이 밤문화"]),
    Spam(
        "ja",
        "en",
        "bottom",
        [
            "ルイヴィトン スーパーコピー 財布 代引き対応 激安",
            "ロレックス コピー N品 通販",
            "シャネル 偽物 バッグ 専門店",
        ],
    ),
    Spam("ja", "fr", "mid", ["オンラインカジノ 入金不要ボーナス バカラ 必勝法 出会い系 サクラなし"]),
    Spam(
        "ru",
        "en",
        "bottom",
        ["займ на карту без отказа | микрозаймы онлайн | купить диплом | проститутки москва | казино икс"],
    ),
    Spam(
        "ru",
        "ru",
        "mid",
        ["1xbet зеркало скачать, букмекерские конторы с фрибетом, слоты на реальные деньги, пин ап казино"],
    ),
    Spam("ru", "de", "bottom", ["дженерик виагра купить недорого, сиалис цена, левитра доставка"]),
    Spam(
        "uk",
        "en",
        "bottom",
        ["онлайн казино україна, ігрові автомати на гроші, ставки на спорт бонус, позика онлайн без відмови"],
    ),
    Spam(
        "pt",
        "en",
        "bottom",
        ["jogo do tigrinho demo | cassino que paga via pix | rodadas grátis sem depósito | bet com bônus no cadastro"],
    ),
    Spam(
        "pt",
        "de",
        "top",
        ["melhores sites de apostas,roleta online,fortune tiger,caça níqueis grátis-lindenau.example"],
    ),
    Spam("es", "en", "mid", ["préstamos rápidos sin nómina - créditos al instante con ASNEF - minicréditos online"]),
    Spam(
        "es",
        "es",
        "bottom",
        [
            "casas de apuestas con bono sin depósito | jugar tragaperras gratis | ruleta online dinero real | casinos sin licencia"
        ],
    ),
    Spam(
        "it",
        "en",
        "bottom",
        ["casino non aams sicuri | slot online soldi veri | bonus senza deposito immediato | siti scommesse stranieri"],
    ),
    Spam(
        "pl",
        "en",
        "bottom",
        [
            "kasyno online bez depozytu | darmowe spiny za rejestrację | chwilówki bez bik | pożyczki pozabankowe | zakłady bukmacherskie bonus"
        ],
    ),
    Spam(
        "de",
        "en",
        "bottom",
        ["Online Casino ohne Lizenz | Freispiele ohne Einzahlung | Kredit ohne Schufa | Viagra rezeptfrei kaufen"],
    ),
    Spam(
        "fr",
        "en",
        "bottom",
        [
            "casino en ligne fiable, machines à sous gratuites, bonus sans dépôt, paris sportifs, rachat de crédit, plan cul gratuit"
        ],
    ),
    Spam("ar", "en", "bottom", ["كازينو اون لاين | مراهنات رياضية | العاب سلوتس مجانا | افلام سكس مترجم"]),
    Spam(
        "fa",
        "en",
        "bottom",
        ["سایت شرط بندی معتبر | بازی انفجار | پیش بینی فوتبال با بونوس | کازینو آنلاین | ثبت نام بت"],
    ),
    Spam("hi", "en", "bottom", ["सट्टा मटका रिजल्ट | कल्याण मटका | देसावर सट्टा | तीन पत्ती रियल कैश | ऑनलाइन कैसीनो"]),
    Spam(
        "hi",
        "en",
        "mid",
        ["satta king 786, matka result, teen patti real cash, rummy apk download bonus, gali disawar chart"],
    ),
    Spam(
        "en",
        "de",
        "bottom",
        [
            "write my essay cheap | custom term paper service | buy cbd gummies | forex signals telegram | cheap ugg boots outlet"
        ],
    ),
    Spam(
        "en",
        "fr",
        "bottom",
        ["buy cheap soma online - phentermine no rx - ambien overnight delivery - generic propecia"],
    ),
    Spam(
        "en",
        "en",
        "bottom",
        ["buy real youtube views", "instagram likes cheap", "seo backlinks service", "guest post service da 50"],
    ),
    Spam(
        "en",
        "en",
        "top",
        [
            "b\u200buy v\u200biagra onl\u200bine | ch\u2060eap ciali\u200bs | on\u200bline pha\u200brmacy no pre\u200bscription"
        ],
    ),
    Spam("en", "de", "mid", ["online саsinо bonus | ѕlоts real mоney | frее sрins no deposit"]),
    Spam("en", "es", "bottom", ["ＯＮＬＩＮＥ ＣＡＳＩＮＯ ｜ ＦＲＥＥ ＳＰＩＮＳ ｜ 𝐁𝐄𝐒𝐓 𝐒𝐋𝐎𝐓𝐒"]),
    Spam("en", "en", "bottom", ["V1agra 100mg no prescription, c1alis s0ft tabs, lev1tra overnight"]),
    Spam(
        "en",
        "es",
        "bottom",
        ["watch full movie online free hd 123movies putlocker download torrent crack keygen serial"],
    ),
    Spam(
        "nl", "en", "bottom", ["online casino zonder cruks | gratis spins zonder storting | goksites zonder vergunning"]
    ),
    Spam("sv", "en", "bottom", ["casino utan svensk licens | casinobonus utan omsättningskrav | snabblån utan uc"]),
    Spam(
        "cs",
        "en",
        "bottom",
        ["online casino bez vkladu | automaty za peníze | sázkové kanceláře bonus | nebankovní půjčky ihned"],
    ),
    Spam(
        "he", "en", "bottom", ["קזינו אונליין | הימורים באינטרנט | בונוס ללא הפקדה | נערות ליווי | הלוואות חוץ בנקאיות"]
    ),
    Spam(
        "el", "en", "bottom", ["online καζίνο | φρουτάκια δωρεάν | στοιχηματικές εταιρίες μπόνους | δωρεάν περιστροφές"]
    ),
    Spam("bn", "en", "bottom", ["অনলাইন ক্যাসিনো | ক্রিকেট বেটিং সাইট | জুয়া খেলার অ্যাপ | ফ্রি বোনাস"]),
]

SECOND = [
    Spam("zh", "en", "top", ["黄瓜视频app下载,榴莲视频污版,茄子视频懂你更多,芭乐视频成人版,丝瓜视频无限看"]),
    Spam("zh", "en", "top", ["精东影业|果冻传媒|天美传媒|麻豆剧传媒在线播放|杏吧原创"]),
    Spam("zh", "zht", "top", ["国产激情久久久久影院老熟女,少妇高潮喷水,白丝校花扒腿让我c,国产乱码一区二区三区爽爽爽"]),
    Spam("zh", "en", "top", ["yy6080新视觉影院_人人影视_韩国r级限制_欧美性爱网址_豆国产95在线"]),
    Spam("zh", "de", "top", ["k8凯发国际-凯发k8官网登录vip-凯发天生赢家一触即发"]),
    Spam("zh", "zh", "top", ["manbetx体育_万博manbetx手机版_manbetx客户端登录"]),
    Spam("zh", "en", "top", ["bob综合体育官方app下载·(中国)官方网站"]),
    Spam("zh", "en", "top", ["365bet体育在线投注 | 足球押注 | 英超买球app排名 | 欧洲杯竞猜"]),
    Spam("zh", "zh", "bottom", ["香港六合彩开奖现场直播,澳门彩资料大全,一肖一码中特,白小姐三肖必中"]),
    Spam("zh", "en", "bottom", ["抖音粉丝购买 快手业务低价自助下单 qq空间刷赞 名片赞网站"]),
    Spam("zh", "en", "bottom", ["深圳夜总会招聘 上海高端外围 北京模特预约 杭州品茶工作室"]),
    Spam("id", "en", "top", ["DEWA4D: Login Link Resmi DEWA4D Slot Online Mudah Jackpot 2024"]),
    Spam("id", "en", "bottom", ["mpo1221", "slot zeus", "rtp gacor", "situs toto macau", "link slot gacor"]),
    Spam(
        "id",
        "de",
        "bottom",
        ["obat aborsi | jual obat kuat | pinjaman online langsung cair | jasa backlink murah | cerita dewasa"],
    ),
    Spam("id", "id", "top", ["IBCBET88 >> Agen Resmi Sportsbook & Live Casino Paling Dipercaya #1"]),
    Spam(
        "tr",
        "en",
        "bottom",
        ["1win giriş | mostbet türkiye | pin up casino | bahis şirketleri | kumarhane oyunları | bedava slot"],
    ),
    Spam("tr", "fr", "bottom", ["canlı maç izle, taraftarium24, justin tv izle, selçuksports, şifresiz maç izle"]),
    Spam("vi", "en", "bottom", ["trực tiếp đá gà thomo hôm nayxổ số minh ngọccách đánh lô kép88vin rút tiền"]),
    Spam("vi", "de", "top", ["Vip68 - Cổng game quốc tế | Tải Vip68 nhận code 50k | Đại lý Vip68"]),
    Spam("th", "en", "bottom", ["สูตรบาคาร่า โปรฝาก 10 รับ 100 ล่าสุด สล็อตออนไลน์ ค่าย jili เว็บแทงหวย"]),
    Spam("ko", "en", "mid", ["토토추천 벳페어먹튀 스보벳 가상축구 스포츠중계 실시간배팅 벳365"]),
    Spam("ko", "en", "bottom", ["소액결제현금화 신용카드현금화 상품권매입 폰테크 급전대출"]),
    Spam(
        "ja",
        "en",
        "bottom",
        [
            "モンクレール ダウン 激安 コピー",
            "ウブロ ビッグバン スーパーコピー n級品",
            "クロムハーツ コピー 通販 後払い",
        ],
    ),
    Spam("ja", "en", "mid", ["即日融資 ブラックOK カードローン 審査甘い 給料ファクタリング"]),
    Spam("ru", "en", "bottom", ["вавада казино вход, 1вин зеркало, melbet промокод, лаки джет стратегия, покердом"]),
    Spam("ru", "en", "bottom", ["кракен ссылка | мега маркетплейс | купить мефедрон | блэкспрут зеркало"]),
    Spam("ru", "ru", "bottom", ["купить ссылки", "продвижение сайтов в топ", "накрутка лайков", "прогон по каталогам"]),
    Spam(
        "pt",
        "en",
        "mid",
        ["betano cassino bônus cadastro, fortune ox horário pagante, plataforma de slots nova, esporte da sorte login"],
    ),
    Spam(
        "es",
        "en",
        "bottom",
        ["casino sin verificación | bono bienvenida casino | apuestas peru | 1xbet méxico | crash aviator dinero"],
    ),
    Spam(
        "es",
        "de",
        "bottom",
        [
            "abogado de accidentes los angeles, seguros de auto baratos, préstamo personal urgente, comprar viagra sin receta"
        ],
    ),
    Spam(
        "it",
        "en",
        "bottom",
        [
            "casinò online stranieri | bonus benvenuto scommesse | giochi slot machine gratis | prestiti senza busta paga"
        ],
    ),
    Spam(
        "pl",
        "de",
        "bottom",
        ["kasyno online polska | vulkan vegas kod | legalni bukmacherzy | szybka chwilówka | pożyczka bez BIK"],
    ),
    Spam(
        "de",
        "en",
        "bottom",
        ["beste online casinos österreich | casino bonus code | online wetten ohne oasis | cialis kaufen rezeptfrei"],
    ),
    Spam(
        "fr",
        "en",
        "bottom",
        ["meilleur casino en ligne argent réel | cresus casino | jeux de roulette gratuit | crédit sans justificatif"],
    ),
    Spam("ar", "en", "bottom", ["أفضل كازينو على الإنترنت | العاب قمار | تنزيل 1xbet | روليت مجاني"]),
    Spam("fa", "en", "bottom", ["سایت بت معتبر | پوکر آنلاین | ورود به سایت انفجار | شرط بندی فوتبال بدون فیلتر"]),
    Spam(
        "hi", "en", "bottom", ["आज का सट्टा नंबर | गली देसावर रिजल्ट | रमी खेल कर पैसे कमाएं | तीन पत्ती गोल्ड | स्लॉट गेम ऑनलाइन"]
    ),
    Spam("en", "en", "bottom", ["sarms for sale uk, buy lasix no rx, order clenbuterol, cheap hgh online"]),
    Spam(
        "en",
        "de",
        "bottom",
        ["stake promo code | best crypto gambling sites | aviator predictor apk | plinko real money | bc game bonus"],
    ),
    Spam(
        "en",
        "en",
        "bottom",
        ["escorts in jaipur | russian call girls goa | dehradun escort service | mahipalpur call girl"],
    ),
    Spam(
        "en",
        "fr",
        "bottom",
        ["yeezy boost cheap, air max outlet, pandora charms sale clearance, cheap nfl jerseys china"],
    ),
    Spam(
        "en",
        "en",
        "bottom",
        ["dissertation writing help uk | coursework writing service | pay someone to write my paper"],
    ),
    Spam(
        "en",
        "es",
        "bottom",
        [
            "free onlyfans accounts | tiktok coins generator | roblox hack no human verification | netflix premium apk mod"
        ],
    ),
    Spam(
        "en",
        "en",
        "bottom",
        [
            "Hello, I lost my bitcoin to a fake broker but a certified recovery hacker helped me, contact him on telegram to recover lost crypto funds fast!"
        ],
    ),
    Spam(
        "nl",
        "en",
        "bottom",
        [
            "casino zonder registratie | beste online casino nederland ideal | sportweddenschappen bonus | geld lenen zonder bkr"
        ],
    ),
    Spam(
        "sv",
        "de",
        "bottom",
        ["bästa casino utan spelpaus | nya nätcasinon 2024 | sms lån direkt utbetalning | odds utan licens"],
    ),
    Spam("el", "en", "bottom", ["νόμιμα online καζίνο | δωρεάν φρουτάκια | live στοίχημα | μπόνους χωρίς κατάθεση"]),
    Spam(
        "ro",
        "en",
        "bottom",
        ["cazino online bonus fara depunere | pariuri sportive live | pacanele gratis | credite rapide nebancare"],
    ),
    Spam(
        "hu",
        "en",
        "bottom",
        ["online kaszinó magyar | ingyen pörgetés befizetés nélkül | sportfogadás bónusz | gyors kölcsön"],
    ),
    Spam("ur", "en", "bottom", ["آن لائن کیسینو | سٹہ بازی | مفت بونس سلاٹ | کرکٹ بیٹنگ ایپ"]),
    Spam("ta", "en", "bottom", ["ஆன்லைன் ரம்மி விளையாட்டு | கேசினோ போனஸ் | லாட்டரி முடிவுகள் இன்று"]),
]

# Look-alikes: menus, tables, glossaries, police news, medicine. Every line must stay.
INNOCENT = [
    ("en", ["Home | Casino Hotel | Rooms | Restaurant | Spa | Weddings | Contact"]),
    (
        "en",
        [
            "Starters",
            "Slot-roasted beetroot, goat's cheese",
            "Poker-chip potatoes",
            "Bonus side: fries, free with any burger",
        ],
    ),
    ("en", ["Results: Derby 2-1 Luton; Hull 0-0 Bury; Leeds 3-2 Stoke; Betting odds next week: Hull 5/2, Leeds evens"]),
    ("en", ["sildenafil (Viagra), tadalafil (Cialis), vardenafil (Levitra), avanafil (Stendra)"]),
    (
        "en",
        [
            "Viagra was approved in 1998 and its patent ran out in 2013, after which cheap generic versions appeared in every pharmacy.",
            "Doctors warn against buying Viagra online without a prescription.",
        ],
    ),
    (
        "en",
        [
            "Drug | Class | Half-life",
            "Tramadol | opioid | 6 h",
            "Alprazolam (Xanax) | benzodiazepine | 11 h",
            "Zolpidem (Ambien) | hypnotic | 2.5 h",
        ],
    ),
    (
        "en",
        [
            "Regulator fines online casino £7m over bonus offers to problem gamblers",
            "The operator had sent free spins to customers who had asked to be excluded, the commission found.",
        ],
    ),
    (
        "en",
        [
            "casino, n. a public room or building for gambling",
            "croupier, n. the person in charge of a gaming table",
            "jackpot, n. the largest prize in a game of chance",
        ],
    ),
    ("en", ["Tags: gambling, online casino, regulation, advertising, addiction"]),
    (
        "en",
        [
            "The words most often found in the hidden blocks were “payday loans”, “replica watches”, “cheap viagra” and “online casino bonus”."
        ],
    ),
    ("en", ["Top 10 payday loan alternatives for people with bad credit, according to Citizens Advice"]),
    (
        "en",
        [
            "Write my name on the door and I will write yours on the gate",
            "Write my name, write my name,",
            "And free me, free me, rain",
        ],
    ),
    ("en", ["Watch online: the full debate", "Download the free app", "Register now", "Live stream", "Free trial"]),
    ("en", ["Replica of the ship goes on display | Watch the video | Buy tickets online | Free entry for under-16s"]),
    ("en", ["Escort vessels of the Second World War: Flower class, River class, Black Swan class"]),
    ("en", ["Slots available: 9:00, 9:30, 10:00, 11:30; bonus session at 14:00; register online for free"]),
    ("en", ["Poker, n. 88 entries", "Roulette, n. 12 entries", "Baccarat, n. 4 entries"]),
    ("de", ["Spielbank Bad Lindau: Roulette, Black Jack, Poker, Automatenspiel, Restaurant"]),
    ("de", ["Kredit ohne Schufa: Verbraucherschützer warnen vor unseriösen Angeboten im Internet"]),
    (
        "fr",
        ["Le Casino de Saint-Aubin accueille le festival : concert, théâtre, cinéma, jeux pour enfants, restaurant"],
    ),
    ("fr", ["Casino Supermarché, Carrefour, Auchan, Leclerc, Intermarché, Monoprix"]),
    ("es", ["La ruleta, la lotería y el bingo: historia de los juegos de azar en la comarca"]),
    (
        "es",
        [
            "Detenido por estafar 40.000 euros en apuestas deportivas online",
            "El acusado abría cuentas en casas de apuestas con bono de bienvenida y documentos falsos, según la Guardia Civil.",
        ],
    ),
    (
        "pt",
        [
            "CPI das Bets ouve donos de casas de apostas e influenciadores",
            "O jogo do tigrinho virou caso de polícia em três estados.",
        ],
    ),
    ("zh", ["国产新能源汽车出口增长，欧美日韩市场份额上升"]),
    ("zh", ["免费观看：市图书馆纪录片展映", "一区二区三区均设检票口，观众可在线预约"]),
    ("zh", ["首页 | 新闻 | 视频 | 电影 | 体育 | 娱乐 | 彩票 | 游戏 | 下载"]),
    ("zh", ["日韩合拍电影《海峡》将于五月上映，中文字幕版同步在线播放"]),
    ("zh", ["福彩双色球第2024031期开奖：红球03 07 12 19 25 31 蓝球08"]),
    ("zh", ["产品：精品龙井、一级碧螺春、高级铁观音、二级毛峰、三级炒青"]),
    ("ja", ["スーパー コピー機 設置店舗一覧", "送料無料キャンペーン実施中 代引き手数料 330円"]),
    ("ja", ["偽ブランド品のバッグや財布を販売したとして、県警は男を逮捕した。"]),
    (
        "ko",
        [
            "경찰, 불법 도박사이트 운영 일당 검거…토토사이트 12곳 폐쇄",
            "이들은 해외에 서버를 두고 회원 3천 명을 모은 혐의를 받고 있다.",
        ],
    ),
    ("ru", ["В казино Монте-Карло прошёл благотворительный вечер, сборы пойдут на ремонт больницы."]),
    ("ru", ["рулетка измерительная, молоток, зубило, ножовка, уровень, отвёртка"]),
    (
        "tr",
        [
            "Yasa dışı bahis operasyonu: 14 ilde 87 gözaltı",
            "Şüphelilerin kaçak bahis siteleri üzerinden milyonlarca lira topladığı belirtildi.",
        ],
    ),
    (
        "id",
        ["Polisi Tangkap Bandar Judi Online di Surabaya", "Polda: Situs judi slot diblokir 12.000 kali dalam sebulan"],
    ),
    (
        "vi",
        ["Kết quả xổ số miền Bắc ngày 3/2: giải đặc biệt 48213", "Công an triệt phá đường dây cá độ bóng đá nghìn tỷ"],
    ),
    ("th", ["ตำรวจจับเว็บพนันออนไลน์ เงินหมุนเวียนกว่าร้อยล้านบาท"]),
    ("it", ["Ricetta: spaghetti, vongole, aglio, prezzemolo, vino bianco, peperoncino"]),
    (
        "pl",
        ["Chwilówki: UOKiK ostrzega przed pożyczkami bez zaświadczeń", "Kara dla firmy wyniosła dwa miliony złotych."],
    ),
    ("hi", ["सट्टेबाजी के आरोप में पाँच गिरफ्तार, पुलिस ने मोबाइल और नकदी बरामद की"]),
    ("ar", ["حكم بالسجن على مدير كازينو بتهمة غسل الأموال"]),
    (
        "en",
        [
            "def roll(): return random.choice(slots)  # casino = Casino(bonus=5)",
            "<ul><li>free spins</li><li>bonus</li></ul>",
        ],
    ),
    ("en", ["Deadwood, Las Vegas, Atlantic City, Monte Carlo, Macau, Reno, Baden-Baden"]),
]

# Whole pages that are spam, and pages that only speak of it.
DOORWAYS = {
    "en casino guide": (
        "Home  About  News  Contact\n"
        "Luckynova88 Casino Review: Free Spins and Real Money Slots\n"
        "Luckynova88 is the best online casino for players who want fast payouts and a generous welcome bonus. At Luckynova88 you can play slots, live roulette and blackjack around the clock.\n"
        "Why choose Luckynova88?\n"
        "Luckynova88 offers a no deposit bonus of 50 free spins, a deposit bonus of 200% and 24/7 support. Sign up now and claim your bonus.\n"
        "How to register at Luckynova88\n"
        "Open the Luckynova88 login page, fill in the form, make your first deposit and play now on mobile or desktop.\n"
        "Is Luckynova88 safe?\n"
        "Luckynova88 holds a licence and uses encryption, so your money is safe with us. Join now and win the jackpot today.\n"
        "© 2024 Parish of Lower Elmswick"
    ),
    "en pharma list": (
        "buy viagra online cheap\n"
        "Viagra 100mg price | cialis 20mg without prescription | levitra generic | kamagra oral jelly\n"
        "buy tramadol online overnight, xanax for sale, ambien no prescription\n"
        "Order now with free shipping worldwide. Canadian pharmacy online, no prescription needed, discreet delivery!\n"
        "generic propecia | cheap phentermine | soma online"
    ),
    "ja shop": (
        "トップページ\n"
        "ロレックス スーパーコピー N級品 通販専門店\n"
        "商品番号 RX-1102 ロレックスコピー デイトナ 価格 28,000円 送料無料\n"
        "商品番号 RX-1103 ロレックスコピー サブマリーナ 価格 26,500円 送料無料\n"
        "商品番号 LV-220 ルイヴィトン 財布コピー 新作 激安 価格 9,800円\n"
        "当店は最高級ブランドコピー時計を取り扱っております。代引き対応、全国送料無料、品質保証。今すぐご注文ください。\n"
        "お問い合わせ"
    ),
    "ko review": (
        "홈 소개 게시판\n"
        "토토사이트 순위 2024 안전놀이터 추천\n"
        "1위 벳나라 – 신규가입 꽁머니 3만원, 첫충 30%, 먹튀검증 완료\n"
        "2위 골든벳 – 스포츠토토 배당 최고, 롤링 없음, 입플 이벤트\n"
        "3위 카지노월드 – 바카라사이트 추천, 실시간 카지노, 환전 5분\n"
        "안전한 토토사이트를 이용하려면 먹튀검증 커뮤니티에서 확인된 메이저사이트만 이용하세요. 추천코드 입력 후 가입하시면 꽁머니를 드립니다."
    ),
    "ru casino": (
        "Главная Новости Контакты\n"
        "Казино Рубинстар официальный сайт зеркало рабочее на сегодня\n"
        "Рубинстар предлагает игровые автоматы на деньги, бездепозитный бонус за регистрацию и быстрые выплаты.\n"
        "Зеркало Рубинстар обновляется каждый день, поэтому играть можно без блокировок. Зарегистрируйтесь и получите бонус.\n"
        "В казино Рубинстар доступны слоты, рулетка и фриспины каждую неделю.\n"
        "Рубинстар отзывы, Рубинстар вход, Рубинстар скачать"
    ),
    "vi list": (
        "Trang chủ\n"
        "Nhà cái uy tín XV99 – link vào XV99 mới nhất không bị chặn\n"
        "XV99 là nhà cái uy tín hàng đầu với kèo bóng đá, tài xỉu, nổ hũ và bắn cá đổi thưởng. Đăng ký ngay để nhận khuyến mãi nạp đầu.\n"
        "Tải app XV99 về điện thoại, nạp rút nhanh trong 3 phút, hỗ trợ 24/7.\n"
        "soi kèo hôm nay, kết quả xổ số miền bắc, lô đề online, đá gà trực tiếp"
    ),
    "th door": (
        "หน้าแรก\n"
        "สล็อตเว็บตรง ไม่ผ่านเอเย่นต์ แตกง่าย อันดับ 1\n"
        "เว็บสล็อตของเราให้บริการบาคาร่าออนไลน์ คาสิโนสด และแทงบอลออนไลน์ ฝากถอนออโต้ ไม่มีขั้นต่ำ\n"
        "สมัครสมาชิกวันนี้ รับโบนัส 100% เครดิตฟรี ทดลองเล่นสล็อตทุกค่าย"
    ),
    "pt guide": (
        "Prefeitura Municipal\n"
        "Tigrex77 Cassino: bônus no cadastro e rodadas grátis\n"
        "O Tigrex77 é a plataforma de apostas online que mais paga no Brasil, com saque via pix em minutos.\n"
        "No Tigrex77 você encontra jogo do tigrinho, roleta ao vivo, caça-níqueis e apostas esportivas. Cadastre-se agora e ganhe bônus de boas-vindas.\n"
        "O app Tigrex77 funciona no celular e o suporte atende 24/7.\n"
        "Tigrex77 é confiável? Sim, milhares de jogadores já receberam. Jogue agora!"
    ),
    "pl loans": (
        "chwilówki online bez BIK od ręki\n"
        "pożyczka bez zaświadczeń na dowód | kredyt bez BIK przez internet | chwilówka dla zadłużonych\n"
        "szybka pożyczka pozabankowa w 15 minut, pożyczki prywatne, kredyt dla zadłużonych\n"
        "chwilówki bez BIK i KRD od zaraz"
    ),
    "zh door": (
        "学院首页\n"
        "银豹体育(中国)官方网站-银豹体育APP下载\n"
        "银豹体育是亚洲领先的线上娱乐平台，为广大玩家提供体育投注、真人百家乐、电子游戏和彩票服务，注册即送彩金。\n"
        "银豹体育官网全天候客服在线，提款迅速，安全稳定，欢迎新老会员登录体验。\n"
        "银豹体育怎么样？银豹体育靠谱吗？\n"
        "银豹体育最新网址 银豹体育登录入口 银豹体育手机版"
    ),
    "id story": (
        "Beranda Profil Berita\n"
        "Kisah Penjual Bakso yang Menang Besar di RAJATIGER77\n"
        "Sore itu Pak Darto membuka RAJATIGER77 sambil menunggu pembeli, lalu memasang taruhan kecil di Mahjong Ways dan mendapat scatter hitam.\n"
        "RAJATIGER77 dikenal dengan RTP tertinggi dan pola gacor yang selalu diperbarui setiap malam.\n"
        "Daftar sekarang di RAJATIGER77 lewat link alternatif resmi dan nikmati bonus new member.\n"
        "Bersama RAJATIGER77 siapa saja bisa meraih maxwin dengan modal kecil."
    ),
    "tr faq": (
        "Ana Sayfa\n"
        "Gümüşbet Giriş – Gümüşbet Güncel Adres\n"
        "Gümüşbet giriş adresi nedir? Gümüşbet yeni adresine bu sayfadan ulaşabilirsiniz.\n"
        "Gümüşbet deneme bonusu veriyor mu? Gümüşbet üyelerine deneme bonusu ve çevrimsiz freespin verir.\n"
        "Gümüşbet canlı casino oyunları ve bahis oranları ile güvenilir bahis siteleri arasındadır. Hemen üye ol."
    ),
}
# Landing pages in fluent sentences: a brand in most of them, an offer, a reader who is spoken to.
LANDING = {
    "es casino": (
        "Inicio Servicios Contacto\n"
        "Lunarwin: la plataforma que eligen los jugadores\n"
        "Lunarwin te recibe con un paquete de bienvenida de hasta 500 euros y cien tiradas.\n"
        "En Lunarwin disfrutas de ruletas en vivo y de cientos de tragaperras desde tu móvil.\n"
        "Retirar tus ganancias de Lunarwin es rápido y seguro: elige tu método y recibe el dinero.\n"
        "Crea tu cuenta en Lunarwin hoy mismo y empieza a ganar."
    ),
    "en escort": (
        "Elite Companions Norwick\n"
        "Velvet Norwick introduces you to the most beautiful escorts in Norwick for dinner dates and private evenings.\n"
        "Every escort at Velvet Norwick is verified, discreet and ready to meet you at your hotel.\n"
        "Choose your companion in our gallery and book with Velvet Norwick by phone or WhatsApp at any hour.\n"
        "With Velvet Norwick your privacy always comes first, and our call girls know how to keep a secret."
    ),
    "de kredit": (
        "Startseite Impressum\n"
        "Sofortkredit ohne Schufa mit Geldflink\n"
        "Mit Geldflink erhalten Sie Ihren Kredit ohne Schufa innerhalb von 24 Stunden auf Ihr Konto.\n"
        "Geldflink verzichtet auf Bonitätsprüfung und Gehaltsnachweis, damit auch Sie eine Chance bekommen.\n"
        "Stellen Sie jetzt Ihre Anfrage bei Geldflink und sichern Sie sich bis zu 7500 Euro.\n"
        "Tausende Kunden vertrauen Geldflink bereits."
    ),
    "ru casino": (
        "Главная О компании Контакты\n"
        "Вулканикс — место для тех, кто любит риск\n"
        "В Вулканикс вас ждут сотни слотов, рулетка и щедрые фриспины за регистрацию.\n"
        "Вулканикс выводит выигрыш за десять минут на карту или кошелек.\n"
        "Скачайте приложение Вулканикс и играйте в любимые игровые автоматы где угодно.\n"
        "Создайте аккаунт в Вулканикс прямо сейчас и получите бонус на первый депозит."
    ),
    "tr bahis": (
        "Anasayfa Hakkımızda\n"
        "Kartalbet mobil uygulama indir\n"
        "Kartalbet mobil uygulaması ile canlı bahis ve casino oyunları cebinizde.\n"
        "Kartalbet üyelerine her gün kayıp bonusu ve ücretsiz dönüş verir.\n"
        "Uygulamayı indirdikten sonra Kartalbet hesabınıza giriş yapın ve yatırımınızı tamamlayın.\n"
        "Kartalbet ile kazanmaya hemen başlayın."
    ),
    "id slot": (
        "Beranda Tentang Kontak\n"
        "NAGAPUTIH: Teman Setia Pemburu Jackpot\n"
        "NAGAPUTIH menyediakan ratusan permainan slot online dengan peluang menang yang tinggi.\n"
        "Cukup satu akun NAGAPUTIH untuk bermain slot, kasino langsung dan taruhan bola.\n"
        "Setor dana ke NAGAPUTIH lewat dompet digital tanpa potongan.\n"
        "Jangan tunggu lagi, daftarkan dirimu di NAGAPUTIH dan raih kemenangan pertamamu."
    ),
    "pt apostas": (
        "Início Quem somos\n"
        "Conheça a Trevobet\n"
        "A Trevobet oferece apostas esportivas com as melhores odds e um bônus de boas-vindas no primeiro depósito.\n"
        "Na Trevobet você joga caça-níqueis, crash e roleta ao vivo sem sair de casa.\n"
        "O saque por Pix da Trevobet cai na sua conta em poucos minutos.\n"
        "Abra sua conta na Trevobet e comece a lucrar hoje."
    ),
    "zh yule": (
        "首页 关于我们 新闻\n"
        "金凤国际带您体验全新娱乐\n"
        "金凤国际为您提供真人百家乐、体育投注、电子老虎机等上千款游戏。\n"
        "在金凤国际注册即可领取新人彩金，每日还有返水。\n"
        "金凤国际支持多种支付方式，提现秒到账，让您玩得放心。\n"
        "赶快下载金凤国际手机客户端，开启您的财富之旅。"
    ),
    "ja copy": (
        "ホーム 会社概要\n"
        "ブランドコピー専門店ルクセリア\n"
        "ルクセリアではロレックスのスーパーコピー時計を最高品質でご提供しております。\n"
        "ルクセリアの商品は本物と見分けがつかないN級品で、代引きにも対応しています。\n"
        "ルクセリアなら全国送料無料、お急ぎの方にも最短で発送いたします。\n"
        "今すぐルクセリアでお気に入りのブランドコピーをお選びください。"
    ),
    "ar casino": (
        "الرئيسية اتصل بنا\n"
        "كازينو نجمبت أفضل موقع مراهنات\n"
        "يقدم لك نجمبت ألعاب كازينو اون لاين ومراهنات رياضية بأعلى الاحتمالات.\n"
        "سجل في نجمبت واحصل على مكافأة ترحيبية ودورات مجانية.\n"
        "يمكنك سحب أرباحك من نجمبت خلال دقائق.\n"
        "حمل تطبيق نجمبت وابدأ اللعب."
    ),
}
# Small pages with as much spam as text of their own; lines with "~" are the spam.
SMALL = {
    "pt horta": (
        "Escola troca grade por biblioteca\n"
        "A escola do bairro derrubou a grade da frente e pôs ali uma estante coberta.\n"
        "~cassino pix | aposta ganha bônus | tigrinho grátis horário pagante | plataforma nova pagando cadastro | slots grátis\n"
        "Quem passa leva um livro e deixa outro.\n"
        "~melhores cassinos online, rodadas grátis sem depósito, aviator hack, fortune tiger demo, bet bônus de cadastro\n"
        "A diretora diz que nenhum sumiu até agora."
    ),
    "en ferry": (
        "The ferry is late again\n"
        "The 7.40 from Skerry has not been on time since March.\n"
        "~best online casino no deposit bonus | free spins real money | online slots uk | crypto casino | betting sites not on gamstop\n"
        "The operator blames the tide, and the passengers blame the operator.\n"
        "A second boat is promised for June."
    ),
    "de regulierung": (
        "Behörde sperrt Seiten für Online-Casinos\n"
        "Die Glücksspielbehörde hat zwölf Online-Casinos ohne Lizenz sperren lassen.\n"
        "~online casino ohne lizenz, casino ohne oasis, freispiele ohne einzahlung, sportwetten bonus, casino bonus ohne einzahlung\n"
        "Betroffene Spieler können ihr Guthaben bis Ende Mai zurückfordern, teilte eine Sprecherin mit.\n"
        "Die Betreiber hatten mit Freispielen und einem Willkommensbonus geworben."
    ),
    "zh shaonian": (
        "少年宫合唱团招新\n"
        "少年宫合唱团本周六上午举行招新面试，九至十二岁的孩子都可以报名。\n"
        "~亚洲精品一区二区三区,久久综合精品视频,国产无码在线观看,成人午夜影院,欧美一级大片\n"
        "去年的团员唱到了省城的音乐厅。\n"
        "~真人百家乐 彩票平台 棋牌游戏平台 澳门新葡京官网 体育投注网站"
    ),
    "ru most": (
        "Мост закрыли на две недели\n"
        "Пешеходный мост у вокзала закрыли до конца месяца, рабочие меняют настил.\n"
        "~онлайн казино, игровые автоматы на деньги, бездепозитный бонус, зеркало рабочее, фриспины за регистрацию\n"
        "Обойти можно через улицу Садовую.\n"
        "~купить диплом с занесением в реестр, купить аттестат, диплом о высшем образовании недорого"
    ),
    "tr balik": (
        "Balıkçılar limanı boşalttı\n"
        "Fırtına uyarısından sonra tekneler dün gece limana çekildi.\n"
        "~deneme bonusu veren siteler | kaçak bahis | canlı casino | güncel giriş adresi | bahis siteleri | freespin\n"
        "Hava cumartesi günü açacak."
    ),
    "id pasar": (
        "Pasar lama pindah ke terminal\n"
        "Para pedagang mulai berjualan di terminal sejak Senin.\n"
        "~situs slot gacor hari ini | link alternatif | rtp live | slot pulsa tanpa potongan | togel sydney | bandar bola\n"
        "Bangunan lama akan diperbaiki sampai akhir tahun."
    ),
    "ko dari": (
        "낡은 다리가 공원이 된다\n"
        "시는 사십 년 된 철교를 산책로로 바꾸기로 했다.\n"
        "~토토사이트|먹튀검증|안전놀이터|바카라사이트|카지노사이트|메이저사이트\n"
        "공사는 내년 봄에 시작한다."
    ),
    "ja hashi": (
        "商店街に古本の無人棚\n"
        "駅前の商店街に、持ち寄った本を並べる無人の棚ができた。\n"
        "~ブランドコピー 時計 n級品 激安 ロレックス スーパーコピー 代引き 財布 コピー 通販\n"
        "代金は空き缶に入れる決まりで、足りなかった日はまだない。"
    ),
    "es pozo": (
        "El pozo vuelve a dar agua\n"
        "Tras nueve años seco, el pozo de la plaza volvió a dar agua el martes.\n"
        "~casino online bono sin depósito | tragamonedas gratis | apuestas deportivas | giros gratis | ruleta en vivo\n"
        "Las vecinas llenaron la primera jarra.\n"
        "~comprar viagra sin receta, cialis generico barato, kamagra online envio rapido"
    ),
    "fr addiction": (
        "Jeux d'argent : une consultation ouvre à Brissac\n"
        "L'hôpital ouvre lundi une consultation pour les joueurs de casino en ligne et de paris sportifs.\n"
        "~casino en ligne bonus sans dépôt, tours gratuits, machines à sous en ligne, meilleur casino en ligne france, retrait instantané\n"
        "« Les bonus de bienvenue sont le premier piège », dit le médecin.\n"
        "La consultation est gratuite."
    ),
    "ar": (
        "السوق القديم يفتح أبوابه\n"
        "أعيد فتح السوق القديم بعد ترميم استمر عامين.\n"
        "~كازينو اون لاين | مراهنات رياضية | روليت مباشر | افضل مواقع المراهنات | بونص ترحيبي\n"
        "يضم السوق أربعين دكانا."
    ),
    "vi cau": (
        "Cây cầu tre được giữ lại\n"
        "Xã quyết định giữ cây cầu tre vì học sinh vẫn đi qua mỗi ngày.\n"
        "~nhà cái uy tín | soi kèo bóng đá | nổ hũ đổi thưởng | xổ số miền bắc | tải app casino\n"
        "Ván cầu sẽ được thay trước mùa mưa."
    ),
    "pl most": (
        "Kładka znów otwarta\n"
        "Po remoncie otwarto kładkę nad rzeką, którą dzieci chodzą do szkoły.\n"
        "~kasyno online bez depozytu | darmowe spiny | bonus powitalny kasyno | legalni bukmacherzy | ruletka na żywo\n"
        "Remont trwał trzy tygodnie."
    ),
    "th": (
        "ชาวบ้านช่วยกันซ่อมสะพาน\n"
        "สะพานไม้ที่พังเมื่อปีที่แล้วได้รับการซ่อมโดยชาวบ้านในหมู่บ้าน\n"
        "~สล็อตเว็บตรง บาคาร่าออนไลน์ เครดิตฟรี ไม่มีขั้นต่ำ สล็อตแตกง่าย คาสิโนออนไลน์\n"
        "เด็ก ๆ เดินไปโรงเรียนได้อีกครั้งตั้งแต่วันจันทร์"
    ),
}
HONEST = {
    "report": (
        "Counting what the machines take\n"
        "By Lena Ortiz\n"
        "Three years after the town allowed a second casino, the regulator has fined its owner £2m for ignoring problem gamblers.\n"
        "Players were offered free spins, a welcome bonus and a deposit bonus by text message, the commission said, even after they had asked to be excluded.\n"
        "“They knew my name, my job and my birthday,” said one former customer, who lost £40,000 on online slots and live roulette.\n"
        "The company said it had changed its online casino and now checks what players can afford.\n"
        "Researchers at the university counted 212 betting sites that advertise a no deposit bonus to British players without a licence."
    ),
    "seo agency": (
        "Services  Prices  Blog  Contact\n"
        "SEO services for small firms\n"
        "We help craftsmen and shops to be found. Our SEO team writes texts, repairs slow pages and builds links that last.\n"
        "How long does SEO take? Most firms see the first change after three months, and a steady one after a year.\n"
        "We do not sell backlinks, and we do not promise page one. Read in our blog how link building went wrong for a baker.\n"
        "Call us on weekdays between nine and five."
    ),
    "pharmacy advice": (
        "Erectile dysfunction: what helps\n"
        "Sildenafil (Viagra) and tadalafil (Cialis) widen the blood vessels. They need a prescription in most countries.\n"
        "Do not buy Viagra online from a shop without a prescription: half of the pills that customs tested held something else.\n"
        "Tell your doctor if you take nitrates. Tadalafil works for up to 36 hours, sildenafil for about four.\n"
        "Side effects are headache, flushing and a blocked nose."
    ),
    "ko crime": (
        "불법 도박사이트 운영한 일당 검거\n"
        "경찰은 해외에 서버를 두고 토토사이트와 카지노사이트를 운영한 혐의로 9명을 붙잡아 4명을 구속했다고 밝혔다.\n"
        "이들은 먹튀검증 커뮤니티를 만들어 회원을 모은 뒤 꽁머니를 준다며 가입을 유도한 것으로 조사됐다.\n"
        "경찰 관계자는 “피해자 대부분이 20대였다”고 말했다."
    ),
    "zh sports": (
        "省体育彩票中心公布年度公益金使用情况\n"
        "记者从省体育彩票管理中心获悉，去年全省体育彩票共筹集公益金二十一亿元，用于全民健身和青少年体育。\n"
        "中心负责人提醒，网上投注平台均为非法，警方已查处三十余起利用体育彩票名义进行诈骗的案件。\n"
        "今年将新建社区健身场地四百处。"
    ),
    "es museum": (
        "El casino que fue biblioteca\n"
        "Abierto en 1894, el casino de la villa tuvo sala de baile, ruleta y una biblioteca de nueve mil libros.\n"
        "La ruleta se prohibió en 1924 y la sala de juego pasó a ser sala de lectura, según cuenta la archivera Inés Robledo.\n"
        "Hoy se puede visitar de martes a domingo; la entrada es gratis."
    ),
    "id fight": (
        "Kampus Bersihkan Situs dari Promosi Judi\n"
        "Tim siber kampus menemukan ratusan halaman berisi kata slot gacor, maxwin dan togel pada subdomain lama.\n"
        "Menurut ketua tim, pelaku menyusupkan tautan judi online lewat aplikasi jurnal yang tidak diperbarui.\n"
        "Seluruh halaman sudah dihapus, dan kampus melapor ke polisi."
    ),
    "watch shop": (
        "Watches | Straps | Repairs | About us\n"
        "Restored watches from the seventies\n"
        "Every watch in our shop is taken apart, cleaned and set by hand. We sell no replica watches and repair none.\n"
        "Free shipping within the country, two years of guarantee.\n"
        "Order online or visit the workshop in Mill Lane."
    ),
    "poker results": (
        "Spring poker evening: results\n"
        "1. Tom Hadley 4,200 points\n"
        "2. Mia Lund 3,950 points\n"
        "3. Ole Brandt 3,100 points\n"
        "The blackjack table raised £340 for the roof fund, the roulette wheel £215.\n"
        "The next casino night is on 14 May; tickets are at the door."
    ),
}


def clean(text: str) -> str:
    return clean_pages(CLEAN, [Page(text)], Costs())[0][0]


def cleaned_and_judged(text: str) -> float:
    page = Page(text)
    ((page.cleaned, _),) = clean_pages(CLEAN, [page], Costs())
    return JUDGE.run(page, JUDGE.params).value or 0.0


def page_with(article: str, place: str, lines: list[str]) -> str:
    own = ARTICLES.get(article, ARTICLES["en"])
    at = {"top": 0, "mid": 2, "bottom": len(own)}[place]
    return "\n\n".join([*own[:at], "\n".join(lines), *own[at:]])


def missed(items: list[Spam]) -> list[str]:
    left = []
    for item in items:
        got = clean(page_with(item.article, item.place, item.lines)).split("\n")
        assert [line for line in ARTICLES[item.article] if line not in got] == [], item
        left += [line for line in item.lines if line in got]
    return left


@pytest.mark.parametrize(("items", "floor"), [(FIRST, 0.98), (SECOND, 0.94)], ids=["first", "second"])
def test_inserted_spam_is_found_and_the_article_kept(items: list[Spam], floor: float) -> None:
    lines = sum(len(item.lines) for item in items)
    left = missed(items)
    assert 1 - len(left) / lines >= floor, left


@pytest.mark.parametrize(("article", "lines"), INNOCENT, ids=range(len(INNOCENT)))
def test_look_alikes_stay(article: str, lines: list[str]) -> None:
    for place in ("top", "mid", "bottom"):
        page = page_with(article, place, lines)
        assert clean(page) == page


@pytest.mark.parametrize("name", DOORWAYS)
def test_doorways_are_spam(name: str) -> None:
    assert JUDGE.run(Page(DOORWAYS[name]), JUDGE.params).value > 0.5


@pytest.mark.parametrize("name", LANDING)
def test_landing_pages_are_spam(name: str) -> None:
    assert cleaned_and_judged(LANDING[name]) > 0.5


@pytest.mark.parametrize("name", SMALL)
def test_spam_put_into_a_page_is_not_held_against_it(name: str) -> None:
    assert cleaned_and_judged(SMALL[name].replace("~", "")) <= 0.35


def test_stored_automata_are_those_of_the_vocabulary() -> None:
    for built, stored in (
        (_spam_vocabulary.build(), _spam_terms.load(_spam_terms.STORED)),
        (_spam_vocabulary.build_signs(), _spam_terms.load(_spam_signs.STORED)),
    ):
        for ours, theirs in zip(built, stored, strict=True):
            assert np.array_equal(ours, theirs), "run python -m pipeline.clean._spam_vocabulary"


TERMS: dict[str, list[_spam_vocabulary.Term]] = {}
for term in _spam_vocabulary.terms():
    for head in _spam_vocabulary.heads(term.pattern, 2):
        TERMS.setdefault(head, []).append(term)
PIECES = sorted({piece for row in TERMS.values() for term in row for piece in re.findall(r"[^\W\d_]+", term.pattern)})


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.sampled_from([" ", " ", "", "| "]),
    st.sampled_from(["", " 12", "5%"]),
)
def test_the_automaton_finds_what_the_patterns_match(words: list[str], joint: str, end: str) -> None:
    line = fold(joint.join(words) + end).text
    for hit in find(line):
        rows = TERMS.get(line[hit.start : hit.start + 2], []) + TERMS.get(line[hit.start], [])
        ends = {(term.weight, m.end()) for term in rows if (m := re.compile(term.pattern).match(line, hit.start))}
        assert max(ends)[0] == hit.term.weight
        assert (hit.term.weight, hit.end) in ends


@pytest.mark.parametrize("name", HONEST)
def test_pages_about_the_trade_are_whole(name: str) -> None:
    assert clean(HONEST[name]) == HONEST[name]
    assert JUDGE.run(Page(HONEST[name]), JUDGE.params).value < 0.3


def test_an_article_with_spam_is_not_a_spam_page() -> None:
    for item in FIRST + SECOND:
        page = Page(page_with(item.article, item.place, item.lines))
        ((page.cleaned, _),) = clean_pages(CLEAN, [page], Costs())
        assert JUDGE.run(page, JUDGE.params).value <= 0.5, item


@given(st.text(alphabet=st.sampled_from("aİıß Éо\u200b\u0301Ａ国國-_<b>&;\U0001d400스ก")))
def test_folding_leads_back_to_the_text(text: str) -> None:
    folded = fold(text)
    places = [folded.where(i) for i in range(len(folded.text))]
    assert places == sorted(set(places))
    assert all(0 <= place < len(text) for place in places)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [line for item in FIRST + SECOND for line in item.lines]
            + [line for lines in ARTICLES.values() for line in lines]
        ),
        max_size=12,
    )
)
def test_terms_do_not_overlap_and_cleaning_twice_changes_nothing(lines: list[str]) -> None:
    for line in lines:
        hits = find(fold(line).text)
        assert all(a.end <= b.start for a, b in pairwise(hits))
    once = clean("\n".join(lines))
    assert clean(once) == once


def test_huge_lines_are_read_in_time() -> None:
    for text in ("casino " * 150_000, "a" * 1_000_000 + "viagra", "国产" * 300_000, "<b id=q>" * 100_000):
        clean(text)


@pytest.mark.skipif(not (SHARED / "cases" / "cases.jsonl").exists(), reason="no labelled cases beside the repository")
def test_labelled_cases() -> None:
    rows = [json.loads(line) for line in (SHARED / "cases" / "cases.jsonl").open(encoding="utf-8")]
    pages = [Page(row["raw_text"]) for row in rows]
    found = spam = lost = 0
    for row, page, (text, _) in zip(rows, pages, clean_pages(CLEAN, pages, Costs()), strict=True):
        page.cleaned = text
        value = JUDGE.run(page, JUDGE.params).value
        assert (value > 0.5) == row["is_spam"], row["id"]
        for label, ours in zip(row["line_labels"], page.labels, strict=True):
            lost += label == "content" and ours != ""
            spam += label == "spam" and not row["is_spam"]
            found += label == "spam" and not row["is_spam"] and ours == "spam"
    assert lost == 0
    assert found / spam >= 0.97


if __name__ == "__main__":
    for name, items in (("first", FIRST), ("second", SECOND)):
        print(name, missed(items))  # noqa: T201
