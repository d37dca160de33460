"""Uploads on Telegram: a file or pasted text becomes a draft, shown as one message with buttons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.officers.desk import Desk
from bot.officers.errors import Wrong
from bot.officers.people import Actor
from bot.store import drafts as stored
from bot.store.drafts import ASKING, CONFLICT, DROP, DUPLICATE, FLAGGED, KEEP, NEW, REFUSED, Draft, DraftRow
from bot.telegram_officers_screens import (
    Shown,
    button,
    harmless,
    screen,
    type_buttons,
    type_name,
    when,
)
from intents.types import Button, Reply

PART = "u"
EXAMPLES = 3
"""Rows of a kind that the preview shows."""
LONGEST = 60
"""Characters of a row that are shown."""
COLUMNS = 12
LISTED = 8
DO = "做："
NEW_TYPE = (
    "新类型写成这样发过来，一行一样：",
    "第一行 id（小写英文、数字、下划线），第二行名称，再往下每行一句提醒；该怎么做的，行首写“做：”。",
    "",
    "例：",
    "fake_visa",
    "假签证担保",
    "使馆从来不收担保金",
    "做：先别交钱，打使馆官网上的电话问",
)
_TYPE_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")


class UploadScreens:
    """The screens of /upload and /drafts, and of a file that was sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ---- what comes in -------------------------------------------------------------------------

    def command(self, actor: Actor, argument: str) -> Shown:
        """/upload [type] [text]: with a text its draft, without one the next text or file is waited for."""
        first, _, rest = argument.strip().partition("\n")
        type_id = self._find(first)
        if type_id and not rest.strip():
            named = type_name(self._desk.knowledge(), type_id)
            lines = [f"好，没写类型的都算「{named}」。", "发文件，或者把文字贴过来：一条一行，或空行隔开。"]
            return Shown(screen(*lines), wait=(PART, "paste", type_id))
        text = rest if type_id else argument.strip()
        if text:
            return Shown(self._paste(actor, text, type_id))
        lines = [
            "发文件，或者把文字贴过来。",
            "文件：xlsx、xls、csv、txt、docx、yaml、jsonl，可以在附言里写类型。文字：一条一行，或空行隔开。",
        ]
        return Shown(screen(*lines), wait=(PART, "paste", ""))

    def drafts(self, actor: Actor, argument: str) -> Shown:
        """/drafts: what waits for somebody, whoever uploaded it."""
        found = self._desk.uploads.listed()
        if not found:
            return Shown(screen("没有等着处理的上传。", "发 /upload 开始一份。"))
        lines = [f"等着处理的上传有 {len(found)} 份", "按一份打开。", ""]
        lines += [
            f"· {draft.name} {when(draft.created)} {draft.by}{_asked(draft)}" for draft in found[:LISTED]
        ]
        buttons = [button(draft.name[:20], PART, "open", draft.id) for draft in found[:LISTED]]
        return Shown(screen(*lines, buttons=buttons))

    def receive(self, actor: Actor, name: str, caption: str, data: bytes, type_id: str = "") -> Shown:
        """The preview of a file. Raises UploadRefused, Wrong."""
        found = self._find(caption) or type_id
        if caption.strip() and not self._find(caption):
            raise Wrong(
                f"附言“{caption.strip()[:20]}”不是已有的类型。改成类型的名字，或者不写附言，再发一次。"
            )
        return Shown(self._preview(self._desk.uploads.upload(data, name, actor, default_type=found)))

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """What was waited for: a pasted text, or the words of a new type."""
        match list(words):
            case ["new", draft_id]:
                return Shown(self._new_type(actor, draft_id, text))
            case ["paste", type_id]:
                return Shown(self._paste(actor, text, type_id))
        return self.drafts(actor, "")

    def _new_type(self, actor: Actor, draft_id: str, text: str) -> Reply:
        """Makes the type of the written words part of the draft, for the rows that have none."""
        type_id, fields = new_type(text)
        if type_id in self._desk.knowledge().cards:
            raise Wrong(f"已经有 {type_id} 这个类型了。请从列表里选，或者换一个 id。")
        self._desk.uploads.new_type(draft_id, type_id, fields, actor)
        seen = [(row.number, row.version) for row in self._untyped(draft_id)]
        self._desk.rows.set_type(draft_id, seen, type_id, actor)
        return self._preview(self._desk.uploads.get(draft_id))

    def _paste(self, actor: Actor, text: str, type_id: str) -> Reply:
        draft = self._desk.uploads.upload(text.encode("utf8"), "", actor, default_type=type_id)
        return self._preview(draft)

    def _find(self, wanted: str) -> str:
        return self._desk.beside.finder()(wanted) or "" if wanted.strip() else ""

    # ---- presses -------------------------------------------------------------------------------

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """One step with a draft."""
        match list(words):
            case ["open", draft_id]:
                return Shown(self._preview(self._desk.uploads.get(draft_id)))
            case ["col", draft_id, version, column]:
                draft = self._desk.uploads.answer(
                    draft_id, _number(version), actor, text_column=_number(column)
                )
                return Shown(self._preview(draft))
            case ["types", draft_id]:
                return Shown(self._choose_type(draft_id))
            case ["t", draft_id, type_id]:
                seen = [(row.number, row.version) for row in self._untyped(draft_id)]
                self._desk.rows.set_type(draft_id, seen, type_id, actor)
            case ["new", draft_id]:
                return Shown(screen(*NEW_TYPE), wait=(PART, "new", draft_id))
            case ["flag", draft_id]:
                self._desk.rows.drop_flagged(draft_id, actor)
            case ["c", draft_id]:
                return Shown(self._conflict(draft_id))
            case ["ck" | "cd" as verb, draft_id, number, version]:
                decision = KEEP if verb == "ck" else DROP
                self._desk.rows.decide(draft_id, _number(number), _number(version), decision, actor)
                return Shown(self._conflict(draft_id, after=_number(number)))
            case ["leave", draft_id]:
                name = self._desk.uploads.get(draft_id).name
                return Shown(
                    screen(f"「{name}」放着了，什么都没变。", "发 /drafts 随时再打开，别的民警也能打开。")
                )
            case ["del", draft_id]:
                self._desk.uploads.discard(draft_id, actor)
                return Shown(screen("这份上传删掉了，什么都没变。", "发 /upload 再开始一份。"))
            case _:
                return self.drafts(actor, "")
        return Shown(self._preview(self._desk.uploads.get(words[1])))

    # ---- screens -------------------------------------------------------------------------------

    def _preview(self, draft: Draft) -> Reply:
        if draft.state == ASKING:
            return self._question(draft)
        rows = self._desk.uploads.rows(draft.id)
        kept = Counter(row.type for row in rows if row.accepted)
        status = Counter(row.status for row in rows)
        known = self._desk.beside.knowledge(draft.types)
        untyped = [row for row in rows if _lacks_type(row)]
        refused = [row for row in rows if row.status == REFUSED and row not in untyped]
        lines = [
            f"「{draft.name}」{len(rows)} 行，要收 {sum(kept.values())} 条",
            f"新的 {status[NEW] + status[FLAGGED]}，没类型 {len(untyped)}，冲突 {status[CONFLICT]}，"
            f"重复 {status[DUPLICATE]}，不能用 {len(refused)}，打了码 {sum(1 for row in rows if row.masks)}。"
            "还没有进库。",
        ]
        if kept:
            lines += ["", *(f"· {type_name(known, label)} {n} 条" for label, n in kept.most_common(LISTED))]
        lines += _examples("没类型", untyped, reasons=False)
        lines += _examples("冲突", [row for row in rows if row.status == CONFLICT])
        lines += _examples("像平常话", [row for row in rows if row.status == FLAGGED])
        lines += _examples("不能用", refused)
        lines += list(draft.notices)
        if draft.asked_by:
            lines.append(f"{draft.asked_by} 已请负责人发布。")
        return screen(*lines, buttons=self._choices(draft, rows))

    def _choices(self, draft: Draft, rows: Sequence[DraftRow]) -> list[Button]:
        untyped = sum(_lacks_type(row) for row in rows)
        clashes = sum(row.status == CONFLICT for row in rows)
        odd = sum(row.status == FLAGGED and row.decision == KEEP for row in rows)
        choices = []
        if untyped:
            choices.append(button(f"没类型的 {untyped} 条算哪类", PART, "types", draft.id))
        if clashes:
            choices.append(button(f"定冲突的 {clashes} 条", PART, "c", draft.id))
        if odd:
            choices.append(button(f"去掉像平常话的 {odd} 条", PART, "flag", draft.id))
        if any(row.accepted for row in rows):
            choices.append(button("试训", "d", "run", draft.id))
        return [
            *choices,
            button("先放着", PART, "leave", draft.id),
            button("删掉这份", PART, "del", draft.id),
        ]

    def _question(self, draft: Draft) -> Reply:
        with self._desk.engine.connect() as connection:
            kept = stored.lines_of(connection, draft.id)
        head = kept["names"] or (kept["lines"][0][1] if kept["lines"] else [])
        names = [cell if isinstance(cell, str) else "" for cell in head][:COLUMNS]
        buttons = [
            button(f"第 {at} 列 {harmless(name)[:12]}", PART, "col", draft.id, str(draft.version), str(at))
            for at, name in enumerate(names, 1)
        ]
        leave = button("删掉这份", PART, "del", draft.id)
        return screen(f"「{draft.name}」要问一句", *draft.questions, buttons=[*buttons, leave])

    def _choose_type(self, draft_id: str) -> Reply:
        draft = self._desk.uploads.get(draft_id)
        rows = self._untyped(draft_id)
        known = self._desk.beside.knowledge(draft.types)
        lines = [
            f"没类型的 {len(rows)} 条，都算哪一类？",
            "按一个。",
            "",
            *_examples("例", rows, reasons=False),
        ]
        others = [button("新建一个类型", PART, "new", draft_id), button("返回", PART, "open", draft_id)]
        return screen(*lines, buttons=[*type_buttons(known, PART, "t", draft_id), *others])

    def _untyped(self, draft_id: str) -> list[DraftRow]:
        return [row for row in self._desk.uploads.rows(draft_id, REFUSED) if _lacks_type(row)]

    def _conflict(self, draft_id: str, after: int = 0) -> Reply:
        """The next conflict after a row; the preview after the last."""
        draft = self._desk.uploads.get(draft_id)
        rows = self._desk.uploads.rows(draft_id, CONFLICT)
        row = next((row for row in rows if row.number > after), None)
        if row is None:
            return self._preview(draft)
        known = self._desk.beside.knowledge(draft.types)
        here, there = type_name(known, row.type), type_name(known, row.other_type)
        lines = [
            f"第 {row.number} 行，这里写「{here}」，已有的是「{there}」",
            row.reason,
            "",
            _short(row.text),
        ]
        arguments = (draft_id, str(row.number), str(row.version))
        buttons = [
            button(f"改成「{here}」", PART, "ck", *arguments),
            button(f"还是「{there}」", PART, "cd", *arguments),
        ]
        return screen(*lines, buttons=[*buttons, button("返回", PART, "open", draft_id)])


