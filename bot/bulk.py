"""Many texts at once: files read into rows, rows judged by a worker on each core, in order."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bot.overlay import overlaid, shipped
from bot.records import verdict_record
from bot.store.engine import open_store
from bot.store.versions import StoredVersions
from bot.usage import UsageError
from intents import encoder
from intents.classifier import Classifier
from training.reading.encoding import decoded
from training.reading.limits import UploadRefused

KINDS = (".txt", ".jsonl")
CHUNK = 16
"""Rows that a worker is handed at a time."""
WORTH = 48
"""Rows for which it is worth while to start one more worker, which loads the model for a second or more."""

Row = dict[str, Any]


# ---- files -> rows -----------------------------------------------------------------------------------


def files(words: Sequence[str]) -> list[Path]:
    """The words as files; none where they are texts. Raises UsageError where they are half and half."""
    named = [word for word in words if _is_file(word) or _looks_like_file(word)]
    if not named:
        return []
    for word in words:
        if not _is_file(word):
            raise UsageError(f"没有这个文件:{word}。文字和文件不要一起给;要判断的是文字,就从标准输入给")
        if Path(word).suffix.lower() not in KINDS:
            raise UsageError(f"{word} 不能读,只读 .txt(一行一条)和 .jsonl(每行有 text)")
    return [Path(word) for word in words]


def _is_file(word: str) -> bool:
    with suppress(OSError, ValueError):  # a long text is no name of a file
        return Path(word).is_file()
    return False


def _looks_like_file(word: str) -> bool:
    return word.lower().endswith(KINDS) and not any(char.isspace() for char in word) and "://" not in word


def read(path: Path) -> list[Row]:
    """The rows of a file, each with `text`; empty lines left out. Raises UsageError with file and line."""
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} 读不了:{error.strerror}") from error
    except UploadRefused as error:
        raise UsageError(f"{path}:认不出文字编码,或者不是文字文件,请另存为 UTF-8 再试") from error
    lines = [(number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if path.suffix.lower() == ".jsonl":
        return [json_row(line, f"{path} 第 {number} 行") for number, line in lines]
    return [{"text": line} for _, line in lines]


def json_row(line: str, where: str) -> Row:
    """A JSON line as a row. Raises UsageError, which begins with `where`."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where}不是 JSON:{error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise UsageError(f"{where}缺少 text(要是文字)")
    return row


def json_line(row: Mapping[str, Any]) -> str:
    """A row as a JSON line; half a character (a lone surrogate) stays an escape, for it cannot be written."""
    line = json.dumps(row, ensure_ascii=False)
    with suppress(UnicodeEncodeError):
        line.encode("utf8")
        return line
    return json.dumps(row)


# ---- rows -> judged rows -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """What the workers serve: one version, so that all rows are judged alike whatever is published meanwhile."""

    folder: Path
    version: str
    encoder: bool

    def load(self) -> Classifier:
        """The classifier of this version."""
        registry = StoredVersions(open_store(self.folder))
        version, model = registry.version(self.version), registry.model(self.version)
        if version is None or model is None:
            raise UsageError(f"版本 {self.version} 已经不在了,请再试一次")
        knowledge = overlaid(shipped(), version.overlay)
        return Classifier(model, encoder.load() if self.encoder else None, knowledge.signs)


def workers_for(rows: int) -> int:
    """How many workers so many rows are worth: one a core, fewer for few rows."""
    return max(1, min(encoder.cores(), math.ceil(rows / WORTH)))


def judged(rows: Sequence[Row], served: Served, workers: int) -> Iterator[Row]:
    """Each row with its verdict beside its own keys, in order, as soon as it is there. Raises UsageError."""
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    pool = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        with _born_quiet():
            waiting: list[Future[list[Row]]] = [pool.submit(_judge, served, chunk) for chunk in chunks]
        for done in waiting:
            yield from done.result()
    except BrokenProcessPool as error:
        raise UsageError("判断用的进程意外停了,后面的没有判断。内存不够时少开些别的程序再试") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _born_quiet() -> Iterator[None]:
    """Children started here have one thread each, and Ctrl+C is left to their parent."""
    threads = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if threads is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = threads


@lru_cache(maxsize=1)
def _loaded(served: Served) -> Classifier:
    """Loaded once a worker, at its first rows: what goes wrong is then raised where they are waited for."""
    return served.load()


def _judge(served: Served, rows: Sequence[Row]) -> list[Row]:
    classify = _loaded(served).classify
    return [row | verdict_record(classify(row["text"])) for row in rows]
