"""The compiled pass behind the quality signals: what is counted in a page, from the bytes of an Arrow column.

Three ways of cutting a text into words are in use, and each of the published signals keeps its own:

tokens      Gopher, C4 and FineWeb as datatrove computes them: words and marks, each a token; see `_joined`.
chunks      what stands between white space, without ASCII punctuation, in lower case: RedPajama's normalised words.
raw words   runs of word characters and runs of marks: RedPajama's raw words.

In a script that writes no spaces between words each character is a token and a chunk; two of them weigh as a word, and
where such characters are most of the letters an n-gram of the signals is one of 2n characters.

Everything is integer arithmetic, or float64 sums in a fixed order, and linear in the length of the page.
"""

# Numba compiles these from the types that they are called with.
# mypy: disable-error-code="no-untyped-def, operator, assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from pipeline.judge._characters import (
    ALPHABETS,
    ASCII_MARK,
    BULLET,
    CLOSER,
    END,
    HAN,
    ICON,
    LENGTH,
    LETTER,
    LOWER,
    LOWERED,
    MARK,
    NUMBER,
    PICTURES,
    SPACE,
    STOPLESS,
    UNSPACED,
    UPPER,
    WATCHED,
)  # fmt: skip
from pipeline.utf8 import code_at

# N-grams are those of so many tokens of a page, from its start, and a line behind so many lines is taken for no repeat: what
# is kept in memory for a page stays below 120 MB. No preset of the literature lets through so long a page.
MOST = 1 << 20
# C4 takes out lines with a longer word, and lines of fewer words. Raffel et al. 2020, and the code they published.
LONG_WORD, FEW_WORDS = 1000, 3
# A line of running text has so many words, and either ends as one or has two function words in it; for a line of so many words
# it is enough that a sentence ends in it, that it has one function word, or that those of the language are not known.
PROSE_WORDS, LONG_LINE = 4, 8
# FineWeb: a line of at most so many characters is short. A character of a script without spaces counts as two.
SHORT_LINE = 30

COUNTS = (
    # characters: all, letters, letters that have cases, of scripts without spaces, of scripts without sentence marks
    "chars", "letters", "cased", "unspaced", "stopless", "feeds", "hashes", "ellipses", "brackets", "open_brackets", "lorem",
    # tokens: how many were kept for the n-grams, all save unspaced characters, words among them and their characters
    "kept_tokens", "tokens", "words", "word_chars", "alpha_words", "stop_words", "stop_hits",
    # chunks, also the unspaced characters
    "kept_chunks", "chunks", "chunk_chars", "different_chunks", "entropy", "script_chunks", "lorem_chunks",
    "raw_words", "raw_alpha_words", "raw_capital_words", "raw_sentences",
    # lines: all, blank ones too (without what is behind the last line feed, if nothing is)
    "lines", "bullet_lines", "marked_lines", "ellipsis_lines", "stopped_lines", "upper_shares", "number_shares", "line_chunks",
    "long_word_lines", "open_lines", "few_word_lines", "script_lines", "policy_lines", "kept_lines", "sentences", "all_sentences",
    # rows are lines with something in them, filled rows have more than white space; blocks are rows without an empty line between
    "rows", "twin_rows", "twin_row_chars", "filled_rows", "ended_rows", "short_rows", "twin_filled_chars",
    "blocks", "twin_blocks", "twin_block_chars",
    # repetition: characters in n-grams of tokens, and of chunks
    "top_2", "top_3", "top_4", "dup_5", "dup_6", "dup_7", "dup_8", "dup_9", "dup_10",
    "chunk_top_2", "chunk_top_3", "chunk_top_4", "chunk_dup_5", "chunk_dup_6", "chunk_dup_7", "chunk_dup_8", "chunk_dup_9", "chunk_dup_10",
    "kept_chunk_chars", "line_words", "prose_words",
)  # fmt: skip
(
    _CHARS, _LETTERS, _CASED, _UNSPACED, _STOPLESS, _FEEDS, _HASHES, _ELLIPSES, _BRACKETS, _OPEN_BRACKETS, _LOREM,
    _KEPT_TOKENS, _TOKENS, _WORDS, _WORD_CHARS, _ALPHA_WORDS, _STOP_WORDS, _STOP_HITS,
    _KEPT_CHUNKS, _CHUNKS, _CHUNK_CHARS, _DIFFERENT, _ENTROPY, _SCRIPT_CHUNKS, _LOREM_CHUNKS,
    _RAW_WORDS, _RAW_ALPHA, _RAW_CAPITALS, _RAW_SENTENCES,
    _LINES, _BULLETS, _MARKED, _ELLIPSIS_LINES, _STOPPED, _UPPER_SHARES, _NUMBER_SHARES, _LINE_CHUNKS,
    _LONG_WORD_LINES, _OPEN_LINES, _FEW_WORD_LINES, _SCRIPT_LINES, _POLICY_LINES, _KEPT_LINES, _SENTENCES, _ALL_SENTENCES,
    _ROWS, _TWIN_ROWS, _TWIN_ROW_CHARS, _FILLED, _ENDED, _SHORT, _TWIN_FILLED_CHARS, _BLOCKS, _TWIN_BLOCKS, _TWIN_BLOCK_CHARS, _TOP,
) = range(COUNTS.index("top_2") + 1)  # fmt: skip
_CHUNK_TOP = COUNTS.index("chunk_top_2")
_KEPT_CHUNK_CHARS, _LINE_WORDS, _PROSE_WORDS = range(COUNTS.index("kept_chunk_chars"), len(COUNTS))

