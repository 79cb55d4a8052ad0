"""Does the cost per MB grow with the input? Whole runs at several sizes, everything on; figures and a plot.

    python -m tests.bench.growth [--mb 20 100 400 4000] [--workers 2] [--svg FILE] [--scratch DIR]

The corpus at $SCUTCH_SHARED/bench/corpus (or ../shared) is cut or grown by its generator. 4 GB need 25 GB of disk and, on
two cores, half an hour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from math import log10
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers.__main__ import corpus, ours
from tests.bench.throughput import measure


class Figure(NamedTuple):
    megabytes: float
    rate: float
    """MB of text per CPU second."""
    largest: float
    """Peak memory in MB of the largest process."""
    together: float


def run(megabytes: float, workers: int, scratch: Path | None) -> Figure:
    with tempfile.TemporaryDirectory(prefix="scutch-growth-", dir=scratch) as temporary:
        folder = Path(temporary)
        source, size = corpus(folder, megabytes)
        output = folder / "output"
        figures = measure(ours("whole", source, output, workers), quiet=True)
        told = json.loads((output / "run.json").read_text(encoding="utf-8"))
        found = Figure(size, size / figures["cpu_s"], figures["peak_mb_largest"], figures["peak_mb_together"])
        print(
            f"{size:8.1f} MB {told['records']['in']:9,} records {found.rate:6.2f} MB/CPU s {figures['wall_s']:7.1f} s wall "
            f"{found.largest:6.0f} MB largest {found.together:6.0f} MB together",
            flush=True,
        )
        shutil.rmtree(output)
    return found


def svg(figures: Sequence[Figure]) -> str:
    """Two small plots side by side over the size of the input: speed, and peak memory."""
    panels = [
        ("MB of text per CPU second", [("", "#2a6f97", [f.rate for f in figures])]),
        (
            "peak memory, MB",
            [
                ("all together", "#a44a3f", [f.together for f in figures]),
                ("largest", "#2a6f97", [f.largest for f in figures]),
            ],
        ),
    ]
    low, high = log10(min(f.megabytes for f in figures)), log10(max(f.megabytes for f in figures))
    width, height, left, bottom = 360, 220, 50, 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * width}" height="{height}" fill="white"/>',
    ]
    for k, (title, lines) in enumerate(panels):
        x0, y0 = k * width + left, height - bottom
        top = 1.25 * max(value for _, _, values in lines for value in values)
        across, up = width - left - 70, height - bottom - 30

        def at(size: float, value: float, x0: float = x0, y0: float = y0, top: float = top, across: float = across, up: float = up) -> tuple[float, float]:  # fmt: skip
            share = (log10(size) - low) / (high - low or 1)
            return round(x0 + share * across, 1), round(y0 - value / top * up, 1)

        parts.append(f'<text x="{x0}" y="16" font-weight="bold">{title}</text>')
        parts.append(f'<path d="M{x0} {y0 - up}V{y0}H{x0 + across}" fill="none" stroke="#888"/>')
        for f in figures:
            x, _ = at(f.megabytes, 0)
            label = f"{f.megabytes / 1000:.0f} GB" if f.megabytes > 999 else f"{f.megabytes:.0f} MB"
            parts.append(f'<text x="{x}" y="{y0 + 16}" text-anchor="middle">{label}</text>')
        for name, colour, values in lines:
            points = [at(f.megabytes, value) for f, value in zip(figures, values, strict=True)]
            path = " ".join(f"{x},{y}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            for (x, y), value in zip(points, values, strict=True):
                shown = f"{value:.2f}" if value < 100 else f"{value:.0f}"
                parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
                parts.append(f'<text x="{x}" y="{y - 7}" text-anchor="middle">{shown}</text>')
            parts.append(f'<text x="{points[-1][0] + 8}" y="{points[-1][1] + 4}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--mb", type=float, nargs="*", default=[20, 100, 400, 4000])
    ap.add_argument("--workers", type=int, default=2)
    ap.add_argument("--svg", type=Path)
    ap.add_argument("--scratch", type=Path, help="where there is room for input and output")
    args = ap.parse_args()
    figures = [run(megabytes, args.workers, args.scratch) for megabytes in args.mb]
    if args.svg:
        args.svg.write_text(svg(figures), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
