"""Texts handed over: stored once, bounded, taken back, ruled on, learnt, told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from bot.chat import Chat
from bot.officers.errors import NotFound, Stale
from bot.officers.people import Actor
from bot.officers.review import Review
from bot.store import log
from bot.store.conversations import Conversations
from bot.store.engine import open_store
from bot.store.handed import DAY, MOST_WAITING, Handed, HandedOver
from bot.store.samples import Sample, StoredSamples
from bot.store.tables import handed, samples
from intents.advisor import Advisor
from intents.handover import key_of
from intents.knowledge import Knowledge
from intents.types import BENIGN, Conversation, Handover, Message, News, Reply, Seen, Way
from tests import tiny
from training.scripts import fingerprint

SCRIPT = "我叫李明,客服说贷款放款前要先交解冻费,打13812345678"
DOUBT = "他给我的这个网站靠谱吗,能信吗"
BATU = Actor("巴图", "officer", "o1")
HERE = Way("web")
THERE = Way("telegram", "telegram:501")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def desk(engine: Engine) -> HandedOver:
    """Three texts a day, kept for ten days."""
    return HandedOver(engine, a_day=3, days=10)


@pytest.fixture
def review(engine: Engine, desk: HandedOver, knowledge: Knowledge) -> Review:
    """The officers' side."""
    return Review(engine, desk, lambda: knowledge)


class Person:
    """Somebody in a conversation, who says and presses things."""

    def __init__(self, chat: Chat, conversation: str, way: Way = HERE) -> None:
        self.chat = chat
        self.conversation = conversation
        self.way = way
        self.reply = Reply((), tiny.NOTHING)

    def say(self, text: str) -> Reply:
        """The reply to a text."""
        self.reply = self.chat.answer_now(self.conversation, Message(text, way=self.way))
        return self.reply

    def press(self, name: str) -> Reply:
        """The reply to the button of this name under the last reply."""
        payload = next(b.payload for b in self.reply.buttons if b.payload.partition(":")[0] == name)
        self.reply = self.chat.answer_now(self.conversation, Message(button=payload, way=self.way))
        return self.reply


@pytest.fixture
def chat(engine: Engine, knowledge: Knowledge, desk: HandedOver) -> Iterator[Chat]:
    """A chat that takes whatever holds 解冻费 for a loan scam."""
    says = tiny.Says({SCRIPT: tiny.scam("loan", cues=(tiny.cue(SCRIPT, "解冻费"),))})
    advisor = Advisor(knowledge, says)  # type: ignore[arg-type]
    found = Chat(tiny.Served(advisor), Conversations(engine, 30), 20_000, desk)  # type: ignore[arg-type]
    yield found
    found.close()


@pytest.fixture
def anna(chat: Chat) -> Person:
    """Somebody on the web page."""
    return Person(chat, "a")


def wish(text: str = "先交解冻费才放款") -> Handover:
    """A wish to hand a text over."""
    return Handover(key_of(text), text, Seen("loan", "danger", 0.9, ((2, 5),)), claim=BENIGN, lang="en")


