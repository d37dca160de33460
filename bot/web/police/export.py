"""Samples as a spreadsheet: every cell is text, and none can become a formula."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING

from sqlalchemy import Engine
from starlette.responses import Response, StreamingResponse

from bot.officers.errors import Wrong
from bot.officers.people import Actor
from bot.store import log
from bot.store.samples import Sample

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FORMATS = {"xlsx": "Excel 表格", "csv": "csv 文本"}
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
HEADER = ("话术", "类型", "类型编号", "状态", "备注", "上传", "谁", "加入时间")
STATES = {"active": "在用", "held": "扣住", "deleted": "已删除"}
_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
IN_MEMORY = 4 * 1024 * 1024
CHUNK = 256 * 1024
LONGEST_CELL = 32_767
"""Excel takes no more characters in a cell."""


def export(
    engine: Engine, rows: Iterable[Sample], form: str, actor: Actor, types: Mapping[str, str]
) -> Response:
    """The samples as a download of this format; logged with how many. Raises Wrong for another format."""
    if form not in FORMATS:
        raise Wrong(f"没有“{form[:20]}”这种格式，只有 {'、'.join(FORMATS)}。")
    out: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    count = {"xlsx": _xlsx, "csv": _csv}[form](out, (_cells(sample, types) for sample in rows))
    with engine.begin() as connection:
        head = log.append(connection, actor.name, "export", rows=count, format=form)
    out.seek(0)
    # The head of the log's chain in the name: whoever has the file can tell later whether the log was cut.
    name = f"{time.strftime('fanzha-%Y%m%d-%H%M')}-{head[:16]}.{form}"
    return StreamingResponse(
        _chunks(out),
        media_type=MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, also after it was saved as csv and opened again."""
    return f"'{text}" if text.lstrip().startswith(_STARTS) else text


def _cells(sample: Sample, types: Mapping[str, str]) -> list[str]:
    added = time.strftime("%Y-%m-%d %H:%M", time.localtime(sample.added))
    state = STATES.get(sample.state, sample.state)
    name = types.get(sample.type, sample.type)
    found = (sample.text, name, sample.type, state, sample.note, sample.source, sample.by, added)
    return [harmless(cell[:LONGEST_CELL]) for cell in found]


def _csv(out: IO[bytes], rows: Iterable[list[str]]) -> int:
    """With a byte order mark, so that Excel knows it is UTF-8."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    text.flush()
    text.detach()
    return count


def _xlsx(out: IO[bytes], rows: Iterable[list[str]]) -> int:
    import xlsxwriter  # noqa: PLC0415 - a start needs none

    # Row by row on disk, so that 100,000 samples need no memory; nothing is read as number, link or formula.
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("话术")
    sheet.set_column(0, 0, 80)
    sheet.set_column(1, 7, 16)
    count = 0
    _write(sheet, 0, list(HEADER))
    for count, row in enumerate(rows, 1):
        _write(sheet, count, row)
    book.close()
    return count


def _write(sheet: Worksheet, number: int, row: list[str]) -> None:
    for column, cell in enumerate(row):
        sheet.write_string(number, column, cell)


def _chunks(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        while chunk := out.read(CHUNK):
            yield chunk
