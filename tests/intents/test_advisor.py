"""The rules of an answer. Where a rule is under test, `Says` stands in for the model."""

from __future__ import annotations

import pytest

from intents.classifier import Classifier
from intents.knowledge import Knowledge
from intents.replies import STANDARD, Station, Writer
from intents.text import traditional
from intents.types import BENIGN, LANGS, OTHER, Button, Lang, Reply, Verdict
from tests.intents.test_knowledge import TAXONOMY
from tests.tiny import Says, Talker, choices, cue, scam

SCRIPT = "客服说贷款放款前要先交解冻费,卡号填错了"
LOAN = scam("loan", cues=(cue(SCRIPT, "解冻费"), cue(SCRIPT, "卡号填错")))
FOLLOW_UPS = ["那我怎么办", "接下来呢", "那如果是熟人呢", "怎么核实", "讲给家人听"]


def payloads(reply: Reply) -> tuple[str, ...]:
    """What the buttons send."""
    return tuple(button.payload for button in reply.buttons)


def lines_of(knowledge: Knowledge, lang: Lang, *keys: str) -> tuple[str, ...]:
    """Lines of talk.yaml."""
    return tuple(knowledge.talk.line(key, lang) for key in keys)


@pytest.fixture
def talker(knowledge: Knowledge) -> Talker:
    """A new conversation in which `SCRIPT` is a loan scam and nothing else is anything."""
    return Talker(knowledge, Says({SCRIPT: LOAN}))


# ---- rule 1: it is happening, or money has gone ------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("level", ["danger", "caution"])
@pytest.mark.parametrize("type_id", TAXONOMY)
def test_paid_comes_first_whatever_the_type(
    knowledge: Knowledge, type_id: str, level: str, lang: Lang
) -> None:
    talker = Talker(knowledge, Says(otherwise=scam(type_id, level, paid=True)), lang=lang)
    reply = talker.say(
        "我已经转给他五千块钱了,是不是被骗了,后来他就不回我消息了,怎么联系都没有人回,我该怎么办呢"
    )
    assert reply.lines[:2] == lines_of(knowledge, lang, "paid", "paid_do")
    assert "110" in reply.lines[0] and talker.state.paid and talker.state.type == type_id


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("type_id", TAXONOMY)
def test_happening_comes_first_whatever_the_type(knowledge: Knowledge, type_id: str, lang: Lang) -> None:
    talker = Talker(knowledge, Says(otherwise=scam(type_id, happening=True)), lang=lang)
    reply = talker.say("他现在让我念验证码")
    assert reply.lines[:2] == lines_of(knowledge, lang, "happening", "happening_do")
    assert talker.state.happening


@pytest.mark.parametrize("level", ["none"])
def test_paid_and_happening_come_first_also_without_a_type(knowledge: Knowledge, level: str) -> None:
    for mark in ("paid", "happening"):
        verdict = Verdict(BENIGN, 0.6, "none", paid=mark == "paid", happening=mark == "happening")
        reply = Talker(knowledge, Says(otherwise=verdict)).say("我刚给他转了钱")
        assert reply.lines[:2] == lines_of(knowledge, "zh", mark, f"{mark}_do")


def test_money_gone_says_what_to_do_what_to_tell_110_and_what_not_to_do(
    knowledge: Knowledge, talker: Talker
) -> None:
    talker.classifier.otherwise = scam("loan", paid=True)
    text = talker.say("解冻费八千我交了").text
    for said in (*knowledge.urgent.paid_minute, *knowledge.urgent.paid_ten, knowledge.urgent.say_110):
        assert said.zh in text
    assert knowledge.cards["loan"].evidence.zh in text and knowledge.urgent.dont[0].zh in text


def test_money_gone_outranks_that_it_is_still_going_on(knowledge: Knowledge) -> None:
    verdict = scam("loan", paid=True, happening=True)
    reply = Talker(knowledge, Says(otherwise=verdict)).say("转了五千,他还在催我转")
    assert reply.lines[0] == knowledge.talk.line("paid", "zh")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("我把验证码告诉他了", "code"),
        ("我共享了屏幕给他看", "remote"),
        ("他远程控制了我的手机", "remote"),
        ("验证码给他了,卡里少了三千块", "paid"),
    ],
)
def test_what_was_given_away_decides_what_to_do_first(knowledge: Knowledge, text: str, key: str) -> None:
    reply = Talker(knowledge, Says(otherwise=scam("fake_refund", paid=True))).say(text)
    assert reply.lines[:2] == lines_of(knowledge, "zh", key, f"{key}_do")


