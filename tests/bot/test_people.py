"""Officers: how they come in, what their role lets them do, how they are shut out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.officers.entrance import PER_ACCOUNT, PER_ADDRESS, WINDOW, TooManyAttempts, WrongPassphrase
from bot.officers.errors import Forbidden, NotFound
from bot.officers.invitations import TELEGRAM_CODE_SECONDS, BadCode
from bot.officers.passphrases import LONGEST, WeakPassphrase, check
from bot.officers.people import Actor, BadName, BadRole, command_line
from bot.store import log
from bot.store.engine import open_store
from bot.store.tables import invitations, officers, sessions
from tests import tiny
from tests.bot.brigade import CHIEF, OFFICER, PASSPHRASE, Brigade

HOUR = 3600.0
CLI = command_line("值班")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new store."""
    found = open_store(tmp_path)
    yield found
    found.dispose()


@pytest.fixture
def brigade(engine: Engine) -> Brigade:
    """Nobody yet."""
    return Brigade(engine)


def acts(engine: Engine) -> list[tuple[str, str]]:
    """Who did what, the oldest first."""
    return [(entry.by, entry.act) for entry in log.entries(engine)]


# ---- the first chief and invitations -------------------------------------------------------------------


def test_the_first_code_makes_a_chief_and_works_once(brigade: Brigade) -> None:
    first = brigade.invitations.invite_first()
    assert first is not None and brigade.people.empty()
    made = brigade.invitations.join(first.code, CHIEF, PASSPHRASE)
    assert (made.name, made.role, made.locked) == (CHIEF, "chief", False)
    with pytest.raises(BadCode):
        brigade.invitations.join(first.code, "别人", PASSPHRASE)
    assert brigade.invitations.invite_first() is None


def test_once_there_is_an_officer_older_first_codes_are_void(brigade: Brigade) -> None:
    codes = [brigade.invitations.invite_first() for _ in range(2)]
    assert codes[0] and codes[1]
    brigade.invitations.join(codes[1].code, CHIEF, PASSPHRASE)
    with pytest.raises(BadCode, match="作废"):
        brigade.invitations.join(codes[0].code, "别人", PASSPHRASE)


def test_an_invitation_gives_the_role_that_it_was_made_for(brigade: Brigade) -> None:
    for role in ("officer", "chief"):
        code = brigade.invitations.invite(CLI, role)
        assert brigade.invitations.invited(code.code).role == role
        assert brigade.invitations.join(code.code, f"新{role}", PASSPHRASE).role == role
    assert [officer.role for officer in brigade.people.officers()] == ["chief", "officer"]


def test_an_invitation_expires(brigade: Brigade) -> None:
    code = brigade.invitations.invite(CLI, "officer")
    brigade.clock.now = code.expires
    with pytest.raises(BadCode, match="过期"):
        brigade.invitations.join(code.code, OFFICER, PASSPHRASE)
    assert brigade.invitations.waiting() == []


def test_an_invitation_can_be_withdrawn_by_a_chief_alone(brigade: Brigade) -> None:
    chief, officer = brigade.chief(), brigade.officer()
    code = brigade.invitations.invite(chief, "officer")
    (kept,) = brigade.invitations.waiting()
    with pytest.raises(Forbidden):
        brigade.invitations.withdraw(officer, kept.code)
    brigade.invitations.withdraw(chief, kept.code)
    with pytest.raises(BadCode):
        brigade.invitations.invited(code.code)
    with pytest.raises(NotFound):
        brigade.invitations.withdraw(chief, kept.code)


def test_of_two_that_use_one_code_at_once_one_comes_in(brigade: Brigade) -> None:
    code = brigade.invitations.invite(CLI, "officer").code
    raised = tiny.in_threads(4, lambda i: brigade.invitations.join(code, f"新人{i}", PASSPHRASE) and None)
    assert [type(error) for error in raised] == [BadCode] * 3
    assert len(brigade.people.officers()) == 1


