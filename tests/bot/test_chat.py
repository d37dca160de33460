"""One message of one conversation -> one reply."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.chat import WORKERS, Chat
from bot.live import Live
from bot.seams import NotReady
from bot.store.conversations import Conversations
from bot.store.engine import open_store
from bot.store.tables import conversations
from bot.store.versions import StoredVersions
from intents.advisor import Advisor
from intents.knowledge import Knowledge
from intents.text import Text
from intents.types import NOTHING, Conversation, Message, Verdict
from tests import tiny

SCRIPT = "客服说贷款放款前要先交解冻费,卡号填错了"


class Slow(tiny.Says):
    """Waits in `classify` until `gate` is set, and counts who waits."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)

    def classify(self, raw: str, prepared: Text | None = None) -> Verdict:
        """Nothing suspicious, after the gate."""
        self.waiting.release()
        self.gate.wait(20)
        return NOTHING


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


def chat_with(engine: Engine, knowledge: Knowledge, classifier: tiny.Says, longest: int = 20_000) -> Chat:
    """A chat in which this classifier is live."""
    advisor = Advisor(knowledge, classifier)  # type: ignore[arg-type]
    return Chat(tiny.Served(advisor), Conversations(engine, 30), longest)  # type: ignore[arg-type]


@pytest.fixture
def chat(engine: Engine, knowledge: Knowledge) -> Iterator[Chat]:
    """A chat that takes `SCRIPT` for a loan scam."""
    found = chat_with(engine, knowledge, tiny.Says({SCRIPT: tiny.scam("loan")}))
    yield found
    found.close()


async def test_a_message_is_answered_and_the_talk_goes_on_from_it(chat: Chat, knowledge: Knowledge) -> None:
    assert "虚假贷款" in (await chat.answer("a", Message(SCRIPT))).lines[0]
    assert knowledge.cards["loan"].genuine.zh in (await chat.answer("a", Message("怎么核实"))).text


async def test_conversations_know_nothing_of_one_another(chat: Chat, knowledge: Knowledge) -> None:
    await chat.answer("a", Message(SCRIPT))
    reply = await chat.answer("b", Message("接下来呢"))
    assert reply.lines[0] == knowledge.talk.line("no_context", "zh")


async def test_before_there_is_a_model_it_is_not_ready(engine: Engine, knowledge: Knowledge) -> None:
    live = Live(StoredVersions(engine), lambda: knowledge)
    chat = Chat(live, Conversations(engine, 30), 20_000)
    with pytest.raises(NotReady):
        await chat.answer("a", Message("你好"))
    chat.close()


async def test_nothing_of_the_text_as_sent_is_stored(engine: Engine, knowledge: Knowledge) -> None:
    chat = chat_with(engine, knowledge, tiny.Says(otherwise=tiny.scam("loan")))
    await chat.answer("a", Message("我叫李明,打13812345678,卡6222020200012345678,他让我交解冻费"))
    chat.close()
    with engine.connect() as connection:
        stored = connection.execute(select(conversations.c.state)).scalar_one()
    assert "解冻费" in stored and "[电话]" in stored
    assert not any(secret in stored for secret in ("李明", "13812345678", "6222020200012345678"))


async def test_forgetting_leaves_no_row(chat: Chat, engine: Engine) -> None:
    await chat.answer("a", Message(SCRIPT))
    await chat.answer("a", Message("/forget"))
    with engine.connect() as connection:
        assert connection.execute(select(conversations)).all() == []


async def test_a_text_that_is_too_long_is_cut_and_the_reply_says_so(
    engine: Engine, knowledge: Knowledge
) -> None:
    says = tiny.Says()
    chat = chat_with(engine, knowledge, says, longest=50)
    note = knowledge.talk.line("shortened", "zh")
    assert (await chat.answer("a", Message("好" * 51))).lines[-1] == note
    assert note not in (await chat.answer("a", Message("坏" * 50))).text
    assert says.asked == ["好" * 50, "坏" * 50]
    chat.close()


async def test_the_event_loop_is_free_while_it_thinks(engine: Engine, knowledge: Knowledge) -> None:
    slow = Slow()
    chat = chat_with(engine, knowledge, slow)
    task = asyncio.create_task(chat.answer("a", Message("这条要想很久")))
    await asyncio.to_thread(slow.waiting.acquire)
    start = time.perf_counter()
    await asyncio.sleep(0)
    assert time.perf_counter() - start < 0.2 and not task.done()
    slow.gate.set()
    assert (await task).lines
    chat.close()


async def test_a_slow_answer_holds_up_nobody_else(engine: Engine, knowledge: Knowledge) -> None:
    slow = Slow()
    chat = chat_with(engine, knowledge, slow)
    stuck = [asyncio.create_task(chat.answer(f"s{i}", Message(f"慢{i}"))) for i in range(WORKERS - 1)]
    for _ in stuck:
        await asyncio.to_thread(slow.waiting.acquire)
    reply = await asyncio.wait_for(chat.answer("quick", Message("你好")), 5)
    assert "草原反诈" in reply.lines[0]
    slow.gate.set()
    await asyncio.gather(*stuck)
    chat.close()


async def test_many_talk_at_once_and_each_gets_their_own_answer(chat: Chat) -> None:
    texts = [SCRIPT if i % 2 else "今天天气真好" for i in range(40)]
    replies = await asyncio.gather(*(chat.answer(f"c{i}", Message(t)) for i, t in enumerate(texts)))
    assert [("虚假贷款" in reply.lines[0]) for reply in replies] == [bool(i % 2) for i in range(40)]


async def test_the_language_chosen_holds_for_the_next_message(chat: Chat) -> None:
    await chat.answer("a", Message(button="lang:en"))
    assert (await chat.answer("a", Message(SCRIPT))).lang == "en"


def test_what_expired_is_a_new_talk(engine: Engine, chat: Chat) -> None:
    chat.answer_now("a", Message(SCRIPT))
    with engine.begin() as connection:
        connection.execute(conversations.update().values(expires=0.0))
    assert chat.answer_now("a", Message("接下来呢")).lines[0] == "还不知道你说的是哪件事。"
    assert Conversations(engine, 30).get("b") == Conversation()


def test_an_empty_state_is_forgotten(engine: Engine) -> None:
    stored = Conversations(engine, 30)
    stored.put("a", Conversation(type="loan"))
    stored.put("a", Conversation())
    with engine.connect() as connection:
        assert connection.execute(select(conversations.c.id)).all() == []