def test_having_paid_after_a_judged_message_speaks_of_that_scam(knowledge: Knowledge, talker: Talker) -> None:
    talker.say(SCRIPT)
    talker.classifier.otherwise = scam(OTHER, "caution", paid=True)
    reply = talker.say("我已经转了")
    assert talker.state.type == "loan"
    assert knowledge.cards["loan"].name.zh in reply.text


@pytest.mark.parametrize("button", ["paid", "happening", "code", "remote"])
@pytest.mark.parametrize("type_id", ["", *TAXONOMY])
def test_the_urgent_buttons_answer_with_and_without_a_type(
    knowledge: Knowledge, type_id: str, button: str
) -> None:
    talker = Talker(knowledge, type=type_id)
    reply = talker.press(button)
    assert reply.lines[:2] == lines_of(knowledge, "zh", button, f"{button}_do")
    assert talker.state.paid == (button != "happening")
    assert talker.state.happening == (button == "happening")


def test_the_station_is_shown_in_urgent_replies_where_it_is_set(knowledge: Knowledge) -> None:
    station = Station("草原旅游警察大队", "0470-110110", "海拉尔路1号")
    verdict = scam("loan", paid=True)
    shown = Writer(knowledge, "zh", station).urgent("paid", knowledge.cards["loan"], verdict).text
    hidden = Writer(knowledge, "zh").urgent("paid", knowledge.cards["loan"], verdict).text
    assert all(part in shown for part in (station.name, station.phone, station.address))
    assert "本地民警" not in hidden


# ---- rule 2: a known type ----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("type_id", TAXONOMY)
def test_danger_names_the_type_then_the_one_thing_to_do(
    knowledge: Knowledge, type_id: str, lang: Lang
) -> None:
    reply = Talker(knowledge, Says(otherwise=scam(type_id)), lang=lang).say(SCRIPT)
    card = knowledge.cards[type_id]
    assert card.name.in_(lang) in reply.lines[0]
    assert reply.lines[1] == card.do_now[0].in_(lang)
    assert reply.lines[2] == "" and card.remember.in_(lang) in reply.text
    assert payloads(reply)[:-1] == STANDARD and payloads(reply)[-1].startswith("hand:")
    assert reply.lang == lang


def test_danger_says_why_in_the_users_own_words_and_what_comes_next(
    knowledge: Knowledge, talker: Talker
) -> None:
    reply = talker.say(SCRIPT)
    assert any(line.startswith("· “解冻费”") for line in reply.lines)
    assert any(line.startswith("· “卡号填错”") for line in reply.lines)
    stage = knowledge.cards["loan"].stage(talker.state.stage)
    assert stage is not None and stage.name.zh in reply.text and stage.next.zh in reply.text


def test_the_standard_buttons_have_labels_in_every_language(knowledge: Knowledge) -> None:
    for lang in LANGS:
        buttons = Writer(knowledge, lang).buttons(*STANDARD)
        assert [button.payload for button in buttons] == list(STANDARD)
        assert all(button.label for button in buttons)
    assert Writer(knowledge, "zh").buttons("paid") == (Button("我已经转钱了", "paid"),)


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_every_button_of_a_danger_reply_is_answered(knowledge: Knowledge, type_id: str) -> None:
    for name in STANDARD:
        talker = Talker(knowledge, Says(otherwise=scam(type_id)))
        talker.say(SCRIPT)
        reply = talker.press(name)
        assert len(reply.lines) >= 2 and reply.lines[0] and reply.lines[1], name


def test_an_unreviewed_translation_says_so(knowledge: Knowledge) -> None:
    card = knowledge.cards["loan"]
    blind = card.model_copy(update={"reviewed": card.reviewed.model_copy(update={"en": False})})
    note = knowledge.talk.line("unreviewed", "en")
    assert note in Writer(knowledge, "en").danger(blind, LOAN, SCRIPT, None).text
    assert note not in Writer(knowledge, "en").danger(card, LOAN, SCRIPT, None).text


