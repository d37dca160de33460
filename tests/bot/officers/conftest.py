"""A store and the people who work with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.officers.people import CHIEF, OFFICER, Actor
from bot.store.engine import open_store


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def officer() -> Actor:
    """Uploads and corrects."""
    return Actor("其其格", OFFICER, "o1")


@pytest.fixture
def chief() -> Actor:
    """Publishes and approves."""
    return Actor("巴特尔", CHIEF, "o2")
