"""One kind of feature fitted alone, by scikit-learn: weights, bias, and what it says out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from intents.model import MARKS
from training.counts import Matrix
from training.rows import Doubles, Rows

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
Layer = tuple[Doubles, Doubles]
"""Weights (features, outputs) and bias (outputs,)."""


@dataclass(frozen=True)
class Block:
    """One kind of feature: its weights (features, outputs), bias, and outputs out of fold (rows, outputs)."""

    weights: Doubles
    bias: Doubles
    held: Doubles


def block(x: Matrix, data: Rows, labels: list[str], strength: float, folds: Sequence[Fold]) -> Block:
    weights, bias = linear(x, data, labels, np.arange(x.shape[0]), strength)
    held = np.zeros((x.shape[0], len(labels) + len(MARKS)))
    for train, test in folds:
        if len(np.unique(data.labels[train])) > 1:
            fold_weights, fold_bias = linear(x, data, labels, train, strength)
            held[test] = x[test] @ fold_weights + fold_bias
    return Block(weights, bias, held)


def linear(  # noqa: PLR0913, PLR0917 - what is fitted, on what, from where
    x: Matrix,
    data: Rows,
    labels: list[str],
    chosen: NDArray[np.intp],
    strength: float,
    start: Layer | None = None,
    marks: bool = True,
) -> Layer:
    """Weights and bias fitted on the chosen rows; a type that these do not have gets a bias of -20.

    `start`: where the search begins; the optimum is the same, the way to it shorter.
    """
    part, weight = x[chosen], data.weights[chosen]
    outputs = len(labels) + len(MARKS)
    weights, bias = np.zeros((x.shape[1], outputs)), np.full(outputs, -20.0)
    at = np.searchsorted(labels, np.unique(data.labels[chosen]))
    types = _regression(part, data.labels[chosen], weight, strength, start, at if len(at) > 2 else at[1:])
    if len(at) == 2:
        weights[:, at[1]], bias[at] = types.coef_[0], [0.0, types.intercept_[0]]
    else:
        weights[:, at], bias[at] = types.coef_.T, types.intercept_
    for mark in range(len(MARKS) if marks else 0):
        wanted, out = data.marks[chosen, mark], [len(labels) + mark]
        if wanted.any() and not wanted.all():
            binary = _regression(part, wanted, weight, strength, start, out)
            weights[:, out[0]], bias[out[0]] = binary.coef_[0], binary.intercept_[0]
    return weights, bias


def _regression(  # noqa: PLR0913, PLR0917 - see `linear`
    part: Matrix,
    wanted: NDArray[Any],
    weight: Doubles,
    strength: float,
    start: Layer | None,
    at: Sequence[int] | NDArray[np.intp],
) -> LogisticRegression:
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, warm_start=start is not None)
    if start is not None:
        model.coef_, model.intercept_ = start[0][:, at].T, start[1][at]
    return model.fit(part, wanted, sample_weight=weight * _balance(wanted, weight))


def _balance(labels: NDArray[np.generic], weight: Doubles) -> Doubles:
    """Square-root balancing: rare classes count more, but not as much as the common ones together."""
    names, inverse = np.unique(labels, return_inverse=True)
    totals = np.bincount(inverse, weights=weight, minlength=len(names))
    factor: Doubles = np.sqrt(totals.mean() / np.maximum(totals, 1e-9))[inverse]
    return factor
