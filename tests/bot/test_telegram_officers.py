"""Officers on Telegram, over real HTTP: linking, secrecy, review, who is who. Uploads have a file of their own."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from bot.officers.people import Actor
from bot.officers.review import Review
from bot.store.samples import StoredSamples
from bot.telegram import DELIVERY
from bot.telegram_officers import WORKING, Command, Officers, OfficersPace, Screens
from bot.telegram_officers_people import PeopleScreens
from bot.telegram_officers_review import PART, ReviewScreens
from bot.telegram_officers_screens import Part, Shown, button, harmless, screen
from bot.telegram_serving import Beside
from intents.handover import key_of
from intents.knowledge import Knowledge
from intents.types import BENIGN, NOTHING, Handover, Reply, Seen
from tests.bot.brigade import Brigade
from tests.bot.telegram_station import SCRIPT, Person, Station, running
from tests.bot.test_telegram import GROUP, attached, by, mention, message, press
from tests.local_bot_api import BOT, BROKEN, LocalBotApi, bad_request

OFFICER, STRANGER, CHIEF = 701, 702, 703
COMMANDS = ("/review", "/officers", "/ask", "/link", "/link abcdefghjk")


class Asking:
    """A part that asks for a text, and tells another chat of it; its progress ends at the third look."""

    def __init__(self) -> None:
        self.looks = 0
        self.gate = threading.Event()
        self.gate.set()

    def command(self, actor: Actor, argument: str) -> Shown:
        """Asks."""
        reply = screen("写一句", "发过来", buttons=[button("看着", "a", "watch"), button("算了", "a", "no")])
        return Shown(reply, wait=("a", "why"))

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """Is watched, or not; waits for the gate."""
        self.gate.wait(10)
        return (
            Shown(screen("第 0 步", "等着"), watch="w")
            if words[0] == "watch"
            else Shown(screen("算了", "好"))
        )

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """Says what it got, here and to the chief."""
        return Shown(
            screen(f"{actor.name}:{words[0]}:{text}", "好"), tell=((CHIEF, screen("有人说话", text)),)
        )

    def progress(self, actor: Actor, watched: str) -> tuple[Reply, bool]:
        """The same screen twice, then the next."""
        self.looks += 1
        return screen(f"第 {self.looks // 2} 步", "等着"), self.looks < 4

    def receive(self, actor: Actor, name: str, caption: str, data: bytes, type_id: str) -> Shown:
        """Says what it got."""
        return Shown(screen(f"{name} {len(data)}", caption or "没有附言"))


@dataclass
class Police:
    """The officers of a station that runs."""

    station: Station
    brigade: Brigade
    officers: Officers
    asking: Asking


@asynccontextmanager
async def police(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, soon: float = 5
) -> AsyncIterator[Police]:
    """A station whose officers are reached on Telegram; nobody is linked yet."""
    brigade = Brigade(engine)
    found: list[Police] = []

    def prepare(station: Station) -> list[Beside]:
        asking, people = Asking(), PeopleScreens(brigade.people)
        reviews = ReviewScreens(Review(engine, station.handed, lambda: knowledge), lambda: knowledge)
        commands = (
            Command("review", "看用户交来的话", reviews.command),
            Command("officers", "有哪些民警", people.command),
            Command("ask", "问", asking.command),
        )
        parts: dict[str, Part] = {PART: reviews, "a": asking}
        screens = Screens(commands, parts, asking.receive, asking.progress)
        bot, delivery = station.app.bot, station.app.bot_data[DELIVERY]
        officers = Officers(
            bot, delivery, brigade.people, brigade.invitations, screens, OfficersPace(soon, look=0.02)
        )
        officers.register(station.app)
        found.append(Police(station, brigade, officers, asking))
        return [officers.keep_menus]

    async with running(api, engine, knowledge, prepare):
        yield found[0]


async def linked(api: LocalBotApi, here: Police, actor: Actor, number: int = OFFICER) -> Person:
    """The officer's private chat, linked by the code that they got in the console."""
    person = Person(api, number)
    code = here.brigade.invitations.telegram_code(actor).code
    shown = await person.says(f"/link {code}")
    assert shown.text.startswith(f"连上了：{actor.name}"), shown.text
    return person


