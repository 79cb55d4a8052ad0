"""Gradient boosted trees: a small file per model, read in milliseconds, asked in batches.

Training is not part of the package; see tests/bench/train/. A model file holds the trees as flat arrays. The sum over
the trees is taken in their order in float64, so a score is the same on every machine and in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

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
        plan = self._plan
        return np.asarray(_score(np.ascontiguousarray(rows, np.float32), plan.nodes, plan.trees, plan.leaves))

    def reasons(self, rows: NDArray[np.float32], most: int = 3) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """For each row the numbers of the columns that moved its score most, the most telling first, and how far each
        did (0: it did not): the way through each tree changes the mean of the leaves below, and the change counts for
        the column that was asked (Saabas 2014)."""
        plan = self._plan
        columns, moved = _reasons(
            np.ascontiguousarray(rows, np.float32), plan.nodes, plan.trees, plan.changes, min(most, len(self.features))
        )
        return columns, moved

    @cached_property
    def _plan(self) -> Plan:
        if np.diff(self.roots).max(initial=0) > 2 * LEAVES - 1:
            raise ValueError(f"a tree has more than {LEAVES} leaves")
        nodes, leaves, changes = _plan(self.roots, self.feature, self.value, self.left)
        # A tree of n nodes asks at (n - 1) / 2 of them.
        return Plan(nodes, np.append(0, np.cumsum(np.diff(self.roots) // 2)), leaves, changes)

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
def best_f1(p, weight):  # type: ignore[no-untyped-def]
    """The largest F1 that can be expected of a choice among things that are right with probability `p` and count
    `weight` (two arrays of numbers, not empty). It takes all that are likelier than half of it: Lipton, Elkan,
    Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure", ECML 2014."""
    order = np.argsort(-p, kind="mergesort")
    hits = np.cumsum((p * weight)[order])
    return (2 * hits / (np.cumsum(weight[order]) + hits[-1])).max()


# ---- asking ---------------------------------------------------------------------------------------------------------
#
# No row walks down a tree. Each node that asks clears, in a word of 32 bits, the leaves that its answer rules out; the
# lowest bit that is left is the leaf that a walk would have reached. That takes more steps than a walk, but none waits
# for another and none branches, so that a node is asked of 16 rows by one instruction. After Lucchese et al.,
# "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees", SIGIR 2015.

LEAVES = 32
"""The most leaves that a tree may have."""

# So many rows are judged side by side.
_ROWS = 64
# De Bruijn's sequence: a word with one bit set, times this, has a number of its own for each bit in its upper five bits.
_SPREAD, _DOWN = np.uint32(0x077CB531), np.uint32(27)
_ALL, _ONE = np.uint32(0xFFFFFFFF), np.uint32(1)

_NODE = np.dtype(
    [("column", np.int64), ("limit", np.float32), ("left", np.uint32), ("right", np.uint32), ("_", np.uint32)]
)


class Plan(NamedTuple):
    """The trees as they are asked."""

    nodes: NDArray[np.void]
    """The nodes that ask, tree after tree, each before those below it: column, limit, and the leaves on either side."""
    trees: NDArray[np.int64]
    """The first of the nodes of each tree, and the number of nodes at the end."""
    leaves: NDArray[np.float32]
    """(trees, LEAVES): what each leaf adds, by the number of its bit."""
    changes: NDArray[np.float64]
    """(nodes, 2): by how much the mean of the leaves below changes on the way to the left and to the right."""


@njit(cache=True, nogil=True)
def _plan(roots, feature, value, left):  # type: ignore[no-untyped-def]
    size = len(feature)
    total, below = value.astype(np.float64), np.ones(size, np.int64)
    for node in range(size - 1, -1, -1):  # children stand after their parent
        if feature[node] >= 0:
            a, b = left[node], left[node] + 1
            below[node] = below[a] + below[b]
            total[node] = total[a] + total[b]
    first = np.zeros(size, np.uint32)  # leaves of the tree to the left of a node
    nodes = np.zeros((size - len(roots) + 1) // 2, _NODE)
    changes = np.empty((len(nodes), 2))
    leaves = np.zeros((len(roots) - 1, LEAVES), np.float32)
    n = 0
    for t in range(len(roots) - 1):
        for node in range(roots[t], roots[t + 1]):
            start = first[node]
            if feature[node] < 0:
                leaves[t, np.uint32((_ONE << start) * _SPREAD) >> _DOWN] = value[node]
                continue
            a, b = left[node], left[node] + 1
            first[a], first[b] = start, start + below[a]
            ask = nodes[n]
            ask.column, ask.limit = feature[node], value[node]
            ask.left = np.uint32((_ONE << np.uint32(below[a])) - _ONE) << start
            ask.right = np.uint32((_ONE << np.uint32(below[b])) - _ONE) << first[b]
            mean = total[node] / below[node]
            changes[n, 0], changes[n, 1] = total[a] / below[a] - mean, total[b] / below[b] - mean
            n += 1
    return nodes, leaves, changes


@njit(cache=True, nogil=True, inline="always")
def _ask(nodes, first, last, rows, alive):  # type: ignore[no-untyped-def]
    """Which leaves of a tree are left, for each column of `rows` (features, _ROWS)."""
    for i in range(_ROWS):
        alive[i] = _ALL
    for q in range(first, last):
        column, limit, other = rows[nodes[q].column], nodes[q].limit, ~nodes[q].left
        for i in range(_ROWS):
            alive[i] &= _ALL if column[i] <= limit else other


@njit(cache=True, nogil=True)
def _score(rows, nodes, trees, leaves):  # type: ignore[no-untyped-def]
    n, m = rows.shape
    out = np.zeros(n, np.float64)
    block = np.zeros((m, _ROWS), np.float32)
    alive = np.empty(_ROWS, np.uint32)
    for start in range(0, n, _ROWS):
        k = min(n - start, _ROWS)
        block[:, :k] = rows[start : start + k].T
        for t in range(len(trees) - 1):
            _ask(nodes, trees[t], trees[t + 1], block, alive)
            leaf = leaves[t]
            for i in range(k):
                lowest = alive[i] & (~alive[i] + _ONE)
                out[start + i] += leaf[np.uint32(lowest * _SPREAD) >> _DOWN]
    return out


@njit(cache=True, nogil=True)
def _reasons(rows, nodes, trees, changes, most):  # type: ignore[no-untyped-def]
    n, m = rows.shape
    columns, told = np.zeros((n, most), np.int64), np.zeros((n, most))
    block = np.zeros((m, _ROWS), np.float32)
    moved = np.zeros((m, _ROWS))
    alive = np.empty(_ROWS, np.uint32)
    for start in range(0, n, _ROWS):
        k = min(n - start, _ROWS)
        block[:, :k] = rows[start : start + k].T
        moved[:] = 0.0
        for t in range(len(trees) - 1):
            _ask(nodes, trees[t], trees[t + 1], block, alive)
            for i in range(_ROWS):
                alive[i] &= ~alive[i] + _ONE
            for q in range(trees[t], trees[t + 1]):
                by, left, right = moved[nodes[q].column], nodes[q].left, nodes[q].right
                to_left, to_right = changes[q]
                for i in range(_ROWS):
                    by[i] += to_left if alive[i] & left else to_right if alive[i] & right else 0.0
        for i in range(k):
            for j in range(most):
                best = 0
                for column in range(1, m):
                    if abs(moved[column, i]) > abs(moved[best, i]):  # the first of equals
                        best = column
                columns[start + i, j], told[start + i, j] = best, moved[best, i]
                moved[best, i] = 0.0
    return columns, told
