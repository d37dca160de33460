"""The benchmark of new types: each is uploaded alone, and counted as by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.checked import KnowledgeError
from intents.examples import Example
from tests import tiny
from training.benchmark import new_types
from training.benchmark.new_types import NewField

VISA = NewField(
    name="假签证",
    scripts=("签证包过,先交担保金",),
    unseen=("签证包过,先交担保金", "明天那达慕几点开始"),
    ordinary=("签证去哪里办", "羊肉多少钱一斤", "签证包过,先交担保金"),
)


def test_a_type_is_counted_by_what_was_not_uploaded(few: list[Example]) -> None:
    (found,) = new_types.run({"fake_visa": VISA}, few, tiny.HashEncoder())
    assert (found.name, found.scripts, found.unseen, found.ordinary) == ("假签证", 1, 2, 3)
    assert found.out_of_fold == 0, "its one script was held out"
    assert found.named <= found.warned <= 2 and found.danger <= found.disturbed <= 3
    assert found.named == 1, "the uploaded line itself is known, the festival is not one"


def test_the_counts_are_told_in_words() -> None:
    line = new_types.line(new_types.Learnt("假签证", 24, 17, 20, 19, 20, 20, 0, 2))
    assert line == (
        "假签证：没上传过的 20 条，叫对名字 19，看出是骗局 20；平常话 20 条，danger 0，提醒以上 2；"
        "自己的话术轮流留出 24 条认出 17"
    )


@pytest.mark.parametrize("name", ["new_fields.yaml", "new_fields_broad.yaml"])
def test_the_fields_of_the_tests_are_of_one_size(name: str) -> None:
    for field in new_types.load(Path(__file__).parent.parent / name).values():
        texts = [*field.scripts, *field.unseen, *field.ordinary]
        assert (len(field.scripts), len(field.unseen), len(field.ordinary)) == (24, 20, 20)
        assert len(set(texts)) == len(texts), "nothing that is uploaded measures"


def test_a_field_that_is_wrong_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "fields.yaml"
    path.write_text("fake_visa:\n  name: 假签证\n  scripts: [a]\n  unseen: []\n", encoding="utf8")
    with pytest.raises(KnowledgeError, match=r"fields\.yaml 第 4 行"):
        new_types.load(path)
