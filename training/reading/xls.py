"""Old Excel workbooks (xls) through xlrd: the first visible sheet that holds anything.

A formula's cell gives the value that Excel stored with it: the format as xlrd reads it does not say which
cells are formulas, and nothing is ever computed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import xlrd
from xlrd.sheet import Sheet

from training.reading.limits import MAX_CELL, MAX_COLUMNS, UploadRefused
from training.reading.package import DAMAGED
from training.reading.table import TOO_LONG, Cell, Line, Table, trimmed
from training.reading.xlsx import other_sheets


def read(data: bytes) -> Table:
    """The rows of that sheet, numbered as Excel numbers them. Raises UploadRefused."""
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
        sheets = [(name, book.sheet_by_index(at)) for at, name in enumerate(book.sheet_names())]
    except Exception as error:  # xlrd raises whatever a damaged record leads to
        if "encrypted" in str(error).lower():
            raise UploadRefused("表格加了密码,机器人打不开。请去掉密码,另存为 xlsx 再上传。") from error
        raise UploadRefused(DAMAGED) from error
    filled = [(name, sheet) for name, sheet in sheets if sheet.nrows and not sheet.visibility]
    table = Table(iter(()))
    if filled:
        table.lines = _lines(filled[0][1])
    if len(filled) > 1:
        table.notices.append(other_sheets(filled[0][0], [name for name, _ in filled[1:]]))
    return table


def _lines(sheet: Sheet) -> Iterator[Line]:
    for at in range(sheet.nrows):
        width = min(sheet.row_len(at), MAX_COLUMNS)
        cells = trimmed(
            [_cell(sheet.cell_type(at, column), sheet.cell_value(at, column)) for column in range(width)]
        )
        if cells:
            yield Line(at + 1, cells)


def _cell(kind: int, value: object) -> Cell:
    if kind == xlrd.XL_CELL_NUMBER and isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if kind != xlrd.XL_CELL_TEXT:
        return ""
    text = str(value)
    return TOO_LONG if len(text) > MAX_CELL else text