def test_the_store_keeps_no_code_token_or_pass_phrase(brigade: Brigade, tmp_path: Path) -> None:
    secrets = [brigade.invitations.invite(CLI, "officer").code]
    chief = brigade.chief()
    secrets.append(brigade.invitations.telegram_code(chief).code)
    secrets.append(brigade.entrance.sign_in(CHIEF, PASSPHRASE, "1"))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(secret.encode() in kept for secret in [*secrets, PASSPHRASE])


@pytest.mark.parametrize("name", ["", " ", "a" * 21, "cli:张三", "<b>", "张\n\t三<", "_x", "名\u202e字", "·"])
def test_a_name_that_could_mislead_is_refused(brigade: Brigade, name: str) -> None:
    code = brigade.invitations.invite(CLI, "officer")
    with pytest.raises(BadName):
        brigade.invitations.join(code.code, name, PASSPHRASE)
    assert brigade.invitations.waiting()


def test_a_name_is_one_officers_alone_however_it_is_typed(brigade: Brigade) -> None:
    brigade.officer("Li 2")
    code = brigade.invitations.invite(CLI, "officer")
    with pytest.raises(BadName, match="已经有人"):
        brigade.invitations.join(code.code, " Ｌｉ　２ ", PASSPHRASE)
    assert brigade.people.named("Ｌｉ ２").name == "Li 2"


@pytest.mark.parametrize(
    ("passphrase", "word"),
    [
        ("", "太短"),
        ("草原上的黑马", "太短"),
        ("a" * (LONGEST + 1), "太长"),
        ("aaaaaaaaaaaa", "好猜"),
        ("password1234", "好猜"),
        ("1234567890123", "好猜"),
        ("qwertyuiop12", "好猜"),
        ("巴特尔巴特尔巴特尔巴特尔", "好猜"),
    ],
)
def test_a_weak_pass_phrase_is_refused_in_words(passphrase: str, word: str) -> None:
    with pytest.raises(WeakPassphrase, match=word):
        check(passphrase, CHIEF)


@pytest.mark.parametrize(
    "passphrase", [PASSPHRASE + "啊", "correct horse battery", "🐎" * 3 + "骑马去赛罕塔拉", "x7#Kq2!mPw"]
)
def test_a_good_pass_phrase_may_hold_any_characters(passphrase: str) -> None:
    check(passphrase, CHIEF)


# ---- signing in and out --------------------------------------------------------------------------------


def test_name_and_pass_phrase_open_a_session(brigade: Brigade) -> None:
    officer = brigade.officer()
    session = brigade.entrance.session(brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1"))
    assert session and session.actor == officer
    assert brigade.entrance.session("invented") is None and brigade.entrance.session("") is None
    assert brigade.people.named(OFFICER).last_seen == brigade.clock.now


def test_signing_in_again_in_a_browser_ends_its_session_before(brigade: Brigade) -> None:
    brigade.officer()
    first = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    second = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1", brigade.entrance.session(first))
    assert brigade.entrance.session(first) is None and brigade.entrance.session(second)


@pytest.mark.parametrize(
    ("name", "passphrase"), [(OFFICER, "别的口令啊啊啊啊"), ("没有这人", PASSPHRASE), ("", "")]
)
def test_what_is_wrong_is_not_told(brigade: Brigade, name: str, passphrase: str) -> None:
    brigade.officer()
    with pytest.raises(WrongPassphrase, match="名字或口令不对"):
        brigade.entrance.sign_in(name, passphrase, "1")


def test_attempts_are_limited_by_account_wherever_they_come_from(brigade: Brigade) -> None:
    brigade.officer()
    for i in range(PER_ACCOUNT):
        with pytest.raises(WrongPassphrase):
            brigade.entrance.sign_in(OFFICER, "x", str(i))
    with pytest.raises(TooManyAttempts, match="分钟") as error:
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "new")
    brigade.clock.now += error.value.seconds
    assert brigade.entrance.sign_in(OFFICER, PASSPHRASE, "new")


