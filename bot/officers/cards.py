"""Types and cards in the station's words: drafts by officers, approved by a chief, live with the model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine

from bot.officers.errors import NotFound, Stale, Wrong
from bot.officers.people import Actor, chief_only
from bot.overlay import CardWrong, merged, overlaid, shipped
from bot.store import cards as store
from bot.store import log, versions
from bot.store.cards import APPROVED, DRAFT, DROPPED, CardDraft, StoredCards
from bot.store.engine import reading
from bot.store.samples import ACTIVE, Sample, StoredSamples, Wanted, put_type
from bot.store.versions import StoredVersions
from intents.knowledge import Card, Knowledge
from training.registry import Version, id_of

Fields = Mapping[str, Any]


class Cards:
    """The station's types and cards over one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stored = StoredCards(engine)
        self._samples = StoredSamples(engine)
        self._registry = StoredVersions(engine)

    # ---- looking --------------------------------------------------------------------------------

    def knowledge(self) -> Knowledge:
        """What the next publication will say: the shipped knowledge with the types and cards in use."""
        return overlaid(shipped(), self._stored.overlay())

    def own(self) -> dict[str, dict[str, Any]]:
        """The fields of each type that is the station's own or has its own words, by id."""
        return self._stored.overlay()

    def drafts(self, type_id: str = "", state: str = DRAFT) -> list[CardDraft]:
        """Drafts of a type (default: all) and state, the newest first; state "" for the whole history."""
        return self._stored.drafts(type_id, state)

    def get(self, draft_id: str) -> CardDraft:
        """The draft of this id. Raises NotFound."""
        with reading(self._engine).connect() as connection:
            return _found(connection, draft_id)

    def preview(self, type_id: str, fields: Fields) -> Card:
        """The card that these fields would make. Raises Wrong, which says field by field what is amiss."""
        try:
            return merged(shipped(), type_id, fields)
        except CardWrong as error:
            raise Wrong(f"卡片还不能用:\n{error}") from error

    # ---- drafts ---------------------------------------------------------------------------------

    def write(self, type_id: str, fields: Fields, actor: Actor, note: str = "") -> CardDraft:
        """A new draft for a type's card, also of a type that does not exist yet. Raises Wrong."""
        self.preview(type_id, fields)
        with self._engine.begin() as connection:
            found = store.new_draft(connection, type_id, fields, note, actor.name)
            log.append(connection, actor.name, "card-draft", type=type_id, draft=found.id)
            return found

    def rewrite(self, draft_id: str, version: int, fields: Fields, actor: Actor) -> CardDraft:
        """Changes a draft. Raises NotFound, Stale, Wrong."""
        before = self.get(draft_id)
        self.preview(before.type, fields)
        with self._engine.begin() as connection:
            if not store.change_draft(connection, draft_id, version, fields=dict(fields)):
                raise Stale(dict(fields), _found(connection, draft_id))
            log.append(connection, actor.name, "card-draft", type=before.type, draft=draft_id)
            return _found(connection, draft_id)

    def drop(self, draft_id: str, version: int, actor: Actor) -> None:
        """Gives a draft up. Raises NotFound, Stale."""
        with self._engine.begin() as connection:
            before = _found(connection, draft_id)
            if not store.change_draft(connection, draft_id, version, state=DROPPED):
                raise Stale({"state": DROPPED}, before)
            log.append(connection, actor.name, "card-drop", type=before.type, draft=draft_id)

    def approve(self, draft_id: str, version: int, actor: Actor) -> Version | None:
        """Puts a draft's card into use; where there is a live version, one with the same model and this card
        goes live at once and is given. Raises Forbidden, NotFound, Stale, Wrong.
        """
        chief_only(actor, "批准卡片")
        draft = self.get(draft_id)
        card = self.preview(draft.type, draft.fields)
        live = self._registry.version(self._registry.active())
        model = self._registry.arrays(live.id) if live else None
        published: Version | None = None
        with self._engine.begin() as connection:
            versions.lock(connection)
            if live and versions.active_of(connection) != live.id:
                raise Stale({"state": APPROVED}, draft)
            if live and model:
                published = _with_card(live, model, draft, actor)
                versions.put(connection, published, *model)
            values = {"state": APPROVED, "approved_by": actor.name}
            name = published.id if published else ""
            if not store.change_draft(connection, draft_id, version, published=name, **values):
                raise Stale(values, _found(connection, draft_id))
            put_type(connection, draft.type, card.name.zh, draft.fields, actor.name)
            log.append(connection, actor.name, "card-approve", type=draft.type, draft=draft_id, version=name)
        return published

    # ---- export ---------------------------------------------------------------------------------

    def export(self, type_id: str, folder: Path) -> list[Path]:
        """Writes a type as a folder for `intents/scams/`: its card and its samples, masked.

        Gives the files. Raises NotFound, Wrong (the folder is there already).
        """
        card = self.knowledge().cards.get(type_id)
        if card is None:
            raise NotFound(f"没有类型 {type_id}。用 fanzha types 看看有哪些")
        own = list(self._samples.matching(Wanted(type=type_id, state=ACTIVE)))
        place = folder / type_id
        if place.exists():
            raise Wrong(f"{place} 已经有了。请先移走它,或用 --to 换一个文件夹")
        place.mkdir(parents=True)
        texts = {"card.yaml": _card_yaml(card), "examples.yaml": _examples_yaml(own)}
        for name, text in texts.items():
            (place / name).write_text(text, encoding="utf8")
        return [place / name for name in texts]


def _with_card(live: Version, model: tuple[bytes, bytes], draft: CardDraft, actor: Actor) -> Version:
    """The live version again, with this card."""
    overlay = {**live.overlay, draft.type: draft.fields}
    now = time.time()
    return replace(
        live,
        id=id_of(*model, overlay, live.id, now),
        created=now,
        by=actor.name,
        note=draft.note or f"卡片 {draft.type}",
        parent=live.id,
        overlay=overlay,
    )


def _found(connection: Connection, draft_id: str) -> CardDraft:
    found = store.card_draft(connection, draft_id)
    if found is None:
        raise NotFound("没有这份卡片草稿。请刷新再看")
    return found


def _card_yaml(card: Card) -> str:
    values = card.model_dump(mode="json", by_alias=True)
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120)


def _examples_yaml(own: Sequence[Sample]) -> str:
    """The samples by upload: each is a writer of its own."""
    sources = sorted({sample.source for sample in own})
    batches = [
        {
            "writer": f"up{at}",
            "rows": [
                {"text": sample.text, "form": "script", "persona": "民警收集的话术"}
                for sample in own
                if sample.source == source
            ],
        }
        for at, source in enumerate(sources, 1)
    ]
    return yaml.safe_dump(batches, allow_unicode=True, sort_keys=False, width=120)
