"""The Telegram channel: its updates become Messages, and Replies go back. No rules of answering live here."""

from __future__ import annotations

import asyncio
import hmac
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import telegram as tg
from telegram import Update
from telegram.constants import ChatAction
from telegram.error import NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.config import TelegramSettings
from bot.seams import Answers, NotReady
from bot.telegram_delivery import Delivery, Pace, Target
from bot.telegram_intake import INTAKE, App, Delivered, Intake
from bot.telegram_reading import FromPerson, addressed, bare_command, lang_of, read, strangers, thread
from bot.telegram_serving import serve
from bot.telegram_turns import Gathering, Turn, happens
from intents.types import Lang, Message, Way

__all__ = ["CHAT", "COUNTS", "DELIVERY", "App", "Delivered", "Pace", "build", "serve"]

log = logging.getLogger(__name__)

DELIVERY = "telegram_delivery"  # key of bot_data: the channel's way out, for who has something to say unasked
COUNTS = "telegram_counts"  # key of bot_data: messages sent, blocked by their reader, refused; flood
CHANNEL = "telegram"
CHAT = 10  # handler group of the chat: others go into lower groups and raise ApplicationHandlerStop
AT_ONCE = 256  # updates answered at the same time
LONG = 60  # characters from which a message may be one of several pasted in a row
MOST_WAITING = 20  # messages of one conversation that wait for their turn
TYPING_LASTS = 4.0  # seconds; Telegram shows it for five
STARTING: dict[Lang, str] = {
    "zh": "我刚启动，还在准备，请过一分钟再发一次。事情紧急，直接打 110，反诈专线 96110。",
    "zh-Hant": "我剛啟動，還在準備，請過一分鐘再發一次。事情緊急，直接打 110，反詐專線 96110。",
    "en": "I am just starting up. Please send it again in a minute. If it is urgent, call 110 or 96110 now.",
}
BROKEN: dict[Lang, str] = {
    "zh": "这一条我没处理好，请过一会儿再发一次。"
    "钱已经转了、或者对方还在让你操作，马上打 110，反诈专线 96110。",
    "zh-Hant": "這一條我沒處理好，請過一會兒再發一次。"
    "錢已經轉了、或者對方還在讓你操作，馬上打 110，反詐專線 96110。",
    "en": "Something went wrong with this message. Please send it again a little later. "
    "If money has gone or they are still telling you what to do, call 110 or 96110 now.",
}
NOT_YOURS = "这些按钮是给提问的人用的 / These buttons are for the person who asked"


