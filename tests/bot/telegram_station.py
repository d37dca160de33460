"""A station on Telegram for tests: real chat, real officers, real HTTP; whoever presses buttons presses them here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from bot.chat import Chat
from bot.config import TelegramSettings
from bot.live import Live
from bot.store.conversations import Conversations, DeliveredUpdates
from bot.store.handed import HandedOver
from bot.telegram import build, serve
from bot.telegram_intake import App
from bot.telegram_serving import Beside
from intents.advisor import Advisor
from intents.knowledge import Knowledge
from tests import tiny
from tests.bot.test_telegram import QUICK, SECRET, by, message, new, press
from tests.local_bot_api import BOT, Call, LocalBotApi

SCRIPT = "客服说贷款放款前要先交解冻费,卡号填错了"


def settings(api: LocalBotApi) -> TelegramSettings:
    """The channel on this Bot API; nothing is gathered."""
    return TelegramSettings(
        base_url=api.base_url, proxy="", webhook_url="", webhook_host="127.0.0.1", webhook_port=0, gather_ms=0
    )


@dataclass
class Station:
    """What runs."""

    app: App
    handed: HandedOver
    knowledge: Knowledge


@asynccontextmanager
async def running(
    api: LocalBotApi,
    engine: Engine,
    knowledge: Knowledge,
    prepare: Callable[[Station], Sequence[Beside]] = lambda _: (),
    live: Live | None = None,
) -> AsyncIterator[Station]:
    """A channel; without a live model its chat takes `SCRIPT` for a loan scam and nothing else for anything.

    `prepare`: adds handlers, gives what runs beside.
    """
    handed = HandedOver(engine)
    advisor = Advisor(knowledge, tiny.Says({SCRIPT: tiny.scam("loan")}))  # type: ignore[arg-type]
    served: Any = live or tiny.Served(advisor)
    chat = Chat(served, Conversations(engine, 30), 20_000, handed)
    app = build(api.token, settings(api), chat, DeliveredUpdates(engine), SECRET, pace=QUICK)
    stop = asyncio.Event()
    station = Station(app, handed, knowledge)
    task = asyncio.create_task(serve(app, settings(api), stop, prepare(station)))
    try:
        yield station
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)
        chat.close()


def payload_of(call: Call, wanted: str) -> str:
    """The payload of the button whose label holds these words, or whose payload begins with them."""
    found = [p for row in call.buttons for label, p in row if wanted in label or p.startswith(wanted)]
    assert found, f"no button {wanted!r} in {call.buttons} under {call.text!r}"
    return found[0]


class Person:
    """Somebody in a private chat. `last`: the newest screen, whether it was sent or edited."""

    def __init__(self, api: LocalBotApi, number: int) -> None:
        self.api = api
        self.number = number

    @property
    def screens(self) -> list[Call]:
        """All that was shown in the chat, in order; also each edit."""
        shown = ("sendMessage", "editMessageText")
        return [
            call
            for call in list(self.api.calls)
            if call.method in shown and int(call.params["chat_id"]) == self.number
        ]

    @property
    def last(self) -> Call:
        """The newest screen."""
        return self.screens[-1]

    async def says(self, text: str = "", **fields: object) -> Call:
        """The first screen after a message of theirs."""
        return await self._then(new(text, self.number, **fields))

    async def presses(self, wanted: str, shown: Call | None = None) -> Call:
        """The first screen after a press of a button of the newest (or of this) screen."""
        shown = shown or self.last
        return await self.forges(payload_of(shown, wanted), shown)

    async def forges(self, payload: str, shown: Call | None = None) -> Call:
        """The first screen after a press with this payload, whether there is such a button or not."""
        under = message(shown.text if shown else "…", self.number, **by(BOT))
        under["chat"] = {"id": self.number, "type": "private"}
        if shown and "message_id" in shown.params:
            under["message_id"] = int(shown.params["message_id"])
        return await self._then(press(payload, under, self.number))

    async def until(self, words: str, seconds: float = 10.0) -> Call:
        """The newest screen, once it holds these words."""
        await self.api.until(lambda: self.screens and words in self.last.text, seconds)
        return self.last

    async def _then(self, update: dict[str, object]) -> Call:
        before = len(self.screens)
        self.api.put(update)
        await self.api.until(lambda: len(self.screens) > before, 10)
        await self.api.until(lambda: not self.api.waiting, 60)
        return self.screens[before]
