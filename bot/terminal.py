"""The terminal channel: a line in, a reply out; buttons are numbered."""

from __future__ import annotations

import secrets
from typing import TextIO

from bot.chat import Chat
from intents.types import Button, Message, Reply, Way

_COLOURS = {"danger": "\033[1;31m", "caution": "\033[1;33m"}
_WAY = Way("terminal")
_SIGNS = {"danger": "【危险】", "caution": "【小心】"}


def converse(chat: Chat, source: TextIO, out: TextIO) -> None:
    """Talks until the end of input or /quit. Each line is a message."""
    conversation = secrets.token_urlsafe(16)
    colour = out.isatty()
    buttons: tuple[Button, ...] = ()
    out.write("草原反诈。把可疑的消息粘进来,按回车。/quit 退出。\n> ")
    out.flush()
    for line in source:
        text = line.rstrip("\r\n")
        if text.strip() == "/quit":
            break
        message = _message(text, buttons)
        reply = chat.answer_now(conversation, message)
        buttons = reply.buttons
        out.write(shown(reply, colour=colour) + "\n\n> ")
        out.flush()
    out.write("\n")


def shown(reply: Reply, *, colour: bool = False) -> str:
    """A reply as the terminal prints it."""
    level = reply.verdict.level
    first = _SIGNS.get(level, "") + reply.lines[0]
    if colour and level in _COLOURS:
        first = f"{_COLOURS[level]}{first}\033[0m"
    buttons = "  ".join(f"[{i}] {button.label}" for i, button in enumerate(reply.buttons, 1))
    return "\n".join([first, *reply.lines[1:], *([buttons] if buttons else [])])


def _message(text: str, buttons: tuple[Button, ...]) -> Message:
    """A bare number presses the button of that number."""
    if text.strip().isdecimal() and 1 <= int(text) <= len(buttons):
        return Message(button=buttons[int(text) - 1].payload, way=_WAY)
    return Message(text, way=_WAY)
