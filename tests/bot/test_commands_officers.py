"""`fanzha officers` on the command line, and the first chief's link at the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli, config
from bot.officers.invitations import Invitations
from bot.store import log
from bot.store.engine import open_store
from bot.web.police.parts import join_link
from tests.bot.brigade import CHIEF, PASSPHRASE, SETTINGS, cheap

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `fanzha officers …` over a new store; gives exit code, stdout and stderr."""
    monkeypatch.setenv("FANZHA_DATA", str(tmp_path))
    monkeypatch.setenv("FANZHA_CONFIG", str(SETTINGS))

    def call(*words: str) -> tuple[int, str, str]:
        code = cli.main(["officers", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def come_in(folder: Path, link: str, name: str) -> None:
    """Uses an invitation's link."""
    Invitations(open_store(folder), cheap(), 72).join(link.split("code=")[1].strip(), name, PASSPHRASE)


def test_without_officers_it_says_how_to_get_the_first(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (0, "") and "invite --role chief" in err


def test_an_invited_chief_is_listed_locked_and_unlocked(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("invite", "--role", "chief", "--by", "张三")
    link = re.findall(r"http://127\.0\.0\.1:8080/police/join\?code=\S+", out)[0]
    assert code == 0 and "还没用的链接:邀请负责人  cli:张三" in run("list")[1]
    come_in(tmp_path, link, CHIEF)
    assert f"{CHIEF}  负责人  正常" in run()[1]
    for words, state in (
        (("role", CHIEF, "officer"), "民警  正常"),
        (("lock", CHIEF), "已锁定"),
        (("unlock", CHIEF), "正常"),
    ):
        assert run(*words, "--by", "张三")[0] == 0
        assert state in run()[1]
    assert "/police/join?code=" in run("reset", CHIEF, "--by", "张三")[1]
    acts = [(entry.by, entry.act) for entry in log.entries(open_store(tmp_path))]
    done = ("code-join", "role", "lock", "unlock", "code-reset")
    assert acts == [("cli:张三", "code-join"), (CHIEF, "join"), *[("cli:张三", act) for act in done[1:]]]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("invite",), "--by"),
        (("invite", "--by", " "), "--by"),
        (("invite", "--by", "<b>"), "名字"),
        (("invite", "--role", "boss", "--by", "张三"), "角色"),
        (("lock", "没有这人", "--by", "张三"), "没有叫"),
        (("lock", "--by", "张三"), "没有叫"),
        (("role", "没有这人", "chief", "--by", "张三"), "没有叫"),
        (("reset", "没有这人", "--by", "张三"), "没有叫"),
    ],
)
def test_what_cannot_be_done_is_said_in_chinese(run: Run, words: tuple[str, ...], says: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "") and says in err


@pytest.mark.parametrize(
    ("url", "port", "wanted"),
    [
        ("", 0, "http://127.0.0.1:8080/police/join?code=x"),
        ("", 9000, "http://127.0.0.1:9000/police/join?code=x"),
        ("https://fanzha.example.cn/", 9000, "https://fanzha.example.cn/police/join?code=x"),
    ],
)
def test_a_link_leads_to_where_officers_open_the_console(url: str, port: int, wanted: str) -> None:
    assert join_link(config.load(SETTINGS, {"FANZHA_POLICE__URL": url}), "x", port) == wanted


@pytest.mark.parametrize("url", ["fanzha.example.cn", "ftp://x", "https://x/police", "https://a b"])
def test_an_address_that_browsers_cannot_open_stops_the_start(url: str) -> None:
    with pytest.raises(config.ConfigError, match=r"police\.url"):
        config.load(SETTINGS, {"FANZHA_POLICE__URL": url})
