"""Who acts: the name that the log shows and the role that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.officers.errors import Forbidden

CHIEF: Final = "chief"
OFFICER: Final = "officer"
Role = Literal["officer", "chief"]


@dataclass(frozen=True)
class Actor:
    """Who does something: the name that the log shows, the role that counts, the officer's id.

    The server's command line acts as `cli:NAME` with a chief's rights and no id.
    """

    name: str
    role: Role
    id: str = ""


def command_line(name: str) -> Actor:
    """Who acts on the server's command line."""
    return Actor(f"cli:{name}", CHIEF)


def chief_only(actor: Actor, what: str) -> None:
    """Raises Forbidden where the actor is no chief; `what` names the act in Chinese."""
    if actor.role != CHIEF:
        raise Forbidden(f"{what}要由负责人来做。请找负责人。")
