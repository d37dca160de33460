"""What the heads see of a text."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from intents.examples import Example
from intents.features import features_version, placed, terms, tokenizer
from intents.text import prepare


def test_digits_are_folded_to_their_length_and_public_numbers_stay() -> None:
    seen = terms("转3000到6222020200012345,打96110或110,共12,345.6元")
    assert {"=0000", "=00000+", "=96110", "=110"} <= set(seen)
    assert not any("3000" in term or "6222" in term for term in seen)


def test_two_amounts_of_one_length_look_the_same() -> None:
    assert terms("先交3000元") == terms("先交8500元")


@pytest.mark.parametrize(
    "text", ["先交3000元解冻费,vx联系", "pay 200 now! [电话]", "他让我念验证码?打110", "мал зарна, 5 ямаа"]
)
def test_the_places_of_a_feature_slice_to_its_term(text: str) -> None:
    found = placed(prepare(text).value)
    value = prepare(text).value
    for term, start, end in found:
        piece = value[start:end]
        assert 0 <= start < end <= len(value)
        if term.startswith("#"):
            continue  # an act is a pattern; its name is not in the text
        if term.startswith("~"):
            assert piece == term.strip("~")
        elif not term.startswith("="):
            assert piece == term
        elif "+" not in term[1:] or term == "=00000+":
            assert piece.startswith(term[1:]) or re.fullmatch(r"[\d.,]+", piece)
        elif not re.search(r"\d", term):
            first, second = term[1:].split("+", 1)
            assert piece.startswith(first.removeprefix("=")) and piece.endswith(second)


def test_cyrillic_words_that_differ_in_their_endings_share_pieces() -> None:
    assert {"~~дан", "~данс"} <= set(terms("данснаас")) & set(terms("дансанд"))
    assert not any("~" in term for term in terms("account accounts"))


def test_the_words_of_a_run_cover_it_without_gaps() -> None:
    text = "客服让我下载会议软件共享屏幕"
    words = sorted((s, e) for t, s, e in placed(text) if t.startswith("=") and "+" not in t)
    assert [s for s, _ in words] == [0, *(e for _, e in words[:-1])]
    assert words[-1][1] == len(text)


def test_the_analyzer_gives_what_placed_gives(few: list[Example]) -> None:
    for example in few:
        value = prepare(example.text).value
        assert terms(value) == [term for term, _, _ in placed(value)]


def test_a_mask_token_is_one_word() -> None:
    assert "=[电话]" in terms("打[电话]")


def test_slang_of_the_own_dictionary_is_one_word() -> None:
    assert "=刷单" in terms("在家刷单赚钱")


def test_no_words_no_features() -> None:
    assert terms("") == [] and terms("   \n") == []


def test_the_features_version_is_the_same_in_another_process() -> None:
    program = "from intents.features import features_version; print(features_version())"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == features_version()
    assert re.fullmatch(r"[0-9a-f]{16}", features_version())


def test_the_dictionary_is_jiebas_own_with_the_slang() -> None:
    found = tokenizer()
    words, total = found.gen_pfdict(found.get_dict_file())
    added = set(found.FREQ) - set(words)
    assert found.total >= total
    assert "杀猪盘" in found.FREQ and len(added) < 500
    assert {word: found.FREQ[word] for word in words if word not in found.user_word_tag_tab} == {
        word: count for word, count in words.items() if word not in found.user_word_tag_tab
    }
