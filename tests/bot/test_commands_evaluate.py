"""`fanzha evaluate` and `benchmark` on the command line: what is wrong with what they need is said at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.cli import main


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without a model: measuring would have to train one first."""
    monkeypatch.setenv("FANZHA_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_without_the_library_that_draws_it_says_how_to_install_it(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["evaluate", "--plots", str(tmp_path / "plots")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "pip install -e '.[plots]'" in said.err
    assert not data.exists()


def test_a_place_for_pictures_that_is_a_file_is_refused(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["evaluate", "--plots", str(file)]) == 2
    assert f"图放不进 {file}" in capsys.readouterr().err
    assert not data.exists()


def test_new_types_are_read_from_a_file_that_is_there(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "--new-types", "没有.yaml"]) == 2
    assert "没有 没有.yaml 这个文件" in capsys.readouterr().err
    assert not data.exists()


def test_a_file_of_new_types_that_is_wrong_is_refused_before_anything_is_trained(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fields.yaml"
    file.write_text("fake_visa:\n  name: 假签证\n  scripts: [a]\n  unseen: []\n", encoding="utf8")
    assert main(["benchmark", "--new-types", str(file)]) == 2
    assert "fields.yaml 第 4 行" in capsys.readouterr().err
    assert not data.exists()


def test_a_folder_without_messages_is_refused_before_anything_is_trained(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", str(tmp_path)]) == 2
    assert f"{tmp_path} 里没有 .jsonl 文件" in capsys.readouterr().err
    assert not data.exists()
