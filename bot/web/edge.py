"""The outermost ring of the web channel: headers on every response, and no error without a sentence."""

from __future__ import annotations

import logging
import traceback

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.metrics import Metrics
from bot.web.reading import over_tls
from bot.web.refusals import Refusal

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

CONSOLE = "/police"
CONSOLE_HEADERS = HEADERS | {
    # The console is made of forms; everything else stays as strict.
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    ),
    # Under no-referrer a form's Origin is "null", and could not be told from another site's.
    "Referrer-Policy": "same-origin",
}

ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
"""Sent where the browser's connection is encrypted: from then on it comes encrypted alone, for a year."""


class Edge:
    """Adds the security headers, counts errors and turns what nobody caught into a plain 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics, behind_proxy: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        path = scope["path"]
        headers = CONSOLE_HEADERS if path == CONSOLE or path.startswith(f"{CONSOLE}/") else HEADERS
        if over_tls(Request(scope), self._behind_proxy):
            headers = headers | ONLY_TLS

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(headers)
                if message["status"] >= 400:
                    self._metrics.errors[message["status"]] += 1
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except ClientDisconnect:
            return
        except Exception as error:
            log.error("no answer to %s %s: %s", scope["method"], scope["path"], describe(error))
            if not started:
                await Refusal(500, "broken").response(Request(scope))(scope, receive, guarded)


def describe(error: BaseException) -> str:
    """An error's kind and place. Its message and its values stay out: they may hold a user's text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-5:]))
    cause = error.__cause__ or error.__context__
    return f"{type(error).__name__} at {where}" + (f"; after {describe(cause)}" if cause else "")
