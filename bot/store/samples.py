"""The station's own samples: masked texts that officers uploaded, searched and corrected."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from bot.store import log
from bot.store.engine import reading
from bot.store.tables import log as journal
from bot.store.tables import samples, types
from intents.examples import Example
from training.reading.near import plain_masked

ACTIVE, HELD, DELETED = "active", "held", "deleted"
STATES = (ACTIVE, HELD, DELETED)
SHORT = 16
"""Characters of a sample's id that the log and a version's record hold."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One masked text with its type. `held`: no retrain takes it until an officer lets it in again.

    `version` grows by one with each change. `replaces`: the shipped example that it contradicts.
    """

    id: str
    text: str
    type: str
    state: str = ACTIVE
    source: str = ""
    by: str = ""
    added: float = 0.0
    note: str = ""
    version: int = 1
    changed: float = 0.0
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which samples are looked for; an empty field does not matter. Times are UTC seconds."""

    text: str = ""
    type: str = ""
    state: str = ""
    source: str = ""
    by: str = ""
    since: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, the newest first, and how many there are in all."""

    samples: tuple[Sample, ...]
    total: int


_COLUMNS = [samples.c[name] for name in Sample.__dataclass_fields__]


class StoredSamples:
    """Samples; every change is logged in the same transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def all(self, state: str = "") -> list[Sample]:
        """The samples of a state (default: all), the oldest first."""
        query = select(*_COLUMNS).order_by(samples.c.added, samples.c.id)
        if state:
            query = query.where(samples.c.state == state)
        with self._reading.connect() as connection:
            return [Sample(**row._mapping) for row in connection.execute(query)]

    def get(self, sample_id: str) -> Sample | None:
        """The sample of this id."""
        with self._reading.connect() as connection:
            return one(connection, sample_id)

    def search(self, wanted: Wanted, page: int = 1, size: int = 50) -> Found:
        """One page (from 1) of the samples that are wanted. Words of `text` must all stand in it."""
        query = _filtered(select(*_COLUMNS), wanted).order_by(samples.c.added.desc(), samples.c.id)
        with self._reading.connect() as connection:
            count = connection.execute(_filtered(select(func.count()).select_from(samples), wanted))
            total, before = int(count.scalar_one()), (max(page, 1) - 1) * size
            rows = connection.execute(query.limit(size).offset(before)) if before < total else ()
            return Found(tuple(Sample(**row._mapping) for row in rows), total)

    def matching(self, wanted: Wanted) -> Iterator[Sample]:
        """All samples that are wanted, the newest first, without holding them in memory."""
        query = _filtered(select(*_COLUMNS), wanted).order_by(samples.c.added.desc(), samples.c.id)
        with self._reading.connect() as connection:
            for row in connection.execution_options(yield_per=_BATCH).execute(query):
                yield Sample(**row._mapping)

    def sources(self, limit: int = 100) -> list[str]:
        """The uploads that samples came with, the last by name first: names begin with the time.

        One step of the index each; grouping all samples would take long with many.
        """
        found: list[str] = []
        query = select(func.max(samples.c.source))
        with self._reading.connect() as connection:
            while len(found) < limit:
                below = query.where(samples.c.source < found[-1]) if found else query
                source = connection.execute(below).scalar_one_or_none()
                if source is None:
                    break
                found.append(source)
        return found

    def plain(self) -> list[tuple[Sample, str]]:
        """Active and held samples with their plain text, empty where it is not known."""
        query = select(*_COLUMNS, samples.c.plain).where(samples.c.state != DELETED)
        with self._reading.connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]
        return [(Sample(**row), plain) for row in rows for plain in (row.pop("plain"),)]

    def examples(self) -> list[Example]:
        """The active samples as the fit takes them: one group an upload."""
        return [example(sample) for sample in self.all(ACTIVE)]

    def counts(self) -> dict[str, int]:
        """How many samples each state has."""
        query = select(samples.c.state, func.count()).group_by(samples.c.state)
        with self._reading.connect() as connection:
            return {state: int(count) for state, count in connection.execute(query)}

    def counts_by_type(self, state: str = ACTIVE) -> dict[str, int]:
        """How many samples of a state each type has."""
        query = select(samples.c.type, func.count()).where(samples.c.state == state).group_by(samples.c.type)
        with self._reading.connect() as connection:
            return {label: int(count) for label, count in connection.execute(query)}

    def add(self, fresh: Sequence[Sample], by: str, source: str, new_types: Mapping[str, str]) -> None:
        """Stores samples and the types that came with them (id -> name), and logs it: all or nothing."""
        with self._engine.begin() as connection:
            for type_id, name in new_types.items():
                put_type(connection, type_id, name, {}, by)
            add(connection, fresh, by, source)

    def history(self, sample_id: str) -> list[log.Entry]:
        """The log's entries about a sample, the oldest first."""
        short = journal.c.details.contains(sample_id[:SHORT], autoescape=True)
        with self._reading.connect() as connection:
            rows = connection.execute(select(journal).where(short).order_by(journal.c.number)).all()
        return [log.entry(row) for row in rows]


# ---- within the caller's transaction -------------------------------------------------------------------


def one(connection: Connection, sample_id: str) -> Sample | None:
    """The sample of this id."""
    row = connection.execute(select(*_COLUMNS).where(samples.c.id == sample_id)).one_or_none()
    return Sample(**row._mapping) if row else None


def add(connection: Connection, fresh: Sequence[Sample], by: str, source: str) -> list[str]:
    """`insert_new`, and its entry in the log."""
    ids = insert_new(connection, fresh, by, source)
    log.append(connection, by, "upload", source=source, samples=[sample_id[:SHORT] for sample_id in ids])
    return ids


