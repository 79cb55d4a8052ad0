"""The card of a release: README.md, with the YAML that the Hugging Face Hub and `datasets` read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pipeline import step
from pipeline.release.about import words
from pipeline.release.about.croissant import TABLES, schema_of
from pipeline.release.about.facts import Facts
from pipeline.release.about.hub import front_matter
from pipeline.release.about.markdown import beginning, code, folded, plain, table
from pipeline.release.about.words import Told, count, share
from pipeline.release.layout import (
    CHANGES_TEXT,
    CROISSANT,
    DATA,
    JSONL,
    PICTURES,
    RECIPE,
    SAMPLE,
    SCHEMA,
    SUMS,
    UNKNOWN,
    Release,
)


def card(release: Release, facts: Facts, changes: str) -> str:
    """README.md of a release: `facts` are what was counted of it, `changes` is the text of CHANGES.md, of which the card
    shows the beginning. Every number is one of `facts` or of `release.told`."""
    told = release.told
    sections = [
        ("", [f"# {told['name']}, release {release.version}", words.summary(told, facts), _lead(told)]),
        ("Numbers", _numbers(release, facts)),
        ("Load it", _load(release, facts)),
        ("How it was made", _made(told)),
        ("What is not in it", _left_out(release, facts)),
        ("What was taken out of the pages", _taken_out(release, facts)),
        ("Signals", _signals(release, facts)),
        (
            "Changes",
            [
                beginning(changes, most=30),
                f"The whole of it: [{CHANGES_TEXT}]({CHANGES_TEXT}).",
            ],
        ),
        ("Columns", _columns(release)),
        ("Personal data", [words.personal_data(told, facts)]),
        ("Rights", _rights(told, facts)),
        ("Limits", ["\n".join(f"- {limit}" for limit in words.limits(told, facts))]),
        ("Removal", [words.removal(told)]),
        ("Verify", [f"```\nsha256sum --check --quiet {SUMS}\nscutch verify .\n```", words.VERIFIED]),
    ]
    text = "\n\n".join(
        part
        for title, parts in sections
        for part in ([f"## {title}"] if title else []) + [part for part in parts if part]
    )
    return f"---\n{front_matter(release, facts)}---\n\n{text}\n"


def _lead(told: Told) -> str:
    before = told["previous"]
    after = f"It follows release {before}. " if before else "It is the first release. "
    return (
        f"{after}Every page names its source, and every record of the input is accounted for: {told['records']['in']:,} in, "
        f"{told['records']['kept']:,} kept, {told['records']['rejected']:,} rejected, "
        f"{told['records']['quarantined']:,} quarantined: `records.parquet` says which, and why. "
        f"{words.license_line(told)}"
    )


def _numbers(release: Release, facts: Facts) -> list[str]:
    total = facts.total
    languages = [
        (name, f"{n.pages:,}", share(n.pages, total.pages), f"{n.words:,}", f"{n.chars:,}")
        for name, n in facts.languages.items()
    ]
    undated = total.pages - sum(facts.years.values())
    clusters, others, largest = facts.clusters
    kinds = ", ".join(f"{n:,} from {kind}" for kind, n in facts.kinds.items())
    filled = ", ".join(f"{name} {share(n, total.pages)}" for name, n in facts.filled.items())
    parts = [
        table(("language", "pages", "share", "words", "characters"), languages, "lrrrr"),
        _picture(release, "languages.svg", "Pages per language"),
        _picture(release, "years.svg", "Pages per year of publication"),
        f"{count(undated, 'page')} without a day of publication." if undated else "",
        f"Pages: {kinds}; {count(facts.n_sites, 'site')}, {count(facts.n_sources, 'source file')} with a page in the release. "
        f"Clusters of duplicates: {clusters:,}, with {count(others, 'page')} beside the one that stays"
        + (f", the largest of {largest:,}." if largest else "."),
        f"Pages with: {filled}." if total.pages else "",
    ]
    for what, leaders in (("site", facts.sites), ("source", facts.sources)):
        if leaders:
            rows = [(code(name), f"{n:,}", share(n, total.pages)) for name, n in leaders.items()]
            parts.append(folded(f"The {what}s with the most pages", table((what, "pages", "share"), rows, "lrr")))
    return parts


def _load(release: Release, facts: Facts) -> list[str]:
    version = release.version
    language, few = next(iter(facts.languages), UNKNOWN), release.told["config"]["release"]["sample"]
    lines = [
        f'from datasets import load_dataset\n\npages = load_dataset("{version}", split="train")\n'
        f'pages = load_dataset("{version}", name="{language}", split="train")  # one language'
        + (f'\npages = load_dataset("{version}", name="{SAMPLE}", split="train")  # a few pages' if few else ""),
        f'import pandas as pd\n\npages = pd.read_parquet("{version}/{DATA}")',
        f'import polars as pl\n\npages = pl.read_parquet("{version}/{DATA}/*/*.parquet")',
        f"import duckdb\n\npages = duckdb.sql(\"select * from '{version}/{DATA}/*/*.parquet'\")",
        f'import mlcroissant as mlc\n\npages = mlc.Dataset("{version}/{CROISSANT}").records("pages")',
    ]
    return [
        f"`{version}` is the folder of this release: write its path there, or, with `datasets`, the name of its repository on "
        "the Hub.",
        *(f"```python\n{line}\n```" for line in lines),
    ]


def _made(told: Told) -> list[str]:
    formats: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for file in told["input"]["files"]:
        name = " ".join(filter(None, (file["format"], file["compression"])))
        formats[name] += 1
        sizes[name] += file["bytes"]
    rows = [(name, f"{n:,}", f"{sizes[name] / 1e3:,.1f}") for name, n in sorted(formats.items())]
    skipped = len(told["input"]["skipped"])
    earlier = sum(named["key"] == "dedup.earlier" for named in told["named"])
    return [
        "\n".join(f"- {stage}" for stage in words.stages(told)),
        table(("input", "files", "kB"), rows, "lrr"),
        f"{count(skipped, 'file')} not read, being no text." if skipped else "",
        f"{count(earlier, 'earlier dataset')} named to it: what stands there is not kept again." if earlier else "",
        f"Recipe: [{RECIPE}]({RECIPE}), fingerprint `{told['fingerprint']}`, Scutch {told['scutch']}; the versions of steps and "
        "libraries stand in `release.json`, with the digest of every input file. The same input, recipe and versions give the "
        f"same pages, byte for byte: `scutch run --config {RECIPE} --input ...`.",
    ]


def _left_out(release: Release, facts: Facts) -> list[str]:
    told, into = release.told, sum(facts.ends.values())
    rules = told["config"]["judge"]["rules"]
    near = 100 * told["config"]["dedup"]["near"]["threshold"]
    known = {
        "dedup.exact": "the same text as a page that stays, but for case, punctuation and white space",
        "dedup.near": f"at least {near:g} % of the word sequences in common with a page that stays",
        "release.removal_request": "somebody asked for it to be left out",
    }
    rows = []
    for reason, n in facts.reasons.items():
        rule = rules.get(reason.removeprefix("judge."), {}) if reason.startswith("judge.") else {}
        rows.append((code(reason), f"{n:,}", share(n, into), known.get(reason) or _limit(rule)))
    return [
        table(("rule", "records", "share", "for"), rows, "lrrl"),
        _picture(release, "removed.svg", "Records left out, by rule"),
    ]


def _limit(rule: dict[str, Any]) -> str:
    """A threshold in words; nothing for what is none, such as an error, whose name says it."""
    if not rule:
        return ""
    ends = [f"{word} {rule[end]:g}" for end, word in (("min", "below"), ("max", "above")) if rule[end] is not None]
    others = "; other limits in some languages" if rule["languages"] else ""
    return f"`{rule['signal']}` {' or '.join(ends)}{others}"


# What changes pages and is no step of the config, by stage.
_NO_STEPS = {
    "decode": "Replaces bytes that stand for no character of the page's encoding.",
    "privacy": "Hides personal data, see below.",
}


def _taken_out(release: Release, facts: Facts) -> list[str]:
    told, rows = release.told, []
    for name in [*sorted(facts.touched.keys() - told["steps"].keys()), *told["steps"]]:
        pieces, pages = told["rules"].get(name, 0), facts.touched.get(name, 0)
        stage, _, rule = name.partition(".")
        if pieces or pages:
            known = stage in step.STAGES and rule in step.names(stage)
            about = step.load(stage, rule).doc.split("\n")[0] if known else _NO_STEPS.get(stage, "")
            counts = (str(told["steps"].get(name, "")), f"{pages:,}", f"{pieces:,}" if pieces else "")
            rows.append((code(name), *counts, plain(about)))
    return [
        "Of all records that could be read, kept or not.",
        table(("step", "version", "pages", "pieces", "what it does"), rows, "lrrrl"),
        _picture(release, "pieces.svg", "Pieces taken out of the pages, by what they were taken for"),
    ]


def _signals(release: Release, facts: Facts) -> list[str]:
    if not facts.signals:
        return ["No signals were measured."]
    rows = [
        (f"`{s.name}`", s.scale.title, f"{sum(s.counts):,}", *(f"{value:.3g}" for value in s.quantiles))
        for s in facts.signals
    ]
    return [
        f"Some of them, of {count(facts.sampled, 'page')} (those with the smallest ids, which are hashes). 5 %, 50 % and 95 % of "
        "the pages have at most the value in the last columns.",
        _picture(release, "signals.svg", "How some signals are spread"),
        table(("signal", "", "pages", "5 %", "50 %", "95 %"), rows, "llrrrr"),
    ]


def _columns(release: Release) -> list[str]:
    tables = schema_of(release)["tables"]
    parts = []
    for column in tables["pages"]["columns"]:
        null = "" if column["nullable"] else "never null; "
        parts.append((code(column["name"]), column["type"].replace("<", "&lt;"), null + plain(column["description"])))
    inner = [
        (code(field["name"]), plain(field["description"]))
        for column in tables["pages"]["columns"]
        if column["name"] == "signals"
        for field in column["fields"]
    ]
    others = [(code(tables[name]["files"]), TABLES[name].about) for name in tables]
    if (release.folder / JSONL).exists():
        others.append((code(f"{JSONL}/*/*.jsonl.zst"), "the same as in `data`, as JSON lines"))
    return [
        table(("column", "type", "what it is"), parts, "lll"),
        folded(f"The {count(len(inner), 'signal')}, all float64", table(("signal", "what it is"), inner, "ll"))
        if inner
        else "",
        f"The tables of the release, whose columns stand in [{SCHEMA}]({SCHEMA}):",
        table(("files", "a row is"), others, "ll"),
    ]


def _rights(told: Told, facts: Facts) -> list[str]:
    total = facts.total.pages
    rows = [(f"licence {code(name)}", f"{n:,}", share(n, total)) for name, n in facts.licences.items()]
    rows += [(f"withholds {code(name)}", f"{n:,}", share(n, total)) for name, n in facts.opt_outs.items()]
    rows += [(f"text and data mining {name}", f"{n:,}", share(n, total)) for name, n in facts.tdm.items()]
    rule = told["config"]["judge"]["rules"].get("opt_out", {})
    kept = "were left out" if rule.get("enabled") else "are in the release, with what they say in `opt_out`"
    return [
        f"{words.license_line(told)} {count(facts.license_urls, 'page')} name a licence (`license`, `license_url`), "
        f"{count(facts.opted_out, 'page')} withhold some use. Pages that reserve text and data mining {kept}.",
        table(("stated by the page", "pages", "share"), rows, "lrr") if rows else "",
    ]


def _picture(release: Release, name: str, about: str) -> str:
    """A picture, if it was drawn."""
    return f"![{about}]({PICTURES}/{name})" if (release.folder / PICTURES / name).exists() else ""
