"""The live advisor: follows the active pointer, swaps whole, keeps serving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.live import Live
from bot.seams import NotReady
from bot.store.engine import open_store
from bot.store.tables import versions
from bot.store.versions import StoredVersions
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.model import Model
from intents.replies import Station
from intents.types import Conversation, Message
from tests import tiny
from training.registry import Version


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def registry(engine: Engine) -> StoredVersions:
    """Its versions."""
    return StoredVersions(engine)


@pytest.fixture
def live(registry: StoredVersions, knowledge: Knowledge) -> Live:
    """Follows them."""
    return Live(registry, lambda: knowledge, Station(name="旅游警察大队"))


def add(registry: StoredVersions, name: str, model: Model, **changes: str) -> str:
    """Publishes a version under a name."""
    version = Version(name, float(len(registry.versions())), "tests", "", "full", features_version())
    registry.publish(replace(version, **changes), model)  # type: ignore[arg-type]
    return name


def test_before_there_is_a_version_it_says_how_far_it_is(live: Live) -> None:
    live.progress = lambda: 0.25
    assert not live.refresh()
    with pytest.raises(NotReady) as error:
        live.get()
    assert error.value.progress == 0.25
    assert (live.status().head, live.status().version, live.status().progress) == ("", "", 0.25)


def test_the_active_version_is_served_and_loaded_once(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    assert live.refresh()
    first = live.get()
    assert not live.refresh() and live.get() is first
    assert (live.status().head, live.status().version) == ("ngram", "v1")


def test_the_encoder_brings_the_full_head(live: Live, registry: StoredVersions, tiny_model: Model) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    live.use_encoder(tiny.HashEncoder())
    assert live.status().head == "full" and live.status().progress == 1.0
    assert live.get().classifier.head_name == "full"


def test_a_publication_and_a_rollback_swap_the_advisor_whole(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    in_flight = live.get()
    add(registry, "v2", replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]}))
    assert live.refresh() and live.status().version == "v2"
    assert live.get() is not in_flight
    assert live.get().classifier is not in_flight.classifier
    assert in_flight.advise(Message("你好"), Conversation())[0].lines, "it can still be finished"
    registry.activate("v1")
    assert live.refresh() and live.status().version == "v1"


def test_a_version_of_other_features_is_not_served_and_the_old_one_stays(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    add(registry, "v2", tiny_model, features_version="of another software")
    assert not live.refresh()
    assert live.status().version == "v1" and live.get()


def test_a_damaged_model_is_not_served_and_the_old_one_stays(
    live: Live, registry: StoredVersions, engine: Engine, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    add(registry, "v2", tiny_model)
    with engine.begin() as connection:
        connection.execute(update(versions).where(versions.c.id == "v2").values(arrays=b"PK\x03\x04 damaged"))
    assert not live.refresh()
    assert live.status().version == "v1"
    add(registry, "v3", tiny_model)
    assert live.refresh() and live.status().version == "v3"


def test_a_version_whose_arrays_were_let_go_is_not_served(
    live: Live, registry: StoredVersions, engine: Engine, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    add(registry, "v2", tiny_model)
    with engine.begin() as connection:
        connection.execute(update(versions).where(versions.c.id == "v2").values(meta=None, arrays=None))
    assert not live.refresh() and live.status().version == "v1"


def test_an_active_pointer_to_nothing_changes_nothing(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    registry.set_fact("active", "no such version")
    assert not live.refresh() and live.status().version == "v1"


def test_two_instances_follow_one_store(
    live: Live, registry: StoredVersions, knowledge: Knowledge, tiny_model: Model
) -> None:
    other = Live(registry, lambda: knowledge)
    add(registry, "v1", tiny_model)
    assert live.refresh() and other.refresh()
    assert live.status().version == other.status().version == "v1"


def test_threads_that_refresh_at_once_swap_once(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    swapped: list[bool] = []
    assert tiny.in_threads(6, lambda _: swapped.append(live.refresh())) == []
    assert sorted(swapped) == [False] * 5 + [True]


def test_the_station_reaches_the_urgent_replies(
    live: Live, registry: StoredVersions, tiny_model: Model
) -> None:
    add(registry, "v1", tiny_model)
    live.refresh()
    reply, _ = live.get().advise(Message(button="paid"), Conversation())
    assert "旅游警察大队" in reply.text
