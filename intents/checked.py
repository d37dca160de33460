"""YAML files read through a pydantic schema: an error names file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")

_WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项,可能是写错了名字",
    "string_type": "应该是文字",
    "list_type": "应该是列表(每行以 - 开头)",
    "tuple_type": "应该是列表(每行以 - 开头)",
    "model_type": "应该是一组“名字: 值”",
    "bool_type": "应该是 true 或 false",
    "date_from_datetime_parsing": "日期不对,要写成 2026-11-24 这样",
}


class Strict(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KnowledgeError(ValueError):
    """A knowledge file is wrong; the message names file, line, field and what to do, in Chinese."""


def read(path: Path, kind: type[T] | Any) -> T:
    """The content of a YAML file as `kind`. Raises KnowledgeError."""
    try:
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}:不是 UTF-8 编码,请用编辑器另存为 UTF-8") from error
    try:
        value: T = TypeAdapter(kind).validate_python(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" 第 {mark.line + 1} 行" if mark else ""
        raise KnowledgeError(f"{path}{line}:YAML 写法不对:{getattr(error, 'problem', error)}") from error
    except ValidationError as error:
        raise KnowledgeError(_explain(path, text, error)) from error
    return value


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # libyaml's loader where it is built, else Python's
    """Leaves dates to the schema: YAML's own reading of 2026-13-45 fails without file, line or field."""

    yaml_implicit_resolvers: ClassVar = {
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in _Base.yaml_implicit_resolvers.items()
    }


def _explain(path: Path, text: str, error: ValidationError) -> str:
    root = yaml.compose(text, _Loader)
    lines = []
    for problem in error.errors()[:5]:
        where = [part for part in problem["loc"] if not (isinstance(part, str) and part.startswith("tagged"))]
        words = _WORDS.get(problem["type"]) or str(problem.get("ctx", {}).get("error") or problem["msg"])
        field = ".".join(str(part) for part in where) or "整个文件"
        lines.append(f"{path} 第 {_line(root, where)} 行,{field}:{words}")
    return "\n".join(lines)


def _line(node: yaml.Node | None, where: list[int | str]) -> int:
    """The line (from 1) of the deepest node of `where` that the file has."""
    line = node.start_mark.line + 1 if node else 1
    for part in where:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == str(part)), None)
            key_node = next((key for key, _ in node.value if key.value == str(part)), None)
            line = key_node.start_mark.line + 1 if key_node else line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line
