"""The try-it page: what any version makes of a text, and how each channel says it."""

from __future__ import annotations

from starlette.responses import Response

from bot.officers.errors import NotFound
from bot.officers.tryout import LONGEST, Look
from bot.seams import NotReady
from bot.telegram_layout import layout, split
from bot.terminal import shown
from bot.web.police.visit import Page, Visit

PATH = "/police/try"
SHOWN = 8
"""So many types are listed, the likeliest first."""


def show(visit: Visit) -> Response:
    """The empty box."""
    return _show(visit)


def look(visit: Visit) -> Response:
    """What a version makes of the text. The text is in no address and in no log."""
    try:
        found = visit.parts.tryout.look(visit.field("text"), visit.field("version"))
    except NotReady:
        return _show(visit, 503, wrong="模型还在准备，请过一会儿再试。")
    except NotFound as error:
        return _show(visit, 404, wrong=str(error))
    return _show(visit, found=found)


def _show(visit: Visit, status: int = 200, wrong: str = "", found: Look | None = None) -> Response:
    return visit.page(
        "try.html",
        status,
        versions=[one.record for one in visit.parts.shelf.newest(20)],
        active=visit.parts.registry.active(),
        text=visit.field("text"),
        chosen=visit.field("version") or visit.query("version"),
        longest=LONGEST,
        wrong=wrong,
        found=found,
        most=SHOWN,
        telegram=split(layout(found.reply)) if found else [],
        terminal=shown(found.reply) if found else "",
    )


PAGES = (Page(PATH, show), Page(PATH, look, "POST", kb=128))
