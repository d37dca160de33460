"""kill -9 at random points of upload, dry run, publication and rollback: what must hold afterwards.

    python -m tests.kill_nine --times 50 [--seed 1]

Each round forks a child that takes a small upload the whole way on the tiny corpus, and kills it after a
random time. Then the store must open and be sound, the log's chain must hold, nothing that was accepted
may be lost, nothing may be half published, and exactly one version may be live and loadable.
Exits 1 with the round and what was wrong. Takes about two seconds a round.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

from bot.officers.people import CHIEF, Actor
from bot.store import candidates as stored
from bot.store.drafts import OPEN, PUBLISHED
from bot.store.engine import open_store
from bot.store.log import verify
from bot.store.samples import StoredSamples
from bot.store.versions import StoredVersions
from intents.model import Model
from tests import tiny
from tests.bot.officers.station import Station, few
from training.fit import fit
from training.retrain import split

CHIEF_ACTOR = Actor("巴特尔", CHIEF)
ROWS = 4
WORDS = "签证 护照 使馆 担保金 补录 加急 名额 流水 拒签 面签 押金 解锁 出国 劳务 中介 退款 专员 账户 材料 审核".split()  # noqa: SIM905


def upload_of(seed: int) -> bytes:
    """A csv with a few scripts that no other round has."""
    chance = random.Random(seed)
    rows = ["".join(chance.sample(WORDS, 9)) + f"先交{chance.randint(100, 99999)}块" for _ in range(ROWS)]
    return ("话术,类型\n" + "\n".join(f"{row},虚假贷款" for row in rows)).encode("gb18030")


def whole_way(folder: Path, seed: int, tell: Callable[[str], None]) -> None:
    """Upload, dry run, publication; now and then a rollback. `tell`: what is promised to be kept from now on."""
    engine = open_store(folder)
    station = Station(engine, folder)
    draft = station.desk.uploads.upload(upload_of(seed), "a.csv", CHIEF_ACTOR)
    tell(f"draft {draft.id}")
    found = station.dry_run(CHIEF_ACTOR, draft.id)
    tell(f"candidate {found.id}")
    override = "" if found.state == stored.READY else "演练"
    version = station.desk.candidates.publish(found.id, CHIEF_ACTOR, override=override)
    tell(f"version {version.id}")
    if seed % 5 == 4:
        back, _ = station.desk.releases.rollback(CHIEF_ACTOR)
        tell(f"version {back.id}")


def killed(folder: Path, seed: int, after: float) -> tuple[list[str], bool]:
    """What a child told before it was killed, and whether it was quicker than that."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 1
        try:
            whole_way(folder, seed, lambda line: os.write(write, (line + "\n").encode()) and None)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as told:
        lines = told.read().split("\n")[:-1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise AssertionError("the child failed by itself, see above")
    return lines, os.WIFEXITED(status)


def check(folder: Path, told: list[str]) -> None:
    """Raises AssertionError where something does not hold."""
    engine = open_store(folder)
    try:
        _check(engine, folder, dict(line.split() for line in told))
    finally:
        engine.dispose()


def _check(engine: Engine, folder: Path, told: dict[str, str]) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    assert verify(engine) == ""
    registry, samples = StoredVersions(engine), StoredSamples(engine)
    active = registry.active()
    assert active and registry.version(active), "one live version"
    assert isinstance(registry.model(active), Model), "that loads"
    if "version" in told:
        assert active == told["version"], "what was published is live"
    station = Station(engine, folder)
    if "draft" in told:
        draft = station.desk.uploads.get(told["draft"])
        own = [sample for sample in samples.all() if sample.source == draft.id]
        if draft.state == OPEN:
            assert own == [], "not half published"
            assert len(station.desk.uploads.rows(draft.id)) == ROWS, "nothing accepted is lost"
        else:
            assert draft.state == PUBLISHED and own, "published whole"
            assert "candidate" in told, "and not before it was fitted"
            assert station.desk.candidates.get(told["candidate"]).state == stored.PUBLISHED
    published = [
        c.published for c in station.desk.candidates.listed(limit=10_000) if c.state == stored.PUBLISHED
    ]
    assert {v.id for v in registry.versions()} == {"base", *published}, "no version without its candidate"
    begun = station.desk.candidates.begin(CHIEF_ACTOR)  # nobody is locked out
    with engine.begin() as connection:
        stored.change(connection, begun.id, stored.FITTING, state=stored.FAILED)
        stored.release(connection, begun.id)


def run(times: int, seed: int) -> int:
    """So many rounds on one store; gives how many children were quicker than their killer."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_store(folder)
        learn, encoder = split(few())[0], tiny.HashEncoder()
        Station(engine, folder, fit(learn, encoder, tiny.EFFORT))
        engine.dispose()
        started = time.monotonic()
        _undisturbed(folder)
        whole = time.monotonic() - started
        survived = 0
        for round_ in range(times):
            told, done = killed(folder, round_, chance.uniform(0, 1.05 * whole))
            survived += done
            try:
                check(folder, told)
            except AssertionError as error:
                raise AssertionError(f"round {round_}, after {told}: {error}") from error
            print(
                f"round {round_}: {told[-1].split()[0] if told else 'nothing'} told, all holds",
                file=sys.stderr,
            )
        return survived


def _undisturbed(folder: Path) -> None:
    """One whole way in a child, to know how long it takes."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            whole_way(folder, 10_000, lambda _: None)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert status == 0, "the way does not work even undisturbed"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    survived = run(arguments.times, arguments.seed)
    print(f"{arguments.times} rounds, {survived} of them finished before they were killed: all holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
