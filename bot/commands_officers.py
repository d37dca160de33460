"""`fanzha officers`: who the officers are, invitations, roles, locks; from the server's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bot import config
from bot.officers.errors import NotFound
from bot.officers.invitations import Code, Invitations
from bot.officers.passphrases import Passphrases
from bot.officers.people import ROLES, Actor, BadName, BadRole, People, clean_name, command_line
from bot.store.engine import open_store
from bot.web.police.parts import join_link
from bot.web.police.render import ago, when

ACTIONS = ("list", "invite", "role", "lock", "unlock", "reset")


@dataclass(frozen=True)
class Parts:
    """What the command stands on."""

    settings: config.Settings
    people: People
    invitations: Invitations


def add_parser(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `officers` to the commands."""
    parser = add("officers", officers, "民警:列出、邀请、改角色、锁定、重设口令")
    parser.add_argument(
        "action",
        nargs="?",
        choices=ACTIONS,
        default="list",
        help="list 列出;invite 邀请;role 改角色;lock 锁定;unlock 解锁;reset 重设口令",
    )
    parser.add_argument("name", nargs="?", default="", help="哪位民警(role、lock、unlock、reset)")
    parser.add_argument("new_role", nargs="?", default="", metavar="ROLE", help="officer 或 chief(role)")
    parser.add_argument("--role", default="officer", help="邀请成 officer(民警)还是 chief(负责人)")
    parser.add_argument("--by", default="", help="谁做的(list 以外必填)")


def officers(arguments: argparse.Namespace) -> int:
    """Runs one action; 2 where something was wrong, said on stderr."""
    settings = config.load()
    engine = open_store(config.data_folder())
    invitations = Invitations(engine, Passphrases(), settings.police.code_hours)
    parts = Parts(settings, People(engine), invitations)
    if arguments.action == "list":
        return _list(parts)
    try:
        actor = command_line(_by(arguments.by))
        print(_act(parts, actor, arguments))
    except (BadName, BadRole, NotFound) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _by(name: str) -> str:
    if not name.strip():
        raise BadName("要写是谁做的:--by 姓名")
    return clean_name(name)


def _act(parts: Parts, actor: Actor, arguments: argparse.Namespace) -> str:
    """Does it; gives what to say."""
    name = arguments.name
    match arguments.action:
        case "invite":
            return _link(parts, parts.invitations.invite(actor, arguments.role), "邀请")
        case "reset":
            return _link(parts, parts.invitations.reset(actor, name), f"{name}重设口令")
        case "role":
            officer = parts.people.set_role(actor, name, arguments.new_role)
            return f"{officer.name}现在是{ROLES[officer.role]}"
        case "lock":
            return f"{parts.people.lock(actor, name).name}已锁定,已在所有地方退出"
        case _:
            return f"{parts.people.unlock(actor, name).name}已解锁"


def _link(parts: Parts, code: Code, what: str) -> str:
    return f"{what}的链接,用一次,{when(code.expires)} 作废:\n{join_link(parts.settings, code.code)}"


def _list(parts: Parts) -> int:
    everybody = parts.people.officers()
    for officer in everybody:
        state = "已锁定" if officer.locked else "正常"
        telegram = "已连 Telegram" if officer.telegram else "没连 Telegram"
        print("  ".join((officer.name, ROLES[officer.role], state, ago(officer.last_seen), telegram)))
    for one in parts.invitations.waiting():
        what = "重设口令" if one.purpose == "reset" else f"邀请{ROLES[one.role or 'officer']}"
        print(f"还没用的链接:{what}  {one.by} 给出  {when(one.expires)} 作废")
    if not everybody:
        print("还没有民警。请第一位负责人用:fanzha officers invite --role chief --by 姓名", file=sys.stderr)
    return 0
