"""Officers look through the samples and put them right. The live model learns of it at the next publication."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, Engine

from bot.officers.errors import NotFound, Stale, Wrong
from bot.officers.people import Actor
from bot.store import log, samples
from bot.store.samples import ACTIVE, DELETED, HELD, SHORT, Found, Sample, StoredSamples, Wanted

LARGEST_PAGE = 500


class Corrections:
    """Relabelling, deleting, restoring samples, and letting held ones in again.

    `types`: the ids that a sample may have. Each change names the version of the row that the officer
    saw and raises Stale where somebody changed it since.
    """

    def __init__(self, engine: Engine, types: Callable[[], Collection[str]]) -> None:
        self._engine = engine
        self._types = types
        self._samples = StoredSamples(engine)

    def search(self, wanted: Wanted, page: int = 1, size: int = 50) -> Found:
        """One page (from 1) of the samples that are wanted, the newest first."""
        return self._samples.search(wanted, page, min(max(size, 1), LARGEST_PAGE))

    def get(self, sample_id: str) -> Sample:
        """The sample of this id. Raises NotFound."""
        found = self._samples.get(sample_id)
        if found is None:
            raise _gone()
        return found

    def history(self, sample_id: str) -> list[log.Entry]:
        """What was done to a sample, by whom and when, the oldest first."""
        return self._samples.history(sample_id)

    def relabel(self, sample_id: str, version: int, type_id: str, actor: Actor) -> Sample:
        """Gives a sample another type. Raises NotFound, Stale, Wrong (no such type)."""
        if type_id not in self._types():
            raise Wrong(f"没有类型 {type_id}。请从列表里选一个,或先建这个类型")
        return self._change(sample_id, version, actor, "relabel", type=type_id)

    def delete(self, sample_id: str, version: int, actor: Actor) -> Sample:
        """Takes a sample out; it can be restored. Raises NotFound, Stale."""
        return self._change(sample_id, version, actor, "delete", state=DELETED)

    def restore(self, sample_id: str, version: int, actor: Actor) -> Sample:
        """Brings a deleted sample back. Raises NotFound, Stale, Wrong where it is not deleted."""
        return self._change(sample_id, version, actor, "restore", only=DELETED, state=ACTIVE)

    def held(self, beginnings: Collection[str] = ()) -> list[str]:
        """The ids of the held samples; those that begin with one of these, if any are given."""
        every = [sample.id for sample in self._samples.all(HELD)]
        return [found for found in every if not beginnings or found.startswith(tuple(beginnings))]

    def readmit(self, sample_ids: Collection[str], actor: Actor) -> int:
        """Lets held samples in again, with their types; gives how many. Others stay as they are."""
        with self._engine.begin() as connection:
            held = samples.readmit(connection, list(sample_ids))
            samples.wake_types(connection, {label for _, label in held})
            if held:
                short = [sample_id[:SHORT] for sample_id, _ in held]
                log.append(connection, actor.name, "readmit", samples=short)
        return len(held)

    def _change(
        self, sample_id: str, version: int, actor: Actor, act: str, only: str = "", **values: Any
    ) -> Sample:
        with self._engine.begin() as connection:
            before = samples.one(connection, sample_id)
            if before is None:
                raise _gone()
            if only and before.state != only:
                raise Wrong("这条话术没有被删掉,不用恢复")
            if not samples.change(connection, sample_id, version, **values):
                raise Stale(values, before)
            if values.get("state") == ACTIVE:
                samples.wake_types(connection, {before.type})
            log.append(connection, actor.name, act, sample=sample_id[:SHORT], **_told(before, values))
            return _there(connection, sample_id)


def _told(before: Sample, values: dict[str, Any]) -> dict[str, str]:
    """What the log holds of a change: never the text."""
    return {"from": before.type, "to": values["type"]} if "type" in values else {"type": before.type}


def _there(connection: Connection, sample_id: str) -> Sample:
    found = samples.one(connection, sample_id)
    assert found is not None
    return found


def _gone() -> NotFound:
    return NotFound("没有这条话术,可能刚被删掉。请刷新再看")
