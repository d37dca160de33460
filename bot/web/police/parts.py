"""What the console stands on: the officers' functions over one store, wired once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from bot.config import Settings
from bot.live import Live
from bot.officers.desk import Desk
from bot.officers.entrance import Entrance
from bot.officers.invitations import Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import People
from bot.officers.review import Review
from bot.officers.tryout import Tryout
from bot.overlay import overlaid, shipped
from bot.store.handed import HandedOver
from bot.store.tallies import Tallies
from bot.store.versions import StoredVersions
from bot.web.police.shelf import Shelf
from intents.types import BENIGN


@dataclass(frozen=True)
class Parts:
    """The parts that pages call."""

    engine: Engine
    settings: Settings
    live: Live
    desk: Desk
    people: People
    invitations: Invitations
    entrance: Entrance
    tryout: Tryout
    tallies: Tallies
    review: Review
    shelf: Shelf

    @property
    def registry(self) -> StoredVersions:
        """The versions."""
        return self.desk.registry

    def type_names(self) -> dict[str, str]:
        """The Chinese name of every type in use, by id; ordinary talk too."""
        cards = self.desk.knowledge().cards.values()
        return {BENIGN: "不是骗局"} | {card.id: card.name.zh for card in cards}


def build(
    settings: Settings,
    live: Live,
    desk: Desk,
    handed: HandedOver | None = None,
    passphrases: Passphrases | None = None,
) -> Parts:
    """The parts over the store of a desk."""
    passphrases = passphrases or Passphrases()
    own, engine = settings.police, desk.engine
    return Parts(
        engine,
        settings,
        live,
        desk,
        People(engine),
        Invitations(engine, passphrases, own.code_hours),
        Entrance(engine, passphrases, own.idle_minutes, own.session_hours),
        Tryout(live, desk.registry, lambda version: overlaid(shipped(), version.overlay)),
        Tallies(engine),
        Review(engine, handed or HandedOver(engine), desk.knowledge),
        Shelf(desk.registry),
    )


def join_link(settings: Settings, code: str, port: int = 0) -> str:
    """The address under which a one-time code is used; `port`: where it listens, 0 for the setting."""
    web = settings.web
    base = settings.police.url.rstrip("/") or f"http://{web.host}:{port or web.port}"
    return f"{base}/police/join?code={code}"
