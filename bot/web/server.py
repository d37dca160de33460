"""The web channel: HTTP requests become Messages, Replies become JSON."""

from __future__ import annotations

import asyncio
import json
import math
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bot.config import Web
from bot.seams import Answers, NotReady, Status
from bot.web.edge import CONSOLE, Edge
from bot.web.limits import PerMinute
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.page import Page
from bot.web.reading import asking_address, read_body, same_origin
from bot.web.refusals import BadField, Refusal
from intents.types import Kind, Message, Reply, Way

CONVERSATION = re.compile(r"[A-Za-z0-9_-]{22}")
LONGEST_BUTTON = 200
# Less than the page waits, so that it shows our sentence and not its own.
ANSWER_SECONDS = 25.0
BUSY_SECONDS = 2
NOT_READY_SECONDS = 5
NO_STORE = {"Cache-Control": "no-store"}

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that could be read: whose conversation ("" for a new one) and what was said."""

    conversation: str
    message: Message


def create_app(
    chat: Answers, status: Callable[[], Status], settings: Web, console: ASGIApp | None = None
) -> Starlette:
    """The web chat as an ASGI application, with the officers' console; `status` says which head serves."""
    metrics = Metrics()
    messages = Messages(chat, settings, metrics)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"alive": True}, headers=NO_STORE)

    async def readyz(_: Request) -> Response:
        return _ready(status())

    async def show_metrics(_: Request) -> Response:
        return PlainTextResponse(metrics.text(status()), headers=NO_STORE, media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            *Page().routes(),
            Route("/api/messages", messages.post, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
            *([Route(CONSOLE, _to_console), Mount(CONSOLE, console)] if console else []),
        ],
        middleware=[
            Middleware(Edge, metrics=metrics, behind_proxy=settings.behind_proxy),
            Middleware(GZipMiddleware),
        ],
        exception_handlers={Refusal: _refuse, HTTPException: _refuse_http},
    )


def server_config(app: Starlette, settings: Web) -> uvicorn.Config:
    """How uvicorn runs the web chat. No access log: addresses are nobody's business."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # Which address asks is decided in `limits.address_key`; uvicorn would believe any loopback peer.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


class Messages:
    """POST /api/messages: reads, limits, asks the chat, and writes the reply."""

    def __init__(self, chat: Answers, settings: Web, metrics: Metrics) -> None:
        self._chat = chat
        self._settings = settings
        self._metrics = metrics
        self._conversations = PerMinute(settings.per_conversation)
        self._addresses = PerMinute(settings.per_address)

    async def post(self, request: Request) -> Response:
        """Answers one message. Raises Refusal."""
        _json_only(request)
        same_origin(request, self._settings.behind_proxy)
        asked = parse(await read_body(request, self._settings.body_kb))
        self._admit(asked, request)
        conversation = asked.conversation or secrets.token_urlsafe(16)
        self._conversations.count(conversation)
        reply = await self._answer(conversation, asked.message)
        return JSONResponse(render(conversation, reply), headers=NO_STORE)

    def _admit(self, asked: Asked, request: Request) -> None:
        if self._metrics.in_flight >= self._settings.in_flight:
            raise Refusal(503, "busy", seconds=BUSY_SECONDS)
        # The conversation first: one that runs wild must not use up what its whole village may send.
        wait = self._conversations.wait(asked.conversation) if asked.conversation else 0
        if not wait:
            address = asking_address(request, self._settings.behind_proxy)
            wait = self._addresses.wait(address)
            if not wait:
                self._addresses.count(address)
        if wait:
            raise Refusal(429, "too_many", seconds=wait)

    async def _answer(self, conversation: str, message: Message) -> Reply:
        self._metrics.in_flight += 1
        began = time.perf_counter()
        try:
            # Without an end, sixteen answers that hang would close the chat for everybody.
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await self._chat.answer(conversation, message)
        except NotReady as error:
            percent = math.floor(100 * min(max(error.progress, 0.0), 1.0))
            raise Refusal(503, "not_ready", seconds=NOT_READY_SECONDS, percent=percent) from error
        except TimeoutError as error:
            raise Refusal(503, "busy", seconds=BUSY_SECONDS) from error
        finally:
            self._metrics.in_flight -= 1
        self._metrics.answered(reply.verdict.level, time.perf_counter() - began)
        return reply


def parse(body: bytes) -> Asked:
    """What a request's JSON asks. Raises BadField, which names the field that is wrong."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadField("请求内容不是能读懂的 JSON。") from error
    if not isinstance(data, dict):
        raise BadField('请求内容要是一个 JSON 对象，例如 {"text": "……"}。')
    kind = _KINDS.get(_string(data, "kind") or "text")
    if kind is None:
        raise BadField(f"字段 kind 只能是 {'、'.join(_KINDS)} 之一。")
    button = _string(data, "button")
    if len(button) > LONGEST_BUTTON:
        raise BadField(f"字段 button 最多 {LONGEST_BUTTON} 个字。")
    if data.get("text") is None and not button and kind == "text":
        raise BadField("缺少字段 text。")
    conversation = _string(data, "conversation")
    known = conversation if CONVERSATION.fullmatch(conversation) else ""
    return Asked(known, Message(_string(data, "text"), kind, button, Way("web")))


def render(conversation: str, reply: Reply) -> dict[str, Any]:
    """A reply as the JSON that pages and programs read."""
    verdict = reply.verdict
    return {
        "conversation": conversation,
        "type": verdict.type,
        "level": verdict.level,
        "probability": verdict.probability,
        "paid": verdict.paid,
        "happening": verdict.happening,
        "cues": [{"start": c.start, "end": c.end, "text": c.text} for c in verdict.cues],
        "alternatives": [{"type": c.type, "probability": c.probability} for c in verdict.alternatives],
        "text": reply.text,
        "buttons": [{"label": b.label, "payload": b.payload} for b in reply.buttons],
    }


def _string(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadField(f"字段 {key} 要是文字。")
    # JSON can spell half a surrogate pair, which no encoder takes; one sign for one keeps all indices.
    return _SURROGATES.sub("\ufffd", value)


async def _to_console(_: Request) -> Response:
    return RedirectResponse(f"{CONSOLE}/")


def _json_only(request: Request) -> None:
    """Another site's page cannot send JSON without asking first."""
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal(415, "not_json")


def _ready(now: Status) -> Response:
    if not now.head:
        return JSONResponse(
            {"ready": False, "progress": now.progress},
            status_code=503,
            headers=NO_STORE | {"Retry-After": str(NOT_READY_SECONDS)},
        )
    content = {"ready": True, "head": now.head, "version": now.version, "progress": now.progress}
    return JSONResponse(content, headers=NO_STORE)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return error.response(request)


async def _refuse_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = {404: "not_found", 405: "bad_method"}.get(error.status_code, "bad_request")
    response = Refusal(error.status_code, name).response(request)
    response.headers.update(error.headers or {})
    return response
