"""Signing in and out: sessions that expire, attempts limited by account and by address."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from bot.officers.errors import OfficerError
from bot.officers.passphrases import Passphrases
from bot.officers.people import Actor, actor_of, chief_only, named, spelled
from bot.store import log, sessions
from bot.store import officers as rows
from bot.store.engine import reading
from bot.store.officers import Officer, hashed
from bot.store.sessions import StoredSession
from bot.store.tables import officers

WINDOW = 15 * 60
PER_ACCOUNT, PER_ADDRESS = 10, 50
"""Attempts in a window of 15 minutes. A whole station may sit behind one address."""
TOUCH_EVERY = 60
"""Seconds between two notes of "was here": not every request writes."""


class WrongPassphrase(OfficerError):
    """Name or pass phrase is wrong, or the officer is locked."""


class TooManyAttempts(OfficerError):
    """Too many attempts of this account or from this address; `seconds` until the next."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"试的次数太多，请过 {math.ceil(seconds / 60)} 分钟再试。忘了口令，请负责人重设。")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser: who acts, the hash of its token, and its CSRF secret."""

    actor: Actor
    token: str
    csrf: str


class Entrance:
    """The way in, over one store. `clock`: UTC seconds."""

    def __init__(
        self,
        engine: Engine,
        passphrases: Passphrases,
        idle_minutes: float,
        session_hours: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._passphrases = passphrases
        self._idle = idle_minutes * 60
        self._lifetime = session_hours * 3600
        self._clock = clock

    # ---- in --------------------------------------------------------------------------------------------

    def sign_in(self, name: str, passphrase: str, address: str, before: Session | None = None) -> str:
        """Gives the token of a new session; the one before in the same browser ends.

        Raises WrongPassphrase, TooManyAttempts.
        """
        account = f"account:{hashed(spelled(name).casefold())}"
        self._admit({account: PER_ACCOUNT, f"address:{hashed(address)}": PER_ADDRESS})
        with self._reading.connect() as connection:
            officer = rows.find(connection, officers.c.name == spelled(name))
            kept = rows.passphrase_of(connection, officer.id) if officer else ""
        fits = self._passphrases.fits(passphrase, kept)
        if officer is None or not fits:
            self._note_failure(officer)
            raise WrongPassphrase("名字或口令不对。忘了口令，请负责人在“民警”页给你重设。")
        if officer.locked:
            raise WrongPassphrase("这个账号已经锁定，请找负责人。")
        again = self._passphrases.again(passphrase) if self._passphrases.outdated(kept) else ""
        with self._engine.begin() as connection:
            sessions.forget_attempts(connection, account)
            if again:
                rows.change(connection, officer.id, passphrase=again)
            if before:
                sessions.close(connection, before.token)
            log.append(connection, officer.name, "sign-in", officer=officer.id)
            return self._open(connection, officer)

    def open_for(self, officer: Officer) -> str:
        """The token of a session for somebody who just came in by a one-time code."""
        with self._engine.begin() as connection:
            return self._open(connection, officer)

    def session(self, token: str) -> Session | None:
        """Whose a token is; None where it is unknown, expired, idle for too long, or the officer is locked."""
        now = self._clock()
        with self._reading.connect() as connection:
            found = sessions.read(connection, hashed(token)) if token else None
        if found is None:
            return None
        kept, officer = found
        if officer.locked or kept.expires <= now or kept.seen + self._idle <= now:
            return None
        if now - kept.seen >= TOUCH_EVERY:
            with self._engine.begin() as connection:
                sessions.touch(connection, kept.token, officer.id, now)
        return Session(actor_of(officer), kept.token, kept.csrf)

    # ---- out -------------------------------------------------------------------------------------------

    def sign_out(self, session: Session) -> None:
        """Ends this session."""
        with self._engine.begin() as connection:
            sessions.close(connection, session.token)
            log.append(connection, session.actor.name, "sign-out", officer=session.actor.id)

    def sign_out_everywhere(self, actor: Actor, name: str) -> int:
        """Ends all sessions of an officer: one's own, or as a chief anybody's; gives how many.

        Raises Forbidden, NotFound.
        """
        if name != actor.name:
            chief_only(actor, "让别人退出")
        with self._engine.begin() as connection:
            officer = named(connection, name)
            ended = sessions.close_all(connection, officer.id)
            log.append(
                connection, actor.name, "sign-out-everywhere", officer=officer.id, name=name, sessions=ended
            )
        return ended

    def change_passphrase(self, session: Session, old: str, new: str) -> str:
        """Sets a new pass phrase, ends all of the officer's sessions, and gives the token of a new one.

        Raises WrongPassphrase, TooManyAttempts, WeakPassphrase.
        """
        actor = session.actor
        account = f"account:{hashed(actor.name.casefold())}"
        self._admit({account: PER_ACCOUNT})
        with self._reading.connect() as connection:
            kept = rows.passphrase_of(connection, actor.id)
        if not self._passphrases.fits(old, kept):
            raise WrongPassphrase("现在的口令不对。")
        fresh = self._passphrases.hash(new, actor.name)
        with self._engine.begin() as connection:
            rows.change(connection, actor.id, passphrase=fresh)
            sessions.forget_attempts(connection, account)
            sessions.close_all(connection, actor.id)
            log.append(connection, actor.name, "passphrase", officer=actor.id)
            return self._open(connection, named(connection, actor.name))

    # ---- parts -----------------------------------------------------------------------------------------

    def _open(self, connection: Connection, officer: Officer) -> str:
        now, token = self._clock(), secrets.token_urlsafe(32)
        session = StoredSession(
            hashed(token), officer.id, secrets.token_hex(32), now, now, now + self._lifetime
        )
        sessions.open_session(connection, session)
        rows.change(connection, officer.id, last_seen=now)
        return token

    def _admit(self, limits: dict[str, int]) -> None:
        """Counts an attempt for each key (before the pass phrase is looked at, so that many at once do not slip
        through). Raises TooManyAttempts."""
        now = self._clock()
        with self._engine.begin() as connection:
            sessions.forget_attempts_before(connection, now - WINDOW)
            for key, limit in limits.items():
                number, first = sessions.attempts_since(connection, key, now - WINDOW)
                if number >= limit:
                    raise TooManyAttempts(max(1, math.ceil(first + WINDOW - now)))
            for key in limits:
                sessions.count_attempt(connection, key, now)

    def _note_failure(self, officer: Officer | None) -> None:
        """Failures on accounts that exist are logged; a name that nobody has may be a mistyped pass phrase."""
        if officer:
            with self._engine.begin() as connection:
                log.append(connection, officer.name, "sign-in-failed", officer=officer.id)
