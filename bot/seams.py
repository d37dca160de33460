"""What a channel needs of the rest: someone who answers, and how ready that someone is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from intents.types import Message, Reply


class NotReady(RuntimeError):
    """There is no model yet; `progress` (0..1) says how far it is."""

    def __init__(self, progress: float) -> None:
        super().__init__("模型还在准备")
        self.progress = progress


class Answers(Protocol):
    """The one way from a channel to the bot."""

    async def answer(self, conversation: str, message: Message) -> Reply:
        """The reply to one message of a conversation (any non-empty id). Raises NotReady."""
        ...


@dataclass(frozen=True, slots=True)
class Status:
    """Which head serves ("" while none does), of which version, and how far the next step is (0..1)."""

    head: str
    version: str
    progress: float
    encoder: str = ""
