"""The Telegram channel, over real HTTP against a Bot API on loopback."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from bot.config import TelegramSettings
from bot.seams import NotReady
from bot.telegram import COUNTS, App, Delivered, Pace, build, serve
from bot.telegram_delivery import keyboard
from bot.telegram_intake import INTAKE, Intake
from bot.telegram_layout import Line, split, units
from intents.types import NOTHING, Button, Kind, Message, Reply, Verdict
from tests.local_bot_api import BLOCKED, BOT, BROKEN, DROPPED, Failure, LocalBotApi, bad_request, too_many

SECRET = b"a secret of the station"
ANNA, BATU, GROUP = 501, 502, -1009
QUICK = Pace(again=(0.02, 0.02, 0.02), first=0.02, most=0.1, typing=0.05, hold=5, grace=2, poll=2)
DANGER = Verdict("brushing", 0.97, "danger")
CAUTION = Verdict("loan", 0.6, "caution")
numbers = itertools.count(1)

Answer = Callable[[str, Message], Awaitable[Reply]]


class Chat:
    """Answers with what a test says, and remembers what it was asked."""

    def __init__(self, answer: Reply | Exception | Answer | None = None) -> None:
        self.asked: list[tuple[str, Message]] = []
        self._answer = answer

    @property
    def messages(self) -> list[Message]:
        return [message for _, message in self.asked]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    async def answer(self, conversation: str, message: Message) -> Reply:
        self.asked.append((conversation, message))
        if isinstance(self._answer, Exception):
            raise self._answer
        if isinstance(self._answer, Reply):
            return self._answer
        if self._answer:
            return await self._answer(conversation, message)
        return says(f"回:{message.text or message.button or message.kind}")


class Memory:
    """What has been answered, for as long as the test lasts."""

    def __init__(self) -> None:
        self.recorded: list[int] = []

    async def seen(self, update_id: int) -> bool:
        await asyncio.sleep(0)
        return update_id in self.recorded

    async def record(self, update_id: int) -> None:
        self.recorded.append(update_id)


class Channel:
    """A channel that runs: its parts, and how to stop it."""

    def __init__(self, app: App, settings: TelegramSettings) -> None:
        self.app = app
        self.settings = settings
        self._stop = asyncio.Event()
        self.task = asyncio.create_task(serve(app, settings, self._stop))

    async def stop(self) -> None:
        self._stop.set()
        await asyncio.wait_for(self.task, 5)

    async def crash(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture(scope="module")
def server() -> Iterator[LocalBotApi]:
    with LocalBotApi() as running:
        yield running


@pytest.fixture
def api(server: LocalBotApi) -> LocalBotApi:
    server.forget()
    return server


@asynccontextmanager
async def channel(
    api: LocalBotApi,
    chat: Chat,
    delivered: Delivered | None = None,
    token: str = "",
    pace: Pace = QUICK,
    webhook_secret: str = "",
    **changes: Any,
) -> AsyncIterator[Channel]:
    values: dict[str, Any] = {
        "base_url": api.base_url,
        "proxy": "",
        "webhook_url": "",
        "webhook_host": "127.0.0.1",
        "webhook_port": 0,
        "gather_ms": 150,
    }
    settings = TelegramSettings(**(values | changes))
    memory = delivered or Memory()
    app = build(token or api.token, settings, chat, memory, SECRET, webhook_secret, pace)
    running = Channel(app, settings)
    try:
        yield running
    finally:
        if not running.task.done():
            await running.stop()


def says(*lines: str, verdict: Verdict = NOTHING, buttons: tuple[Button, ...] = ()) -> Reply:
    return Reply(lines, verdict, buttons)


def person(number: int = ANNA, **fields: Any) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "安娜", **fields}


def by(sender: dict[str, Any]) -> dict[str, Any]:
    """The field "from", which Python keeps for itself."""
    return {"from": sender}


def message(text: str = "", sender: int = ANNA, chat: int = 0, **fields: Any) -> dict[str, Any]:
    """A message as Telegram writes it: private unless `chat` is a group."""
    where = {"id": GROUP, "type": "supergroup", "title": "群"} if chat else {"id": sender, "type": "private"}
    said = {"text": text} if text else {}
    return {"message_id": next(numbers), "date": 1, "from": person(sender), "chat": where, **said, **fields}


def new(text: str = "", sender: int = ANNA, chat: int = 0, **fields: Any) -> dict[str, Any]:
    return {"message": message(text, sender, chat, **fields)}


def forwarded(text: str, sender: int = ANNA, **fields: Any) -> dict[str, Any]:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "某人"}
    return new(text, sender, forward_origin=origin, **fields)


def mention(text: str, **fields: Any) -> dict[str, Any]:
    start = text.index("@")
    entity = {"type": "mention", "offset": start, "length": len("@fanzha_bot")}
    return new(text, chat=GROUP, entities=[entity], **fields)


def press(payload: str, shown: dict[str, Any], sender: int = ANNA) -> dict[str, Any]:
    return {
        "callback_query": {
            "id": str(next(numbers)),
            "from": person(sender),
            "chat_instance": "1",
            "message": shown,
            "data": payload,
        }
    }


def attached(**fields: Any) -> dict[str, Any]:
    return {"file_id": "f", "file_unique_id": "f", **fields}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- what comes in -----------------------------------------------------------------------------


async def test_a_private_message_is_answered_once_and_then_forgotten_by_telegram(api: LocalBotApi) -> None:
    chat, memory = Chat(), Memory()
    async with channel(api, chat, memory):
        number = api.put(new("这是真的吗"))
        (sent,) = await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert chat.texts == ["这是真的吗"]
    assert sent.text == "回:这是真的吗"
    assert sent.params["chat_id"] == str(ANNA)
    assert memory.recorded == [number]
    assert len(api.sent) == 1


async def test_the_conversation_is_a_keyed_hash_of_chat_and_user(api: LocalBotApi) -> None:
    chat = Chat()
    async with channel(api, chat):
        for update in (new("一"), new("二"), new("三", BATU), mention("@fanzha_bot 四")):
            api.put(update)
        await api.sends(4)
    keys = {said.text: key for key, said in chat.asked}
    assert keys["一"] == keys["二"]
    assert len(set(keys.values())) == 3
    assert all(len(key) == 64 and str(ANNA) not in key for key in keys.values())


async def test_commands_go_to_the_chat_as_text(api: LocalBotApi) -> None:
    passed = {
        "/start": "/start",
        "/start poster7": "/start",
        "/help": "/help",
        "/types@fanzha_bot": "/types",
        "/lang en": "/lang en",
        "/forget": "/forget",
    }
    chat = Chat()
    async with channel(api, chat):
        for typed in passed:
            api.put(new(typed))
        await api.sends(len(passed))
    assert chat.texts == list(passed.values())


async def test_commands_are_named_in_chinese_and_english(api: LocalBotApi) -> None:
    async with channel(api, Chat()):
        await api.until(lambda: len(api.of("setMyCommands")) == 2)
    chinese, english = (call.params for call in api.of("setMyCommands"))
    assert [command["command"] for command in chinese["commands"]] == [
        "start",
        "help",
        "types",
        "lang",
        "forget",
    ]
    assert "language_code" not in chinese and chinese["commands"][2]["description"] == "常见骗局有哪些"
    assert english["language_code"] == "en" and "scam" in english["commands"][2]["description"]


async def test_a_message_without_text_is_answered_by_its_kind(api: LocalBotApi) -> None:
    size = {"width": 9, "height": 9}
    look = {"type": "regular", "is_animated": False, "is_video": False}
    kinds: list[tuple[Kind, dict[str, Any]]] = [
        ("photo", {"photo": [attached(**size)]}),
        ("photo", {"document": attached(mime_type="image/png")}),
        ("voice", {"voice": attached(duration=3)}),
        ("voice", {"video_note": attached(duration=3, length=9)}),
        ("sticker", {"sticker": attached(**size, **look)}),
        ("file", {"document": attached(file_name="a.apk")}),
        ("other", {"location": {"latitude": 49.2, "longitude": 119.7}}),
    ]
    chat = Chat()
    async with channel(api, chat):
        for _, fields in kinds:
            api.put(new(**fields))
        await api.sends(len(kinds))
    assert chat.messages == [Message(kind=kind) for kind, _ in kinds]


async def test_a_caption_is_read_as_text(api: LocalBotApi) -> None:
    chat = Chat()
    photo = [attached(width=9, height=9)]
    async with channel(api, chat):
        api.put(new(photo=photo, caption="让我扫这个码"))
        await api.sends(1)
    assert chat.messages == [Message("让我扫这个码")]


async def test_a_hidden_link_is_shown_to_the_classifier_and_a_plain_one_is_not_doubled(
    api: LocalBotApi,
) -> None:
    chat = Chat()
    hidden = {"type": "text_link", "offset": 3, "length": 2, "url": "http://x7.example/pay"}
    same = {"type": "text_link", "offset": 0, "length": 9, "url": "https://gov.cn.aa/"}
    async with channel(api, chat):
        api.put(new("😀 点我领补贴", entities=[hidden]))
        api.put(new("gov.cn.aa", entities=[same]))
        await api.sends(2)
    assert chat.texts == ["😀 点我领补贴\nhttp://x7.example/pay", "gov.cn.aa"]


async def test_bots_channels_and_service_messages_are_ignored(api: LocalBotApi) -> None:
    chat = Chat()
    robot = {"id": 9, "is_bot": True, "first_name": "另一个"}
    async with channel(api, chat):
        api.put(new("我是机器人", **by(robot)))
        post = message("公告", chat={"id": -5, "type": "channel", "title": "频道"})  # type: ignore[arg-type]
        del post["from"]
        api.put({"channel_post": post})
        api.put(new(pinned_message=message("旧的")))
        api.put(new("真人"))
        await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert chat.texts == ["真人"]


async def test_a_group_is_answered_only_where_it_speaks_to_the_bot(api: LocalBotApi) -> None:
    chat = Chat()
    own = message("我是机器人的回复", chat=GROUP, **by(BOT))
    async with channel(api, chat):
        api.put(new("大家好", chat=GROUP))
        api.put(new("/help", chat=GROUP))
        api.put(mention("@Fanzha_Bot 这个靠谱吗"))
        api.put(new("那我怎么办", chat=GROUP, reply_to_message=own))
        api.put(mention("@fanzha_bot"))
        sent = await api.sends(3)
        await api.until(lambda: not api.waiting)
    assert chat.texts == ["这个靠谱吗", "那我怎么办", "/help"]
    assert all(call.params["reply_parameters"]["message_id"] for call in sent)


async def test_a_mention_under_someone_elses_message_asks_about_that_message(api: LocalBotApi) -> None:
    chat = Chat()
    theirs = message("先垫付五百,返八百", BATU, GROUP)
    photo = [attached(width=9, height=9)]
    picture = message("", BATU, GROUP, photo=photo, caption="稳赚")
    async with channel(api, chat):
        api.put(mention("@fanzha_bot 帮看看", reply_to_message=theirs))
        await api.sends(1)
        api.put(mention("@fanzha_bot", reply_to_message=picture))
        await api.sends(2)
        topic = message(chat=GROUP, forum_topic_created={"name": "t", "icon_color": 1})
        api.put(
            mention("话题里 @fanzha_bot", reply_to_message=topic, message_thread_id=77, is_topic_message=True)
        )
        await api.sends(3)
    assert chat.texts == ["先垫付五百,返八百", "稳赚", "话题里"]
    assert api.sent[2].params["message_thread_id"] == "77"


async def test_an_edited_message_is_answered_anew_in_private_only(api: LocalBotApi) -> None:
    chat = Chat()
    entity = {"type": "mention", "offset": 0, "length": 11}
    async with channel(api, chat):
        api.put({"edited_message": message("@fanzha_bot 群里改的", chat=GROUP, entities=[entity])})
        api.put({"edited_message": message(location={"latitude": 1.0, "longitude": 2.0})})
        api.put({"edited_message": message("改成这样", edit_date=2)})
        await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert chat.texts == ["改成这样"]


# --- several at one go --------------------------------------------------------------------------


async def test_messages_forwarded_at_one_go_are_one_message_with_one_reply(api: LocalBotApi) -> None:
    chat = Chat()
    async with channel(api, chat):
        for update in (forwarded("您好,我是客服"), forwarded("您的快递丢了"), forwarded("点击理赔")):
            last = update["message"]["message_id"]
            api.put(update)
        api.put(forwarded("别人的", BATU))
        sent = await api.sends(2)
        await api.until(lambda: not api.waiting)
    assert sorted(chat.texts) == sorted(["您好,我是客服\n您的快递丢了\n点击理赔", "别人的"])
    mine = next(call for call in sent if call.params["chat_id"] == str(ANNA))
    assert mine.params["reply_parameters"]["message_id"] == last
    assert len(api.sent) == 2


async def test_long_pasted_messages_are_gathered_and_an_album_is_answered_once(api: LocalBotApi) -> None:
    chat = Chat()
    photo = [attached(width=9, height=9)]
    async with channel(api, chat):
        api.put(new("长" * 61))
        api.put(new("文" * 61))
        for _ in range(3):
            api.put(new(sender=BATU, photo=photo, media_group_id="7"))
        await api.sends(2)
        await api.until(lambda: not api.waiting)
    assert chat.messages.count(Message(kind="photo")) == 1
    assert "长" * 61 + "\n" + "文" * 61 in chat.texts
    assert len(api.sent) == 2


async def test_a_short_message_ends_the_gathering_and_keeps_its_place(api: LocalBotApi) -> None:
    chat = Chat()
    async with channel(api, chat, gather_ms=5000):
        for update in (forwarded("甲"), forwarded("乙"), new("真的吗"), new("在吗")):
            api.put(update)
        await api.sends(3)
    assert chat.texts == ["甲\n乙", "真的吗", "在吗"]


async def test_gathering_can_be_turned_off(api: LocalBotApi) -> None:
    chat = Chat()
    async with channel(api, chat, gather_ms=0):
        api.put(forwarded("甲"))
        api.put(forwarded("乙"))
        await api.sends(2)
    assert chat.texts == ["甲", "乙"]


async def test_a_stop_answers_what_is_being_gathered(api: LocalBotApi) -> None:
    chat, memory = Chat(), Memory()
    async with channel(api, chat, memory, gather_ms=9000) as running:
        api.put(forwarded("甲"))
        api.put(forwarded("乙"))
        await api.until(lambda: len(api.of("getUpdates")) >= 3)
        await running.stop()
    assert [call.text for call in api.sent] == ["回:甲\n乙"]
    assert len(memory.recorded) == 2
    assert not api.waiting


# --- order, redelivery, crashes -----------------------------------------------------------------


async def test_order_is_kept_in_a_conversation_and_others_do_not_wait(api: LocalBotApi) -> None:
    gate = asyncio.Event()

    async def answer(conversation: str, said: Message) -> Reply:
        if said.text == "慢":
            await gate.wait()
        return says(said.text)

    async with channel(api, Chat(answer)):
        for update in (new("慢"), new("二"), new("三"), new("别人", BATU)):
            api.put(update)
        await api.sends(1)
        assert [call.text for call in api.sent] == ["别人"]
        api.put(new("后来的别人", BATU))
        await api.sends(2)
        gate.set()
        await api.sends(5)
    assert [call.text for call in api.sent] == ["别人", "后来的别人", "慢", "二", "三"]


async def test_a_flood_in_one_conversation_is_cut_off(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    gate = asyncio.Event()

    async def answer(conversation: str, said: Message) -> Reply:
        await gate.wait()
        return says(said.text)

    async with channel(api, Chat(answer)) as running:
        for number in range(40):
            api.put(new(f"第{number}条"))
        await api.until(lambda: running.app.bot_data[COUNTS]["flood"] == 20)
        gate.set()
        await api.sends(20)
        await api.until(lambda: not api.waiting)
    assert len(api.sent) == 20
    assert caplog.text.count("后面的不答") == 1


async def test_a_redelivered_update_is_not_answered_again(api: LocalBotApi) -> None:
    chat, memory = Chat(), Memory()
    memory.recorded.append(50)
    async with channel(api, chat, memory):
        api.put(new("回过的") | {"update_id": 50})
        api.put(new("新的") | {"update_id": 51})
        await api.sends(1)
        await api.until(lambda: not api.waiting)
        api.put(new("新的") | {"update_id": 51})
        await asyncio.sleep(0.1)
    assert chat.texts == ["新的"]


async def test_an_update_under_way_is_not_started_twice(api: LocalBotApi) -> None:
    gate = asyncio.Event()

    async def answer(conversation: str, said: Message) -> Reply:
        await gate.wait()
        return says("好")

    chat = Chat(answer)
    async with channel(api, chat):
        api.put(new("一次"))
        await api.until(lambda: len(api.of("getUpdates")) >= 3)  # it is handed out again and again
        assert api.waiting
        gate.set()
        await api.until(lambda: not api.waiting)
    assert len(chat.asked) == len(api.sent) == 1


async def test_after_a_crash_between_sending_and_recording_the_answer_comes_again(api: LocalBotApi) -> None:
    class Stuck(Memory):
        async def record(self, update_id: int) -> None:
            await asyncio.sleep(60)

    async with channel(api, Chat(), Stuck()) as running:
        api.put(new("救命"))
        await api.sends(1)
        await running.crash()
    memory = Memory()
    async with channel(api, Chat(), memory):
        await api.sends(2)
        await api.until(lambda: not api.waiting)
    assert [call.text for call in api.sent] == ["回:救命"] * 2
    assert len(memory.recorded) == 1


async def test_a_question_that_was_being_answered_at_a_crash_is_answered_after_it(api: LocalBotApi) -> None:
    async def never(conversation: str, said: Message) -> Reply:
        await asyncio.sleep(60)
        return says("")

    chat = Chat(never)
    async with channel(api, chat) as running:
        api.put(new("救命"))
        await api.until(lambda: chat.asked)
        await running.crash()
    assert not api.sent
    async with channel(api, Chat()):
        await api.sends(1)


async def test_polling_goes_on_where_the_last_answer_ended_just_before_it_was_waited_for(
    api: LocalBotApi,
) -> None:
    async with channel(api, Chat()) as running:
        intake: Intake = running.app.bot_data[INTAKE]
        api.put(new("在吗"))
        await api.sends(1)
        await api.until(lambda: not api.waiting)
        await intake._one_ends()
        api.put(new("还在吗"))
        await api.sends(2)


async def test_a_memory_that_fails_does_not_stop_the_answer(api: LocalBotApi) -> None:
    class Failing(Memory):
        async def seen(self, update_id: int) -> bool:
            raise OSError("磁盘满了")

        async def record(self, update_id: int) -> None:
            raise OSError("磁盘满了")

    async with channel(api, Chat(), Failing()):
        api.put(new("在吗"))
        await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert len(api.sent) == 1


# --- what goes out ------------------------------------------------------------------------------


async def test_a_reply_has_an_icon_bold_first_lines_bullets_and_escaped_text(api: LocalBotApi) -> None:
    reply = says("像<刷单>&返利", "别再垫钱", "", "· 说“1 < 2”", "记住:a&b", verdict=DANGER)
    async with channel(api, Chat(reply)):
        api.put(new("看看"))
        (sent,) = await api.sends(1)
    assert sent.params["text"] == (
        "<b>🔴 像&lt;刷单&gt;&amp;返利</b>\n<b>别再垫钱</b>\n\n· 说“1 &lt; 2”\n记住:a&amp;b"
    )
    assert sent.params["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize(("verdict", "icon"), [(CAUTION, "🟠 "), (NOTHING, "")])
async def test_the_icon_says_the_level(api: LocalBotApi, verdict: Verdict, icon: str) -> None:
    async with channel(api, Chat(says("第一行", "· 第一项", verdict=verdict))):
        api.put(new("看看"))
        (sent,) = await api.sends(1)
    assert sent.params["text"] == f"<b>{icon}第一行</b>\n· 第一项"


async def test_a_long_reply_is_split_between_lines_and_the_buttons_stand_last(api: LocalBotApi) -> None:
    lines = ("标题", "做什么", *(f"{number:03}" + "😀<&>" * 60 for number in range(40)))
    async with channel(api, Chat(says(*lines, verdict=DANGER, buttons=(Button("是", "yes"),)))):
        api.put(new("看看"))
        await api.sends(3)
        await api.until(lambda: not api.waiting)
    assert "\n".join(call.text for call in api.sent) == "🔴 " + "\n".join(lines)
    assert all(units(call.text) <= 4096 for call in api.sent)
    assert [bool(call.buttons) for call in api.sent] == [False] * (len(api.sent) - 1) + [True]


def test_a_line_that_is_too_long_is_cut_after_a_sentence_or_between_emoji() -> None:
    sentences = split([Line("一句话。" * 2000, bold=True)])
    assert all(part[0].bold and part[0].text.endswith("。") for part in sentences)
    assert "".join(part[0].text for part in sentences) == "一句话。" * 2000
    family = "👨\u200d👩\u200d👧"
    parts = split([Line(family * 900)])
    assert "".join(part[0].text for part in parts) == family * 900
    assert all(units(part[0].text) <= 4096 and part[0].text.startswith("👨") for part in parts)


def test_no_part_begins_with_an_empty_line_and_nothing_gives_no_part() -> None:
    parts = split([Line(""), Line("甲" * 9), Line(""), Line("乙" * 9)], longest=10)
    assert [[line.text for line in part] for part in parts] == [["甲" * 9, ""], ["乙" * 9]]
    assert split([Line(""), Line(" ")]) == []


async def test_buttons_stand_two_in_a_row_and_a_long_payload_is_left_out(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    buttons = (
        Button("是", "yes"),
        Button("不是", "no"),
        Button("太长", "长" * 22),
        Button("不知道", "长" * 21),
    )
    async with channel(api, Chat(says("哪一种?", buttons=buttons))):
        api.put(new("看看"))
        (sent,) = await api.sends(1)
    assert sent.buttons == [[("是", "yes"), ("不是", "no")], [("不知道", "长" * 21)]]
    assert "66 字节" in caplog.text
    assert keyboard([Button("空", "")]) is None


async def test_a_press_is_confirmed_the_keyboard_goes_and_the_payload_is_answered(api: LocalBotApi) -> None:
    chat = Chat()
    api.fail("editMessageReplyMarkup", bad_request("Bad Request: message can't be edited"))
    async with channel(api, chat):
        shown = message("哪一种?", **by(BOT))
        api.put(press("type:loan", shown))
        await api.sends(1)
        api.put(press("type:old", {"message_id": 3, "date": 0, "chat": {"id": ANNA, "type": "private"}}))
        await api.sends(2)
    assert chat.messages == [Message(button="type:loan"), Message(button="type:old")]
    order = [call.method for call in api.calls if call.method in {"answerCallbackQuery", "sendMessage"}]
    assert order[:2] == ["answerCallbackQuery", "sendMessage"]
    edited = api.of("editMessageReplyMarkup")[0].params
    assert edited["message_id"] == str(shown["message_id"])
    assert "reply_markup" not in edited


async def test_in_a_group_only_the_asker_may_press(api: LocalBotApi) -> None:
    chat = Chat()
    shown = message("哪一种?", chat=GROUP, reply_to_message=message("问", ANNA, GROUP), **by(BOT))
    async with channel(api, chat):
        api.put(press("no", shown, BATU))
        api.put(press("yes", shown, ANNA))
        await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert [said.button for said in chat.messages] == ["yes"]
    assert "提问的人" in api.of("answerCallbackQuery")[0].params["text"]


async def test_typing_is_shown_while_it_thinks_but_not_for_a_quick_answer(api: LocalBotApi) -> None:
    async def slow(conversation: str, said: Message) -> Reply:
        if said.text == "慢":
            await api.until(lambda: api.of("sendChatAction"))
        return says("好")

    async with channel(api, Chat(slow)):
        api.put(new("快"))
        await api.sends(1)
        assert not api.of("sendChatAction")
        api.put(new("慢"))
        await api.sends(2)
    assert api.of("sendChatAction")[0].params["action"] == "typing"


# --- when Telegram stumbles ---------------------------------------------------------------------


async def test_too_many_requests_is_waited_out(api: LocalBotApi) -> None:
    api.fail("sendMessage", too_many(1))
    async with channel(api, Chat()):
        api.put(new("在吗"))
        first, second = await api.sends(2)
    assert second.at - first.at >= 1
    assert first.text == second.text


@pytest.mark.parametrize("failure", [BROKEN, DROPPED])
async def test_a_passing_failure_is_tried_again(api: LocalBotApi, failure: Any) -> None:
    api.fail("sendMessage", failure, failure, failure)
    memory = Memory()
    async with channel(api, Chat(), memory):
        api.put(new("在吗"))
        await api.sends(4)
        await api.until(lambda: memory.recorded)
    assert len(api.sent) == 4


async def test_an_answer_that_could_not_be_sent_is_given_when_the_update_comes_again(
    api: LocalBotApi,
) -> None:
    api.fail("sendMessage", *[BROKEN] * 4)
    chat, memory = Chat(), Memory()
    async with channel(api, chat, memory):
        api.put(forwarded("甲"))
        api.put(forwarded("乙"))
        await api.sends(5)
        await api.until(lambda: not api.waiting)
    assert api.sent[4].text == "回:甲\n乙"
    assert len(memory.recorded) == 2


async def test_a_user_who_blocked_the_bot_is_dropped_quietly_and_counted(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    api.fail("sendMessage", BLOCKED)
    async with channel(api, Chat()) as running:
        api.put(new("在吗"))
        await api.sends(1)
        api.put(new("你好", BATU))
        await api.sends(2)
        await api.until(lambda: not api.waiting)
        counts = running.app.bot_data[COUNTS]
    assert len(api.sent) == 2
    assert counts == {"blocked": 1, "sent": 1}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_html_that_telegram_refuses_is_sent_once_more_as_plain_text(api: LocalBotApi) -> None:
    api.fail("sendMessage", bad_request("Bad Request: can't parse entities"))
    async with channel(api, Chat(says("a<b", "c&d"))):
        api.put(new("在吗"))
        first, second = await api.sends(2)
    assert first.params["parse_mode"] == "HTML"
    assert "parse_mode" not in second.params
    assert second.params["text"] == "a<b\nc&d"


async def test_a_chat_that_refuses_everything_is_given_up(api: LocalBotApi) -> None:
    api.fail("sendMessage", bad_request(), bad_request())
    async with channel(api, Chat()):
        api.put(new("在吗"))
        await api.sends(2)
        await api.until(lambda: not api.waiting)
    assert len(api.sent) == 2


async def test_a_group_that_moved_is_followed(api: LocalBotApi) -> None:
    moved = Failure(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to=-100777)
    api.fail("sendMessage", moved)
    async with channel(api, Chat()):
        api.put(mention("@fanzha_bot 看看"))
        _, second = await api.sends(2)
    assert second.params["chat_id"] == "-100777"


async def test_a_bot_that_is_not_ready_says_so(api: LocalBotApi) -> None:
    async with channel(api, Chat(NotReady(0.3))):
        api.put(new("在吗"))
        api.put(new("hello", BATU, **by(person(BATU, language_code="en"))))
        sent = await api.sends(2)
    by_chat = {call.params["chat_id"]: call.text for call in sent}
    assert "一分钟" in by_chat[str(ANNA)] and "96110" in by_chat[str(ANNA)]
    assert "in a minute" in by_chat[str(BATU)]


async def test_an_error_is_told_plainly_and_nothing_private_is_logged(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.fail("getUpdates", DROPPED)
    async with channel(api, Chat(ValueError("出错的话里有:我的卡号6222"))):
        api.put(new("我的卡号6222"))
        (sent,) = await api.sends(1)
        await api.until(lambda: not api.waiting)
    assert "110" in sent.text and "96110" in sent.text
    said = "\n".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
    assert "ValueError" in said
    assert "6222" not in said
    assert api.token not in said and api.token.split(":")[1] not in said


# --- starting and stopping ----------------------------------------------------------------------


async def test_the_start_is_tried_until_telegram_is_there(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    api.fail("getMe", BROKEN, DROPPED, BROKEN)
    api.fail("deleteWebhook", BROKEN)
    api.fail("setMyCommands", BROKEN)
    async with channel(api, Chat()):
        api.put(new("在吗"))
        await api.sends(1)
    assert len(api.of("getMe")) == 4
    assert "Telegram 连不上" in caplog.text


async def test_polling_goes_on_after_failures(api: LocalBotApi) -> None:
    api.fail("getUpdates", BROKEN, DROPPED, bad_request(), too_many(1))
    async with channel(api, Chat()):
        api.put(new("在吗"))
        await api.sends(1)


async def test_a_stop_comes_through_while_telegram_is_out_of_reach(api: LocalBotApi) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/bot"
    async with channel(api, Chat(), base_url=nobody, pace=Pace()) as running:
        await asyncio.sleep(0.1)
        await asyncio.wait_for(running.stop(), 1)


async def test_a_bad_token_is_said_once_and_not_tried_again(
    api: LocalBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with channel(api, Chat(), token="999:wrong-token") as running:
        await asyncio.wait_for(running.task, 5)
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1 and "不认这个 TELEGRAM_BOT_TOKEN" in errors[0]
    assert "wrong-token" not in caplog.text


async def test_files_come_from_the_same_server(api: LocalBotApi) -> None:
    api.files["documents/scripts.csv"] = "话术".encode()
    async with channel(api, Chat()) as running:
        await api.until(lambda: api.of("getUpdates"))
        file = await running.app.bot.get_file("documents/scripts.csv")
        assert bytes(await file.download_as_bytearray()).decode() == "话术"


# --- the webhook --------------------------------------------------------------------------------


@asynccontextmanager
async def hooked(
    api: LocalBotApi, chat: Chat, memory: Memory, secret: str = ""
) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    public = "https://fanzha.example/hook"
    async with (
        channel(api, chat, memory, webhook_url=public, webhook_port=port, webhook_secret=secret),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        await api.until(lambda: api.of("setWebhook"))
        assert api.of("setWebhook")[0].params["url"] == public
        yield client


def secret_of(api: LocalBotApi) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": api.of("setWebhook")[0].params["secret_token"]}


@pytest.mark.parametrize("secret", ["Webhook_Secret-1", ""])
async def test_the_webhook_answers_with_the_secret_and_refuses_without(api: LocalBotApi, secret: str) -> None:
    chat, memory = Chat(), Memory()
    update = new("从 webhook 来") | {"update_id": 7}
    async with hooked(api, chat, memory, secret) as client:
        right = secret_of(api)
        assert not secret or right["X-Telegram-Bot-Api-Secret-Token"] == secret
        wrong = {"X-Telegram-Bot-Api-Secret-Token": "wrong"}
        assert (await client.post("/hook", json=update)).status_code == 403
        assert (await client.post("/hook", json=update, headers=wrong)).status_code == 403
        assert not chat.asked
        assert (await client.post("/hook", content=b"{", headers=right)).status_code == 400
        assert (await client.post("/hook", json=[1], headers=right)).status_code == 400
        for _ in range(2):
            assert (await client.post("/hook", json=update, headers=right)).status_code == 200
    assert chat.texts == ["从 webhook 来"]
    assert memory.recorded == [7]
    assert not api.of("getUpdates")


async def test_the_webhook_asks_for_the_update_again_when_the_answer_was_not_sent(api: LocalBotApi) -> None:
    chat, memory = Chat(), Memory()
    api.fail("sendMessage", *[BROKEN] * 4)
    async with hooked(api, chat, memory) as client:
        update = new("在吗") | {"update_id": 7}
        assert (await client.post("/hook", json=update, headers=secret_of(api))).status_code == 500
        assert memory.recorded == []
        assert (await client.post("/hook", json=update, headers=secret_of(api))).status_code == 200
    assert memory.recorded == [7]


async def test_the_webhook_confirms_at_once_what_is_gathered(api: LocalBotApi) -> None:
    chat = Chat()
    async with hooked(api, chat, Memory()) as client:
        for number, text in enumerate(("甲", "乙"), start=7):  # one after the other, as Telegram does
            update = forwarded(text) | {"update_id": number}
            assert (await client.post("/hook", json=update, headers=secret_of(api))).status_code == 200
        await api.sends(1)
    assert chat.texts == ["甲\n乙"]
