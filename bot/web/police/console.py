"""The console as an ASGI application: who is let in, which page answers, which words a refusal gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message

from bot.officers.entrance import Session, TooManyAttempts, WrongPassphrase
from bot.officers.errors import (
    Busy,
    Forbidden,
    NoSuchVersion,
    NotFound,
    OfficerError,
    PreviewAgain,
    Refused,
    Stale,
)
from bot.officers.people import BadRole
from bot.web.police import (
    candidates,
    cards,
    csrf,
    draft,
    entry,
    journal,
    me,
    officers,
    releases,
    review,
    scripts,
    stale,
    start,
    trying,
    types,
    uploads,
)
from bot.web.police.parts import Parts
from bot.web.police.render import Pages
from bot.web.police.visit import Page, Visit, cookie_name
from bot.web.reading import drain, read_body, same_origin
from bot.web.refusals import Refusal
from training.reading.limits import UploadRefused

PAGES: tuple[Page, ...] = (
    *start.PAGES,
    *entry.PAGES,
    *uploads.PAGES,
    *draft.PAGES,
    *candidates.PAGES,
    *scripts.PAGES,
    *types.PAGES,
    *cards.PAGES,
    *review.PAGES,
    *trying.PAGES,
    *releases.PAGES,
    *journal.PAGES,
    *officers.PAGES,
    *me.PAGES,
)

STATUS: dict[type[Exception], int] = {
    Forbidden: 403,
    WrongPassphrase: 403,
    NotFound: 404,
    NoSuchVersion: 404,
    BadRole: 409,
    Busy: 409,
    PreviewAgain: 409,
    Refused: 409,
    TooManyAttempts: 429,
    OfficerError: 400,
    UploadRefused: 400,
}
"""Named errors of the officers' functions; their message is the page's sentence."""

TITLES = {
    400: "这样不行",
    401: "要先登录",
    403: "不能这样做",
    404: "没有找到",
    405: "不能这样打开",
    408: "网络太慢",
    409: "先看看再说",
    413: "太长了",
    429: "请等一等",
    500: "这边出了点问题",
}
STALE_FORM = "这一页放得太久，或者不是从后台打开的，没有照做。请返回上一页，刷新后再试一次。"
SIGN_IN_AGAIN = "登录已经过期，刚才的操作没有做。登录后返回上一页再试，填过的内容浏览器一般还留着。"
FOREIGN = "这个请求不是从后台的页面发来的，没有照做。"
TOO_LONG = "内容太大，一次最多 {kb} KB，没有收。请分成几份。"
SLOW = "网络太慢，内容没有收全，没有照做。请再试一次。"


def create_console(parts: Parts) -> Starlette:
    """The console, to be mounted at /police."""
    guard = Guard(parts)

    async def broken(request: Request, _: Exception) -> Response:
        return await guard.refused(request, 500, "没有做成，请再试一次。一直这样，就告诉管服务器的人。")

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentence = {404: "没有这个页面。", 405: "这个地址要从页面上的按钮进来。"}.get(
            error.status_code, "请求的写法不对。"
        )
        return await guard.refused(request, error.status_code, sentence)

    console = Starlette(
        routes=[*guard.routes(), Route("/static/{name}", guard.pages.files.get)],
        exception_handlers={HTTPException: http, Exception: broken},
    )
    # Starlette would redirect to an address that it makes up from the Host header, without the proxy's TLS.
    console.router.redirect_slashes = False
    return console


class Guard:
    """Lets requests in: body within its limit, own pages alone, signed in, with the session's CSRF token."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.pages = Pages()

    def routes(self) -> Iterator[Route]:
        """All pages, without the /police that they are mounted at."""
        for page in PAGES:
            path = page.path.removeprefix("/police")
            yield Route(path, self._endpoint(page), methods=[page.method], name=f"{page.method} {page.path}")

    async def refused(self, request: Request, status: int, sentence: str, seconds: int = 0) -> Response:
        """A page that says why not."""
        visit = Visit(request, self._parts, self.pages, await self._session(request), FormData())
        response = visit.page("refused.html", status, title=TITLES.get(status, "不行"), sentence=sentence)
        if seconds:
            response.headers["Retry-After"] = str(seconds)
        return response

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._serve(page, request)
            except Refusal as refusal:
                return await self._explain(request, refusal)
            except Stale as error:
                return await self._both(request, error)
            except tuple(STATUS) as error:
                status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
                return await self.refused(request, status, str(error), getattr(error, "seconds", 0))

        return endpoint

    async def _both(self, request: Request, error: Stale) -> Response:
        """What was to be written, and what somebody else wrote meanwhile; nothing was overwritten."""
        visit = Visit(request, self._parts, self.pages, await self._session(request), FormData())
        mine, theirs = stale.sides(error, self._parts.type_names())
        return visit.page("stale.html", 409, sentence=str(error), mine=mine, theirs=theirs)

    async def _serve(self, page: Page, request: Request) -> Response:
        session = await self._session(request)
        if page.method == "POST":
            same_origin(request, self._parts.settings.web.behind_proxy)
        if session is None and not page.open:
            if page.method == "GET":
                return RedirectResponse(f"/police/login?next={quote(_own_path(request))}", 303)
            await drain(request)
            return await self.refused(request, 401, SIGN_IN_AGAIN)
        if page.method == "GET":
            return await self._handled(page, request, session, FormData())
        form = await self._form(request, page)
        try:
            given = form.get("csrf")
            if session and not page.open and not (isinstance(given, str) and csrf.fits(session.csrf, given)):
                return await self.refused(request, 403, STALE_FORM)
            return await self._handled(page, request, session, form)
        finally:
            await form.close()

    async def _handled(
        self, page: Page, request: Request, session: Session | None, form: FormData
    ) -> Response:
        visit = Visit(request, self._parts, self.pages, session, form)
        return await run_in_threadpool(page.handler, visit)

    async def _session(self, request: Request) -> Session | None:
        visit = Visit(request, self._parts, self.pages, None, FormData())
        token = request.cookies.get(cookie_name(visit.secure), "")
        return await run_in_threadpool(self._parts.entrance.session, token) if token else None

    async def _form(self, request: Request, page: Page) -> FormData:
        body = await read_body(request, page.kb, page.seconds)

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            return await Request(request.scope, receive).form(
                max_files=1, max_fields=2000, max_part_size=page.kb * 1024
            )
        except (MultiPartException, HTTPException) as error:
            raise Refusal(400, "bad_request") from error

    async def _explain(self, request: Request, refusal: Refusal) -> Response:
        sentences = {"foreign": FOREIGN, "too_long": TOO_LONG, "slow": SLOW}
        sentence = sentences.get(refusal.name, "请求的写法不对。").format(**refusal.values)
        return await self.refused(request, refusal.status, sentence)


def _own_path(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
