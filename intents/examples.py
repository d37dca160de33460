"""What the classifier learns from: hand-written messages, each with its type, form, writer and marks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from intents.checked import KnowledgeError, Strict, read
from intents.knowledge import home
from intents.types import BENIGN

Form = Literal[
    "question",
    "script",
    "sms",
    "chat",
    "call",
    "case",
    "spoken",
    "evasive",
    "transcript",
    "notice",
    "smalltalk",
]


class Row(Strict):
    """One message as one person would write it. `near`: the type that a hard negative resembles."""

    text: str = Field(min_length=1)
    form: Form
    persona: str = Field(min_length=1)
    paid: bool = False
    happening: bool = False
    near: str = ""
    reviewed: bool = True
    """False where nobody who speaks the language has read it."""


Writer = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]


class Batch(Strict):
    """The rows of one writer."""

    writer: Writer
    rows: tuple[Row, ...]


class Typed(Row):
    """A row that names its type itself."""

    type: str


class Pairs(Strict):
    """Minimal pairs of one writer: two rows of which one fact differs."""

    writer: Writer
    pairs: tuple[tuple[Typed, Typed], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text. `group` is what a split keeps together: a writer, or one upload."""

    text: str
    type: str
    group: str
    form: str = "script"
    paid: bool = False
    happening: bool = False
    near: str = ""


HELD_OUT = frozenset({"w04", "w09", "w21", "w25", "w45", "w70"})
"""Writers whose rows are never trained on: they are the evaluation set of every gate."""


def load(folder: Path | None = None) -> list[Example]:
    """Every example under `folder` (default: the shipped ones), in file order. Raises KnowledgeError."""
    folder = folder or home()
    found: list[Example] = []
    sources = [(path.parent.name, path) for path in sorted(folder.glob("scams/*/examples.yaml"))]
    sources += [(BENIGN, path) for path in sorted(folder.glob("talk/examples*.yaml"))]
    for label, path in sources:
        batches: tuple[Batch, ...] = read(path, tuple[Batch, ...])
        found += [_example(row, label, batch.writer) for batch in batches for row in batch.rows]
    for path in sorted(folder.glob("talk/pairs.yaml")):
        paired: tuple[Pairs, ...] = read(path, tuple[Pairs, ...])
        found += [_example(row, row.type, of.writer) for of in paired for pair in of.pairs for row in pair]
    if not found:
        raise KnowledgeError(f"{folder} 里一条例句也没有,模型没法学")
    return found


def _example(row: Row, label: str, writer: str) -> Example:
    return Example(row.text, label, writer, row.form, row.paid, row.happening, row.near)
