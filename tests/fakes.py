"""Fakes of what lies beyond a seam. Each section belongs to one channel or part."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

from intents.types import NOTHING, Message, Reply

# ---- web: someone who answers by a script


class ScriptedAnswers:
    """Implements bot.seams.Answers: replies (or raises) by text or button payload, and keeps what was asked.

    While `gate` is cleared, answers wait for it.
    """

    def __init__(self, script: Mapping[str, Reply | Exception] | None = None) -> None:
        self.gate = threading.Event()
        self.forget(script)

    def forget(self, script: Mapping[str, Reply | Exception] | None = None) -> None:
        """Starts over with a script, as if nobody had asked yet."""
        self.script = dict(script or {})
        self.default: Reply | Exception = Reply(("没看出骗局套路。", "转账前，打 96110 问一问。"), NOTHING)
        self.seen: list[tuple[str, Message]] = []
        self.gate.set()

    async def answer(self, conversation: str, message: Message) -> Reply:
        """The scripted reply; raises what the script holds where that is an exception."""
        self.seen.append((conversation, message))
        await asyncio.to_thread(self.gate.wait, 20)
        said = self.script.get(message.button or message.text, self.default)
        if isinstance(said, Exception):
            raise said
        return said