def rows(engine: Engine) -> list[dict[str, Any]]:
    """All that is stored."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(handed))]


def only(review: Review) -> Handed:
    """The one text that waits."""
    (found,) = review.waiting()
    return found


# ---- what is stored, and what is not ---------------------------------------------------------------------


def test_only_the_press_stores_and_it_stores_the_masked_text(
    anna: Person, engine: Engine, review: Review
) -> None:
    anna.say(SCRIPT)
    assert rows(engine) == []
    reply = anna.press("hand")
    assert reply.lines[0] == "交给民警了，只有下面这一段。" and "[电话]" in reply.lines[-1]
    found = only(review)
    assert "解冻费" in found.text and "李明" not in found.text and "13812345678" not in found.text
    assert (found.seen.type, found.seen.level, found.seen.probability) == ("loan", "danger", 0.9)
    assert [found.text[start:end] for start, end in found.seen.cues] == ["解冻费"]
    assert (found.channel, found.lang, found.claim, found.wants_news) == ("web", "zh", "", False)
    assert "李明" not in str(rows(engine)) and "'a'" not in str(rows(engine))


def test_a_second_press_stores_no_second_copy(anna: Person, engine: Engine) -> None:
    first = anna.say(SCRIPT)
    anna.press("hand")
    anna.reply = first
    assert "已经交过" in anna.press("hand").lines[0]
    assert len(rows(engine)) == 1


def test_two_presses_at_once_store_one_copy(engine: Engine, desk: HandedOver) -> None:
    outcomes: list[str] = []
    assert tiny.in_threads(4, lambda _: outcomes.append(desk.take("a", wish(), "web"))) == []
    assert sorted(outcomes) == ["already", "already", "already", "taken"]
    assert len(rows(engine)) == 1


def test_two_people_may_hand_over_the_same_text(engine: Engine, desk: HandedOver) -> None:
    assert [desk.take(name, wish(), "web") for name in "ab"] == ["taken", "taken"]


def test_a_conversation_hands_over_so_many_a_day(engine: Engine, desk: HandedOver) -> None:
    outcomes = [desk.take("a", wish(f"第{i}条话术"), "web") for i in range(4)]
    assert outcomes == ["taken"] * 3 + ["enough"]
    assert desk.take("b", wish(), "web") == "taken"
    with engine.begin() as connection:
        connection.execute(update(handed).values(at=handed.c.at - DAY - 1))
    assert desk.take("a", wish("第3条话术"), "web") == "taken"


def test_taking_back_and_giving_again_does_not_get_around_the_limit(desk: HandedOver) -> None:
    for i in range(3):
        desk.take("a", wish(f"第{i}条话术"), "web")
    assert desk.withdraw("a") == 3
    assert desk.take("a", wish("第3条话术"), "web") == "enough"
    assert desk.take("a", wish("第1条话术"), "web") == "taken", "what was taken back may be given again"


def test_a_flood_fills_nothing_but_the_queue(engine: Engine, desk: HandedOver) -> None:
    desk.take("a", wish(), "web")
    (first,) = rows(engine)
    many = [{**first, "id": f"x{i}", "conversation": f"c{i}"} for i in range(MOST_WAITING - 1)]
    with engine.begin() as connection:
        connection.execute(handed.insert(), many)
    assert desk.count() == MOST_WAITING
    assert desk.take("b", wish(), "web") == "full"


def test_what_is_old_is_let_go_whether_anybody_looked_or_not(
    engine: Engine, desk: HandedOver, review: Review
) -> None:
    desk.take("a", wish(), "web")
    with engine.begin() as connection:
        connection.execute(update(handed).values(at=handed.c.at - 11 * DAY))
    assert review.waiting() == [] and review.count() == 0
    desk.take("b", wish(), "web")
    assert len(rows(engine)) == 1


def test_forgetting_takes_back_what_nobody_has_looked_at(
    anna: Person, engine: Engine, review: Review
) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    found = only(review)
    assert "也收回了" in anna.say("/forget").lines[-1]
    assert review.waiting() == [] and rows(engine)[0]["text"] == ""
    with pytest.raises(Stale, match="收回"):
        review.decide(BATU, found.id, "right")
    assert "收回" not in anna.say("/forget").text


def test_a_state_with_how_it_was_judged_comes_back_from_the_store(engine: Engine) -> None:
    state = Conversation(last="先交解冻费", seen=Seen("loan", "danger", 0.9, ((2, 5),)), claim=BENIGN)
    Conversations(engine, 30).put("a", state)
    assert Conversations(engine, 30).get("a") == state


def test_without_a_desk_the_chat_says_that_it_cannot(engine: Engine, knowledge: Knowledge) -> None:
    advisor = Advisor(knowledge, tiny.Says(otherwise=tiny.scam("loan")))  # type: ignore[arg-type]
    chat = Chat(tiny.Served(advisor), Conversations(engine, 30), 20_000)  # type: ignore[arg-type]
    person = Person(chat, "a")
    person.say(SCRIPT)
    assert person.press("hand").lines[0] == "这里现在交不了，什么也没有存。"
    chat.close()


# ---- what officers decide -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "type_id", "label", "ruling"),
    [
        ("right", "", "loan", "scam"),
        ("other", "credit_record", "credit_record", "scam"),
        ("other", BENIGN, BENIGN, "benign"),
        ("benign", "", BENIGN, "benign"),
    ],
)
def test_what_is_confirmed_is_a_sample_for_the_next_retrain(
    engine: Engine, desk: HandedOver, review: Review, decision: str, type_id: str, label: str, ruling: str
) -> None:
    desk.take("a", wish(), "web")
    ruled = review.decide(BATU, only(review).id, decision, type_id)  # type: ignore[arg-type]
    assert (ruled.ruling, ruled.type, ruled.learnt) == (ruling, label, True)
    (sample,) = StoredSamples(engine).all("active")
    assert (sample.id, sample.text, sample.type) == (fingerprint(wish().text), wish().text, label)
    assert (sample.by, sample.source) == ("巴图", "handed")
    (entry,) = log.entries(engine)
    assert (entry.by, entry.act) == ("巴图", "review")
    assert entry.details == {"handed": ruled.handed.id, "ruling": ruling, "type": label, "learnt": True}
    assert log.verify(engine) == "" and "解冻费" not in str(entry)


def test_what_is_dropped_teaches_nothing_and_is_let_go(
    engine: Engine, desk: HandedOver, review: Review
) -> None:
    desk.take("a", wish(), "web")
    ruled = review.decide(BATU, only(review).id, "drop")
    assert (ruled.ruling, ruled.type, ruled.learnt) == ("unclear", "", False)
    assert StoredSamples(engine).all() == [] and rows(engine)[0]["text"] == ""
    assert [entry.act for entry in log.entries(engine)] == ["review"]


def test_the_bot_was_right_that_there_is_nothing(desk: HandedOver, review: Review) -> None:
    desk.take("a", Handover("k", DOUBT, Seen(BENIGN, "none", 0.8)), "web")
    assert review.decide(BATU, only(review).id, "right").type == BENIGN


def test_a_text_is_decided_once_and_the_second_officer_sees_what_was_said(
    engine: Engine, desk: HandedOver, review: Review
) -> None:
    desk.take("a", wish(), "web")
    found = only(review)
    review.decide(BATU, found.id, "right")
    with pytest.raises(Stale, match="巴图 已经看过这条，定为 loan") as stale:
        review.decide(Actor("安娜", "chief"), found.id, "benign")
    assert stale.value.theirs == "loan"
    assert [sample.type for sample in StoredSamples(engine).all()] == ["loan"]


def test_two_officers_at_once_make_one_decision(engine: Engine, desk: HandedOver, review: Review) -> None:
    desk.take("a", wish(), "web")
    found = only(review)
    raised = tiny.in_threads(
        4, lambda i: void(review.decide(Actor(f"民警{i}", "officer"), found.id, "right"))
    )
    assert len(raised) == 3 and all(isinstance(error, Stale) for error in raised), raised
    assert len(StoredSamples(engine).all()) == 1 and len(log.entries(engine)) == 1


def void(_: object) -> None:
    """Nothing."""


def test_what_is_not_there_is_said(desk: HandedOver, review: Review) -> None:
    with pytest.raises(NotFound, match="找不到"):
        review.decide(BATU, "no-such", "right")
    desk.take("a", wish(), "web")
    with pytest.raises(NotFound, match="没有“no_such”这个类型"):
        review.decide(BATU, only(review).id, "other", "no_such")
    assert review.count() == 1


@pytest.mark.parametrize(("there", "says"), [("loan", "已有同一条"), ("dating", "类型是 dating,没有改它")])
def test_a_text_that_is_a_sample_already_stays_as_it_is(
    engine: Engine, desk: HandedOver, review: Review, there: str, says: str
) -> None:
    own = Sample(fingerprint(wish().text), wish().text, there)
    StoredSamples(engine).add([own], "cli:安娜", "upload", {})
    desk.take("a", wish(), "web")
    ruled = review.decide(BATU, only(review).id, "right")
    assert not ruled.learnt and says.replace(",", "，") in ruled.note
    assert [sample.type for sample in StoredSamples(engine).all()] == [there]


@pytest.mark.parametrize(("state", "learnt"), [("held", False), ("deleted", True)])
def test_a_sample_that_is_held_stays_so_and_a_deleted_one_comes_back(
    engine: Engine, desk: HandedOver, review: Review, state: str, learnt: bool
) -> None:
    own = Sample(fingerprint(wish().text), wish().text, "loan")
    StoredSamples(engine).add([own], "cli:安娜", "upload", {})
    with engine.begin() as connection:
        connection.execute(update(samples).values(state=state))
    desk.take("a", wish(), "web")
    assert review.decide(BATU, only(review).id, "right").learnt == learnt
    assert StoredSamples(engine).counts() == {"active" if learnt else "held": 1}


def test_two_words_teach_nothing(engine: Engine, desk: HandedOver, review: Review) -> None:
    desk.take("a", wish("转钱"), "web")
    ruled = review.decide(BATU, only(review).id, "right")
    assert not ruled.learnt and "字太少" in ruled.note and StoredSamples(engine).all() == []


def test_what_waits_comes_the_oldest_first_and_page_by_page(desk: HandedOver, review: Review) -> None:
    for i in range(3):
        desk.take(f"c{i}", wish(f"第{i}条话术"), "web")
    first, second = review.waiting(limit=2)
    assert [first.text, second.text] == ["第0条话术", "第1条话术"]
    assert [found.text for found in review.waiting(after=second.at)] == ["第2条话术"]


# ---- what the person is told ----------------------------------------------------------------------------


def test_who_did_not_ask_is_told_nothing_and_the_text_is_let_go(
    anna: Person, engine: Engine, review: Review
) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    review.decide(BATU, only(review).id, "right")
    assert rows(engine)[0]["text"] == ""
    assert "民警看过" not in anna.say("今天天气真好").text


def test_in_the_web_page_the_result_is_shown_with_the_next_answer_once(
    anna: Person, review: Review, knowledge: Knowledge, engine: Engine
) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    reply = anna.press("tell")
    assert "不会自己跳出来" in reply.lines[1] and "110" in reply.lines[1]
    assert anna.press("news").lines[0] == "还没有结果。"
    review.decide(BATU, only(review).id, "other", "credit_record")
    said = anna.say("今天天气真好")
    assert said.lines[0] == knowledge.talk.line("plain", "zh")
    assert f"是「{knowledge.cards['credit_record'].name.zh}」的套路" in said.text and "你交的是" in said.text
    assert "民警看过" not in anna.say("今天天气真好").text
    assert rows(engine)[0]["text"] == ""


def test_who_asks_for_the_result_gets_it_again(anna: Person, review: Review) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    anna.press("tell")
    review.decide(BATU, only(review).id, "benign")
    for _ in range(2):
        assert anna.say("有结果了吗").lines[0] == "民警看过你交的话了：没看出是骗局。"


def test_the_result_outlives_the_conversations_state(anna: Person, review: Review, engine: Engine) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    anna.press("tell")
    Conversations(engine, 30).put("a", Conversation())
    review.decide(BATU, only(review).id, "drop")
    assert "看不出来" in anna.say("有结果了吗").lines[0]


def test_another_conversation_hears_nothing_of_it(chat: Chat, anna: Person, review: Review) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    anna.press("tell")
    review.decide(BATU, only(review).id, "right")
    assert Person(chat, "b").say("有结果了吗").lines[0] == "还没有结果。"


def test_where_a_person_can_be_reached_is_kept_until_they_were_told(
    chat: Chat, desk: HandedOver, review: Review, engine: Engine
) -> None:
    person = Person(chat, "t", THERE)
    person.say(SCRIPT)
    person.press("hand")
    assert rows(engine)[0]["reach"] == ""
    assert "我在这里发给你" in person.press("tell").lines[0]
    assert rows(engine)[0]["reach"] == "telegram:501"
    assert desk.due("telegram") == []
    review.decide(BATU, only(review).id, "right")
    (due,) = desk.due("telegram")
    assert due.reach == "501"
    assert due.news == News("scam", "loan", "我叫[姓名],客服说贷款放款前要先交解冻费,打[电话]", "zh")
    assert desk.due("tele") == []
    desk.done(due.id)
    assert desk.due("telegram") == []
    assert (rows(engine)[0]["reach"], rows(engine)[0]["text"]) == ("", "")


def test_forgetting_also_forgets_where_to_tell(chat: Chat, desk: HandedOver, review: Review) -> None:
    person = Person(chat, "t", THERE)
    person.say(SCRIPT)
    person.press("hand")
    person.press("tell")
    review.decide(BATU, only(review).id, "right")
    person.say("/forget")
    assert desk.due("telegram") == []


def test_to_be_told_of_what_is_gone_is_answered_honestly(anna: Person, desk: HandedOver) -> None:
    anna.say(SCRIPT)
    anna.press("hand")
    desk.withdraw("a")
    assert anna.press("tell").lines[0] == "那一条找不到了。"
