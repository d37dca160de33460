"""The registry of versions in the store; several instances follow its active pointer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from bot.store.engine import reading
from bot.store.tables import facts, versions
from intents.model import Model
from training.registry import Version

KEPT_ARRAYS = 20
"""The arrays of so many newest versions are kept, and those of the live one, the bases and the first."""
BASE = "system"
"""Who publishes the base versions."""

_RECORD = [c for c in versions.c if c.name not in ("meta", "arrays")]
_IN_FACTS = ("scores", "types", "samples", "overlay", "evaluation")


class StoredVersions:
    """Implements `training.registry.Registry` on the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def active(self) -> str:
        """The id of the live version; empty where there is none."""
        return self.fact("active")

    def fact(self, name: str) -> str:
        """A small value by name; empty where it was never set."""
        with self._reading.connect() as connection:
            found = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()
        return str(found or "")

    def set_fact(self, name: str, value: str) -> None:
        """Sets a small value."""
        with self._engine.begin() as connection:
            _set(connection, name, value)

    def version(self, version_id: str) -> Version | None:
        """The record of a version."""
        with self._reading.connect() as connection:
            row = connection.execute(select(*_RECORD).where(versions.c.id == version_id)).one_or_none()
        return _version(row) if row else None

    def versions(self) -> list[Version]:
        """All records, the newest first."""
        query = select(*_RECORD).order_by(versions.c.created.desc(), versions.c.id.desc())
        with self._reading.connect() as connection:
            return [_version(row) for row in connection.execute(query)]

    def ids(self, limit: int) -> list[str]:
        """The ids of the newest versions, the newest first."""
        query = select(versions.c.id).order_by(versions.c.created.desc(), versions.c.id.desc()).limit(limit)
        with self._reading.connect() as connection:
            return list(connection.execute(query).scalars())

    def model(self, version_id: str) -> Model | None:
        """The model of a version, where its arrays are still kept. Raises ModelFileError."""
        query = select(versions.c.meta, versions.c.arrays).where(versions.c.id == version_id)
        with self._reading.connect() as connection:
            row = connection.execute(query).one_or_none()
        return Model.loads(row.meta, row.arrays) if row and row.meta and row.arrays else None

    def publish(self, version: Version, model: Model) -> None:
        """Stores a version and makes it the live one, in one transaction."""
        meta, arrays = model.dumps()
        with self._engine.begin() as connection:
            put(connection, version, meta, arrays)

    def arrays(self, version_id: str) -> tuple[bytes, bytes] | None:
        """The model file of a version as it is stored, where it is still kept."""
        query = select(versions.c.meta, versions.c.arrays).where(versions.c.id == version_id)
        with self._reading.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.meta, row.arrays) if row and row.meta and row.arrays else None

    def activate(self, version_id: str) -> None:
        """Makes a stored version the live one."""
        self.set_fact("active", version_id)


# ---- within the caller's transaction -------------------------------------------------------------------


def put(connection: Connection, version: Version, meta: bytes, arrays: bytes) -> None:
    """Stores a version, makes it the live one, and lets old arrays go."""
    values = asdict(version)
    details = json.dumps({name: values.pop(name) for name in _IN_FACTS}, ensure_ascii=False)
    connection.execute(insert(versions).values(**values, facts=details, meta=meta, arrays=arrays))
    set_active(connection, version.id)
    _let_go(connection)


def active_of(connection: Connection) -> str:
    """The id of the live version; empty where there is none."""
    found = connection.execute(select(facts.c.value).where(facts.c.name == "active")).scalar_one_or_none()
    return str(found or "")


def lock(connection: Connection) -> None:
    """Makes whoever else wants to move the active pointer wait for this transaction."""
    connection.execute(update(facts).where(facts.c.name == "active").values(value=facts.c.value))


def set_active(connection: Connection, version_id: str) -> None:
    """Moves the active pointer."""
    _set(connection, "active", version_id)


def _set(connection: Connection, name: str, value: str) -> None:
    if connection.execute(update(facts).where(facts.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(facts).values(name=name, value=value))


def _let_go(connection: Connection) -> None:
    """Drops the arrays of old versions; their records stay. The bases are kept: the gate measures by them."""
    order = (versions.c.created.desc(), versions.c.id.desc())
    rows = connection.execute(select(versions.c.id, versions.c.by, versions.c.head).order_by(*order)).all()
    bases: dict[str, str] = {}
    for row in rows:
        if row.by == BASE:
            bases.setdefault(row.head, row.id)
    kept = {active_of(connection), *bases.values(), *(row.id for row in rows[-1:])}
    old = [row.id for row in rows[KEPT_ARRAYS:] if row.id not in kept]
    for start in range(0, len(old), 500):
        part = versions.c.id.in_(old[start : start + 500]) & versions.c.arrays.is_not(None)
        connection.execute(update(versions).where(part).values(meta=None, arrays=None))


def _version(row: Row[Any]) -> Version:
    details = json.loads(row.facts)
    return Version(
        id=row.id,
        created=row.created,
        by=row.by,
        note=row.note,
        head=row.head,
        features_version=row.features_version,
        parent=row.parent,
        scores=details["scores"],
        types=tuple(details["types"]),
        samples=tuple((sample, label) for sample, label in details["samples"]),
        overlay=details.get("overlay", {}),
        evaluation=details.get("evaluation", ""),
    )
