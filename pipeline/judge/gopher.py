"""The quality and repetition signals of Gopher (Rae et al. 2021, "Scaling Language Models", section A.1.1 and table A1),
computed as datatrove's GopherQualityFilter and GopherRepetitionFilter compute them.

A word is a token with a letter, digit or combining mark in it; tokens are words and marks, see `_scan`. In a script
without spaces a character is a token, and two of them weigh as a word: an n-gram there is one of 2n characters.
N-grams are those of the first 1,048,576 tokens of a page; a line behind as many lines is taken for no repeat.
"""

from __future__ import annotations

from pipeline.judge._counts import Values, counts_of, only, share
from pipeline.step import Case, Params, Texts, step

DOCS = {
    "gopher_word_count": "words of the text",
    "gopher_mean_word_length": "characters per word, marks aside; not applied to scripts without spaces",
    "gopher_hash_to_word_ratio": "signs # per token, 0 to 1",
    "gopher_ellipsis_to_word_ratio": "ellipses (... or …) per token, 0 to 1",
    "gopher_bullet_line_frac": "share of the lines that begin with • or -, 0 to 1",
    "gopher_ellipsis_line_frac": "share of the lines that end in an ellipsis, 0 to 1",
    "gopher_alpha_word_frac": "share of the tokens with a letter in them, 0 to 1",
    "gopher_stop_words": "how many of eight function words the text has; in English the, be, to, of, and, that, have, with, in other languages "
    "their nearest counterparts; not applied to languages without a list",
    "gopher_dup_line_frac": "share of the lines that stand above already, empty ones aside, 0 to 1",
    "gopher_dup_line_char_frac": "characters of such lines per character of the text, 0 to 1",
    "gopher_dup_para_frac": "share of the paragraphs (between empty lines) that stand above already, 0 to 1",
    "gopher_dup_para_char_frac": "characters of such paragraphs per character of the text, 0 to 1",
    **{
        f"gopher_top_{n}gram_char_frac": f"characters of all places of the most frequent {n}-gram per character of the text; may exceed 1 where they overlap"
        for n in (2, 3, 4)
    },
    **{
        f"gopher_dup_{n}gram_char_frac": f"characters of {n}-grams that stand above already, none counted twice, per character of the text, 0 to 1"
        for n in (5, 6, 7, 8, 9, 10)
    },
}


@step("judge.gopher", version=1, batch=True, columns=DOCS)
def gopher(texts: Texts, _: Params) -> dict[str, Values]:
    """Gopher's quality and repetition signals (Rae et al. 2021)."""
    c = counts_of(texts)
    # The n-grams of a page longer than what is looked at have the part of the text that their tokens have.
    measured = c.chars * share(c.kept_tokens, c.tokens + c.unspaced)
    return {
        "gopher_word_count": c.all_words,
        "gopher_mean_word_length": only(share(c.word_chars, c.words), c.spaced),
        "gopher_hash_to_word_ratio": share(c.hashes, c.all_tokens),
        "gopher_ellipsis_to_word_ratio": share(c.ellipses, c.all_tokens),
        "gopher_bullet_line_frac": share(c.bullet_lines, c.lines),
        "gopher_ellipsis_line_frac": share(c.ellipsis_lines, c.lines),
        "gopher_alpha_word_frac": share(c.alpha_words + c.halves, c.all_tokens),
        "gopher_stop_words": only(c.stop_words, c.listed),
        "gopher_dup_line_frac": share(c.twin_rows, c.rows),
        "gopher_dup_line_char_frac": share(c.twin_row_chars, c.chars),
        "gopher_dup_para_frac": share(c.twin_blocks, c.blocks),
        "gopher_dup_para_char_frac": share(c.twin_block_chars, c.chars),
        **{f"gopher_top_{n}gram_char_frac": share(getattr(c, f"top_{n}"), measured) for n in (2, 3, 4)},
        **{f"gopher_dup_{n}gram_char_frac": share(getattr(c, f"dup_{n}"), measured) for n in (5, 6, 7, 8, 9, 10)},
    }


CASES = [
    Case(
        "The heron stood in the reeds.\n- It didn't move...",
        {
            "gopher_word_count": (10, 10),
            "gopher_mean_word_length": (3.5, 3.5),
            "gopher_bullet_line_frac": (0.5, 0.5),
            "gopher_ellipsis_line_frac": (0.5, 0.5),
            "gopher_stop_words": (1, 1),
        },
        language="en",
    ),
    Case("Das Moor und der See und die Heide.", {"gopher_stop_words": (3, 3)}, language="de"),
    Case("Text in a language that nobody has named.", {"gopher_stop_words": None}),
    Case(
        "我们今天去河边看苍鹭。",
        {"gopher_word_count": (5, 5), "gopher_mean_word_length": None, "gopher_alpha_word_frac": (0.83, 0.84)},
        language="zh",
    ),
    Case(
        "Buy now\nBuy now\nBuy now\nBuy now",
        {"gopher_dup_line_frac": (0.75, 0.75), "gopher_top_2gram_char_frac": (28 / 31, 28 / 31)},
        language="en",
    ),
    Case("", {"gopher_word_count": (0, 0), "gopher_mean_word_length": None, "gopher_dup_line_frac": None}),
]