def test_a_card_with_one_thing_to_do_has_no_empty_list(knowledge: Knowledge) -> None:
    card = knowledge.cards["loan"].model_copy(update={"do_now": knowledge.cards["loan"].do_now[:1]})
    writer = Writer(knowledge, "zh")
    title = knowledge.talk.line("do_title", "zh")
    assert title not in writer.danger(card, LOAN, SCRIPT, None).lines
    assert title not in writer.what_now(card).lines


def test_not_this_offers_the_next_likeliest_and_a_pick_is_taken(knowledge: Knowledge) -> None:
    verdict = scam("loan", alternatives=choices(("credit_record", 0.05), ("phishing", 0.01)))
    talker = Talker(knowledge, Says({SCRIPT: verdict}))
    talker.say(SCRIPT)
    offered = ("pick:credit_record", "pick:phishing", "neither", "not_scam", "types")
    assert payloads(talker.press("not_this"))[:-1] == offered
    reply = talker.press("pick:credit_record")
    assert knowledge.cards["credit_record"].name.zh in reply.lines[0]
    assert (talker.state.type, talker.state.level) == ("credit_record", "danger")


def test_cues_count_from_the_start_of_the_text_as_sent(knowledge: Knowledge, talker: Talker) -> None:
    sent = f" \n{SCRIPT} "
    reply = talker.say(sent)
    assert [sent[c.start : c.end] for c in reply.verdict.cues] == ["解冻费", "卡号填错"]
    assert talker.state.seen is not None and talker.state.last.startswith(SCRIPT[:3])
    assert [talker.state.last[start:end] for start, end in talker.state.seen.cues] == ["解冻费", "卡号填错"]


# ---- rule 3: not sure --------------------------------------------------------------------------------


@pytest.mark.parametrize("rival", ["credit_record", "fake_refund", "dating", ""])
def test_caution_says_so_and_asks_one_question_with_buttons(knowledge: Knowledge, rival: str) -> None:
    others = choices((rival, 0.3)) if rival else ()
    talker = Talker(knowledge, Says(otherwise=scam("loan", "caution", alternatives=others)))
    reply = talker.say(SCRIPT)
    assert reply.lines[0] == knowledge.talk.line("caution", "zh", name="虚假贷款")
    assert reply.lines[1] == knowledge.talk.line("caution_do", "zh")
    assert sum("？" in line for line in reply.lines) == 1
    assert payloads(reply)[0] == "pick:loan" and {"neither", "paid"} <= set(payloads(reply))
    assert talker.state.pending is not None and talker.state.pending[0] == "loan"


def test_caution_between_neighbours_asks_what_separates_them(knowledge: Knowledge) -> None:
    verdict = scam("loan", "caution", alternatives=choices(("credit_record", 0.3)))
    reply = Talker(knowledge, Says(otherwise=verdict)).say(SCRIPT)
    contrast = knowledge.cards["loan"].contrast[0]
    assert contrast.ask.zh in reply.text
    assert reply.buttons[:2] == (
        Button(contrast.this.zh, "pick:loan"),
        Button(contrast.other.zh, "pick:credit_record"),
    )


def test_a_contrast_that_only_the_neighbour_has_is_turned_around(knowledge: Knowledge) -> None:
    verdict = scam("phishing", "caution", alternatives=choices(("tourism", 0.3)))
    pairs = {(c.id, x.with_) for c in knowledge.cards.values() for x in c.contrast}
    one_sided = sorted((a, b) for a, b in pairs if (b, a) not in pairs)
    assert one_sided, "otherwise this test has nothing to turn around"
    owner, other = one_sided[0]
    verdict = scam(other, "caution", alternatives=choices((owner, 0.3)))
    reply = Talker(knowledge, Says(otherwise=verdict)).say(SCRIPT)
    contrast = next(c for c in knowledge.cards[owner].contrast if c.with_ == other)
    assert reply.buttons[:2] == (
        Button(contrast.other.zh, f"pick:{other}"),
        Button(contrast.this.zh, f"pick:{owner}"),
    )


