"""Dates as pages print them, in about forty languages: `search(line)` says where they stand and what day they mean.

Written for short lines (bylines, date lines, URLs), where a date is a few tokens and its form is regular. Days are
read in the Gregorian, Persian (solar), Buddhist, Japanese-era and Republic-of-China calendars. Dates of the Islamic
lunar calendar depend on the sighting of the moon, so they are not converted.
"""

from __future__ import annotations

import datetime
import re
import sys
import unicodedata
from typing import NamedTuple


class Found(NamedTuple):
    """One date in a line: code points [start, end), time of day included where one is attached."""

    start: int
    end: int
    day: datetime.date
    other: datetime.date | None
    """The second reading of an ambiguous 03/04/2024: month first. None where there is only one reading."""
    time: str
    """Time of day as ISO 8601 ("08:06", "19:20+05:30"), "" where none is printed."""


# Month names and abbreviations, one line per month. A name that two languages use for different months stands where
# the larger language has it (Croatian "listopad" is October, but November for Polish and Czech).
_MONTHS = """
january jan januar jan jänner jaenner janvier janv enero ene gennaio gen janeiro januari stycznia styczeń sty января январь янв ocak oca leden ledna led січня січень січ ιανουαρίου ιανουάριος ιαν január ianuarie ian tammikuuta tammikuu januára siječnja siječanj јануар јануара јан януари януару sausio sausis janvāris janvārī jaanuar gener tháng-một enero जनवरी जन জানুয়ারি জানুয়ারী ஜனவரி జనవరి ജനുവരി જાન્યુઆરી ਜਨਵਰੀ जानेवारी يناير جانفي كانون-الثاني جنوری ژانویه ינואר בינואר มกราคม ม.ค หมกราคม januarja gennaio январа студзеня қаңтар yanvar jänner
february feb februar feber février fevrier févr fevr fév febrero febbraio fevereiro fev februari lutego luty lut февраля февраль фев февр şubat şub subat únor února úno лютого лютий лют φεβρουαρίου φεβρουάριος φεβ február feb februarie helmikuuta helmikuu februára veljače veljača фебруар фебруара феб февруари vasario vasaris februāris februārī veebruar febrer pebrero फरवरी फ़रवरी फर ফেব্রুয়ারি ফেব্রুয়ারী பிப்ரவரி ఫిబ్రవరి ഫെബ്രുവരി ફેબ્રુઆરી ਫਰਵਰੀ फेब्रुवारी فبراير فيفري شباط فروری فوریه פברואר בפברואר กุมภาพันธ์ ก.พ februarja лютага ақпан fevral
march mar märz maerz mär mrz mars marzo març março marco maart mrt marca marzec марта март мар mart březen března bře березня березень бер μαρτίου μάρτιος μαρ március márc martie maaliskuuta maaliskuu marec marca ožujka ožujak марта kovo kovas marts martā märts març marso मार्च মার্চ மார்ச் మార్చి മാർച്ച് માર્ચ ਮਾਰਚ مارس آذار مارچ מרץ מרס במרץ มีนาคม มี.ค marca сакавіка наурыз maret mac mart
april apr avril avr abril abr aprile aprilie kwietnia kwiecień kwi апреля апрель апр nisan nis duben dubna dub квітня квітень квіт απριλίου απρίλιος απρ április ápr huhtikuuta huhtikuu apríl apríla travnja travanj април априла balandžio balandis aprīlis aprīlī aprill abril अप्रैल अप्रै এপ্রিল ஏப்ரல் ఏప్రిల్ ഏപ്രിൽ એપ્રિલ ਅਪ੍ਰੈਲ एप्रिल أبريل ابريل إبريل أفريل نيسان اپریل آوریل אפריל באפריל เมษายน เม.ย aprila красавіка сәуір aprel
may mai mayo maggio mag maio mei maja maj мая май mayıs may květen května kvě травня травень трав μαΐου μάιος μαι május máj mai toukokuuta toukokuu mája svibnja svibanj мај маја gegužės gegužė maijs maijā maig mayo मई মে மே మే മെയ് മേയ് મે ਮਈ मे مايو ماي أيار ايار مئی مه מאי במאי พฤษภาคม พ.ค maja мая мамыр
june jun juni juin junio giugno giu junho czerwca czerwiec cze июня июнь июн haziran haz červen června čvn червня червень черв ιουνίου ιούνιος ιουν június jún iunie iun kesäkuuta kesäkuu júna lipnja lipanj јун јуна юни birželio birželis jūnijs jūnijā juuni juny hunyo जून জুন ஜூன் జూన్ ജൂൺ જૂન ਜੂਨ يونيو يونيه جوان حزيران جون ژوئن יוני ביוני มิถุนายน มิ.ย junija чэрвеня маусым iyun
july jul juli juillet juil julio luglio lug julho lipca lipiec lip июля июль июл temmuz tem červenec července čvc липня липень лип ιουλίου ιούλιος ιουλ július júl iulie iul heinäkuuta heinäkuu júla srpnja srpanj јул јула юли liepos liepa jūlijs jūlijā juuli juliol hulyo जुलाई জুলাই ஜூலை జూలై ജൂലൈ જુલાઈ ਜੁਲਾਈ जुलै يوليو يوليه جويلية تموز جولائی ژوئیه ژوییه יולי ביולי กรกฎาคม ก.ค julija ліпеня шілде iyul
august aug août aout agosto ago augustus sierpnia sierpień sie августа август авг ağustos ağu agustos srpen srpna srp серпня серпень серп αυγούστου αύγουστος αυγ augusztus aug elokuuta elokuu augusta kolovoza kolovoz август августа авг rugpjūčio rugpjūtis augusts augustā august agost augusti अगस्त आगस्त আগস্ট ஆகஸ்ட் ఆగస్టు ഓഗസ്റ്റ് ઑગસ્ટ ਅਗਸਤ ऑगस्ट أغسطس اغسطس أوت آب اگست اوت אוגוסט באוגוסט สิงหาคม ส.ค avgusta жніўня тамыз avqust ogos agt
september sep sept septembre septiembre setiembre settembre set setembro września wrzesień wrz сентября сентябрь сен сент eylül eyl eylul září zář вересня вересень вер σεπτεμβρίου σεπτέμβριος σεπ szeptember szept septembrie syyskuuta syyskuu septembra rujna rujan септембар септембра септември rugsėjo rugsėjis septembris septembrī setembre setyembre सितंबर सितम्बर सित সেপ্টেম্বর செப்டம்பர் సెప్టెంబర్ സെപ്റ്റംബർ સપ્ટેમ્બર ਸਤੰਬਰ सप्टेंबर سبتمبر أيلول ايلول ستمبر سپتامبر ספטמבר בספטמבר กันยายน ก.ย septembra верасня қыркүйек sentyabr
october oct oktober okt octobre octubre ottobre ott outubro out października październik paź октября октябрь окт ekim eki říjen října říj жовтня жовтень жовт οκτωβρίου οκτώβριος οκτ október októbra octombrie lokakuuta lokakuu октобар октобра октомври spalio spalis oktobris oktobrī oktoober octubre oktubre अक्टूबर अक्तूबर अक्टू অক্টোবর அக்டோபர் అక్టోబర్ ഒക്ടോബർ ઑક્ટોબર ਅਕਤੂਬਰ ऑक्टोबर أكتوبر اكتوبر تشرين-الأول تشرين-الاول اکتوبر اکتبر אוקטובר באוקטובר ตุลาคม ต.ค oktobra кастрычніка қазан oktyabr
november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя нояб kasım kas kasim listopadu листопада листопад лист νοεμβρίου νοέμβριος νοε noiembrie marraskuuta marraskuu novembra studenoga studenog studeni новембар новембра ноември lapkričio lapkritis novembris novembrī nobyembre नवंबर नवम्बर नव নভেম্বর நவம்பர் నవంబర్ നവംബർ નવેમ્બર ਨਵੰਬਰ नोव्हेंबर نوفمبر تشرين-الثاني نومبر نوامبر נובמבר בנובמבר พฤศจิกายน พ.ย novembra лістапада қараша noyabr nopember
december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudnia grudzień gru декабря декабрь дек aralık ara aralik prosinec prosince pro грудня грудень груд δεκεμβρίου δεκέμβριος δεκ decembrie joulukuuta joulukuu decembra prosinca prosinac децембар децембра декември gruodžio gruodis decembris decembrī detsember desembre desember des disyembre दिसंबर दिसम्बर दिस ডিসেম্বর டிசம்பர் డిసెంబర్ ഡിസംബർ ડિસેમ્બર ਦਸੰਬਰ डिसेंबर ديسمبر كانون-الأول كانون-الاول دسمبر دسامبر דצמבר בדצמבר ธันวาคม ธ.ค снежня желтоқсан dekabr disember
"""
_SOLAR = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"

