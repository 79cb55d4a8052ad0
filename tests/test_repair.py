"""Damaged text is mended, sound text comes through: the fast path of ftfy, the encodings, the pages of the cases."""

from __future__ import annotations

import html
import json
import random
import unicodedata

import ftfy
import ftfy.bad_codecs
import pyarrow as pa
import pytest
from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import step as steps
from pipeline.engine.columns import matches
from pipeline.engine.edits import apply_repair, undo
from pipeline.engine.pages import Costs, repair_pages
from pipeline.repair import _ftfy
from pipeline.repair.newlines import newlines
from pipeline.step import Page
from tests.bench.shared import SHARED

ORDER = (
    "newlines", "entities", "legacy_mojibake", "latin_codepage", "mojibake", "double_byte_mojibake", "gbk_desync", "invisible", "spaces", "normal_form",
    "full_width", "pinyin_ruby", "lost_spaces", "lost_quotes", "lost_letters", "tag_residue", "broken_words", "repeated_marks",
)  # fmt: skip
STEPS = [steps.load("repair", name) for name in ORDER]


def mend(text: str, *names: str) -> str:
    chosen = [step for step in STEPS if not names or step.rule in names]
    [(mended, rows)] = repair_pages(chosen, [text], Costs())
    assert undo(mended, rows) == text
    return mended


def test_all_steps_are_in_order() -> None:
    assert sorted(ORDER) == list(steps.names("repair"))


# --- the fast path gives what ftfy gives

typical = st.sampled_from(
    ["é", "Ã©", "â€™", "â€œ", "â€\x9d", "â€�", "Ã ", "Â ", "Â\xa0", "Ã", "Â", "à", "œ", "Œ ", "\x85", "\x92", "\x9d", "ðŸ˜€", "ï¿½",
     "Ð¿Ñ€", "РџСЂ", "вЂњ", "Ã¢â‚¬â„¢", "ä½ å¥½", "å", "ã\x81\x82", "Ĺ‚", "Å‚", "√©", "‚Äô", "┬á", "Î±", "β€™", "ā€œ", "ГўВЂВ“a",
     "„", "“", "”", "’", "«", "»", "°", "½", "²", "×", "\n", "\nÃ ", "\nÂ ", " ", "a", "Z", "?", "\x1a", "\ufffd", "\xad", "ß", "Ø", "Ù",
     "Ø§Ù", "ж", "Ж", "ς", "你", "！", "\r", "\u2028", "ﬁ", "e\u0301", "&eacute;", "<b>", "\x00", "\ufeff", "\x1b[0m", "\ud83d\ude00"]
)  # fmt: skip
mixture = st.lists(typical | st.characters(), max_size=40).map("".join)
misread = st.tuples(
    st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1, max_size=40
    ),
    st.sampled_from(
        ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "macroman", "cp437"]
    ),
    st.integers(1, 2),
)


@settings(max_examples=1500, deadline=None)
@given(st.text(max_size=80) | mixture)
def test_fast_path_is_ftfy(text: str) -> None:
    assert _ftfy.fix_text(text) == ftfy.fix_text(text, _ftfy.CONFIG)


@settings(max_examples=800, deadline=None)
@given(misread)
def test_fast_path_is_ftfy_on_its_own_ground(given: tuple[str, str, int]) -> None:
    text, encoding, times = given
    for _ in range(times):
        text = text.encode().decode(encoding, "replace")
    text = f"first line\n{text} end\n\nlast {text}"
    assert _ftfy.fix_text(text) == ftfy.fix_text(text, _ftfy.CONFIG)


def test_fast_path_is_ftfy_on_long_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    config = _ftfy.CONFIG._replace(max_decode_length=7)
    monkeypatch.setattr(_ftfy, "CONFIG", config)
    source = random.Random(7)
    for _ in range(300):
        text = "".join(source.choice("aÃ© â€™\nÂ Ãœ“x") for _ in range(50))
        assert _ftfy.fix_text(text) == ftfy.fix_text(text, config)


