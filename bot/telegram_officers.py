"""Officers on Telegram: who is one is told apart here, and nobody else learns that there are such commands.

Whatever an officer has no part in is left to the chat: it stands in a later handler group.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import telegram as tg
from telegram import BotCommand, BotCommandScopeChat, Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.officers.errors import OfficerError
from bot.officers.invitations import BadCode, Invitations
from bot.officers.people import ROLES, Actor, People
from bot.telegram_delivery import Delivery, Target
from bot.telegram_intake import App
from bot.telegram_officers_screens import PREFIX, Part, Shown, screen
from bot.telegram_reading import FromPerson, bare_command
from bot.telegram_retry import unless
from bot.telegram_serving import COMMANDS
from intents.types import Reply
from training.reading.limits import MAX_FILE, MB, UploadRefused

log = logging.getLogger(__name__)

GROUP = 5
"""Before the chat's handlers."""
WAITS = 600.0
"""Seconds for which the next text of an officer is taken for what was asked of them."""
MENUS_EVERY = 60.0
"""Seconds between two looks at whose menu shows the officers' commands."""
LINK = "/link"

TOO_LARGE = (
    f"文件太大，没有取。一次最多 {MAX_FILE // MB} MB。",
    "请只留下话术和类型两列，或分成几个文件再发。",
)
WORKING = ("收到，正在看。", "看完在这里显示，不用再发。")
Told = (OfficerError, UploadRefused)
"""Errors whose message is for the officer."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what the menu says of it, and its screen for an actor and what was written after it."""

    name: str
    says: str
    run: Callable[[Actor, str], Shown]


@dataclass(frozen=True, slots=True)
class OfficersPace:
    """Seconds: an answer that takes longer than `soon` is announced; `look`s at a dry run's progress."""

    soon: float = 1.0
    look: float = 3.0


@dataclass(frozen=True)
class Screens:
    """The officers' subjects. `parts`: by the first word of their buttons; `receive`: takes a file (its name,
    the text sent with it, its bytes, the type asked for before); `progress`: a watched screen as it is now, and
    whether it will change further.
    """

    commands: Sequence[Command]
    parts: Mapping[str, Part]
    receive: Callable[[Actor, str, str, bytes, str], Shown]
    progress: Callable[[Actor, str], tuple[Reply, bool]]


