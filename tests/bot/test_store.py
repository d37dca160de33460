"""The store: migrations, conversations, updates, vectors."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete, inspect, select, update

from bot.store.conversations import KEPT_UPDATES_SECONDS, Conversations, DeliveredUpdates
from bot.store.engine import MIGRATIONS, connect, migrate, newest_revision, open_store
from bot.store.tables import conversations, delivered, metadata
from bot.store.vectors import BATCH, CachedEncoder
from intents.types import Conversation
from tests import tiny

STATE = Conversation("en", "loan", "caution", "fee", True, False, ("loan", "phishing"), "打[电话]")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


# ---- migrations ----------------------------------------------------------------------------------------


def test_an_empty_database_is_brought_to_the_newest_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest_revision()
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_that_alembic_would_go_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_the_migrations_are_one_line_without_branches() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_opening_a_store_again_keeps_what_is_in_it(tmp_path: Path) -> None:
    for _ in range(2):
        engine = open_store(tmp_path)
        stored = Conversations(engine, 30)
        first = stored.get("a")
        stored.put("a", STATE)
        engine.dispose()
    assert first == STATE


def test_two_that_open_a_new_store_at_once_both_succeed(tmp_path: Path) -> None:
    def work(_: int) -> None:
        open_store(tmp_path).dispose()

    assert tiny.in_threads(4, work) == []


def test_who_opens_a_new_store_waits_for_the_one_who_is_writing_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "fanzha.db", check_same_thread=False)) as other:
        other.executescript("CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        soon = threading.Timer(0.3, other.commit)
        soon.start()
        open_store(tmp_path).dispose()
        soon.join()


def test_migrating_a_store_that_is_up_to_date_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    migrate(engine)
    assert inspect(engine).get_table_names() == before


def test_sqlite_is_told_to_write_ahead_and_to_wait(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()) >= 5000
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_read_waits_for_no_writer(engine: Engine) -> None:
    Conversations(engine, 30).put("a", STATE)
    with engine.begin() as connection:
        connection.execute(delete(conversations))
        started = time.monotonic()
        assert Conversations(engine, 30).get("a") == STATE, "as it was before"
        assert time.monotonic() - started < 1.0
    assert Conversations(engine, 30).get("a") == Conversation()


def test_a_connection_that_has_read_can_write_and_roll_back(engine: Engine) -> None:
    def nothing_comes_of_it() -> None:
        with engine.begin() as connection:
            connection.execute(delete(conversations))
            raise RuntimeError

    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    for _ in range(3):
        assert stored.get("a") == STATE
        with pytest.raises(RuntimeError):
            nothing_comes_of_it()
    assert stored.get("a") == STATE


# ---- conversations -------------------------------------------------------------------------------------


def test_a_conversation_comes_back_as_it_was(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    assert stored.get("a") == STATE
    assert stored.get("b") == Conversation()


def test_a_conversation_is_overwritten_by_its_next_state(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    stored.put("a", Conversation("zh", "phishing"))
    assert stored.get("a") == Conversation("zh", "phishing")


def test_an_empty_state_is_forgotten_from_the_file(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    stored.put("a", Conversation())
    with engine.connect() as connection:
        assert connection.execute(select(conversations)).all() == []


def test_what_has_expired_is_not_given_and_is_let_go_with_the_next_message(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("old", STATE)
    with engine.begin() as connection:
        left = connection.execute(select(conversations.c.expires)).scalar_one()
        connection.execute(update(conversations).values(expires=left - 31 * 60))
    assert stored.get("old") == Conversation()
    stored.put("new", STATE)
    with engine.connect() as connection:
        assert connection.execute(select(conversations.c.id)).scalars().all() == ["new"]


def test_a_conversation_lives_on_with_each_message(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    with engine.begin() as connection:
        first = connection.execute(select(conversations.c.expires)).scalar_one()
        connection.execute(update(conversations).values(expires=first - 29 * 60))
    stored.put("a", STATE)
    with engine.connect() as connection:
        assert connection.execute(select(conversations.c.expires)).scalar_one() >= first


def test_a_state_with_fields_of_another_version_is_read_all_the_same(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", STATE)
    with engine.begin() as connection:
        connection.execute(update(conversations).values(state='{"type": "loan", "mood": "new field"}'))
    assert stored.get("a") == Conversation(type="loan")


def test_many_threads_write_at_once_and_nothing_is_lost(engine: Engine) -> None:
    stored = Conversations(engine, 30)

    def work(number: int) -> None:
        for i in range(10):
            stored.put(f"{number}-{i}", Conversation(type=f"t{number}", last=str(i)))
            assert stored.get(f"{number}-{i}").last == str(i)

    assert tiny.in_threads(8, work) == []
    found = {f"{n}-{i}": stored.get(f"{n}-{i}").type for n in range(8) for i in range(10)}
    assert found == {f"{n}-{i}": f"t{n}" for n in range(8) for i in range(10)}


def test_two_engines_on_one_file_write_at_once(tmp_path: Path) -> None:
    engines = [open_store(tmp_path) for _ in range(3)]

    def work(number: int) -> None:
        for i in range(10):
            Conversations(engines[number], 30).put(f"{number}-{i}", STATE)

    assert tiny.in_threads(3, work) == []
    assert all(Conversations(engines[0], 30).get(f"{n}-9") == STATE for n in range(3))
    for engine in engines:
        engine.dispose()


# ---- delivered updates ---------------------------------------------------------------------------------


def test_an_update_that_was_answered_is_known_again(engine: Engine) -> None:
    updates = DeliveredUpdates(engine)

    async def work() -> list[bool]:
        before = await updates.seen(7)
        await updates.record(7)
        await updates.record(7)
        return [before, await updates.seen(7), await updates.seen(8)]

    assert asyncio.run(work()) == [False, True, False]
    assert asyncio.run(DeliveredUpdates(engine).seen(7))


def test_updates_are_let_go_after_a_week(engine: Engine) -> None:
    updates = DeliveredUpdates(engine)
    asyncio.run(updates.record(1))
    with engine.begin() as connection:
        at = connection.execute(select(delivered.c.at)).scalar_one()
        connection.execute(update(delivered).values(at=at - KEPT_UPDATES_SECONDS - 1))
    asyncio.run(updates.record(2))
    assert not asyncio.run(updates.seen(1)) and asyncio.run(updates.seen(2))


def test_an_update_id_beyond_32_bits_is_kept(engine: Engine) -> None:
    updates = DeliveredUpdates(engine)
    asyncio.run(updates.record(2**40))
    assert asyncio.run(updates.seen(2**40))


# ---- vectors -------------------------------------------------------------------------------------------

TEXTS = [f"第{i}条" for i in range(BATCH * 2 + 5)]


def test_a_cached_encoder_gives_what_the_encoder_gives_in_order(tmp_path: Path) -> None:
    cached = CachedEncoder(tiny.HashEncoder(), tmp_path)
    wanted = tiny.HashEncoder().encode(TEXTS)
    for texts, vectors in ((TEXTS, wanted), (TEXTS[::-1], wanted[::-1])):
        found = cached.encode(texts)
        assert found.dtype == np.float32 and np.array_equal(found, vectors)


def test_no_text_is_ever_encoded_twice(tmp_path: Path) -> None:
    encoder = tiny.HashEncoder()
    cached = CachedEncoder(encoder, tmp_path)
    cached.encode(["a", "b", "a", "a"])
    cached.encode(["b", "c"])
    CachedEncoder(encoder, tmp_path).encode(["a", "b", "c"])
    assert sorted(encoder.seen) == ["a", "b", "c"]


def test_no_texts_give_no_vectors(tmp_path: Path) -> None:
    assert CachedEncoder(tiny.HashEncoder(), tmp_path).encode([]).shape == (0, 384)


def test_another_encoder_version_has_vectors_of_its_own(tmp_path: Path) -> None:
    first, second = tiny.HashEncoder("hash-1"), tiny.HashEncoder("hash-2")
    CachedEncoder(first, tmp_path).encode(["a"])
    CachedEncoder(second, tmp_path).encode(["a"])
    assert (first.seen, second.seen) == (["a"], ["a"])
    assert CachedEncoder(second, tmp_path).version == "hash-2"


def test_an_interruption_costs_at_most_one_batch(tmp_path: Path) -> None:
    stopped = tiny.HashEncoder(stop_at=BATCH + 3)
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(stopped, tmp_path).encode(TEXTS)
    again = tiny.HashEncoder()
    found = CachedEncoder(again, tmp_path).encode(TEXTS)
    assert np.array_equal(found, tiny.HashEncoder().encode(TEXTS))
    assert len(again.seen) == len(TEXTS) - BATCH
    assert not set(again.seen) & set(TEXTS[:BATCH])


def test_progress_is_told_batch_by_batch_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    cached = CachedEncoder(tiny.HashEncoder(), tmp_path, lambda done, total: told.append((done, total)))
    cached.encode(TEXTS)
    total = len(TEXTS)
    assert told == [(BATCH, total), (BATCH * 2, total), (total, total)]


def test_the_vectors_file_holds_hashes_and_no_text(tmp_path: Path) -> None:
    CachedEncoder(tiny.HashEncoder(), tmp_path).encode(["先交解冻费才能放款"])
    with closing(sqlite3.connect(tmp_path / "vectors.db")) as connection:
        rows = connection.execute("select hash, encoder, length(vector) from vectors").fetchall()
    assert len(rows) == 1 and len(rows[0][0]) == 64 and rows[0][1:] == ("hash-1", 384 * 4)
    assert not any("解冻费".encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_threads_that_encode_the_same_texts_all_get_them(tmp_path: Path) -> None:
    cached = CachedEncoder(tiny.HashEncoder(), tmp_path)
    wanted = tiny.HashEncoder().encode(TEXTS[:20])

    def work(_: int) -> None:
        assert np.array_equal(cached.encode(TEXTS[:20]), wanted)

    assert tiny.in_threads(4, work) == []
