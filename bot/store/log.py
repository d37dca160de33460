"""The append-only log of officers' acts, as a hash chain: a changed, removed or reordered row breaks it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select

from bot.store.engine import reading
from bot.store.tables import log

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who did what, when (UTC seconds), with ids and hashes as details."""

    number: int
    at: float
    by: str
    act: str
    details: dict[str, Any]
    hash: str


def append(connection: Connection, by: str, act: str, **details: Any) -> str:
    """Adds an act in the caller's transaction; gives the new head of the chain."""
    last = connection.execute(
        select(log.c.number, log.c.hash).order_by(log.c.number.desc()).limit(1)
    ).one_or_none()
    number, before = (last.number + 1, last.hash) if last else (1, START)
    at, text = time.time(), json.dumps(details, ensure_ascii=False, sort_keys=True)
    head = _link(before, number, at, by, act, text)
    connection.execute(insert(log).values(number=number, at=at, by=by, act=act, details=text, hash=head))
    return head


def entries(engine: Engine) -> list[Entry]:
    """All acts, the oldest first."""
    with reading(engine).connect() as connection:
        rows = connection.execute(select(log).order_by(log.c.number)).all()
    return [entry(row) for row in rows]


def search(  # noqa: PLR0913, PLR0917 - one argument a filter of the page
    engine: Engine, words: str = "", by: str = "", act: str = "", before: int = 0, limit: int = 50
) -> list[Entry]:
    """The newest acts whose name, act or details hold these words; `before`: older than this number."""
    query = select(log).order_by(log.c.number.desc()).limit(limit)
    if words:
        query = query.where(
            or_(
                *(
                    c.icontains(words, autoescape=True)
                    for c in (log.c.by, log.c.act, log.c.details, log.c.hash)
                )
            )
        )
    for column, wanted in ((log.c.by, by), (log.c.act, act)):
        if wanted:
            query = query.where(column == wanted)
    if before:
        query = query.where(log.c.number < before)
    with reading(engine).connect() as connection:
        return [entry(row) for row in connection.execute(query)]


def names(engine: Engine) -> list[str]:
    """Who has ever done something."""
    with reading(engine).connect() as connection:
        return list(connection.execute(select(log.c.by).distinct().order_by(log.c.by)).scalars())


def head(engine: Engine) -> str:
    """The chain's head: the newest act's hash."""
    query = select(log.c.hash).order_by(log.c.number.desc()).limit(1)
    with reading(engine).connect() as connection:
        return connection.execute(query).scalar_one_or_none() or START


def entry(row: Row[Any]) -> Entry:
    """The act of a row of the table."""
    return Entry(row.number, row.at, row.by, row.act, json.loads(row.details), row.hash)


def verify(engine: Engine, head: str = "") -> str:
    """What is wrong with the chain, in words; empty where it holds. `head`: a hash that must be in it."""
    with reading(engine).connect() as connection:
        rows = connection.execute(select(log).order_by(log.c.number)).all()
    before = START
    for expected, row in enumerate(rows, 1):
        if row.number != expected:
            return f"第 {expected} 行不见了,或者顺序被动过"
        if row.hash != _link(before, row.number, row.at, row.by, row.act, row.details):
            return f"第 {row.number} 行被改过"
        before = row.hash
    if head and head not in {START, *(row.hash for row in rows)}:
        return "给出的链头不在日志里:末尾的行被删掉了"
    return ""


def _link(before: str, number: int, at: float, by: str, act: str, details: str) -> str:  # noqa: PLR0913, PLR0917 - a row
    row = json.dumps([before, number, at, by, act, details], ensure_ascii=False)
    return hashlib.sha256(row.encode("utf8", "replace")).hexdigest()
