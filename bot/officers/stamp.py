"""A hash of what a candidate is made from, so that exactly what was previewed is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from bot.store import cards, drafts, samples, tables
from bot.store.drafts import DraftRow


def stamp(connection: Connection, draft_id: str = "") -> str:
    """The hash over the active samples, the types in use, and a draft's accepted rows and types."""
    brought: Mapping[str, Any] = {}
    rows: list[DraftRow] = []
    if draft_id:
        draft = drafts.one(connection, draft_id)
        brought = draft.types if draft else {}
        rows = [row for row in drafts.all_rows(connection, draft_id) if row.accepted]
    return of(samples.marks(connection), cards.overlay(connection), rows, brought)


def moment(connection: Connection) -> tuple[object, ...]:
    """When samples and types last changed, and how many there are: cheap, and different after any change."""
    counted = (func.count(), func.max(tables.samples.c.changed))
    mine = connection.execute(select(*counted).select_from(tables.samples)).one()
    kinds = select(func.count(), func.max(tables.types.c.changed), func.sum(tables.types.c.version))
    return (*mine, *connection.execute(kinds.select_from(tables.types)).one())


def of(
    active: Iterable[tuple[str, str, str]],
    overlay: Mapping[str, Any],
    rows: Iterable[DraftRow],
    brought: Mapping[str, Any],
) -> str:
    """The hash over these samples (id, type, replaces; in the order of their ids), types, rows of a draft and its
    types."""
    digest = hashlib.sha256()
    digest.update("".join(f"{sample} {label} {replaces}\n" for sample, label, replaces in active).encode())
    digest.update(json.dumps([overlay, brought], ensure_ascii=False, sort_keys=True).encode())
    for row in rows:
        digest.update(f"{row.fingerprint} {row.type} {row.status}\n".encode())
    return digest.hexdigest()
