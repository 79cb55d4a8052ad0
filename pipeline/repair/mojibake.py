"""UTF-8 read as something else, once or several times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.repair._edits import names_encodings, trimmed
from pipeline.repair._ftfy import CONFIG, Fixed, fixes, gate
from pipeline.step import Case, Edit, Page, Params, step

_WORD = re.compile(r"\w[\w’]+")
_PLAN = re.compile(r"encode (\S+),.*decode utf-8")
# A closing quote whose third byte windows-1252 does not have. Of the other characters that end in such a byte none is
# used in running text.
_LOST_QUOTE = re.compile("â(?:€|\x80)[\ufffd?]")


@step(
    "repair.mojibake",
    version=2,
    gate=gate(),
    # Bytes that became characters stand beside one another, but for a few that are bad by themselves.
    signs=((2, "\x80-\U0010ffff"), (1, "\x80-\x9fÃÂŒœ")),
)
def mojibake(page: Page, params: Params) -> Iterator[Edit]:
    """Undoes UTF-8 read as a single-byte encoding (donâ€™t), also twice, and C1 controls (don\\x92t): ftfy.

    Robyn Speer's ftfy finds the encoding for each line; the evidence is its plan. Lines too short for it to see are
    read by the plan of the page, if they are UTF-8 then. A text about broken text keeps its examples: a line that
    shows the broken word beside the sound one, and the odd broken line on a page that names encodings. Ã before a
    blank is the letter itself where nothing else is broken.
    """
    found = list(fixes(_LOST_QUOTE.sub("â\x80\x9d", page.text)))
    if not found:
        return
    if len(found) * 2 < len(page.filled) and names_encodings(page.text) >= 2:
        return
    if all(line.before.replace("Ã ", "à ") == line.after for line in found):
        return
    for line in (*found, *_by_plan_of_page(page, found)):
        before = page.text[line.start : line.start + len(line.before)]
        if not shows_both(before, line.after):
            label = "c1_control" if line.plan.endswith(("decode windows-1252", "fix_c1_controls")) else "mojibake"
            yield from trimmed(line.start, before, line.after, label, line.plan)


def _by_plan_of_page(page: Page, found: list[Fixed]) -> Iterator[Fixed]:
    """The lines that ftfy left, and that are UTF-8 in the encoding in which it mended most of the page."""
    plans = Counter(plan[1] for line in found if (plan := _PLAN.match(line.plan)))
    if not plans:
        return
    encoding = min(plans, key=lambda name: (-plans[name], name))
    mended = {line.start for line in found}
    for start, line in zip(page.starts, page.lines, strict=True):
        if line.isascii() or start in mended or len(line) > CONFIG.max_decode_length:
            continue
        try:
            after = line.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if len(after) < len(line):
            yield Fixed(start, line, after, f"encode {encoding}, decode utf-8")


def shows_both(before: str, after: str) -> bool:
    """Whether a word that the repair would make stands sound in the broken line already."""
    # A word that is not ASCII stands in the line only if its characters do.
    if not any(char in before for char in set(after) if char > "\x7f"):
        return False
    words = _WORD.findall(after)
    if not any(word in before for word in words if not word.isascii()):
        return False
    there = Counter(_WORD.findall(before))
    made = Counter(words) - there
    return any(word in there for word in made if not word.isascii())


CASES = [
    Case("weâ€™ll meet at the cafÃ©", "we’ll meet at the café"),
    Case("GrÃ¼ÃŸe aus KÃ¶ln", "Grüße aus Köln"),
    Case("ГђвЂќГђВѕГђВ±Г‘в‚¬Г‘вЂ№ГђВ№ ГђВґГђВµГђВЅГ‘Е’", "Добрый день", note="twice"),
    Case("Р”РѕР±СЂРѕ РїРѕР¶Р°Р»РѕРІР°С‚СЊ!", "Добро пожаловать!"),
    Case("ä»Šå¤©å¤©æ°”å¾ˆå¥½", "今天天气很好"),
    Case("Don\x92t wait \x96 call today", "Don’t wait – call today"),
    Case("L’heure Ã\u00a0 laquelle la marÃ©e monte", "L’heure à laquelle la marée monte"),
    Case("Ã is a letter of Portuguese.", "Ã is a letter of Portuguese."),
    Case("â€œThe ferry is late,â€\ufffd he said.", "“The ferry is late,” he said."),
    Case("“Quoted,” she said — naïve, façade, Ångström, 10 £", "“Quoted,” she said — naïve, façade, Ångström, 10 £"),
    Case("你好，世界！“引号”（括号）", "你好，世界！“引号”（括号）"),
    Case("If you see naÃ¯ve instead of naïve, the bytes were misread.", "If you see naÃ¯ve instead of naïve, the bytes were misread."),
    Case(
        "The two usual suspects\n\nUTF-8 read as Windows-1252 gives Ã¼.\nThe reverse gives a box.\nUse one charset.",
        "The two usual suspects\n\nUTF-8 read as Windows-1252 gives Ã¼.\nThe reverse gives a box.\nUse one charset.",
        note="a text about broken text",
    ),
]  # fmt: skip
