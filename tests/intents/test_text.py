"""Masking, normalising, languages and scripts."""

from __future__ import annotations

import random

import pytest

from intents.classifier import Classifier
from intents.text import (
    Text,
    has_words,
    is_mongolian_script,
    language,
    mask,
    masked,
    normalise,
    prepare,
    traditional,
)
from intents.types import Verdict
from tests.tiny import out_of_order

PERSONAL = [
    ("打我电话13812345678", "打我电话[电话]"),
    ("打我电话138 1234 5678吧", "打我电话[电话]吧"),
    ("打+86-138-1234-5678", "打[电话]"),
    ("座机0470-8123456", "座机[电话]"),
    ("客服400-800-1234", "客服[电话]"),
    ("whatsapp +976 9911 2233 44", "whatsapp [电话]"),
    ("１３８１２３４５６７８", "[电话]"),
    ("卡6222020200012345678转", "卡[卡号]转"),
    ("卡 6222 0202 0001 2345 678", "卡 [卡号]"),
    ("身份证152101198805201234", "身份证[证件]"),
    ("身份证15210119880520123x", "身份证[证件]"),
    ("车牌蒙A12345", "车牌[车牌]"),
    ("车牌蒙AD12345", "车牌[车牌]"),
    ("我住3号楼2单元501", "我住[地址]"),
    ("发zhang.san+1@mail.example.com", "发[邮箱]"),
    ("我叫李明,在旗里", "我叫[姓名],在旗里"),
    ("我叫王小明电话13812345678", "我叫[姓名]电话[电话]"),
    ("本人王小花。", "本人[姓名]。"),
    ("户名:乌云其格", "户名[姓名]"),
    ("收款人是张三", "收款人[姓名]"),
]
PUBLIC = [
    "打110或者96110",
    "工行95588发来的",
    "12381、12315、12356",
    "转了8000元,还差12,345.67元",
    "一共20000块,分3次",
    "2026年11月24日10:30",
    "我叫他别转",
    "快递单号SF1234567",
    "楼下3号门",
]
PIECES = [
    *("13812345678", "6222020200012345678", "152101198805201234", "蒙A12345", "3号楼2单元501", "a@b.com"),
    *(
        "我叫李明",
        "户名:王小花",
        "本人",
        "李明",
        "110",
        "96110",
        "8000元",
        " ",
        "-",
        "号楼",
        "+86",
        "1",
        "。",
    ),
    *("0470-8123456", "[姓名]", "１３８１２３４５６７８", "🍐", "刷 单", "Ａ", "轉帳", "\u200b", "加v"),
]


def jumbles(count: int) -> list[str]:
    """Texts put together of the pieces, the same each time."""
    dice = random.Random(20261124)
    return ["".join(dice.choices(PIECES, k=dice.randint(1, 6))) for _ in range(count)]


@pytest.mark.parametrize(("sent", "kept"), PERSONAL)
def test_personal_data_is_masked(sent: str, kept: str) -> None:
    assert mask(sent) == kept


@pytest.mark.parametrize("sent", PUBLIC)
def test_public_numbers_and_amounts_stay(sent: str) -> None:
    assert mask(sent) == sent


@pytest.mark.parametrize("sent", [sent for sent, _ in PERSONAL] + PUBLIC)
def test_masking_twice_changes_nothing_more(sent: str) -> None:
    assert mask(mask(sent)) == mask(sent)


def test_masking_twice_changes_nothing_more_where_personal_data_touch() -> None:
    assert [text for text in jumbles(3000) if mask(mask(text)) != mask(text)] == []


@pytest.mark.parametrize("sent", ["我叫李明13812345678", "本人李明5栋301", "我叫李明6222020200012345678"])
def test_a_name_is_masked_also_where_a_number_follows_it_at_once(sent: str) -> None:
    assert "李明" not in mask(sent)


@pytest.mark.parametrize("name", ["欧阳娜娜", "乌云其其格", "那日苏", "阿拉坦其木格"])
def test_a_long_or_mongolian_name_is_masked_after_my_name_is(name: str) -> None:
    assert name not in mask(f"我叫{name},我的卡被骗了")


def test_masking_keeps_the_places_of_the_text_as_sent() -> None:
    sent = "我叫李明,打13812345678找我"
    text = masked(Text.of(sent))
    at = text.value.index("[电话]")
    start, end = text.source(at, at + 4)
    assert sent[start:end] == "13812345678"


