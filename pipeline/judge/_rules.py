"""Thresholds on signals: which page breaks which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Threshold


def verdicts(
    signals: Mapping[str, NDArray[np.float64]],
    languages: Sequence[str | None],
    rules: Mapping[str, Threshold],
    notes: Mapping[str, Sequence[str | None]] | None = None,
) -> list[tuple[str, str] | None]:
    """Per page the first rule that it breaks, with evidence like `n_words 7 < 10`; None for a page that breaks none.

    `signals` has an array per signal, with a value per page; NaN or None stands for not applied, and breaks no rule.
    `languages` are those of the pages: a rule may have limits of its own for some, and under "" for the unknown one. Rules that are off are left out.
    `notes` has for some signals what each value rests on, which the evidence then ends with. Raises KeyError for a
    rule whose signal is not among the signals.
    """
    found: list[tuple[str, str] | None] = [None] * len(languages)
    open_pages = np.ones(len(languages), bool)
    codes: dict[str, int] = {}
    of_page = np.array([codes.setdefault(language or "", len(codes)) for language in languages], np.intp)
    for name, rule in rules.items():
        if not rule.enabled:
            continue
        values = np.asarray(signals[rule.signal], np.float64)
        low, high = _limits(rule, codes)
        broken = open_pages & ((values < low[of_page]) | (values > high[of_page]))
        said = (notes or {}).get(rule.signal)
        for page in np.flatnonzero(broken).tolist():
            value, code = values[page], of_page[page]
            side = f"< {low[code]:g}" if value < low[code] else f"> {high[code]:g}"
            evidence = f"{rule.signal} {value:g} {side}"
            found[page] = name, f"{evidence}; {said[page]}" if said and said[page] else evidence
        open_pages &= ~broken
    return found


def _limits(rule: Threshold, codes: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest value that a rule lets through, by the number of the language."""
    low = np.full(len(codes), -np.inf if rule.min is None else rule.min)
    high = np.full(len(codes), np.inf if rule.max is None else rule.max)
    for language, own in rule.languages.items():
        if language in codes:
            code = codes[language]
            low[code] = low[code] if own.min is None else own.min
            high[code] = high[code] if own.max is None else own.max
    return low, high