def insert_new(connection: Connection, fresh: Sequence[Sample], by: str, source: str) -> list[str]:
    """Stores those samples as active ones that are not there (deleted ones come back); gives their ids.

    The caller logs it.
    """
    now = time.time()
    there = states(connection, [sample.id for sample in fresh])
    new = [sample for sample in fresh if sample.id not in there]
    rows = [
        asdict(replace(sample, state=ACTIVE, source=source, by=by, added=now, version=1, changed=now))
        | {"plain": plain_masked(sample.text)}
        for sample in new
    ]
    if rows:
        connection.execute(insert(samples), rows)
    back = [sample for sample in fresh if there.get(sample.id) == DELETED]
    for sample in back:
        values = {"type": sample.type, "state": ACTIVE, "source": source, "by": by, "added": now}
        _update(connection, sample.id, values | {"note": sample.note, "replaces": sample.replaces})
    return [sample.id for sample in (*new, *back)]


def type_of(connection: Connection, sample_id: str) -> str | None:
    """The type of a sample, whatever its state; None where there is none of this id."""
    found = one(connection, sample_id)
    return found.type if found else None


def change(connection: Connection, sample_id: str, version: int, **values: Any) -> bool:
    """Changes a sample where it still has this version; False where somebody was quicker or it is gone."""
    return _update(connection, sample_id, values, samples.c.version == version)


def relabel(connection: Connection, sample_id: str, label: str) -> bool:
    """Gives a sample another type, whatever its version; a held or deleted one is active again."""
    return _update(connection, sample_id, {"type": label, "state": ACTIVE})


def _update(connection: Connection, sample_id: str, values: Mapping[str, Any], *only: Any) -> bool:
    more = {"version": samples.c.version + 1, "changed": time.time()}
    query = update(samples).where(samples.c.id == sample_id, *only).values(**values, **more)
    return connection.execute(query).rowcount == 1


def hold(connection: Connection, ids: Sequence[str]) -> None:
    """Sets samples to held."""
    for start in range(0, len(ids), _BATCH):
        part = samples.c.id.in_(ids[start : start + _BATCH])
        values = {"state": HELD, "version": samples.c.version + 1, "changed": time.time()}
        connection.execute(update(samples).where(part).values(**values))


def readmit(connection: Connection, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Makes those of these samples active again that are held; gives their (id, type)."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(ids), _BATCH):
        part = samples.c.id.in_(ids[start : start + _BATCH]) & (samples.c.state == HELD)
        query = select(samples.c.id, samples.c.type).where(part)
        found += [(row.id, row.type) for row in connection.execute(query)]
        values = {"state": ACTIVE, "version": samples.c.version + 1, "changed": time.time()}
        connection.execute(update(samples).where(part).values(**values))
    return found


def labels(connection: Connection) -> list[Sample]:
    """The active samples, in the order of their ids."""
    query = select(*_COLUMNS).where(samples.c.state == ACTIVE).order_by(samples.c.id)
    return [Sample(**row._mapping) for row in connection.execute(query)]


def marks(connection: Connection) -> list[tuple[str, str, str]]:
    """(id, type, replaces) of the active samples, in the order of their ids: all that a stamp looks at."""
    query = select(samples.c.id, samples.c.type, samples.c.replaces).where(samples.c.state == ACTIVE)
    rows = connection.execute(query.order_by(samples.c.id))
    return [(sample_id, label, replaces) for sample_id, label, replaces in rows]


def states(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The state of each of these samples that is there."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), _BATCH):
        part = samples.c.id.in_(ids[start : start + _BATCH])
        query = select(samples.c.id, samples.c.state).where(part)
        found |= {row.id: row.state for row in connection.execute(query)}
    return found


def put_type(connection: Connection, type_id: str, name: str, fields: Mapping[str, Any], by: str) -> None:
    """Makes a type of the station's own (or a shipped one's own words) part of what is used; logs it.

    `fields`: those of its card that are the station's own.
    """
    now, card = time.time(), json.dumps(fields, ensure_ascii=False, sort_keys=True)
    values = {"name": name[:80], "card": card, "state": ACTIVE, "changed": now}
    query = update(types).where(types.c.id == type_id).values(**values, version=types.c.version + 1)
    if connection.execute(query).rowcount == 0:
        connection.execute(insert(types).values(id=type_id, by=by, added=now, version=1, **values))
    log.append(connection, by, "type", id=type_id, card=hashlib.sha256(card.encode()).hexdigest()[:SHORT])


def wake_types(connection: Connection, ids: Collection[str]) -> None:
    """Brings types back that a rollback held."""
    held = types.c.id.in_(ids) & (types.c.state == HELD)
    values = {"state": ACTIVE, "changed": time.time(), "version": types.c.version + 1}
    connection.execute(update(types).where(held).values(**values))


def example(sample: Sample) -> Example:
    """The sample as the fit takes it."""
    return Example(sample.text, sample.type, f"up{sample.source}", "script")


def _filtered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    for name in ("type", "state", "source"):
        if value := getattr(wanted, name):
            query = query.where(samples.c[name] == value)
    if wanted.by:
        # Few officers have many samples each: by way of their index, a search sorts them all for one page.
        query = query.where(samples.c.by + "" == wanted.by)
    if not wanted.state:
        query = query.where(samples.c.state != DELETED)
    if wanted.since:
        query = query.where(samples.c.added >= wanted.since)
    if wanted.until:
        query = query.where(samples.c.added < wanted.until)
    for word in wanted.text.split():
        # Chinese has no capitals; without them the database need not fold every text.
        matches = samples.c.text.icontains if word.upper() != word.lower() else samples.c.text.contains
        query = query.where(matches(word, autoescape=True))
    return query
