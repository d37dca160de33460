"""Signing in and out, and coming in by a one-time code."""

from __future__ import annotations

import re

from starlette.responses import Response

from bot.officers.entrance import TooManyAttempts, WrongPassphrase
from bot.officers.passphrases import SHORTEST, WeakPassphrase
from bot.officers.people import BadName
from bot.web.police.visit import HOME, Page, Visit, signed_in, signed_out
from bot.web.reading import asking_address

_OWN_PAGE = re.compile(r"/police/[\w/.?=&%+~-]*")


def login(visit: Visit) -> Response:
    """The sign-in form; whoever is signed in goes on to the start page."""
    if visit.session:
        return visit.go(HOME)
    return _login(visit)


def enter(visit: Visit) -> Response:
    """Signs in and goes on to the page that was wanted."""
    name, passphrase = visit.field("name"), visit.field("passphrase")
    address = asking_address(visit.request, visit.parts.settings.web.behind_proxy)
    try:
        token = visit.parts.entrance.sign_in(name, passphrase, address, visit.session)
    except TooManyAttempts as error:
        response = _login(visit, 429, str(error))
        response.headers["Retry-After"] = str(error.seconds)
        return response
    except WrongPassphrase as error:
        return _login(visit, 403, str(error))
    return signed_in(visit, token, _own_page(visit.field("next")))


def leave(visit: Visit) -> Response:
    """Ends this session."""
    assert visit.session
    visit.parts.entrance.sign_out(visit.session)
    return signed_out(visit, "signed-out")


def join(visit: Visit) -> Response:
    """The form for a one-time code: a name and a pass phrase, or a new pass phrase. Raises BadCode."""
    return _join(visit, visit.query("code"))


def come_in(visit: Visit) -> Response:
    """Uses the code up, and signs the officer in. Raises BadCode."""
    code, passphrase = visit.field("code"), visit.field("passphrase")
    invitation = visit.parts.invitations.invited(code)
    if passphrase != visit.field("again"):
        return _join(visit, code, 400, "两次填的口令不一样，请再填一次。")
    try:
        if invitation.purpose == "reset":
            officer = visit.parts.invitations.renew(code, passphrase)
        else:
            officer = visit.parts.invitations.join(code, visit.field("name"), passphrase)
    except (BadName, WeakPassphrase) as error:
        return _join(visit, code, 400, str(error))
    if officer.locked:
        return visit.go("/police/login")
    return signed_in(visit, visit.parts.entrance.open_for(officer))


def _login(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    return visit.page(
        "login.html",
        status,
        wrong=wrong,
        name=visit.field("name"),
        next=visit.field("next") or visit.query("next"),
        first=visit.parts.people.empty(),
        plain=not visit.secure and visit.request.url.hostname not in ("127.0.0.1", "localhost", "::1"),
    )


def _join(visit: Visit, code: str, status: int = 200, wrong: str = "") -> Response:
    invitation = visit.parts.invitations.invited(code)
    return visit.page(
        "join.html",
        status,
        invitation=invitation,
        code=code,
        wrong=wrong,
        name=visit.field("name"),
        shortest=SHORTEST,
    )


def _own_page(path: str) -> str:
    """A path within the console; anything else becomes the start page, so that nobody is sent elsewhere."""
    return path if _OWN_PAGE.fullmatch(path) and "/police/login" not in path else HOME


PAGES = (
    Page("/police/login", login, open=True),
    Page("/police/login", enter, "POST", open=True),
    Page("/police/join", join, open=True),
    Page("/police/join", come_in, "POST", open=True),
    Page("/police/sign-out", leave, "POST"),
)
