"""How often letters are, per language: enough to tell text from nonsense, and one encoding from another.

Each string lists the characters of a language from the most to the least frequent in running text (counted on
newspaper and encyclopaedia text; the figures of any large corpus are the same for this purpose).
"""

from __future__ import annotations

import math

ALPHABETS = {
    "ru": "оеаитнсрвлкмдпуьыябгзчйжхюцшщфэъё",
    "uk": "онаивіртседпулмкбязьюгжхчїйцєшщфґ",
    "bg": "аиоентврсдкплзбяъмчугжщцхйшюфь",
    "el": "αιετονκσηρπςίυμδλέωάθήόγχώύξφβζψϊΐϋΰ",
    "ar": "اليموتنرعةقدحهأبفسكجإشخضصىزطذءغئثظآؤ\u064b\u064e\u064f\u0650\u0651\u0652،؟؛ـ",
    "fa": "ایردومنهتبکسلقشزحعخگفجآصپضطچظذئغًثژأ،؟؛\u200c",
    "he": "ויהלתאבשרכמדחנםעזפןגקסצטךףץ־",
    "th": "ารนกงอ่มิทัะ้เลสดยีคตแวหปจบุใชขพืไธำ็ศโูึ์ถภษผณญฐฏซๆฒฟฉฎฝฮ",
}
_ZH_HANS = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成"
    "方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使"
    "情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老"
    "给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目"
    "太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王"
    "象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
)  # fmt: skip
_ZH_HANT = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成"
    "方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使"
    "情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老"
    "給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目"
    "太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王"
    "象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運"
)  # fmt: skip
_JA = (
    "のにはたをとるがしでてないれさりもすらかっあこまそよだけくうきめつおわえんーせどやじちみばろほべへねびごずげンスルトイリラ"
    "アクドシレジタフロカテマコムプメニバチキグュサデパィナブツオウエセソネヤモハビピポミワノガゴゼボダ日一国人年大十二本中"
    "長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女会同事自社発者地業方新場員立開手力問代明動京目通言理"
    "体田主題意不作用度強公持野以思家世多正安院心界教文元重近考海売知道集別物使品計死特私始朝運終台広住真有口少町料工建空急"
    "止送切転研足起着店対市県最関部約性員当全合化内民法定調表政報戦現実成相原取選経決連"
)  # fmt: skip
_KO = (
    "이다는의에가고을하지한은를도로사기서인자대리나어있해정부시그아수들과으일제보스전유주장상관여라만구원성국년게조것공연동신무"
    "비경선모안면회였적생학소우방중교러계발차세며요오음간되없실할물내금말분민단와마당화지재강려또결등업현위미니진까했된터입치래"
    "란각려양울많심용김바른습개작운행통건산체출권후알맞열더명외약락책임르든임네드크트데거호두월십이린속문"
)  # fmt: skip
CHARACTERS = {"zh-Hans": _ZH_HANS, "zh-Hant": _ZH_HANT, "ja": _JA, "ko": _KO}

UNSEEN = -9.0
"""Log probability of a character of the script that is not in the list."""


def _table(characters: str, first: float, decay: float, logarithmic: bool) -> dict[str, float]:
    table: dict[str, float] = {}
    for rank, char in enumerate(characters):
        weight = decay * (math.log1p(rank) if logarithmic else rank)
        table.setdefault(char, first - weight)
    return table


# The letters of an alphabet thin out exponentially with their rank, the characters of Chinese, Japanese and Korean by
# a power law; the two curves fit all the languages above within half a unit of log probability.
LOG_PROBABILITY: dict[str, dict[str, float]] = {
    **{language: _table(letters, -2.2, 0.115, False) for language, letters in ALPHABETS.items()},
    **{language: _table(letters, -3.0, 0.7, True) for language, letters in CHARACTERS.items()},
}

SCRIPTS: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("ru", "uk", "bg"), (("\u0400", "\u045f"), ("\u0490", "\u0491"))),
    "el": (("\u0370", "\u03ff"),),
    "he": (("\u05d0", "\u05ea"),),
    **dict.fromkeys(("ar", "fa"), (("\u0621", "\u0652"), ("\u067e", "\u06cc"))),
    "th": (("\u0e01", "\u0e59"),),
    **dict.fromkeys(("zh-Hans", "zh-Hant"), (("\u4e00", "\u9fff"),)),
    "ja": (("\u3041", "\u30fe"), ("\u4e00", "\u9fff")),
    "ko": (("\uac00", "\ud7a3"),),
}
"""The characters that a language is written in, as ranges."""
