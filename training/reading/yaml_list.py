"""YAML lists. Anchors, aliases and tags are refused before anything is built from them."""

from __future__ import annotations

from typing import Any

import yaml

from training.reading.items import NO_ITEM, Item, table
from training.reading.limits import MAX_DEPTH, MAX_NODES, UploadRefused
from training.reading.table import Cell, Table

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHAPE = "请写成列表:每条一行“- 话术”,或者“- text: 话术”下面一行“  type: 类型”。"


def read(text: str) -> Table:
    """The items, numbered by the line on which each begins. Raises UploadRefused."""
    try:
        _check(text)
        root = yaml.compose(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else "有一处"
        raise UploadRefused(f"YAML {where}写法不对,读不下去。{_SHAPE}") from error
    if not isinstance(root, yaml.SequenceNode):
        raise UploadRefused(f"YAML 文件最外层不是列表。{_SHAPE}")
    return table((_line(node.start_mark), _item(node)) for node in root.value)


def _check(text: str) -> None:
    """Walks the events, which costs no recursion, and stops at the first thing that has no place in a list."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, _Loader):
        nodes += isinstance(event, yaml.NodeEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _refused(event, "用了锚点或别名(& 或 *)", "请把内容直接写出来")
        if getattr(event, "tag", None) is not None and not isinstance(event, yaml.DocumentStartEvent):
            raise _refused(event, "用了标签(!)", "请去掉标签,只写文字")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _refused(event, "套得太深", _SHAPE.rstrip("。"))
        if nodes > MAX_NODES:
            raise UploadRefused("YAML 里的条目太多。请分成几个小一些的文件,一个一个上传。")
        if documents > 1:
            raise _refused(event, "开始了第二份文档(---)", "请合成一个列表")


def _refused(event: yaml.Event, what: str, todo: str) -> UploadRefused:
    return UploadRefused(f"YAML 第 {_line(event.start_mark)} 行{what},没有读。{todo}。")


def _line(mark: Any) -> int:
    return int(mark.line) + 1


def _item(node: yaml.Node) -> Item:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _cell(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    return _cell(node)


def _cell(node: yaml.Node) -> Cell:
    """A scalar as it is written; `null` and `~` are empty."""
    if not isinstance(node, yaml.ScalarNode):
        return NO_ITEM
    return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)
