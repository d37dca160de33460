"""Dry run, publication of exactly that candidate, rollback: on the tiny corpus, with the whole machinery."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.live import Live
from bot.officers import stamp
from bot.officers.errors import Busy, Forbidden, NoSuchVersion, PreviewAgain, Refused, Wrong
from bot.officers.people import Actor
from bot.overlay import shipped
from bot.store import candidates as stored
from bot.store.candidates import FAILED, READY
from bot.store.drafts import CONFLICT, KEEP
from bot.store.log import entries, verify
from bot.store.samples import ACTIVE, HELD, Sample, StoredSamples, Wanted
from bot.store.tables import candidates, draft_rows
from intents.examples import HELD_OUT
from intents.model import Model
from tests import tiny
from tests.bot.officers.station import VISA, Station, csv, few
from training.reading.near import fingerprint
from training.registry import text_id

FIELDS = {"name": "假签证", "warnings": ["使馆从来不收担保金"], "do_now": ["先别交钱"]}


@pytest.fixture
def station(engine: Engine, tmp_path: Path, tiny_model: Model) -> Station:
    """With the tiny model as its base version."""
    return Station(engine, tmp_path, tiny_model)


def visa_draft(station: Station, officer: Actor, texts: list[str] = VISA) -> str:
    """A draft of a new type; the near duplicates among its rows are left out."""
    rows = csv([(text, "假签证") for text in texts])
    return station.desk.uploads.upload(rows, "签证.csv", officer, new_types={"fake_visa": FIELDS}).id


def pretend_ready(station: Station, actor: Actor, draft_id: str = "") -> str:
    """A candidate with the live model in place of a fitted one: for what does not depend on the fit."""
    begun = station.desk.candidates.begin(actor, draft_id)
    model = station.desk.registry.arrays(begun.parent)
    assert model
    with station.desk.engine.begin() as connection:
        result = {"head": "full", "features_version": "x", "types": [], "samples": [], "overlay": {}}
        stored.change(
            connection,
            begun.id,
            stored.FITTING,
            state=READY,
            stamp=stamp.stamp(connection, draft_id),
            result={**result, "scores": {}, "evaluation": "e", "reasons": []},
            meta=model[0],
            arrays=model[1],
        )
        stored.release(connection, begun.id)
    return begun.id


def test_the_whole_way_of_a_new_type_and_back(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    live = Live(station.desk.registry, shipped)
    live.use_encoder(tiny.HashEncoder())
    draft_id = visa_draft(station, officer)
    before = live.get()

    found = station.dry_run(officer, draft_id)
    assert found.state == READY, found.reasons
    assert found.progress == 1.0 and found.result["live_scores"] and found.result["scores"]
    assert found.result["new_types"]["fake_visa"]["rows"] > 3
    assert live.get() is before and not live.refresh(), "a dry run changes nothing"
    assert station.desk.samples.counts() == {}

    with pytest.raises(Forbidden):
        station.desk.candidates.publish(found.id, officer)
    version = station.desk.candidates.publish(found.id, chief, "新骗局")
    assert version.parent == "base" and version.overlay == {"fake_visa": FIELDS}
    assert version.evaluation and version.by == chief.name
    assert station.desk.samples.counts_by_type() == {
        "fake_visa": found.result["new_types"]["fake_visa"]["rows"]
    }
    assert station.desk.uploads.listed() == []

    assert live.refresh()
    assert live.get().classifier.classify(VISA[0]).type == "fake_visa"
    assert live.get().knowledge.card("fake_visa").warnings[0].zh == FIELDS["warnings"][0]
    with pytest.raises(Wrong, match="已经发布"):
        station.desk.candidates.publish(found.id, chief)

    back, held = station.desk.releases.rollback(officer)
    assert back.id == "base" and held == len(station.desk.samples.all(HELD)) > 3
    assert live.refresh() and "fake_visa" not in live.get().knowledge.cards

    other = "牛羊收购,先交定金三千,到时候按市场价双倍给你"
    StoredSamples(engine).add([Sample(fingerprint(other), other, "pastoral")], "其其格", "up9", {})
    again = station.dry_run(chief)
    published = station.desk.candidates.publish(
        again.id, chief, override="" if again.state == READY else "试"
    )
    assert "fake_visa" not in published.types and published.overlay == {}
    live.refresh()
    assert "fake_visa" not in live.get().classifier.model.labels, "it stays forgotten"
    assert verify(engine) == ""


def test_what_changed_since_the_dry_run_has_to_be_previewed_again(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    draft_id = visa_draft(station, officer)
    found = pretend_ready(station, officer, draft_id)
    assert station.desk.candidates.is_current(found)
    row = station.desk.uploads.rows(draft_id)[0]
    dropped = station.desk.rows.decide(draft_id, row.number, row.version, "drop", officer)
    with pytest.raises(PreviewAgain):
        station.desk.candidates.publish(found, chief)
    station.desk.rows.decide(draft_id, row.number, dropped.version, KEEP, officer)
    assert station.desk.candidates.is_current(found), "as it was"
    text = "放款前先交三千块手续费才能到账"
    StoredSamples(engine).add([Sample(fingerprint(text), text, "loan")], "别人", "up1", {})
    assert not station.desk.candidates.is_current(found)
    with pytest.raises(PreviewAgain):
        station.desk.candidates.publish(found, chief)
    assert station.desk.registry.active() == "base" and station.desk.uploads.rows(draft_id)


def test_a_version_that_went_live_since_makes_a_candidate_stale(
    station: Station, officer: Actor, chief: Actor
) -> None:
    first, second = pretend_ready(station, officer), pretend_ready(station, officer)
    station.desk.candidates.publish(first, chief)
    with pytest.raises(PreviewAgain):
        station.desk.candidates.publish(second, chief)


def test_of_two_who_publish_at_once_one_succeeds(station: Station, officer: Actor, chief: Actor) -> None:
    draft_id = visa_draft(station, officer)
    found = pretend_ready(station, officer, draft_id)
    raised = tiny.in_threads(4, lambda _: station.desk.candidates.publish(found, chief))
    assert len(raised) == 3 and all(isinstance(error, PreviewAgain | Wrong) for error in raised), raised
    assert len(station.desk.registry.versions()) == 2


def test_a_refused_candidate_goes_live_only_with_a_chiefs_written_reason(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    found = pretend_ready(station, officer)
    result = station.desk.candidates.get(found).result | {"reasons": ["“虚假贷款”的识别变差了"]}
    with engine.begin() as connection:
        stored.change(connection, found, READY, state=stored.REFUSED, result=result)
    with pytest.raises(Refused, match="变差"):
        station.desk.candidates.publish(found, chief)
    with pytest.raises(Refused):
        station.desk.candidates.publish(found, chief, override="   ")
    with pytest.raises(Forbidden):
        station.desk.candidates.publish(found, officer, override="我要发")
    station.desk.candidates.publish(found, chief, override="留出的那几条本身标错了")
    assert entries(engine)[-1].details["override"] == "留出的那几条本身标错了"


def test_the_second_who_wants_to_fit_is_told_who_is_ahead(
    station: Station, officer: Actor, chief: Actor
) -> None:
    station.desk.candidates.begin(officer)
    with pytest.raises(Busy, match=officer.name):
        station.desk.candidates.begin(chief)


def test_a_fit_that_died_is_noted_and_the_next_may_begin(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    begun = station.desk.candidates.begin(officer)
    with engine.begin() as connection:
        connection.execute(update(candidates).values(worker="elsewhere:1", heartbeat=time.time() - 3600))
    assert station.desk.candidates.get(begun.id).state == FAILED
    assert "中断" in station.desk.candidates.get(begun.id).step
    assert station.desk.candidates.begin(chief).state == stored.FITTING


def test_a_conflict_that_is_kept_relabels_the_older_text(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    text = "放款前先交三千块手续费才能到账"
    StoredSamples(engine).add([Sample(fingerprint(text), text, "phishing")], "其其格", "up0", {})
    draft = station.desk.uploads.upload(csv([(text, "loan")]), "a.csv", officer)
    row = station.desk.uploads.rows(draft.id, CONFLICT)[0]
    station.desk.rows.decide(draft.id, row.number, row.version, KEEP, officer)
    station.desk.candidates.publish(pretend_ready(station, officer, draft.id), chief)
    found = station.desk.corrections.search(Wanted())
    assert found.total == 1 and found.samples[0].type == "loan"


def test_a_conflict_with_a_shipped_text_replaces_it_in_training(
    station: Station, officer: Actor, chief: Actor
) -> None:
    wrong = next(e for e in few() if e.group not in HELD_OUT and e.type == "loan")
    draft = station.desk.uploads.upload(csv([(wrong.text.replace('"', ""), "phishing")]), "a.csv", officer)
    row = station.desk.uploads.rows(draft.id, CONFLICT)[0]
    station.desk.rows.decide(draft.id, row.number, row.version, KEEP, officer)
    found = station.dry_run(officer, draft.id)
    labels = [label for sample, label in found.result["samples"] if sample == text_id(wrong.text)]
    assert labels in ([], ["phishing"]), "the shipped label is not learned"


def test_a_held_out_text_that_is_uploaded_is_learned_and_measures_nothing(
    station: Station, officer: Actor
) -> None:
    held = next(e for e in few() if e.group in HELD_OUT and e.type == "loan")
    draft = station.desk.uploads.upload(csv([(held.text.replace('"', ""), "loan")]), "a.csv", officer)
    found = station.dry_run(officer, draft.id)
    assert found.result["left_out"] == 1
    assert found.result["scores"]["rows"] == found.result["live_scores"]["rows"]


def test_going_back_where_there_is_nothing_is_said_in_words(
    station: Station, officer: Actor, chief: Actor
) -> None:
    with pytest.raises(NoSuchVersion, match="没有可以退回的版本"):
        station.desk.releases.rollback(chief)
    with pytest.raises(NoSuchVersion):
        station.desk.releases.rollback(chief, "nothing")
    station.desk.candidates.publish(pretend_ready(station, officer), chief)
    second = pretend_ready(station, officer)
    station.desk.candidates.publish(second, chief)
    with pytest.raises(Forbidden):
        station.desk.releases.rollback(officer, "base")


def test_what_is_held_comes_back_with_its_type_when_it_is_let_in_again(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    draft_id = visa_draft(station, officer)
    station.desk.candidates.publish(pretend_ready(station, officer, draft_id), chief)
    station.desk.releases.rollback(chief)
    held = station.desk.corrections.search(Wanted(state=HELD))
    assert held.total and station.desk.cards.own() == {}
    draft = station.desk.uploads.upload(csv([(held.samples[0].text, "loan")]), "a.csv", officer)
    assert "扣住" in station.desk.uploads.rows(draft.id)[0].reason or station.desk.uploads.rows(
        draft.id, CONFLICT
    )
    assert station.desk.corrections.readmit([s.id for s in held.samples], officer) == held.total
    assert station.desk.corrections.search(Wanted(state=ACTIVE)).total == held.total
    assert station.desk.cards.own() == {"fake_visa": FIELDS}


def test_texts_of_a_published_draft_stand_in_the_samples_alone(
    station: Station, engine: Engine, officer: Actor, chief: Actor
) -> None:
    draft_id = visa_draft(station, officer)
    station.desk.candidates.publish(pretend_ready(station, officer, draft_id), chief)
    with engine.connect() as connection:
        assert connection.execute(draft_rows.select()).all() == []
