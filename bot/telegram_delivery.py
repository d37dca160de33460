"""How a Reply reaches a Telegram chat: sent, and sent again where Telegram stumbles."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter
from telegram.ext import ExtBot

from bot.telegram_layout import Line, layout, split
from intents.types import Button, Reply

log = logging.getLogger(__name__)
os.environ.setdefault("PTB_TIMEDELTA", "1")  # else PTB warns of its own coming change at every 429

PAYLOAD_BYTES = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton
PER_ROW = 2
MOST_TRIES = 5
LONGEST_WAIT = 300.0  # seconds; an answer that would come later than this helps nobody


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the channel is, in seconds: the defaults suit Telegram, tests are quicker."""

    again: tuple[float, ...] = (1.0, 2.0, 4.0)  # pauses before a message is sent again
    first: float = 1.0  # pause after the first failure to reach Telegram; doubles
    most: float = 60.0  # until it is this long
    typing: float = 0.3  # an answer that is quicker than this shows no "typing"
    hold: float = 60.0  # how long an unanswered update is left with Telegram
    grace: float = 20.0  # how long a stop waits for answers under way
    poll: int = 30  # how long Telegram holds an empty getUpdates


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a chat, a topic of it, and the message that it replies to."""

    chat: int
    thread: int | None = None
    reply_to: int | None = None


class Delivery:
    """Sends replies; `counts` says how many messages were sent, blocked by their reader or refused."""

    def __init__(self, bot: ExtBot[Any], pace: Pace) -> None:
        self.counts: Counter[str] = Counter()
        self._bot = bot
        self._pace = pace

    async def reply(self, target: Target, reply: Reply) -> int | None:
        """Sends a whole Reply, buttons under its last part; gives that part's message id where it arrived.

        Raises NetworkError or RetryAfter at the end.
        """
        return await self._send_all(target, split(layout(reply)), keyboard(reply.buttons))

    async def edit(self, target: Target, message: int, reply: Reply) -> int | None:
        """Puts a Reply in the place of a message; sends it as a new one where that cannot be. Raises as `reply`.

        Gives the id of the message in which it stands.
        """
        parts = split(layout(reply))
        if len(parts) == 1:
            try:
                await self._bot.edit_message_text(
                    "\n".join(line.html for line in parts[0]),
                    target.chat,
                    message,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=keyboard(reply.buttons),
                )
                return message
            except BadRequest as error:
                if "not modified" in str(error):
                    return message
            except Forbidden:
                self.counts["blocked"] += 1
                return None
        return await self.reply(target, reply)

    async def say(self, target: Target, text: str) -> None:
        """Sends one plain sentence. Raises NetworkError or RetryAfter at the end."""
        await self._send_all(target, split([Line(text)]), None)

    async def _send_all(
        self, target: Target, parts: Sequence[Sequence[Line]], markup: InlineKeyboardMarkup | None
    ) -> int | None:
        sent: int | None = None
        try:
            for number, part in enumerate(parts, start=1):
                sent = await self._send(target, part, markup if number == len(parts) else None)
            return sent
        except Forbidden:
            self.counts["blocked"] += 1
        except BadRequest:
            self.counts["refused"] += 1
            log.warning("Telegram 拒收一条回复(格式已退回纯文本)")
        return None

    async def _send(self, target: Target, part: Sequence[Line], markup: InlineKeyboardMarkup | None) -> int:
        pauses, rich, tries = iter(self._pace.again), True, 0
        while True:
            tries += 1
            try:
                sent = await self._post(target, part, markup, rich)
                self.counts["sent"] += 1
                return sent
            except RetryAfter as error:
                wait = pause_of(error)
                if tries >= MOST_TRIES or wait > LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait)
            except ChatMigrated as error:
                if tries >= MOST_TRIES:
                    raise
                target = Target(error.new_chat_id)
            except BadRequest:
                if not rich:
                    raise
                rich = False
            except NetworkError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await asyncio.sleep(pause)

    async def _post(
        self, target: Target, part: Sequence[Line], markup: InlineKeyboardMarkup | None, rich: bool
    ) -> int:
        quoted = None
        if target.reply_to:
            quoted = ReplyParameters(target.reply_to, allow_sending_without_reply=True)
        message = await self._bot.send_message(
            target.chat,
            "\n".join(line.html if rich else line.text for line in part),
            parse_mode=ParseMode.HTML if rich else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            message_thread_id=target.thread,
            reply_parameters=quoted,
            reply_markup=markup,
        )
        return message.message_id


def keyboard(buttons: Iterable[Button]) -> InlineKeyboardMarkup | None:
    """Buttons, two in a row; one whose payload Telegram cannot carry is left out."""
    kept: list[InlineKeyboardButton] = []
    for button in buttons:
        if 1 <= len(button.payload.encode()) <= PAYLOAD_BYTES:
            kept.append(InlineKeyboardButton(button.label, callback_data=button.payload))
        else:
            log.warning("按钮的载荷有 %d 字节,Telegram 放不下,去掉了", len(button.payload.encode()))
    rows = [kept[start : start + PER_ROW] for start in range(0, len(kept), PER_ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


def pause_of(error: RetryAfter) -> float:
    """The seconds that Telegram asks for."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
