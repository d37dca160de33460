"""Lists of texts or of mappings, as YAML and JSON hold them, turned into a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from training.reading.columns import role
from training.reading.limits import MAX_CELL, MAX_COLUMNS
from training.reading.plain import TEXT
from training.reading.table import TOO_LONG, Cell, Line, Table, Unreadable

Item = Cell | Mapping[str, Cell]
NO_ITEM = Unreadable("这一条不是文字,也不是“text: …, type: …”。请照这个样子写")


def table(items: Iterable[tuple[int, Item]]) -> Table:
    """The table of (number, item): a mapping gives named columns, a plain text stands in the text column."""
    found = list(items)
    names = _names([item for _, item in found if isinstance(item, Mapping)])
    text = next((name for name in names if role(name) == "text"), names[0])
    lines = (
        Line(number, _cells(item if isinstance(item, Mapping) else {text: item}, names))
        for number, item in found
    )
    return Table(lines, names=names)


def _names(mappings: Sequence[Mapping[str, Cell]]) -> tuple[str, ...]:
    names = dict.fromkeys(key for mapping in mappings for key in mapping)
    return tuple(names)[:MAX_COLUMNS] or (TEXT,)


def _cells(item: Mapping[str, Cell], names: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(_bounded(item.get(name, "")) for name in names)


def _bounded(cell: Cell) -> Cell:
    return TOO_LONG if isinstance(cell, str) and len(cell) > MAX_CELL else cell
