"""What any version makes of a text, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.live import Live
from bot.officers.errors import NotFound
from bot.officers.tryout import KEPT, Tryout
from bot.seams import NotReady
from bot.store.engine import open_store
from bot.store.tables import versions
from bot.store.versions import StoredVersions
from intents.knowledge import Knowledge
from intents.model import Model
from tests.tiny import HashEncoder
from training.registry import Version

SCAM = "先垫付三千元做任务，做完返佣，我叫王小明，电话13912345678"


def version(name: str, model: Model) -> Version:
    """A version of a model."""
    return Version(name, 1.0, "测试", "", "full", model.features_version, types=tuple(model.labels))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def tryout(engine: Engine, knowledge: Knowledge, tiny_model: Model) -> Tryout:
    """Over two versions of the tiny model: "old", and "new" which is live with the encoder."""
    registry = StoredVersions(engine)
    for name in ("old", "new"):
        registry.publish(version(name, tiny_model), tiny_model)
    live = Live(registry, lambda: knowledge)
    live.use_encoder(HashEncoder())
    return Tryout(live, registry, lambda _: knowledge)


def test_a_look_shows_every_step(tryout: Tryout, tiny_model: Model) -> None:
    found = tryout.look(SCAM)
    assert (found.version, found.head) == ("new", "full")
    assert "[姓名]" in found.seen and "[电话]" in found.seen and "13912345678" not in found.seen
    assert {choice.type for choice in found.types} == set(tiny_model.labels)
    assert sum(choice.probability for choice in found.types) == pytest.approx(1.0, abs=1e-3)
    assert [choice.probability for choice in found.types] == sorted(
        (choice.probability for choice in found.types), reverse=True
    )
    assert [name for name, _, _ in found.marks] == ["paid", "happening"]
    assert all(0 <= p <= 1 and 0 < limit < 1 for _, p, limit in found.marks)
    assert found.reply.lines and found.limits[0] <= found.limits[1]


def test_the_numbers_are_those_that_the_verdict_comes_from(tryout: Tryout) -> None:
    found = tryout.look(SCAM)
    told = {choice.type: choice.probability for choice in found.types}
    assert found.verdict.probability == pytest.approx(told[found.verdict.type], abs=1e-4)
    assert found.verdict.paid == (found.marks[0][1] >= found.marks[0][2])


def test_an_earlier_version_says_the_same_as_it_did(tryout: Tryout) -> None:
    old, new = tryout.look(SCAM, "old"), tryout.look(SCAM, "new")
    assert (old.version, new.version) == ("old", "new")
    assert old.verdict == new.verdict and old.head == "full"


@pytest.mark.parametrize("text", ["", "……", "ᠮᠣᠩᠭᠣᠯ"])
def test_what_cannot_be_read_has_no_numbers_and_still_a_reply(tryout: Tryout, text: str) -> None:
    found = tryout.look(text)
    assert found.types == () and found.marks == () and found.reply.lines


def test_a_version_that_cannot_be_asked_says_why(tryout: Tryout, engine: Engine, tiny_model: Model) -> None:
    registry = StoredVersions(engine)
    registry.publish(replace(version("other", tiny_model), features_version="x"), tiny_model)
    registry.publish(version("newest", tiny_model), tiny_model)
    with engine.begin() as connection:
        gone = update(versions).where(versions.c.id == "old")
        connection.execute(gone.values(meta=None, arrays=None))
    for name, words in (("nobody", "没有版本"), ("other", "旧软件"), ("old", "清掉")):
        with pytest.raises(NotFound, match=words):
            tryout.look(SCAM, name)


def test_only_a_few_earlier_models_stay_in_memory(tryout: Tryout, engine: Engine, tiny_model: Model) -> None:
    registry = StoredVersions(engine)
    for i in range(KEPT + 2):
        registry.publish(version(f"v{i}", tiny_model), tiny_model)
        tryout.look(SCAM, f"v{i}")
    assert len(tryout._kept) == KEPT


def test_before_there_is_a_model_it_is_not_ready(engine: Engine, knowledge: Knowledge) -> None:
    registry = StoredVersions(engine)
    with pytest.raises(NotReady):
        Tryout(Live(registry, lambda: knowledge), registry, lambda _: knowledge).look(SCAM)
