"""One request of the console: who asks, what they filled in, and the page that they get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.officers.entrance import Session
from bot.officers.people import CHIEF, Actor
from bot.web.police import csrf
from bot.web.police.parts import Parts
from bot.web.police.render import Pages
from bot.web.reading import over_tls

NO_STORE = {"Cache-Control": "no-store"}
YEAR = 31_536_000
HOME = "/police/"


@dataclass(frozen=True)
class Visit:
    """A request that was let in. `session` is None on the pages that are open to everybody."""

    request: Request
    parts: Parts
    pages: Pages
    session: Session | None
    form: FormData

    @property
    def actor(self) -> Actor:
        """Who acts; only where somebody is signed in."""
        assert self.session
        return self.session.actor

    @property
    def secure(self) -> bool:
        """Whether the browser's connection is encrypted."""
        return over_tls(self.request, self.parts.settings.web.behind_proxy)

    def field(self, name: str) -> str:
        """A field of the form as text; empty where it is missing."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def upload(self, name: str) -> UploadFile | None:
        """A file of the form; None where none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def query(self, name: str) -> str:
        """A parameter of the address; empty where it is missing."""
        return self.request.query_params.get(name, "")

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A rendered page."""
        session = self.session
        common = {
            "actor": session.actor if session else None,
            "chief": bool(session and session.actor.role == CHIEF),
            "csrf": csrf.token(session.csrf) if session else "",
            "path": self.request.url.path,
            "said": NOTICES.get(self.query("said"), ""),
            "station": self.parts.settings.station.name,
        }
        body = self.pages.render(template, **(common | values))
        return HTMLResponse(body, status, headers=headers(self.secure))

    def go(self, path: str, said: str = "", **query: str) -> Response:
        """Off to another page, which shows the notice of this name."""
        given = {"said": said} if said else {}
        line = urlencode(given | query)
        return RedirectResponse(f"{path}?{line}" if line else path, 303, headers=headers(self.secure))


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class Page:
    """A route of the console. `open`: also without signing in. `kb`: how long its form may be."""

    path: str
    handler: Handler
    method: Literal["GET", "POST"] = "GET"
    open: bool = False
    kb: int = 64


NOTICES: Mapping[str, str] = {
    "signed-out": "已退出。",
    "everywhere": "已在所有电脑和手机上退出。",
    "withdrawn": "邀请已收回，链接不能再用。",
    "role": "角色已改，马上生效。",
    "locked": "已锁定，对方马上退出，不能再登录。",
    "unlocked": "已解锁，可以用原来的口令登录。",
    "ended": "已让对方在所有地方退出。",
    "passphrase": "口令已改。别的电脑和手机要重新登录。",
    "unlinked": "Telegram 已断开。",
}


def headers(secure: bool) -> dict[str, str]:
    """The headers of every page: never kept by the browser; over TLS, only over TLS from now on."""
    more = {"Strict-Transport-Security": f"max-age={YEAR}"} if secure else {}
    return NO_STORE | more


def cookie_name(secure: bool) -> str:
    """The session cookie's name; `__Host-` makes the browser insist on TLS and on this very host."""
    return "__Host-fanzha" if secure else "fanzha-police"


def signed_in(visit: Visit, token: str, path: str = HOME) -> Response:
    """Off to a page, with the cookie of a new session."""
    response = visit.go(path)
    response.set_cookie(
        cookie_name(visit.secure),
        token,
        max_age=visit.parts.settings.police.session_hours * 3600,
        path="/",
        secure=visit.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def signed_out(visit: Visit, said: str) -> Response:
    """Off to the sign-in page, without the cookie."""
    response = visit.go("/police/login", said)
    response.delete_cookie(
        cookie_name(visit.secure), path="/", secure=visit.secure, httponly=True, samesite="lax"
    )
    return response
