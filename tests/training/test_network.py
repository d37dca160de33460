"""Hidden layers over sentence vectors: they tell what no straight line does."""

from __future__ import annotations

import numpy as np
import pytest

from intents.examples import Example
from intents.model import widened
from intents.types import BENIGN
from training.fit import DENSE
from training.layers import block
from training.network import UNITS, hidden
from training.rows import Rows, rows

EXAMPLES = [Example(f"第{n}句", ("loan", BENIGN)[n % 2], f"w{n % 9}") for n in range(400)]


def checkered(data: Rows) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Vectors of which a type's lie on both sides of the other's: two directions agree, or they do not."""
    drawn = np.random.default_rng(0).normal(size=(len(data.texts), 384)).astype(np.float32) / 10
    drawn[:, 0] = np.where(drawn[:, 0] > 0, 1, -1)
    drawn[:, 1] = np.where(data.labels == BENIGN, 1, -1) * drawn[:, 0]
    return drawn


def test_what_no_straight_line_tells_apart_is_told_apart() -> None:
    data = rows(EXAMPLES)
    vectors = checkered(data)
    fold = [(np.arange(200, 400), np.arange(200)), (np.arange(200), np.arange(200, 400))]
    right = []
    for learn in (hidden, lambda *_: ()):
        made = block(vectors, data, [BENIGN, "loan"], DENSE, fold, learn)
        said = made.held[:, :2].argmax(axis=1)
        right.append(float((said == (data.labels == "loan")).mean()))
        assert made.weights.shape[0] == widened(vectors, made.hidden).shape[1]
    assert right[0] > 0.75, "with layers"
    assert right[1] < 0.65, "without"


def test_one_type_alone_teaches_no_layers() -> None:
    data = rows(EXAMPLES)
    assert hidden(checkered(data), data, np.flatnonzero(data.labels == BENIGN)) == ()


def test_the_layers_are_small_floats() -> None:
    data = rows(EXAMPLES)
    layers = hidden(checkered(data), data, np.arange(400))
    assert [(w.shape, b.shape) for w, b in layers] == [((384, UNITS[0]), (UNITS[0],)), (UNITS, (UNITS[1],))]
    assert all(part.dtype == np.float32 for layer in layers for part in layer)


def test_the_units_are_as_long_as_the_vectors() -> None:
    data = rows(EXAMPLES)
    vectors = checkered(data)
    wide = widened(vectors, hidden(vectors, data, np.arange(400)))
    given, units = (np.linalg.norm(part, axis=1).mean() for part in (wide[:, :384], wide[:, 384:]))
    assert units == pytest.approx(given, rel=1e-3)
