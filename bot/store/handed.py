"""Texts that users handed over to the officers: masked, bounded, let go when nobody needs them any more."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.store.engine import reading
from bot.store.tables import handed
from intents.handover import Telling
from intents.types import Handover, News, Outcome, Ruling, Seen

WAITING, WITHDRAWN = "waiting", "withdrawn"
RULINGS: tuple[Ruling, ...] = get_args(Ruling)
WANTED, DONE = "wanted", "done"
MOST_WAITING = 2000
"""Texts that wait for an officer; more than that nobody will read, and a flood must not fill the disk."""
START = 30
"""Characters of a text that remind its person of which one it was."""
DAY = 86400.0

# Every answer looks for news: made once, without IN (which is written anew for each execution), because making
# a statement takes longer than SQLite does.
_TOLD = (
    select(handed)
    .where(handed.c.conversation == bindparam("conversation"), handed.c.reach == "")
    .where(or_(*(handed.c.state == ruling for ruling in RULINGS)), handed.c.at > bindparam("since"))
    .order_by(handed.c.ruled_at)
)
_NEWS = _TOLD.where(handed.c.told == WANTED)
_NEWS_AGAIN = _TOLD.where(or_(handed.c.told == WANTED, handed.c.told == DONE))


@dataclass(frozen=True, slots=True)
class Handed:
    """One text as an officer sees it. `state`: waiting, withdrawn, or the ruling; `at` in UTC seconds."""

    id: str
    text: str
    seen: Seen
    paid: bool
    happening: bool
    claim: str
    lang: str
    channel: str
    at: float
    state: str
    ruled_type: str
    by: str
    ruled_at: float | None
    wants_news: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A person who is to be told something, and where."""

    id: str
    reach: str
    news: News


class HandedOver:
    """Implements `bot.seams.PoliceDesk` on the store, and gives the officers what waits.

    What is too old is never given, and deleted when the next text comes.
    """

    def __init__(self, engine: Engine, a_day: int = 5, days: int = 30) -> None:
        """`a_day`: texts of one conversation within 24 hours; `days`: after so many a text is let go."""
        self._engine = engine
        self._reading = reading(engine)
        self._a_day = a_day
        self._lifetime = days * DAY

    # ---- for the person who hands over ---------------------------------------------------------

    def take(self, conversation: str, wish: Handover, channel: str) -> Outcome:
        """Stores a text, once; says why not where it does not."""
        own, now = _hashed(conversation), time.time()
        row_id = _row_id(own, wish.key)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(handed).where(~self._kept()))
                refused = self._refused(connection, own, row_id, now)
                if refused:
                    return refused
                connection.execute(delete(handed).where(handed.c.id == row_id))  # one that was withdrawn
                connection.execute(insert(handed).values(_values(row_id, own, wish, channel, now)))
        except IntegrityError:  # pressed twice at once, on a database where two may write
            return "already"
        return "taken"

    def _refused(self, connection: Connection, own: str, row_id: str, now: float) -> Outcome | None:
        state = connection.execute(select(handed.c.state).where(handed.c.id == row_id)).scalar_one_or_none()
        if state not in (None, WITHDRAWN):
            return "already"
        today = (handed.c.conversation == own) & (handed.c.at > now - DAY) & (handed.c.id != row_id)
        if connection.execute(select(func.count()).where(today)).scalar_one() >= self._a_day:
            return "enough"
        waiting = connection.execute(select(func.count()).where(handed.c.state == WAITING)).scalar_one()
        return "full" if waiting >= MOST_WAITING else None

    def tell(self, conversation: str, key: str, reach: str) -> Telling:
        """Remembers that the person wants to know; `reach` ("" where there is none) until they are told."""
        row = (handed.c.id == _row_id(_hashed(conversation), key)) & (handed.c.state != WITHDRAWN)
        with self._engine.begin() as connection:
            found = connection.execute(update(handed).where(row).values(told=WANTED, reach=reach)).rowcount
        if not found:
            return "gone"
        return "later" if reach else "here"

    def news(self, conversation: str, again: bool = False) -> list[News]:
        """What officers said since, for who asked in this conversation; `again`: also what was said before."""
        asked = {"conversation": _hashed(conversation), "since": time.time() - self._lifetime}
        with self._reading.connect() as connection:
            rows = connection.execute(_NEWS_AGAIN if again else _NEWS, asked).all()
        for row in rows:
            if row.told == WANTED:
                self.done(row.id)
        return [_news(row) for row in rows]

    def withdraw(self, conversation: str) -> int:
        """Takes back what no officer has looked at, and forgets where to tell; gives how many it took back."""
        own = handed.c.conversation == _hashed(conversation)
        nothing = {"text": "", "cues": "[]", "told": "", "reach": ""}
        with self._engine.begin() as connection:
            waiting = update(handed).where(own, handed.c.state == WAITING).values(state=WITHDRAWN)
            count = connection.execute(waiting).rowcount
            connection.execute(update(handed).where(own).values(nothing))
        return int(count)

    # ---- for those who are told elsewhere ------------------------------------------------------

    def due(self, way: str) -> list[Due]:
        """Who is to be told something by this way ("telegram"), the oldest ruling first."""
        query = (
            select(handed)
            .where(handed.c.told == WANTED, handed.c.state.in_(RULINGS))
            .where(handed.c.reach.startswith(f"{way}:", autoescape=True), self._kept())
            .order_by(handed.c.ruled_at)
        )
        with self._reading.connect() as connection:
            return [Due(row.id, row.reach.partition(":")[2], _news(row)) for row in connection.execute(query)]

    def done(self, row_id: str) -> None:
        """Notes that the person was told; where they are reached, and the text, are let go."""
        told = {"told": DONE, "reach": "", "text": "", "cues": "[]"}
        with self._engine.begin() as connection:
            connection.execute(update(handed).where(handed.c.id == row_id).values(told))

    # ---- for the officers ----------------------------------------------------------------------

    def waiting(self, limit: int = 50, after: float = 0.0) -> list[Handed]:
        """What waits for an officer, the oldest first; `after`: only what came later (UTC seconds)."""
        query = (
            select(handed)
            .where(handed.c.state == WAITING, handed.c.at > after, self._kept())
            .order_by(handed.c.at, handed.c.id)
            .limit(limit)
        )
        with self._reading.connect() as connection:
            return [_handed(row) for row in connection.execute(query)]

    def count(self) -> int:
        """How many wait."""
        query = select(func.count()).where(handed.c.state == WAITING, self._kept())
        with self._reading.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def find(self, row_id: str) -> Handed | None:
        """One text by its id, whatever its state."""
        with self._reading.connect() as connection:
            row = connection.execute(select(handed).where(handed.c.id == row_id, self._kept())).one_or_none()
        return _handed(row) if row else None

    def _kept(self) -> ColumnElement[bool]:
        return handed.c.at > time.time() - self._lifetime


