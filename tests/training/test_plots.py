"""The pictures of an evaluation, and what is said where they cannot be drawn."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from intents.classifier import Classifier
from intents.examples import Example
from training import plots
from training.evaluate import judge


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_three_pictures_are_drawn_into_a_new_folder(
    tiny_classifier: Classifier, few: list[Example], tmp_path: Path
) -> None:
    pairs = list(zip(few, judge(tiny_classifier, few), strict=True))
    drawn = plots.draw(pairs, tmp_path / "new" / "folder")
    assert [path.name for path in drawn] == ["reliability.png", "confusion.png", "risk-coverage.png"]
    for path in drawn:
        assert min(size(path)) > 300


def test_nothing_judged_is_drawn_empty(tmp_path: Path) -> None:
    assert len(plots.draw([], tmp_path)) == 3


def test_without_the_library_the_line_that_installs_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(plots.PlotsFailed, match=r"pip install -e '\.\[plots\]'"):
        plots.check(tmp_path)


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with pytest.raises(plots.PlotsFailed, match="换一个文件夹"):
            plots.check(folder)
