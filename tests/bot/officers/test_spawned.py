"""A dry run in a real child: progress through the store, the chat's process untouched, a killed child noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.officers.desk import Desk
from bot.officers.people import Actor
from bot.officers.workers import spawn, this_worker
from bot.store.candidates import FAILED, FITTING
from intents.model import Model
from tests.bot.officers.station import VISA, Station, csv, few

CHILD = (sys.executable, "-m", "tests.bot.officers.child")
PATIENCE = 600.0
"""Seconds, so that nothing hangs for ever; on an idle machine the child takes about five."""


class Children:
    """Starts each dry run in a child, and keeps it."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, candidate_id: str, folder: Path) -> subprocess.Popen[bytes]:
        """`spawn` on the tiny corpus."""
        self.started.append(spawn(candidate_id, folder, CHILD))
        return self.started[-1]


@pytest.fixture
def children() -> Children:
    """None yet."""
    return Children()


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, tiny_model: Model, children: Children) -> Desk:
    """With the tiny model as its base version."""
    Station(engine, tmp_path, tiny_model)
    return Desk(engine, tmp_path, shipped=few, start=children.start)


def test_a_dry_run_in_a_child_is_previewed_and_published(
    desk: Desk, children: Children, officer: Actor, chief: Actor
) -> None:
    draft = desk.uploads.upload(csv([(text, "loan") for text in VISA[:6]]), "a.csv", officer)
    begun = desk.candidates.dry_run(officer, draft.id)
    assert children.started[0].wait(PATIENCE) == 0
    found = desk.candidates.get(begun.id)
    assert found.state != FAILED and found.progress == 1.0 and found.worker != this_worker()
    override = "演练" if found.reasons else ""
    version = desk.candidates.publish(found.id, chief, override=override)
    assert desk.registry.active() == version.id and desk.samples.counts() == {"active": 6}


def test_a_child_that_is_killed_is_noticed_and_the_next_may_begin(
    desk: Desk, children: Children, officer: Actor
) -> None:
    begun = desk.candidates.dry_run(officer)
    child = children.started[0]
    assert desk.candidates.get(begun.id).worker.endswith(f":{child.pid}"), "also before it says anything"
    child.kill()
    child.wait(PATIENCE)
    over = desk.candidates.get(begun.id)
    assert over.state == FAILED and "中断" in over.step
    assert desk.registry.active() == "base"
    assert desk.candidates.begin(officer).state == FITTING


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="no such class of priority on this system")
def test_who_fits_takes_idle_time_only() -> None:
    """Asked of a process of its own: there is no way back."""
    words = "import os; from bot.officers.workers import be_nice; be_nice(); print(os.sched_getscheduler(0))"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert int(said.stdout) == os.SCHED_IDLE
