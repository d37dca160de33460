"""Versions: their ids, publishing them to the store, letting old arrays go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store.engine import open_store
from bot.store.versions import KEPT_ARRAYS, StoredVersions
from intents.examples import Example
from intents.features import features_version
from intents.model import Model
from training.evaluate import score
from training.registry import Version, new_id
from training.retrain import publish, sample_id, split


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def registry(engine: Engine) -> StoredVersions:
    """Its registry of versions."""
    return StoredVersions(engine)


def numbered(number: int) -> Version:
    """A version's record."""
    return Version(
        f"20261124-1733{number:02}-{number:08x}", 1000.0 + number, "tests", "", "full", features_version()
    )


def test_an_id_is_time_and_content(tiny_model: Model) -> None:
    first = new_id(tiny_model, 0.0)
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", new_id(tiny_model))
    assert first.startswith("19700101-000000-")
    assert new_id(tiny_model, 1.0)[-8:] == first[-8:]
    assert new_id(replace(tiny_model, idf=tiny_model.idf + 1), 0.0)[-8:] != first[-8:]


def test_an_empty_registry_has_no_live_version(registry: StoredVersions) -> None:
    assert registry.active() == ""
    assert registry.versions() == []
    assert registry.version("x") is None and registry.model("x") is None


def test_a_published_version_is_live_and_comes_back_whole(
    registry: StoredVersions, tiny_model: Model, few: list[Example]
) -> None:
    scores = score([], [])
    version = publish(registry, tiny_model, scores, few, "李警官", "加了十条")
    assert registry.active() == version.id
    found = registry.version(version.id)
    assert found is not None and replace(found, scores={}) == replace(version, scores={})
    assert found.scores["rows"] == 0 and found.scores["macro_f1"] is None
    assert (found.by, found.note, found.head, found.parent) == ("李警官", "加了十条", "full", "")
    assert found.types == tiny_model.labels and found.features_version == features_version()
    model = registry.model(version.id)
    assert model is not None and model.dumps()[0] == tiny_model.dumps()[0]


def test_a_version_lists_the_samples_that_it_learned_from_and_not_the_held_out(
    registry: StoredVersions, tiny_model: Model, few: list[Example]
) -> None:
    version = publish(registry, tiny_model, score([], []), few, "x", "")
    learn, held = split(few)
    assert version.samples == tuple((sample_id(e), e.type) for e in learn)
    assert not {sample_id(e) for e in held} & {sample for sample, _ in version.samples}


def test_the_second_version_names_the_first_as_its_parent(
    registry: StoredVersions, tiny_model: Model, few: list[Example]
) -> None:
    first = publish(registry, tiny_model, score([], []), few, "x", "")
    other = replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]})
    second = publish(registry, other, score([], []), few, "x", "")
    assert (second.parent, second.head) == (first.id, "ngram")
    assert [version.id for version in registry.versions()] == [second.id, first.id]


def test_a_stored_version_can_be_made_live_again(registry: StoredVersions, tiny_model: Model) -> None:
    for number in (1, 2):
        registry.publish(numbered(number), tiny_model)
    assert registry.active() == numbered(2).id
    registry.activate(numbered(1).id)
    assert registry.active() == numbered(1).id
    assert len(registry.versions()) == 2


def test_old_arrays_are_let_go_but_those_of_the_newest_and_the_first_are_kept(
    registry: StoredVersions, tiny_model: Model
) -> None:
    small = replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]})
    count = KEPT_ARRAYS + 5
    for number in range(count):
        registry.publish(numbered(number), small)
    kept = [registry.model(numbered(number).id) is not None for number in range(count)]
    assert kept == [True, *[False] * 4, *[True] * KEPT_ARRAYS]
    assert len(registry.versions()) == count, "the records stay"


def test_a_second_registry_on_the_same_store_sees_the_same(
    engine: Engine, registry: StoredVersions, tiny_model: Model
) -> None:
    registry.publish(numbered(1), tiny_model)
    assert StoredVersions(engine).active() == numbered(1).id


def test_a_version_cannot_be_published_twice_and_the_live_one_stays(
    registry: StoredVersions, tiny_model: Model
) -> None:
    registry.publish(numbered(1), tiny_model)
    registry.publish(numbered(2), tiny_model)
    with pytest.raises(Exception, match="UNIQUE"):
        registry.publish(numbered(1), tiny_model)
    assert registry.active() == numbered(2).id


def test_small_facts_are_kept_by_name(registry: StoredVersions) -> None:
    assert registry.fact("progress") == ""
    registry.set_fact("progress", "0.5")
    registry.set_fact("progress", "1")
    assert registry.fact("progress") == "1"
