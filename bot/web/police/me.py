"""An officer's own account: pass phrase, Telegram, signing out everywhere."""

from __future__ import annotations

from starlette.responses import Response

from bot.officers.entrance import TooManyAttempts, WrongPassphrase
from bot.officers.invitations import Code
from bot.officers.passphrases import SHORTEST, WeakPassphrase
from bot.web.police.visit import Page, Visit, signed_in, signed_out

PATH = "/police/me"


def show(visit: Visit) -> Response:
    """The account."""
    return _show(visit)


def change_passphrase(visit: Visit) -> Response:
    """Sets a new pass phrase where the old one is right."""
    assert visit.session
    if visit.field("new") != visit.field("again"):
        return _show(visit, 400, wrong="两次填的新口令不一样，请再填一次。")
    try:
        token = visit.parts.entrance.change_passphrase(visit.session, visit.field("old"), visit.field("new"))
    except TooManyAttempts as error:
        response = _show(visit, 429, wrong=str(error))
        response.headers["Retry-After"] = str(error.seconds)
        return response
    except (WrongPassphrase, WeakPassphrase) as error:
        return _show(visit, 400, wrong=str(error))
    return signed_in(visit, token, PATH, "passphrase")


def telegram(visit: Visit) -> Response:
    """Gives a code that links Telegram, shown this once."""
    return _show(visit, given=visit.parts.invitations.telegram_code(visit.actor))


def unlink(visit: Visit) -> Response:
    """Takes the link to Telegram away."""
    visit.parts.people.unlink_telegram(visit.actor)
    return visit.go(PATH, "unlinked")


def leave_everywhere(visit: Visit) -> Response:
    """Ends all of one's own sessions, this one too."""
    visit.parts.entrance.sign_out_everywhere(visit.actor, visit.actor.name)
    return signed_out(visit, "everywhere")


def _show(visit: Visit, status: int = 200, wrong: str = "", given: Code | None = None) -> Response:
    return visit.page(
        "me.html",
        status,
        officer=visit.parts.people.named(visit.actor.name),
        wrong=wrong,
        given=given,
        shortest=SHORTEST,
    )


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/passphrase", change_passphrase, "POST"),
    Page(f"{PATH}/telegram", telegram, "POST"),
    Page(f"{PATH}/telegram/unlink", unlink, "POST"),
    Page(f"{PATH}/sign-out-everywhere", leave_everywhere, "POST"),
)
