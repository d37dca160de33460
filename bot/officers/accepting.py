"""The accepted rows of a draft as changes of the samples: what is added, relabelled, brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.officers.known import Known
from bot.overlay import named
from bot.store import log, samples
from bot.store.drafts import CONFLICT, DraftRow
from bot.store.samples import SHORT, Sample


@dataclass(frozen=True)
class Changes:
    """`relabelled`: sample id -> its new type. `types`: all that the draft brings; `overlay`: those used."""

    new: tuple[Sample, ...]
    relabelled: dict[str, str]
    types: dict[str, dict[str, Any]]
    overlay: dict[str, dict[str, Any]]
    source: str


def accepted(
    rows: Sequence[DraftRow], types: Mapping[str, Mapping[str, Any]], draft_id: str, known: Known
) -> Changes:
    """What these rows change, all of which are accepted."""
    new: dict[str, Sample] = {}
    relabelled: dict[str, str] = {}
    for row in rows:
        clash = row.status == CONFLICT
        there = known.samples.get(row.other) if clash else None
        if there:
            relabelled[there.id] = row.type
        if there and row.fingerprint == row.other:
            continue
        replaces = known.shipped.get(row.other, "") if clash else ""
        new[row.fingerprint] = Sample(row.fingerprint, row.text, row.type, note=row.note, replaces=replaces)
    used = {row.type for row in rows}
    overlay = {type_id: dict(fields) for type_id, fields in types.items() if type_id in used}
    return Changes(
        tuple(new.values()),
        relabelled,
        {name: dict(fields) for name, fields in types.items()},
        overlay,
        draft_id,
    )


def apply(connection: Connection, changes: Changes, by: str) -> list[str]:
    """Makes the changes in the caller's transaction, and logs them; gives the ids of the new samples."""
    for type_id, fields in changes.overlay.items():
        samples.put_type(connection, type_id, named(fields, type_id)["zh"], fields, by)
    for sample_id, label in changes.relabelled.items():
        samples.relabel(connection, sample_id, label)
        log.append(connection, by, "relabel", sample=sample_id[:SHORT], to=label)
    return samples.add(connection, changes.new, by, changes.source) if changes.new else []
