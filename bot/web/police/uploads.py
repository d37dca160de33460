"""Uploads: a file or pasted text becomes a draft; the drafts that wait."""

from __future__ import annotations

from starlette.responses import Response

from bot.officers.errors import OfficerError
from bot.store.drafts import DISCARDED, PUBLISHED
from bot.web.police.visit import Page, Visit
from training.reading.limits import MAX_FILE, UploadRefused

PATH = "/police/uploads"
MOST_KB = MAX_FILE // 1024 + 256
"""A whole file, and what a form puts around it."""
CLOSED = 20
"""So many closed uploads are listed."""


def show(visit: Visit) -> Response:
    """The form, and what waits."""
    return _show(visit)


def upload(visit: Visit) -> Response:
    """Makes a draft of the file, or of the pasted text, and goes there."""
    given = visit.upload("file")
    pasted = visit.field("pasted")
    if given is None and not pasted.strip():
        return _show(visit, 400, "没有选文件，也没有粘贴文字。请选一样。")
    if given is not None and pasted.strip():
        return _show(visit, 400, "选了文件，又粘贴了文字。请只留一样。")
    data = given.file.read() if given is not None else pasted.encode("utf8", "replace")
    name = (given.filename or "上传") if given is not None else ""
    try:
        draft = visit.parts.desk.uploads.upload(data, name, visit.actor, default_type=visit.field("type"))
    except (UploadRefused, OfficerError) as error:
        return _show(visit, 400, str(error))
    return visit.go(f"{PATH}/{draft.id}")


def _show(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    uploads = visit.parts.desk.uploads
    waiting = uploads.listed()
    return visit.page(
        "uploads.html",
        status,
        wrong=wrong,
        waiting=[(draft, uploads.counts(draft.id)) for draft in waiting],
        closed=uploads.listed((PUBLISHED, DISCARDED))[:CLOSED],
        chosen=visit.field("type"),
        pasted=visit.field("pasted"),
        most=MAX_FILE // (1024 * 1024),
    )


PAGES = (Page(PATH, show), Page(PATH, upload, "POST", kb=MOST_KB, seconds=600))
