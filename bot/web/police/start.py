"""The start page: what needs a person now."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.police.visit import HOME, Page, Visit


def show(visit: Visit) -> Response:
    """The start page."""
    return visit.page("start.html")


PAGES = (Page(HOME, show),)
