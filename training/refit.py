"""A fit of little that is new: the search starts from the live model, whose calibration is taken over.

ADR 0006 has what that saves and why it is safe. Where more than a little changed, `training.fit` starts anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from intents.encoder import DIMENSION
from intents.examples import Example
from intents.features import features_version
from intents.model import MARKS, Head, Model
from training.counts import Count, Matrix, TermCounts
from training.fit import DENSE_STRENGTH, NGRAM_STRENGTH, THOROUGH, Effort, Embed, Fitted
from training.heads import folded, said
from training.layers import Layer, linear
from training.registry import text_id
from training.rows import Doubles, Rows, rows, vocabulary

LITTLE = 0.1
"""Share of the samples that may differ from those that a calibration was made on."""
NEIGHBOURS = 3000
"""Rows of other types that a new type's cross-validation looks at: those that share most with it."""
UNKNOWN = -6.0
"""Where the search for the bias of a type begins that the live model does not have."""


@dataclass(frozen=True)
class Calibrated:
    """A model whose calibration may be taken over, and the (id, type) of the samples that it was made on."""

    id: str
    model: Model
    samples: frozenset[tuple[str, str]]


def may_start(examples: Sequence[Example], known: Calibrated, encoder_version: str) -> bool:
    """Whether so little is new that a fit may start from this model, which has the same features."""
    model = known.model
    now = {(text_id(example.text), example.type) for example in examples}
    return (
        model.features_version == features_version()
        and model.encoder_version == encoder_version
        and all(head.shares is not None and head.shift is not None for head in model.heads.values())
        and len(now ^ known.samples) < LITTLE * len(known.samples)
    )


def refitted(
    examples: Sequence[Example],
    live: Model,
    embed: Embed | None = None,
    effort: Effort = THOROUGH,
    count: Count | None = None,
) -> Fitted:
    """What `fit.fitted` gives, but `said` only of the types that the live model does not have ("" elsewhere)."""
    labels = sorted({example.type for example in examples})
    data = rows(examples)
    names, ngrams, idf = vocabulary(data.texts, effort.min_df, count or TermCounts())
    starts = _starts(live, labels, names)
    parts = [(ngrams, NGRAM_STRENGTH)]
    if embed is not None and "full" in live.heads:
        dense: Matrix = csr_matrix((embed(data.texts) - live.center) * live.scale)
        parts.append((dense, DENSE_STRENGTH))
    everything = np.arange(len(data.texts))
    layers = [
        linear(x, data, labels, everything, strength, start)
        for (x, strength), start in zip(parts, starts, strict=True)
    ]
    heads = {name: _head(head, layers, live, labels) for name, head in live.heads.items()}
    model = Model(
        labels=tuple(labels),
        terms={term: at for at, term in enumerate(names)},
        idf=idf,
        heads=heads,
        features_version=features_version(),
        encoder_version=live.encoder_version,
        center=live.center,
        scale=live.scale,
    )
    return Fitted(model, _unseen(parts, starts, data, labels, heads, set(live.labels), effort))


# ---- from the live model, and back ---------------------------------------------------------------------


def _starts(live: Model, labels: list[str], names: list[str]) -> list[Layer]:
    """Where each block's search starts: the live model's weights with its calibration taken out again."""
    outs = _outputs(live, labels)
    ours, theirs = np.nonzero(outs >= 0)[0], outs[outs >= 0]
    there = np.array([live.terms.get(term, -1) for term in names])
    first = live.heads["ngram"]
    ngram = _zeros(len(names), len(outs))
    ngram[0][np.ix_(there >= 0, ours)] = _apart(first.ngram, first, 0)[there[there >= 0]][:, theirs]
    own_bias = _apart(first.bias - _shift(first), first, 0)
    ngram[1][ours] = own_bias[theirs]
    full = live.heads.get("full")
    if full is None or full.dense is None:
        return [ngram]
    dense = _zeros(DIMENSION, len(outs))
    dense[0][:, ours] = _apart(full.dense, full, 1)[:, theirs]
    rest = full.bias - _shift(full) - own_bias * _shares(full)[0]
    dense[1][ours] = _apart(rest, full, 1)[theirs]
    return [ngram, dense]


