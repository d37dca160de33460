"""Dry runs on Telegram: progress, what would change, and publication of exactly what was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.officers.desk import Desk
from bot.officers.errors import PreviewAgain
from bot.officers.people import CHIEF, Actor, People
from bot.store.candidates import FAILED, FITTING, PUBLISHED, REFUSED, Candidate
from bot.telegram_officers_screens import Shown, button, harmless, screen, type_name
from intents.knowledge import Knowledge
from intents.types import Button, Reply

PART = "d"
CHANGES = 5
"""Changed verdicts that are shown; the console shows all."""
TYPES = 8
NOTEWORTHY = 0.005
"""A type's recall is listed where it moves by at least so much."""
LONGEST = 40


class TrialScreens:
    """The screens of a dry run and of publication."""

    def __init__(self, desk: Desk, people: People) -> None:
        self._desk = desk
        self._people = people

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """Begins a dry run, shows it, publishes it or asks a chief to."""
        match list(words):
            case ["run", draft_id]:
                found = self._desk.candidates.dry_run(actor, draft_id)
                return Shown(self._fitting(found), watch=found.id)
            case ["see", candidate_id]:
                found = self._desk.candidates.get(candidate_id)
                return Shown(self.shown(actor, found), watch=found.id if found.state == FITTING else "")
            case ["pub", candidate_id]:
                return self._publish(actor, candidate_id)
            case ["why", candidate_id]:
                lines = ["为什么没过关也要发布？", "写一句理由发过来，会记进日志。不发就不发布。"]
                return Shown(screen(*lines), wait=(PART, "why", candidate_id))
            case ["ask", candidate_id]:
                return self._ask(actor, candidate_id)
        return Shown(screen("这个按钮用不了了。", "发 /drafts 重新打开那份上传。"))

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """The reason for which a chief publishes what the gate refuses."""
        return self._publish(actor, words[1], text.strip())

    def progress(self, actor: Actor, candidate_id: str) -> tuple[Reply, bool]:
        """The screen as it is now, and whether it will change further."""
        found = self._desk.candidates.get(candidate_id)
        return self.shown(actor, found), found.state == FITTING

    def _publish(self, actor: Actor, candidate_id: str, override: str = "") -> Shown:
        found = self._desk.candidates.get(candidate_id)
        note = self._desk.uploads.get(found.draft).name if found.draft else ""
        try:
            version = self._desk.candidates.publish(candidate_id, actor, note, override)
        except PreviewAgain as error:
            again = [button("再试训一次", PART, "run", found.draft)] if found.draft else []
            return Shown(screen("没有发布，线上的不变。", str(error), buttons=again))
        lines = [f"发布了，线上是 {version.id}。", "几秒钟后，机器人就照新的回答。不对就退回上一个。"]
        return Shown(screen(*lines, buttons=[button("退回上一个", "v", "ask")]))

    def _ask(self, actor: Actor, candidate_id: str) -> Shown:
        """Asks every chief who is on Telegram, and notes the wish where the console shows it."""
        found = self._desk.candidates.get(candidate_id)
        if found.draft:
            self._desk.uploads.ask(found.draft, actor)
        reply = self._asked(actor, found)
        chiefs = [
            officer.telegram
            for officer in self._people.officers()
            if officer.role == CHIEF and not officer.locked and officer.telegram is not None
        ]
        lines = ["已请负责人发布。", f"给 {len(chiefs)} 位负责人发了消息；后台的首页也会显示。"]
        return Shown(screen(*lines), tell=tuple((chief, reply) for chief in chiefs))

    def _asked(self, actor: Actor, found: Candidate) -> Reply:
        """What a chief is shown: who asks, then the result as a chief may act on it."""
        chief = Actor("", CHIEF)
        shown = self.shown(chief, found)
        return screen(f"{actor.name} 请你发布", *shown.lines, buttons=shown.buttons)

    # ---- screens -------------------------------------------------------------------------------

    def shown(self, actor: Actor, found: Candidate) -> Reply:
        """A candidate as it is now, with what this actor may do."""
        if found.state == FITTING:
            return self._fitting(found)
        if found.state == PUBLISHED:
            return screen(f"已经发布了，就是版本 {found.published}。", "发 /versions 看所有版本。")
        again = [button("再试训一次", PART, "run", found.draft)] if found.draft else []
        if found.state == FAILED:
            return screen("试训没有做完，线上的不变。", found.step, buttons=again)
        if not self._desk.candidates.is_current(found.id):
            lines = ["试训以后，线上的版本或话术变了。", "要再试训一次，才能发布。"]
            return screen(*lines, buttons=again)
        refused = found.state == REFUSED
        known = self._desk.beside.knowledge(found.result.get("overlay", {}))
        head = "试训好了，没过关。" if refused else "试训好了，过了关。"
        lines = [head, "线上的还没变。看过再发布。", *_reasons(found), *_scores(found.result, known)]
        return screen(*lines, buttons=[*self._choices(actor, found), *again])

    def _fitting(self, found: Candidate) -> Reply:
        see = button("看进度", PART, "see", found.id)
        return screen(
            f"试训中 {found.progress:.0%}：{found.step or '排队'}",
            "聊天照常。做完在这里显示。",
            buttons=[see],
        )

    def _choices(self, actor: Actor, found: Candidate) -> list[Button]:
        if actor.role != CHIEF:
            return [button("请负责人发布", PART, "ask", found.id)]
        if found.state == REFUSED:
            return [button("照样发布，写理由", PART, "why", found.id)]
        return [button("发布", PART, "pub", found.id)]


