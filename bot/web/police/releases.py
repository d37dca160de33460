"""The versions: their scores over time, what separates two of them, going back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from bot.officers.errors import NotFound, Wrong
from bot.store.samples import HELD, Wanted
from bot.web.police.plots import Series
from bot.web.police.render import when
from bot.web.police.visit import Page, Visit
from training.registry import Version, text_id

PATH = "/police/versions"
SHOWN = 50
PLOTTED = 20
LISTED = 200
"""Texts that a comparison lists; all are counted."""
LINES = (
    ("macro_f1", "各类型平均 F1"),
    ("scam_recall", "骗局没漏掉的"),
    ("paid_recall", "钱已给出，认出来的"),
    ("false_danger", "平常话误报"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One text of the data that differs: what it was, what it is; `text` where it is the station's own."""

    text: str
    before: str
    after: str


def show(visit: Visit) -> Response:
    """All versions, the newest first, and their scores over time."""
    desk = visit.parts.desk
    found = desk.releases.listed()[:SHOWN]
    drawn = [version for version in found[:PLOTTED] if version.scores][::-1]
    live = desk.releases.live()
    return visit.page(
        "versions.html",
        versions=found,
        live=live,
        places=[when(version.created)[5:] for version in drawn],
        series=[Series(name, [version.scores.get(field) for version in drawn]) for field, name in LINES],
        held=desk.corrections.search(Wanted(state=HELD), 1, 1).total,
        tried=desk.candidates.listed("", 5),
    )


def one(visit: Visit) -> Response:
    """One version beside another (default: the one it came from). Raises NotFound."""
    version = _version(visit, visit.arg("version"))
    against = visit.query("against") or version.parent
    other = _version(visit, against) if against else None
    moves = _moves(visit, other, version) if other else []
    return visit.page(
        "version.html",
        version=version,
        other=other,
        live=visit.parts.registry.active(),
        versions=visit.parts.desk.releases.listed()[:SHOWN],
        moves=moves[:LISTED],
        moved=Counter((move.before, move.after) for move in moves),
        total=len(moves),
        cards=_cards(other, version),
        measures=[
            (name, (other.scores if other else {}).get(field), version.scores.get(field))
            for field, name in LINES
        ],
    )


def rollback(visit: Visit) -> Response:
    """Goes back to a version. Raises NoSuchVersion, Forbidden, Wrong without a reason."""
    note = visit.field("note").strip()[:500]
    if not note:
        raise Wrong("退回要写为什么，别人才知道出了什么事。请返回上一页写上。")
    visit.parts.desk.releases.rollback(visit.actor, visit.field("version"), note)
    visit.parts.live.refresh()
    return visit.go(PATH, "rolled-back")


def _version(visit: Visit, version_id: str) -> Version:
    found = visit.parts.registry.version(version_id)
    if found is None:
        raise NotFound(f"没有版本 {version_id[:40]}。")
    return found


def _moves(visit: Visit, before: Version, after: Version) -> list[Move]:
    """The texts that only one of them learned, or under another type."""
    old, new = dict(before.samples), dict(after.samples)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if not changed:
        return []
    texts = {text_id(sample.text): sample.text for sample in visit.parts.desk.samples.all()}
    moves = [Move(texts.get(name, ""), old.get(name, ""), new.get(name, "")) for name in changed]
    return sorted(moves, key=lambda move: (not move.text, move.after, move.before, move.text))


def _cards(before: Version | None, after: Version) -> list[str]:
    """The types whose cards differ."""
    old, new = before.overlay if before else {}, after.overlay
    return sorted(name for name in {**old, **new} if old.get(name) != new.get(name))


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/rollback", rollback, "POST"),
    Page(f"{PATH}/{{version}}", one),
)