def test_a_verdict_is_the_same_for_a_text_and_for_the_masked_text(tiny_classifier: Classifier) -> None:
    def seen(verdict: Verdict) -> tuple[object, ...]:
        return (verdict.type, verdict.probability, verdict.level, verdict.paid, verdict.happening)

    texts = [f"他让我先交保证金再放款,{sent}" for sent, _ in PERSONAL] + PUBLIC
    for text in texts:
        assert seen(tiny_classifier.classify(text)) == seen(tiny_classifier.classify(mask(text))), text


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("保證金和驗證碼", "保证金和验证码"),
        ("轉帳給我", "转账给我"),
        ("刷🍐", "刷单"),
        ("加v", "加微信"),
        ("加薇信", "加微信"),
        ("薇信", "微信"),
        ("s单日结", "刷单日结"),
        ("S单", "刷单"),
        ("薇 信", "微信"),
        ("刷*单", "刷单"),
        ("骗🐶子", "骗子"),
        ("验 证 码", "验证码"),
        ("验\u200b证\u200b码", "验证码"),
        ("转 帳", "转账"),
        ("Vx号", "微信号"),
        ("好的😂谢谢", "好的谢谢"),
        ("①②", "12"),
    ],
)
def test_disguised_writing_is_undone(sent: str, plain: str) -> None:
    assert prepare(sent).value == plain


@pytest.mark.parametrize(
    "sent", ["bus单程票", "love you", "fvx2000", "apps单", "i like vxworks", "加velcro", "english class"]
)
def test_an_odd_spelling_inside_a_latin_word_is_left_alone(sent: str) -> None:
    assert prepare(sent).value == sent


def test_gaps_between_latin_words_stay() -> None:
    assert prepare("Is  this Real").value == "is  this real"


def test_normalising_twice_changes_nothing_more() -> None:
    for sent in ["刷🍐加v", "保證金", "ＶＸ", "验 证 码", "骗🐶子"]:
        once = prepare(sent).value
        assert normalise(Text.of(once)).value == once


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "刷🍐加v,我是𠮷野家",
        "👨‍👩‍👧加薇信轉帳１３８１２３４５６７８給我",
        "㈱ﬁﷺ①Ⅷ㌔",
        "我叫李明,身份证152101198805201234,蒙A12345",
        "e\u0301 é ё İ ß",
        "\u202e反着写\u202c的字",
        "ᠮᠣᠩᠭᠣᠯ 和汉字",
        "❶❷❸ 1️⃣2️⃣3️⃣",
        "刷 * 单 / 加 🍐 v",
        "a\n\n\tb\r\n转 账",
    ],
)
def test_each_prepared_character_comes_from_a_place_in_the_text_in_order(sent: str) -> None:
    assert out_of_order(sent) == []


def test_half_a_surrogate_pair_is_read_like_any_odd_character() -> None:
    sent = "\ud800坏掉的字"
    assert "坏掉的字" in prepare(sent).value
    assert out_of_order(sent) == []
    assert language(sent) == "zh"


def test_places_hold_in_any_mixture() -> None:
    assert [text for text in jumbles(1500) if out_of_order(text)] == []


def test_a_word_undone_points_at_the_odd_one_after_an_emoji() -> None:
    sent = "😀😀快来刷🍐吧"
    text = prepare(sent)
    at = text.value.index("刷单")
    start, end = text.source(at, at + 2)
    assert sent[start:end] == "刷🍐"


@pytest.mark.parametrize(
    ("sent", "lang"),
    [
        ("这是真的吗", "zh"),
        ("這是真的嗎", "zh-Hant"),
        ("客服說我的帳號被凍結,要轉帳", "zh-Hant"),
        ("Is this real?", "en"),
        ("He asked me to pay at 呼和浩特 for the deposit of the car", "en"),
        ("加我wechat聊", "zh"),
        ("13812345678", None),
        ("https", None),
        ("😂", None),
        ("ᠮᠣᠩᠭᠣᠯ", None),
        ("", None),
    ],
)
def test_the_language_is_told(sent: str, lang: str | None) -> None:
    assert language(sent) == lang


def test_mongolian_script_is_told_from_cyrillic() -> None:
    assert is_mongolian_script("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ")
    assert is_mongolian_script("你好 ᠮᠣᠩᠭᠣᠯ")
    assert not is_mongolian_script("Сайн байна уу")
    assert not is_mongolian_script("蒙古文")


def test_words_are_letters_digits_or_chinese() -> None:
    assert has_words("好") and has_words("a") and has_words("1")
    assert not has_words("😂!?。 \n")


def test_simplified_is_written_in_traditional() -> None:
    assert traditional("转账前先打电话") == "轉賬前先打電話"
