"""From bytes to text: every road through `decode`, and the way of bad bytes through the ledger and back."""

from __future__ import annotations

import base64
import codecs
import json
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.decode import Undecodable, decode
from pipeline.decode.labels import CODECS, declared_in, name_of
from pipeline.decode.surrogates import escape, replace, unescape
from tests.bench.shared import SHARED

SETTINGS = config.load().decode

# One sentence per language, long enough for the statistics of a detector.
SENTENCES = {
    "ru": "Новая библиотека у старого причала открывается в субботу утром, вход для всех свободный.",
    "uk": "Нова бібліотека біля старої пристані відчиняється в суботу вранці, вхід для всіх вільний.",
    "el": "Η νέα βιβλιοθήκη δίπλα στο παλιό λιμάνι ανοίγει το Σάββατο το πρωί και η είσοδος είναι ελεύθερη.",
    "he": "הספרייה החדשה ליד הנמל הישן נפתחת בשבת בבוקר והכניסה פתוחה לכל התושבים והאורחים.",
    "ar": "تفتح المكتبة الجديدة قرب الميناء القديم صباح السبت والدخول مجاني لجميع السكان والزوار.",
    "th": "ห้องสมุดแห่งใหม่ข้างท่าเรือเก่าเปิดให้บริการในเช้าวันเสาร์และเข้าชมได้โดยไม่เสียค่าใช้จ่าย",
    "zh": "旧码头旁边的新图书馆将于星期六上午开放，所有居民和游客都可以免费进入参观。",
    "zht": "舊碼頭旁邊的新圖書館將於星期六上午開放，所有居民和遊客都可以免費進入參觀。",
    "ja": "古い波止場のそばの新しい図書館は土曜日の朝に開館し、だれでも無料で入ることができます。",
    "ko": "옛 부두 옆에 새로 지은 도서관은 토요일 아침에 문을 열고 누구나 무료로 들어갈 수 있습니다.",
    "pl": "Nowa biblioteka przy starej przystani będzie otwarta w sobotę rano, a wstęp jest wolny dla każdego gościa z miasta i okolic.",
    "cs": "Nová knihovna u starého přístaviště se otevře v sobotu ráno a vstup je volný pro všechny obyvatele města i návštěvníky.",
    "tr": "Eski iskelenin yanındaki yeni kütüphane cumartesi sabahı açılıyor ve giriş bütün şehir sakinleri için ücretsiz olacak.",
    "de": "Die neue Bücherei am alten Hafen öffnet am Samstag früh, und der Eintritt ist für alle Gäste und Bürger frei.",
    "fr": "La nouvelle bibliothèque près du vieux port ouvre samedi à huit heures, et l'entrée est libre pour tous les visiteurs étrangers.",
}
LEGACY = [
    ("ru", "windows-1251"), ("ru", "koi8-r"), ("ru", "ibm866"), ("uk", "windows-1251"), ("el", "windows-1253"),
    ("he", "windows-1255"), ("ar", "windows-1256"), ("th", "windows-874"), ("zh", "gb18030"), ("zht", "big5"),
    ("ja", "shift_jis"), ("ja", "euc-jp"), ("ja", "iso-2022-jp"), ("ko", "euc-kr"), ("ko", "iso-2022-kr"), ("zh", "hz-gb-2312"),
    ("pl", "windows-1250"), ("cs", "iso-8859-2"), ("tr", "windows-1254"), ("de", "windows-1252"), ("fr", "macintosh"),
]  # fmt: skip


def read(raw: bytes, **given: str | None) -> tuple[str, str]:
    return tuple(decode(raw, kind=given.get("kind", "text"), declared=given.get("declared"), settings=SETTINGS))  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_legacy_text_is_detected(language: str, encoding: str) -> None:
    text = SENTENCES[language]
    raw = text.encode(CODECS[encoding])
    decoded, name = read(raw)
    assert decoded == text
    # Some encodings share all the letters of a sentence.
    assert raw.decode(CODECS[name]) == text


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_declared_charset_is_believed(language: str, encoding: str) -> None:
    text = SENTENCES[language]
    assert read(text.encode(CODECS[encoding]), declared=encoding) == (text, encoding)


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
def test_unicode_with_and_without_mark(language: str, encoding: str) -> None:
    text = f"{SENTENCES[language]}\n{SENTENCES[language]}"
    assert read(text.encode(encoding))[0] == text


