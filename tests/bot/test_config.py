"""Settings from file and environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from bot.config import NOT_SETTINGS, ConfigError, Settings, data_folder, load

SHIPPED = Path(__file__).parent.parent.parent / "config.yaml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A copy of the shipped settings, to be changed."""
    copy = tmp_path / "config.yaml"
    copy.write_bytes(SHIPPED.read_bytes())
    return copy


def changed(path: Path, old: str, new: str) -> Path:
    """The file with one passage changed."""
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf8")
    return path


def refusal(path: Path, **env: str) -> str:
    """What the refusal of these settings says."""
    with pytest.raises(ConfigError) as error:
        load(path, env)
    return str(error.value)


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """The names of a settings class, section by section."""
    return {
        name: fields(field.annotation)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        else None
        for name, field in model.model_fields.items()
    }


def shape(tree: Any) -> Any:
    """The names of a settings file."""
    return {name: shape(value) for name, value in tree.items()} if isinstance(tree, dict) else None


def test_the_shipped_file_and_the_settings_have_exactly_the_same_names() -> None:
    assert shape(yaml.safe_load(SHIPPED.read_text(encoding="utf8"))) == fields(Settings)


def test_no_setting_has_a_default_besides_the_file() -> None:
    sections = [Settings, *(f.annotation for f in Settings.model_fields.values())]
    optional = [
        name
        for section in sections
        if isinstance(section, type) and issubclass(section, BaseModel)
        for name, field in section.model_fields.items()
        if not field.is_required()
    ]
    assert optional == []


def test_every_setting_of_the_file_is_explained() -> None:
    bare = [
        line
        for line in SHIPPED.read_text(encoding="utf8").splitlines()
        if re.match(r"\s+\w+:", line) and "#" not in line
    ]
    assert bare == []


def test_the_shipped_settings_load() -> None:
    settings = load(SHIPPED, {})
    assert settings.web.port == 8080 and settings.web.host == "127.0.0.1"
    assert settings.chat.expires_minutes == 30 and settings.model.encoder is True
    assert (settings.station.name, settings.station.phone, settings.station.address) == ("", "", "")


def test_no_secret_stands_in_the_file() -> None:
    assert not re.search(r"^\s*\w*(token|secret|password|key)\w*:", SHIPPED.read_text("utf8"), re.M | re.I)


@pytest.mark.parametrize(
    ("name", "value", "section", "field", "wanted"),
    [
        ("FANZHA_WEB__PORT", "9000", "web", "port", 9000),
        ("FANZHA_MODEL__ENCODER", "false", "model", "encoder", False),
        ("FANZHA_MODEL__POLL_SECONDS", "0.5", "model", "poll_seconds", 0.5),
        ("FANZHA_STATION__NAME", "旅游警察大队", "station", "name", "旅游警察大队"),
        ("FANZHA_STATION__PHONE", "110", "station", "phone", "110"),
    ],
)
def test_the_environment_overrides_a_setting(
    path: Path, name: str, value: str, section: str, field: str, wanted: object
) -> None:
    assert getattr(getattr(load(path, {name: value}), section), field) == wanted


def test_variables_that_are_no_settings_are_left_alone(path: Path) -> None:
    env = dict.fromkeys(NOT_SETTINGS, "x") | {"TELEGRAM_BOT_TOKEN": "secret", "PATH": "x"}
    assert load(path, env) == load(path, {})


def test_an_unknown_key_is_named_with_its_value_and_what_is_allowed(path: Path) -> None:
    said = refusal(changed(path, "  port: 8080", "  prot: 8081\n  port: 8080"))
    assert all(part in said for part in (str(path), "web.prot", "8081", "port", "in_flight"))


def test_an_unknown_section_is_named_with_what_is_allowed(path: Path) -> None:
    said = refusal(changed(path, "web:", "wep: {}\nweb:"))
    assert "wep" in said and "telegram" in said


def test_an_unknown_variable_is_named_with_its_value_and_what_is_allowed(path: Path) -> None:
    said = refusal(path, FANZHA_WEB__PROT="9000")
    assert all(part in said for part in ("FANZHA_WEB__PROT", "9000", "web.prot", "port"))


