"""How quick the console's pages are with many samples: `python -m tests.bot.console_speed [SAMPLES]`.

Prints the median and the 95th percentile of each page in ms, and the median of what the processor worked for it,
which says more where others use the machine too; exit code 1 where a page's 95th percentile is over 200 ms.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine, insert

from bot.store import drafts, log
from bot.store.drafts import Draft, DraftRow
from bot.store.engine import open_store
from bot.store.samples import Sample
from bot.store.tables import samples
from intents.features import features_version
from tests import tiny
from tests.bot.brigade import CHIEF, Brigade, Browser
from tests.bot.officers.station import Station
from tests.bot.officers.test_candidates import pretend_ready
from training.fit import fit
from training.registry import Version, text_id
from training.retrain import split

MOST_MS = 200.0
TIMES = 20
ROWS = 5000
TYPES = ("loan", "brushing", "investment", "fake_refund")


def fill(engine: Engine, count: int) -> list[str]:
    """So many samples, one upload of 5,000 rows, 2,000 entries of the log; gives some of the samples' ids."""
    start = time.time() - count
    rows = [
        asdict(
            Sample(
                f"{i:064x}",
                f"第{i}条话术:先交保证金{i % 977}元才能放款,加微信{i % 131}办理,名额有限马上到账",
                TYPES[i % len(TYPES)],
                "held" if i % 1000 == 0 else "active",
                f"up{i // 500}",
                CHIEF,
                start + i,
                changed=start + i,
            )
        )
        | {"plain": f"第{i}条话术先交保证金{i % 977}元才能放款加微信{i % 131}办理"}
        for i in range(count)
    ]
    draft = Draft("d", "大.xlsx", "open", "", {}, (), (), "", CHIEF, start, start, 1)
    with engine.begin() as connection:
        for at in range(0, count, 5000):
            connection.execute(insert(samples), rows[at : at + 5000])
        drafts.create(connection, draft, None)
        drafts.put_rows(
            connection, "d", [DraftRow(i, f"第{i}行先交钱再放款", "loan") for i in range(1, ROWS)]
        )
        for i in range(2000):
            log.append(connection, CHIEF, "relabel", sample=f"{i:016x}", to="loan")
    return [row["id"] for row in rows[:: max(1, count // 50)]]


def main(count: int) -> int:
    """Measures every page; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(Path(folder))
        few = tiny.corpus()
        model = fit(split(few)[0], tiny.HashEncoder(), tiny.EFFORT)
        station = Station(engine, Path(folder))
        ids = fill(engine, count)
        learnt = tuple((text_id(f"{i}"), "loan") for i in range(count))
        for name, parent in (("base", ""), ("next", "base")):
            version = Version(name, 1.0, "system", "", "full", features_version(), parent, samples=learnt)
            station.desk.registry.publish(version, model)
        brigade = Brigade(engine, station.desk)
        brigade.live.use_encoder(tiny.HashEncoder())
        run = pretend_ready(station, brigade.chief())
        paths = [
            *("/police/", "/police/uploads", "/police/uploads/d", "/police/uploads/d?page=90"),
            *(f"/police/candidates/{run}", "/police/scripts", "/police/scripts?page=100"),
            *(
                "/police/scripts?q=保证金&type=loan",
                "/police/scripts?q=没有这个词",
                "/police/scripts?state=held",
            ),
            *(f"/police/scripts?by={CHIEF}&source=up3", f"/police/scripts/{ids[3]}"),
            *("/police/types", "/police/types/loan", "/police/versions", "/police/versions/next"),
            *("/police/try", "/police/log", "/police/log?q=relabel", "/police/officers", "/police/me"),
        ]
        with brigade.console() as where:
            slow = [path for path in paths if measured(Browser(where, CHIEF), path) > MOST_MS]
        engine.dispose()
    print("都够快" if not slow else f"太慢:{'、'.join(slow)}")
    return 1 if slow else 0


def measured(browser: Browser, path: str) -> float:
    """Prints a page's times; gives the 95th percentile in ms."""
    times, worked = [], []
    for _ in range(TIMES):
        began, busy = time.perf_counter(), time.process_time()
        assert browser.get(path).status_code == 200, path
        times.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - busy))
    middle, late = sorted(times)[TIMES // 2], sorted(times)[int(0.95 * TIMES) - 1]
    print(f"{middle:7.1f} {late:7.1f} ms, {sorted(worked)[TIMES // 2]:6.1f} ms of work  {path}")
    return late


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
