"""The terminal channel: a line in, a reply out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.chat import Chat
from bot.store.conversations import Conversations
from bot.store.engine import open_store
from bot.store.tables import conversations
from bot.terminal import converse
from intents.advisor import Advisor
from intents.knowledge import Knowledge
from tests import tiny

SCRIPT = "客服说贷款放款前要先交解冻费"
UNSURE = "他说能办贷款"

Talk = Callable[..., str]


class Screen(io.StringIO):
    """Output that is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def talk(engine: Engine, knowledge: Knowledge) -> Iterator[Talk]:
    """Types these lines and gives what was printed."""
    says = tiny.Says({SCRIPT: tiny.scam("loan"), UNSURE: tiny.scam("loan", "caution")})
    advisor = Advisor(knowledge, says)  # type: ignore[arg-type]
    chat = Chat(tiny.Served(advisor), Conversations(engine, 30), 20_000)  # type: ignore[arg-type]

    def type_lines(*lines: str, screen: bool = False) -> str:
        out = Screen() if screen else io.StringIO()
        converse(chat, io.StringIO("".join(line + "\n" for line in lines)), out)
        return out.getvalue()

    yield type_lines
    chat.close()


def test_it_says_at_first_what_to_do_and_how_to_leave(talk: Talk) -> None:
    first = talk().splitlines()[0]
    assert "粘" in first and "/quit" in first


def test_danger_and_caution_are_signed_in_words_also_without_colour(talk: Talk) -> None:
    assert "【危险】这是「虚假贷款」的套路。" in talk(SCRIPT)
    assert "【小心】" in talk(UNSURE)
    assert "\033" not in talk(SCRIPT)


def test_a_terminal_gets_colour_that_ends_with_the_line(talk: Talk) -> None:
    shown = talk(SCRIPT, screen=True)
    assert "\033[1;31m【危险】" in shown and shown.count("\033[1;31m") == shown.count("\033[0m") == 1


def test_ordinary_talk_has_no_sign(talk: Talk) -> None:
    shown = talk("今天天气真好")
    assert "【" not in shown


def test_buttons_are_numbered_and_a_number_presses_one(talk: Talk, knowledge: Knowledge) -> None:
    shown = talk(SCRIPT, "1")
    assert "[1] 我已经转钱了  [2] 不是这种  [3] 下一步会怎样" in shown
    assert knowledge.talk.line("paid", "zh") in shown


def test_a_number_without_a_button_is_a_message(talk: Talk) -> None:
    assert "我已经转钱了" in talk(SCRIPT, "99")
    assert "先别再转钱" not in talk(SCRIPT, "99")


def test_the_answer_to_the_question_is_taken(talk: Talk) -> None:
    assert "【危险】这是「虚假贷款」的套路。" in talk(UNSURE, "1")


def test_quit_ends_it_and_the_rest_is_not_read(talk: Talk) -> None:
    assert "虚假贷款" not in talk("/quit", SCRIPT)


def test_an_empty_line_is_answered(talk: Talk, knowledge: Knowledge) -> None:
    assert knowledge.talk.line("empty", "zh") in talk("")


def test_each_run_is_a_conversation_of_its_own(talk: Talk, engine: Engine) -> None:
    talk(SCRIPT)
    assert "还不知道你说的是哪件事" in talk("接下来呢")
    with engine.connect() as connection:
        assert len(connection.execute(select(conversations.c.id)).all()) == 2
