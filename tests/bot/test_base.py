"""The base version: a part of the examples at once, all of them soon after."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import base
from bot.store.engine import open_store
from bot.store.versions import StoredVersions
from intents.examples import Example
from intents.knowledge import Knowledge
from tests import tiny
from training import retrain


@pytest.fixture
def registry(tmp_path: Path) -> StoredVersions:
    """A data folder's versions: none yet."""
    return StoredVersions(open_store(tmp_path))


def learned(registry: StoredVersions) -> list[int]:
    """How many samples each version learned, the newest first."""
    return [len(version.samples) for version in registry.versions()]


def test_without_an_encoder_the_words_of_all_examples_serve_in_the_end(
    tmp_path: Path, registry: StoredVersions, examples: list[Example], knowledge: Knowledge
) -> None:
    few = tiny.spread(examples, 30, 300)
    base.train(tmp_path, registry, knowledge, full=False, corpus=few, first=len(few) // 3)
    whole, part = learned(registry)
    assert 0 < part < whole / 2 and whole == len({retrain.sample_id(e) for e in retrain.split(few)[0]})
    assert registry.active() == registry.versions()[0].id
    base.train(tmp_path, registry, knowledge, full=False, corpus=few, first=len(few) // 3)
    assert len(registry.versions()) == 2, "nothing is missing"


def test_a_first_start_that_was_broken_off_goes_on_where_it_was(
    tmp_path: Path, registry: StoredVersions, examples: list[Example], knowledge: Knowledge
) -> None:
    few = tiny.spread(examples, 30, 300)
    part = few[::3]
    words = retrain.measured(part, knowledge, None, tiny.EFFORT)
    retrain.publish(registry, *words, part, base.BY, base.PART)
    base.train(tmp_path, registry, knowledge, full=False, corpus=few, first=len(few) // 3)
    assert len(learned(registry)) == 2 and learned(registry)[0] > learned(registry)[1]
