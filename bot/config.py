"""Settings: `config.yaml` holds every one once, `FANZHA_…` in the environment overrides it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "FANZHA_"
NOT_SETTINGS = {"FANZHA_DATA", "FANZHA_CONFIG"}
Positive = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=0, le=65535)]


class ConfigError(ValueError):
    """A setting is wrong; the message names the key, the value and what is allowed, in Chinese."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Station(_Section):
    """The police station that runs the bot; shown in urgent replies where set."""

    name: str
    phone: str
    address: str


class ChatSettings(_Section):
    """How long a conversation is remembered (minutes), how much of a text is read (characters).

    `handed_a_day`: texts that one conversation may hand over to the police within 24 hours; `handed_days`:
    after so many days what was handed over is let go.
    """

    expires_minutes: Positive
    longest_text: Positive
    handed_a_day: Positive
    handed_days: Positive


class Web(_Section):
    """The web chat: where it listens and its limits (messages a minute, kB, answers in flight)."""

    host: str
    port: Port
    behind_proxy: bool
    body_kb: Positive
    in_flight: Positive
    per_conversation: Positive
    per_address: Positive


class Police(_Section):
    """The officers' console: its address as browsers see it, and how long sessions and codes are good for."""

    url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+/?)?$")]
    idle_minutes: Positive
    session_hours: Positive
    code_hours: Positive


class TelegramSettings(_Section):
    """How Telegram is reached."""

    base_url: str
    proxy: str
    webhook_url: str
    webhook_host: str
    webhook_port: Port
    gather_ms: Annotated[int, Field(ge=0, le=10_000)]


class ModelSettings(_Section):
    """Recognition: whether the encoder is used; how often other instances' versions are looked for."""

    encoder: bool
    poll_seconds: Annotated[float, Field(gt=0)]


class Settings(_Section):
    """All of `config.yaml`."""

    station: Station
    chat: ChatSettings
    web: Web
    police: Police
    telegram: TelegramSettings
    model: ModelSettings


def load(path: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file (default: FANZHA_CONFIG, ./config.yaml, the checkout's) and environment.

    Raises ConfigError.
    """
    env = os.environ if env is None else env
    path = path or _find(env)
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf8")) or {}
    except OSError as error:
        raise ConfigError(f"设置文件读不了:{path}({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"设置文件 {path} 不是 UTF-8 编码,请用编辑器另存为 UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"设置文件 {path} 的写法不对:{error}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"设置文件 {path} 应该是“名字: 值”的样子")
    sources = _override(tree, env)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        lines = [_explain(problem, sources, path) for problem in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def data_folder(env: Mapping[str, str] | None = None) -> Path:
    """The folder for everything that is kept: FANZHA_DATA, or ./data. Made where it is missing."""
    folder = Path((os.environ if env is None else env).get("FANZHA_DATA") or "data").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _find(env: Mapping[str, str]) -> Path:
    if env.get("FANZHA_CONFIG"):
        return Path(env["FANZHA_CONFIG"])
    here = Path("config.yaml")
    return here if here.exists() else Path(__file__).parent.parent / "config.yaml"


def _override(tree: dict[str, Any], env: Mapping[str, str]) -> dict[str, str]:
    """Puts FANZHA_A__B=value at tree[a][b]; gives the variable's name by the dotted key that it made."""
    sources: dict[str, str] = {}
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        keys = name.removeprefix(PREFIX).lower().split("__")
        node = tree
        for depth, key in enumerate(keys[:-1], 1):
            if node.get(key) is None:
                node[key] = {}
                sources[".".join(keys[:depth])] = name
            child = node[key]
            if not isinstance(child, dict):
                raise ConfigError(f"环境变量 {name}:{key} 是一个值,下面没有别的项")
            node = child
        node[keys[-1]] = env[name]
        sources[".".join(keys)] = name
    return sources


def _explain(problem: Any, sources: Mapping[str, str], path: Path) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    origin = f"环境变量 {sources[key]}" if key in sources else str(path)
    value = problem.get("input")
    match problem["type"]:
        case "extra_forbidden":
            return f"{origin}:没有 {key} 这一项(值 {value!r})。可用的有:{_known(problem['loc'])}"
        case "missing":
            return f"{path}:缺少 {key} 这一项"
        case "model_type":
            items = _known((*problem["loc"], ""))
            return f"{origin}:{key} 的值 {value!r} 不行,它下面要有这些项:{items}"
        case _:
            return f"{origin}:{key} 的值 {value!r} 不行,{_allowed(problem)}"


def _known(loc: tuple[Any, ...]) -> str:
    section: Any = Settings
    for part in loc[:-1]:
        section = section.model_fields[part].annotation
    return "、".join(section.model_fields)


def _allowed(problem: Any) -> str:
    limits = problem.get("ctx", {})
    kind = problem["type"]
    if kind.startswith("bool"):
        return "只能是 true 或 false"
    if kind.startswith("int"):
        return "要写一个整数"
    if kind.startswith("float"):
        return "要写一个数"
    if kind == "string_pattern_mismatch":
        return "要像 https://fanzha.example.cn 这样,后面不带路径"
    if kind.startswith("string"):
        return "要写文字"
    for name, words in (("ge", "不能小于"), ("gt", "要大于"), ("le", "不能大于")):
        if name in limits:
            return f"{words} {limits[name]}"
    return str(problem["msg"])
