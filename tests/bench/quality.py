"""The quality table: what comes out of the pipeline on the shared benchmarks, beside the best of the other tools.

    python -m tests.bench.quality [--only NAME ...] [--json FILE] [--list]

Runs the command over each set of pages through the scorer of the shared folder (SCUTCH_SHARED, or ../shared), and asks
the decoder, the language step and the clean and describe stages in this process.

The learned models were trained on these very pages. `by site` is the figure on sites that a model had not seen: its
training script writes it to pipeline/models/ (see tests/bench/train/forest.py). Where there is one, it decides whether
the aim is reached. A star marks a figure on pages that models were trained on, with no figure by site beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import config
from pipeline.engine.executor import calm
from pipeline.engine.identity import site_of
from pipeline.engine.pages import Costs, clean_pages, repair_pages
from pipeline.models.forest import FOLDER as MODELS
from pipeline.step import Page
from tests.bench import decode, language
from tests.bench.shared import ROOT, SHARED, TEXT_DEV, read_jsonl

BENCH = SHARED / "bench"

Figures = dict[str, float]


class Measure(NamedTuple):
    """A row of the table. `peer` is the best figure of another tool in peers.md; no aim means for information."""

    name: str
    what: str
    peer: str
    aim: float | None
    at_most: bool = False
    learned: bool = True
    """Whether a model that was trained on these pages has a part in it."""


MEASURES = (
    Measure("text.scrapinghub.f1", "text, scrapinghub: F1", ".898 quick model, unseen sites; .982 trafilatura, HTML", 0.95),
    Measure("text.trafilatura.f1", "text, trafilatura pages: segment F1", ".914 two-pass model; .924 trafilatura, HTML", 0.935),
    Measure("text.wcxb.f1", "text, WCXB: F1", ".86 quick model; .837 trafilatura, HTML", 0.90),
    Measure("text.trafilatura.title", "text, trafilatura pages: title", ".711 echo of the first line", 0.88),
    Measure("text.wcxb.title", "text, WCXB: title", ".712 before the separator", 0.80),
    Measure("text.trafilatura.author_recall", "text, trafilatura pages: author recall", ".311 “By X”; .637 trafilatura, HTML", 0.70),
    Measure("text.trafilatura.author_precision", "– precision", ".71; .63", 0.80),
    Measure("text.wcxb.author_recall", "text, WCXB: author recall", ".292 “By X”; .692 trafilatura, HTML", 0.70),
    Measure("text.wcxb.author_precision", "– precision", ".63; .68", 0.80),
    Measure("text.trafilatura.published", "text, trafilatura pages: date", ".796 first date; .881 htmldate, HTML", 0.87),
    Measure("text.wcxb.published", "text, WCXB: date", ".668 first date; .820 htmldate, HTML", 0.72),
    Measure("html.scrapinghub.f1", "HTML, scrapinghub: F1", ".970 rs-trafilatura, as published", 0.975),
    Measure("html.trafilatura.f1", "HTML, trafilatura pages: segment F1", ".926 trafilatura", 0.94),
    Measure("html.wcxb.f1", "HTML, WCXB: F1", ".837 trafilatura", 0.90),
    Measure("html.trafilatura.title", "HTML, trafilatura pages: title", ".599 trafilatura", 0.60),
    Measure("html.wcxb.title", "HTML, WCXB: title", ".531 trafilatura", 0.54),
    Measure("html.trafilatura.author_recall", "HTML, trafilatura pages: author recall", ".637 trafilatura", 0.64),
    Measure("html.trafilatura.author_precision", "– precision", ".63", 0.64),
    Measure("html.wcxb.author_recall", "HTML, WCXB: author recall", ".692 trafilatura", 0.70),
    Measure("html.wcxb.author_precision", "– precision", ".68", 0.69),
    Measure("html.trafilatura.published", "HTML, trafilatura pages: date", ".881 htmldate", 0.89),
    Measure("html.wcxb.published", "HTML, WCXB: date", ".820 htmldate", 0.83),
    Measure("cases.spam_left", "cases and seeds: spam lines left", "7 % one rule", 0.01, at_most=True),
    Measure("cases.content_lost", "– content lines lost", "0", 0.003, at_most=True),
    Measure("cases.boilerplate_left", "– boilerplate lines left", "–", None, at_most=True),
    Measure("cases.clean_rejected", "– clean pages rejected", "–", 0.0, at_most=True),
    Measure("cases.spam_rejected", "– spam pages rejected", "–", 1.0),
    Measure("cases.repaired", "– damaged pages exact", "–", 0.90),
    Measure("cases.f1", "– text F1", "–", None),
    Measure("cases.title", "– title", "–", None),
    Measure("cases.authors", "– authors", "–", None),
    Measure("cases.published", "– date", "–", None),
    Measure("cases.language", "– language", "–", None),
    Measure("language.short", "language: lines of 20–40 characters", ".970 py3langid; .950 langdetect", 0.98),
    Measure("language.sent", "– sentences", ".998 py3langid; .991 langdetect", 0.998),
    Measure("language.para", "– paragraphs", "1.000 py3langid; .989 langdetect", 1.0),
    Measure("language.unknown", "– unsupported called unknown", ".90 cld3", 0.95),
    Measure("language.known", "– paragraphs kept", ".98 cld3", 0.95),
    Measure("decode.legacy", "bytes: 30 legacy encodings, exact", ".972 chardet 7", 0.985, learned=False),
    Measure("decode.utf8", "– clean UTF-8", "1.000", 1.0, learned=False),
    Measure("speed.models", "pages per CPU second: lines, metadata, language", "36 trafilatura, HTML", 300.0, learned=False),
    Measure("speed.pages", "pages per CPU second: all of clean and describe", "36 trafilatura, HTML", None, learned=False),
)  # fmt: skip


def run_scorer(gold: Path, *, source: str | None = None, whole: bool = False) -> dict[str, Any]:
    """The scorer's report on one set of pages; `whole` runs every stage, else duplicates and verdicts are left out."""
    command = f"{sys.executable} -m pipeline.cli run --plain --input {{input}} --output {{output}}"
    if not whole:
        command += " --set dedup.enabled=false --set judge.enabled=false"
    with tempfile.TemporaryDirectory(prefix="scutch-quality-") as folder:
        out = Path(folder) / "report.json"
        asked = [sys.executable, str(BENCH / "score.py"), str(gold), "--command", command, "--json", str(out)]
        done = subprocess.run(
            asked + (["--source", source] if source else []), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))[gold.name]
    if report["quarantined"] or report["accounting_errors"]:
        print(f"{gold.name}: {report['quarantined']} of {report['pages']} pages in quarantine", file=sys.stderr)
    return report


