"""Examples as rows of numbers: windows of texts, and their terms weighed as serving weighs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents import segments
from intents.acts import MARK
from intents.examples import Example
from training.counts import Count, Matrix
from training.prepared import prepared

Doubles = NDArray[np.float64]
ACT = 0.15
"""Weight of an act (intents/acts.py), whatever the length of its text (ADR 0002)."""


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


def vocabulary(
    texts: Sequence[str], min_df: int, count: Count
) -> tuple[list[str], Matrix, NDArray[np.float32]]:
    """(terms, rows, idf): the terms that stand in so many of these texts, sorted. Raises TooLittle."""
    terms, counts = count(texts)
    often = np.bincount(counts.indices, minlength=len(terms)) >= min_df
    chosen = sorted(np.nonzero(often)[0].tolist(), key=terms.__getitem__)
    if not chosen:
        raise TooLittle("样本不够:没有一个字词在几条样本里都出现过,没法训练")
    names = [terms[at] for at in chosen]
    acts = np.array([name.startswith(MARK) for name in names])
    return names, *weighed(counts[:, chosen], acts)


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
