"""Acts: what was given, asked, refused or lost, read off the grammar."""

from __future__ import annotations

import pytest

from intents.acts import MARK, MOST, acts, runs


def names(text: str) -> list[str]:
    """The acts of a prepared text by name."""
    return [name for name, _, _ in acts(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("让我交八千", ["asked"]),
        ("八千交了", ["done"]),
        ("他让我先交三千解冻费,我交了", ["asked", "done"]),
        ("我没转", ["not"]),
        ("该不该给他转", ["unsure"]),
        ("保释金交了两万", ["done"]),
        ("付款:6000", ["amount"]),
        ("验证码报给他了", ["code"]),
        ("分红停了", ["stuck"]),
        ("he told me to send the code and i sent it", ["asked", "given"]),
        ("my husband fronted the meals", ["given"]),
        ("should i pay the 200 deposit", ["unsure"]),
        ("she wants 800 now", ["asked"]),
        ("i haven't paid", ["not", "done"]),
        ("you clicked the wrong colour", ["voice"]),
        ("they vanished, no reply since monday", ["stuck"]),
        ("今天天气不错", []),
    ],
)
def test_aspect_tells_asked_from_given(text: str, wanted: list[str]) -> None:
    assert names(text) == wanted


def test_acts_come_in_order_and_name_their_place() -> None:
    text = "他让我先交三千解冻费,我交了"
    found = acts(text)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
    assert all(0 <= start < end <= len(text) for _, start, end in found)


def test_the_same_act_said_twice_is_one() -> None:
    assert names("转了三千,又转了五千") == ["done"]


def test_runs_hold_what_came_after_what() -> None:
    features = {feature for feature, _, _ in runs("他让我先交三千解冻费,我交了")}
    assert {"#asked", "#done", "#asked#done", "#^#asked#done", "#asked#done#$"} <= features
    assert all(feature.startswith(MARK) for feature in features)


def test_a_text_without_acts_has_no_runs() -> None:
    assert runs("今天天气不错") == []


def test_a_text_full_of_acts_is_looked_at_only_so_far() -> None:
    assert len(acts("让我转。我转了。" * 200)) == MOST
