"""Samples: looked for, put right, locked by a version number, their history."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from bot.officers.corrections import Corrections
from bot.officers.errors import NotFound, Stale, Wrong
from bot.officers.people import Actor
from bot.store import samples as stored
from bot.store.log import verify
from bot.store.samples import ACTIVE, DELETED, HELD, Sample, StoredSamples, Wanted
from training.reading.near import fingerprint

TEXTS = {
    "交五千块保证金就给办去美国的签证": "fake_visa",
    "老板让我垫付货款,返你百分之三十": "brushing",
    "GOLD trading, profit 100% guaranteed": "investment",
}


@pytest.fixture
def corrections(engine: Engine) -> Corrections:
    """Over a store with three samples of one upload."""
    found = [Sample(fingerprint(text), text, label, note="备注") for text, label in TEXTS.items()]
    StoredSamples(engine).add(found, "其其格", "up1", {"fake_visa": "假签证"})
    return Corrections(engine, lambda: {"fake_visa", "brushing", "investment", "benign"})


def first(corrections: Corrections, word: str) -> Sample:
    """The sample with this word."""
    return corrections.search(Wanted(text=word)).samples[0]


def test_samples_are_found_by_words_type_source_officer_and_time(corrections: Corrections) -> None:
    everything = corrections.search(Wanted())
    assert everything.total == 3 and everything.samples[0].version == 1
    assert {s.type for s in corrections.search(Wanted(text="保证金 签证")).samples} == {"fake_visa"}
    assert corrections.search(Wanted(text="gold")).total == 1
    assert corrections.search(Wanted(text="100%")).total == 1
    assert corrections.search(Wanted(text="百分_三十")).total == 0, "wildcards are letters"
    assert corrections.search(Wanted(type="brushing")).total == 1
    assert corrections.search(Wanted(source="up1", by="其其格")).total == 3
    assert corrections.search(Wanted(by="别人")).total == 0
    added = everything.samples[0].added
    assert corrections.search(Wanted(since=added, until=added + 1)).total == 3
    assert corrections.search(Wanted(since=added + 1)).total == 0


def test_a_search_comes_in_pages_without_gaps(corrections: Corrections) -> None:
    pages = [corrections.search(Wanted(), page, 2) for page in (1, 2, 3)]
    assert [len(page.samples) for page in pages] == [2, 1, 0]
    assert all(page.total == 3 for page in pages)
    assert len({s.id for page in pages for s in page.samples}) == 3


def test_a_relabelled_sample_has_the_new_type_and_the_next_version_number(
    corrections: Corrections, officer: Actor
) -> None:
    before = first(corrections, "垫付")
    after = corrections.relabel(before.id, before.version, "investment", officer)
    assert (after.type, after.version) == ("investment", 2)
    with pytest.raises(Wrong, match="没有类型 nonsense"):
        corrections.relabel(before.id, 2, "nonsense", officer)


def test_who_was_slower_is_told_both_values_and_overwrites_nothing(
    corrections: Corrections, officer: Actor, chief: Actor
) -> None:
    seen = first(corrections, "垫付")
    corrections.relabel(seen.id, seen.version, "investment", officer)
    with pytest.raises(Stale) as error:
        corrections.relabel(seen.id, seen.version, "benign", chief)
    assert error.value.mine == {"type": "benign"}
    assert error.value.theirs.type == "investment"
    assert corrections.get(seen.id).type == "investment"


def test_a_deleted_sample_is_out_of_the_way_and_can_be_restored(
    corrections: Corrections, officer: Actor
) -> None:
    seen = first(corrections, "签证")
    gone = corrections.delete(seen.id, seen.version, officer)
    assert gone.state == DELETED
    assert corrections.search(Wanted()).total == 2
    assert corrections.search(Wanted(state=DELETED)).total == 1
    back = corrections.restore(seen.id, gone.version, officer)
    assert (back.state, back.version) == (ACTIVE, 3)
    with pytest.raises(Wrong):
        corrections.restore(seen.id, back.version, officer)


def test_held_samples_are_let_in_again(corrections: Corrections, engine: Engine, officer: Actor) -> None:
    ids = [sample.id for sample in corrections.search(Wanted()).samples]
    with engine.begin() as connection:
        stored.hold(connection, ids[:2])
    assert corrections.search(Wanted(state=HELD)).total == 2
    assert corrections.readmit(ids, officer) == 2
    assert corrections.search(Wanted(state=ACTIVE)).total == 3


def test_a_samples_history_says_who_did_what_without_its_text(
    corrections: Corrections, engine: Engine, officer: Actor, chief: Actor
) -> None:
    seen = first(corrections, "签证")
    corrections.relabel(seen.id, 1, "investment", officer)
    corrections.delete(seen.id, 2, chief)
    told = [(entry.act, entry.by) for entry in corrections.history(seen.id)]
    assert told == [("upload", "其其格"), ("relabel", officer.name), ("delete", chief.name)]
    assert corrections.history(seen.id)[1].details["to"] == "investment"
    assert "签证" not in str([entry.details for entry in corrections.history(seen.id)])
    assert verify(engine) == ""


def test_an_unknown_sample_is_said_to_be_unknown(corrections: Corrections, officer: Actor) -> None:
    with pytest.raises(NotFound):
        corrections.get("nothing")
    with pytest.raises(NotFound):
        corrections.delete("nothing", 1, officer)
    assert corrections.history("nothing") == []


def test_the_same_text_is_stored_once_and_a_deleted_one_comes_back(
    corrections: Corrections, engine: Engine, officer: Actor
) -> None:
    seen = first(corrections, "签证")
    corrections.delete(seen.id, 1, officer)
    again = [Sample(seen.id, seen.text, "investment")]
    StoredSamples(engine).add(again, "巴特尔", "up2", {})
    found = corrections.get(seen.id)
    assert (found.state, found.type, found.source, found.version) == (ACTIVE, "investment", "up2", 3)
    assert corrections.search(Wanted()).total == 3