_WORD = LETTER | NUMBER | MARK
_SEED, _PRIME, _GOLD = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)

# Phrases that are looked for, which of their letters is watched, and what they stand for.
SCRIPT, LOREM, POLICY = 1, 2, 3
_SOUGHT = [
    ("ja|vascript", SCRIPT), ("lore|m ipsum", LOREM), ("ter|ms of use", POLICY), ("pri|vacy policy", POLICY), ("coo|kie policy", POLICY),
    ("uses coo|kies", POLICY), ("use of coo|kies", POLICY), ("use coo|kies", POLICY),
]  # fmt: skip
_PHRASES = np.frombuffer("".join(phrase.replace("|", "") for phrase, _ in _SOUGHT).encode(), np.uint8)
_PHRASE_ENDS = np.cumsum([len(phrase) - 1 for phrase, _ in _SOUGHT])
_WATCHED_AT = np.array([phrase.index("|") for phrase, _ in _SOUGHT])
_MEANING = np.array([meaning for _, meaning in _SOUGHT])
# References that C4 takes out, beside numbers.
_NOTES = np.frombuffer(b"edit]citation needed]", np.uint8)
_NOTE_ENDS = np.array([5, 21])


def word_key(word: str) -> int:
    """The number by which the pass knows a token."""
    key = int(_SEED)
    for char in word:
        key = ((key ^ ord(char)) * int(_PRIME)) & 0xFFFFFFFFFFFFFFFF
    return key


_JAVASCRIPT, _LOREM_WORD, _IPSUM = (np.uint64(word_key(word)) for word in ("javascript", "lorem", "ipsum"))


@njit(cache=True, nogil=True)
def _entry(table, code):
    """What the table of characters says of a code point."""
    if code < 0x10000:
        return np.int64(table[code])
    if 0x20000 <= code < 0x33480:
        kind = HAN
    elif 0x1F000 <= code < 0x1FB00:
        kind = PICTURES
    elif code < 0x1F000:
        kind = ALPHABETS
    else:
        kind = MARK
    return kind | code << LOWERED


