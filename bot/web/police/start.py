"""The start page: what needs a person now, and the week in numbers."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from bot.officers.people import CHIEF
from bot.store.candidates import READY, REFUSED
from bot.store.drafts import ASKING
from bot.store.samples import HELD
from bot.store.tallies import BUTTON, TALK, Tally, day_of
from bot.web.police.visit import HOME, Page, Visit

DAYS = 7
TYPES = 8
"""So many types are drawn, the most frequent first."""
RECENT = 10
"""So many newest dry runs are looked at."""
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a person: what, where, and whether it needs a chief."""

    words: str
    link: str
    chief: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days: messages judged by day, suspicious ones by type, and the shares that tell of doubt."""

    days: list[tuple[str, int]]
    types: list[tuple[str, int]]
    judged: int
    unsure: int
    not_this: int


def show(visit: Visit) -> Response:
    """The start page."""
    live = visit.parts.shelf.live()
    days = [day_of(time.time() - 86_400 * back) for back in reversed(range(DAYS))]
    visit.parts.tallies.flush()
    return visit.page(
        "start.html",
        tasks=sorted(_tasks(visit), key=lambda task: task.chief is not (visit.actor.role == CHIEF)),
        week=week(visit.parts.tallies.since(days), days),
        live=live,
        serving=visit.parts.live.status(),
    )


def week(counted: list[Tally], days: list[str]) -> Week:
    """What was counted on these days, put together."""
    judged = [tally for tally in counted if tally.kind not in (TALK, BUTTON)]
    by_day, by_type = Counter[str](), Counter[str]()
    for tally in judged:
        by_day[tally.day] += tally.count
        if tally.kind != "none":
            by_type[tally.name] += tally.count
    return Week(
        days=[(_shown(day), by_day[day]) for day in days],
        types=by_type.most_common(TYPES),
        judged=sum(by_day.values()),
        unsure=sum(tally.count for tally in judged if tally.kind == "caution"),
        not_this=sum(tally.count for tally in counted if tally.kind == BUTTON),
    )


def _shown(day: str) -> str:
    """2026-11-25 as 11-25 周三."""
    return f"{day[5:]} 周{WEEKDAYS[time.strptime(day, '%Y-%m-%d').tm_wday]}"


def _tasks(visit: Visit) -> list[Task]:
    desk = visit.parts.desk
    found: list[Task] = []
    handed = visit.parts.review.count()
    if handed:
        found.append(Task(f"{handed} 条用户交来的话等人看", "/police/review"))
    for draft in desk.uploads.listed():
        link = f"/police/uploads/{draft.id}"
        if draft.asked_by:
            found.append(Task(f"{draft.asked_by}请负责人发布上传“{draft.name}”", link, chief=True))
        elif draft.state == ASKING:
            found.append(Task(f"上传“{draft.name}”看不出哪一列是话术，要人选", link))
        else:
            found.append(Task(f"上传“{draft.name}”还没发布（{draft.by}）", link))
    for card in desk.cards.drafts():
        name = visit.parts.type_names().get(card.type, card.type)
        found.append(
            Task(f"“{name}”的卡片草稿等负责人批准（{card.by}）", f"/police/cards/{card.id}", chief=True)
        )
    active, drafts = visit.parts.registry.active(), {draft.id for draft in desk.uploads.listed()}
    for one in desk.candidates.listed(limit=RECENT):
        # Whether the samples are still the same is looked at on its page: it takes a second with many.
        if one.state in (READY, REFUSED) and one.parent == active and one.draft in {"", *drafts}:
            words = "过了关，可以发布" if one.state == READY else "没过关，要看看为什么"
            found.append(Task(f"{one.by}的试训{words}", f"/police/candidates/{one.id}", chief=True))
    held = desk.samples.counts().get(HELD, 0)
    if held:
        found.append(Task(f"{held} 条话术因为退回被扣住，看看哪些放行", "/police/scripts?state=held"))
    return found


PAGES = (Page(HOME, show),)
