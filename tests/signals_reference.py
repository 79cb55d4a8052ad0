"""The signals once more, in plain Python and slowly: an oracle for the compiled pass. It knows nothing of the package.

`tokens` and `sentences` are how the package cuts texts up, written independently; `redpajama` follows the published
definitions (Weber et al. 2024) with `re`, `Counter` and `unicodedata`, for scripts that put spaces between words.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterator

ENDS = ".!?։؟۔।॥။።។‼⁇⁈⁉。！？．｡"
CONTRACTION = re.compile(r"['’](?:ll|re|ve|s|t|d|m)(?![^\W_])", re.IGNORECASE)
REFERENCE = re.compile(r"\[\d*\]|\[edit\]|\[citation needed\]")


def is_unspaced(char: str) -> bool:
    """Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar, letters and marks only."""
    name = unicodedata.name(char, "")
    words = ("CJK UNIFIED", "CJK COMPAT", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC ITER")
    return name.startswith(words) and (char.isalpha() or unicodedata.category(char)[0] == "M")


def is_word(char: str) -> bool:
    return (
        char.isalnum() or unicodedata.category(char)[0] == "M" or unicodedata.category(char) == "Cf"
    ) and not is_unspaced(char)


def joins(text: str, i: int) -> bool:
    """Whether the mark text[i] makes one word of the characters around it."""
    before, char, after = text[i - 1], text[i], text[i + 1 : i + 2]
    if not after or not is_word(after) or unicodedata.category(char) == "So":
        return False
    both_letters = before.isalpha() and after.isalpha()
    both_digits = not before.isalpha() and before.isalnum() and not after.isalpha() and after.isalnum()
    if char == ".":
        return not (both_letters and not before.isupper() and not after.islower())
    if char in ",–—~-":
        return not both_letters and not (char == "-" and both_digits)
    if char in "+*^":
        return not both_digits
    if char in ":<>=/":
        return not after.isalpha()
    return True


def tokens(text: str) -> list[str]:
    """Words and marks. Runs of full stops and of hyphens are one mark, a character of a script without spaces a token."""
    found: list[str] = []
    word = ""
    i = 0
    while i < len(text):
        char = text[i]
        if is_word(char):
            word += char
            i += 1
            continue
        if word and not char.isspace() and not is_unspaced(char) and joins(text, i):
            if CONTRACTION.match(text, i):
                found.append(word)
                word = ""
            word += char
            i += 1
            continue
        if word:
            found.append(word)
            word = ""
        if char in ".-":
            run = re.match(re.escape(char) + "+", text[i:])
            assert run
            found.append(run[0])
            i += len(run[0])
            continue
        if not char.isspace():
            found.append(char)
        i += 1
    return [*found, word] if word else found


def sentences(line: str) -> int:
    """A sentence ends with a mark that ends sentences and the next begins with the next word; at least one."""
    count, ended = 1, False
    for token in tokens(line):
        if any(is_word(c) or is_unspaced(c) for c in token):
            count += ended
            ended = False
        else:
            ended |= token in ENDS
    return count


def grams(words: list[str], n: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[k:] for k in range(n)), strict=False)


def redpajama(text: str, stop_words: set[str]) -> dict[str, float]:
    """Signals of RedPajama-v2; empty where the text has no words."""

    def normalise(part: str) -> str:
        part = part.translate(str.maketrans("", "", string.punctuation)).lower().strip()
        return unicodedata.normalize("NFD", re.sub(r"\s+", " ", part))

    words = normalise(text).split()
    raw = re.findall(r"\w+|[^\w\s]+", text)
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    if not words:
        return {}
    counts = Counter(words)
    total = sum(map(len, words))
    symbols = text.count("#") + text.count("...") + text.count("…")
    values: dict[str, float] = {
        "rps_doc_word_count": len(words),
        "rps_doc_mean_word_length": total / len(words),
        "rps_doc_num_sentences": len(re.findall(r"\b[^.!?]+[.!?]*", text)),
        "rps_doc_unigram_entropy": -sum(n / len(words) * math.log(n / len(words)) for n in counts.values()),
        "rps_doc_frac_unique_words": len(counts) / len(words),
        "rps_doc_symbol_to_word_ratio": symbols / len(raw),
        "rps_doc_frac_no_alph_words": sum(not any(c.isalpha() for c in w) for w in raw) / len(raw),
        "rps_doc_frac_all_caps_words": sum(map(str.isupper, raw)) / len(raw),
        "rps_doc_stop_word_fraction": sum(w in stop_words for w in raw) / len(raw),
        "rps_doc_frac_lines_end_with_ellipsis": sum(x.rstrip().endswith(("...", "…")) for x in lines) / len(lines),
        "rps_doc_lorem_ipsum": normalise(text).count("lorem ipsum") / len(normalise(text)),
        "rps_doc_curly_bracket": (text.count("{") + text.count("}")) / len(text),
        "rps_lines_ending_with_terminal_punctution_mark": sum(x.rstrip().endswith((".", "!", "?", "”")) for x in lines)
        / len(lines),
        "rps_lines_num_words": sum(len(normalise(x).split()) for x in lines) / len(lines),
        "rps_lines_uppercase_letter_fraction": sum(sum(map(str.isupper, x)) / len(x) for x in lines) / len(lines),
        "rps_lines_numerical_chars_fraction": sum(
            sum(map(str.isnumeric, x)) / max(len(x), 1) for x in map(normalise, lines)
        )
        / len(lines),
        "rps_lines_start_with_bulletpoint": sum(x.lstrip().startswith(tuple("•‣▶◀◦■□▪▫–")) for x in lines) / len(lines),
        "rps_lines_javascript_counts": sum(normalise(x).split().count("javascript") for x in lines) / len(lines),
    }
    for n in (2, 3, 4):
        top = Counter(grams(words, n)).most_common(1)
        repeated = top and top[0][1] > 1
        values[f"rps_doc_frac_chars_top_{n}gram"] = sum(map(len, top[0][0])) * top[0][1] / total if repeated else 0
    for n in range(5, 11):
        often = {gram for gram, count in Counter(grams(words, n)).items() if count > 1}
        inside = {i + k for i, gram in enumerate(grams(words, n)) if gram in often for k in range(n)}
        values[f"rps_doc_frac_chars_dupe_{n}grams"] = sum(len(words[i]) for i in inside) / total
    return values


def gopher(text: str) -> dict[str, float]:
    """Signals of Gopher that rest on tokens; empty where the text has none."""
    words = tokens(text)
    if not words:
        return {}
    proper = [w for w in words if any(map(is_word, w))]
    values: dict[str, float] = {
        "gopher_word_count": len(proper),
        "gopher_mean_word_length": sum(map(len, proper)) / len(proper) if proper else math.nan,
        "gopher_hash_to_word_ratio": text.count("#") / len(words),
        "gopher_ellipsis_to_word_ratio": (text.count("...") + text.count("…")) / len(words),
        "gopher_alpha_word_frac": sum(any(c.isalpha() for c in w) for w in words) / len(words),
    }
    for n in (2, 3, 4):
        top = Counter(grams(words, n)).most_common(1)
        values[f"gopher_top_{n}gram_char_frac"] = len(" ".join(top[0][0])) * top[0][1] / len(text) if top else 0
    for n in range(5, 11):
        seen: set[tuple[str, ...]] = set()
        i = repeated = 0
        while i + n <= len(words):
            gram = tuple(words[i : i + n])
            repeated += sum(map(len, gram)) if gram in seen else 0
            i += n if gram in seen else 1
            seen.add(gram)
        values[f"gopher_dup_{n}gram_char_frac"] = repeated / len(text)
    return values
