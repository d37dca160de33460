"""After an upgrade of the software: the new base answers, the station's samples come back through the gate."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import app as wiring
from bot import base, config, prepare
from bot.app import App
from bot.officers.desk import Desk
from bot.store.engine import open_store
from bot.store.log import entries
from bot.store.samples import Sample
from intents.features import features_version
from intents.model import Model
from tests import tiny
from tests.bot.officers.station import VISA, few
from training.reading.near import fingerprint
from training.registry import Version


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Model) -> App:
    """A station whose live version is of an older software; the new base has just been published."""
    monkeypatch.setenv("FANZHA_MODEL__ENCODER", "false")
    app = wiring.build(config.load(), tmp_path)
    model = replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]})
    app.registry.publish(Version("old", 1.0, "张三", "", "ngram", "older features"), model)
    assert not base.is_ready(app.registry, full=False), "the old one cannot be served"
    app.registry.publish(Version("base", 2.0, base.BY, "", "ngram", features_version()), model)
    return app


@pytest.fixture
def desk(app: App) -> Iterator[Desk]:
    """On the tiny corpus."""
    engine = open_store(app.folder)
    yield Desk(engine, app.folder, shipped=few, effort=tiny.EFFORT)
    engine.dispose()


def add(desk: Desk, texts: list[str], label: str) -> None:
    """The station's samples of one type."""
    desk.samples.add([Sample(fingerprint(t), t, label) for t in texts], "张三", "up0", {label: "本站的"})


def test_what_officers_added_is_learned_again_and_goes_live(app: App, desk: Desk) -> None:
    add(desk, VISA[:12], "fake_visa")
    assert base.is_ready(app.registry, full=False) and base.is_to_be_judged(app.registry)
    prepare.upgrade(app.registry, desk, app.settings.model)
    live = app.registry.version(app.registry.active())
    assert live and live.by == "system:upgrade" and live.parent == "base" and "fake_visa" in live.types
    assert not base.station_waits(app.registry)


def test_what_the_gate_refuses_waits_and_the_base_answers(app: App, desk: Desk) -> None:
    texts = [example.text for example in few()]
    mixed = [a[: len(a) // 2] + b[len(b) // 2 :] for a, b in zip(texts, texts[60:], strict=False)]
    add(desk, mixed, "mixed")
    prepare.upgrade(app.registry, desk, app.settings.model)
    assert app.registry.active() == "base"
    assert base.station_waits(app.registry) and not base.is_to_be_judged(app.registry), "tried once"
    assert "retrain-refused" in {entry.act for entry in entries(desk.engine)}


def test_a_station_where_nobody_published_has_nothing_to_wait_for(tmp_path: Path, tiny_model: Model) -> None:
    app = wiring.build(config.load(), tmp_path)
    assert not base.station_waits(app.registry)
    app.registry.publish(Version("base", 1.0, base.BY, "", "ngram", "older features"), tiny_model)
    assert not base.is_to_be_judged(app.registry)


def test_the_child_that_trains_says_what_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    env = {**os.environ, "FANZHA_DATA": str(tmp_path), "FANZHA_NO_SUCH_KEY": "1"}
    command = [sys.executable, "-m", "bot.prepare"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "NO_SUCH_KEY" in done.stderr.upper() and "Traceback" not in done.stderr
