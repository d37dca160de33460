"""`fanzha`: parses, calls, prints; holds no rules."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot import app as wiring
from bot import base, commands_classify, commands_officers, config, entry, prepare
from bot.overlay import Overlay, differences
from bot.records import version_line, version_record
from bot.usage import UsageError
from intents import encoder, examples, knowledge
from intents.classifier import Classifier
from intents.features import features_version
from training.registry import Version

if TYPE_CHECKING:
    from bot.officers.desk import Desk
    from training.benchmark.new_types import NewField

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None, desk: Callable[[], Desk] | None = None) -> int:
    """Runs one command; gives its exit code. 2: something was wrong, said on stderr.

    `desk`: where officers' commands are carried out, if not in the data folder's own.
    """
    arguments = _parser().parse_args(argv)
    arguments.desk = desk
    command: Command = arguments.command
    return entry.run(lambda: command(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fanzha", description="草原反诈:认出骗局,讲清套路,告诉人现在该怎么办"
    )
    commands = parser.add_subparsers(required=True, metavar="命令")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text) if text else commands.add_parser(name)
        sub.set_defaults(command=command)
        return sub

    add("run", _run, "启动机器人:网页聊天,设了 TELEGRAM_BOT_TOKEN 时还有 Telegram")
    add("chat", _chat, "在终端里聊")
    commands_classify.add_parser(add, _ready)
    evaluate = add("evaluate", _evaluate, "在留出的作者写的例句上打分")
    evaluate.add_argument("--plots", type=Path, metavar="文件夹", help="再画三张图(PNG)放进这个文件夹")
    benchmark = add("benchmark", _benchmark, "在一个文件夹的 JSONL 上打分,或测速度(也测旁边在训练时的聊天)")
    benchmark.add_argument("folder", nargs="?", type=Path, help="放着 *.jsonl(text、label)的文件夹")
    benchmark.add_argument("--speed", action="store_true", help="测速度,和 fastText、jieba + TF-IDF 并排")
    benchmark.add_argument(
        "--train", action="store_true", help="测速度时也把字词模型重新训练一遍,量要多久(几分钟)"
    )
    benchmark.add_argument(
        "--new-types", type=Path, metavar="文件", help="文件里的每种新骗局上传以后认出几条(一种重训一次)"
    )
    benchmark.add_argument("--json", action="store_true", help="输出 JSON")
    add("doctor", _doctor, "检查这台机器:句向量、模型、知识、设置")
    versions = add("versions", _versions, "列出模型的版本")
    versions.add_argument("--json", action="store_true", help="输出 JSON")
    add("prepare", _prepare, "训练还缺的基础模型(run 会自己做)")
    _add_officers(add)
    commands_officers.add_parser(add)
    add("schema", _schema, "打印卡片的 JSON Schema,给编辑器用")
    return parser


def _officers(name: str) -> Command:
    """A command of `bot.commands`, imported when it is called."""

    def command(arguments: argparse.Namespace) -> int:
        from bot import commands  # noqa: PLC0415 - scikit-learn is slow to import

        found: Command = getattr(commands, name)
        return found(arguments)

    return command


def _add_officers(add: Callable[..., argparse.ArgumentParser]) -> None:
    parser = add("scripts", _officers("scripts"), "民警上传的话术:check 先看,add 加进去")
    parser.add_argument("action", choices=("check", "add"), help="check 只看不改;add 加进去")
    parser.add_argument("file", type=Path, help="xlsx、xls、csv、txt、docx、yaml、jsonl")
    parser.add_argument("--type", default="", help="文件里没写类型的行算哪一类(id 或名称)")
    parser.add_argument("--name", default="", help="新类型的名称")
    parser.add_argument("--by", default="", help="谁加的(add 必填)")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    retrain = add("retrain", _officers("retrain"), "用现有样本重新训练,过了关就发布")
    retrain.add_argument("--by", required=True, help="谁做的")
    retrain.add_argument("--note", default="", help="为什么")
    rollback = add("rollback", _officers("rollback"), "退回到一个版本;不写就是上一个")
    rollback.add_argument("version", nargs="?", default="", help="版本号,见 fanzha versions")
    rollback.add_argument("--by", required=True, help="谁做的")
    rollback.add_argument("--note", default="", help="为什么")
    samples = add("samples", _officers("samples"), "话术:list 查;admit 把退回时扣住的放行")
    samples.add_argument("action", nargs="?", choices=("list", "admit"), default="list")
    samples.add_argument("ids", nargs="*", help="admit:放行哪几条(list 里的编号);不写就是全部扣住的")
    samples.add_argument("--text", default="", help="list:有这些字的")
    samples.add_argument("--type", default="", help="list:这一类的")
    samples.add_argument(
        "--state", default="", choices=("", "active", "held", "deleted"), help="list:在用、扣住、删掉的"
    )
    samples.add_argument("--page", type=int, default=1, help="list:第几页")
    samples.add_argument("--json", action="store_true", help="list:输出 JSON")
    samples.add_argument("--by", default="", help="谁做的(admit 必填)")
    types = add(
        "types", _officers("types"), "骗局的类型:list 列出来;export 把一种写成 intents/scams/ 下的文件夹"
    )
    types.add_argument("action", nargs="?", choices=("list", "export"), default="list")
    types.add_argument("id", nargs="?", default="", help="export:哪一种(id)")
    types.add_argument("--to", type=Path, help="export:写到哪个文件夹下,默认数据文件夹的 export/")
    dry_run = add("dry-run", _officers("dry_run"), "")  # called by the server, not by people
    dry_run.add_argument("candidate")
    journal = add("log", _officers("journal"), "谁做过什么;verify 检查有没有被改过")
    journal.add_argument("action", nargs="?", choices=("verify",), help="verify:检查哈希链")
    journal.add_argument("--head", default="", help="以前记下的链头,用来发现末尾被删的行")


def _wired() -> wiring.App:
    return wiring.build(config.load(), config.data_folder())


def _ready() -> wiring.App:
    return wiring.with_model(_wired())


def _cached(app: wiring.App) -> Classifier:
    """The live classifier, its encoder's vectors kept in the data folder: a second run embeds nothing."""
    served = app.live.get()
    vectors = base.cached_encoder(app.folder) if served.classifier.head_name == "full" else None
    return Classifier(served.classifier.model, vectors, served.knowledge.signs)


