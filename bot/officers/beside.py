"""What an upload is held beside: the types, the texts that are there, the live model's opinion."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, func, select

from bot.officers.known import Known, known
from bot.officers.sorting import Plain
from bot.overlay import Overlay, overlaid, shipped
from bot.store.cards import StoredCards
from bot.store.engine import reading
from bot.store.samples import StoredSamples
from bot.store.tables import samples
from bot.store.versions import StoredVersions
from intents.classifier import Classifier
from intents.examples import HELD_OUT, Example
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.types import BENIGN

FindType = Callable[[str], str | None]
BENIGN_NAMES = (BENIGN, "不是骗局")


class Beside:
    """Reads it from the store; what is slow to build is kept until the store changes. Thread-safe.

    `examples`: every shipped example.
    """

    def __init__(self, engine: Engine, examples: Callable[[], list[Example]]) -> None:
        self._reading = reading(engine)
        self._examples = examples
        self._samples = StoredSamples(engine)
        self._cards = StoredCards(engine)
        self._registry = StoredVersions(engine)
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, float], Known] | None = None
        self._plain: tuple[str, Plain | None] = ("", None)

    def knowledge(self, more: Overlay | None = None) -> Knowledge:
        """The shipped knowledge with the station's types and cards, and those of a draft."""
        return overlaid(shipped(), {**self._cards.overlay(), **(more or {})})

    def finder(self, more: Mapping[str, Any] | None = None) -> FindType:
        """A function from an id, name or alias to the type's id; `more`: the types that a draft brings."""
        found = self.knowledge(more)

        def find(wanted: str) -> str | None:
            if wanted.strip() in BENIGN_NAMES:
                return BENIGN
            card = found.find(wanted)
            return card.id if card else None

        return find

    def known(self) -> Known:
        """The texts that are there already."""
        query = select(func.count(), func.coalesce(func.max(samples.c.changed), 0.0)).select_from(samples)
        with self._reading.connect() as connection:
            count, changed = connection.execute(query).one()
        stamp = (int(count), float(changed))
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                learn = [example for example in self._examples() if example.group not in HELD_OUT]
                self._known = (stamp, known(learn, self._samples))
            return self._known[1]

    def plain(self) -> Plain | None:
        """How much a text reads like ordinary talk, by the live model's n-grams; None where there is none."""
        active = self._registry.active()
        with self._lock:
            if active and self._plain[0] != active:
                self._plain = (active, self._reader(active))
            return self._plain[1]

    def _reader(self, active: str) -> Plain | None:
        version = self._registry.version(active)
        if version is None or version.features_version != features_version():
            return None
        model = self._registry.model(active)
        if model is None:
            return None
        classifier = Classifier(model)

        def plain(text: str) -> float:
            verdict = classifier.classify(text)
            return verdict.probability if verdict.type == BENIGN else 0.0

        return plain