def _zeros(features: int, outputs: int) -> Layer:
    return np.zeros((features, outputs)), np.full(outputs, UNKNOWN)


def _outputs(live: Model, labels: list[str]) -> NDArray[np.intp]:
    """The live model's output for each of ours, -1 where it has none."""
    types = [live.labels.index(label) if label in live.labels else -1 for label in labels]
    return np.array([*types, *(len(live.labels) + mark for mark in range(len(MARKS)))])


def _shares(head: Head) -> Doubles:
    return np.asarray(head.shares, dtype=np.float64)


def _shift(head: Head) -> Doubles:
    return np.asarray(head.shift, dtype=np.float64)


def _apart(values: NDArray[np.floating], head: Head, block: int) -> Doubles:
    """Values of all outputs divided by the block's shares; 0 where the block has none."""
    shares = _shares(head)[block]
    usable = np.abs(shares) > 1e-4
    found: Doubles = np.where(usable, values / np.where(usable, shares, 1.0), 0.0)
    return found


def _calibration(head: Head, live: Model, labels: list[str]) -> tuple[Doubles, Doubles]:
    """(shares, shift) for our outputs; a new type takes the shares that all types have."""
    outs = _outputs(live, labels)
    shares = _shares(head)[:, np.where(outs >= 0, outs, 0)]
    return shares, np.where(outs >= 0, _shift(head)[outs], 0.0)


def _head(head: Head, layers: Sequence[Layer], live: Model, labels: list[str]) -> Head:
    shares, shift = _calibration(head, live, labels)
    return folded(layers[: len(shares)], shares, shift, head.thresholds)


# ---- new types: their own rows out of fold ---------------------------------------------------------------


def _unseen(  # noqa: PLR0913, PLR0917 - all that a fit is made of
    parts: Sequence[tuple[Matrix, float]],
    starts: Sequence[Layer],
    data: Rows,
    labels: list[str],
    heads: dict[str, Head],
    old: set[str],
    effort: Effort,
) -> dict[str, list[str]]:
    """By head, what is said of each new type's examples while their fold is held out; "" of the others.

    The search starts from the live model, which has not seen them as this type, and looks at their neighbours
    alone: what lies far off says little of where the new type ends.
    """
    count = int(data.owners.max()) + 1
    told = {name: [""] * count for name in heads}
    new = ~np.isin(data.labels, sorted(old))
    if not new.any():
        return told
    beside = _neighbours(parts[0][0], new)
    for fold in range(effort.folds):
        held = new & (data.owners % effort.folds == fold)
        train = np.nonzero((new & ~held) | beside)[0]
        outputs = []
        for (x, strength), start in zip(parts, starts, strict=True):
            weights, bias = linear(x, data, labels, train, strength, start, marks=False)
            outputs.append(x[held] @ weights + bias)
        for name, head in heads.items():
            shares = _shares(head)
            logits = sum(out * share for out, share in zip(outputs, shares, strict=False))
            _tell(told[name], logits[:, : len(labels)], head.thresholds.caution, data, labels, held)
    return told


def _neighbours(x: Matrix, new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows of other types share most with the new ones."""
    likeness = np.asarray(x @ x[new].sum(axis=0).T).ravel()
    likeness[new] = -np.inf
    found = np.zeros(len(new), dtype=bool)
    found[np.argsort(-likeness, kind="stable")[: min(NEIGHBOURS, int((~new).sum()))]] = True
    return found


def _tell(  # noqa: PLR0913, PLR0917 - one fold's outputs and what they are of
    told: list[str],
    logits: Doubles,
    caution: float,
    data: Rows,
    labels: list[str],
    held: NDArray[np.bool_],
) -> None:
    own, owners = np.unique(data.owners[held], return_inverse=True)
    for owner, label in zip(own, said(logits, caution, owners, data.weights[held], labels), strict=True):
        told[owner] = label