@njit(cache=True, nogil=True)
def _joined(data, table, p, stop, code, kind, before):
    """Whether the mark at `p`, behind a word character, belongs to the word: 0 no, 1 yes, 2 a word begins with it.

    As spaCy's rules have it, which datatrove uses for most languages: what stands between two word characters joins
    them, save commas and hyphens between letters, a full stop between a small letter and a capital, arithmetic between
    digits, and `:<>=/` before a letter. An English contraction is a word of its own.
    """
    q = p + (1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4)
    if q >= stop or kind & ICON:
        return 0
    c = code_at(data, q)[0]
    after = _entry(table, c)
    if after & UNSPACED or not after & _WORD:
        return 0
    letters = before & LETTER and after & LETTER
    if code == 0x2E:
        return 0 if letters and not before & UPPER and not after & LOWER else 1
    if code == 0x2C:
        return 0 if letters else 1
    if code == 0x2D or code == 0x2013 or code == 0x2014 or code == 0x7E:
        return 0 if letters or (code == 0x2D and before & NUMBER and after & NUMBER) else 1
    if code == 0x2B or code == 0x2A or code == 0x5E:
        return 0 if before & NUMBER and after & NUMBER else 1
    if code == 0x3A or code == 0x3C or code == 0x3E or code == 0x3D or code == 0x2F:
        return 0 if after & LETTER else 1
    if (code == 0x27 or code == 0x2019) and c < 0x80:
        c |= 0x20
        second = np.int64(data[q + 1]) | 0x20 if q + 1 < stop else 0
        size = 0
        if (c == 0x6C and second == 0x6C) or ((c == 0x72 or c == 0x76) and second == 0x65):
            size = 2
        elif c == 0x73 or c == 0x74 or c == 0x64 or c == 0x6D:
            size = 1
        if size and (q + size >= stop or not _entry(table, code_at(data, q + size)[0]) & _WORD):
            return 2
    return 1


@njit(cache=True, nogil=True)
def _phrase(data, p, start, stop):
    """What a phrase stands for whose watched letter is at byte `p` of a line, 0 if there is none."""
    letter, before = data[p] | 0x20, data[p - 1] | 0x20 if p > start else np.uint8(0)
    first = 0
    for k in range(len(_MEANING)):
        last, at = _PHRASE_ENDS[k], _WATCHED_AT[k]
        if _PHRASES[first + at] == letter and _PHRASES[first + at - 1] == before:
            begin = p - at
            if begin >= start and begin + last - first <= stop:
                same = True
                for q in range(last - first):
                    byte = data[begin + q]
                    if (byte | 0x20 if 0x41 <= byte <= 0x5A else byte) != _PHRASES[first + q]:
                        same = False
                        break
                if same:
                    return _MEANING[k]
        first = last
    return 0


@njit(cache=True, nogil=True)
def _reference(data, p, stop):
    """How many bytes the reference has whose [ is at byte `p`: [3], [], [edit], [citation needed]; 0 if there is none."""
    q = p + 1
    while q < stop and 0x30 <= data[q] <= 0x39:
        q += 1
    if q < stop and data[q] == 0x5D:
        return q + 1 - p
    first = 0
    for last in _NOTE_ENDS:
        size = last - first
        if p + size < stop:
            same = True
            for j in range(size):
                same &= data[p + 1 + j] == _NOTES[first + j]
            if same:
                return size + 1
        first = last
    return 0


@njit(cache=True, nogil=True)
def _closed(data, table, start, p):
    """Whether a line that ends at byte `p` ends as C4 wants it: in a mark that ends sentences or a closing quotation mark."""
    if p - start >= 3 and data[p - 1] == 0x2E and data[p - 2] == 0x2E and data[p - 3] == 0x2E:
        return False
    if p == start:
        return False
    p -= 1
    while p > start and data[p] & 0xC0 == 0x80:
        p -= 1
    return _entry(table, code_at(data, p)[0]) & (END | CLOSER) != 0


