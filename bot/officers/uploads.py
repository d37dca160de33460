"""An upload becomes a draft that any officer finds again; nothing of it is a sample until it is published."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from bot.officers.beside import Beside
from bot.officers.errors import Stale, Wrong
from bot.officers.people import Actor
from bot.officers.row_edits import opened
from bot.officers.sorting import rows_of, sort
from bot.overlay import CardWrong, merged, named, shipped
from bot.store import drafts as store
from bot.store import log
from bot.store.drafts import ASKING, DISCARDED, OPEN, Draft, DraftRow, Drafts
from bot.store.engine import reading
from training import scripts
from training.reading import keeping, limits


class Uploads:
    """Drafts over one store; their rows are edited by `RowEdits`."""

    def __init__(self, engine: Engine, beside: Beside) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._beside = beside
        self._drafts = Drafts(engine)

    # ---- looking --------------------------------------------------------------------------------

    def listed(self, states: Sequence[str] = (ASKING, OPEN)) -> list[Draft]:
        """The drafts of these states (default: those that wait for somebody), the newest first."""
        return self._drafts.listed(states)

    def get(self, draft_id: str) -> Draft:
        """The draft of this id. Raises NotFound."""
        with self._reading.connect() as connection:
            return opened(connection, draft_id, closed=True)

    def rows(self, draft_id: str, status: str = "", page: int = 1, size: int = 0) -> list[DraftRow]:
        """The rows of a draft in the file's order, of one status, one page (from 1); size 0: all."""
        return self._drafts.rows(draft_id, status, page, size)

    def counts(self, draft_id: str) -> dict[str, dict[str, int]]:
        """How many rows of each status there are, by decision: {"new": {"keep": 20, "drop": 1}}."""
        return self._drafts.counts(draft_id)

    # ---- a new draft ----------------------------------------------------------------------------

    def upload(  # noqa: PLR0913 - a file, its name, and what the officer says about it
        self,
        data: bytes,
        name: str,
        actor: Actor,
        *,
        default_type: str = "",
        new_types: Mapping[str, Mapping[str, Any]] | None = None,
        text_column: str | int | None = None,
        type_column: str | int | None = None,
    ) -> Draft:
        """A draft of a file, or of pasted text (`name` empty, UTF-8).

        `new_types`: id -> card fields of types that no folder has. Where a column is unclear, the draft
        is `asking`. Raises UploadRefused, Wrong.
        """
        now = time.time()
        draft = Draft(
            id=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}",
            name=limits.shown(name) if name else "粘贴的文字",
            state=OPEN,
            default_type=default_type,
            types=_checked(new_types or {}),
            questions=(),
            notices=(),
            asked_by="",
            by=actor.name,
            created=now,
            changed=now,
            version=1,
        )
        parsed = scripts.parse(
            data,
            name,
            default_type=default_type,
            find_type=self._beside.finder(draft.types),
            text_column=text_column,
            type_column=type_column,
        )
        kept = keeping.packed(scripts.read(data, name)) if parsed.questions else None
        state = ASKING if kept else OPEN
        draft = replace(draft, state=state, questions=parsed.questions, notices=parsed.notices)
        rows = [] if kept else sort(rows_of(parsed), self._beside.known(), self._beside.plain())
        with self._engine.begin() as connection:
            store.create(connection, draft, kept)
            store.put_rows(connection, draft.id, rows)
            log.append(connection, actor.name, "draft", draft=draft.id, rows=len(rows))
        return draft

    def answer(  # noqa: PLR0913 - the answers to what was asked
        self,
        draft_id: str,
        version: int,
        actor: Actor,
        *,
        text_column: str | int,
        type_column: str | int | None = None,
        default_type: str = "",
    ) -> Draft:
        """The draft with its rows, once the officer said which column is which.

        Raises NotFound, Stale, Wrong, UploadRefused (no such column).
        """
        with self._reading.connect() as connection:
            draft = opened(connection, draft_id)
            kept = store.lines_of(connection, draft_id)
        if draft.state != ASKING:
            raise Wrong("这份上传没有要回答的问题")
        chosen = default_type or draft.default_type
        parsed = scripts.parse_table(
            keeping.unpacked(kept),
            default_type=chosen,
            find_type=self._beside.finder(draft.types),
            text_column=text_column,
            type_column=type_column,
        )
        rows = sort(rows_of(parsed), self._beside.known(), self._beside.plain())
        values = {"state": OPEN, "questions": (), "lines": None, "default_type": chosen}
        with self._engine.begin() as connection:
            if not store.change(connection, draft_id, version, **values):
                raise Stale({"text_column": text_column}, draft)
            store.put_rows(connection, draft_id, rows)
            log.append(connection, actor.name, "draft-answer", draft=draft_id, rows=len(rows))
            return opened(connection, draft_id)

    # ---- the draft as a whole -------------------------------------------------------------------

    def new_type(self, draft_id: str, type_id: str, fields: Mapping[str, Any], actor: Actor) -> Draft:
        """Adds (or rewrites) a new type that the draft brings: its name, warnings, what to do.

        A chief approves it by publishing. Raises NotFound, Wrong.
        """
        with self._engine.begin() as connection:
            draft = opened(connection, draft_id)
            types = {**draft.types, **_checked({type_id: fields})}
            store.change(connection, draft_id, types=types, asked_by="")
            log.append(connection, actor.name, "draft-type", draft=draft_id, id=type_id)
            return opened(connection, draft_id)

    def ask(self, draft_id: str, actor: Actor) -> Draft:
        """Asks a chief to publish the draft; it shows on their start page until it is changed."""
        with self._engine.begin() as connection:
            opened(connection, draft_id)
            store.change(connection, draft_id, asked_by=actor.name)
            log.append(connection, actor.name, "draft-ask", draft=draft_id)
            return opened(connection, draft_id)

    def discard(self, draft_id: str, actor: Actor) -> None:
        """Gives a draft up; its rows are deleted. Raises NotFound."""
        with self._engine.begin() as connection:
            opened(connection, draft_id)
            store.change(connection, draft_id, state=DISCARDED)
            store.forget_rows(connection, draft_id)
            log.append(connection, actor.name, "draft-discard", draft=draft_id)


def _checked(types: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """New types whose fields make a card. Raises Wrong."""
    for type_id, fields in types.items():
        try:
            merged(shipped(), type_id, fields)
        except CardWrong as error:
            raise Wrong(f"新类型 {named(fields, type_id)['zh']} 的卡片不对:{error}") from error
    return {type_id: dict(fields) for type_id, fields in types.items()}
