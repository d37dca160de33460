"""Message, Reply and what lies between them. Nothing here knows of Telegram, HTTP or a database."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Way:
    """How a message came: the channel's name, and where its person can be reached later ("": nowhere)."""

    channel: str = ""
    reach: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person sent, from any channel. `button` is the payload of a pressed button.

    What is answered does not depend on `way`, so two messages that differ in it alone are equal.
    """

    text: str = ""
    kind: Kind = "text"
    button: str = ""
    way: Way = field(default=Way(), compare=False)


@dataclass(frozen=True, slots=True)
class Button:
    """A thing to press: what it says, and the payload that comes back in `Message.button`."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How the last message was judged. `cues` are [start, end) in code points of its masked text."""

    type: str
    level: Level
    probability: float
    cues: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """A wish: the police shall see this masked text, and how it was judged.

    `claim` is what the person says it is: a type, "benign", or "" where nothing was said.
    """

    key: str
    text: str
    seen: Seen
    paid: bool = False
    happening: bool = False
    claim: str = ""
    lang: Lang = "zh"


@dataclass(frozen=True, slots=True)
class TellMe:
    """A wish: to be told what became of the text that was handed over under this key."""

    key: str


@dataclass(frozen=True, slots=True)
class AskNews:
    """A wish: to see now what became of what was handed over."""


@dataclass(frozen=True, slots=True)
class Forget:
    """A wish: that nothing of this conversation is kept."""


Wish = Handover | TellMe | AskNews | Forget
"""What a person wants done that the advisor cannot do, for it keeps nothing: the chat carries it out."""

Outcome = Literal["taken", "already", "enough", "full", "closed"]
"""What came of a handover: stored, was there before, too many today, the police's desk is full, no desk."""

Ruling = Literal["scam", "benign", "unclear"]
"""What an officer says of a text that was handed over."""


@dataclass(frozen=True, slots=True)
class News:
    """What a person who asked is told: the ruling, the scam's type ("" unless it is one), the text's start."""

    ruling: Ruling
    type: str
    start: str
    lang: Lang = "zh"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said. `lines[0]` is the verdict, `lines[1]` the one thing to do; the rest explains.

    A line that begins with "· " is a list item, an empty line separates paragraphs.
    """

    lines: tuple[str, ...]
    verdict: Verdict
    buttons: tuple[Button, ...] = ()
    lang: Lang = "zh"
    wish: Wish | None = None

    @property
    def text(self) -> str:
        """The whole reply as plain text, one line after the other."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered of a talk until it expires: never the text, only its masked last message.

    `seen` is how that message was judged, `claim` what the person says it is (see Handover).
    """

    lang: Lang | None = None
    type: str = ""
    level: Level = "none"
    stage: str = ""
    paid: bool = False
    happening: bool = False
    pending: tuple[str, str] | None = None
    last: str = ""
    seen: Seen | None = None
    claim: str = ""


NOTHING = Verdict(BENIGN, 1.0, "none")
