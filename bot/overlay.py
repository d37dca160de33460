"""The station's overlay over the shipped knowledge: types that officers made, and cards in their words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from intents import knowledge
from intents.knowledge import Card, Knowledge
from intents.types import OTHER

Fields = Mapping[str, Any]
"""The fields of a card that are the station's own, as JSON; the rest is the shipped or the general card's."""
Overlay = Mapping[str, Fields]
"""Type id -> fields."""

log = logging.getLogger(__name__)


class CardWrong(ValueError):
    """These fields do not make a card; the message says which and why, in Chinese."""


@lru_cache(maxsize=1)
def shipped() -> Knowledge:
    """The shipped knowledge, read once. Raises KnowledgeError."""
    return knowledge.load()


def overlaid(known: Knowledge, overlay: Overlay) -> Knowledge:
    """The knowledge with the station's types and cards over it.

    Fields that no longer fit (written for an older software) are left out with a line in the log.
    """
    if not overlay:
        return known
    made = {}
    for type_id, fields in overlay.items():
        try:
            made[type_id] = merged(known, type_id, fields)
        except CardWrong as error:
            log.warning("卡片 %s 不能用,先用原来的:%s", type_id, error)
            made[type_id] = merged(known, type_id, {"name": named(fields, type_id)})
    return replace(known, cards={**known.cards, **made})


def differences(known: Knowledge, overlay: Overlay) -> dict[str, tuple[str, ...]]:
    """By type id, the parts of its card where the station's words differ from the folder's.

    `("*",)` where no folder has the type; types that say the same in both are not there.
    """
    found: dict[str, tuple[str, ...]] = {}
    for type_id, card in overlaid(known, overlay).cards.items():
        folder = known.cards.get(type_id)
        if folder is None:
            found[type_id] = ("*",)
        elif parts := tuple(
            name for name in Card.model_fields if getattr(card, name) != getattr(folder, name)
        ):
            found[type_id] = parts
    return found


def merged(known: Knowledge, type_id: str, fields: Fields) -> Card:
    """The card of a type: these fields over the shipped card, or over the general one for a new type.

    Raises CardWrong.
    """
    base = known.cards.get(type_id)
    values: dict[str, Any] = (base or known.cards[OTHER]).model_dump(mode="json", by_alias=True)
    if base is None:
        own = {"zh": True, "en": False}
        name = {"zh": type_id, "en": type_id}
        values |= {"aliases": [], "contrast": [], "name": name, "reviewed": own}
    try:
        return Card.model_validate({**values, **spelled(fields), "id": type_id})
    except ValidationError as error:
        raise CardWrong("\n".join(_problem(found) for found in error.errors()[:5])) from error


def spelled(fields: Fields) -> dict[str, Any]:
    """The fields with every plain Chinese text written as one in both languages, so that none is missing."""
    return {name: _said(value) if name in _SAID else value for name, value in fields.items()}


def named(fields: Fields, type_id: str) -> dict[str, str]:
    """The name among the fields, or the id where there is none that can be used."""
    name = _said(fields.get("name") or type_id)
    usable = isinstance(name, dict) and all(isinstance(name.get(lang), str) and name[lang] for lang in _LANGS)
    return {lang: name[lang] for lang in _LANGS} if usable else dict.fromkeys(_LANGS, type_id)


_LANGS = ("zh", "en")
_SAID = frozenset(
    "name what warnings genuine do_now happening paid evidence remember family audience".split()  # noqa: SIM905
)


def _said(value: Any) -> Any:
    if isinstance(value, str):
        return {"zh": value, "en": value}
    if isinstance(value, list | tuple):
        return [_said(part) for part in value]
    if isinstance(value, Mapping) and value.get("zh") and not value.get("en"):
        return {**value, "en": value["zh"]}
    return value


_WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "string_type": "应该是文字",
    "string_too_short": "不能是空的",
    "too_short": "至少要写一条",
    "tuple_type": "应该是一条一条的",
}


def _problem(found: Any) -> str:
    where = ".".join(str(part) for part in found["loc"])
    reason = str(found.get("ctx", {}).get("error") or found["msg"])
    return f"{where}:{_WORDS.get(found['type'], reason)}"
