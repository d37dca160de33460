"""The texts that people handed over: seen as the bot saw them, ruled on with one key each."""

from __future__ import annotations

from typing import get_args

from starlette.responses import Response

from bot.officers.errors import Wrong
from bot.officers.review import Decision
from bot.web.police.visit import Page, Visit
from intents.types import BENIGN

PATH = "/police/review"
SHOWN = 20
CHANNELS = {"web": "网页", "telegram": "Telegram", "terminal": "终端"}
LANGUAGES = {"zh": "中文", "zh-Hant": "繁体", "en": "英文"}


def show(visit: Visit) -> Response:
    """What waits, the oldest first."""
    review = visit.parts.review
    return visit.page(
        "review.html",
        waiting=review.waiting(SHOWN),
        total=review.count(),
        channels=CHANNELS,
        languages=LANGUAGES,
        benign=BENIGN,
    )


def decide(visit: Visit) -> Response:
    """Rules on one text. Raises NotFound, Stale, Wrong."""
    decision = next((one for one in get_args(Decision) if one == visit.field("decision")), None)
    if decision is None:
        raise Wrong("没有这种结论。请用页面上的按钮。")
    ruled = visit.parts.review.decide(visit.actor, visit.arg("handed"), decision, visit.field("type"))
    return visit.go(PATH, "review-learnt" if ruled.learnt else "review-noted")


PAGES = (Page(PATH, show), Page(f"{PATH}/{{handed}}", decide, "POST"))
