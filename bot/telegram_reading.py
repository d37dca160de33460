"""What a Telegram message says: text, hidden links, kind, by whom, and whether it speaks to the bot."""

from __future__ import annotations

import re
from dataclasses import replace

import telegram as tg
from telegram import MessageEntity, Update
from telegram.ext import filters

from intents.types import Kind, Lang, Message


class FromPerson(filters.MessageFilter):
    """Messages by a person: not by a bot, not in a channel's name."""

    def filter(self, message: tg.Message) -> bool:
        """Whether a person wrote the message."""
        return message.from_user is not None and not message.from_user.is_bot


def read(source: tg.Message) -> Message:
    """A Telegram message as a Message: its text or caption with hidden links, else what kind it is."""
    text = source.text or source.caption or ""
    for entity, visible in _entities(source, MessageEntity.TEXT_LINK):
        if entity.url and _plain_link(entity.url) != _plain_link(visible):
            text += f"\n{entity.url}"
    return Message(text=text) if text.strip() else Message(kind=_kind(source))


def addressed(source: tg.Message, bot: tg.User) -> Message | None:
    """What a group's message asks the bot; None when it does not speak to the bot.

    A mention in reply to someone else's message asks about that message.
    """
    replied = source.reply_to_message
    if replied and replied.forum_topic_created:  # every message of a topic "replies" to its first
        replied = None
    to_bot = bool(replied and replied.from_user and replied.from_user.id == bot.id)
    if not to_bot and not _mentions(source, bot):
        return None
    message = read(source)
    text = re.sub(rf"@{bot.username}\b", "", message.text, flags=re.IGNORECASE).strip()
    if replied and not to_bot and not text.startswith("/"):
        return read(replied)
    if message.text and not text:
        return Message(text="/help")
    return replace(message, text=bare_command(text, bot.username or ""))


def bare_command(text: str, username: str) -> str:
    """A command without the bot's name; /start also without what a link added to it."""
    text = re.sub(rf"^(/\w+)@{username}\b", r"\1", text, flags=re.IGNORECASE)
    return "/start" if text.startswith("/start ") else text


def _mentions(source: tg.Message, bot: tg.User) -> bool:
    name = f"@{bot.username}".lower()
    kinds = (MessageEntity.MENTION, MessageEntity.TEXT_MENTION, MessageEntity.BOT_COMMAND)
    return any(
        visible.lower().endswith(name) or (entity.user is not None and entity.user.id == bot.id)
        for entity, visible in _entities(source, *kinds)
    )


def _entities(source: tg.Message, *kinds: str) -> list[tuple[MessageEntity, str]]:
    if source.text:
        return list(source.parse_entities(list(kinds)).items())
    return list(source.parse_caption_entities(list(kinds)).items()) if source.caption else []


def _kind(source: tg.Message) -> Kind:
    if source.photo or (source.document and (source.document.mime_type or "").startswith("image/")):
        return "photo"
    if source.voice or source.audio or source.video_note:
        return "voice"
    if source.sticker:
        return "sticker"
    return "file" if source.document and not source.animation else "other"


def _plain_link(link: str) -> str:
    return re.sub(r"^https?://", "", link.strip(), flags=re.IGNORECASE).rstrip("/").lower()


def thread(source: tg.Message) -> int | None:
    """The topic of a forum that a message stands in."""
    return source.message_thread_id if source.is_topic_message else None


def strangers(query: tg.CallbackQuery) -> bool:
    """Whether a group's button was pressed by another than the person that the bot had replied to."""
    shown = query.message if isinstance(query.message, tg.Message) else None
    asked = shown.reply_to_message if shown else None
    return bool(asked and asked.from_user and asked.from_user.id != query.from_user.id)


def lang_of(update: Update) -> Lang:
    """The language of the user's Telegram, for the two sentences that the chat does not write."""
    code = ((update.effective_user.language_code if update.effective_user else "") or "zh").lower()
    if code.startswith("zh"):
        return "zh-Hant" if any(mark in code for mark in ("hant", "tw", "hk", "mo")) else "zh"
    return "en" if code.startswith("en") else "zh"
