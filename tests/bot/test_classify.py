"""`fanzha classify`: standard input, and files by workers, over a store with the tiny model's n-gram head."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import bulk
from bot.cli import main
from bot.overlay import shipped
from bot.records import verdict_record
from bot.store.engine import open_store
from bot.store.versions import StoredVersions
from bot.usage import UsageError
from intents import encoder
from intents.classifier import Classifier
from intents.features import features_version
from intents.model import Model
from training.registry import Version

Run = Callable[..., tuple[int, str, str]]
SCAM = "客服说贷款放款前要先交解冻费"


@pytest.fixture
def model(tiny_model: Model) -> Model:
    """The tiny model, n-grams alone."""
    return replace(tiny_model, heads={"ngram": tiny_model.heads["ngram"]})


@pytest.fixture
def classifier(model: Model) -> Classifier:
    """What the command must say: the same model in this process."""
    return Classifier(model, None, shipped().signs)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model) -> Path:
    """A data folder in which the model is live; no sentence vectors."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("FANZHA_DATA", str(data))
    monkeypatch.setenv("FANZHA_MODEL__ENCODER", "false")
    engine = open_store(data)
    StoredVersions(engine).publish(Version("base", 1.0, "system", "", "ngram", features_version()), model)
    engine.dispose()
    return data


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `fanzha classify …` with this on its standard input; gives exit code, stdout and stderr."""

    def call(*words: object, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["classify", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def records(out: str) -> list[dict[str, Any]]:
    """The JSON lines of an output."""
    return [json.loads(line) for line in out.splitlines()]


def test_files_are_judged_in_order_by_workers_and_other_keys_pass_through(
    run: Run, tmp_path: Path, classifier: Classifier
) -> None:
    lines, rows = tmp_path / "a.txt", tmp_path / "b.jsonl"
    texts = [f"{SCAM}{i}" if i % 3 else f"今天天气真好{i}" for i in range(40)]
    lines.write_text("\n\n".join(texts) + "\n", encoding="utf8")
    own = [{"id": i, "text": text, "type": "?"} for i, text in enumerate(texts)]
    rows.write_text("".join(json.dumps(row) + "\n" for row in own), encoding="utf8")
    code, out, err = run(lines, rows)
    wanted = [row | verdict_record(classifier.classify(row["text"])) for row in ({"text": t} for t in texts)]
    wanted += [row | verdict_record(classifier.classify(str(row["text"]))) for row in own]
    assert code == 0
    assert records(out) == wanted
    assert "80/80" in err and "判断" in err


def test_a_file_with_something_wrong_is_refused_before_anything_is_judged(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.jsonl"
    good.write_text(SCAM, encoding="utf8")
    bad.write_text('{"text": "a"}\n\n{"texts": "b"}\n', encoding="utf8")
    code, out, err = run(good, bad)
    assert (code, out) == (2, "") and "bad.jsonl 第 3 行缺少 text" in err
    bad.write_text("{", encoding="utf8")
    assert "bad.jsonl 第 1 行不是 JSON" in run(bad)[2]
    bad.write_bytes(b"\x00\x01\x02\x03\x04\x05" * 9)
    assert "编码" in run(bad)[2]


def test_an_empty_file_gives_nothing(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n", encoding="utf8")
    code, out, _ = run(empty)
    assert (code, out) == (0, "")


def test_files_of_windows_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.TXT"
    file.write_bytes(f"{SCAM}\r\n今天天气真好\r\n".encode("gb18030"))
    assert bulk.read(file) == [{"text": SCAM}, {"text": "今天天气真好"}]


def test_only_text_and_json_lines_are_files(tmp_path: Path) -> None:
    file, table = tmp_path / "a.txt", tmp_path / "a.csv"
    file.touch()
    table.touch()
    assert bulk.files([str(file)]) == [file]
    assert bulk.files([SCAM, "x" * 5000, "看看 a.txt", "https://a.cn/a.txt", str(tmp_path)]) == []
    for words, said in (
        (["没有的.txt"], "没有这个文件"),
        ([str(file), SCAM], "不要一起给"),
        ([str(table)], "只读 .txt"),
    ):
        with pytest.raises(UsageError, match=said):
            bulk.files(words)


def test_few_rows_start_few_workers() -> None:
    assert bulk.workers_for(0) == bulk.workers_for(bulk.WORTH) == 1
    assert bulk.workers_for(10**6) == encoder.cores() >= 1


def test_a_version_that_is_gone_is_said_in_words(folder: Path) -> None:
    with pytest.raises(UsageError, match="不在了"):
        list(bulk.judged([{"text": SCAM}], bulk.Served(folder, "gone", False), 1))


def test_json_lines_come_from_standard_input_one_by_one(run: Run, classifier: Classifier) -> None:
    code, out, _ = run("--jsonl", typed=f'{{"id": 7, "text": "{SCAM}"}}\n\n{{"text": "在吗"}}\n')
    assert code == 0
    assert records(out) == [
        {"id": 7, "text": SCAM} | verdict_record(classifier.classify(SCAM)),
        {"text": "在吗"} | verdict_record(classifier.classify("在吗")),
    ]
    code, out, err = run("--jsonl", typed='{"text": "在吗"}\n[]\n')
    assert code == 2 and len(records(out)) == 1 and "标准输入第 2 行缺少 text" in err


def test_half_a_character_is_written_as_an_escape(run: Run) -> None:
    code, out, _ = run("--jsonl", typed='{"text": "在吗\\ud83d"}\n')
    assert code == 0 and records(out)[0]["text"] == "在吗\ud83d"
    out.encode("utf8")


def test_texts_come_from_words_or_lines(run: Run, classifier: Classifier) -> None:
    verdict = classifier.classify(SCAM)
    line = f"{verdict.level}\t{verdict.type}\t{verdict.probability:.2f}\t"
    assert run(SCAM)[1].startswith(line)
    code, out, _ = run(typed=f"{SCAM}\n在吗\n")
    assert code == 0 and out.startswith(line) and len(out.splitlines()) == 2
