"""Excel workbooks (xlsx), read as a stream: the first sheet that holds anything, cell texts only.

openpyxl is not used: it builds whole trees of style parts that nobody here needs (memory), and stops at the
faulty styles that many exporting systems write.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator

from training.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_SHARED, UploadRefused
from training.reading.package import Events, opened, stream
from training.reading.table import FORMULA, TOO_LONG, Cell, Line, Table, is_empty, trimmed

_BOOK = "xl/workbook.xml"
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_WHOLE = re.compile(r"(-?\d+)\.0+")


def read(data: bytes) -> Table:
    """The first visible sheet that holds anything. Raises UploadRefused."""
    package = opened(data)
    table = Table(iter(()))
    table.lines = _lines(package, table.notices)
    return table


def _lines(package: zipfile.ZipFile, notices: list[str]) -> Iterator[Line]:
    sheets = _sheets(package)
    shared = _shared(package)
    for at, (_, part) in enumerate(sheets):
        lines = _sheet(package, part, shared)
        first = next(lines, None)
        if first is None:
            continue
        if others := [name for name, _ in sheets[at + 1 :]]:
            notices.append(other_sheets(sheets[at][0], others))
        yield first
        yield from lines
        return


def other_sheets(name: str, others: list[str]) -> str:
    """The notice that further sheets were not read."""
    listed = "、".join(f"“{other[:20]}”" for other in others[:5])
    return f"只读了工作表“{name[:20]}”,后面的 {listed} 没有读。要用它们,请各自另存成一个文件上传。"


class _Sheets(Events):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def begin(self, name: str, values: dict[str, str]) -> None:
        if name == "sheet" and values.get("state", "visible") == "visible":
            self.found.append((values.get("name", ""), values.get("id", "")))


class _Targets(Events):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def begin(self, name: str, values: dict[str, str]) -> None:
        if name == "Relationship" and values.get("TargetMode") != "External":
            self.found[values.get("Id", "")] = values.get("Target", "")


def _sheets(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    """(name, part) of the visible sheets, in the workbook's order."""
    sheets, targets = _Sheets(), _Targets()
    for _ in stream(package, _BOOK, sheets):
        pass
    for _ in stream(package, "xl/_rels/workbook.xml.rels", targets):
        pass
    parts = set(package.namelist())
    found = []
    for name, key in sheets.found:
        target = targets.found.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if part in parts:
            found.append((name, part))
    return found


class _Gathering(Events):
    """Collects the text of the `t` elements; phonetic hints (`rPh`) are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.length = 0
        self.open = False
        self.hint = False

    def characters(self, content: str) -> None:
        """Keeps at most one character more than a cell may have."""
        if self.open and not self.hint and self.length <= MAX_CELL:
            piece = content[: MAX_CELL + 1 - self.length]
            self.pieces.append(piece)
            self.length += len(piece)

    def take(self) -> str:
        """The text gathered since the last time."""
        text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), "".join(self.pieces))
        self.pieces.clear()
        self.length = 0
        return text


class _Shared(_Gathering):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def begin(self, name: str, values: dict[str, str]) -> None:
        if name == "rPh":
            self.hint = True
        elif name == "t":
            self.open = True

    def end(self, name: str) -> None:
        if name == "t":
            self.open = False
        elif name == "rPh":
            self.hint = False
        elif name == "si":
            self.texts.append(self.take())
            if len(self.texts) > MAX_SHARED:
                raise UploadRefused("表格里的文字太多。请只留下话术和类型两列,分成几个小文件上传。")


def _shared(package: zipfile.ZipFile) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in package.namelist():
        return []
    events = _Shared()
    for _ in stream(package, part, events):
        pass
    return events.texts


class _Rows(_Gathering):
    """Turns the XML of a sheet into lines, which `_sheet` takes away after every chunk."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self.shared = shared
        self.done: list[Line] = []
        self.number = 0
        self.column = 0
        self.cells: dict[int, Cell] = {}
        self.kind = ""
        self.formula = False

    def begin(self, name: str, values: dict[str, str]) -> None:
        if name == "row":
            self.number = _number(values.get("r", ""), self.number + 1)
            self.column = 0
            self.cells = {}
        elif name == "c":
            self.column = _column(values.get("r", ""), self.column + 1)
            self.kind, self.formula = values.get("t", "n"), False
            self.take()
        elif name == "f":
            self.formula = True
        elif name == "rPh":
            self.hint = True
        elif name in {"v", "t"}:
            self.open = True

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.open = False
        elif name == "rPh":
            self.hint = False
        elif name == "c" and self.column <= MAX_COLUMNS:
            cell = FORMULA if self.formula else self._value(self.take())
            if not is_empty(cell):
                self.cells[self.column] = cell
        elif name == "row" and self.cells:
            width = max(self.cells)
            self.done.append(
                Line(self.number, trimmed([self.cells.get(at, "") for at in range(1, width + 1)]))
            )
            self.cells = {}

    def _value(self, text: str) -> Cell:
        if self.kind == "s":
            at = int(text) if text.isdecimal() and len(text) < 9 else -1
            text = self.shared[at] if 0 <= at < len(self.shared) else ""
        elif self.kind == "e":
            return ""
        elif self.kind == "n" and (whole := _WHOLE.fullmatch(text)):
            return whole[1]
        return TOO_LONG if len(text) > MAX_CELL else text


def _number(written: str, otherwise: int) -> int:
    return int(written) if written.isdecimal() and len(written) <= 7 else otherwise


def _column(reference: str, otherwise: int) -> int:
    """1 for A1, 28 for AB7; `otherwise` where the cell does not say where it stands."""
    letters = re.match("[A-Z]{1,3}", reference)
    if not letters:
        return otherwise
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - 64
    return column


def _sheet(package: zipfile.ZipFile, part: str, shared: list[str]) -> Iterator[Line]:
    events = _Rows(shared)
    for _ in stream(package, part, events):
        yield from events.done
        events.done.clear()
