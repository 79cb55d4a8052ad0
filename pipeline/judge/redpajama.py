"""The signals of RedPajama-v2 (Weber et al. 2024, "RedPajama: an Open Dataset for Training Large Language Models", and the table of
the data set's card) that need neither a model nor a list of others.

A word is what stands between white space, in lower case, without ASCII punctuation, its length in code points of NFD; a raw word
is a run of word characters or of marks. In a script without spaces each character is a word, an n-gram is one of 2n characters,
and raw words are counted as half the characters. The published signals that begin with rps_lines are numbers per line: here they are
the mean over the lines of the page. Letters of all scripts count as letters, and the marks that end sentences in them as such marks.
Repetition is measured in the first 1,048,576 words of a page.
"""

from __future__ import annotations

from pipeline.judge._counts import Values, counts_of, only, share
from pipeline.step import Case, Params, Texts, step

DOCS = {
    "rps_doc_word_count": "words of the text",
    "rps_doc_mean_word_length": "characters per word; not applied to scripts without spaces",
    "rps_doc_num_sentences": "stretches with a word character in them between marks that end sentences; not applied to Thai and Lao script",
    "rps_doc_unigram_entropy": "entropy of the distribution of the words, in nats",
    "rps_doc_frac_unique_words": "different words per word, 0 to 1",
    "rps_doc_symbol_to_word_ratio": "signs #, ... and … per raw word",
    "rps_doc_frac_no_alph_words": "share of the raw words without a letter, 0 to 1",
    "rps_doc_frac_all_caps_words": "share of the raw words in capitals, 0 to 1; not applied to scripts without capitals",
    "rps_doc_frac_lines_end_with_ellipsis": "share of the lines that end in an ellipsis, 0 to 1",
    "rps_doc_stop_word_fraction": "function words per raw word, 0 to 1, by lists of our own; not applied to languages without a list",
    "rps_doc_lorem_ipsum": "occurrences of lorem ipsum per character of the text as normalised",
    "rps_doc_curly_bracket": "signs { and } per character of the text",
    **{
        f"rps_doc_frac_chars_top_{n}gram": f"characters of all places of the most frequent {n}-gram per character of the words, 0 if none appears twice; may exceed 1 where they overlap"
        for n in (2, 3, 4)
    },
    **{
        f"rps_doc_frac_chars_dupe_{n}grams": f"share of the characters of the words that are in some {n}-gram that appears more than once, 0 to 1"
        for n in (5, 6, 7, 8, 9, 10)
    },
    "rps_lines_ending_with_terminal_punctution_mark": "share of the lines that end in a mark that ends sentences or in ”, 0 to 1; not applied to Thai and "
    "Lao script",
    "rps_lines_num_words": "words per line; two characters of a script without spaces weigh as a word",
    "rps_lines_uppercase_letter_fraction": "capital letters per character, mean over the lines, 0 to 1; not applied to scripts without capitals",
    "rps_lines_numerical_chars_fraction": "digits and other numbers per character as normalised, mean over the lines, 0 to 1",
    "rps_lines_start_with_bulletpoint": "share of the lines that begin with one of ten bullet points, 0 to 1",
    "rps_lines_javascript_counts": "occurrences of the word javascript per line",
}


@step("judge.redpajama", version=1, batch=True, columns=DOCS)
def redpajama(texts: Texts, _: Params) -> dict[str, Values]:
    """RedPajama-v2's signals that need neither a model nor a list of others (Weber et al. 2024)."""
    c = counts_of(texts)
    words, raw_words = c.chunks + c.unspaced, c.raw_words + c.halves
    normalised = c.chunk_chars + c.chunks - 1
    return {
        "rps_doc_word_count": words,
        "rps_doc_mean_word_length": only(share(c.chunk_chars, words), c.spaced),
        "rps_doc_num_sentences": only(c.raw_sentences, c.stopped),
        "rps_doc_unigram_entropy": only(c.entropy, words > 0),
        "rps_doc_frac_unique_words": share(c.different_chunks, c.kept_chunks),
        "rps_doc_symbol_to_word_ratio": share(c.hashes + c.ellipses, raw_words),
        "rps_doc_frac_no_alph_words": 1 - share(c.raw_alpha_words + c.halves, raw_words),
        "rps_doc_frac_all_caps_words": only(share(c.raw_capital_words, raw_words), c.bicameral),
        "rps_doc_frac_lines_end_with_ellipsis": share(c.ellipsis_lines, c.lines),
        "rps_doc_stop_word_fraction": only(share(c.stop_hits, c.raw_words + c.unspaced), c.listed),
        "rps_doc_lorem_ipsum": share(c.lorem_chunks, normalised),
        "rps_doc_curly_bracket": share(c.brackets, c.chars),
        **{
            f"rps_doc_frac_chars_top_{n}gram": share(getattr(c, f"chunk_top_{n}"), c.kept_chunk_chars)
            for n in (2, 3, 4)
        },
        **{
            f"rps_doc_frac_chars_dupe_{n}grams": share(getattr(c, f"chunk_dup_{n}"), c.kept_chunk_chars)
            for n in (5, 6, 7, 8, 9, 10)
        },
        "rps_lines_ending_with_terminal_punctution_mark": only(share(c.stopped_lines, c.lines), c.stopped),
        "rps_lines_num_words": share(c.line_chunks, c.lines),
        "rps_lines_uppercase_letter_fraction": only(share(c.upper_shares, c.lines), c.bicameral),
        "rps_lines_numerical_chars_fraction": share(c.number_shares, c.lines),
        "rps_lines_start_with_bulletpoint": share(c.marked_lines, c.lines),
        "rps_lines_javascript_counts": share(c.script_chunks, c.lines),
    }


CASES = [
    Case(
        "• NATO met. It didn't vote!\nThe vote, they say, is late...",
        {
            "rps_doc_word_count": (12, 12),
            "rps_doc_num_sentences": (3, 3),
            "rps_doc_frac_unique_words": (11 / 12, 11 / 12),
            "rps_doc_symbol_to_word_ratio": (1 / 19, 1 / 19),
            "rps_doc_frac_lines_end_with_ellipsis": (0.5, 0.5),
            "rps_lines_start_with_bulletpoint": (0.5, 0.5),
            "rps_lines_num_words": (6, 6),
        },
        language="en",
    ),
    Case(
        "one two one two one two", {"rps_doc_unigram_entropy": (0.6931, 0.6932), "rps_doc_frac_chars_top_2gram": (1, 1)}
    ),
    Case(
        "שלום עולם, זה טקסט קצר.",
        {
            "rps_doc_frac_all_caps_words": None,
            "rps_lines_uppercase_letter_fraction": None,
            "rps_doc_num_sentences": (1, 1),
        },
    ),
    Case("lorem ipsum {x}", {"rps_doc_lorem_ipsum": (1 / 13, 1 / 13), "rps_doc_curly_bracket": (2 / 15, 2 / 15)}),
    Case("今天去河边", {"rps_doc_word_count": (5, 5), "rps_doc_mean_word_length": None}, language="zh"),
]
