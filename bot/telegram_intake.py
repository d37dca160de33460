"""How updates arrive: long polling or webhook. Telegram may forget an update only when it is answered.

PTB's own Updater confirms an update as soon as it is queued, so a crash would lose the question.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import socket
import time
from typing import Any, Protocol

from telegram import Update
from telegram.constants import UpdateType
from telegram.error import TelegramError
from telegram.ext import Application
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application as Routes
from tornado.web import RequestHandler

from bot.config import TelegramSettings
from bot.telegram_delivery import Pace
from bot.telegram_retry import insist, unless

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]

INTAKE = "intake"
ALLOWED = [UpdateType.MESSAGE, UpdateType.EDITED_MESSAGE, UpdateType.CALLBACK_QUERY]
REMEMBERED = 10_000  # finished updates kept in memory, far more than Telegram shows at once (100)
LOOK_AGAIN = 0.5  # seconds between polls while an answer is under way
BODY_BYTES = 1 << 20


class Delivered(Protocol):
    """The memory of which updates have been answered; it outlives the process."""

    async def seen(self, update_id: int) -> bool:
        """Whether this update has been answered."""
        ...

    async def record(self, update_id: int) -> None:
        """Called after the answer was sent."""
        ...


class Handling(Protocol):
    """What the intake needs to know of those who answer."""

    def gathers(self, update: Update) -> bool:
        """Whether the answer waits for more messages of the same conversation."""
        ...

    def undelivered(self, update_id: int) -> bool:
        """Whether the answer could not be sent, so that the update should come again. Asked once."""
        ...

    def flush(self) -> None:
        """Nothing more is coming: whatever waits for more messages is answered now."""
        ...


class Intake:
    """Hands every update to the application once, and knows which ones Telegram must still keep."""

    def __init__(
        self, app: App, handling: Handling, delivered: Delivered, webhook_secret: str, pace: Pace
    ) -> None:
        self.pace = pace
        self._app = app
        self._handling = handling
        self._delivered = delivered
        self._webhook_secret = webhook_secret
        self._running: dict[int, asyncio.Task[bool]] = {}
        self._open: dict[int, float] = {}
        self._finished: dict[int, None] = {}
        self._next = 0

    @property
    def offset(self) -> int:
        """The update from which Telegram should go on: the oldest that waits for its answer, or the next.

        An update that has waited longer than `pace.hold` holds nobody else up.
        """
        since = time.monotonic() - self.pace.hold
        return min((number for number, taken in self._open.items() if taken > since), default=self._next)

    async def take(self, update: Update) -> asyncio.Task[bool] | None:
        """Starts the answer, or gives the one under way; None for an update that was answered before."""
        number = update.update_id
        if number not in self._running and number not in self._finished and await self._seen(number):
            self._finish(number)
        if number in self._finished:
            return None
        if number not in self._running:
            self._open.setdefault(number, time.monotonic())
            self._running[number] = asyncio.create_task(
                self._answer(update), name=f"telegram update {number}"
            )
            self._running[number].add_done_callback(lambda task: self._ended(number, task))
        return self._running[number]

    async def settle(self, update: Update) -> bool:
        """Takes an update that came by webhook; False when Telegram should bring it again.

        Telegram brings the messages of one chat one after the other, so a message that is being gathered is
        confirmed at once: otherwise the next would not come.
        """
        task = await self.take(update)
        if task is None or self._handling.gathers(update):
            return True
        await asyncio.wait({task}, timeout=self.pace.hold)
        return not task.done() or (not task.cancelled() and task.result())

    async def poll(self, stop: asyncio.Event) -> None:
        """Long polling until `stop`; what was taken by then is answered."""
        await insist(self._app.bot.delete_webhook, stop, self.pace)
        while not stop.is_set():
            updates = await insist(self._fetch, stop, self.pace) or ()
            fresh = [u for u in updates if u.update_id not in self._running.keys() | self._finished.keys()]
            for update in updates:
                await self.take(update)
            if updates:
                self._next = updates[-1].update_id + 1
            if self._running and not fresh:
                await unless(stop, self._one_ends())
        await self.drain()

    async def listen(self, settings: TelegramSettings, stop: asyncio.Event) -> None:
        """The webhook until `stop`, for requests with the secret token; what was taken is answered."""
        sockets = await insist(lambda: _bind(settings), stop, self.pace)
        routes = Routes([(r".*", Hook, {"intake": self})], log_function=lambda handler: None)
        server = HTTPServer(routes, max_body_size=BODY_BYTES)
        server.add_sockets(sockets or [])
        try:
            await insist(lambda: self._set_webhook(settings.webhook_url), stop, self.pace)
            await stop.wait()
            server.stop()
            await self.drain()
        finally:
            server.stop()
            await server.close_all_connections()

    def admits(self, token: str) -> bool:
        """Whether a webhook request carries the secret token."""
        return hmac.compare_digest(token.encode(), self._webhook_secret.encode())

    def read(self, body: bytes) -> Update:
        """The update in a webhook's body. Raises ValueError, TypeError, KeyError or AttributeError."""
        update = Update.de_json(json.loads(body), self._app.bot)
        self._app.bot.insert_callback_data(update)
        return update

    async def drain(self) -> None:
        """Answers what has been taken, within `pace.grace` seconds, and lets Telegram forget it."""
        deadline = time.monotonic() + self.pace.grace
        while self._running and time.monotonic() < deadline:
            self._handling.flush()
            await asyncio.wait(list(self._running.values()), timeout=0.2)
        if self._next:
            with contextlib.suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._app.bot.get_updates(offset=self.offset, limit=1, timeout=0)

    async def cancel(self) -> None:
        """Drops the answers still under way; Telegram brings their updates again."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self) -> tuple[Update, ...]:
        updates: tuple[Update, ...] = await self._app.bot.get_updates(
            offset=self.offset, timeout=self.pace.poll, allowed_updates=ALLOWED
        )
        return updates

    async def _set_webhook(self, url: str) -> None:
        await self._app.bot.set_webhook(url, allowed_updates=ALLOWED, secret_token=self._webhook_secret)

    async def _one_ends(self) -> None:
        running = list(self._running.values())
        if running:  # the last may have ended since it was looked at
            await asyncio.wait(running, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)

    async def _answer(self, update: Update) -> bool:
        await self._app.update_processor.process_update(update, self._app.process_update(update))
        if self._handling.undelivered(update.update_id):
            return False
        try:
            await self._delivered.record(update.update_id)
        except Exception as error:
            log.error("已回复的更新记不下来:%s", type(error).__name__)
        return True

    async def _seen(self, number: int) -> bool:
        try:
            return await self._delivered.seen(number)
        except Exception as error:  # a second answer is better than none
            log.error("查不到更新是否回复过:%s", type(error).__name__)
            return False

    def _ended(self, number: int, task: asyncio.Task[bool]) -> None:
        self._running.pop(number, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("处理更新时出错:%s", type(error).__name__)
        if error is not None or task.result():
            self._finish(number)
        elif time.monotonic() - self._open[number] > self.pace.hold:
            self._open.pop(number)  # it was brought again for long enough

    def _finish(self, number: int) -> None:
        self._open.pop(number, None)
        self._finished[number] = None
        if len(self._finished) > REMEMBERED:
            self._finished.pop(next(iter(self._finished)))


class Hook(RequestHandler):
    """Where Telegram posts its updates."""

    def initialize(self, intake: Intake) -> None:
        """Tornado's way to hand over the intake."""
        self.intake = intake

    async def post(self, *_path: str) -> None:
        """One update: 403 without the secret token, 500 when it should come again."""
        if not self.intake.admits(self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")):
            self.set_status(403)
            return
        try:
            update = self.intake.read(self.request.body)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.set_status(400)
            return
        self.set_status(200 if await self.intake.settle(update) else 500)


async def _bind(settings: TelegramSettings) -> list[socket.socket]:
    return bind_sockets(settings.webhook_port, settings.webhook_host)