@njit(cache=True, nogil=True)
def _bytes_key(data, start, stop):
    """A hash of some bytes."""
    h = _SEED ^ np.uint64(stop - start)
    p = start
    while p + 8 <= stop:
        w = np.uint64(0)
        for k in range(8):
            w |= np.uint64(data[p + k]) << np.uint64(8 * k)
        h = (h ^ w) * _GOLD
        h ^= h >> np.uint64(32)
        p += 8
    while p < stop:
        h = (h ^ np.uint64(data[p])) * _PRIME
        p += 1
    return (h ^ h >> np.uint64(29)) * _GOLD


@njit(cache=True, nogil=True)
def _number(keys, n, slots, ids, sizes, firsts):
    """Number `keys` in the order in which they first appear: fills the number of each (`ids`), how often each number
    appears (`sizes`) and where first (`firsts`). Gives how many there are."""
    bits = 4
    while 1 << bits < 2 * n:
        bits += 1
    mask, shift = (1 << bits) - 1, np.uint64(64 - bits)
    for s in range(mask + 1):
        slots[s] = -1
    m = 0
    for i in range(n):
        key = keys[i]
        s = np.int64((key ^ key >> np.uint64(32)) * _GOLD >> shift)
        while slots[s] >= 0 and keys[firsts[slots[s]]] != key:
            s = (s + 1) & mask
        if slots[s] < 0:
            slots[s] = m
            sizes[m] = 0
            firsts[m] = i
            m += 1
        ids[i] = slots[s]
        sizes[slots[s]] += 1
    return m


@njit(cache=True, nogil=True)
def _repetition(n, step, space, greedy, ends, keys, slots, ids, sizes, firsts, places, numbers, out):
    """The top 2- to 4-grams and the duplicate 5- to 10-grams of `n` tokens, in characters, into `out` (9 numbers).

    `ids`, `sizes` come from `_number` over the tokens; `ends[i]` is the sum of the lengths of the tokens before `i`; an
    n-gram is one of `n * step` tokens, with `space` characters between them. An n-gram can only be repeated where
    the two (n-1)-grams in it are, so from level to level only those places are looked at.

    With `greedy`, Gopher's way as datatrove has it: the first of the top n-grams counts even if it appears once; going
    from left to right an n-gram that was seen counts, and the next one begins behind it. Without, RedPajama's: an n-gram
    that appears once counts nothing; every character in some repeated n-gram counts once.
    """
    m = 0
    for i in range(n):
        if sizes[ids[i]] > 1:
            places[m] = i
            numbers[m] = ids[i]
            m += 1
    for level in range(2, 10 * step + 1):
        if n < level:
            break
        pairs = np.int64(0)
        for j in range(m - 1):
            if places[j + 1] == places[j] + 1:
                keys[pairs] = np.uint64(numbers[j]) << np.uint64(32) | np.uint64(numbers[j + 1])
                places[pairs] = places[j]
                pairs += 1
        different = _number(keys, pairs, slots, ids, sizes, firsts)
        gram = level // step if level % step == 0 else 0
        if 2 <= gram <= 4:
            most, first = 1 if greedy else 0, 0
            for k in range(different):
                if sizes[k] > max(most, 1):
                    most, first = sizes[k], places[firsts[k]]
            out[gram - 2] = most * (ends[first + level] - ends[first] + (level - 1) * space)
        elif gram >= 5:
            total = behind = 0
            for j in range(pairs):
                i = places[j]
                if greedy:
                    # A number that was seen has its size turned round.
                    if i >= behind and sizes[ids[j]] < 0:
                        total += ends[i + level] - ends[i]
                        behind = i + level
                    elif i >= behind and sizes[ids[j]] > 1:
                        sizes[ids[j]] = -sizes[ids[j]]
                elif sizes[ids[j]] > 1:
                    total += ends[i + level] - ends[max(i, behind)]
                    behind = i + level
            out[gram - 2] = total
        m = 0
        for j in range(pairs):
            if abs(sizes[ids[j]]) > 1:
                places[m] = places[j]
                numbers[m] = ids[j]
                m += 1


