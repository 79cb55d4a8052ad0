"""What the spam steps know of a page and its lines: language, prose or list, the terms of the trade in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from pipeline.clean._layout import shared
from pipeline.clean._spam_fold import Folded, fold
from pipeline.clean._spam_scan import MAX_LINE, suspects
from pipeline.clean._spam_signs import OFFER, REACH, signs_of
from pipeline.clean._spam_terms import STRONG, SURE, WEAK, Hit, read
from pipeline.step import Page

SCRIPTS = {
    "Latn": "a-z\u00df-\u024f\u1e00-\u1eff",
    "Cyrl": "\u0400-\u052f",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "Hebr": "\u0590-\u05ff",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Taml": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Kana": "\u3040-\u30ff",
    "Hani": "\u3400-\u9fff\uf900-\ufaff",
    "Hang": "\u1100-\u11ff\uac00-\ud7a3",
}
_SCRIPT = {name: re.compile(f"[{span}]", re.IGNORECASE) for name, span in SCRIPTS.items()}
_LETTER, _BEYOND_ASCII = re.compile("[A-Za-z]"), re.compile("[^\x00-\x7f]+")
_BY_SCRIPT = {"Thai": "th", "Kana": "ja", "Hani": "zh", "Hang": "ko", "Hebr": "he", "Deva": "hi", "Grek": "el"}
_BY_SCRIPT |= {"Beng": "bn", "Taml": "ta"}

# The words that hold sentences together, folded. Spam lists have few of them, and few lists have many.
FUNCTION_WORDS = {
    "en": "the of and to in is was that it for on with as are his her he she they be by at from this have has had not but were "
    "which an or their we you i a who will would what when there been its if said can more than our your no",
    "fr": "le la les des du de un une et est dans que qui pour pas sur au aux par plus ce cette il elle ont ete avec sont nous vous "
    "mais ou son sa ses leur se ne en",
    "es": "el la los las de del un una y es en que por para con no se su sus al lo como mas pero fue ha son este esta entre cuando "
    "muy sin sobre tambien ya hay",
    "pt": "o a os as de do da dos das um uma e em no na nos nas que por para com nao se seu sua ao mais mas foi ha sao este esta entre "
    "quando muito sem sobre tambem ja pelo pela",
    "it": "il lo la i gli le di del della dei delle un una e in che per con non si su al alla nel nella piu ma come da sono stato ha "
    "anche questo questa ai sul",
    "de": "der die das und ist in den von zu mit dem des ein eine nicht auf fur im auch sich als an er sie es war wird aus bei nach "
    "hat haben wurde sind einen einer einem noch wie uber vor so",
    "nl": "de het een en van in is dat op te met voor niet zijn aan er die maar ook als bij naar door uit over hij ze wordt werd hebben",
    "sv": "och att det som en ett pa ar av for med den till inte har de om var fran han hon men sig vid kan og til ikke er af jeg et "
    "ja on ei oli se han ovat etta joka myos",
    "pl": "i w z na do nie sie to jest ze o od po za przez dla jak ale byl byla oraz tym ktory ktora przy tego jego jej sa juz",
    "cs": "a v na se ze je to do s z o po za pro jak ale byl byla ktery ktera jeho jeji jsou take si od az es hogy nem egy az meg volt "
    "si din care pe cu este nu la mai",
    "tr": "ve bir bu da de icin ile olarak daha cok en gibi kadar olan sonra her ne ama oldugu dedi ki var ise o onun diye hem degil",
    "id": "yang dan di ke dari untuk dengan pada ini itu dalam adalah tidak akan telah oleh sebagai juga karena atau mereka ia para "
    "sudah bisa tersebut saat lebih kata namun serta bahwa",
    "vi": "va cua la co cho khong duoc nhung voi cac mot trong da nay khi nguoi do den tu ve o cung nhu de tai ra vao theo",
    "ru": "и в на с что не по из за как к у от для это он она они его ее был была было были но же до или при также который которые "
    "когда чтобы уже все только еще так о об",
    "uk": "і в у на з що не по із за як до від для це він вона вони його був була було були але та або при також який які коли щоб вже "
    "все тільки ще про й",
    "el": "και το η ο τα του της των στο στη στην την τον με για απο που να θα δεν ειναι ηταν οτι τις τους στα και на да се за от е в "
    "не по са като",
    "ar": "في من على ان الى عن مع هذا هذه التي الذي كان كانت قد لا ما لم كما بعد قبل بين او ثم كل ذلك وقد وكان حيث و هو هي",
    "fa": "در از به كه را با اين ان براي است بود شد مي هم تا بر يك و اما كرد شده هاي خود وي نيز پس",
    "ur": "كے كي كا میں سے كو نے پر اور هے هيں ايك يه كه بهي تها اس ان كر جو",
    "he": "של את על לא הוא היא עם זה גם כי אבל או יש אל מן כל היה הם אני מה בין לפני אחרי אשר רק עוד",
    "hi": "के की का में से को ने है हैं और पर एक यह कि भी था थे थी इस उस कर नहीं जो तो लिए हो साथ अपने वे",
    "bn": "এই ও এবং থেকে করে না যে তার একটি জন্য হয় সঙ্গে এক তিনি",
}  # fmt: skip
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in FUNCTION_WORDS.items():
    for _word in dict.fromkeys(_words.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_language)

_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u0dff][^\W\d_]*)*")
_NO_LETTER = re.compile(r"[\W\d_]+")
_HAN_FUNCTION = re.compile("[的了是在和与有不我他她这那为对就也而被将从把到说着等及其之于以都没会要让但]")
_THAI_FUNCTION = re.compile("ที่|และ|ของ|เป็น|ได้|ว่า|ให้|กับ|จาก|ใน|มี|จะ|ไม่|แล้ว|โดย|ซึ่ง|เมื่อ|นี้|คือ|ต้อง|กว่า")
_KOREAN_PARTICLE = re.compile(
    r"[가-힣](?:은|는|이|가|을|를|에|에서|의|로|으로|와|과|도|다|고|며|한|된|할|해|서|면|던|까지|부터)$"
)
_HIRAGANA = re.compile("[\u3041-\u309f]")
# Between the pieces of a list; dashes only where spaces set them off, or where all is Han.
_PIECE = re.compile(r"\s*[|｜,，、;；•·●★⭐►>»/\u2014\u2013_～~\u2190-\u2bff\U0001f300-\U0001faff]+\s*|\s+-+\s+|\s{2,}")
_HAN_DASH = re.compile(r"(?<=[\u3400-\u9fffa-z])-(?=[\u3400-\u9fff])")
_QUOTED = re.compile('[“”«»„「」『』"]\\s?\\w')
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|-\d{3,5}(?:px|em)|font-size\s*:\s*[01]px|<marquee", re.IGNORECASE
)

# Words of the trade that are the same in many languages.
_INTERNATIONAL = re.compile(
    r"(?:online )?(?:casinos?|slots?|bonus|poker|roulette|ruleta|blackjack|baccarat|jackpots?|bingo|bets?|aviator|viagra|cialis|"
    r"levitra|kamagra|porno?|escorts?|replicas?|seo|backlinks?|torrents?|followers?|free spins?|rtp|sportsbook|betting|hazard|"
    r"казино|слоты|카지노|カジノ|คาสิโน)"
)

# How a seller can be reached: the name of a messenger with a name or a number behind it, a number, an address.
_CONTACT = re.compile(
    r"(?:(?<![a-z])(?:whats ?app|telegram|telegr|tele|wechat|viber|icq|skype|zalo|kakao(?:talk)?|signal|wickr|snapchat|line(?: id)?|gmail|e-?mail|tel|phone|wa)(?![a-z])"
    r"|微信号?|微信同号|加微|加薇|威信|v信|薇信|vx|q群|qq群?|q/微|电报|飞机|tg|赖|賴|텔레(?:그램)?|카톡|(?<!온)라인|телеграм\w*|вотсап|ватсап|вайбер|(?<!อน)ไลน์"
    r"|واتس\w*|تيليجرام|تلگرام|व्हाट्सएप)[^\w@+|,;/•·]{0,12}(?:(?:us|me|at|on|id|us on|is|no|number|hattimizdan)[^\w@+]{1,4})?[@+(]?\w[\w.()@-]{3,}"
    r"|@[a-z]\w{3,}|\w[\w.+]*@\w[\w.]*\w|\+\d{1,3}[ (.]{0,2}\d|\d{3,5} \d{3,5} ?\d{0,5}|0\d{8,12}|1[3-9]\d{9}|\bq\D{1,8}\d{6,}"
    r"|https?://|www\.|\w\.(?:com|net|org|example|info|xyz|top|vip|ru|cc|club|shop|site|online|io|co)\b"
)
_SOFT = frozenset(("seo", "warez", "streaming", "goods", "crypto", "call", "contact", "documents", "network"))

PROSE_SHARE = 0.2
"""From this share of function words on, outside the terms, a line counts as running text. Spam lists hold some too
(without, de, para), so the 0.05 that would do for keyword lists of one language is too little."""
TOPIC_LINES = 2
"""So many lines of prose with words of the trade make the trade a subject of the page."""


def letters(text: str) -> int:
    """How many letters a text has."""
    return len(_NO_LETTER.sub("", text))


def scripts_of(text: str) -> Counter[str]:
    """How many characters of each script the start of a text has."""
    if text.isascii():
        return Counter({"Latn": len(text)} if _LETTER.search(text) else {})
    text = text[:2000]
    beyond = "".join(_BEYOND_ASCII.findall(text))
    counts = Counter({name: len(pattern.findall(beyond)) for name, pattern in _SCRIPT.items()})
    counts["Latn"] += len(_LETTER.findall(text))
    return +counts


def script_of(text: str) -> str:
    """The script of most of a text; Japanese is Kana as soon as a tenth of it is."""
    if text.isascii():
        return "Latn" if _LETTER.search(text) else ""
    counts = scripts_of(text)
    if counts["Kana"] * 10 >= counts["Hani"] > 0 and counts["Kana"] + counts["Hani"] > counts["Latn"]:
        return "Kana"
    return counts.most_common(1)[0][0] if counts else ""


def function_share(folded: str, hits: Iterable[Hit] = ()) -> float:
    """The share of function words in a line, those inside terms not counted."""
    rest = _without(folded, hits)
    words = _WORD.findall(folded)
    if not words:
        return 0.0
    script = script_of(folded)
    n = letters(folded) or 1
    if script == "Hani":
        # A Chinese sentence has about one such character in eight.
        return 2.0 * len(_HAN_FUNCTION.findall(rest)) / n
    if script == "Kana":
        return 0.6 * len(_HIRAGANA.findall(rest)) / n
    if script == "Thai":
        return 4.0 * len(_THAI_FUNCTION.findall(rest)) / n
    if script == "Hang":
        return 0.7 * sum(bool(_KOREAN_PARTICLE.search(word)) for word in rest.split()) / len(folded.split())
    return sum(word in _LANGUAGES_OF for word in _WORD.findall(rest)) / len(words)


def _without(folded: str, hits: Iterable[Hit]) -> str:
    pieces, at = [], 0
    for hit in hits:
        pieces.append(folded[at : hit.start])
        at = hit.end
    pieces.append(folded[at:])
    return " ".join(pieces)


@dataclass(frozen=True)
class Reading:
    """A line, or a piece of one, read for spam."""

    text: str
    folded: Folded
    hits: tuple[Hit, ...]
    letters: int
    reports: bool
    """Whether the line holds a word of those who write about the trade (police, court, study, said)."""

    @classmethod
    def of(cls, text: str) -> Reading:
        folded, hits, letters = read(text)
        terms = tuple([hit for hit in hits if hit.term.weight])
        return cls(text, folded, terms, letters, len(terms) < len(hits))

    @cached_property
    def sure(self) -> int:
        return len(self._distinct(SURE))

    @cached_property
    def strong(self) -> int:
        """Distinct terms that are sure or strong."""
        return len(self._distinct(STRONG))

    @cached_property
    def score(self) -> int:
        """The weights of the distinct terms; weak ones count for three points at most, sure ones more where they are long."""
        weak = len(self._distinct(WEAK)) - self.strong
        long = sum(min(term.count(" ") // 2 + len(term) // 14, 2) for term in self._distinct(SURE))
        return 3 * self.sure + 2 * (self.strong - self.sure) + min(weak, 3) + long

    def _distinct(self, weight: int) -> set[str]:
        return {self.folded.text[h.start : h.end] for h in self.hits if h.term.weight >= weight}

    @cached_property
    def cover(self) -> float:
        """The share of the letters that stand in terms."""
        return sum(hit.letters for hit in self.hits) / (self.letters or 1)

    @cached_property
    def calls(self) -> bool:
        """Whether the line tells the reader to click."""
        return any(h.term.family == "call" for h in self.hits) or self.folded.text.rstrip().endswith((">>", "»", "👉"))

    @cached_property
    def signs(self) -> int:
        return signs_of(self.folded)

    @cached_property
    def contact(self) -> bool:
        """Whether the line says how a seller can be reached."""
        return self.signs & REACH > 0 and _CONTACT.search(self.folded.text[:2000]) is not None

    @cached_property
    def offers(self) -> bool:
        """Whether the line makes the reader an offer, in the imperative."""
        return self.signs & OFFER > 0

    @cached_property
    def quotes(self) -> bool:
        """Whether something is quoted in the line."""
        return _QUOTED.search(self.text) is not None

    @cached_property
    def hard(self) -> bool:
        """Whether a sure term is of those trades that hardly any page has to do with by the way."""
        return any(h.term.weight == SURE and h.term.family not in _SOFT for h in self.hits)

    @cached_property
    def families(self) -> set[str]:
        """The trades of the sure terms."""
        return {h.term.family for h in self.hits if h.term.weight == SURE}

    @cached_property
    def trades(self) -> set[str]:
        """The trades of the sure and strong terms."""
        return {h.term.family for h in self.hits if h.term.weight >= STRONG}

    @cached_property
    def held(self) -> float:
        """The share of the pieces that hold a sure or strong term."""
        strong = [h for h in self.hits if h.term.weight >= STRONG]
        if len(self.pieces) < 2:
            return float(bool(strong))
        return sum(any(h.term.weight >= STRONG for h in Reading.of(piece).hits) for piece in self.pieces[:40]) / min(
            len(self.pieces), 40
        )

    @cached_property
    def function(self) -> float:
        return function_share(self.folded.text, self.hits)

    @cached_property
    def pieces(self) -> list[str]:
        """What the separators of a list divide the line into."""
        text = _HAN_DASH.sub("|", self.text)
        return [piece for piece in _PIECE.split(text) if piece]

    @cached_property
    def hidden(self) -> bool:
        """Whether the line carries the markup that hides it from readers."""
        return "<" in self.text and _HIDDEN.search(self.text) is not None

    @cached_property
    def script(self) -> str:
        return script_of(self.folded.text)

    def evidence(self) -> str:
        """The terms found, for the ledger."""
        terms = dict.fromkeys(self.folded.text[h.start : h.end] for h in self.hits if h.term.weight >= STRONG)
        return ", ".join(list(terms)[:4])


def reading_of(page: Page, line: str) -> Reading:
    """The reading of a line, kept for the steps and pages that meet the same line."""
    known = shared(page, "spam")
    if line not in known:
        known[line] = Reading.of(line)
    return cast(Reading, known[line])


class View:
    """A page as the spam steps see it. Only lines that the gate let through are read."""

    def __init__(self, page: Page, hits: Iterable[int]) -> None:
        self.page = page
        self.readings: dict[int, Reading] = {}
        self.hits = [i for i in hits if self.read(i).strong]

    def read(self, i: int) -> Reading:
        if i not in self.readings:
            line = self.page.lines[i]
            self.readings[i] = reading_of(self.page, line if len(line) <= MAX_LINE else "")
        return self.readings[i]

    @cached_property
    def body(self) -> str:
        """The start of the text that the gate held back: what the page is, spam aside."""
        held, page = set(self.hits), self.page
        free = [i for i in page.filled if i not in held]
        # Sentences tell the language better than menus do.
        sample, size = [], 0
        for i in [i for i in free if page.words[i] >= 8] or free:
            sample.append(page.lines[i][:1000])
            size += len(sample[-1])
            if size > 4000:
                break
        return fold("\n".join(sample)).text

    @cached_property
    def script(self) -> str:
        return script_of(self.body)

    @cached_property
    def language(self) -> str:
        """The page's language by its function words; "" where they do not tell."""
        if self.script in _BY_SCRIPT:
            return _BY_SCRIPT[self.script]
        votes: Counter[str] = Counter()
        for word, n in Counter(_WORD.findall(self.body)).items():
            for language in _LANGUAGES_OF.get(word, ()):
                votes[language] += n
        best = votes.most_common(1)
        return best[0][0] if best and best[0][1] >= 8 else ""

    def prose(self, i: int) -> bool:
        """Whether a line is running text. An exclamation is not enough: spam shouts."""
        reading, words = self.read(i), self.page.words[i]
        if reading.function >= PROSE_SHARE:
            return words >= 8 or reading.cover < 0.6
        ends = self.page.sentence[i] and not reading.text.rstrip().endswith(("!", "！"))
        return ends and words >= 6 and len(reading.pieces) < 4 and reading.cover < 0.75

    def at_home(self, text: str) -> bool:
        """Whether a text is written in the page's language, by its function words."""
        if self.language in _BY_SCRIPT.values():
            return script_of(fold(text).text) == self.script
        words = _WORD.findall(fold(text).text)
        return 10 * sum(self.language in _LANGUAGES_OF.get(word, ()) for word in words) >= max(len(words), 20)

    def foreign(self, reading: Reading) -> bool:
        """Whether the terms are of a language that the page is not written in."""
        if self.alien(reading):
            return True
        home = away = 0
        for hit in reading.hits:
            known = hit.term.weight > WEAK and hit.term.languages
            if known and not _INTERNATIONAL.fullmatch(reading.folded.text[hit.start : hit.end]):
                if not self.language:
                    return False
                if self.language in known:
                    home += hit.term.weight
                else:
                    away += hit.term.weight
        return away > 2 * home

    def alien(self, reading: Reading) -> bool:
        """Whether the line is written in another script than the page."""
        if not self.script or not reading.script:
            return False
        pair = {self.script, reading.script}
        return len(pair) == 2 and pair != {"Hani", "Kana"}

    @cached_property
    def about(self) -> set[int]:
        """The lines of prose that use words of the trade, in the page's own language."""
        return {
            i
            for i in self.hits
            if self.read(i).strong and self.read(i).cover < 0.4 and self.prose(i) and not self.foreign(self.read(i))
        }

    @cached_property
    def topic(self) -> bool:
        """Whether the page itself writes about the trade: several sentences of it use its words."""
        return len(self.about) >= TOPIC_LINES

    def writes_of(self, reading: Reading) -> bool:
        """Whether the page itself writes about the trades of a line: several sentences of it use words of them."""
        return sum(bool(self.read(i).trades & reading.trades) for i in self.about) >= TOPIC_LINES

    @cached_property
    def talk(self) -> set[int]:
        """The sentences that use words of the trade and could be the page's own."""
        return {
            i
            for i in self.hits
            if (self.read(i).sure or self.read(i).strong > 1)
            and self.prose(i)
            and not self.promotes(i)
            and not self.foreign(self.read(i))
        }

    @property
    def quiet(self) -> bool:
        """Whether the page has no such sentence: spam stands out there."""
        return not self.talk

    def promotes(self, i: int) -> bool:
        """Whether a line sells to the reader: it makes an offer or says where to call, and speaks of nothing else."""
        reading = self.read(i)
        if reading.reports or reading.quotes or not reading.strong:
            return False
        return ((reading.contact or reading.offers) and reading.score >= 3) or reading.cover >= 0.5


def view_of(page: Page, kind: int = 3) -> View:
    """The page as the spam steps see it: the lines that could hold a term of these scripts are read."""
    return View(page, np.flatnonzero(suspects(page).lines & kind).tolist())
