"""What a version is, and what a registry of versions does. The store implements it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from intents.model import Model, content_hash


@dataclass(frozen=True)
class Version:
    """A published model: when, by whom, why, on which samples, with which scores."""

    id: str
    created: float
    by: str
    note: str
    head: str
    features_version: str
    parent: str = ""
    scores: dict[str, Any] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    samples: tuple[tuple[str, str], ...] = ()
    """(id or hash, label) of each sample it was fitted on."""
    overlay: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Type id -> the card's fields that are the station's own: model and cards go together."""
    evaluation: str = ""
    """The id of the evaluation set that `scores` were measured on."""


class Registry(Protocol):
    """Versions, and which of them is live."""

    def active(self) -> str:
        """The id of the live version; empty where there is none."""
        ...

    def version(self, version_id: str) -> Version | None:
        """The record of a version."""
        ...

    def versions(self) -> Sequence[Version]:
        """All records, the newest first."""
        ...

    def model(self, version_id: str) -> Model | None:
        """The model of a version, where its arrays are still kept."""
        ...

    def publish(self, version: Version, model: Model) -> None:
        """Stores a version and makes it the live one, in one transaction."""
        ...

    def activate(self, version_id: str) -> None:
        """Makes a stored version the live one."""
        ...


def text_id(text: str) -> str:
    """What a version records of a sample: a hash, never its text."""
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()[:16]


def evaluation_set_id(texts: Iterable[str]) -> str:
    """A hash of the held-out texts: scores are comparable only within one set."""
    return hashlib.sha256("".join(sorted(text_hash(text) for text in texts)).encode()).hexdigest()[:12]


def text_hash(text: str) -> str:
    """SHA-256 (hex) of a text as it is written."""
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()


def new_id(model: Model, now: float | None = None) -> str:
    """Time (UTC) and content hash: 20261124-173300-1a2b3c4d."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now if now is not None else time.time()))
    return f"{stamp}-{content_hash(*model.dumps())[:8]}"


def id_of(meta: bytes, arrays: bytes, overlay: Mapping[str, Any], parent: str, now: float) -> str:
    """`new_id` of a model that is bytes already, with the cards that go with it and the version before."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    more = json.dumps([overlay, parent], ensure_ascii=False, sort_keys=True).encode()
    return f"{stamp}-{content_hash(meta, arrays + more)[:8]}"
