"""What officers see on Telegram: a Reply of lines and buttons, and what goes on from there."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.officers.people import Actor
from bot.telegram_delivery import PAYLOAD_BYTES
from intents.knowledge import Knowledge
from intents.replies import LINK
from intents.types import BENIGN, NOTHING, Button, Reply

PREFIX = "o"
"""First part of an officers' button, so that no user's button is taken for one."""
BENIGN_NAME = "不是骗局"
_DOTS = re.compile(r"\.(?=\w)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen. `watch`: the candidate whose progress is shown in it. `wait`: the next text goes there.

    `tell`: who else is told of it, by Telegram id.
    """

    reply: Reply
    watch: str = ""
    wait: tuple[str, ...] = ()
    tell: tuple[tuple[int, Reply], ...] = ()


class Part(Protocol):
    """One subject of the officers': its buttons (and the texts that it waits for) come here as words."""

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """The screen after a button. Raises OfficerError and the like, whose message is shown."""
        ...

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """The screen after a text that was waited for."""
        ...


def screen(*lines: str, buttons: Sequence[Button] = ()) -> Reply:
    """Lines and buttons as they are; a button whose payload is too long for Telegram is left out."""
    fit = (button for button in buttons if len(button.payload.encode()) <= PAYLOAD_BYTES)
    return Reply(lines, NOTHING, tuple(fit))


def button(label: str, *words: str) -> Button:
    """A button whose press comes to the part of the first word."""
    return Button(label, ":".join((PREFIX, *words)))


def type_name(knowledge: Knowledge, type_id: str) -> str:
    """A type as people call it."""
    if type_id == BENIGN:
        return BENIGN_NAME
    card = knowledge.cards.get(type_id)
    return card.name.zh if card else type_id


def type_buttons(knowledge: Knowledge, *words: str, benign: bool = True) -> list[Button]:
    """A button for each type, its id after these words."""
    ids = [*knowledge.cards, *([BENIGN] if benign else [])]
    return [button(type_name(knowledge, type_id), *words, type_id) for type_id in ids]


def harmless(text: str) -> str:
    """A text on one line, in which no messenger finds a link to press."""
    return LINK.sub(
        lambda link: _DOTS.sub("[.]", link.group()).replace("://", "[:]//"), " ".join(text.split())
    )


def when(moment: float) -> str:
    """A time (UTC seconds) as officers read it, in the machine's zone."""
    return time.strftime("%m-%d %H:%M", time.localtime(moment))
