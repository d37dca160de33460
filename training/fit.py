"""Samples -> model. scikit-learn fits; what is served are the arrays it leaves.

Calibration and thresholds come from out-of-fold outputs with whole writers (or whole uploads) held
out, so that they speak of people the model has not met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from intents import segments
from intents.acts import MARK
from intents.encoder import DIMENSION, Vectors
from intents.examples import Example
from intents.features import features_version, terms
from intents.model import MARKS, Head, Model, Thresholds
from intents.types import BENIGN
from training.prepared import prepared

Embed = Callable[[Sequence[str]], Vectors]
Matrix = Any  # scipy.sparse.csr_matrix; scipy has no types
Doubles = NDArray[np.float64]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
Layer = tuple[Doubles, Doubles]
"""Weights (features, outputs) and bias (outputs,)."""


@dataclass(frozen=True)
class Effort:
    """How much work a fit is: folds for calibration, and texts that a term must stand in.

    `lasting`: whether a later fit may take the calibration over (training/refit.py).
    """

    folds: int
    min_df: int
    lasting: bool = True


THOROUGH = Effort(folds=4, min_df=2)
QUICK = Effort(folds=2, min_df=3, lasting=False)
"""For the very first start, which answers within seconds; ADR 0002 has what it costs."""

NGRAM_STRENGTH, DENSE_STRENGTH = 20.0, 1.0
"""Inverse regularisation of the two blocks (ADR 0002)."""
ACT = 0.15
"""Weight of an act (intents/acts.py), whatever the length of its text (ADR 0002)."""
DENSE_LENGTH = 2.0
"""Mean length of a scaled sentence vector; an n-gram row has length 1."""
FALSE_DANGER, FALSE_CAUTION, FALSE_MARK = 0.003, 0.025, 0.03
"""Share of out-of-fold benign rows (unmarked rows) that may pass a threshold."""
HARD_SHARE = 0.25
"""Hard negatives are half of the benign corpus but rare in talk: they count as this share of it."""
FLOORS = Thresholds(danger=0.60, caution=0.40, paid=0.35, happening=0.40)


class TooLittle(ValueError):
    """There are not enough samples to fit; the message says which."""


@dataclass(frozen=True)
class Rows:
    """Training rows: long texts are cut into the windows that serving will see."""

    texts: list[str]
    labels: NDArray[np.str_]
    marks: NDArray[np.bool_]
    hard: NDArray[np.bool_]
    groups: NDArray[np.str_]
    weights: Doubles
    owners: NDArray[np.intp]


def rows(examples: Sequence[Example]) -> Rows:
    """The rows of these examples; the windows of one text share a weight of 1."""
    texts, owners, weights = [], [], []
    for owner, example in enumerate(examples):
        value = prepared(example.text)
        pieces = segments.windows(value)
        texts += [value[start:end] for start, end in pieces]
        owners += [owner] * len(pieces)
        weights += [1.0 / len(pieces)] * len(pieces)
    at = np.array(owners, dtype=np.intp)
    return Rows(
        texts,
        np.array([e.type for e in examples])[at],
        np.array([[e.paid, e.happening] for e in examples], dtype=bool)[at],
        np.array([bool(e.near) for e in examples])[at],
        np.array([e.group for e in examples])[at],
        np.array(weights),
        at,
    )


def fit(
    examples: Sequence[Example],
    embed: Embed | None = None,
    encoder_version: str = "",
    effort: Effort = THOROUGH,
) -> Model:
    """A model with the n-gram head and, where `embed` is given, the full head.

    Raises TooLittle where scams or benign texts are fewer than the folds, or share no words.
    """
    return fitted(examples, embed, encoder_version, effort).model


@dataclass(frozen=True)
class Fitted:
    """A model, and by head the type that each example was given while its fold was held out."""

    model: Model
    said: dict[str, list[str]]


def fitted(
    examples: Sequence[Example],
    embed: Embed | None = None,
    encoder_version: str = "",
    effort: Effort = THOROUGH,
) -> Fitted:
    """`fit`, with what cross-validation said of each example. Raises TooLittle."""
    labels = sorted({example.type for example in examples})
    talk = sum(example.type == BENIGN for example in examples)
    if min(talk, len(examples) - talk) < effort.folds:
        raise TooLittle(
            f"样本不够:骗局和平常话(benign)至少各要 {effort.folds} 条,"
            f"现在是 {len(examples) - talk} 条和 {talk} 条,没法训练"
        )
    data = rows(examples)
    folds = _folds(data, effort.folds)
    names, ngrams, idf = vocabulary(data.texts, effort.min_df)
    blocks = [_block(ngrams, data, labels, NGRAM_STRENGTH, folds)]
    heads, told = {}, {}
    heads["ngram"], told["ngram"] = _head(blocks, data, labels)
    center, scale = np.zeros(DIMENSION, np.float32), np.ones(DIMENSION, np.float32)
    if embed is not None:
        vectors = embed(data.texts)
        center = vectors.mean(axis=0)
        scale = (DENSE_LENGTH / np.sqrt(DIMENSION) / (vectors.std(axis=0) + 1e-6)).astype(np.float32)
        blocks.append(_block(csr_matrix((vectors - center) * scale), data, labels, DENSE_STRENGTH, folds))
        heads["full"], told["full"] = _head(blocks, data, labels)
    if not effort.lasting:
        heads = {name: replace(head, shares=None, shift=None) for name, head in heads.items()}
    model = Model(
        labels=tuple(labels),
        terms={term: i for i, term in enumerate(names)},
        idf=idf,
        heads=heads,
        features_version=features_version(),
        encoder_version=encoder_version if embed is not None else "",
        center=center,
        scale=scale,
    )
    return Fitted(model, told)


def vocabulary(texts: Sequence[str], min_df: int) -> tuple[list[str], Matrix, NDArray[np.float32]]:
    """(terms, rows, idf): the terms that stand in so many of these texts, sorted. Raises TooLittle."""
    vectorizer = CountVectorizer(analyzer=terms, min_df=min_df, dtype=np.float32)
    try:
        counts: Matrix = vectorizer.fit_transform(texts)
    except ValueError as error:  # no term stands in min_df texts
        raise TooLittle("样本不够:没有一个字词在几条样本里都出现过,没法训练") from error
    names = vectorizer.get_feature_names_out()
    return list(names), *weighed(counts, np.char.startswith(names.astype(str), MARK))


def weighed(counts: Matrix, acts: NDArray[np.bool_]) -> tuple[Matrix, NDArray[np.float32]]:
    """(rows, idf) of term counts: TF-IDF of length 1, and beside it the acts, each of weight `ACT`.

    The same numbers as `Classifier.weigh`; idf is smoothed as scikit-learn does.
    """
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.where(acts, ACT, np.log((1 + counts.shape[0]) / (1 + held)) + 1).astype(np.float32)
    found: Matrix = counts.copy()
    found.data = (1 + np.log(found.data)) * idf[found.indices]
    lexical = np.where(acts[found.indices], 0.0, found.data)
    lengths = np.sqrt(np.add.reduceat(np.append(lexical**2, 0.0), found.indptr[:-1]))
    lengths[(np.diff(found.indptr) == 0) | (lengths == 0)] = 1.0
    found.data = np.where(acts[found.indices], ACT, found.data / np.repeat(lengths, np.diff(found.indptr)))
    return found.astype(np.float32), idf


# ---- blocks: each kind of feature is fitted alone, then they are added up ------------------------------


@dataclass(frozen=True)
class Block:
    """One kind of feature: its weights (features, outputs), bias, and outputs out of fold (rows, outputs)."""

    weights: Doubles
    bias: Doubles
    held: Doubles


def _block(x: Matrix, data: Rows, labels: list[str], strength: float, folds: Sequence[Fold]) -> Block:
    weights, bias = linear(x, data, labels, np.arange(x.shape[0]), strength)
    held = np.zeros((x.shape[0], len(labels) + len(MARKS)))
    for train, test in folds:
        if len(np.unique(data.labels[train])) > 1:
            fold_weights, fold_bias = linear(x, data, labels, train, strength)
            held[test] = x[test] @ fold_weights + fold_bias
    return Block(weights, bias, held)


def _folds(data: Rows, count: int) -> list[Fold]:
    """Splits that keep a writer together; of a type with too few writers, a text."""
    groups = data.groups.astype(object)
    for label in np.unique(data.labels):
        own = data.labels == label
        if len(np.unique(data.groups[own])) < count:
            parts = zip(data.groups[own], data.owners[own] % count, strict=True)
            groups[own] = [f"{group}-{label}-{part}" for group, part in parts]
    return list(StratifiedGroupKFold(count).split(data.labels, data.labels, groups.astype(str)))


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


# ---- a head: blocks added up and calibrated ------------------------------------------------------------


def _head(blocks: Sequence[Block], data: Rows, labels: list[str]) -> tuple[Head, list[str]]:
    """The head, and the type that it gives to each example out of fold."""
    types = len(labels)
    shares = np.zeros((len(blocks), types + len(MARKS)))
    shift = np.zeros(types + len(MARKS))
    shares[:, :types] = _shares(blocks, np.searchsorted(labels, data.labels), data.weights, types)[:, None]
    for mark in range(types, types + len(MARKS)):
        outputs = np.stack([block.held[:, mark] for block in blocks], axis=1)
        shares[:, mark], shift[mark] = _platt(outputs, data.marks[:, mark - types], data.weights)
    held = sum((b.held * share for b, share in zip(blocks, shares, strict=True)), np.zeros(1)) + shift
    layers = [(block.weights, block.bias) for block in blocks]
    head = folded(layers, shares, shift, _thresholds(held, data, labels))
    return head, said(held[:, :types], head.thresholds.caution, data.owners, data.weights, labels)


def folded(layers: Sequence[Layer], shares: Doubles, shift: Doubles, thresholds: Thresholds) -> Head:
    """A head of blocks (n-grams, then sentence vectors) with its calibration folded in."""
    bias = sum((bias * share for (_, bias), share in zip(layers, shares, strict=True)), np.zeros(1)) + shift
    return Head(
        ngram=(layers[0][0] * shares[0]).astype(np.float32),
        bias=bias.astype(np.float32),
        thresholds=thresholds,
        dense=(layers[1][0] * shares[1]).astype(np.float32) if len(layers) > 1 else None,
        shares=shares.astype(np.float32),
        shift=shift.astype(np.float32),
    )


def said(
    logits: Doubles, caution: float, owners: NDArray[np.intp], weights: Doubles, labels: list[str]
) -> list[str]:
    """The type of each example (0.. of `owners`) by the mean of its windows; benign where the level would be
    `none`."""
    total = np.zeros((owners.max() + 1, len(labels)))
    np.add.at(total, owners, logits * weights[:, None])
    shifted = np.exp(total - total.max(axis=1, keepdims=True))
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    benign = labels.index(BENIGN)
    quiet = 1.0 - probability[:, benign] < caution
    probability[:, benign] = 0.0
    best = np.where(quiet, benign, probability.argmax(axis=1))
    return [labels[at] for at in best]


def _shares(blocks: Sequence[Block], truth: NDArray[np.intp], weight: Doubles, types: int) -> Doubles:
    """How much each block's type logits count: least log loss out of fold.

    With one block this is temperature scaling (Guo et al., 2017).
    """

    def loss(log_shares: Doubles) -> float:
        logits = sum(
            (b.held[:, :types] * s for b, s in zip(blocks, np.exp(log_shares), strict=True)), np.zeros(1)
        )
        shifted = logits - logits.max(axis=1, keepdims=True)
        own = shifted[np.arange(len(truth)), truth]
        return float((weight * (np.log(np.exp(shifted).sum(axis=1)) - own)).mean())

    start = np.full(len(blocks), -np.log(len(blocks)))
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-2, "fatol": 1e-6}).x
    return np.asarray(np.exp(np.clip(best, -4, 2)), dtype=np.float64)


def _platt(outputs: Doubles, truth: NDArray[np.bool_], weight: Doubles) -> tuple[Doubles, float]:
    """Share of each block and shift that turn a mark's outputs into log-odds (Platt, 1999)."""
    even = np.full(outputs.shape[1], 1.0 / outputs.shape[1])
    if not truth.any() or truth.all():
        return even, 0.0
    scaler = LogisticRegression(C=100.0).fit(outputs, truth, sample_weight=weight)
    shares = np.asarray(scaler.coef_[0], dtype=np.float64)
    return (shares, float(scaler.intercept_[0])) if (shares > 0).any() else (even, 0.0)