def test_marks_win_over_everything() -> None:
    text = "Grüße\nпривет"
    for mark, name in [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16le"),
        (codecs.BOM_UTF32_BE, "utf-32be"),
    ]:
        assert read(mark + text.encode(CODECS[name]), declared="windows-1251") == (text, name)


def test_a_wrong_declaration_is_not_believed() -> None:
    for language, text in SENTENCES.items():
        raw = text.encode()
        assert read(raw, declared="iso-8859-1") == (text, "utf-8"), language
        page = b"<html><head><meta charset=windows-1251></head><body>" + raw
        assert read(page, kind="html")[1] == "utf-8"
    # Nor is one that cannot read the bytes.
    assert read(SENTENCES["ru"].encode("cp1251"), declared="utf-8") == (SENTENCES["ru"], "windows-1251")
    assert read(SENTENCES["ja"].encode("euc_jp"), declared="shift_jis")[0] == SENTENCES["ja"]


def test_a_page_declares_its_charset() -> None:
    body = SENTENCES["tr"]
    for head in (
        '<meta charset="iso-8859-9">',
        "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=x-cp1254'>",
        '<?xml version="1.0" encoding="windows-1254"?>',
    ):
        raw = f"{head}\n<p>{body}</p>".encode("cp1254")
        assert read(raw, kind="html") == (f"{head}\n<p>{body}</p>", "windows-1254")
    assert declared_in(b'<meta charset="utf-16">') == "utf-8"
    assert declared_in(b"<meta name=description content='no charset here'>") is None
    assert declared_in(b" " * 5000 + b'<meta charset="koi8-r">') is None


def test_labels_are_those_of_the_web() -> None:
    for label, name in {
        "latin1": "windows-1252", "ISO-8859-1": "windows-1252", "us-ascii": "windows-1252", "gb2312": "gb18030", "GBK": "gb18030",
        "x-sjis": "shift_jis", "Shift_JIS": "shift_jis", "windows-31j": "shift_jis", "ks_c_5601-1987": "euc-kr", "big5-hkscs": "big5",
        "tis-620": "windows-874", "utf8": "utf-8", "x-mac-cyrillic": "x-mac-cyrillic", "cp1251": "windows-1251", "koi8_r": "koi8-r",
        "iso-8859-9": "windows-1254", "iso-8859-8-i": "iso-8859-8",
    }.items():  # fmt: skip
        assert name_of(label) == name, label
    for label in (None, "", "utf-7", "base64", "rot13", "hex", "idna", "no-such-charset", "x" * 1000, "a\0b", "cp037"):
        assert name_of(label) is None, label


@pytest.mark.parametrize("language", SENTENCES)
def test_one_bad_byte_does_not_flip_a_page(language: str) -> None:
    text = SENTENCES[language]
    raw = text.encode()
    at = len(text) // 2
    broken = text[:at].encode() + b"\x96" + text[at:].encode()
    assert read(broken) == (f"{text[:at]}\udc96{text[at:]}", "utf-8")
    high = max(i for i, byte in enumerate(raw) if byte >= 0xC0)
    decoded, name = read(raw[: high + 1])
    assert name == "utf-8"
    assert decoded == raw[: high + 1].decode("utf-8", "surrogateescape")


def test_ascii_that_is_no_ascii_and_ascii_that_is() -> None:
    assert read(b"plain \x1b[31mcolour\x1b[0m text")[0] == "plain \x1b[31mcolour\x1b[0m text"
    assert read(b'(format t "~{~a~^, ~}" list)')[0] == '(format t "~{~a~^, ~}" list)'
    assert read(b"zero\0byte") == ("zero\0byte", "utf-8")
    assert read("naïve\0text".encode()) == ("naïve\0text", "utf-8")
    assert read(b"") == ("", "utf-8")


