"""Hostile files all the way through an upload: a clear Chinese message, nothing stored, names without paths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from bot.officers.people import Actor
from bot.store.drafts import NEW, REFUSED
from bot.store.log import entries
from bot.store.tables import draft_rows, drafts, samples
from tests.bot.officers.station import Station
from tests.training import files
from training.reading import limits
from training.reading.limits import UploadRefused

_DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
SCRIPT = "征信要修复请先转账三千块到安全账户"


@pytest.fixture
def station(engine: Engine, tmp_path: Path) -> Station:
    """Without a version."""
    return Station(engine, tmp_path)


def stored(engine: Engine) -> list[int]:
    """How many drafts, rows and samples there are."""
    with engine.connect() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (drafts, draft_rows, samples)
        ]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(files.book(files.sheet(files.inline(1, "&e;"), _DOCTYPE)), "a.xlsx", id="entity"),
        pytest.param(files.book(files.sheet(files.inline(1, SCRIPT)), macro=b"x"), "a.xlsm", id="macro"),
        pytest.param(files.bomb(), "a.xlsx", id="zip bomb"),
        pytest.param(files.million_rows(), "a.xlsx", id="a million rows"),
        pytest.param(b"- !!python/object/apply:os.system ['id']\n", "a.yaml", id="yaml tag"),
        pytest.param(b"- &a [x, x]\n- [*a, *a, *a]\n", "a.yaml", id="yaml alias bomb"),
        pytest.param(b"\x00" * 5000, "a.txt", id="nothing but NUL"),
        pytest.param(b"%PDF-1.7 ...", "a.xlsx", id="wrong extension"),
        pytest.param(b"a" * (limits.MAX_FILE + 1), "a.txt", id="too large"),
        pytest.param(b"", "a.csv", id="empty"),
    ],
)
def test_a_hostile_file_is_refused_in_chinese_and_leaves_nothing(
    station: Station, engine: Engine, officer: Actor, data: bytes, name: str
) -> None:
    with pytest.raises(UploadRefused) as error:
        station.desk.uploads.upload(data, name, officer, default_type="loan")
    assert re.search("[\u4e00-\u9fff]{4}", str(error.value)) and "Traceback" not in str(error.value)
    assert stored(engine) == [0, 0, 0] and entries(engine) == []


def test_a_cell_of_ten_megabytes_refuses_its_row_and_the_rest_goes_on(
    station: Station, officer: Actor
) -> None:
    data = f"话术,类型\n{'长' * 3_000_000},loan\n{SCRIPT},loan\n".encode()
    draft = station.desk.uploads.upload(data, "a.csv", officer)
    rows = station.desk.uploads.rows(draft.id)
    assert [row.status for row in rows] == [REFUSED, NEW] and len(rows[0].text) < 20_000


@pytest.mark.parametrize("name", ["../../etc/话术.csv", "C:\\x\\话术.csv", "\u202e话术\x00.csv"])
def test_a_name_cannot_reach_outside(station: Station, officer: Actor, tmp_path: Path, name: str) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    draft = station.desk.uploads.upload(f"话术,类型\n{SCRIPT},loan\n".encode(), name, officer)
    assert draft.name == "话术.csv"
    assert {path.name for path in tmp_path.iterdir()} == before