# What a line knows of its page: whether a sentence is open, the ranks of the function words seen, whether its language has any.
_SENTENCE, _SEEN, _LISTED = range(3)


@njit(cache=True, nogil=True)
def _line(
    data, table, start, stop, feed, stop_keys, stop_ranks, token_keys, token_ends, chunk_keys, chunk_ends, state, out
):
    """Count one line, from byte `start` to `stop`, with a line feed behind it if `feed` is 1. Gives its characters, those
    of them that are unspaced, the kind of the last one, and whether there is more than white space."""
    n_tokens, n_chunks, most = np.int64(out[_KEPT_TOKENS]), np.int64(out[_KEPT_CHUNKS]), len(token_keys) - 1
    chars = letters = uppers = cased = numbers = unspaced = stopless = 0
    hashes = ellipses = brackets = open_brackets = lorem = 0
    tokens = words = word_chars = alpha_words = stop_hits = 0
    chunks = chunk_chars = raw_words = raw_alpha = raw_capitals = raw_sentences = 0
    spaced_words = breaks = dots = 0
    long_word = script = policy = ended = False
    sentence = state[_SENTENCE]
    first_code = first_kind = last_code = last_kind = end_kind = 0
    end = start  # behind the last character that is not white space
    body = reference = start  # behind the last one that is in no reference; behind the last reference
    gap = False  # white space before the references at the end
    # What is open: the token, the chunk, the raw word (1, or 2 for marks), and what stands between white space.
    token, token_size, token_kinds = _SEED, np.int64(0), 0
    chunk, chunk_size = _SEED, np.int64(0)
    raw, raw_kinds = 0, 0
    piece = 0
    before = np.int64(0)  # the kind of the last word character
    p = start
    while True:
        if p < stop:
            code, wide = code_at(data, p)
            kind = _entry(table, code)
        else:
            code, wide, kind = 10, 0, SPACE
        if end == start and not kind & SPACE:
            first_code, first_kind = code, kind
        if kind & _WORD and not kind & UNSPACED:
            if raw != 1:
                raw = 1
                raw_words += 1
            begin, begin_byte = chars, p
            while True:
                token = (token ^ np.uint64(code)) * _PRIME
                chunk = (chunk ^ np.uint64(kind >> LOWERED)) * _PRIME
                chunk_size += (kind >> LENGTH & 3) + 1
                token_kinds |= kind
                letters += kind >> 1 & 1
                uppers += kind >> 4 & 1
                cased += (kind >> 4 | kind >> 5) & 1
                numbers += kind >> 2 & 1
                if kind & WATCHED:
                    what = _phrase(data, p, start, stop)
                    script |= what == SCRIPT
                    policy |= what == POLICY
                    lorem += what == LOREM
                raw_kinds |= kind
                before = kind
                chars += 1
                p += wide
                if p == stop:
                    break
                code, wide = code_at(data, p)
                kind = _entry(table, code)
                if kind & UNSPACED or not kind & _WORD:
                    break
            token_size += chars - begin
            piece += chars - begin
            end, last_code, last_kind, end_kind = p, 0, before, before
            if begin_byte >= reference:
                body, gap = p, False
            sentence = 1
            dots = 0
            continue

        joined = 0
        if token_size:
            if not kind & (SPACE | UNSPACED):
                joined = _joined(data, table, p, stop, code, kind, before)
            if joined != 1:
                tokens += 1
                words += 1
                word_chars += token_size
                alpha_words += token_kinds & LETTER != 0
                if p > reference:
                    breaks += ended
                    ended = False
                stop_hits += _note_word(token, stop_keys, stop_ranks, state)
                n_tokens = _keep(token, token_size, token_keys, token_ends, n_tokens, most)
                token, token_size, token_kinds = _SEED, 0, 0
        if code != 0x5F:
            raw_alpha += raw_kinds & LETTER != 0
            raw_capitals += raw_kinds & UPPER != 0 and not raw_kinds & LOWER
            raw_kinds = 0

        if kind & (SPACE | UNSPACED):
            if chunk_size:
                chunks += 1
                chunk_chars += chunk_size
                if chunk == _JAVASCRIPT:
                    out[_SCRIPT_CHUNKS] += 1
                elif chunk == _IPSUM and n_chunks and chunk_keys[n_chunks - 1] == _LOREM_WORD:
                    out[_LOREM_CHUNKS] += 1
                n_chunks = _keep(chunk, chunk_size, chunk_keys, chunk_ends, n_chunks, most)
                chunk, chunk_size = _SEED, 0
            spaced_words += piece > 0
            long_word |= piece > LONG_WORD
            piece = 0
            raw = 0
            if p == stop:
                break
            chars += 1
            p += wide
            end_kind = kind
            if kind & SPACE:
                continue
            # A character of a script without spaces.
            end, last_code, last_kind = p, code, kind
            body, gap = p, False
            key, size = (_SEED ^ np.uint64(code)) * _PRIME, (kind >> LENGTH & 3) + 1
            letters += kind >> 1 & 1
            unspaced += 1
            stopless += kind & STOPLESS != 0
            breaks += ended
            ended = False
            sentence = 1
            dots = 0
            stop_hits += _note_word(key, stop_keys, stop_ranks, state)
            n_tokens = _keep(key, np.int64(1), token_keys, token_ends, n_tokens, most)
            chunk_chars += size
            n_chunks = _keep(key, size, chunk_keys, chunk_ends, n_chunks, most)
            continue

        # A mark. What it is of itself:
        if code == 0x5B:
            size = _reference(data, p, stop)
            if size:
                gap |= max(body, reference) < p
                reference = p + size
        size = 1
        if code == 0x2E or code == 0x2D:
            while p + size < stop and data[p + size] == code:
                size += 1
            wide = size
        dots = size if code == 0x2E else 0
        hashes += code == 0x23
        ellipses += dots // 3 + (code == 0x2026)
        brackets += code == 0x7B or code == 0x7D
        open_brackets += code == 0x7B
        if kind & END:
            raw_sentences += sentence
            sentence = 0
        # As part of chunk and raw word:
        if not kind & ASCII_MARK:
            chunk = (chunk ^ np.uint64(kind >> LOWERED)) * _PRIME
            chunk_size += (kind >> LENGTH & 3) + 1
        if code == 0x5F:
            sentence = 1
            raw_words += raw != 1
            raw = 1
        else:
            raw_words += raw != 2
            raw = 2
        # As part of a token, or one of its own:
        if joined:
            token = (token ^ np.uint64(code)) * _PRIME
            token_size += 1
        else:
            key = (_SEED ^ np.uint64(code)) * _PRIME + np.uint64(size)
            tokens += 1
            ended |= kind & END != 0 and size == 1
            n_tokens = _keep(key, size, token_keys, token_ends, n_tokens, most)
        chars += size
        piece += size
        p += wide
        end, last_code, last_kind, end_kind = p, code, kind, kind
        if p > reference:
            body, gap = p, False

    state[_SENTENCE] = sentence
    out[_CHARS] += chars + feed
    out[_LETTERS] += letters
    out[_CASED] += cased
    out[_UNSPACED] += unspaced
    out[_STOPLESS] += stopless
    out[_FEEDS] += feed
    out[_HASHES] += hashes
    out[_ELLIPSES] += ellipses
    out[_BRACKETS] += brackets
    out[_OPEN_BRACKETS] += open_brackets
    out[_LOREM] += lorem
    out[_KEPT_TOKENS] = n_tokens
    out[_TOKENS] += tokens
    out[_WORDS] += words
    out[_WORD_CHARS] += word_chars
    out[_ALPHA_WORDS] += alpha_words
    out[_STOP_HITS] += stop_hits
    out[_KEPT_CHUNKS] = n_chunks
    out[_CHUNKS] += chunks
    out[_CHUNK_CHARS] += chunk_chars
    out[_RAW_WORDS] += raw_words
    out[_RAW_ALPHA] += raw_alpha
    out[_RAW_CAPITALS] += raw_capitals
    out[_RAW_SENTENCES] += raw_sentences

    halves = (unspaced + 1) // 2
    out[_LINES] += 1
    out[_BULLETS] += first_code == 0x2022 or first_code == 0x2D
    out[_MARKED] += first_kind & BULLET != 0
    out[_ELLIPSIS_LINES] += dots >= 3 or last_code == 0x2026
    out[_STOPPED] += last_kind & END != 0 or last_code == 0x201D
    if chars + feed:
        out[_UPPER_SHARES] += uppers / (chars + feed)
    if chunks + unspaced:
        out[_NUMBER_SHARES] += numbers / (chunk_chars + max(chunks + (unspaced > 0) - 1, 0))
    out[_LINE_CHUNKS] += chunks + halves
    closed = not gap and _closed(data, table, start, body)
    line_words = spaced_words + halves
    out[_LINE_WORDS] += line_words
    few = line_words < FEW_WORDS
    if (line_words >= PROSE_WORDS and (closed or stop_hits >= 2)) or (
        line_words >= LONG_LINE and (breaks or stop_hits or not state[_LISTED])
    ):
        out[_PROSE_WORDS] += line_words
    out[_LONG_WORD_LINES] += long_word
    out[_OPEN_LINES] += not closed
    out[_FEW_WORD_LINES] += few
    out[_SCRIPT_LINES] += script
    out[_POLICY_LINES] += policy
    if not (long_word or few or script or policy):
        out[_ALL_SENTENCES] += breaks + 1
        if closed:
            out[_SENTENCES] += breaks + 1
            out[_KEPT_LINES] += 1
    return chars, unspaced, end_kind, end > start


