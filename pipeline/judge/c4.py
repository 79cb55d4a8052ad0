"""The rules of C4 as signals (Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.2, and the code that
its authors published), computed as datatrove's C4QualityFilter computes them.

C4 takes out lines, then whole pages; here each rule about lines is measured as a share of the lines of the page. The words of
a line are what stands between white space; two characters of a script without spaces weigh as a word.
"""

from __future__ import annotations

from pipeline.judge._counts import Values, counts_of, only, share
from pipeline.step import Case, Params, Texts, step

DOCS = {
    "c4_frac_lines_no_terminal_punct": "share of the lines that end neither in a mark that ends sentences (of any script) nor in a closing quotation "
    "mark, or in an ellipsis, 0 to 1; references like [3] at the end aside; not applied to Thai and Lao script, which have no such marks",
    "c4_frac_lines_too_few_words": "share of the lines with fewer than 3 words, 0 to 1",
    "c4_frac_lines_too_long_word": "share of the lines with a word of more than 1,000 characters, 0 to 1",
    "c4_frac_lines_javascript": "share of the lines with the word javascript, 0 to 1",
    "c4_frac_lines_policy": "share of the lines with a phrase about cookies, terms of use or privacy, 0 to 1; not applied outside English",
    "c4_frac_lines_kept": "share of the lines that none of the five concerns, 0 to 1; not applied to Thai and Lao script",
    "c4_num_sentences": "sentences in those lines; not applied to Thai and Lao script",
    "c4_num_sentences_any_end": "the same with lines that end in any way, as FineWeb uses C4; not applied to Thai and Lao script",
    "c4_lorem_ipsum": "how often the text has lorem ipsum",
    "c4_curly_bracket": "how often the text has {",
}


@step("judge.c4", version=1, batch=True, columns=DOCS)
def c4(texts: Texts, _: Params) -> dict[str, Values]:
    """C4's rules about lines and pages as signals (Raffel et al. 2020)."""
    c = counts_of(texts)
    return {
        "c4_frac_lines_no_terminal_punct": only(share(c.open_lines, c.lines), c.stopped),
        "c4_frac_lines_too_few_words": share(c.few_word_lines, c.lines),
        "c4_frac_lines_too_long_word": share(c.long_word_lines, c.lines),
        "c4_frac_lines_javascript": share(c.script_lines, c.lines),
        "c4_frac_lines_policy": only(share(c.policy_lines, c.lines), c.english),
        "c4_frac_lines_kept": only(share(c.kept_lines, c.lines), c.stopped),
        "c4_num_sentences": only(c.sentences, c.stopped),
        "c4_num_sentences_any_end": only(c.all_sentences, c.stopped),
        "c4_lorem_ipsum": c.lorem,
        "c4_curly_bracket": c.open_brackets,
    }


CASES = [
    Case(
        "The tide was late. Nobody minded it.[4]\nShare\n“It happens,” said the keeper of the lock\nPlease enable JavaScript to go on.",
        {
            "c4_frac_lines_no_terminal_punct": (0.5, 0.5),
            "c4_frac_lines_too_few_words": (0.25, 0.25),
            "c4_frac_lines_javascript": (0.25, 0.25),
            "c4_frac_lines_policy": (0, 0),
            "c4_frac_lines_kept": (0.25, 0.25),
            "c4_num_sentences": (2, 2),
            "c4_num_sentences_any_end": (3, 3),
        },
        language="en",
    ),
    Case(
        "今天的潮水来得很晚。没有人在意。",
        {"c4_num_sentences": (2, 2), "c4_frac_lines_no_terminal_punct": (0, 0)},
        language="zh",
    ),
    Case("วันนี้น้ำขึ้นช้า ไม่มีใครสนใจ", {"c4_num_sentences": None, "c4_frac_lines_policy": None}, language="th"),
    Case("Lorem Ipsum dolor sit amet.\nbody { margin: 0 }", {"c4_lorem_ipsum": (1, 1), "c4_curly_bracket": (1, 1)}),
    Case(
        "By using this site you agree that it uses cookies.",
        {"c4_frac_lines_policy": (1, 1), "c4_num_sentences": (0, 0)},
        language="en",
    ),
]
