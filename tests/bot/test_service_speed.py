"""The benchmark of whole answers: over real HTTP, and with a real new process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import service_speed
from bot.app import App, build
from bot.config import load
from bot.store.conversations import Conversations
from bot.store.engine import open_store
from intents.examples import Example
from intents.features import features_version
from intents.model import Model
from intents.types import Conversation
from tests import tiny
from training.registry import Version


@pytest.fixture
def app(tmp_path: Path, tiny_model: Model) -> Iterator[App]:
    """Serves the tiny model with the fake encoder."""
    found = build(load(), tmp_path)
    version = Version("v1", 0.0, "tests", "", "full", features_version())
    found.registry.publish(version, tiny_model)
    found.live.use_encoder(tiny.HashEncoder())
    yield found
    found.chat.close()


def test_answers_over_http_are_timed_against_the_encoder(app: App, few: list[Example]) -> None:
    shown = service_speed.over_http(app, few, rounds=3, seconds=0.0).splitlines()
    assert len(shown) == 1 + len(service_speed.LENGTHS)
    for line, length in zip(shown[1:], service_speed.LENGTHS, strict=True):
        name, rounds, *figures = line.rsplit(maxsplit=7)
        assert name.startswith(str(length)) and rounds == "3"
        assert all(float(figure) > 0 for figure in figures)


def test_the_measurement_leaves_no_conversation(app: App, few: list[Example]) -> None:
    service_speed.over_http(app, few, rounds=3, seconds=0.0)
    kept = Conversations(open_store(app.folder), 30).get(service_speed.CONVERSATION)
    assert kept == Conversation()


def test_a_new_process_is_timed_to_its_first_answer(app: App, few: list[Example]) -> None:
    head, row = service_speed.cold(app.folder, few[0].text, encoder=False, starts=1).splitlines()
    seconds, megabytes = map(float, row.split()[-2:])
    assert "秒" in head and seconds > 0 and megabytes > 20


def test_a_process_that_gives_no_answer_is_said_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "fanzha.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(service_speed.NoAnswer, match="没有答出来"):
        service_speed.cold(tmp_path, "在吗", encoder=False, starts=1)
