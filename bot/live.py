"""The live advisor: model and cards together, swapped by one assignment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bot.overlay import overlaid
from bot.seams import NotReady, Status
from intents.advisor import Advisor
from intents.classifier import Classifier
from intents.encoder import Encoder
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.model import ModelFileError
from intents.replies import Station
from training.registry import Registry

log = logging.getLogger(__name__)


class Live:
    """Follows the registry's active pointer. A reply in flight keeps the advisor that it read.

    `knowledge`: the shipped one; each version lays its own types and cards over it.
    """

    def __init__(
        self, registry: Registry, knowledge: Callable[[], Knowledge], station: Station | None = None
    ) -> None:
        self._registry = registry
        self._knowledge = knowledge
        self._station = station or Station()
        self._encoder: Encoder | None = None
        self._current: Advisor | None = None
        self._version = ""
        self._stamp: tuple[str, str] = ("", "")
        self._lock = threading.Lock()
        self.progress: Callable[[], float] = lambda: 0.0
        self.encoder_note = ""

    def get(self) -> Advisor:
        """The advisor that serves now. Raises NotReady."""
        current = self._current
        if current is None:
            raise NotReady(self.progress())
        return current

    @property
    def encoder(self) -> Encoder | None:
        """The encoder that it serves with; None while there is none."""
        return self._encoder

    @property
    def station(self) -> Station:
        """The police station that replies name."""
        return self._station

    def use_encoder(self, encoder: Encoder) -> None:
        """Serves with this encoder from the next refresh on."""
        self._encoder = encoder
        self.refresh()

    def refresh(self) -> bool:
        """Loads the active version where it is not the one that serves; True where it swapped."""
        with self._lock:
            active = self._registry.active()
            stamp = (active, self._encoder.version if self._encoder else "")
            if not active or stamp == self._stamp:
                return False
            try:
                advisor = self._load(active)
            except ModelFileError as error:
                log.warning("版本 %s 不能用:%s", active, error)
                self._stamp = stamp
                return False
            if advisor is None:
                return False
            self._current, self._version, self._stamp = advisor, active, stamp
            return True

    def status(self) -> Status:
        """Which head serves, of which version."""
        current = self._current
        head = current.classifier.head_name if current else ""
        return Status(head, self._version, 1.0 if head == "full" else self.progress(), self.encoder_note)

    def _load(self, version_id: str) -> Advisor | None:
        version = self._registry.version(version_id)
        if version is None or version.features_version != features_version():
            return None
        model = self._registry.model(version_id)
        if model is None:
            return None
        knowledge = overlaid(self._knowledge(), version.overlay)
        return Advisor(knowledge, Classifier(model, self._encoder, knowledge.signs), self._station)
