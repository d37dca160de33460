"""Lines of a table -> rows with a text and a type, and the rows that cannot be used with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intents.text import has_words, is_mongolian_script, mask
from training.reading.columns import Columns, FindType, resolve, role
from training.reading.limits import MAX_CHARACTERS, MAX_ROWS, MIN_TEXT, UploadRefused, too_many_rows
from training.reading.table import Cell, Line, Unreadable, is_empty, tidy

SHOWN = 60
"""Characters of a text that a report shows."""
_MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A usable row as it was written; `number` is the officer's, from 1, the header counted."""

    number: int
    text: str
    type: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be used: why, in Chinese, and its masked text shortened to SHOWN characters.

    `whole`: the text as written where only the type is missing, for an officer to choose one.
    """

    number: int
    reason: str
    text: str = ""
    type: str = ""
    whole: str = ""


def shortened(text: str) -> str:
    """The masked text on one line, at most SHOWN characters."""
    flat = " ".join(mask(text[: 10 * SHOWN]).split())
    return flat if len(flat) <= SHOWN else flat[: SHOWN - 1] + "…"


def rows(
    lines: Iterable[Line], columns: Columns, find_type: FindType, default_type: str
) -> tuple[list[Row], list[Refused]]:
    """The rows and the refused ones. Raises UploadRefused above MAX_ROWS or MAX_CHARACTERS."""
    taken: list[Row] = []
    refused: list[Refused] = []
    types: dict[str, str | None] = {}
    characters = 0
    for count, line in enumerate(lines, 1):
        if count > MAX_ROWS:
            raise too_many_rows()
        found = _row(line, columns, lambda name: _once(types, name, find_type), default_type)
        if isinstance(found, Row):
            taken.append(found)
            characters += len(found.text)
        elif found is not None:
            refused.append(found)
        if characters > MAX_CHARACTERS:
            raise UploadRefused(
                f"文件里的文字超过 {MAX_CHARACTERS // 10_000} 万字。请分成几个小一些的文件,一个一个上传。"
            )
    return taken, refused


def _once(types: dict[str, str | None], name: str, find_type: FindType) -> str | None:
    if name not in types:
        types[name] = resolve(name, find_type)
    return types[name]


def _row(line: Line, columns: Columns, find_type: FindType, default_type: str) -> Row | Refused | None:
    """A row, a refused one, or None for a line that says nothing or repeats the header."""
    text = _at(line, columns.text)
    if all(is_empty(cell) for cell in line.cells) or _repeats_header(line, columns):
        return None
    if isinstance(text, Unreadable):
        return Refused(line.number, text.reason)
    text = tidy(text)
    if reason := _unusable(text):
        return Refused(line.number, reason, shortened(text))
    label = _at(line, columns.type)
    if isinstance(label, Unreadable) and not default_type:
        return Refused(line.number, f"类型读不了:{label.reason}", shortened(text))
    written = tidy(label) if isinstance(label, str) else ""
    known = find_type(written) if written else None
    if not known and not default_type:
        return Refused(line.number, _no_type(written), shortened(text), whole=text)
    note = _at(line, columns.note)
    return Row(
        line.number, text, known or default_type, tidy(note)[:_MAX_NOTE] if isinstance(note, str) else ""
    )


def _at(line: Line, column: int | None) -> Cell:
    return line.cells[column - 1] if column and column <= len(line.cells) else ""


def _repeats_header(line: Line, columns: Columns) -> bool:
    """Tables put together by hand repeat their header."""
    words = tuple(tidy(cell) if isinstance(cell, str) else "" for cell in line.cells)
    return bool(columns.header) and words == columns.names[: len(words)] and role(words[0]) != ""


def _unusable(text: str) -> str:
    if not text:
        return "话术是空的。请补上,或删掉这一行"
    if len(text) < MIN_TEXT:
        return f"话术太短,不到 {MIN_TEXT} 个字。请补上骗子的原话"
    if not has_words(text):
        return "话术里没有文字。请补上骗子的原话"
    if is_mongolian_script(text):
        return "机器人还读不了传统蒙古文。请写成汉语再上传"
    return ""


def _no_type(written: str) -> str:
    if not written:
        return "没写类型。请在类型列写上,例如“刷单返利”,或上传时给整个文件指定类型"
    return f"不认识类型“{mask(written)[:20]}”。请改成已有的类型名,或上传时给整个文件指定类型"
