"""What people are told: one card a scam type, the urgent texts, the small talk; read once, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from intents.checked import KnowledgeError, Strict, read
from intents.text import traditional
from intents.types import OTHER, Lang


@lru_cache(maxsize=8192)
def _in_traditional(text: str) -> str:
    return traditional(text)


def _pattern(value: str | list[str]) -> re.Pattern[str]:
    """One compiled pattern of one or several regular expressions over prepared text."""
    parts = [value] if isinstance(value, str) else value
    try:
        compiled = re.compile("|".join(f"(?:{part})" for part in parts))
    except re.error as error:
        raise ValueError(f"正则表达式写错了:{error}") from error
    if compiled.match(""):
        raise ValueError("正则表达式不能匹配空文字")
    return compiled


def _regex(value: str | list[str]) -> str | list[str]:
    _pattern(value)
    return value


Regex = Annotated[str | list[str], AfterValidator(_regex)]


class Said(Strict):
    """One text in the languages it is written in; traditional Chinese is converted."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, lang: Lang) -> str:
        """The text in this language."""
        if lang == "en":
            return self.en
        return _in_traditional(self.zh) if lang == "zh-Hant" else self.zh


class Sign(Said):
    """How it looks: a description, and a pattern that finds it in a prepared message."""

    cue: Regex

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """`cue`, compiled."""
        return _pattern(self.cue)


class Stage(Strict):
    """One step of the scheme: what the scammer does and says in it, and what comes next."""

    id: str = Field(pattern=r"^[a-z_]+$")
    name: Said
    does: Said
    says: Said
    cue: Regex
    next: Said

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """`cue`, compiled."""
        return _pattern(self.cue)


class Contrast(Strict):
    """A neighbour that it is confused with: what separates them, and the question that asks it."""

    with_: str = Field(alias="with")
    zh: str
    en: str
    ask: Said
    this: Said
    other: Said


class Season(Said):
    """When it is most frequent, as months and in words."""

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...]


class Source(Strict):
    """Where a card's facts come from, and when that was last looked at."""

    title: str
    publisher: str
    url: str = ""
    checked_on: date


class Reviewed(Strict):
    """Which languages a person who reads them has reviewed."""

    zh: bool
    en: bool


class Card(Strict):
    """All that people are told about one scam type."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    name: Said
    aliases: tuple[str, ...]
    what: Said
    signs: tuple[Sign, ...] = Field(min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1)
    warnings: tuple[Said, ...] = Field(min_length=1)
    genuine: Said
    do_now: tuple[Said, ...] = Field(min_length=1)
    happening: tuple[Said, ...] = Field(min_length=1)
    paid: tuple[Said, ...] = Field(min_length=1)
    evidence: Said
    remember: Said
    family: Said
    contrast: tuple[Contrast, ...] = ()
    audience: Said
    season: Season
    sources: tuple[Source, ...] = Field(min_length=1)
    reviewed: Reviewed

    def stage_of(self, prepared: str) -> Stage | None:
        """The furthest stage whose words stand in a prepared text."""
        return next((stage for stage in reversed(self.stages) if stage.pattern.search(prepared)), None)

    def stage(self, stage_id: str) -> Stage | None:
        """The stage of this id."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def after(self, stage: Stage) -> Stage | None:
        """The stage that follows, if any."""
        at = self.stages.index(stage) + 1
        return self.stages[at] if at < len(self.stages) else None


class Urgent(Strict):
    """What to do when it is happening or money has gone, whatever the type."""

    happening: tuple[Said, ...]
    paid_minute: tuple[Said, ...]
    paid_ten: tuple[Said, ...]
    say_110: Said
    evidence: tuple[Said, ...]
    dont: tuple[Said, ...]
    after: tuple[Said, ...]
    code_given: tuple[Said, ...]
    remote_control: tuple[Said, ...]
    despair: Said
    sources: tuple[Source, ...]


_AROUND = " ,。.!?~…、;:"
"""What may stand around a phrase in a prepared text."""


class Phrase(Strict):
    """A small-talk intent: what people say (patterns over the whole prepared text) and the answer."""

    says: tuple[str, ...]
    answer: Said | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a prepared text that says nothing else."""
        return re.compile("|".join(f"(?:{part})" for part in self.says))

    def matches(self, prepared: str) -> bool:
        """Whether the prepared text, without the marks around it, is one of these phrases."""
        return self.pattern.fullmatch(prepared.strip(_AROUND)) is not None


class Talk(Strict):
    """Greetings, help, follow-ups and every other sentence of the bot that belongs to no type."""

    phrases: dict[str, Phrase]
    lines: dict[str, Said]
    buttons: dict[str, Said]

    def line(self, key: str, lang: Lang, /, **values: str) -> str:
        """The line of this name with its {fields} filled."""
        return self.lines[key].in_(lang).format(**values)


_ABOUT = re.compile(
    r"^(?:什么是|啥是|啥叫|什么叫|介绍一下|讲讲|说说|说一下|what(?: is|.s) (?:an? )?|tell me about )|"
    r"(?:是|到底是)?(?:什么|啥)(?:意思|东西|骗局|套路)?$|(?:是)?怎么(?:骗人?的?|回事)$|(?:有)?(?:什么|哪些)套路$"
)
"""How people ask about a type rather than tell of a case."""


@dataclass(frozen=True)
class Knowledge:
    """Everything that is told, immutable: cards by type id, urgent texts, small talk."""

    cards: Mapping[str, Card]
    urgent: Urgent
    talk: Talk

    def card(self, type_id: str) -> Card:
        """The card of a type; the general one (`other_scam`) for a type that has none."""
        return self.cards.get(type_id) or self.cards[OTHER]

    @cached_property
    def signs(self) -> dict[str, tuple[re.Pattern[str], ...]]:
        """The patterns of each type's signs."""
        return {name: tuple(sign.pattern for sign in card.signs) for name, card in self.cards.items()}

    def find(self, name: str) -> Card | None:
        """The card that goes by this id, name or alias, or None."""
        return self._by_name.get(_ABOUT.sub("", name.strip(_AROUND).lower()).strip())

    @cached_property
    def _by_name(self) -> dict[str, Card]:
        """Cards by id, names and aliases; of two that share one, the first."""
        found: dict[str, Card] = {}
        for card in self.cards.values():
            for name in (card.id, card.name.zh, card.name.en.lower(), *(a.lower() for a in card.aliases)):
                found.setdefault(name, card)
        return found


def home() -> Path:
    """The folder of the shipped knowledge."""
    return Path(str(resources.files("intents")))


def load(folder: Path | None = None) -> Knowledge:
    """The knowledge of `folder` (default: the shipped one). Raises KnowledgeError."""
    folder = folder or home()
    cards: dict[str, Card] = {}
    for path in sorted(folder.glob("scams/*/card.yaml")):
        card: Card = read(path, Card)
        if card.id != path.parent.name:
            raise KnowledgeError(f"{path} 第 1 行,id:写的是 {card.id},应该和文件夹同名:{path.parent.name}")
        cards[card.id] = card
    if OTHER not in cards:
        raise KnowledgeError(f"{folder}/scams 里缺少 {OTHER}/card.yaml:说不清的骗局要用它来回答")
    return Knowledge(
        cards, read(folder / "talk" / "urgent.yaml", Urgent), read(folder / "talk" / "talk.yaml", Talk)
    )


def json_schema() -> str:
    """The card's JSON Schema for editors, from the same source as the check."""
    schema: dict[str, Any] = Card.model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
