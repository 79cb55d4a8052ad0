"""What the card and the Croissant metadata say in words: licence, personal data, limits, removal. No number that was not
counted, no date that the release does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.release.about.facts import Facts
from pipeline.release.layout import UNKNOWN
from pipeline.step import STAGES

Told = Mapping[str, Any]
"""release.json."""


def license_line(told: Told) -> str:
    """What may be done with the collection, and what with its pages."""
    named = told["license"]
    of_all = f"The collection is under {named}." if named else "The publisher has named no licence for the collection."
    return f"{of_all} The rights in each page stay with its owner."


def summary(told: Told, facts: Facts) -> str:
    """The release in two sentences."""
    total, known = facts.total, len(facts.languages.keys() - {UNKNOWN})
    return (
        f"{count(total.pages, 'web page')} in {count(known, 'language')}: {total.words:,} words, {total.chars:,} "
        f"characters of main text, with title, authors, dates, language and measures of quality. Made by Scutch "
        f"{told['scutch']} from {count(len(told['input']['files']), 'file')} of raw web text."
    )


def count(n: int, what: str) -> str:
    """A number of things, in the plural where it is one."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def share(part: int, whole: int) -> str:
    """A part in percent; of what is neither nothing nor all never 0 % nor 100 %."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < part < whole:
        percent = min(max(percent, 0.1), 99.9)
    return f"{percent:.1f} %" if part not in (0, whole) else f"{percent:.0f} %"


_STAGES = {
    "extract": "main text is taken from HTML",
    "repair": "damage is mended: wrong encodings, entities, lost spaces and letters",
    "privacy": "personal data is looked for",
    "clean": "spam, boilerplate and what has a column of its own is taken out, also by what the pages of a site share",
    "describe": "title, authors, dates, language, licence and more are read off the page",
    "judge": "pages are measured; those that break a rule are rejected",
    "dedup": "of pages that are alike one stays",
}


def stages(told: Told) -> list[str]:
    """What is done to a page, in order."""
    return [
        "records are read and decoded",
        *(about for name, about in _STAGES.items() if told["config"][name]["enabled"]),
    ]


VERIFIED = (
    "The second also checks schema, contract and accounts, and with `--input` makes some pages again from their sources and "
    "compares them byte for byte."
)


def steps(told: Told) -> list[str]:
    """What was done to the pages, stage by stage, with the steps and their versions."""
    by_stage = {stage: [n for n in told["steps"] if n.startswith(f"{stage}.")] for stage in STAGES}
    return [
        f"{stage}: " + ", ".join(f"{name.removeprefix(f'{stage}.')} (version {told['steps'][name]})" for name in names)
        for stage, names in by_stage.items()
        if names
    ]


_KINDS = {
    "email": "e-mail addresses",
    "ip": "public IP addresses",
    "phone": "telephone numbers",
    "iban": "IBANs",
    "card": "card numbers",
}


def personal_data(told: Told, facts: Facts) -> str:
    """What was done about personal data, kind by kind, and how much was found."""
    settings = told["config"]["privacy"]
    if not settings["enabled"]:
        return (
            "Personal data was not looked for: e-mail addresses, telephone numbers and the like stand in the texts as they "
            "stood on the pages, and so do the names of people."
        )
    done = {
        "mask": "replaced by a placeholder",
        "drop": "taken out",
        "keep": "counted and left as they are",
    }
    ways = [
        f"{', '.join(_KINDS[kind] for kind, policy in settings['kinds'].items() if policy == way)} are {text}"
        for way, text in done.items()
        if way in settings["kinds"].values()
    ]
    desks = {"keep": "those of desks and companies stay", "mask": "those of desks and companies too"}
    values, pages = facts.personal or (0, 0)
    return (
        f"Personal data was looked for in every text: {'; '.join(ways)}; {desks[settings['organisations']]}. "
        f"{count(values, 'value')} found on {count(pages, 'page')} of this release. What has no fixed form is not found: "
        "names of people, postal addresses, what a text tells of a life."
    )


def removal(told: Told) -> str:
    """How to have a page removed."""
    whom = told["contact"] or "whoever published this copy of the dataset: no address for requests was named"
    requests = told["removal_requests"]
    return (
        f"To have a page or a site removed, write to {whom}. Name the address of the page, its `id` or the site. Every later "
        "release leaves out what was asked away; a finished release is not changed, but can be withdrawn. "
        f"This one honours {count(requests['standing'], 'request')} (`removals.jsonl` holds them, hashed) and leaves out "
        f"{count(requests['pages'], 'page')} for them."
    )


def limits(told: Told, facts: Facts) -> list[str]:
    """What this dataset cannot do, as far as we know."""
    config, total = told["config"], facts.total.pages
    unknown = facts.languages[UNKNOWN].pages if UNKNOWN in facts.languages else 0
    near = config["dedup"]["near"]
    alike = (
        f"Pages that have less than {100 * near['threshold']:g} % of their word sequences in common both stay."
        if config["dedup"]["enabled"] and near["enabled"]
        else "Near duplicates were not looked for."
    )
    return [
        "Nobody has read these pages. They say what the web says, with its errors, its advertising and its prejudices, and "
        "more of some countries, times and topics than of others.",
        f"Languages are found by detectors. One that they do not know comes out as `{UNKNOWN}` ({count(unknown, 'page')} "
        "here) or, now and then, as a relative; short texts are the least sure.",
        "Spam and machine-made text that reads like an article is not told from one.",
        "Rules and a learned model decide which lines are main text. On sites that neither has seen some boilerplate stays "
        "and some text is lost; the README of Scutch says how much on pages that people have labelled.",
        f"Titles, authors and dates are what the pages print: {share(facts.filled.get('title', 0), total)} of the pages have "
        f"a title, {share(facts.filled.get('authors', 0), total)} authors, {share(facts.filled.get('published', 0), total)} "
        "a day of publication. Some are wrong.",
        f"{alike} A text that was translated or rewritten is no duplicate.",
        "Signals are null where they mean nothing in a language, so a threshold on one weighs languages differently.",
        "Licences are told only where a page states a Creative Commons licence, opt-outs only where HTML, HTTP headers or "
        "the source say so; robots.txt was not asked.",
    ]


def about(part: pa.Field) -> str:
    """The description that a field of a Parquet file carries, "" if none."""
    return bytes((part.metadata or {}).get(b"description", b"")).decode()
