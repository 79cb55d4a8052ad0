"""Trains gradient boosted trees with LightGBM and turns them into the form that the package reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import lightgbm
import numpy as np

from pipeline.models.forest import FOLDER, Forest

# One thread and fixed seeds: the same rows give the same trees, to the byte.
FIXED = {"num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 7, "verbosity": -1}


def fit(
    rows: np.ndarray,
    target: np.ndarray,
    features: Sequence[str],
    *,
    weight: np.ndarray | None = None,
    group: Sequence[int] | None = None,
    rounds: int = 200,
    params: Mapping[str, Any] | None = None,
) -> Forest:
    """Train on (n, features) float32 rows. `group` holds the sizes of the lists of a ranking (objective lambdarank)."""
    settings = {"objective": "binary", "learning_rate": 0.08, "num_leaves": 31, **(params or {}), **FIXED}
    data = lightgbm.Dataset(
        rows.astype(np.float32), target, weight=weight, group=group, feature_name=list(features), free_raw_data=True
    )
    return to_forest(lightgbm.train(settings, data, rounds), features)


def to_forest(booster: lightgbm.Booster, features: Sequence[str]) -> Forest:
    """The trees of a trained booster as flat arrays, children after their parents and side by side."""
    dump = booster.dump_model()
    roots, feature, value, left = [0], [], [], []
    for tree in dump["tree_info"]:
        queue = [tree["tree_structure"]]
        base, k = len(feature), 0
        while k < len(queue):
            node = queue[k]
            k += 1
            if "split_feature" in node:
                if node["decision_type"] != "<=" or node.get("missing_type") == "Zero":
                    raise ValueError("only plain numerical splits are known")
                feature.append(node["split_feature"])
                # Thresholds lie between two values of float32 columns: rounding down to float32 keeps the sides.
                value.append(_round_down(node["threshold"]))
                left.append(base + len(queue))
                queue += [node["left_child"], node["right_child"]]
            else:
                feature.append(-1)
                value.append(np.float32(node["leaf_value"]))
                left.append(0)
        roots.append(len(feature))
    return Forest(
        tuple(features), np.array(roots, np.int32), np.array(feature, np.int16), np.array(value, np.float32), np.array(left, np.int32)
    )  # fmt: skip


def _round_down(threshold: float) -> np.float32:
    near = np.float32(threshold)
    return near if near <= threshold else np.nextafter(near, np.float32(-np.inf))


def fold_of(site: str, folds: int) -> int:
    """The fold of a site for cross-validation: all pages of a site are in the same one."""
    return int(hashlib.sha1(site.encode()).hexdigest()[:8], 16) % folds


def record(name: str, figures: Mapping[str, Sequence[float]], folder: Path = FOLDER) -> None:
    """Write what a model reached on pages it was not trained on beside it, as `name`.json.

    `figures` holds the figure of each fold per measure; the measures of the quality table have the names that
    `python -m tests.bench.quality --list` shows, others may be added. One fold is a plain held-out figure.
    """
    rows = [
        {
            "measure": measure,
            "mean": round(fmean(folds), 5),
            "spread": round(stdev(folds), 5) if len(folds) > 1 else 0.0,
            "folds": [round(float(fold), 5) for fold in folds],
        }
        for measure, folds in figures.items()
    ]
    (folder / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