@pytest.mark.parametrize("picked", ["loan", "credit_record"])
def test_the_picked_type_is_used(knowledge: Knowledge, picked: str) -> None:
    verdict = scam("loan", "caution", alternatives=choices(("credit_record", 0.3)))
    talker = Talker(knowledge, Says({SCRIPT: verdict}))
    talker.say(SCRIPT)
    reply = talker.press(f"pick:{picked}")
    assert knowledge.cards[picked].name.zh in reply.lines[0]
    assert (reply.verdict.type, reply.verdict.level) == (picked, "danger")
    assert (talker.state.type, talker.state.level, talker.state.pending) == (picked, "danger", None)
    assert knowledge.cards[picked].genuine.zh in talker.say("怎么核实").text


def test_neither_ends_the_question_without_a_type(knowledge: Knowledge) -> None:
    talker = Talker(knowledge, Says({SCRIPT: scam("loan", "caution")}))
    talker.say(SCRIPT)
    reply = talker.press("neither")
    assert reply.lines[0] == knowledge.talk.line("none", "zh")
    assert (talker.state.type, talker.state.pending) == ("", None)


@pytest.mark.parametrize(
    "button",
    ["pick:no_such", "type:../x", "lang:xx", "nonsense", ":", "pick:", "real", "hand:x", "tell:", "news:"],
)
def test_a_button_that_does_not_exist_is_answered_all_the_same(talker: Talker, button: str) -> None:
    assert len(talker.press(button).lines) >= 2


# ---- rule 4: nothing suspicious ------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "text",
    [
        "今天天气真好",
        "她让我点这个链接看孩子照片,会不会有问题",
        "【某银行】您的验证码是4821",
        "https://example.com/a 这个网站正规吗",
        "这家店靠谱吗安全吗",
        "is this message safe and legit, can I trust them?",
    ],
)
def test_no_answer_to_something_unsuspicious_promises_safety(
    knowledge: Knowledge, text: str, lang: Lang
) -> None:
    reply = Talker(knowledge, lang=lang).say(text)
    assert "安全" not in reply.text and "safe" not in reply.text.lower()
    assert reply.verdict.level == "none"


@pytest.mark.parametrize("button", ["neither", "suspicious", "not_this", "not_scam", "real", "what_now"])
@pytest.mark.parametrize("lang", LANGS)
def test_no_button_leads_to_a_promise_of_safety(knowledge: Knowledge, button: str, lang: Lang) -> None:
    text = Talker(knowledge, lang=lang).press(button).text
    assert "安全" not in text and "safe" not in text.lower()


def test_asking_about_something_unsuspicious_tells_how_to_check(knowledge: Knowledge) -> None:
    reply = Talker(knowledge).say("他给我的这个网站靠谱吗,能信吗")
    assert reply.lines[:2] == lines_of(knowledge, "zh", "none", "none_do")
    assert knowledge.talk.line("none_check", "zh") in reply.lines


@pytest.mark.parametrize("text", ["今天天气真好", "晚上吃手把肉", "我家羊下羔了"])
def test_ordinary_talk_gets_an_ordinary_answer(knowledge: Knowledge, text: str) -> None:
    reply = Talker(knowledge).say(text)
    assert reply.lines == lines_of(knowledge, "zh", "plain", "plain_do")
    assert "没看出" not in reply.text and reply.buttons == ()


def test_what_may_well_be_a_scam_is_told_how_to_check(knowledge: Knowledge) -> None:
    doubted, harmless = Verdict(BENIGN, 0.6, "none"), Verdict(BENIGN, 0.8, "none")
    assert Talker(knowledge, Says(otherwise=doubted)).say("有人装成我儿子要学费").lines[:2] == lines_of(
        knowledge, "zh", "none", "none_do"
    )
    assert Talker(knowledge, Says(otherwise=harmless)).say("有人装成我儿子要学费").lines[:2] != lines_of(
        knowledge, "zh", "none", "none_do"
    )


@pytest.mark.parametrize("text", ["警察叔叔 我害怕", "我好害怕啊", "吓死我了", "I'm so scared"])
def test_who_is_afraid_is_asked_what_happened(talker: Talker, text: str) -> None:
    assert payloads(talker.say(text)) == ("paid", "happening", "code", "suspicious")


def test_cyrillic_mongolian_without_an_alarm_still_hears_of_110(knowledge: Knowledge, talker: Talker) -> None:
    reply = talker.say("Өчигдөр намайг залилсан")
    assert reply.lines == lines_of(knowledge, "zh", "cyrillic", "cyrillic_do")
    assert "110" in reply.text and "96110" in reply.text


