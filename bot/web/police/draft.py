"""One upload before it is published: its questions, its rows, what is to become of them."""

from __future__ import annotations

import re

from starlette.responses import Response

from bot.officers.errors import Wrong
from bot.store.drafts import STATUSES, Draft
from bot.web.police.visit import Page, Visit
from training.reading.limits import UploadRefused

ROOT = "/police/uploads"
PATH = f"{ROOT}/{{draft}}"
PER_PAGE = 50
NAMES = {
    "conflict": "冲突",
    "flagged": "像平常话",
    "new": "新的",
    "refused": "不能用",
    "duplicate": "重复",
}
_SEEN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


def show(visit: Visit) -> Response:
    """The draft, as far as it is. Raises NotFound."""
    return _show(visit)


def answer(visit: Visit) -> Response:
    """Which column is which."""
    try:
        visit.parts.desk.uploads.answer(
            visit.arg("draft"),
            visit.number("version"),
            visit.actor,
            text_column=visit.field("text_column"),
            type_column=visit.field("type_column") or None,
            default_type=visit.field("type"),
        )
    except UploadRefused as error:
        return _show(visit, 400, str(error))
    return visit.go(_path(visit))


def edit(visit: Visit) -> Response:
    """Changes one row's text, type and note. Raises NotFound, Stale, Wrong."""
    visit.parts.desk.rows.edit(
        visit.arg("draft"),
        visit.number("row"),
        visit.number("version"),
        visit.actor,
        text=visit.field("text"),
        type_id=visit.field("type"),
        note=visit.field("note"),
    )
    return _back(visit, "row")


def decide(visit: Visit) -> Response:
    """Keeps or drops one row. Raises NotFound, Stale, Wrong."""
    row, version, decision = visit.number("row"), visit.number("version"), visit.field("decision")
    visit.parts.desk.rows.decide(visit.arg("draft"), row, version, decision, visit.actor)
    return _back(visit, "row")


def set_type(visit: Visit) -> Response:
    """Gives the chosen rows one type. Raises NotFound, Stale, Wrong."""
    found = [_SEEN.fullmatch(value) for value in visit.fields("row")]
    seen = [(int(match[1]), int(match[2])) for match in found if match]
    if not seen:
        raise Wrong("还没有选行。先在行的前面打勾，再改类型。")
    visit.parts.desk.rows.set_type(visit.arg("draft"), seen, visit.field("type"), visit.actor)
    return _back(visit, "rows")


def drop_flagged(visit: Visit) -> Response:
    """Drops what reads like ordinary talk."""
    visit.parts.desk.rows.drop_flagged(visit.arg("draft"), visit.actor)
    return _back(visit, "dropped")


def new_type(visit: Visit) -> Response:
    """Adds a type that the upload brings. Raises NotFound, Wrong."""
    fields = {
        "name": visit.field("name").strip(),
        "warnings": _lines(visit.field("warnings")),
        "do_now": _lines(visit.field("do_now")),
    }
    type_id = visit.field("type").strip()
    given = {name: value for name, value in fields.items() if value}
    try:
        visit.parts.desk.uploads.new_type(visit.arg("draft"), type_id, given, visit.actor)
    except Wrong as error:
        return _show(visit, 400, str(error))
    return _back(visit, "new-type")


def ask(visit: Visit) -> Response:
    """Asks a chief to publish it."""
    visit.parts.desk.uploads.ask(visit.arg("draft"), visit.actor)
    return visit.go(_path(visit), "asked")


def discard(visit: Visit) -> Response:
    """Gives the draft up."""
    visit.parts.desk.uploads.discard(visit.arg("draft"), visit.actor)
    return visit.go(ROOT, "discarded")


def dry_run(visit: Visit) -> Response:
    """Begins a dry run, and goes to it. Raises Busy, NotFound."""
    candidate = visit.parts.desk.candidates.dry_run(visit.actor, visit.arg("draft"))
    return visit.go(f"/police/candidates/{candidate.id}")


def _show(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    uploads = visit.parts.desk.uploads
    draft = uploads.get(visit.arg("draft"))
    counts = {name: sum(both.values()) for name, both in uploads.counts(draft.id).items()}
    tab = visit.query("status") or visit.field("status")
    if tab not in STATUSES:
        tab = next((name for name in STATUSES if counts.get(name)), "new")
    page = max(1, visit.number("page"))
    return visit.page(
        "draft.html",
        status,
        wrong=wrong,
        draft=draft,
        tabs=[(name, NAMES[name], counts.get(name, 0)) for name in STATUSES],
        tab=tab,
        page=page,
        pages=max(1, -(-counts.get(tab, 0) // PER_PAGE)),
        rows=uploads.rows(draft.id, tab, page, PER_PAGE),
        taken=sum(both["keep"] for name, both in uploads.counts(draft.id).items() if name in NAMES),
        choices=_choices(visit, draft),
        tried=visit.parts.desk.candidates.listed(draft.id, 5),
        question=draft.questions,
    )


def _choices(visit: Visit, draft: Draft) -> dict[str, str]:
    """The types that a row may have, the draft's own too."""
    own = {type_id: str(_zh(fields.get("name", type_id))) for type_id, fields in draft.types.items()}
    return visit.parts.type_names() | own


def _zh(name: object) -> object:
    return name.get("zh", "") if isinstance(name, dict) else name


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _path(visit: Visit) -> str:
    return f"{ROOT}/{visit.arg('draft')}"


def _back(visit: Visit, said: str) -> Response:
    """To the tab and page that the officer came from."""
    tab = visit.field("status")
    query = {"status": tab} if tab in STATUSES else {}
    return visit.go(_path(visit), said, **query, page=str(visit.number("page")))


PAGES = (
    Page(PATH, show),
    *(
        Page(f"{PATH}/{name}", handler, "POST", kb=256)
        for name, handler in (
            ("answer", answer),
            ("row", edit),
            ("decide", decide),
            ("type", set_type),
            ("drop-flagged", drop_flagged),
            ("new-type", new_type),
            ("ask", ask),
            ("discard", discard),
            ("dry-run", dry_run),
        )
    ),
)
