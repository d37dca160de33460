"""Rows of signed-in browsers, and of attempts to get in. Every function runs in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.store.officers import Officer
from bot.store.tables import attempts, officers, sessions


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One signed-in browser: the hash of its token, its CSRF secret, and times in UTC seconds."""

    token: str
    officer: str
    csrf: str
    created: float
    seen: float
    expires: float


def open_session(connection: Connection, session: StoredSession) -> None:
    """Keeps a session, and lets go of those that have expired."""
    connection.execute(delete(sessions).where(sessions.c.expires <= session.created))
    row = {name: getattr(session, name) for name in StoredSession.__dataclass_fields__}
    connection.execute(insert(sessions).values(**row))


def read(connection: Connection, token_hash: str) -> tuple[StoredSession, Officer] | None:
    """A session and whose it is, expired and locked ones too."""
    theirs = [officers.c[name].label(f"officer_{name}") for name in Officer.__dataclass_fields__]
    query = select(sessions, *theirs).join(officers, officers.c.id == sessions.c.officer)
    row = connection.execute(query.where(sessions.c.token == token_hash)).mappings().one_or_none()
    if row is None:
        return None
    own = {name: row[sessions.c[name]] for name in StoredSession.__dataclass_fields__}
    officer = {name: row[f"officer_{name}"] for name in Officer.__dataclass_fields__}
    return StoredSession(**own), Officer(**officer)


def touch(connection: Connection, token_hash: str, officer: str, now: float) -> None:
    """Notes that a session and its officer were there."""
    connection.execute(update(sessions).where(sessions.c.token == token_hash).values(seen=now))
    connection.execute(update(officers).where(officers.c.id == officer).values(last_seen=now))


def close(connection: Connection, token_hash: str) -> None:
    """Ends one session."""
    connection.execute(delete(sessions).where(sessions.c.token == token_hash))


def close_all(connection: Connection, officer: str) -> int:
    """Ends an officer's sessions; gives how many ended."""
    return connection.execute(delete(sessions).where(sessions.c.officer == officer)).rowcount


def count_attempt(connection: Connection, key: str, now: float) -> None:
    """Notes one attempt of a key (at most 80 characters)."""
    connection.execute(insert(attempts).values(key=key, at=now))


def attempts_since(connection: Connection, key: str, since: float) -> tuple[int, float]:
    """How many attempts of a key came after a moment, and when the first of these did (0 for none)."""
    query = select(func.count(), func.min(attempts.c.at)).where(attempts.c.key == key, attempts.c.at > since)
    number, first = connection.execute(query).one()
    return int(number), float(first or 0.0)


def forget_attempts(connection: Connection, key: str) -> None:
    """Lets go of a key's attempts."""
    connection.execute(delete(attempts).where(attempts.c.key == key))


def forget_attempts_before(connection: Connection, moment: float) -> None:
    """Lets go of what no limit looks at any more."""
    connection.execute(delete(attempts).where(attempts.c.at <= moment))
