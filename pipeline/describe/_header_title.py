"""The title of a page: which candidate it is, and which lines are the title and nothing else."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.describe import _names
from pipeline.describe._frame import AFTER, Frame, Header
from pipeline.describe._lines import LONGEST_TITLE, is_crumb, words_of
from pipeline.describe._title import Candidate, weigh


def find_title(frame: Frame, header: Header) -> int | None:
    """Choose the title of one page; see `find_titles`."""
    return find_titles([frame], [header])[0]


def find_titles(frames: Sequence[Frame], headers: Sequence[Header]) -> list[int | None]:
    """Choose the title of each page; set it and its lines in its header; give the positions of their lines."""
    return [_choose(frame, header, every) for frame, header, every in zip(frames, headers, weigh(frames), strict=True)]


def _choose(frame: Frame, header: Header, every: Sequence[Candidate]) -> int | None:
    title = next((c for c in every[:4] if not (c.is_line and is_byline(frame, c.at))), None)
    if title is None or title.score < _LEAST:
        return None
    at, filled = title.at, frame.filled
    header.title = _GENRE.sub("", title.text) or title.text
    header.title_line = filled[at]
    # Sure is what is more likely right than wrong, and likelier than all the others together.
    doubt = math.exp(-title.score) + sum([math.exp(other.score - title.score) for other in every]) - 1
    if doubt < 1:
        header.title_lines = sorted(set(_whole_lines(frame, title, doubt)))
    return at


def _whole_lines(frame: Frame, title: Candidate, doubt: float) -> list[int]:
    """The lines that are the title and nothing else, or the `<title>` of a flattened page; none if that is not sure."""
    at, filled, head = title.at, frame.filled, frame.texts[frame.head]
    if not title.is_line:
        return [filled[at]] if _is_head(frame, title) else []
    out = []
    if _is_confirmed(frame, title) or (doubt < _LITTLE and _is_headed(frame, title, doubt)):
        out.append(filled[at])
        words = words_of(title.text)
        for n in range(max(frame.head, at - AFTER), min(frame.next_prose(at + 1), at + 1 + AFTER)):
            line = frame.lines[n]
            if n == at or len(line.text) > 2 * LONGEST_TITLE:
                continue
            # Below the title the same line may be a refrain, unless the header goes on after it.
            if line.tokens == words and (n < at or _is_header(frame, n)):
                out.append(filled[n])
    if (
        at > frame.head
        and frame.lines[frame.head].words > 3
        and len(head) <= LONGEST_TITLE
        and not frame.lines[frame.head].is_crumb
    ):
        overlap = title.fact("of_core") > 0.6 and title.fact("in_head") > 0.6
        if title.fact("echo") > 0.4 or overlap:
            out.append(filled[frame.head])
    return out


def _is_header(frame: Frame, n: int) -> bool:
    """Whether a date, a byline or a paragraph follows a line at once."""
    k = bisect_left(frame.anchors, n + 1)
    return n + 1 in frame.prose or (k < len(frame.anchors) and frame.anchors[k] == n + 1)


def _is_head(frame: Frame, title: Candidate) -> bool:
    """Whether the rest of the first line, of which the title is a piece, is the name of the site."""
    head = frame.texts[frame.head]
    rest = _names.fold(head.replace(title.text, " ", 1))
    host = frame.host
    named = len(rest) > 2 and (rest in host or host.removeprefix("www")[: max(4, len(rest) // 2)] in rest)
    return bool(host) and named and not is_crumb(head)


def _is_confirmed(frame: Frame, title: Candidate) -> bool:
    """Whether more than its looks says that a line is the title, so that it can be cut.

    The same question must have the answer no for whatever line takes its place when it is gone. So a line counts that
    is repeated elsewhere, or stands between breadcrumb and byline, or is made of the words of the body and stands above
    a byline, or alone above the first paragraph.
    """
    if title.fact("separators") > 2 or (is_crumb(title.text) and not title.fact("in_crumb")):
        return False
    words = frame.lines[title.at].words
    told = title.fact("line") and title.fact("echo") > 0.5
    spelt = title.fact("in_slug") > 0.6 and title.fact("of_slug") > 0.6
    if title.fact("in_crumb") or (words > 1 and (told or spelt)):
        return True
    anchored = title.fact("to_anchor") < 4
    if anchored and title.fact("after_crumb"):
        return True
    if words > 14 or title.fact("to_body") > 0 or not _is_topical(frame, title.at):
        return False
    alone = title.fact("isolated") or title.at == frame.head
    first = not any(n < title.at for n in frame.anchors) and words <= 12
    return bool(anchored or (alone and first and frame.next_prose(title.at) - title.at <= 3))


def _is_headed(frame: Frame, title: Candidate, doubt: float) -> bool:
    """Whether a line stands in the header of an article: above the body, below a menu or at the top of the page, with a
    byline or a date close by or with hardly a doubt. Of a page whose menu, byline and date are gone, no line does."""
    if title.fact("separators") > 2 or title.fact("to_body") > 0 or title.fact("menu") > 0.5 or is_crumb(title.text):
        return False
    top = title.at - frame.head < 2 and title.at < 4
    dated = title.fact("to_anchor") < 4 and frame.next_prose(title.at + 1) > title.at + 1 + title.fact("to_anchor")
    under = title.fact("menus_above") > 0
    return bool((dated and (top or under)) or (under and doubt < _LITTLE / 2 and title.fact("to_body") > -5))


def _is_topical(frame: Frame, n: int) -> bool:
    """Whether the words of a line are those of the first paragraphs below it; menus and widgets have other words."""
    key = frame.lines[n].key
    # Stems for the inflected languages, pairs of characters for those that write no spaces.
    stems = [w[:6] if len(w) > 6 else w for w in key.split() if len(w) > 3 and w.isalnum()]
    enough = max(1.0, 0.4 * len(stems))
    if not key.isascii() and len(stems) < 3 and any(c >= "\u2e80" for c in key):
        solid = key.replace(" ", "")
        stems = [solid[j : j + 2] for j in range(len(solid) - 1)]
        enough = max(2.0, 0.3 * len(stems))
    missing = stems
    k = bisect_left(frame.prose, n)
    for m in frame.prose[k : k + 4]:
        body = frame.lines[m].raw[:2000].casefold()
        missing = [stem for stem in missing if stem not in body]
        if len(stems) - len(missing) >= enough:
            return True
    return False


# Odds against a title up to which the place of its line is enough to cut it.
_LITTLE = 0.8

# Log odds below which a page has no title: one in fifty.
_LEAST = -4.0


def is_byline(frame: Frame, n: int) -> bool:
    """Whether a line is names, dates and labels and nothing else."""
    if n not in frame.openers and n not in frame.dates:
        if len(frame.texts[n]) > 40 or not (n + 1 in frame.anchors or n - 1 in frame.anchors):
            return False
        byline = frame.byline(n)
        return bool(byline.bare) and byline.rest == 0
    byline = frame.byline(n)
    return byline.rest <= 12 and bool(byline.authors or byline.credit or n in frame.dates)


# Korean papers print the genre before the title ("[인터뷰] ..."); it is no part of it.
_GENRE = re.compile(r"^\[[가-힣·\s]{1,8}\]\s*")
