"""Samples -> model. scikit-learn fits; what is served are the arrays it leaves.

Calibration and thresholds come from out-of-fold outputs with whole writers (or whole uploads) held
out, so that they speak of people the model has not met.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from intents.encoder import DIMENSION, Encoder
from intents.examples import Example
from intents.features import features_version
from intents.model import Model
from intents.types import BENIGN
from training.counts import Count, TermCounts
from training.heads import calibrated
from training.layers import Block, Fold, block, on_vectors, on_words
from training.network import hidden
from training.rows import Rows, TooLittle, rows, vocabulary


@dataclass(frozen=True)
class Effort:
    """How much work a fit is: folds for calibration, and texts that a term must stand in."""

    folds: int
    min_df: int


THOROUGH = Effort(folds=3, min_df=2)
QUICK = Effort(folds=2, min_df=3)
"""For the very first start, which answers within seconds; ADR 0002 has what it costs."""

NGRAM, DENSE = on_words(2.0), on_vectors(0.1)
"""How the two blocks are fitted; the numbers are inverse regularisation (ADR 0002)."""
DENSE_LENGTH = 2.0
"""Mean length of a scaled sentence vector; an n-gram row has length 1."""


def fit(
    examples: Sequence[Example],
    encoder: Encoder | None = None,
    effort: Effort = THOROUGH,
    count: Count | None = None,
) -> Model:
    """A model with the n-gram head and, with an encoder, the full head.

    Raises TooLittle where scams or benign texts are fewer than the folds, or share no words.
    """
    return fitted(examples, encoder, effort, count).model


@dataclass(frozen=True)
class Fitted:
    """A model, and by head the type that each example was given while its fold was held out."""

    model: Model
    said: dict[str, list[str]]


def fitted(
    examples: Sequence[Example],
    encoder: Encoder | None = None,
    effort: Effort = THOROUGH,
    count: Count | None = None,
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
    names, ngrams, idf = vocabulary(data.texts, effort.min_df, count or TermCounts())
    center, scale = np.zeros(DIMENSION, np.float32), np.ones(DIMENSION, np.float32)
    # liblinear has one row of random numbers for the whole process: its fits follow each other, in one thread,
    # so that the same samples give the same model. The other block can go on beside them.
    with ThreadPoolExecutor(1) as beside:
        dense: Future[Block] | None = None
        if encoder is not None:
            vectors = encoder.encode(data.texts)
            center = vectors.mean(axis=0)
            scale = (DENSE_LENGTH / np.sqrt(DIMENSION) / (vectors.std(axis=0) + 1e-6)).astype(np.float32)
            dense = beside.submit(block, (vectors - center) * scale, data, labels, DENSE, folds, hidden)
        blocks = [block(ngrams, data, labels, NGRAM, folds)]
        heads, told = {}, {}
        heads["ngram"], told["ngram"] = calibrated(blocks, data, labels)
        if dense is not None:
            blocks.append(dense.result())
            heads["full"], told["full"] = calibrated(blocks, data, labels)
    model = Model(
        labels=tuple(labels),
        terms={term: i for i, term in enumerate(names)},
        idf=idf,
        ngram=blocks[0].weights.astype(np.float32),
        heads=heads,
        features_version=features_version(),
        encoder_version=encoder.version if encoder is not None else "",
        center=center,
        scale=scale,
        new=data.new,
        hidden=blocks[-1].hidden,
    )
    return Fitted(model, told)


def _folds(data: Rows, count: int) -> list[Fold]:
    """Splits that keep a writer together; of a type with too few writers, a text."""
    groups = data.groups.astype(object)
    for label in np.unique(data.labels):
        own = data.labels == label
        if len(np.unique(data.groups[own])) < count:
            parts = zip(data.groups[own], data.owners[own] % count, strict=True)
            groups[own] = [f"{group}-{label}-{part}" for group, part in parts]
    return list(StratifiedGroupKFold(count).split(data.labels, data.labels, groups.astype(str)))
