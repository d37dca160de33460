"""Rows that were read -> what is new, what is there already, what contradicts it, what looks odd."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from intents.text import mask
from intents.types import BENIGN
from training.reading.limits import MIN_TEXT
from training.reading.near import NearIndex, hashed, plain_masked
from training.reading.rows import Refused, Row, shortened

PLAIN = 0.8
"""Probability of being ordinary talk above which a scam script is flagged."""
_TOKEN = re.compile(r"\[(?:邮箱|证件|卡号|电话|车牌|地址|姓名)\]")


@dataclass(frozen=True, slots=True)
class New:
    """A row to store: masked text and note, and how many masks were put into the text."""

    number: int
    text: str
    type: str
    note: str
    fingerprint: str
    masks: int = 0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that is there already. `other`: its fingerprint. `similarity`: 1.0 when exact."""

    number: int
    text: str
    type: str
    other: str
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row whose text is there already under another type: a person decides."""

    number: int
    text: str
    type: str
    note: str
    fingerprint: str
    other: str
    other_type: str
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """A row among the new ones that reads like ordinary talk, with the probability of that, 0..1."""

    number: int
    text: str
    type: str
    probability: float
    reason: str


@dataclass(frozen=True)
class Cleaned:
    """What becomes of the rows. `masked`: row number -> masks, for every row that had any."""

    new: tuple[New, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    flagged: tuple[Flagged, ...] = ()
    masked: Mapping[int, int] | None = None
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a row is compared with: its fingerprint, type, likeness and how it is called."""

    other: str
    type: str
    similarity: float
    called: str


def masks(text: str) -> int:
    """How many tokens for personal data stand in a text."""
    return len(_TOKEN.findall(text))


def clean(
    rows: Sequence[Row],
    known: Mapping[str, str],
    near: NearIndex,
    plain: Callable[[str], float] | None = None,
) -> Cleaned:
    """Masks the rows and sorts them.

    `known`: fingerprint -> type of what is stored or shipped. `near`: the same texts under their
    fingerprints. `plain`: a masked text -> probability, 0..1, that it is ordinary talk.
    """
    return _Cleaning(known, near, plain).run(rows)


class _Cleaning:
    def __init__(
        self, known: Mapping[str, str], near: NearIndex, plain: Callable[[str], float] | None
    ) -> None:
        self.known, self.near, self.plain = known, near, plain
        self.seen: dict[str, tuple[int, str]] = {}
        self.within = NearIndex()
        self.new: list[New] = []
        self.duplicates: list[Duplicate] = []
        self.conflicts: list[Conflict] = []
        self.flagged: list[Flagged] = []
        self.masked: dict[int, int] = {}
        self.refused: list[Refused] = []

    def run(self, rows: Sequence[Row]) -> Cleaned:
        for row in rows:
            self._sort(row)
        return Cleaned(
            tuple(self.new),
            tuple(self.duplicates),
            tuple(self.conflicts),
            tuple(self.flagged),
            self.masked,
            tuple(self.refused),
        )

    def _sort(self, row: Row) -> None:
        text = mask(row.text)
        words = plain_masked(text)
        put = masks(text) - masks(row.text)
        if put > 0:
            self.masked[row.number] = put
        if len(_TOKEN.sub("", text).strip()) < MIN_TEXT or len(words) < MIN_TEXT:
            reason = "去掉个人信息和标点后没剩下几个字,学不了。请补上骗子说的话"
            self.refused.append(Refused(row.number, reason, shortened(text), row.type))
            return
        key = hashed(words)
        found = self._find(key, words)
        if found is None:
            self.new.append(New(row.number, text, row.type, mask(row.note), key, max(put, 0)))
            self.seen[key] = (row.number, row.type)
            self.within.add(key, words)
            self._flag(row, text)
        elif found.type == row.type:
            reason = f"{found.called},不再重复收"
            self.duplicates.append(
                Duplicate(row.number, text, row.type, found.other, found.similarity, reason)
            )
        else:
            reason = f"{found.called},但那里的类型是 {found.type or '(未知)'},这里写的是 {row.type}。请定下是哪一类"
            self.conflicts.append(
                Conflict(
                    row.number,
                    text,
                    row.type,
                    mask(row.note),
                    key,
                    found.other,
                    found.type,
                    found.similarity,
                    reason,
                )
            )

    def _find(self, key: str, words: str) -> _Found | None:
        """The same or nearly the same text: in the store first, then among the rows above."""
        if key in self.known:
            return _Found(key, self.known[key], 1.0, "库里已有这条")
        if key in self.seen:
            number, label = self.seen[key]
            return _Found(key, label, 1.0, f"和第 {number} 行相同")
        if there := self.near.find_plain(words):
            share = _percent(there[1])
            return _Found(there[0], self.known.get(there[0], ""), there[1], f"和库里一条几乎一样({share})")
        if here := self.within.find_plain(words):
            number, label = self.seen[here[0]]
            return _Found(here[0], label, here[1], f"和第 {number} 行几乎一样({_percent(here[1])})")
        return None

    def _flag(self, row: Row, text: str) -> None:
        if self.plain is None or row.type == BENIGN:
            return
        probability = self.plain(text)
        if probability > PLAIN:
            reason = f"读起来像平常话({_percent(probability)}),已收下。请看看是不是放错了"
            self.flagged.append(Flagged(row.number, text, row.type, probability, reason))


def _percent(share: float) -> str:
    return f"{min(share, 1.0):.0%}"
