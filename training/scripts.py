"""Uploaded scam scripts: bytes -> rows (`parse`), rows -> what to store (`clean`), both -> `report`.

Nothing is stored or changed here, and no text leaves unmasked except in `Parsed.rows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from training.reading import columns as headers
from training.reading import delimited, detect, docx, json_list, plain, xls, xlsx, yaml_list
from training.reading.cleaning import Cleaned, Conflict, Duplicate, Flagged, New, clean, masks
from training.reading.columns import Columns
from training.reading.encoding import decoded
from training.reading.limits import MAX_FILE, MB, UploadRefused, extension
from training.reading.near import NearIndex, corpus, fingerprint
from training.reading.rows import Refused, Row, rows, shortened
from training.reading.table import Table

__all__ = [
    "Cleaned",
    "Columns",
    "Conflict",
    "Duplicate",
    "Flagged",
    "NearIndex",
    "New",
    "Parsed",
    "Refused",
    "Row",
    "UploadRefused",
    "clean",
    "corpus",
    "fingerprint",
    "masks",
    "parse",
    "parse_table",
    "read",
    "report",
    "shortened",
]


@dataclass(frozen=True)
class Parsed:
    """What a file holds. Where `questions` is not empty, `rows` is empty until they are answered.

    `notices`: what was left out or assumed (another sheet, text beside a table), in Chinese.
    """

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...] = ()
    columns: Columns | None = None
    questions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def parse(  # noqa: PLR0913 - a file, its name, and what the officer says about it
    data: bytes,
    name: str,
    *,
    default_type: str = "",
    find_type: Callable[[str], str | None],
    text_column: str | int | None = None,
    type_column: str | int | None = None,
) -> Parsed:
    """The rows of an uploaded file, or of pasted text (`name` empty, UTF-8).

    `default_type`: for rows without a type or with one that `find_type` (id, name or alias -> id) does not
    know. `text_column`, `type_column`: a column's name or number from 1, the answer to `questions`.
    Raises UploadRefused when nothing of the file can be used.
    """
    return parse_table(
        read(data, name),
        default_type=default_type,
        find_type=find_type,
        text_column=text_column,
        type_column=type_column,
    )


def read(data: bytes, name: str) -> Table:
    """The table of an uploaded file, or of pasted text (`name` empty, UTF-8). Raises UploadRefused."""
    if len(data) > MAX_FILE:
        raise UploadRefused(
            f"文件超过 {MAX_FILE // MB} MB,没有读。请只留下话术和类型两列,或分成几个文件上传。"
        )
    return _table(data, name)


def parse_table(
    table: Table,
    *,
    default_type: str = "",
    find_type: Callable[[str], str | None],
    text_column: str | int | None = None,
    type_column: str | int | None = None,
) -> Parsed:
    """`parse` for a table that was read already."""
    head = list(islice(table.lines, headers.SAMPLE))
    if not head:
        raise UploadRefused(f"里面一行文字也没有。请确认话术在第一张表里。{detect.ACCEPTED}")
    choice = headers.choose(head, table.names, find_type, text_column=text_column, type_column=type_column)
    if choice.columns is None:
        return Parsed((), questions=(choice.question,), notices=tuple(table.notices))
    below = (line for line in chain(head, table.lines) if line.number > choice.columns.header)
    taken, refused = rows(below, choice.columns, find_type, default_type)
    if not taken and not refused:
        raise UploadRefused("只有表头,没有话术。请在表头下面一行写一条,再上传。")
    return Parsed(tuple(taken), tuple(refused), choice.columns, notices=tuple(table.notices))


def _table(data: bytes, name: str) -> Table:
    kind = detect.kind(data, name)
    if kind == "xlsx":
        return xlsx.read(data)
    if kind == "xls":
        return xls.read(data)
    if kind == "docx":
        return docx.read(data)
    return _text_table(decoded(data), extension(name))


def _text_table(text: str, kind: str) -> Table:
    """Text files say by their extension what they are; a wrong one is put right where the content is clear."""
    if kind in {"yaml", "yml"}:
        return yaml_list.read(text)
    if kind in {"json", "jsonl", "ndjson"} or json_list.looks_like(text):
        return json_list.read(text)
    if kind in {"csv", "tsv"} or _is_table(text):
        return delimited.read(text, headers.is_header)
    return plain.read(text)


def _is_table(text: str) -> bool:
    """Whether plain or pasted text is a table copied from a spreadsheet: a header with several columns."""
    first = next((line for line in text.split("\n", 20)[:20] if line.strip()), "")
    for mark in delimited.DELIMITERS:
        cells = first.split(mark)
        roles = {headers.role(cell) for cell in cells} - {""}
        if len(cells) > 1 and "text" in roles and (mark == "\t" or len(roles) > 1):
            return True
    return False


def report(parsed: Parsed, cleaned: Cleaned) -> dict[str, Any]:
    """A JSON-able summary: counts in all and by type, and the rows of each outcome with their reasons."""
    refused = [*parsed.refused, *cleaned.refused]
    masked = cleaned.masked or {}
    labels = {row.number: row.type for row in parsed.rows}
    outcomes: dict[str, list[str]] = {
        "new": [row.type for row in cleaned.new],
        "duplicate": [row.type for row in cleaned.duplicates],
        "conflict": [row.type for row in cleaned.conflicts],
        "flagged": [row.type for row in cleaned.flagged],
        "masked": [labels.get(number, "") for number in masked],
        "refused": [row.type for row in refused],
    }
    by_type: dict[str, dict[str, int]] = {}
    for outcome, types in outcomes.items():
        for label, count in Counter(types).items():
            by_type.setdefault(label, dict.fromkeys(outcomes, 0))[outcome] = count
    return {
        "rows": len(parsed.rows) + len(parsed.refused),
        "counts": {outcome: len(types) for outcome, types in outcomes.items()},
        "by_type": dict(sorted(by_type.items())),
        "new": [_line(row.number, row.text, row.type) for row in cleaned.new],
        "duplicates": [
            _line(row.number, row.text, row.type, row.reason, similarity=round(row.similarity, 3))
            for row in cleaned.duplicates
        ],
        "conflicts": [
            _line(row.number, row.text, row.type, row.reason, other_type=row.other_type)
            for row in cleaned.conflicts
        ],
        "flagged": [
            _line(row.number, row.text, row.type, row.reason, probability=round(row.probability, 3))
            for row in cleaned.flagged
        ],
        "masked": [{"row": number, "masks": count} for number, count in sorted(masked.items())],
        "refused": [
            _line(row.number, row.text, row.type, row.reason)
            for row in sorted(refused, key=lambda r: r.number)
        ],
        "questions": list(parsed.questions),
        "notices": list(parsed.notices),
    }


def _line(number: int, text: str, label: str, reason: str = "", **more: object) -> dict[str, object]:
    return {"row": number, "type": label, "reason": reason, "text": shortened(text), **more}