def test_a_variable_of_an_unknown_section_is_named_too(path: Path) -> None:
    said = refusal(path, FANZHA_WEBB__PORT="9000")
    assert all(part in said for part in ("FANZHA_WEBB__PORT", "9000", "telegram"))


def test_a_variable_below_a_value_is_refused_in_words(path: Path) -> None:
    assert "FANZHA_WEB__PORT__X" in refusal(path, FANZHA_WEB__PORT__X="1")


def test_a_variable_in_place_of_a_section_is_refused_in_words(path: Path) -> None:
    said = refusal(path, FANZHA_WEB="9000")
    assert "FANZHA_WEB" in said and "9000" in said


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("port: 8080 ", "port: many ", ("web.port", "'many'", "整数")),
        ("port: 8080 ", "port: 70000 ", ("web.port", "70000", "65535")),
        ("port: 8080 ", "port: -1 ", ("web.port", "-1", "0")),
        ("port: 8080 ", "port: 80.5 ", ("web.port", "80.5", "整数")),
        ("port: 8080 ", "port: [8080] ", ("web.port", "[8080]", "整数")),
        ("expires_minutes: 30", "expires_minutes: 0", ("chat.expires_minutes", "0", "1")),
        ("behind_proxy: false", "behind_proxy: maybe", ("web.behind_proxy", "'maybe'", "true", "false")),
        ("poll_seconds: 2", "poll_seconds: soon", ("model.poll_seconds", "'soon'", "数")),
        ("poll_seconds: 2", "poll_seconds: 0", ("model.poll_seconds", "0", "大于")),
        ("host: 127.0.0.1", "host: 127", ("web.host", "127", "文字")),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_is_allowed(
    path: Path, old: str, new: str, parts: tuple[str, ...]
) -> None:
    said = refusal(changed(path, old, new))
    assert str(path) in said and all(part in said for part in parts), said


def test_a_wrong_value_from_the_environment_names_the_variable(path: Path) -> None:
    said = refusal(path, FANZHA_WEB__PORT="many")
    assert all(part in said for part in ("FANZHA_WEB__PORT", "web.port", "'many'", "整数"))


def test_every_wrong_setting_is_named_at_once(path: Path) -> None:
    said = refusal(path, FANZHA_WEB__PORT="many", FANZHA_CHAT__LONGEST_TEXT="no", FANZHA_MODEL__X="1")
    assert len(said.splitlines()) == 3


def test_a_missing_key_is_named(path: Path) -> None:
    said = refusal(changed(path, "  longest_text: 20000", "  #"))
    assert str(path) in said and "缺少 chat.longest_text" in said


@pytest.mark.parametrize("text", ["web: [", "- a\n- b\n", "just words", "a: b: c"])
def test_a_file_that_is_no_settings_is_refused_with_its_name(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf8")
    assert str(path) in refusal(path)


def test_a_file_that_is_not_utf8_is_refused_with_its_name(path: Path) -> None:
    path.write_bytes("station: {name: 旅游警察}".encode("gb18030"))
    assert str(path) in refusal(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "no.yaml") in refusal(tmp_path / "no.yaml")


def test_an_empty_section_is_refused_in_words(path: Path) -> None:
    text = path.read_text(encoding="utf8")
    path.write_text(text[: text.index("model:")] + "model:\n", encoding="utf8")
    said = refusal(path)
    assert "model" in said and "Input should" not in said


def test_the_variable_names_the_file(path: Path) -> None:
    changed(path, "port: 8080 ", "port: 8123 ")
    assert load(env={"FANZHA_CONFIG": str(path)}).web.port == 8123


def test_settings_cannot_be_changed_while_it_runs(path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(path, {}).web.port = 1  # type: ignore[misc]


def test_the_data_folder_is_made_where_the_variable_says(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b"
    assert data_folder({"FANZHA_DATA": str(wanted)}) == wanted
    assert wanted.is_dir()