def test_what_is_no_text_is_undecodable() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    for raw in (png, b"\0" * 1000, bytes(range(256)) * 4, b"\x1f\x8b\x08" + bytes(range(0, 256, 7)) * 50):
        with pytest.raises(Undecodable) as reason:
            read(raw)
        assert "\n" not in str(reason.value)


def test_fallback_and_bad_share_are_settings() -> None:
    raw = SENTENCES["ru"].encode("cp1251")
    with pytest.raises(Undecodable):
        decode(raw, kind="text", declared=None, settings=SETTINGS.model_copy(update={"fallback": False}))
    broken = SENTENCES["ja"].encode("cp932") * 5 + b"\xff"
    assert read(broken, declared="shift_jis")[1] == "shift_jis"
    strict = SETTINGS.model_copy(update={"bad_share": 0.0, "fallback": False})
    with pytest.raises(Undecodable):
        decode(broken, kind="text", declared="shift_jis", settings=strict)


@given(
    st.binary(max_size=300),
    st.sampled_from(["text", "html"]),
    st.sampled_from([None, "gbk", "latin1", "utf-16", "iso-2022-kr", "x"]),
)
def test_any_bytes_are_text_or_undecodable(raw: bytes, kind: str, declared: str | None) -> None:
    try:
        text, name = read(raw, kind=kind, declared=declared)
    except Undecodable:
        return
    assert name in CODECS
    replace(text)[0].encode()


@given(st.text(max_size=200))
def test_clean_utf8_is_always_right(text: str) -> None:
    try:
        decoded, name = read(text.encode())
    except Undecodable:
        assert sum(char < " " or char == "\x7f" for char in text) > len(text) / 5
        return
    # A text that begins with a mark loses it; one of control characters may look like UTF-16.
    if not text.startswith("\ufeff") and not any(char < " " for char in text) and name == "utf-8":
        assert decoded == text


surrogates = st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF), max_size=20)
any_text = st.text(st.characters(exclude_categories=()) | st.sampled_from("\\u\ud800\udc80\udcff"), max_size=60)


@given(surrogates)
def test_runs_of_surrogates_survive_the_ledger(run: str) -> None:
    escaped = escape(run)
    assert escaped.isascii()
    assert escaped.isprintable()
    assert unescape(escaped) == run


@given(any_text)
def test_every_text_survives_the_ledger(text: str) -> None:
    escape(text).encode()
    assert unescape(escape(text)) == text


@given(any_text)
def test_replaced_surrogates_can_be_put_back(text: str) -> None:
    clean, edits = replace(text)
    clean.encode()
    assert len(clean) == len(text)
    back, at = [], 0
    for edit in edits:
        assert edit.label in ("bad_bytes", "lone_surrogate")
        assert set(edit.after) == {"\ufffd"}
        back += (clean[at : edit.start], text[edit.start : edit.end])
        at = edit.end
    assert "".join(back) + clean[at:] == text


def test_a_pair_of_surrogates_is_two_lone_ones() -> None:
    clean, edits = replace("x\ud83d\ude00y\udc96")
    assert clean == "x\ufffd\ufffdy\ufffd"
    assert [(e.start, e.end, e.label) for e in edits] == [(1, 3, "lone_surrogate"), (4, 5, "bad_bytes")]


def test_clean_text_costs_next_to_nothing() -> None:
    page = ("The quick brown fox. " * 50_000).encode()
    since = time.process_time()
    for _ in range(10):
        replace(read(page)[0])
    assert len(page) * 10 / 1e6 / (time.process_time() - since) > 100  # MB/s


@pytest.mark.skipif(not (SHARED / "bench" / "bytes_dev.jsonl").exists(), reason="the shared sets are not here")
def test_share_right_on_the_dev_set() -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in (SHARED / "bench" / "bytes_dev.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        kind = "legacy" if row["kind"].startswith(("leg:", "html-legacy")) else "unicode"
        text, _ = read(base64.b64decode(row["bytes"]), kind="html" if "html" in row["kind"] else "text")
        total[kind] += 1
        right[kind] += replace(text)[0].replace("\r\n", "\n") == row["text"]
    assert right["unicode"] == total["unicode"]
    assert right["legacy"] >= 0.985 * total["legacy"]