class Officers:
    """The officers' handlers."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is wired from
        self,
        bot: ExtBot[Any],
        delivery: Delivery,
        people: People,
        invitations: Invitations,
        screens: Screens,
        pace: OfficersPace | None = None,
    ) -> None:
        self._bot = bot
        self._delivery = delivery
        self._people = people
        self._invitations = invitations
        self._screens = screens
        self._commands = {command.name: command for command in screens.commands}
        self._pace = pace or OfficersPace()
        self._waits: dict[int, tuple[float, tuple[str, ...]]] = {}
        self._menus: set[int] = set()
        self._watching: dict[int, asyncio.Task[None]] = {}

    def register(self, app: App) -> None:
        """Puts the handlers before those of the chat."""
        private = filters.ChatType.PRIVATE & FromPerson() & filters.UpdateType.MESSAGE
        app.add_handler(MessageHandler(private, self.on_message), GROUP)
        app.add_handler(CallbackQueryHandler(self.on_button, f"^{PREFIX}:"), GROUP)

    # ---- what comes in -------------------------------------------------------------------------

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A command, a file, or a text that was asked for. Raises ApplicationHandlerStop where it was an officer's."""
        source, user = update.effective_message, update.effective_user
        assert source and user
        text = bare_command(source.text or "", self._bot.username).strip()
        word, rest = [*text.split(maxsplit=1), "", ""][:2]
        if word == LINK:
            await self._link(user.id, rest)
            return
        command = self._commands.get(word[1:]) if word.startswith("/") else None
        waits = self._awaited(user.id)
        if word.startswith("/") and not command:
            self._waits.pop(user.id, None)
            return
        if not (command or source.document or (waits and text)):
            return
        actor = await asyncio.to_thread(self._people.by_telegram, user.id)
        if actor is None:
            return
        self._waits.pop(user.id, None)
        if command:
            work = self._run(command.run, actor, rest)
        elif source.document:
            work = self._file(actor, source.document, source.caption or "", waits)
        else:
            work = self._run(self._screens.parts[waits[0]].read, actor, waits[1:], text)
        await self._respond(user.id, actor, work)
        raise ApplicationHandlerStop

    def _awaited(self, user: int) -> tuple[str, ...]:
        """Where the next text of an officer belongs; empty where none is waited for."""
        until, words = self._waits.get(user, (0.0, ()))
        return words if time.monotonic() < until else ()

    async def _file(self, actor: Actor, document: tg.Document, caption: str, waits: tuple[str, ...]) -> Shown:
        """Takes a file that was sent; its size is looked at before it is fetched."""
        if (document.file_size or 0) > MAX_FILE:
            return Shown(screen(*TOO_LARGE))
        try:
            found = await document.get_file()
            if (found.file_size or 0) > MAX_FILE:
                return Shown(screen(*TOO_LARGE))
            data = bytes(await found.download_as_bytearray())
        except BadRequest:  # Telegram gives bots no file above 20 MB
            return Shown(screen(*TOO_LARGE))
        except NetworkError:
            return Shown(screen("文件没有取到，网络不通。", "请过一会儿再发一次。"))
        type_id = waits[2] if waits[:2] == ("u", "paste") else ""
        name = document.file_name or "文件"
        return await self._run(self._screens.receive, actor, name, caption, data, type_id)

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press on an officers' screen, which is put in its place. Raises ApplicationHandlerStop."""
        query = update.callback_query
        assert query and query.data
        private = query.message is not None and query.message.chat.type == tg.Chat.PRIVATE
        words = query.data.split(":")[1:]
        part = self._screens.parts.get(words[0])
        if not private or part is None:
            return
        actor = await asyncio.to_thread(self._people.by_telegram, query.from_user.id)
        if actor is None:
            return
        self._waits.pop(query.from_user.id, None)
        with suppress(TelegramError):
            await query.answer()
        message = query.message.message_id if query.message else None
        await self._respond(query.from_user.id, actor, self._run(part.press, actor, words[1:]), message)
        raise ApplicationHandlerStop

    async def _link(self, user: int, code: str) -> None:
        """Links the Telegram account; a wrong code is answered like any text that nobody understands."""
        try:
            actor = await asyncio.to_thread(self._invitations.link_telegram, code, user)
        except BadCode:
            return
        await self._set_menu(user)
        lines = [f"连上了：{actor.name}，{ROLES[actor.role]}。", "命令在输入框旁边的菜单里。", ""]
        commands = [f"· /{command.name} {command.says}" for command in self._commands.values()]
        await self._delivery.reply(Target(user), screen(*lines, *commands))
        raise ApplicationHandlerStop

    async def _run(self, work: Callable[..., Shown], *arguments: Any) -> Shown:
        """The screen, made beside the event loop; an error that is meant for the officer is its text."""
        try:
            return await asyncio.to_thread(work, *arguments)
        except Told as error:
            return Shown(told(error))

    # ---- what goes out -------------------------------------------------------------------------

    async def _respond(
        self, user: int, actor: Actor, work: Coroutine[Any, Any, Shown], message: int | None = None
    ) -> None:
        """Shows what the work gives, in the place of a message where one is named; says so where it takes time."""
        target = Target(user)
        if message is not None:
            self._stop_watching(message)
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait({task}, timeout=self._pace.soon)
        if not done:
            message = await self._put(target, message, screen(*WORKING))
        shown = await task
        message = await self._put(target, message, shown.reply)
        if shown.wait:
            self._waits[user] = (time.monotonic() + WAITS, shown.wait)
        for other, reply in shown.tell:
            with suppress(NetworkError, RetryAfter):
                await self._delivery.reply(Target(other), reply)
        if shown.watch and message is not None:
            self._watching[message] = asyncio.create_task(
                self._watch(target, message, actor, shown.watch, shown.reply)
            )

    async def _put(self, target: Target, message: int | None, reply: Reply) -> int | None:
        """Shows a screen, in the place of a message where one is named; gives the message where it stands."""
        if message is None:
            return await self._delivery.reply(target, reply)
        return await self._delivery.edit(target, message, reply)

    async def _watch(self, target: Target, message: int, actor: Actor, watched: str, last: Reply) -> None:
        """Edits a screen while it changes. What Telegram does not take now is shown with the next look."""
        goes_on = True
        while goes_on:
            await asyncio.sleep(self._pace.look)
            try:
                reply, goes_on = await asyncio.to_thread(self._screens.progress, actor, watched)
                if reply != last:
                    await self._delivery.edit(target, message, reply)
                    last = reply
            except (NetworkError, RetryAfter):
                goes_on = True
            except Told:
                return
        self._watching.pop(message, None)

    def _stop_watching(self, message: int) -> None:
        task = self._watching.pop(message, None)
        if task:
            task.cancel()

    # ---- the menu of commands ------------------------------------------------------------------

    async def keep_menus(self, stop: asyncio.Event) -> None:
        """Until `stop`: officers' chats show their commands, and those of no longer officers do not."""
        while not stop.is_set():
            try:
                await self._follow_officers()
            except Exception as error:  # its text may hold an address
                log.warning("民警的命令菜单没设上(%s)", type(error).__name__)
            await unless(stop, asyncio.sleep(MENUS_EVERY))
        for message in list(self._watching):
            self._stop_watching(message)

    async def _follow_officers(self) -> None:
        officers = await asyncio.to_thread(self._people.officers)
        linked = {officer.telegram: officer.locked for officer in officers if officer.telegram is not None}
        wanted = {chat for chat, locked in linked.items() if not locked}
        for chat in wanted - self._menus:
            await self._set_menu(chat)
        for chat in (self._menus | set(linked)) - wanted:
            with suppress(TelegramError):
                await self._bot.delete_my_commands(scope=BotCommandScopeChat(chat))
            self._menus.discard(chat)

    async def _set_menu(self, chat: int) -> None:
        """The user's commands and the officer's, in this one chat."""
        everybody = COMMANDS[""] | {name: command.says for name, command in self._commands.items()}
        commands = [BotCommand(name, says) for name, says in everybody.items()]
        with suppress(TelegramError):
            await self._bot.set_my_commands(commands, scope=BotCommandScopeChat(chat))
            self._menus.add(chat)


def told(error: Exception) -> Reply:
    """An error's message as a screen."""
    return screen(*str(error).split("\n"))
