"""Officers for tests: a store with a clock that can be moved, and pass phrases that are hashed cheaply."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from sqlalchemy import Engine
from starlette.types import ASGIApp

from bot import config
from bot.live import Live
from bot.officers.desk import Desk
from bot.officers.entrance import Entrance
from bot.officers.invitations import Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import Actor, People, actor_of, command_line
from bot.overlay import shipped
from bot.seams import Answers
from bot.store.officers import Officer
from bot.store.versions import StoredVersions
from bot.web.police import parts
from bot.web.police.console import create_console
from tests.bot.loopback import Loopback, serving
from tests.fakes import ScriptedAnswers

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

    def __init__(self, engine: Engine, desk: Desk | None = None) -> None:
        self.engine = engine
        self.desk = desk or Desk(engine, Path(str(engine.url.database)).parent)
        self.clock = Clock()
        self.live = Live(StoredVersions(engine), shipped)
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

    @contextmanager
    def console(self, chat: Answers | None = None, **changes: object) -> Iterator[Loopback]:
        """The console on a loopback port, beside a chat; `changes`: to the settings of the web channel."""

        def made(web: config.Web) -> ASGIApp:
            settings = config.load(SETTINGS, {}).model_copy(update={"web": web})
            built = parts.build(settings, self.live, self.desk, passphrases=cheap())
            own = {"people": self.people, "invitations": self.invitations, "entrance": self.entrance}
            return create_console(replace(built, **own))

        with serving(chat or ScriptedAnswers(), console=made, **changes) as where:
            yield where


SETTINGS = Path(__file__).parent.parent.parent / "config.yaml"
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Browser:
    """An officer's browser without a screen: keeps the cookie, sends forms with the page's CSRF token."""

    def __init__(self, where: Loopback, name: str = "") -> None:
        # No connection is kept, so that none is left open.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(
            base_url=where.url, timeout=20, headers={"Origin": where.url}, limits=limits
        )
        if name:
            form = {"name": name, "passphrase": PASSPHRASE}
            assert self.client.post("/police/login", data=form).status_code == 303

    def get(self, path: str) -> httpx.Response:
        """A page."""
        return self.client.get(path)

    def token(self, path: str = "/police/me") -> str:
        """The CSRF token of a page."""
        found = _TOKEN.search(self.get(path).text)
        return found.group(1) if found else ""

    def post(self, path: str, **form: str) -> httpx.Response:
        """Sends a form with a fresh token."""
        return self.client.post(path, data={"csrf": self.token()} | form)
