"""How many messages got which answer, by day: numbers alone, no text and nobody's id."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.store.engine import reading
from bot.store.tables import tallies
from intents.types import NOTHING, Message, Reply

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two writes; a crash loses so much of the count."""
NOT_THIS = "not_this"
TALK, BUTTON = "talk", "button"


@dataclass(frozen=True, slots=True)
class Tally:
    """So many times on a day (YYYY-MM-DD, local time).

    `kind`: a level, with the type as `name`; "talk" for what needed no judgement; "button" with its payload.
    """

    day: str
    kind: str
    name: str
    count: int


class Tallies:
    """Counts answers in memory and writes the sums now and then. Thread-safe. `clock`: UTC seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._clock = clock
        self._fresh: Counter[tuple[str, str, str]] = Counter()
        self._written = clock()
        self._lock = threading.Lock()

    def note(self, message: Message, reply: Reply) -> None:
        """Counts one answer."""
        now = self._clock()
        day = day_of(now)
        with self._lock:
            if message.button == NOT_THIS:
                self._fresh[day, BUTTON, NOT_THIS] += 1
            if message.text:
                verdict = reply.verdict
                kind, name = (TALK, "") if verdict == NOTHING else (verdict.level, verdict.type)
                self._fresh[day, kind, name] += 1
            due = self._fresh and now - self._written >= EVERY
        if due:
            try:
                self.flush()
            except SQLAlchemyError as error:  # nobody waits for an answer because of a number
                log.warning("counts are not written: %s", type(error).__name__)

    def flush(self) -> None:
        """Writes what was counted."""
        with self._lock:
            fresh, self._fresh = self._fresh, Counter()
            self._written = self._clock()
        if fresh:
            with self._engine.begin() as connection:
                for key, count in sorted(fresh.items()):
                    _add(connection, key, count)

    def since(self, days: Sequence[str]) -> list[Tally]:
        """What was counted on these days."""
        query = select(tallies).where(tallies.c.day.in_(days)).order_by(tallies.c.day)
        with self._reading.connect() as connection:
            return [Tally(**row._mapping) for row in connection.execute(query)]


def day_of(moment: float) -> str:
    """The day of a moment (UTC seconds) by this machine's clock."""
    return time.strftime("%Y-%m-%d", time.localtime(moment))


def _add(connection: Connection, key: tuple[str, str, str], count: int) -> None:
    day, kind, name = key
    mine = (tallies.c.day == day) & (tallies.c.kind == kind) & (tallies.c.name == name)
    changed = connection.execute(update(tallies).where(mine).values(count=tallies.c.count + count)).rowcount
    if not changed:
        connection.execute(insert(tallies).values(day=day, kind=kind, name=name, count=count))