def test_attempts_are_limited_by_address_whatever_the_account(brigade: Brigade) -> None:
    brigade.officer()
    for i in range(PER_ADDRESS):
        with pytest.raises(WrongPassphrase):
            brigade.entrance.sign_in(f"n{i}", "x", "1")
    with pytest.raises(TooManyAttempts):
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    assert brigade.entrance.sign_in(OFFICER, PASSPHRASE, "2")
    brigade.clock.now += WINDOW + 1
    assert brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")


def test_many_attempts_at_once_do_not_slip_through(brigade: Brigade) -> None:
    brigade.officer()
    raised = tiny.in_threads(
        PER_ACCOUNT + 6, lambda i: brigade.entrance.sign_in(OFFICER, "x", str(i)) and None
    )
    assert sum(isinstance(error, TooManyAttempts) for error in raised) == 6


def test_a_success_clears_the_account(brigade: Brigade) -> None:
    brigade.officer()
    for _ in range(3):
        for _ in range(PER_ACCOUNT - 1):
            with pytest.raises(WrongPassphrase):
                brigade.entrance.sign_in(OFFICER, "x", str(brigade.clock.now))
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
        brigade.clock.now += 1


def test_a_session_ends_when_idle_and_after_its_longest_time(brigade: Brigade) -> None:
    brigade.officer()
    idle = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    busy = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    for _ in range(23):
        brigade.clock.now += HOUR / 2
        assert brigade.entrance.session(busy)
    assert brigade.entrance.session(idle) is None
    brigade.clock.now += HOUR / 2
    assert brigade.entrance.session(busy) is None


