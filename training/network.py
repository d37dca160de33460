"""What sentence vectors say beyond straight lines: the hidden layers of a small network, learned on the types.

Only the layers are kept. What they give stands beside the vector as more features of a linear classifier, which
weighs types and marks as it does elsewhere (ADR 0002 has what this gains).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from intents.model import Floats, Hidden, widened
from training.rows import Rows

UNITS = (256, 128)
DECAY = 0.1
"""L2 penalty (scikit-learn's alpha)."""
EPOCHS = 10
DROPPED = 0.2
"""Share of a vector's numbers that each epoch leaves out, other ones each time, so that no unit leans on a few
(Srivastava et al., 2014)."""


def hidden(vectors: Floats, data: Rows, chosen: NDArray[np.intp]) -> Hidden:
    """The hidden layers after learning to tell the types of the chosen rows; none where these have one type.

    The units are as long, on the mean, as the vectors beside which they stand.
    """
    labels, given = data.labels[chosen], vectors[chosen]
    names = np.unique(labels)
    if len(names) == 1:
        return ()
    weight = data.weights[chosen] / data.weights[chosen].mean()
    network = MLPClassifier(UNITS, alpha=DECAY, random_state=0)
    drawn = np.random.default_rng(0)
    for _ in range(EPOCHS):
        kept = drawn.random(given.shape, dtype=np.float32) >= DROPPED
        network.partial_fit(given * kept / np.float32(1 - DROPPED), labels, weight, names)
    *before, last = zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True)
    units = widened(given, (*before, last))[:, given.shape[1] :]
    # No unit is negative, so that the last layer times a number gives the units times that number.
    scale = _length(given) / max(_length(units), 1e-6)
    layers = (*before, (last[0] * scale, last[1] * scale))
    return tuple((weights.astype(np.float32), bias.astype(np.float32)) for weights, bias in layers)


def _length(vectors: Floats) -> float:
    return float(np.linalg.norm(vectors, axis=1).mean())
