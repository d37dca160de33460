"""What the web channel promises over HTTP."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from bot.seams import NotReady, Status
from bot.web.limits import PerMinute, address_key
from bot.web.server import create_app, server_config
from intents.types import Button, Choice, Cue, Message, Reply, Verdict
from tests.bot.loopback import serving, wait_for, web_settings
from tests.fakes import ScriptedAnswers

KEYS = [
    "conversation",
    "type",
    "level",
    "probability",
    "paid",
    "happening",
    "cues",
    "alternatives",
    "text",
    "buttons",
]
DANGER = Reply(
    ("这很像刷单返利。", "一分钱也别再转。", "", "· “垫付”是套路"),
    Verdict("brushing", 0.93, "danger", False, True, (Choice("loan", 0.03),), (Cue(2, 4, "垫付"),)),
    (Button("我已经转钱了", "paid"),),
)
URL_SAFE = re.compile(r"[A-Za-z0-9_-]{22}")


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[ScriptedAnswers, httpx.Client]]:
    chat = ScriptedAnswers()
    with serving(chat) as where, httpx.Client(base_url=where.url, timeout=20) as client:
        yield chat, client


@pytest.fixture
def chat(shared: tuple[ScriptedAnswers, httpx.Client]) -> ScriptedAnswers:
    """Who answers, as if nobody had asked yet."""
    shared[0].forget({"先垫付": DANGER})
    return shared[0]


@pytest.fixture
def web(shared: tuple[ScriptedAnswers, httpx.Client], chat: ScriptedAnswers) -> httpx.Client:
    return shared[1]


def post(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/api/messages", json=body)


# ---- messages


def test_a_message_gets_exactly_the_ten_keys(web: httpx.Client) -> None:
    response = post(web, text="先垫付")
    assert response.status_code == 200
    answer = response.json()
    assert list(answer) == KEYS
    assert URL_SAFE.fullmatch(answer.pop("conversation"))
    assert answer == {
        "type": "brushing",
        "level": "danger",
        "probability": 0.93,
        "paid": False,
        "happening": True,
        "cues": [{"start": 2, "end": 4, "text": "垫付"}],
        "alternatives": [{"type": "loan", "probability": 0.03}],
        "text": DANGER.text,
        "buttons": [{"label": "我已经转钱了", "payload": "paid"}],
    }
    assert response.headers["cache-control"] == "no-store"


def test_a_conversation_goes_on_under_its_id(web: httpx.Client, chat: ScriptedAnswers) -> None:
    first = post(web, text="你好").json()["conversation"]
    second = post(web, text="在吗", conversation=first).json()["conversation"]
    assert first == second
    assert [conversation for conversation, _ in chat.seen] == [first, first]


@pytest.mark.parametrize("given", ["abc", "x" * 23, "../../../../etc/passwd", "x" * 21 + "\n", "", None])
def test_an_id_of_another_format_gets_a_new_one(web: httpx.Client, given: str | None) -> None:
    made = post(web, text="你好", conversation=given).json()["conversation"]
    assert made != given and URL_SAFE.fullmatch(made)


def test_buttons_and_kinds_reach_the_chat(web: httpx.Client, chat: ScriptedAnswers) -> None:
    assert post(web, text="", button="paid").status_code == 200
    assert post(web, button="paid").status_code == 200
    assert post(web, kind="photo").status_code == 200
    assert [message for _, message in chat.seen] == [
        Message(button="paid"),
        Message(button="paid"),
        Message(kind="photo"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe\xfd", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"text": ' + b"9" * 6000 + b"}", "JSON"),
        (b'["text"]', "JSON"),
        (b"{}", "text"),
        (b'{"text": 5}', "text"),
        (b'{"text": ["a"]}', "text"),
        (b'{"text": "a", "conversation": 5}', "conversation"),
        (b'{"text": "a", "button": {}}', "button"),
        (b'{"text": "a", "button": "%s"}' % (b"x" * 201), "button"),
        (b'{"text": "a", "kind": "smell"}', "kind"),
        (b'{"text": "a", "kind": 1}', "kind"),
    ],
)
def test_a_wrong_body_is_refused_by_the_name_of_its_field(
    web: httpx.Client, chat: ScriptedAnswers, body: bytes, field: str
) -> None:
    response = web.post("/api/messages", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error = response.json()["error"]
    assert field in error and re.search("[一-龥]", error)
    assert not chat.seen


def test_half_a_surrogate_pair_is_replaced_one_for_one(web: httpx.Client, chat: ScriptedAnswers) -> None:
    body = rb'{"text": "a\ud800b\udc00\ud83d\ude00"}'
    response = web.post("/api/messages", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert chat.seen[0][1].text == "a\ufffdb\ufffd😀"


def test_a_body_over_the_limit_is_refused_in_words(web: httpx.Client, chat: ScriptedAnswers) -> None:
    response = post(web, text="牛" * 60_000)
    assert response.status_code == 413
    assert "128 KB" in response.json()["error"]
    assert post(web, text="牛" * 20_000).status_code == 200
    assert len(chat.seen) == 1


def test_a_body_without_a_length_is_measured_while_it_comes(web: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(1000):
            yield b"x" * 1024
        yield b'"}'

    response = web.post("/api/messages", content=pieces(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_a_declared_length_over_the_limit_is_not_waited_for(web: httpx.Client) -> None:
    with socket.create_connection((web.base_url.host, web.base_url.port or 80), timeout=10) as connection:
        connection.sendall(
            b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999\r\n\r\n{"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


# ---- limits


def test_a_conversation_that_runs_wild_is_slowed_and_the_others_are_not(chat: ScriptedAnswers) -> None:
    with serving(chat, per_conversation=3) as where, httpx.Client(base_url=where.url) as client:
        mine = post(client, text="1").json()["conversation"]
        statuses = [post(client, text="again", conversation=mine).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = post(client, text="again", conversation=mine)
        assert 1 <= int(refused.headers["retry-after"]) <= 65
        assert "110" in refused.json()["error"]
        assert post(client, text="somebody else").status_code == 200


def test_an_address_has_a_limit_of_its_own(chat: ScriptedAnswers) -> None:
    with serving(chat, per_address=3) as where, httpx.Client(base_url=where.url) as client:
        assert [post(client, text="x").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert client.get("/").status_code == 200


def test_refused_messages_do_not_use_up_what_the_village_may_send(chat: ScriptedAnswers) -> None:
    with (
        serving(chat, per_conversation=1, per_address=3) as where,
        httpx.Client(base_url=where.url) as client,
    ):
        mine = post(client, text="1").json()["conversation"]
        for _ in range(10):
            assert post(client, text="x", conversation=mine).status_code == 429
        assert post(client, text="neighbour").status_code == 200


@pytest.mark.parametrize(("behind_proxy", "last"), [(True, 200), (False, 429)])
def test_forwarded_addresses_count_only_behind_a_proxy(
    chat: ScriptedAnswers, behind_proxy: bool, last: int
) -> None:
    with serving(chat, per_address=1, behind_proxy=behind_proxy) as where:
        for address, expected in (("203.0.113.1", 200), ("203.0.113.2", last)):
            headers = {"X-Forwarded-For": f"198.51.100.{expected % 7}, {address}"}
            answer = httpx.post(f"{where.url}/api/messages", json={"text": "x"}, headers=headers)
            assert answer.status_code == expected


def test_an_invented_forwarded_address_does_not_help() -> None:
    assert address_key("10.0.0.1", "6.6.6.6, 203.0.113.9", True) == "203.0.113.9"
    assert address_key("10.0.0.1", "6.6.6.6, rubbish", True) == "10.0.0.1"
    assert address_key("10.0.0.1", "6.6.6.6", False) == "10.0.0.1"
    assert address_key("2001:db8::1", "", False) == address_key("2001:db8::ffff:2", "", False)
    assert address_key("", "", False) == "unknown"


def test_a_minute_is_never_less_than_a_minute() -> None:
    now = 3.0
    limit = PerMinute(2, clock=lambda: now)
    limit.count("a")
    now = 30.0
    limit.count("a")
    assert limit.wait("a") > 0 and limit.wait("b") == 0
    now = 62.9
    assert limit.wait("a") > 0
    now += limit.wait("a")
    assert limit.wait("a") == 0


def test_the_limiter_forgets_the_quietest_keys() -> None:
    limit = PerMinute(2, keys=100)
    for i in range(1000):
        limit.count(str(i))
        limit.count("busy")
    assert len(limit) == 100
    assert limit.wait("busy") > 0


def test_beyond_the_answers_in_flight_it_says_come_back(chat: ScriptedAnswers) -> None:
    chat.gate.clear()
    with serving(chat, in_flight=2) as where, httpx.Client(base_url=where.url, timeout=20) as client:
        threads = [threading.Thread(target=post, args=(client,), kwargs={"text": "x"}) for _ in range(2)]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(chat.seen) == 2)
        refused = post(client, text="third")
        assert "fanzha_in_flight 2" in client.get("/metrics").text
        chat.gate.set()
        for thread in threads:
            thread.join()
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "2" and "110" in refused.json()["error"]
        assert post(client, text="later").status_code == 200


# ---- errors


def test_before_there_is_a_model_it_says_how_far_it_is(chat: ScriptedAnswers) -> None:
    chat.default = NotReady(0.427)
    with serving(chat) as where:
        answer = httpx.post(f"{where.url}/api/messages", json={"text": "x"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["progress"] == 0.42 and "42%" in answer.json()["error"]


def test_a_crash_is_a_sentence_and_a_log_line_without_the_users_words(
    web: httpx.Client, chat: ScriptedAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    chat.default = ValueError("cannot read 我的卡号是6222")
    with caplog.at_level(logging.DEBUG):
        answer = post(web, text="我的卡号是6222")
    assert answer.status_code == 500
    assert "110" in answer.json()["error"] and "6222" not in answer.text
    assert "content-security-policy" in answer.headers
    assert "ValueError at" in caplog.text and "6222" not in caplog.text


def test_a_refusal_speaks_the_language_of_the_page(web: httpx.Client, chat: ScriptedAnswers) -> None:
    chat.default = NotReady(0.0)
    sentences = {
        lang: httpx.post(
            f"{web.base_url}/api/messages", json={"text": "x"}, headers={"Accept-Language": lang}
        ).json()["error"]
        for lang in ("zh", "zh-Hant", "en", "fr")
    }
    assert sentences["zh"].startswith("刚启动") and sentences["zh-Hant"].startswith("剛啟動")
    assert sentences["en"].startswith("Still starting") and sentences["fr"] == sentences["zh"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/api/messages", 405)]
)
def test_what_is_not_there_says_so(web: httpx.Client, method: str, path: str, status: int) -> None:
    answer = web.request(method, path)
    assert answer.status_code == status and "error" in answer.json()


# ---- other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_send(
    web: httpx.Client, chat: ScriptedAnswers, headers: dict[str, str]
) -> None:
    answer = web.post("/api/messages", json={"text": "x"}, headers=headers)
    assert answer.status_code == 403 and not chat.seen


def test_our_own_page_can_send(web: httpx.Client) -> None:
    origin = str(web.base_url).rstrip("/")
    assert web.post("/api/messages", json={"text": "x"}, headers={"Origin": origin}).status_code == 200
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": origin}
    assert web.post("/api/messages", json={"text": "x"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(web: httpx.Client, chat: ScriptedAnswers, media: str) -> None:
    answer = web.post("/api/messages", content=b'{"text": "x"}', headers={"Content-Type": media})
    assert answer.status_code == 415 and not chat.seen


def test_markup_comes_back_as_json_text(web: httpx.Client, chat: ScriptedAnswers) -> None:
    evil = "<img src=x onerror=alert(1)>"
    chat.default = Reply(("危险", evil), Verdict("phishing", 0.9, "danger", cues=(Cue(0, len(evil), evil),)))
    answer = post(web, text=evil)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["cues"][0]["text"] == evil


# ---- operation


def test_health_and_readiness(chat: ScriptedAnswers) -> None:
    now = Status("", "", 0.3)
    with serving(chat, status=lambda: now) as where, httpx.Client(base_url=where.url) as client:
        assert client.get("/healthz").status_code == 200
        assert client.head("/healthz").status_code == 200
        waiting = client.get("/readyz")
        assert waiting.status_code == 503 and waiting.json() == {"ready": False, "progress": 0.3}
        now = Status("ngram", "v1", 0.6)
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"ready": True, "head": "ngram", "version": "v1", "progress": 0.6}


def test_metrics_count_without_any_text(chat: ScriptedAnswers) -> None:
    with serving(chat) as where, httpx.Client(base_url=where.url) as client:
        post(client, text="先垫付")
        post(client, text="机密的话")
        client.post("/api/messages", content=b"{", headers={"Content-Type": "application/json"})
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'fanzha_messages_total{level="danger"} 1' in lines
    assert 'fanzha_messages_total{level="none"} 1' in lines
    assert 'fanzha_errors_total{status="400"} 1' in lines
    assert "fanzha_answer_seconds_count 2" in lines and "fanzha_in_flight 0" in lines
    assert 'fanzha_answer_seconds_bucket{le="+Inf"} 2' in lines
    assert "机密" not in answer.text
    assert all(re.fullmatch(r'#.*|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.]+', line) for line in lines)


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/healthz", "/readyz", "/metrics", "/nothing"])
def test_security_headers_are_on_every_response(web: httpx.Client, path: str) -> None:
    headers = web.get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split("; ")}
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers


# ---- the page's files


def first_load(web: httpx.Client) -> dict[str, httpx.Response]:
    page = web.get("/")
    parts = re.findall(r'(?:href|src)="(static/[^"]+)"', page.text)
    return {"/": page} | {path: web.get(f"/{path}") for path in dict.fromkeys(parts)}


def test_the_first_load_is_small(web: httpx.Client) -> None:
    loaded = first_load(web)
    assert len(loaded) == 5 and all(response.status_code == 200 for response in loaded.values())
    assert sum(len(response.content) for response in loaded.values()) < 60_000


def test_parts_are_kept_by_the_browser_and_the_page_is_asked_for(web: httpx.Client) -> None:
    loaded = first_load(web)
    assert loaded.pop("/").headers["cache-control"] == "no-cache"
    for path, response in loaded.items():
        assert "immutable" in response.headers["cache-control"], path
        assert response.headers.get("content-encoding") == "gzip" or len(response.content) < 500
    assert web.get("/static/chat.js?v=old").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/static/chat.css"])
def test_an_unchanged_file_is_not_sent_again(web: httpx.Client, path: str) -> None:
    first = web.get(path)
    again = web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert "content-security-policy" in again.headers


@pytest.mark.parametrize("path", ["../server.py", "%2e%2e/server.py", "..%2fserver.py", "index.html", "%00"])
def test_only_the_pages_own_parts_are_served(web: httpx.Client, path: str) -> None:
    assert web.get(f"/static/{path}").status_code == 404


def test_the_page_holds_no_inline_code_and_nothing_from_elsewhere(web: httpx.Client) -> None:
    for path, response in first_load(web).items():
        text = response.text.replace("http://www.w3.org/", "")
        assert "http://" not in text and "https://" not in text, path
    page = web.get("/").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert re.search(r"<noscript>.*110.*96110.*</noscript>", page)
    assert "innerHTML" not in web.get("/static/chat.js").text


def test_the_server_believes_no_forwarded_header_by_itself(chat: ScriptedAnswers) -> None:
    settings = web_settings()
    config = server_config(create_app(chat, lambda: Status("full", "v", 1.0), settings), settings)
    assert not config.proxy_headers and not config.access_log


def test_the_json_is_readable_chinese(web: httpx.Client) -> None:
    raw = post(web, text="先垫付").text
    assert "这很像刷单返利" in raw and json.loads(raw)["level"] == "danger"
