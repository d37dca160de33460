"""Message, Reply and what lies between them. Nothing here knows of Telegram, HTTP or a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BENIGN = "benign"
OTHER = "other_scam"

Lang = Literal["zh", "zh-Hant", "en"]
LANGS: tuple[Lang, ...] = ("zh", "zh-Hant", "en")
Level = Literal["danger", "caution", "none"]
Kind = Literal["text", "photo", "voice", "sticker", "file", "other"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that gave the scam away: [start, end) in Unicode code points of the text as sent."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A scam type and its calibrated probability, 0..1."""

    type: str
    probability: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of one text. `type` is "benign" exactly when `level` is "none"."""

    type: str
    probability: float
    level: Level
    paid: bool = False
    happening: bool = False
    alternatives: tuple[Choice, ...] = ()
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person sent, from any channel. `button` is the payload of a pressed button."""

    text: str = ""
    kind: Kind = "text"
    button: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A thing to press: what it says, and the payload that comes back in `Message.button`."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said. `lines[0]` is the verdict, `lines[1]` the one thing to do; the rest explains.

    A line that begins with "· " is a list item, an empty line separates paragraphs.
    """

    lines: tuple[str, ...]
    verdict: Verdict
    buttons: tuple[Button, ...] = ()
    lang: Lang = "zh"

    @property
    def text(self) -> str:
        """The whole reply as plain text, one line after the other."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered of a talk until it expires: never the text, only its masked last message."""

    lang: Lang | None = None
    type: str = ""
    level: Level = "none"
    stage: str = ""
    paid: bool = False
    happening: bool = False
    pending: tuple[str, str] | None = None
    last: str = ""


NOTHING = Verdict(BENIGN, 1.0, "none")
