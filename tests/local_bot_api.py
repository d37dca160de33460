"""A Bot API server on loopback: what is sent is recorded, updates are handed out, failures are made to order.

It refuses what Telegram refuses: unknown tokens, broken HTML, empty or too long texts, long payloads; and it
forgets an update only when getUpdates asks for a later one.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

TOKEN = "12345:AAlocal-test-token"
BOT = {"id": 12345, "is_bot": True, "first_name": "草原反诈", "username": "fanzha_bot"}
JSON_FIELDS = {
    "reply_markup",
    "reply_parameters",
    "link_preview_options",
    "commands",
    "allowed_updates",
    "scope",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request that arrived: the method, its parameters and when (monotonic seconds)."""

    method: str
    params: dict[str, Any]
    at: float

    @property
    def text(self) -> str:
        """The text as the user sees it, without markup."""
        text = str(self.params.get("text", ""))
        return html.unescape(re.sub(r"</?b>", "", text)) if "parse_mode" in self.params else text

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """The keyboard, row by row, as (label, payload)."""
        rows = self.params.get("reply_markup", {}).get("inline_keyboard", [])
        return [[(button["text"], button["callback_data"]) for button in row] for row in rows]


@dataclass(frozen=True, slots=True)
class Failure:
    """What goes wrong with a call: an HTTP status with Telegram's words, or a dropped connection."""

    status: int = 0
    description: str = ""
    retry_after: int = 0
    migrate_to: int = 0

    def response(self) -> Response:
        """The failure as the Bot API words it."""
        if not self.status:
            return _Dropped()
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.retry_after:
            body["parameters"] = {"retry_after": self.retry_after}
        if self.migrate_to:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to}
        return JSONResponse(body, self.status)


DROPPED = Failure()
BLOCKED = Failure(403, "Forbidden: bot was blocked by the user")
BROKEN = Failure(502, "Bad Gateway")


def bad_request(description: str = "Bad Request: chat not found") -> Failure:
    """A 400 with a description."""
    return Failure(400, description)


