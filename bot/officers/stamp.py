"""A hash of what a candidate is made from, so that exactly what was previewed is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from bot.store import cards, drafts, samples
from bot.store.drafts import DraftRow
from bot.store.samples import Sample


def stamp(connection: Connection, draft_id: str = "") -> str:
    """The hash over the active samples, the types in use, and a draft's accepted rows and types."""
    brought: Mapping[str, Any] = {}
    rows: list[DraftRow] = []
    if draft_id:
        draft = drafts.one(connection, draft_id)
        brought = draft.types if draft else {}
        rows = [row for row in drafts.all_rows(connection, draft_id) if row.accepted]
    return of(samples.labels(connection), cards.overlay(connection), rows, brought)


def of(
    active: Iterable[Sample],
    overlay: Mapping[str, Any],
    rows: Iterable[DraftRow],
    brought: Mapping[str, Any],
) -> str:
    """The hash over these samples (in the order of their ids), types, rows and types of a draft."""
    digest = hashlib.sha256()
    for sample in active:
        digest.update(f"{sample.id} {sample.type} {sample.replaces}\n".encode())
    digest.update(json.dumps([overlay, brought], ensure_ascii=False, sort_keys=True).encode())
    for row in rows:
        digest.update(f"{row.fingerprint} {row.type} {row.status}\n".encode())
    return digest.hexdigest()
