"""Gradient boosted trees: a small file per model, read in milliseconds, asked in batches.

Training is not part of the package; see tests/bench/train/. A model file holds the trees as flat arrays. The sum over
the trees is taken in their order in float64, so a score is the same on every machine and in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Forest:
    """A sum of decision trees. All arrays but `roots` have one entry per node, tree after tree."""

    features: tuple[str, ...]
    """Names of the columns that `score` wants, in order."""
    roots: NDArray[np.int32]
    """The first node of each tree, and the number of nodes at the end."""
    feature: NDArray[np.int16]
    """The column that a node asks for; -1 in a leaf."""
    value: NDArray[np.float32]
    """Go left where the column is not greater than this; what a leaf adds to the score."""
    left: NDArray[np.int32]
    """The node on the left; the one on the right follows it."""

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """A score per row (n, features): log odds for a classifier, the number itself for a regression or a ranking.

        A missing value is best given as a number out of range, such as -1; NaN goes right.
        """
        if rows.ndim != 2 or rows.shape[1] != len(self.features):
            raise ValueError(f"rows of {len(self.features)} columns expected, {rows.shape} given")
        return np.asarray(
            _score(np.ascontiguousarray(rows, np.float32), self.roots, self.feature, self.value, self.left)
        )

    def reasons(self, row: NDArray[np.float32], most: int = 3) -> list[tuple[str, float]]:
        """The columns that moved the score of one row most, with how far: the way through each tree changes the mean
        of the leaves below, and the change counts for the column that was asked (Saabas 2014)."""
        means = _means(self.roots, self.feature, self.value, self.left)
        moved = np.zeros(len(self.features))
        for root in self.roots[:-1].tolist():
            node = root
            while self.feature[node] >= 0:
                asked = int(self.feature[node])
                below = int(self.left[node]) + (not row[asked] <= self.value[node])
                moved[asked] += means[below] - means[node]
                node = below
        order = sorted(range(len(moved)), key=lambda k: (-abs(moved[k]), k))
        return [(self.features[k], float(moved[k])) for k in order[:most] if moved[k]]

    def save(self, path: Path) -> None:
        """Write the model; the same model gives the same bytes."""
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                features=np.array(self.features),
                roots=self.roots,
                feature=self.feature,
                value=self.value,
                left=self.left,
            )


@lru_cache(maxsize=16)
def load(name: str) -> Forest:
    """The model `name` of this folder (`name`.npz)."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return Forest(
            tuple(file["features"].tolist()), file["roots"], file["feature"], file["value"], file["left"]
        )  # fmt: skip


def probability(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds to probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-scores)))


@njit(cache=True, nogil=True)
def _score(rows, roots, feature, value, left):  # type: ignore[no-untyped-def]
    n = rows.shape[0]
    out = np.zeros(n, np.float64)
    # Tree by tree, so that a tree stays in the cache while the rows go by.
    for t in range(len(roots) - 1):
        root = roots[t]
        for i in range(n):
            node = root
            while feature[node] >= 0:
                node = left[node] if rows[i, feature[node]] <= value[node] else left[node] + 1
            out[i] += value[node]
    return out


def _means(
    roots: NDArray[np.int32], feature: NDArray[np.int16], value: NDArray[np.float32], left: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The mean of the leaves below each node, all leaves counting alike."""
    total, leaves = value.astype(np.float64), np.ones(len(value))
    for node in range(len(value) - 1, -1, -1):  # children stand after their parent
        if feature[node] >= 0:
            a, b = int(left[node]), int(left[node]) + 1
            leaves[node] = leaves[a] + leaves[b]
            total[node] = total[a] + total[b]
    return np.asarray(total / leaves)
