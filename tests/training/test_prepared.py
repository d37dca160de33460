"""Examples prepared once a process."""

from __future__ import annotations

from intents.examples import Example
from training.prepared import prepared


def test_the_corpus_and_as_many_samples_again_are_remembered(examples: list[Example]) -> None:
    """A cache that is smaller than what is read from end to end forgets each text before it is asked again."""
    size = prepared.cache_info().maxsize
    assert size is not None and size >= 2 * len(examples)
