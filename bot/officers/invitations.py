"""How officers come in: one-time codes for the first chief, for those invited, a new pass phrase, Telegram."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine

from bot.officers.errors import NotFound, OfficerError
from bot.officers.passphrases import Passphrases
from bot.officers.people import CHIEF, Actor, BadName, actor_of, chief_only, clean_name, known_role, named
from bot.store import log, sessions
from bot.store import officers as rows
from bot.store.engine import reading
from bot.store.officers import Invitation, Officer, Purpose, Role
from bot.store.tables import officers

TELEGRAM_CODE_SECONDS = 15 * 60
SERVER: Final = Actor("server", CHIEF)
_EASY_TO_TYPE = "abcdefghjkmnpqrstuvwxyz23456789"


class BadCode(OfficerError):
    """The one-time code is unknown, used or expired."""


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as it is shown once, what it is good for, and until when (UTC seconds)."""

    code: str
    purpose: Purpose
    expires: float


class Invitations:
    """The one-time codes of one store. Every code given out or used is logged in its own transaction.

    `code_hours`: how long one is good for (a Telegram code: 15 minutes); `clock`: UTC seconds.
    """

    def __init__(
        self,
        engine: Engine,
        passphrases: Passphrases,
        code_hours: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._passphrases = passphrases
        self._code_seconds = code_hours * 3600
        self._clock = clock

    def waiting(self) -> list[Invitation]:
        """The invitations that nobody has used yet, the newest first."""
        with self._reading.connect() as connection:
            return rows.waiting(connection, ("first", "join", "reset"), self._clock())

    # ---- coming in -------------------------------------------------------------------------------------

    def invite_first(self) -> Code | None:
        """A code that makes the first chief; None where there is an officer already."""
        with self._reading.connect() as connection:
            if rows.count(connection):
                return None
        return self._give_out("first", SERVER, role=CHIEF)

    def invite(self, actor: Actor, role: str) -> Code:
        """A code with which one person becomes an officer of this role. Raises Forbidden, BadRole."""
        chief_only(actor, "邀请民警")
        return self._give_out("join", actor, role=known_role(role))

    def withdraw(self, actor: Actor, code_hash: str) -> None:
        """Takes an invitation back. Raises Forbidden; NotFound where it was used or withdrawn already."""
        chief_only(actor, "收回邀请")
        with self._engine.begin() as connection:
            if not rows.use_up(connection, code_hash, self._clock()):
                raise NotFound("这份邀请已经用过、过期或收回了。")
            log.append(connection, actor.name, "invite-withdrawn", code=code_hash[:12])

    def invited(self, code: str) -> Invitation:
        """What a code is good for ("first", "join" or "reset"). Raises BadCode."""
        with self._reading.connect() as connection:
            return self._open(connection, code, ("first", "join", "reset"))

    def join(self, code: str, name: str, passphrase: str) -> Officer:
        """Makes the officer whom a code invites. Raises BadCode, BadName, WeakPassphrase."""
        self.invited(code)
        name = clean_name(name)
        kept = self._passphrases.hash(passphrase, name)
        now = self._clock()
        with self._engine.begin() as connection:
            invitation = self._open(connection, code, ("first", "join"))
            if rows.find(connection, officers.c.name == name):
                raise BadName(f"已经有人叫{name}了。请在名字后面加上警号或单位，例如“{name}2”。")
            role = known_role(invitation.role)
            officer = Officer(uuid.uuid4().hex, name, role, False, None, now, 0.0)
            rows.use_up(connection, invitation.code, now)
            rows.create(connection, officer, kept)
            log.append(connection, name, "join", officer=officer.id, role=role, code=invitation.code[:12])
        return officer

    def reset(self, actor: Actor, name: str) -> Code:
        """A code with which an officer sets a new pass phrase. Raises Forbidden, NotFound."""
        chief_only(actor, "重设别人的口令")
        with self._reading.connect() as connection:
            officer = named(connection, name)
        return self._give_out("reset", actor, officer=officer)

    def renew(self, code: str, passphrase: str) -> Officer:
        """Sets the new pass phrase that a code allows, and signs the officer out everywhere.

        Raises BadCode, WeakPassphrase.
        """
        invitation = self.invited(code)
        with self._reading.connect() as connection:
            officer = rows.find(connection, officers.c.id == invitation.officer)
        if officer is None or invitation.purpose != "reset":
            raise _bad_code()
        kept = self._passphrases.hash(passphrase, officer.name)
        with self._engine.begin() as connection:
            invitation = self._open(connection, code, ("reset",))
            rows.use_up(connection, invitation.code, self._clock())
            rows.change(connection, officer.id, passphrase=kept)
            sessions.close_all(connection, officer.id)
            log.append(connection, officer.name, "passphrase", officer=officer.id, code=invitation.code[:12])
        return officer

    # ---- Telegram --------------------------------------------------------------------------------------

    def telegram_code(self, actor: Actor) -> Code:
        """A code that links the actor's own Telegram for the next 15 minutes. Raises NotFound."""
        with self._reading.connect() as connection:
            officer = rows.find(connection, officers.c.id == actor.id)
        if officer is None:
            raise NotFound("命令行上的身份没有 Telegram。请从后台的“我的账号”里连接。")
        return self._give_out("telegram", actor, officer=officer)

    def link_telegram(self, code: str, telegram: int) -> Actor:
        """Links the Telegram id that sent a code to the officer who was given it. Raises BadCode.

        An id that was linked to somebody else before is that officer's no longer.
        """
        with self._engine.begin() as connection:
            invitation = self._open(connection, code.strip().lower(), ("telegram",))
            officer = rows.find(connection, officers.c.id == invitation.officer)
            if officer is None or officer.locked:
                raise _bad_code()
            rows.use_up(connection, invitation.code, self._clock())
            before = rows.find(connection, officers.c.telegram == telegram)
            if before:
                rows.change(connection, before.id, telegram=None)
            rows.change(connection, officer.id, telegram=telegram, last_seen=self._clock())
            log.append(connection, officer.name, "telegram-linked", officer=officer.id)
        return actor_of(officer)

    # ---- codes -----------------------------------------------------------------------------------------

    def _give_out(
        self, purpose: Purpose, actor: Actor, *, role: Role | None = None, officer: Officer | None = None
    ) -> Code:
        now = self._clock()
        short = purpose == "telegram"
        code = _short_code() if short else secrets.token_urlsafe(24)
        expires = now + (TELEGRAM_CODE_SECONDS if short else self._code_seconds)
        whose = officer.id if officer else None
        kept = Invitation(rows.hashed(code), purpose, role or "", whose, actor.name, now, expires)
        with self._engine.begin() as connection:
            if whose:
                rows.revoke(connection, whose, purpose)
            rows.give_out(connection, kept)
            about = {"officer": whose} if whose else {"role": role}
            log.append(connection, actor.name, f"code-{purpose}", code=kept.code[:12], **about)
        return Code(code, purpose, expires)

    def _open(self, connection: Connection, code: str, purposes: tuple[Purpose, ...]) -> Invitation:
        found = rows.invitation(connection, rows.hashed(code), self._clock())
        if found is None or found.purpose not in purposes:
            raise _bad_code()
        if found.purpose == "first" and rows.count(connection):
            raise BadCode("第一位负责人已经有了，这个链接作废。请他在后台邀请你。")
        return found


def _short_code() -> str:
    """Ten characters that are told apart by eye: 49 bits, good for minutes."""
    return "".join(secrets.choice(_EASY_TO_TYPE) for _ in range(10))


def _bad_code() -> BadCode:
    return BadCode("这个代码不对、用过了或过期了。请向负责人再要一个。")
