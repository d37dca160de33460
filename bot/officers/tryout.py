"""What any version makes of a text, step by step. Nothing is kept of the text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.live import Live
from bot.officers.errors import NotFound
from intents.advisor import Advisor
from intents.classifier import Classifier
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.model import MARKS
from intents.text import has_words, is_mongolian_script, prepare
from intents.types import Choice, Conversation, Message, Reply, Verdict
from training.registry import Registry, Version

LONGEST = 5000
"""Characters of a text that are looked at here."""
KEPT = 2
"""Earlier models that are kept in memory; one takes some 10 MB."""


@dataclass(frozen=True, slots=True)
class Look:
    """A text as one version sees it.

    `seen`: masked and normalised. `types`: every type's probability, the likeliest first. `marks`: "paid" and
    "happening" with their probability and the limit from which they count.
    """

    version: str
    head: str
    seen: str
    verdict: Verdict
    types: tuple[Choice, ...]
    marks: tuple[tuple[str, float, float], ...]
    limits: tuple[float, float]
    reply: Reply


class Tryout:
    """Asks the live advisor, or one built for an earlier version. Thread-safe.

    `knowledge`: the knowledge that a version answers with.
    """

    def __init__(self, live: Live, registry: Registry, knowledge: Callable[[Version], Knowledge]) -> None:
        self._live = live
        self._registry = registry
        self._knowledge = knowledge
        self._kept: OrderedDict[tuple[str, str], Advisor] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, text: str, version_id: str = "") -> Look:
        """What a version (default: the live one) says of a text as a conversation's first message.

        Raises NotReady (nothing is live yet); NotFound, which says why the version cannot be asked.
        """
        live = self._live.status().version
        advisor = self._live.get() if version_id in ("", live) else self._earlier(version_id)
        return look(advisor, text[:LONGEST], version_id or live)

    def _earlier(self, version_id: str) -> Advisor:
        encoder = self._live.encoder
        key = (version_id, encoder.version if encoder else "")
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._load(version_id)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _load(self, version_id: str) -> Advisor:
        version = self._registry.version(version_id)
        if version is None:
            raise NotFound(f"没有版本 {version_id[:40]}。请从列表里选一个。")
        if version.features_version != features_version():
            raise NotFound(f"版本 {version.id} 是旧软件训练的，这个软件不能用它来试。请选新一点的。")
        model = self._registry.model(version.id)
        if model is None:
            raise NotFound(f"版本 {version.id} 的数据已经清掉了，不能试。请选新一点的。")
        known = self._knowledge(version)
        return Advisor(known, Classifier(model, self._live.encoder, known.signs), self._live.station)


def look(advisor: Advisor, text: str, version: str) -> Look:
    """What an advisor says of a text, and the numbers behind it."""
    classifier = advisor.classifier
    seen = prepare(text).value
    head = classifier.model.heads[classifier.head_name]
    types: tuple[Choice, ...] = ()
    marks: tuple[tuple[str, float, float], ...] = ()
    if has_words(text) and not is_mongolian_script(text):
        probability, marked = classifier.probabilities(classifier.windows(seen))
        pairs = sorted(zip(classifier.model.labels, probability.tolist(), strict=True), key=lambda p: -p[1])
        types = tuple(Choice(label, value) for label, value in pairs)
        bounds = (head.thresholds.paid, head.thresholds.happening)
        marks = tuple(zip(MARKS, marked.tolist(), bounds, strict=True))
    reply, _ = advisor.advise(Message(text), Conversation())
    limits = (head.thresholds.caution, head.thresholds.danger)
    return Look(version, classifier.head_name, seen, classifier.classify(text), types, marks, limits, reply)