def _run(_: argparse.Namespace) -> int:
    asyncio.run(wiring.serve(_wired()))
    return 0


def _prepare(_: argparse.Namespace) -> int:
    return prepare.run()


def _chat(_: argparse.Namespace) -> int:
    from bot.terminal import converse  # noqa: PLC0415 - readline changes the terminal

    app = _ready()
    converse(app.chat, sys.stdin, sys.stdout)
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from training import plots, report  # noqa: PLC0415 - scikit-learn is slow to import

    try:
        if arguments.plots:
            plots.check(arguments.plots)
        app = _ready()
        print(report.evaluation(_cached(app), app.live.get().knowledge, arguments.plots))
    except plots.PlotsFailed as error:
        return entry.complain(error)
    return 0


def _benchmark(arguments: argparse.Namespace) -> int:
    from training.benchmark import new_types, quality  # noqa: PLC0415 - scikit-learn is slow to import

    folder, file = arguments.folder, arguments.new_types
    if folder is None and not arguments.speed and file is None:
        raise UsageError("要给一个放着 *.jsonl 的文件夹,或加 --speed、--new-types")
    if file is not None and not file.is_file():
        raise UsageError(f"没有 {file} 这个文件,看看路径有没有写错")
    if folder is not None and not sorted(folder.glob("*.jsonl")):
        raise UsageError(f"{folder} 里没有 .jsonl 文件")
    fields = new_types.load(file) if file is not None else {}
    app = _ready()
    if folder is not None:
        results = quality.run(folder, _cached(app))
        print(json.dumps(results, ensure_ascii=False) if arguments.json else quality.table(results))
    if fields:
        _benchmark_new_types(app, fields, arguments.json)
    if arguments.speed:
        from bot import service_speed  # noqa: PLC0415 - scikit-learn is slow to import

        for part in service_speed.parts(app, train=arguments.train):
            print(part, flush=True)
    return 0


def _benchmark_new_types(app: wiring.App, fields: Mapping[str, NewField], as_json: bool) -> None:
    from training import retrain  # noqa: PLC0415 - scikit-learn is slow to import
    from training.benchmark import new_types  # noqa: PLC0415

    learn, _ = retrain.split(examples.load())
    for found in new_types.run(fields, learn, base.cached_encoder(app.folder)):
        print(json.dumps(asdict(found), ensure_ascii=False) if as_json else new_types.line(found), flush=True)


def _doctor(_: argparse.Namespace) -> int:
    app = _wired()
    live = app.registry.version(app.registry.active())
    fits = live is not None and live.features_version == features_version()
    known = knowledge.load()
    print(f"数据文件夹   {app.folder}")
    print(f"知识         {len(known.cards)} 种骗局,写法都对")
    print(f"句向量       {encoder.reason_missing() or '可以用'}")
    print(f"线上版本     {version_line(live) if live else '还没有,第一次启动会训练'}")
    if live and not fits:
        print("             这个版本和现在的软件对不上,下次启动会重训")
    unreviewed = [card.id for card in known.cards.values() if not (card.reviewed.zh and card.reviewed.en)]
    print(f"没审过的卡片 {'、'.join(unreviewed) or '没有'}")
    if base.station_waits(app.registry):
        print("软件升级     本站的话术还没有过关,线上是不带它们的基础版本。运行 fanzha retrain 看原因")
    for line in _own_cards(known, app.cards.overlay()):
        print(line)
    return 0


def _own_cards(known: knowledge.Knowledge, overlay: Overlay) -> list[str]:
    """A line for each card where the station's words differ from the folder's."""
    return [
        f"本站的卡片   {type_id}:"
        + (
            "没有文件夹,写成文件夹用 fanzha types export"
            if parts == ("*",)
            else f"和文件夹不同,{'、'.join(parts)}"
        )
        for type_id, parts in differences(known, overlay).items()
    ]


def _versions(arguments: argparse.Namespace) -> int:
    registry = _wired().registry
    active = registry.active()
    found: list[Version] = registry.versions()
    if arguments.json:
        rows = [version_record(version, active) for version in found]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for version in found:
        print(("* " if version.id == active else "  ") + version_line(version))
    return 0


def _schema(_: argparse.Namespace) -> int:
    print(knowledge.json_schema(), end="")
    return 0
