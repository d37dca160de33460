"""Text -> Verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intents import segments
from intents.classifier import STRONGEST, Classifier
from intents.examples import HELD_OUT, Example
from intents.knowledge import Knowledge
from intents.model import MARKS, Model
from intents.types import BENIGN, NOTHING
from tests import tiny

SCRIPT = "您好,快递丢了给您三倍理赔,请加v下载会议软件共享屏幕,把卡号和验证码报给我,马上退款到账"
MEETING = (
    "会议纪要。下周一上午九点在二楼会议室开例会,请各科室准备上个月的工作小结。食堂从本周起换新菜单,周三有羊肉包子。"
    "办公楼东侧的路灯已经修好,停车请按线。草原上今年雨水多,草长得不错,打草的机器已经检修完毕。"
    "孩子们的运动会改到下周五,家长可以来看。图书室新到了一批书,欢迎借阅。\n"
)
PAGES = 60
"""So many times `MEETING` are more than 8,000 characters, ten printed pages."""
HIDDEN = {
    "investment": "老师说群里的内部票今天就要涨停,您先下载这个app把本金充值进来,上次您提现的三百已经到账了吧。"
    "这次要提现得先交百分之二十的个人所得税和保证金,交完马上解冻,不交账户就永久冻结,截图发给助理登记。",
    "fake_refund": "您好,我是快递客服,您的包裹丢失了,现在给您办理三倍理赔,请加我微信,下载会议软件共享屏幕,"
    "把银行卡号和收到的验证码报给我,十分钟之内退款到账,超时您的百万保障每个月自动扣两千。",
    "loan": "您的贷款八万已经批下来了,因为您的银行卡号填错一位,资金被银保监会冻结,需要先转八千元认证金解冻,"
    "解冻后和贷款一起退到您的卡上,不交就是骗贷要起诉。",
}


@pytest.fixture
def fresh(tiny_model: Model, knowledge: Knowledge) -> tuple[Classifier, tiny.HashEncoder]:
    """A classifier with nothing in its cache, and the encoder that counts."""
    encoder = tiny.HashEncoder()
    return Classifier(tiny_model, encoder, knowledge.signs), encoder


@pytest.fixture(scope="module")
def held(examples: list[Example]) -> list[Example]:
    """Some of what the held-out writers wrote."""
    return [example for example in examples if example.group in HELD_OUT][::2]


def test_the_type_is_benign_exactly_when_the_level_is_none(
    base_classifier: Classifier, held: list[Example]
) -> None:
    verdicts = [base_classifier.classify(example.text) for example in held]
    assert {v.level for v in verdicts} == {"danger", "caution", "none"}
    assert all((v.type == BENIGN) == (v.level == "none") for v in verdicts)


def test_alternatives_are_the_next_two_and_never_the_type_itself(
    base_classifier: Classifier, held: list[Example]
) -> None:
    for verdict in map(base_classifier.classify, (example.text for example in held)):
        names = [choice.type for choice in verdict.alternatives]
        assert len(names) == len(set(names)) == 2 and verdict.type not in names
        assert verdict.level == "none" or BENIGN not in names
        assert verdict.alternatives[0].probability >= verdict.alternatives[1].probability


def test_danger_and_caution_always_have_a_cue_and_none_has_none(
    base_classifier: Classifier, held: list[Example]
) -> None:
    for example in held:
        verdict = base_classifier.classify(example.text)
        assert bool(verdict.cues) == (verdict.level != "none"), example.text


def test_cues_are_slices_of_the_text_as_sent_in_order_and_apart(
    base_classifier: Classifier, held: list[Example]
) -> None:
    for example in held:
        at = 0
        for cue in base_classifier.classify(example.text).cues:
            assert example.text[cue.start : cue.end] == cue.text and cue.text.strip()
            assert at <= cue.start
            at = cue.end


@pytest.mark.parametrize("before", ["😀", "👨‍👩‍👧‍👦🏽", "🍐🍐 ", "𠮷", "\u200b\u200b", "ＡＢＣ", "①②"])
def test_cues_count_code_points_also_with_odd_characters_before_them(
    base_classifier: Classifier, before: str
) -> None:
    script = HIDDEN["fake_refund"]
    text = before + script
    verdict = base_classifier.classify(text)
    assert verdict.level == "danger" and verdict.cues
    assert all(text[cue.start : cue.end] == cue.text for cue in verdict.cues)
    assert any(cue.text in script for cue in verdict.cues)


def test_an_evasive_spelling_is_shown_as_it_was_written(base_classifier: Classifier) -> None:
    verdict = base_classifier.classify("😀在家刷🍐日结,一单五十佣金,垫付本金返现,加v")
    assert verdict.level == "danger" and verdict.type == "brushing"
    assert any("🍐" in cue.text for cue in verdict.cues)


@pytest.mark.parametrize("text", ["", "   ", "😂", "?!。", "ᠮᠣᠩᠭᠣᠯ 刷单日结加微信"])
def test_nothing_to_read_or_mongolian_script_is_nothing_suspicious(
    tiny_classifier: Classifier, text: str
) -> None:
    assert tiny_classifier.classify(text) == NOTHING


@pytest.mark.parametrize("text", ["今天天气真好", "在吗", "晚上吃什么", "明天去呼伦贝尔看草原"])
def test_small_things_raise_no_alarm(base_classifier: Classifier, text: str) -> None:
    assert base_classifier.classify(text).level == "none"


# ---- long texts ------------------------------------------------------------------------------------


def test_ten_pages_of_ordinary_text_raise_no_alarm(base_classifier: Classifier) -> None:
    assert len(MEETING) * PAGES > 8000
    assert base_classifier.classify(MEETING * PAGES).level == "none"


@pytest.mark.parametrize("before", [0, PAGES // 2, PAGES])
@pytest.mark.parametrize("label", HIDDEN)
def test_a_scam_paragraph_inside_ten_pages_of_ordinary_text_is_found(
    base_classifier: Classifier, label: str, before: int
) -> None:
    script = HIDDEN[label]
    assert base_classifier.classify(script).level == "danger", "alone it is plain"
    text = MEETING * before + script + "\n" + MEETING * (PAGES - before)
    verdict = base_classifier.classify(text)
    assert (verdict.level, verdict.type) != ("none", BENIGN)
    assert any(cue.text in script for cue in verdict.cues)


def test_a_long_text_has_a_budget_of_embeddings(fresh: tuple[Classifier, tiny.HashEncoder]) -> None:
    classifier, encoder = fresh
    found = classifier.windows(MEETING * 20 + SCRIPT + MEETING * 20)
    assert len(found) > len(encoder.seen) == STRONGEST == 3
    assert all(len(text) <= segments.WHOLE for text in encoder.seen)


def test_explaining_a_text_embeds_nothing_more(fresh: tuple[Classifier, tiny.HashEncoder]) -> None:
    classifier, encoder = fresh
    classifier.classify(SCRIPT * 400)
    assert len(encoder.seen) == STRONGEST


def test_a_short_text_is_embedded_once_and_a_known_one_not_again(
    fresh: tuple[Classifier, tiny.HashEncoder],
) -> None:
    classifier, encoder = fresh
    first = classifier.classify("在吗")
    asked = len(encoder.seen)
    assert asked >= 1
    assert classifier.classify("在吗") == first
    assert len(encoder.seen) == asked


def test_the_cache_belongs_to_one_classifier(tiny_model: Model) -> None:
    encoder = tiny.HashEncoder()
    Classifier(tiny_model, encoder).classify("在吗")
    Classifier(tiny_model, encoder).classify("在吗")
    assert encoder.seen.count("在吗") == 2


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT * 600,
        MEETING * 200,
        "刷单" * 10_000,
        "a" * 20_000,
        "1 " * 10_000,
        "。" * 19_999 + "好",
        "😀" * 19_999 + "好",
        "\n" * 19_999 + "好",
        "❶" * 20_000,
        "(" * 10_000 + "好" * 10_000,
        "@" * 10_000 + "a@" * 5_000,
        "138-" * 5_000,
    ],
    ids=lambda text: repr(text[:4]),
)
def test_twenty_thousand_characters_are_answered_within_the_budget(tiny_model: Model, text: str) -> None:
    encoder = tiny.HashEncoder()
    verdict = Classifier(tiny_model, encoder).classify(text[:20_000])
    assert len(encoder.seen) <= STRONGEST
    assert all(len(seen) <= segments.WHOLE for seen in encoder.seen)
    assert verdict.level in ("danger", "caution", "none")


def test_the_windows_of_a_text_cover_all_that_can_be_read() -> None:
    text = (MEETING + SCRIPT) * 5
    pieces = segments.windows(text)
    assert all(end - start <= segments.WINDOW for start, end in pieces)
    assert "".join(text[start:end] for start, end in pieces).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("没有标点", []),
        ("先交押金,再寄护照", ["先交押金", "再寄护照"]),
        ("一,二,三,四,五。", ["一", "二,三,四,五。", "一,二", "三,四,五。", "一,二,三,四", "五。"]),
    ],
)
def test_the_parts_of_a_text_are_its_beginnings_and_ends(text: str, parts: list[str]) -> None:
    """Cut between clauses, at three places at most."""
    assert [text[start:end] for start, end in segments.parts(text)] == parts


def test_a_line_break_parts_two_long_paragraphs_but_not_the_lines_of_a_chat() -> None:
    before, script = "草长得不错,打草的机器已经检修完毕。" * 4 + "\n", HIDDEN["loan"] + "\n"
    assert (len(before), len(before + script)) in segments.windows(before + script + MEETING)
    lines = "他:在吗\n我:在\n" * 20
    assert all(end - start >= segments.WINDOW // 2 for start, end in segments.windows(lines)[:-1])


# ---- encoder and threads ---------------------------------------------------------------------------


def with_outputs(model: Model, **logits: float) -> Classifier:
    """The model with a head that gives these logits to whatever text, and -9 to the other types and marks."""
    outputs = (*model.labels, *MARKS)
    bias = np.full(len(outputs), -9.0, np.float32)
    for name, value in logits.items():
        bias[outputs.index(name)] = value
    head = replace(model.heads["ngram"], share=np.zeros_like(bias), bias=bias)
    return Classifier(replace(model, heads={"ngram": head}))


def test_danger_names_a_type(tiny_model: Model) -> None:
    """Sure of a scam but not of which: caution, where two types are asked about."""
    one = with_outputs(tiny_model, loan=9.0).classify(SCRIPT)
    three = with_outputs(tiny_model, loan=9.0, phishing=9.0, tourism=9.0).classify(SCRIPT)
    assert (one.type, one.level) == ("loan", "danger")
    assert three.level == "caution"


def test_danger_of_a_type_with_few_scripts_is_for_what_is_nearly_theirs(tiny_model: Model) -> None:
    """They do not tell what is ordinary in their field."""
    new = replace(tiny_model, new=frozenset({"loan"}))
    for logit, level in ((5.0, "caution"), (9.0, "danger")):
        assert with_outputs(tiny_model, loan=logit, benign=0.0).classify(SCRIPT).level == "danger"
        assert with_outputs(new, loan=logit, benign=0.0).classify(SCRIPT).level == level


@pytest.mark.parametrize("text", [SCRIPT, "抢了箱苹果"])
def test_ordinary_talk_is_no_emergency(tiny_model: Model, text: str) -> None:
    """A mark needs a scam that is conceivable, in a short text as in a long one."""
    talk = with_outputs(tiny_model, benign=3.0, paid=9.0, happening=9.0).classify(text)
    assert (talk.level, talk.paid, talk.happening) == ("none", False, False)


def test_a_mark_stands_beside_a_scam(tiny_model: Model) -> None:
    now = with_outputs(tiny_model, loan=3.0, happening=9.0).classify(SCRIPT)
    gone = with_outputs(tiny_model, loan=3.0, paid=9.0).classify(SCRIPT)
    assert (now.paid, now.happening) == (False, True) and (gone.paid, gone.happening) == (True, False)


def test_without_an_encoder_the_ngram_head_serves(tiny_model: Model) -> None:
    classifier = Classifier(tiny_model)
    assert classifier.head_name == "ngram"
    assert classifier.classify(SCRIPT).type in tiny_model.labels


def test_an_encoder_of_another_version_is_not_used(tiny_model: Model) -> None:
    encoder = tiny.HashEncoder("hash-2")
    classifier = Classifier(tiny_model, encoder)
    assert classifier.head_name == "ngram"
    classifier.classify(SCRIPT)
    assert encoder.seen == []


def test_the_full_head_serves_with_its_encoder(tiny_classifier: Classifier) -> None:
    assert tiny_classifier.head_name == "full"


def test_many_threads_get_the_verdicts_of_one(tiny_model: Model, few: list[Example]) -> None:
    texts = [example.text for example in few[::6]]
    alone = Classifier(tiny_model, tiny.HashEncoder())
    wanted = [alone.classify(text) for text in texts]
    shared = Classifier(tiny_model, tiny.HashEncoder())
    found: dict[int, list[object]] = {}

    def ask(number: int) -> None:
        found[number] = [shared.classify(text) for text in texts]

    assert tiny.in_threads(8, ask) == []
    assert all(found[number] == wanted for number in range(8))


def test_the_cues_of_a_type_can_be_asked_for_whatever_the_verdict(tiny_classifier: Classifier) -> None:
    text = "😀贷款要先交解冻费"
    cues = tiny_classifier.sign_cues("loan", text)
    assert cues and all(text[cue.start : cue.end] == cue.text for cue in cues)
    assert tiny_classifier.sign_cues("no_such_type", text) == ()