def new_type(text: str) -> tuple[str, dict[str, Any]]:
    """A new type's id and the fields of its card, from what an officer wrote. Raises Wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 3 or not _TYPE_ID.fullmatch(lines[0]):
        raise Wrong("\n".join(("没看懂，没有新建。", *NEW_TYPE[:2])))
    steps = [line[len(DO) :].strip() for line in lines[2:] if line.replace(":", "：").startswith(DO)]
    warnings = [line for line in lines[2:] if not line.replace(":", "：").startswith(DO)]
    fields: dict[str, Any] = {"name": lines[1]}
    if warnings:
        fields["warnings"] = warnings
    if steps:
        fields["do_now"] = steps
    return lines[0], fields


def _lacks_type(row: DraftRow) -> bool:
    """Whether the row could be used if somebody said what type it is."""
    return row.status == REFUSED and not row.type and "类型" in row.reason


def _examples(title: str, rows: Sequence[DraftRow], reasons: bool = True) -> list[str]:
    """The first rows of a kind, with why they are of it."""
    if not rows:
        return []
    more = f"（共 {len(rows)} 条）" if len(rows) > EXAMPLES else ""
    lines = ["", f"{title}{more}："]
    for row in rows[:EXAMPLES]:
        why = f"：{row.reason}" if reasons and row.reason else ""
        lines.append(f"· 第 {row.number} 行 {_short(row.text)}{why}")
    return lines


def _short(text: str) -> str:
    flat = harmless(text)
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def _asked(draft: Draft) -> str:
    return f"，{draft.asked_by} 请负责人发布" if draft.asked_by else ""


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdecimal() else 0
