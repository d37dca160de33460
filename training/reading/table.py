"""What every reader gives: lines of cells, numbered as the officer sees them in his file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is there but cannot be used, and why."""

    reason: str


Cell = str | Unreadable
FORMULA = Unreadable("这一格是公式,没有文字。请复制这一列,用“选择性粘贴 → 数值”贴回去再上传")
TOO_LONG = Unreadable("这一格太长,超过 20,000 个字。请拆成几条,或只留下骗子说的话")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table, one line of a text, one item of a list. `number` counts from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass
class Table:
    """The lines of a file, read as they are asked for.

    `names`: the columns, where the format itself names them; None where a header has to be looked for.
    `notices`: what was left out or assumed, in Chinese; complete once `lines` is exhausted.
    """

    lines: Iterator[Line]
    names: tuple[str, ...] | None = None
    notices: list[str] = field(default_factory=list)


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def tidy(text: str) -> str:
    """Without control characters and lone surrogates, line ends as \\n, no space around it."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_empty(cell: Cell) -> bool:
    """Whether there is nothing in a cell."""
    return isinstance(cell, str) and not cell.strip()


def trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """The cells without the empty ones at the end."""
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return tuple(cells[:end])
