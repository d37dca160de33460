"""Term counts: as scikit-learn counts, remembered for the texts of the last fit alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from bot.store.counts import FILE, StoredCounts
from intents.examples import Example
from intents.features import terms
from training.counts import Matrix, TermCounts
from training.rows import rows

TEXTS = ["先交解冻费", "先交解冻费,先交", "今天吃什么", "", "今天吃什么"]


def by_term(found: tuple[list[str], Matrix]) -> dict[str, list[float]]:
    """The counts of each term over the texts."""
    names, counts = found
    return dict(zip(names, counts.toarray().T.tolist(), strict=True))


def counted(texts: Sequence[str]) -> dict[str, list[float]]:
    """What scikit-learn counts."""
    vectorizer = CountVectorizer(analyzer=terms)
    counts = vectorizer.fit_transform(texts).toarray()
    return dict(zip(vectorizer.get_feature_names_out(), counts.T.tolist(), strict=True))


def test_terms_are_counted_as_scikit_learn_does(few: list[Example]) -> None:
    texts = rows(few).texts
    assert by_term(TermCounts()(texts)) == counted(texts)


@pytest.mark.parametrize("again", [TEXTS, TEXTS[::-1], [*TEXTS, "下载会议软件"], TEXTS[:2], []])
def test_what_is_remembered_gives_the_same_counts(again: list[str]) -> None:
    counts = TermCounts()
    counts(TEXTS)
    stored = TermCounts.loads(counts.dumps())
    for remembered in (counts, stored):
        assert by_term(remembered(again)) == (counted(again) if again else {})


def test_a_text_that_left_is_forgotten_with_its_terms() -> None:
    counts = TermCounts()
    counts(["先交解冻费", "今天吃什么"])
    counts(["今天吃什么"])
    assert counts.knows(["今天吃什么"]) and not counts.knows(["先交解冻费", "今天吃什么"])
    assert "解冻" not in counts.dumps().decode("utf8", "replace")


def test_damage_costs_time_only() -> None:
    counts = TermCounts()
    counts(TEXTS)
    whole = counts.dumps()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole[:-40] + bytes(40)):
        assert by_term(TermCounts.loads(damaged)(TEXTS)) == counted(TEXTS)


def test_counts_are_kept_in_the_data_folder_from_one_process_to_the_next(tmp_path: Path) -> None:
    first = StoredCounts(tmp_path)(TEXTS)
    assert TermCounts.loads((tmp_path / FILE).read_bytes()).knows(TEXTS)
    assert by_term(StoredCounts(tmp_path)(TEXTS)) == by_term(first)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_counts_of_other_features_are_not_taken(tmp_path: Path) -> None:
    counts = TermCounts()
    counts(TEXTS)
    (tmp_path / FILE).write_bytes(counts.dumps())
    with np.load(tmp_path / FILE, allow_pickle=False) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    parts["version"] = np.frombuffer(b"of another software", np.uint8)
    np.savez(tmp_path / FILE, **parts)
    assert not TermCounts.loads((tmp_path / FILE).read_bytes()).knows(TEXTS)
