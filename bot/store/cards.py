"""The station's own types and cards: what is in use, and the drafts that wait for a chief."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from bot.overlay import Overlay
from bot.store.engine import reading
from bot.store.samples import ACTIVE, HELD, put_type
from bot.store.tables import card_drafts, types

DRAFT, APPROVED, DROPPED = "draft", "approved", "dropped"


@dataclass(frozen=True, slots=True)
class CardDraft:
    """Fields for a card, written by an officer. `published`: the version that it went live with."""

    id: str
    type: str
    fields: dict[str, Any]
    state: str
    note: str
    by: str
    created: float
    changed: float
    approved_by: str
    published: str
    version: int


class StoredCards:
    """Reads the station's overlay and the card drafts."""

    def __init__(self, engine: Engine) -> None:
        self._reading = reading(engine)

    def overlay(self) -> dict[str, dict[str, Any]]:
        """The fields of each type that is in use, by id."""
        with self._reading.connect() as connection:
            return overlay(connection)

    def drafts(self, type_id: str = "", state: str = "") -> list[CardDraft]:
        """The drafts of a type and state (default: of all), the newest first."""
        query = select(card_drafts).order_by(card_drafts.c.created.desc(), card_drafts.c.id.desc())
        if type_id:
            query = query.where(card_drafts.c.type == type_id)
        if state:
            query = query.where(card_drafts.c.state == state)
        with self._reading.connect() as connection:
            return [_draft(row) for row in connection.execute(query)]


# ---- within the caller's transaction -------------------------------------------------------------------


def overlay(connection: Connection) -> dict[str, dict[str, Any]]:
    """The fields of each type that is in use, by id."""
    query = select(types.c.id, types.c.name, types.c.card).where(types.c.state == ACTIVE).order_by(types.c.id)
    return {
        row.id: {"name": {"zh": row.name, "en": row.name}} | json.loads(row.card or "{}")
        for row in connection.execute(query)
    }


def follow(connection: Connection, wanted: Overlay) -> None:
    """Makes the types and cards in use those of a version: others are held, none is lost."""
    now = time.time()
    there = dict(connection.execute(select(types.c.id, types.c.by)).all())
    for type_id in there:
        fields = wanted.get(type_id)
        values: dict[str, Any] = {"state": HELD if fields is None else ACTIVE, "changed": now}
        if fields is not None:
            values["card"] = json.dumps(fields, ensure_ascii=False, sort_keys=True)
        connection.execute(
            update(types).where(types.c.id == type_id).values(**values, version=types.c.version + 1)
        )
    for type_id in wanted.keys() - there.keys():
        put_type(connection, type_id, name_in(wanted[type_id], type_id), wanted[type_id], "system")


def name_in(fields: Any, type_id: str) -> str:
    """The Chinese name among a card's fields, or the id."""
    name = fields.get("name")
    found = name.get("zh") if isinstance(name, dict) else name
    return str(found or type_id)[:80]


def card_draft(connection: Connection, draft_id: str) -> CardDraft | None:
    """The draft of this id."""
    row = connection.execute(select(card_drafts).where(card_drafts.c.id == draft_id)).one_or_none()
    return _draft(row) if row else None


def new_draft(connection: Connection, type_id: str, fields: Any, note: str, by: str) -> CardDraft:
    """Stores a draft."""
    now = time.time()
    values = {"id": secrets.token_hex(8), "type": type_id, "state": DRAFT, "note": note, "by": by}
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True)
    times = {"created": now, "changed": now, "approved_by": "", "published": "", "version": 1}
    connection.execute(insert(card_drafts).values(**values, **times, card=text))
    found = card_draft(connection, str(values["id"]))
    assert found is not None
    return found


def change_draft(connection: Connection, draft_id: str, version: int, **values: Any) -> bool:
    """Changes a draft that is not closed and still has this version; False where it is not so."""
    if "fields" in values:
        values["card"] = json.dumps(values.pop("fields"), ensure_ascii=False, sort_keys=True)
    mine = (
        (card_drafts.c.id == draft_id) & (card_drafts.c.version == version) & (card_drafts.c.state == DRAFT)
    )
    more = {"version": card_drafts.c.version + 1, "changed": time.time()}
    return connection.execute(update(card_drafts).where(mine).values(**values, **more)).rowcount == 1


def _draft(row: Row[Any]) -> CardDraft:
    values = dict(row._mapping)
    fields = json.loads(values.pop("card"))
    return CardDraft(**values, fields=fields)
