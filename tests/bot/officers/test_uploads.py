"""Drafts: found again by any officer, rows put right, nothing a sample before it is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.officers.errors import NotFound, Stale, Wrong
from bot.officers.people import Actor
from bot.store.drafts import ASKING, CONFLICT, DROP, DUPLICATE, KEEP, NEW, OPEN, REFUSED
from bot.store.log import entries, verify
from bot.store.samples import Sample, StoredSamples
from intents.examples import HELD_OUT
from tests import tiny
from tests.bot.officers.station import VISA, Station, csv, few
from training.reading.limits import UploadRefused
from training.reading.near import fingerprint

STORED = "老板让我先垫付货款,做完五单返你百分之三十"


@pytest.fixture
def station(engine: Engine, tmp_path: Path) -> Station:
    """With one sample."""
    StoredSamples(engine).add([Sample(fingerprint(STORED), STORED, "brushing")], "其其格", "up0", {})
    return Station(engine, tmp_path)


FILE = csv(
    [
        ("我叫王建国,电话13812345678,交五千块保证金就给办签证", "虚假贷款"),
        (STORED, "刷单返利"),
        (STORED + "!", "虚假贷款"),
        ("短", "虚假贷款"),
        ("交了定金就把牛羊给你送到,先打三千", "不知道的类型"),
    ]
)


def test_an_upload_is_a_draft_that_any_officer_finds_and_no_sample(
    station: Station, officer: Actor, engine: Engine
) -> None:
    draft = station.desk.uploads.upload(FILE, "../../话术.csv", officer)
    assert (draft.state, draft.name, draft.by) == (OPEN, "话术.csv", officer.name)
    assert [found.id for found in Station(engine, Path()).desk.uploads.listed()] == [draft.id]
    rows = station.desk.uploads.rows(draft.id)
    assert [row.status for row in rows] == [NEW, DUPLICATE, CONFLICT, REFUSED, REFUSED]
    assert [row.number for row in rows] == [2, 3, 4, 5, 6]
    assert station.desk.uploads.counts(draft.id)[NEW] == {KEEP: 1, DROP: 0}
    assert station.desk.samples.counts() == {"active": 1}


def test_a_draft_holds_masked_text_only(station: Station, officer: Actor, engine: Engine) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    row = station.desk.uploads.rows(draft.id)[0]
    assert row.masks == 2 and "13812345678" not in row.text and "王建国" not in row.text
    assert "签证" not in str(entries(engine)) and verify(engine) == ""


def test_a_row_without_a_type_is_given_one_and_becomes_new(station: Station, officer: Actor) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    refused = station.desk.uploads.rows(draft.id, REFUSED)
    assert refused[1].text == "交了定金就把牛羊给你送到,先打三千"
    row = station.desk.rows.set_type(draft.id, [(6, refused[1].version)], "pastoral", officer)[0]
    assert (row.status, row.type, row.decision, row.version) == (NEW, "pastoral", KEEP, 2)
    with pytest.raises(Wrong, match="没有类型 nonsense"):
        station.desk.rows.edit(draft.id, 6, row.version, officer, type_id="nonsense")


def test_an_edited_text_is_masked_and_sorted_anew(station: Station, officer: Actor) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    row = station.desk.rows.edit(draft.id, 5, 1, officer, text="放款前先交手续费,打我电话13912345678")
    assert row.status == REFUSED and "13912345678" not in row.text and row.masks == 1, "no type yet"
    row = station.desk.rows.edit(draft.id, 5, row.version, officer, type_id="loan")
    assert row.status == NEW
    row = station.desk.rows.edit(draft.id, 5, row.version, officer, text=STORED, type_id="brushing")
    assert row.status == DUPLICATE


def test_a_dropped_row_stays_dropped_and_its_copy_below_becomes_new(station: Station, officer: Actor) -> None:
    text = "放款前先交三千块手续费才能到账"
    draft = station.desk.uploads.upload(csv([(text, "loan"), (text + "。", "loan")]), "a.csv", officer)
    assert [row.status for row in station.desk.uploads.rows(draft.id)] == [NEW, DUPLICATE]
    station.desk.rows.decide(draft.id, 2, 1, DROP, officer)
    rows = station.desk.uploads.rows(draft.id)
    assert [(row.status, row.decision) for row in rows] == [(NEW, DROP), (NEW, KEEP)]


def test_a_conflict_is_left_out_until_it_is_decided(station: Station, officer: Actor) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    row = station.desk.uploads.rows(draft.id, CONFLICT)[0]
    assert (row.decision, row.other_type, row.accepted) == (DROP, "brushing", False)
    kept = station.desk.rows.decide(draft.id, row.number, row.version, KEEP, officer)
    assert kept.accepted
    station.desk.rows.edit(draft.id, 2, 1, officer, note="别的行改了")
    assert station.desk.uploads.rows(draft.id, CONFLICT)[0].accepted, "the decision stands"
    with pytest.raises(Wrong, match="不能留下"):
        station.desk.rows.decide(draft.id, 3, 1, KEEP, officer)


def test_a_row_that_somebody_changed_meanwhile_is_shown_with_both_values(
    station: Station, officer: Actor, chief: Actor
) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    station.desk.rows.edit(draft.id, 2, 1, officer, type_id="phishing")
    with pytest.raises(Stale) as error:
        station.desk.rows.edit(draft.id, 2, 1, chief, type_id="loan")
    assert error.value.mine == {"type": "loan"} and error.value.theirs.type == "phishing"


def test_two_officers_who_change_different_rows_at_once_lose_nothing(
    station: Station, officer: Actor
) -> None:
    draft = station.desk.uploads.upload(csv([(text, "loan") for text in VISA]), "a.csv", officer)
    new = station.desk.uploads.rows(draft.id, NEW)[:4]

    def relabel(at: int) -> None:
        station.desk.rows.edit(draft.id, new[at].number, new[at].version, officer, type_id="phishing")

    assert tiny.in_threads(len(new), relabel) == []
    types = {row.number: row.type for row in station.desk.uploads.rows(draft.id)}
    assert [types[row.number] for row in new] == ["phishing"] * len(new)


def test_an_unclear_column_is_asked_about_and_the_table_waits_masked(
    station: Station, officer: Actor
) -> None:
    rows = [f'"{text}","打13812345678找我,{text}"' for text in VISA]
    data = "\n".join(rows).encode()
    draft = station.desk.uploads.upload(data, "a.csv", officer, default_type="loan")
    assert draft.state == ASKING and draft.questions and station.desk.uploads.rows(draft.id) == []
    answered = station.desk.uploads.answer(draft.id, draft.version, officer, text_column="1")
    assert answered.state == OPEN and answered.questions == ()
    first = station.desk.uploads.rows(draft.id, NEW)[0]
    assert "13812345678" not in first.text and first.type == "loan"
    with pytest.raises(Wrong):
        station.desk.uploads.answer(draft.id, answered.version, officer, text_column="1")


def test_an_upload_may_bring_a_type_that_no_folder_has(station: Station, officer: Actor) -> None:
    fields = {"name": "假签证", "warnings": ["使馆不收担保金"], "do_now": ["先别交钱"]}
    draft = station.desk.uploads.upload(
        csv([(text, "假签证") for text in VISA[:3]]),
        "a.csv",
        officer,
        new_types={"fake_visa": fields},
    )
    assert {row.type for row in station.desk.uploads.rows(draft.id)} == {"fake_visa"}
    with pytest.raises(Wrong, match="warnings"):
        station.desk.uploads.new_type(draft.id, "fake_visa", {"name": "假签证", "warnings": []}, officer)
    again = station.desk.uploads.new_type(draft.id, "fake_visa", {"name": "签证骗局"}, officer)
    assert again.types["fake_visa"] == {"name": "签证骗局"}


def test_a_draft_that_is_given_up_leaves_no_text(station: Station, officer: Actor) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    station.desk.uploads.discard(draft.id, officer)
    assert station.desk.uploads.rows(draft.id) == [] and station.desk.uploads.listed() == []
    with pytest.raises(NotFound):
        station.desk.uploads.discard(draft.id, officer)
    with pytest.raises(NotFound):
        station.desk.rows.decide(draft.id, 2, 1, DROP, officer)


def test_asking_a_chief_lasts_until_the_draft_is_changed(station: Station, officer: Actor) -> None:
    draft = station.desk.uploads.upload(FILE, "a.csv", officer)
    assert station.desk.uploads.ask(draft.id, officer).asked_by == officer.name
    station.desk.rows.decide(draft.id, 2, 1, DROP, officer)
    assert station.desk.uploads.get(draft.id).asked_by == ""


def test_a_file_that_cannot_be_read_leaves_no_draft(station: Station, officer: Actor) -> None:
    with pytest.raises(UploadRefused):
        station.desk.uploads.upload(b"", "a.csv", officer)
    assert station.desk.uploads.listed() == []


def test_a_shipped_text_that_measures_is_no_duplicate(station: Station, officer: Actor) -> None:
    held = next(e for e in few() if e.group in HELD_OUT and e.type == "loan")
    draft = station.desk.uploads.upload(csv([(held.text.replace('"', ""), "loan")]), "a.csv", officer)
    assert [row.status for row in station.desk.uploads.rows(draft.id)] == [NEW]
