"""Who the officers are: roles, locking, the link to Telegram. How they come in: bot/officers/invitations.py."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine

from bot.officers.errors import Forbidden, NotFound, OfficerError
from bot.store import log, sessions
from bot.store import officers as rows
from bot.store.engine import reading
from bot.store.officers import Officer, Role
from bot.store.tables import officers

CHIEF: Final = "chief"
OFFICER: Final = "officer"
ROLES: dict[Role, str] = {OFFICER: "民警", CHIEF: "负责人"}
_NAME = re.compile(r"[^\W_][\w·. -]{0,19}")


@dataclass(frozen=True)
class Actor:
    """Who does something: the name that the log shows, the role that counts, the officer's id.

    The server's command line acts as `cli:NAME` with a chief's rights and no id.
    """

    name: str
    role: Role
    id: str = ""


class BadName(OfficerError):
    """The name cannot be used or is taken."""


class BadRole(OfficerError):
    """The change would leave nobody who can manage the others, or is of no role."""


def command_line(name: str) -> Actor:
    """Who acts on the server's command line."""
    return Actor(f"cli:{name}", CHIEF)


def actor_of(officer: Officer) -> Actor:
    """The officer as the one who acts."""
    return Actor(officer.name, officer.role, officer.id)


def chief_only(actor: Actor, what: str) -> None:
    """Raises Forbidden where the actor is no chief; `what` names the act in Chinese."""
    if actor.role != CHIEF:
        raise Forbidden(f"{what}要由负责人来做。请找负责人。")


class People:
    """The officers of one store. Every change is logged in its own transaction. `clock`: UTC seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._clock = clock

    def officers(self) -> list[Officer]:
        """All officers, locked ones too: chiefs first, then by name."""
        with self._reading.connect() as connection:
            return rows.every(connection)

    def empty(self) -> bool:
        """Whether there is no officer yet."""
        with self._reading.connect() as connection:
            return rows.count(connection) == 0

    def named(self, name: str) -> Officer:
        """The officer of this name. Raises NotFound."""
        with self._reading.connect() as connection:
            return named(connection, name)

    def by_telegram(self, telegram: int) -> Actor | None:
        """The officer who linked this Telegram id; None for anybody else and for a locked officer."""
        with self._reading.connect() as connection:
            found = rows.find(connection, officers.c.telegram == telegram)
        return actor_of(found) if found and not found.locked else None

    # ---- roles and locks -------------------------------------------------------------------------------

    def set_role(self, actor: Actor, name: str, role: str) -> Officer:
        """Makes an officer a chief or the other way round. Raises Forbidden, NotFound, BadRole."""
        chief_only(actor, "改角色")
        wanted = known_role(role)
        with self._engine.begin() as connection:
            officer = named(connection, name)
            if officer.role == wanted:
                return officer
            _keep_a_chief(connection, actor, officer)
            rows.change(connection, officer.id, role=wanted)
            log.append(connection, actor.name, "role", officer=officer.id, name=officer.name, role=wanted)
        return self.named(name)

    def lock(self, actor: Actor, name: str) -> Officer:
        """Shuts an officer out at once, everywhere. Raises Forbidden, NotFound, BadRole."""
        chief_only(actor, "锁定民警")
        with self._engine.begin() as connection:
            officer = named(connection, name)
            if officer.id == actor.id:
                raise BadRole("不能锁定自己。请另一位负责人来做。")
            _keep_a_chief(connection, actor, officer)
            rows.change(connection, officer.id, locked=True)
            rows.revoke(connection, officer.id, "reset")
            rows.revoke(connection, officer.id, "telegram")
            ended = sessions.close_all(connection, officer.id)
            log.append(connection, actor.name, "lock", officer=officer.id, name=officer.name, sessions=ended)
        return self.named(name)

    def unlock(self, actor: Actor, name: str) -> Officer:
        """Lets an officer in again. Raises Forbidden, NotFound."""
        chief_only(actor, "解锁民警")
        with self._engine.begin() as connection:
            officer = named(connection, name)
            rows.change(connection, officer.id, locked=False)
            log.append(connection, actor.name, "unlock", officer=officer.id, name=officer.name)
        return self.named(name)

    def unlink_telegram(self, actor: Actor) -> None:
        """Takes the actor's own Telegram link away."""
        with self._engine.begin() as connection:
            rows.change(connection, actor.id, telegram=None)
            log.append(connection, actor.name, "telegram-unlinked", officer=actor.id)


def spelled(name: str) -> str:
    """A name in its one spelling: full-width letters as half-width ones, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def clean_name(name: str) -> str:
    """A name as it is kept: one spelling, no spaces around it. Raises BadName."""
    cleaned = spelled(name)
    if not _NAME.fullmatch(cleaned):
        raise BadName("名字要 1 到 20 个字，只用汉字、字母、数字，中间可以有 · . - 和空格。")
    return cleaned


def named(connection: Connection, name: str) -> Officer:
    """The officer of this name. Raises NotFound."""
    found = rows.find(connection, officers.c.name == spelled(name))
    if found is None:
        raise NotFound(f"没有叫“{name[:40]}”的民警。用 fanzha officers 或后台的“民警”页看看有谁。")
    return found


def known_role(role: str) -> Role:
    """The role of this id. Raises BadRole."""
    for known in ROLES:
        if role == known:
            return known
    raise BadRole(f"没有“{role[:20]}”这个角色，只有 officer（民警）和 chief（负责人）。")


def _keep_a_chief(connection: Connection, actor: Actor, officer: Officer) -> None:
    """The last chief who can still come in stays; the command line, which can make another, may do it."""
    if not actor.id or officer.role != CHIEF or officer.locked:
        return
    able = (officers.c.role == CHIEF) & (officers.c.locked.is_(False))
    if rows.count(connection, able) <= 1:
        raise BadRole(f"{officer.name}是最后一位负责人。先把另一位民警设成负责人。")
