"""The append-only log of officers' acts, as a hash chain: a changed, removed or reordered row breaks it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

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
