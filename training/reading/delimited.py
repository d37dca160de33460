"""Comma, semicolon and tab separated tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from training.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_FILE, UploadRefused
from training.reading.table import TOO_LONG, Cell, Line, Table, Unreadable, trimmed

DELIMITERS = (",", "\t", ";")
_SAMPLE = 30
_UNQUOTED = Unreadable("这一行的列比表头多,多半是话术里有逗号却没有加引号。请用 Excel 打开确认,另存再上传")


def read(text: str, is_header: Callable[[tuple[Cell, ...]], bool]) -> Table:
    """The records, numbered as a spreadsheet numbers them. Raises UploadRefused on an open quote."""
    return Table(_lines(text, delimiter(text, is_header)))


def delimiter(text: str, is_header: Callable[[tuple[Cell, ...]], bool]) -> str:
    """The separator with which a header is found, else the one that cuts the lines most evenly."""
    best, most = ",", -1.0
    for mark in DELIMITERS:
        records = [record for _, record in zip(range(_SAMPLE), _records(text, mark), strict=False) if record]
        widths = [len(record) for record in records]
        common = max(set(widths), key=widths.count, default=1)
        even = widths.count(common) / len(widths) if common > 1 else 0.0
        header = max((len(r) for r in records[:10] if is_header(tuple(r))), default=0)
        if (score := even + (2 if header > 1 else 1 if header else 0)) > most:
            best, most = mark, score
    return best


def _records(text: str, mark: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FILE)  # a long cell refuses its row, not the file
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def _lines(text: str, mark: str) -> Iterator[Line]:
    width = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    csv.field_size_limit(MAX_FILE)
    open_quote = text.count('"') % 2 == 1
    lines_before = 0
    total = text.count("\n")
    for number, record in enumerate(reader, 1):
        spanned, lines_before = reader.line_num - lines_before, reader.line_num
        if open_quote and spanned > 1 and reader.line_num >= total:
            raise UploadRefused(
                f"第 {number} 行起有一个引号没有配成对,后面的行都连在了一起。"
                "请用 Excel 打开确认,另存为 xlsx 再上传。"
            )
        cells = trimmed([TOO_LONG if len(cell) > MAX_CELL else cell for cell in record])
        if not cells:
            continue
        width = width or len(cells)
        yield Line(number, _fitted(cells, record, width, mark)[:MAX_COLUMNS])


def _fitted(cells: tuple[Cell, ...], record: list[str], width: int, mark: str) -> tuple[Cell, ...]:
    """One column: commas belong to the text. Several: more cells than the first line has are an error."""
    if len(cells) <= width:
        return cells
    if width == 1:
        joined = mark.join(record).rstrip(mark)
        return (TOO_LONG if len(joined) > MAX_CELL else joined,)
    return (_UNQUOTED,) * width
