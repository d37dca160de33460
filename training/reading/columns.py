"""Which column holds the scripts, which the type, which a note: by name, else by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intents.text import mask
from training.reading.limits import UploadRefused
from training.reading.table import Cell, Line, is_empty, tidy

FindType = Callable[[str], str | None]


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


TEXT_NAMES = _listed(
    "话术 诈骗话术 话术内容 内容 文本 短信 短信内容 信息内容 原文 正文 消息 消息内容 例句 样本 语料",
    "简要案情 案情 案情简介 基本案情 警情内容 聊天记录 聊天内容 通话内容 对话 話術 內容 簡訊",
    "text content message sms script body",
)
TYPE_NAMES = _listed(
    "类型 类别 诈骗类型 诈骗类别 案件类别 案件类型 电诈类型 骗局类型 种类 标签 分类 類型 類別",
    "type label category class",
)
NOTE_NAMES = _listed("备注 说明 注 来源 備註 note notes remark remarks comment source")
_LONGEST_NAME = 14
_TOP = 10
"""Lines from the top among which a header is looked for: a title often stands above it."""
SAMPLE = 40
_LONG = 8
"""Characters: a column whose middle cell is as long reads like text."""
_DECORATION = re.compile(r"[(\uff08\[【].*?[)\uff09\]】]|[\s:\uff1a*_\-/]")
_PARTS = re.compile(r"[、/(\uff08)\uff09,\uff0c\s]+")
_SUFFIX = re.compile(r"(?:类?诈骗|类案件?|类|案|骗局|案件)$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are used, as numbers from 1. `header`: the row number of the header, 0 without one."""

    text: int
    type: int | None = None
    note: int | None = None
    header: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What was found: the columns, or the question that the officer has to answer."""

    columns: Columns | None
    question: str = ""


def role(cell: Cell) -> str:
    """ "text", "type", "note" where a cell is the name of such a column; else ""."""
    if not isinstance(cell, str) or len(cell) > 3 * _LONGEST_NAME:
        return ""
    name = _DECORATION.sub("", tidy(cell)).lower()
    if not name or len(name) > _LONGEST_NAME:
        return ""
    for kind, names in (("type", TYPE_NAMES), ("note", NOTE_NAMES), ("text", TEXT_NAMES)):
        if name in names:
            return kind
    if name.endswith(("类型", "类别")):
        return "type"
    return "text" if name.endswith(("话术", "内容", "案情", "聊天记录", "原文")) else ""


def is_header(cells: Sequence[Cell]) -> bool:
    """Whether these cells name columns: a text column among them, or a type column beside others."""
    roles = [role(cell) for cell in cells]
    return "text" in roles or ("type" in roles and len(roles) > 1)


def resolve(name: str, find_type: FindType) -> str | None:
    """The type's id for an id, a name or an alias, also with 诈骗, 类 or 案 behind it.

    A double name (“虚假贷款、代办信用卡”) counts where those of its parts that are known mean one type.
    """
    name = tidy(name)
    if not name:
        return None
    if found := find_type(name) or find_type(_SUFFIX.sub("", name)):
        return found
    parts = {find_type(part) or find_type(_SUFFIX.sub("", part)) for part in _PARTS.split(name) if part} - {
        None
    }
    return parts.pop() if len(parts) == 1 else None


def choose(
    head: Sequence[Line],
    names: tuple[str, ...] | None,
    find_type: FindType,
    *,
    text_column: str | int | None = None,
    type_column: str | int | None = None,
) -> Choice:
    """The columns of a table that begins with `head`. Raises UploadRefused for an unknown column name."""
    at = None if names else _header(head, (text_column, type_column))
    title = names if at is None else _words(head[at])
    number = 0 if at is None else head[at].number
    below = list(head if at is None else head[at + 1 :])
    width = max([len(title or ()), *(len(line.cells) for line in below)], default=0)
    shown = tuple(_name(title, at) for at in range(width))
    roles = [role(name) for name in (title or ())] + [""] * (width - len(title or ()))
    kinds = [_kind(below, at, find_type) for at in range(width)]
    kind = (
        _wanted(type_column, shown, width) if type_column not in {None, ""} else _only(roles, kinds, "type")
    )
    note = next((at + 1 for at, found in enumerate(roles) if found == "note"), None)
    if text_column not in {None, ""}:
        text = _wanted(text_column, shown, width)
        return Choice(Columns(text, kind if kind != text else None, note, number, shown))
    named = [at + 1 for at, found in enumerate(roles) if found == "text"]
    long = [at + 1 for at, found in enumerate(kinds) if found == "text" and at + 1 not in {kind, note}]
    candidates = named or long or ([1] if width == 1 else [at for at in range(1, width + 1) if at != kind])
    if len(candidates) != 1:
        return Choice(None, _question(candidates or list(range(1, width + 1)), shown, below))
    return Choice(Columns(candidates[0], kind, note, number, shown))


def _header(head: Sequence[Line], answers: tuple[str | int | None, ...]) -> int | None:
    """Which of the first lines is the header; None where there is none."""
    asked = {str(answer).strip() for answer in answers if answer and not str(answer).strip().isdecimal()}
    for at, line in enumerate(head[:_TOP]):
        cells = _words(line)
        sure = len(cells) > 1 or _DECORATION.sub("", cells[0]).lower() in TEXT_NAMES
        if (sure and is_header(cells)) or asked & {tidy(cell) for cell in cells}:
            return at
    return 0 if len(head) > 1 and _looks_like_names(head) else None


def _words(line: Line) -> tuple[str, ...]:
    return tuple(cell if isinstance(cell, str) else "" for cell in line.cells)


def _looks_like_names(head: Sequence[Line]) -> bool:
    """Whether the first line holds short words only, and long texts stand below it."""
    cells = [cell for cell in head[0].cells if isinstance(cell, str) and cell.strip()]
    if len(cells) < 2 or not all(tidy(cell).isalpha() and len(tidy(cell)) <= _LONG for cell in cells):
        return False
    below = [_middle(head[1:], at) for at in range(len(head[0].cells))]
    return max(below, default=0) >= 2 * _LONG


def _middle(lines: Sequence[Line], at: int) -> int:
    """The middle length of a column's cells, in characters; 0 where it has none."""
    lengths = sorted(
        len(cell)
        for line in lines
        for cell in line.cells[at : at + 1]
        if isinstance(cell, str) and cell.strip()
    )
    return lengths[len(lengths) // 2] if lengths else 0


def _kind(lines: Sequence[Line], at: int, find_type: FindType) -> str:
    """ "type" where most cells name a type, "text" where they are long, else ""."""
    cells = [
        cell for line in lines for cell in line.cells[at : at + 1] if isinstance(cell, str) and cell.strip()
    ]
    known = sum(len(cell) <= 3 * _LONGEST_NAME and resolve(cell, find_type) is not None for cell in cells)
    if cells and known >= 0.6 * len(cells):
        return "type"
    return "text" if _middle(lines, at) >= _LONG else ""


def _only(roles: Sequence[str], kinds: Sequence[str], wanted: str) -> int | None:
    """The one column of this role by name; without one, the first whose content is of this kind."""
    for source in (roles, kinds):
        if wanted in source:
            return source.index(wanted) + 1
    return None


def _name(title: tuple[str, ...] | None, at: int) -> str:
    return tidy(title[at])[: 2 * _LONGEST_NAME] if title and at < len(title) else ""


def _wanted(answer: str | int | None, names: tuple[str, ...], width: int) -> int:
    """The number of the column that the officer named. Raises UploadRefused where there is none such."""
    wanted = str(answer).strip()
    if wanted in names:
        return names.index(wanted) + 1
    if wanted.isdecimal() and 1 <= int(wanted[:6]) <= width:
        return int(wanted)
    listed = "、".join(f"{at} {name or '(没有列名)'}" for at, name in enumerate(names, 1))
    raise UploadRefused(f"表里没有“{wanted[:20]}”这一列。现有的列:{listed}。请写列名,或从 1 数起的列号。")


def _question(candidates: list[int], names: tuple[str, ...], below: Sequence[Line]) -> str:
    listed = ";".join(
        f"第 {at} 列“{names[at - 1] or '没有列名'}”,例如“{_sample(below, at)}”" for at in candidates
    )
    return (
        f"看不出话术写在哪一列:{listed}。请选出话术所在的列(text_column),有类型列的也选出来(type_column),"
        "写列名或从 1 数起的列号;也可以把表头改成“话术”和“类型”再上传。"
    )


def _sample(lines: Sequence[Line], at: int) -> str:
    for line in lines:
        for cell in line.cells[at - 1 : at]:
            if isinstance(cell, str) and not is_empty(cell):
                return mask(tidy(cell)[:200])[:20]
    return "空"