def build(  # noqa: PLR0913, PLR0917 - what it is wired from
    token: str,
    settings: TelegramSettings,
    chat: Answers,
    delivered: Delivered,
    secret: bytes,
    webhook_secret: str = "",
    pace: Pace | None = None,
) -> App:
    """The application, ready for `serve`. Without a webhook secret one is derived from `secret`."""
    for name in ("httpx", "httpcore", "telegram", "tornado"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses with the token, and texts
    pace = pace or Pace()
    builder = ApplicationBuilder().token(token).base_url(settings.base_url)
    builder.base_file_url(settings.base_url.removesuffix("/bot") + "/file/bot")
    builder.updater(None).job_queue(None).concurrent_updates(AT_ONCE)
    builder.get_updates_connection_pool_size(4)  # a poll that a stop cancels may not give its one back
    if settings.proxy:
        builder.proxy(settings.proxy).get_updates_proxy(settings.proxy)
    app: App = builder.build()
    channel = Channel(app.bot, chat, secret, settings.gather_ms / 1000, pace)
    hook = webhook_secret or hmac.new(secret, b"telegram webhook", "sha256").hexdigest()
    app.bot_data[DELIVERY] = channel.delivery
    app.bot_data[COUNTS] = channel.delivery.counts
    app.bot_data[INTAKE] = Intake(app, channel, delivered, hook, pace)
    _register(app, channel)
    return app


class Channel:
    """The chat's handlers: one answer at a time in each conversation, many conversations at once."""

    def __init__(self, bot: ExtBot[Any], chat: Answers, secret: bytes, gather: float, pace: Pace) -> None:
        self.delivery = Delivery(bot, pace)
        self._bot = bot
        self._chat = chat
        self._secret = secret
        self._gather = gather
        self._pace = pace
        self._turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()
        self._gatherings: dict[str, Gathering] = {}
        self._undelivered: set[int] = set()
        self._showing: set[asyncio.Task[None]] = set()

    async def on_private(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Any message in a private chat, also an edited one."""
        source = update.effective_message
        assert source
        message = read(source)
        message = replace(message, text=bare_command(message.text, self._bot.username))
        await self._receive(update, message, Target(source.chat_id, thread(source)))

    async def on_group(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A group's message, where it speaks to the bot."""
        source = update.effective_message
        assert source
        message = addressed(source, self._bot.bot)
        if message:
            await self._receive(update, message, Target(source.chat_id, thread(source), source.message_id))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A pressed button: the press is confirmed, the keyboard goes, the payload is answered."""
        query = update.callback_query
        assert query
        if strangers(query):
            await self._try(query.answer(NOT_YOURS))
            return
        await self._try(query.answer())
        if query.message is None or not query.data:
            return
        target = Target(query.message.chat.id)
        if isinstance(query.message, tg.Message):
            target = replace(target, thread=thread(query.message))
        await self._try(self._bot.edit_message_reply_markup(target.chat, query.message.message_id))
        await self._receive(update, Message(button=query.data), target)

    async def on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Logs where it happened, never what was said, and tells the user."""
        log.error("回答时出错:%s", _where(context.error))
        if not isinstance(update, Update) or update.effective_chat is None:
            return
        with suppress(TelegramError):
            await self.delivery.say(Target(update.effective_chat.id), BROKEN[lang_of(update)])

    def gathers(self, update: Update) -> bool:
        """Whether a message may be one of several: forwarded, in an album, or long."""
        source = update.message or update.edited_message
        if not source or not self._gather:
            return False
        text = source.text or source.caption or ""
        return bool(source.forward_origin or source.media_group_id or len(text) > LONG)

    def undelivered(self, update_id: int) -> bool:
        """Whether the answer to an update could not be sent; asked once."""
        found = update_id in self._undelivered
        self._undelivered.discard(update_id)
        return found

    def flush(self) -> None:
        """Answers what is being gathered without waiting for more."""
        for gathering in self._gatherings.values():
            gathering.closed.set()

    def conversation(self, chat: int, user: int) -> str:
        """The conversation's id: who it is cannot be read from it."""
        return hmac.new(self._secret, f"telegram:{chat}:{user}".encode(), "sha256").hexdigest()

    async def _receive(self, update: Update, message: Message, target: Target) -> None:
        """Puts a message in its place: with those that it came with, or next in its conversation."""
        assert update.effective_user
        key = self.conversation(target.chat, update.effective_user.id)
        current = self._gatherings.get(key)
        gathers = self.gathers(update) and not message.text.startswith("/")
        if current and gathers and current.takes(message, update):
            await current.answered.wait()
            if current.failed:
                self._undelivered.add(update.update_id)
            return
        if current:
            current.closed.set()
            del self._gatherings[key]
        if gathers:
            await self._collect(key, Gathering(message, update, self._gather), target)
        else:
            await self._in_turn(key, update, message, target)

    async def _collect(self, key: str, gathering: Gathering, target: Target) -> None:
        """Waits for the rest of what is sent at one go, and answers it as one message."""
        self._gatherings[key] = gathering
        try:
            async with self._turn(key):
                await gathering.complete()
                if self._gatherings.get(key) is gathering:
                    del self._gatherings[key]
                if len(gathering.messages) > 1:
                    target = replace(target, reply_to=gathering.last)
                gathering.failed = not await self._answer(key, gathering.update, gathering.joined, target)
        finally:
            if self._gatherings.get(key) is gathering:
                del self._gatherings[key]
            gathering.answered.set()

    async def _in_turn(self, key: str, update: Update, message: Message, target: Target) -> None:
        turn = self._turns.get(key)
        if turn and turn.waiting >= MOST_WAITING:
            self.delivery.counts["flood"] += 1
            if not turn.flooded:
                log.warning("一段对话里等着的消息超过 %d 条,后面的不答", MOST_WAITING)
            turn.flooded = True
            return
        async with self._turn(key):
            await self._answer(key, update, message, target)

    async def _answer(self, key: str, update: Update, message: Message, target: Target) -> bool:
        """Answers one message; False when the answer could not be sent and the update should come again."""
        try:
            try:
                async with self._typing(target):
                    reply = await self._chat.answer(key, replace(message, way=_way(update, target)))
            except NotReady:
                await self.delivery.say(target, STARTING[lang_of(update)])
            else:
                await self.delivery.reply(target, reply)
        except (NetworkError, RetryAfter) as error:
            log.warning("回复没有送到(%s),等 Telegram 再送来时重答", type(error).__name__)
            self._undelivered.add(update.update_id)
            return False
        return True

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        """One at a time in a conversation, in order of arrival; kept only while someone waits."""
        turn = self._turns.setdefault(key, Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1

    @asynccontextmanager
    async def _typing(self, target: Target) -> AsyncIterator[None]:
        """Shows "typing" meanwhile. Its request is never cancelled: httpx could lose a connection by that."""
        done = asyncio.Event()
        task = asyncio.create_task(self._keep_typing(target, done))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)
        try:
            yield
        finally:
            done.set()

    async def _keep_typing(self, target: Target, done: asyncio.Event) -> None:
        pause = self._pace.typing
        while not await happens(done, pause):
            await self._try(
                self._bot.send_chat_action(target.chat, ChatAction.TYPING, message_thread_id=target.thread)
            )
            pause = TYPING_LASTS

    async def _try(self, call: Any) -> None:
        """A call whose failure changes nothing for the user."""
        with suppress(TelegramError):
            await call


def _way(update: Update, target: Target) -> Way:
    """A person is reached again only in their private chat: what the police say is not for a group."""
    private = update.effective_chat is not None and update.effective_chat.type == "private"
    return Way(CHANNEL, f"{CHANNEL}:{target.chat}" if private else "")


def _where(error: BaseException | None) -> str:
    """An error's type and place; its text may hold what the user wrote."""
    steps = traceback.extract_tb(error.__traceback__) if error else []
    places = [f"{Path(step.filename).name}:{step.lineno}" for step in steps[-3:]]
    return f"{type(error).__name__} {' > '.join(places)}"


def _register(app: App, channel: Channel) -> None:
    """All handlers of the chat."""
    message = FromPerson() & ~filters.StatusUpdate.ALL
    fresh, edited = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
    private = message & filters.ChatType.PRIVATE & (fresh | (edited & (filters.TEXT | filters.CAPTION)))
    app.add_handler(MessageHandler(private, channel.on_private), CHAT)
    app.add_handler(MessageHandler(message & filters.ChatType.GROUPS & fresh, channel.on_group), CHAT)
    app.add_handler(CallbackQueryHandler(channel.on_button), CHAT)
    app.add_error_handler(channel.on_error)
