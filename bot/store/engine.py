"""Opens the store: the one file that knows which database it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event

MIGRATIONS = Path(__file__).parent / "migrations"


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
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _begin_to_write(connection: Connection) -> None:
    """Waits for other writers at once; not for who only reads, whose "begin" SQLAlchemy tells of as well."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_manners(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
