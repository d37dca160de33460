"""How a Reply looks in a Telegram chat: lines, and messages of at most Telegram's length. Needs no Telegram."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from intents.types import Level, Reply

LONGEST = 4096  # UTF-16 units of one message, https://core.telegram.org/bots/api#sendmessage
ICONS: dict[Level, str] = {"danger": "🔴 ", "caution": "🟠 ", "none": ""}
BULLET = "· "
BREAKS = "。！？；，、.!?;, "
JOINERS = "\u200d\ufe0f🏻🏼🏽🏾🏿"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message; `bold` for the verdict and the one thing to do."""

    text: str
    bold: bool = False

    @property
    def html(self) -> str:
        """The line as Telegram's HTML."""
        text = html.escape(self.text, quote=False)
        return f"<b>{text}</b>" if self.bold and text.strip() else text


def layout(reply: Reply) -> list[Line]:
    """The lines of a reply: an icon for its level before the first, the first two bold."""
    lines: list[Line] = []
    for number, text in enumerate(reply.lines):
        icon = ICONS[reply.verdict.level] if number == 0 else ""
        bold = number < 2 and not text.startswith(BULLET)
        lines += [Line(piece, bold) for piece in (icon + text).split("\n")]
    return lines


def split(lines: Iterable[Line], longest: int = LONGEST) -> list[list[Line]]:
    """Lines in parts of at most `longest` UTF-16 units, cut between lines where that is possible."""
    parts: list[list[Line]] = []
    room = 0
    for line in (piece for whole in lines for piece in _pieces(whole, longest)):
        cost = units(line.text) + 1
        if cost <= room:
            parts[-1].append(line)
            room -= cost
        elif line.text.strip():  # Telegram trims a message's start, so no part begins with an empty line
            parts.append([line])
            room = longest + 1 - cost
    return parts


def units(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram counts it."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def _pieces(line: Line, longest: int) -> Iterator[Line]:
    rest = line.text
    while units(rest) > longest:
        cut = _cut(rest, longest)
        yield Line(rest[:cut], line.bold)
        rest = rest[cut:]
    yield Line(rest, line.bold)


def _cut(text: str, longest: int) -> int:
    """Where to cut a text that is too long: after a sentence if one ends near, else between characters."""
    end = count = 0
    for end, char in enumerate(text):  # noqa: B007 - the index at which the room is used up is wanted
        count += units(char)
        if count > longest:
            break
    for index in range(end, max(end - 300, 0), -1):
        if text[index - 1] in BREAKS:
            return index
    while end > 1 and (text[end] in JOINERS or text[end - 1] == "\u200d"):  # an emoji stays in one piece
        end -= 1
    return end
