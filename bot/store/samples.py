"""The station's own samples and types: masked texts that officers uploaded."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select, update

from bot.store import log
from bot.store.engine import reading
from bot.store.tables import samples, types
from intents.examples import Example

ACTIVE, HELD = "active", "held"


@dataclass(frozen=True, slots=True)
class Sample:
    """One masked text with its type. `held`: no retrain takes it until an officer lets it in again."""

    id: str
    text: str
    type: str
    state: str = ACTIVE
    source: str = ""
    by: str = ""
    added: float = 0.0


class StoredSamples:
    """Samples and officer-made types; every change is logged in the same transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def all(self, state: str = "") -> list[Sample]:
        """The samples of a state (default: all), the oldest first."""
        query = select(samples).order_by(samples.c.added, samples.c.id)
        if state:
            query = query.where(samples.c.state == state)
        with self._reading.connect() as connection:
            return [Sample(**row._mapping) for row in connection.execute(query)]

    def examples(self) -> list[Example]:
        """The active samples as the fit takes them: one group an upload."""
        return [Example(s.text, s.type, f"up{s.source}", "script") for s in self.all(ACTIVE)]

    def counts(self) -> dict[str, int]:
        """How many samples each state has."""
        query = select(samples.c.state, func.count()).group_by(samples.c.state)
        with self._reading.connect() as connection:
            return {state: int(count) for state, count in connection.execute(query)}

    def add(self, fresh: Sequence[Sample], by: str, source: str, new_types: dict[str, str]) -> None:
        """Stores samples and the types that came with them (id -> name), and logs it: all or nothing."""
        now = time.time()
        with self._engine.begin() as connection:
            for type_id, name in new_types.items():
                connection.execute(insert(types).values(id=type_id, name=name, card="", by=by, added=now))
                log.append(connection, by, "type", id=type_id)
            added = insert_new(connection, fresh, by, source)
            log.append(connection, by, "upload", source=source, samples=added)

    def hold_after(self, connection: Connection, moment: float) -> list[str]:
        """Sets active samples that were added after a moment to held; gives their ids."""
        late = (samples.c.state == ACTIVE) & (samples.c.added > moment)
        ids = list(connection.execute(select(samples.c.id).where(late)).scalars())
        connection.execute(update(samples).where(late).values(state=HELD))
        return ids

    def types(self) -> dict[str, str]:
        """The names of the officer-made types, by id."""
        with self._reading.connect() as connection:
            return {row.id: row.name for row in connection.execute(select(types.c.id, types.c.name))}


def insert_new(connection: Connection, fresh: Sequence[Sample], by: str, source: str) -> list[str]:
    """Stores the samples that are not there yet as active ones, in the caller's transaction; their ids."""
    known = _known(connection, [sample.id for sample in fresh])
    own = {"state": ACTIVE, "source": source, "by": by, "added": time.time()}
    rows = [{"id": s.id, "text": s.text, "type": s.type} | own for s in fresh if s.id not in known]
    if rows:
        connection.execute(insert(samples), rows)
    return [str(row["id"]) for row in rows]


def type_of(connection: Connection, sample_id: str) -> str | None:
    """The type of a sample, whatever its state; None where there is none of this id."""
    query = select(samples.c.type).where(samples.c.id == sample_id)
    return connection.execute(query).scalar_one_or_none()


def _known(connection: Connection, ids: Sequence[str]) -> Collection[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        query = select(samples.c.id).where(samples.c.id.in_(ids[start : start + 500]))
        found |= set(connection.execute(query).scalars())
    return found
