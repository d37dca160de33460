"""Dry runs from begin to publication. What is published is exactly the candidate that was previewed."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot.officers import accepting, stamp
from bot.officers.beside import Beside
from bot.officers.errors import Busy, NotFound, PreviewAgain, Refused, Wrong
from bot.officers.known import Known
from bot.officers.people import Actor, chief_only
from bot.officers.row_edits import RowEdits, opened
from bot.officers.workers import is_dead, spawn, this_worker, worker
from bot.store import candidates as store
from bot.store import drafts, log, versions
from bot.store.candidates import FAILED, FITTING, PUBLISHED, READY, REFUSED, Candidate, StoredCandidates
from bot.store.engine import reading
from training.registry import Version, id_of

INTERRUPTED = "训练中断了,线上的模型不变。请再试一次"
CHANGED = "预览之后,线上的版本或者话术变了。请再预览一次,看过新的结果再发布"

Start = Callable[[str, Path], subprocess.Popen[bytes] | None]
"""Starts the fit of a candidate (id, data folder) beside this process; gives the child, so that its end is seen."""


class Candidates:
    """Dry runs of one store. `start`: how a fit is begun; by default in a spawned child."""

    def __init__(self, engine: Engine, folder: Path, beside: Beside, start: Start = spawn) -> None:
        self._engine = engine
        self._folder = folder
        self._beside = beside
        self._start = start
        self._stored = StoredCandidates(engine)
        self._rows = RowEdits(engine, beside)
        self._checked: tuple[tuple[object, ...], bool] = ((), False)

    # ---- looking --------------------------------------------------------------------------------

    def get(self, candidate_id: str) -> Candidate:
        """The candidate of this id, with how far it is. Raises NotFound."""
        self._bury()
        found = self._stored.get(candidate_id)
        if found is None:
            raise NotFound("没有这次试训。请重新预览")
        return found

    def listed(self, draft_id: str | None = None, limit: int = 50) -> list[Candidate]:
        """The newest candidates; of one draft ("": of none) where it is named."""
        self._bury()
        return self._stored.listed(draft_id, limit)

    def is_current(self, candidate_id: str) -> bool:
        """Whether the candidate may still be published, or something changed since."""
        with reading(self._engine).connect() as connection:
            found = store.one(connection, candidate_id)
            if found is None:
                return False
            key = (candidate_id, found.state, *_moment(connection, found))
            if self._checked[0] != key:
                self._checked = (key, _unchanged(connection, found))
            return self._checked[1]

    # ---- a dry run ------------------------------------------------------------------------------

    def dry_run(self, actor: Actor, draft_id: str = "") -> Candidate:
        """Begins a dry run of a draft (default: of the accepted samples) in a child; ask `get` for progress.

        Raises Busy (somebody else is fitting), NotFound.
        """
        found = self.begin(actor, draft_id)
        child = self._start(found.id, self._folder)
        if child:
            self._stored.beat(found.id, worker=worker(child.pid))
        return found

    def begin(self, actor: Actor, draft_id: str = "") -> Candidate:
        """A candidate that is to be fitted by whoever calls `DryRun.run`. Raises Busy, NotFound."""
        if draft_id:
            self._rows.resort(draft_id)
        self._bury()
        now = time.time()
        with self._engine.begin() as connection:
            if draft_id:
                opened(connection, draft_id)
            if other := store.ahead(connection):
                raise Busy(f"{other.by} 从 {_clock(other.created)} 起正在训练,等他做完再来")
            candidate = Candidate(
                id=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}",
                draft=draft_id,
                state=FITTING,
                progress=0.0,
                step="排队",
                by=actor.name,
                created=now,
                heartbeat=now,
                worker=this_worker(),
                parent=versions.active_of(connection),
                stamp="",
                result={},
                published="",
            )
            store.create(connection, candidate)
            store.take_lease(connection, candidate.id)
        return candidate

    def _bury(self) -> None:
        """Notes which fits gave no sign of life, so that nobody waits for them."""
        with reading(self._engine).connect() as connection:
            fitting = store.running(connection)
        late = time.time() - store.LEASE_SECONDS
        dead = [found for found in fitting if found.heartbeat < late or is_dead(found.worker)]
        if not dead:
            return
        with self._engine.begin() as connection:
            for found in dead:
                if store.change(connection, found.id, FITTING, state=FAILED, step=INTERRUPTED):
                    log.append(connection, found.by, "dry-run-failed", candidate=found.id)
                store.release(connection, found.id)

    # ---- publication ----------------------------------------------------------------------------

    def publish(self, candidate_id: str, actor: Actor, note: str = "", override: str = "") -> Version:
        """Makes exactly this candidate the live version, with its draft's rows and cards: all or nothing.

        `override`: a chief's written reason to publish what the gate refuses; it stays in the log.
        Raises Forbidden, NotFound, PreviewAgain, Refused, Wrong (it is not fitted).
        """
        chief_only(actor, "发布")
        found = self.get(candidate_id)
        _may_go(found, override)
        model = self._stored.model(candidate_id)
        if model is None:
            raise PreviewAgain("这次试训的模型已经清掉了。请再预览一次")
        known = self._beside.known() if found.draft else None
        now = time.time()
        version = _version(found, model, actor, note, now)
        with self._engine.begin() as connection:
            versions.lock(connection)
            if not _unchanged(connection, found):
                raise PreviewAgain(CHANGED)
            if not store.change(connection, found.id, found.state, state=PUBLISHED, published=version.id):
                raise PreviewAgain(CHANGED)
            added: list[str] = []
            if known:
                added = self._take_in(connection, found, actor, known)
            versions.put(connection, version, *model)
            store.let_go(connection)
            details = {"version": version.id, "samples": len(version.samples), "added": len(added)}
            if override:
                details["override"] = override
            log.append(connection, actor.name, "publish", candidate=found.id, **details)
        return version

    def _take_in(self, connection: Connection, found: Candidate, actor: Actor, known: Known) -> list[str]:
        draft = opened(connection, found.draft)
        rows = [row for row in drafts.all_rows(connection, found.draft) if row.accepted]
        changes = accepting.accepted(rows, draft.types, found.draft, known)
        added = accepting.apply(connection, changes, actor.name)
        drafts.change(connection, found.draft, state=drafts.PUBLISHED)
        drafts.forget_rows(connection, found.draft)
        return added


def _may_go(found: Candidate, override: str) -> None:
    """Raises where the candidate is not one to be published."""
    match found.state:
        case store.FITTING:
            raise Wrong("还在试训,等它做完再发布")
        case store.FAILED:
            raise Wrong(found.step or INTERRUPTED)
        case store.PUBLISHED:
            raise Wrong(f"这次试训已经发布过了,就是版本 {found.published}")
        case store.REFUSED if not override.strip():
            raise Refused(*found.reasons)
        case store.READY if override.strip():
            raise Wrong("这次试训过了关,不用写理由")


def _unchanged(connection: Connection, found: Candidate) -> bool:
    """Whether the live version, the samples, the types and the draft are those that it was made from."""
    if found.state not in (READY, REFUSED) or versions.active_of(connection) != found.parent:
        return False
    return stamp.stamp(connection, found.draft) == found.stamp


def _moment(connection: Connection, found: Candidate) -> tuple[object, ...]:
    """What differs whenever `_unchanged` may: looked at instead of 100,000 samples while nothing happens."""
    draft = drafts.one(connection, found.draft) if found.draft else None
    return (*stamp.moment(connection), versions.active_of(connection), draft.version if draft else 0)


def _version(found: Candidate, model: tuple[bytes, bytes], actor: Actor, note: str, now: float) -> Version:
    result = found.result
    return Version(
        id=id_of(*model, result["overlay"], found.parent, now),
        created=now,
        by=actor.name,
        note=note,
        head=result["head"],
        features_version=result["features_version"],
        parent=found.parent,
        scores=result["scores"],
        types=tuple(result["types"]),
        samples=tuple((sample, label) for sample, label in result["samples"]),
        overlay=result["overlay"],
        evaluation=result["evaluation"],
    )


def _clock(moment: float) -> str:
    return time.strftime("%H:%M", time.localtime(moment))