def main_text(kind: str, source: str) -> Figures:
    """Main text and metadata of the pages of one source, as plain text or as HTML."""
    told = run_scorer(BENCH / ("text_dev.jsonl.zst" if kind == "text" else "html_dev.jsonl"), source=source)
    named = {
        "f1": "segment_f1" if source == "trafilatura" else "text_f1",
        "title": "title_exact",
        "author_recall": "author_recall",
        "author_precision": "author_precision",
        "published": "published_exact",
    }
    return {f"{kind}.{source}.{name}": told[key] for name, key in named.items() if key in told}


def cases() -> Figures:
    """The seeds and the hand-made pages, counted together."""
    told = [
        run_scorer(path, whole=True)
        for path in (SHARED / "seeds" / "gold.jsonl", SHARED / "cases" / "cases.jsonl")
        if path.exists()
    ]

    def share(part: str, of: str) -> float:
        return sum(t.get(part, 0) for t in told) / max(1, sum(t.get(of, 0) for t in told))

    def by_page(key: str) -> float:
        return sum(t.get(key, 0) * t["pages"] for t in told) / max(1, sum(t["pages"] for t in told if key in t))

    return {
        "cases.spam_left": share("spam_lines_left", "spam_lines"),
        "cases.content_lost": share("content_lines_lost", "content_lines"),
        "cases.boilerplate_left": share("boilerplate_lines_left", "boilerplate_lines"),
        "cases.clean_rejected": share("clean_pages_rejected", "clean_pages"),
        "cases.spam_rejected": share("spam_pages_rejected", "spam_pages"),
        "cases.repaired": share("damaged_pages_exact", "damaged_pages_repairable"),
        "cases.f1": by_page("text_f1"),
        "cases.title": by_page("title_exact"),
        "cases.authors": by_page("authors_exact"),
        "cases.published": by_page("published_exact"),
        "cases.language": by_page("language_exact"),
    }


def languages() -> Figures:
    """The language table; lines, sentences and paragraphs are those of the Universal Declaration."""
    told = language.measure(language.ours(), read_jsonl(BENCH / "language_dev.jsonl"))
    udhr = {f"language.{length}": told.accuracy["udhr", length] for length in ("short", "sent", "para")}
    return {**udhr, "language.known": told.known, "language.unknown": told.refused}


def decoded() -> Figures:
    """Byte strings that come out exactly right."""
    settings = config.load().decode
    groups = {"legacy": "decode.legacy", "UTF-8 clean": "decode.utf8"}
    right: dict[str, list[bool]] = {name: [] for name in groups.values()}
    for row in read_jsonl(BENCH / "bytes_dev.jsonl"):
        name = groups.get(decode.group(row["kind"]))
        if name:
            right[name].append(decode.decoded(row, settings)[0] == row["text"])
    return {name: sum(hits) / max(1, len(hits)) for name, hits in right.items()}


