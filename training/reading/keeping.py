"""A table that waits for an officer's answer: masked before it is kept, as JSON-able lists."""

from __future__ import annotations

from itertools import islice
from typing import Any

from intents.text import mask
from training.reading.limits import MAX_CHARACTERS, MAX_ROWS, UploadRefused, too_many_rows
from training.reading.table import Cell, Line, Table, Unreadable


def packed(table: Table) -> dict[str, Any]:
    """The whole table, every cell masked. Raises UploadRefused where it is too large to be kept."""
    lines: list[Any] = []
    size = 0
    for line in islice(table.lines, MAX_ROWS + 1):
        cells = [mask(cell) if isinstance(cell, str) else {"reason": cell.reason} for cell in line.cells]
        size += sum(len(cell) for cell in line.cells if isinstance(cell, str))
        lines.append([line.number, cells])
        if size > MAX_CHARACTERS:
            raise UploadRefused("文件里的文字太多。请只留下话术和类型两列,再上传。")
    if len(lines) > MAX_ROWS:
        raise too_many_rows()
    return {"names": table.names, "lines": lines, "notices": table.notices}


def unpacked(kept: dict[str, Any]) -> Table:
    """The table again."""
    lines = (Line(number, tuple(_cell(cell) for cell in cells)) for number, cells in kept["lines"])
    return Table(lines, tuple(kept["names"]) if kept["names"] else None, list(kept["notices"]))


def _cell(cell: Any) -> Cell:
    return cell if isinstance(cell, str) else Unreadable(str(cell["reason"]))
