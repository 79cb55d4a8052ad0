"""Bylines: who wrote a page, as the page prints it, and which lines say nothing else.

`read(line, dates, site_names)` takes a short line apart at its separators and dates and says what each piece is: names
behind a word that introduces an author ("By", "Von", "作者："), a desk, an editor's or photographer's credit, a
widget, or something it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from pipeline.describe._caseless import caseless, compile_caseless
from pipeline.describe._dates import Found


class Byline(NamedTuple):
    """What a line says of authors."""

    authors: tuple[str, ...]
    """Names behind a word that introduces an author."""
    bare: tuple[str, ...]
    """Pieces that have the form of a name and nothing to introduce them."""
    credit: bool
    """Whether a desk, an editor or a source is named (a byline without an author)."""
    rest: int
    """Code points of the line that are neither name, date, label nor widget."""
    explicit: bool
    """Whether a word that introduces an author was there, even if no name followed."""
    sites: tuple[str, ...] = ()
    """Names behind such a word that are also what the site calls itself: its owner, or no person."""


NOTHING = Byline((), (), False, 0, False)

# Words that introduce an author without a colon, at the start of a piece. Their reading as prose ("By Monday ...")
# is ruled out by the form of what follows: names only, then the end of the piece.
_OPEN = r"""by|written by|analysis by|opinion by|interview by|column by|commentary by|essay by|post by|guest post by|research by|recipe by|started by|asked by|author|authored by|escribe|eingestellt von|tipps von|artikel von|foto und text von|kommentar von|interview von|analyse von|posted by|published by|words by|story by|text by|report by|reported by|created by|submitted by|review by|reviewed and written by|article by|contributed by|words and photos by|guide by|authors|thread starter|discussion starter|themenstarter|autoren|autorinnen|rezept von|gespeichert von|eingetragen von|auteurs|autores|autori|
von|geschrieben von|ein beitrag von|ein artikel von|ein kommentar von|ein gastbeitrag von|ein interview von|ein bericht von|ein essay von|eine kolumne von|eine analyse von|eine rezension von|eine reportage von|gastbeitrag von|aus der feder von|verfasst von|veröffentlicht von|erstellt von|gepostet von|text von|autor|autorin|vom|
par|écrit par|ecrit par|publié par|rédigé par|posté par|propos recueillis par|por|escrito por|publicado por|postado por|escrit per|redactado por|di|a cura di|scritto da|pubblicato da|postato da|
door|geschreven door|geplaatst door|tekst|av|skrevet av|af|skrevet af|skriven av|text av|przez|napisał|napisała|opublikował|napsal|napsala|
автор|авторы|текст|написал|написала|беседовал|беседовала|підготував|підготувала|автор статьи|автори|
oleh|ditulis oleh|laporan|penulis|bởi|tác giả|viết bởi|โดย|เขียนโดย|ผู้เขียน|yazan|yazar|haber|kirjoittanut|teksti|írta|scris de|publicat de|γράφει ο|γράφει η|του συντάκτη|
بقلم|كتب|كتبت|كتبه|الكاتب|نوشته|نویسنده|تحریر|از رپورٹر|מאת|כתב|लेखक|रिपोर्ट|written by|بواسطة|من قبل|tekijä"""
# Words that do so with a colon only.
_COLON = r"""author|authors|writer|writers|words|text|story|reporter|report|byline|contributor|contributors|correspondent|blogger|name of author|
autor|autoren|autorin|autorinnen|text|texte|redakteur|redakteurin|verfasser|bericht|interview|auteur|auteurs|autrice|auteure|texte|autor|autora|autores|texto|textos|redactor|reportaje|reportagem|reporter|redator|
autore|autrice|autori|testo|testi|articolo di|tekst|auteur|journalist|tekst en foto|skribent|författare|forfatter|forfattere|tekst og foto|journalisten|text och foto|toimittaja|kirjoittaja|teksti|autor tekstu|autorzy|autorka|tekst|dziennikarz|
autor článku|autoři|autorka|napsal|szerző|szerzők|írta|autori|autoarea|autorul|συντάκτης|συντάκτρια|κείμενο|ρεπορτάζ|автор|авторы|текст|корреспондент|журналист|автори|кореспондент|журналіст|текст статьи|
yazar|yazan|haber|muhabir|haberi yazan|röportaj|kaynak yazar|penulis|wartawan|jurnalis|pewarta|reporter|kontributor|penulis berita|teks|laporan|người viết|tác giả|bài|phóng viên|bài và ảnh|thực hiện|ผู้เขียน|เรื่อง|เขียน|ผู้สื่อข่าว|
लेखक|लेखिका|रिपोर्टर|संवाददाता|रिपोर्ट|प्रस्तुति|प्रतिवेदक|written by|লেখক|প্রতিবেদক|লিখেছেন|লেখা|எழுதியவர்|ஆசிரியர்|செய்தியாளர்|రచయిత|
المؤلف|الكاتب|كتب|كتبت|كتبه|إعداد|تقرير|المحرر الصحفي|تحرير وكتابة|نویسنده|نگارنده|خبرنگار|گزارش|تحریر|مصنف|رپورٹ|مأت|כתב|כתבת|מאת|כותב|כותבת|
作者|撰文|文|文字|撰稿|撰稿人|编写|編寫|撰写|撰寫|供稿|供稿人|作者姓名|投稿者|投稿人|書き手|記事作成|글 작성|记者|記者|本报记者|本報記者|採訪|采写|采访|通讯员|通訊員|报道|報導|撰文者|作者署名|笔者|筆者|執筆|執筆者|著者|ライター|取材・文|文・写真|文/写真|構成|寄稿|글|글쓴이|기자|작성자|글·사진|취재|작가|저자|필자"""


def _split(block: str) -> set[str]:
    return {w.strip() for w in block.replace("\n", "|").split("|") if w.strip()}


def _words(block: str) -> str:
    """The alternatives of a block, the longest first."""
    return "|".join(re.escape(w) for w in sorted(_split(block), key=lambda w: (-len(w), w)))


def _heads(*blocks: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """First words of the alternatives, and the alternatives in scripts without spaces: a quick test before a regex."""
    every = set().union(*map(_split, blocks))
    spaced = frozenset(caseless(w.split()[0].rstrip(":.")) for w in every if w[0] < _NO_SPACES or "가" <= w[0] <= "힣")
    return spaced, tuple(sorted(w for w in every if w[0] >= _NO_SPACES or "\u0e00" <= w[0] <= "\u0e7f"))


_NO_SPACES = "\u2e80"


def _may_start(small: str, heads: tuple[frozenset[str], tuple[str, ...]]) -> bool:
    words = small.split(None, 1)
    if not words:
        return False
    first = words[0]
    if first.rstrip(":.：*") in heads[0]:
        return True
    if (":" in first or "：" in first) and first.replace("：", ":").partition(":")[0] in heads[0]:
        return True
    return first[0] >= "\u0e00" and first.startswith(heads[1])


_OPEN_HEADS = _heads(_OPEN, _COLON)


def opening_words() -> str:
    """The ASCII first words of what introduces an author, as alternatives of a pattern."""
    return "|".join(sorted(re.escape(word) for word in _OPEN_HEADS[0] if word.isascii()))


_OPENER_FULL = compile_caseless(rf"(?:(?:{_words(_OPEN)})(?![^\W\d_])\s*[:：]?|(?:{_words(_COLON)})\s*[:：])\s*")


def _opener(small: str) -> re.Match[str] | None:
    """The match of a word that introduces an author, at the start of a text in small letters."""
    return _OPENER_FULL.match(small) if _may_start(small, _OPEN_HEADS) else None


# 文/张三, 글/김철수, （文/...: with a slash, CJK only.
_SLASH = re.compile(r"(?:文|撰文|作者|글|图文|圖文|文字|文图|記者|记者)\s*[/／|｜丨]\s*")
_CREDIT = compile_caseless(
    r"(?:edited|powered|hosted|sponsored|presented|developed|supported|theme|built|made|brought to you|verified|liked|modified|recommended|picked|trusted|reviewed|medically reviewed|fact[- ]?checked|curated|translated|photos?|photography|photographs?|images?|illustrat\w+|video|compiled|"
    r"updated|produced|design(?:ed)?|approved) by\b|"
    r"(?:source|from|via|quelle|quellen|fonte|fuente|источник|джерело|sumber|kaynak|nguồn|ที่มา|स्रोत|المصدر|منبع|bron|källa|kilde|zdroj|źródło|forrás|sursa|lähde|πηγή|来源|來源|稿源|信息来源|文章来源|消息来源|出处|出處|转自|출처|"
    r"editor|éditeur|redaktor|redaktur|editör|redaktion|editora|editing|редактор|编辑|編輯|责任编辑|責任編輯|责编|責編|審核|审核|校对|摄影|攝影|摄|图|圖|图片|供图|一审|二审|三审|初审|终审|编审|监制|審核|発行|편집|사진|"
    r"photos?|foto|fotos|fotograf\w*|bild|bilder|bilde|photo|credit|image|ảnh|фото|зображення|תמונה|צילום|تصوير|عکس|写真|撮影|biên tập|sub-?editor|"
    r"edited by|एडिटेड बाय|संपादन|सम्पादक|संपादक|category|categories|kategorie\w*|filed under|posted in|tags?|tagged|section|rubrik|rubrique|categoría|categoria|рубрика|分类|栏目|專欄|カテゴリ\w*|카테고리|uncategorized)\s*[:：/／]"
)
# Labels of dates, reading times, counts, widgets: pieces that are neither name nor content.
_LABELS = r"""published|publish date|publication date|date|dated|date published|first published|originally published|posted|posted on|published on|published at|updated|updated on|updated at|last updated|last update|last updated on|last modified|modified|modified on|last reviewed|reviewed|created|created on|on|at|release date|issued|added|edited|time|filed|revised|
veröffentlicht|veröffentlicht am|erstellt|erstellt am|aktualisiert|aktualisiert am|zuletzt aktualisiert|letzte aktualisierung|stand|datum|vom|am|um|uhr|geändert|geändert am|publiziert|publiziert am|erschienen|erschienen am|zuletzt geändert|letztes update|eingestellt am|artikel vom|update|hochgeladen am|
publié|publié le|publiée le|mis à jour|mis à jour le|mise à jour|modifié|modifié le|mis en ligne le|le|à|date de publication|dernière mise à jour|créé le|posté le|rédigé le|actualisé le|article publié le|
publicado|publicado el|publicado em|publicada|actualizado|actualizado el|actualizada|última actualización|atualizado|atualizado em|última atualização|fecha|data|el|em|às|a las|creado|modificado|modificado em|postado em|criado em|fecha de publicación|data de publicação|última modificación|
pubblicato|pubblicato il|pubblicato in|aggiornato|aggiornato il|ultimo aggiornamento|ultima modifica|il|alle|ore|modificato il|data pubblicazione|inserito il|data di pubblicazione|creato il|
gepubliceerd|gepubliceerd op|bijgewerkt|bijgewerkt op|laatst bijgewerkt|laatste update|op|om|geplaatst op|laatst gewijzigd|gewijzigd|aangemaakt|aangepast|publicatiedatum|
publicerad|publicerat|publicerades|uppdaterad|uppdaterat|senast uppdaterad|senast ändrad|kl|skapad|publisert|oppdatert|sist oppdatert|sist endret|endret|offentliggjort|publiceret|udgivet|opdateret|sidst opdateret|ændret|d|den|
julkaistu|päivitetty|muokattu|viimeksi päivitetty|klo|julkaisuaika|
opublikowano|opublikowany|aktualizacja|zaktualizowano|ostatnia aktualizacja|data publikacji|utworzono|dodano|data dodania|data utworzenia|data modyfikacji|data|godz|publikacja|
publikováno|publikováno dne|zveřejněno|vydáno|aktualizováno|aktualizace|poslední aktualizace|dne|datum vydání|vytvořeno|upraveno|publikované|aktualizované|zverejnené|
közzétéve|frissítve|megjelent|módosítva|utolsó frissítés|publikálva|létrehozva|dátum|publicat|publicat la|publicat pe|publicat în|actualizat|actualizat la|ultima actualizare|data publicării|la|postat|
δημοσιεύτηκε|δημοσιεύθηκε|δημοσίευση|ενημερώθηκε|ενημέρωση|τελευταία ενημέρωση|ημερομηνία|ημ. δημοσίευσης|αναρτήθηκε|στις|τελευταία τροποποίηση|
опубликовано|опубликован|опубликована|обновлено|обновлён|обновлена|дата|дата публикации|дата обновления|изменено|последнее обновление|добавлено|размещено|создано|в|г|года|дата создания|изменён|актуализировано|
опубліковано|опублікована|оновлено|дата публікації|змінено|останнє оновлення|створено|о|об|розміщено|додано|року|публикувано|обновено|објављено|ажурирано|
yayın tarihi|yayınlanma tarihi|yayınlanma|yayınlandı|yayın|giriş tarihi|giriş|güncelleme|güncelleme tarihi|güncellenme|güncellendi|son güncelleme|son güncellenme|oluşturulma|oluşturulma tarihi|eklenme tarihi|eklenme|eklendi|tarih|saat|haber giriş tarihi|haber güncelleme tarihi|
diterbitkan|dipublikasikan|diperbarui|diupdate|terbit|tayang|dibuat|tanggal|pada|pukul|jam|diterbitkan pada|dipublikasikan pada|terakhir diperbarui|diperbarui pada|diunggah|rilis|dikemaskini|kemaskini|diterbitkan|dimuat naik|tarikh|
ngày đăng|đăng ngày|đăng lúc|cập nhật|cập nhật lúc|cập nhật ngày|lần cuối cập nhật|xuất bản|ngày|lúc|ngày xuất bản|ngày cập nhật|đăng|thời gian|thứ|
เผยแพร่|เผยแพร่เมื่อ|วันที่|อัปเดต|อัพเดท|อัปเดตล่าสุด|อัพเดทล่าสุด|ปรับปรุงล่าสุด|ปรับปรุง|แก้ไข|แก้ไขล่าสุด|โพสต์เมื่อ|เวลา|น|วันที่เผยแพร่|ปรับปรุงเมื่อ|
प्रकाशित|प्रकाशित तिथि|प्रकाशन तिथि|अपडेट|अपडेटेड|अद्यतन|अंतिम अपडेट|आखरी अपडेट|आखिरी अपडेट|अपडेट किया गया|प्रकाशन|तारीख|दिनांक|पब्लिश|पब्लिश्ड|प्रकाशित किया|प्रकाशित हुआ|अपडेट हुआ|बजे|को|तिथि|
প্রকাশ|প্রকাশিত|প্রকাশ কাল|প্রকাশের সময়|প্রকাশ:|আপডেট|হালনাগাদ|সর্বশেষ আপডেট|প্রকাশকাল|আপডেটের সময়|প্রকাশিত হয়েছে|তারিখ|
வெளியிடப்பட்டது|பதிவு|பதிவு செய்த நாள்|புதுப்பிக்கப்பட்டது|மாற்றம் செய்த நாள்|வெளியீடு|தேதி|மாற்றம்|
نشر في|نشر|نُشر|نُشر في|تاريخ النشر|تم النشر|تم النشر في|تحديث|آخر تحديث|حدث في|حُدِّث|تم التحديث|تم التحديث في|التاريخ|تاريخ|الساعة|بتاريخ|تاريخ التحديث|آخر تعديل|عُدّل|نُشرت في|
تاریخ انتشار|انتشار|منتشر شده|منتشر شده در|به روز رسانی|به‌روزرسانی|بروزرسانی|آخرین به‌روزرسانی|آخرین به روز رسانی|آخرین بروزرسانی|ویرایش|تاریخ|ساعت|تاریخ بروزرسانی|آخرین ویرایش|شائع|شائع شدہ|تاریخ اشاعت|اشاعت|اپ ڈیٹ|آخری اپ ڈیٹ|اپڈیٹ|تازہ کاری|بجے|وقت اشاعت|اپ ڈیٹ کیا گیا|آخری بار اپ ڈیٹ|زمان انتشار|
פורסם|פורסם ב|פורסם בתאריך|עודכן|עודכן ב|עדכון אחרון|עודכן לאחרונה|תאריך|בשעה|תאריך פרסום|עודכן בתאריך|פורסם לראשונה|תאריך עדכון|
发布时间|發布時間|发布日期|發布日期|发表时间|發表時間|更新时间|更新時間|更新日期|发布于|發佈時間|發佈日期|发布|發布|更新|更新于|日期|时间|時間|发表于|發表於|最后更新|最後更新|最近更新|出版日期|刊登日期|修改时间|修訂日期|上稿时间|添加时间|公開日|公開|公開日時|掲載日|掲載|配信|更新日|更新日時|最終更新|最終更新日|投稿日|投稿|発表日|初公開|登録|公開日：|最終更新日時|記事公開日|首发|
입력|수정|등록|승인|발행|발행일|게시|게시일|작성일|등록일|업데이트|최종수정|최종 수정|최종업데이트|기사입력|기사수정|송고|기사등록|보도|작성|송고시간|입력시간|수정시간|등록일시|승인일|입력일|수정일"""
_LABEL_WORDS = _words(_LABELS)
_LABEL_HEADS = _heads(_LABELS)
_LABEL = compile_caseless(rf"(?:{_LABEL_WORDS})\s*[:：.]?\s*")
_MODIFIED = compile_caseless(
    r"updat|modif|revised|last reviewed|edited on|aktualis|geändert|letztes|stand\b|mise? .{1,2} jour|actuali[sz]|atualiz|aggiornat|bijgewerkt|\blaatst|gewijzigd|aangepast|"
    r"uppdater|ändrad|oppdater|endret|opdater|ændret|päivitetty|muokattu|zaktualizowano|modyfik|aktuali[zs]|upraveno|frissít|módosít|ενημ|τροποπ|обновл|измен|актуализ|оновл|змін|обновено|ажурир|"
    r"güncel|diperbarui|dikemaskini|kemaskini|cập nhật|อัปเดต|อัพเดท|ปรับปรุง|แก้ไข|अपडेट|अद्यतन|আপডেট|হালনাগাদ|புதுப்பி|மாற்றம்|تحديث|حدث|تعديل|عُدّل|روز ?رسانی|روزرسانی|بروز|ویرایش|اپ ?ڈیٹ|تازہ|עודכן|עדכון|"
    r"更新|修改|修訂|最終|수정|업데이트"
)
_PUBLISHED = compile_caseless(
    r"publi|posted|filed|issued|release|veröffentlicht|erstellt|erschienen|geplaatst|julkaistu|zveřejněno|vydáno|közzé|megjelent|δημοσ|αναρτ|опублик|опублік|добавлено|размещено|yayın|giriş|eklenme|oluşturul|"
    r"diterbitkan|terbit|tayang|đăng|xuất bản|เผยแพร่|โพสต์|प्रकाश|पब्लिश|প্রকাশ|வெளியிட|பதிவு|نشر|انتشار|منتشر|اشاعت|شائع|פורסם|发布|發布|發佈|发表|發表|公開|掲載|配信|投稿|입력|등록|승인|발행|게시|작성|offentliggjort|udgivet|dodano|utworzono|postat|postado|mis en ligne|pubblicato|inserito"
)
# What shows that a date is not that of the page itself.
_FOREIGN = compile_caseless(
    r"copyright|©|\(c\)|deadline|due date|expires?|valid until|born|event date|register by|says?:|sagt|a dit|dijo|wrote:|permalink|reply|antworten|copyright|retrieved|accessed|版权"
)
_WIDGET = compile_caseless(
    r"(?:(?:estimated )?(?:reading|read) time|lesezeit|lesedauer|temps de lecture|tiempo de lectura|tempo de leitura|tempo di lettura|leestijd|lästid|lesetid|læsetid|okuma süresi|czas czytania|время чтения|час читання|阅读时间|阅读|閱讀|浏览次数|瀏覽次數|浏览|瀏覽|点击|點擊|阅读量|阅读数|views?|viewed|hits|조회수?|댓글|dilihat|dibaca|просмотров|комментариев|keywords?|tags?)\b[^|]{0,40}"
    r"|(?:ca\.?|about|ungefähr|~)?\s?\d[\d.,]*\s?(?:k|m)?\s?[-–]?\s?(?:minutos?|minutes?|minuten|minuti|mins?|min\.?|m|分钟|分鐘|分|분|мин\.?|хв\.?|दक्.?|мин|dk\.?|phút|นาที|menit|dakika|min read|views?|visualizaciones|comments?|kommentare?|commentaires?|comentarios?|comentários?|likes?|shares?|reads?|hits|次|回|lượt xem)\b[^|]{0,24}"
    r"|(?:字号|字號|文字サイズ|font size|text size|글자크기|tamaño)[^|]{0,20}|[大中小\s]+|分享[^|]{0,20}|(?:leave a |no |add a )?comments?\s?(?:off|closed)?|share(?: this)?|print|save|listen|email|0|kommentare?|kommentieren|"
    r"min read|read|in|on|am|at|to|the|and|last|et|[ap]\.?m\.?|ist|uhr|edt|est|et|gmt|pst|utc|\W+|"
    r"(?:mon|tues?|wed|wednes|thurs?|thu|fri|satur|sat|sun)(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|(?:mo|di|mi|do|fr|sa|so)|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|"
    r"(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|понеділок|вівторок|середа|п.ятниця|субота|неділя|"
    r"pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|senin|selasa|rabu|kamis|jumat|sabtu|minggu|(?:thứ )?(?:hai|ba|tư|năm|sáu|bảy)|chủ nhật|星期[一二三四五六日天]|周[一二三四五六日]|[月火水木金土日]曜日?|[월화수목금토일](?:요일)?|"
    r"maanantai\w*|tiistai\w*|keskiviikko\w*|torstai\w*|perjantai\w*|lauantai\w*|sunnuntai\w*|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|"
    r"الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार|শনিবার|রবিবার|সোমবার|মঙ্গলবার|বুধবার|বৃহস্পতিবার|শুক্রবার|วัน\S{2,12}"
)

# Desks, agencies and functions stand where an author would, and are none.
_DESK = compile_caseless(
    r"\b(?:newsroom|news desk|newsdesk|news|web ?desk|desk|bureau|staff|admin|administrator|wordpressadmin|webmaster|editors?|editorial|editor in chief|"
    r"redaktion\w*|redaktør\w*|redaktionen|redacci[oó]n|reda[cç][aã]o|r[eé]daction|redazione|redactie|redakcja|redakce|redakcia|redakcija|redacția|toimitus|szerkesztőség|σύνταξη|редакция|редакція|пресс-служба|"
    r"redaksi|tim (?:redaksi|liputan|berita|humas|publikasi|peliput|[a-z]+com)|humas|haber merkezi|editör|toà soạn|ban biên tập|guest|anonymous|unknown|super user|superuser|agenc(?:y|ia|ies)|agence|agentur|agenzia|agências?|afp|dpa|ansa|reuters|efe|tass|xinhua|apa|sda|pti|ani|ians|lusa|ap|upi|belga|"
    r"press release|pressemitteilung|contributors?|the author|correspondent|reporters?|user|team|us|you|our|your|this|that|email|mail|phone|default|here|subject|date|category|topic|name|relevance|popularity|brand|price|size|"
    r"law|default|using|clicking|continuing|subscribing|submitting|all|its|their|his|her|my|no|not|any|these|those|means|far|way|then|now|itself|themselves)\b"
    r"|编辑部|編輯部|本报|本報|本刊|编辑|編輯|宣传部|宣傳部|通讯社|通訊社|新华社|記者部|编委会|網站|网站|小编|小編|佚名|未知|管理员|admin|編集部|新聞|通信|取材班|支局|편집부|편집국|온라인뉴스|뉴스팀|디지털|연합뉴스|डेस्क|ब्यूरो|टीम|न्यूज|ডেস্ক|প্রতিবেদক|প্রতিনিধি|அசிரியர்|هيئة التحرير|المحرر|التحرير|وكالات|وكالة|تحریریه|مدیر|ڈیسک|نیوز|מערכת|กองบรรณาธิการ|ทีมข่าว|ผู้สื่อข่าว"
)
_ORGANISATION = compile_caseless(
    r"\b(?:times|post|daily|journal|jornal|gazette|tribune|herald|chronicle|magazine|zeitung|nachrichten|blatt|bote|kurier|diario|diário|giornale|corriere|press|media|group|institute|university|universität|universidad|"
    r"foundation|association|society|ministry|department|council|committee|company|inc|ltd|llc|gmbh|corp|tv|radio|fm|online|global|network|review|today|weekly|blog|archive|center|centre|school|college|bank|office|club|"
    r"вестник|газета|новости|haber|gazetesi|postası|warta|berita|kampus|báo|samachar|समाचार|صحيفة|جريدة|وكالة|خبرگزاری|اخبار|روزنامه|עיתון)\b|"
    r"报|報|新聞|新闻|網|网|台|社|大学|大學|学院|學院|部|处|處|局|公司|集團|集团|協會|协会|出版|일보|신문|뉴스|방송"
)
# What a person is, not who: it ends a list of names.
_SHARE = compile_caseless(
    r"facebook|twitter|whatsapp|telegram|linkedin|instagram|youtube|pinterest|google|paylaş|teilen|partage|compart|"
    r"bagikan|udostępnij|condivid|delen\b|jaa\b|sdílet|megosztás|distribui|поделит|поширит"
)
_ROLE = compile_caseless(
    r"(?:sr\.?|senior|junior|chief|vice|head|director|manager|president|founder|co-founder|ceo|cto|professor|associate|assistant|lecturer|author|writer|journalist|"
    r"columnist|contributor|analyst|researcher|fellow|member|chair\w*|minister|deputy|leiter\w*|geschäftsführer\w*|professeur\w*|directeur|directora?|diretora?|direttore)\b"
)
# Small words inside names.
PARTICLES = frozenset(
    [
        "von",
        "van",
        "de",
        "der",
        "den",
        "del",
        "della",
        "da",
        "di",
        "du",
        "dos",
        "das",
        "do",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "abu",
        "y",
        "e",
        "ter",
        "ten",
        "zu",
        "zur",
        "vom",
        "af",
        "av",
        "st",
        "mac",
        "mc",
        "d’",
        "d'",
        "of",
    ]
)
_TITLES = re.compile(
    r"^(?:dr|prof|mr|mrs|ms|sir|dame|rev|fr|dipl\.-ing|mag|ing|mgr|bc|univ)\.?\s+|(?:\s*,\s*|\s+)(?:ph\.?d|m\.?d|cpa|r\.?d|j\.?d|mba|msc|rn|esq|jr|sr)\.?$",
    re.IGNORECASE,
)
# How a text with such a title starts or ends: a quick test.
_TITLE_STARTS = frozenset(["dr", "prof", "mr", "mrs", "ms", "sir", "dame", "rev", "fr", "dipl.-ing", "mag", "ing", "mgr", "bc", "univ"])  # fmt: skip
_DEGREES = frozenset(["phd", "md", "cpa", "rd", "jd", "mba", "msc", "rn", "esq", "jr", "sr"])
_TITLE_ENDS = frozenset(["hd", ".d", "md", "pa", "rd", "jd", "ba", "sc", "rn", "sq", "jr", "sr"])
_JOINED = re.compile(r"\s*(?:,\s*(?:and|und|et|y|e|en|och|og|și|и|та)\s|,|;|、|，|&|＆|\+|/|／|·|・(?=\s)|\s(?:and|und|et|y|e|en|och|og|ja|i|a|és|și|si|και|и|та|й|ve|dan|và|และ|और|ও|மற்றும்|وَ|و(?=\s)|اور|ו|with|mit|avec|con|com|および|と)\s)\s*", re.IGNORECASE)  # fmt: skip
_PIECES = re.compile(
    r"\s*(?:[|｜•●‧◆▪■►›»]|\s[·∙⋅]\s|·|\s[–—―/]\s?|—|[–―]\s|\s-\s|\t|\s{2,}|\u3000|[（）()【】\[\]]|(?<=[㐀-鿿])\?(?=[㐀-鿿])|//|\*\s)\s*"
)
# What ends a name inside a piece: a small preposition, a label of a date, a bracket.
_NAME_STOP = re.compile(
    r"\s+(?:on|in|at|for|from|am|um|em|le|el|il|på|den|op|dne|bei|für|via|under|is|was|has|as|who|"
    r"[Uu]pdated|[Pp]ublished|[Pp]osted|[Ll]ast [Uu]pdated|[Vv]eröffentlicht|[Pp]ublié|[Pp]ublicado|[Ss]pecial [Tt]o|Filed|In|On|For|"
    r"Lesezeit|Kategorien?|Categor\w+|Tagged|Tags|Comments?|Kommentare?|View|Post|Leave|Add|Follow|Share|Photos?|Fotos?|Reading|Read|Uhr|Hinterlasse|Last|Website|Email|Twitter|Advertisement)(?=\s|:|$).*$"
    r"|\s+\d.*$|\s*[<@(].*$",
    re.DOTALL,
)
_GLUED = re.compile(
    r"\b(?:By|by|BY|von|Von|byline|Par|Por|Author|Autor)(?=[A-ZÀ-Þ][\w.’']+ ?[A-ZÀ-Þ])|\bBy(?=[A-ZÀ-Þ][a-zà-ÿ]+\b)|(?<=[a-zà-ÿ])(?=(?:Published|Updated|Posted|Last [Uu]pdated|Filed|In|On|Photo|Photos|Share)\b)|(?<=[a-z])(?=\d+ (?:Komm|Comm))"
)
_MAY_BE_GLUED = re.compile(r"[a-zà-ÿY][A-ZÀ-Þ\d]")
_EMAIL = re.compile(r"\S+@\S+|\[email protected\]|https?://\S+|(?<!\S)@\w+")
_CASED = re.compile(r"^[A-ZÀ-ÞĀ-ŽƏА-ЯЁЄІЇҐΑ-ΩΆΈΉΊΌΎΏǍȘȚẠ-Ỹ]", re.UNICODE)
_HAN_NAME = re.compile(
    r"[㐀-鿿]{2,4}|[㐀-鿿]{1,4}[ ・·][㐀-鿿ぁ-ヿ]{1,6}|[㐀-鿿]{1,3}[ぁ-ヿ]{1,5}|[ァ-ヿー]{2,10}(?:[・＝=][ァ-ヿー]{1,10}){1,3}"
)
_HANGUL_NAME = re.compile(r"[가-힣]{2,4}")
_ROLE_HAN = re.compile(
    r"^(?:本报|本報|本刊|本网)?(?:全媒体|特约|特約|见习|見習|实习生|實習生|实习|實習|首席|驻站|記者|记者|通讯员|通訊員|撰文|文字|采写)+\s*[:：]?\s*|\s*(?:記者|记者|著|撰|文|特派員|論説委員|編集委員|氏|さん)$"
)
_KO = re.compile(
    r"(?:^|[\s=\]])([가-힣]{2,4})\s?(?:선임|전문|인턴|객원|시민)?\s?(?:기자|특파원|논설위원|PD)(?=[\s/·,)\]]|$)"
)
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫閻段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯季穆祁章葛柯柳欧阮杭"
)
_VIET = re.compile(
    r"(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trịnh|Đoàn|Lâm|Mai|Tô|Cao)(?:\s[A-ZĐÀ-Ỹ][a-zđà-ỹ]+){1,3}"
)

_VIET_STARTS = frozenset("NTLPHVĐBDMC")


def label_kind(text: str) -> str:
    """What the words before a date say of it: "modified", "published", "foreign" (not the page's date) or ""."""
    if not text:
        return ""
    text = caseless(text)
    found = [(m.start(), kind) for pattern, kind in ((_MODIFIED, "modified"), (_PUBLISHED, "published"), (_FOREIGN, "foreign")) for m in pattern.finditer(text)]  # fmt: skip
    return max(found)[1] if found else ""


def is_label(line: str) -> bool:
    """Whether a line is nothing but the label of a date ("Last updated:")."""
    if not 0 < len(line) <= 60:
        return False
    small = caseless(line)
    return _may_start(small, _LABEL_HEADS) and _LABEL.fullmatch(small) is not None


def is_opener(line: str) -> bool:
    """Whether a line is nothing but a word that introduces an author ("By", "作者：")."""
    return len(line) <= 40 and (m := _opener(caseless(line))) is not None and m.end() == len(line)


def read(line: str, dates: Sequence[Found], site_names: Collection[str] = ()) -> Byline:
    """Take a short line apart. `dates` are those found in it, `site_names` folded names of the site itself."""
    text = line
    if dates:
        pieces, at = [], 0
        for found in dates:
            pieces.append(text[at : found.start])
            at = found.end
        pieces.append(text[at:])
        text = " | ".join(pieces)
    if "@" in text or "://" in text or "[email" in text:
        text = _EMAIL.sub(" | ", text)
    if _MAY_BE_GLUED.search(text):
        text = _GLUED.sub(lambda m: f" | {m[0]} " if m[0] else " | ", text)
    authors: list[str] = []
    bare: list[str] = []
    sites: list[str] = []
    credit = explicit = False
    rest = 0
    after_author = False
    if not text.isascii():
        for m in _KO.finditer(text):
            if not _is_desk(m[1]):
                authors.append(m[1])
                explicit = True
        if authors:
            text = _KO.sub(" | ", text)
    for piece in _PIECES.split(text):
        piece = piece.strip(" ,.;|:-–—·•@\"'")
        if not piece:
            continue
        small = caseless(piece)
        opener = _opener(small)
        names, left = _names(piece[opener.end() :], site_names, _strength(opener)) if opener else ([], 0)
        while not names and _may_start(small, _LABEL_HEADS):
            label = _LABEL.match(small)
            if label is None or (label.end() < len(piece) and not _may_strip(small, label[0])):
                break
            piece = piece[label.end() :].strip(" ,.;|:-–—·•")
            small, opener = caseless(piece), None
        if not piece or _WIDGET.fullmatch(small):
            continue
        if _CREDIT.match(small):
            credit = True
            after_author = False
            rest += max(0, len(piece) - 60)
            continue
        if opener is None:
            opener = _opener(small) or (_SLASH.match(piece) if piece[:1] >= _NO_SPACES else None)
            if opener:
                names, left = _names(piece[opener.end() :], site_names, _strength(opener))
        if opener:
            explicit = True
            if names:
                authors += names
                after_author = True
            elif left and (_is_desk(piece) or _is_site(piece[opener.end() :], site_names)):
                credit, left = True, 0
                sites += _names(piece[opener.end() :], (), _strength(opener))[0]
            rest += left
            continue
        role = _ROLE_HAN.match(piece)
        names, left = _names(piece, site_names, introduced=1 if role is not None or after_author else 0)
        if names and (role is not None and role.start() == 0):
            authors += names
            explicit = True
        elif names:
            bare += names
            rest += left
        elif _is_site(piece, site_names) or _is_desk(piece):
            credit = True
            rest += 0 if len(piece) <= 40 else len(piece)
        else:
            rest += _weight(piece)
    return Byline(
        tuple(dict.fromkeys(authors)), tuple(dict.fromkeys(bare)), credit, rest, explicit, tuple(dict.fromkeys(sites))
    )


def _is_desk(text: str) -> bool:
    """Whether a text names a desk, an agency or a function."""
    return _DESK.search(caseless(text)) is not None


def _weight(text: str) -> int:
    """Length of a text in letters of an alphabet: a character of a script without spaces says as much as two or three."""
    return len(text) if text.isascii() else len(text) + sum(1 for c in text if c >= "\u2e80") * 3 // 2


def _may_strip(piece: str, label: str) -> bool:
    """Whether a label at the start of a piece is one: a word of its own, and not the "Le" or "La" of a name."""
    last = label[-1]
    if last.isalnum():
        return "ก" <= last <= "๛" or last >= "぀"
    return len(label.strip()) > 3 or ":" in label or "：" in label


def fold(text: str) -> str:
    """Letters and digits alone, caseless: what two prints of one name share."""
    if text.isascii():
        return text.lower().translate(_NO_MARKS)
    return _MARKS.sub("", text.casefold())


_MARKS = re.compile(r"[\W_]+")
_NO_MARKS = {code: None for code in range(128) if not chr(code).isalnum()}


def _is_site(text: str, site_names: Collection[str]) -> bool:
    key = fold(text)
    if len(key) <= 5:
        return len(key) > 2 and key in site_names
    return any(key in s or (len(s) > 5 and s in key) for s in site_names)


# Words that open a byline and many other things as well: a single word after them is no name.
_WEAK = compile_caseless(
    r"(?:di|da|av|af|par|text|tekst|teksti|haber|laporan|oleh|door|escribe|autor|yazar|story|words|bericht|interview)\s*$"
)


def _strength(opener: re.Match[str]) -> int:
    """How much a word says that names follow: 2 that a single word may be one, 1 that a full name may."""
    return 1 if _WEAK.fullmatch(opener[0]) else 2


def _names(text: str, site_names: Collection[str], introduced: int) -> tuple[list[str], int]:
    """(names, code points left over) of a piece that should hold names only.

    `introduced` says how well the word before the piece announces a name: 0 not at all, 2 so well that one word will do.
    """
    text = text.strip(" ,.;:|-–—·•\"'“”*")
    if not text or len(text) > 160:
        return [], len(text)
    stop = _NAME_STOP.search(text)
    left = 0
    if stop:
        left = len(stop[0].strip())
        text = text[: stop.start()].strip(" ,.;:|-–—")
    names: list[str] = []
    parts = [p for p in _JOINED.split(text) if p]
    for k, part in enumerate(parts):
        if k and _ROLE.match(caseless(part)):
            left += 0 if len(part) <= 60 else len(part)
            break
        if part.replace(".", "").lower() in _DEGREES and (
            _TITLES.fullmatch(" " + part) or _TITLES.fullmatch(", " + part)
        ):
            continue
        handle = k > 0 and len(names) == k and " " not in names[-1] and " " not in part and names[-1].islower()
        alone = introduced > 1 and (k == 0 or handle)
        found = _one(part, alone, introduced > 0)
        found = [n for n in found if (alone and " " not in n and n.isascii()) or not _is_site(n, site_names)]
        if k and (len(found) == 1 and " " not in found[0] and found[0].isascii() and found[0] != found[0].lower()):
            found = []  # ", CNN": where they work, not a second author
        if k and _is_organisation(part):
            found = []
        if not found:
            if not names:
                return [], len(text) + left
            known = _is_desk(part) or _is_organisation(part) or _is_site(part, site_names)
            short = len(part) <= 40 if known else len(part.split()) == 1 and len(part) <= 16
            left += 0 if short else len(text) - text.find(part)
            if not known:
                break
        names += found
    return names, left


_HANDLE = re.compile(r"[A-Za-z]\w{2,20}")
_SIGNATURE = re.compile(r"[^\W\d_][\w.\-’']{1,24}")
# Arabic and Irish prefixes, "d'", "McX" set with a small first letter.
_PREFIXED = re.compile(r"[’'ʻ‘]|[a-z]{1,2}[’'-]?[A-Z]|ʼ")
_NEVER_IN_NAMES = re.compile(r"[!?:;=<>#%&{}\[\]…«»]")
_NEVER_IN_NAMES_UNCASED = re.compile(r"[!?:;।،…«»]")


def _is_cased(word: str) -> bool:
    """Whether a word starts with a capital letter."""
    return "A" <= word[:1] <= "Z" if word.isascii() else _CASED.match(word) is not None


def _untitled(name: str) -> str:
    """A name without the titles before and after it, two at most on either side."""
    small = caseless(name)
    start = small.split(None, 1)[0] if small and not small.isspace() else ""
    if small.rstrip(".")[-2:] not in _TITLE_ENDS and start.rstrip(".") not in _TITLE_STARTS:
        return name
    return _TITLES.sub("", _TITLES.sub("", name))


def _one(part: str, alone: bool, introduced: bool) -> list[str]:
    """The name that a piece without separators is, or several glued names of Han characters, or nothing."""
    part = _untitled(part).strip(" ,.;:|-–—·•\"'“”()")
    if not 2 <= len(part) <= 48 or (
        not part.replace(" ", "").isalpha() and any(map(str.isdigit, part)) and not (alone and _HANDLE.fullmatch(part))
    ):
        return []
    first = part[0]
    if "㐀" <= first <= "鿿" or "ぁ" <= first <= "ヿ":
        part = _ROLE_HAN.sub("", part)
        if _is_desk(part) or _is_organisation(part):
            return []
        if " " in part and all("㐀" <= c <= "鿿" or c == " " for c in part):
            several = [n for n in (_ROLE_HAN.sub("", n) for n in part.split()) if n]
            if all(2 <= len(n) <= 4 for n in several):
                if (
                    len(several) == 2
                    and all(len(n) == 2 for n in several)
                    and not any(n[0] in _SURNAMES for n in several[1:])
                ):
                    return [part]  # a Japanese name: surname and given name
                return several
        if _HAN_NAME.fullmatch(part):
            return [part]
        return _glued(part)
    if "가" <= first <= "힣":
        return [part] if _HANGUL_NAME.fullmatch(part) and introduced and not _is_desk(part) else []
    words = part.split()
    if not first.isalpha() or len(words) > 6:
        return []
    small = caseless(part)
    if _SHARE.search(small) or _DESK.search(small):
        return []
    if first.lower() != first.upper():
        if len(words) == 1:
            # A single word is a name only behind "By": a handle, a first name, an agency that signs.
            return [_cased(part)] if alone and _SIGNATURE.fullmatch(part) and part.lower() not in PROSE else []
        if (
            not _is_cased(words[0])
            and words[0].lower() not in PARTICLES
            and not (alone and len(words) == 2 and part == part.lower())
        ):
            return []
        capital = sum([_is_cased(w.lstrip("(„“\"'‘’")) for w in words])
        uncased = [w for w in words if not _is_cased(w) and w.lower() not in PARTICLES and not _PREFIXED.match(w)]
        if (uncased and not (alone and part == part.lower())) or (capital < 2 and part != part.lower()):
            return []
        if (
            words[-1].lower() in PARTICLES
            or _ROLE.match(small)
            or any(w.lower() in PROSE and w.lower() not in PARTICLES for w in words)
            or _NEVER_IN_NAMES.search(part)
        ):
            return []
        if not introduced and _ORGANISATION.search(small):
            return []
        return [_cased(part)]
    # Scripts without case: a few short words behind an opener.
    return (
        [part]
        if introduced
        and len(words) <= 4
        and not _ORGANISATION.search(small)
        and not _NEVER_IN_NAMES_UNCASED.search(part)
        else []
    )


# Words that are in no name.
PROSE = frozenset(
    ["the", "a", "an", "and", "or", "but", "with", "without", "what", "why", "how", "when", "who", "this", "that", "these", "those", "is", "are", "was", "were", "be", "been", "to", "from", "into", "your", "you", "our", "we", "i", "it", "its", "all", "best", "top", "new", "more", "most", "read", "home", "about", "contact", "menu", "search", "login", "log", "sign", "subscribe", "privacy", "terms", "cookie", "cookies", "share", "next", "previous", "back", "view", "see", "click", "here", "get", "free", "buy", "shop", "news", "sports", "sport", "business", "politics", "health", "world", "opinion", "science", "technology", "tech", "culture", "travel", "video", "videos", "photos", "photo", "podcast", "podcasts", "events", "jobs", "careers", "services", "products", "company", "resources", "support", "help", "faq", "blog", "blogs", "articles", "article", "latest", "related", "popular", "trending", "featured", "guide", "guides", "reviews", "review", "tips", "lifestyle", "entertainment", "education", "finance", "money", "food", "home", "recipes", "style", "january", "february", "july", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "der", "die", "das", "und", "ein", "eine", "mit", "für", "auf", "ist", "nicht", "les", "des", "une", "pour", "dans", "sur", "los", "las", "una", "para", "con", "startseite", "kontakt", "impressum", "datenschutz", "accueil", "inicio", "início", "главная", "новости", "table", "contents", "image", "images", "credit", "getty", "advertisement", "follow", "twitter", "facebook", "instagram", "linkedin", "whatsapp", "email", "copy", "link", "print", "comments", "comment", "please", "continue", "accept", "all", "reject", "skip", "content", "main", "page", "site", "website", "online", "app", "download", "updated", "published", "posted", "category", "categories", "tags", "tag", "archive", "archives", "policy", "conditions", "rights", "reserved", "copyright", "editor", "minutes", "minute", "min", "last", "high", "low", "big", "small", "good", "great", "make", "making", "made", "use", "using", "day", "days", "week", "weeks", "month", "months", "year", "years", "north", "south", "east", "west", "city", "county", "state", "department", "government", "security", "data", "digital", "marketing", "software", "cloud", "design", "life", "love", "music", "art", "history", "research", "family", "books", "book", "games", "game", "movie", "movies", "tv", "film", "films", "fashion", "beauty", "garden", "street", "road", "avenue", "st.", "part", "series", "season", "episode", "chapter", "section", "press", "staff", "team", "quick", "links", "update", "updates", "license", "licence", "artificial", "intelligence", "planning", "coaching", "hosting", "malpractice", "medical", "reviewed", "checked", "expert", "forum", "forums", "community", "create", "edit", "delete", "reply", "quote", "submit", "register", "loading", "zurück", "zur", "zum", "übersicht", "letzte", "letzten", "neueste", "neue", "weitere", "artikel", "willkommen", "anmelden", "registrieren", "suche", "retour", "actualités", "dernière", "derniers", "volver", "siguiente", "anterior", "noticias"]
)  # fmt: skip


def _glued(part: str) -> list[str]:
    """Two Chinese names without a space, told apart by the surname that the second one starts with."""
    if not 4 < len(part) <= 6 or not all("㐀" <= c <= "鿿" for c in part) or part[0] not in _SURNAMES:
        return []
    cuts = [k for k in (2, 3) if 2 <= len(part) - k <= 3 and part[k] in _SURNAMES]
    return [part[: cuts[0]], part[cuts[0] :]] if len(cuts) == 1 else []


def _is_organisation(text: str) -> bool:
    """Whether a text holds a word that papers, institutions and firms have in their names."""
    return _ORGANISATION.search(caseless(text)) is not None


def _cased(name: str) -> str:
    """A name set in capitals in title case; any other as it is printed."""
    if " " not in name or not name.isupper() or sum(map(str.isalpha, name)) < 4:
        return name
    turkish = any(c in "İŞĞ" for c in name)

    def lower(match: re.Match[str]) -> str:
        word = match[0]
        tail = word[1:].replace("I", "ı").replace("İ", "i") if turkish else word[1:]
        return word[0] + tail.lower()

    words = []
    for word in name.split(" "):
        initials = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?|[A-Z]{1,2}", word) is not None and len(word) < 6
        words.append(word if initials and "." in word else re.sub(r"[^\W\d_]+", lower, word))
    return " ".join(words)


def vietnamese(line: str) -> str | None:
    """The name that a line consists of if it is a Vietnamese one, else None."""
    return line if line[:1] in _VIET_STARTS and _VIET.fullmatch(line) else None


_INSIDE = re.compile("기자|작성자|作者|记者|記者|通讯员")
_BY_INSIDE = re.compile(
    r"[|·•–—-]\s*(?:written |posted )?(?:by|von|par|por|autor|author|text|door|oleh)[\s:]", re.IGNORECASE
)
# The first three characters of words that open a byline, and those that are shorter than that.
_STARTS = frozenset(head[:3] for head in _OPEN_HEADS[0] if len(head) > 2)
_SHORT_STARTS = frozenset((head + mark)[:2] for head in _OPEN_HEADS[0] if len(head) < 3 for mark in ("", *" \t.:*"))
# "ByMara Ellison".
_GLUED_STARTS = frozenset((*(f"by{c}" for c in "abcdefghijklmnopqrstuvwxyz"), "von", "par", "por"))
_LEAD = " \t|·•—–-【（([\u3000"


def may_open(line: str) -> bool:
    """Whether a short line holds a word that introduces an author where a piece could start: cheap, too generous."""
    line = line.lstrip(_LEAD)
    start = line[:3].lower()
    if (start in _STARTS or start[:2] in _SHORT_STARTS or not start.isascii()) and _may_start(
        caseless(line[:40]), _OPEN_HEADS
    ):
        return True
    if start in _GLUED_STARTS and _GLUED.match(line):
        return True
    if line.isascii():
        return ("|" in line or " - " in line) and _BY_INSIDE.search(line) is not None
    if ("|" in line or "·" in line or "•" in line or " - " in line or "–" in line) and _BY_INSIDE.search(line):
        return True
    return _INSIDE.search(line) is not None


def is_credit(line: str) -> bool:
    """Whether a line names an editor, a photographer or a source and no author ("Edited By: ...")."""
    small = caseless(line)
    marked = ":" in small or " by" in small or "/" in small or "：" in small or "／" in small
    if not marked or _CREDIT.match(small) is None:
        return False
    byline = read(line, [])
    return byline.credit and not byline.authors and byline.rest == 0


def people(text: str) -> tuple[list[str], int]:
    """(names, code points left over) of a text that nothing introduces and that should hold names only."""
    return _names(text, (), 0)


def is_common(text: str) -> bool:
    """Whether a text of a few words holds a word of menus, widgets, desks, labels or organisations: no name."""
    small = caseless(text)
    return (
        any(w in PROSE for w in small.split())
        or _SHARE.search(small) is not None
        or _DESK.search(small) is not None
        or _ORGANISATION.search(small) is not None
        or _WIDGET.fullmatch(small) is not None
        or _LABEL.fullmatch(small) is not None
    )


_TAIL = frozenset(
    ("erstellt", "geschrieben", "veröffentlicht", "aktualisiert", "zuletzt", "stand", "uhr", "kommentar", "kommentare", "posted", "published",
     "updated", "last", "contributor", "contributing", "staff", "senior", "former", "founder", "writer", "editor", "reporter",
     "blog", "uncategorized", "allgemein", "keine", "publicado", "actualizado", "publié", "modifié", "pubblicato", "aggiornato")
)  # fmt: skip


def is_tail(word: str) -> bool:
    """Whether a word often follows a name in a byline and is no part of it."""
    return word.strip(".,:;").casefold() in _TAIL


def is_role(word: str) -> bool:
    """Whether a word in small letters begins the name of a function ("director")."""
    return _ROLE.match(word) is not None


def has_surname(name: str) -> bool:
    """Whether a name in Han characters starts with a common Chinese surname."""
    return name[:1] in _SURNAMES


def listed(given: object) -> list[str]:
    """Names out of a metadata field: a list, or one string with several; desks, addresses and handles left out."""
    values = [given] if isinstance(given, str) else given if isinstance(given, (list, tuple)) else []
    names: list[str] = []
    for value in values:
        if not isinstance(value, str) or "://" in value or "@" in value or len(value) > 200:
            continue
        opener = _opener(caseless(value.strip()))
        for part in re.split(r"\s*(?:;|、|，)\s*", value.strip()[opener.end() if opener else 0 :]):
            found = _names(part, (), 1)[0]
            # The metadata says that it is a name, so its form is not held against it.
            names += found or ([part] if 1 < len(part) <= 60 and not _is_desk(part) else [])
    return list(dict.fromkeys(names))