MONTHS: dict[str, int] = {}
for _number, _line in enumerate(_MONTHS.strip().split("\n"), 1):
    for _name in _line.split():
        MONTHS.setdefault(_name.replace("-", " ") if not _name.isascii() else _name, _number)
SOLAR_MONTHS = {name: number for number, name in enumerate(_SOLAR.split(), 1)}

# Every decimal digit of Unicode to ASCII, the full-width forms of what stands between digits, and odd spaces: one
# code point to one, so offsets hold.
_PLAIN = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x80, sys.maxunicode + 1)
    if chr(code).isdecimal() and unicodedata.decimal(chr(code), None) is not None
}
_PLAIN |= {ord(a): b for a, b in zip("：／．－–—‐‑，（）　\u00a0\u202f\u2009ʼ’", ":/.-----,()    ''", strict=True)}
_PLAIN |= {ord("٫"): ".", ord("،"): ",", 0x200E: " ", 0x200F: " ", 0x200C: " "}

_WORD = r"[^\W\d_][^\s\d,;:|/()\-]{1,15}"
_YEAR = r"(?:1[3-9]|2[0156])\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_OF = r"(?:de |del |of |d[’']|van |den |the |năm |พ\.ศ\. ?|ค\.ศ\. ?|г\. )?"
_YMD = re.compile(rf"(?=\d)(?<!\d)({_YEAR}) ?(?:[-/.年년]) ?(1[0-2]|0?[1-9]) ?(?:[-/.月월]) ?({_DAY})(?!\d)[日일]?\.?")
_DMY = re.compile(rf"(?=\d)(?<![\d.])({_DAY}) ?([-/.]) ?({_DAY}) ?\2 ?({_YEAR}|\d\d)(?![\d])(?!\.\d)")
_DNY = re.compile(
    rf"(?=\d)(?:(?<![\d.,:])|(?<=19\d\d)|(?<=20\d\d))({_DAY})(?=[ .°,/-]{{0,4}}[^\W\d_])(?:st|nd|rd|th|er|[.ªº°]|-?го|-?a|η)?(?: ?[,/-])? ?{_OF}({_WORD}(?: ال[^\W\d]+| tháng [^\W\d]+)?)"
    rf"(?: ?[.,/-]){{0,2}} ?{_OF}({_YEAR}|'\d\d|\d\d(?= ?(?:[)|]|$)))(?:(?!\d)|(?={_DAY}\.? [^\W\d]{{3}}))",
    re.IGNORECASE,
)
_NDY = re.compile(
    rf"(?<![^\W\d_])({_WORD}) ?[.,]? ?({_DAY})(?:st|nd|rd|th)?(?: ?[,.])? ?(?:of )?({_YEAR})(?!\d)", re.IGNORECASE
)
_DAY_YEAR = re.compile(rf"\d(?:[SsNnRrTt][TtDdHh])?[ ,.]{{0,3}}(?:[Oo][Ff] )?{_YEAR}(?!\d)")
# "Anna HalloranMay 3, 2024": the month begins inside the word.
_GLUED_MONTH = re.compile(r"(?<=[a-zà-ÿ])[A-Z][a-z]{2,8}$")
_YND = re.compile(
    rf"(?=\d)(?<!\d)({_YEAR})[.,]? ?(?:m\.|gada|г\.|ж\.)? ?({_WORD})[ .]{{1,2}}({_DAY})(?!\d)\.?", re.IGNORECASE
)
_VI = re.compile(rf"(?<!\d)({_DAY}) tháng (\d{{1,2}})(?: năm|,)? ({_YEAR})(?!\d)", re.IGNORECASE)
_ERA = re.compile(
    r"(明治|大正|昭和|平成|令和|民國|民国|中華民國)\s?(元|\d{1,3})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日?"
)
_HAN = re.compile(r"([〇零○Ｏ一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十廿]{1,3})日")
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "Ｏ": 0}

_TIME = re.compile(
    r"(?<![\d.])([01]?\d|2[0-4]) ?(?:[:h時时點点시]|(?<=\d)\.(?=\d\d(?!\d|\.\d)))\s?([0-5]\d)?(?::([0-5]\d))?(?:\.\d{1,3})?[分분]?"
    r"(?:\s?([ap])\.?\s?m\b\.?)?"
    r"(?:\s?(?:Uhr|uur|hrs?|น\.|год\.))?"
    r"(?:\s?\(?\s?(Z\b|(?:GMT|UTC)\s?(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d:?\d\d\b|[A-Z]{2,4}\b))?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<![\d:.])(\d{1,2})\s?([ap])\.?m\b\.?", re.IGNORECASE)
_CLOCK = re.compile(r",?\s+\d{1,2}:\d\d")
# Zone names that mean one offset wherever they are printed. IST, BST, CST and the like do not.
_ZONES = {
    "Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "CET": "+01:00", "CEST": "+02:00", "MEZ": "+01:00",
    "MESZ": "+02:00", "EET": "+02:00", "EEST": "+03:00", "MSK": "+03:00", "JST": "+09:00", "KST": "+09:00",
    "HKT": "+08:00", "SGT": "+08:00", "WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00", "ICT": "+07:00",
    "EST": "-05:00", "EDT": "-04:00", "PST": "-08:00", "PDT": "-07:00", "MST": "-07:00", "MDT": "-06:00",
    "CDT": "-05:00", "AEST": "+10:00", "AEDT": "+11:00", "PKT": "+05:00", "SAST": "+02:00", "EAT": "+03:00",
}  # fmt: skip

_HAS_DATE = re.compile(
    rf"(?=[\d〇零○一二三四五六七八九和成國国])(?:(?<!\d){_YEAR}|{_DAY} ?[-/.] ?{_DAY} ?[-/.] ?\d\d|{_DAY}[ .]{{1,2}}{_WORD}[ .]{{1,2}}'?\d\d"
    r"|[〇零○一二三四五六七八九]{4}年|(?:和|成|國|国)\s?(?:元|\d{1,3})\s?年)"
)
_NUMBERED = re.compile(r"\d")
# A day and a year, apart or run together: what every date in digits has.
_TWO_NUMBERS = re.compile(r"\d(?:\D+\d|\d{4})")


_OTHER_DIGIT = re.compile(r"[\d年]")


def has_digit(line: str) -> bool:
    """Whether a line has a decimal digit, or a year in Han digits. `in` is quicker than a pattern."""
    return (
        "1" in line or "2" in line or "0" in line or "3" in line or "4" in line
        or "5" in line or "6" in line or "7" in line or "8" in line or "9" in line
        or (not line.isascii() and _OTHER_DIGIT.search(line) is not None)
    )  # fmt: skip


def plain(line: str) -> str:
    """The line with ASCII digits, ASCII punctuation between them and plain spaces; every offset as before."""
    return line if line.isascii() else line.translate(_PLAIN)


def search(line: str, month_first: bool = False) -> list[Found]:
    """The dates in a short line, in reading order; days that no calendar has are passed over.

    `month_first` is how to read 03/04/2024; the other reading is kept beside it.
    """
    if _TWO_NUMBERS.search(line) is None and "年" not in line:
        return []
    text = plain(line)
    if _HAS_DATE.search(text) is None:
        return []
    taken: list[Found] = []

    def keep(
        match: re.Match[str], day: datetime.date | None, other: datetime.date | None = None, start: int | None = None
    ) -> None:
        a, b = match.start() if start is None else start, match.end()
        if day is not None and not any(a < f.end and f.start < b for f in taken):
            taken.append(Found(a, b, day, other, ""))

    for m in _YMD.finditer(text):
        keep(m, _day(int(m[1]), int(m[2]), int(m[3]), line))
    if not text.isascii():
        for m in _ERA.finditer(text):
            nth = 1 if m[2] == "元" else int(m[2])
            keep(m, _gregorian(_ERAS.get(m[1], 1911) + nth, int(m[3]), int(m[4])))
        for m in _HAN.finditer(line):
            year = int("".join(str(_HAN_DIGITS[c]) for c in m[1]))
            keep(m, _gregorian(year, _han_number(m[2]), _han_number(m[3])))
        for m in _VI.finditer(text):
            keep(m, _day(int(m[3]), int(m[2]), int(m[1]), text))
    for m in _DMY.finditer(text):
        a, b, year = int(m[1]), int(m[3]), _year(m[4])
        if len(m[4]) == 2 and (len(m[1]) < 2 or len(m[3]) < 2) and m[2] != "/" and not _CLOCK.match(text, m.end()):
            continue  # 1.2.24 is as often a version or a score
        little, middle = _day(year, b, a, line), _day(year, a, b, line)
        first, second = (middle, little) if month_first else (little, middle)
        keep(m, first or second, second if first and second and first != second else None)
    if len(taken) < 4 and (not taken or _has_more(text, taken)):
        for m in _DNY.finditer(text):
            keep(m, _named(m[3], m[2], m[1], text))
        for m in _NDY.finditer(text) if _DAY_YEAR.search(text) else ():
            glued = _GLUED_MONTH.search(m[1])
            day = _named(m[3], glued[0] if glued else m[1], m[2], text)
            keep(m, day, start=m.start() + glued.start() if glued else None)
        for m in _YND.finditer(text):
            keep(m, _named(m[1], m[2], m[3], text))
    taken.sort()
    return [_with_time(text, f, taken, k) for k, f in enumerate(taken)]


def _has_more(text: str, taken: list[Found]) -> bool:
    """Whether the text before, between and behind the dates found may hold another one."""
    taken.sort()
    at = 0
    for found in taken:
        if _TWO_NUMBERS.search(text, at, found.start):
            return True
        at = found.end
    return _TWO_NUMBERS.search(text, at) is not None


def in_url(url: str | None) -> datetime.date | None:
    """The day in the path of a URL (/2024/04/27/, /202601/19/, /2021-11/08/, -20250302-), or None."""
    if not url:
        return None
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    if "20" not in path and "19" not in path:
        return None
    for pattern in (_URL_SPLIT, _URL_WHOLE):
        for m in pattern.finditer(path):
            day = _gregorian(int(m[1]), int(m[2]), int(m[3]))
            if day:
                return day
    return None


_URL_SPLIT = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]?(0[1-9]|1[0-2])[-/_](0[1-9]|[12]\d|3[01])(?!\d)")
_URL_WHOLE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]?(0?[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")


def from_iso(value: object) -> tuple[datetime.date, str] | None:
    """(day, ISO 8601 as stated) of a metadata value such as "2024-05-03T10:00:00Z"; None if it is no date."""
    if isinstance(value, datetime.datetime):
        return value.date(), value.isoformat()
    if isinstance(value, datetime.date):
        return value, value.isoformat()
    if not isinstance(value, str) or len(value) > 100:
        return None
    found = search(value.replace("T", " ", 1) if value[4:5] == "-" else value)
    return (found[0].day, stamp(found[0])) if found else None


def stamp(found: Found) -> str:
    """The date as ISO 8601, to the precision that is printed."""
    return found.day.isoformat() + (f"T{found.time}" if found.time else "")


def _named(year: str, month: str, day: str, text: str) -> datetime.date | None:
    name = month.lower().rstrip(".").strip("'")
    number = MONTHS.get(name) or MONTHS.get(name.replace(".", ""))
    y = _year(year.lstrip("'"))
    solar = SOLAR_MONTHS.get(name)
    if solar and 1300 <= y <= 1500:
        return _from_solar(y, solar, int(day))
    if not number and len(name) > 4 and name[:3] in MONTHS and name.isascii():
        number = MONTHS[name[:3]] if name.startswith(_ENGLISH[MONTHS[name[:3]] - 1][:4]) else None
    return _day(y, number, int(day), text) if number else None


_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _day(year: int, month: int, day: int, text: str) -> datetime.date | None:
    if 2440 <= year <= 2620:
        return _gregorian(year - 543, month, day)  # Buddhist calendar
    if 1300 <= year <= 1420:
        # Persian numbers alone: the solar year if the line is written in that script, else no date of ours.
        return _from_solar(year, month, day) if _PERSIAN.search(text) else None
    return _gregorian(year, month, day)


_PERSIAN = re.compile("[\u06f0-\u06f9\u067e\u0686\u0698\u06af\u06cc\u06a9]")


def _gregorian(year: int, month: int, day: int) -> datetime.date | None:
    if not 1900 <= year <= 2100:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _from_solar(year: int, month: int, day: int) -> datetime.date | None:
    """Gregorian day of a day of the Persian solar calendar.

    Leap years by the 33-year rule, which agrees with the astronomical calendar for 1244 to 1472 (Borkowski 1996).
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    past = 365 * (year - 1403) + (8 * year + 21) // 33 - (8 * 1403 + 21) // 33
    past += 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    return datetime.date(2024, 3, 20) + datetime.timedelta(past + day - 1)


def _han_number(text: str) -> int:
    if text.startswith("廿"):
        return 20 + _HAN_DIGITS.get(text[1:], 0)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _HAN_DIGITS.get(text, 0)
    return 10 * _HAN_DIGITS.get(tens, 1) + _HAN_DIGITS.get(ones, 0)


def _with_time(text: str, found: Found, all_found: list[Found], k: int) -> Found:
    """The date with the time of day that stands right after it, or right before it if nothing else claims it."""
    stop = all_found[k + 1].start if k + 1 < len(all_found) else len(text)
    tail = text[found.end : min(stop, found.end + 48)]
    start = all_found[k - 1].end if k else 0
    lead = text[max(start, found.start - 40) : found.start]
    if not has_digit(tail) and not has_digit(lead):
        return found
    m = _TIME.search(tail)
    if m and (m[2] or m[4]) and _JOINT.fullmatch(tail[: m.start()]):
        return found._replace(end=found.end + m.end(), time=_clock(m, text))
    m = _HOUR.search(tail)
    if m and _JOINT.fullmatch(tail[: m.start()]):
        return found._replace(
            end=found.end + m.end(), time=f"{int(m[1]) % 12 + 12 * (m[2] in 'pP'):02}:00" if int(m[1]) <= 12 else ""
        )
    for m in _TIME.finditer(lead):
        if (m[2] or m[4]) and _JOINT.fullmatch(lead[m.end() :]):
            return found._replace(start=found.start - len(lead) + m.start(), time=_clock(m, text))
    return found


# What may stand between a date and its time: separators, a weekday, "at" in its languages.
_JOINT = re.compile(
    r"[\s,.|·•@()\-–/T日일년г]*"
    r"(?:(?:at|à|a las|alle|alle ore|ore|às|um|kl|klo|о|в|у|om|saat|pukul|jam|lúc|เวลา|ساعت|الساعة|godz|ora|oră|ob|ur|v|בשעה|في|على|[^\W\d]{2,9}day|[月火水木金土日]|[월화수목금토일]|星期[一二三四五六日天]|周[一二三四五六日]|上午|下午|오전|오후|午前|午後|বার|baje|को|o|das|de|год|года|р|h)\b\.?[\s,.|·:()]*){0,2}",
    re.IGNORECASE,
)


def _clock(m: re.Match[str], text: str) -> str:
    """Time of day of a match of `_TIME`; `text` is the whole line, whose script says what IST means."""
    hour, minute, second = int(m[1]), m[2] or "00", m[3]
    afternoon = (m[4] and m[4] in "pP") or _AFTERNOON.search(m.string, 0, m.start())
    if hour <= 12 and (m[4] or afternoon):
        hour = hour % 12 + (12 if afternoon else 0)
    if hour > 23:
        return ""
    zone = m[5] or ""
    offset = "+05:30" if zone.upper() == "IST" and _INDIC.search(text) else _offset(zone)
    return f"{hour:02}:{minute}" + (f":{second}" if second else "") + offset


_AFTERNOON = re.compile("下午|오후|午後|晚上")
_INDIC = re.compile("[\u0900-\u0d7f]")


def _offset(zone: str) -> str:
    zone = zone.strip().upper().replace(" ", "")
    m = re.fullmatch(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?", zone)
    if m:
        return f"{m[1]}{int(m[2]):02}:{m[3] or '00'}"
    return _ZONES.get(zone, "")


_MONTH_ONLY = re.compile(
    rf"(?:({_WORD})[.,]? {_OF}({_YEAR})|({_YEAR})[.,]? ({_WORD})|({_YEAR})[年년-] ?(?:1[0-2]|0?[1-9])[月월]?|(?:1[0-2]|0?[1-9])/({_YEAR}))\.?",
    re.IGNORECASE,
)


def is_month(line: str) -> bool:
    """Whether a line is a month with its year and nothing else ("April 2023", "2023年4月")."""
    if not 4 < len(line) <= 30 or _NUMBERED.search(line) is None:
        return False
    m = _MONTH_ONLY.fullmatch(plain(line).strip())
    if m is None:
        return False
    name = (m[1] or m[4] or "").lower().rstrip(".")
    return not name or name in MONTHS or name in SOLAR_MONTHS
