"""How well and how fast duplicates are found.

    python -m tests.bench.duplicates [--curve] [--pages N] [--hostile] [--set KEY=VALUE ...]

Without options: recall and precision against the duplicates that are planted in the corpus at $SCUTCH_SHARED/bench (or
../shared), and MB of text per CPU second. `--curve` needs no corpus: pairs of pages in several scripts at every Jaccard
similarity from .5 on, and how many of them are found. `--pages N` decides over so many made-up pages and shows time and
memory, `--hostile` over pages made to hurt.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import config
from pipeline.config import Dedup
from pipeline.dedup.decide import decide, sheet_of
from pipeline.dedup.fingerprints import BANDS, SHINGLES, bands_of, fingerprints
from pipeline.dedup.keys import FORMAT, KEYS, Part, keys_of
from pipeline.dedup.pages import id_texts
from pipeline.engine.files import read_sheet
from tests.bench.shared import SHARED, read_jsonl


def id_of(name: str) -> str:
    """An id such as pages have."""
    return sha256(name.encode()).hexdigest()[:32]


def write_keys(path: Path, settings: Dedup, ids: Sequence[str], texts: Sequence[str], **columns: Any) -> Part:
    """The keys of pages with these ids and texts, as a run writes them."""
    text = pa.array(texts, pa.large_string())
    given = {
        "id": pa.array(ids, pa.string()),
        "offset": pa.array(range(len(ids)), pa.int64()),
        "text": text,
        "n_chars": pc.utf8_length(text).cast(pa.int32()),
        **columns,
    }
    with pq.ParquetWriter(path, KEYS, **FORMAT) as file:
        file.write_table(keys_of(given, settings), row_group_size=500)
    return Part(path)


def decisions(folder: Path, parts: int) -> list[dict[str, Any]]:
    """The rows of the decisions about all parts, one part after the other."""
    rows: list[dict[str, Any]] = pa.concat_tables([read_sheet(sheet_of(folder, n)) for n in range(parts)]).to_pylist()
    return rows


class Score(NamedTuple):
    """How decisions compare with the truth about the clusters."""

    excess: int
    """Pages too many: all pages of the clusters but one of each."""
    removed: int
    lost: list[str]
    """A page of each cluster of which nothing was kept."""
    exact_kept: int
    """Exact copies that were kept beside their original."""

    @property
    def recall(self) -> float:
        return self.removed / self.excess

    @property
    def precision(self) -> float:
        return self.removed / (self.removed + len(self.lost))


def score(truth: Iterable[dict[str, Any]], kept: set[str]) -> Score:
    """Compare the ids that were kept with rows of id, exact_dup_of, near_dup_of."""
    rows = {row["id"]: row for row in truth}
    clusters, same = defaultdict(list), defaultdict(list)
    for name in rows:
        root = name
        while parent := rows[root]["exact_dup_of"] or rows[root]["near_dup_of"]:
            root = parent
        clusters[root].append(name)
        root = name
        while parent := rows[root]["exact_dup_of"]:
            root = parent
        same[root].append(name)
    excess = removed = 0
    lost = []
    for members in clusters.values():
        stayed = sum(name in kept for name in members)
        excess += len(members) - 1
        removed += min(len(members) - stayed, len(members) - 1)
        if not stayed:
            lost.append(members[0])
    exact_kept = sum(max(0, sum(name in kept for name in members) - 1) for members in same.values())
    return Score(excess, removed, lost, exact_kept)


def planted(settings: Dedup, folder: Path) -> tuple[Score, dict[str, float]]:
    """The score on the corpus, and what it cost: MB of text, CPU seconds of each stage, MB of keys."""
    cost: Counter[str] = Counter()
    parts, names = [], []
    fingerprints(pa.array(["compiled and in memory"], pa.large_string()), settings.near)
    for shard in sorted((SHARED / "bench" / "corpus").glob("*.parquet")):
        table = pq.read_table(shard, columns=["id", "text"])
        texts = table["text"].combine_chunks().cast(pa.large_string())
        names += table["id"].to_pylist()
        ids = pa.array([id_of(name) for name in table["id"].to_pylist()])
        chars = pc.utf8_length(texts).cast(pa.int32())
        path = folder / f"{shard.stem}.parquet"
        with pq.ParquetWriter(path, KEYS, **FORMAT) as file:
            for at in range(0, len(texts), 500):
                columns = {"id": ids, "offset": pa.array(range(len(ids))), "text": texts, "n_chars": chars}
                since = time.process_time()
                keys = keys_of({name: column.slice(at, 500) for name, column in columns.items()}, settings)
                cost["fingerprints"] += time.process_time() - since
                since = time.process_time()
                file.write_table(keys)
                cost["write"] += time.process_time() - since
        cost["mb"] += pc.sum(pc.binary_length(texts)).as_py() / 1e6
        cost["keys_mb"] += path.stat().st_size / 1e6
        parts.append(Part(path))
    since = time.process_time()
    decide(parts, settings, [], folder)
    cost["decide"] = time.process_time() - since
    rows = decisions(folder, len(parts))
    kept = {name for name, row in zip(names, rows, strict=True) if row["action"] is None}
    found = score(read_jsonl(SHARED / "bench" / "corpus-truth.jsonl.zst"), kept)
    by_name = dict(zip(names, rows, strict=True))
    told = [f"{name} (similarity {by_name[name]['similarity']:.2f} with what stays)" for name in found.lost]
    return found._replace(lost=told), dict(cost)


# Sounds of which words are made that mean nothing, per script; "" between the words of those that write no spaces.
SCRIPTS = {
    "Latin": ("ba ce di fo gu la me ni or pa qui ra se ti un va we zo", " "),
    "Cyrillic": ("ба ве гу да же ки ло ми но пы ра со ту фя ха це ша ю", " "),
    "Arabic": ("با ته جي دا رو سم شا صي طو عل في قا كم لا مو نه", " "),
    "Devanagari": ("का खे गी चो टा ते दि नु पा बे मी रो ला वे सि हा", " "),
    "Hangul": ("가 노 두 리 마 보 수 이 자 차 코 타 푸 하 겨 뇨", " "),
    "Han": ("山 水 木 火 土 金 石 田 日 月 目 耳 手 足 心 雨 風 雲 花 草 竹 米 貝 魚 鳥 馬 牛 羊 虫 糸 車 舟 門 戸 衣 食", ""),
    "Kana": ("あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ", ""),
    "Thai": ("กา ขี คู งอ จะ ฉัน ชม ดี ตา ทำ นก บน ปู ผม ฝน พบ ฟ้า มา ยา รัก ลม วัน สี หู", ""),
}  # fmt: skip


def words_of(script: str, n: int, rng: random.Random) -> list[str]:
    """Some words: of two or three sounds, one character in scripts that write no spaces."""
    sounds, space = SCRIPTS[script]
    if not space:
        letters = [letter for letter in sounds if letter != " "]
        return rng.choices(letters, k=n)
    return ["".join(rng.choices(sounds.split(), k=rng.choice((2, 2, 3)))) for _ in range(n)]


def jaccard(one: Sequence[str], two: Sequence[str], n: int = 5) -> float:
    """The similarity of two lists of words by their n-grams, computed plainly."""
    a, b = ({tuple(words[i : i + n]) for i in range(len(words) - n + 1)} for words in (one, two))
    return len(a & b) / len(a | b)


def pairs(script: str, size: int, n: int, seed: int = 0) -> Iterator[tuple[str, str, float]]:
    """`n` pairs of texts of some `size` words, and how alike they are: .5 to 1. The second is the first with words
    exchanged here and there, with a stretch of it exchanged, or with more behind it."""
    rng = random.Random(f"{seed} {script} {size}")
    space = SCRIPTS[script][1]
    for _ in range(n):
        one = words_of(script, size, rng)
        two = list(one)
        target = rng.uniform(0.5, 0.99)
        kind = rng.choice(("words", "stretch", "more"))
        if kind == "words":
            # Each exchanged word takes up to five n-grams out of both.
            for at in rng.sample(range(size), max(1, round(size * (1 - target) / (1 + target) / 5))):
                two[at] = words_of(script, 1, rng)[0]
        elif kind == "stretch":
            gone = max(1, round(size * (1 - target) / (1 + target)))
            at = rng.randrange(size - gone)
            two[at : at + gone] = words_of(script, gone, rng)
        else:
            two += words_of(script, max(1, round(size / target) - size), rng)
        found = jaccard(one, two)
        if found >= 0.5:
            yield space.join(one), space.join(two), found


class Bin(NamedTuple):
    """Pairs whose similarity lies in an interval."""

    low: float
    pairs: int
    candidates: int
    """Share a band."""
    found: int
    """Are decided to be duplicates."""
    expected: float
    """Share of candidates that theory expects: 1 - (1 - s^rows)^bands."""


def curve(
    settings: Dedup, folder: Path, n: int, sizes: Sequence[int] = (60, 600, 6000), scripts: Iterable[str] = SCRIPTS
) -> tuple[list[Bin], float]:
    """What becomes of pairs by how alike they are, `n` of each script and size, and the largest error of a measured
    similarity."""
    made = [pair for script in scripts for size in sizes for pair in pairs(script, size, n)]
    one, two, truth = zip(*made, strict=True)
    ids = [id_of(f"{side}{k}") for side in "ab" for k in range(len(made))]
    part = write_keys(folder / "pairs.parquet", settings, ids, one + two)
    decide([part], settings, [], folder)
    rows = decisions(folder, 1)
    bands = [set(b) for b in pq.read_table(part.keys, columns=["bands"])["bands"].to_pylist()]
    rows_per_band = settings.near.permutations // settings.near.bands
    bins: dict[int, list[Any]] = defaultdict(lambda: [0, 0, 0, 0.0])
    error = 0.0
    for k, alike in enumerate(truth):
        row = next((r for r in (rows[k], rows[k + len(made)]) if r["action"]), None)
        counts = bins[min(int(alike * 20 + 1e-9), 19)]
        counts[0] += 1
        counts[1] += bool(bands[k] & bands[k + len(made)])
        counts[2] += row is not None
        counts[3] += 1 - (1 - alike**rows_per_band) ** settings.near.bands
        if row is not None:
            error = max(error, abs(row["similarity"] - alike))
    return [Bin(b / 20, *c[:3], c[3] / c[0]) for b, c in sorted(bins.items())], error


def write_synthetic(path: Path, settings: Dedup, n: int, seed: int, size: int = 64) -> Part:
    """Keys of `n` pages without texts. A quarter of them are near duplicates of others, in every file the same 5 % are
    exact ones and further 5 % near ones."""
    rng = np.random.default_rng(seed)
    some, many = n // 20, n // 4
    sets = rng.integers(0, 2**32, (n, size), dtype=np.uint32)
    sets[:some, 3:] = np.random.default_rng(0).integers(0, 2**32, (some, size - 3), dtype=np.uint32)
    sets[n - many :, 4:] = sets[n - 2 * many : n - many, 4:]
    sets.sort(axis=1)
    content = rng.integers(0, 2**63, n).astype(np.uint64)
    content[some : 2 * some] = np.arange(some)
    ends = np.arange(n + 1, dtype=np.int32) * size
    bands, _ = bands_of(sets.ravel(), ends, settings.near.permutations, settings.near.bands)
    return _write_made_up(path, rng, content, bands, sets)


def write_shared(path: Path, settings: Dedup, n: int, alike: bool, size: int = 64) -> Part:
    """Keys of `n` pages that all share every band: near duplicates of each other, or nothing alike at all."""
    rng = np.random.default_rng(1)
    sets = rng.integers(0, 2**32, (n, size), dtype=np.uint32)
    if alike:
        sets[:, 2:] = rng.integers(0, 2**32, size - 2, dtype=np.uint32)
    sets.sort(axis=1)
    bands = np.tile(np.arange(settings.near.bands, dtype=np.uint64), n)
    return _write_made_up(path, rng, np.arange(n, dtype=np.uint64), bands, sets)


def _write_made_up(path: Path, rng: np.random.Generator, content: Any, bands: Any, sets: Any) -> Part:
    n, size = sets.shape
    ends, band_ends = (np.arange(n + 1, dtype=np.int32) * width for width in (size, len(bands) // n))
    columns = {
        "id": id_texts(rng.integers(0, 2**63, (n, 2)).astype(np.uint64)),
        "offset": pa.array(np.arange(n)),
        "content": pa.array(content),
        "content2": pa.array(content),
        "n_chars": pa.array(rng.integers(200, 9000, n), pa.int32()),
        "published": pa.nulls(n, pa.date32()),
        "preferred": pa.array(np.zeros(n, bool)),
        "bands": pa.ListArray.from_arrays(pa.array(band_ends), bands, type=BANDS),
        "shingles": pa.ListArray.from_arrays(pa.array(ends), sets.ravel(), type=SHINGLES),
    }
    with pq.ParquetWriter(path, KEYS, **FORMAT) as file:
        file.write_table(pa.table(columns, schema=KEYS), row_group_size=5000)
    return Part(path)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(what: str, parts: Sequence[Part], settings: Dedup, folder: Path) -> None:
    since = time.process_time()
    counts = decide(parts, settings, [], folder)
    print(f"{what}: {dict(counts)}, {time.process_time() - since:.1f} CPU s, peak {_peak():.0f} MB")


def _hostile(settings: Dedup, folder: Path) -> None:
    for what, n, text in (
        ("a line of 200 MB", 1, "one line that never ends " * 8_000_000),
        ("a million pages of one word", 1_000_000, "word"),
        ("a million identical pages", 1_000_000, "the same few words on each and every page of them"),
    ):
        since = time.process_time()
        ids = [id_of(str(k)) for k in range(n)]
        column = pa.array([text] * n, pa.large_string())
        since = time.process_time()
        fingerprints(column, settings.near)
        print(f"{what}: fingerprints {time.process_time() - since:.1f} CPU s")
        if n > 1:
            _timed(what, [write_keys(folder / "hostile.parquet", settings, ids, [text] * n)], settings, folder)
    for alike in (True, False):
        what = f"10,000 pages that share every band, {'all' if alike else 'nothing'} alike"
        _timed(what, [write_shared(folder / "shared.parquet", settings, 10_000, alike)], settings, folder)


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--curve", action="store_true")
    ap.add_argument("--pages", type=int, default=0)
    ap.add_argument("--hostile", action="store_true")
    ap.add_argument("--set", action="append", default=[], dest="overrides")
    args = ap.parse_args()
    settings = config.load(overrides=args.overrides).dedup
    pa.set_cpu_count(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.curve:
            bins, error = curve(settings, folder, 100)
            print("similarity    pairs   share a band   in theory   found to be duplicates")
            for b in bins:
                print(
                    f"{b.low:.2f}–{b.low + 0.05:.2f} {b.pairs:9} {b.candidates / b.pairs:14.1%} "
                    f"{b.expected:11.1%} {b.found / b.pairs:24.1%}"
                )
            print(f"largest error of a similarity: {error:.3f}")
        if args.pages:
            sizes = [min(100_000, args.pages - at) for at in range(0, args.pages, 100_000)]
            parts = [write_synthetic(folder / f"{k}.parquet", settings, n, k) for k, n in enumerate(sizes)]
            print(f"before: peak {_peak():.0f} MB")
            _timed(f"{args.pages:,} pages", parts, settings, folder)
        if args.hostile:
            _hostile(settings, folder)
        if not (args.curve or args.pages or args.hostile):
            found, cost = planted(settings, folder)
            mb = cost["mb"]
            print(f"recall {found.recall:.4f} ({found.excess - found.removed} of {found.excess} copies left)")
            print(f"precision {found.precision:.4f}, clusters lost whole {len(found.lost)}: {'; '.join(found.lost)}")
            print(f"exact copies left {found.exact_kept}")
            for stage in ("fingerprints", "write", "decide"):
                print(f"{stage}: {mb / cost[stage]:.0f} MB/s")
            print(f"together {mb / sum(cost[s] for s in ('fingerprints', 'write', 'decide')):.0f} MB/s")
            print(f"keys: {cost['keys_mb'] / mb:.2f} bytes per byte of text; peak memory {_peak():.0f} MB")


if __name__ == "__main__":
    main()
