"""Who the officers are, as /officers shows it on Telegram. They are managed in the console or on the server."""

from __future__ import annotations

from collections.abc import Sequence

from bot.officers.people import ROLES, Actor, People
from bot.store.officers import Officer
from bot.telegram_officers_screens import Shown, screen, when


class PeopleScreens:
    """The screen of /officers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def command(self, actor: Actor, argument: str) -> Shown:
        """All officers: role, lock, last seen, whether linked to Telegram."""
        officers = self._people.officers()
        lines = [
            f"民警 {len(officers)} 人",
            "邀请、锁定、改角色在后台的“民警”页，或服务器上的 fanzha officers。",
            "",
        ]
        return Shown(screen(*lines, *(f"· {_line(officer)}" for officer in officers)))

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """The same screen."""
        return self.command(actor, "")

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """Nothing is waited for here."""
        return self.command(actor, "")


def _line(officer: Officer) -> str:
    parts = [officer.name, ROLES[officer.role]]
    if officer.locked:
        parts.append("已锁定")
    if officer.telegram is not None:
        parts.append("已连 Telegram")
    parts.append(f"最近 {when(officer.last_seen)}" if officer.last_seen else "还没来过")
    return "，".join(parts)