def too_many(seconds: int) -> Failure:
    """A 429: come back in so many seconds."""
    return Failure(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class LocalBotApi:
    """The server; use it as a context manager. All its methods may be called from any thread."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.files: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}  # what getFile says of a file, where it is not its length
        self.fetched: list[str] = []  # the paths of files that were downloaded
        self.calls: list[Call] = []
        self.delays: dict[str, float] = {}
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        self._updates: dict[int, dict[str, Any]] = {}
        self._next_update = 1
        self._next_message = 1000
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        routes = [
            Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            log_config=None,
            lifespan="off",
            ws="none",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL)  # the token is in every address
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> LocalBotApi:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()

    @property
    def base_url(self) -> str:
        """What `telegram.base_url` is set to."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/bot"

    def forget(self) -> None:
        """Starts over, as if nothing had been sent, queued or ordered yet."""
        with self._lock:
            self._next_update, self._next_message = 1, 1000
            for kept in (
                self.files,
                self.sizes,
                self.fetched,
                self.calls,
                self.delays,
                self._failures,
                self._updates,
            ):
                kept.clear()

    def put(self, update: dict[str, Any]) -> int:
        """Queues an update, with the next free number unless it has one; gives its number."""
        with self._lock:
            number = int(update.setdefault("update_id", self._next_update))
            self._next_update = max(self._next_update, number + 1)
            self._updates[number] = update
        return number

    def fail(self, method: str, *failures: Failure) -> None:
        """The next calls of a method fail in this order, one each."""
        with self._lock:
            self._failures[method] += failures

    def of(self, method: str) -> list[Call]:
        """All calls of a method so far, also those that failed."""
        with self._lock:
            return [call for call in self.calls if call.method == method]

    @property
    def sent(self) -> list[Call]:
        """All calls of sendMessage."""
        return self.of("sendMessage")

    @property
    def waiting(self) -> list[int]:
        """The updates that nobody has confirmed."""
        with self._lock:
            return sorted(self._updates)

    async def until(self, condition: Callable[[], object], seconds: float = 5.0) -> None:
        """Returns when the condition holds. Raises AssertionError when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"nothing came; calls: {[c.method for c in self.calls][-20:]}"
            await asyncio.sleep(0.005)

    async def sends(self, count: int, seconds: float = 5.0) -> list[Call]:
        """The first `count` messages sent, when they are there."""
        await self.until(lambda: len(self.sent) >= count, seconds)
        return self.sent

    async def _call(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return Failure(401, "Unauthorized").response()
        method = request.path_params["method"]
        params = _parameters(await request.body())
        with self._lock:
            self.calls.append(Call(method, params, time.monotonic()))
            failure = self._failures[method].pop(0) if self._failures[method] else None
        await asyncio.sleep(self.delays.get(method, 0))
        if failure:
            return failure.response()
        answer = getattr(self, f"_{method}", None)
        try:
            result = await answer(params, request) if answer else True
        except _RefusedError as refused:
            return bad_request(f"Bad Request: {refused}").response()
        return JSONResponse({"ok": True, "result": result})

    async def _file(self, request: Request) -> Response:
        content = self.files.get(request.path_params["path"])
        if request.path_params["token"] != self.token or content is None:
            return Failure(404, "Not Found").response()
        self.fetched.append(request.path_params["path"])
        return Response(content)

    async def _getMe(self, params: dict[str, Any], request: Request) -> dict[str, Any]:
        return BOT

    async def _getUpdates(self, params: dict[str, Any], request: Request) -> list[Any]:
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        deadline = time.monotonic() + float(params.get("timeout", 0))
        while True:
            with self._lock:
                for number in [number for number in self._updates if number < offset]:
                    del self._updates[number]
                ready = [self._updates[number] for number in sorted(self._updates)][:limit]
            if ready or time.monotonic() >= deadline or self._server.should_exit:
                return ready
            if await request.is_disconnected():
                return []
            await asyncio.sleep(0.01)

    async def _sendMessage(self, params: dict[str, Any], request: Request) -> dict[str, Any]:
        call = _accepted("sendMessage", params)
        with self._lock:
            self._next_message += 1
        return self._message(self._next_message, call)

    async def _editMessageText(self, params: dict[str, Any], request: Request) -> dict[str, Any]:
        call = _accepted("editMessageText", params)
        with self._lock:
            same = [c for c in self.calls[:-1] if c.params.get("message_id") == params["message_id"]]
            if same and (same[-1].text, same[-1].buttons) == (call.text, call.buttons):
                raise _RefusedError("message is not modified")
        return self._message(int(params["message_id"]), call)

    def _message(self, number: int, call: Call) -> dict[str, Any]:
        chat = {"id": int(call.params["chat_id"]), "type": "private"}
        return {"message_id": number, "date": 1, "chat": chat, "from": BOT, "text": call.text}

    async def _getFile(self, params: dict[str, Any], request: Request) -> dict[str, Any]:
        path = str(params["file_id"])
        if path not in self.files:
            raise _RefusedError("invalid file_id")
        size = self.sizes.get(path, len(self.files[path]))
        return {"file_id": path, "file_unique_id": path, "file_size": size, "file_path": path}


class _RefusedError(Exception):
    """What Telegram answers with 400."""


def _accepted(method: str, params: dict[str, Any]) -> Call:
    """The call of a method that takes a text, where Telegram would take it. Raises _RefusedError."""
    call = Call(method, params, 0)
    if "parse_mode" in params and re.search(r"[<>]|&(?!(lt|gt|amp|quot);)", _without_bold(params["text"])):
        raise _RefusedError("can't parse entities")
    if not call.text.strip():
        raise _RefusedError("message text is empty")
    if len(call.text.encode("utf-16-le")) > 2 * 4096:
        raise _RefusedError("message is too long")
    if any(len(payload.encode()) > 64 for row in call.buttons for _, payload in row):
        raise _RefusedError("BUTTON_DATA_INVALID")
    return call


class _Dropped(Response):
    """A connection that ends in the middle of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def _parameters(body: bytes) -> dict[str, Any]:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: json.loads(value) if name in JSON_FIELDS else value for name, value in fields.items()}


def _without_bold(text: str) -> str:
    """The text without well-formed bold; what is left of tags is an error."""
    return re.sub(r"<b>([^<>]*)</b>", r"\1", text)
