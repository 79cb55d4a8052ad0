"""The title of a page: which candidate it is, and which lines are the title and nothing else."""

from __future__ import annotations

import math
import re
from bisect import bisect_left

from pipeline.describe._frame import (
    AFTER,
    LONGEST_TITLE,
    Frame,
    Header,
    key_of,
    words_of,
)
from pipeline.describe._title import Candidate, candidates, is_crumb


def find_title(frame: Frame, header: Header) -> int | None:
    """Choose the title; set it and its lines in `header`; return the position of its line."""
    every = candidates(frame)
    scores = [c.score for c in every]
    for k in sorted(range(len(every)), key=scores.__getitem__, reverse=True)[:4]:
        title, best = every[k], scores[k]
        if best <= 0:
            return None
        if not (title.is_line and is_byline(frame, title.at)):
            break
    else:
        return None
    above = [c for c in every if c.at == title.at - 1 and c.is_line]
    if (
        title.is_line
        and above
        and not title.fact("echo")
        and above[0].score > best - _DECK
        and not is_byline(frame, above[0].at)
    ):
        title = above[0]
    at, filled = title.at, frame.filled
    header.title = _GENRE.sub("", title.text) or title.text
    header.title_line = filled[at]
    sure = 1 / (math.exp(-best) + sum([math.exp(s - best) for s in scores])) > 0.5
    head = frame.texts[frame.head]
    if title.is_line:
        if sure and _is_confirmed(frame, title):
            header.title_lines.append(filled[at])
            words = words_of(title.text)
            for n in range(max(frame.head, at - AFTER), min(frame.next_prose(at + 1), at + 1 + AFTER)):
                line = frame.texts[n]
                if n == at or len(line) > 2 * LONGEST_TITLE or words[0] not in line.casefold():
                    continue
                if words_of(line) == words:
                    header.title_lines.append(filled[n])
        repeats = title.fact("echo") > 0.4 or title.fact("overlap") > 0.6
        if (
            at > frame.head
            and sure
            and repeats
            and frame.page.words[filled[frame.head]] > 3
            and len(head) <= LONGEST_TITLE
            and not is_crumb(head)
        ):
            header.title_lines.append(filled[frame.head])
    elif sure and title.fact("cut_site") and not is_crumb(head):
        header.title_lines.append(filled[at])
    header.title_lines = sorted(set(header.title_lines))
    return at


def _is_confirmed(frame: Frame, title: Candidate) -> bool:
    """Whether more than its looks says that a line is the title, so that it can be cut.

    The same question must have the answer no for whatever line takes its place when it is gone. So a line counts that
    is repeated elsewhere, or stands between breadcrumb and byline, or is made of the words of the body and stands above
    a byline, or alone above the first paragraph.
    """
    if title.fact("separators") > 2 or (is_crumb(title.text) and not title.fact("in_crumb")):
        return False
    words = frame.page.words[frame.filled[title.at]]
    if title.fact("in_crumb") or (words > 1 and (title.fact("echo") > 0.5 or title.fact("slug") > 0.6)):
        return True
    anchored = title.fact("anchor_next") or title.fact("anchor_after")
    if anchored and title.fact("after_crumb"):
        return True
    if words > 14 or title.fact("late") or not _is_topical(frame, title.at):
        return False
    alone = title.fact("isolated") or title.at == frame.head
    first = not any(n < title.at for n in frame.anchors) and words <= 12
    return bool(anchored or (alone and first and frame.next_prose(title.at) - title.at <= 3))


def _is_topical(frame: Frame, n: int) -> bool:
    """Whether the words of a line are those of the first paragraphs below it; menus and widgets have other words."""
    key = key_of(frame.texts[n])
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
        body = frame.page.lines[frame.filled[m]][:2000].casefold()
        missing = [stem for stem in missing if stem not in body]
        if len(stems) - len(missing) >= enough:
            return True
    return False


# A deck looks like a title and stands below it: of two such lines the upper one, if it is nearly as good.
_DECK = 0.6


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
