"""The step describe.script."""

from __future__ import annotations

from pipeline.describe._lang_script import dominant, letters
from pipeline.step import Case, Page, step

# Counting is linear; beyond this many characters the answer no longer changes.
_ENOUGH = 200_000


@step("describe.script", version=1)
def script(page: Page, _: object) -> dict[str, str]:
    """The script that most letters of the page are written in.

    ISO 15924: Latn, Cyrl, Arab ...; Jpan for Japanese and Kore for Korean writing; Hans or Hant for Chinese where the
    characters tell them apart clearly, else Hani. A page without letters has none.
    """
    counts, text = counted(page)
    found = dominant(counts, text)
    return {"script": found} if found else {}


def counted(page: Page) -> tuple[dict[str, int], str]:
    """Letters per script of a page and the text they were counted in; kept for the other steps of the page."""
    if "letters" not in page.memo:
        text = (page.cleaned or page.text)[:_ENOUGH]
        page.memo["letters"] = letters(text), text
    found: tuple[dict[str, int], str] = page.memo["letters"]
    return found


CASES = [
    Case("The harbour office opens at nine.", {"script": "Latn"}),
    Case("Паром отходит в девять часов.", {"script": "Cyrl"}),
    Case("تفتح المكتبة أبوابها في التاسعة", {"script": "Arab"}),
    Case("朝の市場には魚が並んでいる。", {"script": "Jpan"}),
    Case("시장은 아침 일곱 시에 문을 연다.", {"script": "Kore"}),
    Case("这个国家的学校从今年开始让学生说两门语言。", {"script": "Hans"}),
    Case("這個國家的學校從今年開始讓學生說兩門語言。", {"script": "Hant"}),
    Case("山水田林", {"script": "Hani"}, note="written alike in both"),
    Case(
        "新しい機種は Kestrel 9 Pro と Kestrel 9 Lite の二つだ。",
        {"script": "Jpan"},
        note="a kana or Han weighs two letters",
    ),
    Case("The word 山 means mountain.", {"script": "Latn"}),
    Case("12:30 – 14:45 · 100 %", {}, note="no letters"),
    Case("🙂🙃", {}),
]
