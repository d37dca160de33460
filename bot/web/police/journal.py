"""The log page: searched, and its chain verified."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from bot.officers.people import ROLES
from bot.store import log
from bot.web.police.visit import Page, Visit

PAGE = 50
_NUMBER = re.compile(r"[0-9]{1,9}")

ACTS = {
    "upload": "加话术",
    "type": "新类型",
    "publish": "发布",
    "retrain-refused": "没过关",
    "rollback": "退回",
    "code-first": "第一位负责人的链接",
    "code-join": "邀请",
    "code-reset": "重设口令的链接",
    "code-telegram": "连 Telegram 的代码",
    "invite-withdrawn": "收回邀请",
    "join": "加入",
    "role": "改角色",
    "lock": "锁定",
    "unlock": "解锁",
    "sign-in": "登录",
    "sign-in-failed": "口令不对",
    "sign-out": "退出",
    "sign-out-everywhere": "到处退出",
    "passphrase": "改口令",
    "telegram-linked": "连上 Telegram",
    "telegram-unlinked": "断开 Telegram",
}
"""What the acts are called on the page; one that is not here is shown by its own name."""

LABELS = {
    "officer": "民警",
    "role": "角色",
    "code": "代码",
    "sessions": "退出的登录",
    "samples": "话术",
    "source": "来源",
    "version": "版本",
    "held": "扣住",
    "reasons": "原因数",
    "id": "编号",
}


def show(visit: Visit) -> Response:
    """The newest entries that match, and on demand whether the chain holds."""
    words, by, act = visit.query("q").strip(), visit.query("by"), visit.query("act")
    before = int(visit.query("before")) if _NUMBER.fullmatch(visit.query("before")) else 0
    found = log.search(visit.parts.engine, words, by, act, before, PAGE + 1)
    verified = visit.query("verify") == "1"
    return visit.page(
        "log.html",
        entries=found[:PAGE],
        more=found[PAGE - 1].number if len(found) > PAGE else 0,
        words=words,
        by=by,
        act=act,
        acts=ACTS,
        people=log.names(visit.parts.engine),
        details=_details({one.id: one.name for one in visit.parts.people.officers()}),
        verified=verified,
        head=visit.query("head").strip(),
        wrong=log.verify(visit.parts.engine, visit.query("head").strip()) if verified else "",
        now=log.head(visit.parts.engine),
    )


def _details(officers: dict[str, str]) -> Callable[[log.Entry], str]:
    """Writes an entry's details in one line; `officers`: names by id."""

    def line(entry: log.Entry) -> str:
        details = dict(entry.details)
        if "officer" in details:
            details["officer"] = details.pop("name", officers.get(details["officer"], details["officer"]))
        parts = (f"{LABELS.get(name, name)} {_short(value)}" for name, value in details.items())
        return "，".join(parts)

    return line


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} 项"
    if value in ROLES:
        return ROLES[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


PAGES = (Page("/police/log", show),)
