"""Dry runs: what is being fitted, how far it is, what came out, and the model until it may be published."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, literal, select, update

from bot.store.engine import reading
from bot.store.tables import candidates, leases

FITTING, READY, REFUSED, FAILED, PUBLISHED = "fitting", "ready", "refused", "failed", "published"
KEPT_MODELS = 5
"""The models of so many newest candidates are kept; an older one has to be fitted again."""
LEASE = "retrain"
LEASE_SECONDS = 300.0
"""A fit that gives no sign of life for so long is over. A process of this machine that ended is noticed at once;
on a loaded machine a child at low priority needs a minute only to start."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One dry run. `refused`: it can be published only by a chief with a written reason.

    `progress`: 0..1; `step`: what is being done, or what went wrong, in Chinese. `stamp`: of the samples,
    types and rows that it was made from. `result`: what `training.trial.Trial.record` gives, and more.
    """

    id: str
    draft: str
    state: str
    progress: float
    step: str
    by: str
    created: float
    heartbeat: float
    worker: str
    parent: str
    stamp: str
    result: dict[str, Any]
    published: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the gate refuses it; empty where it does not."""
        return tuple(self.result.get("reasons", ()))


_RECORD = [candidates.c[name] for name in Candidate.__dataclass_fields__]


class StoredCandidates:
    """Reads candidates, and notes how far one is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def get(self, candidate_id: str) -> Candidate | None:
        """The candidate of this id."""
        with self._reading.connect() as connection:
            return one(connection, candidate_id)

    def listed(self, draft_id: str | None = None, limit: int = 50) -> list[Candidate]:
        """The newest candidates, the newest first; of one draft ("": of none) where it is named.

        Without their results, which are long: they list all that the model learned.
        """
        light = [column for column in _RECORD if column.name != "result"]
        query = select(*light, literal("{}").label("result")).limit(limit)
        query = query.order_by(candidates.c.created.desc(), candidates.c.id.desc())
        if draft_id is not None:
            query = query.where(candidates.c.draft == draft_id)
        with self._reading.connect() as connection:
            return [_candidate(row) for row in connection.execute(query)]

    def model(self, candidate_id: str) -> tuple[bytes, bytes] | None:
        """The model file of a candidate, while it is kept."""
        query = select(candidates.c.meta, candidates.c.arrays).where(candidates.c.id == candidate_id)
        with self._reading.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.meta, row.arrays) if row and row.meta and row.arrays else None

    def beat(self, candidate_id: str, **values: Any) -> None:
        """A sign of life, with how far it is (`progress`, `step`)."""
        with self._engine.begin() as connection:
            change(connection, candidate_id, FITTING, heartbeat=time.time(), **values)
            mine = (leases.c.name == LEASE) & (leases.c.holder == candidate_id)
            connection.execute(update(leases).where(mine).values(expires=time.time() + LEASE_SECONDS))


# ---- within the caller's transaction -------------------------------------------------------------------


def one(connection: Connection, candidate_id: str) -> Candidate | None:
    """The candidate of this id."""
    row = connection.execute(select(*_RECORD).where(candidates.c.id == candidate_id)).one_or_none()
    return _candidate(row) if row else None


def create(connection: Connection, candidate: Candidate) -> None:
    """Stores a candidate that is about to be fitted."""
    values = {name: getattr(candidate, name) for name in Candidate.__dataclass_fields__}
    connection.execute(insert(candidates).values(**values | {"result": "{}"}))


def change(connection: Connection, candidate_id: str, was: str, **values: Any) -> bool:
    """Changes a candidate that is in the state `was`; False where it is not."""
    if "result" in values:
        values["result"] = json.dumps(values["result"], ensure_ascii=False)
    mine = (candidates.c.id == candidate_id) & (candidates.c.state == was)
    return connection.execute(update(candidates).where(mine).values(**values)).rowcount == 1


def running(connection: Connection) -> list[Candidate]:
    """The candidates that are being fitted, as far as the store knows."""
    query = select(*_RECORD).where(candidates.c.state == FITTING)
    return [_candidate(row) for row in connection.execute(query)]


def let_go(connection: Connection) -> None:
    """Drops the models of old candidates, and of those that are published or failed; records stay."""
    order = (candidates.c.created.desc(), candidates.c.id.desc())
    waiting = candidates.c.state.in_((READY, REFUSED))
    kept = list(
        connection.execute(
            select(candidates.c.id).where(waiting).order_by(*order).limit(KEPT_MODELS)
        ).scalars()
    )
    old = candidates.c.arrays.is_not(None) & candidates.c.id.not_in(kept)
    connection.execute(update(candidates).where(old).values(meta=None, arrays=None))


def ahead(connection: Connection) -> Candidate | None:
    """The candidate that is being fitted now; None where nobody is, or gave no sign of life for too long."""
    row = connection.execute(select(leases).where(leases.c.name == LEASE)).one_or_none()
    return one(connection, row.holder) if row and row.expires > time.time() else None


def take_lease(connection: Connection, candidate_id: str) -> None:
    """Notes which candidate is being fitted."""
    connection.execute(delete(leases).where(leases.c.name == LEASE))
    expires = time.time() + LEASE_SECONDS
    connection.execute(insert(leases).values(name=LEASE, holder=candidate_id, expires=expires))


def release(connection: Connection, candidate_id: str) -> None:
    """Notes that a candidate is not being fitted any more."""
    mine = (leases.c.name == LEASE) & (leases.c.holder == candidate_id)
    connection.execute(delete(leases).where(mine))


def _candidate(row: Row[*tuple[Any, ...]]) -> Candidate:
    values = dict(row._mapping)
    return Candidate(**values | {"result": json.loads(values["result"])})
