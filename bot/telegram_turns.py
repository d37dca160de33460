"""Whose turn it is in a Telegram conversation, and what was sent to it at one go."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from telegram import Update

from intents.types import Message

MOST_GATHERED = 100
LONGEST_GATHERING = 10  # times gather_ms


class Turn:
    """The lock of one conversation, and how many want it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
        self.flooded = False


class Gathering:
    """Messages that arrive at one go; `answered` is set when their one answer was sent, or `failed`."""

    def __init__(self, message: Message, update: Update, pause: float) -> None:
        self.messages: list[Message] = []
        self.update = update
        self.last: int | None = None
        self.failed = False
        self.closed = asyncio.Event()
        self.answered = asyncio.Event()
        self._pause = pause
        self._latest = time.monotonic() + pause * LONGEST_GATHERING
        self._due = 0.0
        self.takes(message, update)

    def takes(self, message: Message, update: Update) -> bool:
        """Adds a message, unless it came too late or there are too many."""
        if self.closed.is_set() or len(self.messages) >= MOST_GATHERED:
            return False
        self.messages.append(message)
        self.last = update.effective_message.message_id if update.effective_message else None
        self._due = min(time.monotonic() + self._pause, self._latest)
        return True

    async def complete(self) -> None:
        """Returns when nothing more came for a while, and closes."""
        while (left := self._due - time.monotonic()) > 0 and not await happens(self.closed, left):
            pass
        self.closed.set()

    @property
    def joined(self) -> Message:
        """All texts as one message; without any text, the first message."""
        texts = [message.text for message in self.messages if message.text]
        return Message(text="\n".join(texts)) if texts else self.messages[0]


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Waits for an event at most so long; whether it came."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
