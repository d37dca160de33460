"""What the console stands on: the officers' functions over one store, wired once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Engine

from bot.config import Settings
from bot.live import Live
from bot.officers.entrance import Entrance
from bot.officers.invitations import Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import People
from bot.officers.tryout import Tryout
from bot.overlay import overlaid
from bot.store.samples import StoredSamples
from bot.store.versions import StoredVersions
from intents import knowledge
from intents.knowledge import Knowledge
from intents.types import BENIGN


@dataclass(frozen=True)
class Parts:
    """The parts that pages call."""

    engine: Engine
    settings: Settings
    live: Live
    registry: StoredVersions
    samples: StoredSamples
    people: People
    invitations: Invitations
    entrance: Entrance
    tryout: Tryout

    def type_names(self) -> dict[str, str]:
        """The Chinese name of every type, by id; ordinary talk too."""
        known = overlaid(_shipped(), self.samples.types())
        return {BENIGN: "不是骗局"} | {card.id: card.name.zh for card in known.cards.values()}


def build(engine: Engine, settings: Settings, live: Live, passphrases: Passphrases | None = None) -> Parts:
    """The parts over a store."""
    passphrases = passphrases or Passphrases()
    own = settings.police
    registry, samples = StoredVersions(engine), StoredSamples(engine)
    return Parts(
        engine,
        settings,
        live,
        registry,
        samples,
        People(engine),
        Invitations(engine, passphrases, own.code_hours),
        Entrance(engine, passphrases, own.idle_minutes, own.session_hours),
        Tryout(live, registry, lambda _: overlaid(_shipped(), samples.types())),
    )


@lru_cache(maxsize=1)
def _shipped() -> Knowledge:
    return knowledge.load()


def join_link(settings: Settings, code: str, port: int = 0) -> str:
    """The address under which a one-time code is used; `port`: where it listens, 0 for the setting."""
    web = settings.web
    base = settings.police.url.rstrip("/") or f"http://{web.host}:{port or web.port}"
    return f"{base}/police/join?code={code}"
