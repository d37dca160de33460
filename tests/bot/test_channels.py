"""The same twenty conversations through the browser's API, Telegram and the terminal: the same answers."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot import telegram
from bot.chat import Chat
from bot.config import TelegramSettings
from bot.live import Live
from bot.store.conversations import Conversations, DeliveredUpdates
from bot.store.engine import open_store
from bot.store.versions import StoredVersions
from bot.terminal import converse
from intents import examples, knowledge
from tests.bot.loopback import serving
from tests.local_bot_api import TOKEN, LocalBotApi
from training import retrain
from training.fit import QUICK

CONVERSATIONS: tuple[tuple[str, ...], ...] = (
    ("你好", "怎么用", "谢谢"),
    ("有哪些骗局", "刷单"),
    ("你是谁",),
    ("他说卡号填错了被冻结,让我先交解冻费才放款", "接下来呢", "那如果是熟人呢"),
    ("我被骗了两万怎么办", "那我怎么办"),
    ("群里老师带着炒股,说稳赚不赔,现在要交税才能提现", "怎么核实"),
    ("客服说我开了会员每月扣八百,让我下会议软件共享屏幕", "讲给家人听"),
    ("做任务点赞返佣金,让我垫付三百", "我已经垫了三百"),
    ("网上谈的女朋友带我在平台上投资", "接下来呢"),
    ("明天去呼伦贝尔穿什么衣服",),
    ("花呗怎么提前还款",),
    ("is this real?", "He asked me to pay a fee before the loan is paid out", "what next"),
    ("請問這個群是不是詐騙", "繁體中文"),
    ("/lang en", "hello"),
    ("😂",),
    ("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ",),
    ("<b>刷单</b> & 返利 <script>alert(1)</script>",),
    ("我不想活了,钱全没了",),
    ("怎么办", "接下来呢"),
    ("/forget", "那我怎么办"),
)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    """A real chat on a real store, with the n-gram head fitted on every third example."""
    folder: Path = tmp_path_factory.mktemp("channels")
    engine = open_store(folder)
    registry = StoredVersions(engine)
    known = knowledge.load()
    corpus = examples.load()[::3]
    model, scores = retrain.measured(corpus, known, None, QUICK)
    retrain.publish(registry, model, scores, corpus, "test", "channels")
    live = Live(registry, lambda: known)
    live.refresh()
    chat = Chat(live, Conversations(engine, 30), 20_000)
    yield chat
    chat.close()


def expected(chat: Chat, conversation: tuple[str, ...]) -> list[str]:
    """What the chat itself answers, in a conversation of its own."""
    from intents.types import Message

    own = secrets.token_hex(16)
    return [chat.answer_now(own, Message(text)).text for text in conversation]


def through_web(chat: Chat, conversation: tuple[str, ...]) -> list[str]:
    answers = []
    with serving(chat) as web, httpx.Client(base_url=web.url) as client:
        body: dict[str, str] = {}
        for text in conversation:
            said = client.post("/api/messages", json={**body, "text": text}).json()
            body = {"conversation": said["conversation"]}
            answers.append(said["text"])
    return answers


def through_terminal(chat: Chat, conversation: tuple[str, ...]) -> list[str]:
    out = io.StringIO()
    converse(chat, io.StringIO("".join(f"{text}\n" for text in conversation)), out)
    shown = [part.strip() for part in out.getvalue().split("\n> ")][1:-1]
    return [_without(part, "【危险】", "【小心】") for part in shown]


async def through_telegram(
    chat: Chat, conversations: tuple[tuple[str, ...], ...], folder: Path
) -> list[list[str]]:
    """Every conversation in a private chat of its own, all at once."""
    answers: list[list[str]] = [[] for _ in conversations]
    with LocalBotApi() as api:
        settings = TelegramSettings(
            base_url=api.base_url,
            proxy="",
            webhook_url="",
            webhook_host="127.0.0.1",
            webhook_port=0,
            gather_ms=0,
        )
        delivered = DeliveredUpdates(open_store(folder))
        app = telegram.build(TOKEN, settings, chat, delivered, b"secret")
        stop = asyncio.Event()
        serving_task = asyncio.create_task(telegram.serve(app, settings, stop))
        for turn in range(max(map(len, conversations))):
            due = [i for i, talk in enumerate(conversations) if turn < len(talk)]
            before = len(api.sent)
            for i in due:
                api.put(_update(i + 1, conversations[i][turn]))
            for _ in range(400):
                sent = {call.params["chat_id"] for call in api.sent[before:] if call.params.get("chat_id")}
                done = {int(chat_id) for chat_id in sent} == {i + 1 for i in due}
                if done and not api.waiting:
                    break
                await asyncio.sleep(0.05)
            for i in due:
                parts = [call.text for call in api.sent[before:] if int(call.params["chat_id"]) == i + 1]
                answers[i].append("\n".join(parts))
        stop.set()
        await serving_task
    return answers


def _update(person: int, text: str) -> dict[str, object]:
    user = {"id": person, "is_bot": False, "first_name": "游客"}
    place = {"id": person, "type": "private", "first_name": "游客"}
    entities = []
    if text.startswith("/"):
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
    message = {
        "message_id": person,
        "date": 1,
        "chat": place,
        "from": user,
        "text": text,
        "entities": entities,
    }
    return {"message": message}


def _without(text: str, *marks: str) -> str:
    for mark in marks:
        text = text.removeprefix(mark)
    return text


def _lines(text: str) -> list[str]:
    """What is said, without the level's icon and empty lines, which each channel sets its own way."""
    return [line.strip(" 🔴🟠⚪") for line in text.splitlines() if line.strip()]


def test_there_are_twenty_conversations() -> None:
    assert len(CONVERSATIONS) == 20


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda talk: talk[0][:12])
def test_the_web_gives_the_chats_answer(chat: Chat, conversation: tuple[str, ...]) -> None:
    assert through_web(chat, conversation) == expected(chat, conversation)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda talk: talk[0][:12])
def test_the_terminal_gives_the_chats_answer(chat: Chat, conversation: tuple[str, ...]) -> None:
    said = through_terminal(chat, conversation)
    for shown, wanted in zip(said, expected(chat, conversation), strict=True):
        assert _lines(shown)[: len(_lines(wanted))] == _lines(wanted)


async def test_telegram_gives_the_chats_answer(chat: Chat, tmp_path: Path) -> None:
    said = await through_telegram(chat, CONVERSATIONS, tmp_path)
    for conversation, answers in zip(CONVERSATIONS, said, strict=True):
        wanted = expected(chat, conversation)
        assert [_lines(a) for a in answers] == [_lines(w) for w in wanted], conversation
