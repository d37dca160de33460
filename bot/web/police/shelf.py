"""Versions without the lists of what they learned, which are long: read once, for a version never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from bot.store.versions import StoredVersions
from training.registry import Version

KEPT = 300
COMPARED = 8
"""Comparisons that are kept; one of 100,000 texts takes a while."""

Moved = tuple[tuple[str, str, str], ...]
"""(text id, type before, type after) of each text that differs; an empty type: it was not learned."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A version's record without its samples, and how many they are."""

    record: Version
    learnt: int


class Shelf:
    """The versions of one store, the newest first. Thread-safe."""

    def __init__(self, registry: StoredVersions) -> None:
        self._registry = registry
        self._kept: OrderedDict[str, Shelved] = OrderedDict()
        self._compared: OrderedDict[tuple[str, str], Moved] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version_id: str) -> Shelved | None:
        """The version of this id."""
        with self._lock:
            if found := self._kept.get(version_id):
                return found
        version = self._registry.version(version_id) if version_id else None
        if version is None:
            return None
        found = Shelved(replace(version, samples=()), len(version.samples))
        with self._lock:
            self._kept[version_id] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def live(self) -> Shelved | None:
        """The version that answers now."""
        return self.get(self._registry.active())

    def newest(self, limit: int) -> list[Shelved]:
        """The newest versions."""
        return [found for name in self._registry.ids(limit) if (found := self.get(name))]

    def moved(self, before: str, after: str) -> Moved:
        """What two versions learned differently."""
        key = (before, after)
        with self._lock:
            if key in self._compared:
                return self._compared[key]
        old, new = (dict(v.samples) if (v := self._registry.version(name)) else {} for name in key)
        names = old.items() ^ new.items()
        found = tuple((name, old.get(name, ""), new.get(name, "")) for name in sorted({n for n, _ in names}))
        with self._lock:
            self._compared[key] = found
            while len(self._compared) > COMPARED:
                self._compared.popitem(last=False)
        return found
