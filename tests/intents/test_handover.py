"""Handing a text to the police: when it is offered, what exactly goes, and what is said of it."""

from __future__ import annotations

import pytest

from intents import handover
from intents.classifier import Classifier
from intents.knowledge import Knowledge
from intents.replies import Writer
from intents.text import Text, mask, masked
from intents.types import (
    BENIGN,
    LANGS,
    NOTHING,
    AskNews,
    Forget,
    Handover,
    Lang,
    News,
    Outcome,
    Reply,
    Seen,
    TellMe,
)
from tests.tiny import Says, Talker, cue, scam

SCRIPT = "客服说贷款放款前要先交解冻费,卡号填错了"
PRIVATE = "我叫李明,电话13812345678,他说放款前要先交解冻费,见 http://x7.example/pay"
LOAN = scam("loan", cues=(cue(SCRIPT, "解冻费"),))
WISH = Handover("k", "先交[电话]\n见 http://x7.example/pay", Seen("loan", "danger", 0.9))


def hand(reply: Reply) -> str:
    """The payload of the button that hands over; empty where there is none."""
    return next((b.payload for b in reply.buttons if b.payload.startswith("hand:")), "")


def wish(reply: Reply) -> Handover:
    """What is to be handed over."""
    assert isinstance(reply.wish, Handover)
    return reply.wish


@pytest.fixture
def talker(knowledge: Knowledge) -> Talker:
    """A new conversation in which `SCRIPT` is a loan scam and nothing else is anything."""
    return Talker(knowledge, Says({SCRIPT: LOAN}))


# ---- when it is offered --------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["danger", "caution"])
def test_every_judged_scam_can_be_shown_to_the_police(knowledge: Knowledge, level: str) -> None:
    reply = Talker(knowledge, Says(otherwise=scam("loan", level))).say(SCRIPT)
    assert hand(reply) and reply.buttons[-1].label == "交给民警看看"


def test_a_doubt_can_be_shown_and_ordinary_talk_cannot(talker: Talker) -> None:
    assert hand(talker.say("他给我的这个网站靠谱吗,能信吗"))
    assert not hand(talker.say("今天天气真好"))
    assert not hand(talker.say("你好"))


@pytest.mark.parametrize("mark", ["paid", "happening"])
def test_an_emergency_offers_no_way_that_is_slower_than_110(knowledge: Knowledge, mark: str) -> None:
    reply = Talker(knowledge, Says(otherwise=scam("loan", **{mark: True}))).say("他现在让我念验证码")
    assert not hand(reply)


@pytest.mark.parametrize("button", ["not_this", "neither", "not_scam", "pick:dating"])
def test_who_disagrees_can_show_it_to_the_police(talker: Talker, button: str) -> None:
    talker.say(SCRIPT)
    assert hand(talker.press(button))


@pytest.mark.parametrize("button", ["not_this", "neither", "not_scam"])
def test_without_a_text_there_is_nothing_to_offer(talker: Talker, button: str) -> None:
    assert not hand(talker.press(button))


def test_the_button_speaks_every_language(knowledge: Knowledge) -> None:
    labels = [
        Talker(knowledge, Says(otherwise=LOAN), lang=lang).say(SCRIPT).buttons[-1].label for lang in LANGS
    ]
    assert labels == ["交给民警看看", "交給民警看看", "Show it to the police"]


# ---- what goes -----------------------------------------------------------------------------------------


def test_a_press_asks_for_the_masked_text_as_it_was_judged(talker: Talker) -> None:
    given = wish(talker.press(hand(talker.say(SCRIPT))))
    assert given.text == mask(SCRIPT) and given.lang == "zh" and given.claim == ""
    assert (given.seen.type, given.seen.level, given.seen.probability) == ("loan", "danger", 0.9)
    assert [given.text[start:end] for start, end in given.seen.cues] == ["解冻费"]


def test_personal_data_stays_behind_and_the_cues_lie_where_they_lay(knowledge: Knowledge) -> None:
    verdict = scam("loan", cues=(cue(PRIVATE, "解冻费"), cue(PRIVATE, "电话13812345678")))
    talker = Talker(knowledge, Says({PRIVATE: verdict}))
    given = wish(talker.press(hand(talker.say(PRIVATE))))
    assert "李明" not in given.text and "13812345678" not in given.text
    assert [given.text[start:end] for start, end in given.seen.cues] == ["解冻费", "电话[电话]"]


def test_the_text_that_goes_is_bounded_and_so_are_its_cues(knowledge: Knowledge) -> None:
    text = "解冻费" + "还有别的话,没完没了地说下去" * 60 + "末尾的验证码"
    verdict = scam("loan", cues=(cue(text, "解冻费"), cue(text, "末尾的验证码")))
    talker = Talker(knowledge, Says({text: verdict}))
    given = wish(talker.press(hand(talker.say(text))))
    assert len(given.text) == 400 and given.seen.cues == ((0, 3),)


