"""Examples as rows of numbers: windows of texts, and their terms weighed as serving weighs them."""

from __future__ import annotations

from collections import Counter
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
SINGLE = 0.5
"""Weight of a single character beside a word or a longer run of characters (ADR 0002)."""
RARE = 0.25
"""A type with fewer examples than this share of the mean type's is new (ADR 0006)."""


class TooLittle(ValueError):
    """There are not enough samples to fit; the message says which."""


@dataclass(frozen=True)
class Rows:
    """Training rows: long texts are cut into the windows that serving will see.

    texts, labels, marks (paid, happening), hard, groups (writers), weights, owners and parts are of one length;
    an owner is the place of a row's example, and `parts` says which rows serving will not see. `new` are the
    types that have only a few examples.
    """

    texts: list[str]
    labels: NDArray[np.str_]
    marks: NDArray[np.bool_]
    hard: NDArray[np.bool_]
    groups: NDArray[np.str_]
    weights: Doubles
    owners: NDArray[np.intp]
    parts: NDArray[np.bool_]
    new: frozenset[str]


def _new_types(examples: Sequence[Example]) -> frozenset[str]:
    counts = Counter(example.type for example in examples)
    return frozenset(name for name, count in counts.items() if count < RARE * len(examples) / len(counts))


def rows(examples: Sequence[Example]) -> Rows:
    """The rows of these examples; those of one text share a weight of 1.

    A new type's few scripts are learned in parts as well: who asks about one tells only some of it.
    """
    texts, owners, weights, parts = [], [], [], []
    few = _new_types(examples)
    for owner, example in enumerate(examples):
        value = prepared(example.text)
        windows = segments.windows(value)
        more = segments.parts(value) if example.type in few and len(windows) == 1 else []
        pieces = windows + more
        texts += [value[start:end] for start, end in pieces]
        owners += [owner] * len(pieces)
        parts += [False] * len(windows) + [True] * len(more)
        halves = [windows, more] if more else [windows]  # the whole script weighs as much as all its parts
        weights += [1.0 / len(halves) / len(half) for half in halves for _ in half]
    at = np.array(owners, dtype=np.intp)
    return Rows(
        texts,
        np.array([e.type for e in examples])[at],
        np.array([[e.paid, e.happening] for e in examples], dtype=bool)[at],
        np.array([bool(e.near) for e in examples])[at],
        np.array([e.group for e in examples])[at],
        np.array(weights),
        at,
        np.array(parts, dtype=bool),
        few,
    )


def served(examples: Sequence[Example]) -> list[str]:
    """The windows of these examples: all that serving can ask the encoder for."""
    values = [prepared(example.text) for example in examples]
    return [value[start:end] for value in values for start, end in segments.windows(value)]


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
    return names, *weighed(counts[:, chosen], names)


def weighed(counts: Matrix, names: Sequence[str]) -> tuple[Matrix, NDArray[np.float32]]:
    """(rows, idf) of counts of these terms: TF-IDF of length 1, and beside it the acts, each of weight `ACT`.

    The same numbers as `Classifier.weigh`; idf is smoothed as scikit-learn does, and less for single characters.
    """
    acts = np.array([name.startswith(MARK) for name in names])
    scale = np.array([SINGLE if len(name) == 1 else 1.0 for name in names])
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = scale * (np.log((1 + counts.shape[0]) / (1 + held)) + 1)
    idf = np.where(acts, ACT, idf).astype(np.float32)
    found: Matrix = counts.copy()
    found.data = (1 + np.log(found.data)) * idf[found.indices]
    lexical = np.where(acts[found.indices], 0.0, found.data)
    lengths = np.sqrt(np.add.reduceat(np.append(lexical**2, 0.0), found.indptr[:-1]))
    lengths[(np.diff(found.indptr) == 0) | (lengths == 0)] = 1.0
    found.data = np.where(acts[found.indices], ACT, found.data / np.repeat(lengths, np.diff(found.indptr)))
    return found.astype(np.float32), idf
