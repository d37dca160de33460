"""Vectors at hand."""

from __future__ import annotations

import numpy as np

from intents.encoder import DIMENSION, AtHand
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