def rule(connection: Connection, row_id: str, ruling: Ruling, type_id: str, by: str) -> bool:
    """Writes an officer's ruling in the caller's transaction; False where the text waits no longer.

    The text is let go at once where nobody has to be reminded of it.
    """
    row = (handed.c.id == row_id) & (handed.c.state == WAITING)
    values = {"state": ruling, "ruled_type": type_id, "by": by, "ruled_at": time.time()}
    found = connection.execute(update(handed).where(row).values(values)).rowcount
    silent = (handed.c.id == row_id) & (handed.c.told != WANTED)
    connection.execute(update(handed).where(silent, handed.c.state == ruling).values(text="", cues="[]"))
    return bool(found)


def _values(row_id: str, own: str, wish: Handover, channel: str, now: float) -> dict[str, Any]:
    return {
        "id": row_id,
        "conversation": own,
        "key": wish.key,
        "text": wish.text,
        "type": wish.seen.type,
        "level": wish.seen.level,
        "probability": wish.seen.probability,
        "cues": json.dumps(wish.seen.cues),
        "paid": wish.paid,
        "happening": wish.happening,
        "claim": wish.claim,
        "lang": wish.lang,
        "channel": channel,
        "at": now,
        "state": WAITING,
        "ruled_type": "",
        "by": "",
        "ruled_at": None,
        "told": "",
        "reach": "",
    }


def _handed(row: Row[Any]) -> Handed:
    cues: Sequence[Sequence[int]] = json.loads(row.cues)
    seen = Seen(row.type, row.level, row.probability, tuple((start, end) for start, end in cues))
    return Handed(
        id=row.id,
        text=row.text,
        seen=seen,
        paid=row.paid,
        happening=row.happening,
        claim=row.claim,
        lang=row.lang,
        channel=row.channel,
        at=row.at,
        state=row.state,
        ruled_type=row.ruled_type,
        by=row.by,
        ruled_at=row.ruled_at,
        wants_news=row.told == WANTED,
    )


def _news(row: Row[Any]) -> News:
    start = row.text[:START] + ("…" if len(row.text) > START else "")
    return News(row.state, row.ruled_type if row.state == "scam" else "", start, row.lang)


def _row_id(conversation: str, key: str) -> str:
    """Short, for it goes into the buttons of a messenger: 96 bits."""
    return _hashed(conversation, key)[:24]


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(("handed", *parts)).encode()).hexdigest()
