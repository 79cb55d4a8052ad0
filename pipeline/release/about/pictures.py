"""The pictures of the card: small SVG files, the same bytes for the same numbers, legible on a light and a dark page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from pipeline.release.about.facts import Facts
from pipeline.release.about.tallies import Spread, largest_first
from pipeline.release.layout import PICTURES, Release

WIDTH = 720
_MOST = 40
"""Bars of a picture; what is more is summed up in the last one (of years the first)."""

# Each picture brings its own ground, so that it can be read where the page is dark and the browser is not.
_STYLE = (
    "<style>"
    ".ground{fill:#fff}text{fill:#24292f;font:12px system-ui,sans-serif}.small{fill:#57606a;font-size:10px}"
    ".head{font-weight:600}.bar{fill:#2a6f97}.axis{stroke:#8c959f}"
    "@media(prefers-color-scheme:dark){.ground{fill:#161b22}text{fill:#e6edf3}.small{fill:#9198a1}.bar{fill:#6cb6e0}}"
    "</style>"
)


def draw(release: Release, facts: Facts) -> None:
    """Write the pictures of a release into its folder. One without numbers is left out."""
    folder = release.folder / PICTURES
    folder.mkdir(exist_ok=True)
    labels = largest_first(release.told["labels"])
    for name, svg in _all(facts, labels).items():
        (folder / name).write_text(svg, encoding="utf-8")


def _all(facts: Facts, labels: Mapping[str, int]) -> dict[str, str]:
    pages = {name: amount.pages for name, amount in facts.languages.items() if amount.pages}
    pictures = {}
    if pages:
        pictures["languages.svg"] = bars("Pages per language", pages, "other languages")
    if facts.years:
        pictures["years.svg"] = columns("Pages per year of publication", facts.years)
    if facts.reasons:
        pictures["removed.svg"] = bars("Records that are not in the release, by rule", facts.reasons, "other rules")
    if labels:
        pictures["pieces.svg"] = bars("Pieces taken out of the pages, by what they were taken for", labels, "others")
    if facts.signals:
        pictures["signals.svg"] = grid(f"Signals of {facts.sampled:,} pages", facts.signals)
    return pictures


def bars(title: str, counts: Mapping[str, int], others: str) -> str:
    """Horizontal bars, one below the other, in the order given; what is beyond the most that fits is one bar, `others`."""
    rows = list(counts.items())
    if len(rows) > _MOST:
        rows = [*rows[: _MOST - 1], (others, sum(n for _, n in rows[_MOST - 1 :]))]
    left, right, step = 210, 90, 20
    scale = (WIDTH - left - right) / max(max(n for _, n in rows), 1)
    parts = []
    for k, (name, n) in enumerate(rows):
        y = 38 + k * step
        width = n * scale
        parts += [
            _text(left - 8, y + 12, _short(name), anchor="end"),
            _bar(left, y, width, step - 4),
            _text(left + width + 6, y + 12, f"{n:,}"),
        ]
    return _picture(title, 48 + len(rows) * step, rows, parts)


def columns(title: str, counts: Mapping[int, int]) -> str:
    """Upright bars over years, the empty ones between the first and the last too; many early ones are one bar."""
    first, last = min(counts), max(counts)
    early = last - _MOST + 1
    rows = [(str(year), counts.get(year, 0)) for year in range(max(first, early), last + 1)]
    if first < early:
        rows[0] = (f"≤{early}", sum(n for year, n in counts.items() if year <= early))
    left, base, height = 40, 200, 140
    step = min((WIDTH - 2 * left) / len(rows), 60)
    scale = height / max(n for _, n in rows)
    every = -(-len(rows) * 34 // (WIDTH - 2 * left))  # a label takes 34 pixels
    parts = [f'<path class="axis" d="M{left} {base}.5H{_n(left + step * len(rows))}"/>']
    for k, (name, n) in enumerate(rows):
        x = left + k * step
        parts.append(_bar(x + 1, base - n * scale, step - 2, n * scale))
        if k % every == 0:
            parts.append(_text(x + step / 2, base + 16, name, anchor="middle"))
        if n and step >= 34:
            parts.append(_text(x + step / 2, base - n * scale - 5, f"{n:,}", anchor="middle"))
    return _picture(title, 230, rows, parts)


def grid(title: str, spreads: Sequence[Spread]) -> str:
    """A small histogram per signal, four in a row; below it the range and the median."""
    across, width, height, step = 4, 156, 60, 116
    parts = []
    for k, spread in enumerate(spreads):
        x, y = 18 + k % across * (WIDTH - 18) / across, 42 + k // across * step
        scale = height / max(*spread.counts, 1)
        bin_ = width / len(spread.counts)
        parts.append(_text(x, y + 8, spread.scale.title))
        parts += [
            _bar(x + n * bin_, y + 18 + height - count * scale, max(bin_ - 1, 0.5), count * scale)
            for n, count in enumerate(spread.counts)
        ]
        parts.append(f'<path class="axis" d="M{_n(x)} {y + 18 + height}.5H{_n(x + width)}"/>')
        low, high = spread.edges[0], spread.edges[-1]
        parts += [
            _text(x, y + 90, f"{low:g}", small=True),
            _text(x + width / 2, y + 90, f"median {spread.quantiles[1]:.3g}", anchor="middle", small=True),
            _text(x + width, y + 90, f"{high:g}", anchor="end", small=True),
        ]
    told = [(spread.scale.title, f"median {spread.quantiles[1]:.3g}") for spread in spreads]
    return _picture(title, 42 + -(-len(spreads) // across) * step, told, parts)


def _picture(title: str, height: int, rows: Iterable[tuple[str, object]], parts: Iterable[str]) -> str:
    """A whole SVG file. `rows` are its numbers in words, for those who cannot see it."""
    told = "; ".join(f"{name}: {n:,}" if isinstance(n, int) else f"{name}: {n}" for name, n in rows)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            'role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(told)}</desc>',
            _STYLE,
            f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
            f'<text class="head" x="18" y="24">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _bar(x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="bar" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", *, small: bool = False) -> str:
    style = ' class="small"' if small else ""
    return f'<text{style} x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _n(value: float) -> str:
    """A coordinate: to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def _short(text: str, limit: int = 32) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
