"""A dry run in a real child: progress through the store, the chat's process untouched, a killed child noticed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.officers.desk import Desk
from bot.officers.people import Actor
from bot.officers.workers import spawn, this_worker
from bot.store.candidates import FAILED, FITTING, Candidate
from intents.model import Model
from tests.bot.officers.station import VISA, Station, csv, few

CHILD = (sys.executable, "-m", "tests.bot.officers.child")
PATIENCE = 120.0
"""Seconds; the child takes about five."""


class Children:
    """Starts each dry run in a child, and keeps it."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, candidate_id: str, folder: Path) -> None:
        """`spawn` on the tiny corpus."""
        self.started.append(spawn(candidate_id, folder, CHILD))


@pytest.fixture
def children() -> Children:
    """None yet."""
    return Children()


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, tiny_model: Model, children: Children) -> Desk:
    """With the tiny model as its base version."""
    Station(engine, tmp_path, tiny_model)
    return Desk(engine, tmp_path, shipped=few, start=children.start)


def waited(desk: Desk, candidate_id: str, child: subprocess.Popen[bytes] | None = None) -> Candidate:
    """The candidate when it is over, or (where `child` is given) when its child works on it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = desk.candidates.get(candidate_id)
        if found.state != FITTING or (child and found.worker.endswith(f":{child.pid}")):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found.step} after {PATIENCE} s")


def test_a_dry_run_in_a_child_is_previewed_and_published(
    desk: Desk, children: Children, officer: Actor, chief: Actor
) -> None:
    draft = desk.uploads.upload(csv([(text, "loan") for text in VISA[:6]]), "a.csv", officer)
    begun = desk.candidates.dry_run(officer, draft.id)
    found = waited(desk, begun.id)
    assert found.state != FAILED and found.progress == 1.0 and found.worker != this_worker()
    assert children.started[0].wait(PATIENCE) == 0
    override = "演练" if found.reasons else ""
    version = desk.candidates.publish(found.id, chief, override=override)
    assert desk.registry.active() == version.id and desk.samples.counts() == {"active": 6}


def test_a_child_that_is_killed_is_noticed_and_the_next_may_begin(
    desk: Desk, children: Children, officer: Actor
) -> None:
    begun = desk.candidates.dry_run(officer)
    child = children.started[0]
    waited(desk, begun.id, child)
    child.kill()
    child.wait(PATIENCE)
    over = waited(desk, begun.id)
    assert over.state == FAILED and "中断" in over.step
    assert desk.registry.active() == "base"
    assert desk.candidates.begin(officer).state == FITTING
