"""Gradient boosted trees: a small file per model, read in milliseconds, asked in batches.

Training is not part of the package; see tests/bench/train/. A model file holds the trees as flat arrays. The sum over
the trees is taken in their order in float64, so a score is the same on every machine and in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

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
        return np.asarray(_score(np.ascontiguousarray(rows, np.float32), self.roots, self.value, *self._steps))

    def reasons(self, rows: NDArray[np.float32], most: int = 3) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """For each row the numbers of the columns that moved its score most, the most telling first, and how far each
        did (0: it did not): the way through each tree changes the mean of the leaves below, and the change counts for
        the column that was asked (Saabas 2014)."""
        most = min(most, len(self.features))
        columns, moved = _reasons(np.ascontiguousarray(rows, np.float32), self.roots, *self._steps, self._changes, most)
        return columns, moved

    @cached_property
    def _steps(self) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
        """The nodes for a walk that asks at every level: the limit, then the column and the node on the left from the
        root in one number; and the depth of each tree. A leaf leads to itself, by a column behind the last that is
        always 0."""
        leaf = self.feature < 0
        first = np.repeat(self.roots[:-1], np.diff(self.roots))
        left = np.where(leaf, np.arange(len(leaf)), self.left) - first
        column = np.where(leaf, len(self.features), self.feature).astype(np.int32)
        limit = np.where(leaf, np.inf, self.value).astype(np.float32)
        return limit, (column << 16 | left).astype(np.int32), _depths(self.roots, self.feature, self.left)

    @cached_property
    def _changes(self) -> NDArray[np.float64]:
        """By how much the mean of the leaves below changes on the way into each node, all leaves counting alike."""
        return np.asarray(_changes(self.feature, self.value, self.left))

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


def best_f1(p: NDArray[np.float64], weight: NDArray[np.floating[Any]]) -> float:
    """The largest F1 that can be expected of a choice among things that are right with probability `p` and count
    `weight`. It takes all that are likelier than half of it: Lipton, Elkan, Naryanaswamy, "Optimal Thresholding of
    Classifiers to Maximize F1 Measure", ECML 2014."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum((p * weight)[order])
    return float((2 * hits / (np.cumsum(weight[order]) + hits[-1])).max())


# So many rows go through a tree side by side: each waits for memory while the others step on.
_TOGETHER = 8


@njit(cache=True, nogil=True)
def _score(rows, roots, value, limit, steps, depth):  # type: ignore[no-untyped-def]
    n, m = rows.shape
    out = np.zeros(n, np.float64)
    row = np.zeros((_TOGETHER, m + 1), np.float32)
    at = np.empty(_TOGETHER, np.int32)
    for start in range(0, n, _TOGETHER):
        k = min(n - start, _TOGETHER)
        row[:k, :m] = rows[start : start + k]
        for t in range(len(depth)):
            root = roots[t]
            for i in range(k):
                at[i] = root
            for _ in range(depth[t]):
                for i in range(k):
                    node = at[i]
                    step = steps[node]
                    at[i] = root + (step & 0xFFFF) + (not row[i, step >> 16] <= limit[node])
            for i in range(k):
                out[start + i] += value[at[i]]
    return out


@njit(cache=True, nogil=True)
def _depths(roots, feature, left):  # type: ignore[no-untyped-def]
    depth = np.zeros(len(feature), np.int64)
    deepest = np.zeros(len(roots) - 1, np.int64)
    for t in range(len(deepest)):
        for node in range(roots[t], roots[t + 1]):  # children stand after their parent
            if feature[node] >= 0:
                depth[left[node]] = depth[left[node] + 1] = depth[node] + 1
            deepest[t] = max(deepest[t], depth[node])
    return deepest


@njit(cache=True, nogil=True)
def _changes(feature, value, left):  # type: ignore[no-untyped-def]
    total, leaves = value.astype(np.float64), np.ones(len(value))
    for node in range(len(value) - 1, -1, -1):
        if feature[node] >= 0:
            a, b = left[node], left[node] + 1
            leaves[node] = leaves[a] + leaves[b]
            total[node] = total[a] + total[b]
    mean, change = total / leaves, np.zeros(len(value))
    for node in range(len(value)):
        if feature[node] >= 0:
            a, b = left[node], left[node] + 1
            change[a], change[b] = mean[a] - mean[node], mean[b] - mean[node]
    return change


@njit(cache=True, nogil=True)
def _reasons(rows, roots, limit, steps, depth, changes, most):  # type: ignore[no-untyped-def]
    n, m = rows.shape
    columns, told = np.zeros((n, most), np.int64), np.zeros((n, most))
    row = np.zeros((_TOGETHER, m + 1), np.float32)
    moved = np.zeros((_TOGETHER, m + 1))
    at = np.empty(_TOGETHER, np.int32)
    for start in range(0, n, _TOGETHER):
        k = min(n - start, _TOGETHER)
        row[:k, :m] = rows[start : start + k]
        moved[:] = 0.0
        for t in range(len(depth)):
            root = roots[t]
            for i in range(k):
                at[i] = root
            for _ in range(depth[t]):
                for i in range(k):
                    step = steps[at[i]]
                    column = step >> 16
                    node = root + (step & 0xFFFF) + (not row[i, column] <= limit[at[i]])
                    moved[i, column] += changes[node]
                    at[i] = node
        for i in range(k):
            for j in range(most):
                best = 0
                for column in range(1, m):
                    if abs(moved[i, column]) > abs(moved[i, best]):  # the first of equals
                        best = column
                columns[start + i, j], told[start + i, j] = best, moved[i, best]
                moved[i, best] = 0.0
    return columns, told
