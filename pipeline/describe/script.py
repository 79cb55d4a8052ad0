"""The step describe.script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.describe._lang_script import Counted, count
from pipeline.step import Case, Page, step

# Counting is linear; beyond this many characters the answer no longer changes.
_ENOUGH = 200_000


@step("describe.script", version=1, batch=True)
def script(pages: Sequence[Page], _: object) -> Iterator[dict[str, str]]:
    """The script that most letters of a page are written in.

    ISO 15924: Latn, Cyrl, Arab ...; Jpan for Japanese and Kore for Korean writing; Hans or Hant for Chinese where the
    characters tell them apart clearly, else Hani. A page without letters has none.
    """
    for text in counted(pages):
        yield {"script": text.script} if text.script else {}


def counted(pages: Sequence[Page]) -> list[Counted]:
    """The letters of pages, counted; kept for the other steps of the pages."""
    new = [page for page in pages if "letters" not in page.memo]
    for page, found in zip(new, count([(page.cleaned or page.text)[:_ENOUGH] for page in new]), strict=True):
        page.memo["letters"] = found
    return [page.memo["letters"] for page in pages]


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
