"""Telegram wired to the app: the chat, the officers' screens, and news to who asked for it."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from bot import telegram, telegram_news
from bot.telegram_officers import Officers
from bot.telegram_officers_wiring import screens
from intents import handover
from intents.types import News, Reply

if TYPE_CHECKING:
    from bot.app import App


async def serve(app: App, token: str, stop: asyncio.Event) -> None:
    """Telegram as the settings say, until `stop`."""
    application = telegram.build(
        token,
        app.settings.telegram,
        app.chat,
        app.delivered,
        secret_key(app.folder),
        os.environ.get("TELEGRAM_WEBHOOK_SECRET", ""),
    )

    def worded(news: News) -> Reply:
        return handover.news(news, app.live.get().writer(news.lang))

    delivery = application.bot_data[telegram.DELIVERY]

    async def telling(stop: asyncio.Event) -> None:
        await telegram_news.tell(delivery, app.handed, worded, stop)

    people = app.police.people
    shown = screens(app.police.desk, people, app.police.review)
    officers = Officers(application.bot, delivery, people, app.police.invitations, shown)
    officers.register(application)
    await telegram.serve(application, app.settings.telegram, stop, [telling, officers.keep_menus])


def secret_key(folder: Path) -> bytes:
    """The key under which Telegram ids are hashed; made on first use, readable by the owner alone."""
    path = folder / "secret.key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))
    return path.read_bytes()
