"""`fanzha classify`: words of the command line, standard input, or files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from bot import app as wiring
from bot import bulk
from bot.records import verdict_record
from intents.types import Verdict

Ready = Callable[[], wiring.App]


def add_parser(add: Callable[..., argparse.ArgumentParser], ready: Ready) -> None:
    """Adds the command. `ready`: gives the wired parts, with a model to serve."""
    parser = add("classify", lambda arguments: classify(arguments, ready), "判断文字是不是骗局")
    parser.add_argument(
        "text",
        nargs="*",
        metavar="文字或文件",
        help="要判断的文字,或 .txt(一行一条)、.jsonl 文件;不写就从标准输入读,一行一条",
    )
    parser.add_argument("--jsonl", action="store_true", help="标准输入是 JSON 行(有 text 一项),输出也是")


def classify(arguments: argparse.Namespace, ready: Ready) -> int:
    """Judges what it was given: files by all cores as JSON lines, the rest one after the other."""
    paths = bulk.files(arguments.text)
    if paths:
        return _files(paths, ready)
    judge = ready().live.get().classifier.classify
    if arguments.jsonl:
        return _json_lines(judge)
    for text in arguments.text or (line.rstrip("\n") for line in list(sys.stdin)):
        verdict = judge(text)
        marks = [name for name in ("paid", "happening") if getattr(verdict, name)]
        words = " ".join(f"“{cue.text}”" for cue in verdict.cues)
        print(f"{verdict.level}\t{verdict.type}\t{verdict.probability:.2f}\t{','.join(marks)}\t{words}")
    return 0


def _files(paths: list[Path], ready: Ready) -> int:
    """Every row of the files as a JSON line; what cannot be read stops it before the first."""
    rows = [row for path in paths for row in bulk.read(path)]
    app = ready()
    status = app.live.status()
    served = bulk.Served(app.folder, status.version, status.head == "full")
    found = bulk.judged(rows, served, bulk.workers_for(len(rows)))
    for row in tqdm(found, total=len(rows), desc="判断", unit="条", file=sys.stderr):
        print(bulk.json_line(row))
    return 0


def _json_lines(judge: Callable[[str], Verdict]) -> int:
    """JSON lines in, JSON lines out; a line that cannot be used stops with its number."""
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        row = bulk.json_row(line, f"标准输入第 {number} 行")
        print(bulk.json_line(row | verdict_record(judge(row["text"]))), flush=True)
    return 0