# ---- thresholds ----------------------------------------------------------------------------------------


def _thresholds(held: Doubles, data: Rows, labels: list[str]) -> Thresholds:
    """The lowest limits that keep false alarms on unseen writers within the budget, above the floors."""
    types = held[:, : len(labels)]
    shifted = np.exp(types - types.max(axis=1, keepdims=True))
    scam = 1.0 - (shifted / shifted.sum(axis=1, keepdims=True))[:, labels.index(BENIGN)]
    benign = data.labels == BENIGN
    share = np.where(data.hard, HARD_SHARE / max(data.hard[benign].sum(), 1), 0.0)
    share += np.where(data.hard, 0.0, (1 - HARD_SHARE) / max((~data.hard[benign]).sum(), 1))
    sigmoid = 1.0 / (1.0 + np.exp(-held[:, len(labels) :]))
    danger = _limit(scam[benign], share[benign], FALSE_DANGER, (FLOORS.danger, 0.97))
    caution = _limit(scam[benign], share[benign], FALSE_CAUTION, (FLOORS.caution, 0.9))
    paid, happening = (
        _limit(sigmoid[~marked, i], data.weights[~marked], FALSE_MARK, (floor, 0.9))
        for i, (marked, floor) in enumerate(zip(data.marks.T, (FLOORS.paid, FLOORS.happening), strict=True))
    )
    return Thresholds(danger, min(danger, caution), paid, happening)


def _limit(scores: Doubles, weight: Doubles, share: float, bounds: tuple[float, float]) -> float:
    """The lowest limit within the bounds that at most this weighted share of the scores reaches."""
    if not len(scores):
        return bounds[0]
    order = np.argsort(-scores)
    above = np.cumsum(weight[order]) / weight.sum()
    passed = int(np.searchsorted(above, share))
    limit = scores[order[min(passed, len(order) - 1)]] + 1e-4
    return round(float(np.clip(limit, *bounds)), 4)
