"""The types: their cards as people read them, and new types."""

from __future__ import annotations

from starlette.responses import Response

from bot.officers.errors import NotFound, Wrong
from bot.store.cards import DRAFT
from bot.web.police.visit import Page, Visit
from intents.knowledge import Card, Knowledge
from intents.replies import Writer
from intents.types import LANGS, Lang, Reply, Verdict

PATH = "/police/types"
LANGUAGES: dict[Lang, str] = {"zh": "中文", "zh-Hant": "繁体", "en": "英文"}


def show(visit: Visit) -> Response:
    """All types, with how much is known of each, and the drafts that wait."""
    desk = visit.parts.desk
    own = desk.cards.own()
    return visit.page(
        "types.html",
        cards=sorted(desk.knowledge().cards.values(), key=lambda card: (card.id not in own, card.id)),
        own=own,
        counts=desk.samples.counts_by_type(),
        drafts=desk.cards.drafts(),
    )


def one(visit: Visit) -> Response:
    """A card as people read it, in every language, with its drafts and versions. Raises NotFound."""
    desk = visit.parts.desk
    known = desk.knowledge()
    card = _card(known, visit.arg("type"))
    return visit.page(
        "type.html",
        card=card,
        own=card.id in desk.cards.own(),
        replies=replies(known, card),
        languages=LANGUAGES,
        drafts=desk.cards.drafts(card.id, ""),
    )


def new(visit: Visit) -> Response:
    """The form for a new type."""
    return visit.page("type_new.html", wrong="", given={})


def create(visit: Visit) -> Response:
    """A draft of a new type's card; it is written on the card's page then."""
    given = {name: visit.field(name).strip() for name in ("type", "name", "what", "warnings")}
    fields: dict[str, object] = {"name": {"zh": given["name"], "en": given["name"]}}
    if given["what"]:
        fields["what"] = given["what"]
    if lines := [line.strip() for line in given["warnings"].splitlines() if line.strip()]:
        fields["warnings"] = lines
    try:
        if given["type"] in visit.parts.desk.knowledge().cards:
            raise Wrong(f"已经有编号 {given['type'][:40]} 的类型了。请换一个编号，或去改它的卡片。")
        draft = visit.parts.desk.cards.write(given["type"], fields, visit.actor, note="新类型")
    except Wrong as error:
        return visit.page("type_new.html", 400, wrong=str(error), given=given)
    return visit.go(f"/police/cards/{draft.id}", "card-saved")


def write(visit: Visit) -> Response:
    """A new draft that begins with the card as it is; goes on where one waits already. Raises NotFound."""
    desk, type_id = visit.parts.desk, visit.arg("type")
    _card(desk.knowledge(), type_id)
    waiting = desk.cards.drafts(type_id, DRAFT)
    draft = (
        waiting[0] if waiting else desk.cards.write(type_id, desk.cards.own().get(type_id, {}), visit.actor)
    )
    return visit.go(f"/police/cards/{draft.id}")


def replies(known: Knowledge, card: Card) -> list[tuple[str, dict[Lang, Reply]]]:
    """What people are told of a type: on danger, when money has gone, and when they ask about it."""
    sure = Verdict(card.id, 0.95, "danger")
    gone = Verdict(card.id, 0.95, "danger", paid=True)
    writers = {lang: Writer(known, lang) for lang in LANGS}
    return [
        ("认出来的时候", {lang: w.danger(card, sure, "", card.stages[0]) for lang, w in writers.items()}),
        ("钱已给出的时候", {lang: w.urgent("paid", card, gone) for lang, w in writers.items()}),
        ("有人问这种骗局", {lang: w.about(card) for lang, w in writers.items()}),
    ]


def _card(known: Knowledge, type_id: str) -> Card:
    card = known.cards.get(type_id)
    if card is None:
        raise NotFound(f"没有类型 {type_id[:40]}。")
    return card


PAGES = (
    Page(PATH, show),
    Page(f"{PATH}/new", new),
    Page(f"{PATH}/new", create, "POST"),
    Page(f"{PATH}/{{type}}", one),
    Page(f"{PATH}/{{type}}/draft", write, "POST"),
)
