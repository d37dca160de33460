"""The officers' commands from the command line: JSON on stdout, exit codes, the whole way and back."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.cli import main
from bot.live import Live
from bot.officers.desk import Desk
from bot.overlay import shipped
from bot.store.engine import open_store
from bot.store.samples import put_type
from bot.store.versions import StoredVersions
from intents.features import features_version
from intents.model import Model
from tests import tiny
from tests.bot.officers.station import VISA, csv, few
from training.registry import Version

Run = Callable[..., tuple[int, Any]]
BRUSHING = "老板让我先垫付货款,做完五单返你百分之三十"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands; no sentence vectors."""
    monkeypatch.setenv("FANZHA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FANZHA_MODEL__ENCODER", "false")
    return tmp_path / "data"


@pytest.fixture
def desk(folder: Path, tiny_model: Model) -> Iterator[Desk]:
    """On the tiny corpus, with the n-gram head of the tiny model live."""
    folder.mkdir()
    engine = open_store(folder)
    found = Desk(engine, folder, shipped=few, effort=tiny.EFFORT)
    model = replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]})
    found.registry.publish(Version("base", 1.0, "system", "", "ngram", features_version()), model)
    yield found
    engine.dispose()


@pytest.fixture
def run(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; gives its exit code and what it printed, parsed where it is JSON."""

    def command(*argv: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([str(part) for part in argv], lambda: desk)
        said = capsys.readouterr().out
        return code, json.loads(said) if "--json" in argv else said

    return command


def xlsx(rows: list[tuple[str, str]]) -> bytes:
    """A real xlsx with a header."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["序号", "简要案情", "诈骗类型"])
    for number, row in enumerate(rows, 1):
        sheet.append([number, *row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_whole_way_with_a_csv_as_excel_writes_it_and_back(run: Run, desk: Desk, tmp_path: Path) -> None:
    live = Live(desk.registry, shipped)
    live.refresh()
    file = tmp_path / "签证.csv"
    file.write_bytes(csv([(text, "fake_visa") for text in [*VISA, VISA[0], "短"]]))

    code, seen = run("scripts", "check", file, "--type", "fake_visa", "--json")
    assert code == 0 and seen["rows"] == 26
    assert (seen["counts"]["new"], seen["counts"]["duplicate"], seen["counts"]["refused"]) == (24, 1, 1)
    assert desk.samples.counts() == {}

    code, added = run(
        "scripts", "add", file, "--type", "fake_visa", "--name", "假签证", "--by", "张三", "--json"
    )
    assert code == 0 and added["accepted"] == 24 and added["new_types"] == {"fake_visa": "假签证"}
    assert run("scripts", "add", file, "--type", "fake_visa", "--by", "张三", "--json")[0] == 3, "all there"
    assert not live.refresh(), "nothing is live before it is published"

    assert run("retrain", "--by", "张三", "--note", "签证")[0] == 0
    code, versions = run("versions", "--json")
    assert code == 0 and [version["active"] for version in versions] == [True, False]
    assert versions[0]["by"] == "cli:张三" and versions[0]["note"] == "签证" and versions[0]["overlay"]
    assert versions[0]["parent"] == "base" and versions[0]["scores"]["rows"] > 0
    live.refresh()
    assert live.get().classifier.classify(VISA[0]).type == "fake_visa"
    assert live.get().knowledge.card("fake_visa").name.zh == "假签证"

    code, said = run("rollback", "--by", "张三")
    assert code == 0 and "24 条话术先扣住" in said
    live.refresh()
    assert "fake_visa" not in live.get().knowledge.cards

    book = tmp_path / "刷单.xlsx"
    book.write_bytes(
        xlsx([(BRUSHING, "刷单返利类诈骗"), ("群里做任务,垫付八百返一千二,先加我微信", "刷单返利")])
    )
    code, added = run("scripts", "add", book, "--by", "李四", "--json")
    assert code == 0 and added["accepted"] == 2 and added["held"] == 24 and len(added["held_samples"]) == 20
    assert run("retrain", "--by", "李四")[0] == 0
    live.refresh()
    assert "fake_visa" not in live.get().classifier.model.labels, "it stays forgotten"

    code, held = run("samples", "list", "--state", "held", "--json")
    assert code == 0 and held["total"] == 24
    assert "放行了 1 条" in run("samples", "admit", held["samples"][0]["id"][:16], "--by", "李四")[1]
    assert "放行了 23 条" in run("samples", "admit", "--by", "李四")[1]
    code, lines = run("log")
    assert code == 0 and "cli:张三  rollback" in lines and "签证中心" not in lines
    assert run("log", "verify")[0] == 0


def test_what_the_gate_refuses_is_not_published_and_said_in_words(
    run: Run, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [example.text.replace('"', "").replace("\n", " ") for example in few()]
    halves = [a[: len(a) // 2] + b[len(b) // 2 :] for a, b in zip(texts, texts[60:], strict=False)]
    file = tmp_path / "杂.csv"
    file.write_bytes(csv([(text, "mixed") for text in halves]))
    assert run("scripts", "add", file, "--type", "mixed", "--by", "李四", "--json")[1]["accepted"] > 40
    code = main(["retrain", "--by", "李四"], lambda: desk)
    told = capsys.readouterr().err
    assert code == 4 and "没有发布,线上的模型不变" in told and desk.registry.active() == "base"


def test_what_cannot_be_used_is_said_and_nothing_is_stored(
    run: Run, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "空.csv"
    empty.write_bytes(b"")
    assert run("scripts", "check", empty)[0] == 2
    code, said = run("scripts", "add", empty, "--by", "张三", "--json")
    assert code == 3 and said["accepted"] == 0 and said["error"]
    assert run("scripts", "add", tmp_path / "没有.csv", "--by", "张三")[0] == 3
    file = tmp_path / "a.csv"
    file.write_bytes(csv([(BRUSHING, "刷单返利")]))
    assert run("scripts", "add", file)[0] == 2, "who?"
    assert desk.samples.counts() == {}
    for argv, words in (
        (["scripts", "check", str(file), "--type", "../x"], "不认识"),
        (["rollback", "--by", "张三"], "没有可以退回的版本"),
        (["samples", "admit"], "--by"),
    ):
        assert main(argv, lambda: desk) == 2
        assert words in capsys.readouterr().err


def test_the_second_retrain_is_told_who_is_ahead(
    run: Run, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.officers.people import command_line

    desk.candidates.begin(command_line("王五"))
    assert main(["retrain", "--by", "李四"], lambda: desk) == 5
    assert "cli:王五" in capsys.readouterr().err


def test_types_are_listed_and_exported(run: Run, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv([(text, "fake_visa") for text in VISA[:4]]))
    run("scripts", "add", file, "--type", "fake_visa", "--name", "假签证", "--by", "张三")
    code, said = run("types")
    assert code == 0 and "假签证  4 条话术  本地" in said and "虚假贷款  0 条话术" in said
    code, said = run("types", "export", "fake_visa", "--to", tmp_path / "out")
    assert code == 0 and (tmp_path / "out" / "fake_visa" / "card.yaml").exists()
    assert run("types", "export", "nothing")[0] == 2


def test_doctor_says_where_the_stations_cards_and_the_folders_differ(run: Run, desk: Desk) -> None:
    warning = {"warnings": ["放款前要钱的都是骗子"]}
    with desk.engine.begin() as connection:
        put_type(connection, "fake_visa", "假签证", {}, "张三")
        put_type(connection, "loan", desk.knowledge().card("loan").name.zh, warning, "张三")
        put_type(
            connection, "brushing", "刷单", {"name": shipped().card("brushing").name.model_dump()}, "张三"
        )
    code, said = run("doctor")
    lines = [line for line in said.splitlines() if line.startswith("本站的卡片")]
    assert code == 0 and len(lines) == 2, "what says the same is not listed"
    assert "fake_visa" in lines[1] and "types export" in lines[1]
    assert "loan" in lines[0] and "warnings" in lines[0]


def test_two_stores_of_one_folder_follow_one_another(desk: Desk, folder: Path, tiny_model: Model) -> None:
    other = StoredVersions(open_store(folder))
    live = Live(other, shipped)
    live.refresh()
    record = Version("second", 2.0, "张三", "", "ngram", features_version(), "base")
    desk.registry.publish(record, tiny_model)
    assert live.refresh() and live.status().version == "second"
