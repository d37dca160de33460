"""The officers page: who there is, invitations, roles, locks."""

from __future__ import annotations

from starlette.responses import Response

from bot.officers.invitations import Code
from bot.web.police.parts import join_link
from bot.web.police.visit import Page, Visit

PATH = "/police/officers"


def show(visit: Visit) -> Response:
    """Everybody, and the invitations that wait."""
    return _show(visit)


def invite(visit: Visit) -> Response:
    """Gives out an invitation; its link is shown this once. Raises Forbidden, BadRole."""
    return _show(visit, visit.parts.invitations.invite(visit.actor, visit.field("role")))


def reset(visit: Visit) -> Response:
    """Gives out a link for a new pass phrase, shown this once. Raises Forbidden, NotFound."""
    name = visit.field("name")
    return _show(visit, visit.parts.invitations.reset(visit.actor, name), name)


def withdraw(visit: Visit) -> Response:
    """Takes an invitation back. Raises Forbidden, NotFound."""
    visit.parts.invitations.withdraw(visit.actor, visit.field("code"))
    return visit.go(PATH, "withdrawn")


def role(visit: Visit) -> Response:
    """Changes a role. Raises Forbidden, NotFound, BadRole."""
    visit.parts.people.set_role(visit.actor, visit.field("name"), visit.field("role"))
    return visit.go(PATH, "role")


def lock(visit: Visit) -> Response:
    """Shuts an officer out. Raises Forbidden, NotFound, BadRole."""
    visit.parts.people.lock(visit.actor, visit.field("name"))
    return visit.go(PATH, "locked")


def unlock(visit: Visit) -> Response:
    """Lets an officer in again. Raises Forbidden, NotFound."""
    visit.parts.people.unlock(visit.actor, visit.field("name"))
    return visit.go(PATH, "unlocked")


def end_sessions(visit: Visit) -> Response:
    """Signs an officer out everywhere. Raises Forbidden, NotFound."""
    visit.parts.entrance.sign_out_everywhere(visit.actor, visit.field("name"))
    return visit.go(PATH, "ended")


def _show(visit: Visit, given: Code | None = None, whose: str = "") -> Response:
    settings = visit.parts.settings
    port = visit.request.url.port or (443 if visit.secure else 80)
    return visit.page(
        "officers.html",
        officers=visit.parts.people.officers(),
        waiting=visit.parts.invitations.waiting(),
        given=given,
        whose=whose,
        link=join_link(settings, given.code, port) if given else "",
    )


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/invite", invite, "POST"),
    Page(f"{PATH}/reset", reset, "POST"),
    Page(f"{PATH}/withdraw", withdraw, "POST"),
    Page(f"{PATH}/role", role, "POST"),
    Page(f"{PATH}/lock", lock, "POST"),
    Page(f"{PATH}/unlock", unlock, "POST"),
    Page(f"{PATH}/sign-out", end_sessions, "POST"),
)
