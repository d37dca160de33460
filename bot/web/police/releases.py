"""The versions: their scores over time, what separates two of them, going back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from starlette.responses import Response

from bot.officers.errors import NotFound, Wrong
from bot.store.samples import HELD, Wanted
from bot.web.police.plots import Series
from bot.web.police.render import when
from bot.web.police.shelf import Moved, Shelved
from bot.web.police.visit import Page, Visit
from training.registry import Version, text_id

PATH = "/police/versions"
SHOWN = 50
PLOTTED = 20
LISTED = 200
"""Texts that a comparison lists; all are counted."""
LOOKED_AT = 5000
"""So many of the newest samples are looked through for the words of what differs."""
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
    desk, shelf = visit.parts.desk, visit.parts.shelf
    found = shelf.newest(SHOWN)
    drawn = [one.record for one in found[:PLOTTED] if one.record.scores][::-1]
    return visit.page(
        "versions.html",
        versions=found,
        live=shelf.live(),
        places=[when(version.created)[5:] for version in drawn],
        series=[Series(name, [version.scores.get(field) for version in drawn]) for field, name in LINES],
        held=desk.samples.counts().get(HELD, 0),
        tried=desk.candidates.listed("", 5),
    )


def one(visit: Visit) -> Response:
    """One version beside another (default: the one it came from). Raises NotFound."""
    shelf = visit.parts.shelf
    version = _version(visit, visit.arg("version"))
    against = visit.query("against") or version.record.parent
    other = _version(visit, against) if against else None
    moved = shelf.moved(against, version.record.id) if other else ()
    before = other.record if other else None
    return visit.page(
        "version.html",
        version=version,
        other=other,
        live=visit.parts.registry.active(),
        versions=shelf.newest(SHOWN),
        moves=_moves(visit, moved),
        moved=Counter((old, new) for _, old, new in moved),
        total=len(moved),
        cards=_cards(before, version.record),
        measures=[
            (name, (before.scores if before else {}).get(field), version.record.scores.get(field))
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


def _version(visit: Visit, version_id: str) -> Shelved:
    found = visit.parts.shelf.get(version_id)
    if found is None:
        raise NotFound(f"没有版本 {version_id[:40]}。")
    return found


def _moves(visit: Visit, moved: Moved) -> list[Move]:
    """The texts that only one of them learned, or under another type; the station's own with their words.

    Only the newest samples are looked through: among them are those that differ.
    """
    wanted = {name for name, _, _ in moved}
    texts = {}
    for sample in islice(visit.parts.desk.samples.matching(Wanted()), LOOKED_AT) if wanted else ():
        if (name := text_id(sample.text)) in wanted:
            texts[name] = sample.text
    moves = [Move(texts.get(name, ""), old, new) for name, old, new in moved]
    return sorted(moves, key=lambda move: (not move.text, move.after, move.before, move.text))[:LISTED]


def _cards(before: Version | None, after: Version) -> list[str]:
    """The types whose cards differ."""
    old, new = before.overlay if before else {}, after.overlay
    return sorted(name for name in {**old, **new} if old.get(name) != new.get(name))


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/rollback", rollback, "POST"),
    Page(f"{PATH}/{{version}}", one),
)