def test_expired_sessions_do_not_pile_up(brigade: Brigade, engine: Engine) -> None:
    brigade.officer()
    for _ in range(3):
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
        brigade.clock.now += 13 * HOUR
    with engine.connect() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_signing_out_ends_one_session_or_all(brigade: Brigade) -> None:
    chief, officer = brigade.chief(), brigade.officer()
    tokens = [brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1") for _ in range(3)]
    first = brigade.entrance.session(tokens[0])
    assert first
    brigade.entrance.sign_out(first)
    assert [bool(brigade.entrance.session(token)) for token in tokens] == [False, True, True]
    assert brigade.entrance.sign_out_everywhere(officer, OFFICER) == 2
    tokens.append(brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1"))
    assert brigade.entrance.sign_out_everywhere(chief, OFFICER) == 1
    assert not any(brigade.entrance.session(token) for token in tokens)
    with pytest.raises(Forbidden):
        brigade.entrance.sign_out_everywhere(officer, CHIEF)


def test_a_new_pass_phrase_needs_the_old_one_and_ends_the_other_sessions(brigade: Brigade) -> None:
    brigade.officer()
    here, there = (brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1") for _ in range(2))
    session = brigade.entrance.session(here)
    assert session
    with pytest.raises(WrongPassphrase):
        brigade.entrance.change_passphrase(session, "不是它不是它不是它", "另一句好记的话七个字")
    with pytest.raises(WeakPassphrase):
        brigade.entrance.change_passphrase(session, PASSPHRASE, "short")
    fresh = brigade.entrance.change_passphrase(session, PASSPHRASE, "另一句好记的话七个字")
    assert [bool(brigade.entrance.session(token)) for token in (fresh, here, there)] == [True, False, False]
    with pytest.raises(WrongPassphrase):
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    assert brigade.entrance.sign_in(OFFICER, "另一句好记的话七个字", "1")


def test_a_chief_gives_a_code_for_a_forgotten_pass_phrase(brigade: Brigade) -> None:
    chief, officer = brigade.chief(), brigade.officer()
    token = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    with pytest.raises(Forbidden):
        brigade.invitations.reset(officer, CHIEF)
    old, new = brigade.invitations.reset(chief, OFFICER), brigade.invitations.reset(chief, OFFICER)
    with pytest.raises(BadCode):
        brigade.invitations.renew(old.code, "另一句好记的话七个字")
    with pytest.raises(BadCode):
        brigade.invitations.join(new.code, "别人", PASSPHRASE)
    brigade.invitations.renew(new.code, "另一句好记的话七个字")
    assert brigade.entrance.session(token) is None
    assert brigade.entrance.sign_in(OFFICER, "另一句好记的话七个字", "1")
    with pytest.raises(BadCode):
        brigade.invitations.renew(new.code, "再一句好记的话七个字")


# ---- roles and locks -----------------------------------------------------------------------------------


def test_only_a_chief_manages_officers(brigade: Brigade) -> None:
    brigade.chief()
    officer = brigade.officer()
    for attempt in (
        lambda: brigade.invitations.invite(officer, "officer"),
        lambda: brigade.people.set_role(officer, OFFICER, "chief"),
        lambda: brigade.people.lock(officer, CHIEF),
        lambda: brigade.people.unlock(officer, CHIEF),
    ):
        with pytest.raises(Forbidden, match="负责人"):
            attempt()


def test_a_locked_officer_is_out_at_once_everywhere(brigade: Brigade) -> None:
    chief, officer = brigade.chief(), brigade.officer()
    token = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    code = brigade.invitations.telegram_code(officer).code
    brigade.invitations.link_telegram(brigade.invitations.telegram_code(officer).code, 7)
    brigade.people.lock(chief, OFFICER)
    assert brigade.entrance.session(token) is None and brigade.people.by_telegram(7) is None
    with pytest.raises(WrongPassphrase, match="锁定"):
        brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    with pytest.raises(BadCode):
        brigade.invitations.link_telegram(code, 8)
    brigade.people.unlock(chief, OFFICER)
    assert brigade.entrance.session(token) is None and brigade.people.by_telegram(7) == officer
    assert brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")


def test_a_change_of_role_counts_at_once(brigade: Brigade) -> None:
    chief = brigade.chief()
    brigade.officer()
    token = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    brigade.people.set_role(chief, OFFICER, "chief")
    session = brigade.entrance.session(token)
    assert session and session.actor.role == "chief"


def test_the_last_chief_stays_unless_the_command_line_says_so(brigade: Brigade) -> None:
    chief = brigade.chief()
    brigade.officer()
    second = brigade.chief("其其格")
    with pytest.raises(BadRole, match="自己"):
        brigade.people.lock(chief, CHIEF)
    brigade.people.lock(chief, "其其格")
    with pytest.raises(BadRole, match="最后一位"):
        brigade.people.set_role(chief, CHIEF, "officer")
    with pytest.raises(BadRole, match="最后一位"):
        brigade.people.lock(second, CHIEF)
    assert brigade.people.lock(CLI, CHIEF).locked


@pytest.mark.parametrize("role", ["", "admin", "Chief", "x" * 500])
def test_there_are_two_roles(brigade: Brigade, role: str) -> None:
    with pytest.raises(BadRole, match="officer"):
        brigade.invitations.invite(CLI, role)


def test_nobody_is_found_under_an_unknown_name(brigade: Brigade) -> None:
    with pytest.raises(NotFound, match="没有叫"):
        brigade.people.lock(CLI, "没有这人")


# ---- Telegram ------------------------------------------------------------------------------------------


def test_a_code_links_telegram_once_and_for_a_quarter_of_an_hour(brigade: Brigade) -> None:
    officer = brigade.officer()
    code = brigade.invitations.telegram_code(officer)
    assert brigade.people.by_telegram(2**40) is None
    assert brigade.invitations.link_telegram(f" {code.code.upper()} ", 2**40) == officer
    assert brigade.people.by_telegram(2**40) == officer
    with pytest.raises(BadCode):
        brigade.invitations.link_telegram(code.code, 5)
    late = brigade.invitations.telegram_code(officer)
    brigade.clock.now += TELEGRAM_CODE_SECONDS
    with pytest.raises(BadCode):
        brigade.invitations.link_telegram(late.code, 5)
    brigade.people.unlink_telegram(officer)
    assert brigade.people.by_telegram(2**40) is None


def test_a_telegram_account_is_one_officers(brigade: Brigade) -> None:
    first, second = brigade.chief(), brigade.officer()
    for actor in (first, second):
        brigade.invitations.link_telegram(brigade.invitations.telegram_code(actor).code, 7)
    assert brigade.people.by_telegram(7) == second
    assert brigade.people.named(CHIEF).telegram is None


def test_an_invitation_links_no_telegram_and_a_telegram_code_invites_nobody(brigade: Brigade) -> None:
    officer = brigade.officer()
    with pytest.raises(BadCode):
        brigade.invitations.link_telegram(brigade.invitations.invite(CLI, "officer").code, 7)
    with pytest.raises(BadCode):
        brigade.invitations.join(brigade.invitations.telegram_code(officer).code, "别人", PASSPHRASE)
    with pytest.raises(NotFound):
        brigade.invitations.telegram_code(Actor("cli:值班", "chief"))


# ---- the log -------------------------------------------------------------------------------------------


def test_everything_is_logged_by_who_did_it(brigade: Brigade, engine: Engine) -> None:
    chief, officer = brigade.chief(), brigade.officer()
    token = brigade.entrance.sign_in(OFFICER, PASSPHRASE, "1")
    session = brigade.entrance.session(token)
    assert session
    with pytest.raises(WrongPassphrase):
        brigade.entrance.sign_in(OFFICER, "x", "1")
    brigade.invitations.link_telegram(brigade.invitations.telegram_code(officer).code, 7)
    brigade.people.unlink_telegram(officer)
    fresh = brigade.entrance.change_passphrase(session, PASSPHRASE, "另一句好记的话七个字")
    session = brigade.entrance.session(fresh)
    assert session
    brigade.entrance.sign_out(session)
    brigade.people.lock(chief, OFFICER)
    brigade.people.unlock(chief, OFFICER)
    brigade.people.set_role(chief, OFFICER, "chief")
    brigade.entrance.sign_out_everywhere(chief, OFFICER)
    brigade.invitations.reset(chief, OFFICER)
    brigade.invitations.withdraw(chief, brigade.invitations.waiting()[0].code)
    assert acts(engine) == [
        ("cli:值班", "code-join"),
        (CHIEF, "join"),
        ("cli:值班", "code-join"),
        (OFFICER, "join"),
        *[(OFFICER, act) for act in ("sign-in", "sign-in-failed", "code-telegram", "telegram-linked")],
        *[(OFFICER, act) for act in ("telegram-unlinked", "passphrase", "sign-out")],
        *[(CHIEF, act) for act in ("lock", "unlock", "role", "sign-out-everywhere", "code-reset")],
        (CHIEF, "invite-withdrawn"),
    ]
    assert log.verify(engine) == ""


def test_a_name_that_nobody_has_is_not_logged(brigade: Brigade, engine: Engine) -> None:
    with pytest.raises(WrongPassphrase):
        brigade.entrance.sign_in(PASSPHRASE, "", "1")
    assert acts(engine) == []


def test_a_refused_change_leaves_neither_change_nor_entry(brigade: Brigade, engine: Engine) -> None:
    chief = brigade.chief()
    before = acts(engine)
    with pytest.raises(BadRole):
        brigade.people.set_role(chief, CHIEF, "officer")
    with engine.connect() as connection:
        assert connection.execute(select(officers.c.role)).scalars().all() == ["chief"]
        assert connection.execute(select(invitations)).all() == []
    assert acts(engine) == before
