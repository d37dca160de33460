"""Tells on Telegram what officers said, to those who handed a text over and asked to be told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from telegram.error import NetworkError, RetryAfter

from bot.seams import NotReady
from bot.store.handed import Due
from bot.telegram_delivery import Delivery, Target
from bot.telegram_retry import unless
from intents.types import News, Reply

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two looks: nobody waits for an officer by the second."""


class Outbox(Protocol):
    """Who is to be told something, until they were."""

    def due(self, way: str) -> Sequence[Due]:
        """Who is to be told something by this way."""
        ...

    def done(self, row_id: str) -> None:
        """Notes that this person was told."""
        ...


async def tell(
    delivery: Delivery,
    outbox: Outbox,
    worded: Callable[[News], Reply],
    stop: asyncio.Event,
    every: float = EVERY,
) -> None:
    """Sends what is due until `stop`. What could not be sent is tried again, a blocked chat is not."""
    while not stop.is_set():
        try:
            for due in await asyncio.to_thread(outbox.due, "telegram"):
                await delivery.reply(Target(int(due.reach)), worded(due.news))
                await asyncio.to_thread(outbox.done, due.id)
        except NotReady:
            pass  # without cards there are no words yet
        except (NetworkError, RetryAfter) as error:
            log.warning("民警的答复没有送到(%s),过会儿再送", type(error).__name__)
        except Exception as error:  # what it says may hold an address
            log.error("送民警的答复时出错:%s", type(error).__name__)
        await unless(stop, asyncio.sleep(every))
