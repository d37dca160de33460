"""Who the console lets in, and what its pages say, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update

from bot.officers.entrance import PER_ACCOUNT
from bot.officers.people import command_line
from bot.store import log
from bot.store.engine import open_store
from bot.store.tables import log as log_table
from bot.web.police import csrf
from bot.web.police.console import PAGES
from tests.bot.brigade import CHIEF, OFFICER, PASSPHRASE, Brigade, Browser
from tests.bot.loopback import Loopback

CLI = command_line("值班")
NEW = "另一句好记的话七个字"
CLOSED = [page for page in PAGES if not page.open]
FORMS = [page for page in CLOSED if page.method == "POST"]
CHIEFS_FORMS = {
    "/police/officers/invite": {"role": "officer"},
    "/police/officers/reset": {"name": CHIEF},
    "/police/officers/withdraw": {"code": "x"},
    "/police/officers/role": {"name": OFFICER, "role": "chief"},
    "/police/officers/lock": {"name": CHIEF},
    "/police/officers/unlock": {"name": CHIEF},
    "/police/officers/sign-out": {"name": CHIEF},
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    found = open_store(tmp_path_factory.mktemp("console"))
    yield found
    found.dispose()


@pytest.fixture(scope="module")
def brigade(engine: Engine) -> Brigade:
    """A chief and an officer."""
    made = Brigade(engine)
    made.chief()
    made.officer()
    return made


@pytest.fixture(scope="module")
def where(brigade: Brigade) -> Iterator[Loopback]:
    with brigade.console() as found:
        yield found


@pytest.fixture(autouse=True)
def _as_it_was(brigade: Brigade) -> Iterator[None]:
    """Both can come in, in their roles; nobody has tried in vain."""
    yield
    brigade.clock.now += 3600
    for name, role in ((CHIEF, "chief"), (OFFICER, "officer")):
        brigade.people.unlock(CLI, name)
        brigade.people.set_role(CLI, name, role)


@contextmanager
def fresh(tmp_path: Path) -> Iterator[tuple[Brigade, Loopback]]:
    """A console of its own, without any officer."""
    engine = open_store(tmp_path)
    brigade = Brigade(engine)
    with brigade.console() as found:
        yield brigade, found
    engine.dispose()


def alerts(response: httpx.Response) -> str:
    """What a page says went wrong."""
    found = re.findall(r'role="alert">(.*?)</p>', response.text)
    return unescape(" ".join(found))


# ---- every route ---------------------------------------------------------------------------------------


def test_nobody_comes_in_without_signing_in(where: Loopback) -> None:
    stranger = Browser(where)
    for page in CLOSED:
        answer = stranger.client.request(page.method, page.path)
        if page.method == "GET":
            assert answer.status_code == 303, page
            assert answer.headers["location"].startswith("/police/login?next="), page
        else:
            assert answer.status_code == 401 and "登录" in alerts(answer), page


def test_a_form_without_its_token_changes_nothing(where: Loopback, engine: Engine) -> None:
    desk, other = Browser(where, CHIEF), Browser(where, OFFICER)
    before = log.head(engine)
    tokens = ({}, *({"csrf": wrong} for wrong in ("", "00", "zz", "0" * 128, "字", other.token())))
    for page in FORMS:
        for token in tokens:
            answer = desk.client.post(page.path, data=CHIEFS_FORMS.get(page.path, {}) | token)
            assert answer.status_code == 403 and "没有照做" in alerts(answer), page
    assert log.head(engine) == before


def test_a_locked_officer_is_out_in_the_middle_of_it(where: Loopback, brigade: Brigade) -> None:
    desk = Browser(where, OFFICER)
    token = desk.token()
    brigade.people.lock(CLI, OFFICER)
    for page in CLOSED:
        form = {"csrf": token} if page.method == "POST" else None
        answer = desk.client.request(page.method, page.path, data=form)
        assert answer.status_code == (303 if page.method == "GET" else 401), page
    again = desk.client.post("/police/login", data={"name": OFFICER, "passphrase": PASSPHRASE})
    assert again.status_code == 403 and "锁定" in alerts(again)


@pytest.mark.parametrize("path", CHIEFS_FORMS)
def test_what_a_chief_must_do_an_officer_cannot(where: Loopback, engine: Engine, path: str) -> None:
    desk = Browser(where, OFFICER)
    before = log.head(engine)
    answer = desk.post(path, **CHIEFS_FORMS[path])
    assert answer.status_code == 403 and "负责人" in alerts(answer)
    assert log.head(engine) == before


@pytest.mark.parametrize("name", [CHIEF, OFFICER])
def test_every_page_opens_for_both_roles_and_is_not_kept(where: Loopback, name: str) -> None:
    desk = Browser(where, name)
    for page in CLOSED:
        if page.method == "GET" and "{" not in page.path:
            answer = desk.get(page.path)
            assert answer.status_code == 200, page
            assert answer.headers["cache-control"] == "no-store"
            assert f"{name}（" in answer.text and 'aria-current="page"' in answer.text, page


def test_another_sites_form_is_refused(where: Loopback, engine: Engine) -> None:
    desk = Browser(where, CHIEF)
    form = {"csrf": desk.token()}
    before = log.head(engine)
    others = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"})
    for page in PAGES:
        for headers in others if page.method == "POST" else ():
            answer = desk.client.post(page.path, data=form, headers=headers)
            assert answer.status_code == 403 and "不是从后台的页面" in alerts(answer), page
    assert log.head(engine) == before


# ---- headers and odd requests --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/police/", "/police/login", "/police/nothing", "/police/static/police.css"]
)
def test_the_pages_load_and_send_only_here(where: Loopback, path: str) -> None:
    headers = Browser(where, CHIEF).get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
    assert policy["default-src"] == ["'none'"] and policy["form-action"] == ["'self'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"


def test_no_page_has_script_or_style_within(where: Loopback) -> None:
    desk = Browser(where, CHIEF)
    for page in PAGES:
        if page.method == "GET":
            text = desk.get(page.path).text
            assert not re.search(
                r"<style|<script(?! src=\"/police/static/)|\sstyle=|\son\w+=|javascript:", text
            )
            assert "http://" not in re.sub(r'value="[^"]*"', "", text) and "https://" not in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/police/nothing", 404), ("POST", "/police/log", 405), ("GET", "/police/officers/", 404)],
)
def test_what_is_not_there_is_a_page_in_chinese(where: Loopback, method: str, path: str, status: int) -> None:
    answer = Browser(where, CHIEF).client.request(method, path)
    assert answer.status_code == status and "<h1>" in answer.text and alerts(answer)


def test_a_form_that_is_too_long_is_refused_in_a_page(where: Loopback) -> None:
    answer = Browser(where).client.post("/police/login", data={"name": "x" * 70_000})
    assert answer.status_code == 413 and "KB" in alerts(answer)


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"\xff\xfe=%zz", "application/x-www-form-urlencoded"),
        (b"a=b&" * 5000, "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
    ],
)
def test_a_crooked_form_is_a_page_and_no_crash(where: Loopback, body: bytes, media: str) -> None:
    answer = Browser(where).client.post("/police/login", content=body, headers={"Content-Type": media})
    assert answer.status_code in (400, 403) and "<h1>" in answer.text


def test_the_way_without_a_slash_leads_there(where: Loopback) -> None:
    answer = httpx.get(f"{where.url}/police")
    assert answer.status_code == 307 and answer.headers["location"] == "/police/"


# ---- signing in ----------------------------------------------------------------------------------------


def cookie(answer: httpx.Response) -> dict[str, str]:
    """The attributes of the cookie that an answer sets, lower case."""
    parts = answer.headers["set-cookie"].split("; ")
    pairs = [part.partition("=")[::2] for part in parts]
    return {"": pairs[0][0]} | {name.lower(): value.lower() for name, value in pairs[1:]}


def test_the_cookie_is_for_no_script_and_no_other_site(where: Loopback) -> None:
    answer = Browser(where).client.post("/police/login", data={"name": CHIEF, "passphrase": PASSPHRASE})
    set_ = cookie(answer)
    assert set_[""] == "fanzha-police" and "httponly" in set_ and "secure" not in set_
    assert set_["samesite"] == "lax" and set_["max-age"] == str(12 * 3600)


def test_behind_tls_the_cookie_goes_over_tls_alone(brigade: Brigade) -> None:
    with brigade.console(behind_proxy=True) as where:
        desk = Browser(where)
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        form = {"name": CHIEF, "passphrase": PASSPHRASE}
        answer = desk.client.post("/police/login", data=form, headers=headers)
        assert cookie(answer)[""] == "__Host-fanzha" and "secure" in cookie(answer)
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        for path in ("/", "/police/static/police.css", "/healthz", "/nothing"):
            found = httpx.get(f"{where.url}{path}", headers=headers).headers
            assert "strict-transport-security" in found
            assert "strict-transport-security" not in httpx.get(f"{where.url}{path}").headers
        token = (
            answer.cookies.get("__Host-fanzha") or answer.headers["set-cookie"].split("=")[1].split(";")[0]
        )
        sent = {"Cookie": f"__Host-fanzha={token}"}
        assert httpx.get(f"{where.url}/police/", headers=headers | sent).status_code == 200
        assert httpx.get(f"{where.url}/police/", headers=sent).status_code == 303


def test_after_signing_in_the_wanted_page_opens(where: Loopback) -> None:
    stranger = Browser(where)
    wanted = stranger.get("/police/log?q=%E9%94%81").headers["location"]
    page = stranger.get(wanted)
    held = unescape(re.findall(r'name="next" value="([^"]*)"', page.text)[0])
    form = {"name": CHIEF, "passphrase": PASSPHRASE, "next": held}
    assert stranger.client.post("/police/login", data=form).headers["location"] == "/police/log?q=%E9%94%81"


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example",
        "//evil.example",
        "/police/\\evil",
        "/police//@evil\r\nX: y",
        "/",
        "javascript:1",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(where: Loopback, next_: str) -> None:
    form = {"name": CHIEF, "passphrase": PASSPHRASE, "next": next_}
    assert Browser(where).client.post("/police/login", data=form).headers["location"] == "/police/"


def test_a_wrong_pass_phrase_says_so_and_keeps_the_name(where: Loopback) -> None:
    answer = Browser(where).client.post("/police/login", data={"name": '"><b>x', "passphrase": "x"})
    assert answer.status_code == 403 and "不对" in alerts(answer)
    assert "<b>x" not in answer.text and "&gt;&lt;b&gt;x" in answer.text


def test_too_many_attempts_are_told_how_long_to_wait(where: Loopback) -> None:
    desk = Browser(where)
    for _ in range(PER_ACCOUNT):
        desk.client.post("/police/login", data={"name": OFFICER, "passphrase": "x"})
    answer = desk.client.post("/police/login", data={"name": OFFICER, "passphrase": PASSPHRASE})
    assert answer.status_code == 429 and "分钟" in alerts(answer)
    assert 1 <= int(answer.headers["retry-after"]) <= 900


def test_signing_out_ends_the_session_on_the_server_too(where: Loopback) -> None:
    desk = Browser(where, OFFICER)
    kept = dict(desk.client.cookies)
    answer = desk.post("/police/sign-out")
    assert answer.headers["location"].startswith("/police/login") and not desk.client.cookies
    assert '"cache"' in answer.headers["clear-site-data"]
    assert httpx.get(f"{where.url}/police/", cookies=kept).status_code == 303


def test_signing_out_everywhere_ends_the_other_browsers_sessions(where: Loopback) -> None:
    first, second = Browser(where, OFFICER), Browser(where, OFFICER)
    first.post("/police/me/sign-out-everywhere")
    assert second.get("/police/").status_code == 303


def test_the_first_chief_comes_in_by_the_link_and_is_signed_in(tmp_path: Path) -> None:
    with fresh(tmp_path) as (brigade, where):
        desk = Browser(where)
        assert "还没有民警" in desk.get("/police/login").text
        first = brigade.invitations.invite_first()
        assert first
        page = desk.get(f"/police/join?code={first.code}")
        assert "负责人" in page.text and first.code in page.text
        form = {"code": first.code, "name": CHIEF, "passphrase": PASSPHRASE, "again": "x"}
        wrong = desk.client.post("/police/join", data=form)
        assert wrong.status_code == 400 and "不一样" in alerts(wrong)
        weak = desk.client.post(
            "/police/join", data=form | {"passphrase": "1234567890", "again": "1234567890"}
        )
        assert weak.status_code == 400 and "好猜" in alerts(weak) and CHIEF in weak.text
        assert "1234567890" not in weak.text
        answer = desk.client.post("/police/join", data=form | {"again": PASSPHRASE})
        assert answer.status_code == 303 and answer.headers["location"] == "/police/"
        assert desk.get("/police/").status_code == 200
        again = desk.get(f"/police/join?code={first.code}")
        assert again.status_code == 400 and "代码" in alerts(again)


@pytest.mark.parametrize("code", ["", "x", "<b>", "字" * 300])
def test_an_invented_code_is_refused_in_a_page(where: Loopback, code: str) -> None:
    desk = Browser(where)
    assert desk.client.get("/police/join", params={"code": code}).status_code == 400
    assert desk.client.post("/police/join", data={"code": code}).status_code == 400


# ---- officers ------------------------------------------------------------------------------------------


def link(answer: httpx.Response) -> str:
    """The one-time link that a page shows."""
    return unescape(re.findall(r'value="(http://[^"]+/police/join[^"]+)"', answer.text)[0])


def test_an_invitation_is_shown_once_and_brings_an_officer_in(where: Loopback) -> None:
    chief = Browser(where, CHIEF)
    shown = link(chief.post("/police/officers/invite", role="officer"))
    assert shown.startswith(where.url) and shown.split("=")[1] not in chief.get("/police/officers").text
    guest = Browser(where)
    form = {"code": shown.split("=")[1], "name": "新来的", "passphrase": NEW, "again": NEW}
    assert guest.client.post("/police/join", data=form).status_code == 303
    assert "新来的" in chief.get("/police/officers").text


def test_a_withdrawn_invitation_leads_nowhere(where: Loopback) -> None:
    chief = Browser(where, CHIEF)
    shown = link(chief.post("/police/officers/invite", role="officer"))
    codes = re.findall(r'name="code" value="([0-9a-f]{64})"', chief.get("/police/officers").text)
    assert chief.post("/police/officers/withdraw", code=codes[0]).status_code == 303
    assert Browser(where).get(shown.removeprefix(where.url)).status_code == 400


def test_a_chief_changes_roles_and_locks(where: Loopback, brigade: Brigade) -> None:
    chief = Browser(where, CHIEF)
    assert chief.post("/police/officers/role", name=OFFICER, role="chief").status_code == 303
    assert brigade.people.named(OFFICER).role == "chief"
    assert chief.post("/police/officers/lock", name=OFFICER).status_code == 303
    assert brigade.people.named(OFFICER).locked
    assert chief.post("/police/officers/unlock", name=OFFICER).status_code == 303
    assert not brigade.people.named(OFFICER).locked


def test_what_cannot_be_is_said_in_a_page(where: Loopback) -> None:
    chief = Browser(where, CHIEF)
    for path, form, status, words in (
        ("lock", {"name": "没有这人"}, 404, "没有叫"),
        ("lock", {"name": CHIEF}, 409, "自己"),
        ("role", {"name": CHIEF, "role": "officer"}, 409, "最后一位"),
        ("role", {"name": OFFICER, "role": "boss"}, 409, "角色"),
        ("invite", {}, 409, "角色"),
        ("withdraw", {}, 404, "收回"),
    ):
        answer = chief.post(f"/police/officers/{path}", **form)
        assert answer.status_code == status and words in alerts(answer), path


def test_an_officer_sees_who_the_chiefs_are_and_no_buttons(where: Loopback) -> None:
    text = Browser(where, OFFICER).get("/police/officers").text
    assert CHIEF in text and "负责人" in text and "/police/officers/lock" not in text
    assert "要由负责人来做" in text


def test_a_forgotten_pass_phrase_is_set_anew_by_a_link(where: Loopback, brigade: Brigade) -> None:
    brigade.officer("健忘的")
    shown = link(Browser(where, CHIEF).post("/police/officers/reset", name="健忘的"))
    guest = Browser(where)
    assert "重设口令" in guest.get(shown.removeprefix(where.url)).text
    form = {"code": shown.split("=")[1], "passphrase": NEW, "again": NEW}
    assert guest.client.post("/police/join", data=form).headers["location"] == "/police/"
    form = {"name": "健忘的", "passphrase": NEW}
    assert Browser(where).client.post("/police/login", data=form).status_code == 303


# ---- one's own account ---------------------------------------------------------------------------------


def test_a_telegram_code_is_shown_once_and_links(where: Loopback, brigade: Brigade) -> None:
    desk = Browser(where, OFFICER)
    shown = re.findall(r"/link ([a-z2-9]{10})", desk.post("/police/me/telegram").text)[0]
    assert shown not in desk.get("/police/me").text
    brigade.invitations.link_telegram(shown, 77)
    assert "已连上" in desk.get("/police/me").text
    assert desk.post("/police/me/telegram/unlink").status_code == 303
    assert brigade.people.by_telegram(77) is None


def test_the_own_pass_phrase_is_changed_with_the_old_one(where: Loopback, brigade: Brigade) -> None:
    brigade.officer("改口令的")
    desk = Browser(where, "改口令的")
    for form, words in (
        ({"old": PASSPHRASE, "new": NEW, "again": "x"}, "不一样"),
        ({"old": "x", "new": NEW, "again": NEW}, "不对"),
        ({"old": PASSPHRASE, "new": "short", "again": "short"}, "太短"),
    ):
        answer = desk.post("/police/me/passphrase", **form)
        assert answer.status_code == 400 and words in alerts(answer)
    answer = desk.post("/police/me/passphrase", old=PASSPHRASE, new=NEW, again=NEW)
    assert answer.status_code == 303 and "口令已改" in desk.get(answer.headers["location"]).text


# ---- the log -------------------------------------------------------------------------------------------


def test_the_log_is_searched_by_words_person_and_act(where: Loopback, brigade: Brigade) -> None:
    desk = Browser(where, CHIEF)
    brigade.people.set_role(CLI, OFFICER, "chief")
    for query, there in (
        (f"q={OFFICER}&act=role", True),
        ("act=role&by=cli:值班", True),
        ("act=rollback", False),
        ("q=%25", False),
        (f"by={CHIEF}&act=telegram-linked", False),
    ):
        assert ("没有符合的" not in desk.get(f"/police/log?{query}").text) is there, query


def test_the_log_goes_back_page_by_page(where: Loopback, brigade: Brigade) -> None:
    for _ in range(51):
        brigade.people.unlock(CLI, OFFICER)
    desk = Browser(where, CHIEF)
    first = desk.get("/police/log")
    older = unescape(re.findall(r'href="(\?[^"]*before=[^"]*)"', first.text)[0])
    numbers = [int(n) for n in re.findall(r'class="number short"[^>]*>(\d+)<', first.text)]
    next_ = [
        int(n) for n in re.findall(r'class="number short"[^>]*>(\d+)<', desk.get(f"/police/log{older}").text)
    ]
    assert len(numbers) == 50 and next_[0] == numbers[-1] - 1


def test_the_log_is_verified_on_its_page(where: Loopback, engine: Engine) -> None:
    desk = Browser(where, CHIEF)
    assert "日志完整" in desk.get("/police/log?verify=1").text
    assert "日志完整" in desk.get(f"/police/log?verify=1&head={log.head(engine)}").text
    assert "链头" in alerts(desk.get(f"/police/log?verify=1&head={'a' * 64}"))
    with engine.begin() as connection:
        connection.execute(update(log_table).where(log_table.c.number == 1).values(by="别人"))
    assert "第 1 行被改过" in alerts(desk.get("/police/log?verify=1"))
    with engine.begin() as connection:
        connection.execute(update(log_table).where(log_table.c.number == 1).values(by="cli:值班"))
    assert "日志完整" in desk.get("/police/log?verify=1").text


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=99999999999999999999", "q=%00", "act=%27"]
)
def test_a_crooked_search_is_no_crash(where: Loopback, query: str) -> None:
    assert Browser(where, CHIEF).get(f"/police/log?{query}").status_code == 200


# ---- tokens --------------------------------------------------------------------------------------------


def test_a_token_looks_different_each_time_and_fits_its_secret_alone() -> None:
    secret, other = "ab" * 32, "cd" * 32
    tokens = {csrf.token(secret) for _ in range(20)}
    assert len(tokens) == 20 and all(csrf.fits(secret, token) for token in tokens)
    assert not any(csrf.fits(other, token) for token in tokens)
