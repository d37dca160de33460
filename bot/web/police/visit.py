"""One request of the console: who asks, what they filled in, and the page that they get."""

from __future__ import annotations

import re
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
HOME = "/police/"
_NUMBER = re.compile(r"[0-9]{1,9}")


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

    def fields(self, name: str) -> list[str]:
        """All values of a field that stands several times in the form."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def number(self, name: str, otherwise: int = 1) -> int:
        """A whole number from the form or the address, 0..999,999,999."""
        value = self.field(name) or self.query(name)
        return int(value) if _NUMBER.fullmatch(value) else otherwise

    def arg(self, name: str) -> str:
        """A part of the address's path."""
        return str(self.request.path_params[name])

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
            "types": self.parts.type_names(),
        }
        body = self.pages.render(template, **(common | values))
        return HTMLResponse(body, status, headers=NO_STORE)

    def go(self, path: str, said: str = "", **query: str) -> Response:
        """Off to another page, which shows the notice of this name."""
        given = {"said": said} if said else {}
        line = urlencode(given | query)
        return RedirectResponse(f"{path}?{line}" if line else path, 303, headers=NO_STORE)


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class Page:
    """A route of the console. `open`: also without signing in. `kb`, `seconds`: how long its form may be and
    may take to come."""

    path: str
    handler: Handler
    method: Literal["GET", "POST"] = "GET"
    open: bool = False
    kb: int = 64
    seconds: float = 30.0


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
    "row": "已保存。",
    "rows": "选中的行已改。",
    "dropped": "像平常话的都去掉了。",
    "asked": "已请负责人发布，负责人的首页会看到。",
    "discarded": "这份上传已放弃，里面的话术都删掉了。",
    "new-type": "新类型已记下，和这份上传一起发布。",
    "published": "已发布，线上的模型和卡片都换了，聊天不用刷新。",
    "relabelled": "类型已改，下次训练生效。",
    "deleted": "已删除，下次训练生效；可以恢复。",
    "restored": "已恢复，下次训练生效。",
    "readmitted": "已放行，下次训练会用到。",
    "review-learnt": "已记下，下次训练会学到。",
    "review-noted": "已记下。这一条没有进话术（看不出来、太短，或话术里已经有了）。",
    "rolled-back": "已退回，线上的模型和卡片都换了。之后才学的话术先扣住，可以在话术页放行。",
    "card-saved": "草稿已保存，还没有人看得到。请负责人批准。",
    "card-dropped": "草稿已放弃。",
    "card-live": "已批准，新的说法已经上线。",
}


def cookie_name(secure: bool) -> str:
    """The session cookie's name; `__Host-` makes the browser insist on TLS and on this very host."""
    return "__Host-fanzha" if secure else "fanzha-police"


def signed_in(visit: Visit, token: str, path: str = HOME, said: str = "") -> Response:
    """Off to a page, with the cookie of a new session."""
    response = visit.go(path, said)
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
    # What the browser may still hold of the pages goes as well; it does so over TLS alone.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(
        cookie_name(visit.secure), path="/", secure=visit.secure, httponly=True, samesite="lax"
    )
    return response