def hand_over(here: Police, text: str = "先交解冻费,见 http://x7.example/pay", who: str = "a") -> None:
    """A user hands a text over."""
    seen = Seen("loan", "danger", 0.93, ((2, 5),))
    wish = Handover(key_of(text), text, seen, paid=True, claim=BENIGN, lang="en")
    assert here.station.handed.take(who, wish, "web") == "taken"


# ---- who is an officer ---------------------------------------------------------------------------------


async def test_a_one_time_code_links_and_the_menu_shows_the_officers_commands(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        actor = here.brigade.officer()
        person = await linked(api, here, actor)
        assert "· /review 看用户交来的话" in person.last.text
        scoped = [call for call in api.of("setMyCommands") if "scope" in call.params]
        assert here.brigade.people.by_telegram(OFFICER) == actor
    assert [call.params["scope"] for call in scoped] == [{"type": "chat", "chat_id": OFFICER}]
    names = [command["command"] for command in scoped[0].params["commands"]]
    assert names == ["start", "help", "types", "lang", "forget", "review", "officers", "ask"]
    general = [call for call in api.of("setMyCommands") if "scope" not in call.params]
    assert "review" not in str([call.params["commands"] for call in general])


@pytest.mark.parametrize("text", COMMANDS)
async def test_a_stranger_learns_nothing_of_the_officers_commands(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, text: str
) -> None:
    async with running(api, engine, knowledge):
        without = await Person(api, STRANGER).says(text)
    async with police(api, engine, knowledge) as here:
        here.brigade.officer()
        said = await Person(api, STRANGER).says(text)
    assert (said.text, said.buttons) == (without.text, without.buttons)
    assert "民警" not in said.text


async def test_a_forged_button_and_a_file_of_a_stranger_get_the_ordinary_answer(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    api.files["documents/a.csv"] = b"text"
    async with police(api, engine, knowledge) as here:
        hand_over(here)
        stranger = Person(api, STRANGER)
        unknown = await stranger.forges("nonsense")
        forged = await stranger.forges(f"o:{PART}:next:0")
        assert forged.text == unknown.text and "解冻费" not in forged.text
        said = await stranger.says(document=attached(file_name="a.csv") | {"file_id": "documents/a.csv"})
        assert "打不开文件" in said.text and not api.of("getFile")


async def test_an_officer_is_a_user_too(api: LocalBotApi, engine: Engine, knowledge: Knowledge) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        assert "虚假贷款" in (await person.says(SCRIPT)).text
        assert "虚假贷款" in (await person.presses("verify")).text or person.last.text
        assert "草原反诈" in (await person.says("/start")).text


async def test_in_a_group_even_an_officer_is_nobody_special(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        await linked(api, here, here.brigade.officer())
        hand_over(here)
        before = len(api.sent)
        api.put(mention("@fanzha_bot /review", **by({"id": OFFICER, "is_bot": False, "first_name": "李"})))
        api.put(press(f"o:{PART}:next:0", message("…", chat=GROUP, **by(BOT)), OFFICER))
        await api.sends(before + 2)
        await api.until(lambda: not api.waiting)
    assert not [call for call in api.sent[before:] if "解冻费" in call.text]


async def test_a_locked_officer_is_a_stranger_at_once_and_their_menu_goes(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        chief, actor = here.brigade.chief(), here.brigade.officer()
        person = await linked(api, here, actor)
        hand_over(here)
        shown = await person.says("/review")
        here.brigade.people.lock(chief, actor.name)
        unknown = await Person(api, STRANGER).says("/nosuchthing")
        assert (await person.says("/review")).text == unknown.text
        assert "解冻费" not in (await person.presses("判对了", shown)).text
        assert here.station.handed.count() == 1
        await here.officers._follow_officers()
    assert [call.params["scope"]["chat_id"] for call in api.of("deleteMyCommands")] == [OFFICER]


async def test_a_code_links_once_and_a_second_person_learns_nothing_from_it(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        code = here.brigade.invitations.telegram_code(here.brigade.officer()).code
        await Person(api, OFFICER).says(f"/link {code}")
        stranger = Person(api, STRANGER)
        said = await stranger.says(f"/link {code}")
        assert said.text == (await stranger.says("/link wrong-code")).text
        assert here.brigade.people.by_telegram(STRANGER) is None


async def test_officers_are_listed_with_what_there_is_to_know(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        chief = here.brigade.chief()
        person = await linked(api, here, here.brigade.officer())
        here.brigade.officer("王警官")
        here.brigade.people.lock(chief, "王警官")
        shown = await person.says("/officers")
    assert shown.text.startswith("民警 3 人")
    assert "· 巴特尔，负责人，还没来过" in shown.text and "· 王警官，民警，已锁定" in shown.text
    assert "李警官，民警，已连 Telegram，最近" in shown.text


async def test_menus_come_back_after_a_restart_and_trouble_with_them_troubles_nobody(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    brigade = Brigade(engine)
    actor = brigade.officer()
    brigade.invitations.link_telegram(brigade.invitations.telegram_code(actor).code, OFFICER)
    api.fail("setMyCommands", *[BROKEN] * 3)
    async with police(api, engine, knowledge) as here:
        await api.until(lambda: len(api.of("setMyCommands")) >= 3)
        await here.officers._follow_officers()
        assert "review" in str(api.of("setMyCommands")[-1].params["commands"])


# ---- review --------------------------------------------------------------------------------------------


async def test_review_shows_one_text_as_it_was_judged_with_no_link_to_press(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        hand_over(here)
        here.station.handed.tell("a", key_of("先交解冻费,见 http://x7.example/pay"), "")
        person = await linked(api, here, here.brigade.officer())
        shown = await person.says("/review")
    assert "机器人判断：虚假贷款，危险，93%" in shown.text and "标记：钱或码已给" in shown.text
    assert "用户自己说：不是骗局" in shown.text and "网页 英文，想知道结果" in shown.text
    assert "先交【解冻费】,见 http[:]//x7[.]example/pay" in shown.text
    labels = [label for row in shown.buttons for label, _ in row]
    assert labels == ["判对了", "是别的类型", "不是骗局", "看不出来"]


@pytest.mark.parametrize(
    ("steps", "said", "label"),
    [
        (("判对了",), "定了：虚假贷款。", "loan"),
        (("是别的类型", "虚假征信"), "定了：虚假征信。", "credit_record"),
        (("不是骗局",), "定了：不是骗局。", BENIGN),
        (("看不出来",), "定了：看不出来。", ""),
    ],
)
async def test_one_press_decides_and_the_message_says_so(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, steps: tuple[str, ...], said: str, label: str
) -> None:
    async with police(api, engine, knowledge) as here:
        hand_over(here)
        person = await linked(api, here, here.brigade.officer())
        await person.says("/review")
        for step in steps:
            shown = await person.presses(step)
        assert shown.method == "editMessageText" and shown.text.startswith(said)
        assert [sample.type for sample in StoredSamples(engine).all()] == ([label] if label else [])
        assert (await person.says("/review")).text.startswith("没有等着看的。")


async def test_one_text_after_the_other_is_decided_or_passed_over(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        for number in range(3):
            hand_over(here, f"第{number}条,先交解冻费", f"c{number}")
        person = await linked(api, here, here.brigade.officer())
        assert "第0" in (await person.says("/review")).text
        assert "第1" in (await person.presses("先看下一条")).text
        assert "下一条（还有 2 条）" in str((await person.presses("判对了")).buttons)
        assert "第2" in (await person.presses("下一条")).text
        await person.presses("不是骗局")
        assert "第0" in (await person.presses("下一条")).text, "what was passed over comes round again"


async def test_two_officers_decide_once_and_the_second_sees_by_whom(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        hand_over(here)
        first = await linked(api, here, here.brigade.officer())
        second = await linked(api, here, here.brigade.chief(), CHIEF)
        await first.says("/review")
        await second.says("/review")
        await first.presses("判对了")
        said = (await second.presses("不是骗局")).text
        assert "李警官 已经看过这条，定为 loan。没有改动。" in said
        assert [sample.type for sample in StoredSamples(engine).all()] == ["loan"]


@pytest.mark.parametrize("payload", ["o:r:y:no-such", "o:r:t:no-such:loan", "o:r", "o:r:next:x", "o:r:y"])
async def test_a_button_of_long_ago_is_answered_in_words(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, payload: str
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        said = (await person.forges(payload)).text
    assert "找不到" in said or "没有等着看的" in said


# ---- what goes on --------------------------------------------------------------------------------------


async def test_a_text_that_was_asked_for_comes_where_it_belongs_and_others_are_told(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        assert (await person.says("因为着急")).text.startswith("李警官:why:因为着急")
        await api.until(lambda: [call for call in api.sent if call.params["chat_id"] == str(CHIEF)])
        assert "虚假贷款" in (await person.says(SCRIPT)).text, "only the next text was waited for"


@pytest.mark.parametrize("other", ["/start", "/officers", "button"])
async def test_something_else_in_between_ends_the_waiting(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge, other: str
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        await (person.presses("算了") if other == "button" else person.says(other))
        assert "虚假贷款" in (await person.says(SCRIPT)).text


async def test_a_watched_screen_is_edited_only_where_it_changes(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        await person.presses("看着")
        await person.until("第 2 步")
        await api.until(lambda: not here.officers._watching)
    assert [call.text.split("\n")[0] for call in api.of("editMessageText")] == [
        "第 0 步",
        "第 1 步",
        "第 2 步",
    ]


async def test_what_takes_time_is_announced_and_then_shown_in_the_same_message(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge, soon=0.05) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        here.asking.gate.clear()
        assert (await person.presses("算了")).text == "\n".join(WORKING)
        here.asking.gate.set()
        await person.until("算了")
    first, second = api.of("editMessageText")
    assert first.params["message_id"] == second.params["message_id"]


async def test_progress_that_telegram_does_not_take_is_shown_with_the_next_look(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        await person.presses("看着")
        api.fail("editMessageText", BROKEN)
        await person.until("第 2 步")
        await api.until(lambda: not here.officers._watching)


async def test_a_screen_that_cannot_be_edited_any_more_is_sent_anew(
    api: LocalBotApi, engine: Engine, knowledge: Knowledge
) -> None:
    async with police(api, engine, knowledge) as here:
        person = await linked(api, here, here.brigade.officer())
        await person.says("/ask")
        api.fail("editMessageText", bad_request("Bad Request: message can't be edited"))
        before = len(api.sent)
        await person.presses("算了")
        sent = await api.sends(before + 1)
    assert sent[-1].text == "算了\n好"


def test_no_link_of_a_text_can_be_pressed() -> None:
    text = harmless("见\nhttps://a.b.example/x?y=1 或 www.bad-shop.top/a 或 foo.xyz。3.5元")
    assert text == "见 https[:]//a[.]b[.]example/x?y=1 或 www[.]bad-shop[.]top/a 或 foo[.]xyz。3.5元"


def test_a_button_that_telegram_cannot_carry_is_left_out() -> None:
    reply = screen("一", "二", buttons=[button("长", "x" * 80), button("短", "a")])
    assert [b.label for b in reply.buttons] == ["短"] and reply.verdict == NOTHING
