"""Conversations until they expire, and which Telegram updates were answered."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, Float, String, bindparam, delete, insert, select

from bot.store.engine import reading
from bot.store.tables import conversations, delivered
from intents.types import Conversation, Seen

KEPT_UPDATES_SECONDS = 7 * 86400
"""Telegram redelivers an update for at most a day."""

# Every answer needs these: made once, because making a statement takes longer than SQLite does.
_OF, _NOW = bindparam("conversation", type_=String), bindparam("now", type_=Float)
_STATE = select(conversations.c.state).where(conversations.c.id == _OF, conversations.c.expires > _NOW)
_LET_GO = delete(conversations).where((conversations.c.expires <= _NOW) | (conversations.c.id == _OF))
_REMEMBER = insert(conversations)


class Conversations:
    """State by conversation id; what has expired is neither given nor kept."""

    def __init__(self, engine: Engine, expires_minutes: int) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._lifetime = expires_minutes * 60.0

    def get(self, conversation: str) -> Conversation:
        """The state of a conversation; an empty one where there is none."""
        asked = {"conversation": conversation, "now": time.time()}
        with self._reading.connect() as connection:
            stored = connection.execute(_STATE, asked).scalar_one_or_none()
        return _loads(stored) if stored else Conversation()

    def put(self, conversation: str, state: Conversation) -> None:
        """Remembers the state, and lets go of all that has expired; an empty state is forgotten."""
        now = time.time()
        with self._engine.begin() as connection:
            connection.execute(_LET_GO, {"conversation": conversation, "now": now})
            if state != Conversation():
                row = {"id": conversation, "state": json.dumps(asdict(state), ensure_ascii=False)}
                connection.execute(_REMEMBER, row | {"expires": now + self._lifetime})


def _loads(stored: str) -> Conversation:
    values: dict[str, Any] = json.loads(stored)
    if values.get("pending"):
        values["pending"] = tuple(values["pending"])
    if values.get("seen"):
        seen = values["seen"]
        values["seen"] = Seen(**{**seen, "cues": tuple((start, end) for start, end in seen["cues"])})
    known = Conversation.__dataclass_fields__
    return Conversation(**{name: value for name, value in values.items() if name in known})


class DeliveredUpdates:
    """The Telegram updates that were answered, for a week."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    async def seen(self, update_id: int) -> bool:
        """Whether this update was answered."""
        query = select(delivered.c.update_id).where(delivered.c.update_id == update_id)
        with self._reading.connect() as connection:
            return connection.execute(query).scalar_one_or_none() is not None

    async def record(self, update_id: int) -> None:
        """Notes that this update was answered."""
        now = time.time()
        with self._engine.begin() as connection:
            old = delivered.c.at < now - KEPT_UPDATES_SECONDS
            connection.execute(delete(delivered).where(old | (delivered.c.update_id == update_id)))
            connection.execute(insert(delivered).values(update_id=update_id, at=now))
