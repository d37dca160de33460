"""Example files: batches of a writer, minimal pairs, what is wrong said with file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.checked import KnowledgeError
from intents.examples import Example, load

PAIR = """\
- writer: w01
  pairs:
  - - {type: loan, text: 先交解冻费才放款, form: question, persona: 开店的}
    - {type: benign, text: 放款了没收费, form: question, persona: 开店的, near: loan}
"""


def folder(tmp_path: Path, pairs: str) -> Path:
    """A knowledge folder with nothing but a file of pairs."""
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "pairs.yaml").write_text(pairs, encoding="utf8")
    return tmp_path


def test_a_pair_gives_two_examples_of_one_writer(tmp_path: Path) -> None:
    scam, talk = load(folder(tmp_path, PAIR))
    assert (scam.type, talk.type, talk.near) == ("loan", "benign", "loan")
    assert scam.group == talk.group == "w01"


def test_a_pair_of_one_is_refused_with_its_file(tmp_path: Path) -> None:
    lonely = PAIR[: PAIR.index("    - {type: benign")]
    with pytest.raises(KnowledgeError, match=r"pairs\.yaml"):
        load(folder(tmp_path, lonely))


def test_the_corpus_has_its_pairs_and_every_pair_differs(examples: list[Example]) -> None:
    of_pairs = [e for e in examples if e.group == "w19"]
    assert len(of_pairs) >= 600
    first, second = of_pairs[::2], of_pairs[1::2]
    for a, b in zip(first, second, strict=True):
        assert (a.type, a.paid, a.happening) != (b.type, b.paid, b.happening), a.text
