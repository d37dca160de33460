"""From the first connection to the last answer: what runs on Telegram, and beside it, until the stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from telegram import BotCommand
from telegram.error import InvalidToken, TelegramError

from bot.config import TelegramSettings
from bot.telegram_intake import INTAKE, App, Intake
from bot.telegram_retry import insist

log = logging.getLogger(__name__)

COMMANDS = {
    "": {
        "start": "开始",
        "help": "怎么用",
        "types": "常见骗局有哪些",
        "lang": "换语言 / Language",
        "forget": "忘掉这段对话",
    },
    "en": {
        "start": "Start",
        "help": "How to use this bot",
        "types": "Common types of scams",
        "lang": "Change the language / 换语言",
        "forget": "Forget this conversation",
    },
}

Beside = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""What goes on beside the answering, from when Telegram is reached until the event is set."""


async def serve(
    app: App, settings: TelegramSettings, stop: asyncio.Event, beside: Sequence[Beside] = ()
) -> None:
    """Answers on Telegram until `stop`. Telegram out of reach is tried again for ever, a bad token is not."""
    intake: Intake = app.bot_data[INTAKE]
    try:
        if not await insist(lambda: _connect(app), stop, intake.pace):
            return
        async with _started(app):
            tasks = [asyncio.create_task(work) for work in (_name_commands(app), *(b(stop) for b in beside))]
            try:
                await (intake.listen(settings, stop) if settings.webhook_url else intake.poll(stop))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, intake.cancel(), return_exceptions=True)
    finally:
        await app.shutdown()
        await app.bot.shutdown()


async def _connect(app: App) -> bool:
    try:
        await app.initialize()
    except InvalidToken:
        log.error(
            "Telegram 不认这个 TELEGRAM_BOT_TOKEN(或 telegram.base_url 写错了):请改正后重新启动,"
            "这次不再连接 Telegram"
        )
        return False
    return True


@contextlib.asynccontextmanager
async def _started(app: App) -> AsyncIterator[None]:
    await app.start()
    try:
        log.info("Telegram 已连上")
        yield
    finally:
        await app.stop()


async def _name_commands(app: App) -> None:
    for lang, commands in COMMANDS.items():
        try:
            await app.bot.set_my_commands(
                [BotCommand(name, says) for name, says in commands.items()], language_code=lang or None
            )
        except TelegramError as error:
            log.warning("命令菜单没设上(%s),不影响聊天", type(error).__name__)
