"""What is tried until it works, or until the end comes first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram.error import Conflict, RetryAfter

from bot.telegram_delivery import Pace, pause_of

log = logging.getLogger(__name__)

T = TypeVar("T")


async def insist(action: Callable[[], Awaitable[T]], stop: asyncio.Event, pace: Pace) -> T | None:
    """What `action` gives, tried with growing pauses until it works; None when `stop` came first."""
    pause = pace.first
    while not stop.is_set():
        try:
            return await unless(stop, action())
        except Conflict:
            log.error("另有一个程序在用同一个 TELEGRAM_BOT_TOKEN 收消息,请停掉其中一个;%g 秒后再试", pause)
        except Exception as error:  # its text may hold the address, and with it the token
            log.warning("Telegram 连不上(%s),%g 秒后再试", type(error).__name__, pause)
            if isinstance(error, RetryAfter):
                pause = max(pause, pause_of(error))
        await unless(stop, asyncio.sleep(pause))
        pause = min(pause * 2, pace.most)
    return None


async def unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None when `stop` came first and `work` was cancelled."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
