"""Question marks that were no-break or ideographic spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.step import Case, Edit, Page, Params, step

_CJK = "々ぁ-ヿ㐀-鿿"
_INDENT = re.compile(f"\\?{{1,6}}(?=[{_CJK}“‘「『《（【〈])")
# A word of two characters that print sets apart: 摘?要：, 一、引?言, 目?录
_SPREAD = re.compile(f"(?:^|(?<=[、.．:： \u3000]))[{_CJK}](\\?)(?=[{_CJK}](?:[：:]|[ \u3000]*$))")
# 门票：?免费, 晨报?作者：闵舟: behind a mark that ends a question no question ends, and the name of a field begins anew.
_INSIDE = re.compile(
    f"(?<=[，；：。、])\\?(?=[{_CJK}])|(?<=[{_CJK}])\\?(?=(?:作者|来源|來源|编辑|編輯|记者|記者|责编|责任编辑|時間|时间|日期|发布时间|發布時間|发表时间|点击|浏览)[：:])"
)
_ALONE = re.compile(r"[ \t]*(\?{1,2})[ \t]*")
_HAN = re.compile(f"[{_CJK}]")
# One mark may begin a line for another reason; on two lines of a page, or two marks together, it was an indent.
_MIN_SINGLE = 2
# Elsewhere than on Chinese and Japanese pages such marks have other causes.
_MIN_HAN = 0.1


@step(
    "repair.lost_spaces",
    version=2,
    gate=f"(?m:^[ \t]*\\?{{1,6}}(?:[ \t]*$|[{_CJK}“‘「『《（【〈]))|[{_CJK}，；：。、]\\?[{_CJK}]",
    signs=((1, _CJK),),
)
def lost_spaces(page: Page, params: Params) -> Iterator[Edit]:
    """Turns question marks back that stand for spaces on Chinese pages: ??正文, 摘?要：, a line of nothing but "?".

    An encoding without the no-break space made them. At the start of a line they were an indent and go; inside a
    two-character heading they were an ideographic space. Question marks at the end of anything are questions.
    """
    if len(_HAN.findall(page.text)) < _MIN_HAN * len(page.text):
        return
    single: list[Edit] = []
    for i, line in enumerate(page.lines):
        if "?" not in line:
            continue
        indent = _INDENT.match(line)
        if indent:
            edit = page.cut(i, 0, indent.end(), "", "indent")
            if indent.end() > 1:
                yield edit
            else:
                single.append(edit)
            continue
        for spread in _SPREAD.finditer(line):
            yield page.cut(i, spread.start(1), spread.end(1), "\u3000", "ideographic_space")
        for inside in _INSIDE.finditer(line):
            yield page.cut(i, inside.start(), inside.end(), " ", "space")
        alone = _ALONE.fullmatch(line)
        if alone:
            yield page.cut(i, alone.start(1), alone.end(1), "", "blank_line")
    if len(single) >= _MIN_SINGLE:
        yield from single


CASES = [
    Case("??清晨的集市已经很热闹。\n??老人挑着担子走来。", "清晨的集市已经很热闹。\n老人挑着担子走来。"),
    Case("摘?要：本文讨论渡口的变迁。\n三、结?语", "摘　要：本文讨论渡口的变迁。\n三、结　语"),
    Case("来源：?渡口晨报?作者：闵舟", "来源： 渡口晨报 作者：闵舟"),
    Case("首页\n?\n渡口的变迁", "首页\n\n渡口的变迁"),
    Case("你去不去?我不去!为什么?", "你去不去?我不去!为什么?"),
    Case("?号表示未知。", "?号表示未知。"),
    Case("Why?\n?\nBecause.", "Why?\n?\nBecause."),
    Case("25.Qh5?? g6 26.Qxg6+ ?!", "25.Qh5?? g6 26.Qxg6+ ?!"),
]
