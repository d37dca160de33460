"""How well a type is known that came as one upload: what is recognised that was not uploaded, what is disturbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from intents.checked import Strict, read
from intents.classifier import Classifier
from intents.encoder import Encoder
from intents.examples import Example
from training.counts import TermCounts
from training.fit import fitted

UPLOAD = "upload"


class NewField(Strict):
    """A type in a file: the scripts that are uploaded, messages about it that are not, and ordinary talk."""

    name: str
    scripts: tuple[str, ...] = Field(min_length=1)
    unseen: tuple[str, ...] = Field(min_length=1)
    ordinary: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Learnt:
    """Counts of one type: unseen messages called by its name, and those that got any warning; ordinary talk in
    danger, and with any warning; its own scripts recognised out of fold."""

    name: str
    scripts: int
    out_of_fold: int
    unseen: int
    named: int
    warned: int
    ordinary: int
    danger: int
    disturbed: int


def load(path: Path) -> Mapping[str, NewField]:
    """The types of a file. Raises KnowledgeError."""
    found: dict[str, NewField] = read(path, dict[str, NewField])
    return found


def run(
    fields: Mapping[str, NewField], learn: Sequence[Example], encoder: Encoder | None
) -> Iterator[Learnt]:
    """Fits each type alone beside the shipped examples, as an upload is fitted."""
    count = TermCounts()  # of the examples once, in memory: what a station remembers is not touched
    for label, field in fields.items():
        examples = [*learn, *(Example(text, label, UPLOAD) for text in field.scripts)]
        made = fitted(examples, encoder, count=count)
        classifier = Classifier(made.model, encoder)
        unseen = [classifier.classify(text) for text in field.unseen]
        ordinary = [classifier.classify(text) for text in field.ordinary]
        own = made.said[classifier.head_name][len(learn) :]
        yield Learnt(
            field.name,
            len(own),
            sum(said == label for said in own),
            len(unseen),
            sum(verdict.type == label for verdict in unseen),
            sum(verdict.level != "none" for verdict in unseen),
            len(ordinary),
            sum(verdict.level == "danger" for verdict in ordinary),
            sum(verdict.level != "none" for verdict in ordinary),
        )


def line(found: Learnt) -> str:
    """A type's counts in words."""
    return (
        f"{found.name}：没上传过的 {found.unseen} 条，叫对名字 {found.named}，看出是骗局 {found.warned}；"
        f"平常话 {found.ordinary} 条，danger {found.danger}，提醒以上 {found.disturbed}；"
        f"自己的话术轮流留出 {found.scripts} 条认出 {found.out_of_fold}"
    )
