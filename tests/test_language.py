"""Language and script, through their steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.step import Page, load

LANGUAGE, SCRIPT = load("describe", "language"), load("describe", "script")

# One paragraph each, written for this test.
PROSE = {
    "en": "The ferry left the pier at nine, and nobody aboard had noticed that the dog was still asleep under the bench by the ticket office.",
    "de": "Die Fähre legte um neun ab, und niemand an Bord hatte bemerkt, dass der Hund noch unter der Bank neben dem Fahrkartenschalter schlief.",
    "fr": "Le bac a quitté le quai à neuf heures, et personne à bord n'avait remarqué que le chien dormait encore sous le banc du guichet.",
    "es": "El transbordador salió del muelle a las nueve y nadie a bordo se había dado cuenta de que el perro seguía dormido bajo el banco.",
    "it": "Il traghetto lasciò il molo alle nove e nessuno a bordo si era accorto che il cane dormiva ancora sotto la panchina della biglietteria.",
    "pt": "A balsa saiu do cais às nove e ninguém a bordo tinha percebido que o cachorro ainda dormia debaixo do banco da bilheteria.",
    "nl": "De veerboot vertrok om negen uur van de kade en niemand aan boord had gemerkt dat de hond nog onder het bankje lag te slapen.",
    "pl": "Prom odpłynął z nabrzeża o dziewiątej i nikt na pokładzie nie zauważył, że pies wciąż śpi pod ławką obok kasy biletowej.",
    "cs": "Přívoz odplul od mola v devět a nikdo na palubě si nevšiml, že pes ještě spí pod lavičkou vedle pokladny s jízdenkami.",
    "sv": "Färjan lämnade kajen klockan nio och ingen ombord hade märkt att hunden fortfarande låg och sov under bänken vid biljettluckan.",
    "ro": "Bacul a plecat de la chei la nouă și nimeni de la bord nu observase că un câine încă dormea sub banca de lângă casa de bilete.",
    "tr": "Vapur dokuzda iskeleden ayrıldı ve gemidekilerin hiçbiri köpeğin hâlâ gişenin yanındaki bankın altında uyuduğunu fark etmemişti.",
    "id": "Kapal feri itu meninggalkan dermaga pukul sembilan, dan tidak seorang pun menyadari bahwa anjing itu masih tidur di bawah bangku.",
    "vi": "Chuyến phà rời bến lúc chín giờ và không ai trên tàu để ý rằng con chó vẫn đang ngủ dưới chiếc ghế dài cạnh quầy bán vé.",
    "sw": "Kivuko kiliondoka gatini saa tatu asubuhi, na hakuna mtu ndani yake aliyegundua kwamba mbwa bado alikuwa amelala chini ya benchi.",
    "ru": "Паром отошёл от причала в девять, и никто на борту не заметил, что собака всё ещё спит под скамейкой возле билетной кассы.",
    "uk": "Пором відійшов від причалу о дев'ятій, і ніхто на борту не помітив, що собака й досі спить під лавкою біля квиткової каси.",
    "bg": "Фериботът отплава от кея в девет и никой на борда не беше забелязал, че кучето още спи под пейката до гишето за билети.",
    "el": "Το φέρι έφυγε από την προβλήτα στις εννιά και κανείς δεν είχε προσέξει ότι ο σκύλος κοιμόταν ακόμη κάτω από το παγκάκι.",
    "he": "המעבורת עזבה את הרציף בתשע, ואיש על הסיפון לא שם לב שהכלב עדיין ישן מתחת לספסל ליד קופת הכרטיסים.",
    "ar": "غادرت العبارة الرصيف في التاسعة، ولم ينتبه أحد على متنها إلى أن الكلب ما زال نائما تحت المقعد بجانب شباك التذاكر.",
    "fa": "کشتی ساعت نه از اسکله جدا شد و هیچ‌کس روی عرشه متوجه نشده بود که سگ هنوز زیر نیمکت کنار باجه‌ی بلیت خوابیده است.",
    "hi": "नाव नौ बजे घाट से चली गई और सवार लोगों में से किसी ने नहीं देखा कि कुत्ता अब भी टिकट खिड़की के पास बेंच के नीचे सो रहा है।",
    "bn": "ফেরিটি নয়টায় ঘাট ছেড়ে গেল, আর কেউ খেয়াল করেনি যে কুকুরটা তখনও টিকিট ঘরের পাশে বেঞ্চের নিচে ঘুমিয়ে আছে।",
    "ta": "படகு ஒன்பது மணிக்கு துறையை விட்டுப் புறப்பட்டது, நாய் இன்னும் பலகையின் கீழ் தூங்குவதை யாரும் கவனிக்கவில்லை.",
    "th": "เรือข้ามฟากออกจากท่าตอนเก้าโมง และไม่มีใครบนเรือสังเกตว่าหมายังหลับอยู่ใต้ม้านั่งข้างช่องขายตั๋ว",
    "zh": "渡轮九点离开码头，船上没有一个人注意到那条狗还睡在售票处旁边的长椅下面。",
    "ja": "渡し船は九時に桟橋を離れたが、切符売り場の横のベンチの下で犬がまだ眠っていることに、乗客は誰も気づいていなかった。",
    "ko": "나룻배는 아홉 시에 부두를 떠났고, 매표소 옆 의자 밑에서 개가 아직 자고 있다는 것을 배에 탄 사람은 아무도 몰랐다.",
}


def tell(text: str, cleaned: str = "") -> dict[str, Any]:
    page = Page(text, cleaned=cleaned)
    return {**LANGUAGE.described([page])[0], **SCRIPT.described([page])[0]}


@pytest.mark.parametrize("language", PROSE)
def test_paragraphs(language: str) -> None:
    found = tell(PROSE[language])
    assert found["language"] == language
    assert 0 < found["language_score"] <= 1


def test_half_sentences() -> None:
    """Floor for lines of about 40 letters in the languages above; it may only rise."""
    right = {language: tell(text[:44])["language"] == language for language, text in PROSE.items() if len(text) > 60}
    assert sum(right.values()) / len(right) >= 0.96, right


def test_looks_at_the_cleaned_text() -> None:
    assert tell(PROSE["zh"] * 3 + "\n" + PROSE["en"], cleaned=PROSE["en"])["language"] == "en"


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "OK", "Hello", "2024-05-03 12:30", "https://www.pier.example/timetable?lang=de", "harbour@pier.example",
     "🙂🙃👩‍👩‍👧", "!!! ??? ...", "\x00\x00", "\ud800", "XKCD QWRT PLMN BVCX ZZZZ HHHH KKKK", "a" * 500, "山"],
)  # fmt: skip
def test_no_language(text: str) -> None:
    assert "language" not in tell(text)


def test_a_foreign_header_does_not_decide() -> None:
    header = "亚洲影院一区二区在线观看,欧美精品视频免费播放,国产高清中文字幕"
    assert tell(header + "\n\n" + PROSE["en"] * 3)["language"] == "en"
    assert tell(header + "\n\n" + PROSE["ar"] * 3)["language"] == "ar"


def test_the_larger_part_decides() -> None:
    assert tell("\n\n".join([PROSE["fr"]] * 6 + [PROSE["en"]] * 2))["language"] == "fr"
    assert tell("\n\n".join([PROSE["de"]] + [PROSE["ru"]] * 3))["script"] == "Cyrl"


def shares(text: str) -> dict[str | None, float]:
    return {part["language"]: part["share"] for part in tell(text)["languages"]}


@pytest.mark.parametrize("language", PROSE)
def test_a_page_of_one_language_has_one_entry(language: str) -> None:
    assert shares("\n\n".join([PROSE[language], PROSE[language][:60], PROSE[language]] * 3)) == {language: 1.0}


@pytest.mark.parametrize(("first", "second"), [("en", "de"), ("ru", "uk"), ("fr", "ja"), ("ar", "fa"), ("es", "tr"), ("zh", "en"),
                                               ("hi", "ta"), ("pl", "cs"), ("sw", "id")])  # fmt: skip
def test_shares_of_a_mixed_page(first: str, second: str) -> None:
    text = "\n".join([PROSE[first]] * 6 + [PROSE[second]] * 4)
    found = shares(text)
    assert set(found) == {first, second}
    # A Han or kana character counts as two letters.
    one, other = (sum(map(str.isalpha, PROSE[k])) * (2 if k in ("ja", "zh") else 1) for k in (first, second))
    assert found[first] == pytest.approx(6 * one / (6 * one + 4 * other), abs=0.1)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert tell(text)["language"] == next(iter(found))


def test_lists_of_names_and_short_lines_belong_to_the_page() -> None:
    names = "Anna Berger\nJuan Pérez Gómez\nMarie-Claire Dubois\nLuigi Rossi\nHans-Peter Müller\nYuki Tanaka\nPiotr Nowak\nJosé Silva"
    assert shares(f"{PROSE['en']}\n{names}\nLondon Paris Madrid Roma\nWi-Fi 6E\n{PROSE['en']}") == {"en": 1.0}


def test_kanji_alone_in_a_japanese_page_is_japanese() -> None:
    assert shares(f"{PROSE['ja']}\n東京都千代田区霞が関一丁目\n会社概要\n関連記事一覧\n{PROSE['ja']}") == {"ja": 1.0}


def test_what_is_no_language_is_null() -> None:
    assert tell("https://www.pier.example/a?b=c\nhttps://www.pier.example/d?e=f")["languages"] == [
        {"language": None, "share": 1.0}
    ]
    assert "languages" not in tell("12:30 – 14:45\n🙂🙃")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(sorted(PROSE.values())), st.text(max_size=80)), max_size=8))
def test_shares_add_up(lines: list[str]) -> None:
    found = tell("\n".join(lines))
    if "languages" in found:
        assert sum(part["share"] for part in found["languages"]) == pytest.approx(1.0, abs=0.01)
        assert len({part["language"] for part in found["languages"]}) == len(found["languages"])
        assert found.get("language") == found["languages"][0]["language"]
    else:
        assert "language" not in found


def test_damaged_text_still_has_a_language() -> None:
    assert tell("\ud800 " + PROSE["en"] + "\x00\x01\ufffe")["language"] == "en"
    assert tell("\u00ad".join(PROSE["de"]))["language"] == "de"


# Invented words in the manner of no language.
def test_a_language_that_none_knows() -> None:
    text = "vrelku dontash miopre kalwix tubonge ristak howlemu pentrik osavel grumtho lisqua dweban " * 5
    assert "language" not in tell(text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=200), st.sampled_from(sorted(PROSE)))
def test_anything_goes(noise: str, language: str) -> None:
    found = tell(noise)
    assert found == tell(noise)
    assert len(found.get("language", "xx")) in (2, 3)
    tell(noise + PROSE[language] + noise)


def test_the_order_of_pages_does_not_matter() -> None:
    forwards = {k: tell(v) for k, v in PROSE.items()}
    backwards = {k: tell(PROSE[k]) for k in reversed(PROSE)}
    assert forwards == backwards


def test_every_process_says_the_same() -> None:
    program = (
        "import json, sys; from pipeline.step import Page, load; s = load('describe', 'language')\n"
        "print(json.dumps(s.described([Page(t) for t in json.load(sys.stdin)])))"
    )
    texts = [text[:60] for text in PROSE.values()]
    root = Path(__file__).parents[1]
    answers = [
        subprocess.run(
            [sys.executable, "-c", program], input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert answers[0] == answers[1]
    assert json.loads(answers[0]) == [LANGUAGE.described([Page(text)])[0] for text in texts]


@pytest.mark.parametrize(
    ("text", "script"),
    [(PROSE["el"], "Grek"), (PROSE["hi"], "Deva"), (PROSE["ko"], "Kore"), (PROSE["ja"], "Jpan"), (PROSE["th"], "Thai"),
     ("这个国家的学校说两门语言，学生们都来了。", "Hans"), ("這個國家的學校說兩門語言，學生們都來了。", "Hant"), ("山水田林", "Hani"),
     ("漢字とkana混じりの文", "Jpan"), ("12 345", None), ("ꦱꦸꦒꦼꦁꦫꦮꦸꦃ", "Java")],
)  # fmt: skip
def test_scripts(text: str, script: str | None) -> None:
    assert tell(text).get("script") == script


def test_a_page_of_a_million_characters_is_cheap() -> None:
    text = "\n".join([PROSE["pl"]] * 10_000)
    assert tell(text)["language"] == "pl"
    assert tell("x" * 1_000_000).get("language") is None


def test_floor_on_labelled_lines(shared: Path) -> None:
    """A fifth of the common languages' texts: our accuracy per length, unknown counted as wrong."""
    hits: dict[str, list[bool]] = defaultdict(list)
    same = {"nb": "no", "fil": "tl"}
    with (shared / "bench" / "language_dev.jsonl").open(encoding="utf-8") as lines:
        for n, line in enumerate(lines):
            row = json.loads(line)
            if n % 5 == 0 and row["common"] and row["domain"] == "udhr":
                hits[row["length"]].append(
                    tell(row["text"]).get("language") == same.get(row["language"], row["language"])
                )
    accuracy = {length: sum(found) / len(found) for length, found in hits.items()}
    assert accuracy["short"] >= 0.98
    assert accuracy["sent"] >= 0.998
    assert accuracy["para"] >= 0.99
