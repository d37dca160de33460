"""Opens the store: the one file that knows which database it is."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 10.0
"""How long a connection waits for whoever else is writing."""


def connect(url: str) -> Engine:
    """An engine for a database URL; SQLite gets WAL, a busy timeout and foreign keys."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_manners)
        event.listen(engine, "begin", _begin_to_write)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine for reads alone: they start no transaction and so wait for no writer."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def open_store(folder: Path) -> Engine:
    """The store of a data folder, brought to the newest schema."""
    engine = connect(f"sqlite:///{folder / 'fanzha.db'}")
    migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Applies the migrations that the database does not have yet, in one transaction."""
    with engine.begin() as connection:
        if _revision(connection) != newest_revision():
            from bot.store import upgrade  # noqa: PLC0415 - alembic is slow to import, and rarely needed

            upgrade.to_newest(connection, MIGRATIONS)


def newest_revision() -> str:
    """The revision of the newest migration: its file's name begins with it."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _revision(connection: Connection) -> str:
    """The revision that a database is at; empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _begin_to_write(connection: Connection) -> None:
    """Waits for other writers at once; not for who only reads, whose "begin" SQLAlchemy tells of as well."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_manners(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turns WAL on. A new file is turned by one connection; SQLite tells the others "locked" at once, without
    the busy timeout (it would wait for a lock while holding one), so they wait here."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
