"""The rows of a draft: put right, dropped, kept. Each change names the version of the row that was seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine

from bot.officers.beside import Beside
from bot.officers.errors import Busy, NotFound, Stale, Wrong
from bot.officers.people import Actor
from bot.officers.sorting import rows_of, sort
from bot.store import drafts as store
from bot.store import log
from bot.store.drafts import ACCEPTED, ASKING, DROP, FLAGGED, KEEP, NEW, OPEN, REFUSED, Draft, DraftRow
from bot.store.engine import reading
from intents.types import BENIGN
from training.reading import limits
from training.reading.rows import Row
from training.scripts import Parsed

TRIES = 5
"""How often a change is made anew where somebody changed another row of the draft meanwhile."""
Seen = Collection[tuple[int, int]]
"""Rows as (number, version)."""


class RowEdits:
    """Changes rows of a draft; the whole draft is sorted anew after each change.

    Raises NotFound (no such draft or row, or it is closed), Stale (somebody changed the row since), Wrong.
    """

    def __init__(self, engine: Engine, beside: Beside) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._beside = beside

    def edit(  # noqa: PLR0913 - a row and what may be changed of it
        self,
        draft_id: str,
        number: int,
        version: int,
        actor: Actor,
        *,
        text: str | None = None,
        type_id: str | None = None,
        note: str | None = None,
    ) -> DraftRow:
        """Changes a row's text, type or note; it is masked and sorted anew."""
        wanted = {"text": text, "type": type_id, "note": note}
        values = {name: value for name, value in wanted.items() if value is not None}
        return self._change(draft_id, [(number, version)], actor, values)[0]

    def set_type(self, draft_id: str, rows: Seen, type_id: str, actor: Actor) -> list[DraftRow]:
        """Gives several rows one type."""
        return self._change(draft_id, rows, actor, {"type": type_id})

    def decide(self, draft_id: str, number: int, version: int, decision: str, actor: Actor) -> DraftRow:
        """Keeps or drops a row ("keep", "drop"). A conflict that is kept gives the older text its type too."""
        if decision not in (KEEP, DROP):
            raise Wrong("只能是留下(keep)或去掉(drop)")
        return self._change(draft_id, [(number, version)], actor, {"decision": decision})[0]

    def drop_flagged(self, draft_id: str, actor: Actor) -> int:
        """Drops every row that reads like ordinary talk; gives how many."""
        with self._reading.connect() as connection:
            rows = store.all_rows(connection, draft_id)
        seen = [(row.number, row.version) for row in rows if row.status == FLAGGED and row.decision == KEEP]
        return len(self._change(draft_id, seen, actor, {"decision": DROP})) if seen else 0

    def resort(self, draft_id: str) -> list[DraftRow]:
        """The rows beside what is there now: others may have added the same texts meanwhile."""
        return self._change(draft_id, [], None, {})

    def _change(
        self, draft_id: str, seen: Seen, actor: Actor | None, values: Mapping[str, str]
    ) -> list[DraftRow]:
        known, plain = self._beside.known(), self._beside.plain()
        for _ in range(TRIES):
            with self._reading.connect() as connection:
                draft = opened(connection, draft_id)
                before = store.all_rows(connection, draft_id)
            self._check(draft, values)
            after = sort(_edited(before, seen, values), known, plain)
            moved = [new for old, new in zip(before, after, strict=True) if old != new]
            if not moved or self._store(draft, moved, seen, actor, values):
                chosen = {number for number, _ in seen}
                return [row for row in after if row.number in chosen or not chosen]
        raise Busy("好几个人正在改这份上传。请过一会儿再改")

    def _store(
        self,
        draft: Draft,
        moved: Sequence[DraftRow],
        seen: Seen,
        actor: Actor | None,
        values: Mapping[str, str],
    ) -> bool:
        """False where the draft changed since it was read."""
        with self._engine.begin() as connection:
            if not store.change(connection, draft.id, draft.version, asked_by=""):
                return False
            store.put_rows(connection, draft.id, moved)
            if actor:
                logged = {name: values[name] for name in ("type", "decision") if name in values}
                numbers = sorted(number for number, _ in seen)
                log.append(connection, actor.name, "draft-edit", draft=draft.id, rows=numbers, **logged)
            return True

    def _check(self, draft: Draft, values: Mapping[str, str]) -> None:
        wanted = values.get("type")
        if wanted and wanted != BENIGN and wanted not in self._beside.knowledge(draft.types).cards:
            raise Wrong(f"没有类型 {wanted[:40]}。请从列表里选一个,或先建这个类型")
        if len(values.get("text", "")) > limits.MAX_CELL:
            raise Wrong(f"这一条太长,超过 {limits.MAX_CELL} 个字。请拆成几条")


def opened(connection: Connection, draft_id: str, closed: bool = False) -> Draft:
    """The draft of this id. Raises NotFound where there is none, or (unless `closed`) it is closed."""
    found = store.one(connection, draft_id)
    if found is None:
        raise NotFound("没有这份上传。请看看上传列表")
    if not closed and found.state not in (ASKING, OPEN):
        raise NotFound("这份上传已经发布了,或者被放弃了。请看看上传列表")
    return found


def _edited(before: Sequence[DraftRow], seen: Seen, values: Mapping[str, str]) -> list[DraftRow]:
    rows = {row.number: row for row in before}
    for number, version in seen:
        row = rows.get(number)
        if row is None:
            raise NotFound(f"这份上传里没有第 {number} 行")
        if row.version != version:
            raise Stale(dict(values), row)
        rows[number] = _with(row, values)
    return list(rows.values())


def _with(row: DraftRow, values: Mapping[str, str]) -> DraftRow:
    """The row with these values; one that says something else now is sorted as if it were new."""
    if "decision" in values:
        if values["decision"] == KEEP and row.status not in ACCEPTED:
            raise Wrong(f"第 {row.number} 行不能留下:{row.reason}")
        return replace(row, decision=values["decision"], version=row.version + 1)
    found = replace(row, version=row.version + 1)
    given = Row(
        row.number, values.get("text", row.text), values.get("type", row.type), values.get("note", "")
    )
    masked = rows_of(Parsed((given,)))[0]
    if "note" in values:
        found = replace(found, note=masked.note)
    if "text" in values:
        found = replace(found, text=masked.text, masks=masked.masks)
    if "text" in values or "type" in values:
        fresh = {"status": NEW, "reason": "", "fingerprint": "", "decision": KEEP}
        found = replace(found, type=given.type, **fresh)  # type: ignore[arg-type]
    return found if found.type else replace(found, status=REFUSED, reason="没写类型。请选一个", decision=DROP)
