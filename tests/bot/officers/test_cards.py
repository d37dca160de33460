"""Types and cards: written by officers, approved by a chief, live and rolled back together with the model."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.live import Live
from bot.officers.errors import Forbidden, NotFound, Stale, Wrong
from bot.officers.people import Actor
from bot.overlay import overlaid, shipped
from bot.store.log import entries, verify
from bot.store.samples import Sample, StoredSamples
from intents import examples, knowledge
from intents.model import Model
from tests.bot.officers.station import VISA, Station
from training.reading.near import fingerprint

FIELDS = {"name": "假签证", "warnings": ["使馆从来不收担保金"], "do_now": ["先别交钱"]}


@pytest.fixture
def station(engine: Engine, tmp_path: Path, tiny_model: Model) -> Station:
    """With the tiny model live."""
    return Station(engine, tmp_path, tiny_model)


@pytest.fixture
def live(station: Station) -> Live:
    """What answers."""
    found = Live(station.desk.registry, shipped)
    found.refresh()
    return found


def test_an_approved_card_is_live_at_once_with_the_same_model(
    station: Station, live: Live, officer: Actor, chief: Actor
) -> None:
    draft = station.desk.cards.write("loan", {"remember": "先给钱的贷款都是假的"}, officer)
    assert not live.refresh(), "a draft changes nothing"
    with pytest.raises(Forbidden):
        station.desk.cards.approve(draft.id, draft.version, officer)
    version = station.desk.cards.approve(draft.id, draft.version, chief)
    assert version and version.parent == "base" and version.scores == {} and version.note == "卡片 loan"
    assert live.refresh() and live.status().version == version.id
    card = live.get().knowledge.card("loan")
    assert card.remember.zh == "先给钱的贷款都是假的"
    assert card.stages == shipped().card("loan").stages, "the rest is the shipped card's"
    assert station.desk.cards.drafts() == []
    assert station.desk.cards.get(draft.id).published == version.id
    station.desk.releases.rollback(chief)
    assert live.refresh()
    assert live.get().knowledge.card("loan") == shipped().card("loan"), "cards go back with the model"
    assert station.desk.cards.own() == {}


def test_a_new_types_card_takes_what_it_lacks_from_the_general_one(
    station: Station, live: Live, officer: Actor, chief: Actor
) -> None:
    draft = station.desk.cards.write("fake_visa", FIELDS, officer)
    station.desk.cards.approve(draft.id, draft.version, chief)
    live.refresh()
    card = live.get().knowledge.card("fake_visa")
    assert card.name.zh == "假签证" and [w.zh for w in card.warnings] == FIELDS["warnings"]
    assert card.paid == shipped().card("other_scam").paid
    assert not card.reviewed.en and not card.aliases


def test_fields_that_make_no_card_are_named(station: Station, officer: Actor) -> None:
    for fields, told in (
        ({"warnings": []}, "warnings"),
        ({"nonsense": "x"}, "nonsense"),
        ({"name": ""}, "name"),
        ({"signs": [{"zh": "a", "en": "b", "cue": "("}]}, "正则表达式"),
    ):
        with pytest.raises(Wrong, match=told):
            station.desk.cards.write("loan", fields, officer)
    with pytest.raises(Wrong):
        station.desk.cards.write("../etc", FIELDS, officer)


def test_a_draft_is_locked_by_its_version(station: Station, officer: Actor, chief: Actor) -> None:
    draft = station.desk.cards.write("loan", {"remember": "一"}, officer)
    changed = station.desk.cards.rewrite(draft.id, draft.version, {"remember": "二"}, chief)
    with pytest.raises(Stale) as error:
        station.desk.cards.rewrite(draft.id, draft.version, {"remember": "三"}, officer)
    assert error.value.theirs.fields == {"remember": "二"}
    with pytest.raises(Stale):
        station.desk.cards.approve(draft.id, draft.version, chief)
    assert station.desk.registry.active() == "base", "nothing half approved"
    station.desk.cards.drop(draft.id, changed.version, officer)
    with pytest.raises(Stale):
        station.desk.cards.approve(draft.id, changed.version + 1, chief)
    with pytest.raises(NotFound):
        station.desk.cards.get("nothing")


def test_the_log_says_who_approved_what(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    draft = station.desk.cards.write("loan", {"remember": "先给钱的贷款都是假的"}, officer)
    station.desk.cards.approve(draft.id, draft.version, chief)
    assert [entry.act for entry in entries(engine)] == ["card-draft", "type", "card-approve"]
    assert entries(engine)[-1].by == chief.name and verify(engine) == ""


def test_fields_of_an_older_software_do_not_stop_the_bot() -> None:
    known = overlaid(shipped(), {"fake_visa": {"name": "假签证", "gone": 1}, "loan": {"gone": 1}})
    assert known.card("fake_visa").name.zh == "假签证"
    assert known.card("loan").stages == shipped().card("loan").stages


def test_a_type_is_exported_as_a_folder_that_the_knowledge_reads(
    station: Station, tmp_path: Path, officer: Actor, chief: Actor
) -> None:
    draft = station.desk.cards.write("fake_visa", FIELDS, officer)
    station.desk.cards.approve(draft.id, draft.version, chief)
    own = [Sample(fingerprint(text), text, "fake_visa") for text in VISA]
    StoredSamples(station.desk.engine).add(own[:12], "其其格", "a", {})
    StoredSamples(station.desk.engine).add(own[12:], "其其格", "b", {})
    home = tmp_path / "intents"
    (home / "scams").mkdir(parents=True)
    for name in ("scams/other_scam", "talk"):
        (home / name).symlink_to(knowledge.home() / name)
    files = station.desk.cards.export("fake_visa", home / "scams")
    assert [path.name for path in files] == ["card.yaml", "examples.yaml"]
    assert knowledge.load(home).card("fake_visa").warnings[0].zh == FIELDS["warnings"][0]
    rows = [row for row in examples.load(home) if row.type == "fake_visa"]
    assert {row.text for row in rows} == set(VISA) and {row.group for row in rows} == {"up1", "up2"}
    with pytest.raises(Wrong, match="已经有了"):
        station.desk.cards.export("fake_visa", home / "scams")
    with pytest.raises(NotFound):
        station.desk.cards.export("nothing", tmp_path)
