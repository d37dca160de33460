"""One message of one conversation -> one reply. What every channel calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bot.live import Live
from bot.seams import PoliceDesk
from bot.store.conversations import Conversations
from intents import handover
from intents.replies import Writer
from intents.types import AskNews, Forget, Handover, Message, Reply, TellMe

WORKERS = 4
"""Threads that answer; the encoder serves one of them at a time."""


class Chat:
    """Reads the conversation, asks the live advisor, remembers the new state, carries out what is wished.

    Without a desk nothing can be handed over, and who tries is told so.
    `counted`: hears of each answer, for the officers' numbers.
    """

    def __init__(
        self,
        live: Live,
        conversations: Conversations,
        longest_text: int,
        desk: PoliceDesk | None = None,
        *,
        counted: Callable[[Message, Reply], None] | None = None,
    ) -> None:
        self._live = live
        self._desk = desk
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
        if self._desk is None:
            return reply
        return _carried_out(self._desk, conversation, message, reply, advisor.writer(reply.lang))

    def close(self) -> None:
        """Waits for the replies in flight."""
        self._workers.shutdown()


def _carried_out(
    desk: PoliceDesk, conversation: str, message: Message, reply: Reply, writer: Writer
) -> Reply:
    """The reply once its wish is carried out, with what officers said since for who asked."""
    match reply.wish:
        case Handover() as wish:
            outcome = desk.take(conversation, wish, message.way.channel)
            reply = handover.handed(wish, outcome, writer)
        case TellMe(key):
            reply = handover.will_tell(desk.tell(conversation, key, message.way.reach), writer)
        case Forget():
            return handover.withdrawn(reply, desk.withdraw(conversation), writer)
    return handover.with_news(reply, desk.news(conversation, isinstance(reply.wish, AskNews)), writer)
