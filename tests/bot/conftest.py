"""A Bot API on loopback and a new store, for the tests of officers and of news on Telegram."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store.engine import open_store
from tests.local_bot_api import LocalBotApi


@pytest.fixture(scope="module")
def server() -> Iterator[LocalBotApi]:
    """A Bot API for the tests of one file."""
    with LocalBotApi() as running:
        yield running


@pytest.fixture
def api(server: LocalBotApi) -> LocalBotApi:
    """The Bot API as new."""
    server.forget()
    return server


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()
