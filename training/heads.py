"""A head: blocks added up, calibrated, with thresholds, all from outputs out of fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from intents.classifier import CONCEIVABLE, raised, softmax
from intents.model import MARKS, Floats, Head, Thresholds
from intents.types import BENIGN
from training.layers import Block, Layer
from training.rows import Doubles, Rows

FALSE_DANGER, FALSE_CAUTION, FALSE_MARK = 0.002, 0.02, 0.03
"""Share of out-of-fold benign rows (unmarked rows) that may pass a threshold."""
HARD_SHARE = 0.25
"""Hard negatives are half of the benign corpus but rare in talk: they count as this share of it."""
NEW_TAKES = 0.01
"""Share of the scams rightly named out of fold that a new type may take when its logit is raised ..."""
RAISED = 4.0
"""... by at most this much (ADR 0006)."""
FLOORS = Thresholds(danger=0.60, caution=0.40, paid=0.35, happening=0.25)


def calibrated(blocks: Sequence[Block], data: Rows, labels: list[str]) -> tuple[Head, list[str]]:
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
    gain = gains(held[:, :types], data, labels)
    head = folded(layers, shares, shift, thresholds(held, data, labels, gain), gain)
    return head, said(held[:, :types], head, data, labels)


def folded(
    layers: Sequence[Layer],
    shares: Doubles,
    shift: Doubles,
    thresholds: Thresholds,
    gain: Floats | None,
) -> Head:
    """A head of blocks (n-grams, then sentence vectors) with its calibration folded in."""
    bias = sum((bias * share for (_, bias), share in zip(layers, shares, strict=True)), np.zeros(1)) + shift
    return Head(
        share=shares[0].astype(np.float32),
        bias=bias.astype(np.float32),
        thresholds=thresholds,
        dense=(layers[1][0] * shares[1]).astype(np.float32) if len(layers) > 1 else None,
        raised=gain,
    )


def gains(logits: Doubles, data: Rows, labels: list[str]) -> Floats | None:
    """What the new types gain when a scam is named: a few scripts say less of the other ways to tell it than
    thousands of examples say of an old type, so each is given as much as the old ones can spare."""
    if not data.new:
        return None
    old = ~np.isin(data.labels, [BENIGN, *data.new])
    scams = [at for at, label in enumerate(labels) if label != BENIGN and label not in data.new]
    best = logits[old][:, scams].max(axis=1)
    own = logits[old, np.searchsorted(labels, data.labels[old])]
    right = own >= best
    found = np.zeros(len(labels), np.float32)
    for label in data.new - {BENIGN}:
        at = labels.index(label)
        spare = np.quantile(own[right] - logits[old, at][right], NEW_TAKES) if right.any() else 0.0
        found[at] = np.clip(spare, 0.0, RAISED)
    return found


def said(logits: Doubles, head: Head, data: Rows, labels: list[str]) -> list[str]:
    """The type of each example by the mean of its windows, as serving sees them; benign where the level would
    be `none`."""
    seen = ~data.parts
    owners = data.owners[seen]
    total = np.zeros((owners.max() + 1, len(labels)))
    np.add.at(total, owners, logits[seen] / np.bincount(owners)[owners][:, None])
    benign = labels.index(BENIGN)
    probability = raised(softmax(total), head.raised, benign)
    quiet = 1.0 - probability[:, benign] < head.thresholds.caution
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


def thresholds(held: Doubles, data: Rows, labels: list[str], gain: Floats | None) -> Thresholds:
    """The lowest limits that keep false alarms on unseen writers within the budget, above the floors.

    What new types gain is counted in: they warn of ordinary talk, too.
    """
    plain = labels.index(BENIGN)
    scam = 1.0 - raised(softmax(held[:, : len(labels)]), gain, plain)[:, plain]
    benign = data.labels == BENIGN
    share = np.where(data.hard, HARD_SHARE / max(data.hard[benign].sum(), 1), 0.0)
    share += np.where(data.hard, 0.0, (1 - HARD_SHARE) / max((~data.hard[benign]).sum(), 1))
    sigmoid = (scam >= CONCEIVABLE)[:, None] / (1.0 + np.exp(-held[:, len(labels) :]))
    danger = _limit(scam[benign], share[benign], FALSE_DANGER, (FLOORS.danger, 0.995))
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
