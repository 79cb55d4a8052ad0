"""Notes of the editors: what a text is part of, what was corrected in it, where it appeared first, who edited it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean._notes import Openings, is_quoted, key, keys, prose_after, prose_before
from pipeline.clean._scan import either, opens, opens_piece
from pipeline.step import Case, Edit, Page, Params, step

LABEL = "editor_note"
_EDITOR = keys("notes", "editor")
_OPENINGS = Openings(_EDITOR)
_DESK = keys("notes", "desk")
# A correction that is dated or announced by a colon; the word alone is a topic.
_CORRECTION = re.compile(
    r"^\W*(?:correction|clarification)s?\s?(?:[:：]|,?\s[^\W\d]{3,9}\.?\s\d{1,2}\b[^:]{0,10}:)", re.IGNORECASE
)
# Roles and names, one after the other: "责任编辑：某某 校对：某某", "（编辑 某某）".
_ROLE = re.compile(
    r"(?P<role>[^\s:：/／|()（）\[\]【】]{1,12})\s?[:：/／|]\s?(?P<name>[^\s:：/／|()（）\[\]【】]{1,24}(?:\s[^\s:：/／|()（）\[\]【】]{1,16}){0,3})"
)
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_BRACKETS = " \t\u3000()（）[]【】"
# A note that has no colon must be no running text of the body: it stands before it, behind it or in brackets.
_NEAR = 1


@step("clean.editor_note", version=1, gate=either(opens(_EDITOR | {"correction", "clarification"}), opens_piece(_DESK)))
def editor_note(page: Page, params: Params) -> Iterator[Edit]:
    """Takes out editors' notes, dated corrections, notes on where a text first appeared, and lines of editors' names."""
    for i in page.hits:
        line = page.lines[i]
        if page.labels[i] or len(line) > 1500 or is_quoted(line):
            continue
        if found := _note(page, i, line):
            yield page.drop(i, LABEL, found)


def _note(page: Page, i: int, line: str) -> str:
    head = key(line[:200])
    outside = prose_before(page, i) <= _NEAR or prose_after(page, i) <= _NEAR
    if _CORRECTION.match(line) and outside and page.words[i] <= 80:
        return "correction"
    if opening := _OPENINGS.of(head):
        bracketed = line.lstrip()[:1] in "(（[【*"
        rest = line.lower().replace("’", "'")
        at = rest.find(opening[:6])
        colon = 0 <= at <= 4 and re.match(
            r"\W{0,2}[:：|,，—–-]|\s?[)）\]】]|.{0,3}$", rest[at + len(opening) : at + len(opening) + 6]
        )
        # Chinese and Japanese set no spaces between words: four characters say as much as three words.
        whole = len(opening.split()) >= 3 or bracketed or (len(opening) >= 4 and _HAN.match(opening))
        if outside and (colon or whole) and page.words[i] <= 90:
            return opening
        return ""
    if (
        page.words[i] <= 30
        and (prose_before(page, i) or line.strip()[:1] in "(（【[")
        and prose_after(page, i) <= _NEAR
    ):
        bare = line.strip(_BRACKETS)
        roles = list(_ROLE.finditer(bare))
        known = bool(roles) and roles[0].start() == 0 and all(key(m["role"]) in _DESK for m in roles)
        if known and sum(len(m[0].strip()) for m in roles) >= 0.8 * len(bare.replace("  ", " ")):
            return f"desk: {roles[0]['role']}"
    return ""


CASES = [
    Case("Editor's note: This is the second of three reports.\nThe dam held.", "The dam held."),
    Case(
        "The dam held.\nThis article was amended on March 3 to correct the height of the dam.",
        "The dam held.",
    ),
    Case("The dam held.\nCorrection, March 3: an earlier version gave another height.", "The dam held."),
    Case("The dam held.\n(Originally appeared in Weir Review, No. 8, 2013)", "The dam held."),
    Case("大坝经受住了考验。\n（责任编辑：某甲）", "大坝经受住了考验。"),
    Case("Der Damm hielt.\nAnm. d. Red.: Der Text erschien zuerst im Mai.", "Der Damm hielt."),
    Case("Le barrage a tenu.\nNote de la rédaction : ce texte a paru en mai.", "Le barrage a tenu."),
    Case("Correction is a slow art.", "Correction is a slow art."),
    Case("Updated rules for dams come into force in May.", "Updated rules for dams come into force in May."),
    Case("编辑部设在三楼。", "编辑部设在三楼。"),
]
