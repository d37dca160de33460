"""Uploads that are not accepted yet: their rows, masked, with what is to become of each."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from bot.store.engine import reading
from bot.store.tables import draft_rows, drafts

ASKING, OPEN, PUBLISHED, DISCARDED = "asking", "open", "published", "discarded"
NEW, DUPLICATE, CONFLICT, FLAGGED, REFUSED = "new", "duplicate", "conflict", "flagged", "refused"
STATUSES = (CONFLICT, FLAGGED, NEW, REFUSED, DUPLICATE)
KEEP, DROP = "keep", "drop"
ACCEPTED = (NEW, FLAGGED, CONFLICT)
"""A row of these is taken where its decision is to keep it."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """One upload. `asking`: its questions wait for an answer, and it has no rows yet.

    `types`: the new types that it brings, id -> card fields. `version` grows with each change of any row.
    """

    id: str
    name: str
    state: str
    default_type: str
    types: dict[str, dict[str, Any]]
    questions: tuple[str, ...]
    notices: tuple[str, ...]
    asked_by: str
    by: str
    created: float
    changed: float
    version: int


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row: masked text and note, what it is found to be and why, and whether it is to be kept.

    `masks`: how many were put into the text. `other`: fingerprint of the text that it repeats or
    contradicts. `likeness`: to that text, or to ordinary talk where flagged, 0..1.
    """

    number: int
    text: str
    type: str
    note: str = ""
    status: str = NEW
    reason: str = ""
    masks: int = 0
    decision: str = KEEP
    fingerprint: str = ""
    other: str = ""
    other_type: str = ""
    likeness: float = 0.0
    version: int = 1

    @property
    def accepted(self) -> bool:
        """Whether the row is taken when the draft is published."""
        return self.decision == KEEP and self.status in ACCEPTED


_DRAFT = [drafts.c[name] for name in Draft.__dataclass_fields__]
_ROW = [draft_rows.c[name] for name in DraftRow.__dataclass_fields__]
_LISTS = ("types", "questions", "notices")


class Drafts:
    """Reads drafts."""

    def __init__(self, engine: Engine) -> None:
        self._reading = reading(engine)

    def listed(self, states: Sequence[str] = (ASKING, OPEN)) -> list[Draft]:
        """The drafts of these states, the newest first."""
        query = select(*_DRAFT).where(drafts.c.state.in_(states)).order_by(drafts.c.created.desc())
        with self._reading.connect() as connection:
            return [_draft(row) for row in connection.execute(query)]

    def rows(self, draft_id: str, status: str = "", page: int = 1, size: int = 0) -> list[DraftRow]:
        """The rows of a draft in order, of one status where it is named; one page, or all."""
        query = select(*_ROW).where(draft_rows.c.draft == draft_id).order_by(draft_rows.c.number)
        if status:
            query = query.where(draft_rows.c.status == status)
        if size:
            query = query.limit(size).offset((max(page, 1) - 1) * size)
        with self._reading.connect() as connection:
            return [DraftRow(**row._mapping) for row in connection.execute(query)]

    def counts(self, draft_id: str) -> dict[str, dict[str, int]]:
        """How many rows of each status there are, by decision: {"new": {"keep": 20, "drop": 1}}."""
        by = (draft_rows.c.status, draft_rows.c.decision)
        query = select(*by, func.count()).where(draft_rows.c.draft == draft_id).group_by(*by)
        found: dict[str, dict[str, int]] = {}
        with self._reading.connect() as connection:
            for status, decision, count in connection.execute(query):
                found.setdefault(status, {KEEP: 0, DROP: 0})[decision] = int(count)
        return found


# ---- within the caller's transaction -------------------------------------------------------------------


def one(connection: Connection, draft_id: str) -> Draft | None:
    """The draft of this id."""
    row = connection.execute(select(*_DRAFT).where(drafts.c.id == draft_id)).one_or_none()
    return _draft(row) if row else None


def create(connection: Connection, draft: Draft, lines: Mapping[str, Any] | None) -> None:
    """Stores a draft without its rows. `lines`: the masked table while a question is open."""
    values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    values |= {name: json.dumps(values[name], ensure_ascii=False) for name in _LISTS}
    kept = json.dumps(lines, ensure_ascii=False) if lines else ""
    connection.execute(insert(drafts).values(**values, lines=kept))


def lines_of(connection: Connection, draft_id: str) -> dict[str, Any]:
    """The masked table that waits for an answer."""
    text = connection.execute(select(drafts.c.lines).where(drafts.c.id == draft_id)).scalar_one()
    found: dict[str, Any] = json.loads(text or '{"names": null, "lines": [], "notices": []}')
    return found


def change(connection: Connection, draft_id: str, version: int | None = None, **values: Any) -> bool:
    """Changes a draft where it still has this version (None: whatever it has); False where it has not."""
    for name in (*_LISTS, "lines"):
        if name in values:
            values[name] = json.dumps(values[name], ensure_ascii=False) if values[name] is not None else ""
    query = update(drafts).where(drafts.c.id == draft_id)
    if version is not None:
        query = query.where(drafts.c.version == version)
    values |= {"version": drafts.c.version + 1, "changed": time.time()}
    return connection.execute(query.values(**values)).rowcount == 1


def all_rows(connection: Connection, draft_id: str) -> list[DraftRow]:
    """The rows of a draft, in order."""
    query = select(*_ROW).where(draft_rows.c.draft == draft_id).order_by(draft_rows.c.number)
    return [DraftRow(**row._mapping) for row in connection.execute(query)]


def put_rows(connection: Connection, draft_id: str, rows: Sequence[DraftRow]) -> None:
    """Stores rows in place of those of the same numbers."""
    numbers = [row.number for row in rows]
    for start in range(0, len(rows), _BATCH):
        part = draft_rows.c.number.in_(numbers[start : start + _BATCH])
        connection.execute(delete(draft_rows).where(draft_rows.c.draft == draft_id, part))
        values = [
            {"draft": draft_id} | {name: getattr(row, name) for name in DraftRow.__dataclass_fields__}
            for row in rows[start : start + _BATCH]
        ]
        connection.execute(insert(draft_rows), values)


def forget_rows(connection: Connection, draft_id: str) -> None:
    """Deletes the rows of a draft and its table: nothing of it is kept but that there was one."""
    connection.execute(delete(draft_rows).where(draft_rows.c.draft == draft_id))
    connection.execute(update(drafts).where(drafts.c.id == draft_id).values(lines=""))


def _draft(row: Row[Any]) -> Draft:
    values = dict(row._mapping)
    return Draft(
        **values
        | {"types": json.loads(values["types"])}
        | {name: tuple(json.loads(values[name])) for name in ("questions", "notices")}
    )