def test_ordinary_talk_does_not_end_the_case_that_is_spoken_of(talker: Talker) -> None:
    talker.say(SCRIPT)
    talker.say("今天天气真好")
    assert talker.state.type == "loan"


def test_ordinary_talk_with_the_real_model_gets_an_ordinary_answer(
    knowledge: Knowledge, base_classifier: Classifier
) -> None:
    talker = Talker(knowledge, base_classifier)  # type: ignore[arg-type]
    for text in ("晚上吃什么", "明天去呼伦贝尔看草原", "昨天剪羊毛累坏了"):
        assert talker.say(text).lines == lines_of(knowledge, "zh", "plain", "plain_do")


def test_a_scam_with_the_real_model_is_named(knowledge: Knowledge, base_classifier: Classifier) -> None:
    talker = Talker(knowledge, base_classifier)  # type: ignore[arg-type]
    reply = talker.say("在家刷🍐日结,一单五十佣金,垫付本金返现,加v")
    assert "刷单返利" in reply.lines[0] and "刷🍐" in reply.text


# ---- follow-ups ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FOLLOW_UPS)
def test_a_follow_up_without_context_is_answered_and_not_judged(talker: Talker, text: str) -> None:
    reply = talker.say(text)
    assert len(reply.lines) >= 2 and reply.lines[0] and reply.lines[1]
    assert talker.classifier.asked == []


@pytest.mark.parametrize("text", FOLLOW_UPS)
@pytest.mark.parametrize("type_id", TAXONOMY)
def test_a_follow_up_speaks_of_the_type_in_question(knowledge: Knowledge, type_id: str, text: str) -> None:
    card = knowledge.cards[type_id]
    wanted = {
        "那我怎么办": card.do_now[0].zh,
        "接下来呢": card.name.zh,
        "那如果是熟人呢": card.warnings[0].zh,
        "怎么核实": card.genuine.zh,
        "讲给家人听": card.family.zh,
    }
    assert wanted[text] in Talker(knowledge, type=type_id, level="danger").say(text).text


def test_what_comes_next_without_context_asks_which_case(knowledge: Knowledge, talker: Talker) -> None:
    assert talker.say("接下来呢").lines == lines_of(knowledge, "zh", "no_context", "no_context_do")


def test_what_now_without_context_asks_what_happened_with_buttons(talker: Talker) -> None:
    assert payloads(talker.say("怎么办")) == ("paid", "happening", "code", "suspicious")


def test_how_to_check_without_context_gives_the_general_way(knowledge: Knowledge, talker: Talker) -> None:
    assert knowledge.cards[OTHER].genuine.zh in talker.say("怎么核实").text


@pytest.mark.parametrize("mark", ["paid", "happening"])
def test_what_now_after_an_urgent_message_is_still_urgent(knowledge: Knowledge, mark: str) -> None:
    reply = Talker(knowledge, type="loan", level="danger", **{mark: True}).say("那我怎么办")
    assert reply.lines[0] == knowledge.talk.line(mark, "zh")


def test_what_comes_next_walks_along_the_stages(knowledge: Knowledge, talker: Talker) -> None:
    card = knowledge.cards["loan"]
    talker.state = Talker(knowledge, type="loan", stage=card.stages[0].id).state
    for stage in card.stages[:-1]:
        assert card.stages[0].id and talker.state.stage == stage.id
        assert stage.next.zh in talker.say("接下来呢").lines[0]
    assert talker.state.stage == card.stages[-1].id
    assert card.stages[-1].next.zh in talker.say("接下来呢").lines[0]


def test_the_buttons_say_what_the_words_say(knowledge: Knowledge) -> None:
    for text, button in (("怎么核实", "verify"), ("讲给家人听", "family"), ("接下来呢", "next")):
        said, pressed = (Talker(knowledge, type="loan") for _ in range(2))
        assert said.say(text).lines == pressed.press(button).lines