def speed(each: bool = False) -> Figures:
    """CPU time of the clean and the describe stage on text_dev, pages already mended; loading models is not counted."""
    settings = config.load()
    clean, describe, costs = settings.steps("clean"), settings.steps("describe"), Costs()
    rows = read_jsonl(TEXT_DEV)
    mended = repair_pages(settings.steps("repair"), [row["raw_text"] for row in rows], Costs())

    def work(which: slice) -> None:
        chosen = zip(rows[which], mended[which], strict=True)
        pages = [Page(text, url=row["url"], site=site_of(row["url"]), source=row["id"]) for row, (text, _) in chosen]
        for page, (text, _) in zip(pages, clean_pages(clean, pages, costs), strict=True):
            page.cleaned = text
        since = time.thread_time()
        for step in describe:
            for page, columns in zip(pages, step.described(pages), strict=True):
                page.columns.update(columns)
            since = costs.add(step.name, since)

    # As a worker goes about it: some megabytes of text at a time, looking for cyclic garbage seldom.
    calm()
    work(slice(0, 100))
    costs.clear()
    since = time.process_time()
    for start in range(0, len(rows), 250):
        work(slice(start, start + 250))
    spent = time.process_time() - since
    if each:
        for name, seconds in sorted(costs.items(), key=lambda item: -item[1]):
            print(f"  {1000 * seconds / len(rows):8.3f} ms a page  {name}")
    # The header is found once a page, by the first step that asks for it.
    models = sum(costs[name] for name in ("clean.main_text", "clean.title", "clean.byline", "clean.dateline"))
    models += sum(costs[step.name] for step in describe)
    return {"speed.models": len(rows) / models, "speed.pages": len(rows) / spent}


def by_site(folder: Path = MODELS) -> dict[str, tuple[float, float]]:
    """Mean and spread over folds by site per measure, as the training scripts wrote them."""
    rows = [row for path in sorted(folder.glob("*.json")) for row in json.loads(path.read_text(encoding="utf-8"))]
    return {row["measure"]: (row["mean"], row["spread"]) for row in rows}


def jobs() -> dict[str, Callable[[], Figures]]:
    """What can be measured by itself: a name is the first part, or the first two, of those of its measures."""
    texts = {
        f"{kind}.{source}": lambda kind=kind, source=source: main_text(kind, source)
        for kind in ("text", "html")
        for source in ("scrapinghub", "trafilatura", "wcxb")
    }
    return {**texts, "cases": cases, "language": languages, "decode": decoded, "speed": speed}


def table(ours: Mapping[str, float], unseen: Mapping[str, tuple[float, float]], has_models: bool) -> str:
    """The table in Markdown, of the measures that were taken."""
    out = [
        "| measure | best of the others | to reach | ours | by site | reached |",
        "|---|---|---|---|---|---|",
    ]
    for m in MEASURES:
        if m.name not in ours:
            continue
        digits = 0 if m.name.startswith("speed") else 4
        seen = has_models and m.learned and m.name not in unseen
        value, spread = unseen.get(m.name, (ours[m.name], None))
        reached = "" if m.aim is None else "yes" if (value <= m.aim if m.at_most else value >= m.aim) else "NO"
        aim = "" if m.aim is None else f"{'≤' if m.at_most else '≥'} {m.aim:g}"
        cell = f"{value:.{digits}f} ± {spread:.3f}" if spread is not None else ""
        out.append(f"| {m.what} | {m.peer} | {aim} | {ours[m.name]:.{digits}f}{'*' * seen} | {cell} | {reached} |")
    return "\n".join(out)


def main() -> None:
    known = jobs()
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help=f"of {', '.join(known)}; text or html for all three"
    )
    ap.add_argument("--json", type=Path, help="write the figures here too")
    ap.add_argument("--list", action="store_true", help="print the names of the measures and stop")
    ap.add_argument("--costs", action="store_true", help="with speed: the cost of every step")
    args = ap.parse_args()
    if args.list:
        print("\n".join(f"{m.name:34} {m.what}" for m in MEASURES))
        return
    for name in args.only:
        if name not in known and not any(job.startswith(f"{name}.") for job in known):
            ap.error(f"{name}: one of {', '.join(known)}")
    if not BENCH.exists():
        raise SystemExit(f"{BENCH} is not there; set SCUTCH_SHARED")
    ours: Figures = {}
    for name, job in known.items():
        if not args.only or name in args.only or name.partition(".")[0] in args.only:
            since = time.monotonic()
            ours |= speed(each=args.costs) if name == "speed" else job()
            print(f"{name}: {time.monotonic() - since:.0f} s", file=sys.stderr)
    unseen = by_site()
    print(table(ours, unseen, has_models=any(MODELS.glob("*.npz"))))
    if args.json:
        digest = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(MODELS.glob("*.npz")))).hexdigest()[:16]
        told = {
            "models": digest,
            "ours": ours,
            "by_site": {k: {"mean": a, "spread": b} for k, (a, b) in unseen.items()},
        }
        args.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