@njit(cache=True, nogil=True)
def _keep(key, size, keys, ends, n, most):
    """Put a token behind `n` others, if there is room; gives how many there are now."""
    if n == most:
        return n
    keys[n] = key
    ends[n + 1] = ends[n] + size
    return n + 1


@njit(cache=True, nogil=True)
def _note_word(key, stop_keys, stop_ranks, state):
    """Whether a token is a function word; the first eight are noted by rank."""
    s = np.int64(key >> np.uint64(32)) & 255
    while stop_ranks[s]:
        if stop_keys[s] == key:
            state[_SEEN] |= 1 << stop_ranks[s]
            return 1
        s = s + 1 & 255
    return 0


@njit(cache=True, nogil=True)
def count(data, offsets, table, languages, stop_keys, stop_ranks, out):
    """Fill `out` (pages, COUNTS), which holds zeros.

    `data` and `offsets` are the buffers of an Arrow column of large strings, `table` is that of the characters.
    `languages` has for each page the row of its function words: `stop_keys` holds the keys of the words, each in the
    first free place of 256 from the one that bits 32 to 39 of the key name, `stop_ranks` the rank of each word from 1
    on, 0 where there is no word; the last row, of all languages without such words, holds none.
    """
    longest = np.int64(0)
    for page in range(len(offsets) - 1):
        longest = max(longest, offsets[page + 1] - offsets[page])
    room = min(longest, MOST) + 1
    slots_size = 16
    while slots_size < 2 * room:
        slots_size *= 2
    slots = np.empty(slots_size, np.int32)
    token_keys, chunk_keys, keys = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    token_ends, chunk_ends = np.zeros(room + 1, np.int64), np.zeros(room + 1, np.int64)
    row_keys, block_keys = np.empty(room, np.uint64), np.empty(room, np.uint64)
    row_ends, block_ends = np.zeros(room + 1, np.int64), np.zeros(room + 1, np.int64)
    blank = np.empty(room, np.bool_)
    ids, sizes, firsts = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    places, numbers = np.empty(room, np.int32), np.empty(room, np.int32)
    state = np.zeros(3, np.int64)
    # Literals would be types of their own, for which numba compiles all anew.
    no, yes = np.int64(0), np.int64(1)
    for page in range(len(offsets) - 1):
        row = out[page]
        state[:] = 0
        state[_LISTED] = languages[page] < len(stop_keys) - 1
        words, ranks = stop_keys[languages[page]], stop_ranks[languages[page]]
        rows = blocks = block_size = np.int64(0)
        block = _SEED
        start, stop = offsets[page], offsets[page + 1]
        while start < stop:
            end = start
            while end < stop and data[end] != 0x0A:
                end += 1
            chars, unspaced, last, filled = _line(
                data, table, start, end, np.int64(end < stop), words, ranks, token_keys, token_ends, chunk_keys, chunk_ends, state, row
            )  # fmt: skip
            if chars:
                row[_ROWS] += 1
                if filled:
                    row[_FILLED] += 1
                    row[_ENDED] += last & END != 0
                    row[_SHORT] += chars + unspaced <= SHORT_LINE
                key = _bytes_key(data, start, end)
                if rows < room - 1:
                    blank[rows] = not filled
                rows = _keep(key, chars, row_keys, row_ends, rows, room - 1)
                block_size += chars + (block_size > 0)
                block = (block ^ key) * _GOLD
            if block_size and (not chars or end + 1 >= stop):
                row[_BLOCKS] += 1
                blocks = _keep(block, block_size, block_keys, block_ends, blocks, room - 1)
                block, block_size = _SEED, 0
            start = end + 1
        row[_RAW_SENTENCES] += state[_SENTENCE]
        for rank in range(1, 9):
            row[_STOP_WORDS] += state[_SEEN] >> rank & 1

        _number(row_keys, rows, slots, ids, sizes, firsts)
        for i in range(rows):
            if firsts[ids[i]] != i:
                size = row_ends[i + 1] - row_ends[i]
                row[_TWIN_ROWS] += 1
                row[_TWIN_ROW_CHARS] += size
                if not blank[i]:
                    row[_TWIN_FILLED_CHARS] += size
        _number(block_keys, blocks, slots, ids, sizes, firsts)
        for i in range(blocks):
            if firsts[ids[i]] != i:
                row[_TWIN_BLOCKS] += 1
                row[_TWIN_BLOCK_CHARS] += block_ends[i + 1] - block_ends[i]

        spaced = np.int64(row[_UNSPACED] == 0 or 2 * row[_UNSPACED] < row[_LETTERS])
        step = 2 - spaced
        n = np.int64(row[_KEPT_TOKENS])
        _number(token_keys, n, slots, ids, sizes, firsts)
        _repetition(
            n, step, spaced, yes, token_ends, keys, slots, ids, sizes, firsts, places, numbers, row[_TOP : _TOP + 9]
        )  # fmt: skip
        n = np.int64(row[_KEPT_CHUNKS])
        different = _number(chunk_keys, n, slots, ids, sizes, firsts)
        row[_DIFFERENT] = different
        row[_KEPT_CHUNK_CHARS] = chunk_ends[n]
        total = 0.0
        for i in range(different):
            if sizes[i] > 1:
                total += sizes[i] * np.log(sizes[i])
        if n:
            row[_ENTROPY] = np.log(n) - total / n
        _repetition(
            n, step, no, no, chunk_ends, keys, slots, ids, sizes, firsts, places, numbers, row[_CHUNK_TOP : _CHUNK_TOP + 9]
        )  # fmt: skip
