"""The store's overlay over the shipped knowledge: types that officers made."""

from __future__ import annotations

from dataclasses import replace

from intents.knowledge import Knowledge, Said
from intents.types import OTHER


def overlaid(known: Knowledge, types: dict[str, str]) -> Knowledge:
    """The knowledge with a general card for each type (id -> name) that no folder has."""
    general = known.cards[OTHER]
    made = {}
    for type_id, name in types.items():
        if type_id not in known.cards:
            own = {"id": type_id, "name": Said(zh=name, en=name), "aliases": (), "contrast": ()}
            made[type_id] = general.model_copy(update=own)
    return replace(known, cards={**known.cards, **made})
