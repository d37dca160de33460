"""One message of one conversation -> one reply. What every channel calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bot.live import Live
from bot.store.conversations import Conversations
from intents.types import Message, Reply

WORKERS = 4
"""Threads that answer; the encoder serves one of them at a time."""


class Chat:
    """Reads the conversation, asks the live advisor, remembers the new state."""

    def __init__(
        self,
        live: Live,
        conversations: Conversations,
        longest_text: int,
        *,
        counted: Callable[[Message, Reply], None] | None = None,
    ) -> None:
        """`counted`: hears of each answer, for the officers' numbers."""
        self._live = live
        self._conversations = conversations
        self._longest = longest_text
        self._counted = counted
        self._workers = ThreadPoolExecutor(WORKERS, "answer")

    async def answer(self, conversation: str, message: Message) -> Reply:
        """The reply; the event loop is free meanwhile. Raises NotReady."""
        return await asyncio.get_running_loop().run_in_executor(
            self._workers, self.answer_now, conversation, message
        )

    def answer_now(self, conversation: str, message: Message) -> Reply:
        """The reply, in this thread. Raises NotReady."""
        advisor = self._live.get()
        cut = len(message.text) > self._longest
        if cut:
            message = replace(message, text=message.text[: self._longest])
        reply, after = advisor.advise(message, self._conversations.get(conversation))
        self._conversations.put(conversation, after)
        if self._counted:
            self._counted(message, reply)
        if cut:
            note = advisor.knowledge.talk.line("shortened", reply.lang)
            reply = replace(reply, lines=(*reply.lines, "", note))
        return reply

    def close(self) -> None:
        """Waits for the replies in flight."""
        self._workers.shutdown()
