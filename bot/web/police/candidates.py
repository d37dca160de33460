"""A dry run: how far it is, what would change, and publishing exactly that."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.officers.errors import NotFound
from bot.overlay import named
from bot.store.candidates import FITTING, READY, REFUSED, Candidate
from bot.store.drafts import OPEN
from bot.web.police.visit import Page, Visit

ROOT = "/police/candidates"
PATH = f"{ROOT}/{{candidate}}"

MEASURES = (
    ("macro_f1", "各类型平均 F1", True),
    ("scam_recall", "骗局没漏掉的", True),
    ("false_danger", "平常话误报“危险”", False),
    ("false_caution", "平常话误报“小心”以上", False),
    ("hard_false_danger", "很像骗局的平常话误报“危险”", False),
    ("paid_recall", "钱已给出，认出来的", True),
    ("paid_false", "没给钱却说给了", False),
    ("happening_recall", "正在发生，认出来的", True),
)
"""Scores that are shown: field, name, whether more is better."""


def show(visit: Visit) -> Response:
    """The dry run, while it fits and afterwards. Raises NotFound."""
    return _show(visit)


def begin(visit: Visit) -> Response:
    """A dry run of the samples as they are, without any draft. Raises Busy."""
    candidate = visit.parts.desk.candidates.dry_run(visit.actor)
    return visit.go(f"{ROOT}/{candidate.id}")


def publish(visit: Visit) -> Response:
    """Publishes exactly this candidate. Raises Forbidden, NotFound, PreviewAgain, Refused, Wrong."""
    visit.parts.desk.candidates.publish(
        visit.arg("candidate"),
        visit.actor,
        note=visit.field("note").strip()[:500],
        override=visit.field("override").strip()[:2000],
    )
    visit.parts.live.refresh()
    return visit.go("/police/versions", "published")


def _show(visit: Visit) -> Response:
    desk = visit.parts.desk
    candidate = desk.candidates.get(visit.arg("candidate"))
    done = candidate.state in (READY, REFUSED)
    return visit.page(
        "candidate.html",
        candidate=candidate,
        fitting=candidate.state == FITTING,
        done=done,
        current=done and desk.candidates.is_current(candidate.id),
        draft_open=bool(candidate.draft) and _is_open(visit, candidate),
        measures=_measures(candidate.result),
        by_type=_by_type(candidate.result),
        types=visit.parts.type_names() | _names(candidate.result),
    )


def _names(result: dict[str, Any]) -> dict[str, str]:
    """The names of the types that it brings."""
    return {type_id: named(fields, type_id)["zh"] for type_id, fields in result.get("overlay", {}).items()}


def _is_open(visit: Visit, candidate: Candidate) -> bool:
    try:
        return visit.parts.desk.uploads.get(candidate.draft).state == OPEN
    except NotFound:
        return False


def _measures(result: dict[str, Any]) -> list[tuple[str, float | None, float | None, str]]:
    """(name, live, candidate, "better" | "worse" | "") of each score."""
    live, new = result.get("live_scores") or {}, result.get("scores") or {}
    return [
        (name, live.get(field), new.get(field), _turn(live.get(field), new.get(field), more))
        for field, name, more in MEASURES
    ]


def _by_type(result: dict[str, Any]) -> list[tuple[str, int, float | None, float | None, str]]:
    """(type, held-out rows, live recall, candidate recall, turn) of each type."""
    live, new = (
        (result.get("live_scores") or {}).get("recall", {}),
        result.get("scores", {}).get("recall", {}),
    )
    rows = result.get("scores", {}).get("confusion", {})
    return [
        (name, sum(rows.get(name, {}).values()), live.get(name), value, _turn(live.get(name), value, True))
        for name, value in sorted(new.items())
    ]


def _turn(before: float | None, after: float | None, more: bool) -> str:
    if before is None or after is None or abs(before - after) < 0.0005:
        return ""
    return "better" if (after > before) is more else "worse"


PAGES = (Page(ROOT, begin, "POST"), Page(PATH, show), Page(f"{PATH}/publish", publish, "POST"))