@settings(max_examples=400, deadline=None)
@given(st.lists(mixture, min_size=1, max_size=8))
def test_gate_of_mojibake_opens_wherever_ftfy_acts(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    is_open = matches(pa.array(texts, pa.large_string()), _ftfy.gate())
    for text, opened in zip(texts, is_open, strict=True):
        assert opened or ftfy.fix_text(text, _ftfy.CONFIG) == text


def test_search_for_badness_finds_what_ftfy_finds() -> None:
    # All pairs of the characters that ftfy knows, alone and between the plain ones that its expression names.
    chars = sorted(set("".join(MOJIBAKE_CATEGORIES.values()) + "ÂÃÎÐØÙ×√≈‚вЂГўВСΒβ€āΞΟ°µ\xad\xa0–—´… aZ.\n你"))
    for one in chars:
        for pair in (f"{one}{other}" for other in chars):
            for text in (pair, f"{pair}a", f"a{pair} ", f" {pair}", f"a {pair}"):
                assert is_bad(text) == _ftfy._is_bad(text), text


@settings(max_examples=1500, deadline=None)
@given(st.text(st.sampled_from("".join(MOJIBAKE_CATEGORIES.values()) + "aZ .?\nВЂГўСРжΒβΞ你"), max_size=12))
def test_search_for_badness_finds_what_ftfy_finds_in_longer_texts(text: str) -> None:
    assert _ftfy._is_bad(text) == is_bad(text)


def test_mojibake_is_ftfy_where_nobody_talks_about_encodings() -> None:
    source = random.Random(3)
    for text in (SENTENCES["de"], SENTENCES["ru"], SENTENCES["zh"], SENTENCES["hi"]):
        broken = "\n".join(
            text.encode().decode("sloppy-windows-1252") if source.random() < 0.7 else text for _ in range(6)
        )
        assert mend(broken, "mojibake") == ftfy.fix_text(broken, _ftfy.CONFIG) == "\n".join([text] * 6)


# --- encodings

SENTENCES = {
    "en": "“It’s the café’s naïve façade,” she said – and left…",
    "de": "Über die Brücke, sagte der Müller, führt kein Weg, „außer bei schönem Wetter“.",
    "fr": "« L’été dernier, la forêt a brûlé près du château », raconte une élève déçue.",
    "ru": "Осенью на пристани открыли маленький музей лодок, и рыбаки принесли туда старые вёсла.",
    "uk": "Восени на пристані відкрили маленький музей човнів, і рибалки принесли туди старі весла.",
    "el": "Το φθινόπωρο άνοιξε στην αποβάθρα ένα μικρό μουσείο με βάρκες και οι ψαράδες έφεραν παλιά κουπιά.",
    "he": "בסתיו נפתח על המזח מוזיאון קטן של סירות והדייגים הביאו אליו משוטים ישנים.",
    "ar": "افتتح في الخريف متحف صغير للقوارب على الرصيف وجلب إليه الصيادون مجاديف قديمة.",
    "th": "ในฤดูใบไม้ร่วงมีการเปิดพิพิธภัณฑ์เรือขนาดเล็กที่ท่าเรือและชาวประมงนำไม้พายเก่ามาให้",
    "hi": "शरद ऋतु में घाट पर नावों का एक छोटा संग्रहालय खुला और मछुआरे पुराने चप्पू ले आए।",
    "zh": "秋天，码头上开了一座小小的船博物馆，渔民们把旧船桨送到了那里。",
    "zht": "秋天，碼頭上開了一座小小的船博物館，漁民們把舊船槳送到了那裡。",
    "ja": "秋になると、波止場に小さな船の博物館ができ、漁師たちは古い櫂を持ってきた。",
    "ko": "가을에 부두에 작은 배 박물관이 문을 열었고 어부들은 낡은 노를 가져왔다.",
    "tr": "Sonbaharda iskelede küçük bir tekne müzesi açıldı ve balıkçılar için eski kürekler de getirildi; bu yıl çok kişi geldi.",
    "pl": "Jesienią na przystani otwarto małe muzeum łodzi, a rybacy przynieśli tam stare wiosła, które już nie są potrzebne.",
    "cs": "Na podzim se na nábřeží otevřelo malé muzeum lodí, protože rybáři přinesli stará vesla, která už nejsou potřeba.",
    "hu": "Ősszel kis hajómúzeum nyílt a kikötőben, és a halászok is elhozták régi evezőiket, mert az új már gyűlik, de még nem kell.",
    "ro": "În toamnă s-a deschis pe chei un mic muzeu al bărcilor, iar pescarii au adus acolo vâsle vechi care nu mai sunt folosite şi din care se fac acum bănci.",
}
LEGACY = [
    ("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "cp866"), ("ru", "iso8859-5"), ("ru", "mac-cyrillic"), ("ar", "iso8859-6"), ("uk", "cp1251"), ("el", "cp1253"), ("he", "cp1255"), ("ar", "cp1256"),
    ("th", "cp874"), ("zh", "gbk"), ("zht", "big5"), ("ja", "cp932"), ("ja", "euc_jp"), ("ko", "cp949"), ("tr", "cp1254"),
    ("pl", "cp1250"), ("pl", "iso8859-2"), ("cs", "cp1250"), ("cs", "iso8859-2"), ("hu", "cp1250"), ("ro", "cp1250"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
@pytest.mark.parametrize("wrong", ["sloppy-windows-1252", "latin-1"])
def test_legacy_text_read_as_western(language: str, encoding: str, wrong: str) -> None:
    text = SENTENCES[language]
    broken = text.encode(encoding).decode(wrong)
    assert mend(f"{broken}\n\n{broken}") == f"{text}\n\n{text}"
    # Some lines may be sound, and the line of a stranger in front of them.
    assert (
        mend(f"Harbour news – today’s edition\n{broken}\n{text}") == f"Harbour news – today’s edition\n{text}\n{text}"
    )


@pytest.mark.parametrize(("true", "wrong"), [("koi8-r", "cp1251"), ("cp1251", "koi8-r")])
def test_cyrillic_read_as_cyrillic(true: str, wrong: str) -> None:
    assert mend(SENTENCES["ru"].encode(true).decode(wrong)) == SENTENCES["ru"]


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("times", [1, 2])
def test_utf8_read_as_western(language: str, times: int) -> None:
    broken = SENTENCES[language]
    for _ in range(times):
        broken = broken.encode().decode("sloppy-windows-1252")
    assert mend(broken) == unicodedata.normalize("NFC", SENTENCES[language])


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("wrong", ["latin-1", "sloppy-windows-1250", "sloppy-windows-1254"])
def test_utf8_read_as_another_code_page(language: str, wrong: str) -> None:
    text = unicodedata.normalize("NFC", SENTENCES[language])
    broken = text.encode().decode(wrong)
    assert mend(f"{broken}\n\n{broken}") == f"{text}\n\n{text}"


def test_utf8_read_as_double_bytes() -> None:
    for text in ("It’s the ferryman’s “old bell”,", "Grüne Häuser am Fluß, sagt Jörg", "déjà vu à Besançon, où l’été"):
        broken = " ".join(word.encode().decode("gbk", "replace") for word in text.split(" "))
        if "\ufffd" not in broken:
            assert mend(broken) == text


def test_several_kinds_of_damage_on_a_page() -> None:
    lines = [SENTENCES["de"], SENTENCES["fr"], SENTENCES["ru"], SENTENCES["zh"], SENTENCES["en"]]
    page = "\n".join(
        [
            lines[0].encode().decode("sloppy-windows-1252"),
            html.escape(lines[1], quote=False).encode("ascii", "xmlcharrefreplace").decode().replace("&", "&amp;"),
            lines[2].encode().decode("latin-1"),
            unicodedata.normalize("NFD", lines[3]),
            lines[4].encode().decode("sloppy-windows-1252").encode().decode("sloppy-windows-1252"),
        ]
    )
    assert mend(page) == "\n".join(lines)


@pytest.mark.parametrize("language", SENTENCES)
def test_marks_of_every_kind(language: str) -> None:
    text = unicodedata.normalize("NFC", SENTENCES[language])
    assert mend(unicodedata.normalize("NFD", text)) == text
    assert mend(text.replace(" ", "\u00a0")) == text
    assert mend(html.escape(text, quote=False).encode("ascii", "xmlcharrefreplace").decode()) == text
    assert mend("\ufeff" + "\u2060".join(text)) == text
    assert mend(text.replace("\n", "\r\n")) == text


@pytest.mark.parametrize("language", SENTENCES)
def test_sound_text_comes_through(language: str) -> None:
    page = "\n\n".join(
        [SENTENCES[language], "100 % – 10 °C, ½ l, 5 m³, «x», “y”, „z“, © ™ ®", SENTENCES["en"], SENTENCES[language]]
    )
    page = unicodedata.normalize("NFC", page)
    assert mend(page) == page


TALK = [
    "Why does the page show Ã¼ instead of ü? The bytes are UTF-8 and the browser believes in ISO-8859-1.\n\nTell it the charset.\nDone.",
    "Как чинить кракозябры\n\nЕсли вместо «Привет» видно Ïðèâåò, виновата кодировка windows-1251.\nПроверьте заголовок.\nВсё.",
    "文字化けの話\n\n「ã‚ã‚」のように見えたら UTF-8 を Latin-1 で読んでいる。\n設定を直す。\n終わり。",
    "To print an ampersand in HTML write &amp;, and &eacute; for é. The markup is decoded once.\nNever escape twice: &amp;amp; is wrong.",
    "Aufgabe 7: Was? Wann? Wo? Und warum?\n25. Dxf7+?? Kd8 26. Dg7?! a5?",
    "汉语课：茶 (chá)、饭 (fàn)、水 (shuǐ)。每个字的拼音写在括号里。",
    "Node.js, ASP.Net and file.Name stay as they are in a sentence like this one.\nLL(1)?then(2):else(3)",
    "陈 立　王 小明　李 强\n白日依山尽 黄河入海流\n主演：林 默 陈 白 顾 青",
    "Tu viens? Où? L’été? C’est tout? Aujourd’hui?Oui.",
    "中文和English混排，用Python3写，A股B股，鈥 is rare.",
    "Ein Wort ohne Ã? Ã is a letter of Portuguese; NÃO, MAÇÃ, AMANHÃ.",
    "for (i=0; i<n; i++) { s += '<b>' + x[i] + '</b>'; }\nreturn s;",
]


@pytest.mark.parametrize("text", TALK)
def test_text_about_broken_text_comes_through(text: str) -> None:
    assert mend(text) == text


def test_identical_line_ends_are_one_row() -> None:
    text = "a\r\nb\r\nc\r\nd"
    mended, rows = apply_repair(text, "repair", "newlines", newlines(Page(text), steps.Params()), 1)
    assert mended == "a\nb\nc\nd"
    assert [(row.action, row.before, row.after) for row in rows] == [("replace_all", "\r\n", "\n")]


damage = st.lists(
    typical | st.sampled_from(["?", "??", "摘?要：", "進(jìn)", "we?re", "Fran?ais", "7 5th", "..", "。。", "[[123]]", "/b>", "<br>", "&amp;", "оПХБЕР", "ÖÐ¹ú", "ý", "þ", "１", "-\n"])
    | st.text(max_size=5),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(damage)
def test_every_repair_can_be_undone(text: str) -> None:
    mend(text.encode("utf-8", "replace").decode())


# --- the labelled cases

cases = pytest.mark.skipif(not (SHARED / "cases" / "cases.jsonl").exists(), reason="the shared cases are not here")


def _same(a: str, b: str) -> bool:
    return a.strip() == b.strip()


@cases
def test_cases_are_mended_line_by_line() -> None:
    pages = [json.loads(line) for line in (SHARED / "cases" / "cases.jsonl").open(encoding="utf-8")]
    results = repair_pages(STEPS, [page["raw_text"] for page in pages], Costs())
    full = exact = 0
    for page, (mended, rows) in zip(pages, results, strict=True):
        assert undo(mended, rows) == page["raw_text"]
        raw, lines = page["raw_text"].split("\n"), mended.split("\n")
        assert len(lines) == len(raw)
        wrong = 0
        for before, after, gold in zip(raw, lines, page["repaired_lines"], strict=True):
            if gold:
                # A content line without damage stays as it is.
                assert _same(after, gold) or not _same(before, gold), (page["id"], before, after)
                wrong += not _same(after, gold)
        if page["repairability"] == "full":
            full += 1
            # Sign-offs and phrases of spam in a line are for the clean stage.
            exact += wrong <= 1
    assert exact >= 0.9 * full


@cases
def test_fast_path_is_ftfy_on_the_cases() -> None:
    for line in (SHARED / "cases" / "cases.jsonl").open(encoding="utf-8"):
        text = json.loads(line)["raw_text"]
        assert _ftfy.fix_text(text) == ftfy.fix_text(text, _ftfy.CONFIG)
