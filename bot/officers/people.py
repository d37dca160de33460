"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Actor:
    """Who does something: the name that the log shows, the role that counts, the officer's id."""

    name: str
    role: Literal["officer", "chief"]
    id: str = ""
