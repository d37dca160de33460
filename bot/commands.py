"""What the officers' commands of `fanzha` do; imported when one is called, for scikit-learn is slow."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import app as wiring
from bot import config
from bot.officers import desk as officers
from bot.officers.errors import Busy, Refused
from bot.officers.people import command_line
from bot.officers.workers import be_nice
from bot.records import version_line
from bot.store import log
from bot.store.engine import open_store
from bot.store.samples import SHORT, Wanted
from training.reading.limits import MAX_FILE, UploadRefused
from training.reading.rows import shortened

NOTHING_ACCEPTED, GATE_REFUSED, BUSY = 3, 4, 5
_TYPE_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")


def _desk(arguments: argparse.Namespace) -> officers.Desk:
    """The desk that the caller of `main` gave, or the one of the data folder."""
    if arguments.desk is not None:
        given: officers.Desk = arguments.desk()
        return given
    folder = config.data_folder()
    return officers.Desk(open_store(folder), folder)


def scripts(arguments: argparse.Namespace) -> int:
    """Checks or adds a file; 3 where nothing was accepted."""
    desk = _desk(arguments)
    wanted = arguments.type.strip()
    card = desk.knowledge().find(wanted) if wanted else None
    type_id = card.id if card else wanted
    if type_id and not _TYPE_ID.fullmatch(type_id):
        return _wrong(
            f"类型 {type_id} 不认识。新类型的 id 用小写英文字母开头,可以有数字和下划线,例如 fake_visa"
        )
    try:
        data = _read(arguments.file)
        if arguments.action == "check":
            report, _ = desk.check(data, arguments.file.name, type_id)
            _show(report, arguments.json)
            return 0
        if not arguments.by.strip():
            return _wrong("加话术要写是谁加的:--by 姓名")
        report = desk.add(data, arguments.file.name, command_line(arguments.by), type_id, arguments.name)
    except (UploadRefused, OSError) as error:
        if arguments.json:
            print(json.dumps({"error": str(error), "accepted": 0}, ensure_ascii=False))
        _wrong(str(error))
        return NOTHING_ACCEPTED if arguments.action == "add" else 2
    _show(report, arguments.json)
    return 0 if report["accepted"] else NOTHING_ACCEPTED


def _read(path: Path) -> bytes:
    """The file's bytes; one byte more than is allowed is enough to refuse it."""
    with path.open("rb") as handle:
        return handle.read(MAX_FILE + 1)


def _show(report: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(report, ensure_ascii=False) if as_json else officers.summary(report))


def retrain(arguments: argparse.Namespace) -> int:
    """Retrains and publishes; 4 where the gate refuses, 5 where somebody else is at it."""
    settings = config.load()
    wiring.with_model(wiring.build(settings, config.data_folder()))
    try:
        version = _desk(arguments).retrain(command_line(arguments.by), arguments.note, settings.model.encoder)
    except Refused as error:
        print(f"没有发布,线上的模型不变:\n{error}", file=sys.stderr)
        return GATE_REFUSED
    except Busy as error:
        _wrong(str(error))
        return BUSY
    print(version_line(version))
    return 0


def dry_run(arguments: argparse.Namespace) -> int:
    """Fits a candidate that was begun: what the spawned child does."""
    be_nice()
    _desk(arguments).fit(arguments.candidate, config.load().model.encoder)
    return 0


def rollback(arguments: argparse.Namespace) -> int:
    """Goes back to a version and holds what was added since."""
    desk = _desk(arguments)
    version, held = desk.releases.rollback(command_line(arguments.by), arguments.version, arguments.note)
    print(f"退回到 {version_line(version)}\n它没学过的 {held} 条话术先扣住,重新训练不会用到")
    if held:
        print("要再用它们:fanzha samples list --state held 看看,fanzha samples admit 放行")
    return 0


def types(arguments: argparse.Namespace) -> int:
    """Lists the types, or writes one as a folder for intents/scams/."""
    desk = _desk(arguments)
    if arguments.action == "export":
        for path in desk.cards.export(arguments.id, arguments.to or desk.folder / "export"):
            print(path)
        return 0
    counts, own = desk.samples.counts_by_type(), desk.cards.own()
    for card in desk.knowledge().cards.values():
        mark = "本地" if card.id in own else ""
        print(f"{card.id:28}{card.name.zh}  {counts.get(card.id, 0)} 条话术  {mark}".rstrip())
    return 0


def samples(arguments: argparse.Namespace) -> int:
    """Lists samples, or lets held ones in again."""
    desk = _desk(arguments)
    if arguments.action == "admit":
        if not arguments.by.strip():
            return _wrong("放行要写是谁做的:--by 姓名")
        held = desk.corrections.held(arguments.ids)
        count = desk.corrections.readmit(held, command_line(arguments.by))
        print(f"放行了 {count} 条,下次重新训练会用到")
        return 0
    wanted = Wanted(text=arguments.text, type=arguments.type, state=arguments.state)
    found = desk.corrections.search(wanted, arguments.page)
    if arguments.json:
        rows = [asdict(sample) for sample in found.samples]
        print(json.dumps({"total": found.total, "samples": rows}, ensure_ascii=False))
        return 0
    print(f"一共 {found.total} 条")
    for sample in found.samples:
        print(f"{sample.id[:SHORT]}  {sample.state:8}{sample.type:24}{shortened(sample.text)}")
    return 0


def journal(arguments: argparse.Namespace) -> int:
    """Prints the log, or what is wrong with its chain (1)."""
    engine = open_store(config.data_folder())
    if arguments.action == "verify":
        wrong = log.verify(engine, arguments.head)
        print(wrong or "日志完整")
        return 1 if wrong else 0
    for entry in log.entries(engine):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
        details = json.dumps(entry.details, ensure_ascii=False)
        print(f"{entry.number}  {when}  {entry.by}  {entry.act}  {entry.hash[:12]}  {details[:120]}")
    return 0


def _wrong(message: str) -> int:
    print(message, file=sys.stderr)
    return 2
