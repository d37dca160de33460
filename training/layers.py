"""One kind of feature fitted alone, by scikit-learn: weights, bias, and what it says out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from intents.model import MARKS, Hidden, widened
from training.counts import Matrix
from training.rows import Doubles, Rows

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
Solver = Any
"""A linear classifier of scikit-learn, not yet fitted."""
Layer = tuple[Doubles, Doubles]
"""Weights (features, outputs) and bias (outputs,)."""


@dataclass(frozen=True)
class Block:
    """One kind of feature: its weights (features, outputs), bias, outputs out of fold (rows, outputs), and the
    hidden layers that widened it."""

    weights: Doubles
    bias: Doubles
    held: Doubles
    hidden: Hidden = ()


def on_words(strength: float) -> Solver:
    """For sparse terms: one linear SVM a type (liblinear). ADR 0002 has what it is compared with."""
    return LinearSVC(C=strength, tol=0.1, random_state=0)


def on_vectors(strength: float) -> Solver:
    """For sentence vectors: multinomial logistic regression."""
    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)


def _no_layers(*_: object) -> Hidden:
    return ()


def block(  # noqa: PLR0913, PLR0917 - features, what they are of, and how they are fitted
    x: Matrix,
    data: Rows,
    labels: list[str],
    solver: Solver,
    folds: Sequence[Fold],
    learn: Callable[[Matrix, Rows, NDArray[np.intp]], Hidden] = _no_layers,
) -> Block:
    """Fitted on all rows, and once a fold on the others. `learn`: makes the hidden layers that widen x."""
    everything = np.arange(x.shape[0])
    hidden = learn(x, data, everything)
    weights, bias = linear(widened(x, hidden), data, labels, everything, solver)
    held = np.zeros((x.shape[0], len(labels) + len(MARKS)))
    for train, test in folds:
        if len(np.unique(data.labels[train])) > 1:
            seen = widened(x, learn(x, data, train))
            fold_weights, fold_bias = linear(seen, data, labels, train, solver)
            held[test] = seen[test] @ fold_weights + fold_bias
    return Block(weights, bias, held, hidden)


def linear(x: Matrix, data: Rows, labels: list[str], chosen: NDArray[np.intp], solver: Solver) -> Layer:
    """Weights and bias fitted on the chosen rows; a type that these do not have gets a bias of -20."""
    part, weight = x[chosen], data.weights[chosen]
    outputs = len(labels) + len(MARKS)
    weights, bias = np.zeros((x.shape[1], outputs)), np.full(outputs, -20.0)
    at = np.searchsorted(labels, np.unique(data.labels[chosen]))
    types = _fitted(solver, part, data.labels[chosen], weight, data.new)
    if len(at) == 2:
        weights[:, at[1]], bias[at] = types.coef_[0], [0.0, types.intercept_[0]]
    else:
        weights[:, at], bias[at] = types.coef_.T, types.intercept_
    for mark in range(len(MARKS)):
        wanted, out = data.marks[chosen, mark], len(labels) + mark
        if wanted.any() and not wanted.all():
            binary = _fitted(solver, part, wanted, weight)
            weights[:, out], bias[out] = binary.coef_[0], binary.intercept_[0]
    return weights, bias


def _fitted(
    solver: Solver, part: Matrix, wanted: NDArray[Any], weight: Doubles, new: frozenset[str] = frozenset()
) -> Solver:
    return clone(solver).fit(part, wanted, sample_weight=weight * _balance(wanted, weight, new))


def _balance(labels: NDArray[np.generic], weight: Doubles, new: frozenset[str]) -> Doubles:
    """Square-root balancing: small classes count more, but not as much as the mean one. New types do: their few
    scripts count as much as a whole type's examples."""
    names, inverse = np.unique(labels, return_inverse=True)
    totals = np.bincount(inverse, weights=weight, minlength=len(names))
    share = np.maximum(totals / totals.mean(), 1e-9)
    factor: Doubles = share ** np.where(np.isin(names, list(new)), -1.0, -0.5)
    return factor[inverse]
