"""How long the chat takes to answer: alone, and while a retrain runs beside it."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import count, groupby
from pathlib import Path

from bot.app import App
from bot.officers.desk import Desk
from bot.officers.people import command_line
from bot.officers.workers import spawn
from bot.store import samples
from bot.store.engine import open_store
from bot.store.samples import ACTIVE, Sample
from intents.types import Message
from training.benchmark.speed import TEXTS

FEWEST, LONGEST_SECONDS = 300, 180.0
"""Messages that a measurement asks at least, and seconds that it takes at most."""


def run(app: App) -> str:
    """p50 and p99 in milliseconds, of messages of all lengths, one after the other, without and with a retrain.

    The retrain is a dry run in a spawned child on a copy of the store: nothing is published.
    """
    lines = [f"{'聊天':12}{'条数':>6}{'p50 ms':>9}{'p99 ms':>9}"]
    lines.append(_line("旁边没有训练", _measure(app, lambda asked: asked < FEWEST)))
    with tempfile.TemporaryDirectory() as name:
        child = _retrain(app, Path(name))
        try:
            times = _measure(app, lambda asked: child.poll() is None or asked < FEWEST)
        finally:
            child.terminate()
            child.wait(30)
    return "\n".join([*lines, _line("旁边在训练", times)])


def _line(name: str, times: list[float]) -> str:
    p99 = statistics.quantiles(times, n=100)[98]
    return f"{name:12}{len(times):6}{statistics.median(times):9.1f}{p99:9.1f}"


def _measure(app: App, more: Callable[[int], bool]) -> list[float]:
    """Milliseconds of each answer; every text is a new one."""
    times: list[float] = []
    until = time.monotonic() + LONGEST_SECONDS
    for number in count():
        if not more(number) or time.monotonic() > until:
            return times
        text = f"{TEXTS[number % len(TEXTS)]} {number}"
        start = time.perf_counter()
        app.chat.answer_now("benchmark", Message(text))
        times.append((time.perf_counter() - start) * 1000)
    return times


def _retrain(app: App, folder: Path) -> subprocess.Popen[bytes]:
    """A dry run in a child, on a copy of what is live."""
    for part in app.folder.glob("vectors.db*"):
        shutil.copy(part, folder / part.name)
    engine = open_store(folder)
    desk = Desk(engine, folder)
    live = app.registry.version(app.registry.active())
    model = app.registry.model(live.id) if live else None
    if live and model:
        desk.registry.publish(live, model)
    own = sorted(app.samples.all(ACTIVE), key=_source)
    with engine.begin() as connection:
        for source, part_of in groupby(own, _source):
            samples.insert_new(connection, list(part_of), "benchmark", source)
    begun = desk.candidates.begin(command_line("benchmark"))
    engine.dispose()
    return spawn(begun.id, folder)


def _source(sample: Sample) -> str:
    return sample.source