# ---- despair -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "text",
    ["我不想活了", "钱都被骗光了,死了算了", "活不下去了", "我想自殺", "I want to die, all my money is gone"],
)
def test_words_of_despair_are_answered_first_with_the_help_line(
    knowledge: Knowledge, text: str, lang: Lang
) -> None:
    reply = Talker(knowledge, Says(otherwise=scam("loan", paid=True)), lang=lang).say(text)
    first = knowledge.urgent.despair.in_(reply.lang)
    assert first.startswith(reply.lines[0]) and "12356" in reply.lines[1]
    assert knowledge.talk.line("paid", reply.lang) in reply.lines, "what to do about the money follows"


@pytest.mark.parametrize(
    "text", ["笑死我了", "累死了今天", "热死了", "想死你了", "手机死机了", "气死我了这人", "饿死我了"]
)
def test_dying_of_laughter_is_not_despair(talker: Talker, text: str) -> None:
    assert "12356" not in talker.say(text).text


def test_despair_is_heard_also_without_a_scam(talker: Talker) -> None:
    assert "12356" in talker.say("不想活了").text


# ---- small talk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["你好", "您好!", "在吗", "hello", "Hi!", "早上好", "赛拜努", "/start"])
def test_a_greeting_is_greeted(knowledge: Knowledge, talker: Talker, text: str) -> None:
    answer = knowledge.talk.phrases["greeting"].answer
    assert answer is not None
    reply = talker.say(text)
    assert reply.text in (answer.zh, answer.en) and payloads(reply) == ("paid", "types")


@pytest.mark.parametrize("text", ["谢谢", "谢谢你啊", "多谢了", "thanks!", "thank you so much"])
def test_thanks_are_answered(talker: Talker, text: str) -> None:
    assert talker.say(text).lines[0] in ("不客气。", "You are welcome.")


@pytest.mark.parametrize("text", ["怎么用", "帮助", "你能干什么", "help", "how do i use this", "/help"])
def test_how_to_use_it_is_told(knowledge: Knowledge, talker: Talker, text: str) -> None:
    assert any(line.startswith("· ") for line in talker.say(text).lines)


@pytest.mark.parametrize("text", ["有哪些骗局", "都有什么骗局", "types", "常见骗局有哪些"])
def test_the_list_of_scams_has_a_button_for_each(talker: Talker, text: str) -> None:
    assert set(payloads(talker.say(text))) == {f"type:{name}" for name in TAXONOMY}


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_a_type_of_the_list_tells_of_itself(knowledge: Knowledge, type_id: str) -> None:
    talker = Talker(knowledge)
    reply = talker.press(f"type:{type_id}")
    assert reply.lines[:2] == (knowledge.cards[type_id].name.zh, knowledge.cards[type_id].what.zh)
    assert talker.state.type == type_id


@pytest.mark.parametrize("text", ["杀猪盘是什么", "什么是杀猪盘?", "杀猪盘", "tell me about pig_butchering"])
def test_asking_about_a_type_is_no_alarm(knowledge: Knowledge, talker: Talker, text: str) -> None:
    reply = talker.say(text)
    assert knowledge.cards["pig_butchering"].what.in_(reply.lang) in reply.lines
    assert talker.classifier.asked == []


@pytest.mark.parametrize("text", ["what is phishing?", "What is a loan scam?", "tell me about loan scam"])
def test_asking_about_a_type_in_english_is_no_alarm(talker: Talker, text: str) -> None:
    assert talker.say(text).lines[0] != talker.advisor.knowledge.talk.line("plain", "en")
    assert talker.classifier.asked == []


@pytest.mark.parametrize("text", ["Is this real?", "is it a scam", "这是真的吗", "是真的还是假的", "靠谱吗"])
def test_is_this_real_without_a_message_asks_for_it(knowledge: Knowledge, talker: Talker, text: str) -> None:
    reply = talker.say(text)
    assert reply.lines == lines_of(knowledge, reply.lang, "real_ask", "real_ask_do")


def test_is_this_real_after_a_message_tells_how_to_check(knowledge: Knowledge, talker: Talker) -> None:
    talker.say(SCRIPT)
    assert knowledge.cards["loan"].genuine.zh in talker.say("这是真的吗").text


@pytest.mark.parametrize("text", ["你是谁", "你是机器人吗", "你是警察吗", "你是真人吗"])
def test_asked_who_it_is_it_says_a_programme_and_not_the_police(talker: Talker, text: str) -> None:
    first = talker.say(text).lines[0]
    assert "程序" in first and "不是警察" in first


