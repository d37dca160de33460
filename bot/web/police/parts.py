"""What the console stands on: the officers' functions over one store, wired once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from bot.config import Settings
from bot.officers.entrance import Entrance
from bot.officers.invitations import Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import People


@dataclass(frozen=True)
class Parts:
    """The parts that pages call."""

    engine: Engine
    settings: Settings
    people: People
    invitations: Invitations
    entrance: Entrance


def build(engine: Engine, settings: Settings, passphrases: Passphrases | None = None) -> Parts:
    """The parts over a store."""
    passphrases = passphrases or Passphrases()
    own = settings.police
    return Parts(
        engine,
        settings,
        People(engine),
        Invitations(engine, passphrases, own.code_hours),
        Entrance(engine, passphrases, own.idle_minutes, own.session_hours),
    )


def join_link(settings: Settings, code: str, port: int = 0) -> str:
    """The address under which a one-time code is used; `port`: where it listens, 0 for the setting."""
    web = settings.web
    base = settings.police.url.rstrip("/") or f"http://{web.host}:{port or web.port}"
    return f"{base}/police/join?code={code}"
