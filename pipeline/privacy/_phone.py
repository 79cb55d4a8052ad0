"""Telephone numbers, validated with the numbering plans of libphonenumber (Google; the port is `phonenumberslite`).

International numbers are found everywhere. National ones are found where it is sure of which country they are, and where
they do not merely look like one: after a label, with the trunk prefix, or printed as only telephone numbers are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from pipeline.privacy._value import Value, in_address, line_of, words_before

_SPACE = " \u00a0\u2007\u2009\u202f"
_DASH = r"\-\u2010-\u2014\u2212"
# What stands before the first digit and belongs to the number.
_HEAD = re.compile(rf"(?:\(?[+＋][{_SPACE}]?\(?|\()\Z")
# Where a run of digits may be several numbers.
_BETWEEN = re.compile(rf"[{_SPACE}][{_DASH}/.][{_SPACE}]|[{_SPACE}]{{2,}}|/[{_SPACE}]?|[{_SPACE}](?=\()")
_DIGITS = re.compile(r"\d+")
# Signs that make a run of digits a part of something else.
_STUCK_BEFORE = re.compile(
    r"(?:[#$€£¥%=_\\&~^@]|\d[.,:'/-]|[^\W\d_][-/']|(?<!tel)(?<!fon)(?<!fax)(?<!phone)[A-Za-z0-9])\Z", re.I
)
_STUCK_BEFORE_HEAD = re.compile(r"[\d#$€£¥%=_\\&~^@+-]\Z")
_STUCK_AFTER = re.compile(r"[a-z0-9_%€$£¥°@=]|[.,:]\d")

_YEAR = r"(?:19|20)\d\d"
_NO_PHONE = re.compile(
    rf"""
      (?: [0-3]?\d ([./{_DASH}])\s? [0-3]?\d \1\s? (?:19|20)?\d\d (?!\1?\d)                 # days: 21.03.2024, with or
        | {_YEAR} ([./{_DASH}])\s? [01]?\d \2\s? [0-3]?\d (?!\2?\d) ) (?:\D+\d\d?){{0,4}}    # without a time; 2024-03-21
    | {_YEAR} \s?[{_DASH}/]\s? {_YEAR}                                                      # years
    | {_YEAR} [01]\d [0-3]\d (?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?                                # days in one: 20240321
    | 0 [.] \d+ (?:[^.\d].*)?                                                               # decimals
    | (\d) \3+ | 0?123456789?0?                                                             # made up
    """,
    re.X | re.S,
)
# Thousands set apart: also how numbers of people or money are printed.
_THOUSANDS = re.compile(rf"\d{{1,3}}(?:[{_SPACE}.]\d{{3}})+")
# The way numbers are printed in North America: 3-3-4, with brackets or marks; after a label also with spaces.
_NORTH_AMERICAN = re.compile(
    rf"(?:1[{_SPACE}{_DASH}.]{{1,2}})?(?:\([2-9]\d\d\)[{_SPACE}]?[2-9]\d\d[{_DASH}.{_SPACE}]|[2-9]\d\d([{_DASH}.])[2-9]\d\d\1)\d{{4}}"
)
_NORTH_AMERICAN_LABELLED = re.compile(
    rf"(?:1[{_SPACE}{_DASH}.]{{1,3}})?\(?[2-9]\d\d\)?[{_SPACE}{_DASH}./]{{1,3}}[2-9]\d\d[{_SPACE}{_DASH}.]{{0,3}}\d{{4}}"
)

# Words that introduce a telephone number.
_LABEL = re.compile(
    r"""
    (?: \b(?: tel | tél | telf? | telef | tlf | tfn | tfno | ph | phone\w* | telephone\w* | telefon\w* | téléphone\w* | teléfono\w*
      | telefone\w* | telèfon | telefoon\w* | teleph | puhelin\w* | puh | sími | sim | fono | fone | fon | handy | mob | mobile | mobil\w*
      | móvil | movil | móbil | celular\w* | cel | cell\w* | kom | komórka\w* | gsm | natel | cep | fax | faks | telefax | télécopie
      | whats\s?app | wa | viber | signal | sms | hotline | infoline | helpline | infolinia | call | appel\w* | appelez | anruf\w* | ring
      | llam\w+ | ligue | liga[rç]\w* | chiam\w+ | zadzwo\w+ | volej\w* | hubungi | telepon | telp | hp | đt | sđt | điện\sthoại | dial | text )
    | (?: тел | телефон\w* | моб | факс | τηλ\w* | κιν\w* | φαξ | טל | טלפון | נייד | פקס | هاتف | تلفن | موبایل | جوال | ت | تليفون | فاكس | واتساب
      | 电话 | 電話 | 手机 | 手機 | 传真 | 傳真 | 热线 | 熱線 | 携帯 | ファックス | ＴＥＬ | 전화 | 휴대폰 | 팩스 | โทร\w* | मोबाइल | फ़?ोन | फोन | ফোন | মোবাইল | தொலைபேசி )
    | [☎☏✆📞📱🕿📠] )
    ['’"״׳]? [\s.:：)(\[\]/|–—-]* (?: \w{1,12} [\s.:：)(\[\]/|–—-]+ ){0,2} \Z
    """,
    re.X | re.I,
)
_NUMBER_OF_PHONE = re.compile(r"\b(phone|telephone|tel|mobile|fax|contact)\W{1,3}(?:no|nr|number|num)\b\W*\Z", re.I)
# Words that introduce a number of another sort.
_OTHER = re.compile(
    r"""
    (?: \b(?: isbn | issn | doi | ean | gtin | upc | pmid | arxiv | imei | iban | bic | id | ids | nr | no | num | number | número | numéro
      | numero | nummer | n[°ºo] | hrb | hra | ust-?id\w* | vat | siren | siret | rcs | nip | krs | regon | cnpj | cpf | cif | nif | nipc | ičo?
      | dič | kvk | btw | abn | acn | crn | ein | tin | pan | gstin | cin | oib | cui | p\.?\s?iva | codice\sfiscale | c\.?\s?f | account | acct | konto\w* | compte | cuenta | bank
      | order | invoice | sku | item | article | artikel\w* | ref\w* | reg | registration\w* | registered | licen[cs]e | permit | case | docket | patent
      | serial | model | tracking | version | population | copyright | rs | usd | eur | gbp | figure | table | chapter | issue | vol | volume )
    | инн | огрн | кпп | снилс | бик | счет | № | ID | 统一社会信用代码 | 备案号? | ICP备?号? | 许可证 | 号 | 番号 | 사업자등록번호 | 등록번호 | ม | رقم )
    [\s.:：#=)(°ºª-]* \Z
    """,
    re.X | re.I,
)

# Top domains that tell the country of a site are those of ISO 3166, but for uk and those that everybody may buy.
_SOLD = re.compile(
    r"ac|ag|ai|am|bz|cc|cd|cf|co|fm|ga|gd|gg|gl|gq|im|io|la|li|ly|me|ml|ms|mu|nu|pw|sc|sh|so|st|su|sx|tk|tl|to|tv|vc|vg|vu|ws",
    re.I,
)
# Labels and scripts that only one country uses.
_REGION_OF_LINE = (
    ("CN", re.compile(r"电话|手机|传真|热线")),
    ("JP", re.compile(r"[\u3041-\u30fe]")),
    ("KR", re.compile(r"[\uac00-\ud7a3]")),
    ("TH", re.compile(r"[\u0e01-\u0e3a]")),
    ("IL", re.compile(r"[\u05d0-\u05ea]")),
    ("GR", re.compile(r"[\u03ac-\u03ce]")),
    ("VN", re.compile(r"đt|điện thoại", re.I)),
    ("FI", re.compile(r"\bpuh(?:elin)?\b", re.I)),
    ("IS", re.compile(r"\bsími\b", re.I)),
)
# Languages of one country.
_REGION_OF_LANGUAGE = {
    "bg": "BG", "cs": "CZ", "da": "DK", "el": "GR", "et": "EE", "fi": "FI", "he": "IL", "hu": "HU", "hy": "AM", "is": "IS", "it": "IT",
    "ja": "JP", "ka": "GE", "ko": "KR", "lt": "LT", "lv": "LV", "no": "NO", "pl": "PL", "sk": "SK", "sl": "SI", "th": "TH", "tr": "TR",
    "uk": "UA", "vi": "VN",
}  # fmt: skip

# Numbers that nobody has at home.
_NOBODYS = frozenset(
    (PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN)
)
# Desks that a number is introduced as.
_DESK = re.compile(
    r"""
    press\s?(?:office|team|contact|desk|room|service) | newsroom | news\s?desk | media\s(?:office|contact|relations|enquir\w+|inquir\w+) | switchboard | reception
    | customer\s(?:service|care|support) | help\s?(?:line|desk) | hot\s?line | info\s?line | box\soffice | head\s?office | toll.free | freephone | support | sales
    | subscription\w* | advertis\w+ | front\sdesk | emergency | booking\w* | reservations?
    | presse(?:stelle|büro|kontakt|sprecher\w*) | pressekontakt | zentrale | redaktion | kundenservice | kundendienst | vertrieb | anzeigen\w* | aboservice | notruf | bürgertelefon
    | service\s(?:de\s)?presse | standard | accueil | rédaction | service\sclients? | numéro\svert | abonnements?
    | centralita | prensa | redacción | atención\sal\s(?:cliente|lector) | suscripci\w+ | publicidad | recepción
    | redação | assessoria\sde\simprensa | atendimento | sac | central\sde\w*
    | ufficio\sstampa | centralino | redazione | numero\sverde | servizio\sclienti
    | persvoorlichting | redactie | klantenservice | receptie | meldpunt
    | redakcj\w+ | sekretariat | biuro\w* | infolini\w+ | centrala | recepcj\w+ | redakce | ústředna | infolinka | zákaznick\w+ | podatelna
    | presskontakt | växel | kundtjänst | tipsa | sentralbord | kundeservice | pressevakt | asiakaspalvelu | vaihde | toimitus
    | редакци\w+ | приемн\w+ | приёмн\w+ | пресс.служб\w+ | горяч\w+\sлини\w+ | отдел\w* | call.центр\w* | рекламн\w+
    | santral | çağrı\smerkezi | müşteri\shizmetleri | danışma
    | 热线 | 熱線 | 客服 | 总机 | 編集部 | 代表 | お問い合わせ | 고객센터 | 대표전화 | 編輯部 | 编辑部 | call\scent(?:er|re)
    """,
    re.X | re.I,
)  # fmt: skip
# Forms of a company: a line with one is its address.
_COMPANY = re.compile(
    r"\b(?:GmbH|AG|KG|e\.\s?V\.|Ltd|Limited|Inc|LLC|LLP|plc|Corp|Corporation|S\.?A\.?S\.?|S\.A\.|SARL|S\.?L\.|S\.?r\.?l\.?|S\.?p\.?A\.?|B\.?V\.|N\.V\.|Oy|Oyj|A/S|ApS|ASA|AB"
    r"|Sp\. z o\.\s?o\.|s\.\s?r\.\s?o\.|a\.\s?s\.|Kft|Zrt|d\.o\.o\.|Pty|Pvt|Ltda|ООО|ОАО|ЗАО|АО|ПАО|ТОВ|A\.Ş\.|株式会社|有限公司|주식회사)(?:\W|\Z)"
)


def phones(text: str, start: int, end: int, region: str | None) -> Iterator[Value]:
    """The telephone numbers in a run of digits and marks. `region` is the country (ISO 3166) that the page tells, if any."""
    head = _HEAD.search(text, max(0, start - 4), start)
    plus = head is not None and head.group() != "("
    begin = head.start() if head and (plus or ")" in text[start:end]) else start
    if not plus and _NO_PHONE.fullmatch(text, start, end):
        return
    stuck = _STUCK_BEFORE if begin == start else _STUCK_BEFORE_HEAD
    if stuck.search(text, max(0, begin - 8), begin):
        return
    words = words_before(text, begin)
    if in_address(text, begin) or (not plus and _OTHER.search(_NUMBER_OF_PHONE.sub(r"\1", words))):
        return
    labelled = _LABEL.search(words) is not None
    region = region or _region_of_line(line_of(text, begin))
    for a, part_end in _parts(text, begin, end):
        for b in _ends(text, a, part_end, plus or labelled):
            number = None if _STUCK_AFTER.match(text, b) else _number(text[a:b], region, labelled)
            if number is not None:
                desk = _is_desk(number, words, line_of(text, a))
                yield Value(a, b, "phone", desk, phonenumbers.region_code_for_number(number) or "")
                break
        else:
            continue
        if part_end == end:
            return


def region_of(language: str | None, site: str | None) -> str | None:
    """The country whose national numbers a page prints: that of its top domain, else that of its language, if it has one."""
    top = (site or "").rpartition(".")[2].upper()
    if top == "UK":
        return "GB"
    if not _SOLD.fullmatch(top) and top in phonenumbers.SUPPORTED_REGIONS:
        return top
    return _REGION_OF_LANGUAGE.get(language or "")


def normal_phone(value: str, region: str) -> str:
    """A number in the form of E.164; its digits where the region does not fit it."""
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(value, region or None), PhoneNumberFormat.E164))
    except NumberParseException:
        return re.sub(r"\D", "", value)


def _region_of_line(line: str) -> str | None:
    return next((region for region, sign in _REGION_OF_LINE if sign.search(line)), None)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The run as a whole, then its parts, where it may be more than one number."""
    yield start, end
    at = start
    gaps = [gap.span() for gap in _BETWEEN.finditer(text, start, end)]
    for a, b in [*gaps, (end, end)] if gaps else ():
        yield at, a
        at = b


def _ends(text: str, start: int, end: int, sure: bool) -> Iterator[int]:
    """Where the number may end: with the run, or before its last groups (opening hours, say) if it is sure that one begins."""
    yield end
    if sure:
        ends = [group.end() for group in _DIGITS.finditer(text, start, end)]
        yield from reversed(ends[-3:-1])


def _number(shown: str, region: str | None, labelled: bool) -> PhoneNumber | None:
    """The valid number that is printed so, None where there is none or it may as well be something else."""
    digits = "".join(_DIGITS.findall(shown))
    if not 7 <= len(digits) <= 17:
        return None
    if "+" in shown or "＋" in shown:
        return _parse(shown, None)
    core = shown.strip("( ")
    groups = _DIGITS.findall(shown)
    if _NO_PHONE.fullmatch(core):
        return None
    if digits.startswith("00") and not digits.startswith("000") and (labelled or len(groups) > 2):
        return _parse("+" + digits[2:], None)
    if _NORTH_AMERICAN.fullmatch(shown):
        return _parse(shown, "US")
    if region is None:
        return _parse(shown, "US") if labelled and _NORTH_AMERICAN_LABELLED.fullmatch(shown) else None
    number = _parse(shown, region)
    if number is None or number.country_code != phonenumbers.country_code_for_region(region):
        return None
    return number if labelled or _is_printed_as_phone(shown, groups, number) else None


def _parse(shown: str, region: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(shown, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_printed_as_phone(shown: str, groups: list[str], number: PhoneNumber) -> bool:
    """Whether a valid national number without a label is printed as numbers of people and money are not."""
    size = sum(map(len, groups))
    if groups[0].startswith("0") and not groups[0].startswith("00"):
        return size >= 10 or (size == 9 and len(groups) > 1)
    if size < 9 or _THOUSANDS.fullmatch(shown):
        return False
    if shown.startswith("(") and shown.find(")") == len(groups[0]) + 1:
        return True
    usual = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return len(groups) > 2 and _DIGITS.findall(usual) == groups


def _is_desk(number: PhoneNumber, words: str, line: str) -> bool:
    """Whether a number is one of a desk or company: by its sort, by the words before it, or by a company on its line."""
    return bool(phonenumbers.number_type(number) in _NOBODYS or _DESK.search(words[-40:]) or _COMPANY.search(line))
