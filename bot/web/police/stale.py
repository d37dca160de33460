"""What two officers wrote at once, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from bot.officers.errors import Stale

LABELS = {
    "text": "文字",
    "type": "类型",
    "note": "备注",
    "decision": "留不留",
    "state": "状态",
    "fields": "卡片",
    "text_column": "话术的列",
    "reason": "说明",
    "by": "谁",
}
_WORDS = {
    "keep": "留下",
    "drop": "去掉",
    "active": "在用",
    "held": "扣住",
    "deleted": "已删除",
    "draft": "草稿",
    "approved": "已批准",
    "dropped": "已放弃",
    "open": "没发布",
    "published": "已发布",
    "discarded": "已放弃",
}

Side = list[tuple[str, str]]


def sides(error: Stale, types: Mapping[str, str]) -> tuple[Side, Side]:
    """Both values as (label, words), the fields that people know alone."""
    return _side(error.mine, types), _side(error.theirs, types)


def _side(value: Any, types: Mapping[str, str]) -> Side:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if not isinstance(value, Mapping):
        return [("内容", types.get(str(value), str(value)))]
    known = {name: given for name, given in value.items() if name in LABELS and given not in (None, "")}
    if not known:
        return [("卡片", json.dumps(dict(value), ensure_ascii=False, indent=1))]
    return [(LABELS[name], _words(name, given, types)) for name, given in known.items()]


def _words(name: str, value: Any, types: Mapping[str, str]) -> str:
    if name == "type":
        return types.get(str(value), str(value))
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, indent=1)
    return _WORDS.get(str(value), str(value))
