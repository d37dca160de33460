"""A draft of a card: written with the reply beside it, compared with what is live, approved by a chief."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.officers.errors import Wrong
from bot.overlay import overlaid, shipped
from bot.store.cards import CardDraft
from bot.web.police import card_form
from bot.web.police.types import LANGUAGES, replies
from bot.web.police.visit import Page, Visit

ROOT = "/police/cards"
PATH = f"{ROOT}/{{draft}}"


def show(visit: Visit) -> Response:
    """The draft's form, what changes, and the replies that it would make. Raises NotFound."""
    draft = visit.parts.desk.cards.get(visit.arg("draft"))
    return _show(visit, draft, draft.fields)


def save(visit: Visit) -> Response:
    """Stores what the form holds. Raises NotFound, Stale."""
    cards = visit.parts.desk.cards
    draft = cards.get(visit.arg("draft"))
    fields = _given(visit, draft)
    try:
        cards.rewrite(draft.id, visit.number("version"), fields, visit.actor)
    except Wrong as error:
        return _show(visit, draft, fields, 400, str(error))
    return visit.go(f"{ROOT}/{draft.id}", "card-saved")


def preview(visit: Visit) -> Response:
    """The page as it would be with what the form holds; nothing is stored."""
    draft = visit.parts.desk.cards.get(visit.arg("draft"))
    return _show(visit, draft, _given(visit, draft))


def approve(visit: Visit) -> Response:
    """Puts the card into use, with the live model. Raises Forbidden, NotFound, Stale, Wrong."""
    draft = visit.parts.desk.cards.get(visit.arg("draft"))
    visit.parts.desk.cards.approve(draft.id, visit.number("version"), visit.actor)
    visit.parts.live.refresh()
    return visit.go(f"/police/types/{draft.type}", "card-live")


def drop(visit: Visit) -> Response:
    """Gives the draft up. Raises NotFound, Stale."""
    visit.parts.desk.cards.drop(visit.arg("draft"), visit.number("version"), visit.actor)
    return visit.go("/police/types", "card-dropped")


def _show(
    visit: Visit, draft: CardDraft, fields: dict[str, Any], status: int = 200, wrong: str = ""
) -> Response:
    cards = visit.parts.desk.cards
    own = cards.own()
    before = overlaid(shipped(), {draft.type: {}, **own}).cards[draft.type]
    try:
        cards.preview(draft.type, fields)
    except Wrong as error:
        wrong, status = wrong or str(error), 400
    after = overlaid(shipped(), {**own, draft.type: fields})
    card = after.cards[draft.type]
    return visit.page(
        "card.html",
        status,
        wrong=wrong,
        draft=draft,
        exists=draft.type in visit.parts.desk.knowledge().cards,
        card=card,
        fields=card_form.typed(visit.field) if visit.form else card_form.fields(card),
        changes=card_form.changes(before, card),
        replies=replies(after, card),
        languages=LANGUAGES,
    )


def _given(visit: Visit, draft: CardDraft) -> dict[str, Any]:
    base = overlaid(shipped(), {draft.type: {}}).cards[draft.type]
    return card_form.read(visit.field, base, draft.fields)


PAGES = (
    Page(PATH, show),
    Page(PATH, save, "POST", kb=256),
    Page(f"{PATH}/preview", preview, "POST", kb=256),
    Page(f"{PATH}/approve", approve, "POST"),
    Page(f"{PATH}/drop", drop, "POST"),
)