@pytest.mark.parametrize("text", ["who are you", "are you the police?", "are you human"])
def test_asked_in_english_who_it_is_it_says_the_same(talker: Talker, text: str) -> None:
    first = talker.say(text).lines[0]
    assert "programme" in first and "not the police" in first


# ---- things without words ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_is_told_so(knowledge: Knowledge, talker: Talker, text: str) -> None:
    assert talker.say(text).lines == lines_of(knowledge, "zh", "empty", "empty_do")


@pytest.mark.parametrize("text", ["😂", "🙏🙏", "👍🏽", "?", "!!!", "。。。"])
def test_a_lone_emoji_or_mark_is_taken_as_a_sticker(knowledge: Knowledge, talker: Talker, text: str) -> None:
    assert talker.say(text).lines == lines_of(knowledge, "zh", "sticker", "sticker_do")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "file", "other"])
def test_what_cannot_be_read_is_answered_with_how_to_send_it(
    knowledge: Knowledge, kind: str, lang: Lang
) -> None:
    key = kind if kind != "other" else "file"
    reply = Talker(knowledge, lang=lang).say("", kind)
    assert reply.lines == lines_of(knowledge, lang, key, f"{key}_do")


def test_a_photo_with_words_is_judged_by_its_words(knowledge: Knowledge, talker: Talker) -> None:
    assert knowledge.cards["loan"].name.zh in talker.say(SCRIPT, "photo").lines[0]


def test_mongolian_script_gets_the_bilingual_card_and_is_not_judged(
    knowledge: Knowledge, talker: Talker
) -> None:
    reply = talker.say("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ 贷款")
    assert "110" in reply.text and "96110" in reply.text and "用汉语再发一遍" in reply.text
    assert any("\u1800" <= char <= "\u18af" for char in reply.text)
    assert talker.classifier.asked == []


# ---- languages -----------------------------------------------------------------------------------------


def test_english_stays_until_it_is_changed(talker: Talker) -> None:
    assert talker.say("Is this real?").lang == "en"
    assert talker.say(SCRIPT).lang == "en"
    assert talker.say("😂").lang == "en"
    assert talker.say("中文").lang == "zh"
    assert talker.say(SCRIPT).lang == "zh"


def test_traditional_stays_until_it_is_changed(knowledge: Knowledge, talker: Talker) -> None:
    first = talker.say("這是真的嗎,他說要轉帳")
    assert first.lang == "zh-Hant" and first.lines[0] == traditional(first.lines[0])
    assert talker.say(SCRIPT).lang == "zh-Hant"
    assert talker.say("english please").lang == "en"
    assert talker.press("lang:zh-Hant").lang == "zh-Hant"


def test_languages_can_be_chosen_by_button(talker: Talker) -> None:
    assert payloads(talker.say("/lang")) == ("lang:zh", "lang:zh-Hant", "lang:en")
    for lang in LANGS:
        assert talker.press(f"lang:{lang}").lang == lang


def test_an_english_reply_holds_no_chinese_characters_of_ours(knowledge: Knowledge) -> None:
    for type_id in TAXONOMY:
        talker = Talker(knowledge, Says(otherwise=scam(type_id)), lang="en")
        reply = talker.say("they want a fee before the loan")
        assert not [c for line in reply.lines for c in line if "\u4e00" <= c <= "\u9fff"], type_id


# ---- what is remembered --------------------------------------------------------------------------------


def test_only_the_masked_text_is_remembered(talker: Talker) -> None:
    talker.say("我叫李明,他让我打13812345678转钱,是不是骗子呢")
    assert "13812345678" not in talker.state.last and "李明" not in talker.state.last
    assert "[电话]" in talker.state.last


def test_forgetting_leaves_nothing(knowledge: Knowledge, talker: Talker) -> None:
    talker.say(SCRIPT)
    answer = knowledge.talk.phrases["forget"].answer
    assert answer is not None and talker.say("/forget").text == answer.zh
    assert talker.state == Talker(knowledge).state


def test_the_advisor_itself_keeps_nothing(knowledge: Knowledge) -> None:
    talker, other = Talker(knowledge, Says({SCRIPT: LOAN})), Talker(knowledge)
    talker.say(SCRIPT)
    other.advisor = talker.advisor
    assert other.say("接下来呢").lines[0] == knowledge.talk.line("no_context", "zh")
