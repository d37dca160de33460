"""Reading requests: their body within a limit, where they come from, which page sent them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import Request

from bot.web.limits import address_key
from bot.web.refusals import Refusal

BODY_SECONDS = 30.0
DRAIN_BYTES = 16 * 1024 * 1024
DRAIN_SECONDS = 2.0


def asking_address(request: Request, behind_proxy: bool) -> str:
    """Who is asking, as the limits count it."""
    peer = request.client.host if request.client else ""
    # Of several such headers, the proxy's own is the last.
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return address_key(peer, forwarded, behind_proxy)


def over_tls(request: Request, behind_proxy: bool) -> bool:
    """Whether the browser's connection is encrypted, by what the proxy says where there is one."""
    forwarded = request.headers.get("x-forwarded-proto", "") if behind_proxy else ""
    return (forwarded.rsplit(",", 1)[-1].strip() or request.url.scheme) == "https"


def same_origin(request: Request, behind_proxy: bool) -> None:
    """Refuses what another site's page sends: foreign Sec-Fetch-Site or Origin. Raises Refusal."""
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        # The browser says so itself; a proxy that rewrites Host would make Origin look foreign.
        if site != "same-origin":
            raise Refusal(403, "foreign")
        return
    origin = headers.get("origin")
    hosts = {headers.get("host", "")} | ({headers.get("x-forwarded-host", "")} if behind_proxy else set())
    # "https://host" -> "host"; "null" and anything crooked is nobody's host.
    if origin is not None and origin.partition("://")[2] not in hosts - {""}:
        raise Refusal(403, "foreign")


async def read_body(request: Request, kb: int, seconds: float = BODY_SECONDS) -> bytes:
    """The request's body. Raises Refusal beyond `kb` kB or where it does not come within the time."""
    limit = kb * 1024
    length = request.headers.get("content-length", "0")
    too_long = length.isdecimal() and int(length) > limit
    body = bytearray()
    try:
        async with asyncio.timeout(DRAIN_SECONDS if too_long else seconds):
            async for chunk in _chunks(request):
                # What is too long is read to its end and thrown away: closing the connection on
                # unread bytes resets it, and the sender would never see the refusal.
                too_long = too_long or len(body) + len(chunk) > limit
                body = bytearray() if too_long else body + chunk
    except TimeoutError as error:
        if not too_long:
            raise Refusal(408, "slow") from error
    if too_long:
        raise Refusal(413, "too_long", kb=kb)
    return bytes(body)


async def drain(request: Request) -> None:
    """Reads what a refused sender still sends, within reason, so that the refusal reaches it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in _chunks(request):
                pass


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body's pieces, at most DRAIN_BYTES of them."""
    left = DRAIN_BYTES
    async for chunk in request.stream():
        yield chunk
        left -= len(chunk)
        if left < 0:
            return
