"""The station's own samples: searched, corrected, let in again, exported."""

from __future__ import annotations

import re
import time
from datetime import datetime

from starlette.responses import Response

from bot.store.samples import ACTIVE, DELETED, HELD, Wanted
from bot.web.police import export
from bot.web.police.visit import NO_STORE, Page, Visit

PATH = "/police/scripts"
PER_PAGE = 50
PAGES_SHOWN = 100
"""Who wants what lies deeper asks for it by words, day or upload: counting off so many rows takes long."""
STATES = {"": "在用的和扣住的", ACTIVE: "在用的", HELD: "扣住的", DELETED: "已删除的"}
SOURCES = 50
"""So many uploads are offered as a filter, the newest first."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECONDS_OF_A_DAY = 86_400
FILTERS = ("q", "type", "state", "source", "by", "since", "until")


def show(visit: Visit) -> Response:
    """One page of what is looked for."""
    page = min(max(1, visit.number("page")), PAGES_SHOWN)
    found = visit.parts.desk.corrections.search(wanted(visit), page, PER_PAGE)
    query = {name: visit.query(name) for name in FILTERS if visit.query(name)}
    samples = visit.parts.desk.samples
    return visit.page(
        "scripts.html",
        found=found,
        page=page,
        pages=min(max(1, -(-found.total // PER_PAGE)), PAGES_SHOWN),
        more=found.total > PAGES_SHOWN * PER_PAGE,
        query=query,
        states=STATES,
        sources=samples.sources(SOURCES),
        counts=samples.counts(),
        people=[officer.name for officer in visit.parts.people.officers()],
        formats=export.FORMATS,
    )


def one(visit: Visit) -> Response:
    """A sample and what was done to it. Raises NotFound."""
    corrections = visit.parts.desk.corrections
    sample = corrections.get(visit.arg("sample"))
    return visit.page("script.html", sample=sample, history=corrections.history(sample.id), states=STATES)


def relabel(visit: Visit) -> Response:
    """Gives a sample another type. Raises NotFound, Stale, Wrong."""
    sample, version = visit.arg("sample"), visit.number("version")
    visit.parts.desk.corrections.relabel(sample, version, visit.field("type"), visit.actor)
    return _back(visit, "relabelled")


def delete(visit: Visit) -> Response:
    """Takes a sample out. Raises NotFound, Stale."""
    visit.parts.desk.corrections.delete(visit.arg("sample"), visit.number("version"), visit.actor)
    return _back(visit, "deleted")


def restore(visit: Visit) -> Response:
    """Brings a deleted sample back. Raises NotFound, Stale, Wrong."""
    visit.parts.desk.corrections.restore(visit.arg("sample"), visit.number("version"), visit.actor)
    return _back(visit, "restored")


def readmit(visit: Visit) -> Response:
    """Lets held samples in again: those chosen, or all."""
    corrections = visit.parts.desk.corrections
    chosen = corrections.held() if visit.field("all") else visit.fields("sample")
    corrections.readmit(chosen, visit.actor)
    return visit.go(PATH, "readmitted")


def download(visit: Visit) -> Response:
    """All samples that are looked for, as a file; logged, without their texts."""
    name = visit.field("format")
    rows = visit.parts.desk.samples.matching(wanted(visit))
    made = export.export(visit.parts.engine, rows, name, visit.actor, visit.parts.type_names())
    made.headers.update(NO_STORE)
    return made


def wanted(visit: Visit) -> Wanted:
    """What the address or the form looks for."""

    def given(name: str) -> str:
        return (visit.field(name) or visit.query(name)).strip()[:200]

    until = _moment(given("until"))
    return Wanted(
        text=given("q"),
        type=given("type"),
        state=given("state") if given("state") in STATES else "",
        source=given("source"),
        by=given("by"),
        since=_moment(given("since")),
        until=until + _SECONDS_OF_A_DAY if until else 0.0,
    )


def _moment(day: str) -> float:
    """The first second of a day, by this machine's clock; 0 for what is no day."""
    if not _DAY.fullmatch(day):
        return 0.0
    try:
        return time.mktime(datetime.strptime(day, "%Y-%m-%d").timetuple())
    except (ValueError, OverflowError):
        return 0.0


def _back(visit: Visit, said: str) -> Response:
    return visit.go(f"{PATH}/{visit.arg('sample')}", said)


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/readmit", readmit, "POST"),
    Page(f"{PATH}/export", download, "POST"),
    Page(f"{PATH}/{{sample}}", one),
    Page(f"{PATH}/{{sample}}/type", relabel, "POST"),
    Page(f"{PATH}/{{sample}}/delete", delete, "POST"),
    Page(f"{PATH}/{{sample}}/restore", restore, "POST"),
)
