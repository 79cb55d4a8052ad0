"""The tables that Scutch writes: every column with its type and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa


class Column(NamedTuple):
    name: str
    type: pa.DataType
    doc: str


IDENTITY = [
    Column("id", pa.string(), "hash of source and record: the same page has the same id in every release"),
    Column("source", pa.string(), "path of the file under the input root"),
    Column("record", pa.string(), "the row's id, the WARC-Record-ID, row:N; null for a file that is one page"),
    Column("offset", pa.int64(), "number of the row in its file, or byte offset of the WARC record"),
    Column("url", pa.string(), "address of the page, as the source gives it"),
    Column("site", pa.string(), "registrable domain of the address"),
    Column("kind", pa.string(), "what the source held: text or html"),
]

DOCUMENTS = [
    *IDENTITY,
    Column("title", pa.string(), "headline of the page"),
    Column("authors", pa.list_(pa.string()), "names of people, as printed"),
    Column("published", pa.date32(), "day of publication, as the page prints it"),
    Column("modified", pa.date32(), "day of the last change, as the page prints it"),
    Column("published_time", pa.string(), "ISO 8601, to the precision and with the offset that the page states"),
    Column("publisher", pa.string(), "who publishes the site"),
    Column("canonical_url", pa.string(), "the address that the page names as its own"),
    Column(
        "license",
        pa.string(),
        "SPDX id of the Creative Commons licence that the page states; null where it states none",
    ),
    Column("license_url", pa.string(), "address of the licence that the page names, of whatever kind it is"),
    Column(
        "opt_out",
        pa.list_(pa.string()),
        "uses that the page withholds, as stated: noai, noindex, tdm-reservation, ...; 'gptbot: noindex' for one robot",
    ),
    Column("opt_out_source", pa.list_(pa.string()), "where each of these stands: html, http, row, or several of them"),
    Column(
        "tdm_reservation",
        pa.bool_(),
        "TDM Reservation Protocol: true reserves text and data mining, false permits it; null where nothing is said",
    ),
    Column("tdm_policy", pa.string(), "address of the policy that goes with it"),
    Column("description", pa.string(), "the page's own summary"),
    Column("language", pa.string(), "ISO 639-1 where there is one, else 639-3; null where unknown"),
    Column("language_score", pa.float32(), "how sure the language is, 0 to 1"),
    Column(
        "languages",
        pa.list_(pa.struct([("language", pa.string()), ("share", pa.float32())])),
        "the languages of the paragraphs with their shares of the letters, largest first; language is null where unknown",
    ),
    Column("script", pa.string(), "ISO 15924 code of the main script"),
    Column("text", pa.string(), "the main text"),
    Column("n_chars", pa.int32(), "code points in text"),
    Column("n_words", pa.int32(), "words in text; two characters of a script without spaces count as one"),
    Column("n_tokens", pa.int32(), "tokens in text; null without the tokenizer of describe.steps.tokens"),
    Column("encoding", pa.string(), "what the bytes were; null where the source held text, not bytes"),
    Column("repairs", pa.list_(pa.string()), "the repair rules that changed the text"),
    Column("cluster", pa.string(), "id of the page that stands for its cluster of duplicates: this one"),
    Column("cluster_size", pa.int32(), "pages of this run in the cluster"),
    Column("content_sha256", pa.string(), "SHA-256 of text"),
    Column("raw_sha256", pa.string(), "SHA-256 of the page as it was in the source (UTF-8 where it was text)"),
]

REJECTED = [
    *IDENTITY,
    Column("stage", pa.string(), "the stage that rejected the page"),
    Column("rule", pa.string(), "the rule that did it"),
    Column("evidence", pa.string(), "what the rule saw"),
    Column("duplicate_of", pa.string(), "id of the page that was kept instead"),
    Column("similarity", pa.float32(), "share of word sequences (Jaccard) in common with the page kept instead"),
    Column("title", pa.string(), "headline of the page"),
    Column("language", pa.string(), "ISO 639-1 where there is one, else 639-3; null where unknown"),
    Column("text", pa.string(), "the text as it stood when it was rejected"),
    Column("encoding", pa.string(), "what the bytes were"),
    Column("raw_sha256", pa.string(), "SHA-256 of the page as it was in the source"),
]

RECORDS = [
    *IDENTITY,
    Column("end", pa.string(), "where the record ended: kept, rejected or quarantined"),
    Column("stage", pa.string(), "the stage that rejected or quarantined it"),
    Column("rule", pa.string(), "the rule that rejected it"),
    Column("evidence", pa.string(), "what the rule saw, or the error"),
    Column("duplicate_of", pa.string(), "id of the page that was kept instead"),
    Column("language", pa.string(), "ISO 639-1 where there is one, else 639-3; null where unknown"),
    Column("raw_sha256", pa.string(), "SHA-256 of the page as it was in the source; null where it could not be read"),
    Column("content_sha256", pa.string(), "SHA-256 of the cleaned text; null where there is none"),
    Column(
        "learnt", pa.uint64(), "digest of what the other pages of its site told about its lines; null where not asked"
    ),
    Column(
        "changes",
        pa.list_(pa.struct([("rule", pa.string()), ("digest", pa.uint64())])),
        "the rules that changed the page, as stage.rule, each with a digest of its rows of the ledger; by rule",
    ),
]

QUARANTINE = [
    Column("source", pa.string(), "path of the file under the input root"),
    Column("record", pa.string(), "the record that could not be worked on; null where it has no name"),
    Column("offset", pa.int64(), "where it stands in the file"),
    Column("stage", pa.string(), "the stage that could not go on"),
    Column("error", pa.string(), "why"),
    Column("raw", pa.binary(), "the bytes, at most 64 kB of them"),
]

LEDGER = [
    Column("id", pa.string(), "the page"),
    Column("seq", pa.int32(), "order of the changes within the page"),
    Column("round", pa.int16(), "changes of one round are spans of one text: the one before that round"),
    Column("stage", pa.string(), "decode, repair or clean"),
    Column("rule", pa.string(), "the rule that made the change"),
    Column("action", pa.string(), "remove, replace, or replace_all (every `before` became `after`)"),
    Column("start", pa.int32(), "first code point of the span"),
    Column("end", pa.int32(), "code point behind the span"),
    Column("before", pa.string(), "what stood there"),
    Column("after", pa.string(), "what stands there now"),
    Column("label", pa.string(), "what the rule took it for"),
    Column("score", pa.float32(), "how sure the rule was, 0 to 1"),
    Column("evidence", pa.string(), "what the rule saw"),
]


def arrow(columns: list[Column], *, signals: Mapping[str, str] | None = None) -> pa.Schema:
    """The Arrow schema of a table; `signals`, names with descriptions, adds the struct of float64 columns that `documents`
    carries."""
    fields = [pa.field(c.name, c.type, metadata={"description": c.doc}) for c in columns]
    if signals:
        struct = pa.struct(
            [pa.field(name, pa.float64(), metadata={"description": doc}) for name, doc in signals.items()]
        )
        at = next(i for i, c in enumerate(columns) if c.name == "cluster") if columns is DOCUMENTS else len(fields)
        fields.insert(at, pa.field("signals", struct, metadata={"description": "what the judge measured"}))
    return pa.schema(fields)
