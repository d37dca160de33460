"""Officers for tests: a store with a clock that can be moved, and pass phrases that are hashed cheaply."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from sqlalchemy import Engine

from bot.officers.entrance import Entrance
from bot.officers.invitations import Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import Actor, People, actor_of, command_line
from bot.store.officers import Officer

PASSPHRASE = "草原上的第七匹小黑马"
CHIEF, OFFICER = "巴特尔", "李警官"


@dataclass
class Clock:
    """Now, in UTC seconds; moved by hand."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


def cheap() -> Passphrases:
    """Real argon2, with the least that it takes."""
    return Passphrases(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Brigade:
    """People, invitations and entrance over one store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = Clock()
        self.people = People(engine, self.clock)
        self.invitations = Invitations(engine, cheap(), 72, self.clock)
        self.entrance = Entrance(engine, cheap(), 60, 12, self.clock)

    def join(self, name: str, role: str) -> Officer:
        """An officer of this name and role, invited on the command line."""
        code = self.invitations.invite(command_line("值班"), role)
        return self.invitations.join(code.code, name, PASSPHRASE)

    def chief(self, name: str = CHIEF) -> Actor:
        """A chief."""
        return actor_of(self.join(name, "chief"))

    def officer(self, name: str = OFFICER) -> Actor:
        """An officer who is no chief."""
        return actor_of(self.join(name, "officer"))
