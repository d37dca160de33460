"""What a whole answer costs over HTTP on loopback, against the encoder alone; and a new process's start."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from bot import chat_speed
from bot.app import App
from bot.web.server import create_app, server_config
from intents.encoder import Encoder
from intents.examples import Example, load
from intents.text import prepare
from intents.types import Message
from training.benchmark import rivals, speed, timing

LENGTHS = (25, 60, 140)
"""Characters of texts that are judged in one piece, so that the encoder's time is for one and the same text."""
ROUNDS = 100
STARTS = 3
START_SECONDS = 120.0
CONVERSATION = "benchmark-of-the-speed"
"""22 characters, as the web channel's own names of conversations."""
UNLIMITED = 1_000_000_000

_ASK = """
import sys
from bot.cli import main
code = main(["classify", sys.argv[1]])
try:  # Linux; getrusage would count what the parent had at the fork
    lines = open("/proc/self/status").read().splitlines()
    print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
except OSError:
    try:
        from resource import RUSAGE_SELF, getrusage
        print(getrusage(RUSAGE_SELF).ru_maxrss)
    except ImportError:  # Windows
        print(0)
sys.exit(code)
"""


def parts(app: App, *, train: bool) -> Iterator[str]:
    """All that `fanzha benchmark --speed` shows, one table after the other, the load before each.

    `train`: the n-gram head is fitted anew for its training time, which takes minutes.
    """
    corpus, held = load(), speed.held_out()
    classifier = app.live.get().classifier
    full = classifier.encoder is not None
    measurements: tuple[Callable[[], str], ...] = (
        lambda: speed.run(classifier, held),
        lambda: rivals.run(classifier, corpus, train=train),
        lambda: over_http(app, held),
        lambda: cold(app.folder, held[0].text, encoder=full),
        lambda: chat_speed.run(app),
    )
    for measure in measurements:
        yield f"{timing.load()}\n{measure()}\n"


class NoAnswer(RuntimeError):
    """What was started for a measurement gave no answer; the message says what it said instead."""


def over_http(
    app: App, examples: Sequence[Example], rounds: int = ROUNDS, seconds: float = timing.SECONDS
) -> str:
    """A table by length: the encoder alone, the whole answer over HTTP, the same text asked again.

    Encoder and answer take turns on the same texts. Without an encoder only the answers are timed.
    """
    encoder = app.live.get().classifier.encoder
    rows = []
    with _serving(app) as port:
        client = _Client(port)
        try:
            for length in LENGTHS:
                rows.append(_row(encoder, client, timing.of_length(examples, length, rounds + 1), seconds))
        finally:
            client.close()
    app.chat.answer_now(CONVERSATION, Message("/forget"))
    head = (
        "经过 HTTP 的一次回答",
        "次数",
        "句向量 p50",
        "回答 p50",
        "回答 p99",
        "比值",
        "再问 p50",
        "再问 p99",
    )
    return timing.table(head, rows)


def _row(encoder: Encoder | None, client: _Client, texts: list[str], seconds: float) -> list[str]:
    *texts, first = texts
    client.ask(first)
    works: list[timing.Work] = [client.ask, client.ask]
    if encoder:
        encoder.encode([first])
        works.insert(0, lambda text: encoder.encode([prepare(text).value]))
    *alone, asked, again = timing.side_by_side(works, texts, seconds)
    own = [f"{alone[0].p50:.1f}"] if alone else ["-"]
    ratio = f"{asked.p50 / alone[0].p50:.2f}" if alone else "-"
    shown = [f"{asked.p50:.2f}", f"{asked.p99:.2f}", ratio, f"{again.p50:.2f}", f"{again.p99:.2f}"]
    return [f"{len(first)} 个字 ms", str(asked.rounds), *own, *shown]


class _Client:
    """One kept connection, as a page in a browser has it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, text: str) -> None:
        """Sends one message and reads the whole answer."""
        body = json.dumps({"text": text, "conversation": CONVERSATION})
        self._connection.request("POST", "/api/messages", body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise NoAnswer(f"HTTP {response.status}:{answer[:200].decode('utf8', 'replace')}")

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@contextmanager
def _serving(app: App) -> Iterator[int]:
    """The web channel on a free loopback port until the block ends, without the limits on how often."""
    limits = {"per_conversation": UNLIMITED, "per_address": UNLIMITED}
    settings = app.settings.web.model_copy(update={"host": "127.0.0.1", "port": 0, **limits})
    server = uvicorn.Server(server_config(create_app(app.chat, app.live.status, settings), settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise NoAnswer("网页没有起来")
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(15)


def cold(folder: Path, text: str, *, encoder: bool = True, starts: int = STARTS) -> str:
    """A table by head: seconds from the start of a new process to its first answer, and its memory (MB)."""
    rows = []
    for name, on in (("只看字词", False), ("字词+句向量", True)):
        if on and not encoder:
            continue
        found = [_start(folder, text, encoder=on) for _ in range(starts)]
        seconds = sorted(spent for spent, _ in found)
        memory = max(kilobytes for _, kilobytes in found) / 1024
        rows.append([name, str(starts), f"{seconds[len(seconds) // 2]:.2f}", f"{memory:.0f}"])
    return timing.table(("新起一个进程到答出第一条", "次数", "秒", "内存峰值 MB"), rows)


def _start(folder: Path, text: str, *, encoder: bool) -> tuple[float, int]:
    """Seconds until the first line of `fanzha classify`, and the process's largest RSS in kB."""
    env = {**os.environ, "FANZHA_DATA": str(folder), "FANZHA_MODEL__ENCODER": str(encoder).lower()}
    start = time.perf_counter()
    ended = subprocess.run(  # noqa: S603 - our own interpreter and a constant
        [sys.executable, "-c", _ASK, text],
        env=env, capture_output=True, text=True, timeout=START_SECONDS, check=False, encoding="utf8",
    )  # fmt: skip
    spent = time.perf_counter() - start
    lines = ended.stdout.split()
    if ended.returncode or not lines:
        raise NoAnswer(f"新进程没有答出来:{ended.stderr[-300:]}")
    return spent, int(lines[-1]) // (1024 if sys.platform == "darwin" else 1)
