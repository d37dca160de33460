"""JSON lists and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from training.reading.items import NO_ITEM, Item, table
from training.reading.limits import MAX_NODES, MAX_ROWS, UploadRefused, too_many_rows
from training.reading.table import Cell, Table, Unreadable, tidy

_SHAPE = '请写成 ["话术", …]、[{"text": "话术", "type": "类型"}, …],或一行一个这样的对象(jsonl)。'
_NO_JSON = Unreadable("这一行不是合法的 JSON。请检查引号和逗号")


def looks_like(text: str) -> bool:
    """Whether a text is JSON and not a chat that begins with a bracket."""
    start = text.lstrip()
    if start[:1] not in {"{", "["}:
        return False
    try:
        first = json.loads(start.split("\n", 1)[0])
        return isinstance(first, dict) or (isinstance(first, list) and bool(first))
    except (ValueError, RecursionError):
        return start[:1] == "[" and '"' in start[:200] and start.rstrip().endswith("]")


def read(text: str) -> Table:
    """The items: of a list numbered from 1, of JSON lines by line. Raises UploadRefused."""
    if text.count("[") + text.count("{") + text.count(",") > MAX_NODES:
        raise UploadRefused("JSON 里的条目太多。请分成几个小一些的文件,一个一个上传。")
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except RecursionError as error:
            raise UploadRefused(f"JSON 套得太深,没有读。{_SHAPE}") from error
        except ValueError as error:
            line = getattr(error, "lineno", None)
            where = f"第 {line} 行" if line else "有一处"
            raise UploadRefused(f"JSON {where}写法不对,读不下去。{_SHAPE}") from error
        return table((number, _item(item)) for number, item in enumerate(found, 1))
    return table(_lines(text))


def _lines(text: str) -> Iterator[tuple[int, Item]]:
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if number > 2 * MAX_ROWS:
            raise too_many_rows()
        if not tidy(line):
            continue
        try:
            yield number, _item(json.loads(line))
        except (ValueError, RecursionError):
            yield number, _NO_JSON


def _item(value: object) -> Item:
    if isinstance(value, dict):
        return {str(key): _cell(found) for key, found in value.items()}
    return _cell(value)


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    return NO_ITEM