def _reasons(found: Candidate) -> list[str]:
    return ["", "为什么没过关：", *(f"· {reason}" for reason in found.reasons)] if found.reasons else []


def _scores(result: Mapping[str, Any], known: Knowledge) -> list[str]:
    """Live and new side by side on the same held-out texts, then what changes."""
    now, before = result["scores"], result.get("live_scores") or {}
    lines = ["", "线上 → 新的（同一批留出的句子）："]
    for title, key in (
        ("总分", "macro_f1"),
        ("误报", "false_danger"),
        ("难反例误报", "hard_false_danger"),
        ("已转钱的识别", "paid_recall"),
    ):
        lines.append(f"· {title} {_share(before.get(key))} → {_share(now.get(key))}")
    moved = []
    for label, recall in now.get("recall", {}).items():
        was = before.get("recall", {}).get(label)
        if was is None or abs(recall - was) >= NOTEWORTHY:
            moved.append((abs(recall - (was or 0.0)), label, was, recall))
    if moved:
        lines += ["", "认出率变了的类型："]
        for _, label, was, recall in sorted(moved, key=lambda one: one[0], reverse=True)[:TYPES]:
            lines.append(f"· {type_name(known, label)} {_share(was)} → {_share(recall)}")
    for label, new in result.get("new_types", {}).items():
        found = f"{new['rows']} 条里认出 {new['found']} 条，抢走别的 {new['taken']} 条"
        lines.append(f"· 新类型「{type_name(known, label)}」：{found}")
    count = result.get("changed_count", 0)
    lines += ["", f"判断变了的留出句：{count} 条"]
    lines += [_change(one, known) for one in result.get("changed", [])[:CHANGES]]
    return lines


def _change(one: Mapping[str, Any], known: Knowledge) -> str:
    text = harmless(one["text"])
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    was, now = (type_name(known, one[side]["type"]) for side in ("live", "candidate"))
    right = "（对）" if one["candidate"]["type"] == one["truth"] else ""
    cues = "、".join(f"“{harmless(cue['text'])}”" for cue in one["candidate"]["cues"][:2])
    return f"· {short}：{was} → {now}{right}{' ' + cues if cues else ''}"


def _share(value: float | None) -> str:
    return "没有" if value is None else f"{value:.1%}"
