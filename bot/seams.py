"""What a channel needs of the rest: someone who answers, and how ready that someone is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from intents.handover import Telling
from intents.types import Handover, Message, News, Outcome, Reply


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


class PoliceDesk(Protocol):
    """Where the chat puts what a person hands over to the police, and hears what became of it."""

    def take(self, conversation: str, wish: Handover, channel: str) -> Outcome:
        """Stores a text, once; says why not where it does not."""
        ...

    def tell(self, conversation: str, key: str, reach: str) -> Telling:
        """Remembers that the person wants to know what becomes of it."""
        ...

    def news(self, conversation: str, again: bool = False) -> list[News]:
        """What officers said since; `again`: also what was said before."""
        ...

    def withdraw(self, conversation: str) -> int:
        """Takes back what nobody has looked at; gives how many texts that were."""
        ...
