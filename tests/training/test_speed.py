"""The speed benchmark: what it measures on, how it counts, and who is compared."""

from __future__ import annotations

import importlib.util
import time

from intents.classifier import Classifier
from intents.examples import HELD_OUT, Example
from training.benchmark import rivals, speed, timing


def test_texts_have_exactly_the_length_and_none_comes_twice(few: list[Example]) -> None:
    for length in (10, 160, 20_000):
        texts = timing.of_length(few, length, 20)
        assert {len(text) for text in texts} == {length}
        assert len(set(texts)) == len(texts) == 20


def test_works_take_turns_on_the_same_texts() -> None:
    seen: list[str] = []
    works = [lambda text, n=name: seen.append(n + text) for name in "ab"]
    found = timing.side_by_side(works, ["1", "2", "3"])
    assert seen == ["a1", "b1", "a2", "b2", "a3", "b3"]
    assert [timing_of.rounds for timing_of in found] == [3, 3]


def test_a_measurement_ends_with_its_time_but_not_before_the_fewest_texts() -> None:
    seen: list[str] = []
    timing.side_by_side([seen.append], [str(n) for n in range(100)], seconds=-1.0)
    assert len(seen) == timing.FEWEST


def test_the_clock_and_the_processor_are_told_apart() -> None:
    (found,) = timing.side_by_side([lambda _: time.sleep(0.02)], ["1", "2", "3"])
    assert found.p50 >= 20.0 > found.cpu
    assert found.p99 >= found.p50


def test_a_table_counts_a_chinese_character_as_two_columns() -> None:
    assert timing.table(("字", "ms"), [["ab", "1"]]) == "字  ms\nab   1"


def test_speed_is_measured_by_length_for_both_heads(tiny_classifier: Classifier, few: list[Example]) -> None:
    shown = speed.run(tiny_classifier, few, seconds=0.0)
    for length in speed.LENGTHS:
        assert shown.count(f" {length} ") >= 2
    assert "只看字词" in shown and "字词+句向量" in shown and "再问一遍" in shown and "每秒" in shown


def test_the_rivals_learn_no_row_of_a_writer_held_out(
    tiny_classifier: Classifier, few: list[Example]
) -> None:
    learnt = sum(example.group not in HELD_OUT for example in few)
    shown = rivals.run(tiny_classifier, few, train=False, seconds=0.0)
    assert f"{learnt} 条训练" in shown
    assert "草原反诈" in shown and "jieba + TF-IDF + scikit-learn" in shown
    # Where the optional package is missing, the one line that installs it stands below.
    installed = importlib.util.find_spec("fasttext") is not None
    assert (rivals.INSTALL in shown) != installed
