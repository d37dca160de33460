"""Word documents (docx): the rows of their tables, or their paragraphs where there is no table."""

from __future__ import annotations

from training.reading import plain
from training.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS, too_many_rows
from training.reading.package import Events, opened, stream
from training.reading.table import TOO_LONG, Cell, Line, Table, is_empty, trimmed


class _Document(Events):
    """Paragraphs outside tables, and table rows; a table inside a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.rows: list[Line] = []
        self.tables = self.skipping = self.length = 0
        self.pieces: list[str] = []
        self.cells: list[Cell] = []
        self.open = False

    def begin(self, name: str, values: dict[str, str]) -> None:
        if name == "Fallback":  # the same text box a second time, for old versions of Word
            self.skipping += 1
        elif name == "tbl":
            self.tables += 1
        elif name == "tr" and self.tables == 1:
            self.cells = []
        elif name == "tc" and self.tables == 1:
            self._take()
        elif name == "t":
            self.open = True
        elif name in {"br", "cr"}:
            self._add("\n")
        elif name == "tab":
            self._add("\t")

    def characters(self, content: str) -> None:
        """Keeps the text of runs; deleted text (`delText`) and field codes are no runs."""
        if self.open:
            self._add(content)

    def _add(self, content: str) -> None:
        if not self.skipping and self.length <= MAX_CELL:
            piece = content[: MAX_CELL + 1 - self.length]
            self.pieces.append(piece)
            self.length += len(piece)

    def end(self, name: str) -> None:
        if name == "Fallback":
            self.skipping -= 1
        elif name == "tbl":
            self.tables -= 1
        elif name == "t":
            self.open = False
        elif name == "p" and self.tables:
            self._add("\n")
        elif name == "p":
            self.paragraphs.append(self._take())
        elif name == "tc" and self.tables == 1 and len(self.cells) < MAX_COLUMNS:
            text = self._take().strip()
            self.cells.append(TOO_LONG if len(text) > MAX_CELL else text)
        elif name == "tr" and self.tables == 1:
            self.rows.append(Line(len(self.rows) + 1, trimmed(self.cells)))
        if len(self.paragraphs) > 2 * MAX_ROWS or len(self.rows) > 2 * MAX_ROWS:
            raise too_many_rows()

    def _take(self) -> str:
        text = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return text


def read(data: bytes) -> Table:
    """The table rows, numbered through all tables, or the paragraphs. Raises UploadRefused."""
    document = _Document()
    for _ in stream(opened(data), "word/document.xml", document):
        pass
    rows = [line for line in document.rows if line.cells]
    if not any(len(line.cells) > 1 for line in rows):
        loose = [cell for line in rows for cell in line.cells if isinstance(cell, str)]
        return plain.listed(document.paragraphs + loose)
    table = Table(iter(rows))
    if outside := sum(not is_empty(paragraph) for paragraph in document.paragraphs):
        table.notices.append(f"读了文档里的表格,表格外面的 {outside} 段文字没有读。")
    return table
