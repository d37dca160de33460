"""Versions on Telegram: which there are, and back to the one before in an emergency."""

from __future__ import annotations

from collections.abc import Sequence

from bot.officers.people import CHIEF, Actor
from bot.officers.releases import Releases
from bot.telegram_officers_screens import Shown, button, screen, when
from intents.types import Reply
from training.registry import Version

PART = "v"
LISTED = 8


class VersionScreens:
    """The screens of /versions and /rollback."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases

    def command(self, actor: Actor, argument: str) -> Shown:
        """The newest versions, the live one marked."""
        return Shown(self._listed())

    def rollback(self, actor: Actor, argument: str) -> Shown:
        """Asks before it goes back: to the version named, or to the one before."""
        return Shown(self._ask(argument.strip()))

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """Asks, or goes back."""
        match list(words):
            case ["ask", *version]:
                return Shown(self._ask("".join(version)))
            case ["back", version, live]:
                return Shown(self._back(actor, version, live))
        return Shown(self._listed())

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """Nothing is waited for here."""
        return Shown(self._listed())

    def _listed(self) -> Reply:
        live = self._releases.live()
        found = self._releases.listed()
        if live is None:
            return screen("还没有版本。", "机器人第一次启动会自己训练。")
        lines = [f"线上：{live.id}", f"一共 {len(found)} 个版本，新的在前。", ""]
        lines += [f"· {_line(version, version.id == live.id)}" for version in found[:LISTED]]
        buttons = [button("退回上一个", PART, "ask")] if live.parent else []
        return screen(*lines, buttons=buttons)

    def _ask(self, wanted: str) -> Reply:
        live = self._releases.live()
        target = wanted or (live.parent if live else "")
        found = next((version for version in self._releases.listed() if version.id == target), None)
        if live is None or found is None:
            return screen(
                f"没有可以退回的版本{' ' + wanted[:40] if wanted else ''}。", "发 /versions 看看有哪些。"
            )
        if found.id == live.id:
            return screen(f"线上就是 {found.id}，不用退。", "发 /versions 看看有哪些。")
        lines = [
            f"要退回到 {found.id} 吗？",
            "它没学过的话术会先扣住，以后训练不用，要人再放行。回答马上变回去。",
            "",
            _line(found, False),
        ]
        yes = button("确定退回", PART, "back", found.id, _short(live.id))
        return screen(*lines, buttons=[yes, button("不退", PART, "list")])

    def _back(self, actor: Actor, version_id: str, seen: str) -> Reply:
        """Goes back where the live version is still the one that the officer saw."""
        live = self._releases.live()
        if live is None or _short(live.id) != seen:
            return screen("线上的版本刚刚变了，没有退。", "发 /versions 看过再定。")
        version, held = self._releases.rollback(actor, version_id, note="从 Telegram 退回")
        lines = [f"退回了，线上是 {version.id}。", f"扣住 {held} 条话术，重新训练不会用到。"]
        if actor.role != CHIEF:
            lines.append("请告诉负责人为什么退。")
        return screen(*lines)


def _line(version: Version, live: bool) -> str:
    f1 = version.scores.get("macro_f1")
    score = f"，总分 {f1:.3f}" if isinstance(f1, float) else ""
    note = f"，{version.note}" if version.note else ""
    return f"{'*' if live else ''}{version.id} {when(version.created)} {version.by}{score}{note}"


def _short(version_id: str) -> str:
    """The hash part of a version's id: two ids have no room in one button."""
    return version_id[-8:]
