"""From a user's press to the officer's word, over real HTTP against a Bot API on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Engine, select

from bot import telegram_news
from bot.officers.people import Actor
from bot.officers.review import Review
from bot.seams import NotReady
from bot.store.tables import handed
from bot.telegram import DELIVERY
from bot.telegram_serving import Beside
from intents import handover
from intents.knowledge import Knowledge
from intents.replies import Writer
from intents.types import News, Reply
from tests.bot.telegram_station import SCRIPT, Person, Station, payload_of, running
from tests.bot.test_telegram import ANNA, BATU, GROUP, by, mention, message, new, press
from tests.local_bot_api import BLOCKED, BOT, BROKEN, LocalBotApi

OFFICER = Actor("巴图", "officer", "o1")


@asynccontextmanager
async def station(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, worded: Callable[[News], Reply] | None = None
) -> AsyncIterator[Review]:
    """A channel that tells users what officers said, and its officers."""
    words = worded or (lambda news: handover.news(news, Writer(knowledge, news.lang)))

    def telling(here: Station) -> list[Beside]:
        async def tell(stop: asyncio.Event) -> None:
            await telegram_news.tell(here.app.bot_data[DELIVERY], here.handed, words, stop, every=0.02)

        return [tell]

    async with running(api, engine, knowledge, telling) as here:
        yield Review(engine, here.handed, lambda: knowledge)


async def handed_over(api: LocalBotApi, sender: int = ANNA) -> None:
    """The user sends the script, hands it over and asks to be told."""
    person = Person(api, sender)
    await person.says(SCRIPT)
    await person.presses("hand:")
    await person.presses("tell:")


def reached(engine: Engine) -> list[str]:
    """Where people are to be told, as it is stored."""
    with engine.connect() as connection:
        return list(connection.execute(select(handed.c.reach)).scalars())


async def test_a_user_hands_over_asks_to_be_told_and_is_told(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with station(api, engine, knowledge) as review:
        await handed_over(api)
        confirmed, promised = api.sent[1:]
        assert confirmed.text.startswith("交给民警了，只有下面这一段。") and SCRIPT in confirmed.text
        assert promised.text.startswith("好，民警看完，我在这里发给你。")
        assert reached(engine) == [f"telegram:{ANNA}"]
        (found,) = review.waiting()
        assert (found.channel, found.text) == ("telegram", SCRIPT)
        review.decide(OFFICER, found.id, "right")
        *_, told = await api.sends(4)
        await api.until(lambda: reached(engine) == [""])
    assert told.params["chat_id"] == str(ANNA)
    assert "🔴" in told.text and "民警看过你交的话了：是「虚假贷款」的套路。" in told.text
    assert "你交的是：“客服说贷款放款前要先交解冻费" in told.text
    assert len(api.sent) == 4, "it is told once"


async def test_what_could_not_be_sent_is_sent_later(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with station(api, engine, knowledge) as review:
        await handed_over(api)
        api.fail("sendMessage", *[BROKEN] * 4)
        review.decide(OFFICER, review.waiting()[0].id, "drop")
        await api.sends(8)
        await api.until(lambda: reached(engine) == [""])
    assert "看不出来" in api.sent[-1].text


async def test_who_blocked_the_bot_is_not_tried_for_ever_and_holds_up_nobody(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with station(api, engine, knowledge) as review:
        await handed_over(api)
        await handed_over(api, BATU)
        api.fail("sendMessage", BLOCKED)
        for found in review.waiting():
            review.decide(OFFICER, found.id, "benign")
        await api.until(lambda: reached(engine) == ["", ""])
    assert api.sent[-1].params["chat_id"] == str(BATU) and len(api.sent) == 8


async def test_before_there_are_cards_the_news_waits(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    asked: list[News] = []

    def worded(news: News) -> Reply:
        asked.append(news)
        if len(asked) < 3:
            raise NotReady(0.5) if len(asked) == 1 else ValueError("怪事")
        return handover.news(news, Writer(knowledge, "zh"))

    async with station(api, engine, knowledge, worded) as review:
        await handed_over(api)
        review.decide(OFFICER, review.waiting()[0].id, "right")
        await api.sends(4)


async def test_in_a_group_nobodys_number_is_kept(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with station(api, engine, knowledge):
        api.put(mention(f"@fanzha_bot {SCRIPT}"))
        sent = await api.sends(1)
        for count, name in enumerate(("hand:", "tell:"), 2):
            shown = message("…", chat=GROUP, **by(BOT))
            api.put(press(payload_of(sent[-1], name), shown))
            sent = await api.sends(count)
    assert "在这个对话里告诉你" in sent[-1].text and reached(engine) == [""]


async def test_words_hand_over_as_the_button_does(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with station(api, engine, knowledge) as review:
        for count, text in enumerate((SCRIPT, "交给民警看看"), 1):
            api.put(new(text))
            await api.sends(count)
        assert [found.channel for found in review.waiting()] == ["telegram"]
