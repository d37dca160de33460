"""Rows of officers and of their one-time codes. Rules stand in bot/officers; every function runs in the caller's
transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from bot.store.tables import invitations, officers

Role = Literal["officer", "chief"]
Purpose = Literal["first", "join", "reset", "telegram"]


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer; console and Telegram are two ways into this record. Times are UTC seconds, 0: never."""

    id: str
    name: str
    role: Role
    locked: bool
    telegram: int | None
    created: float
    last_seen: float


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time code that was given out: its hash, what it is good for, who gave it, until when (UTC seconds)."""

    code: str
    purpose: Purpose
    role: Role | Literal[""]
    officer: str | None
    by: str
    created: float
    expires: float


def hashed(secret: str) -> str:
    """What is kept of a random code or token; random enough that no salt is needed."""
    return hashlib.sha256(secret.encode("utf8", "replace")).hexdigest()


_PUBLIC = [officers.c[name] for name in Officer.__dataclass_fields__]


def find(connection: Connection, where: ColumnElement[bool]) -> Officer | None:
    """The officer of a condition on a unique column."""
    row = connection.execute(select(*_PUBLIC).where(where)).one_or_none()
    return Officer(**row._mapping) if row else None


def every(connection: Connection) -> list[Officer]:
    """All officers: chiefs first, then by name."""
    query = select(*_PUBLIC).order_by(officers.c.role, officers.c.name)
    return [Officer(**row._mapping) for row in connection.execute(query)]


def count(connection: Connection, where: ColumnElement[bool] | None = None) -> int:
    """How many officers there are, or how many of a condition."""
    query = select(func.count()).select_from(officers)
    return int(connection.execute(query if where is None else query.where(where)).scalar_one())


def passphrase_of(connection: Connection, officer: str) -> str:
    """The hash of an officer's pass phrase; empty where there is no such officer."""
    query = select(officers.c.passphrase).where(officers.c.id == officer)
    return connection.execute(query).scalar_one_or_none() or ""


def create(connection: Connection, officer: Officer, passphrase: str) -> None:
    """Adds an officer with the hash of a pass phrase."""
    row = {name: getattr(officer, name) for name in Officer.__dataclass_fields__}
    connection.execute(insert(officers).values(**row, passphrase=passphrase))


def change(connection: Connection, officer: str, **values: Any) -> None:
    """Sets columns of an officer."""
    connection.execute(update(officers).where(officers.c.id == officer).values(**values))


def give_out(connection: Connection, invitation: Invitation) -> None:
    """Keeps an invitation."""
    row = {name: getattr(invitation, name) for name in Invitation.__dataclass_fields__}
    connection.execute(insert(invitations).values(**row))


def invitation(connection: Connection, code_hash: str, now: float) -> Invitation | None:
    """The invitation of this hash, unless it has expired."""
    query = select(invitations).where(invitations.c.code == code_hash, invitations.c.expires > now)
    row = connection.execute(query).one_or_none()
    return Invitation(**row._mapping) if row else None


def waiting(connection: Connection, purposes: Sequence[Purpose], now: float) -> list[Invitation]:
    """The invitations for these purposes that nobody has used yet, the newest first."""
    query = (
        select(invitations)
        .where(invitations.c.purpose.in_(purposes), invitations.c.expires > now)
        .order_by(invitations.c.created.desc())
    )
    return [Invitation(**row._mapping) for row in connection.execute(query)]


def use_up(connection: Connection, code_hash: str, now: float) -> bool:
    """Takes an invitation away, and with it all that have expired; False where it was gone already."""
    taken = connection.execute(delete(invitations).where(invitations.c.code == code_hash)).rowcount
    connection.execute(delete(invitations).where(invitations.c.expires <= now))
    return taken == 1


def revoke(connection: Connection, officer: str, purpose: Purpose) -> None:
    """Takes back the codes of one purpose that an officer was given."""
    connection.execute(
        delete(invitations).where(invitations.c.officer == officer, invitations.c.purpose == purpose)
    )
