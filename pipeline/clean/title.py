"""Step clean.title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.describe._header import find, find_all
from pipeline.step import Case, Edit, Page, Params, step


@step("clean.title", version=1, batch=True)
def title(pages: Sequence[Page], params: Params) -> Iterator[list[Edit]]:
    """Takes the line of the title out of the text: it has a column of its own.

    Only a title that something confirms is taken: the first line or the breadcrumb repeats it, the URL spells it, or a
    byline or a date stands below it.
    """
    find_all(pages)
    for page in pages:
        found = find(page)
        yield [page.drop(i, "title", found.title[:80]) for i in found.title_lines]


_BODY_EN = (
    "The ferry had been due at nine, but the fog over the sound kept it in harbour until well past noon on Tuesday, and "
    "nobody on the quay seemed to mind very much.\n\n"
    "By then the baker had sold every loaf that was meant for the island, and the school had sent its pupils home again."
)
_BODY_ES = (
    "El transbordador debía salir a las nueve, pero la niebla lo retuvo en el puerto hasta pasado el mediodía del martes, "
    "y nadie en el muelle parecía tener demasiada prisa por marcharse.\n\n"
    "Para entonces la panadera había vendido todas las hogazas, y la escuela había mandado a los niños de vuelta a casa."
)
_BODY_ZH = "渡轮原定上午九点出发，因为海上大雾，一直等到星期二中午过后才离开码头，岸上等候的居民大多没有抱怨，只是坐在长椅上聊天喝茶。"

CASES = [
    Case(
        f"Home / Island\n\nFog keeps the ferry in harbour\n\nBy Mara Ellison\n4 March 2024\n\n{_BODY_EN}",
        f"Home / Island\n\nBy Mara Ellison\n4 March 2024\n\n{_BODY_EN}",
    ),
    Case(
        f"Inicio > Comarca\n\nLa niebla retiene el transbordador\n\n4 de marzo de 2024 | 10:30\n\n{_BODY_ES}",
        f"Inicio > Comarca\n\n4 de marzo de 2024 | 10:30\n\n{_BODY_ES}",
    ),
    Case(
        f"首页 > 民生 > 正文\n大雾锁港渡轮停航半日\n来源：海湾晚报　作者：林清和　发布时间：2024-03-04 10:30\n{_BODY_ZH}",
        f"首页 > 民生 > 正文\n来源：海湾晚报　作者：林清和　发布时间：2024-03-04 10:30\n{_BODY_ZH}",
    ),
    Case(
        f"Fog keeps the ferry in harbour | Sound Herald\nNews\nSport\nFog keeps the ferry in harbour\n{_BODY_EN}",
        f"News\nSport\n{_BODY_EN}",
        note="the <title> of a flattened page goes with the title",
    ),
    Case(_BODY_EN, _BODY_EN, note="no title: the first sentence is none"),
    Case(_BODY_ZH, _BODY_ZH),
    Case(
        f"{_BODY_EN}\n\nWhat the harbour master said\n\n{_BODY_EN}",
        f"{_BODY_EN}\n\nWhat the harbour master said\n\n{_BODY_EN}",
        note="a subhead is content",
    ),
]