def test_cues_of_the_real_model_lie_within_the_masked_text(
    knowledge: Knowledge, base_classifier: Classifier
) -> None:
    talker = Talker(knowledge, base_classifier)  # type: ignore[arg-type]
    reply = talker.say(PRIVATE)
    given = wish(talker.press(hand(reply)))
    assert given.seen.cues
    for cue_, (start, end) in zip(reply.verdict.cues, given.seen.cues, strict=True):
        assert given.text[start:end] == mask(cue_.text)


def test_an_old_button_hands_over_nothing_but_its_own_text(talker: Talker) -> None:
    old = hand(talker.say(SCRIPT))
    talker.say("他给我的这个网站靠谱吗,能信吗")
    reply = talker.press(old)
    assert reply.wish is None and "不记得" in reply.lines[0] and "110" in reply.lines[1]


def test_after_forgetting_nothing_can_be_handed_over(talker: Talker) -> None:
    old = hand(talker.say(SCRIPT))
    assert isinstance(talker.say("/forget").wish, Forget)
    assert talker.press(old).wish is None


def test_it_can_be_asked_for_in_words(talker: Talker) -> None:
    talker.say(SCRIPT)
    for words in ("交给民警看看", "把这个发给警察看看", "show it to the police"):
        assert wish(talker.say(words)).text == mask(SCRIPT), words
    assert talker.state.last == mask(SCRIPT), "the words themselves are no message to be judged"


@pytest.mark.parametrize(
    ("pressed", "claim"), [("not_scam", BENIGN), ("pick:dating", "dating"), ("neither", "")]
)
def test_what_the_person_says_it_is_goes_along(talker: Talker, pressed: str, claim: str) -> None:
    talker.say(SCRIPT)
    given = wish(talker.press(hand(talker.press(pressed))))
    assert given.claim == claim and given.seen.type == "loan"


def test_what_was_said_of_one_message_does_not_stick_to_the_next(talker: Talker) -> None:
    talker.say(SCRIPT)
    talker.press("not_scam")
    assert wish(talker.press(hand(talker.say("这个链接靠谱吗,能信吗")))).claim == ""


# ---- what is said --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("outcome", ["taken", "already"])
def test_the_confirmation_shows_what_went_and_where_to_turn_in_a_hurry(
    knowledge: Knowledge, lang: Lang, outcome: Outcome
) -> None:
    reply = handover.handed(WISH, outcome, Writer(knowledge, lang))
    assert "110" in reply.lines[1] and "96110" in reply.lines[1]
    assert "先交[电话] 见" in reply.lines[-1] and "x7.example" not in reply.text
    assert reply.buttons[0].payload == "tell:k"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("outcome", ["enough", "full", "closed"])
def test_what_was_not_taken_is_said_plainly(knowledge: Knowledge, lang: Lang, outcome: Outcome) -> None:
    reply = handover.handed(WISH, outcome, Writer(knowledge, lang))
    assert "110" in reply.lines[1] and "先交" not in reply.text
    assert not [b for b in reply.buttons if b.payload.startswith("tell")]


def test_without_anybody_to_carry_it_out_nothing_is_claimed(talker: Talker) -> None:
    reply = talker.press(hand(talker.say(SCRIPT)))
    assert reply.lines[0] == talker.advisor.knowledge.talk.line("handed_closed", "zh")
    told = talker.press("tell:k")
    assert told.wish == TellMe("k") and told.lines[0] == "那一条找不到了。"
    assert isinstance(talker.say("有结果了吗").wish, AskNews)


@pytest.mark.parametrize("lang", LANGS)
def test_news_of_a_scam_names_it_and_what_to_do(knowledge: Knowledge, lang: Lang) -> None:
    reply = handover.news(News("scam", "loan", "他让我先交", lang), Writer(knowledge, lang))
    card = knowledge.cards["loan"]
    assert card.name.in_(lang) in reply.lines[0] and reply.lines[1] == card.do_now[0].in_(lang)
    assert "他让我先交" in reply.text and reply.verdict.level == "danger"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("ruling", ["benign", "unclear"])
def test_no_news_promises_safety(knowledge: Knowledge, lang: Lang, ruling: str) -> None:
    reply = handover.news(News(ruling, "", "", lang), Writer(knowledge, lang))  # type: ignore[arg-type]
    assert "安全" not in reply.text and "safe" not in reply.text.lower()
    assert reply.verdict == NOTHING


def test_news_stands_below_an_answer_and_in_the_place_of_a_question_for_it(knowledge: Knowledge) -> None:
    writer = Writer(knowledge, "zh")
    told = [News("scam", "loan", ""), News("unclear", "", "")]
    answer = writer.pair("plain")
    below = handover.with_news(answer, told, writer)
    assert below.lines[:2] == answer.lines and "虚假贷款" in below.lines[3]
    asked = handover.with_news(handover.asks_news(writer), told, writer)
    assert "虚假贷款" in asked.lines[0] and "看不出来" in asked.text
    assert handover.with_news(answer, [], writer) == answer


def test_a_place_in_the_text_as_sent_is_found_in_the_masked_one() -> None:
    text = masked(Text.of(PRIVATE))
    start = PRIVATE.index("13812345678")
    left, right = text.within(start + 3, start + 5)
    assert text.value[left:right] == "[电话]"
    assert text.within(len(PRIVATE), len(PRIVATE) + 3) == (0, 0)
