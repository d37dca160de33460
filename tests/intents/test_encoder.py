"""Vectors at hand, and those of many texts at once."""

from __future__ import annotations

import numpy as np
import pytest

from intents import encoder
from intents.encoder import DIMENSION, MANY, AtHand
from tests import tiny


def test_texts_at_hand_are_not_encoded_again_and_others_are() -> None:
    """The rows come in the order asked, whoever gives them."""
    behind = tiny.HashEncoder()
    at_hand = AtHand(behind, ["刷单返佣", "羊价多少"])
    behind.seen.clear()
    asked = ["羊价多少", "别的话", "刷单返佣", "别的话"]
    found = at_hand.encode(asked)
    assert set(behind.seen) == {"别的话"}
    assert np.array_equal(found, tiny.HashEncoder().encode(asked))
    assert at_hand.version == behind.version


def test_no_texts_are_no_rows() -> None:
    """Of the right width all the same."""
    assert AtHand(tiny.HashEncoder(), []).encode([]).shape == (0, DIMENSION)


def test_many_texts_have_the_vectors_that_each_has_alone() -> None:
    """Each core takes its own text; the order stays."""
    found = encoder.load()
    if found is None:
        pytest.skip(encoder.reason_missing())
    texts = [f"第{i}只羊多少钱" for i in range(MANY)]
    alone = np.concatenate([found.encode([text]) for text in texts])
    assert np.array_equal(found.encode(texts), alone)
