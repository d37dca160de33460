"""What officers say of the texts that users handed over; what they confirm is learnt with the next retrain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Engine

from bot.officers.errors import NotFound, Stale
from bot.officers.people import Actor
from bot.store import log
from bot.store.handed import WAITING, WITHDRAWN, Handed, HandedOver, rule
from bot.store.samples import DELETED, HELD, Sample, insert_new, one
from intents.knowledge import Knowledge
from intents.types import BENIGN, Ruling
from training.reading.limits import MIN_TEXT
from training.reading.near import hashed, plain_masked

Decision = Literal["right", "other", "benign", "drop"]
"""The bot was right / it is another type / it is no scam / these words do not tell."""

SOURCE = "handed"
"""What a sample that came from a user says of its origin."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision that stands: the text as it was, the ruling, its type ("" where none), and what to say."""

    handed: Handed
    ruling: Ruling
    type: str
    learnt: bool
    note: str


class Decided(Stale):
    """Somebody else decided meanwhile, or the user took the text back; the message says which."""

    def __init__(self, message: str, mine: str, theirs: str) -> None:
        super().__init__(mine, theirs)
        self.args = (message,)


class Review:
    """The officers' side of the texts handed over. `knowledge`: the types that there are now."""

    def __init__(self, engine: Engine, handed: HandedOver, knowledge: Callable[[], Knowledge]) -> None:
        self._engine = engine
        self._handed = handed
        self._knowledge = knowledge

    def waiting(self, limit: int = 50, after: float = 0.0) -> list[Handed]:
        """What waits for a decision, the oldest first; `after`: only what came later (UTC seconds)."""
        return self._handed.waiting(limit, after)

    def count(self) -> int:
        """How many wait."""
        return self._handed.count()

    def open(self, handed_id: str) -> Handed:
        """One text that waits. Raises NotFound, Decided."""
        found = self._handed.find(handed_id)
        if found is None:
            raise NotFound("这条找不到了，可能放得太久已经删掉。看下一条吧。")
        if found.state != WAITING:
            raise self._stale(found, "")
        return found

    def decide(self, actor: Actor, handed_id: str, decision: Decision, type_id: str = "") -> Ruled:
        """Rules on a text; all but "drop" make it a sample for the next retrain, in the same transaction.

        `type_id`: for "other". Raises NotFound (the text, or the type), Decided.
        """
        found = self.open(handed_id)
        label = self._label(found, decision, type_id)
        ruling: Ruling = "unclear" if decision == "drop" else "benign" if label == BENIGN else "scam"
        with self._engine.begin() as connection:
            if not rule(connection, found.id, ruling, label, actor.name):
                raise self._stale(self._handed.find(found.id) or found, label)
            learnt, note = self._learn(connection, found, label, actor) if label else (False, "没有学")
            log.append(
                connection, actor.name, "review", handed=found.id, ruling=ruling, type=label, learnt=learnt
            )
        return Ruled(found, ruling, label, learnt, note)

    def _label(self, found: Handed, decision: Decision, type_id: str) -> str:
        if decision == "drop":
            return ""
        if decision == "benign":
            return BENIGN
        label = found.seen.type if decision == "right" else type_id
        if label != BENIGN and label not in self._knowledge().cards:
            raise NotFound(f"没有“{label[:40]}”这个类型。请在列出的类型里选一个。")
        return label

    def _learn(self, connection: Connection, found: Handed, label: str, actor: Actor) -> tuple[bool, str]:
        """Adds the text to the samples; whether it did, and what to say."""
        words = plain_masked(found.text)
        if len(words) < MIN_TEXT:
            return False, "字太少，没有学"
        key = hashed(words)
        there = one(connection, key)
        if there is None or there.state == DELETED:
            insert_new(connection, [Sample(key, found.text, label)], actor.name, SOURCE)
            return True, "下次训练会学到"
        if there.state == HELD:
            return False, "话术里已有同一条，因退回版本扣住了，没有改它；要用请先放行"
        if there.type == label:
            return False, "话术里已有同一条，没有再加"
        return False, f"话术里已有同一条，类型是 {there.type}，没有改它；要改请到话术里改"

    def _stale(self, found: Handed, mine: str) -> Decided:
        if found.state == WITHDRAWN:
            return Decided("这条用户已经收回，不用看了。", mine, WITHDRAWN)
        theirs = found.ruled_type or "看不出来"
        return Decided(f"{found.by} 已经看过这条，定为 {theirs}。没有改动。", mine, found.ruled_type)
