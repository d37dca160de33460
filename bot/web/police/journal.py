"""The log page: searched, and its chain verified."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from bot.officers.people import ROLES
from bot.store import log
from bot.web.police.acts import LABELS
from bot.web.police.visit import Page, Visit

PAGE = 50
_NUMBER = re.compile(r"[0-9]{1,9}")


def show(visit: Visit) -> Response:
    """The newest entries that match, and on demand whether the chain holds."""
    words, by, act = visit.query("q").strip(), visit.query("by"), visit.query("act")
    before = int(visit.query("before")) if _NUMBER.fullmatch(visit.query("before")) else 0
    found = log.search(visit.parts.engine, words, by, act, before, PAGE + 1)
    verified = visit.query("verify") == "1"
    return visit.page(
        "log.html",
        entries=found[:PAGE],
        more=found[PAGE - 1].number if len(found) > PAGE else 0,
        words=words,
        by=by,
        act=act,
        people=log.names(visit.parts.engine),
        details=_details({one.id: one.name for one in visit.parts.people.officers()}),
        verified=verified,
        head=visit.query("head").strip(),
        wrong=log.verify(visit.parts.engine, visit.query("head").strip()) if verified else "",
        now=log.head(visit.parts.engine),
    )


def _details(officers: dict[str, str]) -> Callable[[log.Entry], str]:
    """Writes an entry's details in one line; `officers`: names by id."""

    def line(entry: log.Entry) -> str:
        details = dict(entry.details)
        if "officer" in details:
            details["officer"] = details.pop("name", officers.get(details["officer"], details["officer"]))
        parts = (f"{LABELS.get(name, name)} {_short(value)}" for name, value in details.items())
        return "，".join(parts)

    return line


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} 项"
    if value in ROLES:
        return ROLES[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


PAGES = (Page("/police/log", show),)
