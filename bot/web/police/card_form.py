"""A card as a form: its texts, Chinese beside English, one line of a list a line; and what differs from before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intents.knowledge import Card, Said

TEXTS = {
    "name": "名称",
    "what": "是什么",
    "genuine": "真的是怎样的",
    "evidence": "留什么证据",
    "remember": "记住一句",
    "family": "怎么跟家人说",
    "audience": "谁容易碰上",
}
LISTS = {
    "warnings": "提醒",
    "do_now": "现在该做什么",
    "happening": "正在发生时做什么",
    "paid": "钱已给出时做什么",
}
LABELS = TEXTS | LISTS
ORDER = (
    *("name", "what", "warnings", "do_now", "happening", "paid"),
    *("genuine", "evidence", "remember", "family", "audience"),
)
LONGEST = 4000
"""Characters of one field of the form."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form: Chinese and English as the boxes hold them."""

    id: str
    label: str
    zh: str
    en: str
    many: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two cards, as the boxes would hold it."""

    label: str
    lang: str
    before: str
    after: str


def fields(card: Card) -> list[Field]:
    """The form's fields filled with a card."""
    return [
        Field(name, LABELS[name], boxed(card, name, "zh"), boxed(card, name, "en"), name in LISTS)
        for name in ORDER
    ]


def typed(given: Callable[[str], str]) -> list[Field]:
    """The form's fields as somebody just filled them in."""
    return [
        Field(name, LABELS[name], given(f"{name}.zh"), given(f"{name}.en"), name in LISTS) for name in ORDER
    ]


def boxed(card: Card, name: str, lang: str) -> str:
    """A field of a card as a box of the form holds it."""
    value = getattr(card, name)
    saids: tuple[Said, ...] = value if name in LISTS else (value,)
    return "\n".join(getattr(said, lang) for said in saids)


def read(given: Callable[[str], str], base: Card, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the form holds as a card's own fields: those that differ from the card under it.

    `kept`: own fields that the form does not show (signs, stages), which stay as they are.
    """
    own = {name: value for name, value in kept.items() if name not in {*LABELS, "reviewed"}}
    for name in ORDER:
        zh, en = (given(f"{name}.{lang}").replace("\r\n", "\n").strip()[:LONGEST] for lang in ("zh", "en"))
        if (zh, en) != (boxed(base, name, "zh"), boxed(base, name, "en")):
            own[name] = _pairs(zh, en) if name in LISTS else {"zh": zh, "en": en}
    reviewed = {lang: given(f"reviewed.{lang}") == "1" for lang in ("zh", "en")}
    if reviewed != base.reviewed.model_dump():
        own["reviewed"] = reviewed
    return own


def changes(before: Card, after: Card) -> list[Change]:
    """What people will read differently."""
    found = []
    for name in ORDER:
        for lang, word in (("zh", "中文"), ("en", "英文")):
            old, new = boxed(before, name, lang), boxed(after, name, lang)
            if old != new:
                found.append(Change(LABELS[name], word, old, new))
    if before.reviewed != after.reviewed:
        found.append(Change("审过", "", _reviewed(before), _reviewed(after)))
    return found


def _reviewed(card: Card) -> str:
    words = [word for lang, word in (("zh", "中文"), ("en", "英文")) if getattr(card.reviewed, lang)]
    return "、".join(words) or "都没有"


def _pairs(zh: str, en: str) -> list[dict[str, str]]:
    """Lines of both languages beside each other; a missing English line repeats the Chinese one."""
    chinese = [line.strip() for line in zh.splitlines() if line.strip()]
    english = [line.strip() for line in en.splitlines() if line.strip()]
    return [{"zh": line, "en": english[at] if at < len(english) else line} for at, line in enumerate(chinese)]
